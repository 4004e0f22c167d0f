/**
 * Places of a text as an editor counts them. The ends of lines are looked for once, as far as a place was asked for: a log of
 * 20 MB with thousands of findings was read from its beginning for each of them before.
 */
export class TextPlaces {
  /** How often the end of a line was looked for: what the work of all `of` grows with, but for a halving search each. */
  lookedFor = 0;
  readonly #text: string;
  /** Where each line begins that was reached yet, in order. */
  readonly #starts: number[] = [0];
  #isEnded = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param at UTF-16 code units from the beginning. @returns line and column, both from 1; the column counts such units too */
  of(at: number): readonly [line: number, column: number] {
    this.#reach(at);
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return [low + 1, at - (this.#starts[low] ?? 0) + 1];
  }

  #reach(at: number): void {
    while (!this.#isEnded && (this.#starts.at(-1) ?? 0) <= at) {
      this.lookedFor++;
      const end = this.#text.indexOf("\n", this.#starts.at(-1));
      if (end < 0) this.#isEnded = true;
      else this.#starts.push(end + 1);
    }
  }
}
