/**
 * Patterns that people add, run by RE2: in time linear in the text, whatever the pattern, where JavaScript's own expressions can take time
 * that doubles with each character. Built-in patterns run as JavaScript's expressions: a test holds each of them to be linear.
 *
 * L1. It matches at its place and nowhere else, and sees the character before it, as a sticky RegExp does.
 * L2. What a trial costs is told in steps of the scan's budget, however many custom types there are: nobody has seen their patterns.
 */
import { RE2JS } from "re2js";
import { limits } from "../../protocol/limits.ts";
import type { Detector } from "./detector.ts";
import { PatternMachine } from "./patternmachine.ts";
import { patternTree } from "./patterntree.ts";
import { TrialMachine } from "./trialmachine.ts";

/** What a match was: all of it, then its groups. */
export type Matched = { readonly 0: string; readonly [group: number]: string | undefined };

/** As much of a sticky RegExp as the engine uses. */
export interface StickyPattern {
  lastIndex: number;
  /** What the last trial took, where that is counted. */
  readonly steps?: number;
  exec(text: string): Matched | null;
  test(text: string): boolean;
}

/** States of a pattern that are followed in the time of one step. */
const statesInStep = 16;
/** RE2 takes eight times as long for one of them. */
const statesInRe2Step = 2;

export class LinearPattern implements StickyPattern {
  lastIndex = 0;
  /** What the last trial took. */
  steps = 0;
  readonly #machine: TrialMachine;
  readonly #first: RE2JS;
  /** Behind one character, whatever it is: `\b` asks for it. */
  readonly #later: RE2JS;
  readonly #lengthMax: number;

  /** @param lengthMax of a match, in UTF-16 code units */
  constructor(pattern: string, flags: "" | "i", lengthMax: number) {
    const flag = flags === "i" ? RE2JS.CASE_INSENSITIVE : 0;
    this.#first = RE2JS.compile(`(?:${pattern})`, flag);
    this.#later = RE2JS.compile(`(?s:.)(?:${pattern})`, flag);
    this.#lengthMax = lengthMax;
    this.#machine = new TrialMachine(new PatternMachine(patternTree(pattern, flags)));
  }

  exec(text: string): Matched | null {
    const at = this.lastIndex;
    const before = Math.min(at, 1);
    this.lastIndex = 0;
    const end = this.#machine.endFrom(text, at, this.#lengthMax);
    this.steps = Math.ceil(this.#machine.steps / statesInStep);
    if (end < 0) return null;
    this.steps += Math.ceil(this.#machine.stepsToEnd / statesInRe2Step);
    // One more: what stands behind a match is asked for by `\b`, too.
    const matcher = (before === 0 ? this.#first : this.#later).matcher(text.slice(at - before, end + 1));
    if (!matcher.lookingAt()) return null;
    const whole = (matcher.group() ?? "").slice(before);
    this.lastIndex = at + whole.length;
    const groups = Array.from({ length: matcher.groupCount() }, (_, group) => matcher.group(group + 1) ?? undefined); // prettier-ignore
    return [whole, ...groups] as const;
  }

  test(text: string): boolean {
    return this.exec(text) !== null;
  }
}

/** A pattern that a text may not end with. */
export class LinearEnding {
  /** What the last trial took. */
  steps = 0;
  readonly #pattern: RE2JS;
  readonly #machine: TrialMachine;

  constructor(pattern: string) {
    this.#machine = new TrialMachine(new PatternMachine(patternTree(pattern, "i")), true);
    this.#pattern = RE2JS.compile(`(?:${pattern})\\z`, RE2JS.CASE_INSENSITIVE);
  }

  test(text: string): boolean {
    const mayEnd = this.#machine.mayEnd(text);
    this.steps = Math.ceil(this.#machine.steps / (mayEnd ? statesInRe2Step : statesInStep));
    return mayEnd && this.#pattern.matcher(text).find();
  }
}

/**
 * Why a pattern is too dear to be tried at each place of a text, though each trial is linear; undefined when it is not. Counted are the
 * places in the pattern that one trial may have to follow at once, summed over the characters of the longest match.
 */
export function dearFault({
  pattern,
  flags,
  lengthMax,
  unless,
}: Pick<Detector, "pattern" | "flags" | "lengthMax" | "unless">): string | undefined {
  const { customSpanMax: spanMax, customStepsMax: stepsMax, customUnlessMax: unlessMax } = limits;
  if (lengthMax > spanMax) return `the pattern can match ${lengthMax} characters, more than ${spanMax} for a custom type: use smaller repeats`; // prettier-ignore
  const machine = new PatternMachine(patternTree(pattern, flags));
  let states = machine.closure([machine.start], true);
  let steps = 0;
  for (let at = 0; at < lengthMax && states.size > 0; at++) {
    if ((steps += states.size) > stepsMax) return `one trial of the pattern may take more than ${stepsMax} steps: use smaller repeats, and none within another`; // prettier-ignore
    states = machine.closure(machine.step(states, takesAny), true);
  }
  const size = unless === undefined ? 0 : new PatternMachine(patternTree(unless, "i")).size;
  return size > unlessMax ? `\`unless\` has ${size} places, its repeats written out, more than ${unlessMax}: use smaller repeats, and none within another` : undefined; // prettier-ignore
}

const takesAny = (): boolean => true;
