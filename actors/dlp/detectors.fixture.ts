/**
 * The slow way to find: every pattern by itself over the whole text, and context words in the 60 characters before. What
 * the engine must agree with; far too slow to be it.
 */
import { createHash } from "node:crypto";
import { type Detector, type Level, valueEnd } from "./detector.ts";
import { levelOf } from "./likelihood.ts";
import { isPartOfOther } from "./masks.ts";
import type { PatternNode } from "./pattern.ts";
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
    const lead = text.slice(Math.max(0, start - contextChars), start);
    if (detector.unless !== undefined && new RegExp(`(?:${detector.unless})$`, "i").test(lead)) continue;
    if (detector.isToken && isPartOfOther(text, start, start + value.length)) continue;
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

/**
 * A text that the pattern may match, drawn with `random` (0 to below 1): short repeats, letters and digits where a set has
 * them. A word edge inside may make it no match, so look again with the pattern.
 */
export function drawMatch(node: PatternNode, random: () => number): string {
  const pick = (n: number): number => Math.floor(random() * n);
  switch (node.kind) {
    case "edge":
      return "";
    case "set":
      return drawChar(node, pick);
    case "group":
      return drawMatch(node.inner, random);
    case "sequence":
      return node.parts.map((part) => drawMatch(part, random)).join("");
    case "choice": {
      const part = node.among[pick(node.among.length)];
      return part === undefined ? "" : drawMatch(part, random);
    }
    case "repeat": {
      const times = node.min + pick(Math.min(node.max - node.min, 12) + 1);
      return Array.from({ length: times }, () => drawMatch(node.inner, random)).join("");
    }
  }
}

const ascii = Array.from({ length: 95 }, (_, i) => 32 + i);
const wordAscii = ascii.filter((code) => /[0-9A-Za-z]/.test(String.fromCharCode(code)));

function drawChar(set: PatternNode & { kind: "set" }, pick: (n: number) => number): string {
  const isIn = (code: number): boolean =>
    set.ranges.some(([from, to]) => code >= from && code <= to) !== set.negated;
  const word = wordAscii.filter(isIn);
  const codes = word.length > 0 ? word : ascii.filter(isIn);
  return String.fromCharCode(codes[pick(codes.length)] ?? set.ranges[0]?.[0] ?? 0);
}
