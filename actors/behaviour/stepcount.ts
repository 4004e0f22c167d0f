/**
 * What the calls that a rule of a role counts have come to within its window. Owns the window.
 *
 * W1. What lies within one window before a call counts, whenever the window is thought to begin, and nothing that is older than one
 *     and a half of them: time is cut into half windows, and three of these are kept. So it helps nobody to wait for an end.
 * W2. The half that is open never goes back: what comes late, or by a clock that was set back, counts for it.
 */
import type { BitReader, BitWriter } from "./bitrow.ts";
import { agesKept, RecentCounter } from "./recentcounter.ts";

/** Different things that calls were about. */
interface Things {
  /** At most so many before `seen` was there, by half. */
  readonly before: number[];
  readonly seen: RecentCounter;
}

/** Cells of one in memory: key, half, calls, bytes. */
const numbersKept = 2 + 2 * agesKept;
const places = [0, 1, 2];

export class StepCount {
  /** Of what is counted (steps.ts). */
  readonly key: number;
  #half: number;
  readonly #calls = [0, 0, 0];
  readonly #bytes = [0, 0, 0];
  #things: Things | undefined;

  constructor(key: number, half: number) {
    this.key = key;
    this.#half = half;
  }

  get half(): number {
    return this.#half;
  }

  get countsThings(): boolean {
    return this.#things !== undefined;
  }

  get bytesKept(): number {
    return numbersKept * 8 + (this.#things === undefined ? 0 : this.#things.seen.bytes + agesKept * 8);
  }

  addCall(half: number): void {
    this.#open(half);
    add(this.#calls, this.#half, 1);
  }

  addBytes(half: number, bytes: number): void {
    this.#open(half);
    add(this.#bytes, this.#half, bytes);
  }

  /**
   * What a call was about that is not added yet.
   *
   * @param askedFor how many things the session has named: a call that nobody looked into may have listed many of them
   */
  addThings(half: number, things: readonly number[], askedFor: number): void {
    this.#open(half);
    this.#things ??= { before: this.#beforeThings(half, askedFor), seen: new RecentCounter() };
    for (const thing of things) this.#things.seen.add(thing, this.#half % agesKept);
  }

  dropThings(): void {
    this.#things = undefined;
  }

  calls(half: number): number {
    return sumOf(this.#calls, this.#live(half));
  }

  bytes(half: number): number {
    return sumOf(this.#bytes, this.#live(half));
  }

  things(half: number, askedFor: number): number {
    const live = this.#live(half);
    if (this.#things !== undefined) return sumOf(this.#things.before, live) + this.#things.seen.count(live);
    const calls = sumOf(this.#calls, live);
    return calls === 0 ? 0 : Math.max(calls, askedFor);
  }

  freeze(row: BitWriter): void {
    for (const each of [this.key, this.#half, ...this.#calls, ...this.#bytes]) row.number(each);
    row.bits(this.#things === undefined ? 0 : 1, 1);
    if (this.#things === undefined) return;
    for (const each of this.#things.before) row.number(each);
    this.#things.seen.freeze(row);
  }

  static thaw(row: BitReader): StepCount | undefined {
    const count = new StepCount(row.number(), row.number());
    for (const list of [count.#calls, count.#bytes])
      for (let at = 0; at < agesKept; at++) list[at] = row.number();
    if (row.bits(1) === 1) {
      const before = Array.from({ length: agesKept }, () => row.number());
      const seen = RecentCounter.thaw(row);
      if (seen === undefined) return undefined;
      count.#things = { before, seen };
    }
    return row.isBroken ? undefined : count;
  }

  /** As an older version kept one: of a window that began in one moment. */
  static ofWindow(
    key: number,
    half: number,
    calls: number,
    bytes: number,
    things: number | undefined,
  ): StepCount {
    // prettier-ignore
    const count = new StepCount(key, half);
    add(count.#calls, half, calls);
    add(count.#bytes, half, bytes);
    if (things === undefined) return count;
    count.#things = { before: [0, 0, 0], seen: new RecentCounter() };
    add(count.#things.before, half, things);
    return count;
  }

  /** One of that kind, whose half is a time, as what it is of a rule. */
  movedTo(key: number, half: number): StepCount {
    const things = this.#things === undefined ? undefined : sumOf(this.#things.before, places);
    return StepCount.ofWindow(key, half, sumOf(this.#calls, places), sumOf(this.#bytes, places), things);
  }

  /** Of calls that nobody has counted the things of each was about another one. */
  #beforeThings(half: number, askedFor: number): number[] {
    const before = [...this.#calls];
    const sum = sumOf(before, this.#live(half));
    if (sum > 0) add(before, this.#half, Math.max(0, askedFor - sum));
    return before;
  }

  #open(half: number): void {
    const gone = half - this.#half;
    if (gone <= 0) return;
    for (let next = Math.max(this.#half + 1, half - agesKept + 1); next <= half; next++) {
      const place = next % agesKept;
      this.#calls[place] = this.#bytes[place] = 0;
      if (this.#things === undefined) continue;
      this.#things.before[place] = 0;
      this.#things.seen.forget(place);
    }
    this.#half = half;
  }

  /** Places of the halves that still count in a later one: all three in the same, the newest alone two later. */
  #live(half: number): readonly number[] {
    const live: number[] = [];
    for (let back = Math.max(0, half - this.#half); back < agesKept; back++)
      live.push((this.#half + back + 1) % agesKept);
    return live;
  }
}

function add(list: number[], half: number, more: number): void {
  list[half % agesKept] = (list[half % agesKept] ?? 0) + more;
}

function sumOf(list: readonly number[], places: readonly number[]): number {
  let sum = 0;
  for (const place of places) sum += list[place] ?? 0;
  return sum;
}
