/**
 * Marks of guard four: a hash of 32 bits and what is known of where it stood, in 16 bits; and how they travel as text.
 *
 *     about: structured 1 | free text 1 | directive words near 3 | addresses the reader 1 | pair 1 | hints at one 1 | call 8 (in a slot)
 *
 * K1. A mark holds nothing of a value: its hash is keyed.
 */
import { limits } from "../../protocol/limits.ts";

export const structured = 1;
export const freeText = 2;
export const addressing = 32;
export const pair = 64;
export const hinting = 128;
/** More different directive words than this count as this many. */
export const directiveMost = 7;

export const directiveOf = (about: number): number => (about >>> 2) & 7;
export const callOf = (about: number): number => (about >>> 8) & 255;

export function aboutOf(kind: number, directive: number): number {
  return kind | (Math.min(directive, directiveMost) << 2);
}

export function withCall(about: number, call: number): number {
  return (about & 255) | (Math.min(call, 255) << 8);
}

/** Two about one hash: every way in which it was seen, the first call, the worst surroundings. */
export function joinedAbout(first: number, later: number): number {
  const directive = Math.max(directiveOf(first), directiveOf(later));
  return ((first | later) & 0xe3) | (directive << 2) | (first & 0xff00);
}

/** How much is lost when a mark is dropped: the lowest goes first. */
export function worthOf(about: number): number {
  return directiveOf(about) * 2 + ((about & pair) === 0 ? 1 : 0);
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const valueOfLetter = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = letters.indexOf(String.fromCharCode(code));
  return at < 0 ? 255 : at;
});
/** Of twelve bits their two letters, as they lie in memory. */
const codesOfTwo = new Uint16Array(
  Uint8Array.from({ length: 8_192 }, (_, at) =>
    letters.charCodeAt((at & 1) === 0 ? at >>> 7 : (at >>> 1) & 63),
  ).buffer,
);
/** Letters of a word of 32 bits, and of a mark of 48. */
const wordChars = 6;
const markChars = 8;

/**
 * Words of 32 bits, six characters each, as trails were put away before stateVersion 11.
 *
 * @returns undefined for anything else
 */
export function unpackWords(text: string): Uint32Array | undefined {
  if (text.length % wordChars !== 0) return undefined;
  const words = new Uint32Array(text.length / wordChars);
  for (let at = 0; at < words.length; at++) {
    const high = bitsAt(text, at * wordChars, 2);
    const low = bitsAt(text, at * wordChars + 2, 4);
    if (high < 0 || high > 255 || low < 0) return undefined;
    words[at] = ((high << 24) | low) >>> 0;
  }
  return words;
}

/** Hashes with what is known of each: an answer has hundreds of them. */
export function packTrace(hashes: ArrayLike<number>, abouts: ArrayLike<number>, count: number): string {
  const isLong = count > limits.traceMarksMax;
  const cells = isLong ? new Uint16Array(count * markCells) : packed;
  for (let at = 0, to = 0; at < count; at++, to += markCells) {
    const hash = hashes[at] ?? 0;
    const about = abouts[at] ?? 0;
    cells[to] = codesOfTwo[hash >>> 20] ?? 0;
    cells[to + 1] = codesOfTwo[(hash >>> 8) & 4_095] ?? 0;
    cells[to + 2] = codesOfTwo[((hash & 255) << 4) | (about >>> 12)] ?? 0;
    cells[to + 3] = codesOfTwo[about & 4_095] ?? 0;
  }
  return (isLong ? Buffer.from(cells.buffer) : packedBytes).toString("latin1", 0, count * markChars);
}

/** Room for the marks of one answer. */
const markCells = markChars / 2;
const packed = new Uint16Array(limits.traceMarksMax * markCells);
const packedBytes = Buffer.from(packed.buffer);

export interface TraceMarks {
  readonly count: number;
  hash(at: number): number;
  about(at: number): number;
}

/** @returns undefined for what `packTrace` does not give */
export function unpackTrace(text: string): TraceMarks | undefined {
  if (text.length % markChars !== 0) return undefined;
  const count = text.length / markChars;
  const hashes = new Uint32Array(count);
  const abouts = new Uint16Array(count);
  for (let at = 0; at < count; at++) {
    const high = bitsAt(text, at * markChars, 4);
    const low = bitsAt(text, at * markChars + 4, 4);
    if (high < 0 || low < 0) return undefined;
    hashes[at] = ((high << 8) | (low >>> 16)) >>> 0;
    abouts[at] = low & 0xffff;
  }
  return { count, hash: (at) => hashes[at] ?? 0, about: (at) => abouts[at] ?? 0 };
}

/** @returns -1 where a letter is none */
function bitsAt(text: string, from: number, count: number): number {
  let bits = 0;
  for (let at = from; at < from + count; at++) {
    const value = valueOfLetter[text.charCodeAt(at)] ?? 255;
    if (value > 63) return -1;
    bits = (bits << 6) | value;
  }
  return bits;
}
