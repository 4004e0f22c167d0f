/**
 * Characters as symbols of a fingerprint: letters and digits alone, folded. Pure.
 *
 * S1. Case, accents, blanks, punctuation, invisible characters, full-width and other forms of a letter make no difference.
 * S2. What one character stands for (a ligature, a Korean syllable in its parts) is what those characters stand for.
 */

import { isHidden } from "../characters.ts";

/** No symbol. */
export const none = 0;
/** Of this character there are several symbols, or it is half of a pair: `symbolsOf` has them. */
export const several = 0xffff;
const unknown = 0xfffe;

/** What each code unit becomes. Filled as they are met; no letter is U+FFFE or U+FFFF. */
const table = new Uint16Array(65_536).fill(unknown);
const known = new Map<number, string>();

/** The one symbol of a code unit, `none` or `several`. */
export function symbolOf(unit: number): number {
  const symbol = table[unit] ?? none;
  return symbol === unknown ? learn(unit) : symbol;
}

function learn(unit: number): number {
  const isHalf = unit >= 0xd800 && unit <= 0xdfff;
  const folded = isHalf ? "" : fold(unit);
  const symbol = isHalf || folded.length > 1 ? several : folded === "" ? none : folded.charCodeAt(0);
  table[unit] = symbol;
  return symbol;
}

function fold(point: number): string {
  if (isHidden(point)) return "";
  const plain = String.fromCodePoint(point).normalize("NFKD").toLowerCase().normalize("NFKD");
  return plain.replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** All symbols of a code point; of a lone half of a pair there are none. */
export function symbolsOf(point: number): string {
  if (point > 0xffff && !isForm(point)) return isPicture(point) ? "" : String.fromCodePoint(point);
  if (point >= 0xd800 && point <= 0xdfff) return "";
  const before = known.get(point);
  if (before !== undefined) return before;
  const folded = fold(point);
  known.set(point, folded);
  return folded;
}

/** Beyond the base plane only these are other forms of letters and digits; what is known of them stays small. */
function isForm(point: number): boolean {
  return (point >= 0x1d400 && point <= 0x1d7ff) || (point >= 0x1f100 && point <= 0x1f1ff);
}

function isPicture(point: number): boolean {
  return (point >= 0x1f000 && point <= 0x1faff) || point >= 0xe0000;
}
