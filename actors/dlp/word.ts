/**
 * Whole words: where a context word begins and ends in a text.
 *
 * W1. No letter goes on before or after it, but a capital after a small one begins a word: `ssn`, `customer_ssn`,
 *     `customerSsn` and `SSNs` hold the word ssn, `lessn` does not.
 */

export function isWord(text: string, start: number, end: number): boolean {
  return isWordStart(text, start) && isWordEnd(text, end);
}

/** Whether a word may end before a character: before no small letter but the one that makes it many. */
export function mayEndWord(code: number): boolean {
  return !isSmall(code) || code === 115;
}

function isWordStart(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charCodeAt(start - 1);
  return !isLetter(before) || (isSmall(before) && isCapital(text.charCodeAt(start)));
}

function isWordEnd(text: string, end: number): boolean {
  if (end >= text.length) return true;
  const after = text.charCodeAt(end);
  if (!isLetter(after)) return true;
  if (isCapital(after) && isSmall(text.charCodeAt(end - 1))) return true;
  const isPlural = after === 115 || after === 83;
  return isPlural && (end + 1 >= text.length || !isLetter(text.charCodeAt(end + 1)));
}

/** ASCII by its cases; of what lies beyond, all from the first accented letter on. */
function isLetter(code: number): boolean {
  return code > 191 || isSmall(code) || isCapital(code);
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122;
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}
