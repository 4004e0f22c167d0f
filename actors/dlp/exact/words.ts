/**
 * A text as words for exact comparison: letters and digits alone, folded, with their places. Pure.
 *
 * F1. Case, accents, full-width forms, invisible characters and the signs between the parts of a value (`-`, `.`, `_`, `@`,
 *     `+`, `'`) make no difference; blanks divide words, and words in a row are tried together (matcher.ts).
 * F2. The same function folds the cells of a table and the text, so what is equal in one is equal in the other.
 */

import { isHidden } from "../characters.ts";

const separator = 0;
const invisible = 1;
/** Half of a pair that may show nothing, or stand for a letter or digit of ASCII. */
const half = 2;
const unknown = 0xffff;

/** What each code unit becomes: a folded one, separator, or invisible. Filled as they are met. */
const folded = new Uint16Array(65_536).fill(unknown);

function foldUnit(unit: number): number {
  if (unit === 0xd835 || unit === 0xdb40) return half;
  // Other halves of a pair are kept as they are: a letter beyond the base plane has no case worth folding here.
  if (unit >= 0xd800 && unit <= 0xdfff) return unit;
  return foldPoint(unit);
}

function foldPoint(point: number): number {
  if (isHidden(point)) return invisible;
  const plain = String.fromCodePoint(point).normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  if (plain === "") return invisible;
  return /^[\p{L}\p{N}]/u.test(plain) ? plain.charCodeAt(0) : separator;
}

function isJoiner(unit: number): boolean {
  return unit === 45 || unit === 46 || unit === 95 || unit === 64 || unit === 43 || unit === 39;
}

/** Words of one text, in arrays that are used again for the next. */
export class Words {
  /** Folded code units of all words, one after the other. */
  units = new Uint16Array(4096);
  /** Of word `n`: where its units begin and end, and where it begins and ends in the text. */
  from = new Int32Array(1024);
  to = new Int32Array(1024);
  start = new Int32Array(1024);
  end = new Int32Array(1024);
  count = 0;

  read(text: string): void {
    this.count = 0;
    if (this.units.length < text.length) this.units = new Uint16Array(text.length * 2);
    let used = 0;
    let isOpen = false;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      let plain = folded[unit] ?? separator;
      if (plain === unknown) folded[unit] = plain = foldUnit(unit);
      const start = at;
      if (plain === half) {
        const point = text.codePointAt(at) ?? unit;
        if (point > 0xffff) at++;
        plain = point > 0xffff ? foldPoint(point) : unit;
      }
      if (plain > invisible) {
        if (!isOpen) this.#open(used, start);
        isOpen = true;
        this.units[used++] = plain;
        this.to[this.count - 1] = used;
        this.end[this.count - 1] = at + 1;
      } else if (plain === separator && isOpen && !(isJoiner(unit) && this.#goesOn(text, at + 1)))
        isOpen = false;
    }
  }

  #goesOn(text: string, at: number): boolean {
    if (at >= text.length) return false;
    const unit = text.charCodeAt(at);
    const plain = folded[unit] ?? separator;
    return (plain === unknown ? (folded[unit] = foldUnit(unit)) : plain) > invisible;
  }

  #open(used: number, at: number): void {
    if (this.count === this.from.length) {
      for (const name of ["from", "to", "start", "end"] as const) {
        const larger = new Int32Array(this.count * 2);
        larger.set(this[name]);
        this[name] = larger;
      }
    }
    this.from[this.count] = used;
    this.start[this.count++] = at;
  }

  /** The folded text of words `first` to `last`. */
  text(first: number, last: number): string {
    return String.fromCharCode(...this.units.subarray(this.from[first] ?? 0, this.to[last] ?? 0));
  }
}

const cell = new Words();

/** A value of a table as it is compared; "" for one without a letter or digit. */
export function canonical(value: string): { readonly text: string; readonly words: number } {
  cell.read(value);
  return { text: cell.count === 0 ? "" : cell.text(0, cell.count - 1), words: cell.count };
}
