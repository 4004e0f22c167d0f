/**
 * The loops that look at every character: where literals and context words end, and which runs of letters and digits may be
 * something. What those are is looked at behind them, block by block (pass.ts).
 *
 * R1. Between two blocks of a text a reading remembers the automaton's state and the run that has not ended.
 * R2. The first loop has no branch but for outputs: whether a run begins or ends here is as good as random, and a branch guessed
 *     wrong costs more than writing each place down and keeping those that count. So it is with the runs that count.
 * R3. The loops are made for one plan, and all their tables are constants of theirs: where a process has one plan, as most have,
 *     the compiler knows where the tables lie. What is imported or handed over is looked up and checked at each use: that takes
 *     twice as long. No loop is so short that it would be made part of its caller, where the constants are no longer known.
 */
import { rowShift, type Automaton } from "./automaton.ts";
import { alphanumeric, digit, insideShift, readAs, small } from "./characters.ts";
import { nextClassOf, runCharsMax, runKind, thenClassOf, thenOther } from "./runshape.ts";
import { rankOf, runKey, thenUnknown, variantOf, type RunTable } from "./runtable.ts";

/** Characters that are read before what they hold is looked at. */
export const blockChars = 2_048;

/** Of the block that was read last, of all readings: what one notes is handled before another reads. Its characters, and room for one behind them: */
export const codes = new Uint16Array(blockChars + 1);
/** Outputs of the automaton: at which character, and which. */
export const outputs = new Int32Array(2 * blockChars);
/** Runs that may be something: where one begins (before 0: in a block before), where it ends, and its number with its kinds (runtable.ts). */
export const runs = new Int32Array(3 * blockChars);
export const runSize = 3;
export const kindsShift = 20;
export const numberMask = (1 << kindsShift) - 1;

/** Where runs begin and end, in turn: the character, from `edgeShift` on, and the bits of those since the edge before. */
const edges = new Int32Array(blockChars + 1);
const edgeShift = insideShift + 1;
// Numbers too are constants only where they are of this file.
const [kindShift, tableShift, lengthMax, unknown, letters, kindsAt] = [insideShift, rowShift, runCharsMax, thenUnknown, alphanumeric, kindsShift]; // prettier-ignore
const edgeMask = (1 << edgeShift) - 1;
/** By bits of a run's characters: its kind. */
export const formOf = Uint8Array.from({ length: 1 << edgeShift }, (_, kinds) => (kinds & digit) === 0 ? ((kinds & small) === 0 ? runKind.capitals : runKind.letters) : (kinds & alphanumeric) === digit ? runKind.digits : runKind.mixed); // prettier-ignore

/** What is known of a text, up to a character. */
export class Reading {
  /** Bits of all characters. */
  seen = 0;
  /** Numbers of `outputs` and `runs` that were noted of the last block. */
  outputCount = 0;
  runCount = 0;
  /** The automaton's state, by rows of its table. */
  row = 0;
  /** 1 in a run; of that: the bits of its characters, its first one, the class of what stands before it, and its place from the next block's beginning. */
  isInside = 0;
  kinds = 0;
  first = 0;
  behind = 0;
  start = 0;
  /** The last character. */
  last = 0;

  begin(): void {
    this.seen = 0;
    this.row = 0;
    this.isInside = 0;
    this.kinds = 0;
    this.last = 0;
  }
}

/** Reads the first characters of `codes`, which follow those that were read before. */
export type Read = (length: number, reading: Reading) => void;

/** The text ends. Notes the run that ends with it, if there is one, behind `reading.runCount` others. @param at characters of the block so far */
export type ReadEnd = (at: number, reading: Reading) => void;

export interface Tables {
  readonly automaton: Automaton;
  readonly goesOn: Uint8Array;
  /** By character: its class, where it stands before a run. */
  readonly before: Uint8Array;
  readonly runs: Pick<RunTable, "kinds" | "numbers">;
}

export function makeRead(tables: Tables): Read {
  const [look, keep] = [makeLook(tables), makeKeep(tables)];
  return (length, reading) => {
    const wasInside = reading.isInside;
    keep(length, look(length, reading), wasInside, reading);
  };
}

export function makeReadEnd({ runs: { kinds, numbers } }: Tables): ReadEnd {
  return (at, reading) => {
    if (reading.isInside === 0) return;
    reading.isInside = 0;
    const { behind, first, kinds: bits, runCount: count, start } = reading;
    const key = runKey(formOf[bits] ?? 0, rankOf[first] ?? 0, Math.min(-start, lengthMax), 0);
    const number = numbers[variantOf(kinds[key] ?? 0, behind, thenOther)] ?? 0;
    if (number === 0) return;
    runs[count] = at + start;
    runs[count + 1] = at;
    runs[count + 2] = number | ((bits & letters) << kindsAt);
    reading.runCount = count + runSize;
  };
}

/** The loop that looks at each character. @returns how many edges there are */
function makeLook({ automaton, goesOn }: Tables): (length: number, reading: Reading) => number {
  const { columnOf, table, plain } = automaton;
  const rowOfOutputs = plain << tableShift;
  const [text, found, noted, kindOf] = [codes, outputs, edges, readAs];

  return (length, reading) => {
    let { row, isInside, kinds, seen } = reading;
    let [outputCount, edgeCount] = [0, 0];
    for (let at = 0; at < length; at++) {
      const code = text[at] ?? 0;
      // Shifted when it is read, not when it is used: so the compiler keeps it a small integer, and the loop takes half as long.
      row = (table[row + (columnOf[code] ?? 0)] ?? 0) << tableShift;
      const kind = kindOf[code] ?? 0;
      const isRun = kind >> kindShift;
      noted[edgeCount] = (at << edgeShift) | kinds;
      edgeCount += isRun ^ isInside;
      kinds = (kinds & -isInside) | kind;
      seen |= kind;
      isInside = isRun;
      if (row >= rowOfOutputs) {
        found[outputCount] = at;
        found[outputCount + 1] = (row - rowOfOutputs) >> tableShift;
        outputCount += 2;
      }
    }
    reading.row = row;
    reading.isInside = isInside;
    reading.kinds = kinds;
    reading.seen = seen;
    // Outputs behind which nothing can follow are left out; what follows the last character is not known here.
    let count = 0;
    for (let output = 0; output < outputCount; output += 2) {
      const at = found[output] ?? 0;
      const what = found[output + 1] ?? 0;
      const next = text[at + 1] ?? 0;
      found[count] = at;
      found[count + 1] = what;
      count += at + 1 === length || goesOn[what * 129 + (next < 128 ? next : 128)] === 1 ? 2 : 0;
    }
    reading.outputCount = count;
    return edgeCount;
  };
}

/** Keeps the runs that may be something: most are words that no match can begin with. */
function makeKeep({
  before,
  runs: { kinds, numbers },
}: Tables): (length: number, edgeCount: number, wasInside: number, reading: Reading) => void {
  // prettier-ignore
  const [text, noted, kept, noteSize] = [codes, edges, runs, runSize];
  const [form, rank, nextClass, thenClass] = [formOf, rankOf, nextClassOf, thenClassOf];

  /** The number of a run, by its first character, what it holds and what stands around it. @param end of it, which is in the block */
  function numberOf(
    behind: number,
    first: number,
    length: number,
    edge: number,
    end: number,
    size: number,
  ): number {
    const key = runKey(form[edge & edgeMask] ?? 0, rank[first] ?? 0, length < lengthMax ? length : lengthMax, nextClass[text[end] ?? 0] ?? 0); // prettier-ignore
    const then = end + 1 < size ? (thenClass[text[end + 1] ?? 0] ?? 0) : unknown;
    return numbers[variantOf(kinds[key] ?? 0, behind, then)] ?? 0;
  }

  return (length, edgeCount, wasInside, reading) => {
    const { last } = reading;
    let count = 0;
    if (wasInside === 1 && edgeCount > 0) {
      const edge = noted[0] ?? 0;
      const end = edge >> edgeShift;
      const number = numberOf(reading.behind, reading.first, end - reading.start, edge, end, length);
      kept[0] = reading.start;
      kept[1] = end;
      kept[2] = number | ((edge & letters) << kindsAt);
      count = (-number >>> 31) * noteSize;
    }
    let at = wasInside;
    for (; at + 1 < edgeCount; at += 2) {
      const start = (noted[at] ?? 0) >> edgeShift;
      const edge = noted[at + 1] ?? 0;
      const end = edge >> edgeShift;
      const behind = before[start > 0 ? (text[start - 1] ?? 0) : last] ?? 0;
      const number = numberOf(behind, text[start] ?? 0, end - start, edge, end, length);
      kept[count] = start;
      kept[count + 1] = end;
      kept[count + 2] = number | ((edge & letters) << kindsAt);
      count += (-number >>> 31) * noteSize;
    }
    reading.runCount = count;
    if (at < edgeCount) {
      const start = (noted[at] ?? 0) >> edgeShift;
      reading.start = start;
      reading.first = text[start] ?? 0;
      reading.behind = before[start > 0 ? (text[start - 1] ?? 0) : last] ?? 0;
    }
    reading.start -= length;
    if (length > 0) reading.last = text[length - 1] ?? 0;
  };
}
