/**
 * Letters and digits with something between each two of them (`4 1 1 1`, `g-h-p`), put together. Does not own: what is found then
 * (decoder.ts).
 *
 * S1. Every row of `unitsMin` characters is found, at the cost of a look at each twelfth character of a text.
 * S2. What stands between is the same sign all along. Rows of digits alone that are long, or more than one in a text, are tables
 *     of numbers and left: by chance one of them would be a card. So are rows beyond `rowsMax`.
 * S3. What comes out is never a row with the same sign again: putting together ends.
 */
import { limits } from "../../protocol/limits.ts";
import type { Layer } from "./encoding.ts";

/** Characters of a row; fewer are a word that somebody spells, or a list. */
const unitsMin = 9;
/** A row has twice as many places, but for the last; of so many in a row one is looked at, with five more behind it. */
const stride = 12;
const digitsMax = 40;
const unitsMax = 2_048;
/** Rows of one text; more are the lines of a table. */
const rowsMax = 64;

/** By character: whether it may stand between two others. */
const isBetween = Uint8Array.from({ length: 256 }, (_, code) => (code === 0xa0 || " \t\n.,-_|/:*".includes(String.fromCharCode(code)) ? 1 : 0)); // prettier-ignore

const none: readonly Layer[] = [];

/** Whether a text may have such a row: a look at few of its characters. */
export function mayBeSpaced(text: string): boolean {
  if (text.length < 2 * unitsMin - 1) return false;
  for (let at = 0; at + 4 < text.length; at += stride)
    if (betweenAt(text, at) || betweenAt(text, at + 1)) return true;
  return false;
}

export function spacedLayers(text: string): readonly Layer[] {
  if (!mayBeSpaced(text)) return none;
  const layers: Layer[] = [];
  const digits: Layer[] = [];
  let from = 0;
  for (let at = 0; at + 4 < text.length && layers.length < rowsMax; at += stride) {
    if (at < from) continue;
    const sign = betweenAt(text, at) ? at : betweenAt(text, at + 1) ? at + 1 : -1;
    if (sign < 0) continue;
    const [start, last] = rowAt(text, from, sign);
    const layer = last - start < 2 * (unitsMin - 1) ? undefined : layerOf(text, from, start, last);
    from = Math.max(from, last + 1);
    if (layer === undefined) continue;
    // A word of one letter may stand before the row: then it begins behind it.
    const later = text.charCodeAt(start + 1) === 32 ? layerOf(text, start + 2, start + 2, last) : undefined;
    if (later !== undefined && later.units.length >= unitsMin && !/^\d/.test(layer.units)) layers.push(later);
    if (!/^\d+$/.test(layer.units)) layers.push(layer);
    else if (layer.units.length <= digitsMax) digits.push(layer);
  }
  return digits.length === 1 ? [...layers, ...digits] : layers;
}

/** A sign that stands here, two and four places on, and not between them. */
function betweenAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return isBetween[code] === 1 && text.charCodeAt(at + 2) === code && text.charCodeAt(at + 4) === code && text.charCodeAt(at + 1) !== code && text.charCodeAt(at + 3) !== code; // prettier-ignore
}

/** Where the row begins and where its last character stands that has a sign at a place. @param from no row begins before it */
function rowAt(text: string, from: number, sign: number): readonly [start: number, last: number] {
  const code = text.charCodeAt(sign);
  const isUnit = (at: number): boolean => at >= from && at < text.length && text.charCodeAt(at) !== code;
  let start = sign + 1;
  while (text.charCodeAt(start - 1) === code && isUnit(start - 2)) start -= 2;
  // The first one stands alone, or is the end of a word and none of the row; the last one likewise.
  if (isUnit(start - 1) && isPartOfWord(text, start - 1)) start += 2;
  let last = sign + 1;
  while (text.charCodeAt(last + 1) === code && isUnit(last + 2) && last - start < 2 * unitsMax) last += 2;
  if (isUnit(last + 1) && isPartOfWord(text, last + 1)) last -= 2;
  return [start, last];
}

/** The row put together, behind what stands before it; undefined when it is mostly signs. */
function layerOf(
  text: string,
  from: number,
  start: number,
  last: number,
): (Layer & { readonly units: string }) | undefined {
  const units: string[] = [];
  for (let at = start; at <= last; at += 2) units.push(text.charAt(at));
  const count = units.filter((unit) => isPartOfWord(unit, 0)).length;
  if (count < unitsMin - 1 || 2 * count < units.length) return undefined;
  const before = Math.max(from, start - limits.dlpContextCharsMax);
  const head = before < start ? text.slice(before, start) : " ";
  const whole = head.length + units.length;
  // A space behind it, so that it ends there for a pattern too.
  const places = Int32Array.from({ length: whole + 2 }, (_, at) => at < head.length ? Math.min(start, before + at) : at < whole ? start + 2 * (at - head.length) : last + 1); // prettier-ignore
  return { text: `${head}${units.join("")} `, start: before, end: last + 1, places, units: units.join("") };
}

function isPartOfWord(text: string, at: number): boolean {
  return /[0-9A-Za-z]/.test(text.charAt(at));
}
