/**
 * Words as detectors: what a dictionary lists is found as whole words, in the one pass that finds all else. Does not own: reading
 * the list (node/catalogue/customtypes.ts).
 *
 * W1. A word is found in either case of its letters, with accents in one character or in two, with `ss` where it has `ß`.
 * W2. A part of a longer word is none: where the word begins or ends with a letter or digit of ASCII, none such and no underscore
 *     stands beside it. Beyond ASCII that is not asked: many scripts write words without anything between them.
 * W3. A space in a word stands for blanks of any kind, the end of a line among them, for a hyphen and for an underscore.
 */
import type { DetectorRow } from "../../protocol/detector.ts";
import { limits } from "../../protocol/limits.ts";
import { caseForms } from "./characters.ts";
import type { Detector } from "./detector.ts";
import { readRow } from "./detectorrow.ts";
import type { DlpPorts } from "./validator.ts";

type Listed = Pick<DetectorRow, "id" | "group" | "title" | "tags" | "context" | "contextMode">;

const { detectorPatternCharsMax, detectorWordsMax, dlpLookBackCharsMax } = limits;
/** Room for what stands around the words of a pattern. */
const frameChars = 16;
const invisible = /[\p{Cc}\p{Cf}\p{Variation_Selector}]/gu;

/** A word as it is looked for: letters with accents in one piece, nothing that does not show, single spaces, in lower case. */
export function plainWord(word: string): string {
  const shown = word.replaceAll(/\s+/g, " ").replaceAll(invisible, "").normalize("NFC").trim();
  return lowered(shown);
}

/** Ways in which a text may have a word, apart from the case of single letters. */
function spellings(word: string): readonly string[] {
  const folded = word.toUpperCase().toLowerCase().replaceAll("ς", "σ");
  const all = [word, folded, folded.replaceAll("i\u0307", "i"), word.normalize("NFKC")];
  return [...new Set([...all, ...all.map((each) => lowered(each.normalize("NFD")))])];
}

/**
 * @param words as `plainWord` gives them, without two that are alike
 * @returns one detector for each few dozen words, all of one type; or what is wrong
 */
export function dictionaryDetectors(
  listed: Listed,
  words: readonly string[],
  level: 1 | 2 | 3 | 4 | 5,
  ports: DlpPorts,
): readonly Detector[] | string {
  const detectors: Detector[] = [];
  for (const some of parts([...new Set(words.flatMap(spellings))])) {
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
    prefilter: { kind: "literal", any: [...new Set(words.map(longestPart))] },
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
const blanksMax = 8;
const blank = `(?:\\s{1,${blanksMax}}|[_-])`;
const special = /[\\^$.*+?()[\]{}|/-]/;

/** `\b` stands where a letter of ASCII is: beside another it would ask for one. */
function patternOf(word: string): string {
  const [first = "", last = ""] = [word[0], word.at(-1)];
  const inner = Array.from(word, (char) => (char === " " ? blank : bothCases(char))).join("");
  return `${isOfWord.test(first) ? "\\b" : ""}${inner}${isOfWord.test(last) ? "\\b" : ""}`;
}

/** Written out: the flag that ignores case takes all letters beyond ASCII for one another. */
function bothCases(char: string): string {
  const forms = caseForms(char);
  if (forms.length > 1) return `[${forms.join("")}]`;
  return special.test(char) ? `\\${char}` : char;
}

/** Of a word with spaces: what is not everywhere, to be looked for first, and not further behind the word's begin than a scan looks back. */
function longestPart(word: string): string {
  let [longest, before] = ["", 0];
  for (const part of word.split(" ")) {
    if (part.length > longest.length && before <= dlpLookBackCharsMax) longest = part;
    before += part.length + blanksMax;
  }
  return longest;
}

/** Letter by letter, where the small one is one code unit too. */
function lowered(text: string): string {
  return Array.from(text, lower).join("");
}

function lower(char: string): string {
  const small = char === "ς" ? "σ" : char.toLowerCase();
  return small.length === char.length ? small : char;
}
