/**
 * Pages: a text, or several behind one another, as bytes, one for each character, and what one reading tells of them: their symbols,
 * and where encodings may stand. Does not own what characters are (alphabet.ts), nor what is undone (layers.ts).
 *
 * P1. A page is read once, whatever it is compared for.
 * P2. What is told of a text is told of it alone: no run and no list goes on behind its end. Borders are read by whoever asks.
 */
import * as alphabet from "./alphabet.ts";
import { bitsOf, endsListed, isWorthTrying } from "./alphabet.ts";
import * as symbolsOf from "./symbols.ts";
import { isAsciiInto, type Symbols } from "./symbols.ts";

/** Of this module: what is imported is looked up in each turn of a loop. */
const { control, foreign, inRun, kinds, listedMin, runMin, shortMax, symbolOfByte } = alphabet;
const { blockChars, comparedCodes } = symbolsOf;
/** What is read at once, and where in the page those of it stand that have no symbol: constants, as `comparedCodes` is one. */
const block = new Uint8Array(blockChars);
const blockGaps = new Int32Array(blockChars + 1);
/** Larger buffers are not kept. */
const keptBytes = 512 * 1024;
/**
 * What is told of a place: a run that is worth trying begins or ends, short runs stand before it as in a list of bytes, a character
 * may stand for others. The place and this are one number.
 */
export const tells = { run: 1, list: 2, escape: 4 } as const;
export const placeBits = 3;
const beyond = 16;
const space = 32;

export class Page {
  bytes = new Uint8Array(1_024);
  /** Places of which something is told, each with what (`tells`) in its lowest bits. */
  places = new Int32Array(1_024);
  /** By text: where its bytes, its symbols and its places end, behind those of the texts before it; -1 stands for 0. */
  ends = new Int32Array(64);
  symbolEnds = new Int32Array(64);
  placeEnds = new Int32Array(64);
  /** All texts behind one another, as they were taken. */
  text = "";
  /** Texts. */
  count = 0;
  /** Characters of the longest run that is told. */
  longestRun = 0;
  /** Of a page of several blocks: gaps of all of them. */
  #all = new Int32Array(0);
  /** Places that have no symbol, of the page that is read. */
  #gaps = blockGaps;
  /** Of the text that is read: gaps that have something to tell, how many, and how many short words stand before its end. */
  #keeps = new Int32Array(1_024);
  #kept = 0;
  #short = 0;
  #told = 0;

  /**
   * Takes texts and reads them. Their symbols come behind those that there are.
   *
   * @param symbols in `comparedCodes`
   * @returns false when there was no room for all symbols
   */
  fill(texts: readonly string[], symbols: Symbols): boolean {
    const chars = this.#takes(texts);
    let all = "";
    for (const text of texts) all += text;
    this.text = all;
    this.room(chars);
    if (isAsciiInto(all, this.bytes, 0)) return this.#read(symbols);
    let from = 0;
    for (const text of texts) {
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        this.bytes[from + at] = code < 128 ? code : code >= 0xa0 ? foreign : control;
      }
      from += text.length;
    }
    // Symbols of what is beyond ASCII are no matter of single characters.
    const before = symbols.length;
    this.#read(symbols);
    symbols.length = before;
    let isWhole = true;
    for (const [at, text] of texts.entries()) {
      if (!symbols.add(text)) isWhole = false;
      this.symbolEnds[at] = symbols.length;
    }
    return isWhole;
  }

  /** Reads one text, the first bytes of `bytes`, which are ASCII. @returns as `fill` does */
  readAscii(length: number, symbols: Symbols): boolean {
    this.ends[0] = length;
    this.count = 1;
    this.room(length);
    return this.#read(symbols);
  }

  /** Sees to it that there is room for so many characters; what bytes there are stay. */
  room(chars: number): void {
    if (this.bytes.length < chars + beyond) {
      const grown = new Uint8Array(2 * (chars + beyond));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    const places = chars + this.count + beyond;
    if (this.places.length >= places) return;
    this.places = new Int32Array(2 * places);
    this.#keeps = new Int32Array(2 * places);
  }

  /** Large buffers are not kept for the next one. */
  release(): void {
    if (this.bytes.length <= keptBytes) return;
    this.bytes = new Uint8Array(1_024);
    this.places = new Int32Array(1_024);
    this.#all = new Int32Array(0);
    this.#gaps = blockGaps;
    this.#keeps = new Int32Array(1_024);
  }

  /** Where the run begins that ends with a text, as far as it is told; else where the text ends. */
  runBefore(which: number): number {
    const end = this.ends[which] ?? 0;
    const last = this.placeEnds[which] ?? 0;
    const first = which === 0 ? 0 : (this.placeEnds[which - 1] ?? 0);
    const isRun = last - first >= 2 && this.places[last - 1] === ((end << placeBits) | tells.run);
    return isRun ? (this.places[last - 2] ?? 0) >> placeBits : end;
  }

  /** Where the run ends that begins with the text behind another, as far as it is told; else where the other ends. */
  runBehind(which: number): number {
    const end = this.ends[which] ?? 0;
    const first = this.placeEnds[which] ?? 0;
    const isRun =
      first < (this.placeEnds[which + 1] ?? 0) && this.places[first] === ((end << placeBits) | tells.run);
    return isRun ? (this.places[first + 1] ?? 0) >> placeBits : end;
  }

  #takes(texts: readonly string[]): number {
    this.count = texts.length;
    if (this.ends.length < texts.length) {
      this.ends = new Int32Array(2 * texts.length);
      this.symbolEnds = new Int32Array(2 * texts.length);
      this.placeEnds = new Int32Array(2 * texts.length);
    }
    let chars = 0;
    for (let at = 0; at < texts.length; at++) {
      chars += texts[at]?.length ?? 0;
      this.ends[at] = chars;
    }
    return chars;
  }

  /** Of what is in `bytes`. */
  #read(symbols: Symbols): boolean {
    const { bytes, ends, count } = this;
    const chars = count === 0 ? 0 : (ends[count - 1] ?? 0);
    // What stands behind the last text begins nothing.
    bytes[chars] = bytes[chars + 1] = space;
    const before = symbols.length;
    const isWhole = this.#tell(this.#spell(chars, symbols), before, symbols.max);
    symbols.length = Math.min(symbols.length, symbols.max);
    return isWhole;
  }

  /** Symbols, and where those bytes stand that have none: between words. @returns how many they are */
  #spell(chars: number, symbols: Symbols): number {
    const isOne = chars <= blockChars;
    if (!isOne && this.#all.length <= chars) this.#all = new Int32Array(2 * chars);
    this.#gaps = isOne ? blockGaps : this.#all;
    let count = 0;
    for (let from = 0; from < chars; from += blockChars) {
      const size = Math.min(blockChars, chars - from);
      block.set(this.bytes.subarray(from, from + size));
      // What is too much is left out in the end: until then each block has room behind the last symbol that there may be.
      const start = Math.min(symbols.length, symbols.max);
      symbols.length = spellBlock(size, start, from);
      const between = size - symbols.length + start;
      if (!isOne) this.#all.set(blockGaps.subarray(0, between), count);
      count += between;
    }
    return count;
  }

  /** What is told of places. @param before symbols that there were @returns whether there is room for all */
  #tell(count: number, before: number, max: number): boolean {
    const { ends, symbolEnds, placeEnds } = this;
    const gaps = this.#gaps;
    gaps[count] = 0x7fffffff;
    let first = 0;
    let from = 0;
    let isWhole = true;
    this.#told = 0;
    this.longestRun = 0;
    for (let text = 0; text < this.count; text++) {
      const to = ends[text] ?? 0;
      if (to - from > max - before - from + first) isWhole = false;
      // Most names of members, and many texts: a short word, of which nothing is told.
      if (to - from < runMin && (gaps[first] ?? 0) >= to) {
        symbolEnds[text] = before + to - first;
        placeEnds[text] = this.#told;
        from = to;
        continue;
      }
      const last = this.#keep(first, from, to);
      const done = this.#kept === 0 ? from : this.#words(first, last, from, to);
      const start = last > first ? (gaps[last - 1] ?? 0) + 1 : from;
      if (done <= to && to - start >= runMin) this.#run(start, to);
      else if (this.#short >= listedMin - 1 && endsListed(this.bytes, from, to)) this.#put(to, tells.list);
      symbolEnds[text] = before + to - last;
      placeEnds[text] = this.#told;
      first = last;
      from = to;
    }
    return isWhole;
  }

  /**
   * Which gaps of a text have something to tell: a long word before them, the last one of several short words, or a character of
   * their own. Nearly none have, and which is not to be guessed: no branch asks.
   *
   * @returns the first gap of the next text
   */
  #keep(first: number, from: number, to: number): number {
    const { bytes } = this;
    const gaps = this.#gaps;
    const keeps = this.#keeps;
    let gap = first;
    let kept = 0;
    let short = 0;
    let last = from - 1;
    for (let at = gaps[gap] ?? 0; at < to; at = gaps[gap] ?? 0) {
      const length = (at - last - 1) | 0;
      last = at;
      short = ((short + (-length >>> 31)) | 0) & ((length - shortMax - 1) >> 31);
      keeps[kept] = gap;
      kept = (kept + ((runMin - 1 - length) >>> 31 | (listedMin - 1 - short) >>> 31 | -(kinds[bytes[at] ?? 0] ?? 0) >>> 31)) | 0; // prettier-ignore
      gap = (gap + 1) | 0;
    }
    this.#kept = kept;
    this.#short = short;
    return gap;
  }

  /** Tells of the gaps that were kept. @returns what was read: behind `to` when the last word was */
  #words(first: number, last: number, from: number, to: number): number {
    const { bytes } = this;
    const gaps = this.#gaps;
    let done = from;
    for (let each = 0; each < this.#kept; each++) {
      let gap = this.#keeps[each] ?? 0;
      let at = gaps[gap] ?? 0;
      if (at < done) continue;
      const start = gap > first ? (gaps[gap - 1] ?? 0) + 1 : from;
      let kind = kinds[bytes[at] ?? 0] ?? 0;
      // Signs of base64 and hyphens have no symbol and part no run.
      while ((kind & inRun) !== 0) {
        gap++;
        at = gap < last ? (gaps[gap] ?? 0) : to;
        kind = at < to ? (kinds[bytes[at] ?? 0] ?? 0) : 0;
      }
      done = at + 1;
      if (at - start >= runMin) this.#run(start, at);
      else if (at - start <= shortMax && endsListed(bytes, from, at)) this.#put(at, tells.list);
      if (kind !== 0) this.#put(at, tells.escape);
    }
    return done;
  }

  #run(from: number, to: number): void {
    if (!isWorthTrying(bitsOf(this.bytes, from, to), to - from)) return;
    this.longestRun = Math.max(this.longestRun, to - from);
    this.#put(from, tells.run);
    this.#put(to, tells.run);
  }

  #put(at: number, told: number): void {
    this.places[this.#told++] = (at << placeBits) | told;
  }
}

/** Writes symbols from a place on, and gaps as places of the page. @param from of the block in its page @returns where the symbols end */
function spellBlock(size: number, start: number, from: number): number {
  let at = start;
  for (let next = 0; next < size; next = (next + 1) | 0) {
    const symbol = symbolOfByte[block[next] ?? 0] ?? 0;
    // Either is written over by the next one: a branch here would be guessed wrong at every end of a word.
    comparedCodes[at] = symbol;
    blockGaps[(next - at + start) | 0] = (from + next) | 0;
    at = (at + ((symbol >>> 7) ^ 1)) | 0;
  }
  return at;
}
