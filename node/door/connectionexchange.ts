/** An exchange over a connection that all messages share: a WebSocket, or the one stream of HTTP+SSE. */
import type { Request } from "../../protocol/jsonrpc.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { streamed } from "../heap.ts";
import { Exchange, type Caller } from "../exchange/exchange.ts";

/** Where the messages of a connection go. A promise means that the agent takes no more for now. */
export interface SharedConnection {
  send(text: string): void | Promise<void>;
}

export class ConnectionExchange extends Exchange {
  readonly #connection: SharedConnection;

  constructor(caller: Caller, request: Request, startedMs: number, connection: SharedConnection) {
    super(caller, request, startedMs);
    this.#connection = connection;
  }

  send(message: JsonObject): void | Promise<void> {
    if (this.ended) return undefined;
    const text = JSON.stringify(message);
    streamed(text.length);
    return this.#connection.send(text);
  }

  protected write(text: string): void {
    void this.#connection.send(text);
  }
}
