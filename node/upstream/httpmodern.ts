/**
 * Streamable HTTP of 2026-07-28: one POST per request, each answered by JSON or by a stream of its own. Closing the
 * stream is the cancellation; a stream that breaks has lost its request, and nobody but the agent may repeat it.
 *
 * @see MCP 2026-07-28, Streamable HTTP; SEP-2243 for the headers
 */
import { GatewayError } from "../../protocol/errors.ts";
import { encodeHeaderValue, encodeParam, valueAtPath } from "../../protocol/header.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { Json } from "../../protocol/json.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import type { ErrorResponse, Message } from "../../protocol/jsonrpc.ts";
import { modern } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Call } from "./calls.ts";
import type { Line, Sending } from "./dialer.ts";
import { refusalFailure } from "./failure.ts";
import { listenText, modernMeta, requestText } from "./handshake.ts";
import type { ClientInfo } from "./handshake.ts";
import type { ListenTaker } from "./listen.ts";
import type { MessageBounds } from "./messages.ts";
import { eraLost } from "./modern.ts";
import type { ModernCarrier, ModernSession } from "./modern.ts";
import { Reply } from "./reply.ts";
import type { ReplyTaker, StreamPlace } from "./reply.ts";

export const discoveryId = 0;

const baseHeaders = [
  "content-type",
  "application/json",
  "accept",
  "application/json, text/event-stream",
  "mcp-protocol-version",
  modern,
];

export class HttpModern implements ModernCarrier {
  readonly isOneStream = false;
  readonly #session: ModernSession;
  readonly #line: Line;
  readonly #bounds: MessageBounds;

  constructor(session: ModernSession, line: Line, bounds: MessageBounds) {
    this.#session = session;
    this.#line = line;
    this.#bounds = bounds;
  }

  request(call: Call, method: string, params: JsonObject): void {
    const reply = new Reply(new ModernTaker(this.#session, call), this.#bounds, modern);
    const onStop = (reason: GatewayError): void => reply.sending?.stop(reason);
    call.onStop = onStop;
    const headers = requestHeaders(method, params, call.options.headerSchema);
    const body = this.#session.textOf(call, method, params);
    reply.sending = this.#line.send({ method: "POST", headers, body, owner: call.options.owner }, reply);
    if (call.isSettled) reply.sending.stop(new GatewayError("CANCELLED"));
  }

  openListen(id: string, params: JsonObject, listen: ListenTaker): () => void {
    const body = listenText(id, params, this.#session.peer.client);
    const headers = requestHeaders("subscriptions/listen", {}, undefined);
    const taker = new StreamTaker(listen);
    const reply = new Reply(taker, this.#bounds, modern);
    reply.sending = this.#line.send({ method: "POST", headers, body, isLong: true }, reply);
    return () => {
      taker.isOver = true;
      reply.sending?.stop(new GatewayError("CANCELLED"));
    };
  }

  /** The revision has no notifications of the client over HTTP but the closing of a stream. */
  notify(): void {}

  respond(): void {}

  listen(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Asks a server which revisions it speaks, before any session: the first request to a server of unknown era.
 *
 * @param taker gets what came back, under the id `discoveryId`
 */
export function discoverHttp(
  line: Line,
  bounds: MessageBounds,
  client: ClientInfo,
  taker: ReplyTaker,
): Sending {
  const options = { timeoutMs: 0, capabilities: {} };
  const body = requestText(discoveryId, "server/discover", {}, modernMeta(undefined, options, client));
  const reply = new Reply(taker, bounds, modern);
  reply.sending = line.send(
    { method: "POST", headers: requestHeaders("server/discover", {}, undefined), body },
    reply,
  );
  return reply.sending;
}

function requestHeaders(method: string, params: JsonObject, schema: HeaderSchema | undefined): string[] {
  const headers = [...baseHeaders, "mcp-method", method];
  const name = nameOf(method, params);
  if (name !== undefined) headers.push("mcp-name", encodeHeaderValue(name));
  if (schema === undefined) return headers;
  for (const [field, path] of schema) {
    const value = encodeParam(valueAtPath(params["arguments"] as Json | undefined, path));
    if (value !== undefined) headers.push(field, value);
  }
  return headers;
}

function nameOf(method: string, params: JsonObject): string | undefined {
  const name =
    method === "tools/call" || method === "prompts/get"
      ? params["name"]
      : method === "resources/read"
        ? params["uri"]
        : undefined;
  return typeof name === "string" ? name : undefined;
}

class ModernTaker implements ReplyTaker {
  readonly #session: ModernSession;
  readonly #call: Call;

  constructor(session: ModernSession, call: Call) {
    this.#session = session;
    this.#call = call;
  }

  get isDone(): boolean {
    return this.#call.isSettled;
  }

  ready(): GatewayError | undefined {
    return this.#call.ready();
  }

  taken(message: Message): void | Promise<void> {
    return this.#session.calls.take(message, this.#call);
  }

  refused(status: number, error: ErrorResponse | undefined): void {
    const call = this.#call;
    if (error !== undefined && (error.id === null || error.id === call.id)) {
      if (error.error.code === rpcCodes.unsupportedProtocolVersion) {
        call.fail(eraLost());
        return this.#session.lose(eraLost(), true);
      }
      // The tool's annotations are not what they were when its definition was read.
      if (error.error.code === rpcCodes.headerMismatch) this.#session.peer.hooks.changed("tools");
      return call.answer(error);
    }
    // A 400 without a word of this revision is how an older server answers; 404 and 405 are of one that moved.
    const isEraDoubtful = status === 400 || status === 404 || status === 405;
    const failure = status === 400 ? eraLost() : refusalFailure(status);
    call.fail(failure);
    if (isEraDoubtful || status === 401 || status === 403) this.#session.lose(failure, isEraDoubtful);
  }

  ended(place: StreamPlace | undefined): void {
    // Errors are dear (a stack trace each), and this is the end of every good call too.
    if (this.#call.isSettled) return;
    if (place === undefined)
      this.#call.fail(new GatewayError("UPSTREAM_GARBAGE", "its answer answers another request"));
    else this.#call.fail(new GatewayError("UPSTREAM_CLOSED", "its stream ended before the answer"));
  }

  failed(error: GatewayError): void {
    this.#call.fail(error);
  }
}

class StreamTaker implements ReplyTaker {
  readonly #listen: ListenTaker;
  isOver = false;

  constructor(listen: ListenTaker) {
    this.#listen = listen;
  }

  taken(message: Message): void {
    if (!this.isOver) this.#listen.taken(message);
  }

  refused(status: number, error: ErrorResponse | undefined): void {
    this.#over(
      refusalFailure(status),
      status === 404 || status === 405 || error?.error.code === rpcCodes.methodNotFound,
    );
  }

  ended(): void {
    this.#over(undefined, false);
  }

  failed(error: GatewayError): void {
    this.#over(error, false);
  }

  #over(reason: GatewayError | undefined, isFinal: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#listen.over(reason, isFinal);
  }
}
