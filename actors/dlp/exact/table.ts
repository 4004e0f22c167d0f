/**
 * The rows of a table as keyed hashes: which rows have a key value, and which hash stands in each of their cells. Pure; the
 * hash is a port. Does not own: files and keys (node/dlp/exact/), the text (matcher.ts).
 *
 * T1. It holds no value: 64 bits of a keyed hash for a key, 32 for a cell.
 * T2. A value that stands in more than exactSameKeyMax rows of a key column is no key; it still speaks for its rows.
 * T3. The filter never says no to a value that is there.
 */
import { limits } from "../../../protocol/limits.ts";

/** A keyed hash, its first 64 bits as two numbers. */
export interface HashOf {
  hash(text: string): void;
  high: number;
  low: number;
}

export interface TableShape {
  readonly rows: number;
  readonly columns: number;
  /** How many of the columns, the first ones, are keys. */
  readonly keys: number;
}

/** Slots at 70 % load, and 12 to 24 bits of filter for each key value. */
export function sizesOf({ rows, keys }: TableShape): { readonly slots: number; readonly filterBits: number } {
  const values = Math.max(16, rows * keys);
  let filterBits = 256;
  while (filterBits < values * 12) filterBits *= 2;
  return { slots: Math.ceil(values / 0.7), filterBits };
}

export class ExactTable {
  readonly shape: TableShape;
  /** Slots of high, low, row + 1; 0 is empty. */
  readonly slots: Uint32Array;
  readonly cells: Uint32Array;
  readonly filter: Uint32Array;
  /** Which lengths key values have: of digits alone, and of others. */
  readonly lengths: Uint8Array;
  readonly #capacity: number;
  readonly #filterMask: number;
  /** Key of the filter's own hash. */
  readonly seed: Uint32Array;

  constructor(
    shape: TableShape,
    parts: {
      readonly slots: Uint32Array;
      readonly cells: Uint32Array;
      readonly filter: Uint32Array;
      readonly lengths: Uint8Array;
      readonly seed: Uint32Array;
    },
  ) {
    // prettier-ignore
    this.shape = shape;
    this.slots = parts.slots;
    this.cells = parts.cells;
    this.filter = parts.filter;
    this.lengths = parts.lengths;
    this.seed = parts.seed;
    this.#capacity = parts.slots.length / 3;
    this.#filterMask = parts.filter.length * 32 - 1;
  }

  /** @returns false when the value is in too many rows to be a key */
  add(text: string, high: number, low: number, row: number): boolean {
    let same = 0;
    let at = high % this.#capacity;
    for (; this.slots[at * 3 + 2] !== 0; at = at + 1 === this.#capacity ? 0 : at + 1)
      if (this.slots[at * 3] === high && this.slots[at * 3 + 1] === low && ++same >= limits.exactSameKeyMax) return false; // prettier-ignore
    this.slots[at * 3] = high;
    this.slots[at * 3 + 1] = low;
    this.slots[at * 3 + 2] = row + 1;
    const units = Uint16Array.from(text, (unit) => unit.charCodeAt(0));
    this.#mark(this.#mix(units, 0, units.length));
    this.lengths[(isDigits(units, 0, units.length) ? 0 : 256) + Math.min(255, units.length)] = 1;
    return true;
  }

  /** Whether a key value may be this one: cheap, and no for almost all that is none. */
  mayHave(units: Uint16Array, from: number, to: number): boolean {
    if (this.lengths[(isDigits(units, from, to) ? 0 : 256) + Math.min(255, to - from)] === 0) return false;
    const mixed = this.#mix(units, from, to);
    const [one, two] = [mixed & this.#filterMask, (((mixed >>> 16) | (mixed << 16)) * 5) & this.#filterMask];
    return ((this.filter[one >>> 5] ?? 0) & (1 << (one & 31))) !== 0 && ((this.filter[two >>> 5] ?? 0) & (1 << (two & 31))) !== 0; // prettier-ignore
  }

  /** Rows that have this key value. */
  rows(high: number, low: number): readonly number[] {
    const rows: number[] = [];
    for (let at = high % this.#capacity; this.slots[at * 3 + 2] !== 0; at = at + 1 === this.#capacity ? 0 : at + 1)
      if (this.slots[at * 3] === high && this.slots[at * 3 + 1] === low) rows.push((this.slots[at * 3 + 2] ?? 0) - 1); // prettier-ignore
    return rows;
  }

  #mark(mixed: number): void {
    for (const bit of [mixed & this.#filterMask, (((mixed >>> 16) | (mixed << 16)) * 5) & this.#filterMask])
      this.filter[bit >>> 5] = (this.filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  /** HalfSipHash-1-3 over code units: fast, and not to be steered without its key. It lies sealed with the index. */
  #mix(units: Uint16Array, from: number, to: number): number {
    const [k0 = 0, k1 = 0] = this.seed;
    let [v0, v1, v2, v3] = [k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1];
    for (let at = from; at <= to; at += 2) {
      const first = at < to ? (units[at] ?? 0) : 0;
      const second = at + 1 < to ? (units[at + 1] ?? 0) : to - from;
      const block = first | (second << 16);
      v3 ^= block;
      v0 = (v0 + v1) | 0; v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0; v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0; v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0; v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0; v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2; v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= block;
    } // prettier-ignore
    v2 ^= 0xff;
    for (let round = 0; round < 3; round++) {
      v0 = (v0 + v1) | 0; v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0; v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0; v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0; v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0; v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2; v2 = (v2 << 16) | (v2 >>> 16);
    } // prettier-ignore
    return (v1 ^ v3) >>> 0;
  }
}

function isDigits(units: Uint16Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const unit = units[at] ?? 0;
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
