/**
 * What a POST to an endpoint's /mcp means in each era (MCP transports, Streamable HTTP), after authentication. Makes
 * exchanges and gives them to the dispatcher; decides nothing.
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import {
  isNotification,
  isRequest,
  isResponse,
  isRpcId,
  type Message,
  type Request,
  type RpcId,
} from "../../protocol/jsonrpc.ts";
import { isLogLevel, isRevision, meta, modern, traits, type Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Caller, Exchange, Room } from "../exchange/exchange.ts";
import { BatchReply } from "./batch.ts";
import { readCapabilities } from "./capabilities.ts";
import type { Doors, Visitor } from "./doors.ts";
import { HttpExchange } from "./httpexchange.ts";
import { holdOpen, ListenConnection } from "./longstream.ts";
import { MessageFault, readBody } from "./message.ts";
import { checkModern, metaOf, speaksModern } from "./modernheaders.ts";
import { WireSession } from "./wire.ts";

const sessionHeader = "mcp-session-id";
const versionHeader = "mcp-protocol-version";

/** One received POST. */
export interface Posted {
  readonly visitor: Visitor;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly startedMs: number;
  /** What a large body takes until each request of it is judged. */
  readonly room: Room | undefined;
}

/** @throws GatewayError for everything that is refused before a request exists */
export function handlePost(doors: Doors, posted: Posted): void | Promise<void> {
  const version = single(posted.headers[versionHeader]);
  const read = readBody(posted.body, version === undefined || version === "2025-03-26");
  if (Array.isArray(read)) return handleBatch(doors, posted, read as readonly Message[]);
  const message = read as Message;
  if (isRequest(message))
    return MessageFault.within(message.id, () => handleMessage(doors, posted, message, version));
  return handleMessage(doors, posted, message, version);
}

function handleMessage(
  doors: Doors,
  posted: Posted,
  message: Message,
  version: string | undefined,
): void | Promise<void> {
  if (speaksModern(message, version)) return handleModern(doors, posted, message);
  if (isRequest(message) && message.method === "initialize") return handleInitialize(doors, posted, message);
  const wire = findWire(doors, posted, version);
  return wire instanceof Promise
    ? wire.then((met) => handleOlder(doors, posted, met, message))
    : handleOlder(doors, posted, wire, message);
}

function handleModern(doors: Doors, posted: Posted, message: Message): void {
  const { visitor, headers, response } = posted;
  const supported = doors.supported(visitor.endpoint.persona);
  if (!isRequest(message)) {
    checkModern(message, headers, undefined, supported);
    // A modern client cancels by closing the stream; no notification of its means anything here.
    response.writeHead(202).end();
    return;
  }
  checkModern(message, headers, doors.headerSchema(visitor.endpoint.persona, message), supported);
  const exchange = new HttpExchange(
    modernCaller(visitor, message, "http"),
    message,
    posted.startedMs,
    response,
    undefined,
  );
  if (message.method === "subscriptions/listen")
    holdOpen(doors, visitor, response, new ListenConnection(exchange, response));
  doors.dispatch(exchange, posted.room);
}

/** Who calls, from the request's own metadata. Shared with the WebSocket door. */
export function modernCaller(visitor: Visitor, request: Request, door: Caller["door"]): Caller {
  const own = metaOf(request) ?? {};
  const level = own[meta.logLevel];
  return {
    ...visitor,
    door,
    revision: modern,
    capabilities: readCapabilities(own[meta.clientCapabilities]),
    logLevel: isLogLevel(level) ? level : undefined,
    wire: undefined,
    trace: traceOf(own),
  };
}

/**
 * The agent's trace, of which the server is told. Its `tracestate` is not: that is free text on its way to a server that nobody
 * searches, and W3C Trace Context lets a participant leave it out.
 */
export function traceOf(own: JsonObject | undefined): Caller["trace"] {
  const traceparent = own?.["traceparent"];
  return typeof traceparent === "string" && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? { traceparent }
    : undefined;
}

function handleInitialize(doors: Doors, posted: Posted, request: Request): void {
  const wire = openWire(doors, posted.visitor, request, "http");
  const exchange = new HttpExchange(
    olderCaller(posted.visitor, wire, request),
    request,
    posted.startedMs,
    posted.response,
    wire,
  );
  exchange.headers = { "mcp-session-id": wire.id };
  doors.dispatch(exchange, posted.room);
}

/**
 * A new wire session from an `initialize` request, at the revision we agree on: the asked one if we speak it and the
 * persona's floor allows, else our newest (MCP, lifecycle, version negotiation).
 */
export function openWire(
  doors: Doors,
  visitor: Visitor,
  request: Request,
  door: Caller["door"],
): WireSession {
  doors.meter("begin", visitor.session);
  const params = request.params ?? {};
  const asked = params["protocolVersion"];
  if (typeof asked !== "string")
    throw new GatewayError("PARAMS_INVALID", "params.protocolVersion must be a string");
  const supported = doors
    .supported(visitor.endpoint.persona)
    .filter((revision) => traits[revision].era === "older");
  const revision: Revision | undefined =
    isRevision(asked) && supported.includes(asked) ? asked : supported[0];
  if (revision === undefined)
    throw new GatewayError("PROTOCOL_VERSION", undefined, {
      data: { supported: [modern], requested: asked.slice(0, 64) },
    });
  const capabilities = readCapabilities(params["capabilities"]);
  const wire = new WireSession(
    visitor.session,
    visitor.endpoint,
    door,
    revision,
    capabilities,
    doors.nowMs(),
    doors.neighbours,
  );
  doors.keep(wire);
  return wire;
}

export function olderCaller(visitor: Visitor, wire: WireSession, request: Request): Caller {
  return {
    ...visitor,
    door: wire.door,
    revision: wire.revision,
    capabilities: wire.capabilities,
    logLevel: undefined,
    wire,
    trace: traceOf(metaOf(request)),
  };
}

/** The wire session a header names, with its revision checked (checklist W10). A promise asks its session's owner. */
export function findWire(
  doors: Doors,
  posted: Pick<Posted, "visitor" | "headers">,
  version: string | undefined,
): WireSession | Promise<WireSession> {
  if (version !== undefined && !isRevision(version))
    throw new GatewayError("PROTOCOL_VERSION", undefined, { data: { supported: doors.supported(posted.visitor.endpoint.persona), requested: version.slice(0, 64) } }); // prettier-ignore
  const id = single(posted.headers[sessionHeader]);
  if (id === undefined) throw new GatewayError("WIRE_SESSION_MISSING");
  const { visitor } = posted;
  const wire = doors.wires.find(id, visitor.session, visitor.endpoint, "http");
  if (wire !== undefined) {
    doors.lookAgain(wire);
    return agreed(wire, version);
  }
  const met = doors.meet(id, visitor);
  if (met === undefined) throw new GatewayError("WIRE_SESSION_UNKNOWN");
  return met.then((known) => agreed(known, version));
}

function agreed(wire: WireSession, version: string | undefined): WireSession {
  if (version !== undefined && version !== wire.revision)
    throw new GatewayError("PROTOCOL_VERSION", "it differs from the one that was negotiated", { data: { supported: [wire.revision], requested: version } }); // prettier-ignore
  return wire;
}

function handleOlder(
  doors: Doors,
  posted: Posted,
  wire: WireSession,
  message: Message,
): void | Promise<void> {
  const { visitor, response } = posted;
  if (isRequest(message)) {
    const exchange = new HttpExchange(
      olderCaller(visitor, wire, message),
      message,
      posted.startedMs,
      response,
      wire,
    );
    startOlder(doors, wire, exchange, posted.room);
    return;
  }
  const taken = takeOlder(doors, wire, message);
  if (taken === undefined) response.writeHead(202).end();
  else return taken.then(() => void response.writeHead(202).end());
}

/** Runs a request of a wire session and keeps it findable for notifications/cancelled. */
export function startOlder(
  doors: Doors,
  wire: WireSession,
  exchange: Exchange,
  room: Room | undefined,
  onEnd?: () => void,
): void {
  const { id } = exchange.request;
  if (wire.open.has(id))
    throw new GatewayError("REQUEST_SHAPE", "this id is in use by a request that still runs");
  wire.open.set(id, exchange);
  doors.dispatch(exchange, room, () => {
    wire.open.delete(id);
    onEnd?.();
  });
}

/**
 * A notification or an answer of an older agent. What fits nothing is dropped, as JSON-RPC has it.
 *
 * @returns when another node has taken it that it is for; rejects for an agent that was stopped
 */
export function takeOlder(doors: Doors, wire: WireSession, message: Message): Promise<void> | undefined {
  const cancelled = cancelledBy(message);
  const open = cancelled === undefined ? undefined : wire.open.get(cancelled);
  // To let go of one's own needs no leave.
  if (open !== undefined) {
    open.cancel();
    return undefined;
  }
  const refusal = doors.refusal(wire.session);
  if (refusal !== undefined) return Promise.reject(refusal);
  if (cancelled !== undefined && doors.neighbours?.cancel(wire.session, wire.id, cancelled) === false)
    doors.dropped(new GatewayError("THROTTLED"));
  if (!isResponse(message) || wire.answer(message) || typeof message.id !== "string") return undefined;
  const node = message.id.slice(message.id.lastIndexOf(".") + 1);
  if (doors.neighbours === undefined || node === doors.neighbours.node) return undefined;
  return doors.neighbours.reply(node, wire.session, wire.id, message);
}

/** The request that a notification takes back; undefined also for what can be no request's id. */
function cancelledBy(message: Message): RpcId | undefined {
  if (!isNotification(message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.["requestId"];
  return isRpcId(id) ? id : undefined;
}

/** A batch of revision 2025-03-26: every request its own exchange; the answers together, in the order they come. */
function handleBatch(doors: Doors, posted: Posted, batch: readonly Message[]): void | Promise<void> {
  const wire = findWire(doors, posted, single(posted.headers[versionHeader]));
  return wire instanceof Promise
    ? wire.then((met) => takeBatch(doors, posted, met, batch))
    : takeBatch(doors, posted, wire, batch);
}

function takeBatch(doors: Doors, posted: Posted, wire: WireSession, batch: readonly Message[]): void {
  if (!traits[wire.revision].batches)
    throw new GatewayError("REQUEST_SHAPE", `revision ${wire.revision} has no batches`);
  const requests = batch.filter(isRequest);
  if (requests.some((request) => request.method === "initialize"))
    throw new GatewayError("REQUEST_SHAPE", "initialize must not be part of a batch");
  // Before any of it runs: half a batch is nothing an agent asked for.
  if (requests.some(({ id }) => wire.open.has(id)))
    throw new GatewayError("REQUEST_SHAPE", "an id of this batch is in use by a request that still runs");
  for (const message of batch)
    if (!isRequest(message)) takeOlder(doors, wire, message)?.catch((fault: unknown) => doors.dropped(fault));
  if (requests.length === 0) {
    posted.response.writeHead(202).end();
    return;
  }
  const reply = new BatchReply(posted.response, wire, requests.length);
  for (const request of requests) {
    const exchange = reply.exchange(olderCaller(posted.visitor, wire, request), request, posted.startedMs);
    startOlder(doors, wire, exchange, posted.room);
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
