/**
 * Planned moves: shards of this node that another member should have. Owns which of them are under way, when a shard takes
 * no calls, and which may be handed over in the next swap. Does not own fills and runners-up (streams.ts), nor the swap
 * (membership.ts).
 *
 * A move is: the better member becomes runner-up, is filled and marked as in sync, and is then made the owner.
 *
 * V1. A shard is handed over when it is frozen, has no call under way, its copy is in sync in the view that the swap
 *     is based on, and everything of it is acknowledged.
 * V2. Once it is in a swap it stays frozen until a view is seen that is newer than the one its swap was based on.
 * V3. A shard under way has no copy in sync for a moment: so few are under way at once, by count and by size.
 * V4. A shard that would be frozen for longer than moveFreezeMs is given up for a while: a long call is not in its way.
 */
import { limits } from "../protocol/limits.ts";
import type { Holding } from "./holding.ts";
import { isInSync, nobody, placeOf, ranked } from "./view.ts";
import type { View } from "./view.ts";

export interface MovePorts {
  readonly id: string;
  readonly isSuspect: (id: string) => boolean;
  /** Whether the runner-up in sync has acknowledged everything of this shard. */
  readonly isAllAcked: (holding: Holding) => boolean;
  /** Bytes that its fill will take, as far as can be known before. */
  readonly sizeOf: (holding: Holding) => number;
  /** What the view should say of it has changed. */
  readonly changed: (holding: Holding) => void;
}

/** In place of the base of a swap that is not out. */
const waiting = Number.POSITIVE_INFINITY;

interface Move {
  readonly size: number;
  /** When its copy was first seen in sync. */
  copiedAt: number | undefined;
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
    for (const [holding] of this.#underWay) this.#look(view, holding, now);
    this.#start(view, now);
  }

  /** What may be handed over now. */
  ready(view: View, now: number): Holding[] {
    const own = placeOf(view, this.#ports.id);
    const ready: Holding[] = [];
    for (const [holding, move] of this.#underWay) {
      const { shard, epoch, target, frozen } = holding;
      if (view.owner[shard] !== own || view.epoch[shard] !== epoch) continue;
      if (target !== view.runner[shard] || !isInSync(view, shard)) continue;
      if (frozen !== undefined && frozen.base !== waiting) continue;
      move.copiedAt ??= now;
      if (holding.running === 0 && this.#ports.isAllAcked(holding)) ready.push(holding);
      else if (now - move.copiedAt >= limits.moveQuietMs) holding.frozen ??= { since: now, base: waiting };
    }
    return ready;
  }

  /** They are in a swap that is based on this view. */
  handOver(shards: readonly Holding[], view: View, now: number): void {
    for (const holding of shards) holding.frozen = { since: now, base: view.number };
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
    return best === undefined || view.members[best]?.id === this.#ports.id ? undefined : best;
  }

  #look(view: View, holding: Holding, now: number): void {
    const { frozen, target } = holding;
    const member = view.members[target ?? nobody];
    if (holding.epoch === 0) return this.#drop(holding);
    // Once the swap is out, only a newer view tells what became of it.
    if (frozen !== undefined && frozen.base !== waiting) return;
    const isLate = frozen !== undefined && now - frozen.since > limits.moveFreezeMs;
    if (!isLate && member?.isLive === true && !this.#ports.isSuspect(member.id)) return;
    this.#drop(holding);
    this.#misplaced.set(holding, isLate ? now + limits.moveAgainMs : now);
  }

  #start(view: View, now: number): void {
    let size = 0;
    for (const move of this.#underWay.values()) size += move.size;
    for (const [holding, from] of this.#misplaced) {
      if (this.#underWay.size >= limits.movesMax || size >= limits.movesBytesMax) return;
      if (holding.epoch === 0) this.#misplaced.delete(holding);
      if (holding.epoch === 0 || from > now) continue;
      const best = this.#best(view, holding);
      const member = best === undefined ? undefined : view.members[best];
      if (member !== undefined && this.#ports.isSuspect(member.id)) continue;
      const needed = this.#ports.sizeOf(holding);
      // One that is larger than all that may be under way goes alone.
      if (size > 0 && size + needed > limits.movesBytesMax) continue;
      this.#misplaced.delete(holding);
      if (best === undefined) continue;
      size += needed;
      holding.target = best;
      this.#underWay.set(holding, { size: needed, copiedAt: undefined });
      this.#ports.changed(holding);
    }
  }

  #drop(holding: Holding): void {
    if (holding.frozen?.base === waiting) holding.frozen = undefined;
    holding.target = undefined;
    this.#underWay.delete(holding);
  }
}
