/**
 * A text that comes in chunks: what is found in it is what would be found in one piece, wherever it was cut.
 *
 * T1. A place is decided only when plan.lookAhead characters after it are there, or the end: what `push` gives is final.
 * T2. It holds at most look-back and look-ahead of the text and the chunk, however long the text is.
 * T3. A bound that is reached stays reached: nothing after it is scanned, and `end` says so.
 */
import { limits } from "../../protocol/limits.ts";
import { Meter, type BudgetOptions } from "./budget.ts";
import type { Finding, ScanResult } from "./scanner.ts";
import { standing } from "./overlap.ts";
import { Pass, type Match } from "./pass.ts";
import type { Plan } from "./plan.ts";
import { trimmed } from "./whole.ts";

/** Characters before the place that is decided next: for matches that begin there, and for words and masks before them. */
const keptBefore = limits.dlpRunCharsMax + 2 * limits.dlpLookBackCharsMax;

export class TextStream {
  readonly #plan: Plan;
  readonly #meter: Meter;
  readonly #pass: Pass;
  readonly #path: string;
  #buffer = "";
  /** Characters of the text before the buffer. */
  #before = 0;
  /** Place in the buffer up to which all is decided. */
  #decided = 0;
  /** Place of the pass at which the text begins. */
  readonly #origin: number;

  /** @param path of the text in the message that it is part of */
  constructor(plan: Plan, path: string, options: BudgetOptions = {}) {
    this.#plan = plan;
    this.#path = path;
    this.#meter = new Meter(plan.detectors);
    this.#meter.start(options);
    this.#pass = new Pass(plan, this.#meter);
    this.#pass.begin();
    this.#origin = this.#pass.base;
  }

  /** @returns what is found for certain by now */
  push(chunk: string): readonly Finding[] {
    if (this.#meter.exceeded !== undefined) return [];
    const max = limits.dlpStreamCharsMax;
    if (this.#before + this.#buffer.length + chunk.length > max) {
      this.#meter.exceed({ budget: "characters", max });
      return [];
    }
    this.#buffer += chunk;
    const until = this.#buffer.length - this.#plan.lookAhead;
    if (until - this.#decided < limits.dlpStreamStrideChars) return [];
    this.#advance(until);
    return this.#settled(this.#pass.base + this.#decided - keptBefore);
  }

  /** The text ends. @returns what `push` has not given yet */
  end(): ScanResult {
    if (this.#meter.exceeded === undefined) {
      if (this.#before === 0 && this.#path === "") this.#pass.setWhole(...trimmed(this.#buffer));
      this.#advance(this.#buffer.length);
      this.#pass.end(this.#buffer.length);
    }
    const findings = this.#settled(Number.POSITIVE_INFINITY);
    const { exceeded, steps } = this.#meter;
    return { findings, steps, ...(exceeded === undefined ? {} : { exceeded }) };
  }

  #advance(until: number): void {
    const dropped = Math.max(0, this.#decided - keptBefore);
    this.#buffer = this.#buffer.slice(dropped);
    this.#before += dropped;
    this.#pass.hold(this.#buffer, dropped);
    this.#pass.advance(this.#decided - dropped, until - dropped);
    this.#decided = until - dropped;
  }

  /** Takes the matches that no later one can overlap. @param horizon a place before which none begins any more */
  #settled(horizon: number): Finding[] {
    const sorted = this.#pass.matches.toSorted((a, b) => a.start - b.start || a.end - b.end);
    let closed = 0;
    let end = 0;
    for (const [at, match] of sorted.entries()) {
      if (match.start >= end) closed = at;
      end = Math.max(end, match.end);
      if (end > horizon) break;
      if (at === sorted.length - 1) closed = sorted.length;
    }
    this.#pass.matches = sorted.slice(closed);
    return standing(sorted.slice(0, closed), this.#plan.detectors).map((match) => this.#finding(match));
  }

  #finding({ detector, start, end, level }: Match): Finding {
    const type = this.#plan.detectors[detector]?.id ?? "";
    return {
      type,
      start: start - this.#origin,
      end: end - this.#origin,
      likelihood: level,
      path: this.#path,
    };
  }
}
