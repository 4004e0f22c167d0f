/**
 * The trail of a session: what guard four remembers of it. Owns its shape and its bounds. Does not own what is learnt
 * (learning.ts), what it is put away as (trailstate.ts) nor the judgement (judge.ts).
 *
 * R1. At most limits.trailBytesMax in memory, whatever the session does: tables of fixed sizes, lists of bounded ones.
 * R2. Integers only: sums that are shares are kept in quarters, so that every machine has the same.
 */
import { DistinctCounter } from "./distinct.ts";
import { SlotTable } from "./slots.ts";
import type { StepCount } from "./stepcount.ts";

/** What the session did with one tool on the day that is open; `key` as in CompiledGrant.key. Kept for at most limits.trailToolsMax tools. */
export interface ToolRow {
  readonly key: number;
  calls: number;
  failed: number;
  bytes: number;
  /** Things that its calls were the first of the session to name. */
  objects: number;
}

/** What a session has done, as guard four knows it. */
export interface Trail {
  /** Id of the key of its hashes. */
  readonly key: string;
  /** Where values were seen first, and how. */
  readonly slots: SlotTable;
  /** Different identifiers that its calls have named. */
  readonly asked: DistinctCounter;
  /** Names of tools whose answers are in `slots`, by number. */
  names: readonly string[];
  /** Number of the tool of each of the first 255 calls. */
  readonly callTools: Uint8Array;
  readonly tools: ToolRow[];
  calls: number;
  /** Calls with an effect. */
  writes: number;
  failed: number;
  /** Calls that failed while one of their identifiers came from nowhere: a sum that falls, in quarters. */
  invented: number;
  /** The same call again and again: as `invented`, in quarters. */
  repeats: number;
  /** Digest of the call before, as a row key. */
  lastCall: number;
  bytesRead: number;
  /** Most bytes in one answer. */
  bytesMost: number;
  /** Most different directive words that stood together in anything read. */
  directive: number;
  /** Until then a session that is slowed down waits, epoch ms. */
  paceUntil: number;
  /** A bit for each rule that operators were told of; of the role's own see `toldSteps`. */
  told: number;
  /** Answers were not wholly read, or marks near directive words were lost. */
  isGapped: boolean;
  /** UTC day that is open, and what was done on it: against what a baseline has counted of sessions' days. */
  day: number;
  dayCalls: number;
  dayObjects: number;
  dayBytes: number;
  /** What the rules of the role's own have counted (steps.ts). */
  readonly steps: StepCount[];
  /** Rules of the role's own that operators were told of, by hashes of their names. */
  readonly toldSteps: number[];
}

export interface SequenceState {
  /** Undefined until there is something to remember. */
  trail: Trail | undefined;
}

export function newTrail(key: string): Trail {
  return {
    key,
    slots: new SlotTable(),
    asked: new DistinctCounter(),
    names: [],
    callTools: new Uint8Array(256),
    tools: [],
    calls: 0,
    writes: 0,
    failed: 0,
    invented: 0,
    repeats: 0,
    lastCall: 0,
    bytesRead: 0,
    bytesMost: 0,
    directive: 0,
    paceUntil: 0,
    told: 0,
    day: 0,
    dayCalls: 0,
    dayObjects: 0,
    dayBytes: 0,
    isGapped: false,
    steps: [],
    toldSteps: [],
  };
}

/**
 * As calls under a key see it. Hashes of another key, or of another function, say nothing: where values came from is forgotten, and
 * that something is; counts stay.
 */
export function underKey(trail: Trail, key: string): Trail {
  return trail.key === key ? trail : { ...trail, key, slots: new SlotTable(), isGapped: true };
}

/** Bytes in memory: its tables, and eight for each cell of its lists. */
export function trailBytes({ slots, asked, names, callTools, tools, steps, toldSteps }: Trail): number {
  const counted = steps.reduce((sum, own) => sum + own.bytesKept, 0);
  const texts = names.reduce((sum, name) => sum + name.length + 24, 0);
  return slots.bytes + asked.bytes + callTools.byteLength + tools.length * 5 * 8 + toldSteps.length * 8 + texts + counted + 28 * 8; // prettier-ignore
}
