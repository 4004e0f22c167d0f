/**
 * Planned moves: shards of this node that another member should have. Owns which of them are under way, when a shard takes
 * no calls, and which may be handed over in the next swap. Does not own fills and runners-up (streams.ts), nor the swap
 * (membership.ts).
 *
 * A move is: the better member is filled beside the runner-up, if it is not that one itself, and then made the owner, with
 * the former owner as its runner-up in sync.
 *
 * V1. A shard is handed over when it is frozen, has no call under way, there is a copy in sync in the view that the swap
 *     is based on, the next owner has a copy too, and everything of it is acknowledged.
 * V2. Once it is in a swap it stays frozen until a view is seen that is newer than the one its swap was based on.
 * V3. Few are under way at once, by count and by size, so that turns of calls do not wait behind fills. A member that is
 *     leaving has no such budget.
 * V4. A shard that would be frozen for longer than moveFreezeMs is given up for a while: a long call is not in its way. One
 *     of a member that is leaving stays under way: it goes in the first moment without a call, or is frozen again.
 */
import { limits } from "../protocol/limits.ts";
import type { Holding } from "./holding.ts";
import { isInSync, nobody, placeOf, ranked } from "./view.ts";
import type { View } from "./view.ts";

export interface MovePorts {
  readonly id: string;
  readonly isSuspect: (id: string) => boolean;
  /** Whether the shard's target has a copy of it. */
  readonly isCopied: (view: View, holding: Holding) => boolean;
  /** Whether all that was sent of this shard, to whomever, is acknowledged. */
  readonly isAllAcked: (holding: Holding) => boolean;
  /** Bytes that its fill will take, as far as can be known before. */
  readonly sizeOf: (holding: Holding) => number;
  /** What the view should say of it has changed. */
  readonly changed: (holding: Holding) => void;
}

/** In place of the base of a swap that is not out. */
const waiting = Number.POSITIVE_INFINITY;

export interface Handed {
  readonly holding: Holding;
  readonly shard: number;
  readonly epoch: number;
  /** Place of who owns it then. */
  readonly target: number;
}

interface Move {
  readonly size: number;
  /** From when on it is frozen, if it has calls; undefined before there was a copy. */
  freezeAt: number | undefined;
}

export class Moves {
  readonly #ports: MovePorts;
  /** Owned shards whose best place was not looked up since members changed, or since they were gained. */
  readonly #unplaced = new Set<Holding>();
  /** Owned shards that another should have, and from when on. */
  readonly #misplaced = new Map<Holding, number>();
  readonly #underWay = new Map<Holding, Move>();

  constructor(ports: MovePorts) {
    this.#ports = ports;
  }

  /** Ownership began anew. */
  begin(holding: Holding): void {
    holding.frozen = undefined;
    this.#drop(holding);
    this.#misplaced.delete(holding);
    this.#unplaced.add(holding);
  }

  /** @param hasNewMembers members, their weights or their lives have changed: so has the best place of shards */
  viewed(view: View, owned: Iterable<Holding>, hasNewMembers: boolean): void {
    for (const holding of owned) {
      if (hasNewMembers) this.#unplaced.add(holding);
      if (holding.frozen !== undefined && view.number > holding.frozen.base) holding.frozen = undefined;
    }
  }

  tick(view: View, now: number): void {
    this.#place(view, now);
    for (const [holding, move] of this.#underWay) this.#look(view, holding, move, now);
    this.#start(view, now);
  }

  /** What may be handed over now. */
  ready(view: View, now: number): Handed[] {
    const own = placeOf(view, this.#ports.id);
    const ready: Handed[] = [];
    for (const [holding, move] of this.#underWay) {
      const { shard, epoch, target, frozen } = holding;
      if (view.owner[shard] !== own || view.epoch[shard] !== epoch) continue;
      if (target === undefined || !isInSync(view, shard) || !this.#ports.isCopied(view, holding)) continue;
      if (frozen !== undefined && frozen.base !== waiting) continue;
      move.freezeAt ??= now + limits.moveQuietMs;
      if (holding.running === 0 && this.#ports.isAllAcked(holding))
        ready.push({ holding, shard, epoch, target });
      else if (now >= move.freezeAt) holding.frozen ??= { since: now, base: waiting, given: 0 };
    }
    return ready;
  }

  /** They are in a swap that is based on a view, and gives them this epoch. */
  handOver(shards: readonly Holding[], { number: base }: View, given: number, now: number): void {
    for (const holding of shards) holding.frozen = { since: now, base, given };
  }

  /** Looks up where shards should be, some at a time: for thousands it takes a while. */
  #place(view: View, now: number): void {
    let count = 0;
    for (const holding of this.#unplaced) {
      if (count++ >= limits.placedPerTickMax) return;
      this.#unplaced.delete(holding);
      if (holding.epoch === 0) continue;
      const best = this.#best(view, holding);
      if (holding.target !== best) this.#drop(holding);
      if (best === undefined) this.#misplaced.delete(holding);
      else if (!this.#underWay.has(holding)) this.#misplaced.set(holding, now);
    }
  }

  /** The place of who should have it; undefined: it is where it should be. */
  #best(view: View, { shard }: Holding): number | undefined {
    const [best] = ranked(view.members, shard, 1);
    const member = view.members[best ?? nobody];
    return member === undefined || member.id === this.#ports.id || member.weight === 0 ? undefined : best;
  }

  #isLeaving(view: View): boolean {
    return view.members[placeOf(view, this.#ports.id)]?.weight === 0;
  }

  #look(view: View, holding: Holding, move: Move, now: number): void {
    const { frozen, target } = holding;
    const member = view.members[target ?? nobody];
    if (holding.epoch === 0) return this.#drop(holding);
    // Once the swap is out, only a newer view tells what became of it.
    if (frozen !== undefined && frozen.base !== waiting) return;
    const isLate = frozen !== undefined && now - frozen.since > limits.moveFreezeMs;
    const isGood = member?.isLive === true && !this.#ports.isSuspect(member.id);
    if (!isLate && isGood) return;
    if (isGood && this.#isLeaving(view)) {
      holding.frozen = undefined;
      move.freezeAt = now + limits.drainAgainMs;
      return;
    }
    this.#drop(holding);
    this.#misplaced.set(holding, isLate ? now + limits.moveAgainMs : now);
  }

  #start(view: View, now: number): void {
    let size = 0;
    const [countMax, sizeMax] = this.#isLeaving(view) ? [Infinity, Infinity] : [limits.movesMax, limits.movesBytesMax]; // prettier-ignore
    for (const move of this.#underWay.values()) size += move.size;
    for (const [holding, from] of this.#misplaced) {
      if (this.#underWay.size >= countMax || size >= sizeMax) return;
      if (holding.epoch === 0) this.#misplaced.delete(holding);
      if (holding.epoch === 0 || from > now) continue;
      const best = this.#best(view, holding);
      const member = best === undefined ? undefined : view.members[best];
      if (member !== undefined && this.#ports.isSuspect(member.id)) continue;
      const needed = this.#ports.sizeOf(holding);
      // One that is larger than all that may be under way goes alone.
      if (size > 0 && size + needed > sizeMax) continue;
      this.#misplaced.delete(holding);
      if (best === undefined) continue;
      size += needed;
      holding.target = best;
      this.#underWay.set(holding, { size: needed, freezeAt: undefined });
      this.#ports.changed(holding);
    }
  }

  #drop(holding: Holding): void {
    if (holding.frozen?.base === waiting) holding.frozen = undefined;
    if (holding.target !== undefined) this.#ports.changed(holding);
    holding.target = undefined;
    this.#underWay.delete(holding);
  }
}
