/**
 * Where each detector was tried behind a literal: what came out at a place comes out there again, whatever literal asks. So
 * a text of nothing but literals costs no more than its length.
 *
 * P1. No place is left out that was not tried before: what is skipped lies between the first and the last place of the last
 *     trials, or cannot be reached from the literal by characters that a match can hold.
 */

/** A literal that was met. */
interface Met {
  /** The first character of the text that a match could begin at. */
  readonly least: number;
  /** Where the literal begins. */
  readonly start: number;
  /** The last character that a match could begin at. */
  readonly last: number;
  /** What a match can hold before the literal; undefined when that is not looked at. */
  readonly outward: Uint8Array | undefined;
}

const never = -1_000_000;

export class TriedPlaces {
  /** By detector, by places: the trials, from the first to the last of them. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** By detector, by places: where it was read outward from, and how far. */
  readonly #walkedAt: Int32Array;
  readonly #walkedFrom: Int32Array;

  constructor(detectors: number) {
    this.#from = new Int32Array(detectors).fill(never);
    this.#to = new Int32Array(detectors).fill(never);
    this.#walkedAt = new Int32Array(detectors).fill(never);
    this.#walkedFrom = new Int32Array(detectors).fill(never);
  }

  /** @returns the first character to be tried now, up to `last`; behind `last` when all were */
  take(detector: number, text: string, base: number, { least, start, last, outward }: Met): number {
    const triedFrom = (this.#from[detector] ?? never) - base;
    const triedTo = (this.#to[detector] ?? never) - base;
    let from = least >= triedFrom && least <= triedTo ? triedTo + 1 : least;
    if (outward !== undefined) from = this.#walk(detector, text, base, { least: from, start, last, outward });
    if (from >= triedFrom && from <= triedTo + 1) from = Math.max(from, triedTo + 1);
    else this.#from[detector] = from + base;
    if (from <= last) this.#to[detector] = last + base;
    return from;
  }

  /** Reads outward from a literal. @returns how far a match could begin before it */
  #walk(detector: number, text: string, base: number, { least, start, outward }: Met): number {
    const walkedAt = (this.#walkedAt[detector] ?? never) - base;
    let at = start;
    for (; at > least && at !== walkedAt; at--) {
      const code = text.charCodeAt(at - 1);
      if (outward?.[code < 128 ? code : 128] !== 1) break;
    }
    // From there on the walk before went on, as far as it went.
    if (at === walkedAt) at = Math.max(least, Math.min(at, (this.#walkedFrom[detector] ?? never) - base));
    this.#walkedAt[detector] = start + base;
    this.#walkedFrom[detector] = at + base;
    return at;
  }
}
