/**
 * What characters are to encodings: of which runs and lists they can be, and what letters stand for in base64, base32 and hex. Does
 * not own what is undone (layers.ts), nor the reading (page.ts).
 */
import { symbolOfAscii } from "./symbols.ts";

/** Bits of characters, and of the runs that they make. */
export const inRun = 1;
export const small = 2;
export const capital = 4;
const digit = 8;
export const notHex = 16;
/** It may stand for others. */
export const escaping = 32;
/** A control that shows nothing: where something is escaped, it is taken out with it. */
export const hidden = 64;
/** Bytes for what is beyond ASCII: what may be undone, and what stands for itself. */
export const foreign = 128;
export const control = 129;
export const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= foreign) return code === foreign ? escaping : hidden;
  const char = String.fromCharCode(code);
  if (/[g-z]/.test(char)) return inRun | small | notHex;
  if (/[a-f]/.test(char)) return inRun | small;
  if (/[G-Z]/.test(char)) return inRun | capital | notHex;
  if (/[A-F]/.test(char)) return inRun | capital;
  if (/\d/.test(char)) return inRun | digit;
  if (/[+/_-]/.test(char)) return inRun | notHex;
  if (/[%&\\=]/.test(char)) return escaping;
  return (code < 32 && !/\s/.test(char)) || code === 11 || code === 12 || code === 127 ? hidden : 0;
});
export const runMin = 8;
const letterRunMin = 16;
/** Pairs of hex digits, or short numbers, behind one another: fewer are a date or a list. */
export const listedMin = 6;
/** Characters of a run in such a list. */
export const shortMax = 4;

/** By byte: its symbol (symbols.ts). */
export const symbolOfByte = Uint8Array.from({ length: 256 }, (_, code) => symbolOfAscii[code] ?? 255);

/** What lists of bytes are made of. */
export const inList = Uint8Array.from({ length: 256 }, (_, code) => (/[0-9A-Fa-fx\s,:;-]/.test(code < 128 ? String.fromCharCode(code) : "z") ? 1 : 0)); // prettier-ignore
const smallX = 120;
export const listCharsMin = 3 * listedMin - 1;
/** Characters between two runs of a list: two and a sign before a byte, with room. Farther back is not looked: of a text of signs alone each would be looked at from each. */
const betweenMax = 16;

/** Whether the last runs before a place are pairs of hex digits or short numbers, as many as a list has. */
export function endsListed(bytes: Uint8Array, from: number, to: number): boolean {
  let length = 0;
  let count = 0;
  let between = 0;
  for (let at = to - 1; ; at--) {
    const kind = at < from ? 0 : (kinds[bytes[at] ?? 0] ?? 0);
    if ((kind & inRun) !== 0) {
      // `0x41`
      const isPrefix = length === 2 && bytes[at] === smallX;
      if (((kind & notHex) !== 0 && !isPrefix) || ++length > shortMax) return false;
      between = 0;
      continue;
    }
    if (length > 0 && ++count >= listedMin) return true;
    if (at < from || ++between > betweenMax) return false;
    length = 0;
  }
}

/** Whether pairs or short numbers stand behind one another, of a list's characters: the first and the last may be longer. */
export function mayBeListed(bytes: Uint8Array, from: number, to: number): boolean {
  let length = 0;
  let count = 0;
  for (let at = from; at < to; at++) {
    const kind = kinds[bytes[at] ?? 0] ?? 0;
    if ((kind & (small | capital | digit)) !== 0) {
      length++;
      continue;
    }
    // Four only with a prefix (`0x41`): numbers in groups of four are accounts and cards.
    if (length > 0) count = length === 2 || length === 3 || (length === shortMax && bytes[at - 3] === smallX) ? count + 1 : 0; // prettier-ignore
    if (count >= listedMin - 2) return true;
    length = 0;
  }
  return false;
}

/** What tells encodings apart, but for digits: whatever else a run has, it is mixed then. */
const telling = small | capital | notHex;

/** Bits of a run, as far as they tell something. Words are read to their end without a question: most have one case. */
export function bitsOf(bytes: Uint8Array, from: number, to: number): number {
  const near = Math.min(to, from + letterRunMin);
  let bits = 0;
  for (let at = from; at < near; at++) bits |= kinds[bytes[at] ?? 0] ?? 0;
  for (let at = near; at < to && (bits & telling) !== telling; at++) bits |= kinds[bytes[at] ?? 0] ?? 0;
  return bits;
}

/** Words are of one case, but for their first letter; encoded text is not, or it is long. */
export function isWorthTrying(bits: number, length: number): boolean {
  return isMixed(bits) || length >= letterRunMin;
}

function isMixed(bits: number): boolean {
  return (bits & digit) !== 0 || (bits & (small | capital)) === (small | capital);
}

/** Whether what a text has here may begin an escape (dlp/encoding.ts): most such characters are signs of code. */
export function mayEscape(bytes: Uint8Array, at: number): boolean {
  const code = bytes[at] ?? 0;
  const next = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  if (code === 37) return isHexDigit(next) && isHexDigit(third);
  if (code === 38) return next === 35 || (next >= 97 && next <= 122);
  if (code === 92) return next === 117 || next === 120;
  if (code !== 61) return true;
  if (next === 13 || next === 10) return true;
  return isHexDigit(next) && isHexDigit(third) && (bytes[at + 3] === 61 || single.has((next << 8) | third));
}

/** What is quoted-printable where it stands alone: `=3D`, `=2D`, `=2E`, `=5F`, `=40`. */
const single: ReadonlySet<number> = new Set(["3D", "2D", "2E", "5F", "40"].map((pair) => (pair.charCodeAt(0) << 8) | pair.charCodeAt(1))); // prettier-ignore

function isHexDigit(code: number): boolean {
  return ((kinds[code] ?? 0) & (inRun | notHex)) === inRun;
}

/** What a byte is in base32: of capitals, of small letters, of both where it is a digit. */
export const in32 = Uint8Array.from(kinds, (kind, code) => (code >= 50 && code <= 55 ? small | capital : kind & (small | capital))); // prettier-ignore

/**
 * Whether there is a run of base32 at all that begins before a place: asked of each identifier, which mostly has none. Each eighth
 * letter of a run is in one.
 */
export function hasBase32(codes: Uint8Array, start: number, end: number, before: number): boolean {
  const last = Math.min(end, before + runMin - 1);
  for (let at = start + runMin - 1; at < last; at += runMin) {
    const letter = in32[codes[at] ?? 0] ?? 0;
    if ((letter & small) !== 0 && isRunOf32(codes, at, start, end, small)) return true;
    if ((letter & capital) !== 0 && isRunOf32(codes, at, start, end, capital)) return true;
  }
  return false;
}

function isRunOf32(codes: Uint8Array, at: number, start: number, end: number, letter: number): boolean {
  let from = at;
  let to = at + 1;
  while (from > start && ((in32[codes[from - 1] ?? 0] ?? 0) & letter) !== 0) from--;
  while (to < end && to - from < runMin && ((in32[codes[to] ?? 0] ?? 0) & letter) !== 0) to++;
  return to - from >= runMin;
}
