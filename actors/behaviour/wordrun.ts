/**
 * A text as a run of words with their hashes and places: what marks and look-ups are both made of. Owns where a word begins and
 * ends. One is used for many texts.
 *
 * W1. A word is letters, digits and what addresses and names of things are made of (@ . _ - / : + # % ~, and = & ? inside what
 *     has a slash), without such signs at its ends. What is written in a text and what is an argument give the same words.
 */
import type { WordHash } from "./wordhash.ts";

const isWordCode: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)) return 1;
  return "@._-/:+#%~".includes(String.fromCharCode(code))
    ? 2
    : "=&?".includes(String.fromCharCode(code))
      ? 3
      : 0;
});
/** A word longer than this is hashed by its beginning. */
const wordCharsMost = 1_024;

export class WordRun {
  text = "";
  length = 0;
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  hashes = new Uint32Array(256);
  /** 1: it names something by itself: it has a digit or a sign inside. */
  names = new Uint8Array(256);
  readonly #hash: WordHash;
  readonly #max: number;

  /** @param max words that are taken at most */
  constructor(hash: WordHash, max: number) {
    this.#hash = hash;
    this.#max = max;
  }

  /** @returns false when there were more words than are taken */
  read(text: string, from = 0, to = text.length): boolean {
    this.text = text;
    this.length = 0;
    let at = from;
    while (at < to) {
      const code = text.charCodeAt(at);
      if (code < 128 ? isWordCode[code] !== 1 : !isLetter(text, at)) {
        at++;
        continue;
      }
      if (this.length >= this.#max) return false;
      at = this.#word(text, at, to);
    }
    return true;
  }

  /** Of all words together, in their order; 0 for none. */
  whole(from: number, to: number): number {
    let hash = this.hashes[from] ?? 0;
    for (let at = from + 1; at < to; at++) hash = this.#hash.pair(hash, this.hashes[at] ?? 0);
    return from < to ? hash : 0;
  }

  pairAt(at: number): number {
    return this.#hash.pair(this.hashes[at] ?? 0, this.hashes[at + 1] ?? 0);
  }

  lengthAt(at: number): number {
    return (this.ends[at] ?? 0) - (this.starts[at] ?? 0);
  }

  #word(text: string, start: number, to: number): number {
    let at = start;
    let last = start;
    let sign = 0;
    let inner = 0;
    let hasSlash = false;
    for (; at < to; at++) {
      const code = text.charCodeAt(at);
      const kind = code < 128 ? (isWordCode[code] ?? 0) : isLetter(text, at) ? 1 : 0;
      if (kind === 0 || (kind === 3 && !hasSlash)) break;
      if (kind === 1) {
        if (code < 58) inner = 1;
        if (sign !== 0) inner |= sign;
        sign = 0;
        last = at + 1;
      } else {
        // A dash or a colon between letters is no name of a thing: "follow-up".
        if (code !== 45 && code !== 58) sign = 1;
        hasSlash ||= code === 47;
      }
    }
    if (this.length >= this.starts.length) this.#grow();
    const row = this.length++;
    this.starts[row] = start;
    this.ends[row] = last;
    this.names[row] = inner;
    this.hashes[row] = this.#hash.word(text, start, Math.min(last, start + wordCharsMost));
    return at;
  }

  #grow(): void {
    const [starts, ends, hashes, names] = [this.starts, this.ends, this.hashes, this.names];
    const room = starts.length * 2;
    (this.starts = new Int32Array(room)).set(starts);
    (this.ends = new Int32Array(room)).set(ends);
    (this.hashes = new Uint32Array(room)).set(hashes);
    (this.names = new Uint8Array(room)).set(names);
  }
}

const letter = /[\p{L}\p{N}]/u;

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  // Halves of a pair of units belong to letters of rare scripts, or to signs that nobody names things with.
  return code >= 0xc0 && (code < 0x250 || letter.test(text[at] ?? ""));
}
