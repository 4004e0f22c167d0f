/**
 * Marks of guard four: a hash of 32 bits and what is known of where it stood, in 16 bits; and how they travel as text.
 *
 *     about: structured 1 | free text 1 | directive words near 3 | addresses the reader 1 | pair 1 | … | call 8 (in a slot)
 *
 * K1. A mark holds nothing of a value: its hash is keyed.
 */
import { packMarks, unpackMarks } from "../ledger/mark.ts";

export const structured = 1;
export const freeText = 2;
export const addressing = 32;
export const pair = 64;
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
  return ((first | later) & 0x63) | (directive << 2) | (first & 0xff00);
}

/** How much is lost when a mark is dropped: the lowest goes first. */
export function worthOf(about: number): number {
  return directiveOf(about) * 2 + ((about & pair) === 0 ? 1 : 0);
}

/** Words of 32 bits as text; `packMarks` of the ledger takes three at a time. */
export function packWords(words: Uint32Array): string {
  const rest = words.length % 3;
  const padded = rest === 0 ? words : new Uint32Array(words.length + 3 - rest);
  if (padded !== words) padded.set(words);
  return `${String(words.length)}.${packMarks(padded)}`;
}

export function unpackWords(text: string): Uint32Array | undefined {
  const dot = text.indexOf(".");
  const length = Number(text.slice(0, dot));
  const words = dot > 0 ? unpackMarks(text.slice(dot + 1)) : undefined;
  if (words === undefined || !Number.isSafeInteger(length) || length < 0) return undefined;
  return length <= words.length && words.length - length < 3 ? words.slice(0, length) : undefined;
}

/** Hashes and abouts in turn, two abouts to a word behind all hashes. */
export function packTrace(hashes: readonly number[], abouts: readonly number[]): string {
  const words = new Uint32Array(hashes.length + Math.ceil(hashes.length / 2));
  for (let at = 0; at < hashes.length; at++) {
    words[at] = hashes[at] ?? 0;
    const place = hashes.length + (at >>> 1);
    words[place] = (words[place] ?? 0) | (((abouts[at] ?? 0) & 0xffff) << (at & 1 ? 16 : 0));
  }
  return hashes.length === 0 ? "" : packWords(words);
}

export interface TraceMarks {
  readonly count: number;
  hash(at: number): number;
  about(at: number): number;
}

const noMarks: TraceMarks = { count: 0, hash: () => 0, about: () => 0 };

/** @returns undefined for what `packTrace` does not give */
export function unpackTrace(text: string): TraceMarks | undefined {
  if (text === "") return noMarks;
  const words = unpackWords(text);
  if (words === undefined) return undefined;
  const count = Math.floor((words.length * 2) / 3);
  if (count + Math.ceil(count / 2) !== words.length) return undefined;
  return {
    count,
    hash: (at) => words[at] ?? 0,
    about: (at) => ((words[count + (at >>> 1)] ?? 0) >>> (at & 1 ? 16 : 0)) & 0xffff,
  };
}
