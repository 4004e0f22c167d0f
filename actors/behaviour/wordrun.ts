/**
 * A text as a run of words with their places: what marks and look-ups are both made of. Owns where a word begins and ends. One is
 * used for many texts.
 *
 * W1. A word is letters, digits and what addresses and names of things are made of (@ . _ - / : + # % ~, and = & ? inside what
 *     has a slash), without such signs at its ends. What is written in a text and what is an argument give the same words.
 * W2. Each character is looked at once: its class and its folded form come from tables. The keyed hash of a word is made when
 *     somebody asks for it, and kept; a weak one, without a key, is made on the way and tells only which words may be of interest.
 */
import { concealedCharsMin } from "./concealment.ts";
import type { WordHash } from "./wordhash.ts";

/** What a character is to a word, in bits above those of its folded form. */
const letter = 0x100;
const digit = 0x200;
const letterOrDigit = letter | digit;
/** A dash or a colon between letters is no name of a thing: "follow-up". */
const mild = 0x400;
const naming = 0x800;
const signs = mild | naming;
/** Belongs to a word only behind a slash. */
const query = 0x1000;
const slashSign = 0x2000;

/** Nobody has looked it up yet. */
const unknown = 0x4000;
/** Of each unit what it is; of ASCII and Latin-1, which are composed as they are, in the lower eight bits the folded letter. */
const entries: Uint16Array = new Uint16Array(65_536).fill(letter, 0x100, 0x250).fill(unknown, 0x250);
for (let code = 0; code < 256; code++) {
  const isUpper = (code >= 65 && code <= 90) || (code >= 0xc0 && code <= 0xde && code !== 0xd7);
  entries[code] = latinBits(code) | (isUpper ? code + 32 : code);
}
const isLetter = /[\p{L}\p{N}]/u;
const encoder = new TextEncoder();

function latinBits(code: number): number {
  if (code >= 0xc0 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return letter;
  if (code >= 48 && code <= 57) return digit;
  const sign = String.fromCharCode(code);
  if (sign === "/") return naming | slashSign;
  if (sign === "-" || sign === ":") return mild;
  return "@._+#%~".includes(sign) ? naming : "=&?".includes(sign) ? query : 0;
}

/** A word longer than this is hashed by its beginning. */
const wordCharsMost = 1_024;

export const sieveRoom = 8_192;
const sieveMask = sieveRoom - 1;
/** Of Fowler, Noll and Vo's hash. */
const sievePrime = 0x01000193;

/** Words of at most eight letters of ASCII whose hashes are kept: their letters in two cells, and the hash. */
const memoCharsMost = 8;
const memoMask = 1_023;
const memoWidth = 3;

/** A shorter text is read faster unit by unit. */
const nativeCharsMin = 64;

const [ascii, latin, other] = [0, 1, 2];

export class WordRun {
  length = 0;
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  /** 1: it names something by itself: it has a digit or a sign inside. */
  names = new Uint8Array(256);
  /** 1: a new line begins between it and the word before. */
  breaks = new Uint8Array(256);
  /** Without a key: equal words have equal ones, and anybody can make others that have. */
  sieves = new Int32Array(256);
  /** Places of words that may be of interest, and how many of them; the complement of a place, where the end of a word may be. */
  hits = new Int32Array(512);
  found = 0;
  /** How many words are so long that they may be an encoded text. */
  longs = 0;
  /** The text, folded as far as ASCII and Latin-1 go. */
  codes = new Uint16Array(1_024);
  #text = "";
  #bytes = new Uint8Array(1_024);
  #hashes = new Uint32Array(256);
  #kinds = new Uint8Array(256);
  readonly #memo = new Int32Array((memoMask + 1) * memoWidth);
  readonly #hash: WordHash;
  readonly #max: number;
  readonly #interest: Uint8Array;

  /**
   * @param max words that are taken at most
   * @param interest by the lower bits of a sieve, whether such words are of interest: sieveRoom of them
   */
  constructor(hash: WordHash, max: number, interest = new Uint8Array(sieveRoom)) {
    this.#hash = hash;
    this.#max = max;
    this.#interest = interest;
  }

  /** @returns false when there were more words than are taken */
  read(text: string, to = text.length): boolean {
    this.#text = text;
    this.#fill(text, to);
    // Every word but the last has a character behind it, so there are never more words than half of the units, and one.
    if (to >= this.starts.length * 2) this.#room(to);
    const { codes, starts, ends, names, breaks, sieves } = this;
    const [kinds, max, hits, interest] = [this.#kinds, this.#max, this.hits, this.#interest];
    let found = 0;
    let row = 0;
    let at = 0;
    this.longs = 0;
    for (;;) {
      let code = 0;
      let entry = 0;
      let isBroken = 0;
      for (; at < to; at++) {
        code = codes[at] ?? 0;
        entry = entryOf(code);
        if ((entry & letterOrDigit) !== 0) break;
        if (code === 10) isBroken = 1;
      }
      if (at >= to) return this.#end(row, found, true);
      if (row >= max) return this.#end(row, found, false);
      const start = at;
      /** Of the word so far: whether it has a digit or a sign inside, a slash; the bits of its letters. */
      let inner = 0;
      let slash = 0;
      let seen = 0;
      let weak = 0;
      let glue = 0;
      let last = at;
      let sieve = 0;
      for (;;) {
        do {
          const folded = code < 256 ? entry & 255 : code;
          codes[at++] = folded;
          weak = Math.imul(weak ^ folded, sievePrime);
          seen |= code;
          inner |= entry & digit;
          code = codes[at] ?? 0;
          entry = entryOf(code);
        } while ((entry & letterOrDigit) !== 0);
        last = at;
        sieve = weak;
        let sign = 0;
        while ((entry & (signs | slash)) !== 0) {
          sign |= entry & naming;
          slash |= (entry & slashSign) >> 1;
          weak = Math.imul(weak ^ code, sievePrime);
          code = codes[++at] ?? 0;
          entry = entryOf(code);
        }
        if ((entry & letterOrDigit) === 0) break;
        inner |= sign;
        glue = 1;
      }
      starts[row] = start;
      ends[row] = last;
      names[row] = inner === 0 ? 0 : 1;
      breaks[row] = isBroken;
      kinds[row] = seen < 128 ? ascii : seen < 256 ? latin : other;
      sieve ^= sieve >>> 15;
      sieves[row] = sieve;
      if (last - start >= concealedCharsMin) this.longs++;
      if (seen > 255 || last - start > wordCharsMost) sieve = this.#unusual(row);
      if (interest[sieve & sieveMask] !== 0) hits[found++] = row;
      else if (glue !== 0 && interest[this.#tailSieve(start, last) & sieveMask] !== 0) hits[found++] = ~row;
      row++;
    }
  }

  #end(words: number, found: number, isWhole: boolean): boolean {
    this.length = words;
    this.#hashes.fill(0, 0, words);
    this.found = found;
    return isWhole;
  }

  /** Its units, with one behind them that ends every word. */
  #fill(text: string, to: number): void {
    if (to >= this.codes.length) {
      this.codes = new Uint16Array(to * 2);
      this.#bytes = new Uint8Array(to * 2);
    }
    const { codes } = this;
    codes[to] = 0;
    if (to === text.length && to >= nativeCharsMin) {
      // What fits into as many bytes as it has units is ASCII.
      const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(0, to));
      if (read === to && written === to) return codes.set(this.#bytes.subarray(0, to));
    }
    for (let at = 0; at < to; at++) codes[at] = text.charCodeAt(at);
  }

  /** Where the last part of a word begins behind a stop or a colon: who leaves out the blank has written two words. */
  tailStart(start: number, end: number): number {
    let at = end - 1;
    while (at > start && this.codes[at] !== 46 && this.codes[at] !== 58) at--;
    return at + 1;
  }

  tailSieveAt(at: number): number {
    return this.#tailSieve(this.starts[at] ?? 0, this.ends[at] ?? 0);
  }

  #tailSieve(start: number, end: number): number {
    let weak = 0;
    for (let at = this.tailStart(start, end); at < end; at++)
      weak = Math.imul(weak ^ (this.codes[at] ?? 0), sievePrime);
    return weak ^ (weak >>> 15);
  }

  /** Keyed. */
  hashAt(at: number): number {
    const known = this.#hashes[at] ?? 0;
    return known === 0 ? this.#hashOf(at) : known;
  }

  /** Of all words together, in their order; 0 for none. */
  whole(from: number, to: number): number {
    if (from >= to) return 0;
    let hash = this.hashAt(from);
    for (let at = from + 1; at < to; at++) hash = this.#hash.pair(hash, this.hashAt(at));
    return hash;
  }

  pairAt(at: number): number {
    return this.#hash.pair(this.hashAt(at), this.hashAt(at + 1));
  }

  lengthAt(at: number): number {
    return (this.ends[at] ?? 0) - (this.starts[at] ?? 0);
  }

  #hashOf(at: number): number {
    const start = this.starts[at] ?? 0;
    const end = Math.min(this.ends[at] ?? 0, start + wordCharsMost);
    const kind = this.#kinds[at];
    const hash =
      kind === ascii && end - start <= memoCharsMost
        ? this.#remembered(at, start, end)
        : kind === other
          ? this.#hash.of(this.#text.slice(start, end))
          : this.#hash.ofCodes(this.codes, start, end, kind === ascii ? 4 : 2);
    this.#hashes[at] = hash;
    return hash;
  }

  /** Most words of texts are few and short: their hashes are kept, each with all of its letters. */
  #remembered(at: number, start: number, end: number): number {
    const { codes } = this;
    let low = 0;
    let high = 0;
    const half = Math.min(end, start + 4);
    for (let place = start; place < half; place++) low = (low << 8) | (codes[place] ?? 0);
    for (let place = half; place < end; place++) high = (high << 8) | (codes[place] ?? 0);
    const memo = this.#memo;
    const row = ((this.sieves[at] ?? 0) & memoMask) * memoWidth;
    if (memo[row] === low && memo[row + 1] === high && low !== 0) return (memo[row + 2] ?? 0) >>> 0;
    const hash = this.#hash.ofCodes(codes, start, end, 4);
    memo[row] = low;
    memo[row + 1] = high;
    memo[row + 2] = hash;
    return hash;
  }

  /** A word that tables do not fold, or a long one: by its beginning. */
  #unusual(row: number): number {
    const start = this.starts[row] ?? 0;
    const end = Math.min(this.ends[row] ?? 0, start + wordCharsMost);
    let seen = 0;
    for (let at = start; at < end; at++) seen |= this.#text.charCodeAt(at);
    this.#kinds[row] = seen < 128 ? ascii : seen < 256 ? latin : other;
    const folded = this.#text.slice(start, end).toLowerCase().normalize("NFC");
    let weak = 0;
    for (let at = 0; at < folded.length; at++) weak = Math.imul(weak ^ folded.charCodeAt(at), sievePrime);
    return (this.sieves[row] = weak ^ (weak >>> 15));
  }

  #room(units: number): void {
    const room = units;
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.sieves = new Int32Array(room);
    this.hits = new Int32Array(room);
    this.names = new Uint8Array(room);
    this.breaks = new Uint8Array(room);
    this.#hashes = new Uint32Array(room);
    this.#kinds = new Uint8Array(room);
  }
}

function entryOf(code: number): number {
  const entry = entries[code] ?? 0;
  return entry === unknown ? lookedUp(code) : entry;
}

/** Halves of a pair of units belong to letters of rare scripts, or to signs that nobody names things with. */
function lookedUp(code: number): number {
  const found = isLetter.test(String.fromCharCode(code)) ? letter : 0;
  entries[code] = found;
  return found;
}
