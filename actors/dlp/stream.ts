/**
 * A text that comes in chunks: what is found in it is what would be found in one piece, wherever it was cut.
 *
 * T1. A place is decided only when plan.lookAhead characters after it are there, or the end: what is given is final.
 * T2. It holds a bounded part of the text, however long that is.
 * T3. A bound that is reached stays reached: nothing after it is scanned, and `end` says so.
 * T4. Encodings are undone in blocks of dlpBlockChars, which overlap. A text of one block is decoded as in one piece; an
 *     encoded part that is longer than the overlap may be cut where two blocks meet.
 * T5. Persons by the labels of fields (labelledpersons.ts) are not looked for here: a document that has fields is there whole.
 */
import { limits } from "../../protocol/limits.ts";
import { cleanBackslashes, heldBack } from "./backslashes.ts";
import { Meter, type BudgetOptions } from "./budget.ts";
import { Decoder, type InflatePort } from "./decoder.ts";
import { Names } from "./names.ts";
import { standing } from "./overlap.ts";
import { Pass, type Match } from "./pass.ts";
import { scanLayer } from "./piece.ts";
import type { Plan } from "./plan.ts";
import type { Finding, ScanResult } from "./scanner.ts";

const { dlpBlockChars, dlpBlockOverlapChars, dlpStreamCharsMax, dlpStreamStrideChars } = limits;
/** Characters before the place that is decided next: for matches that begin there, and for words and masks before them. */
const keptBefore = limits.dlpRunCharsMax + 2 * limits.dlpLookBackCharsMax;

export class TextStream {
  readonly #plan: Plan;
  readonly #meter: Meter;
  readonly #pass: Pass;
  readonly #path: string;
  readonly #decoder: Decoder;
  /** The text from its character `#before` on, with backslashes cleaned. */
  #buffer = "";
  #before = 0;
  /** Backslashes behind the buffer. */
  #held = "";
  /** Place in the buffer up to which all is decided. */
  #decided = 0;
  /** Place of the pass at which the text begins. */
  readonly #origin: number;
  /** The text as it came, from its character `#blockAt` on. */
  #block = "";
  #blockAt = 0;
  /** By characters of the text: long runs and matches of the block. */
  #longRuns: number[] = [];
  #given: Match[] = [];

  /** @param path of the text in the message that it is part of */
  constructor(plan: Plan, path: string, inflate: InflatePort, options: BudgetOptions = {}) {
    this.#plan = plan;
    this.#path = path;
    this.#meter = new Meter(plan.detectors);
    this.#meter.start(options);
    const names = new Names(plan);
    this.#pass = new Pass(plan, this.#meter, names);
    this.#pass.begin();
    this.#origin = this.#pass.base;
    const deeper = new Pass(plan, this.#meter, names);
    this.#decoder = new Decoder(inflate, this.#meter, plan.detectors, (text) =>
      scanLayer(deeper, plan, text),
    );
  }

  /** @returns what is found for certain by now */
  push(chunk: string): readonly Finding[] {
    if (this.#meter.exceeded !== undefined) return [];
    if (this.#before + this.#buffer.length + chunk.length > dlpStreamCharsMax) {
      this.#meter.exceed({ budget: "characters", max: dlpStreamCharsMax });
      return [];
    }
    this.#take(chunk);
    const until = this.#buffer.length - this.#plan.lookAhead;
    if (until - this.#decided < dlpStreamStrideChars) return [];
    this.#advance(until);
    const found = this.#settled(this.#pass.base + this.#decided - keptBefore);
    const decoded: Match[] = [];
    while (this.#before + this.#decided - this.#blockAt >= dlpBlockChars)
      decoded.push(...this.#decode(dlpBlockChars));
    return this.#findings([...found, ...decoded]);
  }

  /** The text ends. @returns what `push` has not given yet */
  end(): ScanResult {
    let found: readonly Match[] = [];
    if (this.#meter.exceeded === undefined) {
      this.#buffer += this.#held;
      this.#finish();
      this.#gatherRuns();
      found = this.#settled(Number.POSITIVE_INFINITY);
      found = [...found, ...this.#decode(this.#block.length)];
    }
    const { exceeded, steps } = this.#meter;
    return { findings: this.#findings(found), steps, ...(exceeded === undefined ? {} : { exceeded }) };
  }

  /** A text that is there as a whole is read as one. */
  #finish(): void {
    if (this.#before > 0 || this.#decided > 0) {
      this.#advance(this.#buffer.length);
      this.#pass.end(this.#buffer.length);
      return;
    }
    this.#pass.hold(this.#buffer, 0);
    if (this.#path === "") this.#pass.setWhole();
    this.#pass.readAll();
  }

  /** A backslash at the end waits for what it escapes. */
  #take(chunk: string): void {
    this.#block += chunk;
    const text = this.#held + chunk;
    const count = heldBack(text);
    this.#held = count === 0 ? "" : text.slice(-count);
    this.#buffer += cleanBackslashes(count === 0 ? text : text.slice(0, -count));
  }

  #advance(until: number): void {
    const dropped = Math.max(0, this.#decided - keptBefore);
    this.#buffer = this.#buffer.slice(dropped);
    this.#before += dropped;
    this.#pass.hold(this.#buffer, dropped);
    this.#pass.advance(this.#decided - dropped, until - dropped);
    this.#decided = until - dropped;
    this.#gatherRuns();
  }

  #gatherRuns(): void {
    for (const at of this.#pass.takeLongRuns()) this.#longRuns.push(at + this.#before);
  }

  /** Takes the matches that no later one can overlap. @param horizon a place before which none begins any more */
  #settled(horizon: number): readonly Match[] {
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
    const found = standing(sorted.slice(0, closed), this.#plan.detectors);
    const own = found.map((match) => ({ ...match, start: match.start - this.#origin, end: match.end - this.#origin })); // prettier-ignore
    this.#given.push(...own);
    return own;
  }

  /** What encodings hide in the first so many characters of the block; then the block goes on with the last of them. */
  #decode(length: number): readonly Match[] {
    const from = this.#blockAt;
    const inBlock = (match: Match): boolean => match.start >= from && match.end <= from + length;
    const known = this.#given.filter(inBlock).map((match) => ({ ...match, start: match.start - from, end: match.end - from })); // prettier-ignore
    const runs = this.#longRuns.map((place) => place - from).filter((place) => place >= 0 && place <= length);
    const text = this.#block.slice(0, length);
    const pairs = runs.length % 2 === 0 ? runs : runs.slice(0, -1);
    const fresh = this.#decoder
      .add(text, known, this.#pass.seen, pairs)
      .filter((match) => !known.includes(match));
    const found = fresh.map((match) => ({ ...match, start: match.start + from, end: match.end + from }));
    this.#given.push(...found);
    const dropped = Math.max(0, length - dlpBlockOverlapChars);
    this.#block = this.#block.slice(dropped);
    this.#blockAt += dropped;
    this.#longRuns = this.#longRuns.filter((_, at) => (this.#longRuns[at - (at % 2)] ?? 0) >= this.#blockAt);
    this.#given = this.#given.filter(({ end }) => end > this.#blockAt);
    return found;
  }

  #findings(matches: readonly Match[]): readonly Finding[] {
    return matches.map(({ detector, start, end, level }) => {
      const type = this.#plan.detectors[detector]?.id ?? "";
      return { type, start, end, likelihood: level, path: this.#path };
    });
  }
}
