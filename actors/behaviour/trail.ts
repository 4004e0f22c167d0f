/**
 * The trail of a session: what guard four remembers of it. Owns its shape, its bounds, and what it is put away as. Does not own
 * what is learnt (learning.ts) nor the judgement (judge.ts).
 *
 * R1. At most limits.trailBytesMax in memory, whatever the session does: tables of fixed sizes, lists of bounded ones.
 * R2. Integers only: sums that are shares are kept in quarters, so that every machine has the same.
 */
import { limits } from "../../protocol/limits.ts";
import type { Cell } from "../actor.ts";
import { DistinctCounter } from "./distinct.ts";
import { SlotTable } from "./slots.ts";

/** What the session did with one tool; `key` as in CompiledGrant.key. Kept for at most limits.trailToolsMax tools. */
export interface ToolRow {
  readonly key: number;
  calls: number;
  failed: number;
  bytes: number;
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
  /** A bit for each rule that operators were told of. */
  told: number;
  /** Answers were not wholly read, or marks near directive words were lost. */
  isGapped: boolean;
  /** States of the role's sequence rules, by place: words of numbers (steps.ts). */
  readonly steps: number[];
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
    isGapped: false,
    steps: [],
  };
}

/** Bytes in memory: its tables, and eight for each cell of its lists. */
export function trailBytes({ slots, asked, names, callTools, tools, steps }: Trail): number {
  const texts = names.reduce((sum, name) => sum + name.length + 24, 0);
  return slots.bytes + asked.bytes + callTools.byteLength + tools.length * 4 * 8 + steps.length * 8 + texts + 24 * 8; // prettier-ignore
}

export function freezeTrail(trail: Trail): Cell {
  const { key, slots, asked, names, callTools, tools, steps } = trail;
  return [
    key,
    slots.freeze(),
    asked.freeze(),
    names,
    Array.from(callTools.subarray(0, Math.min(255, trail.calls))),
    tools.map((row) => [row.key, row.calls, row.failed, row.bytes]),
    steps,
    [trail.calls, trail.writes, trail.failed, trail.invented, trail.repeats, trail.lastCall, trail.bytesRead, trail.bytesMost, trail.directive, trail.isGapped ? 1 : 0, trail.paceUntil, trail.told], // prettier-ignore
  ];
}

/** @returns undefined for what `freezeTrail` does not give */
export function thawTrail(value: unknown): Trail | undefined {
  if (!Array.isArray(value) || value.length !== 8) return undefined;
  const [key, places, bits, names, numbers, rows, steps, counts] = value as unknown[];
  const slots = SlotTable.thaw(places);
  const asked = DistinctCounter.thaw(bits);
  if (typeof key !== "string" || key.length > limits.sessionTextCharsMax || slots === undefined || asked === undefined) return undefined; // prettier-ignore
  if (!isTexts(names) || names.length > limits.trailToolsMax) return undefined;
  if (!isNumbers(numbers, 255) || !isNumbers(steps, limits.sequenceStepsMax * 3)) return undefined;
  if (!isNumbers(counts, 12) || counts.length !== 12) return undefined;
  if (!Array.isArray(rows) || rows.length > limits.trailToolsMax) return undefined;
  const tools: ToolRow[] = [];
  for (const row of rows as unknown[]) {
    if (!isNumbers(row, 4) || row.length !== 4) return undefined;
    const [own = 0, calls = 0, failed = 0, bytes = 0] = row;
    tools.push({ key: own, calls, failed, bytes });
  }
  const callTools = new Uint8Array(256);
  callTools.set(numbers);
  const [calls = 0, writes = 0, failed = 0, invented = 0, repeats = 0, lastCall = 0, bytesRead = 0, bytesMost = 0, directive = 0, gapped = 0, paceUntil = 0, told = 0] = counts; // prettier-ignore
  return { key, slots, asked, names, callTools, tools, steps, calls, writes, failed, invented, repeats, lastCall, bytesRead, bytesMost, directive, paceUntil, told, isGapped: gapped === 1 }; // prettier-ignore
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string" && each.length <= limits.sessionTextCharsMax); // prettier-ignore
}

function isNumbers(value: unknown, countMax: number): value is number[] {
  return Array.isArray(value) && value.length <= countMax && value.every((each) => Number.isFinite(each) && each >= 0); // prettier-ignore
}
