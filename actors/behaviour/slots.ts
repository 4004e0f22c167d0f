/**
 * Hashes of what a session has read, each with where and how it was seen: an open table that grows to 512 slots and no
 * further. Owns what gives way to what. Does not own what is worth a slot (reading.ts).
 *
 * S1. Found within a few slots of its own place, or not there.
 * S2. When there is no room, what proves least gives way, the older first; that a mark near directive words gave way is told.
 * S3. The same marks in the same order leave the same table, put away in between or not.
 */
import { bitsFor, type BitReader, type BitWriter } from "./bitrow.ts";
import { callOf, directiveOf, joinedAbout, unpackTrace, withCall, worthOf } from "./mark.ts";

const slotsMin = 64;
const slotsMost = 512;
/** Of two: 64 slots. */
const orderMin = 6;
const probes = 8;

export class SlotTable {
  #hashes = new Int32Array(slotsMin);
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
    const hashes = this.#hashes;
    const key = hash | 0;
    const mask = hashes.length - 1;
    for (let probe = 0; probe < probes; probe++) {
      const at = (key + probe) & mask;
      const there = hashes[at] ?? 0;
      if (there === key) return this.#abouts[at] ?? 0;
      // Nothing is ever taken out, so nothing stands behind an empty slot.
      if (there === 0) return 0;
    }
    return 0;
  }

  /** @returns false when something near directive words was lost for it, or it was itself */
  add(hash: number, about: number): boolean {
    const key = hash | 0;
    const mask = this.#hashes.length - 1;
    let weakest = -1;
    let least = 99;
    for (let probe = 0; probe < probes; probe++) {
      const at = (key + probe) & mask;
      const there = this.#hashes[at] ?? 0;
      if (there === key) {
        this.#abouts[at] = joinedAbout(this.#abouts[at] ?? 0, about);
        return true;
      }
      if (there === 0) {
        this.#put(at, key, about);
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
    this.#put(weakest, key, about);
    return !isLost;
  }

  #put(at: number, hash: number, about: number): void {
    this.#hashes[at] = hash;
    this.#abouts[at] = about;
  }

  #grow(): void {
    const [hashes, abouts] = [this.#hashes, this.#abouts];
    this.#hashes = new Int32Array(hashes.length * 2);
    this.#abouts = new Uint16Array(hashes.length * 2);
    this.#count = 0;
    for (let at = 0; at < hashes.length; at++)
      if (hashes[at] !== 0) this.add(hashes[at] ?? 0, abouts[at] ?? 0);
  }

  /**
   * The table as it stands, place by place: after thawing every search finds what it found before. Of a hash the lower bits follow
   * from its place, and what is known of it is one of few kinds.
   */
  freeze(row: BitWriter): void {
    const size = this.#hashes.length;
    const order = bitsFor(size);
    const flags: number[] = [];
    let calls = 0;
    row.bits(order - orderMin, 2);
    const isFull = this.#count === size;
    row.bits(isFull ? 1 : 0, 1);
    for (let at = 0; at < size; at++) {
      const isThere = this.#hashes[at] !== 0;
      if (!isFull) row.bits(isThere ? 1 : 0, 1);
      if (!isThere) continue;
      const about = this.#abouts[at] ?? 0;
      if (!flags.includes(about & 255)) flags.push(about & 255);
      calls = Math.max(calls, callOf(about));
    }
    flags.sort((one, other) => one - other);
    row.bits(flags.length, 8);
    for (const each of flags) row.bits(each, 8);
    const [flagBits, callBits] = [bitsFor(flags.length), bitsFor(calls + 1)];
    row.bits(callBits, 4);
    for (let at = 0; at < size; at++) {
      const hash = this.#hashes[at] ?? 0;
      if (hash === 0) continue;
      row.rice((at - hash) & (size - 1), 0);
      row.bits(hash >>> order, 32 - order);
      row.bits(flags.indexOf((this.#abouts[at] ?? 0) & 255), flagBits);
      row.bits(callOf(this.#abouts[at] ?? 0), callBits);
    }
  }

  /** @returns undefined for what `freeze` does not give */
  static thaw(row: BitReader): SlotTable | undefined {
    const order = orderMin + row.bits(2);
    const size = 1 << order;
    const places: number[] = [];
    const isFull = row.bits(1) === 1;
    for (let at = 0; at < size; at++) if (isFull || row.bits(1) === 1) places.push(at);
    const flags = Array.from({ length: row.bits(8) }, () => row.bits(8));
    const [flagBits, callBits] = [bitsFor(flags.length), row.bits(4)];
    if (row.isBroken || callBits > 8 || !flags.every((each, at) => at === 0 || each > (flags[at - 1] ?? 0))) return undefined; // prettier-ignore
    const table = new SlotTable();
    table.#hashes = new Int32Array(size);
    table.#abouts = new Uint16Array(size);
    table.#count = places.length;
    for (const at of places) {
      const probe = row.rice(0);
      const hash = ((row.bits(32 - order) << order) | ((at - probe) & (size - 1))) >>> 0;
      const flag = flags[row.bits(flagBits)];
      if (row.isBroken || probe >= probes || hash === 0 || flag === undefined) return undefined;
      table.#put(at, hash, withCall(flag, row.bits(callBits)));
    }
    return table;
  }

  /** As versions before stateVersion 11 wrote it. */
  static thawList(value: unknown): SlotTable | undefined {
    if (!Array.isArray(value) || value.length !== 3) return undefined;
    const [size, places, text] = value as unknown[];
    if (typeof size !== "number" || typeof places !== "string" || typeof text !== "string") return undefined;
    if (size < slotsMin || size > slotsMost || (size & (size - 1)) !== 0) return undefined;
    const marks = unpackTrace(text);
    const gaps = places === "" ? [] : places.split(" ").map((gap) => Number.parseInt(gap, 36));
    if (marks?.count !== gaps.length) return undefined;
    const table = new SlotTable();
    table.#hashes = new Int32Array(size);
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
