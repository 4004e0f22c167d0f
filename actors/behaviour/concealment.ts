/**
 * Words that are a text in base64. Pure. Owns what counts as one. Does not own what follows from it (reading.ts).
 *
 * C1. Only what decodes to readable words is one: no digest, key or picture is.
 * C2. One layer, so that nothing grows.
 */

/** Two words in plain text and their blank. */
export const concealedCharsMin = 24;
const encoded = /^[A-Za-z0-9+/_-]+$/;
const decoder = new TextDecoder("utf-8", { fatal: true });
// What no text has but blanks and ends of lines.
const unreadable = /[\p{Cc}\p{Cn}\p{Co}]/u;
const readable = /\p{L}{2,}[^\p{L}]*\s[^\p{L}]*\p{L}{2,}/u;

/** @param word without its padding @returns undefined where it is no text */
export function plainOf(word: string): string | undefined {
  if (word.length < concealedCharsMin || word.length % 4 === 1 || !encoded.test(word)) return undefined;
  const bytes = Buffer.from(word, "base64");
  // Most names of things are told apart here: to throw costs a hundred times as much.
  for (let at = 0; at < bytes.length; at++) if (!mayBeText(bytes[at] ?? 0)) return undefined;
  try {
    const plain = decoder.decode(bytes);
    return readable.test(plain) && !unreadable.test(plain.replace(/[\t\n\r]/g, " ")) ? plain : undefined;
  } catch {
    return undefined;
  }
}

/** Not of a byte that no text in UTF-8 has, or that stands for what is never read. */
function mayBeText(byte: number): boolean {
  if (byte < 32) return byte === 9 || byte === 10 || byte === 13;
  return byte !== 127 && byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5;
}
