/**
 * The reader: the one loop that looks at every character. It notes where literals and context words end, and the runs of
 * letters and digits that may be something; what they are is looked at behind it, block by block (pass.ts).
 *
 * R1. Between two parts of a text it remembers the automaton's state and the run that has not ended.
 * R2. It notes events in the order of the text: what ends at a character before the run that ends there.
 */
import { rowShift } from "./automaton.ts";
import { alphanumeric, digit, small } from "./characters.ts";
import { rankOf, runKey, type Plan } from "./plan.ts";
import { runCharsMax, runKind } from "./runshape.ts";

/** Characters that are read before what they hold is looked at. */
export const blockChars = 2_048;
/** Shorter parts are not worth the call. */
const bytesFromChars = 192;
const encoder = new TextEncoder();
/** No run: the number of no character, before or behind. */
export const noRun = -0x4000_0000;
/** Numbers of an event: where a run began, or `noRun` for an output of the automaton; where it ends; the run or the output. */
export const eventSize = 3;
export const kindsShift = 20;
export const keyMask = (1 << kindsShift) - 1;
/** By bits of a run's characters: its kind. */
const formOf = Uint8Array.from({ length: 8 }, (_, kinds) => (kinds & digit) === 0 ? ((kinds & small) === 0 ? runKind.capitals : runKind.letters) : kinds === digit ? runKind.digits : runKind.mixed); // prettier-ignore

/** What was noted of the part that was read last. Of all readers: what one notes is handled before another reads. */
export const events = new Int32Array(2 * blockChars * eventSize);
const sharedCodes = new Uint16Array(blockChars);
const sharedBytes = new Uint8Array(blockChars);

export class Reader {
  /** Bits of all characters seen since `begin`. */
  seen = 0;
  readonly #plan: Plan;
  #state = 0;
  /** Of the run that has not ended: its place, the bits of its characters, the first of them. */
  #run = noRun;
  #runKinds = 0;
  #runFirst = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  begin(): void {
    this.#state = 0;
    this.#run = noRun;
    this.seen = 0;
  }

  get isInRun(): boolean {
    return this.#run !== noRun;
  }

  /** Place at which the run began that has not ended. */
  get runStart(): number {
    return this.#run;
  }

  /** The run ends here. @param next class of what stands behind it */
  endRun(length: number, next: number): { readonly key: number; readonly kinds: number } {
    this.#run = noRun;
    const kinds = this.#runKinds;
    return { key: runKey(formOf[kinds] ?? 0, rankOf[this.#runFirst] ?? 0, Math.min(length, runCharsMax), next), kinds }; // prettier-ignore
  }

  /**
   * Notes where literals and context words end, and runs that may be something. No more is done here: a loop that calls
   * nothing is three times as fast as one that does.
   *
   * @param base place of the text's first character. @returns how many numbers of `events` were noted
   */
  read(text: string, base: number, from: number, to: number): number {
    const { characters, runMarks } = this.#plan;
    const { table, plain, states } = this.#plan.automaton;
    const codes = this.#codesOf(text, from, to);
    const length = to - from;
    let count = 0;
    let state = this.#state;
    const shiftedBase = base + from;
    let run = this.#run === noRun ? noRun : this.#run - shiftedBase;
    let first = this.#runFirst;
    let kinds = this.#runKinds;
    let seen = this.seen;
    for (let at = 0; at < length; at++) {
      const code = codes[at] ?? 0;
      const info = characters[code] ?? 0;
      state = table[(state << rowShift) + (info & 0xffffff)] ?? 0;
      if (state >= plain) {
        events[count] = noRun;
        events[count + 1] = at;
        events[count + 2] = state - plain;
        count += eventSize;
        state = states[state - plain] ?? 0;
      }
      const kind = (info >>> 24) & 31;
      if ((kind & alphanumeric) !== 0) {
        if (run === noRun) {
          run = at;
          first = code;
          kinds = kind;
        } else kinds |= kind;
      } else {
        seen |= kind;
        if (run !== noRun) {
          const size = at - run;
          const key = runKey(formOf[kinds] ?? 0, rankOf[first] ?? 0, size < runCharsMax ? size : runCharsMax, info >>> 29); // prettier-ignore
          // Most runs are words that no match can begin with.
          if ((runMarks[key] ?? 0) !== 0) {
            events[count] = run;
            events[count + 1] = at;
            events[count + 2] = key | (kinds << kindsShift);
            count += eventSize;
          }
          run = noRun;
        }
      }
    }
    this.#state = state;
    this.#run = run === noRun ? noRun : run + shiftedBase;
    this.#runFirst = first;
    this.#runKinds = kinds;
    this.seen = seen;
    return count;
  }

  /** Characters of a part of the text as numbers: read at once, they cost a third of what they cost one by one. */
  #codesOf(text: string, from: number, to: number): Uint16Array {
    const length = to - from;
    if (length >= bytesFromChars) {
      const { read, written } = encoder.encodeInto(text.slice(from, to), sharedBytes);
      if (read === length && written === length) {
        sharedCodes.set(length === blockChars ? sharedBytes : sharedBytes.subarray(0, length));
        return sharedCodes;
      }
    }
    for (let at = 0; at < length; at++) sharedCodes[at] = text.charCodeAt(from + at);
    return sharedCodes;
  }
}
