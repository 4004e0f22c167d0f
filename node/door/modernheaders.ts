/**
 * Header rules of 2026-07-28: every header that repeats a part of the body must equal it (checklist W1; SEP-2243).
 * Checked before anything is decided, because others on the way may have routed by the headers.
 */
import type { IncomingHttpHeaders } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import { decodeHeaderValue, sameParam, valueAtPath, type HeaderSchema } from "../../protocol/header.ts";
import type { Json } from "../../protocol/json.ts";
import { isRequest, type Message, type Notification, type Request } from "../../protocol/jsonrpc.ts";
import { meta, modern } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";

const named: { readonly [method: string]: "name" | "uri" } = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** The `_meta` of a request, if it has one. */
export function metaOf(message: Message): JsonObject | undefined {
  if (!("method" in message)) return undefined;
  const own = message.params?.["_meta"];
  return isObject(own) ? own : undefined;
}

/** Whether a message speaks the modern era: by its own metadata, its header, or a method only that era has. */
export function speaksModern(message: Message, versionHeader: string | undefined): boolean {
  const version = metaOf(message)?.[meta.version];
  if (version !== undefined) return true;
  if ("method" in message && message.method === "initialize") return false;
  return versionHeader === modern || ("method" in message && message.method === "server/discover");
}

/**
 * @param schema Mcp-Param-* headers of the named tool's pinned definition
 * @throws GatewayError HEADER_MISMATCH, PROTOCOL_VERSION or PARAMS_INVALID
 */
export function checkModern(
  message: Message,
  headers: IncomingHttpHeaders,
  schema: HeaderSchema | undefined,
  supported: readonly string[],
): void {
  if (!("method" in message))
    throw new GatewayError("REQUEST_SHAPE", "this revision has no responses from clients");
  const version = metaOf(message)?.[meta.version];
  const header = headers["mcp-protocol-version"];
  if (isRequest(message)) checkVersion(version, header, supported);
  else if (version !== undefined && header !== undefined && version !== header)
    throw new GatewayError("HEADER_MISMATCH", "MCP-Protocol-Version");
  checkNames(message, headers);
  if (isRequest(message)) {
    if (!isObject(metaOf(message)?.[meta.clientCapabilities]))
      throw new GatewayError("PARAMS_INVALID", `params._meta needs ${meta.clientCapabilities}`);
    if (schema !== undefined) checkParams(message.params, headers, schema);
  }
}

function checkVersion(
  version: unknown,
  header: string | string[] | undefined,
  supported: readonly string[],
): void {
  if (version !== undefined && header !== undefined && version !== header)
    throw new GatewayError("HEADER_MISMATCH", "MCP-Protocol-Version differs from params._meta");
  const spoken = version ?? header;
  // Older revisions begin with initialize; metadata that names one is not served as if it named this one (W10).
  if (spoken !== modern || !supported.includes(modern))
    throw new GatewayError("PROTOCOL_VERSION", undefined, { data: { supported: supported.filter((one) => one === modern), requested: typeof spoken === "string" ? spoken.slice(0, 64) : null } }); // prettier-ignore
  if (version === undefined) throw new GatewayError("PARAMS_INVALID", `params._meta needs ${meta.version}`);
  if (header === undefined) throw new GatewayError("HEADER_MISMATCH", "MCP-Protocol-Version is missing");
}

function checkNames(message: Request | Notification, headers: IncomingHttpHeaders): void {
  const method = headers["mcp-method"];
  if (method === undefined && isRequest(message))
    throw new GatewayError("HEADER_MISMATCH", "Mcp-Method is missing");
  if (method !== undefined && method !== message.method)
    throw new GatewayError("HEADER_MISMATCH", "Mcp-Method");
  const member = Object.hasOwn(named, message.method) ? named[message.method] : undefined;
  const name = headers["mcp-name"];
  if (member === undefined) return;
  if (typeof name !== "string") throw new GatewayError("HEADER_MISMATCH", "Mcp-Name is missing");
  const body = message.params?.[member];
  if (decodeHeaderValue(name) !== body) throw new GatewayError("HEADER_MISMATCH", "Mcp-Name");
}

function checkParams(
  params: JsonObject | undefined,
  headers: IncomingHttpHeaders,
  schema: HeaderSchema,
): void {
  for (const [name, path] of schema) {
    const header = headers[name];
    const value = valueAtPath(params?.["arguments"] as Json | undefined, path);
    if (!sameParam(typeof header === "string" ? header : undefined, value))
      throw new GatewayError("HEADER_MISMATCH", name);
  }
}
