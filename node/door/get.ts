/** GET and DELETE on an endpoint's /mcp: the older eras' stream for what belongs to no call, resuming, and ending. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import { modern, traits } from "../../protocol/mcp/revision.ts";
import { accepts, type Doors, type Visitor } from "./doors.ts";
import { EventStream } from "./eventstream.ts";
import { findWire } from "./post.ts";

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
): void {
  const version = olderVersion(request);
  if (request.headers["mcp-session-id"] === undefined) throw new GatewayError("METHOD_NOT_ALLOWED");
  if (!accepts(request.headers.accept, "text/event-stream")) throw new GatewayError("NOT_ACCEPTABLE");
  const wire = findWire(doors, { visitor, headers: request.headers }, version);
  const last = request.headers["last-event-id"];
  const primes = traits[wire.revision].primesStreams;
  if (typeof last === "string") {
    const at = readEventId(last);
    const stream =
      at === undefined ? undefined : at.stream === "get" ? wire.get : wire.streams.get(at.stream);
    if (at === undefined || stream === undefined)
      throw new GatewayError("WIRE_SESSION_UNKNOWN", "that event is not kept");
    stream.attach(response, at.n, primes, {});
    return;
  }
  if (wire.get?.attached === true) throw new GatewayError("STREAM_TAKEN");
  wire.get ??= new EventStream("get");
  wire.get.attach(response, Number.MAX_SAFE_INTEGER, primes, {});
}

export function handleDelete(
  doors: Doors,
  visitor: Visitor,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const wire = findWire(doors, { visitor, headers: request.headers }, olderVersion(request));
  doors.wires.remove(wire, true);
  response.writeHead(204).end();
}

/** "{stream}-{n}" as eventstream.ts writes it. */
function readEventId(text: string): { stream: string; n: number } | undefined {
  const match = /^(get|s\d{1,9})-(\d{1,9})$/.exec(text);
  return match?.[1] === undefined ? undefined : { stream: match[1], n: Number(match[2]) };
}
