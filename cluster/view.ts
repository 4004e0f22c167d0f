/**
 * The view: one numbered row that says who is a member and, for each shard, its owner, its epoch, its runner-up and
 * whether that one is in sync. Owns placement and every transition from one view to the next. Does not own why a
 * transition is made (membership.ts), nor the bytes of the row (viewrow.ts).
 *
 * V1. A transition is a pure function and gives a view with a higher number, or nothing when there is nothing to do.
 * V2. A shard's epoch is the number of the view at which its owner changed. No transition lowers one.
 * V3. `inSync` falls with every change of owner or runner-up, and only a fill of that very pair sets it again; but for a
 *     planned hand-over, after which the former owner is the runner-up and has all that the new one has.
 * V4. A shard whose owner went without a copy in sync was `lost` at that epoch, for ever: what it knew is not made up.
 * V5. An incarnation that was buried, or one below it, is never a member again.
 */
import { limits } from "../protocol/limits.ts";
import { nobody, ranked } from "./placement.ts";
import type { Member } from "./placement.ts";
import { shardCount } from "./shard.ts";

export { nobody, ranked } from "./placement.ts";
export type { Member } from "./placement.ts";

export interface View {
  readonly number: number;
  /** Changes only when a store was rolled back and the view was written back (`restore`). */
  readonly history: string;
  /** The number that the view had before it was written back; 0 in a first history. */
  readonly base: number;
  /** Places never change: a shard names its owner by place. */
  readonly members: readonly Member[];
  readonly owner: Uint16Array;
  readonly runner: Uint16Array;
  readonly epoch: Float64Array;
  /** 1 where the runner-up has all that its owner's fences rest on. */
  readonly inSync: Uint8Array;
  /** Epoch at which the shard's past was lost; 0 when it never was. */
  readonly lostAt: Float64Array;
}

/** Epoch of every shard that the first member got: nothing was known of any session before it. */
export const firstEpoch = 2;
export const weightMax = 16;
/** More views than a rolled-back store can have lost without anyone alive having seen one of them. */
const restoreGap = 1_024;

export function firstView(history: string, shards: number = shardCount): View {
  return {
    number: 1,
    history,
    base: 0,
    members: [],
    owner: new Uint16Array(shards).fill(nobody),
    runner: new Uint16Array(shards).fill(nobody),
    epoch: new Float64Array(shards),
    inSync: new Uint8Array(shards),
    lostAt: new Float64Array(shards),
  };
}

export function isInSync(view: View, shard: number): boolean {
  return view.inSync[shard] === 1;
}

export function lostAtOf(view: View, shard: number): number {
  return view.lostAt[shard] ?? 0;
}

/** Shards whose runner-up somebody is, and another could be who is not leaving. */
export function copiesToMove(view: View, runner: number): number {
  const isThere = view.members.map(({ isLive, weight }, place) => isLive && weight > 0 && place !== runner);
  const others = isThere.filter(Boolean).length;
  let count = 0;
  for (let shard = 0; shard < view.runner.length; shard++)
    if (view.runner[shard] === runner && others > (isThere[view.owner[shard] ?? nobody] === true ? 1 : 0))
      count++;
  return count;
}

/** By list of members: places by name. Asked for with each frame; a list only grows, and never at a place that it has. */
const places = new WeakMap<readonly Member[], Map<string, number>>();

/** Place of a node, whatever its incarnation; -1 for none. */
export function placeOf({ members }: View, id: string): number {
  let known = places.get(members);
  if (known === undefined) places.set(members, (known = new Map()));
  for (let place = known.size; place < members.length; place++)
    known.set((members[place] as Member).id, place);
  return known.get(id) ?? -1;
}

/** The same view, with the list of members that an earlier one has, where both are equal: then its places stand. */
export function withMembersOf(known: View, next: View): View {
  if (known.members === next.members) return next;
  const isSame =
    haveSamePlaces(known, next) &&
    next.members.every(({ incarnation }, place) => known.members[place]?.incarnation === incarnation);
  return isSame ? { ...next, members: known.members } : next;
}

/** Whether both views have the same nodes, alive or not, with the same shares: then shards' best places are the same. */
export function haveSamePlaces(one: View, other: View): boolean {
  return (
    one.members === other.members ||
    (one.members.length === other.members.length &&
      one.members.every((member, place) => {
        const its = other.members[place];
        return member.id === its?.id && member.weight === its.weight && member.isLive === its.isLive;
      }))
  );
}

/** Whether this very incarnation is a live member. */
export function isMember(view: View, id: string, incarnation: number): boolean {
  const member = view.members[placeOf(view, id)];
  return member !== undefined && member.isLive && member.incarnation === incarnation;
}

/** Whether this incarnation is gone for good: buried, or followed by another. */
export function isGone(view: View, id: string, incarnation: number): boolean {
  const member = view.members[placeOf(view, id)];
  if (member === undefined) return false;
  return member.incarnation > incarnation || (member.incarnation === incarnation && !member.isLive);
}

export function ownerOf(view: View, shard: number): Member | undefined {
  return view.members[view.owner[shard] ?? nobody];
}

export function runnerOf(view: View, shard: number): Member | undefined {
  return view.members[view.runner[shard] ?? nobody];
}

export function epochOf(view: View, shard: number): number {
  return view.epoch[shard] ?? 0;
}

interface Draft extends View {
  number: number;
  members: Member[];
}

/** The same under the next number: what each change begins with. */
export function draft(view: View): Draft {
  return {
    ...view,
    number: view.number + 1,
    members: [...view.members],
    owner: view.owner.slice(),
    runner: view.runner.slice(),
    epoch: view.epoch.slice(),
    inSync: view.inSync.slice(),
    lostAt: view.lostAt.slice(),
  };
}

/** Gives a shard to a new owner, with the best of the others as its runner-up. */
function settle(next: Draft, shard: number, owner: number, isCopied: boolean): void {
  if (next.epoch[shard] !== 0 && !isCopied) next.lostAt[shard] = next.number;
  next.owner[shard] = owner;
  next.epoch[shard] = next.number;
  next.inSync[shard] = 0;
  next.runner[shard] = ranked(next.members, shard, 1, (place) => place === owner)[0] ?? nobody;
}

/** Takes the shards of places that are not live any more. */
function reassign(next: Draft): void {
  const isLive = (place: number | undefined): boolean => next.members[place ?? nobody]?.isLive === true;
  for (let shard = 0; shard < next.owner.length; shard++) {
    const runner = next.runner[shard];
    if (!isLive(next.owner[shard])) {
      const isCopied = isLive(runner) && isInSync(next, shard);
      const owner = isCopied ? runner : ranked(next.members, shard, 1)[0];
      if (owner !== undefined) settle(next, shard, owner, isCopied);
      else {
        // Not left with the dead one: its node may come back, and knows nothing of it.
        next.owner[shard] = nobody;
        next.runner[shard] = nobody;
        next.inSync[shard] = 0;
      }
    } else if (!isLive(runner)) {
      const owner = next.owner[shard];
      next.runner[shard] = ranked(next.members, shard, 1, (place) => place === owner)[0] ?? nobody;
      next.inSync[shard] = 0;
    }
  }
}

/** Admits an incarnation. That it holds the node's lock proves that those before it are dead. */
export function join(view: View, id: string, incarnation: number, weight: number): View | undefined {
  const place = placeOf(view, id);
  const before = view.members[place];
  if (before !== undefined && before.incarnation >= incarnation) return undefined;
  if (before === undefined && view.members.length >= limits.clusterMembersMax) return undefined;
  const next = draft(view);
  if (before?.isLive === true) {
    next.members[place] = { ...before, isLive: false };
    reassign(next);
  }
  const member: Member = { id, incarnation, weight, isLive: true };
  if (before === undefined) next.members.push(member);
  else next.members[place] = member;
  reassign(next);
  return next;
}

/**
 * The same process under its next incarnation, after its lease lapsed: it keeps what nobody took. Its shards get a new
 * epoch, and copies are filled anew.
 */
export function readmit(view: View, id: string, incarnation: number): View | undefined {
  const place = placeOf(view, id);
  const before = view.members[place];
  if (before?.isLive !== true || before.incarnation >= incarnation) return undefined;
  const next = draft(view);
  next.members[place] = { ...before, incarnation };
  for (let shard = 0; shard < next.owner.length; shard++) {
    const isOwner = next.owner[shard] === place;
    if (isOwner) next.epoch[shard] = next.number;
    if (isOwner || next.runner[shard] === place) next.inSync[shard] = 0;
  }
  return next;
}

/** Takes out incarnations that are proven dead, and those before them; their shards go to who has a copy in sync. */
export function bury(
  view: View,
  dead: Iterable<readonly [id: string, incarnation: number]>,
): View | undefined {
  const places: number[] = [];
  for (const [id, incarnation] of dead) {
    const place = placeOf(view, id);
    const member = view.members[place];
    if (member?.isLive === true && member.incarnation <= incarnation) places.push(place);
  }
  if (places.length === 0) return undefined;
  const next = draft(view);
  for (const place of places) next.members[place] = { ...(next.members[place] as Member), isLive: false };
  reassign(next);
  return next;
}

/** What an owner says of one of its shards. */
export interface Standing {
  readonly shard: number;
  /** Of the owner who says it: for another one it is void. */
  readonly epoch: number;
  /** Place of the runner-up. */
  readonly runner: number;
  readonly inSync: boolean;
  /** It came to this owner without its past, whatever the view said. */
  readonly isLost: boolean;
}

/**
 * The owner's word on its own shards: another runner-up, or whether the one there is in sync. Another one is in sync from
 * the beginning only in place of one that is.
 */
export function stand(view: View, owner: number, standings: Iterable<Standing>): View | undefined {
  let next: Draft | undefined;
  for (const { shard, epoch, runner, inSync, isLost } of standings) {
    if (view.owner[shard] !== owner || view.epoch[shard] !== epoch || runner === owner) continue;
    const isMarkable = runner !== nobody && (runner === view.runner[shard] || isInSync(view, shard));
    const wanted = inSync && isMarkable ? 1 : 0;
    const lostAt = isLost ? epoch : (view.lostAt[shard] ?? 0);
    if (view.runner[shard] === runner && view.inSync[shard] === wanted && view.lostAt[shard] === lostAt)
      continue;
    if (runner !== nobody && view.members[runner]?.isLive !== true) continue;
    next ??= draft(view);
    next.runner[shard] = runner;
    next.inSync[shard] = wanted;
    next.lostAt[shard] = lostAt;
  }
  return next;
}

/** A member's share from now on: 0 when it is about to leave. */
export function weigh(view: View, id: string, incarnation: number, weight: number): View | undefined {
  const place = placeOf(view, id);
  const member = view.members[place];
  if (member === undefined || !isMember(view, id, incarnation) || member.weight === weight) return undefined;
  const next = draft(view);
  next.members[place] = { ...member, weight };
  return next;
}

/**
 * Hands shards to members of which their owner says that they have all of them. The former owner is the runner-up in sync
 * from then on: both have the same in that moment. What is another's, under another epoch, or without a copy in sync, stays.
 */
export function move(
  view: View,
  owner: number,
  shards: Iterable<{ readonly shard: number; readonly epoch: number; readonly target: number }>,
): View | undefined {
  let next: Draft | undefined;
  for (const { shard, epoch, target } of shards) {
    if (view.owner[shard] !== owner || view.epoch[shard] !== epoch || !isInSync(view, shard)) continue;
    if (target === owner || view.members[target]?.isLive !== true) continue;
    next ??= draft(view);
    next.owner[shard] = target;
    next.runner[shard] = owner;
    next.epoch[shard] = next.number;
  }
  return next;
}

/**
 * The highest view that is known, to be written over a store that has forgotten it. Where the store has gone its own way
 * meanwhile, and somebody took a shard who did not know, nobody's past of it counts.
 *
 * @param found what stands in the store
 * @param base  the number up to which the view is known: what another must know to overrule it
 */
export function restore(known: View, found: View, base: number, history: string): View {
  const next = draft(known);
  next.number = Math.max(known.number, found.number) + restoreGap;
  for (const member of found.members) {
    const place = placeOf(next, member.id);
    const own = next.members[place];
    if (own === undefined) next.members.push(member);
    else if (isGone(found, member.id, own.incarnation)) next.members[place] = member;
  }
  for (let shard = 0; shard < next.epoch.length; shard++) {
    const [mine, theirs] = [known.epoch[shard] ?? 0, found.epoch[shard] ?? 0];
    if (theirs < mine || (theirs === mine && ownerOf(found, shard)?.id === ownerOf(known, shard)?.id))
      continue;
    next.epoch[shard] = next.number;
    next.lostAt[shard] = next.number;
    next.inSync[shard] = 0;
  }
  reassign(next);
  return { ...next, base, history };
}

/**
 * A forgetful store's own view, when nobody who acts remembers a higher one and only its number is known: who owned what
 * in between is not, so every shard's past is lost.
 */
export function disown(found: View, known: number, history: string): View {
  const next = draft(found);
  next.number = Math.max(found.number, known) + restoreGap;
  for (let shard = 0; shard < next.epoch.length; shard++) {
    next.inSync[shard] = 0;
    if (next.epoch[shard] === 0) continue;
    next.epoch[shard] = next.number;
    next.lostAt[shard] = next.number;
  }
  return { ...next, base: found.number, history };
}

/** Whether `next` may follow what is known: never a lower number, and no epoch goes back. */
export function follows(known: View, next: View): boolean {
  if (next.number <= known.number || next.owner.length !== known.owner.length) return false;
  for (let shard = 0; shard < next.epoch.length; shard++)
    if ((next.epoch[shard] ?? 0) < (known.epoch[shard] ?? 0)) return false;
  return true;
}
