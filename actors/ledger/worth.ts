/**
 * What in a text is worth remembering although no detector found it: identifiers, and names of several words. Owns what tells
 * them from words, dates and versions.
 *
 * W1. Whatever this says is worth it can stand in any text by chance or by custom: one alone proves little.
 */

export interface Identifier {
  readonly text: string;
  /** So long and mixed that no two things have it by chance. */
  readonly isStrong: boolean;
}

const token = /[A-Za-z0-9]+(?:[._@+-][A-Za-z0-9]+)*/g;
/** The same with letters of scripts that put blanks between words: in others a whole sentence would stand around an identifier. */
const wideToken = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}0-9]+(?:[._@+-][\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}0-9]+)*/gu; // prettier-ignore
const beyondAscii = /[\u0080-\uffff]/;
/** In a token, what has no symbol: signs, and accents that stand by themselves. */
const between = /[._@+\-\p{M}]/gu;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const time = /^(?:19|20)\d{2}[-.]?\d{2}[-.]?\d{2}(?:T\d{2,6}Z?)?$/;
const reversedDate = /^\d{1,2}[-.]\d{1,2}[-.](?:19|20)\d{2}$/;
const version = /^v?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-+][\w.-]{1,20})?$/i;
const digits = /\d/g;
const idSymbolsMin = 8;
const strongSymbolsMin = 10;
const digitsMin = 3;

/** Identifiers of a text, in its order. */
export function* identifiersOf(text: string): Generator<Identifier> {
  if (!beyondAscii.test(text)) return yield* asciiIdentifiersOf(text);
  for (const [found] of text.matchAll(wideToken)) {
    let isFound = false;
    for (const identifier of asciiIdentifiersOf(found)) {
      isFound = true;
      yield identifier;
    }
    // What is an identifier without the letters beside it is found wherever it stands with them.
    const wide = isFound ? undefined : identifierOf(found);
    if (wide !== undefined) yield wide;
  }
}

function* asciiIdentifiersOf(text: string): Generator<Identifier> {
  for (const [found] of text.matchAll(token)) {
    const identifier = identifierOf(found);
    if (identifier !== undefined) yield identifier;
  }
}

function identifierOf(found: string): Identifier | undefined {
  if (found.length < idSymbolsMin || !hasDigit(found)) return undefined;
  if (time.test(found) || reversedDate.test(found) || version.test(found)) return undefined;
  const count = found.match(digits)?.length ?? 0;
  const joined = found.replace(between, "").length;
  if (joined < idSymbolsMin) return undefined;
  const isShipped = count < digitsMin + 1 && isInterleaved(found, joined);
  if (count < digitsMin && !isShipped) return undefined;
  const isNumber = count === joined;
  const isStrong = uuid.test(found) || (isNumber ? joined >= strongSymbolsMin && !isEpoch(found) : joined >= strongSymbolsMin && (count >= 4 || isShipped)); // prettier-ignore
  if (!isStrong && isNumber && (joined < idSymbolsMin + 1 || isEpoch(found))) return undefined;
  return { text: found, isStrong };
}

const interleavedMin = 12;
const changesMin = 4;

/** Capitals among digits, as parcels, parts and licences are numbered: no word has so many changes between the two. */
function isInterleaved(text: string, joined: number): boolean {
  if (joined < interleavedMin || /\p{Ll}/u.test(text)) return false;
  let changes = 0;
  for (let at = 1; at < text.length; at++) if (isDigit(text, at) !== isDigit(text, at - 1)) changes++;
  return changes >= changesMin;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (isDigit(text, at)) return true;
  return false;
}

/** Seconds or milliseconds since 1970, from 2001 to 2065. */
function isEpoch(text: string): boolean {
  return /^[12]\d{9}(?:\d{3})?$/.test(text);
}

const phraseSymbolsMin = 12;
const sentenceWords = 5;
const sentenceSymbolsMin = 24;

/** A name, an address, a title, a short sentence: several words that are a field of their own. @param symbols of the text */
export function isPhrase(text: string, symbols: number): boolean {
  if (symbols < phraseSymbolsMin) return false;
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length < 2 || words.length > 16 || time.test(words[0] ?? "")) return false;
  const telling = words.filter(
    (word) => /^[A-Z\d\u00c0-\u024f]/.test(word) && !/^\d{1,2}$/.test(word),
  ).length;
  return telling >= 2 || (words.length >= sentenceWords && symbols >= sentenceSymbolsMin);
}
