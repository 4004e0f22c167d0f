/**
 * What a server lists: tools, prompts, resource templates. Owns: paging, bounds, and which definitions are fit to be
 * looked at by an operator or a model at all. Does not own: pins and digests (node/catalogue).
 *
 * N1. A name has nothing in it that a reader cannot see (checklist T3).
 * N2. No schema is compiled and no $ref is followed, here or anywhere: a schema is data (T6).
 * N3. A definition that is refused does not exist; the server's others do.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { HeaderSchemaFault, readHeaderSchema } from "../../protocol/header.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { hasHidden, visibleLine } from "./text.ts";
import type { ClientCapabilities, UpstreamSession } from "./upstream.ts";

export interface RefusedDefinition {
  readonly kind: "tool" | "prompt" | "template";
  /** Cleaned and cut: for a log. */
  readonly name: string;
  readonly why: string;
}

export interface Definitions {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly refused: readonly RefusedDefinition[];
}

/**
 * Some servers show a tool only to clients that can answer its questions. Who looks at definitions declares them all, so
 * that what is not listed then is not there; nobody calls a tool over such a session.
 */
export const everyCapability: ClientCapabilities = { sampling: {}, elicitation: { form: {}, url: {} } };

interface ListKind {
  readonly kind: RefusedDefinition["kind"];
  readonly capability: "tools" | "prompts" | "resources";
  readonly method: string;
  readonly member: string;
  readonly key: "name" | "uriTemplate";
  readonly nameUnitsMax: number;
}

/** SEP-986: tool names have at most 128 characters; a template is an address. */
const nameUnitsMax = 128;
const templateUnitsMax = 1_024;
const lists: readonly ListKind[] = [
  { kind: "tool", capability: "tools", method: "tools/list", member: "tools", key: "name", nameUnitsMax },
  {
    kind: "prompt",
    capability: "prompts",
    method: "prompts/list",
    member: "prompts",
    key: "name",
    nameUnitsMax,
  },
  {
    kind: "template",
    capability: "resources",
    method: "resources/templates/list",
    member: "resourceTemplates",
    key: "uriTemplate",
    nameUnitsMax: templateUnitsMax,
  },
];

/**
 * All definitions of a server, in its order, unknown members kept.
 *
 * @throws GatewayError; UPSTREAM_GARBAGE for a list that is none, UPSTREAM_TOO_LARGE for one without end
 */
export async function readDefinitions(session: UpstreamSession): Promise<Definitions> {
  const refused: RefusedDefinition[] = [];
  const read = async (list: ListKind): Promise<readonly JsonObject[]> => {
    if (!isObject(session.capabilities[list.capability])) return [];
    const items = await readAll(session, list);
    return items.filter((item): item is JsonObject => isFit(list, item, refused));
  };
  const [tools, prompts, templates] = await Promise.all(lists.map(read));
  return { tools: tools ?? [], prompts: prompts ?? [], templates: templates ?? [], refused };
}

async function readAll(session: UpstreamSession, list: ListKind): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < limits.listPagesMax; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await session.request(list.method, params, {
      timeoutMs: limits.upstreamCallMs,
      capabilities: everyCapability,
    });
    if (answer.kind === "error") {
      // Some servers declare resources and have no templates.
      if (answer.error.code === -32601 && page === 0) return [];
      throw new GatewayError("UPSTREAM_GARBAGE", `${list.method} failed (JSON-RPC ${answer.error.code})`);
    }
    const members = answer.result[list.member];
    if (!Array.isArray(members)) throw new GatewayError("UPSTREAM_GARBAGE", `${list.method} has no list`);
    for (const member of members as unknown[]) items.push(member);
    if (items.length > limits.listItemsMax)
      throw new GatewayError("UPSTREAM_TOO_LARGE", `${list.method} has too many items`);
    const { nextCursor } = answer.result;
    if (typeof nextCursor !== "string" || nextCursor === "") return items;
    if (seen.has(nextCursor)) throw new GatewayError("UPSTREAM_GARBAGE", `${list.method} repeats a cursor`);
    seen.add(nextCursor);
    cursor = nextCursor;
  }
  throw new GatewayError("UPSTREAM_TOO_LARGE", `${list.method} has too many pages`);
}

function isFit(list: ListKind, item: unknown, refused: RefusedDefinition[]): boolean {
  const name = isObject(item) ? item[list.key] : undefined;
  const why = isObject(item) ? unfit(list, item, name) : "it is no object";
  if (why === undefined) return true;
  const shown = typeof name === "string" ? visibleLine(name, nameUnitsMax) : "";
  if (refused.length < limits.listItemsMax) refused.push({ kind: list.kind, name: shown, why });
  return false;
}

function unfit(list: ListKind, item: JsonObject, name: unknown): string | undefined {
  if (typeof name !== "string" || name === "") return `it has no ${list.key}`;
  if (name.length > list.nameUnitsMax)
    return `its ${list.key} is longer than ${list.nameUnitsMax} characters`;
  if (hasHidden(name) || /\s/.test(name.replaceAll(" ", "")))
    return `its ${list.key} has characters that cannot be seen`;
  if (name !== name.trim()) return `its ${list.key} begins or ends with a blank`;
  if (Buffer.byteLength(JSON.stringify(item)) > limits.toolDefinitionBytesMax) return "it is too large";
  if (list.kind !== "tool") return undefined;
  const schema = item["inputSchema"];
  if (!isObject(schema) || schema["type"] !== "object") return "its inputSchema is not of type object";
  if (item["outputSchema"] !== undefined && !isObject(item["outputSchema"]))
    return "its outputSchema is no object";
  const headers = readHeaderSchema(schema);
  return headers instanceof HeaderSchemaFault ? visibleLine(headers.says, 256) : undefined;
}
