/**
 * Sieves: which grams begin an anchor of a memory, as bits that nobody keeps. Nearly all that a call's arguments have is told apart by
 * one look for two of their symbols, and only the rest is hashed. Does not own the marks (table.ts).
 *
 * V1. No mark is missed: whatever gram a mark's anchor begins with has its bits here.
 * V2. A sieve is made of the marks and the key alone, and never leaves the process.
 */
import { limits } from "../../protocol/limits.ts";
import type { KeyedHash } from "./keyedhash.ts";
import { lengthOf, longAnchorMin, offsetOf, strengthOf, strengths, textMarkSymbols } from "./mark.ts";
import * as symbols from "./symbols.ts";
import { gramOf, mixedGram, reversed } from "./symbols.ts";
import type { MarkTable } from "./table.ts";

/** Of this module: what is imported is looked up in each turn of a loop. */
const { comparedCodes } = symbols;
/** Of five symbols. */
const fiveMask = 0x1ffffff;

export interface Sieve {
  /**
   * Groups of 32 bits; one of the bits of its group is set for each five symbols of a gram, its first ones and its last ones: of two
   * places behind one another a run of symbols is looked up at one alone, and no gram is missed.
   */
  readonly fives: Int32Array;
  /** The same for each whole gram. */
  readonly bits: Int32Array;
  /** Where in a mixed gram (symbols.ts), and in mixed fives, its group stands; its bit stands in the five bits below. */
  readonly shift: number;
  /** Two for each group: what kinds of anchors begin with a gram, `anchorKinds`, by the lower bits of what it is mixed to. */
  readonly kinds: Uint8Array;
  /** One bit for each anchor that there is, by its lower bits: most grams that begin one are followed by others than its own. */
  readonly anchors: Int32Array;
}

/**
 * Of how many grams an anchor is, one, two or three; and of the longer ones, which way their value reads: on from the gram here, or
 * back from it. In the sieve it is which way the gram is read as the smaller number.
 */
export const anchorKinds = { short: 1, long: 2, text: 4, longBack: 8, textBack: 16 } as const;
const { long, text, longBack, textBack } = anchorKinds;
/** From a kind to the same read the other way. */
export const backShift = 2;
/** Lower bits of a mixed gram that are not looked at for its kinds. */
const kindShift = 8;
const kindsEach = 2;

interface Standing extends Sieve {
  readonly table: MarkTable;
  readonly edition: number;
  count: number;
}

const groupsMin = 64;
/** Marks for each group: with one, a gram in thirty that nobody knows has a bit, one in eighty a kind too, and five symbols in fifteen. */
const marksEach = 1;

export class Sieves {
  readonly #hash: KeyedHash;
  readonly #all = new WeakMap<MarkTable, Standing>();
  /** The one that was asked for last, as the next call mostly asks for it again. */
  #last: Standing | undefined;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Of all marks that there are by now. */
  of(table: MarkTable): Sieve {
    const known = this.#last?.table === table ? this.#last : this.#all.get(table);
    const isFit = known?.edition === table.edition && table.count <= marksEach * known.bits.length;
    const sieve = isFit ? known : this.#make(table);
    for (; sieve.count < table.count; sieve.count++) this.#enter(sieve, table, sieve.count);
    this.#last = sieve;
    return sieve;
  }

  #make(table: MarkTable): Standing {
    let groups = groupsMin;
    while (groups * marksEach < table.count) groups *= 2;
    const shift = Math.clz32(groups) + 1;
    const kinds = new Uint8Array(groups * kindsEach);
    const [fives, bits, anchors] = [new Int32Array(groups), new Int32Array(groups), new Int32Array(groups)];
    const made = { fives, bits, shift, kinds, anchors, table, edition: table.edition, count: 0 };
    this.#all.set(table, made);
    return made;
  }

  #enter({ fives, bits, shift, kinds, anchors }: Sieve, table: MarkTable, at: number): void {
    const run = this.#hash.seal(table.hint(at), table.check(at), table.about(at));
    const other = reversed(run);
    const mixed = mixedGram(gramOf(run));
    setBit(fives, mixedFive(run >>> 5), shift);
    setBit(fives, mixedFive(run & fiveMask), shift);
    setBit(bits, mixed, shift);
    const anchor = table.anchor(at);
    const word = (anchor >>> 5) & (anchors.length - 1);
    anchors[word] = (anchors[word] ?? 0) | (1 << anchor);
    const slot = (mixed >>> kindShift) & (kinds.length - 1);
    const kind = kindsOf(table.about(at));
    if (run <= other) kinds[slot] = (kinds[slot] ?? 0) | kind;
    if (other <= run) kinds[slot] = (kinds[slot] ?? 0) | turned(kind);
  }
}

function setBit(bits: Int32Array, mixed: number, shift: number): void {
  const group = mixed >>> shift;
  bits[group] = (bits[group] ?? 0) | (1 << (mixed >>> (shift - 5)));
}

/** Kinds of what is read the other way. */
function turned(kinds: number): number {
  return (kinds & anchorKinds.short) | ((kinds & (long | text)) << backShift) | ((kinds & (longBack | textBack)) >> backShift); // prettier-ignore
}

/** What kinds of anchors may begin with six symbols: 0 for most. @param run of symbols, as `runAt` has it */
export function kindsOfRun({ bits, shift, kinds }: Sieve, run: number): number {
  const gram = gramOf(run);
  const mixed = mixedGram(gram);
  const isKnown = ((bits[mixed >>> shift] ?? 0) >>> (mixed >>> (shift - 5))) & 1;
  const kind = (kinds[(mixed >>> kindShift) & (kinds.length - 1)] ?? 0) & -isKnown;
  return kind === 0 || gram === run ? kind : turned(kind);
}

/** Where in what is sifted five symbols stand that are kept. Of this module: a field would be looked up at each. */
export const stops = new Int32Array(limits.ledgerArgumentSymbolsMax / 2);

/**
 * @param length of a run of symbols, the first ones of `comparedCodes`
 * @returns how many fives of it have a bit in the sieve, of those that begin at each second place from the second one
 * on: as many of `stops` say where. A gram that begins an anchor stands there, or one place before
 */
export function sift({ fives, shift }: Sieve, length: number): number {
  const bitShift = shift - 5;
  let count = 0;
  let forward = 0;
  let backward = 0;
  for (let at = 0; at < 4; at++) {
    forward = (forward << 5) | (comparedCodes[at] ?? 0);
    backward = (backward >>> 5) | ((comparedCodes[at] ?? 0) << 20);
  }
  for (let at = 5; at < length; at = (at + 2) | 0) {
    const code = comparedCodes[at - 1] ?? 0;
    const next = comparedCodes[at] ?? 0;
    forward = ((forward << 10) | (code << 5) | next) & fiveMask;
    backward = (backward >>> 10) | (code << 15) | (next << 20);
    // As `mixedFive` has it.
    const mixed = Math.imul(2 * forward + 1, 2 * backward + 1);
    // It is not guessed whether it is kept: if not, the next one is written over it.
    stops[count] = at - 4;
    count = (count + (((fives[mixed >>> shift] ?? 0) >>> (mixed >>> bitShift)) & 1)) | 0;
  }
  return count;
}

/** Of five symbols: the same for their reverse, without a look at which of the two is smaller. */
function mixedFive(five: number): number {
  return Math.imul(2 * five + 1, 2 * (reversed(five) >>> 5) + 1);
}

/** As extract.ts makes them. */
function kindsOf(about: number): number {
  const length = lengthOf(about);
  const strength = strengthOf(about);
  if (strength === strengths.piece || length < longAnchorMin) return anchorKinds.short;
  const isText = strength === strengths.weak && length === textMarkSymbols && offsetOf(about) === 0;
  return isText ? anchorKinds.text : anchorKinds.long;
}
