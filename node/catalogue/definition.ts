/**
 * What of a tool, prompt or resource template is pinned. The one place that knows which fields an approval covers: the
 * lock, the comparison with a live server and the lists that agents see all come from here (checklist T1).
 *
 * P1. Whatever an agent may read of a definition is covered by the digest; what is not covered is not shown.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/json.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

export type DefinitionKind = "tool" | "prompt" | "template";

/**
 * `_meta` and `execution` are left out: they change without a change of meaning, and tasks are not bridged
 * (docs/wire.md). x-mcp-header stands in inputSchema, so it is covered.
 */
const fields: { readonly [Kind in DefinitionKind]: readonly string[] } = {
  tool: ["name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons"],
  prompt: ["name", "title", "description", "arguments"],
  template: ["uriTemplate", "name", "title", "description", "mimeType"],
};

/** The definition with the covered fields only, in a fixed order. */
export function pinnedPart(kind: DefinitionKind, definition: JsonObject): JsonObject {
  const part: { [field: string]: unknown } = {};
  for (const field of fields[kind]) if (definition[field] !== undefined) part[field] = definition[field];
  return part;
}

/**
 * SHA-256 (base64url) over the canonical JSON of the covered fields.
 *
 * @param definition JSON as parseStrict made it
 */
export function definitionDigest(kind: DefinitionKind, definition: JsonObject): string {
  return digestOf(pinnedPart(kind, definition));
}

/** SHA-256 (base64url) over the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return createHash("sha256")
    .update(canonicalJson(value as Json))
    .digest("base64url");
}

/** Bytes of the covered fields as JSON. */
export function definitionBytes(kind: DefinitionKind, definition: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(pinnedPart(kind, definition)));
}

/** What names a definition at its server: the name, or the URI template. Undefined when it has none. */
export function definitionName(kind: DefinitionKind, definition: JsonObject): string | undefined {
  const name = definition[kind === "template" ? "uriTemplate" : "name"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** Which covered fields differ between two definitions. */
export function changedFields(kind: DefinitionKind, pinned: JsonObject, live: JsonObject): string[] {
  return fields[kind].filter(
    (field) =>
      canonicalJson((pinned[field] ?? null) as Json) !== canonicalJson((live[field] ?? null) as Json),
  );
}
