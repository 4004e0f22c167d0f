/**
 * How a session begins, and what each request carries by its era. Pure. Owns: initialize and server/discover, `_meta`
 * of requests, the text of a request. Does not own: when these are sent (http.ts, duplex.ts, probe.ts).
 */
import { GatewayError } from "../../protocol/errors.ts";
import { isRevision, meta, modern, newestOlder, traits } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { ProgressToken } from "./calls.ts";
import { visible } from "./text.ts";
import type { AskAnswer, CallOptions, ClientCapabilities } from "./upstream.ts";

/** What a server said of itself when the session began. */
export interface Greeting {
  readonly revision: string;
  readonly info: { readonly name: string; readonly version: string };
  readonly capabilities: JsonObject;
  readonly instructions?: string;
}

/** Who we say we are. */
export interface ClientInfo {
  readonly name: string;
  readonly version: string;
}

/** `instructions` go to agents with their tool lists; a longer text is cut. */
const instructionsUnitsMax = 16_384;
const infoUnitsMax = 256;

export function initializeParams(capabilities: ClientCapabilities, client: ClientInfo): JsonObject {
  return { protocolVersion: newestOlder, capabilities, clientInfo: { ...client } };
}

/** @throws GatewayError UPSTREAM_GARBAGE, PROTOCOL_VERSION */
export function readInitialize(result: JsonObject): Greeting {
  const revision = result["protocolVersion"];
  if (!isRevision(revision) || traits[revision].era !== "older")
    throw new GatewayError("PROTOCOL_VERSION", "the server chose a revision that is not spoken here");
  return greeting(revision, result, result["serverInfo"]);
}

/**
 * Reads a discovery result.
 *
 * @returns undefined when the server speaks no modern revision that we do
 * @throws GatewayError UPSTREAM_GARBAGE
 */
export function readDiscover(result: JsonObject): Greeting | undefined {
  const supported = result["supportedVersions"];
  if (!Array.isArray(supported))
    throw new GatewayError("UPSTREAM_GARBAGE", "its discovery names no supportedVersions");
  if (!supported.includes(modern)) return undefined;
  const own = result["_meta"];
  return greeting(modern, result, isObject(own) ? own[meta.serverInfo] : undefined);
}

function greeting(revision: string, result: JsonObject, info: unknown): Greeting {
  const { capabilities, instructions } = result;
  if (!isObject(capabilities)) throw new GatewayError("UPSTREAM_GARBAGE", "its greeting has no capabilities");
  const known = {
    revision,
    info: { name: infoText(info, "name"), version: infoText(info, "version") },
    capabilities,
  };
  return typeof instructions === "string" && instructions !== ""
    ? { ...known, instructions: visible(instructions, instructionsUnitsMax) }
    : known;
}

function infoText(info: unknown, key: string): string {
  const text = isObject(info) ? info[key] : undefined;
  return typeof text === "string" ? visible(text, infoUnitsMax) : "";
}

/** `_meta` of a request to an older server; undefined when it needs none. */
export function olderMeta(token: number | undefined, options: CallOptions): JsonObject | undefined {
  if (token === undefined && options.trace === undefined && options.meta === undefined) return undefined;
  return {
    ...options.meta,
    ...traceMeta(options),
    ...(token === undefined ? undefined : { progressToken: token }),
  };
}

/** `_meta` of a request of 2026-07-28. */
export function modernMeta(token: number | undefined, options: CallOptions, client: ClientInfo): JsonObject {
  return {
    ...options.meta,
    ...traceMeta(options),
    [meta.version]: modern,
    [meta.clientInfo]: { ...client },
    [meta.clientCapabilities]: options.capabilities,
    ...(options.logLevel === undefined ? undefined : { [meta.logLevel]: options.logLevel }),
    ...(token === undefined ? undefined : { progressToken: token }),
  };
}

/** SEP-414: unprefixed keys. */
function traceMeta(options: CallOptions): JsonObject | undefined {
  const { traceparent, tracestate } = options.trace ?? {};
  if (traceparent === undefined) return undefined;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

/** The caller's progress token, the one thing of its `_meta` that travels on. */
export function progressTokenOf(params: JsonObject): ProgressToken | undefined {
  const own = params["_meta"];
  const token = isObject(own) ? own["progressToken"] : undefined;
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}

/** A request as it is written. `own` replaces the `_meta` of `params` altogether. */
export function requestText(
  id: number,
  method: string,
  params: JsonObject,
  own: JsonObject | undefined,
): string {
  let body = params;
  if (own !== undefined || params["_meta"] !== undefined) body = { ...params, _meta: own };
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify(body)}}`;
}

/** A subscriptions/listen request as it is written. */
export function listenText(id: string, params: JsonObject, client: ClientInfo): string {
  const own = modernMeta(undefined, { timeoutMs: 0, capabilities: {} }, client);
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "subscriptions/listen",
    params: { ...params, _meta: own },
  });
}

export function notificationText(method: string, params: JsonObject): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

export function answerText(id: string | number, answer: AskAnswer): string {
  return JSON.stringify({ jsonrpc: "2.0", id, ...answer });
}
