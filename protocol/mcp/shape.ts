/**
 * Bridge rules: how a result or a definition of one revision is given to an agent of another. Pure functions over
 * plain JSON; unknown members are kept, because later revisions add some.
 */
import { isForbiddenToModern, rpcCodes } from "../jsonrpc.ts";
import { meta, traits, type Revision } from "./revision.ts";

export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const cached = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/** Members of results that only 2026-07-28 has. */
const modernOnly = new Set(["resultType", "ttlMs", "cacheScope"]);

function without(object: JsonObject, names: ReadonlySet<string>): JsonObject {
  for (const name of names) {
    if (!(name in object)) continue;
    return Object.fromEntries(Object.entries(object).filter(([key]) => !names.has(key)));
  }
  return object;
}

/**
 * A result as `revision` knows it.
 *
 * @param method the request's method: caching members belong to some results only
 * @param server name and version for display, added to modern results
 */
export function shapeResult(
  revision: Revision,
  method: string,
  result: JsonObject,
  server: { readonly name: string; readonly version: string },
): JsonObject {
  if (traits[revision].era === "modern") return shapeModern(method, result, server);
  const older = without(result, modernOnly);
  if (method === "tools/call" || method === "prompts/get") return shapeContent(revision, older);
  return older;
}

/**
 * What shapeResult would do, where that is no more than adding members: the members. Undefined where a result must be
 * changed itself. For the hot path, which has the result's text already.
 */
export function addedMembers(
  revision: Revision,
  method: string,
  result: JsonObject,
  server: { readonly name: string; readonly version: string },
): JsonObject | undefined {
  if (result["_meta"] !== undefined) return undefined;
  const row = traits[revision];
  if (row.era === "modern") {
    if (cached.has(method)) return undefined;
    const own = { _meta: { [meta.serverInfo]: server } };
    return result["resultType"] === undefined ? { resultType: "complete", ...own } : own;
  }
  for (const name of modernOnly) if (result[name] !== undefined) return undefined;
  return row.structuredContent && row.resourceLinks && row.audio ? {} : undefined;
}

function shapeModern(
  method: string,
  result: JsonObject,
  server: { readonly name: string; readonly version: string },
): JsonObject {
  const shaped: Record<string, unknown> = { resultType: "complete", ...result };
  if (cached.has(method) && shaped["resultType"] === "complete") {
    shaped["ttlMs"] ??= 0;
    shaped["cacheScope"] ??= "private";
  }
  const own = isObject(result["_meta"]) ? result["_meta"] : {};
  shaped["_meta"] = { ...own, [meta.serverInfo]: server };
  return shaped;
}

/** Content blocks and structured content for agents that do not know them all. */
function shapeContent(revision: Revision, result: JsonObject): JsonObject {
  const row = traits[revision];
  if (row.structuredContent && row.resourceLinks && row.audio) return result;
  const shaped: Record<string, unknown> = { ...result };
  const content = result["content"];
  const blocks = Array.isArray(content) ? content.map((block: unknown) => shapeBlock(revision, block)) : [];
  if (!row.structuredContent && "structuredContent" in shaped) {
    if (blocks.length === 0) blocks.push({ type: "text", text: JSON.stringify(shaped["structuredContent"]) });
    delete shaped["structuredContent"];
  }
  if (Array.isArray(content) || blocks.length > 0) shaped["content"] = blocks;
  return shaped;
}

function shapeBlock(revision: Revision, block: unknown): unknown {
  if (!isObject(block)) return block;
  const row = traits[revision];
  if (block["type"] === "audio" && !row.audio)
    return {
      type: "text",
      text: `[audio, ${textOf(block["mimeType"], "unknown type")}: this revision cannot carry it]`,
    };
  if (block["type"] === "resource_link" && !row.resourceLinks)
    return { type: "text", text: `[resource ${textOf(block["uri"], "")}]` };
  return block;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** A tool, prompt, resource or template definition as `revision` knows it; tasks are hidden from all. */
export function shapeDefinition(revision: Revision, definition: JsonObject): JsonObject {
  const row = traits[revision];
  const hidden = new Set<string>();
  if ("execution" in definition) hidden.add("execution");
  if (!row.structuredContent) hidden.add("outputSchema");
  if (!row.titles) hidden.add("title");
  if (!row.icons) hidden.add("icons");
  if (revision === "2024-11-05") hidden.add("annotations");
  return without(definition, hidden);
}

/** An upstream's server capabilities joined into what one endpoint offers; tasks and unknown ones are left out. */
export function shapeCapabilities(revision: Revision, parts: readonly JsonObject[]): JsonObject {
  const has = (name: string): boolean => parts.some((part) => isObject(part[name]));
  const flag = (name: string, member: string): boolean =>
    parts.some((part) => isObject(part[name]) && part[name][member] === true);
  const joined: Record<string, unknown> = { tools: { listChanged: true } };
  if (has("prompts")) joined["prompts"] = { listChanged: true };
  if (has("resources"))
    joined["resources"] = { listChanged: true, subscribe: flag("resources", "subscribe") };
  if (has("logging")) joined["logging"] = {};
  if (has("completions") && revision !== "2024-11-05") joined["completions"] = {};
  return joined;
}

/**
 * A JSON-RPC error of an upstream as `revision` knows it: the "resource not found" code moved, and -32042 belongs to
 * 2025-11-25 alone.
 */
export function shapeError(
  revision: Revision,
  method: string,
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
): { code: number; message: string; data?: unknown } {
  const missing = method === "resources/read" && (error.code === -32002 || error.code === -32602);
  if (missing) return { ...error, code: traits[revision].resourceNotFoundCode };
  if (error.code === -32042 && revision !== "2025-11-25")
    return {
      code: rpcCodes.gatewayFailure,
      message: "the tool needs the user to open a link, which this revision cannot carry",
    };
  if (traits[revision].era === "modern" && isForbiddenToModern(error.code))
    return { ...error, code: error.code === rpcCodes.resourceNotFound ? rpcCodes.invalidParams : rpcCodes.gatewayFailure }; // prettier-ignore
  return { ...error };
}
