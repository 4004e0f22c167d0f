/**
 * Examples of rows, put together: parts are joined at load, so that no file holds what looks like a live credential.
 *
 * E1. The same row gives the same text everywhere: generated parts have a fixed seed, taken from the row and their place.
 */
import type { Example } from "../../protocol/detector.ts";

const digit = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();

const alphabets: Readonly<Record<string, string>> = {
  hex: `${digit}abcdef`,
  upperhex: `${digit}ABCDEF`,
  digits: digit,
  lower,
  upper,
  alnum: digit + upper + lower,
  loweralnum: digit + lower,
  upperalnum: digit + upper,
  base64: `${upper}${lower}${digit}+/`,
  base64url: `${upper}${lower}${digit}-_`,
  base32: `${upper}234567`,
  base58: "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
};

const base62 = digit + upper + lower;

/** @param seed any text: the row's id and the example's place */
export function assembleExample(example: Example, seed: string): string {
  if (typeof example === "string") return example;
  let text = "";
  let last = "";
  for (const [place, part] of example.entries()) {
    if (typeof part === "string") last = part;
    else if (part.make === "crc32base62") last = crc32Base62(last, part.n ?? 6);
    else if (part.make === "json64") last = base64url(part.of ?? "");
    else last = draw(alphabets[part.make] ?? digit, part.n ?? 1, `${seed}/${place}`);
    text += last;
  }
  return text;
}

/** A text of n characters that looks random and always is the same: a 32-bit generator started from the seed. */
function draw(alphabet: string, n: number, seed: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
  let text = "";
  for (let i = 0; i < n; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    text += alphabet[((mixed ^ (mixed >>> 14)) >>> 0) % alphabet.length] ?? "";
  }
  return text;
}

/** CRC-32 of the text in base 62, padded with zeros: the check at the end of GitHub's and npm's tokens. */
export function crc32Base62(text: string, length: number): string {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let out = "";
  while (rest > 0) {
    out = (base62[rest % 62] ?? "") + out;
    rest = Math.floor(rest / 62);
  }
  return out.padStart(length, "0");
}

function base64url(text: string): string {
  const alphabet = alphabets["base64url"] ?? "";
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)];
    const word = (a << 16) | ((b || 0) << 8) | (c || 0);
    const chars = [word >> 18, (word >> 12) & 63, (word >> 6) & 63, word & 63];
    out += chars
      .slice(0, Math.min(4, text.length - i + 1))
      .map((each) => alphabet[each] ?? "")
      .join("");
  }
  return out;
}
