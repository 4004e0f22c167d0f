/**
 * What matches begin with: for each of the first characters of a match, which it can be. Most places at which an expression
 * would be tried are told apart by this, at the cost of a look-up or two. Does not own: where a detector is tried (pass.ts).
 *
 * O1. A place at which the expression matches is never refused: whatever a match can be, its characters are noted.
 */
import { mark, type PatternMachine } from "./patternmachine.ts";

/** How many characters are known of a match, at most; a bit for each. */
const knownMax = 16;
/** Beyond so many states at once nothing more is noted: it would tell little, and take long to make. */
const statesMax = 96;
/** By character, 128 for all beyond ASCII. */
const row = 129;

export interface OpeningTables {
  /** By detector and character: bit n, whether the n-th character of a match can be it. */
  readonly bits: Uint16Array;
  /** By detector: how many characters are known; no match is shorter. */
  readonly known: Uint8Array;
}

export class Openings {
  readonly tables: OpeningTables;
  readonly #bits: Uint16Array;
  readonly #known: Uint8Array;

  constructor(tables: OpeningTables) {
    this.tables = tables;
    this.#bits = tables.bits;
    this.#known = tables.known;
  }

  /** Of which nothing is known yet. */
  static of(detectors: number): Openings {
    return new Openings({ bits: new Uint16Array(detectors * row), known: new Uint8Array(detectors) });
  }

  add(detector: number, machine: PatternMachine): void {
    const bits = this.#bits.subarray(detector * row, (detector + 1) * row);
    const characters = new Uint8Array(row);
    let states = machine.closure([machine.start], true);
    let known = 0;
    for (; known < knownMax; known++) {
      if (states.size > statesMax || [...states].some((state) => machine.isAccept(state))) break;
      characters.fill(0);
      for (const state of states) mark(characters, machine.ranges(state));
      for (let code = 0; code < row; code++) if (characters[code] === 1) bits[code] = (bits[code] ?? 0) | (1 << known); // prettier-ignore
      states = machine.closure(machine.step(states, takesAny), true);
    }
    this.#known[detector] = known;
  }

  /** Whether a match of a detector may begin at a character of a text. */
  mayBegin(detector: number, text: string, at: number): boolean {
    const known = this.#known[detector] ?? 0;
    if (at + known > text.length) return false;
    const bits = this.#bits;
    const from = detector * row;
    for (let n = 0; n < known; n++) {
      const code = text.charCodeAt(at + n);
      if ((((bits[from + (code < 128 ? code : 128)] ?? 0) >> n) & 1) === 0) return false;
    }
    return true;
  }
}

const takesAny = (): boolean => true;
