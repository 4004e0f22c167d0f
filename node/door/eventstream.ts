/**
 * One SSE stream of an older wire session: numbered events that survive the socket, so that GET with Last-Event-ID
 * continues exactly this stream (MCP 2025-11-25, transports, resumability).
 *
 * E1. An event id is unique in its wire session and names its stream: "{stream}-{n}".
 * E2. What is kept is bounded in events and bytes; the oldest go first.
 */
import type { ServerResponse } from "node:http";
import { limits } from "../../protocol/limits.ts";

export const sseHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;

interface KeptEvent {
  readonly n: number;
  readonly text: string;
}

export class EventStream {
  readonly id: string;
  readonly #kept: KeptEvent[] = [];
  #keptBytes = 0;
  #n = 0;
  #response: ServerResponse | undefined;
  #finished = false;
  /** Called when the last event has been given to a socket, or nothing is left to keep. */
  onDone: (() => void) | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get finished(): boolean {
    return this.#finished;
  }

  get attached(): boolean {
    return this.#response !== undefined;
  }

  /**
   * Connects a socket and replays what came after event `after`.
   *
   * @param prime begin with an event of id and empty data, so that the client can resume before the first message
   */
  attach(
    response: ServerResponse,
    after: number,
    prime: boolean,
    headers: { readonly [name: string]: string },
  ): void {
    this.#response?.end();
    this.#response = response;
    response.on("close", () => {
      if (this.#response === response) this.#response = undefined;
    });
    if (!response.headersSent) response.writeHead(200, { ...sseHeaders, ...headers });
    response.flushHeaders();
    if (prime) response.write(`id: ${this.id}-${this.#n}\nretry: 1000\ndata: \n\n`);
    for (const event of this.#kept) if (event.n > after) response.write(event.text);
    if (this.#finished) this.#close();
  }

  /** Sends or keeps one message. A promise means the socket is full. */
  send(message: string): void | Promise<void> {
    const text = `id: ${this.id}-${++this.#n}\nevent: message\ndata: ${message}\n\n`;
    this.#keep(text);
    const response = this.#response;
    if (response === undefined || response.write(text)) return undefined;
    return drained(response);
  }

  /** The last message of a call's stream. */
  finish(message: string): void {
    void this.send(message);
    this.#finished = true;
    if (this.#response !== undefined) this.#close();
  }

  comment(): void {
    this.#response?.write(": alive\n\n");
  }

  /** Ends the socket, keeps the events. `retryMs` tells the client when to come back. */
  detach(retryMs?: number): void {
    if (retryMs !== undefined) this.#response?.write(`retry: ${retryMs}\n\n`);
    this.#response?.end();
    this.#response = undefined;
  }

  #close(): void {
    this.#response?.end();
    this.#response = undefined;
    this.onDone?.();
  }

  #keep(text: string): void {
    this.#kept.push({ n: this.#n, text });
    this.#keptBytes += text.length;
    while (
      this.#kept.length > limits.replayEventsMax ||
      (this.#keptBytes > limits.replayBytesMax && this.#kept.length > 1)
    ) {
      const gone = this.#kept.shift();
      if (gone !== undefined) this.#keptBytes -= gone.text.length;
    }
  }
}

/** Resolves when the socket takes more; a socket that takes nothing for limits.socketStallMs is destroyed. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    const timer = setTimeout(() => {
      response.destroy();
      done();
    }, limits.socketStallMs);
    timer.unref();
    response.on("drain", done);
    response.on("close", done);
  });
}
