/**
 * What arguments may hide: texts inside a text, each with its encoding undone. Owns which encodings are undone where an agent
 * writes, short ones and cut ones too. Does not own what stands in texts that tools give (dlp/decoder.ts).
 *
 * D1. Trying costs little and proves nothing: what comes out is only compared with what was read before.
 * D2. Layers in layers and all that comes out are bounded; beyond it `undo` says so.
 */
import { limits } from "../../protocol/limits.ts";
import { escapedRegions, isCompressed, readable, unescapeRegion, type Inflate } from "../dlp/encoding.ts";
import * as alphabet from "./alphabet.ts";
import { endOf32, hasBase32, isWorthTrying } from "./alphabet.ts";
import { isAsciiInto } from "./symbols.ts";

/** Undoes gzip or zlib, synchronously; undefined when the bytes are neither. */
export type InflatePort = (bytes: Uint8Array, bytesMax: number) => Uint8Array | "too large" | undefined;

/** Bytes as numbers or as pairs of hex digits, with something between them. */
const pairs = /(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s,:;-]{1,2}){5,}(?:0x|\\x|%)?[0-9A-Fa-f]{2}/g;
const numbers = /(?:\d{2,3}[\s,;]{1,2}){5,}\d{2,3}/g;

/** Of a long text, what is tried together with its neighbours: as long as the longest value (mark.ts), each symbol an escape of six. */
const edgeChars = 6 * 64;
/** Shorter texts are read as they are, before anything is made of them. */
const shortChars = 20;
const { dlpDecodeDepthMax, dlpDecodedCharsMax } = limits;
/** Of this module: what is imported is looked up in each turn of a loop. */
const { capital, small, inRun, notHex, escaping, foreign, control, runMin, listCharsMin } = alphabet;
const { classes, inList, kinds, steps, walk, value16, value32, value32small, value64 } = alphabet;

export class Layers {
  readonly #inflate: Inflate;
  #left = 0;
  #isCut = false;
  #bytesOf = new Uint8Array(1_024);
  /** By depth: the characters of the text that is undone there, a byte each. */
  readonly #codes: Uint8Array[] = [];
  #digits = new Uint8Array(64);
  /** What is tried may begin and end within a character. */
  #isPart = false;
  /** Some text had an escape, or a character beyond ASCII, since `start`. */
  #hasEscapes = false;

  constructor(inflate: InflatePort) {
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
    this.#hasEscapes = false;
  }

  /** Something was left out since `start`. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Gives each text that a text hides, and what those hide.
   */
  undo(text: string, found: (text: string) => void, depth = 0): void {
    if (text.length < shortChars && this.#isPlain(text)) return;
    if (text.length < 8) return;
    this.#each(text, this.#codesOf(text, depth), undefined, this.#taking(found, depth));
  }

  /**
   * The same of what is cut between texts that were undone each by itself since `start`: only what stands on both sides of a
   * border is tried.
   */
  undoJoined(texts: readonly string[], found: (text: string) => void): void {
    const { text, borders } = joinedAtEnds(texts);
    if (text.length < 8) return;
    const codes = this.#codesOf(text, 0);
    const take = this.#taking(found, 0);
    if (this.#hasEscapes) this.#each(text, codes, borders, take);
    else this.#over(text, codes, borders, take);
  }

  #taking(found: (text: string) => void, depth: number): (layer: string) => void {
    return (layer) => {
      if (depth >= dlpDecodeDepthMax || this.#left < layer.length) {
        this.#isCut ||= this.#left < layer.length;
        return;
      }
      this.#left -= layer.length;
      found(layer);
      this.undo(layer, found, depth + 1);
    };
  }

  /** Whether nothing in a short text is worth a try: most are words, numbers and names of members. */
  #isPlain(text: string): boolean {
    let state = 0;
    for (let at = 0; at <= text.length; at++) {
      const code = at < text.length ? text.charCodeAt(at) : 32;
      state = walk[(state << 2) | (classes[code < 128 ? code : code >= 0xa0 ? foreign : control] ?? 0)] ?? 0;
      if (state < steps.listed) continue;
      if (state >= steps.escape) this.#hasEscapes = true;
      return false;
    }
    return true;
  }

  /**
   * What stands over the borders of texts without escapes: runs, and lists of bytes. Each is read from the first border that
   * touches it, and has others within; whether one of them parts it is seen where it is tried.
   */
  #over(text: string, codes: Uint8Array, borders: readonly number[], take: (layer: string) => void): void {
    const end = text.length;
    let tried = 0;
    let listed = 0;
    for (const border of borders) {
      if (border >= tried) {
        let [from, to, bits] = [border, border, 0];
        for (; from > 0 && ((kinds[codes[from - 1] ?? 0] ?? 0) & inRun) !== 0; from--) bits |= kinds[codes[from - 1] ?? 0] ?? 0; // prettier-ignore
        for (; to < end && ((kinds[codes[to] ?? 0] ?? 0) & inRun) !== 0; to++) bits |= kinds[codes[to] ?? 0] ?? 0; // prettier-ignore
        tried = to;
        if (to - from >= runMin && isWorthTrying(bits, to - from))
          this.#overRun(codes, from, to, bits, borders, take);
      }
      if (border < listed) continue;
      let [from, to] = [border, border];
      while (from > 0 && inList[codes[from - 1] ?? 0] === 1) from--;
      while (to < end && inList[codes[to] ?? 0] === 1) to++;
      listed = to;
      if (to - from >= listCharsMin)
        this.#lists(text.slice(from, to), borders.filter((each) => each > from && each < to).map((each) => each - from), take); // prettier-ignore
    }
  }

  #codesOf(text: string, depth: number): Uint8Array {
    const known = this.#codes[depth];
    const codes = known !== undefined && known.length > text.length ? known : new Uint8Array(2 * text.length);
    this.#codes[depth] = codes;
    if (!isAsciiInto(text, codes, 0))
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        codes[at] = code < 128 ? code : code >= 0xa0 ? foreign : control;
      }
    // Behind the end stands what ends a run.
    codes[text.length] = 32;
    return codes;
  }

  #each(
    text: string,
    codes: Uint8Array,
    borders: readonly number[] | undefined,
    take: (layer: string) => void,
  ): void {
    const end = text.length;
    let seen = 0;
    let isListed = false;
    let state = 0;
    for (let at = 0; at <= end; at++) {
      state = walk[(state << 2) | (classes[codes[at] ?? 0] ?? 0)] ?? 0;
      if (state < steps.listed) continue;
      if (state >= steps.escape) {
        seen |= escaping;
        state -= steps.escape;
      }
      if (state === steps.listed) {
        isListed = true;
        state = 0;
      } else if (state === steps.run) {
        const start = at - runMin + 1;
        let bits = 0;
        let to = start;
        for (; to < end && ((kinds[codes[to] ?? 0] ?? 0) & inRun) !== 0; to++) bits |= kinds[codes[to] ?? 0] ?? 0; // prettier-ignore
        if (to - start >= 17 && codes[start + 2] === 45 && codes[start + 5] === 45) isListed = true;
        if (isWorthTrying(bits, to - start)) this.#overRun(codes, start, to, bits, borders, take);
        at = to - 1;
        state = 0;
      }
    }
    if ((seen & escaping) !== 0) {
      this.#hasEscapes = true;
      for (const [from, to] of escapedRegions(text, 0, text.length)) {
        if (!isOver(borders, from, to)) continue;
        const layer = unescapeRegion(text, from, to);
        if (layer !== undefined) take(layer.text);
      }
    }
    if (isListed) this.#lists(text, borders, take);
  }

  /** Bytes as numbers or as pairs of hex digits. */
  #lists(text: string, borders: readonly number[] | undefined, take: (layer: string) => void): void {
    for (const { 0: part, index } of text.matchAll(pairs)) {
      const digits = part.replace(/0x|[^0-9A-Fa-f]/g, "");
      if (!isOver(borders, index, index + part.length)) continue;
      if (this.#digits.length < digits.length) this.#digits = new Uint8Array(2 * digits.length);
      if (isAsciiInto(digits, this.#digits, 0)) this.#bytes(this.#digits, 0, digits.length, value16, 4, take);
    }
    for (const { 0: part, index } of text.matchAll(numbers))
      if (isOver(borders, index, index + part.length))
        this.#read(Uint8Array.from(part.match(/\d+/g) ?? [], Number), take);
  }

  /** Of a long run over borders only what stands near them: it is tried as a whole elsewhere (find.ts). */
  #overRun(
    codes: Uint8Array,
    start: number,
    end: number,
    bits: number,
    borders: readonly number[] | undefined,
    take: (layer: string) => void,
  ): void {
    if (!isOver(borders, start, end)) return;
    const over = borders?.filter((border) => border > start && border < end) ?? [];
    const [first, last] = [over[0] ?? start, over.at(-1) ?? end];
    // As many letters are left out before it as keep the rest in step, and none where it is packed: that has no middle.
    const from = start + Math.max(0, (first - start - edgeChars) & ~7);
    const to = Math.min(end, last + edgeChars);
    const isPart = borders !== undefined && (from > start || to < end) && !mayBePacked(codes, start, end);
    this.#isPart = isPart;
    this.#run(codes, isPart ? from : start, isPart ? to : end, bits, take);
    this.#isPart = false;
  }

  #run(codes: Uint8Array, start: number, end: number, bits: number, take: (layer: string) => void): void {
    const length = end - start;
    if ((bits & notHex) === 0 && length % 2 === 0 && this.#bytes(codes, start, end, value16, 4, take)) return;
    // What stands before it, or what was cut off, may have moved it by up to three letters.
    for (let shift = 0; shift < 4; shift++) if (this.#bytes(codes, start + shift, end, value64, 6, take)) return; // prettier-ignore
    if (length < 13 || !hasBase32(codes, start, end)) return;
    for (let from = start; from < end;) {
      const capitals = endOf32(codes, from, end, capital);
      const to = capitals - from >= runMin ? capitals : endOf32(codes, from, end, small);
      if (to - from >= runMin) this.#bytes(codes, from, to, to === capitals ? value32 : value32small, 5, take); // prettier-ignore
      from = to - from >= runMin ? to : from + 1;
    }
  }

  /** Most runs say no text after two or three bytes: what cannot come out of `readable` ends here. Packed is what it must see whole. */
  #bytes(
    codes: Uint8Array,
    from: number,
    to: number,
    values: Uint8Array,
    bitsEach: number,
    take: (layer: string) => void,
  ): boolean {
    const size = ((to - from) * bitsEach) >> 3;
    if (this.#bytesOf.length < size) this.#bytesOf = new Uint8Array(size * 2);
    const bytes = this.#bytesOf;
    let bits = 0;
    let held = 0;
    let at = 0;
    let more = 0;
    let isPacked = false;
    for (let next = from; next < to && at < size; next++) {
      // Nearly all of a text in base64: four letters that say three characters of ASCII.
      if (bitsEach === 6 && bits === 0 && at > 2 && more === 0 && !isPacked)
        for (; next + 4 <= to && at + 3 <= size; next += 4) {
          const word = ((values[codes[next] ?? 0] ?? 0) << 18) | ((values[codes[next + 1] ?? 0] ?? 0) << 12) | ((values[codes[next + 2] ?? 0] ?? 0) << 6) | (values[codes[next + 3] ?? 0] ?? 0); // prettier-ignore
          if ((word & 0x808080) !== 0 || ((word | (word << 1)) & 0x404040) !== 0x404040) break;
          bytes[at] = word >> 16;
          bytes[at + 1] = (word >> 8) & 255;
          bytes[at + 2] = word & 255;
          at += 3;
        }
      if (next >= to || at >= size) break;
      held = ((held << bitsEach) | (values[codes[next] ?? 0] ?? 0)) & 0xffff;
      bits += bitsEach;
      if (bits < 8) continue;
      bits -= 8;
      const byte = (held >> bits) & 255;
      bytes[at++] = byte;
      if (isPacked) continue;
      if (at === 2 && isCompressed(bytes)) isPacked = true;
      else if (more > 0) {
        if ((byte & 0xc0) !== 0x80) return false;
        more--;
      } else if (byte >= 0x80) {
        more = followersOf(byte);
        if (more === 0 && this.#isPart && at <= 3 && byte < 0xc0) at = 0;
        else if (more === 0 && at === 1 && byte >= 0xfe) isPacked = true;
        else if (more === 0) return false;
      } else if (
        byte < 32 &&
        byte !== 9 &&
        byte !== 10 &&
        byte !== 13 &&
        at <= 256 &&
        !(at === 1 && byte === 0x1f)
      ) {
        // Of UTF-16 one of the first two bytes is nought, or both are its mark.
        if (byte !== 0 || at > 2) return false;
        isPacked = true;
      }
    }
    if (more > 0 && this.#isPart) for (more = 0; at > 0 && (bytes[at - 1] ?? 0) >= 0x80; at--);
    return (more === 0 || isPacked) && this.#read(bytes.subarray(0, at), take);
  }

  #read(bytes: Uint8Array, take: (layer: string) => void): boolean {
    const text = readable(bytes, this.#inflate);
    this.#isPart = false;
    if (text === undefined || text.length < 5) return false;
    take(text);
    return true;
  }
}

/** Whether compressed bytes may begin here, in base64 or in hex. */
function mayBePacked(codes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < Math.min(end, start + 4); at++) {
    const text = String.fromCharCode(codes[at] ?? 0, codes[at + 1] ?? 0, codes[at + 2] ?? 0);
    if (text === "H4s" || text.startsWith("eJ") || text.startsWith("eA") || text.startsWith("eN") || text.startsWith("eF") || /^1f8|^78[059d]/i.test(text)) return true; // prettier-ignore
  }
  return false;
}

/**
 * Texts behind one another, and where each but the first begins, for what is cut between them. Of a long text only what stands
 * near its ends, and the whole of a run there.
 */
function joinedAtEnds(texts: readonly string[]): {
  readonly text: string;
  readonly borders: readonly number[];
} {
  const parts: string[] = [];
  const borders: number[] = [];
  let length = 0;
  for (const [at, text] of texts.entries()) {
    if (at > 0) borders.push(length);
    const head = at === 0 ? 0 : endOfRun(text, Math.min(text.length, edgeChars));
    const tail = at === texts.length - 1 ? text.length : startOfRun(text, Math.max(0, text.length - edgeChars)); // prettier-ignore
    const part = head >= tail ? text : `${text.slice(0, head)} ${text.slice(tail)}`;
    parts.push(part);
    length += part.length;
  }
  return { text: parts.join(""), borders };
}

function endOfRun(text: string, from: number): number {
  let at = from;
  while (at < text.length && isInRun(text, at)) at++;
  return at;
}

function startOfRun(text: string, from: number): number {
  let at = from;
  while (at > 0 && isInRun(text, at - 1)) at--;
  return at;
}

function isInRun(text: string, at: number): boolean {
  return ((kinds[text.charCodeAt(at)] ?? 0) & inRun) !== 0;
}

/** Bytes that follow a first one in UTF-8; 0 for what begins nothing. */
function followersOf(byte: number): number {
  if (byte < 0xc2 || byte >= 0xf5) return 0;
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}

/** Whether a part of a text has something on both sides of a border; any has where there are no borders. */
function isOver(borders: readonly number[] | undefined, start: number, end: number): boolean {
  if (borders === undefined) return true;
  for (const border of borders) if (border > start) return border < end;
  return false;
}
