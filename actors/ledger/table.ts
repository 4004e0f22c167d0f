/**
 * Marks of a session, found by their anchors. Owns their order and the index. Does not own what an answer is (memory.ts).
 *
 * T1. Marks stand in the order in which they came; the index is made from them alone. Two tables that were given the same
 *     marks and lost the same answers are the same, whether either was put away in between.
 * T2. Bounded: `add` says when there is no room, and takes nothing then.
 */
import { limits } from "../../protocol/limits.ts";
import { answerOf, markWords, packMarks, unpackMarks } from "./mark.ts";

const { ledgerMarksMax, ledgerAnchorMarksMax } = limits;
const slotsMin = 64;
/** Of a place plus one: as many as there may be marks. What is left of sixteen is for the anchor. */
const placeBits = 13;
const placeMask = (1 << placeBits) - 1;
const tags = 1 << (16 - placeBits);

export class MarkTable {
  #words: Uint32Array;
  #count: number;
  /** Place of a mark plus one, by the hash of its anchor, with bits of the anchor above it; 0 where none is. At most half full. */
  #index: Uint16Array;
  #edition = 0;

  constructor(words: Uint32Array = new Uint32Array(0)) {
    this.#words = words;
    this.#count = words.length / markWords;
    this.#index = new Uint16Array(slotsFor(this.#count));
    for (let at = 0; at < this.#count; at++) this.#enter(at);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#index.byteLength;
  }

  /** Another one whenever marks have moved or gone: until then there are only more of them. */
  get edition(): number {
    return this.#edition;
  }

  anchor(at: number): number {
    return this.#words[at * markWords] ?? 0;
  }

  check(at: number): number {
    return this.#words[at * markWords + 1] ?? 0;
  }

  about(at: number): number {
    return this.#words[at * markWords + 2] ?? 0;
  }

  /** Sealed (keyedhash.ts). */
  hint(at: number): number {
    return this.#words[at * markWords + 3] ?? 0;
  }

  /** Slot of the index from which marks of an anchor are looked for. */
  slot(anchor: number): number {
    return (anchor >>> 8) & (this.#index.length - 1);
  }

  /** The mark of a slot; -1 for none, which ends the search. */
  at(slot: number): number {
    return ((this.#index[slot & (this.#index.length - 1)] ?? 0) & placeMask) - 1;
  }

  /**
   * The first slot from this one on that has a mark of an anchor; -1 for none. Most marks of others are not looked at.
   *
   * @param anchor with its sign
   */
  seek(anchor: number, from: number): number {
    const index = this.#index;
    const words = this.#words;
    const mask = index.length - 1;
    for (let slot = from & mask; ; slot = (slot + 1) & mask) {
      const entry = index[slot] ?? 0;
      if (entry === 0) return -1;
      if ((((entry >> placeBits) ^ anchor) & (tags - 1)) === 0 && ((words[((entry & placeMask) - 1) * markWords] ?? 0) | 0) === anchor) return slot; // prettier-ignore
    }
  }

  /** Whether exactly this mark is there: same value, same kind, of the same answer or, with `answers`, of one of them. */
  has(anchor: number, check: number, about: number, answers: (answer: number) => boolean): boolean {
    for (let slot = this.slot(anchor); ; slot++) {
      const at = this.at(slot);
      if (at < 0) return false;
      if (this.anchor(at) !== anchor || this.check(at) !== check) continue;
      if (((this.about(at) ^ about) & 0xffffff) === 0 && answers(answerOf(this.about(at)))) return true;
    }
  }

  /** @returns false when there is no room: for marks at all, or for more of this anchor */
  add(anchor: number, check: number, about: number, hint: number): boolean {
    if (this.#count >= ledgerMarksMax || this.#ofAnchor(anchor) >= ledgerAnchorMarksMax) return false;
    const at = this.#count++;
    if (this.#count * markWords > this.#words.length) this.#grow();
    this.#words[at * markWords] = anchor;
    this.#words[at * markWords + 1] = check;
    this.#words[at * markWords + 2] = about;
    this.#words[at * markWords + 3] = hint;
    if (this.#count * 2 > this.#index.length) this.#reindex();
    else this.#enter(at);
    return true;
  }

  /** Keeps what is to be kept, in its order. @param about of a mark; gives it as it is to be, or undefined to drop it */
  keep(about: (about: number) => number | undefined): void {
    let kept = 0;
    for (let at = 0; at < this.#count; at++) {
      const now = about(this.about(at));
      if (now === undefined) continue;
      this.#words[kept * markWords] = this.anchor(at);
      this.#words[kept * markWords + 1] = this.check(at);
      this.#words[kept * markWords + 2] = now;
      this.#words[kept * markWords + 3] = this.hint(at);
      kept++;
    }
    this.#count = kept;
    this.#edition++;
    this.#reindex();
  }

  freeze(): string {
    return packMarks(this.#words, this.#count * markWords);
  }

  static thaw(text: unknown): MarkTable | undefined {
    if (typeof text !== "string") return undefined;
    const words = unpackMarks(text);
    return words === undefined || words.length / markWords > ledgerMarksMax
      ? undefined
      : new MarkTable(words);
  }

  #ofAnchor(anchor: number): number {
    let found = 0;
    for (let slot = this.slot(anchor); ; slot++) {
      const at = this.at(slot);
      if (at < 0) return found;
      if (this.anchor(at) === anchor) found++;
    }
  }

  #enter(at: number): void {
    let slot = this.slot(this.anchor(at));
    while (this.at(slot) >= 0) slot++;
    this.#index[slot & (this.#index.length - 1)] = (at + 1) | ((this.anchor(at) & (tags - 1)) << placeBits);
  }

  #grow(): void {
    const room = Math.min(ledgerMarksMax, Math.max(slotsMin / 2, this.#count * 2));
    const grown = new Uint32Array(room * markWords);
    grown.set(this.#words);
    this.#words = grown;
  }

  #reindex(): void {
    const slots = slotsFor(this.#count);
    this.#index = new Uint16Array(slots);
    for (let at = 0; at < this.#count; at++) this.#enter(at);
  }
}

/** A power of two that is at least twice as many. */
function slotsFor(count: number): number {
  let slots = slotsMin;
  while (slots < count * 2) slots *= 2;
  return slots;
}
