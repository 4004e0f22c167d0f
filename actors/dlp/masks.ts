/**
 * What looks like numbers of people and is not: identifiers and times that machines write. A part of one is no finding.
 *
 * M1. A mask is known from its first run of letters and digits and from what stands after it, less than a hundred characters.
 */

import { nextClassOf } from "./runshape.ts";

export interface Mask {
  readonly start: number;
  readonly end: number;
  /** It may be a time or an identifier: it does not hide a value, but speaks against one. */
  readonly isDoubtful: boolean;
}

const uuid = /[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])/y;
const time =
  /(?:19|20)\d{2}([-/.])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[T ](?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![0-9A-Za-z])/y;
const compactTime = /(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])T\d{6}Z?(?![0-9A-Za-z])/y;
const version = /\d{1,3}\.\d{1,3}\.\d{1,3}(?:[-+][0-9A-Za-z.-]{1,40})?(?![0-9A-Za-z.])/y;

const uuidChars = 36;
const dash = 45;
const dot = 46;
const slash = 47;

/**
 * Whether a mask may begin with a run that holds a digit, or has eight letters.
 *
 * @param next what stands after it, as a class of runshape.ts
 * @param rank of its first character, which is that of a digit
 */
export function mayBeMask(length: number, next: number, rank: number): boolean {
  if (length === 8) return next === nextClassOf[dash];
  if (length === 4) return next === nextClassOf[dash] || next === nextClassOf[dot] || next === nextClassOf[slash]; // prettier-ignore
  if (length <= 3) return next === nextClassOf[dot];
  if (length === 10 || length === 13) return rank === 1 || rank === 2;
  return length === 16;
}

/** The mask that begins with a run. */
export function maskAt(text: string, start: number, end: number): Mask | undefined {
  const next = text.charCodeAt(end);
  const length = end - start;
  if (length === 8 && next === dash)
    return start + uuidChars <= text.length && text.charCodeAt(start + 13) === dash
      ? covering(uuid, text, start)
      : undefined;
  if (length === 4 && (next === dash || next === dot || next === slash))
    return end + 3 < text.length && text.charCodeAt(end + 3) === next
      ? covering(time, text, start)
      : undefined;
  if (length <= 3 && next === dot) return covering(version, text, start);
  if (length === 16 && text.charCodeAt(start + 8) === 84) return covering(compactTime, text, start);
  if (isEpoch(text, start, length)) return { start, end, isDoubtful: true };
  return undefined;
}

function covering(pattern: RegExp, text: string, start: number): Mask | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? { start, end: pattern.lastIndex, isDoubtful: false } : undefined;
}

/** Seconds or milliseconds since 1970, from 2001 to 2065. */
function isEpoch(text: string, start: number, length: number): boolean {
  const first = text.charCodeAt(start);
  if ((length !== 10 && length !== 13) || (first !== 49 && first !== 50)) return false;
  const value = Number(text.slice(start, start + 10));
  return value > 1_000_000_000 && value < 3_000_000_000;
}

const blobCharsMin = 100;

/** Whether a place lies deep in a block of base64, as a picture is: then what matches there does so by chance. */
export function isInBlob(text: string, at: number): boolean {
  if (at < blobCharsMin) return false;
  for (let back = 1; back <= blobCharsMin; back++) {
    const code = text.charCodeAt(at - back);
    const isBase64 = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 43 || code === 47; // prettier-ignore
    if (!isBase64) return false;
  }
  return true;
}

const base64CharsMin = 40;
/** Characters beyond a match that are looked at. */
export const partCharsMax = base64CharsMin + 8;

/**
 * Whether what looks like a token by its prefix is part of a longer thing: a file's name (`logo.ico-….png`), or a text in base64,
 * where four letters come up by chance. Signs of base64 must touch it, and enough of base64 stand on one side.
 */
export function isPartOfOther(text: string, from: number, to: number): boolean {
  const [before, after] = [from > 0 ? text.charCodeAt(from - 1) : 32, text.charCodeAt(to)];
  if (after === dot && isFileEnding(text, to + 1)) return true;
  if (!isBase64Sign(before) && !isBase64Sign(after)) return false;
  return isBase64Side(text, from - 1, -1) || isBase64Side(text, to, 1);
}

const fileEnding =
  /(?:png|jpe?g|gif|svg|ico|webp|css|m?js|map|html?|woff2?|ttf|eot|pdf|mp4|zip|gz)(?![0-9A-Za-z])/y;

function isFileEnding(text: string, at: number): boolean {
  fileEnding.lastIndex = at;
  return fileEnding.test(text);
}

/** `+` or `/`. */
function isBase64Sign(code: number): boolean {
  return code === 43 || code === 47;
}

/** Capitals, small letters and digits, so many of them in a row: no path is such. */
function isBase64Side(text: string, from: number, step: number): boolean {
  let kinds = 0;
  for (let count = 0; count < base64CharsMin; count++) {
    const code = text.charCodeAt(from + count * step);
    if (code >= 48 && code <= 57) kinds |= 1;
    else if (code >= 65 && code <= 90) kinds |= 2;
    else if (code >= 97 && code <= 122) kinds |= 4;
    else if (!isBase64Sign(code)) return false;
  }
  return kinds === 7;
}
