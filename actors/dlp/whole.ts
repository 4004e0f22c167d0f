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
