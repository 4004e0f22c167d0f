/**
 * What arguments may hide: texts inside a text, each with its encoding undone. Owns which encodings are undone where an agent
 * writes, short ones and cut ones too. Does not own what stands in texts that tools give (dlp/decoder.ts).
 *
 * D1. Trying costs little and proves nothing: what comes out is only compared with what was read before.
 * D2. Layers in layers and all that comes out are bounded; beyond it `undo` says so.
 */
import { limits } from "../../protocol/limits.ts";
import { escapedRegions, isCompressed, readable, unescapeRegion, type Inflate } from "../dlp/encoding.ts";

/** Undoes gzip or zlib, synchronously; undefined when the bytes are neither. */
export type InflatePort = (bytes: Uint8Array, bytesMax: number) => Uint8Array | "too large" | undefined;

const base32Run = /(?:[A-Z2-7]{8,}|[a-z2-7]{8,})={0,6}/g;
/** Bytes as numbers or as pairs of hex digits, with something between them. */
const pairs = /(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s,:;-]{1,2}){5,}(?:0x|\\x|%)?[0-9A-Fa-f]{2}/g;
const numbers = /(?:\d{2,3}[\s,;]{1,2}){5,}\d{2,3}/g;

/** Bits of characters, and of the runs that they make. */
const inRun = 1;
const small = 2;
const capital = 4;
const digit = 8;
const notHex = 16;
const escaping = 32;
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[g-z]/.test(char)) return inRun | small | notHex;
  if (/[a-f]/.test(char)) return inRun | small;
  if (/[G-Z]/.test(char)) return inRun | capital | notHex;
  if (/[A-F]/.test(char)) return inRun | capital;
  if (/\d/.test(char)) return inRun | digit;
  if (/[+/_-]/.test(char)) return inRun | notHex;
  return /[%&\\]/.test(char) ? escaping : 0;
});
const runMin = 8;
const letterRunMin = 16;
/** Pairs of hex digits, or short numbers, behind one another: fewer are a date or a list. */
const listedMin = 6;
/** Of a long text, what is tried together with its neighbours: as long as the longest value (mark.ts), each symbol an escape of six. */
const edgeChars = 6 * 64;
const { dlpDecodeDepthMax, dlpDecodedCharsMax } = limits;

const value64 = lettersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
value64[45] = 62;
value64[95] = 63;
const value32 = lettersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
const value32small = lettersOf("abcdefghijklmnopqrstuvwxyz234567");
const value16 = lettersOf("0123456789abcdef");
for (let at = 0; at < 6; at++) value16[65 + at] = 10 + at;

function lettersOf(letters: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let at = 0; at < letters.length; at++) values[letters.charCodeAt(at)] = at;
  return values;
}

export class Layers {
  readonly #inflate: Inflate;
  #left = 0;
  #isCut = false;
  #bytesOf = new Uint8Array(1_024);

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
  }

  /** Something was left out since `start`. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Gives each text that a text hides, and what those hide.
   *
   * @param borders in rising order: only what stands on both sides of one of them is tried
   */
  undo(text: string, found: (text: string) => void, depth = 0, borders?: readonly number[]): void {
    if (text.length < 8) return;
    this.#each(text, borders, (layer) => {
      if (depth >= dlpDecodeDepthMax || this.#left < layer.length) {
        this.#isCut ||= this.#left < layer.length;
        return;
      }
      this.#left -= layer.length;
      found(layer);
      this.undo(layer, found, depth + 1);
    });
  }

  #each(text: string, borders: readonly number[] | undefined, take: (layer: string) => void): void {
    let [start, bits, listed, seen, isListed] = [-1, 0, 0, 0, false];
    const end = text.length;
    for (let at = 0; at <= end; at++) {
      const code = at < end ? text.charCodeAt(at) : 32;
      const kind = code < 128 ? (kinds[code] ?? 0) : code >= 0xa0 ? escaping : 0;
      if ((kind & inRun) !== 0) {
        if (start < 0) {
          start = at;
          bits = 0;
        }
        bits |= kind;
        continue;
      }
      seen |= kind;
      if (start < 0) continue;
      const length = at - start;
      if (length >= runMin && isWorthTrying(bits, length) && isOver(borders, start, at)) this.#run(text, start, at, bits, take); // prettier-ignore
      listed = length <= 4 && (bits & notHex) === 0 ? listed + 1 : 0;
      if (length >= 17 && text[start + 2] === "-" && text[start + 5] === "-") isListed = true;
      if (listed >= listedMin) isListed = true;
      start = -1;
    }
    if ((seen & escaping) !== 0)
      for (const [from, to] of escapedRegions(text, 0, text.length)) {
        if (!isOver(borders, from, to)) continue;
        const layer = unescapeRegion(text, from, to);
        if (layer !== undefined) take(layer.text);
      }
    if (!isListed) return;
    for (const { 0: part, index } of text.matchAll(pairs)) {
      const digits = part.replace(/0x|[^0-9A-Fa-f]/g, "");
      if (isOver(borders, index, index + part.length)) this.#bytes(digits, 0, digits.length, value16, 4, take); // prettier-ignore
    }
    for (const { 0: part, index } of text.matchAll(numbers))
      if (isOver(borders, index, index + part.length))
        this.#read(Uint8Array.from(part.match(/\d+/g) ?? [], Number), take);
  }

  #run(text: string, start: number, end: number, bits: number, take: (layer: string) => void): void {
    const length = end - start;
    if ((bits & notHex) === 0 && length % 2 === 0 && this.#bytes(text, start, end, value16, 4, take)) return;
    // What stands before it, or what was cut off, may have moved it by up to three letters.
    for (let shift = 0; shift < 4; shift++) if (this.#bytes(text, start + shift, end, value64, 6, take)) return; // prettier-ignore
    if (length < 13 || !hasBase32(text, start, end)) return;
    for (const [inner] of text.slice(start, end).matchAll(base32Run))
      this.#bytes(inner, 0, inner.length, inner < "a" ? value32 : value32small, 5, take);
  }

  /** Most runs say no text after two or three bytes: what cannot come out of `readable` ends here. */
  #bytes(
    text: string,
    from: number,
    to: number,
    values: Uint8Array,
    bitsEach: number,
    take: (layer: string) => void,
  ): boolean {
    const size = ((to - from) * bitsEach) >> 3;
    if (this.#bytesOf.length < size) this.#bytesOf = new Uint8Array(size * 2);
    const bytes = this.#bytesOf;
    let [bits, held, at, more, isPacked] = [0, 0, 0, 0, false];
    for (let next = from; next < to && at < size; next++) {
      held = ((held << bitsEach) | (values[text.charCodeAt(next)] ?? 0)) & 0xffff;
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
        if (more === 0) return false;
      } else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && at <= 256 && !(at === 1 && byte === 0x1f)) return false; // prettier-ignore
    }
    return (more === 0 || isPacked) && this.#read(bytes.subarray(0, at), take);
  }

  #read(bytes: Uint8Array, take: (layer: string) => void): boolean {
    const text = readable(bytes, this.#inflate);
    if (text === undefined || text.length < 5) return false;
    take(text);
    return true;
  }
}

/** Words are of one case, but for their first letter; encoded text is not, or it is long. */
function isWorthTrying(bits: number, length: number): boolean {
  const isMixed = (bits & digit) !== 0 || (bits & (small | capital)) === (small | capital);
  return isMixed || length >= letterRunMin;
}

/** Whether there is a run for `base32Run` at all: asked of each identifier, which mostly has none. */
function hasBase32(text: string, start: number, end: number): boolean {
  let [capitals, smalls] = [0, 0];
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const kind = code >= 50 && code <= 55 ? small | capital : (kinds[code] ?? 0);
    capitals = (kind & capital) === 0 ? 0 : capitals + 1;
    smalls = (kind & small) === 0 ? 0 : smalls + 1;
    if (capitals >= runMin || smalls >= runMin) return true;
  }
  return false;
}

/**
 * Texts behind one another, and where each but the first begins, for what is cut between them. Of a long text only what stands
 * near its ends, and the whole of a run there.
 */
export function joinedAtEnds(texts: readonly string[]): {
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
