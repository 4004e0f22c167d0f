/**
 * The tail: what this process journals and records goes to the store too, in numbered batches. Owns when a batch leaves,
 * what waits while the store is away, and what is dropped then. Does not own where batches stand (archive.ts), what is
 * read from them (past.ts), nor what is in snapshots (snapshots.ts).
 *
 * T1. Nothing waits for it: no call, no answer, no record. It is never the only copy.
 * T2. Batches of a process are numbered without gap, so a reader sees what is missing and what came twice. One that is
 *     sent again has the same bytes.
 * T3. What waits is bounded: beyond it the oldest batches are dropped, and counted. Their numbers are missing for good.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { TurnEntry } from "./journal.ts";
import { encodeBatch, packPiece, packTurn } from "./tailbatch.ts";
import type { RecordPiece } from "./tailbatch.ts";

/** @param then given the batch's number in the store; undefined when nothing was heard of it */
export type Append = (
  number: number,
  bytes: Uint8Array,
  then: (sequence: number | undefined) => void,
) => void;

/** Places that are remembered while nothing is covered. */
const placesMax = 1_024;

interface Closed {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly entries: number;
  isUnderWay: boolean;
  againAt: number;
}

export class Tail<Event extends ActorEvent> {
  readonly #pack: (event: Event) => Uint8Array;
  #append: Append | undefined;
  #entries: Uint8Array[] = [];
  #bytes = 0;
  #openedAt = 0;
  #number = 1;
  #covered = 0;
  /** In the order of their numbers. */
  readonly #waiting: Closed[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  /** Where acknowledged batches stand, of those at or behind what is covered. */
  #places: { readonly number: number; readonly sequence: number }[] = [];
  #now = 0;
  readonly figures = { batches: 0, entries: 0, dropped: 0 };

  constructor(pack: (event: Event) => Uint8Array) {
    this.#pack = pack;
  }

  /** Number of the batch that is being filled: a turn that comes now stands in it, or behind it. */
  get number(): number {
    return this.#number;
  }

  /** Bytes that wait for the store. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.#bytes;
  }

  /** From now on there is a store. */
  join(append: Append): void {
    this.#append = append;
    this.#send();
  }

  turn(entry: TurnEntry<Event>, cited: { readonly epoch: number; readonly n: number }): void {
    const event = (entry.packed ??= this.#pack(entry.event));
    this.#add(packTurn({ entry, cited }, event));
  }

  record({ segment, offset, bytes }: RecordPiece): void {
    const size = limits.tailBatchBytesMax / 2;
    for (let from = 0; from < bytes.length; from += size)
      this.#add(packPiece({ segment, offset: offset + from, bytes: bytes.subarray(from, from + size) }));
  }

  /** All turns in batches up to this one are in snapshots that are acknowledged. */
  cover(number: number): void {
    if (number <= this.#covered) return;
    this.#covered = number;
    const behind = this.#places.filter((place) => place.number > number);
    const last = this.#places.findLast((place) => place.number <= number);
    this.#places = last === undefined ? behind : [last, ...behind];
  }

  tick(now: number): void {
    this.#now = now;
    if (this.#entries.length > 0 && now - this.#openedAt >= limits.tailPauseMs) this.#close();
    this.#send();
  }

  /** What is not full leaves too: before the process ends. */
  flush(): void {
    if (this.#entries.length > 0) this.#close();
    this.#send();
  }

  #add(entry: Uint8Array): void {
    if (this.#bytes + entry.length > limits.tailBatchBytesMax && this.#entries.length > 0) this.#close();
    if (this.#entries.length === 0) this.#openedAt = this.#now;
    this.#entries.push(entry);
    this.#bytes += entry.length;
    if (this.#entries.length >= limits.tailBatchEntriesMax) this.#close();
  }

  #close(): void {
    const number = this.#number++;
    const sequence = this.#places[0]?.sequence ?? 0;
    const bytes = encodeBatch({ number, covered: this.#covered, sequence }, this.#entries);
    this.#waiting.push({ number, bytes, entries: this.#entries.length, isUnderWay: false, againAt: 0 });
    this.#waitingBytes += bytes.length;
    this.#entries = [];
    this.#bytes = 0;
    while (this.#waitingBytes > limits.tailWaitingBytesMax) {
      const oldest = this.#waiting.findIndex(({ isUnderWay }) => !isUnderWay);
      const [dropped] = oldest < 0 ? [] : this.#waiting.splice(oldest, 1);
      if (dropped === undefined) break;
      this.#waitingBytes -= dropped.bytes.length;
      this.figures.dropped += dropped.entries;
    }
    this.#send();
  }

  #send(): void {
    if (this.#append === undefined) return;
    for (const batch of this.#waiting) {
      if (this.#underWay >= limits.tailUnderWayMax) return;
      if (batch.isUnderWay || batch.againAt > this.#now) continue;
      batch.isUnderWay = true;
      this.#underWay++;
      this.#append(batch.number, batch.bytes, (sequence) => this.#heard(batch, sequence));
    }
  }

  #heard(batch: Closed, sequence: number | undefined): void {
    this.#underWay--;
    batch.isUnderWay = false;
    if (sequence === undefined) {
      batch.againAt = this.#now + limits.tailAgainMs;
      return;
    }
    const at = this.#waiting.indexOf(batch);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#waitingBytes -= batch.bytes.length;
    this.figures.batches++;
    this.figures.entries += batch.entries;
    this.#place(batch.number, sequence);
    this.#send();
  }

  #place(number: number, sequence: number): void {
    const isNext = (this.#places.at(-1)?.number ?? 0) < number;
    this.#places.push({ number, sequence });
    if (!isNext) this.#places.sort((one, other) => one.number - other.number);
    // While nothing is covered: to begin to read earlier than need be does no harm.
    if (this.#places.length > placesMax) this.#places.splice(1, 1);
  }
}
