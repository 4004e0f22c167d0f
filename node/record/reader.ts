/**
 * Search in records: all of them in order, the last ones, or those that come. For the command line, which reads the
 * folder beside a running gateway. Judges nothing: a line that cannot be read is left out here and found by verify.ts.
 *
 * A line counts once its line feed is written; a record may be seen before its seal.
 */
import fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { RecordKind, RecordLine } from "../../protocol/record.ts";
import { listIncarnations } from "./folder.ts";
import type { SegmentFile } from "./folder.ts";
import { readPrefix } from "./line.ts";
import { readLines, readLinesBackward } from "./lines.ts";

/** All that is given must be equal. */
export interface RecordFilter {
  readonly session?: string;
  readonly op?: string;
  readonly kind?: RecordKind;
  readonly name?: string;
  /** Epoch milliseconds: this time or later. */
  readonly since?: number;
}

/** Records in the order they were written, oldest incarnation first. */
export function* readRecords(folder: string, filter: RecordFilter = {}): Generator<RecordLine, void, void> {
  const select = selector(filter);
  for (const segment of listSegments(folder)) {
    for (const { bytes, ended } of readLines(segment.path)) {
      const record = ended ? select(bytes) : undefined;
      if (record !== undefined) yield record;
    }
  }
}

/** The last `count` records, oldest first. Reads from the end and no further than it must. */
export function tailRecords(folder: string, filter: RecordFilter, count: number): RecordLine[] {
  const segments = listSegments(folder);
  return readBack(segments, segments.at(-1), sizeOf(segments.at(-1)), filter, count);
}

/** How long a new record may go unseen: short for a reader's eye, long for a disk. */
const pollMs = 200;

/**
 * The last `count` records, then each one that is written, until the signal aborts. Follows into new segments and
 * incarnations; waits for a folder that is not there yet.
 */
export async function* followRecords(
  folder: string,
  filter: RecordFilter,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<RecordLine, void, void> {
  const select = selector(filter);
  let segments = listSegments(folder);
  let current = segments.at(-1);
  let offset = current === undefined ? 0 : lastLineEnd(current);
  yield* readBack(segments, current, offset, filter, count);
  while (!signal.aborted) {
    // Listed before the current segment is read to its end: once there is a newer one, no more comes into it.
    segments = listSegments(folder);
    const behind = segments.findIndex(({ path }) => path === current?.path) + 1;
    if (current !== undefined) {
      for (const line of readLines(current.path, offset)) {
        if (!line.ended) break;
        offset = line.at + line.whole.length;
        const record = select(line.bytes);
        if (record !== undefined) yield record;
      }
    }
    const next = segments[behind];
    if (next !== undefined) {
      current = next;
      offset = 0;
    } else await setTimeout(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function listSegments(folder: string): SegmentFile[] {
  if (!fs.existsSync(folder)) return [];
  return listIncarnations(folder).flatMap(({ segments }) => segments);
}

function sizeOf(segment: SegmentFile | undefined): number {
  return segment === undefined ? 0 : fs.statSync(segment.path).size;
}

function lastLineEnd(segment: SegmentFile): number {
  const size = sizeOf(segment);
  const [unfinished] = readLinesBackward(segment.path, size);
  return size - (unfinished?.length ?? 0);
}

/** @param last read no segment behind this one, and of it no byte from `end` on */
function readBack(
  segments: readonly SegmentFile[],
  last: SegmentFile | undefined,
  end: number,
  filter: RecordFilter,
  count: number,
): RecordLine[] {
  const select = selector(filter);
  const found: RecordLine[] = [];
  for (const segment of segments.toReversed()) {
    const lines = readLinesBackward(segment.path, segment === last ? end : sizeOf(segment));
    lines.next();
    for (const bytes of lines) {
      if (found.length >= count || isBefore(bytes, filter.since)) return found.reverse();
      const record = select(bytes);
      if (record !== undefined) found.push(record);
    }
  }
  return found.reverse();
}

/** Records come in the order of their times, so the first that is too old ends the way back. */
function isBefore(line: Buffer, since: number | undefined): boolean {
  if (since === undefined) return false;
  const prefix = readPrefix(line.toString("latin1"));
  return prefix !== undefined && prefix.at < since;
}

/** Reads a line if it is a record that the filter wants. Most lines are passed over by their bytes alone. */
function selector(filter: RecordFilter): (bytes: Buffer) => RecordLine | undefined {
  const { session, op, kind, name, since = Number.NEGATIVE_INFINITY } = filter;
  const wanted = Object.entries({ session, op, kind, name }).filter(([, value]) => value !== undefined);
  const needles = wanted.map(([key, value]) => Buffer.from(`"${key}":${JSON.stringify(value)}`));
  return (bytes) => {
    if (!needles.every((needle) => bytes.includes(needle))) return undefined;
    const prefix = readPrefix(bytes.toString("latin1"));
    if (prefix === undefined || prefix.at < since) return undefined;
    const record = parse(bytes);
    const fits =
      record !== undefined && wanted.every(([key, value]) => record[key as keyof RecordLine] === value);
    return fits ? record : undefined;
  };
}

function parse(bytes: Buffer): RecordLine | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as RecordLine;
  } catch {
    return undefined;
  }
}
