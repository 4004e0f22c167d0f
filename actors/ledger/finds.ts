/**
 * What comparing one call finds: values, each once however often it stands there, and parts of values. Owns what is told of them. Does
 * not own how they are recognised (find.ts).
 *
 * Kept in flat rows that are used again for the next call: a set for each kind and an object for each part cost a twentieth of comparing
 * records.
 */
import type { Carried, CarriedPart, CarriedValue } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { answerOf, lengthOf, strengths, typeOf } from "./mark.ts";
import type { Memory } from "./memory.ts";
import { gramSymbols, mixing } from "./symbols.ts";

const rowsMin = 64;
/** Larger tables are not kept for the next call. */
const keptRows = 1_024;

/** Pairs of numbers of 32 bits, each once, in the order in which they came. */
class Pairs {
  count = 0;
  #pairs = new Int32Array(2 * rowsMin);
  /** Row plus one, by its hash; 0 where none is. At most half full. */
  #slots = new Int32Array(2 * rowsMin);

  /** The row of a pair; a new one is `count` before, and one more behind. */
  row(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = Math.imul(first ^ Math.imul(second, mixing), mixing) >>> 16; ; slot++) {
      const row = (this.#slots[slot & mask] ?? 0) - 1;
      if (row < 0) return this.#add(first, second, slot & mask);
      if (this.#pairs[2 * row] === first && this.#pairs[2 * row + 1] === second) return row;
    }
  }

  first(row: number): number {
    return this.#pairs[2 * row] ?? 0;
  }

  second(row: number): number {
    return this.#pairs[2 * row + 1] ?? 0;
  }

  clear(): void {
    if (this.count === 0) return;
    const isLarge = this.count > keptRows;
    if (isLarge) this.#pairs = new Int32Array(2 * rowsMin);
    this.#slots = isLarge ? new Int32Array(2 * rowsMin) : this.#slots.fill(0);
    this.count = 0;
  }

  #add(first: number, second: number, slot: number): number {
    if (2 * this.count === this.#pairs.length) {
      this.#grow();
      return this.row(first, second);
    }
    const row = this.count++;
    this.#pairs[2 * row] = first;
    this.#pairs[2 * row + 1] = second;
    this.#slots[slot] = row + 1;
    return row;
  }

  #grow(): void {
    const { count } = this;
    const old = this.#pairs;
    this.#pairs = new Int32Array(2 * old.length);
    this.#slots = new Int32Array(2 * old.length);
    this.count = 0;
    for (let row = 0; row < count; row++) this.row(old[2 * row] ?? 0, old[2 * row + 1] ?? 0);
  }
}

export class Finds {
  /** Of values: check, and kind (answer, type, strength, whether it stood in a token). */
  readonly #values = new Pairs();
  /** Of parts: check, and source (answer, whether it stood in a token). */
  readonly #parts = new Pairs();
  /** By part: what the first mark of its value says, and bits of the symbols, the first 32 and those behind. */
  #about: number[] = [];
  #low: number[] = [];
  #high: number[] = [];

  clear(): void {
    this.#values.clear();
    this.#parts.clear();
  }

  /** A whole value, or so much of it. @param about of its mark @param isOpened it stood in a token */
  take(about: number, strength: number, check: number, isOpened: boolean): void {
    this.#values.row(check, (answerOf(about) << 12) | (typeOf(about) << 4) | (strength << 1) | (isOpened ? 1 : 0)); // prettier-ignore
  }

  /** A gram of a value. @param offset of it in the value */
  part(about: number, check: number, offset: number, isOpened: boolean): void {
    const { count } = this.#parts;
    const row = this.#parts.row(check, (answerOf(about) << 1) | (isOpened ? 1 : 0));
    if (row === count) {
      this.#about[row] = about;
      this.#low[row] = this.#high[row] = 0;
    }
    // The last ones may go on behind what counts.
    const bits = (1 << Math.min(gramSymbols, lengthOf(about) - offset)) - 1;
    if (offset < 32) this.#low[row] = (this.#low[row] ?? 0) | (bits << offset);
    if (offset >= 32) this.#high[row] = (this.#high[row] ?? 0) | (bits << (offset - 32));
    else if (offset > 32 - gramSymbols) this.#high[row] = (this.#high[row] ?? 0) | (bits >>> (32 - offset));
  }

  /** @param isCut something was not compared */
  carried({ answers, types, key: compared }: Memory, isCut: boolean): Carried {
    const parts: CarriedPart[] = [];
    let unread = isCut;
    for (let row = 0; row < this.#parts.count; row++) {
      const [about = 0, low = 0, high = 0] = [this.#about[row], this.#low[row], this.#high[row]];
      const [check, isOpened] = [this.#parts.first(row), (this.#parts.second(row) & 1) === 1];
      const length = lengthOf(about);
      if (isWhole(length, low, high)) this.take(about, strengths.sensitive, check, isOpened);
      else if (isOpened) continue;
      else if (parts.length >= limits.ledgerPartsMax) unread = true;
      else parts.push({ op: answers[answerOf(about)]?.op ?? "", type: types[typeOf(about)] ?? "", check: check >>> 0, length, low: low >>> 0, high: high >>> 0 }); // prettier-ignore
    }
    const counts = new Map<number, number>();
    for (let row = 0; row < this.#values.count; row++) {
      const kind = this.#values.second(row);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const values: CarriedValue[] = [];
    for (const [kind, count] of counts) {
      if (values.length >= limits.ledgerFoundMax) {
        unread = true;
        break;
      }
      const value = { op: answers[kind >> 12]?.op ?? "", type: types[(kind >> 4) & 255] ?? "", strength: (kind >> 1) & 3, count }; // prettier-ignore
      values.push((kind & 1) === 1 ? { ...value, token: true } : value);
    }
    return unread ? { values, parts, compared, unread: true } : { values, parts, compared };
  }
}

/** Of a value of so many symbols all but one must be there; of a longer one a quarter may be missing. */
export const allButOneMax = 11;

/** Whether so much of a value is as good as all of it. */
export function isWhole(length: number, low: number, high: number): boolean {
  return bitsOf(low) + bitsOf(high) >= Math.ceil(length * (length <= allButOneMax ? 0.85 : 0.75));
}

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word | 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
