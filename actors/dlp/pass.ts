/**
 * The pass: one loop over the characters of a text, with all that it remembers from one character to the next. Literals
 * and context words come from the automaton; runs of letters and digits are looked up by kind, first character and length;
 * only there is a detector's expression tried. Does not own: which of overlapping matches stand (overlap.ts), what a text
 * is part of (scanner.ts), where chunks are cut (stream.ts).
 *
 * P1. A place is decided when the loop passes it, from at most plan.lookBack characters before and plan.lookAhead after it:
 *     a caller that advances only so far as that much text is there, or the end, finds the same however the text was cut.
 * P2. Work is bounded by the budget in steps, not by a clock. When it is spent the pass stops and says so.
 * P3. Places are counted through all texts of a pass (`base` is the place of the text's first character), so that nothing
 *     has to be cleared between them.
 */
import { limits } from "../../protocol/limits.ts";
import type { Meter } from "./budget.ts";
import { alphanumeric, escaping, isAlphanumeric, isBoundary, parting } from "./characters.ts";
import { readCodes } from "./codes.ts";
import { valueEnd } from "./detector.ts";
import { Context } from "./context.ts";
import { levelOf } from "./likelihood.ts";
import { DigitGroup } from "./digitgroup.ts";
import { MaskedPlaces } from "./maskedplaces.ts";
import { isInBlob, isPartOfOther } from "./masks.ts";
import type { Names } from "./names.ts";
import type { Ranked } from "./overlap.ts";
import type { Plan, Text, Trigger } from "./plan.ts";
import { blockChars, kindsShift, numberMask, outputs, Reading, runs, runSize } from "./reading.ts";
import { runIs } from "./runtable.ts";
import { TriedPlaces } from "./triedplaces.ts";
import { isTestNumber } from "./testnumber.ts";
import { isListed, listOf, trimmed, type List } from "./whole.ts";
import { isWord } from "./word.ts";

/** A match, by places of the pass. */
export type Match = Ranked;

const never = -1_000_000;
/** Constants of this file: what is imported is looked up and checked at each use. */
const [noted, ends, noteSize, kindsAt, numbers, letters] = [runs, outputs, runSize, kindsShift, numberMask, alphanumeric]; // prettier-ignore
const { free: isFree, masked: isMasked, long: isLong, required: isRequired } = runIs;
const none: readonly Text[] = [];
const testLevelMax = 3;
const { dlpContextCharsMax, dlpEncodedCharsMin, dlpRunCharsMax, dlpSentenceCharsMax, dlpStrideChars } = limits; // prettier-ignore

export class Pass {
  /** Matches so far, by places. */
  matches: Match[] = [];
  /** Runs that may be encoded text: start and end, by places. */
  longRuns: number[] = [];
  readonly #plan: Plan;
  readonly #meter: Meter;
  /** What stands around; the scanner says what is on the path. */
  readonly context: Context;
  /** By detector: where its last match ended. */
  readonly #lastEnd: Int32Array;
  readonly #tried: TriedPlaces;
  #text = "";
  #base = 0;
  readonly #masked = new MaskedPlaces();
  /** Runs that end up to here were looked at, by characters. */
  #reached = 0;
  #wholeStart = 0;
  #wholeEnd = 0;
  #list: List | undefined;
  /** Places that a second reading took. */
  #skipped = 0;
  readonly #group = new DigitGroup();
  readonly #reading = new Reading();
  /** The text that begins next was read already. */
  #isRead = false;

  /** @param names what is known of names, as of columns of tables */
  constructor(plan: Plan, meter: Meter, names: Names) {
    this.context = new Context(plan, names);
    this.#plan = plan;
    this.#meter = meter;
    const count = plan.detectors.length;
    this.#lastEnd = new Int32Array(count).fill(never);
    this.#tried = new TriedPlaces(count);
  }

  /** Place of the first character of the text that is scanned now. */
  get base(): number {
    return this.#base;
  }

  /** Bits of all characters seen since `begin`. */
  get seen(): number {
    return this.#reading.seen;
  }

  /** Reads a text that is part of something. @returns whether it holds nothing; if not, `begin` goes on with what was read */
  holdsNothing(text: string): boolean {
    const { length } = text;
    this.#isRead = false;
    if (length > blockChars) return false;
    this.#reading.begin();
    readCodes(text, 0, length);
    this.#plan.read(length, this.#reading);
    this.#plan.readEnd(length, this.#reading);
    const isNothing = this.#plan.holdsNothing(text, this.#reading, this.context);
    // Backslashes are cleaned: then it is another text that begins.
    this.#isRead = !isNothing && (this.seen & escaping) === 0;
    return isNothing;
  }

  /** Starts another text, far enough from the one before that nothing of it counts as context. */
  begin(): void {
    this.#base += this.#text.length + 2 * dlpContextCharsMax + this.#skipped;
    this.#skipped = 0;
    this.#text = "";
    if (!this.#isRead) this.#reading.begin();
    this.#wholeEnd = 0;
    this.#list = undefined;
    this.context.begin(this.#base);
  }

  /**
   * The text as it is now, from a later beginning on; what was in it before stays what it was.
   *
   * @param dropped how many characters were taken off its beginning
   */
  hold(text: string, dropped: number): void {
    this.#text = text;
    this.#base += dropped;
  }

  /** Takes the matches away. @param origin the place that they are counted from */
  takeMatches(origin: number): Match[] {
    const taken = this.matches.map((match) => ({ ...match, start: match.start - origin, end: match.end - origin })); // prettier-ignore
    this.matches = [];
    return taken;
  }

  /** Takes the long runs of the text away, by its characters. */
  takeLongRuns(): readonly number[] {
    const base = this.#base;
    const taken = this.longRuns.map((place) => place - base);
    this.longRuns = [];
    return taken;
  }

  /**
   * The text has nothing around it, no path and no other text: a value that is all of it needs no context word when its
   * own check holds. So does each value of a list of nothing else.
   */
  setWhole(): void {
    [this.#wholeStart, this.#wholeEnd] = trimmed(this.#text);
    this.#list = this.#wholeEnd > 0 ? listOf(this.#text) : undefined;
  }

  /** The whole of a text that is held, from its beginning. Of a short one the context words may stand behind a value too. */
  readAll(): void {
    const { length } = this.#text;
    if (length <= dlpSentenceCharsMax) this.context.gather();
    for (let from = 0; from < length; from += dlpStrideChars)
      this.advance(from, Math.min(length, from + dlpStrideChars));
    this.end(length);
    if (this.context.mayFindMore) this.#readAgain();
  }

  /** What the first reading found stands; places are those of the first reading. */
  #readAgain(): void {
    const [text, base, seen] = [this.#text, this.#base, this.seen];
    const [matches, longRuns] = [this.matches, this.longRuns];
    const isWhole = this.#wholeEnd > 0;
    this.matches = [];
    this.longRuns = [];
    this.begin();
    this.hold(text, 0);
    if (isWhole) this.setWhole();
    const moved = this.#base - base;
    this.context.expect(moved);
    this.advance(0, text.length);
    this.end(text.length);
    this.context.expectNothing();
    for (const match of this.matches)
      matches.push({ ...match, start: match.start - moved, end: match.end - moved });
    [this.#base, this.#skipped, this.#reading.seen] = [base, moved, seen];
    [this.matches, this.longRuns] = [matches, longRuns];
  }

  /** Scans a part of the text. A run that reaches `to` goes on with the next part. */
  advance(from: number, to: number): void {
    if (!this.#meter.step((to - from) >> 4)) return void (this.#isRead = false);
    for (let at = from; at < to; at += blockChars) {
      const end = Math.min(to, at + blockChars);
      if (!this.#isRead) {
        readCodes(this.#text, at, end);
        this.#plan.read(end - at, this.#reading);
      }
      this.#isRead = false;
      this.#handle(at, end);
      if (this.#meter.exceeded !== undefined) return;
    }
  }

  /** What was noted of a block, in the order of the text: what ends at a character before the run that ends there. */
  #handle(from: number, to: number): void {
    const { marks, required } = this.#plan.runs;
    const { runCount, outputCount, seen } = this.#reading;
    const base = this.#base;
    const sure = isFree | isMasked | isLong;
    let isOpen: boolean | undefined = this.#wholeEnd > 0 ? true : undefined;
    let output = 0;
    for (let run = 0; run < runCount; run += noteSize) {
      const end = noted[run + 1] ?? 0;
      for (; output < outputCount && (ends[output] ?? 0) <= end; output += 2)
        this.#output(ends[output + 1] ?? 0, from + (ends[output] ?? 0));
      const what = noted[run + 2] ?? 0;
      const number = what & numbers;
      const start = from + (noted[run] ?? 0);
      // Of what needs a context word most has none: no word was met, and nothing else can be one.
      if (
        ((marks[number] ?? 0) & sure) === 0 &&
        this.context.armedUntil < start + base &&
        !this.context.isOnPathOf(required[number] ?? 0) &&
        !(isOpen ??= this.context.mayBeOpen(this.#text, base, to, (seen & parting) !== 0))
      ) {
        // prettier-ignore
        this.context.refuse(required[number] ?? 0);
        continue;
      }
      this.#endRun(start, from + end, what >> kindsAt, number);
    }
    for (; output < outputCount; output += 2) this.#output(ends[output + 1] ?? 0, from + (ends[output] ?? 0));
  }

  /** The text ends here. */
  end(at: number): void {
    this.#reading.outputCount = 0;
    this.#reading.runCount = 0;
    this.#plan.readEnd(0, this.#reading);
    if (this.#reading.runCount > 0) this.#handle(at, at);
  }

  /** Literals and context words that end at a character. */
  #output(output: number, at: number): void {
    const { texts, goesOn, negatives } = this.#plan;
    const length = negatives[output] ?? 0;
    if (length > 0) {
      if (isWord(this.#text, at + 1 - length, at + 1)) this.context.object(at + 1 + this.#base);
      return;
    }
    const after = at + 1 < this.#text.length ? this.#text.charCodeAt(at + 1) : 128;
    if (goesOn[output * 129 + (after < 128 ? after : 128)] !== 1) return;
    this.#reached = at - 1;
    const ending = texts[output] ?? none;
    for (let each = 0; each < ending.length; each++) {
      const found = ending[each];
      if (found === undefined) continue;
      const start = at + 1 - found.length;
      if (found.isWord && isWord(this.#text, start, at + 1)) this.context.meet(found, at + 1 + this.#base);
      const { triggers } = found;
      if (triggers.length === 0) continue;
      for (let pulled = 0; pulled < triggers.length; pulled++) {
        const trigger = triggers[pulled];
        if (trigger?.after[after < 128 ? after : 128] === 1) this.#pull(trigger, start, at + 1);
      }
    }
  }

  /** Tries a detector at each place before a literal where a match may begin, the farthest first. */
  #pull({ detector, low, high, outward }: Trigger, start: number, end: number): void {
    const text = this.#text;
    const { openings, isRequired, needsBoundary } = this.#plan;
    const bounded = needsBoundary[detector] === 1;
    // What costs least comes first: most literals stand in the midst of a word, or go on as no match does.
    if (low === high && (low > start || (bounded && !isBoundary(text, start - low)) || !openings.mayBegin(detector, text, start - low))) return; // prettier-ignore
    if (low > 0 && outward !== undefined && start > 0) {
      const code = text.charCodeAt(start - 1);
      if (outward[code < 128 ? code : 128] !== 1) return;
    }
    if (isRequired[detector] === 1 && this.#wholeEnd === 0 && !this.context.isNear(detector, text, this.#base, start)) return this.context.refuse(~detector); // prettier-ignore
    const last = start - low;
    const least = Math.max(0, start - high, (this.#lastEnd[detector] ?? never) - this.#base);
    const from = this.#tried.take(detector, text, this.#base, { least, start, last, outward });
    if (from > last || !this.#meter.step(last - from + 1)) return;
    for (let at = from; at <= last; at++) {
      if (!openings.mayBegin(detector, text, at) || (bounded && !isBoundary(text, at))) continue;
      if (this.#attempt(detector, at) >= end) return;
    }
  }

  /** @param number of the run in the plan's tables */
  #endRun(start: number, end: number, kinds: number, number: number): void {
    const { runs } = this.#plan;
    const marks = runs.marks[number] ?? 0;
    const length = end - start;
    this.#reached = end;
    if ((marks & isLong) !== 0 && (length >= dlpEncodedCharsMin || kinds === letters))
      this.longRuns.push(start + this.#base, end + this.#base);
    if (length > dlpRunCharsMax || start + this.#base < this.#masked.until) return;
    if ((marks & isMasked) !== 0) this.#masked.look(this.#text, this.#base, start, end);
    if ((marks & (isFree | isRequired)) === 0) return;
    const free = runs.free[number] ?? 0;
    const required = runs.required[number] ?? 0;
    if (free > 0) this.#tryRun(free, start);
    if (required === 0) return;
    if (this.#wholeEnd > 0 || this.context.mayBeNear(required, this.#text, this.#base, start))
      this.#tryRun(required, start); // prettier-ignore
    else this.context.refuse(required);
  }

  /** @param number of a list of detectors */
  #tryRun(number: number, start: number): void {
    const { lists, listsSplit, listsLow, listsHigh, digitsLow, digitsHigh, openings, prefix } = this.#plan;
    const list = lists[number];
    if (list === undefined) return;
    const split = listsSplit[number] ?? 0;
    let at = 0;
    const group = this.#group;
    if (split > 0) {
      group.count(this.#text, this.#base, start);
      if ((((listsLow[number] ?? 0) & group.low) | ((listsHigh[number] ?? 0) & group.high)) === 0) at = split;
    }
    if (!this.#meter.step(list.length - at + 1)) return;
    for (; at < list.length; at++) {
      const detector = list[at] ?? 0;
      if (at < split) {
        const fits = ((digitsLow[detector] ?? 0) & group.low) | ((digitsHigh[detector] ?? 0) & group.high);
        if (fits === 0) continue;
      }
      if (prefix[detector] === 0 && !openings.mayBegin(detector, this.#text, start)) continue;
      this.#tryAt(detector, start);
    }
  }

  /** Tries a detector at a run, and at what is no letter or digit before it. */
  #tryAt(detector: number, start: number): void {
    const { isRequired, prefix, openings } = this.#plan;
    if (
      isRequired[detector] === 1 &&
      this.#wholeEnd === 0 &&
      !this.context.isNear(detector, this.#text, this.#base, start)
    )
      return this.context.refuse(~detector);
    const text = this.#text;
    const most = Math.min(prefix[detector] ?? 0, start);
    let before = 0;
    while (before < most && !isAlphanumeric(text.charCodeAt(start - 1 - before))) before++;
    for (; before >= 0; before--) {
      const at = start - before;
      if (openings.mayBegin(detector, text, at) && this.#attempt(detector, at) > start) break;
    }
  }

  /** Tries a detector's expression at a place. @returns where the match ends; -1 when there is none */
  #attempt(detector: number, at: number): number {
    if (at + this.#base < (this.#lastEnd[detector] ?? never)) return -1;
    if (!this.#meter.attempt(detector)) return -1;
    const { patterns, detectors } = this.#plan;
    const [pattern, row] = [patterns[detector], detectors[detector]];
    if (pattern === undefined || row === undefined) return -1;
    pattern.lastIndex = at;
    let from = at;
    let to = 0;
    const found = row.hasGroup ? pattern.exec(this.#text) : pattern.test(this.#text);
    if (row.engine === "re2" && !this.#meter.step(pattern.steps ?? 0)) return -1;
    if (found === null || found === false) return -1;
    if (found !== true) {
      const value = found[1] ?? found[2] ?? found[3] ?? found[4] ?? found[0];
      from = at + found[0].lastIndexOf(value);
      to = from + value.length;
    }
    if (to === 0) to = pattern.lastIndex;
    if (row.tail !== undefined) to = valueEnd(this.#text, to, row.tail);
    const end = Math.max(to, pattern.lastIndex);
    this.#lastEnd[detector] = end + this.#base;
    this.#judge(detector, from, to);
    return end;
  }

  #judge(detector: number, from: number, to: number): void {
    const row = this.#plan.detectors[detector];
    if (row === undefined) return;
    if (
      this.#plan.isMaskable[detector] === 1 &&
      (this.#masked.isPart(from + this.#base, to + this.#base) || isInBlob(this.#text, from))
    )
      return;
    if (row.isToken && isPartOfOther(this.#text, from, to)) return;
    const unless = this.#plan.unless[detector];
    const isOther = unless?.test(this.#text.slice(Math.max(0, from - dlpContextCharsMax), from)) === true;
    if (isOther || (row.engine === "re2" && !this.#meter.step(unless?.steps ?? 0))) return;
    const place = from + this.#base;
    const value = this.#text.slice(from, to);
    const validity = row.check(value);
    if (validity === "invalid") return;
    const isAlone = (from <= this.#wholeStart && to >= this.#wholeEnd && this.#wholeEnd > 0) || (this.#list !== undefined && isListed(this.#list, value, from, to)); // prettier-ignore
    const around = this.context.around(detector, row, { text: this.#text, base: this.#base, from }, this.#masked.isDoubtful(this.#text, this.#base, from, this.#reached)); // prettier-ignore
    const level = levelOf(row.likelihood, row.contextMode, validity, { ...around, isAlone });
    if (level === undefined || !this.#meter.found()) return;
    // Published for tests: found, and no reason to block.
    const known = level > testLevelMax && isTestNumber(row, value) ? testLevelMax : level;
    this.matches.push({ detector, start: place, end: to + this.#base, level: known });
  }
}
