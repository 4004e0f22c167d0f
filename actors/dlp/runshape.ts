/**
 * Which runs of letters and digits a pattern can begin at: their kind, first character and length. The engine looks a run
 * up in a table made from this, and tries only what can match there.
 *
 * S1. A match that begins at a run, or at most `prefixMax` other characters before it, is never left out.
 * S2. What may stand after the run is part of the look-up, by class: most patterns go on with one joiner and no other.
 */
import { includesCode, type Node, type Ranges } from "./patterntree.ts";
import { mark, type PatternMachine } from "./patternmachine.ts";

/** Runs of this length or longer are looked up as if they had it. */
export const runCharsMax = 130;
/** How many characters that are no letter or digit a pattern may begin with, before its first run. */
export const prefixMax = 4;

/** Classes of what stands after a run: other (and the end of the text), and a few that patterns go on with. */
export const nextClasses = 8;
const everyNext = 255;
export const nextClassOf = Uint8Array.from({ length: 0x1_0000 }, (_, code) => 1 + " -.:/=@".indexOf(code < 128 ? String.fromCharCode(code) : "~")); // prettier-ignore

/** A word of prose is hardly longer. */
const wordCharsMax = 16;

/** Digits only; letters only, none of them small; letters only; letters and digits. */
export const runKinds = 4;
export const runKind = { digits: 0, capitals: 1, letters: 2, mixed: 3 } as const;

const alphabets: readonly Ranges[] = [
  [48, 57],
  [65, 90],
  [65, 90, 97, 122],
  [48, 57, 65, 90, 97, 122],
];
const alphanumeric = alphabets[3] ?? [];

/** A run of a length, and a bit for each class of what may stand after it. */
type Ending = readonly [length: number, next: number];

/** Kind and first character (code below 128) of runs at which a pattern can begin, and how they can end. */
interface Start {
  readonly kind: number;
  readonly first: number;
  readonly endings: readonly Ending[];
}

export interface RunShape {
  readonly starts: readonly Start[];
  /** Those of them with which a match itself begins, nothing before them. */
  readonly bare: readonly Start[];
  /** Most other characters before the first run. */
  readonly prefix: number;
  /** By character, 128 for all beyond ASCII: whether one of these may be the last before the run. */
  readonly before: Uint8Array;
  /** Few runs are such: a word that anything may follow is not among them. */
  readonly isTelling: boolean;
}

export function runShape(machine: PatternMachine): RunShape {
  const { states, prefix, before } = beginnings(machine);
  const starts = startsFrom(machine, states);
  const bare = prefix === 0 ? starts : startsFrom(machine, machine.closure([machine.start], true));
  const isWord = (kind: number, [length, next]: Ending): boolean => kind !== runKind.digits && kind !== runKind.mixed && length < wordCharsMax && next === everyNext; // prettier-ignore
  const isTelling = prefix < prefixMax && !starts.some(({ kind, endings }) => endings.some((ending) => isWord(kind, ending))); // prettier-ignore
  return { starts, bare, prefix, before, isTelling };
}

/** @param states before the first character of a run */
function startsFrom(machine: PatternMachine, states: Set<number>): readonly Start[] {
  const starts: Start[] = [];
  for (let kind = 0; kind < runKinds; kind++) {
    const known = new Map<string, readonly Ending[]>();
    for (const first of codesOf(alphabets[kind] ?? [])) {
      const after = machine.step(states, (ranges) => includesCode(ranges, first));
      if (after.size === 0) continue;
      const key = [...after].join();
      const endings = known.get(key) ?? endingsFrom(machine, after, alphabets[kind] ?? []);
      known.set(key, endings);
      if (endings.length > 0) starts.push({ kind, first, endings });
    }
  }
  return starts;
}

/** States before the first letter or digit of a match, how many other characters may come before it, and which. */
function beginnings(
  machine: PatternMachine,
): Pick<RunShape, "prefix" | "before"> & { readonly states: Set<number> } {
  // prettier-ignore
  let layer = machine.closure([machine.start], true);
  const states = new Set(layer);
  const before = new Uint8Array(129);
  let prefix = 0;
  for (let length = 1; length <= prefixMax; length++) {
    for (const state of layer) mark(before, machine.ranges(state));
    layer = machine.closure(machine.step(layer, takesOutside), true);
    if (layer.size === 0) break;
    prefix = length;
    for (const each of layer) states.add(each);
  }
  for (const code of codesOf(alphanumeric)) before[code] = 0;
  return { states, prefix, before };
}

/** @param after states after the first character */
function endingsFrom(machine: PatternMachine, after: Set<number>, alphabet: Ranges): readonly Ending[] {
  const endings: Ending[] = [];
  let layer = after;
  for (let length = 1; length <= runCharsMax && layer.size > 0; length++) {
    const within = machine.closure(layer, false);
    if ([...within].some((state) => machine.isAccept(state))) {
      for (let more = length; more <= runCharsMax; more++) endings.push([more, everyNext]);
      return endings;
    }
    const next = nextAfter(machine, machine.closure(layer, true));
    if (next !== 0) endings.push([length, next]);
    layer = machine.step(within, (ranges) => overlap(ranges, alphabet));
  }
  if (layer.size > 0 && endings.at(-1)?.[0] !== runCharsMax) endings.push([runCharsMax, everyNext]);
  return endings;
}

/** Bits of what may stand after a run that ends in these states; 0 when it cannot end there. */
function nextAfter(machine: PatternMachine, states: Set<number>): number {
  let next = 0;
  for (const state of states) {
    if (machine.isAccept(state)) return everyNext;
    const ranges = machine.ranges(state);
    if (!takesOutside(ranges)) continue;
    if ((ranges.at(-1) ?? 0) > 127) next |= 1;
    for (let code = 0; code < 128; code++)
      if (!includesCode(alphanumeric, code) && includesCode(ranges, code))
        next |= 1 << (nextClassOf[code] ?? 0);
  }
  return next;
}

function takesOutside(ranges: Ranges): boolean {
  for (let at = 0; at < ranges.length; at += 2) {
    const [low, high] = [ranges[at] ?? 0, ranges[at + 1] ?? 0];
    if (high > 122 || low < 48) return true;
    for (let code = low; code <= high; code++) if (!includesCode(alphanumeric, code)) return true;
  }
  return false;
}

function overlap(ranges: Ranges, other: Ranges): boolean {
  for (let at = 0; at < ranges.length; at += 2)
    for (let to = 0; to < other.length; to += 2)
      if ((ranges[at] ?? 0) <= (other[to + 1] ?? 0) && (other[to] ?? 0) <= (ranges[at + 1] ?? 0)) return true;
  return false;
}

function codesOf(ranges: Ranges): readonly number[] {
  const codes: number[] = [];
  for (let at = 0; at < ranges.length; at += 2)
    for (let code = ranges[at] ?? 0; code <= (ranges[at + 1] ?? 0); code++) codes.push(code);
  return codes;
}

/** What a match of digits looks like: how many, and what may stand between them. */
export interface DigitShape {
  readonly min: number;
  readonly max: number;
}

/** The number of digits of a match, when it holds nothing but digits and single joiners; undefined otherwise. */
export function digitShape(tree: Node): DigitShape | undefined {
  switch (tree.kind) {
    case "boundary":
      return { min: 0, max: 0 };
    case "assertion":
      return undefined;
    case "set": {
      if (tree.ranges.every((code) => code >= 48 && code <= 57)) return { min: 1, max: 1 };
      return tree.ranges.every((code, at) => isJoiner(code) && (at % 2 === 0 || code === tree.ranges[at - 1])) ? { min: 0, max: 0 } : undefined; // prettier-ignore
    }
    case "repeat": {
      const each = digitShape(tree.item);
      if (each === undefined || (each.max === 0 && tree.max > 1)) return undefined;
      return { min: each.min * tree.min, max: each.max * tree.max };
    }
    case "sequence":
    case "choice": {
      const shapes = tree.items.map(digitShape);
      if (!shapes.every((each) => each !== undefined)) return undefined;
      const [mins, maxs] = [shapes.map(({ min }) => min), shapes.map(({ max }) => max)];
      return tree.kind === "choice"
        ? { min: Math.min(...mins), max: Math.max(...maxs) }
        : { min: sum(mins), max: sum(maxs) };
    }
  }
}

/** What may stand between two runs of one group of digits. */
export function isJoiner(code: number): boolean {
  return code === 32 || (code >= 45 && code <= 47);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
