/**
 * Sieves: which grams begin an anchor of a memory, as bits that nobody keeps. Nearly all grams of a call's arguments are told apart
 * by one multiplication and one look, and only the others are hashed. Does not own the marks (table.ts).
 *
 * V1. No mark is missed: whatever gram a mark's anchor begins with has its bits here.
 * V2. A sieve is made of the marks and the key alone, and never leaves the process.
 */
import type { KeyedHash } from "./keyedhash.ts";
import { lengthOf, longAnchorMin, offsetOf, strengthOf, strengths, textMarkSymbols } from "./mark.ts";
import type { MarkTable } from "./table.ts";

export interface Sieve {
  /** Groups of 32 bits; three of the bits of its group are set for each gram. */
  readonly bits: Int32Array;
  /** Where in a mixed gram (symbols.ts) its group stands. */
  readonly shift: number;
  /** Four for each group: what kinds of anchors begin with a gram, `anchorKinds`. */
  readonly kinds: Uint8Array;
}

/** Of how many grams an anchor is. */
export const anchorKinds = { short: 1, long: 2, text: 4 } as const;
/** Bits of a mixed gram by which a group's kinds are told apart. */
export const kindBits = 2;

interface Standing extends Sieve {
  readonly edition: number;
  count: number;
}

const groupsMin = 64;
/** Marks for each group: with two, a gram in two hundred that nobody knows is taken for one. */
const marksEach = 2;

export class Sieves {
  readonly #hash: KeyedHash;
  readonly #all = new WeakMap<MarkTable, Standing>();

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Of all marks that there are by now. */
  of(table: MarkTable): Sieve {
    const known = this.#all.get(table);
    const isFit = known?.edition === table.edition && table.count <= marksEach * known.bits.length;
    const sieve = isFit ? known : this.#make(table);
    for (; sieve.count < table.count; sieve.count++) this.#enter(sieve, table, sieve.count);
    return sieve;
  }

  #make(table: MarkTable): Standing {
    let groups = groupsMin;
    while (groups * marksEach < table.count) groups *= 2;
    const shift = Math.clz32(groups) + 1;
    const kinds = new Uint8Array(groups << kindBits);
    const made = { bits: new Int32Array(groups), shift, kinds, edition: table.edition, count: 0 };
    this.#all.set(table, made);
    return made;
  }

  #enter({ bits, shift, kinds }: Sieve, table: MarkTable, at: number): void {
    const mixed = this.#hash.seal(table.hint(at), table.check(at), table.about(at)) << 8;
    const group = mixed >>> shift;
    bits[group] = (bits[group] ?? 0) | (1 << ((mixed >>> 8) & 31)) | (1 << ((mixed >>> 13) & 31)) | (1 << ((mixed >>> 16) & 31)); // prettier-ignore
    const slot = mixed >>> (shift - kindBits);
    kinds[slot] = (kinds[slot] ?? 0) | kindsOf(table.about(at));
  }
}

/** As extract.ts makes them. */
function kindsOf(about: number): number {
  const [length, strength] = [lengthOf(about), strengthOf(about)];
  if (strength === strengths.piece || length < longAnchorMin) return anchorKinds.short;
  const isText = strength === strengths.weak && length === textMarkSymbols && offsetOf(about) === 0;
  return isText ? anchorKinds.text : anchorKinds.long;
}
