/**
 * The segments of one incarnation, written one after the other. Owns the seals' numbers and hashes and the change of
 * files. Does not own chains, callbacks or confirmation by the disk (recorder.ts, commit.ts).
 *
 * W1. Seals go on from segment to segment: the head of a new one cites the last good seal.
 * W2. A failed write changes nothing here; the next one begins a new segment once giveUp was called.
 */
import { join } from "node:path";
import { recordVersion } from "../../protocol/record.ts";
import type { SegmentHead } from "../../protocol/record.ts";
import { sealBatch } from "./batch.ts";
import type { Entry } from "./batch.ts";
import { unavailable } from "./disk.ts";
import type { Disk } from "./disk.ts";
import { segmentFile } from "./folder.ts";
import { headText } from "./line.ts";
import { Segment } from "./segment.ts";

export interface WriterOptions {
  readonly disk: Disk;
  /** Of the incarnation. Nobody else writes there. */
  readonly folder: string;
  readonly node: string;
  readonly incarnation: string;
  readonly segmentBytes: number;
  readonly now: () => number;
  /** A new segment has its first records. */
  readonly onTurn: (segment: Segment) => void;
  /** What was written, and where: for copies elsewhere. */
  readonly onWritten: OnWritten | undefined;
}

export type OnWritten = (piece: { readonly segment: number; readonly offset: number; readonly bytes: Uint8Array }) => void; // prettier-ignore

export class SegmentWriter {
  private readonly options: WriterOptions;
  private current: Segment | undefined;
  /** Number of the last segment that has records. */
  private number = 0;
  /** Number and hash of the last seal. */
  sealed = 0;
  hash = "";

  constructor(options: WriterOptions) {
    this.options = options;
  }

  /** The segment that is written; undefined before the first write and after giveUp. */
  get segment(): Segment | undefined {
    return this.current;
  }

  /** The next write goes into a new segment. */
  giveUp(): void {
    this.current = undefined;
  }

  /** One write to the disk, into a new segment when there is none or it is full. Returns why it failed. */
  write(entries: readonly Entry[]): Error | undefined {
    const segment = this.current;
    let bytes = 0;
    for (const { line } of entries) bytes += line.length + 1;
    try {
      if (segment === undefined || segment.bytes + bytes > this.options.segmentBytes) this.begin(entries);
      else {
        const { text, seal, hash } = sealBatch(entries, this.sealed, this.hash);
        this.append(segment, text);
        this.sealed = seal;
        this.hash = hash;
      }
      return undefined;
    } catch (fault) {
      return unavailable(`segment ${segment?.number ?? this.number + 1} cannot be written`, fault);
    }
  }

  private append(segment: Segment, text: string): void {
    const { bytes: offset, number } = segment;
    const bytes = Buffer.from(text);
    segment.append(bytes);
    this.options.onWritten?.({ segment: number, offset, bytes });
  }

  private begin(entries: readonly Entry[]): void {
    const { disk, folder, node, incarnation, now } = this.options;
    const number = this.number + 1;
    const path = join(folder, segmentFile(number));
    const opened = Math.trunc(now());
    const head: SegmentHead = {
      segment: number,
      v: recordVersion,
      node,
      incarnation,
      opened,
      prev: this.hash,
    };
    const { text, seal, hash } = sealBatch(entries, this.sealed, this.hash, headText(head));
    let segment: Segment | undefined;
    try {
      segment = new Segment(disk, path, number);
      this.append(segment, text);
    } catch (fault) {
      segment?.close();
      this.removeFailed(path);
      throw fault;
    }
    this.current = segment;
    this.number = number;
    this.sealed = seal;
    this.hash = hash;
    this.options.onTurn(segment);
  }

  /** No record was ever announced from a file of a number not yet in use: it can only be a failed attempt of ours. */
  private removeFailed(path: string): void {
    try {
      this.options.disk.remove(path);
    } catch {
      // The next attempt finds it in its way, fails and comes here again.
    }
  }
}
