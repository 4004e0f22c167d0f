/**
 * Marks: what is remembered of a value, three words of 32 bits each, and how they travel. Owns the layout. Does not own which
 * values are worth a mark (extract.ts), nor how marks are kept (table.ts).
 *
 *     anchor: keyed hash of one gram of the value | check: keyed hash of the whole value | about: bits
 *     about:  length 7 | offset of the anchor 7 | strength 2 | class 8 | answer 8
 *
 * M1. No mark holds a part of its value: both hashes are keyed, and what else it says is how long the value is.
 * M2. A piece (strength 0) has the check of the value that it is a piece of; its length is the value's.
 */

export const markWords = 3;
/** Symbols of the longest value; longer ones are several. */
export const valueSymbolsMax = 64;

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
/** Characters of three words: 96 bits are sixteen letters, without a rest. */
export const markChars = 16;

/** Marks as text, sixteen characters each. */
export function packMarks(words: ArrayLike<number>, length = words.length): string {
  const parts: string[] = [];
  for (let at = 0; at < length; at += markWords) {
    const [a, b, c] = [words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0];
    let text = "";
    for (let shift = 26; shift >= 2; shift -= 6) text += letters[(a >>> shift) & 63];
    text += letters[((a & 3) << 4) | (b >>> 28)];
    for (let shift = 22; shift >= 4; shift -= 6) text += letters[(b >>> shift) & 63];
    text += letters[((b & 15) << 2) | (c >>> 30)];
    for (let shift = 24; shift >= 0; shift -= 6) text += letters[(c >>> shift) & 63];
    parts.push(text);
  }
  return parts.join("");
}

/** @returns undefined for what `packMarks` does not give */
export function unpackMarks(text: string): Uint32Array | undefined {
  if (text.length % markChars !== 0) return undefined;
  const words = new Uint32Array((text.length / markChars) * markWords);
  for (let at = 0, word = 0; at < text.length; word++) {
    let held = 0;
    // Words take 32 bits of the 96: five letters and two bits, four bits and four letters and four bits, two bits and five.
    const phase = word % markWords;
    const read = (): number => valueOfLetter[text.charCodeAt(at++)] ?? 255;
    const before = phase === 0 ? 0 : (valueOfLetter[text.charCodeAt(at - 1)] ?? 255);
    if (phase === 1) held = before & 15;
    if (phase === 2) held = before & 3;
    const whole = phase === 1 ? 4 : 5;
    for (let each = 0; each < whole; each++) {
      const value = read();
      if (value > 63) return undefined;
      held = ((held << 6) | value) >>> 0;
    }
    if (phase < 2) {
      const value = read();
      if (value > 63) return undefined;
      held = phase === 0 ? ((held << 2) | (value >>> 4)) >>> 0 : ((held << 4) | (value >>> 2)) >>> 0;
    }
    words[word] = held;
  }
  return words;
}
