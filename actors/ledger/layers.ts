/**
 * What arguments may hide: texts inside a text, each with its encoding undone. Owns which encodings are undone where an agent
 * writes, short ones and cut ones too. Does not own what stands in texts that tools give (dlp/decoder.ts), nor the bytes of letters
 * (radix.ts).
 *
 * D1. Trying costs little and proves nothing: what comes out is only compared with what was read before.
 * D2. Layers in layers and all that comes out are bounded; beyond it `undo` says so.
 * D3. What comes out as ASCII stays bytes from letter to symbol: no text is made of it.
 */
import { limits } from "../../protocol/limits.ts";
import { escapedRegions, readable, unescapeRegion, type Inflate } from "../dlp/encoding.ts";
import * as alphabet from "./alphabet.ts";
import { bitsOf, hasBase32, isWorthTrying, mayBeListed, mayEscape } from "./alphabet.ts";
import { bordersOf, edgeChars, isOver, joinedAtEnds } from "./border.ts";
import { bothHalves, escapes, Halves, radixOfBit } from "./halves.ts";
import { Page, placeBits, tells } from "./page.ts";
import {
  base32,
  base32small,
  base64,
  Bytes,
  charsMin,
  hex,
  mayBegin,
  mayBegin64,
  mayBePacked,
  places64,
  type Radix,
} from "./radix.ts";
import { isAsciiInto, type Symbols } from "./symbols.ts";
import { linesAt, type Lines } from "./wrapped.ts";

/** Undoes gzip or zlib, synchronously; undefined when the bytes are neither. */
export type InflatePort = (bytes: Uint8Array, bytesMax: number) => Uint8Array | "too large" | undefined;

/** Bytes as numbers or as pairs of hex digits, with something between them. */
const pairs = /(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s,:;-]{1,2}){5,}(?:0x|\\x|%)?[0-9A-Fa-f]{2}/g;
const numbers = /(?:\d{2,3}[\s,;]{1,2}){5,}\d{2,3}/g;

/** Shorter texts hide nothing by themselves. */
const textMin = 8;
/** An escape farther from a border is undone without the other side (dlp/encoding.ts), unless letters lead from there to it. */
const nearBorder = 200;
const { dlpDecodeDepthMax, dlpDecodedCharsMax, dlpRunCharsMax } = limits;
/** Of this module: what is imported is looked up in each turn of a loop. */
const { capital, in32, small, inRun, notHex, runMin, listCharsMin, inList, kinds } = alphabet;

/** Of letters of base64 alone. */
const mixed = small | capital | notHex;

/** Compares the symbols that there are. */
export type Look = () => void;

export class Layers {
  readonly #inflate: Inflate;
  readonly #symbols: Symbols;
  #left = 0;
  #isCut = false;
  readonly #bytes = new Bytes();
  /** By depth: what came out. */
  readonly #pages: Page[] = [];
  readonly #halves = new Halves();
  #digits = new Uint8Array(64);
  /** Some text has what may be an escape so near to its end that it can go on in the next. */
  #hasNearEscapes = false;
  /** The same, and it stands farther from its end than what is mostly tried. */
  #hasFarEscapes = false;
  /** Of the text that is undone: from where letters were followed back to its beginning, and how far on to its end. */
  #leftTried = 0;
  #rightTried = 0;

  /** @param symbols of what is compared; those of a layer take their place */
  constructor(inflate: InflatePort, symbols: Symbols) {
    this.#symbols = symbols;
    this.#inflate = (bytes) => {
      const plain = inflate(bytes, dlpDecodedCharsMax);
      if (plain !== "too large") return plain;
      this.#isCut = true;
      return undefined;
    };
  }

  /** For another call. */
  start(): void {
    this.#left = dlpDecodedCharsMax;
    this.#isCut = false;
    this.#hasNearEscapes = false;
    this.#hasFarEscapes = false;
  }

  /** Something was left out since `start`. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Large buffers are not kept for the next call. */
  release(): void {
    for (const page of this.#pages) page.release();
  }

  /**
   * Compares what a text of a page hides, and what that hides.
   *
   * @param which of the page's texts
   * @param text  it, where it is at hand
   */
  undo(page: Page, which: number, text: string | undefined, look: Look, depth = 0): void {
    const { bytes, places, placeEnds, ends } = page;
    const from = which === 0 ? 0 : (ends[which - 1] ?? 0);
    const to = ends[which] ?? 0;
    const last = placeEnds[which] ?? 0;
    let run = -1;
    // Lines that were put together, and those of them that said something.
    let joined = 0;
    let said = 0;
    let isListed = false;
    let isEscaped = false;
    this.#leftTried = this.#rightTried = from;
    let escapes = 0;
    for (let next = which === 0 ? 0 : (placeEnds[which - 1] ?? 0); next < last; next++) {
      const told = places[next] ?? 0;
      const at = told >> placeBits;
      if ((told & tells.run) !== 0) {
        if (run < 0) run = at;
        else {
          if (at - run >= 17 && ((bytes[run + 2] === 45 && bytes[run + 5] === 45) || (bytes[run + 4] === 45 && bytes[run + 9] === 45))) isListed = true; // prettier-ignore
          const bits = bitsOf(bytes, run, at);
          // What stands before them moves no line: they begin as a text does, or are no base64.
          const lines = run < joined || ((bits & mixed) === mixed && !mayBegin64(bytes, run, at)) ? undefined : linesAt(bytes, run, at, to); // prettier-ignore
          if (lines !== undefined) {
            joined = lines.end;
            if (this.#lines(lines, bits, look, depth)) said = joined;
          }
          if (run >= said) this.#run(bytes, run, at, bits, false, look, depth, at);
          run = -1;
        }
      }
      if ((told & tells.list) !== 0) isListed = true;
      if ((told & tells.escape) === 0) continue;
      escapes |= kinds[bytes[at] ?? 0] ?? 0;
      if (!mayEscape(bytes, at)) continue;
      isEscaped = true;
      if (depth === 0 && !this.#hasFarEscapes) this.#near(bytes, at, from, to);
    }
    if (to - from < textMin) return;
    if (isEscaped && (escapes & alphabet.escaping) !== 0) this.#escapes(text ?? textOf(bytes, from, to), undefined, look, depth); // prettier-ignore
    if (isListed && mayBeListed(bytes, from, to))
      this.#lists(text ?? textOf(bytes, from, to), undefined, look, depth);
  }

  /**
   * The same of what is cut between the first texts of a page, which were undone each by itself since `start`: only what stands on
   * both sides of a border is tried. Runs and lists are read from the first border within them, and have others.
   *
   * @param count of those texts
   */
  undoJoined(page: Page, texts: readonly string[], count: number, look: Look): void {
    const { bytes, ends } = page;
    const end = ends[count - 1] ?? 0;
    let tried = 0;
    let listed = 0;
    for (let which = 0; which + 1 < count; which++) {
      const border = ends[which] ?? 0;
      const last = bytes[border - 1] ?? 0;
      const first = bytes[border] ?? 0;
      // What does not go on over this border may over the next: it is read from there.
      const isRun = ((kinds[last] ?? 0) & (kinds[first] ?? 0) & inRun) !== 0;
      if (isRun && border >= tried) tried = this.#runOver(page, which, count - 1, look);
      if (border < listed || (inList[last] ?? 0) === 0 || (inList[first] ?? 0) === 0) continue;
      let from = border;
      let to = border;
      while (from > 0 && inList[bytes[from - 1] ?? 0] === 1) from--;
      while (to < end && inList[bytes[to] ?? 0] === 1) to++;
      listed = to;
      if (to - from < listCharsMin || !mayBeListed(bytes, from, to)) continue;
      this.#lists(textOf(bytes, from, to), bordersOf(ends, count, from, to), look, 0);
    }
    if (!this.#hasNearEscapes) return;
    const { text, borders } = joinedAtEnds(
      texts.slice(0, count),
      this.#hasFarEscapes ? dlpRunCharsMax + nearBorder : edgeChars,
    );
    this.#escapes(text, borders, look, 0);
  }

  /** The same of what is cut in two with others between, or the other way round. @param count of a page's first texts */
  undoHalves(page: Page, count: number, look: Look): void {
    const halves = this.#halves;
    halves.read(page, count);
    for (let one = 0; one < halves.count; one++)
      for (let other = 0; other < halves.count; other++) {
        const together = halves.together(one, other);
        if (together === 0) continue;
        const end = halves.put(page.bytes, one, other);
        if (together === escapes) this.#escapes(textOf(bothHalves, 0, end), [halves.length(one)], look, 0);
        else for (const [bit, radix] of radixOfBit) if ((together & bit) !== 0) this.#letters(bothHalves, 0, end, radix, false, look, 0); // prettier-ignore
      }
  }

  /** @param bits of the first @returns whether they said a text */
  #lines({ letters, whole }: Lines, bits: number, look: Look, depth: number): boolean {
    const sizes = letters.length > whole ? [letters.length, whole] : [whole];
    const isSaid = (radix: Radix): boolean => sizes.some((size) => this.#letters(letters, 0, size, radix, false, look, depth)); // prettier-ignore
    if ((bits & notHex) === 0) return isSaid(hex);
    const cases = bits & (small | capital);
    return isSaid(cases === capital ? base32 : cases === small ? base32small : base64);
  }

  /** Whether an escape may be undone together with what stands over a border. */
  #near(bytes: Uint8Array, at: number, from: number, to: number): void {
    const start = Math.max(from, at - nearBorder);
    const floor = Math.max(from, this.#leftTried);
    let left = start;
    while (left > floor && at - left < dlpRunCharsMax && ((kinds[bytes[left - 1] ?? 0] ?? 0) & inRun) !== 0) left--; // prettier-ignore
    let right = Math.max(Math.min(to, at + nearBorder), this.#rightTried);
    while (right < to && right - at < dlpRunCharsMax && ((kinds[bytes[right] ?? 0] ?? 0) & inRun) !== 0)
      right++;
    this.#leftTried = start;
    this.#rightTried = right;
    const [isLeft, isRight] = [left === from, right === to];
    if (isLeft || isRight) this.#hasNearEscapes = true;
    if ((isLeft && at - from >= nearBorder) || (isRight && to - at >= nearBorder)) this.#hasFarEscapes = true;
  }

  /** The run over a border, if there is one. @param count of borders @returns where it ends */
  #runOver(page: Page, which: number, count: number, look: Look): number {
    const { bytes, ends } = page;
    const end = ends[count] ?? 0;
    let from = page.runBefore(which);
    let to = page.runBehind(which);
    while (from > 0 && ((kinds[bytes[from - 1] ?? 0] ?? 0) & inRun) !== 0) from--;
    while (to < end && ((kinds[bytes[to] ?? 0] ?? 0) & inRun) !== 0) to++;
    if (to - from < runMin) return to;
    let first = to;
    let last = from;
    for (let each = which; each < count && (ends[each] ?? 0) < to; each++) {
      last = ends[each] ?? 0;
      if (last > from) first = Math.min(first, last);
    }
    if (first >= to) return to;
    const bits = bitsOf(bytes, from, to);
    if (!isWorthTrying(bits, to - from)) return to;
    // Of a long run only what stands near its borders: the rest was tried with its text. As many letters are left out before them
    // as keep the rest in step, and none where it is packed: that has no middle.
    const start = from + Math.max(0, (first - from - edgeChars) & ~7);
    const stop = Math.min(to, last + edgeChars);
    const isPart = (start > from || stop < to) && !mayBePacked(bytes, from, to);
    this.#run(bytes, isPart ? start : from, isPart ? stop : to, bits, isPart, look, 0, last);
    return to;
  }

  #escapes(text: string, borders: readonly number[] | undefined, look: Look, depth: number): void {
    for (const [from, to] of escapedRegions(text, 0, text.length)) {
      if (!isOver(borders, from, to)) continue;
      const layer = unescapeRegion(text, from, to);
      if (layer !== undefined) this.#take(layer.text, look, depth);
    }
  }

  /** Bytes as numbers or as pairs of hex digits. */
  #lists(text: string, borders: readonly number[] | undefined, look: Look, depth: number): void {
    for (const { 0: part, index } of text.matchAll(pairs)) {
      const digits = part.replace(/0x|[^0-9A-Fa-f]/g, "");
      if (!isOver(borders, index, index + part.length)) continue;
      if (this.#digits.length < digits.length) this.#digits = new Uint8Array(2 * digits.length);
      if (isAsciiInto(digits, this.#digits, 0)) this.#letters(this.#digits, 0, digits.length, hex, false, look, depth); // prettier-ignore
    }
    for (const { 0: part, index } of text.matchAll(numbers))
      if (isOver(borders, index, index + part.length))
        this.#say(Uint8Array.from(part.match(/\d+/g) ?? [], Number), look, depth);
  }

  /**
   * @param isPart of a longer run
   * @param before what begins later than there is not tried: it was, with the text behind the last border
   */
  #run(
    codes: Uint8Array,
    start: number,
    end: number,
    bits: number,
    isPart: boolean,
    look: Look,
    depth: number,
    before: number,
  ): void {
    const length = end - start;
    if ((bits & notHex) === 0 && length % 2 === 0 && this.#letters(codes, start, end, hex, isPart, look, depth)) return; // prettier-ignore
    // What stands before it, or what was cut off, may have moved it by up to three letters.
    let places = isPart ? 15 : places64(codes, start);
    for (let from = start; places !== 0 && from < before; from++, places >>= 1)
      if (
        (places & 1) !== 0 &&
        (isPart || mayBegin64(codes, from, end)) &&
        this.#letters(codes, from, end, base64, isPart, look, depth)
      )
        return;
    if (length < 13 || !hasBase32(codes, start, end, before)) return;
    this.#base32(codes, start, end, isPart, look, depth, before);
  }

  /** Runs of one case; of two that have letters in common the one that begins first, and of those the one of capitals. */
  #base32(
    codes: Uint8Array,
    start: number,
    end: number,
    isPart: boolean,
    look: Look,
    depth: number,
    before: number,
  ): void {
    let capitals = start;
    let smalls = start;
    // Of a run over a border no more is read than may have begun before it: behind it a whole file may stand.
    for (let at = start; at <= end && (capitals < before || smalls < before); at++) {
      const kind = at < end ? (in32[codes[at] ?? 0] ?? 0) : 0;
      if ((kind & capital) === 0) {
        if (at - capitals >= runMin && capitals <= smalls && capitals < before) {
          if (isPart || mayBegin(codes, capitals, at, base32)) this.#letters(codes, capitals, at, base32, isPart, look, depth); // prettier-ignore
          smalls = at;
        }
        capitals = at + 1;
      }
      if ((kind & small) !== 0) continue;
      if (at - smalls >= runMin && smalls < capitals && smalls < before) {
        if (isPart || mayBegin(codes, smalls, at, base32small)) this.#letters(codes, smalls, at, base32small, isPart, look, depth); // prettier-ignore
        capitals = Math.max(capitals, at);
      }
      smalls = at + 1;
    }
  }

  /** @returns false when they say no text */
  #letters(
    codes: Uint8Array,
    from: number,
    to: number,
    radix: Radix,
    isPart: boolean,
    look: Look,
    depth: number,
  ): boolean {
    const page = this.#pageAt(depth);
    page.room(to - from);
    const read = this.#bytes;
    if (!read.read(page.bytes, codes, from, to, radix, isPart)) return false;
    const { length, isAscii } = read;
    if (!isAscii) return this.#say(page.bytes.subarray(0, length), look, depth);
    if (length < charsMin) return false;
    if (!this.#mayTake(length, depth)) return true;
    this.#symbols.clear();
    page.readAscii(length, this.#symbols);
    look();
    this.undo(page, 0, undefined, look, depth + 1);
    return true;
  }

  #say(bytes: Uint8Array, look: Look, depth: number): boolean {
    const text = readable(bytes, this.#inflate);
    if (text === undefined || text.length < charsMin) return false;
    this.#take(text, look, depth);
    return true;
  }

  #take(text: string, look: Look, depth: number): void {
    if (!this.#mayTake(text.length, depth)) return;
    const page = this.#pageAt(depth);
    this.#symbols.clear();
    if (!page.fill([text], this.#symbols)) this.#isCut = true;
    look();
    this.undo(page, 0, text, look, depth + 1);
  }

  #mayTake(chars: number, depth: number): boolean {
    if (depth >= dlpDecodeDepthMax || this.#left < chars) {
      this.#isCut ||= this.#left < chars;
      return false;
    }
    this.#left -= chars;
    return true;
  }

  #pageAt(depth: number): Page {
    return (this.#pages[depth] ??= new Page());
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A part of a page whose bytes are ASCII. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to));
}
