/**
 * How many different things, and of these how many of late: a linear counter (distinct.ts) whose cells know in which of the last
 * three ages a thing was met. Owns the estimate. Does not own how long an age is (stepcount.ts).
 *
 * R1. The same things in the same ages leave the same cells, in any order.
 * R2. As many bytes as a counter without ages: half as many cells, of two bits.
 */
import type { BitReader, BitWriter } from "./bitrow.ts";
import { estimatesFor, shiftFor } from "./distinct.ts";

export const agesKept = 3;
const cells = 1_024;
/** Of how many cells are taken: up to all of them. */
const takenBits = 11;
const estimates = estimatesFor(cells);

export class RecentCounter {
  /** Four cells to a byte: 0 for nothing, else one more than the place of the age. */
  readonly #ages = new Uint8Array(cells / 4);
  /** Cells by the place of their age. */
  readonly #taken = [0, 0, 0];

  get bytes(): number {
    return this.#ages.byteLength;
  }

  /** @param place of the age that it is met in: its number modulo `agesKept` */
  add(hash: number, place: number): void {
    this.#put(hash & (cells - 1), place);
  }

  /** An age that is over. */
  forget(place: number): void {
    if (this.#taken[place] === 0) return;
    for (let at = 0; at < cells; at++)
      if (this.#ageAt(at) === place + 1) this.#ages[at >>> 2] = (this.#ages[at >>> 2] ?? 0) & ~(3 << ((at & 3) * 2)); // prettier-ignore
    this.#taken[place] = 0;
  }

  /** @param places of the ages that count */
  count(places: readonly number[]): number {
    let taken = 0;
    for (const place of places) taken += this.#taken[place] ?? 0;
    return estimates[taken] ?? 0;
  }

  freeze(row: BitWriter): void {
    const taken = this.#all();
    row.bits(taken, takenBits);
    const shift = shiftFor(taken, cells);
    let gap = 0;
    for (let at = 0; at < cells; at++) {
      const age = this.#ageAt(at);
      if (age === 0) {
        gap++;
        continue;
      }
      row.rice(gap, shift);
      row.bits(age, 2);
      gap = 0;
    }
  }

  static thaw(row: BitReader): RecentCounter | undefined {
    const counter = new RecentCounter();
    const taken = row.bits(takenBits);
    const shift = shiftFor(taken, cells);
    let at = -1;
    for (let left = taken; left > 0; left--) {
      at += row.rice(shift) + 1;
      const age = row.bits(2);
      if (row.isBroken || at >= cells || age === 0) return undefined;
      counter.#put(at, age - 1);
    }
    return row.isBroken ? undefined : counter;
  }

  #put(at: number, place: number): void {
    const before = this.#ageAt(at);
    if (before === place + 1) return;
    if (before !== 0) this.#taken[before - 1] = (this.#taken[before - 1] ?? 0) - 1;
    this.#taken[place] = (this.#taken[place] ?? 0) + 1;
    const shift = (at & 3) * 2;
    this.#ages[at >>> 2] = ((this.#ages[at >>> 2] ?? 0) & ~(3 << shift)) | ((place + 1) << shift);
  }

  #ageAt(at: number): number {
    return ((this.#ages[at >>> 2] ?? 0) >>> ((at & 3) * 2)) & 3;
  }

  #all(): number {
    return this.#taken.reduce((sum, each) => sum + each, 0);
  }
}
