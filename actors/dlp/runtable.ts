/**
 * The tables of runs: by what a run of letters and digits is, which detectors are tried at it. Does not own: at which runs a
 * pattern can begin (runshape.ts), what is done where one ends (pass.ts).
 *
 * R1. A run behind a character with which some match may begin has rows of its own: of most runs only those are looked up
 *     that need nothing before them.
 */
import { limits } from "../../protocol/limits.ts";
import { mayBeMask } from "./masks.ts";
import { nextClasses, runCharsMax, runKind, runKinds, type RunShape } from "./runshape.ts";

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
 * The place of a run in the table: short runs, which most are, lie together. @param rank of its first character.
 * @param next class of what stands after it
 */
export function runKey(kind: number, rank: number, length: number, next: number): number {
  return ((length * kinds + kind) * ranks + rank) * classes + next;
}

/** Added to the place of a run behind a character with which a match may begin. */
export const keyBehind = runKey(0, 0, runCharsMax + 1, 0);

/**
 * What a run may be: looked up in `runs` whatever stands around it, the beginning of a mask, encoded text, looked up where a
 * context word may be near. Of most words nothing.
 */
export const runIs = { free: 1, masked: 2, long: 4, required: 8 } as const;

/** Whether a run may be a number or part of one, as masks and times are. */
export function isNumeric(kind: number, length: number): boolean {
  return kind === runKind.digits || kind === runKind.mixed || length === 8;
}

/** Detectors by place of a run: those that need nothing before it, and those that may begin with a character before it. */
export interface RunLists {
  readonly bare: Map<number, number[]>;
  readonly behind: Map<number, number[]>;
}

/** Notes a detector at the places of its runs. */
export function noteRuns({ bare, behind }: RunLists, number: number, shape: RunShape): void {
  noteStarts(bare, number, shape.bare);
  if (shape.starts !== shape.bare) noteStarts(behind, number, shape.starts);
}

function noteStarts(lists: Map<number, number[]>, number: number, starts: RunShape["starts"]): void {
  for (const { kind, first, endings } of starts)
    for (const [length, nexts] of endings)
      for (let next = 0; next < nextClasses; next++)
        if ((nexts & (1 << next)) !== 0) note(lists, runKey(kind, rankOf[first] ?? 0, length, next), number);
}

function note(lists: Map<number, number[]>, key: number, number: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [number]);
  else if (list.at(-1) !== number) list.push(number);
}

/** Of a run behind a character with which a match may begin; by number, as all lists are. */
function listBehind(
  { bare, behind }: RunLists,
  key: number,
  alone: readonly number[] | undefined,
): readonly number[] | undefined {
  // prettier-ignore
  const more = behind.size === 0 ? undefined : behind.get(key);
  return more === undefined || alone === undefined ? (more ?? bare.get(key)) : [...new Set([...alone, ...more])].toSorted((a, b) => a - b); // prettier-ignore
}

/**
 * What is to be done where runs end. Many runs are alike: the table that each run is looked up in holds a small number, and is
 * so small itself that most of what is asked of it lies in a near cache.
 */
export interface RunTable {
  /** By place of a run: its number; 0 for nothing to be done. */
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
  listOf: (list: readonly number[]) => number,
): RunTable {
  // prettier-ignore
  const numbers = new Uint32Array(2 * keyBehind);
  const known = new Map<number, number>();
  const [allMarks, allFree, allRequired] = [[0], [0], [0]];
  const numberOf = (
    own: number,
    one: readonly number[] | undefined,
    other: readonly number[] | undefined,
  ): number => {
    // prettier-ignore
    const marks = own | (one === undefined ? 0 : runIs.free) | (other === undefined ? 0 : runIs.required);
    if (marks === 0) return 0;
    const [freeList, requiredList] = [one === undefined ? 0 : listOf(one), other === undefined ? 0 : listOf(other)]; // prettier-ignore
    const all = (requiredList * 0x1_0000 + freeList) * 16 + marks;
    let number = known.get(all);
    if (number === undefined) {
      number = allMarks.push(marks) - 1;
      allFree.push(freeList);
      allRequired.push(requiredList);
      known.set(all, number);
    }
    return number;
  };
  for (let length = 1; length <= runCharsMax; length++)
    for (let kind = 0; kind < runKinds; kind++)
      for (let rank = 0; rank < ranks; rank++)
        for (let next = 0; next < nextClasses; next++) {
          const key = runKey(kind, rank, length, next);
          const own = ownMarks(kind, rank, length, next);
          const [one, other] = [free.bare.get(key), required.bare.get(key)];
          const [oneBehind, otherBehind] = [listBehind(free, key, one), listBehind(required, key, other)];
          const number = numberOf(own, one, other);
          numbers[key] = number;
          numbers[key + keyBehind] = oneBehind === one && otherBehind === other ? number : numberOf(own, oneBehind, otherBehind); // prettier-ignore
        }
  return {
    numbers: allMarks.length <= 0x1_0000 ? new Uint16Array(numbers) : numbers,
    marks: Uint8Array.from(allMarks),
    free: Uint16Array.from(allFree),
    required: Uint16Array.from(allRequired),
  };
}

/** What a run is, whatever the detectors. */
function ownMarks(kind: number, rank: number, length: number, next: number): number {
  const isLong = length >= dlpEncodedCharsMin || (kind === runKind.mixed && length >= dlpMixedCharsMin);
  return (isNumeric(kind, length) && mayBeMask(length, next, rank) ? runIs.masked : 0) | (isLong ? runIs.long : 0); // prettier-ignore
}
