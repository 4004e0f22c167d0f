/**
 * An exchange over one HTTP POST. The first byte decides: an answer that comes first is plain JSON; a notification or
 * question that comes first opens an SSE stream, whose last event is the answer (docs/wire.md, "Streams").
 */
import type { ServerResponse } from "node:http";
import type { Request } from "../../protocol/jsonrpc.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Exchange, type Caller, type HttpForm } from "../exchange/exchange.ts";
import { streamed } from "../heap.ts";
import { drained, endResponse, sseHeaders, type EventStream } from "./eventstream.ts";
import type { WireSession } from "./wire.ts";

/** Silence after which a stream opens with a comment, so that proxies keep the connection. */
export const quietMs = 15_000;

export class HttpExchange extends Exchange {
  readonly #response: ServerResponse;
  readonly #wire: WireSession | undefined;
  #stream: EventStream | "plain" | undefined;
  /** Headers of the first answer, e.g. Mcp-Session-Id. */
  headers: { readonly [name: string]: string } = {};

  constructor(
    caller: Caller,
    request: Request,
    startedMs: number,
    response: ServerResponse,
    wire: WireSession | undefined,
  ) {
    super(caller, request, startedMs);
    this.#response = response;
    this.#wire = wire;
    response.on("close", () => this.#disconnected());
    // It may have waited for its turn.
    if (response.destroyed) this.#disconnected();
  }

  send(message: JsonObject): void | Promise<void> {
    if (this.ended) return undefined;
    const stream = this.#open();
    const text = JSON.stringify(message);
    streamed(text.length);
    if (stream !== "plain") return stream.send(text);
    if (this.#response.destroyed || this.#response.write(`event: message\ndata: ${text}\n\n`))
      return undefined;
    return drained(this.#response);
  }

  /** Called by the door's clock: keeps a quiet connection open. */
  keepAlive(nowMs: number): void {
    if (this.ended || this.#response.destroyed || nowMs - this.startedMs < quietMs) return;
    const stream = this.#open();
    if (stream === "plain") this.#response.write(": alive\n\n");
    else stream.comment();
  }

  protected write(text: string, form: HttpForm | undefined): void {
    if (this.#stream === undefined) {
      if (this.#response.destroyed) return;
      const status = form?.status ?? 200;
      this.#response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...this.headers, ...form?.headers }); // prettier-ignore
      endResponse(this.#response, text);
    } else if (this.#stream === "plain") {
      endResponse(this.#response, `event: message\ndata: ${text}\n\n`);
    } else {
      this.#stream.finish(text);
    }
  }

  #open(): EventStream | "plain" {
    if (this.#stream !== undefined) return this.#stream;
    if (this.#wire === undefined) {
      this.#stream = "plain";
      this.#response.writeHead(200, { ...sseHeaders, ...this.headers });
      this.#response.flushHeaders();
      return this.#stream;
    }
    this.#stream = this.#wire.newStream();
    this.#stream.attach(this.#response, 0, traits[this.caller.revision].primesStreams, this.headers);
    return this.#stream;
  }

  /** Modern: closing the stream is the cancel. Older: it is not; the answer stays in the wire session's stream. */
  #disconnected(): void {
    if (!this.ended && traits[this.caller.revision].era === "modern") this.cancel();
  }
}
