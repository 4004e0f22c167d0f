/**
 * How fresh a node's knowledge of orders is, from numbered words. Owns the arithmetic. Does not own words or rows
 * (orders.ts), nor any clock: `now` is always this node's own monotonic milliseconds.
 *
 * F1. A word proves something only by its answer: who repeats the number of my word has heard all that came before, and
 *     what comes with it left after my word did. It counts from when mine was *sent*. What waited in a socket is old.
 * F2. A word bears every order of its sender that is not in the store, and those that came into it within a lease. So
 *     whoever has an answered word of every other live member knows as much as one who has seen all of the store.
 * F3. Who joined a moment ago is in the store, and in nobody's words yet. So words count only for a while after any of those
 *     who say them has seen the store: two that are cut off together do not keep each other fresh. That sign counts from
 *     before the word that the other has answered was sent, less its age by the other's own clock.
 */
import type { Heard } from "./orderword.ts";
import { limits } from "../protocol/limits.ts";

interface Other {
  boot: number;
  /** Highest number of its words that came, of this boot. */
  count: number;
  /** When the newest of my words was sent that it has answered. */
  answeredAt: number;
  answeredCount: number;
  /** At that time or later it has seen the store. */
  seenAt: number;
}

export class Freshness {
  readonly #boot: number;
  readonly #others = new Map<string, Other>();
  /** When each of my last words was sent, by number. */
  readonly #sentAt = new Map<number, number>();
  #count = 0;

  /** @param boot of this process */
  constructor(boot: number) {
    this.#boot = boot;
  }

  /** Number of my last word. */
  get count(): number {
    return this.#count;
  }

  /** @returns the number of the word that is said now */
  say(now: number): number {
    this.#sentAt.set(++this.#count, now);
    if (this.#sentAt.size > limits.wordsKept) this.#sentAt.delete(this.#count - limits.wordsKept);
    return this.#count;
  }

  /** What goes with each of my words. */
  heard(): Heard[] {
    return [...this.#others].map(([id, { boot, count }]) => ({ id, boot, count }));
  }

  /**
   * @param me what the word says that its sender has heard of me
   * @param storeAgeMs how long ago the sender has seen the store
   */
  hear(
    from: string,
    boot: number,
    count: number,
    me: Heard | undefined,
    storeAgeMs: number = Number.POSITIVE_INFINITY,
  ): void {
    let other = this.#others.get(from);
    if (other === undefined || other.boot !== boot) {
      if (other === undefined && this.#others.size >= limits.clusterMembersMax) return;
      other = {
        boot,
        count,
        answeredAt: Number.NEGATIVE_INFINITY,
        answeredCount: 0,
        seenAt: Number.NEGATIVE_INFINITY,
      };
      this.#others.set(from, other);
    }
    if (count > other.count) other.count = count;
    if (me?.boot !== this.#boot) return;
    const sentAt = this.#sentAt.get(me.count);
    if (sentAt === undefined) return;
    other.seenAt = Math.max(other.seenAt, sentAt - storeAgeMs);
    if (me.count <= other.answeredCount) return;
    other.answeredAt = sentAt;
    other.answeredCount = me.count;
  }

  /** Up to when I know what this node knows. */
  answeredAt(id: string): number {
    return this.#others.get(id)?.answeredAt ?? Number.NEGATIVE_INFINITY;
  }

  /** Up to when any of the others has seen the store, as far as its words tell. */
  get seenAt(): number {
    let seenAt = Number.NEGATIVE_INFINITY;
    for (const other of this.#others.values()) seenAt = Math.max(seenAt, other.seenAt);
    return seenAt;
  }

  /** Whether it has answered my word of this number, or a later one. */
  hasAnswered(id: string, count: number): boolean {
    return (this.#others.get(id)?.answeredCount ?? 0) >= count;
  }

  /** Who is no member any more. */
  keepOnly(isKept: (id: string) => boolean): void {
    for (const id of this.#others.keys()) if (!isKept(id)) this.#others.delete(id);
  }
}
