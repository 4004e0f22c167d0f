/**
 * Base64 in lines, as `base64`, openssl and mail write it: neighbouring lines are one encoded text. Does not own: what a run of
 * one line says (encoding.ts), what is found then (decoder.ts).
 *
 * W1. Lines are of one length, but for the last, which may be shorter. Blanks may stand before each; a line end may be written
 *     as an escape of JSON.
 * W2. A place in what comes out is that of the lines it was written in, whole: a value that a line end cuts is withheld with
 *     both. What was packed has no places: it is all of the lines.
 * W3. Each character of a text is looked at a bounded number of times.
 *
 * @see RFC 2045, section 6.8 (76 characters a line), RFC 7468, section 2 (64), RFC 4716, section 3.4 (72), OpenSSH's keys (70)
 */
import { limits } from "../../protocol/limits.ts";
import { bytes64, isBase64, isCompressed, looksReadable, mayBeReadable64, readable, type Inflate, type Layer } from "./encoding.ts"; // prettier-ignore
import { isWide } from "./widetext.ts";

/** No program in use has shorter lines; no mail has longer ones (RFC 5322, section 2.1.1). */
export const lineCharsMin = 60;
const lineCharsMax = 998;
/** Lines of one stretch at which its text may begin: before it may stand a digest of the same length, or the end of a line that was cut off. */
const beginningsMax = 8;
/** By the first of them is told whether a text may come: 256 bytes. */
const toldBy = 344;

const lineEnd = /(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)[ \t]{0,64}/y;
const backslash = 92;

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
  #layerOf(lines: readonly number[], width: number): Layer | undefined {
    const parts: string[] = [];
    for (let at = 0; at < lines.length; at += 2) parts.push(this.#text.slice(lines[at], lines[at + 1]));
    const joined = parts.join("");
    // A last line that is shorter may be a word behind the encoded text.
    const whole = joined.length - (joined.length % width);
    for (let line = 0; line < Math.min(parts.length - 1, beginningsMax); line++) {
      const from = line * width;
      if (!this.#mayBegin(joined, from, whole)) continue;
      for (const to of new Set([joined.length, whole])) {
        if (to - from <= width) continue;
        const bytes = bytes64(joined, from, to);
        this.looked += to - from;
        const text = readable(isCompressed(bytes) || isWide(bytes) ? bytes : withoutCutEnd(bytes), this.#inflate); // prettier-ignore
        if (text === undefined) continue;
        const used = lines.slice(2 * line, 2 * Math.ceil(to / width));
        const region = { text, start: used[0] ?? 0, end: used.at(-1) ?? 0, places: undefined };
        return isCompressed(bytes) || isWide(bytes) ? region : { ...region, placeOf: placeIn(text, used, width) }; // prettier-ignore
      }
    }
    return undefined;
  }

  #mayBegin(joined: string, from: number, to: number): boolean {
    if (!mayBeReadable64(joined, from, from + 24)) return false;
    const bytes = bytes64(joined, from, Math.min(to, from + toldBy));
    this.looked += toldBy;
    return isCompressed(bytes) || isWide(bytes) || looksReadable(bytes.subarray(0, 256));
  }
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

/** For a part of what lines of UTF-8 say: where the first of its lines begins and the last one ends. */
function placeIn(text: string, lines: readonly number[], width: number): Layer["placeOf"] {
  let known: Int32Array | undefined;
  return (start, end) => {
    const bytesAt = (known ??= byteOffsets(text));
    const first = Math.floor(((bytesAt[start] ?? 0) * 8) / 6 / width);
    const last = Math.floor(((bytesAt[end] ?? 0) * 8 - 1) / 6 / width);
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
