/**
 * Names that were held and had to be let go, in bounded memory: whoever comes again is told from who is new.
 *
 * L1. One that was let go is always known as such. A new one is taken for one at times, of a million some two behind 100,000 that were let
 *     go: what is said of it is then that nothing is known, and never something wrong.
 *
 * @see Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 13 (7), 1970
 */
import { textKey } from "../../actors/rows.ts";

const bits = 2 ** 26;

export class LetGo {
  #marks: Uint8Array | undefined;
  #count = 0;

  /** How many were let go; one that came again and was let go again counts each time. */
  get count(): number {
    return this.#count;
  }

  add(name: string): void {
    const marks = (this.#marks ??= new Uint8Array(bits / 8));
    for (const at of placesOf(name)) marks[at >>> 3] = (marks[at >>> 3] ?? 0) | (1 << (at & 7));
    this.#count++;
  }

  has(name: string): boolean {
    const marks = this.#marks;
    return marks !== undefined && placesOf(name).every((at) => ((marks[at >>> 3] ?? 0) & (1 << (at & 7))) !== 0); // prettier-ignore
  }
}

/** A key has 52 bits: two places. */
function placesOf(name: string): readonly number[] {
  const key = textKey(name);
  return [key % bits, Math.floor(key / bits)];
}
