/**
 * What stands around a place of a text: context words before it (or behind it, in a sentence), names on its path, the column
 * of its table, words that speak against it. Does not own: what follows for the likelihood (likelihood.ts), tables (table.ts).
 *
 * X1. All is by places of the pass, so that nothing has to be cleared between two texts.
 */
import { limits } from "../../protocol/limits.ts";
import type { Detector } from "./detector.ts";
import type { Names } from "./names.ts";
import { listWords, type Plan, type Text } from "./plan.ts";
import { Table } from "./table.ts";

const never = -1_000_000;
const nothing: Pick<Text, "arms"> = { arms: [] };
const { dlpContextCharsMax, dlpNegativeCharsMax } = limits;

export class Context {
  /** By detector: where its last context word ended. */
  readonly #armed: Int32Array;
  /** By detector: on how many levels of the path a context word of it stands. */
  readonly #onPath: Uint8Array;
  readonly #table: Table;
  /** Detectors of which a context word stands on the path. */
  readonly #pathArms: number[] = [];
  readonly #plan: Plan;
  readonly #listWords: number;
  #isPathNegative = false;
  #armedUntil = never;
  /** Up to this place no name of a column speaks for anything. */
  #closedUntil = never;
  #negative = never;
  /** Words of a text that is short enough to be read twice; in the second reading, by detector, where the last one ends. */
  readonly #met: Text[] = [];
  #isGathering = false;
  /** What had no context in the first reading: lists of detectors, and detectors, as numbers below 0. */
  readonly #refused: number[] = [];
  readonly #bits: Uint32Array;
  #ahead: Map<number, number> | undefined;

  /** @param names what is known of names, as of columns of tables */
  constructor(plan: Plan, names: Names) {
    this.#armed = new Int32Array(plan.detectors.length).fill(never);
    this.#onPath = new Uint8Array(plan.detectors.length);
    this.#table = new Table(names);
    this.#plan = plan;
    this.#listWords = listWords(plan.detectors.length);
    this.#bits = new Uint32Array(this.#listWords);
  }

  /** @param place at which another text begins */
  begin(place: number): void {
    this.#isGathering = false;
    this.#table.begin(place);
  }

  /** What stands on the path to the text counts as context, until it is taken away again. */
  enter(arms: readonly number[]): void {
    if (arms.length === 0) return;
    for (const each of arms) this.#onPath[each] = (this.#onPath[each] ?? 0) + 1;
    for (const each of arms) this.#pathArms.push(each);
  }

  leave(arms: readonly number[]): void {
    if (arms.length === 0) return;
    for (const each of arms) this.#onPath[each] = (this.#onPath[each] ?? 0) - 1;
    this.#pathArms.length -= arms.length;
  }

  /** Whether the nearest name on the path speaks against its value. */
  set isPathNegative(isNegative: boolean) {
    this.#isPathNegative = isNegative;
  }

  /** A word that is for or against something. @param place at which it ends */
  meet(word: Text, place: number): void {
    if (word.isNegative) this.#negative = place;
    const { arms } = word;
    if (arms.length === 0) return;
    for (let at = 0; at < arms.length; at++) this.#armed[arms[at] ?? 0] = place;
    if (word.isNeeded) this.#armedUntil = place + dlpContextCharsMax;
    if (this.#isGathering) this.#met.push(word);
  }

  /** A word that is against something, and for nothing. */
  object(place: number): void {
    this.#negative = place;
  }

  /** From now on words are gathered, for a second reading. */
  gather(): void {
    this.#isGathering = true;
    if (this.#met.length > 0) this.#met.length = 0;
    if (this.#refused.length > 0) this.#refused.length = 0;
  }

  /** Whether a word was gathered for which something may be looked at that had no context: all else comes out as it did. */
  get mayFindMore(): boolean {
    if (!this.#isGathering || this.#met.length === 0 || this.#refused.length === 0) return false;
    const refused = this.#refusedBits();
    for (let word = 0; word < this.#met.length; word++) {
      const { arms } = this.#met[word] ?? nothing;
      for (let at = 0; at < arms.length; at++) {
        const arm = arms[at] ?? 0;
        if (((refused[arm >>> 5] ?? 0) & (1 << (arm & 31))) !== 0) return true;
      }
    }
    return false;
  }

  /** A bit for each detector that was refused. */
  #refusedBits(): Uint32Array {
    const { inList } = this.#plan;
    const [bits, words] = [this.#bits.fill(0), this.#listWords];
    for (let at = 0; at < this.#refused.length; at++) {
      const what = this.#refused[at] ?? 0;
      if (what < 0) bits[~what >>> 5] = (bits[~what >>> 5] ?? 0) | (1 << (~what & 31));
      else for (let word = 0; word < words; word++) bits[word] = (bits[word] ?? 0) | (inList[what * words + word] ?? 0); // prettier-ignore
    }
    return bits;
  }

  /** Something was left out for want of context. @param what a list of detectors, or `~detector` */
  refuse(what: number): void {
    if (this.#isGathering) this.#refused.push(what);
  }

  /** In a second reading, `moved` places on, words that were met in the first one stand behind what comes before them. */
  expect(moved: number): void {
    this.#ahead = new Map();
    for (const { arms } of this.#met)
      for (const each of arms) this.#ahead.set(each, (this.#armed[each] ?? never) + moved);
  }

  expectNothing(): void {
    this.#ahead = undefined;
  }

  /** Whether a context word of a detector stands on the path or near a character. @param base place of the text's first character */
  isNear(detector: number, text: string, base: number, at: number): boolean {
    if ((this.#onPath[detector] ?? 0) > 0) return true;
    const armed = this.#armed[detector] ?? never;
    const isNear = armed + dlpContextCharsMax >= at + base;
    if (!this.#table.mayHold(at + base)) return isNear || this.#isAhead(detector, at + base);
    const cell = this.#table.cellAt(text, base, at);
    if (cell === undefined) return isNear || this.#isAhead(detector, at + base);
    return (isNear && armed >= cell.start) || cell.column.arms.includes(detector);
  }

  /** The place up to which a word that was met, and that some type needs, counts. */
  get armedUntil(): number {
    return this.#armedUntil;
  }

  /**
   * Whether more than words that are met, and names on the path, may be context for characters before `to`.
   *
   * @param hasLines whether a line ends before it
   */
  mayBeOpen(text: string, base: number, to: number, hasLines: boolean): boolean {
    if (this.#ahead !== undefined || (hasLines && this.#table.mayArmBefore(text, base, to))) return true;
    this.#closedUntil = to + base;
    return false;
  }

  /** Whether some type of a list, of those that need a context word, may have one at a character. */
  mayBeNear(list: number, text: string, base: number, at: number): boolean {
    if (this.#armedUntil >= at + base || this.#ahead !== undefined || this.isOnPathOf(list)) return true;
    if (at + base < this.#closedUntil || !this.#table.mayHold(at + base)) return false;
    const arms = this.#table.cellAt(text, base, at)?.column.arms;
    return arms !== undefined && arms.length > 0;
  }

  /** Whether a name on the path is for some type of a list. */
  isOnPathOf(list: number): boolean {
    const { inList } = this.#plan;
    const from = list * this.#listWords;
    for (let at = 0; at < this.#pathArms.length; at++) {
      const arm = this.#pathArms[at] ?? 0;
      if (((inList[from + (arm >>> 5)] ?? 0) & (1 << (arm & 31))) !== 0) return true;
    }
    return false;
  }

  /** What speaks for and against a value. @param isDoubtful whether it may be a time */
  around(
    detector: number,
    { contextMode, heedsNegative }: Detector,
    { text, base, from }: { readonly text: string; readonly base: number; readonly from: number },
    isDoubtful: boolean,
  ): { readonly hasContext: boolean; readonly hasNegative: boolean } {
    const place = from + base;
    const isBare = contextMode === "none" && !heedsNegative;
    const cell = isBare || !this.#table.mayHold(place) ? undefined : this.#table.cellAt(text, base, from);
    const within = cell === undefined ? dlpContextCharsMax : place - cell.start;
    const nearWord = place - (this.#armed[detector] ?? never);
    const nearNegative = place - this.#negative;
    const isNegative = nearNegative >= 0 && nearNegative <= Math.min(dlpNegativeCharsMax, within);
    const isBefore = nearWord <= Math.min(dlpContextCharsMax, within) && !(heedsNegative && isNegative && nearNegative < nearWord); // prettier-ignore
    const isNamed = (this.#onPath[detector] ?? 0) > 0 || cell?.column.arms.includes(detector) === true;
    const isBehind = cell === undefined && !isNegative && this.#isAhead(detector, place);
    const hasContext = isNamed || isBefore || isBehind;
    if (!hasContext) this.refuse(~detector);
    const isAgainst = isNegative || this.#isPathNegative || cell?.column.isNegative === true || isDoubtful;
    return { hasContext, hasNegative: heedsNegative && isAgainst };
  }

  /** In a sentence the name of a value may follow it; in a table it never does. */
  #isAhead(detector: number, place: number): boolean {
    const word = this.#ahead?.get(detector);
    return word !== undefined && word > place && word - place <= dlpContextCharsMax;
  }
}
