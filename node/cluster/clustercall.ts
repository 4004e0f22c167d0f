/**
 * A governed call as it travels from the door where it came in to the owner of its session, and the answer on its way
 * back: the cluster floor's `Call` and `Answer` (cluster/exchange.ts). Owns what of a caller travels. Does not own frames
 * (cluster/frames.ts), nor what becomes of a call (conductor.ts).
 *
 * C1. What comes in bytes is checked member by member, and its request is read strictly again: the owner judges what it
 *     has read itself (architecture, section 4).
 * C2. No credential travels: a principal holds none. The session is made anew from the principal, never taken as told.
 * C3. Two lines of JSON: what goes with it, and the request, or the response, as it stands. JSON.stringify writes no line
 *     end of its own, and half a surrogate pair comes through it as it was.
 */
import { isUtf8 } from "node:buffer";
import type { AnswerFacts } from "../../protocol/facts.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedBounds } from "../../protocol/jsonbounds.ts";
import { isRequest, readMessage, RpcFault, type Request } from "../../protocol/jsonrpc.ts";
import { isLogLevel, isRevision } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller, DoorName, Exchange, HttpForm } from "../exchange/exchange.ts";
import type { Judgement } from "../exchange/governor.ts";
import type { PreparedCall, RunningCall } from "../exchange/governedcall.ts";
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
  /** At the owner, once its turn comes. */
  prepared: PreparedCall | undefined;
  judged: Judgement | undefined;
  running: RunningCall | undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }
}

export interface ClusterAnswer {
  /** The JSON-RPC response. */
  readonly text: string;
  readonly form: HttpForm | undefined;
  readonly isDropped: boolean;
  /** For the owner's turn; stays there. */
  readonly facts: AnswerFacts | undefined;
}

const doorNames: ReadonlySet<unknown> = new Set<DoorName>(["http", "websocket", "sse"]);

function twoLines(head: readonly unknown[], body: string): Uint8Array {
  return Buffer.from(`${JSON.stringify(head)}\n${body}`, "utf8");
}

/** @returns undefined unless the head is a list, without a key that reaches a prototype */
function readTwoLines(
  bytes: Uint8Array,
): { readonly head: readonly unknown[]; readonly body: string } | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const end = text.indexOf("\n");
  const head: unknown = end < 0 ? undefined : parseStrict(text.slice(0, end), relayedBounds);
  return Array.isArray(head) ? { head, body: text.slice(end + 1) } : undefined;
}

export function packCall({ exchange }: ClusterCall): Uint8Array {
  const { caller, request } = exchange;
  const { tenant, agent, user, by, id, expires, issuer, personas, audience } = caller.principal;
  const { traceparent, tracestate } = caller.trace ?? {};
  const head = [
    caller.endpoint.path,
    [tenant, agent, user ?? null, by, id, expires, issuer ?? null, personas, audience ?? null],
    caller.door,
    caller.from,
    caller.revision,
    caller.capabilities,
    caller.wire?.logLevel ?? caller.logLevel ?? null,
    [traceparent ?? null, tracestate ?? null],
  ];
  return twoLines(head, JSON.stringify(request));
}

/**
 * @param endpoints of this node
 * @returns undefined when the bytes are no call that this node could take
 */
export function unpackCall(bytes: Uint8Array, endpoints: Endpoints): ClusterCall | undefined {
  const read = readTwoLines(bytes);
  if (read === undefined || read.head.length !== headValues) return undefined;
  const [path, given, door, from, revision, capabilities, level, trace] = read.head;
  if (typeof path !== "string" || typeof from !== "string" || !doorNames.has(door)) return undefined;
  const endpoint = endpoints.find(`${path}/mcp`)?.endpoint;
  const principal = readPrincipal(given);
  if (endpoint === undefined || principal?.tenant !== endpoint.tenant || !isRevision(revision))
    return undefined;
  const request = readRequest(read.body);
  if (!isObject(capabilities) || request === undefined) return undefined;
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
    trace: readTrace(trace),
  };
  return new ClusterCall(new RemoteExchange(caller, request));
}

const headValues = 8;

function readRequest(text: string): Request | undefined {
  const value = parseStrict(text, relayedBounds);
  if (value instanceof JsonFault) return undefined;
  const message = readMessage(value);
  return !(message instanceof RpcFault) && isRequest(message) ? message : undefined;
}

const principalValues = 9;

function readPrincipal(given: unknown): Principal | undefined {
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

export function packAnswer({ text, form, isDropped }: ClusterAnswer): Uint8Array {
  return twoLines([form?.status ?? null, form?.headers ?? null, isDropped], text);
}

/** @returns undefined when the bytes are no answer that a door could give: no JSON object, or a bad status */
export function unpackAnswer(bytes: Uint8Array): ClusterAnswer | undefined {
  const read = readTwoLines(bytes);
  if (read === undefined || read.head.length !== 3) return undefined;
  const [status, headers, isDropped] = read.head;
  const { body: text } = read;
  if (typeof isDropped !== "boolean" || !isResponseText(text)) return undefined;
  if (status === null) return { text, form: undefined, isDropped, facts: undefined };
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
    return undefined;
  return { text, form: { status, ...readHeaders(headers) }, isDropped, facts: undefined };
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
