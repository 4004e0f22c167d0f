/**
 * The marks of one answer while it is read: what is known of each hash, in the order in which hashes were first seen. One is used
 * for many answers. Does not own what a mark means (mark.ts).
 */
import { limits } from "../../protocol/limits.ts";
import { directiveOf, joinedAbout, packTrace } from "./mark.ts";

const roomMin = 1_024;
/** Beyond so much room an answer was unusual: the next one begins with little again. */
const roomKept = 8_192;
/** So many are taken out of the index one by one: most answers are short. */
const fewMost = 64;

export class MarkTable {
  length = 0;
  #hashes = new Int32Array(roomMin);
  #abouts = new Uint16Array(roomMin);
  /** By the lower bits of a hash: its place in order, from 1; twice as many as there is room. */
  #index = new Int32Array(roomMin * 2);

  clear(): void {
    const { length } = this;
    this.length = 0;
    if (this.#hashes.length > roomKept) this.#room(roomMin);
    else if (length > fewMost) this.#index.fill(0);
    else for (let place = 1; place <= length; place++) this.#index[this.#cellOf(place)] = 0;
  }

  /** Where the index has a place: behind it there may be empty cells by now. */
  #cellOf(place: number): number {
    const mask = this.#index.length - 1;
    let at = (this.#hashes[place - 1] ?? 0) & mask;
    while (this.#index[at] !== place) at = (at + 1) & mask;
    return at;
  }

  put(hash: number, about: number): void {
    const key = hash | 0;
    const mask = this.#index.length - 1;
    for (let at = key & mask; ; at = (at + 1) & mask) {
      const place = this.#index[at] ?? 0;
      if (place === 0) {
        this.#hashes[this.length] = key;
        this.#abouts[this.length++] = about;
        this.#index[at] = this.length;
        if (this.length === this.#hashes.length) this.#room(this.length * 2);
        return;
      }
      if (this.#hashes[place - 1] !== key) continue;
      const known = this.#abouts[place - 1] ?? 0;
      if (known !== about) this.#abouts[place - 1] = joinedAbout(known, about);
      return;
    }
  }

  /** As it travels. More than may be marked of one answer: what is nearest to directive words stays. */
  pack(): string {
    const { length } = this;
    if (length <= limits.traceMarksMax) return packTrace(this.#hashes, this.#abouts, length);
    const places = Array.from({ length }, (_, at) => at);
    places.sort((one, other) => directiveOf(this.#abouts[other] ?? 0) - directiveOf(this.#abouts[one] ?? 0));
    const kept = places.slice(0, limits.traceMarksMax);
    const hashes = Int32Array.from(kept, (at) => this.#hashes[at] ?? 0);
    return packTrace(
      hashes,
      Uint16Array.from(kept, (at) => this.#abouts[at] ?? 0),
      kept.length,
    );
  }

  #room(room: number): void {
    const [hashes, abouts] = [this.#hashes.subarray(0, this.length), this.#abouts.subarray(0, this.length)];
    (this.#hashes = new Int32Array(room)).set(hashes);
    (this.#abouts = new Uint16Array(room)).set(abouts);
    this.#index = new Int32Array(room * 2);
    const mask = room * 2 - 1;
    for (let place = 1; place <= this.length; place++) {
      let at = (hashes[place - 1] ?? 0) & mask;
      while (this.#index[at] !== 0) at = (at + 1) & mask;
      this.#index[at] = place;
    }
  }
}
