/**
 * Texts as runs of symbols: what is left of a text when case, separators, hidden characters and look-alikes are taken off. A
 * value and its disguise give the same run, and runs of several texts behind one another make one run.
 *
 * Y1. A symbol is five bits, so that six of them (a gram) are one number of thirty bits: exactly, and not as a hash.
 * Y2. What folds to nothing (space, punctuation, combining marks, zero-width characters) leaves nothing.
 * Y3. Folding is by character: what two texts fold to, one behind the other, is what they fold to together.
 */
import { limits } from "../../protocol/limits.ts";
import { alikeScripts } from "../dlp/lookalike.ts";

/** Symbols in a gram. */
export const gramSymbols = 6;
/** Bits of as many symbols. */
export const runMask = 0x3fffffff;
/** No symbol. */
const nothing = 255;

/** Letters and digits that are taken for one another when people read or disguise them are one symbol each. */
const alike: Readonly<Record<string, string>> = { o: "0", i: "1", l: "1", s: "5" };
const order = "0123456789abcdefghjkmnpqrtuvwxyz";

/** By character of ASCII: its symbol, or `nothing` (255). */
export const symbolOfAscii = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code).toLowerCase();
  const at = order.indexOf(alike[char] ?? char);
  return at < 0 ? nothing : at;
});

const isHidden = /[\u0300-\u036f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]/;
const isLetter = /[\p{L}\p{N}]/u;

const encoder = new TextEncoder();
/** Below it a call into the encoder costs more than it saves. */
const shortChars = 96;

/**
 * Writes a text as bytes, one for each character. There must be room for it.
 *
 * @returns false when it has others than ASCII; what was written then says nothing
 */
export function isAsciiInto(text: string, bytes: Uint8Array, at: number): boolean {
  if (text.length > shortChars) {
    const room = at === 0 ? bytes : bytes.subarray(at, at + text.length);
    const { read, written } = encoder.encodeInto(text, room);
    return read === text.length && written === read;
  }
  for (let from = 0; from < text.length; from++) {
    const code = text.charCodeAt(from);
    if (code >= 128) return false;
    bytes[at + from] = code;
  }
  return true;
}

/** Characters of a page that are read at once. */
export const blockChars = 4_096;
/**
 * Where the symbols stand that are compared, for one comparison at a time. A constant, and not a field of whoever compares: a loop over
 * one is a third faster (symbols and gaps of a KB of mail in 2.3 and 3.5 us, a look at each second place in 1.7 and 2.2).
 */
export const comparedCodes = new Uint8Array(limits.ledgerArgumentSymbolsMax + blockChars + 1);

/** Symbols, as many as there is room for; one is used for many texts. */
export class Symbols {
  /** The first `length` of them are in use. */
  codes: Uint8Array;
  length = 0;
  readonly #max: number;

  /**
   * @param max   symbols that are taken at most; more are left out and told by `add`
   * @param codes where they stand, when it has room for all of them
   */
  constructor(max: number, codes: Uint8Array = new Uint8Array(Math.min(max, 1_024))) {
    this.#max = max;
    this.codes = codes;
  }

  clear(): void {
    this.length = 0;
  }

  /** How many there may be. */
  get max(): number {
    return this.#max;
  }

  /** @returns false when there was no room for all of it */
  add(text: string): boolean {
    const room = this.#max - this.length;
    // A cut text is shorter than it could be where it has separators; that it was cut is told all the same.
    if (text.length > room) return this.add(text.slice(0, room)) && false;
    if (this.length + text.length > this.codes.length) this.#grow(this.length + text.length);
    if (text.length <= shortChars) return this.#addShort(text);
    const { codes, length } = this;
    // Bytes first, in one go: each is read and its symbol written in the same place or before it.
    if (!isAsciiInto(text, codes, length)) return this.#addFolded(text);
    const end = length + text.length;
    let at = length;
    for (let from = length; from < end; from++) {
      const symbol = symbolOfAscii[codes[from] ?? 0] ?? nothing;
      codes[at] = symbol;
      // What is nothing is written over by the next one: a branch here would be guessed wrong at every end of a word.
      at += (symbol >>> 7) ^ 1;
    }
    this.length = at;
    return true;
  }

  #addShort(text: string): boolean {
    const { codes } = this;
    let at = this.length;
    for (let from = 0; from < text.length; from++) {
      const code = text.charCodeAt(from);
      if (code >= 128) return this.#addFolded(text);
      const symbol = symbolOfAscii[code] ?? nothing;
      codes[at] = symbol;
      at += (symbol >>> 7) ^ 1;
    }
    this.length = at;
    return true;
  }

  /** A text with characters beyond ASCII: compatibility forms, accents and look-alikes are taken apart first. */
  #addFolded(text: string): boolean {
    const folded = text.normalize("NFKD");
    if (this.length + folded.length > this.codes.length) this.#grow(this.length + folded.length);
    for (let from = 0; from < folded.length; from++) {
      const code = folded.charCodeAt(from);
      const symbol = code < 128 ? (symbolOfAscii[code] ?? nothing) : symbolOf(folded, from);
      if (symbol === nothing) continue;
      if (this.length >= this.#max) return false;
      this.codes[this.length++] = symbol;
    }
    return true;
  }

  #grow(length: number): void {
    if (length <= this.codes.length || this.codes.length >= this.#max) return;
    const grown = new Uint8Array(Math.min(this.#max, Math.max(length, 2 * this.codes.length)));
    grown.set(this.codes);
    this.codes = grown;
  }
}

/** Letters of other scripts that look like Latin ones. */
const ofScripts = new Map<string, number>();
for (let at = 0; at < alikeScripts.length; at += 2)
  ofScripts.set(alikeScripts.charAt(at), symbolOfAscii[alikeScripts.charCodeAt(at + 1)] ?? nothing);

/** Other letters of other scripts keep what tells them apart, as far as five bits can. */
function symbolOf(text: string, at: number): number {
  const char = text.charAt(at);
  const latin = ofScripts.get(char);
  if (latin !== undefined) return latin;
  if (isHidden.test(char)) return nothing;
  const code = text.charCodeAt(at);
  const isSurrogate = code >= 0xd800 && code < 0xe000;
  return isSurrogate || isLetter.test(char) ? (Math.imul(code, 0x9e37) >>> 7) & 31 : nothing;
}

/** The symbols of a gram as they stand at a place, the first one uppermost. */
export function runAt(codes: Uint8Array, at: number): number {
  return ((codes[at] ?? 0) << 25) | ((codes[at + 1] ?? 0) << 20) | ((codes[at + 2] ?? 0) << 15) | ((codes[at + 3] ?? 0) << 10) | ((codes[at + 4] ?? 0) << 5) | (codes[at + 5] ?? 0); // prettier-ignore
}

/** Six symbols, read backwards. */
export function reversed(run: number): number {
  return (run >>> 25) | ((run >>> 15) & 0x3e0) | ((run >>> 5) & 0x7c00) | ((run << 5) & 0xf8000) | ((run << 15) & 0x1f00000) | ((run << 25) & 0x3e000000); // prettier-ignore
}

/** The gram that begins at a place, read in the direction in which it is the smaller number: reversed text has the same ones. */
export function gramAt(codes: Uint8Array, at: number): number {
  return gramOf(runAt(codes, at));
}

/** Without a branch: it would be guessed wrong half of the times. */
export function gramOf(run: number): number {
  const other = reversed(run);
  const over = (run - other) | 0;
  return other + (over & (over >> 31));
}

/** By what grams are mixed: odd, so that none is lost. */
export const mixing = 0x9e3779b1;

/** Its upper bits depend on all of the gram. */
export function mixedGram(gram: number): number {
  return Math.imul(gram ^ (gram >>> 15), mixing);
}
