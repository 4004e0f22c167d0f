/**
 * A detector: a row of protocol/detector.ts made ready for the engine. Does not own: how a row is read
 * (detectorrow.ts), the pass over the text (the engine), what a validator computes (validators.ts).
 */
import { customPrefix } from "../../protocol/customdata.ts";
import type { DetectorRow, Likelihood, Prefilter, ValidatorCall } from "../../protocol/detector.ts";
import { limits } from "../../protocol/limits.ts";
import type { Validity } from "./validator.ts";

/** 1 unlikely, 2 possible, 3 likely (what counts as found unless a policy says otherwise), 4 very likely, 5 as good as certain. */
export type Level = 1 | 2 | 3 | 4 | 5;

/** Groups of what opens something. */
export const credentialGroups: ReadonlySet<string> = new Set(["secret", "keys", "credential"]);

/** Whether a type is of a file that people add. */
export function isCustomType(type: string): boolean {
  return type.startsWith(customPrefix);
}

/** What the engine reads. */
export interface Detector {
  readonly id: string;
  readonly group: DetectorRow["group"];
  readonly title: string;
  /** Of a file that people add: it stands beside what is built in, and neither takes the other's place. */
  readonly isCustom: boolean;
  /**
   * RE2 syntax, bounded. The value is the whole match or, where the pattern has a group, the group: it begins at
   * match.index + match[0].lastIndexOf(match[1]). Findings, checks and masks are about the value.
   */
  readonly pattern: string;
  readonly flags: "" | "i";
  /** What runs the pattern: JavaScript's own expressions where a test of ours holds it to be linear, RE2 where people add it. */
  readonly engine: "js" | "re2";
  /** What is added to the value after the match, before it is checked (valueEnd). */
  readonly tail: "token" | "block" | undefined;
  readonly hasGroup: boolean;
  /** Matches, in either case, what ends right before a value that is something else. */
  readonly unless: string | undefined;
  /** It is known by a prefix, and nothing but letters, digits and signs of tokens is in it: it may come up within something longer. */
  readonly isToken: boolean;
  /** Upper bound of the length of a match, in UTF-16 code units. */
  readonly lengthMax: number;
  /**
   * What must be seen before the pattern is tried. `literal`: one of the texts, in lower case, stands somewhere in the match
   * (letters in either case). `digits`: the match begins with a group of so many digits, runs of which one space, "-", "." or "/"
   * separates; a `(` or `+` before it and a `)` after an area code belong to it. `token`: the match begins with a run of
   * letters and digits, and has so many of them in all.
   */
  readonly prefilter: Prefilter;
  /** Masks and negative words (words.data.ts) apply: for bare numbers and tokens, not for what bears its own prefix. */
  readonly heedsNegative: boolean;
  /** Lower case; a space stands for a space, an underscore, a hyphen or nothing. Whole words. */
  readonly context: readonly string[];
  readonly contextMode: "none" | "boost" | "required";
  readonly validators: readonly ValidatorCall[];
  /** What the row's validators say of a value (the group, or the whole match). No validator: "unknown". */
  readonly check: (value: string) => Validity;
  readonly likelihood: Likelihood;
  /** Ids of types whose overlapping findings give way to this one. */
  readonly beats: readonly string[];
  readonly tags: readonly string[];
  readonly source: string;
}

/** A row that cannot be used: which, and what to change. */
export interface DetectorFault {
  readonly id: string;
  readonly says: string;
}

const { detectorTailMax } = limits;
// Bounded by detectorTailMax, as written out here.
const tokenTail = /[\w.~+/=-]{1,8192}/y;
/** With what quoted mail and comments have before a line. */
const blockBody = /(?:\\r|\\n|\n[ \t]{0,16}[>|#*][>| \t]{0,16}|[\sA-Za-z0-9+/=:,.-]){0,8192}/y;

/**
 * Where the value of a match ends, its tail included: tokens may be longer than any bounded repeat, and what lies between
 * the first and the last line of a key is the key.
 *
 * @param end where the match ends in the text
 */
export function valueEnd(text: string, end: number, tail: Detector["tail"]): number {
  if (tail === undefined) return end;
  if (tail === "token") return furthest(tokenTail, text, end);
  const rest = text.slice(end, end + detectorTailMax);
  const next = rest.indexOf("-----BEGIN");
  const block = next < 0 ? rest : rest.slice(0, next);
  // The last line may be written as one line with \n in it, as in JSON and .env files; without it, what looks like the body counts.
  const last = /-{4,5} ?END [A-Z0-9 ]{1,40}-{4,5}/.exec(block);
  return end + (last === null ? furthest(blockBody, block, 0) : last.index + last[0].length);
}

/** Where a sticky expression that begins at a place ends; the place when it does not match. */
function furthest(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
