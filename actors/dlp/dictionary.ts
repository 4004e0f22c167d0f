/**
 * Words as detectors: what a dictionary lists is found as whole words, in the one pass that finds all else. Does not own: reading
 * the list (node/catalogue/customtypes.ts).
 *
 * W1. A word is found in either case of its letters.
 * W2. A part of a longer word is none: neither letter, digit nor underscore of ASCII stands before it or behind it.
 */
import type { DetectorRow } from "../../protocol/detector.ts";
import { limits } from "../../protocol/limits.ts";
import type { Detector } from "./detector.ts";
import { readRow } from "./detectorrow.ts";
import type { DlpPorts } from "./validator.ts";

type Listed = Pick<DetectorRow, "id" | "group" | "title" | "tags" | "context" | "contextMode">;

const { detectorPatternCharsMax, detectorWordsMax } = limits;
/** Room for what stands around the words of a pattern. */
const frameChars = 16;

/**
 * @param words in lower case, without two that are alike
 * @returns one detector for each few dozen words, all of one type; or what is wrong
 */
export function dictionaryDetectors(
  listed: Listed,
  words: readonly string[],
  level: 1 | 2 | 3 | 4 | 5,
  ports: DlpPorts,
): readonly Detector[] | string {
  const detectors: Detector[] = [];
  for (const some of parts(words)) {
    const made = readRow(rowOf(listed, some, level), ports);
    if (typeof made === "string") return made;
    detectors.push(made);
  }
  return detectors;
}

function rowOf(listed: Listed, words: readonly string[], level: 1 | 2 | 3 | 4 | 5): DetectorRow {
  return {
    ...listed,
    pattern: `(?:${words.map(patternOf).join("|")})`,
    flags: "",
    prefilter: { kind: "literal", any: [...words] },
    likelihood: { shape: level, validated: level, context: level, both: level },
    examples: { yes: [words[0] ?? ""], no: ["-"] },
    source: "configured here",
  };
}

/** Longest first: of two that begin alike the longer one is meant. */
function* parts(words: readonly string[]): Generator<readonly string[]> {
  let some: string[] = [];
  let chars = frameChars;
  for (const word of words.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))) {
    const { length } = patternOf(word);
    if (some.length === detectorWordsMax || (some.length > 0 && chars + length > detectorPatternCharsMax)) {
      yield some;
      [some, chars] = [[], frameChars];
    }
    some.push(word);
    chars += length + 1;
  }
  if (some.length > 0) yield some;
}

const isOfWord = /\w/;
const special = /[\\^$.*+?()[\]{}|/-]/;

/** `\b` stands where a letter of ASCII is: beside another it would ask for one. */
function patternOf(word: string): string {
  const [first = "", last = ""] = [word[0], word.at(-1)];
  const inner = Array.from(word, bothCases).join("");
  return `${isOfWord.test(first) ? "\\b" : ""}${inner}${isOfWord.test(last) ? "\\b" : ""}`;
}

/** Written out: the flag that ignores case takes all letters beyond ASCII for one another. */
function bothCases(char: string): string {
  const upper = char.toUpperCase();
  if (upper !== char && upper.length === 1 && upper.toLowerCase() === char) return `[${char}${upper}]`;
  return special.test(char) ? `\\${char}` : char;
}
