/**
 * Whose turn it is to change the view, where many members want to. Owns when a node writes a death that all have heard of,
 * and how long it waits after it has lost swaps to others. Does not own what is written (membership.ts). Every swap takes
 * the whole view to the store, so a thousand nodes that try at once send it a thousand times for one that counts.
 *
 * Q1. A death is written at once by the few members whose places come next behind the dead one's; by twice as many each
 *     burialStepMs later, so that it does not matter who of them is gone as well. In a small cluster all are of the first.
 * Q2. Who has lost one swap tries again with the next view. Who loses more of them in a row waits, over a span that doubles,
 *     at most until all could have had their share of changes.
 */
import { limits } from "../protocol/limits.ts";
import { seedOf, ticket } from "./placement.ts";
import { isGone, placeOf } from "./view.ts";
import type { View } from "./view.ts";

interface Death {
  readonly incarnation: number;
  /** When this node could have written it first. */
  since: number;
}

export class Deaths {
  readonly #known = new Map<string, Death>();

  said(id: string, incarnation: number): void {
    if ((this.#known.get(id)?.incarnation ?? 0) < incarnation)
      this.#known.set(id, { incarnation, since: Number.POSITIVE_INFINITY });
  }

  /** What this node is to write now. @param own its place */
  due(view: View, own: number, now: number): [id: string, incarnation: number][] {
    const due: [string, number][] = [];
    for (const [id, death] of this.#known) {
      if (death.since > now) death.since = now;
      const behind = own - placeOf(view, id);
      const turn = Math.ceil((behind < 0 ? behind + view.members.length : behind) / limits.buriersMax);
      const waitMs = turn <= 1 ? 0 : Math.ceil(Math.log2(turn)) * limits.burialStepMs;
      if (now - death.since >= waitMs) due.push([id, death.incarnation]);
    }
    return due;
  }

  viewed(next: View): void {
    for (const [id, { incarnation }] of this.#known)
      if (isGone(next, id, incarnation)) this.#known.delete(id);
  }
}

export class Yielding {
  readonly #seed: number;
  #lost = 0;
  #draws = 0;
  #until = Number.NEGATIVE_INFINITY;

  constructor(id: string) {
    this.#seed = seedOf(id);
  }

  mayTry(now: number): boolean {
    return now >= this.#until;
  }

  /** A swap was lost to somebody else's. */
  lost(view: View | undefined, now: number): void {
    if (++this.#lost < 2) return;
    const live = view?.members.filter(({ isLive }) => isLive).length ?? 1;
    const spanMs = Math.min(limits.leaseRetryMs * 2 ** (this.#lost - 2), limits.viewShareMs * live);
    // The same on every machine, and another for each node and time.
    this.#until = now + (ticket(this.#seed, 1, ++this.#draws) / 0x1_0000_0000) * spanMs;
  }

  won(): void {
    this.#lost = 0;
  }
}
