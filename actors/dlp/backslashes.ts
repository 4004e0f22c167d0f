/**
 * Backslashes before a letter or a quote, as JSON within JSON has them: `\\nghp_…` is a line end and a token, not a word that
 * begins with n. They are made spaces and the line end that they stand for, so that every character keeps its place.
 *
 * B1. What a stream must hold back at the end of a chunk is known: the last `backslashesMax` characters.
 */

/** More in a row stay as they are: no honest text is escaped so often. */
export const backslashesMax = 8;

const escaped = /\\{1,8}[nrt"]/g;

export function cleanBackslashes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(escaped, (found) => {
    const last = found.at(-1) ?? "";
    return " ".repeat(found.length - 1) + (last === "n" ? "\n" : last === '"' ? last : " ");
  });
}

/** How many characters at the end of a text may begin an escape that goes on behind it. */
export function heldBack(text: string): number {
  let count = 0;
  while (count < backslashesMax && text.charCodeAt(text.length - 1 - count) === 92) count++;
  return count;
}
