/**
 * A records folder as it lies on disk: `<incarnation>/000001.jsonl`, `000002.jsonl`, ... Owns names, order and the
 * reading of lines. Changes nothing.
 *
 * F1. Incarnations are ordered by the epoch their first record bears, never by name, clock or file time.
 */
import fs from "node:fs";
import { join } from "node:path";
import { limits } from "../../protocol/limits.ts";
import { readPrefix } from "./line.ts";

export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  /** `<incarnation>/<file>`, as reports name it. */
  readonly name: string;
}

export interface Incarnation {
  readonly name: string;
  /** Undefined when no record line can be read at the start of its first segment. */
  readonly epoch: number | undefined;
  readonly segments: readonly SegmentFile[];
}

const segmentPattern = /^\d{6,9}\.jsonl$/;

/** File names of incarnations: what cannot leave the folder and needs no escaping anywhere. */
export const incarnationPattern = /^[A-Za-z0-9_-]{1,64}$/;

export function segmentFile(number: number): string {
  return `${String(number).padStart(6, "0")}.jsonl`;
}

/** All incarnations that have segments, oldest first; those without a readable epoch before all others. */
export function listIncarnations(folder: string): Incarnation[] {
  const found: Incarnation[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !incarnationPattern.test(entry.name)) continue;
    const segments = listSegments(folder, entry.name);
    const [first] = segments;
    if (first !== undefined) found.push({ name: entry.name, epoch: readEpoch(first.path), segments });
  }
  return found.sort((a, b) => (a.epoch ?? 0) - (b.epoch ?? 0));
}

export function listSegments(folder: string, incarnation: string): SegmentFile[] {
  return fs
    .readdirSync(join(folder, incarnation))
    .filter((name) => segmentPattern.test(name))
    .map((name) => ({
      number: Number.parseInt(name, 10),
      path: join(folder, incarnation, name),
      name: `${incarnation}/${name}`,
    }))
    .sort((a, b) => a.number - b.number);
}

/** The first record of an incarnation is short; only a damaged file makes us look further. */
const glanceBytes = 4_096;

function readEpoch(path: string): number | undefined {
  const size = fs.statSync(path).size;
  for (const lookBytes of [glanceBytes, 4 * limits.recordBytesMax]) {
    const text = readRange(path, 0, Math.min(size, lookBytes)).toString("latin1");
    for (const line of text.split("\n")) {
      const epoch = readPrefix(line)?.epoch;
      if (epoch !== undefined) return epoch;
    }
    if (size <= lookBytes) break;
  }
  return undefined;
}

/** Bytes `from` to `to` of a file; fewer when the file ends before. */
export function readRange(path: string, from: number, to: number): Buffer {
  const file = fs.openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
    let length = 0;
    while (length < bytes.length) {
      const read = fs.readSync(file, bytes, length, bytes.length - length, from + length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    fs.closeSync(file);
  }
}
