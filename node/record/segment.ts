/**
 * One segment file while it is written. Owns the file and its length; not what the bytes mean (line.ts), nor when they
 * must be on the platter (commit.ts).
 *
 * S1. A write goes in whole or not at all: what a failed write left behind is cut off again, if the disk lets us.
 * S2. After a failed write nothing more is written to this file; the recorder goes on in a new one.
 */
import type { Disk } from "./disk.ts";

export class Segment {
  readonly number: number;
  readonly path: string;
  readonly file: number;
  private readonly disk: Disk;
  private length = 0;
  /** The folder's entry for this file is known to be on the platter. */
  named = false;

  /** Throws what the disk throws. */
  constructor(disk: Disk, path: string, number: number) {
    this.disk = disk;
    this.path = path;
    this.number = number;
    this.file = disk.create(path);
  }

  get bytes(): number {
    return this.length;
  }

  /** Throws what the disk throws, after cutting back to where the file was. */
  append(bytes: Uint8Array): void {
    let done = 0;
    try {
      while (done < bytes.length) {
        // Fewer bytes than asked mean a full disk; the next attempt says so with a code.
        const wrote = this.disk.write(this.file, bytes, done, bytes.length - done);
        if (wrote === 0) throw new Error("the disk took no bytes");
        done += wrote;
      }
    } catch (fault) {
      this.cutBack();
      throw fault;
    }
    this.length += bytes.length;
  }

  /** False when the disk refuses even that. Then the file ends in a torn write, which the verifier reports. */
  cutBack(): boolean {
    try {
      this.disk.cut(this.file, this.length);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.disk.close(this.file);
  }
}
