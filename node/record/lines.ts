/**
 * A file as lines. Used by the writer's side and by the verifier, so it imports nothing but Node.js and knows nothing of
 * what the lines mean.
 */
import fs from "node:fs";

export interface FileLine {
  /** Without the line feed. Valid until the next line is read. */
  readonly bytes: Buffer;
  /** With the line feed. */
  readonly whole: Buffer;
  /** Offset of its first byte in the file. */
  readonly at: number;
  /** False for bytes after the last line feed. */
  readonly ended: boolean;
}

const chunkBytes = 1024 * 1024;
const lineFeed = 10;

/**
 * The lines of a file from an offset on, in memory of one chunk. A line longer than a chunk, which nobody wrote here,
 * comes in pieces of at least that length.
 */
export function* readLines(path: string, from = 0): Generator<FileLine, void, void> {
  const file = fs.openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let held = 0;
    let base = from;
    for (;;) {
      const read = fs.readSync(file, chunk, held, chunk.length - held, base + held);
      const end = held + read;
      let start = 0;
      for (;;) {
        const feed = chunk.indexOf(lineFeed, start);
        if (feed < 0 || feed >= end) break;
        yield {
          bytes: chunk.subarray(start, feed),
          whole: chunk.subarray(start, feed + 1),
          at: base + start,
          ended: true,
        };
        start = feed + 1;
      }
      const rest = end - start;
      if (read === 0 || rest === chunk.length) {
        const bytes = chunk.subarray(start, end);
        if (rest > 0) yield { bytes, whole: bytes, at: base + start, ended: false };
        if (read === 0) return;
        start = end;
      }
      chunk.copy(chunk, 0, start, end);
      base += start;
      held = end - start;
    }
  } finally {
    fs.closeSync(file);
  }
}

/**
 * The lines of a file from the last to the first, without line feeds. What no line feed ends comes first, and may be
 * empty. A line longer than a chunk, which nobody wrote here, is left out.
 *
 * @param end read only the bytes before this offset
 */
export function* readLinesBackward(path: string, end: number): Generator<Buffer, void, void> {
  const file = fs.openSync(path, "r");
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let to = end; to > 0; to -= backwardBytes) {
      const from = Math.max(0, to - backwardBytes);
      const chunk = Buffer.allocUnsafe(to - from);
      const read = fs.readSync(file, chunk, 0, chunk.length, from);
      const bytes = Buffer.concat([
        chunk.subarray(0, read),
        rest.length > chunkBytes ? Buffer.alloc(0) : rest,
      ]);
      let stop = bytes.length;
      while (stop > 0) {
        const feed = bytes.lastIndexOf(lineFeed, stop - 1);
        if (feed < 0) break;
        yield bytes.subarray(feed + 1, stop);
        stop = feed;
      }
      rest = bytes.subarray(0, stop);
    }
    yield rest;
  } finally {
    fs.closeSync(file);
  }
}

/** Less than a chunk: who reads backwards wants a few lines. */
const backwardBytes = 256 * 1024;
