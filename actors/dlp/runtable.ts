/**
 * The tables of runs: by what a run of letters and digits is, which detectors are tried at it. Does not own: at which runs a
 * pattern can begin (runshape.ts), what is done where one ends (pass.ts).
 *
 * R1. Most runs are told by themselves and the sign after them, which is one look into a large table. What stands before the run
 *     and behind the sign is looked up for the kinds of runs that are left, in a small one: of 12 runs in a line of a log at which
 *     some pattern would be tried it leaves 8.
 */
import { limits } from "../../protocol/limits.ts";
import { mayBeMask } from "./masks.ts";
import { nextClasses, runCharsMax, runKind, runKinds, thenClasses, type RunShape } from "./runshape.ts";

const { dlpEncodedCharsMin, dlpMixedCharsMin } = limits;

/** Which of the tables' rows a letter or digit has, by its code. */
export const rankOf = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 90) return code - 55;
  return code >= 97 && code <= 122 ? code - 61 : 0;
});
const ranks = 62;
/** Constants of this file: what is imported is looked up at each use. */
const [kinds, classes] = [runKinds, nextClasses];

/**
 * The place of a run in the large table: short runs, which most are, lie together. @param rank of its first character.
 * @param next class of what stands after it
 */
export function runKey(kind: number, rank: number, length: number, next: number): number {
  return ((length * kinds + kind) * ranks + rank) * classes + next;
}
const keys = runKey(0, 0, runCharsMax + 1, 0);

/** Where the character behind the sign is not known, as at the end of a block. */
export const thenUnknown = thenClasses;
const beforeShift = 2;
/** Classes of what stands before a run: nothing that matters, and the others. */
const beforeClassesMax = 16;
const variantShift = 6;

/** The place of a run in the small table. @param what says the large one @param before, then classes of what stands around it */
export function variantOf(what: number, before: number, then: number): number {
  return (what << variantShift) + (before << beforeShift) + then;
}

/**
 * What a run may be: looked up in `runs` whatever stands around it, the beginning of a mask, encoded text, looked up where a
 * context word may be near. Of most words nothing.
 */
export const runIs = { free: 1, masked: 2, long: 4, required: 8 } as const;

/** Whether a run may be a number or part of one, as masks and times are. */
export function isNumeric(kind: number, length: number): boolean {
  return kind === runKind.digits || kind === runKind.mixed || length === 8;
}

/** A detector with bits of what may stand behind the sign after its run, as one number. */
type Entry = number;

/** Detectors by place of a run: those that need nothing before it, and those that may begin with a character before it. */
export interface RunLists {
  readonly bare: Map<number, Entry[]>;
  readonly behind: Map<number, Entry[]>;
}

/** Notes a detector at the places of its runs. */
export function noteRuns({ bare, behind }: RunLists, number: number, shape: RunShape): void {
  noteStarts(bare, number, shape.bare);
  if (shape.starts !== shape.bare) noteStarts(behind, number, shape.starts);
}

function noteStarts(lists: Map<number, Entry[]>, number: number, starts: RunShape["starts"]): void {
  for (const { kind, first, endings } of starts)
    for (const [length, nexts] of endings)
      for (let next = 0; next < nextClasses; next++) {
        const thens = (nexts >> (next * thenClasses)) & everyThen;
        if (thens !== 0) note(lists, runKey(kind, rankOf[first] ?? 0, length, next), (number << thenClasses) | thens); // prettier-ignore
      }
}
const everyThen = (1 << thenClasses) - 1;

function note(lists: Map<number, Entry[]>, key: number, entry: Entry): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [entry]);
  else list.push(entry);
}

/** Which characters stand before runs of which matches may begin with them. */
export interface Befores {
  /** By character: its class, 0 for those with which nothing begins. */
  readonly classOf: Uint8Array;
  /** By class: the detectors that may begin with some character of it. */
  readonly detectors: readonly ReadonlySet<number>[];
}

/** @param given by detector: characters (128 for all beyond ASCII) with which it may begin before a run */
export function beforeClasses(given: ReadonlyMap<number, Uint8Array>): Befores {
  const classOf = new Uint8Array(0x1_0000);
  const numbers = new Map<string, number>([["", 0]]);
  const detectors: Set<number>[] = [new Set()];
  for (let code = 0; code <= 128; code++) {
    const own = [...given].flatMap(([detector, characters]) => (characters[code] === 1 ? [detector] : []));
    let number = numbers.get(own.join());
    if (number === undefined) {
      // Beyond the last class, characters share it.
      number = Math.min(detectors.length, beforeClassesMax - 1);
      detectors[number] = new Set([...(detectors[number] ?? []), ...own]);
      numbers.set(own.join(), number);
    }
    if (code < 128) classOf[code] = number;
    else classOf.fill(number, code);
  }
  return { classOf, detectors };
}

/**
 * What is to be done where runs end. Many runs are alike: the table that each run is looked up in holds a small number, and is
 * so small itself that most of what is asked of it lies in a near cache.
 */
export interface RunTable {
  /** By place of a run: what it is; 0 for nothing to be done, whatever stands around it. */
  readonly kinds: Uint16Array | Uint32Array;
  /** By `variantOf`: its number; 0 for nothing to be done. */
  readonly numbers: Uint16Array | Uint32Array;
  /** By number: bits of `runIs`, and the lists of detectors without and with a need for context. */
  readonly marks: Uint8Array;
  readonly free: Uint16Array;
  readonly required: Uint16Array;
}

/** @param listOf the number of a list of detectors */
export function runTable(
  free: RunLists,
  required: RunLists,
  befores: Befores,
  listOf: (list: readonly number[]) => number,
): RunTable {
  // prettier-ignore
  const table = new Uint32Array(keys);
  const known = new Map<string, number>();
  const variants = new Variants(befores, listOf);
  for (let length = 1; length <= runCharsMax; length++)
    for (let kind = 0; kind < runKinds; kind++)
      for (let rank = 0; rank < ranks; rank++)
        for (let next = 0; next < nextClasses; next++) {
          const key = runKey(kind, rank, length, next);
          const own = ownMarks(kind, rank, length, next);
          const lists = [free.bare.get(key), free.behind.get(key), required.bare.get(key), required.behind.get(key)] as const; // prettier-ignore
          if (own === 0 && lists.every((list) => list === undefined)) continue;
          const text = `${own};${lists.join(";")}`;
          let what = known.get(text);
          if (what === undefined) known.set(text, (what = variants.add(own, lists)));
          table[key] = what;
        }
  return { kinds: shortened(table, known.size), ...variants.tables() };
}

type Lists = readonly [free: readonly Entry[] | undefined, freeBehind: readonly Entry[] | undefined, required: readonly Entry[] | undefined, requiredBehind: readonly Entry[] | undefined]; // prettier-ignore

/** The numbers of runs, by what they are and what stands around them. */
class Variants {
  readonly #befores: Befores;
  readonly #listOf: (list: readonly number[]) => number;
  readonly #numbers: number[] = Array.from<number>({ length: 1 << variantShift }).fill(0);
  readonly #known = new Map<number, number>();
  readonly #marks = [0];
  readonly #free = [0];
  readonly #required = [0];

  constructor(befores: Befores, listOf: (list: readonly number[]) => number) {
    this.#befores = befores;
    this.#listOf = listOf;
  }

  /** @returns what the run is */
  add(own: number, [free, freeBehind, required, requiredBehind]: Lists): number {
    const what = this.#numbers.length >> variantShift;
    const { detectors } = this.#befores;
    for (let before = 0; before < beforeClassesMax; before++)
      for (let then = 0; then <= thenUnknown; then++) {
        const at = variantOf(what, before, then);
        const isAlone = before > 0 && freeBehind === undefined && requiredBehind === undefined;
        this.#numbers[at] = isAlone
          ? (this.#numbers[variantOf(what, 0, then)] ?? 0)
          : this.#numberOf(own, listFor(free, freeBehind, detectors[before], then), listFor(required, requiredBehind, detectors[before], then)); // prettier-ignore
      }
    return what;
  }

  #numberOf(own: number, free: readonly number[], required: readonly number[]): number {
    const marks = own | (free.length === 0 ? 0 : runIs.free) | (required.length === 0 ? 0 : runIs.required);
    if (marks === 0) return 0;
    const [freeList, requiredList] = [free.length === 0 ? 0 : this.#listOf(free), required.length === 0 ? 0 : this.#listOf(required)]; // prettier-ignore
    const all = (requiredList * 0x1_0000 + freeList) * 16 + marks;
    let number = this.#known.get(all);
    if (number === undefined) {
      number = this.#marks.push(marks) - 1;
      this.#free.push(freeList);
      this.#required.push(requiredList);
      this.#known.set(all, number);
    }
    return number;
  }

  tables(): Omit<RunTable, "kinds"> {
    return {
      numbers: shortened(Uint32Array.from(this.#numbers), this.#marks.length),
      marks: Uint8Array.from(this.#marks),
      free: Uint16Array.from(this.#free),
      required: Uint16Array.from(this.#required),
    };
  }
}

/** Detectors for a run between two classes of characters. */
function listFor(
  bare: readonly Entry[] | undefined,
  behind: readonly Entry[] | undefined,
  before: ReadonlySet<number> | undefined,
  then: number,
): readonly number[] {
  const bit = then === thenUnknown ? everyThen : 1 << then;
  const alone = (bare ?? []).flatMap((entry) => ((entry & bit) === 0 ? [] : [entry >> thenClasses]));
  const more = (behind ?? []).flatMap((entry) => ((entry & bit) === 0 || before?.has(entry >> thenClasses) !== true ? [] : [entry >> thenClasses])); // prettier-ignore
  return more.length === 0 ? alone : [...new Set([...alone, ...more])].toSorted((a, b) => a - b);
}

function shortened(numbers: Uint32Array, count: number): Uint16Array | Uint32Array {
  return count < 0x1_0000 ? new Uint16Array(numbers) : numbers;
}

/** What a run is, whatever the detectors. */
function ownMarks(kind: number, rank: number, length: number, next: number): number {
  const isLong = length >= dlpEncodedCharsMin || (kind === runKind.mixed && length >= dlpMixedCharsMin);
  return (isNumeric(kind, length) && mayBeMask(length, next, rank) ? runIs.masked : 0) | (isLong ? runIs.long : 0); // prettier-ignore
}
