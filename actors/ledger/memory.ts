/**
 * What a session remembers of values: marks, the answers they came in, and how much of values it gave away in parts. Owns what
 * is forgotten first. Does not own the layout of marks (mark.ts), nor what may go where (guards/flow.ts).
 *
 * L1. What is forgotten is told: `remember` gives the answers of which something is not remembered any more, and the guard
 *     counts their sources as wholly seen.
 * L2. The same answers in the same order leave the same memory, put away in between or not.
 */
import type { SeenValues } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { Cell } from "../actor.ts";
import { thawLabels, type Labels } from "../labels.ts";
import {
  answerOf,
  markWords,
  strengthOf,
  strengths,
  typeOf,
  unpackMarks,
  withAnswer,
  withType,
} from "./mark.ts";
import { MarkTable } from "./table.ts";

/** Where remembered values came from. */
export interface LedgerAnswer {
  readonly op: string;
  /** Exposed name of the tool, cut as a session keeps names. */
  readonly name: string;
  /** Server and the server's own name of it. */
  readonly server: string;
  readonly target: string;
  readonly environment: string;
  readonly labels: Labels;
}

/** Parts of one value that calls have given to one place. */
export interface PartRow {
  readonly check: number;
  readonly place: string;
  /** Bits of the symbols, the first 32 and those behind. */
  readonly low: number;
  readonly high: number;
  /** Number of the last call that gave one. */
  readonly call: number;
}

export interface Memory {
  /** Id of the key of its hashes. */
  readonly key: string;
  readonly table: MarkTable;
  types: readonly string[];
  answers: readonly LedgerAnswer[];
  parts: readonly PartRow[];
  calls: number;
}

/** What was forgotten of an answer: all of it, or what proves little. */
export interface Forgotten {
  readonly answer: LedgerAnswer;
  readonly isAll: boolean;
}

export function newMemory(key: string): Memory {
  return { key, table: new MarkTable(), types: [], answers: [], parts: [], calls: 0 };
}

/** Remembers an answer. @returns of what something is not remembered */
export function remember(memory: Memory, answer: LedgerAnswer, seen: SeenValues): readonly Forgotten[] {
  const words = unpackMarks(seen.marks);
  const forgotten: Forgotten[] = [];
  // Marks of another layout cannot be compared with.
  if (seen.overflow === true || words === undefined) forgotten.push({ answer, isAll: true });
  if (words === undefined || words.length === 0) return forgotten;
  const fresh = freshMarks(memory, words, seen.types, answer);
  if (fresh === undefined) return [...forgotten, { answer, isAll: true }];
  if (fresh.length === 0) return forgotten;
  makeRoom(memory, fresh.length / markWords, forgotten);
  const number = memory.answers.length;
  memory.answers = [...memory.answers, answer];
  let isWhole = true;
  for (let at = 0; at < fresh.length; at += markWords) {
    const about = withAnswer(fresh[at + 2] ?? 0, number);
    // Without a piece its value is still known as a whole.
    if (!memory.table.add(fresh[at] ?? 0, fresh[at + 1] ?? 0, about, fresh[at + 3] ?? 0) && strengthOf(about) !== strengths.piece) isWhole = false; // prettier-ignore
  }
  if (!isWhole) forgotten.push({ answer, isAll: true });
  return forgotten;
}

/** Marks that are not there yet from the same source, with this memory's numbers of types; undefined when types run out. */
function freshMarks(
  memory: Memory,
  words: Uint32Array,
  types: readonly string[],
  { server, target }: LedgerAnswer,
): number[] | undefined {
  const numbers: number[] = [];
  let own = memory.types;
  for (const type of types) {
    let number = own.indexOf(type);
    if (number < 0) {
      number = own.length;
      own = [...own, type];
    }
    numbers.push(number);
  }
  if (own.length > limits.ledgerTypesMax) return undefined;
  memory.types = own;
  const isOfSource = (at: number): boolean =>
    memory.answers[at]?.server === server && memory.answers[at]?.target === target;
  const fresh: number[] = [];
  for (let at = 0; at < words.length; at += markWords) {
    const [anchor, check, about] = [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0];
    const mine = withType(about, numbers[typeOf(about)] ?? 0);
    if (!memory.table.has(anchor, check, mine, isOfSource))
      fresh.push(anchor, check, mine, words[at + 3] ?? 0);
  }
  return fresh;
}

/** Forgets, the oldest first: what proves little, then all. */
function makeRoom(memory: Memory, count: number, forgotten: Forgotten[]): void {
  const { table, answers } = memory;
  const weak = new Uint16Array(answers.length);
  const all = new Uint16Array(answers.length);
  for (let at = 0; at < table.count; at++) {
    const about = table.about(at);
    const answer = answerOf(about);
    all[answer] = (all[answer] ?? 0) + 1;
    if (strengthOf(about) === strengths.weak) weak[answer] = (weak[answer] ?? 0) + 1;
  }
  const room = Math.max(0, limits.ledgerMarksMax - count);
  let left = table.count;
  let faded = 0;
  for (; faded < answers.length && left > room; faded++) {
    left -= weak[faded] ?? 0;
    all[faded] = (all[faded] ?? 0) - (weak[faded] ?? 0);
  }
  // Several at once, or each further answer would move all marks.
  let dropped = answers.length >= limits.ledgerAnswersMax ? answers.length >> 3 : 0;
  for (let at = 0; at < dropped; at++) left -= all[at] ?? 0;
  while (left > room && dropped < answers.length) left -= all[dropped++] ?? 0;
  if (faded === 0 && dropped === 0) return;
  for (const [at, answer] of answers.slice(0, Math.max(faded, dropped)).entries())
    if (at < dropped) forgotten.push({ answer, isAll: true });
    else if ((weak[at] ?? 0) > 0) forgotten.push({ answer, isAll: false });
  memory.answers = answers.slice(dropped);
  table.keep((about) => {
    const answer = answerOf(about);
    if (answer < dropped || (answer < faded && strengthOf(about) === strengths.weak)) return undefined;
    return withAnswer(about, answer - dropped);
  });
}

/** Adds what a call gives to a place. @returns the bits of that value there by now, within the last calls */
export function addPart(
  memory: Memory,
  check: number,
  place: string,
  low: number,
  high: number,
): { readonly low: number; readonly high: number } {
  const found = partAt(memory, check, place);
  const all = { low: ((found?.low ?? 0) | low) >>> 0, high: ((found?.high ?? 0) | high) >>> 0 };
  const others = memory.parts.filter((row) => row !== found && isRecent(memory, row));
  memory.parts = [
    ...others.slice(1 - limits.ledgerPartRowsMax),
    { check, place, ...all, call: memory.calls },
  ];
  return all;
}

/** What calls have given of a value to a place; undefined for nothing. */
export function partAt(memory: Memory, check: number, place: string): PartRow | undefined {
  return memory.parts.find((row) => row.check === check && row.place === place && isRecent(memory, row));
}

function isRecent({ calls }: Memory, row: PartRow): boolean {
  return calls - row.call < limits.ledgerPartCalls;
}

export function freezeMemory({ key, table, types, answers, parts, calls }: Memory): Cell {
  return [
    table.freeze(),
    types,
    answers.map(({ op, name, server, target, environment, labels }) => [
      op,
      name,
      server,
      target,
      environment,
      labels,
    ]),
    parts.map(({ check, place, low, high, call }) => [check, place, low, high, call]),
    calls,
    key,
  ];
}

/** @returns undefined for what `freezeMemory` does not give */
export function thawMemory(value: unknown): Memory | undefined {
  if (!Array.isArray(value) || value.length !== 6) return undefined;
  const [marks, types, rows, parts, calls, key] = value as unknown[];
  const table = MarkTable.thaw(marks);
  if (table === undefined || !isTexts(types) || types.length > limits.ledgerTypesMax) return undefined;
  const answers = thawList(rows, limits.ledgerAnswersMax, thawAnswer);
  const given = thawList(parts, limits.ledgerPartRowsMax, thawPart);
  if (answers === undefined || given === undefined || !isNatural(calls) || !isText(key)) return undefined;
  for (let at = 0; at < table.count; at++)
    if (answerOf(table.about(at)) >= answers.length || typeOf(table.about(at)) >= types.length)
      return undefined;
  return { key, table, types, answers, parts: given, calls };
}

function thawList<T>(
  value: unknown,
  max: number,
  one: (cells: readonly unknown[]) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  const all: T[] = [];
  for (const each of value as unknown[]) {
    const thawed = Array.isArray(each) ? one(each) : undefined;
    if (thawed === undefined) return undefined;
    all.push(thawed);
  }
  return all;
}

function thawAnswer(cells: readonly unknown[]): LedgerAnswer | undefined {
  const texts = cells.slice(0, 5);
  const labels = thawLabels(cells[5]);
  if (cells.length !== 6 || labels === undefined || !isTexts(texts)) return undefined;
  const [op = "", name = "", server = "", target = "", environment = ""] = texts;
  return { op, name, server, target, environment, labels };
}

function thawPart(cells: readonly unknown[]): PartRow | undefined {
  const [check, place, low, high, call] = cells;
  if (cells.length !== 5 || !isText(place) || !isNatural(check) || !isNatural(low) || !isNatural(high))
    return undefined;
  return isNatural(call) ? { check, place, low, high, call } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= limits.sessionTextCharsMax;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
