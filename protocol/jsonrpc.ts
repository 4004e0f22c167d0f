/**
 * JSON-RPC 2.0 as MCP uses it: the four shapes of a message, and the one guard that turns a JSON value into one.
 * Does not own: JSON text (json.ts), which methods exist or what their params hold (mcp/).
 *
 * M1. A Message has exactly the keys of its shape, so writing it out with JSON.stringify sends nothing unread.
 * M2. An id that is echoed is the id that came: a short string or a safe integer.
 * M3. No key of the envelope or of params differs from a protocol key by case folding alone: a peer that matches
 *     keys without case (CVE-2026-27896, GHSA-4gph-2hhr-5mwg) reads what we read.
 */
import { isJsonArray, isJsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

export type RpcId = string | number;

/** Params or a result: plain JSON. `unknown`, because ours are put together from loosely typed parts. */
export interface RpcObject {
  readonly [key: string]: unknown;
}

export interface Request {
  readonly jsonrpc: "2.0";
  readonly id: RpcId;
  readonly method: string;
  readonly params?: RpcObject;
}

export interface Notification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: RpcObject;
}

export interface ResultResponse {
  readonly jsonrpc: "2.0";
  readonly id: RpcId;
  readonly result: RpcObject;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** Plain JSON. */
  readonly data?: unknown;
}

export interface ErrorResponse {
  readonly jsonrpc: "2.0";
  /** Null when the request's id could not be read. Never null in a result or a request. */
  readonly id: RpcId | null;
  readonly error: RpcError;
}

export type Response = ResultResponse | ErrorResponse;
export type Message = Request | Notification | Response;

/** Error codes of JSON-RPC 2.0 section 5.1 and of the MCP revisions. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** 2026-07-28: a header contradicts the body. HTTP 400. */
  headerMismatch: -32020,
  /** 2026-07-28, `data.requiredCapabilities`. HTTP 400. */
  missingRequiredClientCapability: -32021,
  /** 2026-07-28, `data.supported` and `data.requested`. HTTP 400. */
  unsupportedProtocolVersion: -32022,
  /** Up to 2025-11-25; since then -32602. Never sent to a modern agent. */
  resourceNotFound: -32002,
  /** 2025-11-25 alone. */
  urlElicitationRequired: -32042,
  /**
   * Ours: the gateway, or a server behind it, could not do it; `data.code` says why. Outside -32768 to -32000, where
   * MCP 2026-07-28 (base protocol, "Error Codes") wants the codes of implementations.
   */
  gatewayFailure: -31000,
} as const;

/** Codes that a modern agent may get from the range that JSON-RPC leaves to servers and MCP keeps for itself. */
const reservedForMcp: ReadonlySet<number> = new Set([
  rpcCodes.headerMismatch,
  rpcCodes.missingRequiredClientCapability,
  rpcCodes.unsupportedProtocolVersion,
]);

/** Whether 2026-07-28 forbids to send a code: undefined ones of -32020 to -32099, and those of earlier revisions. */
export function isForbiddenToModern(code: number): boolean {
  if (code === rpcCodes.resourceNotFound) return true;
  return code <= -32020 && code >= -32099 && !reservedForMcp.has(code);
}

/** One string id; ids of clients are counters and UUIDs. It is kept for every open call. */
export const idUnitsMax = 256;
/** One method name; the longest of MCP has 45 characters. */
export const methodUnitsMax = 128;
/** `error.message` of an upstream: a sentence, not a document; `data` is for more. */
export const errorMessageUnitsMax = 65_536;

/** Why a value is no message. Tell it from one by `instanceof`. */
export class RpcFault {
  readonly code: number;
  /** One sentence for the sender. It holds nothing of the message. */
  readonly says: string;
  /** The id to answer under: null when there is none, or none that may be echoed. */
  readonly id: RpcId | null;

  constructor(code: number, says: string, id: RpcId | null) {
    this.code = code;
    this.says = says;
    this.id = id;
  }
}

/**
 * The keys of the envelope, and those of params that any MCP revision defines. A key that folds to one of them, and
 * is not it, is refused.
 */
const protocolKeys = [
  ["jsonrpc", "id", "method", "params", "result", "error"],
  ["_meta", "name", "arguments", "uri", "cursor", "inputResponses", "requestState", "idempotencyKey", "task"],
  [
    "protocolVersion",
    "capabilities",
    "clientInfo",
    "requestId",
    "progressToken",
    "reason",
    "level",
    "logger",
  ],
  ["ref", "argument", "context", "notifications", "taskId", "progress", "total", "message", "data"],
  [
    "mode",
    "requestedSchema",
    "elicitationId",
    "url",
    "messages",
    "modelPreferences",
    "systemPrompt",
    "tools",
  ],
  ["includeContext", "temperature", "maxTokens", "stopSequences", "metadata", "toolChoice", "roots"],
].flat();
const exactKeys: ReadonlySet<string> = new Set(protocolKeys);
const foldedKeys: ReadonlyMap<string, string> = new Map(protocolKeys.map((key) => [fold(key), key]));

/** Upper, then lower case: so U+017F meets "s", U+212A meets "k" and U+0131 meets "i". */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/** The protocol key that `key` would be taken for by a reader without case, when it is not that key. */
export function foldsToProtocolKey(key: string): string | undefined {
  return exactKeys.has(key) ? undefined : foldedKeys.get(fold(key));
}

/**
 * Reads one message. Batches are refused: see readBatch.
 *
 * Params and results must be objects (MCP, base protocol), though JSON-RPC allows more. An error response may have
 * no id or a null one (JSON-RPC 2.0 section 5; MCP since 2025-11-25), and comes out with null.
 *
 * @param value what parseStrict made: own, plain objects
 */
export function readMessage(value: Json): Message | RpcFault {
  if (isJsonArray(value)) return invalid("batches are not accepted; send one message at a time", null);
  if (!isJsonObject(value)) return invalid("a message must be an object", null);
  const id = readId(value["id"]);
  const stranger = strangeKey(value);
  if (stranger !== undefined) return invalid(stranger, id);
  if (value["jsonrpc"] !== "2.0") return invalid('jsonrpc must be "2.0"', id);
  if (value["id"] !== undefined && id === null && !(value["id"] === null && has(value, "error")))
    return invalid(
      `id must be an integer within 2^53-1 or a string of at most ${idUnitsMax} characters`,
      null,
    );
  if (has(value, "method")) return readCall(value, id);
  if (has(value, "params")) return invalid("params need a method", id);
  if (has(value, "result")) return readResult(value, id);
  if (has(value, "error")) return readError(value, id);
  return invalid("a message needs a method, a result or an error", id);
}

/**
 * Reads a batch of revision 2025-03-26. One bad member refuses the whole: half a batch is nothing an agent asked for.
 *
 * @param max members; more are refused unread
 * @returns the messages in order, one at least; ids of requests are distinct
 */
export function readBatch(value: Json, max: number): readonly Message[] | RpcFault {
  if (!isJsonArray(value)) return invalid("a batch must be an array", null);
  if (value.length === 0) return invalid("a batch must not be empty", null);
  if (value.length > max) return invalid(`a batch may hold ${max} messages; send fewer`, null);
  const messages: Message[] = [];
  const ids = new Set<RpcId>();
  for (const [index, member] of value.entries()) {
    const message = readMessage(member);
    if (message instanceof RpcFault) return invalid(`message ${index} of the batch: ${message.says}`, null);
    if (isRequest(message)) {
      if (ids.has(message.id)) return invalid(`message ${index} of the batch repeats an id`, null);
      ids.add(message.id);
    }
    messages.push(message);
  }
  return messages;
}

export function isRequest(message: Message): message is Request {
  return "method" in message && "id" in message;
}

export function isNotification(message: Message): message is Notification {
  return "method" in message && !("id" in message);
}

export function isResponse(message: Message): message is Response {
  return !("method" in message);
}

export function isErrorResponse(message: Message): message is ErrorResponse {
  return "error" in message;
}

export function resultResponse(id: RpcId, result: RpcObject): ResultResponse {
  return { jsonrpc: "2.0", id, result };
}

/**
 * @param id   of the request; null when it could not be read
 * @param code an integer; the table of what we send is errors.ts
 */
export function errorResponse(
  id: RpcId | null,
  code: number,
  message: string,
  data?: unknown,
): ErrorResponse {
  const error = data === undefined ? { code, message } : { code, message, data };
  return { jsonrpc: "2.0", id, error };
}

function invalid(says: string, id: RpcId | null): RpcFault {
  return new RpcFault(rpcCodes.invalidRequest, says, id);
}

function has(value: JsonObject, key: string): boolean {
  return value[key] !== undefined;
}

/** Whether a value can be the id of a request. Negative zero is none: it would be echoed as 0. */
export function isRpcId(id: unknown): id is RpcId {
  if (typeof id === "number") return Number.isSafeInteger(id) && !Object.is(id, -0);
  return typeof id === "string" && id.length <= idUnitsMax;
}

function readId(id: Json | undefined): RpcId | null {
  return isRpcId(id) ? id : null;
}

/** What is wrong with the keys of an envelope. */
function strangeKey(value: JsonObject): string | undefined {
  for (const key in value) {
    switch (key) {
      case "jsonrpc":
      case "id":
      case "method":
      case "params":
      case "result":
      case "error":
        break;
      default:
        return foldsToProtocolKey(key) === undefined
          ? "a message has a key that JSON-RPC 2.0 does not define; remove it"
          : foldedSays(key);
    }
  }
  return undefined;
}

function foldedSays(key: string): string {
  return `a key differs from "${foldsToProtocolKey(key) ?? ""}" by case alone; spell it exactly`;
}

function readCall(value: JsonObject, id: RpcId | null): Request | Notification | RpcFault {
  const { method, params } = value;
  if (has(value, "result") || has(value, "error"))
    return invalid("a message has a method, a result or an error, and only one of them", id);
  if (typeof method !== "string" || method.length === 0 || method.length > methodUnitsMax)
    return invalid(`method must be a string of 1 to ${methodUnitsMax} characters`, id);
  if (params === undefined) return id === null ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", id, method };
  if (!isJsonObject(params)) return invalid("params must be an object", id);
  for (const key in params) {
    if (foldsToProtocolKey(key) !== undefined) return invalid(`params: ${foldedSays(key)}`, id);
  }
  return id === null ? { jsonrpc: "2.0", method, params } : { jsonrpc: "2.0", id, method, params };
}

function readResult(value: JsonObject, id: RpcId | null): ResultResponse | RpcFault {
  const { result } = value;
  if (has(value, "error")) return invalid("a response has a result or an error, not both", id);
  if (id === null) return invalid("a result needs the id of its request", null);
  if (!isJsonObject(result)) return invalid("result must be an object", id);
  return { jsonrpc: "2.0", id, result };
}

function readError(value: JsonObject, id: RpcId | null): ErrorResponse | RpcFault {
  const { error } = value;
  if (!isJsonObject(error)) return invalid("error must be an object", id);
  for (const key in error) {
    if (key !== "code" && key !== "message" && key !== "data")
      return invalid("error has a key besides code, message and data; remove it", id);
  }
  const { code, message, data } = error;
  if (typeof code !== "number" || !Number.isSafeInteger(code))
    return invalid("error.code must be an integer", id);
  if (typeof message !== "string" || message.length > errorMessageUnitsMax)
    return invalid(`error.message must be a string of at most ${errorMessageUnitsMax} characters`, id);
  return errorResponse(id, code, message, data);
}
