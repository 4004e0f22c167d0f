/**
 * Streams of agents that this node keeps, for sockets at the doors of others: the GET streams of wire sessions whose owner
 * it is, and the streams of calls that came in at its own door. The other side is streamsocket.ts.
 *
 * K1. A socket that gives no sign of life is let go; what is kept for Last-Event-ID stays with the stream.
 * K2. Events may get lost on the way: the socket's sign of life says what it has, and the rest is sent again.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { EventStream, RemoteSink } from "../door/eventstream.ts";
import type { Courier } from "./courier.ts";

export const streamEvent = "stream.event";
export const streamEnded = "stream.ended";

interface Held {
  readonly stream: EventStream;
  readonly sink: RemoteSink;
  readonly onGone: (() => void) | undefined;
  readonly isOurs: (() => boolean) | undefined;
  beatMs: number;
  /** Number of the last event that had been sent at the last sign of life. */
  sent: number;
}

/** Which socket wants a stream, and what of it. */
export interface Wish {
  /** The socket's own name, never used before. */
  readonly socket: string;
  /** Number of the last event that it has; undefined when it wants only what comes. */
  readonly after: number | undefined;
  /** It may take the stream from another socket. */
  readonly takes: boolean;
  /** Nobody has the stream any more. */
  readonly onGone?: () => void;
  /** Whether it is still this node's to keep. */
  readonly isOurs?: () => boolean;
}

export class StreamKeeper {
  readonly #courier: Courier;
  readonly #held = new Map<string, Held>();

  constructor(courier: Courier) {
    this.#courier = courier;
    courier.on("stream.left", (from, { socket }) => {
      this.#release(`${from} ${String(socket)}`);
      return {};
    });
  }

  /**
   * Gives a socket at another door a stream, or hears its sign of life.
   *
   * @returns number of the stream's last event
   * @throws GatewayError STREAM_TAKEN
   */
  serve(door: string, stream: EventStream, { socket, after, takes, onGone, isOurs }: Wish): number {
    const key = `${door} ${socket}`;
    const known = this.#held.get(key)?.stream === stream ? this.beat(door, socket, after) : undefined;
    if (known !== undefined) return known;
    if (stream.attached && !takes) throw new GatewayError("STREAM_TAKEN");
    const sink: RemoteSink = {
      event: (n, message, isLast) => this.#courier.tell(door, streamEvent, { socket, n, message, isLast }),
      ended: () => {
        this.#held.delete(key);
        onGone?.();
        this.#courier.tell(door, streamEnded, { socket });
      },
    };
    stream.attachRemote(sink, after ?? stream.n);
    this.#held.set(key, { stream, sink, onGone, isOurs, beatMs: performance.now(), sent: stream.n });
    return stream.n;
  }

  /**
   * A socket's sign of life.
   *
   * @returns number of its stream's last event; undefined for a socket that is not served
   */
  beat(door: string, socket: string, after: number | undefined): number | undefined {
    const held = this.#held.get(`${door} ${socket}`);
    if (held === undefined) return undefined;
    if (after !== undefined && after < held.sent) held.stream.attachRemote(held.sink, after);
    held.beatMs = performance.now();
    held.sent = held.stream.n;
    return held.stream.n;
  }

  /** Forgets a socket, which will come again. */
  drop(door: string, socket: string): void {
    this.#release(`${door} ${socket}`);
  }

  /** Lets sockets go of which nothing was heard, and streams that are another node's now. */
  expire(nowMs = performance.now()): void {
    const before = nowMs - limits.streamSilentMs;
    for (const [key, { beatMs, isOurs }] of this.#held)
      if (beatMs < before || isOurs?.() === false) this.#release(key);
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    held?.stream.releaseRemote(held.sink);
    held?.onGone?.();
  }
}
