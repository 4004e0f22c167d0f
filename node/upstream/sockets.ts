/**
 * The sockets of one upstream's origin, shared fairly between the agents that want them. Owns how many are in use and
 * by whom, and who waits. Does not own the sockets themselves (dialer.ts) nor the order of waiting (fairqueue.ts).
 *
 * K1. No agent takes all: it leaves one in limits.upstreamFreeShare to others, so that its long calls stop nobody.
 * K2. Agents that wait take turns; nobody waits longer than limits.upstreamWaitMs.
 * K3. While nothing waits, a request costs the count of its agent's sockets and nothing else.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { FairQueue } from "./fairqueue.ts";

export interface Wanting {
  /** The agent it is for, whatever its persona; "" for requests of our own, which no share bounds. */
  readonly owner: string;
  /** It cannot have a socket: ends it. */
  stop(reason: GatewayError): void;
}

export class Sockets<Item extends Wanting> {
  readonly #max: number;
  readonly #shareMax: number;
  readonly #start: (item: Item) => void;
  readonly #queue = new FairQueue<Item>(limits.upstreamWaitingMax);
  readonly #patience = new Map<Item, NodeJS.Timeout>();
  /** Sockets in use by owner; none that has none. */
  readonly #shares = new Map<string, number>();
  #open = 0;

  /** @param start gives an item its socket, now */
  constructor(max: number, start: (item: Item) => void) {
    this.#max = max;
    this.#shareMax = max - Math.floor(max / limits.upstreamFreeShare);
    this.#start = start;
  }

  get open(): number {
    return this.#open;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Starts it, now or later, or stops it. */
  want(item: Item): void {
    if (this.#open < this.#max && this.#mayHave(item.owner)) return this.#give(item);
    const tooLong = new GatewayError("OVERLOADED", "it waited too long for a connection to this server");
    this.#patience.set(
      item,
      setTimeout(() => item.stop(tooLong), limits.upstreamWaitMs),
    );
    const out = this.#queue.add(item.owner, item);
    if (out === undefined) return;
    this.leave(out);
    out.stop(new GatewayError("OVERLOADED", "too many calls wait for this server"));
  }

  /** An item that waits does so no more. */
  leave(item: Item): void {
    clearTimeout(this.#patience.get(item));
    this.#patience.delete(item);
    this.#queue.delete(item.owner, item);
  }

  /** An item's socket is free again. */
  free({ owner }: Item): void {
    this.#open--;
    const share = this.#shares.get(owner) ?? 0;
    if (share > 1) this.#shares.set(owner, share - 1);
    else this.#shares.delete(owner);
    if (this.#queue.size === 0) return;
    const next = this.#queue.next(this.#mayHave);
    if (next === undefined) return;
    this.leave(next);
    this.#give(next);
  }

  /** Stops all that wait. */
  clear(reason: GatewayError): void {
    for (const item of this.#queue) item.stop(reason);
  }

  readonly #mayHave = (owner: string): boolean =>
    owner === "" || (this.#shares.get(owner) ?? 0) < this.#shareMax;

  #give(item: Item): void {
    this.#open++;
    this.#shares.set(item.owner, (this.#shares.get(item.owner) ?? 0) + 1);
    this.#start(item);
  }
}
