/**
 * The slow way to find: every pattern by itself over the whole text, and context words in the 60 characters before. What
 * the engine must agree with; far too slow to be it.
 */
import { createHash } from "node:crypto";
import { type Detector, type Level, valueEnd } from "./detector.ts";
import { levelOf } from "./likelihood.ts";
import type { DlpPorts } from "./validator.ts";

export const ports: DlpPorts = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
};

export interface SlowFinding {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly level: Level;
}

const contextChars = 60;

/** All that one detector finds, at any level. */
export function findSlowly(detector: Detector, text: string): SlowFinding[] {
  const found: SlowFinding[] = [];
  for (const match of text.matchAll(new RegExp(detector.pattern, `g${detector.flags}`))) {
    const matched = match[1] ?? match[0];
    const start = match.index + match[0].lastIndexOf(matched);
    const value = text.slice(start, valueEnd(text, start + matched.length, detector.tail));
    const before = text.slice(Math.max(0, match.index - contextChars), match.index);
    const hasContext = detector.context.some((word) => holdsWord(before, word));
    const around = { hasContext, hasNegative: false };
    const level = levelOf(detector.likelihood, detector.contextMode, detector.check(value), around);
    if (level !== undefined) found.push({ type: detector.id, start, end: start + value.length, level });
  }
  return found;
}

/** A whole word, where a change from small to capital letters or from letters to digits ends one too. */
export function holdsWord(text: string, word: string): boolean {
  const parts = word.split(" ").map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const pattern = new RegExp(parts.join("[ _-]?"), "gi");
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    const [first, last] = [hit.at(0) ?? "", hit.at(-1) ?? ""];
    const [before, after] = [text.at(index - 1), text[index + hit.length] ?? ""];
    const startsWord = index === 0 || !continues(before ?? "", first);
    if (startsWord && !continues(last, after)) return true;
  }
  return false;
}

function continues(left: string, right: string): boolean {
  if (!/[\p{L}]/u.test(left) || !/[\p{L}]/u.test(right)) return /\p{N}/u.test(left) && /\p{N}/u.test(right);
  return !(/\p{Ll}/u.test(left) && /\p{Lu}/u.test(right));
}
