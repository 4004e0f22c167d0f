/**
 * Hashes of what a session has read, each with where and how it was seen: an open table that grows to 512 slots and no
 * further. Owns what gives way to what. Does not own what is worth a slot (reading.ts).
 *
 * S1. Found within a few slots of its own place, or not there.
 * S2. When there is no room, what proves least gives way, the older first; that a mark near directive words gave way is told.
 * S3. The same marks in the same order leave the same table, put away in between or not.
 */
import { joinedAbout, directiveOf, packTrace, unpackTrace, worthOf } from "./mark.ts";

const slotsMin = 64;
const slotsMost = 512;
const probes = 8;

export class SlotTable {
  #hashes = new Uint32Array(slotsMin);
  #abouts = new Uint16Array(slotsMin);
  #count = 0;

  get bytes(): number {
    return this.#hashes.byteLength + this.#abouts.byteLength;
  }

  get count(): number {
    return this.#count;
  }

  /** What is known of a hash; 0 for nothing. */
  find(hash: number): number {
    const mask = this.#hashes.length - 1;
    for (let probe = 0; probe < probes; probe++) {
      const at = (hash + probe) & mask;
      const there = this.#hashes[at] ?? 0;
      if (there === hash) return this.#abouts[at] ?? 0;
      // Nothing is ever taken out, so nothing stands behind an empty slot.
      if (there === 0) return 0;
    }
    return 0;
  }

  /** @returns false when something near directive words was lost for it, or it was itself */
  add(hash: number, about: number): boolean {
    const mask = this.#hashes.length - 1;
    let weakest = -1;
    let least = 99;
    for (let probe = 0; probe < probes; probe++) {
      const at = (hash + probe) & mask;
      const there = this.#hashes[at] ?? 0;
      if (there === hash) {
        this.#abouts[at] = joinedAbout(this.#abouts[at] ?? 0, about);
        return true;
      }
      if (there === 0) {
        this.#put(at, hash, about);
        this.#count++;
        if (this.#count * 4 > this.#hashes.length * 3 && this.#hashes.length < slotsMost) this.#grow();
        return true;
      }
      const worth = worthOf(this.#abouts[at] ?? 0);
      if (worth < least) [least, weakest] = [worth, at];
    }
    if (this.#hashes.length < slotsMost) {
      this.#grow();
      return this.add(hash, about);
    }
    if (worthOf(about) < least) return directiveOf(about) < 2;
    const isLost = directiveOf(this.#abouts[weakest] ?? 0) >= 2;
    this.#put(weakest, hash, about);
    return !isLost;
  }

  #put(at: number, hash: number, about: number): void {
    this.#hashes[at] = hash;
    this.#abouts[at] = about;
  }

  #grow(): void {
    const [hashes, abouts] = [this.#hashes, this.#abouts];
    this.#hashes = new Uint32Array(hashes.length * 2);
    this.#abouts = new Uint16Array(hashes.length * 2);
    this.#count = 0;
    for (let at = 0; at < hashes.length; at++)
      if (hashes[at] !== 0) this.add(hashes[at] ?? 0, abouts[at] ?? 0);
  }

  /** The table as it stands, place by place: after thawing every search finds what it found before. */
  freeze(): readonly [size: number, places: string, marks: string] {
    const hashes: number[] = [];
    const abouts: number[] = [];
    let places = "";
    let gap = 0;
    for (let at = 0; at < this.#hashes.length; at++) {
      if (this.#hashes[at] === 0) {
        gap++;
        continue;
      }
      places += `${gap.toString(36)} `;
      gap = 0;
      hashes.push(this.#hashes[at] ?? 0);
      abouts.push(this.#abouts[at] ?? 0);
    }
    return [this.#hashes.length, places.trimEnd(), packTrace(hashes, abouts, hashes.length)];
  }

  static thaw(value: unknown): SlotTable | undefined {
    if (!Array.isArray(value) || value.length !== 3) return undefined;
    const [size, places, text] = value as unknown[];
    if (typeof size !== "number" || typeof places !== "string" || typeof text !== "string") return undefined;
    if (size < slotsMin || size > slotsMost || (size & (size - 1)) !== 0) return undefined;
    const marks = unpackTrace(text);
    const gaps = places === "" ? [] : places.split(" ").map((gap) => Number.parseInt(gap, 36));
    if (marks?.count !== gaps.length) return undefined;
    const table = new SlotTable();
    table.#hashes = new Uint32Array(size);
    table.#abouts = new Uint16Array(size);
    let at = -1;
    for (const [row, gap] of gaps.entries()) {
      at += gap + 1;
      const hash = marks.hash(row);
      if (!(gap >= 0) || !(at < size) || hash === 0 || ((at - hash) & (size - 1)) >= probes) return undefined;
      table.#put(at, hash, marks.about(row));
    }
    table.#count = gaps.length;
    return table;
  }
}
