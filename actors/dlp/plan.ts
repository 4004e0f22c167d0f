/**
 * The plan of a scan: detectors compiled to one automaton, to tables of runs and to regular expressions. Made once for a
 * set of detectors; shared by all scans. Does not own: the pass over a text (pass.ts), what a pattern begins with
 * (patternmachine.ts, runshape.ts).
 *
 * P1. Every match of a detector is found from its triggers: a literal of its prefilter, or a run it can begin at. A row
 *     for which that does not hold is a fault, and the plan is not made.
 * P2. A plan holds no state of a scan, but for `lastIndex` of its expressions, which each use sets first.
 */
import { limits } from "../../protocol/limits.ts";
import { buildAutomaton, type Automaton } from "./automaton.ts";
import { isAlphanumeric } from "./characters.ts";
import type { Detector, DetectorFault } from "./detector.ts";
import { partCharsMax } from "./masks.ts";
import { Openings } from "./opening.ts";
import { negativeWords } from "./words.data.ts";
import { mayEndWord } from "./word.ts";
import { LinearEnding, LinearPattern, type StickyPattern } from "./linearpattern.ts";
import { literalOffsets, mark, PatternMachine } from "./patternmachine.ts";
import { includesCode, patternTree, type Node } from "./patterntree.ts";
import { digitShape, runCharsMax, runShape, type RunShape } from "./runshape.ts";
import { makeRead, makeReadEnd, type Read, type ReadEnd } from "./reading.ts";
import { makeHoldsNothing, type HoldsNothing } from "./shorttext.ts";
import { beforeClasses, noteRuns, runTable, type RunLists, type RunTable } from "./runtable.ts";

/** What a literal sets off: matches of a detector that begin from `high` down to `low` characters before it. */
export interface Trigger {
  readonly detector: number;
  readonly low: number;
  readonly high: number;
  /** By character, 128 for all beyond ASCII: whether a match can go on with it after the literal. */
  readonly after: Uint8Array;
  /** Where a match can begin before the literal: what it can hold there. It is read outward from the literal. */
  readonly outward: Uint8Array | undefined;
}

/** One literal or context word. */
export interface Text {
  readonly length: number;
  readonly triggers: readonly Trigger[];
  /** Detectors of which it is a context word. */
  readonly arms: readonly number[];
  /** Some of them need one. */
  readonly isNeeded: boolean;
  readonly isNegative: boolean;
  /** It counts as a whole word: for its detectors, or against values. */
  readonly isWord: boolean;
}

export interface Plan {
  readonly detectors: readonly Detector[];
  readonly automaton: Automaton;
  /** Reads a block of a text. */
  readonly read: Read;
  readonly readEnd: ReadEnd;
  /** Whether nothing can be found in a text that was read. */
  readonly holdsNothing: HoldsNothing;
  /** By output of the automaton: the texts that end there. */
  readonly texts: readonly (readonly Text[])[];
  /** By output and the character behind it, 129 each: whether there is anything to do. */
  readonly goesOn: Uint8Array;
  /** By output: the length of its text, where that is but a word that speaks against values; else 0. */
  readonly negatives: Uint8Array;
  /** One for each detector, sticky. */
  readonly patterns: readonly StickyPattern[];
  /** By detector: what must not end before a value. */
  readonly unless: readonly (Pick<StickyPattern, "test" | "steps"> | undefined)[];
  readonly openings: Openings;
  readonly needsBoundary: Uint8Array;
  readonly isRequired: Uint8Array;
  /** Parts of what machines write are none of its matches: numbers and tokens, whatever the row is found by. */
  readonly isMaskable: Uint8Array;
  /** By detector: bit n stands for a match of n digits; both 0 when it is not of digits alone. */
  readonly digitsLow: Int32Array;
  readonly digitsHigh: Int32Array;
  readonly prefix: Uint8Array;
  readonly runs: RunTable;
  /** By character: its class, where it stands before a run. */
  readonly before: Uint8Array;
  readonly lists: readonly Uint16Array[];
  /** By list and detector, a bit each: whether it is in the list. */
  readonly inList: Uint32Array;
  /** By list: how many of its types, the first ones, are of digits alone, and how many digits those can have, as bits. */
  readonly listsSplit: Uint16Array;
  readonly listsLow: Int32Array;
  readonly listsHigh: Int32Array;
  /** How far before a place a match may begin that is found there, and how far after it one may end. */
  readonly lookBack: number;
  readonly lookAhead: number;
}

/** Detectors made ready; or what is wrong with their rows. */
export function makePlan(detectors: readonly Detector[]): Plan | readonly DetectorFault[] {
  const maker = new PlanMaker(detectors);
  for (let number = 0; number < detectors.length; number++) maker.add(number);
  return maker.faults.length > 0 ? maker.faults : maker.plan();
}

/** A plan but for what is compiled for it: loops and expressions. */
export type PlanTables = Omit<Plan, "read" | "readEnd" | "holdsNothing" | "patterns" | "unless">;

export function compilePlan(tables: PlanTables): Plan {
  const { detectors } = tables;
  return {
    ...tables,
    read: makeRead(tables),
    readEnd: makeReadEnd(tables),
    holdsNothing: makeHoldsNothing(tables),
    patterns: detectors.map(({ engine, pattern, flags, lengthMax }) => (engine === "js" ? new RegExp(pattern, `${flags}y`) : new LinearPattern(pattern, flags, lengthMax))), // prettier-ignore
    unless: detectors.map(({ engine, unless }) => (unless === undefined ? undefined : engine === "js" ? new RegExp(`(?:${unless})$`, "i") : new LinearEnding(unless))), // prettier-ignore
  };
}

class PlanMaker {
  readonly faults: DetectorFault[] = [];
  readonly #detectors: readonly Detector[];
  readonly #texts = new Map<string, { triggers: Trigger[]; arms: number[]; isNegative: boolean }>();
  /** By detector: characters below 128 with which a match can begin; at 128, whether others can. */
  readonly #firsts: Uint8Array[] = [];
  readonly #openings: Openings;
  readonly #runs: { readonly free: RunLists; readonly required: RunLists } = { free: { bare: new Map(), behind: new Map() }, required: { bare: new Map(), behind: new Map() } }; // prettier-ignore
  /** By detector: characters with which its matches may begin before a run. */
  readonly #before = new Map<number, Uint8Array>();
  readonly #flags: Pick<Plan, "needsBoundary" | "isRequired" | "isMaskable" | "digitsLow" | "digitsHigh" | "prefix">; // prettier-ignore
  #lookBack = limits.dlpContextCharsMax;

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors;
    const count = detectors.length;
    this.#openings = Openings.of(count);
    this.#flags = {
      needsBoundary: new Uint8Array(count),
      isRequired: Uint8Array.from(detectors, ({ contextMode }) => (contextMode === "required" ? 1 : 0)),
      isMaskable: Uint8Array.from(detectors, ({ heedsNegative }) => (heedsNegative ? 1 : 0)),
      digitsLow: new Int32Array(count),
      digitsHigh: new Int32Array(count),
      prefix: new Uint8Array(count),
    };
    for (const word of negativeWords) for (const each of spellings(word)) this.#text(each).isNegative = true;
  }

  add(number: number): void {
    const detector = this.#detectors[number];
    if (detector === undefined) return;
    const { pattern, flags, prefilter, context } = detector;
    const tree = patternTree(pattern, flags);
    const machine = new PatternMachine(tree);
    this.#firsts.push(firstCharacters(machine));
    this.#openings.add(number, machine);
    if (beginsAtBoundary(tree)) this.#flags.needsBoundary[number] = 1;
    for (const word of context) for (const each of spellings(word)) this.#text(each).arms.push(number);
    const beginsRun = this.#flags.needsBoundary[number] === 1 || !holdsAlphanumeric(this.#firsts[number]);
    const isRare =
      prefilter.kind === "literal" && (prefilter.any.every(({ length }) => length > 2) || !beginsRun);
    const shape = isRare ? undefined : runShape(machine);
    // A sign or two are in every text: then the runs with which a match begins tell more than its literals do.
    if (shape !== undefined && (prefilter.kind !== "literal" || shape.isTelling))
      this.#addRuns(number, shape, tree);
    else if (prefilter.kind === "literal") this.#addLiterals(number, machine, prefilter.any);
  }

  plan(): Plan | readonly DetectorFault[] {
    const texts = [...this.#texts.keys()];
    const lists: Uint16Array[] = [new Uint16Array()];
    const befores = beforeClasses(this.#before);
    const runs = runTable(this.#runs.free, this.#runs.required, befores, this.#numbering(lists));
    const automaton = buildAutomaton(texts);
    if (typeof automaton === "string") return [this.#fullest(automaton)];
    const all: readonly Text[] = [...this.#texts].map(([text, { triggers, arms, isNegative }]): Text => ({ length: text.length, triggers, arms, isNegative, isNeeded: arms.some((each) => this.#flags.isRequired[each] === 1), isWord: isNegative || arms.length > 0 })); // prettier-ignore
    const outputs = automaton.outputs.map((numbers) => numbers.flatMap((number) => all[number] ?? []));
    return compilePlan({
      detectors: this.#detectors,
      automaton,
      texts: outputs,
      goesOn: goingOn(outputs),
      negatives: Uint8Array.from(outputs, negativeLength),
      openings: this.#openings,
      ...this.#flags,
      runs,
      before: befores.classOf,
      lists,
      inList: membership(lists, this.#detectors.length),
      listsSplit: Uint16Array.from(lists, (list) => list.filter((each) => this.#isOfDigits(each)).length),
      listsLow: this.#digitsOf(lists, this.#flags.digitsLow),
      listsHigh: this.#digitsOf(lists, this.#flags.digitsHigh),
      lookBack: this.#lookBack,
      lookAhead:
        Math.max(
          runCharsMax,
          ...this.#detectors.map(
            ({ lengthMax, tail }) => lengthMax + (tail === undefined ? 0 : limits.detectorTailMax),
          ),
        ) +
        partCharsMax +
        1,
    });
  }

  /** All rows share one table: the one that takes most of it is named. */
  #fullest(says: string): DetectorFault {
    const sizeOf = ({ prefilter, context }: Detector): number => [...context, ...(prefilter.kind === "literal" ? prefilter.any : [])].reduce((sum, { length }) => sum + length, 0); // prettier-ignore
    const [most] = this.#detectors.toSorted((a, b) => sizeOf(b) - sizeOf(a));
    const own = most === undefined ? 0 : sizeOf(most);
    return { id: most?.id ?? "", says: `${says}; this row has most of them, ${own} characters in its words: shorten or leave out some, or other rows` }; // prettier-ignore
  }

  #text(text: string): { triggers: Trigger[]; arms: number[]; isNegative: boolean } {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const made = { triggers: [], arms: [], isNegative: false };
    this.#texts.set(text, made);
    return made;
  }

  #fault(number: number, says: string): void {
    this.faults.push({ id: this.#detectors[number]?.id ?? String(number), says });
  }

  #addLiterals(number: number, machine: PatternMachine, literals: readonly string[]): void {
    const lookBackMax = limits.dlpLookBackCharsMax;
    const { offsets, isOpen, isEscapable, before } = literalOffsets(machine, literals, lookBackMax);
    if (isEscapable)
      return this.#fault(number, `prefilter: a match can hold none of ${literals.join(", ")}: add what it holds then, or use another kind`); // prettier-ignore
    if (isOpen)
      return this.#fault(number, `prefilter: more than ${lookBackMax} characters can stand before the first literal: bound them, or name an earlier literal`); // prettier-ignore
    const [low = 0, high = 0] = [offsets[0], offsets.at(-1)];
    this.#lookBack = Math.max(this.#lookBack, high);
    for (const literal of literals) {
      const outward = high > 0 ? before : undefined;
      const after = high === 0 ? charactersAfter(machine, literal) : anyCharacter;
      this.#text(literal).triggers.push({ detector: number, low, high, after, outward });
    }
  }

  #addRuns(number: number, shape: RunShape, tree: Node): void {
    if (shape.starts.length === 0) return this.#fault(number, "prefilter: no run of letters or digits begins a match: use a literal"); // prettier-ignore
    this.#flags.prefix[number] = shape.prefix;
    if (shape.prefix > 0) this.#before.set(number, shape.before);
    this.#flags.isMaskable[number] = 1;
    const digits = endsAtBoundary(tree) ? digitShape(tree) : undefined;
    for (let count = digits?.min ?? 64; count <= Math.min(digits?.max ?? 0, 63); count++) {
      const bits = count < 32 ? this.#flags.digitsLow : this.#flags.digitsHigh;
      bits[number] = (bits[number] ?? 0) | (1 << (count & 31));
    }
    noteRuns(this.#flags.isRequired[number] === 1 ? this.#runs.required : this.#runs.free, number, shape);
  }

  /** Numbers lists of detectors, those of digits alone first in each. */
  #numbering(lists: Uint16Array[]): (list: readonly number[]) => number {
    const known = new Map<string, number>();
    return (list) => {
      const text = list.join();
      const number = known.get(text) ?? lists.push(Uint16Array.from(list.toSorted((a, b) => Number(this.#isOfDigits(b)) - Number(this.#isOfDigits(a))))) - 1; // prettier-ignore
      known.set(text, number);
      return number;
    };
  }

  #isOfDigits(number: number): boolean {
    return ((this.#flags.digitsLow[number] ?? 0) | (this.#flags.digitsHigh[number] ?? 0)) !== 0;
  }

  #digitsOf(lists: readonly Uint16Array[], digits: Int32Array): Int32Array {
    return Int32Array.from(lists, (list) => list.reduce((bits, each) => bits | (digits[each] ?? 0), 0));
  }
}

function goingOn(outputs: readonly (readonly Text[])[]): Uint8Array {
  const goesOn = new Uint8Array(outputs.length * 129);
  for (const [number, texts] of outputs.entries())
    for (const { isWord, triggers } of texts)
      for (let code = 0; code < 129; code++)
        if ((isWord && mayEndWord(code)) || triggers.some(({ after }) => after[code] === 1))
          goesOn[number * 129 + code] = 1;
  return goesOn;
}

function negativeLength([text, other]: readonly Text[]): number {
  const isOnly = text !== undefined && other === undefined && text.isNegative && text.arms.length + text.triggers.length === 0; // prettier-ignore
  return isOnly && text.length < 256 ? text.length : 0;
}

/** How many words of 32 bits one list of so many detectors has in `inList`. */
export function listWords(detectors: number): number {
  return (detectors + 31) >>> 5;
}

function membership(lists: readonly Uint16Array[], detectors: number): Uint32Array {
  const words = listWords(detectors);
  const bits = new Uint32Array(lists.length * words);
  for (const [number, list] of lists.entries())
    for (const each of list) {
      const at = number * words + (each >>> 5);
      bits[at] = (bits[at] ?? 0) | (1 << (each & 31));
    }
  return bits;
}

/** A space in a word of context stands for a space, an underscore, a hyphen or nothing. */
export function spellings(word: string): readonly string[] {
  return word.split(" ").reduce<readonly string[]>(
    (heads, part, at) => (at === 0 ? [part] : heads.flatMap((head) => [" ", "_", "-", ""].map((joiner) => head + joiner + part))), // prettier-ignore
    [],
  );
}

const anyCharacter = new Uint8Array(129).fill(1);

/** What can follow a literal that begins a match; all when the match can end with it. */
function charactersAfter(machine: PatternMachine, literal: string): Uint8Array {
  let states = machine.closure([machine.start], true);
  for (const char of literal) {
    const codes = [char.charCodeAt(0), char.toUpperCase().charCodeAt(0)];
    states = machine.closure(machine.step(states, (ranges) => codes.some((code) => includesCode(ranges, code))), true); // prettier-ignore
  }
  return [...states].some((state) => machine.isAccept(state)) ? anyCharacter : charactersOf(machine, states);
}

function firstCharacters(machine: PatternMachine): Uint8Array {
  return charactersOf(machine, machine.closure([machine.start], true));
}

function holdsAlphanumeric(characters: Uint8Array | undefined): boolean {
  return characters?.some((has, code) => has === 1 && isAlphanumeric(code)) === true;
}

function charactersOf(machine: PatternMachine, states: Iterable<number>): Uint8Array {
  const characters = new Uint8Array(129);
  for (const state of states) mark(characters, machine.ranges(state));
  return characters;
}

function beginsAtBoundary(tree: Node): boolean {
  if (tree.kind === "boundary") return true;
  if (tree.kind === "sequence") return tree.items[0] !== undefined && beginsAtBoundary(tree.items[0]);
  return tree.kind === "choice" && tree.items.every(beginsAtBoundary);
}

function endsAtBoundary(tree: Node): boolean {
  if (tree.kind === "boundary") return true;
  const last = tree.kind === "sequence" ? tree.items.at(-1) : undefined;
  if (last !== undefined) return endsAtBoundary(last);
  return tree.kind === "choice" && tree.items.every(endsAtBoundary);
}
