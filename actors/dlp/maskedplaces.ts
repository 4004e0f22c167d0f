/**
 * Where masks lie in a text, and the last number that may be a time. Does not own: what a mask is (masks.ts).
 *
 * M1. All is by places of the pass, so that nothing has to be cleared between two texts.
 * M2. A number is doubtful until the next number. That one need not be told: it is looked for where a value begins at the
 *     doubtful one, which is seldom.
 */
import { limits } from "../../protocol/limits.ts";
import { isAlphanumeric, kindOf } from "./characters.ts";
import { maskAt } from "./masks.ts";
import { formOf } from "./reading.ts";
import { isNumeric } from "./runtable.ts";

const never = -1_000_000;

export class MaskedPlaces {
  #start = never;
  /** Place up to which the last mask goes. Runs within it are not tried: a part of a UUID is no value. */
  until = never;
  #doubtful = never;

  /** Looks for a mask that begins with a run. @param base place of the text's first character */
  look(text: string, base: number, start: number, end: number): void {
    const mask = maskAt(text, start, end);
    this.#doubtful = mask?.isDoubtful === true ? start + base : never;
    if (mask === undefined || mask.isDoubtful) return;
    this.#start = start + base;
    this.until = mask.end + base;
  }

  /** Whether a value is part of something else, as the first run of a UUID is. The whole of it may be one. */
  isPart(start: number, end: number): boolean {
    if (start < this.#start || start >= this.until) return false;
    return start > this.#start || end < this.until;
  }

  /** Whether a value begins at the number that may be a time, and no number behind it ends up to `reached`, by characters. */
  isDoubtful(text: string, base: number, from: number, reached: number): boolean {
    if (this.#doubtful !== from + base) return false;
    let at = from;
    for (let runs = 0; ; runs++) {
      const start = at;
      let kinds = 0;
      for (; at < text.length && isAlphanumeric(text.charCodeAt(at)); at++) kinds |= kindOf[text.charCodeAt(at)] ?? 0; // prettier-ignore
      if (at > reached) return true;
      const isRun = runs > 0 && at > start && at - start <= limits.dlpRunCharsMax;
      if (isRun && isNumeric(formOf[kinds] ?? 0, at - start)) return false;
      while (at <= reached && !isAlphanumeric(text.charCodeAt(at))) at++;
      if (at > reached) return true;
    }
  }
}
