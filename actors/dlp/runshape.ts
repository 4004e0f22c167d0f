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
export const nextClasses = 10;
/** The first of them are the signs that stand after words of prose. */
const signsOfProse = 8;
export const nextClassOf = Uint8Array.from({ length: 0x1_0000 }, (_, code) => 1 + " -.:/=@_)".indexOf(code < 128 ? String.fromCharCode(code) : "~")); // prettier-ignore
/** Classes of the character behind that one: a digit, a letter, any other (and the end of the text). */
export const thenClasses = 3;
export const thenOther = 2;
export const thenClassOf = Uint8Array.from({ length: 0x1_0000 }, (_, code) => thenOf(code));
const everyThen = (1 << thenClasses) - 1;
const everyNext = (1 << (nextClasses * thenClasses)) - 1;

/** A word of prose is hardly longer. */
const wordCharsMax = 16;

/** Digits only; letters only, none of them small; letters only; letters and digits. */
export const runKinds = 4;
export const runKind = { digits: 0, capitals: 1, letters: 2, mixed: 3 } as const;

/** What runs of a kind are made of, and which parts of it each of them has, as bits. */
interface Alphabet {
  readonly parts: readonly { readonly ranges: Ranges; readonly is: number }[];
  readonly needs: number;
}

const [digits, capitals, smalls, letters] = [
  [48, 57],
  [65, 90],
  [97, 122],
  [65, 90, 97, 122],
] as const;
const alphanumeric = [48, 57, 65, 90, 97, 122] as const;
const alphabets: readonly Alphabet[] = [
  { parts: [{ ranges: digits, is: 0 }], needs: 0 },
  { parts: [{ ranges: capitals, is: 0 }], needs: 0 },
  { parts: [{ ranges: capitals, is: 0 }, { ranges: smalls, is: 1 }], needs: 1 },
  { parts: [{ ranges: digits, is: 1 }, { ranges: letters, is: 2 }], needs: 3 },
]; // prettier-ignore

/** A run of a length, and a bit for each pair of classes of what may stand after it (`next * thenClasses + then`). */
type Ending = readonly [length: number, nexts: number];

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
  const isWord = (kind: number, [length, nexts]: Ending): boolean => kind !== runKind.digits && kind !== runKind.mixed && length < wordCharsMax && goesOnAnyhow(nexts); // prettier-ignore
  const isTelling = prefix < prefixMax && !starts.some(({ kind, endings }) => endings.some((ending) => isWord(kind, ending))); // prettier-ignore
  return { starts, bare, prefix, before, isTelling };
}

/** Whether the signs after words of prose may all follow. */
function goesOnAnyhow(nexts: number): boolean {
  for (let next = 0; next < signsOfProse; next++) if (((nexts >> (next * thenClasses)) & everyThen) === 0) return false; // prettier-ignore
  return true;
}

/** @param states before the first character of a run */
function startsFrom(machine: PatternMachine, states: Set<number>): readonly Start[] {
  const starts: Start[] = [];
  for (const [kind, alphabet] of alphabets.entries()) {
    const known = new Map<string, readonly Ending[]>();
    for (const { ranges: part, is } of alphabet.parts)
      for (const first of codesOf(part)) {
        const after = machine.step(states, (ranges) => includesCode(ranges, first));
        if (after.size === 0) continue;
        const key = `${is} ${[...after].join()}`;
        const endings = known.get(key) ?? endingsFrom(machine, after, is, alphabet);
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

/** @param after states after the first character, which `is` one part of the alphabet */
function endingsFrom(
  machine: PatternMachine,
  after: Set<number>,
  is: number,
  { parts, needs }: Alphabet,
): readonly Ending[] {
  const endings: Ending[] = [];
  // By the parts that a run has so far, as bits: a run of letters and digits that has no letter yet is none.
  let layers = new Map([[is, after]]);
  for (let length = 1; length <= runCharsMax && layers.size > 0; length++) {
    const within = [...layers].map(([has, states]) => [has, machine.closure(states, false)] as const);
    if (within.some(([, states]) => [...states].some((state) => machine.isAccept(state)))) {
      for (let more = length; more <= runCharsMax; more++) endings.push([more, everyNext]);
      return endings;
    }
    const nexts = nextsAfter(machine, machine.closure(layers.get(needs) ?? [], true));
    if (nexts !== 0) endings.push([length, nexts]);
    layers = new Map();
    for (const [had, states] of within)
      for (const part of parts) {
        const stepped = machine.step(states, (ranges) => overlap(ranges, part.ranges));
        if (stepped.size === 0) continue;
        const has = had | part.is;
        layers.set(has, new Set([...(layers.get(has) ?? []), ...stepped]));
      }
  }
  if (layers.size > 0) endings.push([runCharsMax, everyNext]);
  return endings;
}

/** Bits of what may stand after a run that ends in these states; 0 when it cannot end there. */
function nextsAfter(machine: PatternMachine, states: Set<number>): number {
  const byClass = new Map<number, Set<number>>();
  for (const state of states) {
    if (machine.isAccept(state)) return everyNext;
    const classes = classesOf(machine.ranges(state));
    for (let next = 0; next < nextClasses; next++)
      if ((classes & (1 << next)) !== 0) byClass.set(next, (byClass.get(next) ?? new Set()).add(machine.after(state))); // prettier-ignore
  }
  let nexts = 0;
  for (const [next, after] of byClass)
    nexts |= thensAfter(machine, machine.closure(after, true)) << (next * thenClasses);
  return nexts;
}

/** Bits of the classes of what may stand behind that. */
function thensAfter(machine: PatternMachine, states: Set<number>): number {
  let thens = 0;
  for (const state of states) {
    if (machine.isAccept(state)) return everyThen;
    const ranges = machine.ranges(state);
    if (overlap(ranges, digits)) thens |= 1;
    if (overlap(ranges, letters)) thens |= 2;
    if (takesOutside(ranges)) thens |= 4;
  }
  return thens;
}

/** Bits of the classes of what a set takes that is no letter or digit. */
function classesOf(ranges: Ranges): number {
  if (!takesOutside(ranges)) return 0;
  let classes = (ranges.at(-1) ?? 0) > 127 ? 1 : 0;
  for (let code = 0; code < 128; code++)
    if (!includesCode(alphanumeric, code) && includesCode(ranges, code))
      classes |= 1 << (nextClassOf[code] ?? 0);
  return classes;
}

function thenOf(code: number): number {
  if (code >= 48 && code <= 57) return 0;
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ? 1 : thenOther;
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
