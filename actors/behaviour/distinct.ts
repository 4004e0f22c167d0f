/**
 * How many different things: a linear counter. One bit for each thing, chosen by its hash; from the bits that are set follows
 * how many things there probably were. Owns the estimate.
 *
 * N1. The same things in any order, and repeated, leave the same bits.
 * N2. The estimate is a table of integers made by multiplication alone, so that every machine has the same.
 */
import { packWords, unpackWords } from "./mark.ts";

const bits = 2_048;

/** By bits set, the smallest number of things of which that many bits are to be expected. */
const estimates: Uint16Array = (() => {
  const table = new Uint16Array(bits + 1);
  let empty = bits;
  let things = 0;
  for (let set = 0; set <= bits; set++) {
    while (bits - empty < set - 0.5 && things < 65_535) {
      empty *= 1 - 1 / bits;
      things++;
    }
    table[set] = things;
  }
  return table;
})();

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

  freeze(): string {
    return this.#set === 0 ? "" : packWords(this.#words);
  }

  static thaw(text: unknown): DistinctCounter | undefined {
    if (text === "") return new DistinctCounter();
    const words = typeof text === "string" ? unpackWords(text) : undefined;
    return words?.length === bits / 32 ? new DistinctCounter(words) : undefined;
  }
}

function ones(word: number): number {
  let left = word;
  let count = 0;
  for (; left !== 0; count++) left &= left - 1;
  return count;
}
