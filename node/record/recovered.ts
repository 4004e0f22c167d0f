/**
 * A records folder put together again from pieces that were kept elsewhere. Owns which bytes of which segment there are, and
 * what is missing between them. Does not own where pieces come from (recovering.ts), nor whether what they give holds (verify.ts).
 *
 * R1. Nothing is invented: a byte stands in a segment only if a piece brought it. What is missing in the middle is left out, and
 *     told; the verifier finds the place.
 * R2. A piece that comes twice changes nothing. One that contradicts what is there does not change it either, and is told.
 * R3. Names from elsewhere cannot leave the folder, and numbers from elsewhere cannot fill the disk: what is beyond a
 *     segment's bounds is refused.
 */
import fs from "node:fs";
import { join } from "node:path";
import type { RecordPiece } from "../../cluster/tailbatch.ts";
import { incarnationPattern, segmentFile } from "./folder.ts";

/** records.segmentBytes goes up to 1 GiB, and a single write may be longer. */
const segmentBytesMax = 1_152 * 1024 * 1024;
const segmentMax = 999_999_999;
const copyBytes = 1024 * 1024;

/** From a byte up to another one, which is not in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface RecoveredSegment {
  readonly segment: number;
  /** Of the bytes that the machine wrote, those that are here. */
  readonly bytes: number;
  /** Between those. Behind the last one nobody knows. */
  readonly missing: readonly Stretch[];
}

export interface RecoveredIncarnation {
  readonly incarnation: string;
  readonly segments: readonly RecoveredSegment[];
  /** Whole segments between those. */
  readonly missing: readonly number[];
}

/** Makes the folder. One incarnation after the other. */
export class RecoveredFolder {
  readonly #folder: string;

  /** @param folder that is empty, or is not there */
  constructor(folder: string) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  /** @throws RangeError for a name that cannot be one */
  open(incarnation: string): RecoveredRecords {
    if (!incarnationPattern.test(incarnation)) throw new RangeError("this names no incarnation");
    const path = join(this.#folder, incarnation);
    fs.mkdirSync(path, { mode: 0o700 });
    return new RecoveredRecords(path, incarnation);
  }
}

export class RecoveredRecords {
  readonly #path: string;
  readonly #name: string;
  readonly #segments = new Map<number, Gathered>();
  /** Pieces that were not taken: out of bounds, or against what is there. */
  refused = 0;

  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  add({ segment, offset, bytes }: RecordPiece): void {
    const isSound = segment >= 1 && segment <= segmentMax && offset + bytes.length <= segmentBytesMax;
    if (!isSound || bytes.length === 0) {
      this.refused++;
      return;
    }
    const known = this.#segments.get(segment) ?? new Gathered(join(this.#path, `${segmentFile(segment)}.part`)); // prettier-ignore
    this.#segments.set(segment, known);
    if (!known.add(offset, bytes)) this.refused++;
  }

  /** Files get their names. */
  close(): RecoveredIncarnation {
    const numbers = [...this.#segments.keys()].sort((one, other) => one - other);
    const segments = numbers.map((segment) => {
      const gathered = this.#segments.get(segment) as Gathered;
      return { segment, ...gathered.close(join(this.#path, segmentFile(segment))) };
    });
    const missing: number[] = [];
    for (const [at, number] of numbers.entries())
      for (let each = (numbers[at - 1] ?? number - 1) + 1; each < number && missing.length < numbers.length + 1_000; each++) missing.push(each); // prettier-ignore
    if (numbers.length === 0) fs.rmdirSync(this.#path);
    return { incarnation: this.#name, segments, missing };
  }
}

/** One segment: its bytes where they were, and which of them there are. */
class Gathered {
  readonly #path: string;
  readonly #file: number;
  /** In order, apart from each other. */
  #stretches: Stretch[] = [];

  constructor(path: string) {
    this.#path = path;
    this.#file = fs.openSync(path, "wx+", 0o600);
  }

  /** @returns false when other bytes are there */
  add(offset: number, bytes: Uint8Array): boolean {
    const piece = { from: offset, to: offset + bytes.length };
    const touching = this.#stretches.filter(({ from, to }) => from <= piece.to && to >= piece.from);
    for (const { from, to } of touching)
      if (!this.#isSame(Math.max(from, piece.from), Math.min(to, piece.to), offset, bytes)) return false;
    fs.writeSync(this.#file, bytes, 0, bytes.length, offset);
    const joined = { from: Math.min(piece.from, ...touching.map(({ from }) => from)), to: Math.max(piece.to, ...touching.map(({ to }) => to)) }; // prettier-ignore
    this.#stretches = [...this.#stretches.filter((each) => !touching.includes(each)), joined].sort((one, other) => one.from - other.from); // prettier-ignore
    return true;
  }

  #isSame(from: number, to: number, offset: number, bytes: Uint8Array): boolean {
    if (to <= from) return true;
    const there = Buffer.alloc(to - from);
    fs.readSync(this.#file, there, 0, there.length, from);
    return there.equals(bytes.subarray(from - offset, to - offset));
  }

  close(name: string): { readonly bytes: number; readonly missing: readonly Stretch[] } {
    const missing: Stretch[] = [];
    let [at, bytes] = [0, 0];
    for (const { from, to } of this.#stretches) {
      if (from > at) missing.push({ from: at, to: from });
      bytes += to - from;
      at = to;
    }
    if (missing.length > 0) this.#closeUp();
    fs.ftruncateSync(this.#file, bytes);
    fs.fsyncSync(this.#file);
    fs.closeSync(this.#file);
    fs.renameSync(this.#path, name);
    return { bytes, missing };
  }

  /** Moves what is there together, to the front. */
  #closeUp(): void {
    let to = 0;
    const buffer = Buffer.alloc(copyBytes);
    for (const stretch of this.#stretches)
      for (let from = stretch.from; from < stretch.to;) {
        const read = fs.readSync(this.#file, buffer, 0, Math.min(copyBytes, stretch.to - from), from);
        if (read === 0) throw new Error("what was written is not there");
        fs.writeSync(this.#file, buffer, 0, read, to);
        from += read;
        to += read;
      }
  }
}
