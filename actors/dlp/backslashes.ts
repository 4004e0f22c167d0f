/**
 * Backslashes before a letter or a quote, as JSON within JSON has them: `\\nghp_…` is a line end and a token, not a word that
 * begins with n. They are made spaces and the line end that they stand for, so that every character keeps its place.
 *
 * B1. What a stream must hold back at the end of a chunk is known: the last `backslashesMax` characters.
 */

/** More in a row stay as they are: no honest text is escaped so often. */
export const backslashesMax = 8;

const backslash = 92;

export function cleanBackslashes(text: string): string {
  let at = text.indexOf("\\");
  if (at < 0) return text;
  // Joined, not added up: a text of many parts is slow to read.
  const parts: string[] = [];
  let from = 0;
  for (; at >= 0; at = text.indexOf("\\", at)) {
    let end = at + 1;
    while (text.charCodeAt(end) === backslash) end++;
    const meant =
      end - at > backslashesMax ? meaningOf(text, end - backslashesMax, end) : meaningOf(text, at, end);
    if (meant !== undefined) {
      parts.push(text.slice(from, end + 1 - meant.length), meant);
      from = end + 1;
    }
    at = end;
  }
  if (from === 0) return text;
  parts.push(text.slice(from));
  return parts.join("");
}

/** What backslashes and the letter behind them stand for, as many characters; undefined for other letters. */
function meaningOf(text: string, at: number, end: number): string | undefined {
  const spaces = end - at === 1 ? " " : " ".repeat(end - at);
  switch (text.charCodeAt(end)) {
    case 110:
      return `${spaces}\n`;
    case 114:
    case 116:
      return `${spaces} `;
    case 34:
      return `${spaces}"`;
    default:
      return undefined;
  }
}

/** How many characters at the end of a text may begin an escape that goes on behind it. */
export function heldBack(text: string): number {
  let count = 0;
  while (count < backslashesMax && text.charCodeAt(text.length - 1 - count) === 92) count++;
  return count;
}
