/**
 * A governed call as it travels from the door where it came in to the owner of its session, and the answer on its way
 * back: the cluster floor's `Call` and `Answer` (cluster/exchange.ts). Owns what of a caller travels. Does not own frames
 * (cluster/frames.ts), nor what becomes of a call (conductor.ts).
 *
 * C1. What comes in bytes is checked member by member, and its request is read strictly again: the owner judges what it
 *     has read itself (architecture, section 4).
 * C2. No credential travels: a principal holds none. The session is made anew from the principal, never taken as told.
 * C3. Lines of JSON: what goes with it, for a call its trace, and the request, or the response, as it stands. JSON.stringify writes no line
 *     end of its own, and half a surrogate pair comes through it as it was.
 */
import { isUtf8 } from "node:buffer";
import { LRUCache } from "lru-cache";
import type { AnswerFacts } from "../../protocol/facts.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedBounds } from "../../protocol/jsonbounds.ts";
import { limits } from "../../protocol/limits.ts";
import { isRequest, readMessage, RpcFault, type Request } from "../../protocol/jsonrpc.ts";
import { isLogLevel, isRevision } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller, DoorName, Exchange, HttpForm } from "../exchange/exchange.ts";
import type { Judgement, Reached } from "../exchange/governor.ts";
import type { PreparedCall, RunningCall } from "../exchange/governedcall.ts";
import type { Scan } from "../exchange/screening.ts";
import { isIdentity, principalSession, type Principal } from "../identity/principal.ts";
import { RemoteExchange } from "./remoteexchange.ts";

/** The call, at its door or at its owner. */
export class ClusterCall {
  /** The door's own at the door; at another node one that speaks through the owner's node. */
  readonly exchange: Exchange;
  /** Time of its turn, at the owner. */
  at = 0;
  /** Its bytes are out, or on their way. */
  isOut = false;
  /** What was searched of it, at the owner, before it came to its turn. */
  scan: Scan | undefined;
  /** At the owner, once its turn comes. */
  prepared: PreparedCall | undefined;
  judged: Judgement | undefined;
  running: RunningCall | undefined;
  /** What it reaches, once its turn has allowed it. */
  reached: Reached | undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }
}

export interface ClusterAnswer {
  /** The JSON-RPC response. */
  readonly text: string;
  readonly form: HttpForm | undefined;
  readonly isDropped: boolean;
  /** A person must decide first: the door may hold it. */
  readonly isParked?: true;
  /** For the owner's turn; stays there. */
  readonly facts: AnswerFacts | undefined;
}

const doorNames: ReadonlySet<unknown> = new Set<DoorName>(["http", "websocket", "sse"]);

function twoLines(head: readonly unknown[], body: string): Uint8Array {
  return Buffer.from(`${JSON.stringify(head)}\n${body}`, "utf8");
}

/** @returns undefined unless there are two lines of UTF-8 */
function splitTwoLines(bytes: Uint8Array): { readonly line: string; readonly body: string } | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const end = text.indexOf("\n");
  return end < 0 ? undefined : { line: text.slice(0, end), body: text.slice(end + 1) };
}

/** @returns undefined unless it is a list, without a key that reaches a prototype */
function readList(line: string): readonly unknown[] | undefined {
  const list: unknown = parseStrict(line, relayedBounds);
  return Array.isArray(list) ? list : undefined;
}

export function packCall({ exchange }: ClusterCall): Uint8Array {
  const { traceparent, tracestate } = exchange.caller.trace ?? {};
  const trace = traceparent === undefined ? "" : JSON.stringify([traceparent, tracestate ?? null]);
  const head = JSON.stringify(packCaller(exchange));
  return Buffer.from(`${head}\n${trace}\n${JSON.stringify(exchange.request)}`, "utf8");
}

/** Who calls, and whether the agent can be asked, as plain values. */
export function packCaller({ caller, asks }: Pick<Exchange, "caller" | "asks">): readonly unknown[] {
  return [
    caller.endpoint.path,
    packPrincipal(caller.principal),
    caller.door,
    caller.from,
    caller.revision,
    caller.capabilities,
    caller.wire?.logLevel ?? caller.logLevel ?? null,
    asks,
  ];
}

/**
 * Reads calls of other doors. Owns the callers that it has read lately: an agent's calls differ in their request and their
 * trace alone.
 */
export class CallReader {
  readonly #endpoints: Endpoints;
  readonly #callers = new LRUCache<string, PackedCaller>({ max: limits.relayedCallersMax });

  /** @param endpoints of this node */
  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
  }

  /** @returns undefined when the bytes are no call that this node could take */
  unpack(bytes: Uint8Array): ClusterCall | undefined {
    const outer = splitTwoLines(bytes);
    const inner = outer === undefined ? -1 : outer.body.indexOf("\n");
    if (outer === undefined || inner < 0) return undefined;
    const packed = this.#callers.get(outer.line) ?? this.#read(outer.line);
    const request = readRequest(outer.body.slice(inner + 1));
    if (packed === undefined || request === undefined) return undefined;
    const { caller, asks } = packed;
    if (inner === 0) return new ClusterCall(new RemoteExchange(caller, request, asks));
    const trace = readTrace(readList(outer.body.slice(0, inner)));
    return new ClusterCall(new RemoteExchange({ ...caller, trace }, request, asks));
  }

  #read(line: string): PackedCaller | undefined {
    const packed = readCaller(readList(line), this.#endpoints);
    if (packed !== undefined && line.length <= keptHeadUnits) this.#callers.set(line, packed);
    return packed;
  }
}

/** Longer heads hold what hardly any agent says of itself, and are read each time. */
const keptHeadUnits = 2_048;

/** Who calls, as another door has packed it. */
export interface PackedCaller {
  readonly caller: Caller;
  /** Whether its agent can be asked. */
  readonly asks: boolean;
}

/** @returns undefined when it is nobody who could call at this node */
export function readCaller(
  head: readonly unknown[] | undefined,
  endpoints: Endpoints,
): PackedCaller | undefined {
  if (head?.length !== headValues) return undefined;
  const [path, given, door, from, revision, capabilities, level, asks] = head;
  if (typeof path !== "string" || typeof from !== "string" || !doorNames.has(door)) return undefined;
  const endpoint = endpoints.find(`${path}/mcp`)?.endpoint;
  const principal = readPrincipal(given);
  if (endpoint === undefined || principal?.tenant !== endpoint.tenant || !isRevision(revision))
    return undefined;
  if (!isObject(capabilities) || typeof asks !== "boolean") return undefined;
  if (level !== null && !isLogLevel(level)) return undefined;
  const caller: Caller = {
    endpoint,
    principal,
    session: principalSession(principal, endpoint.persona),
    door: door as DoorName,
    from,
    revision,
    capabilities,
    logLevel: level ?? undefined,
    wire: undefined,
    trace: undefined,
  };
  return { caller, asks };
}

const headValues = 8;

function readRequest(text: string): Request | undefined {
  const value = parseStrict(text, relayedBounds);
  if (value instanceof JsonFault) return undefined;
  const message = readMessage(value);
  return !(message instanceof RpcFault) && isRequest(message) ? message : undefined;
}

const principalValues = 9;

export function packPrincipal(principal: Principal): readonly unknown[] {
  const { tenant, agent, user, by, id, expires, issuer, personas, audience } = principal;
  return [tenant, agent, user ?? null, by, id, expires, issuer ?? null, personas, audience ?? null];
}

export function readPrincipal(given: unknown): Principal | undefined {
  if (!Array.isArray(given) || given.length !== principalValues) return undefined;
  const [tenant, agent, user, by, id, expires, issuer, personas, audience] = given as unknown[];
  const isText = (value: unknown): value is string => typeof value === "string";
  const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
  if (!isText(tenant) || !isIdentity(agent) || !isText(id)) return undefined;
  if (user !== null && !isIdentity(user)) return undefined;
  if (by !== "key" && by !== "jwt") return undefined;
  if (typeof expires !== "number" || !(expires >= 0) || !isTextOrNull(issuer) || !isTextOrNull(audience))
    return undefined;
  const isList = Array.isArray(personas) && personas.every(isText);
  if (personas !== "audience" && !isList) return undefined;
  return {
    tenant,
    agent,
    user: user ?? undefined,
    by,
    id,
    expires,
    issuer: issuer ?? undefined,
    personas: personas as Principal["personas"],
    audience: audience ?? undefined,
  };
}

function readTrace(given: unknown): Caller["trace"] {
  if (!Array.isArray(given)) return undefined;
  const [traceparent, tracestate] = given as unknown[];
  if (typeof traceparent !== "string") return undefined;
  return typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent };
}

export function packAnswer({ text, form, isDropped, isParked }: ClusterAnswer): Uint8Array {
  const head = [form?.status ?? null, form?.headers ?? null, isDropped];
  return twoLines(isParked === true ? [...head, true] : head, text);
}

/** @returns undefined when the bytes are no answer that a door could give: no JSON object, or a bad status */
export function unpackAnswer(bytes: Uint8Array): ClusterAnswer | undefined {
  const read = splitTwoLines(bytes);
  const head = read === undefined ? undefined : readList(read.line);
  if (read === undefined || (head?.length !== 3 && head?.length !== 4)) return undefined;
  const [status, headers, isDropped, isParked] = head;
  if (head.length === 4 && isParked !== true) return undefined;
  const parked = isParked === true ? ({ isParked } as const) : {};
  const { body: text } = read;
  if (typeof isDropped !== "boolean" || !isResponseText(text)) return undefined;
  if (status === null) return { text, form: undefined, isDropped, ...parked, facts: undefined };
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
    return undefined;
  return { text, form: { status, ...readHeaders(headers) }, isDropped, ...parked, facts: undefined };
}

/** A line of a stream to an agent: what ends a line would end an event of it. The owner has serialised it. */
function isResponseText(text: string): boolean {
  return text.startsWith("{") && text.endsWith("}") && !/[\r\n]/.test(text);
}

/** Header names and values that Node.js would take: a bad one must not throw at the door. */
function readHeaders(headers: unknown): Pick<HttpForm, "headers"> {
  if (!isObject(headers)) return {};
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (/^[a-z-]{1,64}$/.test(name) && typeof value === "string" && /^[\x20-\x7e]{0,512}$/.test(value))
      known[name] = value;
  return { headers: known };
}
