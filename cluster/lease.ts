/**
 * Leases: how long a node may act, and when another may take it for dead. Owns the arithmetic of time on either side.
 * Does not own the row itself (membership.ts) nor any clock: `now` is always the caller's own monotonic milliseconds.
 *
 * L1. A renewal counts from when it was *sent*, for L (1 - drift): its holder stops before anybody may take it for dead.
 * L2. A renewal counts only when the watch has brought it back. The watch is in the order of the store's revisions, so
 *     who holds a live lease has seen every row that is older than its renewal.
 * L3. An observer waits for L (1 + drift) of one unchanged revision, and counts only while its own lease was live: after
 *     an outage of the store nobody's row has moved, and that says nothing of them.
 */

import { limits } from "../protocol/limits.ts";

export const { leaseMs, leaseRenewMs: renewMs, leaseRetryMs: renewRetryMs } = limits;
/** By how much any node's monotonic clock may be faster or slower than time. */
export const drift = 0.02;

/** The holder's side. */
export class Lease {
  #validUntil = Number.NEGATIVE_INFINITY;
  /** When each renewal under way was sent, by its count. */
  readonly #sentAt = new Map<number, number>();
  #count = 0;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #seenAt = Number.NEGATIVE_INFINITY;

  /** @returns the renewal's count, which goes into its row */
  send(now: number): number {
    this.#lastSentAt = now;
    this.#count++;
    this.#sentAt.set(this.#count, now);
    if (this.#sentAt.size > 32) this.#sentAt.delete(this.#sentAt.keys().next().value ?? 0);
    return this.#count;
  }

  /** The watch has brought a row of ours. */
  seen(count: number): void {
    const sentAt = this.#sentAt.get(count);
    if (sentAt === undefined) return;
    if (sentAt > this.#seenAt) this.#seenAt = sentAt;
    const until = sentAt + leaseMs * (1 - drift);
    if (until > this.#validUntil) this.#validUntil = until;
    for (const older of this.#sentAt.keys()) if (older <= count) this.#sentAt.delete(older);
  }

  isLive(now: number): boolean {
    return now < this.#validUntil;
  }

  /** It was live once and is not any more: this incarnation must not act again. */
  hasLapsed(now: number): boolean {
    return this.#validUntil !== Number.NEGATIVE_INFINITY && now >= this.#validUntil;
  }

  get lastSentAt(): number {
    return this.#lastSentAt;
  }

  /** When the newest renewal was sent that the watch has brought: every row that is older has come (L2). */
  get seenAt(): number {
    return this.#seenAt;
  }
}

interface Watched {
  readonly id: string;
  revision: number;
  incarnation: number;
  since: number;
  /** Which of all rows that came it was: those that stand still are named in that order. */
  order: number;
}

/** The observer's side. A thousand rows are renewed all the time, and hardly ever does one stand still. */
export class Observer {
  readonly #rows = new Map<string, Watched>();
  #came = 0;
  /** No row has stood still since before it: until that is too long, none need be looked at. */
  #oldest = Number.POSITIVE_INFINITY;

  /** A row of another node came by the watch. */
  saw(id: string, incarnation: number, revision: number, now: number): void {
    const known = this.#rows.get(id);
    if (known === undefined) {
      this.#rows.set(id, { id, revision, incarnation, since: now, order: ++this.#came });
      if (now < this.#oldest) this.#oldest = now;
      return;
    }
    if (known.revision === revision) return;
    known.revision = revision;
    known.incarnation = incarnation;
    known.since = now;
    known.order = ++this.#came;
  }

  forget(id: string): void {
    this.#rows.delete(id);
  }

  /** Begins to count anew for everybody: our own lease was not live, or a store was rolled back. */
  restart(now: number): void {
    for (const row of this.#rows.values()) row.since = now;
    this.#oldest = now;
  }

  /** Rows that stood still long enough: their holders' leases are over, if a swap on that revision succeeds. */
  expired(now: number): readonly Readonly<Watched>[] {
    if (!isOver(this.#oldest, now)) return none;
    const expired: Watched[] = [];
    let oldest = Number.POSITIVE_INFINITY;
    for (const row of this.#rows.values()) {
      if (row.since < oldest) oldest = row.since;
      if (isOver(row.since, now)) expired.push(row);
    }
    this.#oldest = oldest;
    return expired.sort((one, other) => one.order - other.order);
  }
}

const none: readonly Readonly<Watched>[] = [];

/** Whether a row that came then, and no other since, is of a holder whose lease is over. */
function isOver(since: number, now: number): boolean {
  return now - since >= leaseMs * (1 + drift);
}

/**
 * Time as events bear it: the store's, of our own last renewal, plus what our clock has run since. Forward by at most
 * a second for each renewal, never backwards.
 */
export class EventClock {
  #base = 0;
  #at = 0;
  #last = 0;
  readonly #slewMs = 1_000;

  /** Before it, no event has a time. */
  get isSet(): boolean {
    return this.#base !== 0;
  }

  /** @param storeAt epoch milliseconds, as the store stamped a renewal that was sent at `sentAt` */
  adjust(storeAt: number, sentAt: number): void {
    const mine = this.#base + (sentAt - this.#at);
    if (this.#base === 0) this.#base = storeAt;
    else {
      const off = storeAt - mine;
      const step = off > this.#slewMs ? this.#slewMs : off < -this.#slewMs ? -this.#slewMs : off;
      this.#base = mine + step;
    }
    this.#at = sentAt;
  }

  now(now: number): number {
    const read = Math.round(this.#base + (now - this.#at));
    if (read > this.#last) this.#last = read;
    return this.#last;
  }
}
