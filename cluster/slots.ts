/**
 * Rows of bytes by key, held in a few large buffers: an object and a buffer for each of a million rows would take several
 * times what they hold. Owns where each row lies. Does not own what is in it, nor when it is written (passivation.ts).
 *
 * S1. A row lies in a slot of whole units, and its slot is its own until it is removed or outgrows it.
 * S2. A slot that is free is given to the next row of its size: no row is ever moved for another, so no turn waits for that.
 * S3. What is read is the reader's own: a later row in the same slot does not change it.
 */

/** Slots begin and end at whole units. */
const unitBytes = 32;
const chunkUnits = 2_048;
/** Its length and its time, before each row. */
const headBytes = 12;
/** A larger row has a buffer of its own, so that what is left at the end of a chunk is little. */
const rowBytesMax = 16_384;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

interface Own {
  readonly bytes: Uint8Array;
  readonly at: number;
}

export class Slots {
  /** First unit of each row, counted over all chunks. */
  readonly #places = new Map<string, number>();
  readonly #large = new Map<string, Own>();
  readonly #chunks: Chunk[] = [];
  /** By units: places of slots that were left. */
  readonly #free = new Map<number, number[]>();
  #next = 0;

  get size(): number {
    return this.#places.size + this.#large.size;
  }

  /** Bytes of buffers, used and free. */
  get bytes(): number {
    let bytes = this.#chunks.length * chunkUnits * unitBytes;
    for (const { bytes: own } of this.#large.values()) bytes += own.length;
    return bytes;
  }

  get(key: string): Uint8Array | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return this.#large.get(key)?.bytes.slice();
    const { bytes, view } = this.#chunkOf(place);
    const from = offsetOf(place);
    return bytes.slice(from + headBytes, from + headBytes + view.getUint32(from));
  }

  /** Undefined without a row. */
  at(key: string): number | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return this.#large.get(key)?.at;
    return this.#chunkOf(place).view.getFloat64(offsetOf(place) + 4);
  }

  set(key: string, row: Uint8Array, at: number): void {
    const before = this.#places.get(key);
    if (row.length > rowBytesMax) {
      if (before !== undefined) this.delete(key);
      this.#large.set(key, { bytes: new Uint8Array(row), at });
      return;
    }
    const units = unitsOf(row.length);
    let place = before;
    if (before === undefined || this.#unitsAt(before) !== units) {
      this.delete(key);
      place = this.#take(units);
      this.#places.set(key, place);
    }
    const { bytes, view } = this.#chunkOf(place ?? 0);
    const from = offsetOf(place ?? 0);
    view.setUint32(from, row.length);
    view.setFloat64(from + 4, at);
    bytes.set(row, from + headBytes);
  }

  delete(key: string): void {
    this.#large.delete(key);
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#places.delete(key);
    this.#leave(place, this.#unitsAt(place));
  }

  *keys(): Generator<string> {
    yield* this.#places.keys();
    yield* this.#large.keys();
  }

  #take(units: number): number {
    const free = this.#free.get(units)?.pop();
    if (free !== undefined) return free;
    const left = this.#chunks.length * chunkUnits - this.#next;
    if (left < units) {
      if (left > 0) this.#leave(this.#next, left);
      this.#next += left;
      const bytes = new Uint8Array(chunkUnits * unitBytes);
      this.#chunks.push({ bytes, view: new DataView(bytes.buffer) });
    }
    const place = this.#next;
    this.#next += units;
    return place;
  }

  #leave(place: number, units: number): void {
    const known = this.#free.get(units);
    if (known === undefined) this.#free.set(units, [place]);
    else known.push(place);
  }

  #unitsAt(place: number): number {
    return unitsOf(this.#chunkOf(place).view.getUint32(offsetOf(place)));
  }

  #chunkOf(place: number): Chunk {
    return this.#chunks[Math.floor(place / chunkUnits)] as Chunk;
  }
}

function unitsOf(rowBytes: number): number {
  return Math.ceil((headBytes + rowBytes) / unitBytes);
}

function offsetOf(place: number): number {
  return (place % chunkUnits) * unitBytes;
}
