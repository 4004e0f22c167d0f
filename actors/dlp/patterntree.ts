/**
 * The tree of a pattern (pattern.ts) as the engine asks it: sets of code units with the row's flags worked in.
 *
 * T1. A set takes at least what the pattern takes there: where the two could differ (case beyond ASCII) it takes more.
 */
import { patternFault, type PatternNode } from "./pattern.ts";

/** Code units as pairs of first and last, both inclusive, ascending. */
export type Ranges = readonly number[];

export type Node =
  | { readonly kind: "set"; readonly ranges: Ranges }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly min: number; readonly max: number }
  /** `\b`, and what else takes no character. */
  | { readonly kind: "boundary" | "assertion" };

/** @param pattern one that pattern.ts accepts */
export function patternTree(pattern: string, flags: "" | "i"): Node {
  const shape = patternFault(pattern);
  if (typeof shape === "string") throw new Error(shape);
  return nodeOf(shape.tree, flags === "i");
}

function nodeOf(node: PatternNode, ignoreCase: boolean): Node {
  switch (node.kind) {
    case "set": {
      const given = node.ranges.flat();
      const ranges = sorted(ignoreCase ? bothCases(given) : given);
      return { kind: "set", ranges: node.negated ? inverted(ranges) : ranges };
    }
    case "edge":
      return { kind: node.negated ? "assertion" : "boundary" };
    case "group":
      return nodeOf(node.inner, ignoreCase);
    case "sequence":
      return { kind: "sequence", items: node.parts.map((part) => nodeOf(part, ignoreCase)) };
    case "choice":
      return { kind: "choice", items: node.among.map((part) => nodeOf(part, ignoreCase)) };
    case "repeat":
      return { kind: "repeat", item: nodeOf(node.inner, ignoreCase), min: node.min, max: node.max };
  }
}

export function includesCode(ranges: Ranges, code: number): boolean {
  for (let at = 0; at < ranges.length; at += 2)
    if (code >= (ranges[at] ?? 0) && code <= (ranges[at + 1] ?? 0)) return true;
  return false;
}

/** Ascending, with what overlaps or touches made one. */
function sorted(ranges: Ranges): Ranges {
  const pairs: [number, number][] = [];
  for (let at = 0; at < ranges.length; at += 2) pairs.push([ranges[at] ?? 0, ranges[at + 1] ?? 0]);
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [low, high] of pairs) {
    const last = out.at(-1);
    if (last !== undefined && low <= last + 1) out[out.length - 1] = Math.max(last, high);
    else out.push(low, high);
  }
  return out;
}

function inverted(ranges: Ranges): Ranges {
  const out: number[] = [];
  let next = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const low = ranges[at] ?? 0;
    if (low > next) out.push(next, low - 1);
    next = (ranges[at + 1] ?? 0) + 1;
  }
  if (next <= 0xffff) out.push(next, 0xffff);
  return out;
}

/** What `i` adds: the other case of ASCII letters; beyond ASCII it takes all, because some signs there fold to letters. */
function bothCases(ranges: Ranges): Ranges {
  const out = [...ranges];
  for (let at = 0; at < ranges.length; at += 2) {
    const [low, high] = [ranges[at] ?? 0, ranges[at + 1] ?? 0];
    if (high >= 65 && low <= 90) out.push(Math.max(low, 65) + 32, Math.min(high, 90) + 32);
    if (high >= 97 && low <= 122) out.push(Math.max(low, 97) - 32, Math.min(high, 122) - 32);
    if (high > 127) out.push(128, 0xffff);
  }
  return out;
}
