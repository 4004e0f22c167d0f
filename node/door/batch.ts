/** The answers of one JSON-RPC batch (revision 2025-03-26): one JSON array, or one SSE stream once a message precedes. */
import type { ServerResponse } from "node:http";
import type { Request } from "../../protocol/jsonrpc.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Exchange, type Caller } from "../exchange/exchange.ts";
import { endResponse, type EventStream } from "./eventstream.ts";
import type { WireSession } from "./wire.ts";

export class BatchReply {
  readonly #response: ServerResponse;
  readonly #wire: WireSession;
  readonly #answers: string[] = [];
  #missing: number;
  #stream: EventStream | undefined;

  constructor(response: ServerResponse, wire: WireSession, requests: number) {
    this.#response = response;
    this.#wire = wire;
    this.#missing = requests;
  }

  exchange(caller: Caller, request: Request, startedMs: number): Exchange {
    return new BatchExchange(caller, request, startedMs, this);
  }

  send(text: string): void | Promise<void> {
    if (this.#stream === undefined) {
      this.#stream = this.#wire.newStream();
      this.#stream.attach(this.#response, 0, false, {});
      for (const answer of this.#answers.splice(0)) void this.#stream.send(answer);
    }
    return this.#stream.send(text);
  }

  take(answer: string): void {
    this.#missing--;
    if (this.#stream !== undefined) {
      if (this.#missing === 0) this.#stream.finish(answer);
      else void this.#stream.send(answer);
      return;
    }
    this.#answers.push(answer);
    if (this.#missing > 0 || this.#response.destroyed) return;
    this.#response.writeHead(200, { "content-type": "application/json" });
    endResponse(this.#response, `[${this.#answers.join(",")}]`);
  }
}

class BatchExchange extends Exchange {
  readonly #reply: BatchReply;

  constructor(caller: Caller, request: Request, startedMs: number, reply: BatchReply) {
    super(caller, request, startedMs);
    this.#reply = reply;
  }

  send(message: JsonObject): void | Promise<void> {
    return this.ended ? undefined : this.#reply.send(JSON.stringify(message));
  }

  protected write(text: string): void {
    this.#reply.take(text);
  }
}
