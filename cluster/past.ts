/**
 * What is known of a shard whose owner and runner-up are lost: chosen from what the archive has. Owns which snapshot of an
 * actor counts, and which turns behind it. Does not own how they are read (pastreader.ts), nor what is done with them
 * (restoring.ts).
 *
 * P1. What counts forms one chain: the last epoch before the loss, the epoch that this one cites, up to the entry that it
 *     cites, and so on. What an owner did behind that entry, when it was none any more, does not count, nor an epoch that
 *     no other cites.
 * P2. An epoch above the one that the last view named is not applied. One that two processes have written under is not
 *     either: one of them was no owner, or the store has gone back.
 * P3. Turns are applied behind a snapshot of their actor in the order of the chain, and only so far as nothing is missing:
 *     behind a gap no turn of an epoch counts, and of later epochs only behind a snapshot of that epoch.
 * P4. An epoch that ended before its owner had written anything under it (cited at entry 0) is passed over: of the highest one
 *     below it everything counts. What its owner did there when it was none any more cannot be told apart then, and counts
 *     too: a session is stopped more than it was, not less. So is one of which nothing is there although it was written under,
 *     because none of its owner's batches came or two processes have written there: what was acknowledged before it must not be
 *     forgotten for it. Turns behind it are applied all the same, as where nothing before them is known.
 */
import type { ActorEvent } from "../actors/actor.ts";
import type { TurnEntry } from "./journal.ts";
import type { ChunkActor, Chunk } from "./snapshotchunk.ts";
import type { TailTurn } from "./tailbatch.ts";

/** Who wrote something: a process of a node. */
interface Written {
  readonly writer: string;
}

/** What the archive has of one shard. */
export interface KeptPast<Event extends ActorEvent> {
  readonly chunks: readonly (Chunk & Written)[];
  /** Without what stands behind a gap of their writer's batches. */
  readonly turns: readonly (TailTurn<Event> & Written)[];
}

export interface Place {
  readonly epoch: number;
  readonly n: number;
}

export interface Past<Event extends ActorEvent> {
  readonly actors: readonly ChunkActor[];
  /** In order; of an actor behind its state, or from its beginning. */
  readonly turns: readonly TurnEntry<Event>[];
  /** The last entry that is known. */
  readonly head: Place;
}

/** One epoch of the chain. */
interface Era<Event extends ActorEvent> {
  readonly epoch: number;
  /** The last entry that counts. */
  readonly end: number;
  readonly turns: readonly TurnEntry<Event>[];
  readonly chunks: readonly Chunk[];
  /** Nothing of it is missing, as far as what follows it says. */
  readonly isWhole: boolean;
}

/**
 * @param lostAt the epoch under which it is lost; only earlier ones count
 * @param named  the epoch of the last view before the loss; undefined where nobody here knows it
 */
export function pastOf<Event extends ActorEvent>(
  kept: KeptPast<Event>,
  lostAt: number,
  named: number | undefined,
): Past<Event> {
  const eras = chainOf(kept, Math.min(lostAt - 1, named ?? Number.POSITIVE_INFINITY));
  const bases = new Map<string, Place & { readonly actor: ChunkActor }>();
  for (const { epoch, chunks } of eras)
    for (const { n, actors } of chunks)
      for (const actor of actors) {
        const base = bases.get(actor.key);
        if (base === undefined || base.epoch < epoch || base.n <= n)
          bases.set(actor.key, { epoch, n, actor });
      }
  const turns: TurnEntry<Event>[] = [];
  const keys = new Set<string>(eras.flatMap((era) => era.turns.map(({ key }) => key)));
  for (const key of keys) turns.push(...turnsBehind(eras, key, bases.get(key)));
  turns.sort((one, other) => one.epoch - other.epoch || one.n - other.n);
  const last = eras.at(-1);
  const ns = [...(last?.turns ?? []), ...(last?.chunks ?? [])].map(({ n }) => n);
  const head = last === undefined ? { epoch: 0, n: 0 } : { epoch: last.epoch, n: Math.max(...ns) };
  return { actors: [...bases.values()].map(({ actor }) => actor), turns, head };
}

function turnsBehind<Event extends ActorEvent>(
  eras: readonly Era<Event>[],
  key: string,
  base: Place | undefined,
): TurnEntry<Event>[] {
  const turns: TurnEntry<Event>[] = [];
  for (const { epoch, turns: all, isWhole } of eras) {
    if (base !== undefined && epoch < base.epoch) continue;
    const from = base?.epoch === epoch ? base.n : 0;
    for (const turn of all) if (turn.key === key && turn.n > from) turns.push(turn);
    if (!isWhole) break;
  }
  return turns;
}

/** The oldest first. */
function chainOf<Event extends ActorEvent>(kept: KeptPast<Event>, highest: number): Era<Event>[] {
  const epochs = soundEpochs(kept, highest);
  const eras: Era<Event>[] = [];
  let [epoch, end] = [Math.max(0, ...epochs), Number.POSITIVE_INFINITY];
  while (epochs.has(epoch)) {
    eras.unshift(eraOf(kept, epoch, end));
    const cited = citedBy(kept, epoch);
    if (cited === undefined || cited.epoch >= epoch) break;
    ({ epoch, n: end } = cited);
    if (epochs.has(epoch)) continue;
    const passed = epoch;
    [epoch, end] = [Math.max(0, ...[...epochs].filter((each) => each < passed)), Number.POSITIVE_INFINITY];
  }
  return eras;
}

/** Those that two processes have written under, with their names: one of them was no owner, or the store has gone back. */
export function contestedEpochs<Event extends ActorEvent>(kept: KeptPast<Event>): Map<number, Set<string>> {
  return new Map([...writersOf(kept, Number.POSITIVE_INFINITY)].filter(([, { size }]) => size > 1));
}

/** Those that one process has written under (P2). */
function soundEpochs<Event extends ActorEvent>(kept: KeptPast<Event>, highest: number): Set<number> {
  return new Set([...writersOf(kept, highest)].filter(([, { size }]) => size === 1).map(([epoch]) => epoch));
}

function writersOf<Event extends ActorEvent>(
  { chunks, turns }: KeptPast<Event>,
  highest: number,
): Map<number, Set<string>> {
  const writers = new Map<number, Set<string>>();
  const note = (epoch: number, writer: string): void => {
    if (epoch > 0 && epoch <= highest)
      writers.set(epoch, (writers.get(epoch) ?? new Set<string>()).add(writer));
  };
  for (const { epoch, writer } of chunks) note(epoch, writer);
  for (const { entry, writer } of turns) note(entry.epoch, writer);
  return writers;
}

function citedBy<Event extends ActorEvent>(
  { chunks, turns }: KeptPast<Event>,
  epoch: number,
): Place | undefined {
  return [...chunks, ...turns.map(({ entry, cited }) => ({ epoch: entry.epoch, cited }))].find(
    (each) => each.epoch === epoch,
  )?.cited;
}

function eraOf<Event extends ActorEvent>(kept: KeptPast<Event>, epoch: number, end: number): Era<Event> {
  const chunks = kept.chunks.filter((chunk) => chunk.epoch === epoch && chunk.n <= end);
  const byPlace = new Map<number, TurnEntry<Event>>();
  for (const { entry } of kept.turns)
    if (entry.epoch === epoch && entry.n <= end) byPlace.set(entry.n, entry);
  const all = [...byPlace.values()].sort((one, other) => one.n - other.n);
  const hole = all.findIndex(({ n }, at) => at > 0 && n !== (all[at - 1]?.n ?? 0) + 1);
  const turns = hole < 0 ? all : all.slice(0, hole);
  const known = Math.max(turns.at(-1)?.n ?? 0, ...chunks.map(({ n }) => n));
  const isWhole = hole < 0 && (end === Number.POSITIVE_INFINITY || known >= end);
  return { epoch, end, turns, chunks, isWhole };
}
