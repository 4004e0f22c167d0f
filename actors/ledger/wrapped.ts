/**
 * Letters of an encoding in lines, as `base64`, openssl and mail write them, put together. Does not own what they say (layers.ts),
 * nor lines in what tools give (dlp/wrapped.ts).
 */
import * as alphabet from "./alphabet.ts";

/** Of this module: what is imported is looked up in each turn of a loop. */
const { inRun, kinds } = alphabet;

/** Shorter lines are values of a list more often than parts of one; few programs write such lines. */
const lineCharsMin = 60;
const lineFeed = 10;
const carriageReturn = 13;

export interface Lines {
  readonly letters: Uint8Array;
  /** Letters without a last line that is shorter: it may be a word behind them. */
  readonly whole: number;
  /** Where the last line ends. */
  readonly end: number;
}

/**
 * @param from  of the first line, a run of letters
 * @param first where it ends
 * @param to    end of the text
 * @returns the lines of its length from there on, and a shorter one behind them; undefined where there is but one
 */
export function linesAt(bytes: Uint8Array, from: number, first: number, to: number): Lines | undefined {
  const width = first - from;
  if (width < lineCharsMin) return undefined;
  const places = [from];
  let end = first;
  for (let size = width; size === width;) {
    const start = nextLine(bytes, end, to);
    size = 0;
    while (start + size < to && size <= width && ((kinds[bytes[start + size] ?? 0] ?? 0) & inRun) !== 0)
      size++;
    if (size === 0 || size > width) break;
    places.push(start);
    end = start + size;
  }
  if (places.length < 2) return undefined;
  const last = end - (places.at(-1) ?? 0);
  const letters = new Uint8Array(width * (places.length - 1) + last);
  for (const [line, start] of places.entries())
    letters.set(bytes.subarray(start, Math.min(end, start + width)), line * width);
  return { letters, whole: letters.length - (last < width ? last : 0), end };
}

/** Behind a line end and blanks; the end of the text where there is none. */
function nextLine(bytes: Uint8Array, end: number, to: number): number {
  let at = bytes[end] === carriageReturn ? end + 1 : end;
  if (at >= to || bytes[at] !== lineFeed) return to;
  at++;
  while (at < to && (bytes[at] === 32 || bytes[at] === 9)) at++;
  return at;
}
