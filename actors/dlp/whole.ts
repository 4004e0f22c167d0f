/** A text that is one value and nothing else. */
import { limits } from "../../protocol/limits.ts";

/** Where it begins and ends without spaces around it; [0, 0] for a text too long to be one value. */
export function trimmed(text: string): [start: number, end: number] {
  if (text.length > limits.dlpLookBackCharsMax) return [0, 0];
  return [text.length - text.trimStart().length, text.trimEnd().length];
}
