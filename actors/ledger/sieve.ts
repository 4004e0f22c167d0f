/**
 * Sieves: which grams begin an anchor of a memory, as bits that nobody keeps. Nearly all grams of a call's arguments are told apart
 * by one multiplication and one look, and only the others are hashed. Does not own the marks (table.ts).
 *
 * V1. No mark is missed: whatever gram a mark's anchor begins with has its bits here.
 * V2. A sieve is made of the marks and the key alone, and never leaves the process.
 */
import { limits } from "../../protocol/limits.ts";
import type { KeyedHash } from "./keyedhash.ts";
import { lengthOf, longAnchorMin, offsetOf, strengthOf, strengths, textMarkSymbols } from "./mark.ts";
import * as symbols from "./symbols.ts";
import type { Symbols } from "./symbols.ts";
import type { MarkTable } from "./table.ts";

/** Of this module: what is imported is looked up in each turn of a loop. */
const { gramSymbols, mixing } = symbols;
/** Symbols of a gram before its last one. */
const before = gramSymbols - 1;

export interface Sieve {
  /** Groups of 32 bits; one of the bits of its group is set for each gram. */
  readonly bits: Int32Array;
  /** Where in a mixed gram (symbols.ts) its group stands; its bit stands in the five bits below. */
  readonly shift: number;
  /** Two for each group: what kinds of anchors begin with a gram, `anchorKinds`, by the lower bits of its hint. */
  readonly kinds: Uint8Array;
  /** One bit for each anchor that there is, by its lower bits: most grams that begin one are followed by others than its own. */
  readonly anchors: Int32Array;
}

/** Of how many grams an anchor is. */
export const anchorKinds = { short: 1, long: 2, text: 4 } as const;
/** Lower bits of a mixed gram that are no hint's. */
export const hintShift = 8;
const kindsEach = 2;

interface Standing extends Sieve {
  readonly table: MarkTable;
  readonly edition: number;
  count: number;
}

const groupsMin = 64;
/** Marks for each group: with one, a gram in thirty that nobody knows has a bit, and one in eighty a kind too. */
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
    const [bits, anchors] = [new Int32Array(groups), new Int32Array(groups)];
    const made = { bits, shift, kinds, anchors, table, edition: table.edition, count: 0 };
    this.#all.set(table, made);
    return made;
  }

  #enter({ bits, shift, kinds, anchors }: Sieve, table: MarkTable, at: number): void {
    const hint = this.#hash.seal(table.hint(at), table.check(at), table.about(at));
    const mixed = hint << hintShift;
    const group = mixed >>> shift;
    bits[group] = (bits[group] ?? 0) | (1 << (mixed >>> (shift - 5)));
    const anchor = table.anchor(at);
    const word = (anchor >>> 5) & (anchors.length - 1);
    anchors[word] = (anchors[word] ?? 0) | (1 << anchor);
    const slot = hint & (kinds.length - 1);
    kinds[slot] = (kinds[slot] ?? 0) | kindsOf(table.about(at));
  }
}

/** Of what is sifted: its grams, and where those stand that are kept. Of this module: fields would be looked up at each. */
export const grams = new Int32Array(limits.ledgerArgumentSymbolsMax);
export const stops = new Int32Array(limits.ledgerArgumentSymbolsMax);

/** @returns how many grams of a run of symbols have a bit in the sieve: as many of `stops` say where, and `grams` which */
export function sift({ bits, shift }: Sieve, { codes, length }: Pick<Symbols, "codes" | "length">): number {
  const bitShift = shift - 5;
  let count = 0;
  let forward = 0;
  let backward = 0;
  for (let at = 0; at < before; at++) {
    forward = (forward << 5) | (codes[at] ?? 0);
    backward = (backward >>> 5) | ((codes[at] ?? 0) << 25);
  }
  for (let at = before; at < length; at = (at + 1) | 0) {
    const code = codes[at] ?? 0;
    forward = ((forward << 5) | code) & 0x3fffffff;
    backward = (backward >>> 5) | (code << 25);
    // The smaller one, without a branch: it would be guessed wrong half of the times.
    const over = (forward - backward) | 0;
    const gram = (backward + (over & (over >> 31))) | 0;
    grams[at - before] = gram;
    const mixed = Math.imul(gram ^ (gram >>> 15), mixing);
    // Nor is it guessed whether it is kept: if not, the next one is written over it.
    stops[count] = at - before;
    count = (count + (((bits[mixed >>> shift] ?? 0) >>> (mixed >>> bitShift)) & 1)) | 0;
  }
  return count;
}

/** As extract.ts makes them. */
function kindsOf(about: number): number {
  const length = lengthOf(about);
  const strength = strengthOf(about);
  if (strength === strengths.piece || length < longAnchorMin) return anchorKinds.short;
  const isText = strength === strengths.weak && length === textMarkSymbols && offsetOf(about) === 0;
  return isText ? anchorKinds.text : anchorKinds.long;
}
