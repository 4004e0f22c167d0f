/**
 * A text as a run of words with their places: what marks and look-ups are both made of. Owns where a word begins and ends. One is
 * used for many texts.
 *
 * W1. A word is letters, digits and what addresses and names of things are made of (@ . _ - / : + # % ~, and = & ? inside what
 *     has a slash), without such signs at its ends. What is written in a text and what is an argument give the same words.
 * W2. Each unit is looked at once: its class and its part of the word's tabulation hash (wordhash.ts) come from
 *     tables. A hash is sealed when somebody asks for it.
 * W3. Told on the way, so that nobody walks a text again that has none of it: what may be a disguise, an account number in groups,
 *     an encoded text, and which words may be of interest.
 */
import { concealedCharsMin } from "./concealment.ts";
import { mayVeil } from "./disguise.ts";
import { tablePlaces, type WordHash } from "./wordhash.ts";

/**
 * What a unit is to a word, as bits. Not from another module: what is imported is loaded anew for each unit, what stands here is
 * part of the code.
 */
const letter = 1;
const digit = 2;
const letterOrDigit = letter | digit;
/** A dash or a colon between letters is no name of a thing: "follow-up". */
const mild = 4;
const naming = 8;
const signs = mild | naming;
/** Belongs to a word only behind a slash. */
const query = 16;
const slash = 32;
/** Beyond Latin-1. */
const wide = 64;
/** In no base64, of either alphabet. */
const unencoded = 128;
/** Nobody has looked it up yet. */
const unknown = 256;
const feedShift = 9;
const feed = 1 << feedShift;
const bracket = 1_024;
/** Some text with it is disguised. */
const veil = 2_048;
/** What also stands behind the last unit. */
const nul = 4_096;

const isLetter = /[\p{L}\p{N}]/u;

/** By unit. What is unknown counts as a letter until `lookUp` was asked. */
const unitClasses: Uint16Array = new Uint16Array(65_536)
  .fill(letter | wide | unencoded, 0x100, 0x250)
  .fill(letter | wide | unencoded | unknown, 0x250);
for (let code = 0; code < 256; code++) unitClasses[code] = latinClass(code);

const unitMask = 65_535;

/** A word longer than this is hashed by its beginning. */
const wordCharsMost = 1_024;
const placeMask = (tablePlaces - 1) << 8;

export const sieveRoom = 8_192;
const sieveMask = sieveRoom - 1;

/** A shorter text is copied faster unit by unit. */
const nativeCharsMin = 48;
/** Units that may be looked at behind the end. */
const behind = 8;
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Bits beside those of classes. */
const interestShift = 13;
const alone = 16_384;
const longShift = 15;
const long = 1 << longShift;
const [stop, colon, blank, dash] = [46, 58, 32, 45];

export class WordRun {
  length = 0;
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  /** Tabulation hashes, not sealed: they stay here. */
  sieves = new Int32Array(256);
  /** Places of words before which a new line begins. */
  lines = new Int32Array(256);
  lineCount = 0;
  /** Places of words that name something. */
  named = new Int32Array(256);
  namedCount = 0;
  /** Places of words that may be of interest, and how many of them; the complement of a place, where the end of a word may be. */
  hits = new Int32Array(512);
  found = 0;
  /** Places of words that may be an encoded text. */
  longs: number[] = [];
  /** The text may be disguised (disguise.ts). */
  isVeiled = false;
  /** An account number may stand in it in groups. */
  isGrouped = false;
  /** The text. */
  codes = new Uint16Array(1_024 + behind);
  #bytes = Buffer.from(this.codes.buffer);
  #text = "";
  /** Of each word the classes of its units, those of the gap before it that matter, and whether it may be of interest. */
  #kinds = new Uint16Array(256);
  #seen = 0;
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
    if (this.longs.length > 0) this.longs = [];
    let isWhole = this.#walk(to);
    // Once each unit is looked up, there may be other words there.
    while ((this.#seen & unknown) !== 0) {
      this.#lookUp();
      isWhole = this.#walk(to);
    }
    this.#sort();
    // What was not walked may have anything in it.
    this.isVeiled =
      !isWhole || (this.#seen & veil) !== 0 || ((this.#seen & bracket) !== 0 && this.#isSpelt());
    if (!isWhole) this.isGrouped = true;
    return isWhole;
  }

  /**
   * The one loop over all units. What it costs is what the guard costs: at the end of a word it has no branch that is seldom taken and
   * makes no call, for which it would keep its numbers in memory. What looks idle, `| 0` and `& unitMask`, tells the compiler that a sum
   * does not overflow and that a place is within the table: it leaves two checks out for each unit, an eighth of a reading. `gap` is of
   * what stands between two words.
   */
  #walk(to: number): boolean {
    const { codes, starts, ends, sieves } = this;
    const kinds = this.#kinds;
    const classes = unitClasses;
    const { table } = this.#hash;
    const max = this.#max;
    const interest = this.#interest;
    let row = 0;
    let at = 0;
    let gap = 0;
    let seen = 0;
    for (;;) {
      let code = codes[at] ?? 0;
      let is = classes[code & unitMask] ?? 0;
      while ((is & letterOrDigit) === 0) {
        gap |= is;
        if ((is & nul) !== 0 && at >= to) return this.#end(row, seen | gap, true);
        code = codes[(at = (at + 1) | 0)] ?? 0;
        is = classes[code & unitMask] ?? 0;
      }
      if (row >= max) return this.#end(row, seen | gap, false);
      const start = at;
      let weak = 0;
      let place = 0;
      let inner = 0;
      do {
        inner |= is;
        weak ^= table[place | (code & 255)] ?? 0;
        place = (place + 256) & placeMask;
        code = codes[(at = (at + 1) | 0)] ?? 0;
        is = classes[code & unitMask] ?? 0;
      } while ((is & letterOrDigit) !== 0);
      let last = at;
      let sieve = weak;
      let sign = 0;
      // Most signs behind a word end it.
      if ((is & signs) !== 0 && ((classes[codes[at + 1] ?? 0] ?? 0) & (letterOrDigit | signs | query)) !== 0)
        for (;;) {
          sign = 0;
          while ((is & (signs | (((inner | sign) & slash) === 0 ? 0 : query))) !== 0) {
            sign |= is;
            weak ^= table[place | code] ?? 0;
            place = (place + 256) & placeMask;
            code = codes[(at = (at + 1) | 0)] ?? 0;
            is = classes[code & unitMask] ?? 0;
          }
          if ((is & letterOrDigit) === 0) break;
          inner |= sign;
          do {
            inner |= is;
            weak ^= table[place | (code & 255)] ?? 0;
            place = (place + 256) & placeMask;
            code = codes[(at = (at + 1) | 0)] ?? 0;
            is = classes[code & unitMask] ?? 0;
          } while ((is & letterOrDigit) !== 0);
          last = at;
          sieve = weak;
        }
      seen |= gap | inner;
      starts[row] = start;
      ends[row] = last;
      sieves[row] = sieve;
      kinds[row++] =
        (gap & (feed | veil | bracket)) |
        inner |
        ((interest[sieve & sieveMask] ?? 0) << interestShift) |
        (((concealedCharsMin - 1 - last + start) >>> 31) << longShift);
      gap = sign;
    }
  }

  #end(words: number, seen: number, isWhole: boolean): boolean {
    this.length = words;
    this.#seen = seen;
    return isWhole;
  }

  /** The few words that somebody asks for, as lists: without a branch for those that are common. */
  #sort(): void {
    const { length, lines, named, hits } = this;
    const [kinds, interest] = [this.#kinds, this.#interest];
    let found = 0;
    let namedCount = 0;
    let lineCount = 0;
    this.isGrouped = false;
    for (let row = 0; row < length; row++) {
      const is = kinds[row] ?? 0;
      hits[found] = row;
      found += (is >>> interestShift) & 1;
      lines[lineCount] = row;
      lineCount += (is >>> feedShift) & 1;
      if ((is & (naming | digit | mild | wide | long)) === 0) continue;
      if ((is & (wide | long)) !== 0) found += this.#unusual(row, is) - ((is >>> interestShift) & 1);
      if ((is & (naming | digit)) !== 0) named[namedCount++] = row;
      if ((is & digit) !== 0 && (is & letter) !== 0 && this.#isGroupHead(row)) this.isGrouped = true;
      if ((is & signs) !== 0 && interest[this.tailSieveAt(row) & sieveMask] !== 0) hits[found++] = ~row;
    }
    this.found = found;
    this.namedCount = namedCount;
    this.lineCount = lineCount;
  }

  /** Of a word that is long, or beyond Latin-1: its sieve is another one. @returns 1 where that may be of interest */
  #unusual(row: number, is: number): number {
    if ((is & unencoded) === 0) this.longs.push(row);
    const [start, end] = [this.starts[row] ?? 0, this.ends[row] ?? 0];
    if ((is & wide) !== 0 || end - start > tablePlaces)
      this.sieves[row] = this.#hash.weakOf(this.#text.slice(start, Math.min(end, start + wordCharsMost)));
    return this.#interest[(this.sieves[row] ?? 0) & sieveMask] ?? 0;
  }

  /** Whether an opening bracket may begin an at sign or a dot in words. */
  #isSpelt(): boolean {
    const { codes } = this;
    for (const sign of "[({")
      for (let at = this.#text.indexOf(sign); at >= 0; at = this.#text.indexOf(sign, at + 1)) {
        const next = ((unitClasses[codes[at + 1] ?? 0] ?? 0) & letterOrDigit) === 0 ? at + 2 : at + 1;
        const [first, second] = [(codes[next] ?? 0) | 32, (codes[next + 1] ?? 0) | 32];
        if ((first === 97 && second === 116) || (first === 100 && second === 111)) return true;
      }
    return false;
  }

  /** Whether a word has what an account number in groups begins with: two letters, two digits, and a blank or a dash behind them. */
  #isGroupHead(row: number): boolean {
    const { codes } = this;
    const start = this.starts[row] ?? 0;
    for (let at = start + 4, end = this.ends[row] ?? 0; at <= end; at++)
      if ((codes[at] === blank || codes[at] === dash) && isDigit(codes[at - 1]) && isDigit(codes[at - 2]) && !isDigit(codes[at - 3]) && !isDigit(codes[at - 4])) return true; // prettier-ignore
    return false;
  }

  #lookUp(): void {
    for (let row = 0; row < this.length; row++)
      for (let at = this.starts[row] ?? 0; at < (this.ends[row] ?? 0); at++)
        if (((unitClasses[this.codes[at] ?? 0] ?? 0) & unknown) !== 0) lookUp(this.codes[at] ?? 0);
  }

  /** Its units, with one behind them that ends every word. */
  #fill(text: string, to: number): void {
    if (to + behind > this.codes.length) {
      this.codes = new Uint16Array(to * 2 + behind);
      this.#bytes = Buffer.from(this.codes.buffer);
    }
    const { codes } = this;
    if (to >= nativeCharsMin && isLittleEndian) this.#bytes.write(text, 0, to * 2, "utf16le");
    else for (let at = 0; at < to; at++) codes[at] = text.charCodeAt(at);
    codes[to] = 0;
  }

  /** Of the last part of a word, behind a stop or a colon: who leaves out the blank has written two words. */
  tailSieveAt(row: number): number {
    const { codes } = this;
    const { table } = this.#hash;
    const start = this.starts[row] ?? 0;
    const end = this.ends[row] ?? 0;
    let tail = end;
    while (tail > start && codes[tail - 1] !== stop && codes[tail - 1] !== colon) tail--;
    let weak = 0;
    for (let at = tail, place = 0; at < end; at++, place = (place + 256) & placeMask)
      weak ^= table[place | ((codes[at] ?? 0) & 255)] ?? 0;
    return weak;
  }

  /** It has a digit or a sign inside: it names something by itself. */
  isName(row: number): boolean {
    return ((this.#kinds[row] ?? 0) & (digit | naming)) !== 0;
  }

  /** Whether somebody has said of it that it stands alone as a value. */
  isAlone(row: number): boolean {
    return ((this.#kinds[row] ?? 0) & alone) !== 0;
  }

  setAlone(row: number): void {
    this.#kinds[row] = (this.#kinds[row] ?? 0) | alone;
  }

  /** Sealed. */
  hashAt(at: number): number {
    return this.#hash.seal(this.sieves[at] ?? 0);
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

  #room(units: number): void {
    this.starts = new Int32Array(units);
    this.ends = new Int32Array(units);
    this.sieves = new Int32Array(units);
    this.lines = new Int32Array(units);
    this.named = new Int32Array(units);
    this.hits = new Int32Array(units);
    this.#kinds = new Uint16Array(units);
  }
}

function isDigit(code = 0): boolean {
  return code >= 48 && code <= 57;
}

function latinClass(code: number): number {
  if ((code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return letter;
  if (code >= 0xc0) return letter | unencoded;
  if (code >= 48 && code <= 57) return digit;
  if (code === 0) return nul;
  if (code === 10) return feed;
  const sign = String.fromCharCode(code);
  const also = mayVeil(sign) ? veil : 0;
  if (sign === "/") return naming | slash;
  if (sign === "_" || sign === "+") return naming;
  if (sign === "-") return mild;
  if (sign === ":") return mild | unencoded;
  if ("@.#%~".includes(sign)) return naming | unencoded | also;
  if ("=&?".includes(sign)) return query | unencoded | also;
  return "[({".includes(sign) ? bracket : also;
}

/** Halves of a pair of units belong to letters of rare scripts, or to signs that nobody names things with. */
function lookUp(code: number): void {
  const unit = String.fromCharCode(code);
  const is = isLetter.test(unit) ? letter | wide | unencoded : 0;
  unitClasses[code] = is | (mayVeil(unit) ? veil : 0);
}
