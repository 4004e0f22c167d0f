/**
 * What a watch has brought of a bucket, and what of it may be handed on. Owns the order and the completeness of rows. Does
 * not own where they come from (feed.ts): a consumer that begins with the last message of each subject and goes on from
 * there, in a stream that keeps the last message of each subject only.
 *
 * D1. Each beginning brings what stands. What was brought before, same number and same time, is not brought again; a row
 *     of a lower number, or of the same number and another time, is: the store went back. A key that stood and is not
 *     there any more is brought as gone, with revision 0.
 * D2. Rows are handed on in consistent cuts. The stream forgets a value as soon as it is overwritten, so a consumer that
 *     is behind may get a renewal of number 10 and not the view of number 5, because 20 has taken its place. Whoever
 *     holds 10 must have seen every view before it (lease.ts, L2): whenever numbers are missing, everything waits until
 *     nothing is left to come, and is handed on at once.
 * D3. A copy that lags may serve a new beginning: older rows come again, then those that stand. Nothing tells it from a
 *     store that went back, but a swap, which conflicts (membership.ts, M3).
 */
import type { Row } from "./store.ts";

export interface Stored extends Row {
  /** Nanoseconds since 1970, as text: with the revision it names one message of one history. */
  readonly stamp: string;
}

export interface Cut {
  /** In the order of their revisions. */
  readonly rows: readonly Row[];
  /** All that stands has come. */
  readonly isBeginning: boolean;
}

/** "wait": more must come first. "missed": the consumer has to begin anew. */
export type Taken = Cut | "wait" | "missed";

export class Cuts {
  readonly #known = new Map<string, Stored>();
  readonly #held = new Map<string, Stored>();
  #isBeginning = true;
  #isHolding = true;
  /** Last of the consumer's own numbers, and of the stream's. */
  #delivered = 0;
  #last = 0;

  /** Whether it has what stood at the last beginning. */
  get isCurrent(): boolean {
    return !this.#isBeginning;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** What has been handed on and stands, in the order of revisions. */
  rows(): Row[] {
    const rows: Row[] = [];
    for (const { key, revision, value } of this.#known.values())
      if (value !== undefined) rows.push({ key, revision, value });
    return rows;
  }

  /** Number of the last message of a key that was handed on, deletions included; 0 for none. */
  lastOf(key: string): { readonly revision: number; readonly isGone: boolean } {
    const known = this.#known.get(key);
    return { revision: known?.revision ?? 0, isGone: known?.value === undefined };
  }

  begin(): void {
    this.#isBeginning = true;
    this.#isHolding = true;
    this.#held.clear();
    this.#delivered = 0;
  }

  /**
   * @param delivered the message's number at this consumer
   * @param pending   how many are left, at the moment when it was sent
   */
  take(stored: Stored, delivered: number, pending: number): Taken {
    if (delivered !== this.#delivered + 1) return "missed";
    this.#delivered = delivered;
    if (stored.revision !== this.#last + 1) this.#isHolding = true;
    this.#last = stored.revision;
    this.#held.delete(stored.key);
    this.#held.set(stored.key, stored);
    return pending === 0 || !this.#isHolding ? this.#cut() : "wait";
  }

  /** The consumer says that it has sent so many and that nothing is under way, whatever it counted as left. */
  idle(delivered: number): Taken {
    if (delivered !== this.#delivered) return "missed";
    return this.#isHolding ? this.#cut() : "wait";
  }

  #cut(): Cut {
    const rows: Row[] = [];
    const isBeginning = this.#isBeginning;
    if (isBeginning)
      for (const [key, { value }] of this.#known) {
        if (this.#held.has(key)) continue;
        this.#known.delete(key);
        if (value !== undefined) rows.push({ key, revision: 0, value: undefined });
      }
    for (const stored of this.#held.values()) {
      const { key, revision, value, stamp } = stored;
      const before = this.#known.get(key);
      this.#known.delete(key);
      this.#known.set(key, stored);
      if (before?.revision !== revision || before.stamp !== stamp) rows.push({ key, revision, value });
    }
    this.#held.clear();
    this.#isBeginning = false;
    this.#isHolding = false;
    return { rows, isBeginning };
  }
}
