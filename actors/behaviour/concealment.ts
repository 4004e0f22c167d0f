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
  try {
    const plain = decoder.decode(Buffer.from(word, "base64"));
    return readable.test(plain) && !unreadable.test(plain.replace(/[\t\n\r]/g, " ")) ? plain : undefined;
  } catch {
    return undefined;
  }
}
