// The fixture's resources and its one template.
import { ResourceNotFoundError } from "@modelcontextprotocol/server";
import type { ReadResourceResult, Resource, ResourceTemplateType } from "@modelcontextprotocol/server";
import { png } from "./content.ts";

export const resources: readonly Resource[] = [
  { uri: "test://static-binary", name: "static-binary", description: "One picture.", mimeType: "image/png" },
  {
    uri: "test://static-text",
    name: "static-text",
    description: "One line of text.",
    mimeType: "text/plain",
  },
  {
    uri: "test://watched-resource",
    name: "watched-resource",
    description: "Can be watched.",
    mimeType: "text/plain",
  },
];

export const templates: readonly ResourceTemplateType[] = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "template-data",
    description: "Data for one id.",
    mimeType: "application/json",
  },
];

function words(uri: string, content: string, mimeType = "text/plain"): ReadResourceResult {
  return { contents: [{ uri, mimeType, text: content }] };
}

/** @throws ResourceNotFoundError for a URI that is neither listed nor made by the template */
export function readResource(uri: string): ReadResourceResult {
  switch (uri) {
    case "test://static-text":
      return words(uri, "This is the content of the static text resource.");
    case "test://static-binary":
      return { contents: [{ uri, mimeType: "image/png", blob: png }] };
    case "test://watched-resource":
      return words(uri, "This resource can be watched.");
  }
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) throw new ResourceNotFoundError(uri);
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return words(uri, JSON.stringify(data), "application/json");
}
