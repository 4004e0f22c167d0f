/**
 * Calls that an owner cannot decide yet, because it waits for what is known of a lost past, for a newer configuration, or
 * for the end of a hand-over: so that a door whose patience ends can take its call back, and is told that it was not made.
 * Owns those refusals, and others that no turn was taken for. Does not own calls that are decided (ownership.ts).
 *
 * V1. Put off is only a call of which it is known that nobody has made it: presented first under the epoch of now, and
 *     not decided under it.
 * V2. What is refused here stays refused: as long as its epoch lasts none is decided, and no presentation of an earlier
 *     epoch is (ownership.ts, N5). It is kept for as long as one may come late.
 * V3. So many are remembered; of others nothing is said, and their doors end them as unknown.
 */
import { limits } from "../protocol/limits.ts";
import type { Refusal } from "./exchange.ts";
import type { Holding } from "./holding.ts";
import type { Address } from "./transport.ts";

interface Deferred {
  /** The node that presented it: no other has a word in it. */
  readonly door: string;
  readonly holding: Holding;
  readonly epoch: number;
  /** Undefined: it waits. */
  readonly why: Refusal | undefined;
  readonly since: number;
}

export class Deferrals {
  /** By operation; who was heard of last stands last. */
  readonly #rows = new Map<string, Deferred>();

  /** @param opened the epoch under which it was presented first */
  defer(op: string, door: Address, holding: Holding, opened: number, now: number): void {
    if (opened === holding.epoch) this.#keep(op, door, holding, undefined, now);
  }

  /** For good. */
  refuse(op: string, door: Address, holding: Holding, why: Refusal, now: number): void {
    this.#keep(op, door, holding, why, now);
  }

  /** @returns the shard of a call that waits, refused from now on; undefined where nothing may be said of it */
  takeBack(op: string, from: Address, now: number): Holding | undefined {
    const known = this.#known(op);
    if (known === undefined || known.door !== from.id) return undefined;
    this.#keep(op, from, known.holding, known.why ?? "cancelled", now);
    return known.holding;
  }

  /** Why a call was refused; undefined when it was not. */
  refusalOf(op: string): Refusal | undefined {
    return this.#known(op)?.why;
  }

  /** It is decided. */
  forget(op: string): void {
    this.#rows.delete(op);
  }

  tick(now: number): void {
    for (const [op, { since }] of this.#rows) {
      if (now - since < limits.endingKeptMs) return;
      this.#rows.delete(op);
    }
  }

  #known(op: string): Deferred | undefined {
    const known = this.#rows.get(op);
    return known?.epoch === known?.holding.epoch ? known : undefined;
  }

  #keep(op: string, { id }: Address, holding: Holding, why: Refusal | undefined, now: number): void {
    const known = this.#known(op);
    if (known !== undefined && (known.door !== id || (known.why !== undefined && why === undefined))) return;
    this.#rows.delete(op);
    if (this.#rows.size >= limits.deferralsMax) return;
    this.#rows.set(op, { door: id, holding, epoch: holding.epoch, why, since: now });
  }
}
