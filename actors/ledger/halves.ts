/**
 * Texts of a call that may be halves of one encoded value, with others between them or the other way round. Owns which, and of which
 * two. Does not own what they say together (layers.ts), nor what is cut between neighbours, which a page has as it is (page.ts).
 *
 * Kept in flat rows, as calls of short texts have several such texts of which nothing comes: objects for them and for pairs of them cost
 * a tenth of comparing.
 */
import * as alphabet from "./alphabet.ts";
import { isWorthTrying, mayEscape } from "./alphabet.ts";
import { placeBits, tells, type Page } from "./page.ts";
import { base32, base32small, base64, hex, mayBegin, type Radix } from "./radix.ts";

/** Of this module: what is imported is looked up in each turn of a loop. */
const { capital, escaping, foreign, in32, inRun, kinds, notHex, runMin, small } = alphabet;

/** Half of a value in escapes of six characters is longer in nothing that has a mark (mark.ts), and fewer letters say nothing. */
const [charsMin, charsMax] = [4, 256];
/** Letters from which on capitals alone may be base32: they are without a digit more often than words are all in capitals. */
const capitalsMin = 6;
/** More of them are no value in two halves. */
const halvesMax = 6;
/** Characters of the longest escape. */
const escapeChars = 6;
const [padding, numberSign, semicolon] = [61, 35, 59];

/** What two halves may say together, each a bit: escapes, or letters of these. */
export const escapes = 1;
export const radixOfBit: readonly (readonly [bit: number, radix: Radix])[] = [
  [2, hex],
  [4, base64],
  [8, base32],
  [16, base32small],
];
const [hexBit, base64Bit, base32Bit, base32smallBit] = [2, 4, 8, 16];

/** Two halves, one behind the other. */
export const bothHalves = new Uint8Array(2 * charsMax);

export class Halves {
  /** As many as are tried in pairs; 0 where there are more. */
  count = 0;
  readonly #which = new Int32Array(halvesMax);
  readonly #from = new Int32Array(halvesMax);
  /** Without padding. */
  readonly #to = new Int32Array(halvesMax);
  /** Of what each may be the second half, and of what the first. */
  readonly #ends = new Uint8Array(halvesMax);
  readonly #begins = new Uint8Array(halvesMax);

  /** @param count of a page's first texts */
  read(page: Page, count: number): void {
    const { ends } = page;
    this.count = 0;
    for (let which = 0, from = 0; which < count; which++) {
      const end = ends[which] ?? 0;
      if (end - from >= charsMin && end - from <= charsMax && mayBeHalf(page, which, from, end)) {
        this.#take(page.bytes, which, from, end);
        if (this.count > halvesMax) {
          this.count = 0;
          return;
        }
      }
      from = end;
    }
    if (this.count > 1) for (let half = 0; half < this.count; half++) this.#begin(page.bytes, half);
  }

  /** What two of them may say, one behind the other; 0 where they stand so in the call. */
  together(one: number, other: number): number {
    const between = (this.#which[other] ?? 0) - (this.#which[one] ?? 0);
    if (between === 0 || between === 1) return 0;
    const [begins, ends] = [this.#begins[one] ?? 0, this.#ends[other] ?? 0];
    return ((begins | ends) & escapes) !== 0 ? escapes : begins & ends;
  }

  /** Where the second begins. */
  length(half: number): number {
    return (this.#to[half] ?? 0) - (this.#from[half] ?? 0);
  }

  /** Writes them into `bothHalves`. @returns where the second ends */
  put(bytes: Uint8Array, one: number, other: number): number {
    const border = this.length(one);
    bothHalves.set(bytes.subarray(this.#from[one], this.#to[one]));
    bothHalves.set(bytes.subarray(this.#from[other], this.#to[other]), border);
    return border + this.length(other);
  }

  /** A text of letters of an encoding or of escapes, and of nothing else. */
  #take(bytes: Uint8Array, which: number, from: number, end: number): void {
    let to = end;
    while (to > from && bytes[to - 1] === padding) to--;
    let isEscaped = false;
    let bits = 0;
    let cases = small | capital;
    for (let at = from; at < to; at++) {
      const code = bytes[at] ?? 0;
      const kind = kinds[code] ?? 0;
      bits |= kind;
      cases &= in32[code] ?? 0;
      if ((kind & inRun) !== 0) continue;
      // One that the cut goes through is none yet.
      if (code < foreign && (kind & escaping) !== 0 && (mayEscape(bytes, at) || to - at < escapeChars))
        isEscaped = true; // prettier-ignore
      else if (code !== numberSign && code !== semicolon) return;
    }
    if (!isEscaped && !isHalf(bits, to - from)) return;
    const at = this.count++;
    if (at === halvesMax) return;
    this.#which[at] = which;
    this.#from[at] = from;
    this.#to[at] = isEscaped ? end : to;
    this.#ends[at] = isEscaped ? escapes : base64Bit | ((bits & notHex) === 0 ? hexBit : 0) | ((cases & capital) === 0 ? 0 : base32Bit) | ((cases & small) === 0 ? 0 : base32smallBit); // prettier-ignore
  }

  #begin(bytes: Uint8Array, half: number): void {
    const letters = this.#ends[half] ?? 0;
    const [from, to] = [this.#from[half] ?? 0, this.#to[half] ?? 0];
    let begins = letters & escapes;
    for (const [bit, radix] of radixOfBit) if ((letters & bit) !== 0 && mayBegin(bytes, from, to, radix)) begins |= bit; // prettier-ignore
    this.#begins[half] = begins;
  }
}

/** Most longer texts are words: the page has told whether they are a run of letters, or have escapes. */
function mayBeHalf({ bytes, places, placeEnds }: Page, which: number, from: number, end: number): boolean {
  if (end - from < runMin) return true;
  const first = which === 0 ? 0 : (placeEnds[which - 1] ?? 0);
  if (first === (placeEnds[which] ?? 0)) return false;
  const told = places[first] ?? 0;
  if (told !== ((from << placeBits) | tells.run)) return (told & tells.escape) !== 0;
  const to = (places[first + 1] ?? 0) >> placeBits;
  return to === end || ((kinds[bytes[to] ?? 0] ?? 0) & escaping) !== 0;
}

/** Of letters alone: words are none. */
function isHalf(bits: number, length: number): boolean {
  if (length < charsMin || (bits & inRun) === 0) return false;
  return isWorthTrying(bits, length) || ((bits & small) === 0 && length >= capitalsMin);
}
