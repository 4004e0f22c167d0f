/**
 * Responses that stay open for what comes: the older eras' GET streams, and listen streams of 2026-07-28. Each is known to
 * the doors, so that a kill, an ended credential and a node that leaves close it, and a principal has so many and no more.
 */
import type { ServerResponse } from "node:http";
import { GatewayError } from "../../protocol/errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Connection, Doors, Visitor } from "./doors.ts";
import { hangUp, type EventStream } from "./eventstream.ts";

/** @throws GatewayError OVERLOADED */
export function holdOpen(
  doors: Doors,
  visitor: Visitor,
  response: ServerResponse,
  connection: Connection,
): void {
  const forget = doors.connect(visitor, connection);
  if (forget === undefined) throw new GatewayError("OVERLOADED", "too many open streams of this agent");
  response.on("close", forget);
  // Its "close" has been.
  if (response.destroyed) forget();
}

export class GetConnection implements Connection {
  readonly #response: ServerResponse;
  /** That of a call which this node keeps: it ends with its answer, and only here. */
  readonly #isCalls: boolean;
  /** What writes to it, where that is kept here. */
  stream: EventStream | undefined;
  #isClosing = false;

  constructor(response: ServerResponse, isCalls: boolean) {
    this.#response = response;
    this.#isCalls = isCalls;
  }

  retire(): void {
    if (!this.#isCalls && this.#response.headersSent) this.close("draining");
  }

  /** A node that stops sends the client back; a killed agent or an ended credential gets no such hint. */
  close(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const response = this.#response;
    // An end without a head would be a good answer to its agent.
    if (!response.headersSent) return void response.destroy();
    this.stream?.release(response);
    if (reason === "draining" && !response.writableEnded) response.write("retry: 1000\n\n");
    hangUp(response);
  }
}

/** A listen stream is its exchange: cancelled, it says that it is complete. */
export class ListenConnection implements Connection {
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  #isClosing = false;

  constructor(exchange: Exchange, response: ServerResponse) {
    this.#exchange = exchange;
    this.#response = response;
  }

  retire(): void {
    this.#exchange.cancel("DRAINING");
  }

  close(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#exchange.cancel(reason === "draining" ? "DRAINING" : "CANCELLED");
    if (this.#response.headersSent) hangUp(this.#response);
  }
}
