/**
 * Counts by the day of what is read, class by class, and when it is too much. Owns the count, the sum of what is more than usual
 * and the caps over days. Does not own who counts (guards/tally.ts) nor what is usual (behaviour/training.ts).
 *
 * Y1. The same read on the same day counts once, however often it is told, by however many sessions.
 * Y2. A day is the UTC day of the reads' own time, and never goes back: what comes late counts for the day that is open.
 * Y3. Much more than usual on one day, or a little more on many, raises one sum (a CUSUM of the standardised ln(1 + count)). At
 *     alarmAt operators hear of it; at stopAt, when an earlier day has raised the alarm, reads of the class are stopped.
 * Y4. Bounded: a row has fixed size; a scope has limits.tallyClassesMax of them.
 * Y5. What is lost with the machines that knew is lost: counts begin anew, and no stop is forgotten by more than a day's counts.
 */
import { limits } from "../../protocol/limits.ts";
import type { TallyItem } from "../../protocol/accumulation.ts";
import { ln1p } from "../behaviour/logarithm.ts";
import { dayMs } from "../behaviour/summary.ts";

export interface TallyRow {
  /** UTC days since 1 January 1970: the one that is open. */
  day: number;
  /** One bit for each thing, by its hash: 64 words of 32. */
  bits: number[];
  /** Days before it with their counts, the oldest first: day, count, day, count. */
  past: number[];
  /** Of that day: mean and deviation of ln(1 + count); 0 and 0 where nobody knows. */
  mean: number;
  sd: number;
  /** What was more than usual, up to the end of the day before. */
  sum: number;
  /** Day on which it reached alarmAt; 0 while it is below. */
  alarmedOn: number;
  /** Day on which operators heard of a cap; 0 for never. */
  toldOn: number;
  /** Epoch milliseconds. */
  stoppedUntil: number;
}

/**
 * What of a day counts as usual all the same, in deviations; what the sum must reach; and what it never exceeds, so that who was
 * stopped is not stopped for weeks. A sum of many small steps is what honest users have by chance: so more is let pass on each day,
 * and the alarm is nearer.
 */
export const cusum = { slack: 0.6, alarmAt: 6.4, stopAt: 7.9, most: 8.75 } as const;
/** What a sum never exceeded in scopes of version 3. */
const sumReadMost = 10;

const words = 64;
const bitCount = words * 32;
const pastMax = 31;
/** Cells of a frozen row before its bits. */
const bitsAt = 7;

export interface TallyState {
  /** By class, the one told of longest ago first. */
  readonly tallies: Map<string, TallyRow>;
}

/** What came of one item. */
export interface Tallied {
  readonly count: number;
  readonly alarm: "usual" | "cap" | undefined;
  /** Epoch milliseconds; 0 when reads of the class are not stopped. */
  readonly until: number;
}

export function startRow(day: number): TallyRow {
  return { day, bits: Array.from({ length: words }, () => 0), past: [], mean: 0, sd: 0, sum: 0, alarmedOn: 0, toldOn: 0, stoppedUntil: 0 }; // prettier-ignore
}

/**
 * @param key the class, with the persona where a scope has several
 * @param day of the reads
 */
export function tally(own: TallyState, key: string, item: TallyItem, day: number): Tallied {
  const row = own.tallies.get(key) ?? startRow(day);
  own.tallies.delete(key);
  own.tallies.set(key, row);
  const [oldest = ""] = own.tallies.keys();
  if (own.tallies.size > limits.tallyClassesMax) own.tallies.delete(oldest);
  return tallyRow(row, item, day);
}

export function tallyRow(row: TallyRow, item: TallyItem, day: number): Tallied {
  if (day > row.day) close(row, day);
  row.mean = item.usual?.mean ?? 0;
  row.sd = item.usual?.sd ?? 0;
  for (const [mark, count] of item.marks) setBits(row.bits, mark, count);
  const count = countOf(row.bits);
  const alarm = judgeUsual(row, count, item.usual?.stops === 1) ?? judgeCaps(row, item, count);
  return { count, alarm, until: row.stoppedUntil };
}

/** What is more than usual, were the day over now. */
export function sumOf({ sum, mean, sd }: TallyRow, count: number): number {
  if (sd === 0) return sum;
  return Math.min(cusum.most, Math.max(0, sum + (ln1p(count) - mean) / sd - cusum.slack));
}

function judgeUsual(row: TallyRow, count: number, stops: boolean): "usual" | undefined {
  const sum = sumOf(row, count);
  if (sum < cusum.alarmAt) return undefined;
  if (row.alarmedOn === 0) {
    row.alarmedOn = row.day;
    return "usual";
  }
  if (!stops || sum < cusum.stopAt || row.alarmedOn === row.day) return undefined;
  return stop(row, row.day + 2) ? "usual" : undefined;
}

function judgeCaps(row: TallyRow, { caps }: TallyItem, count: number): "cap" | undefined {
  let isOver = false;
  let isStopped = false;
  for (const [days, max, stops] of caps) {
    if (overDays(row, count, days) <= max) continue;
    isOver = true;
    if (stops === 1) isStopped = stop(row, row.day + 1) || isStopped;
  }
  if (!isOver || (row.toldOn === row.day && !isStopped)) return undefined;
  row.toldOn = row.day;
  return "cap";
}

function overDays({ day, past }: TallyRow, count: number, days: number): number {
  let sum = count;
  for (let at = 0; at < past.length; at += 2) if ((past[at] ?? 0) > day - days) sum += past[at + 1] ?? 0;
  return sum;
}

/** @returns whether it was not stopped for so long before */
function stop(row: TallyRow, day: number): boolean {
  const until = day * dayMs;
  if (row.stoppedUntil >= until) return false;
  row.stoppedUntil = until;
  return true;
}

/**
 * The open day is over. A day without a word is one slack less: it is not usual that nothing is read, but whoever pauses is not
 * absolved by it.
 */
function close(row: TallyRow, day: number): void {
  const count = countOf(row.bits);
  row.sum = Math.max(0, sumOf(row, count) - (day - row.day - 1) * cusum.slack);
  if (row.sum === 0) row.alarmedOn = 0;
  row.past.push(row.day, count);
  while (row.past.length > pastMax * 2) row.past.splice(0, 2);
  row.day = day;
  row.bits.fill(0);
}

/** A read that gave several things sets as many bits, which follow from its hash. */
function setBits(bits: number[], mark: number, count: number): void {
  let hash = mark >>> 0;
  for (let left = count; left > 0; left--) {
    hash = mixed(hash);
    const at = hash % bitCount;
    bits[at >>> 5] = ((bits[at >>> 5] ?? 0) | (1 << (at & 31))) >>> 0;
    hash = (hash + 0x9e3779b9) >>> 0;
  }
}

function mixed(hash: number): number {
  let mix = hash ^ (hash >>> 16);
  mix = Math.imul(mix, 0x7feb352d);
  mix ^= mix >>> 15;
  mix = Math.imul(mix, 0x846ca68b);
  return (mix ^ (mix >>> 16)) >>> 0;
}

/** For operators. */
export function alarmWords(of: string, { count, alarm, until }: Tallied): string {
  const stopped = until === 0 ? "" : "; reads of it are stopped for now";
  const why = alarm === "usual" ? "more than usual, on this day or on many" : "more than the role allows over its days"; // prettier-ignore
  return `about ${count} of ${of} today: ${why}${stopped}`;
}

/** Linear counting: from the bits that are not set, how many things there were. Some 15,600 is the most it can tell. */
export function countOf(bits: readonly number[]): number {
  let set = 0;
  for (const word of bits) for (let left = word >>> 0; left !== 0; left = (left & (left - 1)) >>> 0) set++;
  const empty = Math.max(1, bitCount - set);
  return Math.round(bitCount * ln1p((bitCount - empty) / empty));
}

export function freezeRow(row: TallyRow): number[] {
  const { day, mean, sd, sum, alarmedOn, toldOn, stoppedUntil, bits, past } = row;
  return [day, mean, sd, sum, alarmedOn, toldOn, stoppedUntil, ...bits, ...past];
}

/** @returns undefined for what `freezeRow` does not give */
export function thawRow(cells: unknown): TallyRow | undefined {
  if (!Array.isArray(cells) || cells.length < bitsAt + words || cells.length > bitsAt + words + pastMax * 2)
    return undefined;
  if ((cells.length - bitsAt - words) % 2 !== 0 || !cells.every((each) => Number.isFinite(each)))
    return undefined;
  const [day = 0, mean = 0, sd = 0, sum = 0, alarmedOn = 0, toldOn = 0, stoppedUntil = 0, ...rest] =
    cells as number[];
  const bits = rest.slice(0, words);
  if (!bits.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)) return undefined;
  if (sd < 0 || sum < 0 || sum > sumReadMost) return undefined;
  return { day, bits, past: rest.slice(words), mean, sd, sum, alarmedOn, toldOn, stoppedUntil };
}
