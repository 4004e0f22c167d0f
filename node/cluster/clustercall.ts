/**
 * A governed call as it travels from the door where it came in to the owner of its session, and the answer on its way
 * back: the cluster floor's `Call` and `Answer` (cluster/exchange.ts). Owns what of a caller travels. Does not own frames
 * (cluster/frames.ts), nor what becomes of a call (conductor.ts).
 *
 * C1. What comes in bytes is checked member by member, and its request is read strictly again: the owner judges what it
 *     has read itself (architecture, section 4).
 * C2. No credential travels: a principal holds none. The session is made anew from the principal, never taken as told.
 */
import { Packr } from "msgpackr";
import { GatewayError } from "../../protocol/errors.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import { isRequest } from "../../protocol/jsonrpc.ts";
import { isLogLevel, isRevision } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import { readText } from "../door/message.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller, DoorName, Exchange, HttpForm } from "../exchange/exchange.ts";
import type { Judgement } from "../exchange/governor.ts";
import type { PreparedCall, RunningCall } from "../exchange/governedcall.ts";
import { principalSession, type Principal } from "../identity/principal.ts";
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

const packr = new Packr({ useRecords: false });
const doorNames: ReadonlySet<unknown> = new Set<DoorName>(["http", "websocket", "sse"]);

export function packCall({ exchange }: ClusterCall): Uint8Array {
  const { caller, request } = exchange;
  const { tenant, agent, user, by, id, expires, issuer, personas, audience } = caller.principal;
  return packr.pack([
    caller.endpoint.path,
    [tenant, agent, user ?? null, by, id, expires, issuer ?? null, personas, audience ?? null],
    caller.door,
    caller.from,
    caller.revision,
    JSON.stringify(caller.capabilities),
    caller.wire?.logLevel ?? caller.logLevel ?? null,
    [caller.trace?.traceparent ?? null, caller.trace?.tracestate ?? null],
    JSON.stringify(request),
  ]);
}

/**
 * @param endpoints of this node
 * @returns undefined when the bytes are no call that this node could take
 */
export function unpackCall(bytes: Uint8Array, endpoints: Endpoints): ClusterCall | undefined {
  try {
    const read: unknown = packr.unpack(bytes);
    if (!Array.isArray(read)) return undefined;
    const [path, given, door, from, revision, capabilities, level, trace, text] = read as unknown[];
    if (typeof path !== "string" || typeof from !== "string" || !doorNames.has(door)) return undefined;
    const endpoint = endpoints.find(`${path}/mcp`)?.endpoint;
    const principal = readPrincipal(given);
    if (endpoint === undefined || principal === undefined || !isRevision(revision)) return undefined;
    if (typeof capabilities !== "string" || typeof text !== "string") return undefined;
    const declared: unknown = JSON.parse(capabilities);
    const request = readText(text, false);
    if (!isObject(declared) || Array.isArray(request) || !("method" in request) || !isRequest(request))
      return undefined;
    const caller: Caller = {
      endpoint,
      principal,
      session: principalSession(principal, endpoint.persona),
      door: door as DoorName,
      from,
      revision,
      capabilities: declared,
      logLevel: isLogLevel(level) ? level : undefined,
      wire: undefined,
      trace: readTrace(trace),
    };
    return new ClusterCall(new RemoteExchange(caller, request));
  } catch (thrown) {
    if (thrown instanceof GatewayError || thrown instanceof Error) return undefined;
    throw thrown;
  }
}

function readPrincipal(given: unknown): Principal | undefined {
  if (!Array.isArray(given)) return undefined;
  const [tenant, agent, user, by, id, expires, issuer, personas, audience] = given as unknown[];
  const isText = (value: unknown): value is string => typeof value === "string";
  const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
  if (!isText(tenant) || !isText(agent) || !isTextOrNull(user) || !isText(id)) return undefined;
  if (by !== "key" && by !== "jwt") return undefined;
  if (typeof expires !== "number" || !isTextOrNull(issuer) || !isTextOrNull(audience)) return undefined;
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
  return packr.pack([text, form?.status ?? null, form?.headers ?? null, isDropped]);
}

export function unpackAnswer(bytes: Uint8Array): ClusterAnswer | undefined {
  try {
    const read: unknown = packr.unpack(bytes);
    if (!Array.isArray(read)) return undefined;
    const [text, status, headers, isDropped] = read as unknown[];
    if (typeof text !== "string" || typeof isDropped !== "boolean") return undefined;
    if (status === null) return { text, form: undefined, isDropped, facts: undefined };
    if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
      return undefined;
    const given = readHeaders(headers);
    return { text, form: { status, ...given }, isDropped, facts: undefined };
  } catch {
    return undefined;
  }
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
