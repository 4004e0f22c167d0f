/**
 * Texts behind one another, for escapes that are cut between them. Does not own what is undone (layers.ts), nor runs and lists over
 * borders, which a page has as they are (page.ts).
 */
import { inRun, kinds } from "./alphabet.ts";

/** Of a long text, what is tried together with its neighbours: as long as the longest value (mark.ts), each symbol an escape of six. */
export const edgeChars = 6 * 64;

/**
 * Texts behind one another, and where each but the first begins. Of a long text only what stands near its ends, and the whole of
 * a run there.
 *
 * @param edge characters of what stands near an end
 */
export function joinedAtEnds(
  texts: readonly string[],
  edge: number,
): {
  readonly text: string;
  readonly borders: readonly number[];
} {
  const parts: string[] = [];
  const borders: number[] = [];
  let length = 0;
  for (const [at, text] of texts.entries()) {
    if (at > 0) borders.push(length);
    const head = at === 0 ? 0 : endOfRun(text, Math.min(text.length, edge));
    const tail = at === texts.length - 1 ? text.length : startOfRun(text, Math.max(0, text.length - edge)); // prettier-ignore
    const part = head >= tail ? text : `${text.slice(0, head)} ${text.slice(tail)}`;
    parts.push(part);
    length += part.length;
  }
  return { text: parts.join(""), borders };
}

/** Borders of the first texts within a part of a page, from its beginning. */
export function bordersOf(ends: Int32Array, count: number, from: number, to: number): readonly number[] {
  const borders: number[] = [];
  for (let which = 0; which + 1 < count; which++) {
    const border = ends[which] ?? 0;
    if (border > from && border < to) borders.push(border - from);
  }
  return borders;
}

/** Whether a part of a text has something on both sides of a border; any has where there are no borders. */
export function isOver(borders: readonly number[] | undefined, start: number, end: number): boolean {
  if (borders === undefined) return true;
  for (const border of borders) if (border > start) return border < end;
  return false;
}

function endOfRun(text: string, from: number): number {
  let at = from;
  while (at < text.length && isInRun(text, at)) at++;
  return at;
}

function startOfRun(text: string, from: number): number {
  let at = from;
  while (at > 0 && isInRun(text, at - 1)) at--;
  return at;
}

function isInRun(text: string, at: number): boolean {
  return ((kinds[text.charCodeAt(at)] ?? 0) & inRun) !== 0;
}
