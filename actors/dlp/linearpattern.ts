/**
 * Patterns that people add, run by RE2: in time linear in the text, whatever the pattern, where JavaScript's own expressions can take time
 * that doubles with each character. Built-in patterns run as JavaScript's expressions: a test holds each of them to be linear.
 *
 * L1. It matches at its place and nowhere else, and sees the character before it, as a sticky RegExp does.
 */
import { RE2JS } from "re2js";
import { limits } from "../../protocol/limits.ts";

/** What a match was: all of it, then its groups. */
export type Matched = { readonly 0: string; readonly [group: number]: string | undefined };

/** As much of a sticky RegExp as the engine uses. */
export interface StickyPattern {
  lastIndex: number;
  exec(text: string): Matched | null;
  test(text: string): boolean;
}

export class LinearPattern implements StickyPattern {
  lastIndex = 0;
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
  }

  exec(text: string): Matched | null {
    const at = this.lastIndex;
    const before = Math.min(at, 1);
    // One more: what stands behind a match is asked for by `\b`, too.
    const matcher = (before === 0 ? this.#first : this.#later).matcher(text.slice(at - before, at + this.#lengthMax + 1)); // prettier-ignore
    this.lastIndex = 0;
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
  readonly #pattern: RE2JS;

  constructor(pattern: string) {
    this.#pattern = RE2JS.compile(`(?:${pattern})\\z`, RE2JS.CASE_INSENSITIVE);
  }

  test(text: string): boolean {
    return this.#pattern.matcher(text).find();
  }
}

/** Why a pattern would be too dear to be tried at many places, though each trial is linear; undefined when it is not. */
export function dearFault(lengthMax: number): string | undefined {
  const most = limits.customSpanMax;
  return lengthMax > most ? `the pattern can match ${lengthMax} characters, more than ${most} for a custom type: use smaller repeats` : undefined; // prettier-ignore
}
