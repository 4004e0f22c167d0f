/**
 * Base64, base32 and hex in lines, as `base64`, `xxd -p`, openssl and mail write them: neighbouring lines are one encoded text. Does not
 * own: what a run of one line says (encoding.ts), what is found then (decoder.ts).
 *
 * W1. Lines are of one length, but for the last, which may be shorter. Blanks may stand before each, and signs of quoted mail, of
 *     comments and of added lines; a line end may be written as an escape of JSON.
 * W2. A place in what comes out is that of the lines it was written in, whole: a value that a line end cuts is withheld with
 *     both. What was packed has no places: it is all of the lines.
 * W3. Each character of a text is looked at a bounded number of times.
 *
 * @see RFC 2045, section 6.8 (76 characters a line), RFC 7468, section 2 (64), RFC 4716, section 3.4 (72), OpenSSH's keys (70)
 */
import { limits } from "../../protocol/limits.ts";
import { bytes32 } from "./base32.ts";
import { bytes64, hexBytes, isBase64, isCompressed, looksReadable, mayBeReadable64, readable, type Inflate, type Layer } from "./encoding.ts"; // prettier-ignore
import { isWide } from "./widetext.ts";

/** Of 16 bytes in hex; no mail has longer ones than the other (RFC 5322, section 2.1.1). */
const lineCharsMin = 32;
const lineCharsMax = 998;
/** Lines of one stretch at which its text may begin: before it may stand a digest of the same length, or the end of a line that was cut off. */
const beginningsMax = 8;
/** By the first of them is told whether a text may come: 256 bytes. */
const toldBy = 344;

/** With what stands before the next line. `//` may be base64, too: with a blank behind it, it is none. */
const lineEnd = /(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)[ \t]{0,64}(?:(?:[>|#*;%]|(?:\/\/|--)[ \t])[ \t>|]{0,32})?/y;
const [backslash, plus] = [92, 43];

/** How bytes are written in letters. */
interface Alphabet {
  /** That one letter says. */
  readonly bits: number;
  /** Whether a text may begin so, told by few letters: most lines begin none. */
  readonly mayBegin: (text: string, from: number, to: number) => boolean;
  /** Undefined where there is another letter. */
  readonly bytes: (text: string, from: number, to: number) => Uint8Array | undefined;
}

const inHex = (text: string, from: number, to: number): Uint8Array => hexBytes(text, from, to - ((to - from) & 1)); // prettier-ignore
/** Base64 first: its lines are most. */
const alphabets: readonly Alphabet[] = [
  { bits: 6, mayBegin: mayBeReadable64, bytes: bytes64 },
  { bits: 4, mayBegin: (text, from, to) => isReadable(inHex(text, from, to)), bytes: inHex },
  { bits: 5, mayBegin: (text, from, to) => isReadable(bytes32(text, from, to)), bytes: bytes32 },
];
/** Letters by which most lines are told to begin no text. */
const prefixChars = 24;

/** Of one text: what is known of its lines, from one run to the next. */
export class WrappedLines {
  readonly #text: string;
  readonly #inflate: Inflate;
  /** Runs before it were looked at. */
  #until = 0;
  /** Characters looked at so far. */
  looked = 0;

  constructor(text: string, inflate: Inflate) {
    this.#text = text;
    this.#inflate = inflate;
  }

  /**
   * @param start of a run of letters and digits; of all runs of a text, in their order
   * @returns what the lines say of which the run's is the first; undefined where there is but one, or no text comes out
   */
  layerAt(start: number, end: number): Layer | undefined {
    if (start < this.#until || this.#text.length < lineCharsMin) return undefined;
    const to = this.#stretchEnd(end, Number.POSITIVE_INFINITY);
    this.looked += to - end;
    const next = this.#text.charCodeAt(to);
    const from = next === 10 || next === 13 || next === backslash ? this.#lineStart(start) : to;
    const width = to - from;
    this.#until = to;
    if (width < lineCharsMin || width > lineCharsMax) return undefined;
    const lines = this.#linesFrom(from, to);
    return lines.length < 4 ? undefined : this.#layerOf(lines, width);
  }

  #lineStart(start: number): number {
    let from = start;
    while (from > this.#until && isBase64[this.#text.charCodeAt(from - 1)] === 1) from--;
    // The letter of an escaped line end is none of the line.
    return from < start && this.#text.charCodeAt(from - 1) === backslash ? from + 1 : from;
  }

  #stretchEnd(from: number, max: number): number {
    let to = from;
    while (to < this.#text.length && to < max && isBase64[this.#text.charCodeAt(to)] === 1) to++;
    return to;
  }

  /** Start and end of each line, from the first one on. */
  #linesFrom(from: number, to: number): readonly number[] {
    const text = this.#text;
    const width = to - from;
    const lines = [from, to];
    let last = to;
    while (last - from < limits.dlpDecodedCharsMax) {
      lineEnd.lastIndex = last;
      if (!lineEnd.test(text)) break;
      const start = lineEnd.lastIndex;
      const end = this.#stretchEnd(start, start + width + 1);
      this.looked += end - start;
      if (end === start || end - start > width) break;
      lines.push(start, end);
      last = end;
      if (end - start < width) break;
    }
    this.#until = last;
    return lines;
  }

  /** @param width characters of each line but the last */
  #layerOf(given: readonly number[], width: number): Layer | undefined {
    const lines = this.#isAdded(given) ? given.map((place, at) => place + 1 - (at % 2)) : given;
    return this.#layerOfLines(lines, width - (given[0] === lines[0] ? 0 : 1));
  }

  /** A plus before each, as in what `diff` says. */
  #isAdded(lines: readonly number[]): boolean {
    for (let at = 0; at < lines.length; at += 2)
      if (this.#text.charCodeAt(lines[at] ?? 0) !== plus) return false;
    return true;
  }

  #layerOfLines(lines: readonly number[], width: number): Layer | undefined {
    const parts: string[] = [];
    for (let at = 0; at < lines.length; at += 2) parts.push(this.#text.slice(lines[at], lines[at + 1]));
    const joined = parts.join("");
    // A last line that is shorter may be a word behind the encoded text.
    const whole = joined.length - (joined.length % width);
    for (let line = 0; line < Math.min(parts.length - 1, beginningsMax); line++)
      for (const alphabet of alphabets) {
        if (!this.#mayBegin(alphabet, joined, line * width, whole)) continue;
        const layer = this.#said(alphabet, joined, lines, { line, width, whole });
        if (layer !== undefined) return layer;
      }
    return undefined;
  }

  #mayBegin(alphabet: Alphabet, joined: string, from: number, to: number): boolean {
    if (!alphabet.mayBegin(joined, from, Math.min(to, from + prefixChars))) return false;
    const end = Math.min(to, from + toldBy);
    this.looked += end - from;
    return isReadable(alphabet.bytes(joined, from, end));
  }

  /** What the lines say from one on. */
  #said(
    { bits, bytes: bytesOf }: Alphabet,
    joined: string,
    lines: readonly number[],
    { line, width, whole }: { line: number; width: number; whole: number },
  ): Layer | undefined {
    const from = line * width;
    for (const to of new Set([joined.length, whole])) {
      if (to - from <= width) continue;
      const bytes = bytesOf(joined, from, to);
      this.looked += to - from;
      if (bytes === undefined) continue;
      const isPacked = isCompressed(bytes) || isWide(bytes);
      const text = readable(isPacked ? bytes : withoutCutEnd(bytes), this.#inflate);
      if (text === undefined) continue;
      const used = lines.slice(2 * line, 2 * Math.ceil(to / width));
      const region = { text, start: used[0] ?? 0, end: used.at(-1) ?? 0, places: undefined };
      return isPacked ? region : { ...region, placeOf: placeIn(text, used, width, bits) };
    }
    return undefined;
  }
}

function isReadable(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && (isCompressed(bytes) || isWide(bytes) || looksReadable(bytes.subarray(0, 256))); // prettier-ignore
}

/** Without the beginning of a character of UTF-8 of which the rest was cut off, as at the end of a part of a stream. */
function withoutCutEnd(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  let lead = length - 1;
  while (lead > length - 4 && ((bytes[lead] ?? 0) & 0xc0) === 0x80) lead--;
  const first = bytes[lead] ?? 0;
  const size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return lead + size > length ? bytes.subarray(0, lead) : bytes;
}

/** For a part of what lines of UTF-8 say: where the first of its lines begins and the last one ends. @param bits that one letter says */
function placeIn(text: string, lines: readonly number[], width: number, bits: number): Layer["placeOf"] {
  let known: Int32Array | undefined;
  return (start, end) => {
    const bytesAt = (known ??= byteOffsets(text));
    const first = Math.floor(((bytesAt[start] ?? 0) * 8) / bits / width);
    const last = Math.floor(((bytesAt[end] ?? 0) * 8 - 1) / bits / width);
    return [lines[2 * first] ?? lines[0] ?? 0, lines[2 * last + 1] ?? lines.at(-1) ?? 0];
  };
}

/** By code unit, and one behind the last: how many bytes of UTF-8 stand before it. */
function byteOffsets(text: string): Int32Array {
  const offsets = new Int32Array(text.length + 1);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Half of a pair is two bytes of the four.
    const size = code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
    offsets[at + 1] = (offsets[at] ?? 0) + size;
  }
  return offsets;
}
