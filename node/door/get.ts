/**
 * GET and DELETE on an endpoint's /mcp: the older eras' stream for what belongs to no call, resuming, and ending. In a
 * cluster the stream is kept by the session's owner, and that of a call by the node whose door the call came in at.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { modern, traits } from "../../protocol/mcp/revision.ts";
import type { Caller } from "../exchange/exchange.ts";
import { accepts, type Doors, type Visitor } from "./doors.ts";
import { endResponse, EventStream, sseHeaders } from "./eventstream.ts";
import { GetConnection, holdOpen } from "./longstream.ts";
import type { Neighbours, StreamEvent } from "./neighbours.ts";
import { findWire } from "./post.ts";
import type { WireSession } from "./wire.ts";

function olderVersion(request: IncomingMessage): string | undefined {
  const version = request.headers["mcp-protocol-version"];
  if (version === modern) throw new GatewayError("METHOD_NOT_ALLOWED");
  return typeof version === "string" ? version : undefined;
}

export function handleGet(
  doors: Doors,
  visitor: Visitor,
  request: IncomingMessage,
  response: ServerResponse,
): void | Promise<void> {
  const version = olderVersion(request);
  if (request.headers["mcp-session-id"] === undefined) throw new GatewayError("METHOD_NOT_ALLOWED");
  if (!accepts(request.headers.accept, "text/event-stream")) throw new GatewayError("NOT_ACCEPTABLE");
  const wire = findWire(doors, { visitor, headers: request.headers }, version);
  const last = request.headers["last-event-id"];
  const resumed = typeof last === "string" ? last : undefined;
  if (wire instanceof Promise) return wire.then((met) => attach(doors, visitor, met, resumed, response));
  return attach(doors, visitor, wire, resumed, response);
}

function attach(
  doors: Doors,
  visitor: Visitor,
  wire: WireSession,
  last: string | undefined,
  response: ServerResponse,
): void | Promise<void> {
  const at = last === undefined ? undefined : readEventId(last);
  if (last !== undefined && at === undefined) throw notKept();
  // Gone, or killed, while the owner was asked.
  if (response.destroyed) return;
  doors.checkAlive(visitor.session);
  const { neighbours } = doors;
  const isElsewhere = neighbours !== undefined && (at === undefined || at.node !== neighbours.node);
  const connection = new GetConnection(response, !isElsewhere && at !== undefined && at.stream !== "get");
  holdOpen(doors, visitor, response, connection);
  if (isElsewhere) return attachElsewhere(neighbours, visitor, wire, at, response);
  const primes = traits[wire.revision].primesStreams;
  if (at !== undefined) {
    const stream = at.stream === "get" ? wire.get : wire.streams.get(at.stream);
    if (stream === undefined) throw notKept();
    connection.stream = stream;
    stream.attach(response, at.n, primes, {});
    return;
  }
  if (wire.get?.attached === true) throw new GatewayError("STREAM_TAKEN");
  wire.get ??= new EventStream("get");
  connection.stream = wire.get;
  wire.get.attach(response, Number.MAX_SAFE_INTEGER, primes, {});
}

/** The socket is here, the stream with another node; or with this one, should it be the owner. */
async function attachElsewhere(
  neighbours: Neighbours,
  visitor: Visitor,
  wire: WireSession,
  at: EventId | undefined,
  response: ServerResponse,
): Promise<void> {
  const stream = at?.stream ?? "get";
  const early: StreamEvent[] = [];
  const keep = (event: StreamEvent): void => void early.push(event);
  const write = (event: StreamEvent): void => writeEvent(response, stream, event);
  const sink = { take: keep };
  const attachment = await neighbours.attach({
    caller: streamCaller(visitor, wire),
    wire: wire.id,
    stream,
    node: at?.node,
    after: at?.n ?? 0,
    takes: at !== undefined,
    onEvent: (event) => sink.take(event),
    onEnd: () => {
      if (!response.writableEnded) response.end("retry: 1000\n\n");
    },
  });
  // Its "close" has been: nothing would end what is begun now.
  if (response.destroyed) return attachment.close();
  const alive = setInterval(() => {
    if (!response.writableEnded) response.write(": alive\n\n");
  }, limits.pingIntervalMs);
  response.on("close", () => {
    clearInterval(alive);
    attachment.close();
  });
  response.writeHead(200, sseHeaders);
  response.flushHeaders();
  if (traits[wire.revision].primesStreams)
    response.write(`id: ${stream}-${at?.n ?? attachment.n}\nretry: 1000\ndata: \n\n`);
  for (const event of early) write(event);
  Object.assign(sink, { take: write });
}

function writeEvent(response: ServerResponse, stream: string, { n, message, isLast }: StreamEvent): void {
  if (response.writableEnded) return;
  const text = `id: ${stream}-${n}\nevent: message\ndata: ${message}\n\n`;
  if (isLast) endResponse(response, text);
  // To an agent that does not read, no hints are sent: it asks again when it is back.
  else if (response.writableLength <= limits.socketBufferBytesMax) response.write(text);
}

export function streamCaller(visitor: Visitor, wire: WireSession): Caller {
  const { door, revision, capabilities } = wire;
  return { ...visitor, door, revision, capabilities, logLevel: undefined, wire, trace: undefined };
}

export function handleDelete(
  doors: Doors,
  visitor: Visitor,
  request: IncomingMessage,
  response: ServerResponse,
): void | Promise<void> {
  doors.meter("end", visitor.session);
  const wire = findWire(doors, { visitor, headers: request.headers }, olderVersion(request));
  if (wire instanceof Promise) return wire.then((met) => end(doors, met, response));
  return end(doors, wire, response);
}

function end(doors: Doors, wire: WireSession, response: ServerResponse): void | Promise<void> {
  const remembered = wire.share("closed", "");
  const finish = (): void => {
    doors.wires.remove(wire, true);
    response.writeHead(204).end();
  };
  return remembered === undefined ? finish() : remembered.then(finish);
}

interface EventId {
  readonly stream: string;
  /** The node that keeps it; undefined: the owner, or a node alone. */
  readonly node: string | undefined;
  readonly n: number;
}

/** "{stream}-{n}" as eventstream.ts writes it. */
function readEventId(text: string): EventId | undefined {
  const match = /^(get|s\d{1,9}(?:\.[\w-]{8}\.([a-z0-9-]{1,64}))?)-(\d{1,9})$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { stream: match[1], node: match[2], n: Number(match[3]) };
}

function notKept(): GatewayError {
  return new GatewayError("WIRE_SESSION_UNKNOWN", "that event is not kept");
}
