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

/** A socket at another node's door. */
export interface RemoteSink {
  event(n: number, message: string, isLast: boolean): void;
  /** Another socket has the stream now, or the wire session has ended. */
  ended(): void;
}

const dataMark = "\ndata: ";

export class EventStream {
  readonly id: string;
  readonly #kept: KeptEvent[] = [];
  #keptBytes = 0;
  #n = 0;
  #response: ServerResponse | undefined;
  #remote: RemoteSink | undefined;
  #finished = false;
  #delivered = false;
  readonly #onKept: (bytes: number) => void;

  /**
   * @param onKept told how many bytes more or fewer are kept, and once with 0 when all has been delivered
   * @param n number of the last event, where another node has sent some before
   */
  constructor(id: string, onKept: (bytes: number) => void = () => undefined, n = 0) {
    this.id = id;
    this.#onKept = onKept;
    this.#n = n;
  }

  /** Number of the last event. */
  get n(): number {
    return this.#n;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** The last event has left this process: what is kept now is for a client that lost it on the way. */
  get delivered(): boolean {
    return this.#delivered;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** More is unsent than a stream should have; what can be left out is better left out. */
  get congested(): boolean {
    return (this.#response?.writableLength ?? 0) > limits.socketBufferBytesMax;
  }

  get attached(): boolean {
    return this.#response !== undefined || this.#remote !== undefined;
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
    this.detach();
    this.#response = response;
    response.on("close", () => this.release(response));
    if (!response.headersSent) response.writeHead(200, { ...sseHeaders, ...headers });
    response.flushHeaders();
    if (prime) response.write(`id: ${this.id}-${this.#n}\nretry: 1000\ndata: \n\n`);
    for (const event of this.#kept) if (event.n > after) response.write(event.text);
    if (this.#finished) this.#close();
  }

  /** Connects a socket at another node's door, and replays what came after event `after`. */
  attachRemote(remote: RemoteSink, after: number): void {
    if (this.#remote !== remote) this.detach();
    this.#remote = remote;
    if (after > this.#n) this.#n = after;
    for (const { n, text } of this.#kept)
      if (n > after) remote.event(n, messageOf(text), this.#finished && n === this.#n);
    if (this.#finished) this.#close();
  }

  /** That response is closed by another hand. */
  release(response: ServerResponse): void {
    if (this.#response === response) this.#response = undefined;
  }

  /** That socket is gone. */
  releaseRemote(remote: RemoteSink): void {
    if (this.#remote === remote) this.#remote = undefined;
  }

  /** Sends or keeps one message. A promise means the socket is full. */
  send(message: string): void | Promise<void> {
    const text = `id: ${this.id}-${++this.#n}\nevent: message\ndata: ${message}\n\n`;
    this.#keep(text);
    this.#remote?.event(this.#n, message, this.#finished);
    const response = this.#response;
    if (response === undefined || response.write(text)) return undefined;
    return drained(response);
  }

  /** The last message of a call's stream. */
  finish(message: string): void {
    this.#finished = true;
    void this.send(message);
    if (this.attached) this.#close();
  }

  comment(): void {
    this.#response?.write(": alive\n\n");
  }

  /** Ends the socket, keeps the events. `retryMs` tells the client when to come back. */
  detach(retryMs?: number): void {
    if (retryMs !== undefined) this.#response?.write(`retry: ${retryMs}\n\n`);
    this.#response?.end();
    this.#response = undefined;
    const remote = this.#remote;
    this.#remote = undefined;
    remote?.ended();
  }

  #close(): void {
    if (this.#remote !== undefined) {
      // What is kept stays, should it not have come through: the other door asks again.
      this.#delivered = true;
      this.#onKept(0);
    }
    const response = this.#response;
    if (response === undefined) return;
    this.#response = undefined;
    endResponse(response, "", () => {
      this.#delivered = true;
      this.#onKept(0);
    });
  }

  #keep(text: string): void {
    const before = this.#keptBytes;
    this.#kept.push({ n: this.#n, text });
    this.#keptBytes += text.length;
    while (
      this.#kept.length > limits.replayEventsMax ||
      (this.#keptBytes > limits.replayBytesMax && this.#kept.length > 1)
    ) {
      const gone = this.#kept.shift();
      if (gone !== undefined) this.#keptBytes -= gone.text.length;
    }
    this.#onKept(this.#keptBytes - before);
  }
}

function messageOf(text: string): string {
  return text.slice(text.indexOf(dataMark) + dataMark.length, -2);
}

/** One promise per response, however many wait for it. */
const waiting = new WeakMap<ServerResponse, Promise<void>>();

/**
 * Resolves when the socket takes more. One that takes nothing for limits.socketStallMs is destroyed; one that is only
 * slow is not, because the clock of net.Socket starts anew with what it takes.
 */
export function drained(response: ServerResponse): Promise<void> {
  const known = waiting.get(response);
  if (known !== undefined) return known;
  const { socket } = response.req;
  socket.setTimeout(limits.socketStallMs);
  const promise = new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      waiting.delete(response);
      if (!response.writableEnded) socket.setTimeout(0);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
  waiting.set(response, promise);
  return promise;
}

/**
 * Sends the last bytes of a response. A client that takes none of them for limits.socketStallMs is cut off: else it
 * could have an answer, and a socket, kept here for ever.
 *
 * @param then called when all of them have left this process; never when the client is gone before
 */
export function endResponse(response: ServerResponse, text: string, then?: () => void): void {
  response.end(text, then);
  const { socket } = response.req;
  if (!response.writableFinished && socket.writableLength > 0) socket.setTimeout(limits.socketStallMs);
}

/** Ends a stream for good: a client that does not take its end in limits.closeGraceMs is cut off. */
export function hangUp(response: ServerResponse): void {
  response.end();
  const timer = setTimeout(() => response.destroy(), limits.closeGraceMs);
  response.on("close", () => clearTimeout(timer));
}
