/**
 * The tools a mission is compiled against, from a file of catalogues or from the pinned definitions of a project. Everything
 * in them was written by others: it is checked, and only names, descriptions, argument names and claims are taken.
 */
import { z } from "zod";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { CatalogueTool } from "./tool.ts";

const toolSchema = z.object({
  name: z.string().min(1).max(256),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  inputSchema: z.record(z.string(), z.unknown()).nullish(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
  source_module: z.string().min(1).max(256).nullish(),
  declared_type: z.string().max(64).nullish(),
});

const fileSchema = z.record(z.string(), z.array(toolSchema).max(limits.missionToolsMax));

export type ToolsFile = z.infer<typeof fileSchema>;

/** @returns the catalogues by key, or what is wrong in words */
export function readToolsFile(text: string): ToolsFile | string {
  if (text.length > limits.missionToolsBytesMax)
    return `it has more than ${limits.missionToolsBytesMax} bytes`;
  try {
    const parsed = fileSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as expected"}`;
  } catch {
    return "it is no JSON";
  }
}

export function toolsOf(file: ToolsFile, key: string): readonly CatalogueTool[] {
  return (Object.hasOwn(file, key) ? (file[key] ?? []) : []).map((tool) =>
    toolFromDefinition(
      tool.name,
      { description: tool.description, inputSchema: tool.parameters ?? tool.inputSchema, annotations: tool.annotations }, // prettier-ignore
      tool.source_module ?? key,
      tool.declared_type ?? undefined,
    ),
  );
}

/** The accepted tools of a project. */
export function pinnedTools(
  { servers }: CatalogueLock,
  approved: readonly string[],
): readonly CatalogueTool[] {
  return Object.entries(servers)
    .filter(([server]) => approved.includes(server))
    .flatMap(([server, { tools }]) =>
      Object.entries(tools).map(([name, pin]) => toolFromDefinition(name, pin.definition, server)),
    );
}

/** @param declared READ or WRITE, where a catalogue declares one */
export function toolFromDefinition(
  name: string,
  definition: { readonly [field: string]: unknown },
  server: string,
  declared?: string,
): CatalogueTool {
  const { description, inputSchema, annotations } = definition;
  const properties = propertiesOf(inputSchema);
  const hint = (key: string): boolean | undefined =>
    isObject(annotations) && typeof annotations[key] === "boolean" ? annotations[key] : undefined;
  const [readOnlyHint, destructiveHint] = [hint("readOnlyHint"), hint("destructiveHint")];
  return {
    name,
    server,
    description: typeof description === "string" ? description.slice(0, limits.missionCharsMax) : "",
    parameters: Object.keys(properties),
    types: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, typeOf(each)])),
    ...(readOnlyHint === undefined ? {} : { readOnlyHint }),
    ...(destructiveHint === undefined ? {} : { destructiveHint }),
    ...(declared === undefined ? {} : { declared }),
  };
}

function propertiesOf(schema: unknown): JsonObject {
  if (!isObject(schema)) return {};
  return isObject(schema["properties"]) ? schema["properties"] : schema["type"] === "object" ? {} : schema;
}

function typeOf(schema: unknown): string {
  return isObject(schema) && typeof schema["type"] === "string" ? schema["type"] : "";
}
