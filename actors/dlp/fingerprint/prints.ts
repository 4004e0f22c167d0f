/**
 * The prints of a set of documents: which keyed hashes stand in which document. Pure. Does not own: how they are chosen
 * (winnower.ts), files and keys (node/dlp/fingerprint/).
 *
 * T1. It holds no text: 64 bits of a keyed hash and the number of a document for each print.
 * T2. A print of more documents than fingerprintSameMax belongs to none of them: revoking documents does not take it away.
 *     What is not told apart there finds too much, never too little.
 */
import { limits } from "../../../protocol/limits.ts";

const slotWords = 3;
/** In the place of a document: too many have it. */
const ofMany = 0xffffffff;
const loadMax = 0.7;

export class Prints {
  /** Slots of high, low, document + 1; 0 is empty. */
  slots: Uint32Array;
  #capacity: number;
  count = 0;

  constructor(slots: Uint32Array = new Uint32Array(1_024 * slotWords)) {
    this.slots = slots;
    this.#capacity = slots.length / slotWords;
  }

  /** @returns false when there is no room for more */
  add(high: number, low: number, document: number): boolean {
    let same = 0;
    let last = -1;
    let at = low % this.#capacity;
    for (; this.slots[at * slotWords + 2] !== 0; at = at + 1 === this.#capacity ? 0 : at + 1) {
      if (this.slots[at * slotWords] !== high || this.slots[at * slotWords + 1] !== low) continue;
      const of = this.slots[at * slotWords + 2] ?? 0;
      if (of === document + 1 || of === ofMany) return true;
      last = at;
      same++;
    }
    if (same >= limits.fingerprintSameMax) {
      this.slots[last * slotWords + 2] = ofMany;
      return true;
    }
    if (this.count >= limits.fingerprintsMax) return false;
    this.#put(at, high, low, document + 1);
    if (this.count > this.#capacity * loadMax) this.#grow();
    return true;
  }

  /** Whether a document that is not revoked has it. */
  has(high: number, low: number, isRevoked?: (document: number) => boolean): boolean {
    for (let at = low % this.#capacity; this.slots[at * slotWords + 2] !== 0; at = at + 1 === this.#capacity ? 0 : at + 1) {
      if (this.slots[at * slotWords] !== high || this.slots[at * slotWords + 1] !== low) continue;
      const of = this.slots[at * slotWords + 2] ?? 0;
      if (of === ofMany || isRevoked === undefined || !isRevoked(of - 1)) return true;
    } // prettier-ignore
    return false;
  }

  /** Those that fewer than so many documents have. @param most 2 to fingerprintSameMax */
  ofFewerThan(most: number): Prints {
    const kept = new Prints();
    for (let at = 0; at < this.#capacity; at++) {
      const [high = 0, low = 0, of = 0] = this.slots.subarray(at * slotWords, (at + 1) * slotWords);
      if (of !== 0 && of !== ofMany && this.#documentsOf(high, low) < most) kept.add(high, low, of - 1);
    }
    return kept;
  }

  #documentsOf(high: number, low: number): number {
    let documents = 0;
    for (let at = low % this.#capacity; this.slots[at * slotWords + 2] !== 0; at = at + 1 === this.#capacity ? 0 : at + 1) {
      if (this.slots[at * slotWords] !== high || this.slots[at * slotWords + 1] !== low) continue;
      if (this.slots[at * slotWords + 2] === ofMany) return Number.POSITIVE_INFINITY;
      documents++;
    } // prettier-ignore
    return documents;
  }

  #put(at: number, high: number, low: number, of: number): void {
    this.slots[at * slotWords] = high;
    this.slots[at * slotWords + 1] = low;
    this.slots[at * slotWords + 2] = of;
    this.count++;
  }

  #grow(): void {
    const before = this.slots;
    this.#capacity *= 2;
    this.slots = new Uint32Array(this.#capacity * slotWords);
    this.count = 0;
    for (let from = 0; from < before.length; from += slotWords) {
      const of = before[from + 2] ?? 0;
      if (of === 0) continue;
      const [high, low] = [before[from] ?? 0, before[from + 1] ?? 0];
      let at = low % this.#capacity;
      while (this.slots[at * slotWords + 2] !== 0) at = at + 1 === this.#capacity ? 0 : at + 1;
      this.#put(at, high, low, of);
    }
  }
}
