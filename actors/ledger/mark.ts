/**
 * Marks: what is remembered of a value, four words, and how they travel. Owns the layout. Does not own which values are worth a
 * mark (extract.ts), nor how marks are kept (table.ts), nor how hints are sealed (keyedhash.ts).
 *
 *     anchor: keyed hash of the value's first grams | check: keyed hash of the whole value | about: bits | hint: first gram, sealed
 *     about:  length 7 | offset of the anchor 7 | strength 2 | class 8 | answer 8
 *
 * M1. Without the key no mark says anything of its value but how long it is: both hashes are keyed, and the hint is sealed under a
 *     key of its own and differs for each value and place in it. Who has the key reads six symbols out of it, and could try as
 *     many out by the anchor alone.
 * M2. A piece (strength 0) has the check of the value that it is a piece of; its length is the value's.
 * M3. Marks of another layout are none: what they were marks of counts as wholly seen, in an answer and in a session that was put
 *     away.
 */

export const markWords = 4;
/** Symbols of the longest value; longer ones are several. */
export const valueSymbolsMax = 64;

/** Symbols of a mark of text. */
export const textMarkSymbols = 24;

/** How much one found value proves. A piece by itself proves nothing. */
export const strengths = { piece: 0, weak: 1, strong: 2, sensitive: 3 } as const;

export function aboutOf(length: number, offset: number, strength: number, type: number): number {
  return (length | (offset << 7) | (strength << 14) | (type << 16)) >>> 0;
}

export const lengthOf = (about: number): number => about & 127;
export const offsetOf = (about: number): number => (about >>> 7) & 127;
export const strengthOf = (about: number): number => (about >>> 14) & 3;
export const typeOf = (about: number): number => (about >>> 16) & 255;
export const answerOf = (about: number): number => about >>> 24;
export const withAnswer = (about: number, answer: number): number =>
  ((about & 0xffffff) | (answer << 24)) >>> 0;
export const withType = (about: number, type: number): number => ((about & 0xff00ffff) | (type << 16)) >>> 0;

/** Symbols from which on a value's anchor is of two grams: many values begin or end with one gram. */
export const longAnchorMin = 12;

/** The anchor of a long value: of two grams behind one another, in either order. */
export function longAnchor(first: number, second: number): number {
  return mixed((first + second) | 0);
}

/** The anchor of a text, of three: many texts have two. */
export function textAnchor(first: number, second: number, third: number): number {
  return mixed(((first + third) | 0) ^ ((second << 11) | (second >>> 21)));
}

function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x9e3779b1);
  return (once ^ (once >>> 15)) >>> 0 || 1;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const valueOfLetter = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = letters.indexOf(String.fromCharCode(code));
  return at < 0 ? 255 : at;
});
/** Characters of 126 bits, without a rest. */
export const markChars = 21;
/** In front of all marks: what has another layout does not begin so. */
const layout = "3.";

/** Marks as text, 21 characters each; of none "". */
export function packMarks(words: ArrayLike<number>, length = words.length): string {
  if (length === 0) return "";
  const parts: string[] = [layout];
  for (let at = 0; at < length; at += markWords) {
    const [a, b, c, d] = [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0];
    const [second, third] = [((a & 0xff) << 16) | (b >>> 16), ((b & 0xffff) << 8) | (c >>> 24)];
    parts.push(
      lettersOf(a >>> 8) +
        lettersOf(second) +
        lettersOf(third) +
        lettersOf(c) +
        lettersOf(d >>> 6) +
        (letters[d & 63] ?? ""),
    );
  }
  return parts.join("");
}

/** @param bits the lower 24 */
function lettersOf(bits: number): string {
  return `${letters[(bits >>> 18) & 63]}${letters[(bits >>> 12) & 63]}${letters[(bits >>> 6) & 63]}${letters[bits & 63]}`;
}

/** Whether marks are of the layout of another version: nothing in them can be compared with. */
export function isOtherLayout(text: unknown): boolean {
  return typeof text === "string" && /^\d{1,3}\./.test(text) && !text.startsWith(layout);
}

/** @returns undefined for what `packMarks` does not give */
export function unpackMarks(text: string): Uint32Array | undefined {
  if (text === "") return new Uint32Array(0);
  const chars = text.length - layout.length;
  if (!text.startsWith(layout) || chars === 0 || chars % markChars !== 0) return undefined;
  const words = new Uint32Array((chars / markChars) * markWords);
  let isWhole = true;
  const group = (at: number, chars = 4): number => {
    let bits = 0;
    for (let each = at; each < at + chars; each++) {
      const value = valueOfLetter[text.charCodeAt(each)] ?? 255;
      if (value > 63) isWhole = false;
      bits = (bits << 6) | value;
    }
    return bits;
  };
  for (let at = layout.length, word = 0; at < text.length; at += markChars, word += markWords) {
    const [first, second, third] = [group(at), group(at + 4), group(at + 8)];
    words[word] = (first << 8) | (second >>> 16);
    words[word + 1] = ((second & 0xffff) << 16) | (third >>> 8);
    words[word + 2] = ((third & 0xff) << 24) | group(at + 12);
    words[word + 3] = group(at + 16, 5);
  }
  return isWhole ? words : undefined;
}
