/**
 * How many different things: a linear counter. One bit for each thing, chosen by its hash; from the bits that are set follows
 * how many things there probably were. Owns the estimate.
 *
 * N1. The same things in any order, and repeated, leave the same bits.
 * N2. The estimate is a table of integers made by multiplication alone, so that every machine has the same.
 */
import type { BitReader, BitWriter } from "./bitrow.ts";
import { unpackWords } from "./mark.ts";

const bits = 2_048;
/** Of how many bits are set: up to all of them. */
const setBits = 12;
/** From here on gaps would take as much as the bits themselves. */
const gapsMost = 640;

const estimates = estimatesFor(bits);

export class DistinctCounter {
  readonly #words: Uint32Array;
  #set = 0;

  constructor(words: Uint32Array = new Uint32Array(bits / 32)) {
    this.#words = words;
    for (const word of words) this.#set += ones(word);
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** @returns whether it is probably new */
  add(hash: number): boolean {
    const at = hash & (bits - 1);
    const word = this.#words[at >>> 5] ?? 0;
    const bit = 1 << (at & 31);
    if ((word & bit) !== 0) return false;
    this.#words[at >>> 5] = word | bit;
    this.#set++;
    return true;
  }

  has(hash: number): boolean {
    const at = hash & (bits - 1);
    return ((this.#words[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
  }

  get count(): number {
    return estimates[this.#set] ?? 0;
  }

  /** Few of them as the gaps between bits, many as the bits themselves. */
  freeze(row: BitWriter): void {
    row.bits(this.#set, setBits);
    if (this.#set > gapsMost) return this.#words.forEach((word) => row.bits(word, 32));
    const shift = shiftFor(this.#set, bits);
    let gap = 0;
    for (let at = 0; at < bits; at++) {
      if (this.has(at)) {
        row.rice(gap, shift);
        gap = 0;
      } else gap++;
    }
  }

  static thaw(row: BitReader): DistinctCounter | undefined {
    const set = row.bits(setBits);
    const words = new Uint32Array(bits / 32);
    if (set > gapsMost) for (let at = 0; at < words.length; at++) words[at] = row.bits(32);
    else {
      const shift = shiftFor(set, bits);
      let at = -1;
      for (let left = set; left > 0; left--) {
        at += row.rice(shift) + 1;
        if (row.isBroken || at >= bits) return undefined;
        words[at >>> 5] = ((words[at >>> 5] ?? 0) | (1 << (at & 31))) >>> 0;
      }
    }
    const counter = new DistinctCounter(words);
    return !row.isBroken && counter.#set === set ? counter : undefined;
  }

  /** As versions before stateVersion 11 wrote it. */
  static thawText(text: unknown): DistinctCounter | undefined {
    if (text === "") return new DistinctCounter();
    const words = typeof text === "string" ? unpackWords(text) : undefined;
    return words?.length === bits / 32 ? new DistinctCounter(words) : undefined;
  }
}

/** By cells taken, the smallest number of things of which that many are to be expected. */
export function estimatesFor(cells: number): Uint16Array {
  const table = new Uint16Array(cells + 1);
  let empty = cells;
  let things = 0;
  for (let taken = 0; taken <= cells; taken++) {
    while (cells - empty < taken - 0.5 && things < 65_535) {
      empty *= 1 - 1 / cells;
      things++;
    }
    table[taken] = things;
  }
  return table;
}

/** Of so many gaps between cells that are taken, how long most of them are, as a power of two. */
export function shiftFor(taken: number, cells: number): number {
  return taken === 0 ? 0 : Math.max(0, 31 - Math.clz32(Math.ceil((cells / taken) * 0.7)));
}

function ones(word: number): number {
  let left = word;
  let count = 0;
  for (; left !== 0; count++) left &= left - 1;
  return count;
}
