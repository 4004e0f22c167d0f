/**
 * Groups of digits: runs with one joiner between two of them, as numbers are written. For each run of a group: how many
 * digits may stand from its beginning to the end of a run.
 *
 * G1. A group is read once from its beginning, whatever is asked of its runs: from right to left, what a run can begin is
 *     what the next one can, moved by its own digits.
 */
import { isJoiner } from "./runshape.ts";

/** Runs that are read at once; of a longer group the next ones are read when they are asked for. */
const runsMax = 256;
/** Digits that are told apart. */
const digitsMax = 63;

export class DigitGroup {
  /** Bit n: so many digits stand from the run's beginning to the end of it or of a run behind it; above 31 in `high`. */
  low = 0;
  high = 0;
  /** By run of the group that was read last: its place, and its bits. */
  readonly #places = new Int32Array(runsMax);
  readonly #lows = new Int32Array(runsMax);
  readonly #highs = new Int32Array(runsMax);
  readonly #lengths = new Int32Array(runsMax);
  #runs = 0;
  #next = 0;
  /** Runs up to here know all that stands behind them. */
  #sure = 0;

  /** @param base place of the text's first character. @param start of a run, or of the digits that one begins with */
  count(text: string, base: number, start: number): void {
    const place = start + base;
    while (this.#next < this.#sure && (this.#places[this.#next] ?? 0) < place) this.#next++;
    if (this.#next >= this.#sure || this.#places[this.#next] !== place) this.#read(text, base, start);
    this.low = this.#lows[this.#next] ?? 0;
    this.high = this.#highs[this.#next] ?? 0;
  }

  #read(text: string, base: number, start: number): void {
    let runs = 0;
    let at = start;
    let isWhole = false;
    for (; runs < runsMax; runs++) {
      const from = at;
      while (isDigit(text.charCodeAt(at))) at++;
      this.#places[runs] = from + base;
      this.#lengths[runs] = at - from;
      // A run of digits that letters go on from ends nowhere here.
      if (isJoiner(text.charCodeAt(at)) && isDigit(text.charCodeAt(at + 1))) at++;
      else {
        isWhole = true;
        runs++;
        break;
      }
    }
    this.#runs = runs;
    this.#next = 0;
    this.#sure = isWhole ? runs : Math.max(1, runs - digitsMax - 1);
    // More may come behind the text that is there: what it could change is read again when it is asked for.
    if (at >= text.length)
      while (this.#sure > 1 && (this.#places[this.#sure - 1] ?? 0) - base > text.length - 2 * digitsMax)
        this.#sure--;
    this.#sum();
  }

  #sum(): void {
    let low = 0;
    let high = 0;
    for (let run = this.#runs - 1; run >= 0; run--) {
      const length = this.#lengths[run] ?? 0;
      if (length > digitsMax) [low, high] = [0, 0];
      else if (length > 31) {
        high = (length === 32 ? low : low << (length - 32)) | (1 << (length - 32));
        low = 0;
      } else if (length > 0) {
        high = (high << length) | (low >>> (32 - length));
        low = (low << length) | (1 << length);
      }
      this.#lows[run] = low;
      this.#highs[run] = high;
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
