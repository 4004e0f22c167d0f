/**
 * When the packets of a node leave: after the turn of the event loop in which their frames were sent; or a moment later, while
 * many calls are open, so that the frames of several turns share a write. A write costs a system call and a TLS record
 * at this node, at the NATS server and at the receiver; a call that is one of many waits longer for a processor than that moment.
 * Owns the moment. Does not own what leaves (nats.ts).
 *
 * M1. What was sent leaves within relayGatherMs and a turn of the loop, whatever is open.
 * M2. With few calls open nothing waits: each would wait for the moment of each of its frames.
 */
import { limits } from "../protocol/limits.ts";

export class Departure {
  readonly #leave: () => void;
  readonly #openCalls: () => number;
  #isDue = false;

  /** @param openCalls that this node has at its doors, and makes as an owner; asked once for each departure */
  constructor(leave: () => void, openCalls: () => number) {
    this.#openCalls = openCalls;
    this.#leave = () => {
      this.#isDue = false;
      leave();
    };
  }

  /** A microtask would part what one read of the socket brings. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    if (this.#openCalls() < limits.relayGatherCalls) setImmediate(this.#leave);
    else setTimeout(this.#leave, limits.relayGatherMs);
  }
}
