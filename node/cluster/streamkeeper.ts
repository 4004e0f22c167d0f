/**
 * Streams of agents that this node keeps, for sockets at the doors of others: the GET streams of wire sessions whose owner
 * it is, and the streams of calls that came in at its own door. The other side is streamsocket.ts.
 *
 * K1. A socket that gives no sign of life is let go; what is kept for Last-Event-ID stays with the stream.
 * K2. Events may get lost on the way: the socket's sign of life says what it has, and the rest is sent again.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { EventStream, RemoteSink } from "../door/eventstream.ts";
import type { Courier } from "./courier.ts";

export const streamEvent = "stream.event";
export const streamEnded = "stream.ended";

interface Held {
  readonly stream: EventStream;
  readonly sink: RemoteSink;
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
  serve(door: string, stream: EventStream, { socket, after, takes }: Wish): number {
    const key = `${door} ${socket}`;
    const held = this.#held.get(key);
    if (held?.stream === stream) {
      if (after !== undefined && after < held.sent) stream.attachRemote(held.sink, after);
      held.beatMs = performance.now();
      held.sent = stream.n;
      return stream.n;
    }
    if (stream.attached && !takes) throw new GatewayError("STREAM_TAKEN");
    const sink: RemoteSink = {
      event: (n, message, isLast) => this.#courier.tell(door, streamEvent, { socket, n, message, isLast }),
      ended: () => {
        this.#held.delete(key);
        this.#courier.tell(door, streamEnded, { socket });
      },
    };
    stream.attachRemote(sink, after ?? stream.n);
    this.#held.set(key, { stream, sink, beatMs: performance.now(), sent: stream.n });
    return stream.n;
  }

  /** Lets sockets go of which nothing was heard. */
  expire(): void {
    const before = performance.now() - limits.streamSilentMs;
    for (const [key, { beatMs }] of this.#held) if (beatMs < before) this.#release(key);
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    held?.stream.releaseRemote(held.sink);
  }
}

/** The sockets of this node's door whose streams are kept elsewhere get their events from here. */
export type EventHandler = (letter: JsonObject) => void;
