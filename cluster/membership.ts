/**
 * One node's membership: its lease, what it knows of the others' leases, and the view. Owns every swap of a row, one of
 * each kind at a time. Does not own what an owner wants of the view (streams.ts gives it as a function).
 *
 * M1. An incarnation that may have been taken for dead never acts again: when its lease lapses, the process asks to be
 *     admitted under the next number, and keeps what nobody took.
 * M2. Death is a fact about an incarnation: reported by its launcher, or a DEAD row that a swap on an unmoved revision
 *     wrote, or the join of a newer incarnation. Nothing else.
 * M3. The view never goes back. A store that has forgotten one is given it back, and nobody acts for as long as anyone
 *     could be acting without knowing.
 */
import { Deaths, Yielding } from "./contention.ts";
import { drift, EventClock, Lease, leaseMs, Observer, renewMs, renewRetryMs } from "./lease.ts";
import type { MembershipOptions, MembershipPorts } from "./membershipports.ts";
import { decodeNodeRow, encodeNodeRow, nodeKeyPrefix } from "./noderow.ts";
import type { Row } from "./store.ts";
import { bury, disown, draft, firstView, follows, isGone, isMember, join, placeOf, readmit, restore, weigh, withMembersOf } from "./view.ts"; // prettier-ignore
import type { View } from "./view.ts";
import { decodeView, encodeView, isOtherVersion } from "./viewrow.ts";

export type { Floor } from "./membershipports.ts";
export const viewKey = "view";

interface Forgetful {
  readonly revision: number;
  readonly view: View;
  readonly since: number;
}

/** How long after a history was written back somebody may still act without knowing. */
const barrierMs = leaseMs * (1 + drift);

export class Membership {
  readonly clock = new EventClock();
  readonly #options: MembershipOptions;
  readonly #ports: MembershipPorts;
  readonly #observer = new Observer();
  readonly #dead = new Deaths();
  readonly #yielding: Yielding;
  #lease = new Lease();
  #incarnation = 0;
  #view: View | undefined;
  #viewRevision = 0;
  #floorNumber: number;
  #rowRevision = 0;
  #watchedRevision = 0;
  #isCaughtUp = false;
  #isOver = false;
  #isLeaving = false;
  /** Of its share: 0 while it gives its shards away. */
  #weight: number;
  #isRenewing = false;
  #hasRenewalFailed = false;
  #isSwapping = false;
  #swapAgainAt = 0;
  /** Number of the view on which a swap was based of which nothing was heard: what it froze waits for a newer one. */
  #unheard = 0;
  #isDeclaring = false;
  #barrierUntil = Number.NEGATIVE_INFINITY;
  /** A view row that should not be: older than what is known. */
  #forgetful: Forgetful | undefined;
  #firstIncarnation = Number.POSITIVE_INFINITY;

  constructor(options: MembershipOptions, ports: MembershipPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#yielding = new Yielding(options.id);
    this.#floorNumber = options.floor.number;
    this.#weight = options.weight;
    this.#incarnation = options.floor.incarnation;
  }

  get view(): View | undefined {
    return this.#view;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** Up to when this node has seen every row of the store, of its own monotonic clock. */
  get seenAt(): number {
    return this.#lease.seenAt;
  }

  /** Whether an incarnation of this node was, or is, this very process. */
  isThisProcess(incarnation: number): boolean {
    return incarnation >= this.#firstIncarnation;
  }

  /** Another process has this node's name. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The fence of everything that leaves this node (law 6). To be asked in the tick of the write. */
  isActing(now: number): boolean {
    const { id } = this.#options;
    return (
      !this.#isOver &&
      this.#isLive(now) &&
      now >= this.#barrierUntil &&
      this.#view !== undefined &&
      isMember(this.#view, id, this.#incarnation)
    );
  }

  /** The answer of the first renewal may be lost, and the watch bring it: then nothing tells the time yet. */
  #isLive(now: number): boolean {
    return this.clock.isSet && this.#lease.isLive(now);
  }

  /** A launcher says that an incarnation has ended. */
  died(id: string, incarnation: number): void {
    this.#dead.said(id, incarnation);
  }

  /** Whether this node is to have shards at all; what it has goes to others, or comes back. */
  drain(isOn: boolean): void {
    this.#weight = isOn ? 0 : this.#options.weight;
  }

  /** Ends this incarnation by its own word: it does not act from now on, and nobody need wait for its lease. */
  leave(): void {
    this.#isOver = true;
    this.#isLeaving = true;
    this.#sayLeft();
  }

  #sayLeft(): void {
    if (!this.#isLeaving || this.#rowRevision === 0) return;
    const row = encodeNodeRow({ incarnation: this.#incarnation, isDead: true, count: 0 });
    this.#ports.swap(nodeKeyPrefix + this.#options.id, row, this.#rowRevision, (result) => {
      // A renewal was under way: the watch brings it, and then it is said again.
      if (result.kind !== "conflict") this.#isLeaving = false;
    });
  }

  caughtUp(now: number): void {
    this.#isCaughtUp = true;
    this.#nextIncarnation();
    this.#firstIncarnation = this.#incarnation;
    this.tick(now);
  }

  row({ key, revision, value }: Row, now: number): void {
    if (key === viewKey) this.#viewRow(revision, value, now);
    else if (key === nodeKeyPrefix + this.#options.id) this.#ownRow(revision, value, now);
    else if (key.startsWith(nodeKeyPrefix))
      this.#otherRow(key.slice(nodeKeyPrefix.length), revision, value, now);
  }

  tick(now: number): void {
    if (!this.#isCaughtUp || this.#isOver) return;
    if (this.#lease.hasLapsed(now)) this.#nextIncarnation();
    if (!this.#isLive(now)) this.#observer.restart(now);
    const dueAt = this.#lease.lastSentAt + (this.#hasRenewalFailed ? renewRetryMs : renewMs);
    if (!this.#isRenewing && now >= dueAt) this.#renew(now);
    if (!this.#isLive(now)) return;
    this.#declare(now);
    if (!this.#isSwapping && now >= this.#swapAgainAt && this.#yielding.mayTry(now)) this.#changeView(now);
  }

  /** To be called when `wants` may have changed, to lose no time until the next tick. */
  hurry(now: number): void {
    if (!this.#isCaughtUp || this.#isOver || this.#isSwapping) return;
    if (now >= this.#swapAgainAt && this.#yielding.mayTry(now) && this.#isLive(now)) this.#changeView(now);
  }

  #nextIncarnation(): void {
    this.#incarnation++;
    this.#lease = new Lease();
    this.#hasRenewalFailed = false;
    this.#keepFloor();
  }

  #keepFloor(): void {
    this.#ports.keepFloor({ incarnation: this.#incarnation, number: this.#floorNumber });
  }

  #renew(now: number): void {
    const lease = this.#lease;
    const count = lease.send(now);
    const incarnation = this.#incarnation;
    const row = encodeNodeRow({ incarnation, isDead: false, count });
    this.#isRenewing = true;
    this.#ports.swap(nodeKeyPrefix + this.#options.id, row, this.#rowRevision, (result) => {
      this.#isRenewing = false;
      this.#hasRenewalFailed = result.kind !== "swapped";
      // What the watch brought last is what stands: a swap's word may have been lost, or the store have gone back.
      if (result.kind === "conflict") this.#rowRevision = this.#watchedRevision;
      if (result.kind !== "swapped") return;
      this.#rowRevision = result.revision;
      this.clock.adjust(result.at, now);
    });
  }

  #ownRow(revision: number, value: Uint8Array | undefined, now: number): void {
    const row = value === undefined ? undefined : decodeNodeRow(value);
    this.#watchedRevision = value === undefined ? 0 : revision;
    if (this.#watchedRevision > this.#rowRevision) {
      this.#rowRevision = revision;
      this.#sayLeft();
    }
    if (row === undefined || this.#isOver) return;
    if (!this.#isCaughtUp) {
      if (row.incarnation > this.#incarnation) this.#incarnation = row.incarnation;
    } else if (row.incarnation > this.#incarnation) {
      this.#isOver = true;
      this.#ports.alarm(
        `another process is ${this.#options.id} now, and this one does not act any more: end one of them, give each node a name of its own, and start again`,
      );
    } else if (row.incarnation === this.#incarnation) {
      if (row.isDead) this.#nextIncarnation();
      else this.#lease.seen(row.count);
      this.hurry(now);
    }
  }

  #otherRow(id: string, revision: number, value: Uint8Array | undefined, now: number): void {
    const row = value === undefined ? undefined : decodeNodeRow(value);
    if (row === undefined) return this.#observer.forget(id);
    if (row.isDead) {
      this.#observer.forget(id);
      this.died(id, row.incarnation);
      return this.hurry(now);
    }
    this.#observer.saw(id, row.incarnation, revision, now);
  }

  /** Members whose rows stood still for long: DEAD is written over that very revision, or not at all. */
  #declare(now: number): void {
    if (this.#isDeclaring || now < this.#barrierUntil) return;
    for (const { id, incarnation, revision } of this.#observer.expired(now)) {
      const row = encodeNodeRow({ incarnation, isDead: true, count: 0 });
      this.#isDeclaring = true;
      this.#ports.swap(nodeKeyPrefix + id, row, revision, (result) => {
        this.#isDeclaring = false;
        if (result.kind === "swapped") this.died(id, incarnation);
      });
      return;
    }
  }

  #viewRow(revision: number, value: Uint8Array | undefined, now: number): void {
    if (value === undefined) {
      const view = firstView("", this.#options.shards);
      if (this.#view !== undefined) this.#forgetful = { revision: 0, view, since: now };
      return;
    }
    const next = (this.#options.decodeView ?? decodeView)(value);
    if (next === undefined || next.owner.length !== this.#options.shards)
      return this.#unreadable(revision, value, now);
    const known = this.#view;
    if (known === undefined) {
      if (next.number < this.#floorNumber) this.#forgetful = { revision, view: next, since: now };
      return this.#accept(next, revision, now);
    }
    // Written back by who knew as much, or more; a node that does not act has nothing to hold against it but epochs.
    const isNewer =
      next.history === known.history
        ? next.number > known.number
        : next.base >= this.#knowledge(now) || (!this.isActing(now) && next.number > known.number);
    if (isNewer && follows(known, next)) this.#accept(next, revision, now);
    // Of this number and another revision: the store went back, and somebody went on from there.
    else if (revision !== this.#viewRevision)
      this.#forgetful = { revision, view: next, since: this.#forgetful?.since ?? now };
    this.hurry(now);
  }

  /** Something else stands where the view should: it is as good as gone, and what is known here is written over it. */
  #unreadable(revision: number, value: Uint8Array, now: number): void {
    if (isOtherVersion(value))
      return this.#ports.alarm("the view was written by another version of the program; this node leaves it alone: start it with that version"); // prettier-ignore
    const view = firstView("", this.#options.shards);
    if (this.#view !== undefined) this.#forgetful = { revision, view, since: now };
    this.#ports.alarm("the view row cannot be read; a node that acts writes what it knows over it. Look who has written it: nodes alone do"); // prettier-ignore
    this.hurry(now);
  }

  /** The number of the last view that is known to have been acted on. */
  #knowledge(now: number): number {
    if (this.#view === undefined) return 0;
    return now < this.#barrierUntil ? this.#view.base : Math.max(this.#view.base, this.#view.number);
  }

  #accept(found: View, revision: number, now: number): void {
    const before = this.#view;
    const next = before === undefined ? found : withMembersOf(before, found);
    this.#view = next;
    this.#viewRevision = revision;
    this.#swapAgainAt = now;
    if (next.number >= this.#floorNumber) this.#forgetful = undefined;
    if (before !== undefined && before.history !== next.history) {
      this.#barrierUntil = now + barrierMs;
      this.#observer.restart(now);
    }
    if (next.number > this.#floorNumber) {
      this.#floorNumber = next.number;
      this.#keepFloor();
    }
    this.#dead.viewed(next);
    const own = next.members[placeOf(next, this.#options.id)];
    // Buried as what we are: only the next number can be a member again.
    if (own !== undefined && isGone(next, this.#options.id, this.#incarnation)) {
      this.#incarnation = Math.max(this.#incarnation, own.incarnation);
      if (this.#isCaughtUp) this.#nextIncarnation();
    }
    this.#ports.viewed(before, next);
  }

  #changeView(now: number): void {
    const wanted = this.#wanted(now);
    if (wanted === undefined) return;
    const { next, expected, isShared } = wanted;
    const row = encodeView(next);
    this.#isSwapping = true;
    this.#ports.swap(viewKey, row, expected, (result) => {
      this.#isSwapping = false;
      if (result.kind === "unknown") this.#unheard = next.number - 1;
      if (result.kind !== "swapped") {
        // Who was faster has changed the view: as soon as that is known here, it may be tried again.
        const isKnown = result.kind === "conflict" && this.#viewRevision > expected;
        if (!isKnown) this.#swapAgainAt = now + renewRetryMs;
        if (result.kind === "conflict") this.#yielding.lost(this.#view, now);
        if (result.kind === "conflict" && isShared === true) this.#ports.unheeded();
        if (result.kind === "conflict" && this.#forgetful?.revision === expected) this.#forgetful = undefined;
        return;
      }
      this.#yielding.won();
      const known = this.#view;
      if (known === undefined || next.number > known.number) this.#accept(next, result.revision, now);
    });
  }

  /** isShared: it takes of this owner's share of changes. */
  #wanted(now: number): { next: View; expected: number; isShared?: true } | undefined {
    const { id, shards } = this.#options;
    const weight = this.#weight;
    const known = this.#view;
    if (this.#forgetful !== undefined) return this.#remember(this.#forgetful, now);
    if (known === undefined) {
      const next = join(firstView(this.#ports.mint(), shards), id, this.#incarnation, weight);
      return next === undefined ? undefined : { next, expected: 0 };
    }
    if (now < this.#barrierUntil) return undefined;
    const expected = this.#viewRevision;
    const place = placeOf(known, id);
    const own = known.members[place];
    if (!isMember(known, id, this.#incarnation)) {
      // Its memory is still here: it was this very process under an earlier number.
      const isKept = own?.isLive === true && this.isThisProcess(own.incarnation);
      const next = isKept
        ? readmit(known, id, this.#incarnation)
        : join(known, id, this.#incarnation, weight);
      return next === undefined ? undefined : { next, expected };
    }
    const buried = bury(known, this.#dead.due(known, place, now));
    if (buried !== undefined) return { next: buried, expected };
    const weighed = weigh(known, id, this.#incarnation, weight);
    if (weighed !== undefined) return { next: weighed, expected };
    const { next } = this.#ports.wants(known) ?? {};
    if (next !== undefined) return { next, expected, isShared: true };
    return this.#unheard === known.number ? { next: draft(known), expected } : undefined;
  }

  /**
   * What to write over a view that should not be. A member gives back what it knows. Who is none knows only a number,
   * and speaks when no member can be left that knows more.
   */
  #remember({ revision, view, since }: Forgetful, now: number): { next: View; expected: number } | undefined {
    const known = this.#view;
    if (known !== undefined && isMember(known, this.#options.id, this.#incarnation)) {
      const next = restore(known, view, this.#knowledge(now), this.#ports.mint());
      return { next, expected: revision };
    }
    if (now - since < barrierMs) return undefined;
    return { next: disown(view, this.#floorNumber, this.#ports.mint()), expected: revision };
  }
}
