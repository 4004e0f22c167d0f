/** A text that is one value and nothing else. */
import { limits } from "../../protocol/limits.ts";

/** What may stand around a value that is all of a text: spaces, quotes, brackets. */
const before = /^[\s"'`([<=]{0,16}/;
const after = /[\s"'`)\]>]{0,16}$/;

/** Where it begins and ends without what stands around it; [0, 0] for a text too long to be one value. */
export function trimmed(text: string): [start: number, end: number] {
  if (text.length > limits.dlpLookBackCharsMax) return [0, 0];
  const start = before.exec(text)?.[0].length ?? 0;
  return [start, Math.max(start, text.length - (after.exec(text)?.[0].length ?? 0))];
}

/** Words between the values of a list. */
const joiner = /^(?:and|or|und|oder|et|ou|y|o|e|och|og|en|&|\/)$/i;
const valuesMax = 8;

/** Values of one kind behind one another, and nothing else. */
export interface List {
  /** Where a part without spaces begins, and where one ends: a value is one part, or a few of them. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Letters and digits of all of them. */
  readonly count: number;
}

/** The values of a text that is nothing but a list; undefined when there is a word, or only one part. */
export function listOf(text: string): List | undefined {
  if (text.length > limits.dlpLookBackCharsMax || !/[\s,;]/.test(text)) return undefined;
  const [starts, ends]: [number[], number[]] = [[], []];
  let count = 0;
  let isBehindLetters = false;
  for (const { 0: part, index } of text.matchAll(/[^\s,;]+/g)) {
    const hasDigit = /\d/.test(part);
    // A word that joins two values, or the letters that a value begins with.
    if (!hasDigit && joiner.test(part) && starts.length > 0 && !isBehindLetters) continue;
    if (!hasDigit && (isBehindLetters || !/^[A-Za-z]{1,3}$/.test(part))) return undefined;
    isBehindLetters = !hasDigit;
    starts.push(index);
    ends.push(index + part.length);
    count += alphanumerics(part);
  }
  return starts.length < 2 || isBehindLetters ? undefined : { starts, ends, count };
}

/** Whether a match is one of the values of a list: all of them have as many letters and digits. */
export function isListed({ starts, ends, count }: List, value: string, from: number, to: number): boolean {
  if (!starts.includes(from) || !ends.includes(to)) return false;
  const times = count / alphanumerics(value);
  return Number.isInteger(times) && times > 1 && times <= valuesMax;
}

function alphanumerics(text: string): number {
  return text.replace(/[^0-9A-Za-z]/g, "").length;
}
