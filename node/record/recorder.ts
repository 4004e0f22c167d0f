/**
 * The recorder of one process: one write per tick, one confirmation by the disk for all who wait (laws 4 and 10).
 * Owns the chains, the order of records and what happens when the disk refuses. Does not own: files and seals
 * (writer.ts), waiting for the disk (commit.ts), what a start finds (recovery.ts), what a record says (its writer).
 *
 * R1. A callback without fault comes only after its record has reached what was asked: the kernel for `written`, the
 *     disk for `synced`. No promise is made per record.
 * R2. What is in a file is a prefix of what was chained. After a failed write the chains go back to what is in the
 *     files, and the next write starts a new segment that cites the last good seal.
 * R3. While the disk refuses, whoever asked to be called is told RECORD_UNAVAILABLE, and his record is not made later.
 *     Records nobody waits for are kept and written when the disk takes them again; beyond
 *     limits.recordQueueBytesMax they are counted as lost, and the count is recorded.
 * R4. Records without a session stand in the chain of shard 0. Sessions may be on shard 0 too.
 */
import assert from "node:assert";
import fs from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { Durability, RecordBody, Recorder } from "../../protocol/record.ts";
import { unchain } from "./batch.ts";
import type { Entry } from "./batch.ts";
import { Backlog } from "./backlog.ts";
import { GroupCommit, settle } from "./commit.ts";
import type { Then } from "./commit.ts";
import {
  folderMode,
  nodeDisk,
  replaceFile,
  replaceFileSync,
  syncFolderSync,
  systemCode,
  unavailable,
} from "./disk.ts";
import type { Disk } from "./disk.ts";
import { incarnationPattern } from "./folder.ts";
import { headsFile, headsText } from "./heads.ts";
import type { Chain } from "./heads.ts";
import { boundedText, lineHash, trackIntent } from "./line.ts";
import type { OpenIntent } from "./line.ts";
import { recoverFolder } from "./recovery.ts";
import type { Recovered, RecoveredTail } from "./recovery.ts";
import type { Segment } from "./segment.ts";
import { SegmentWriter, type OnWritten } from "./writer.ts";

export interface RecorderOptions {
  /** `<data>/records`; made when absent. One process at a time: the lock of the data folder is the caller's. */
  readonly folder: string;
  readonly node: string;
  /** A new name for each start, 1 to 64 of A-Z, a-z, 0-9, "_" and "-". */
  readonly incarnation: string;
  /** A segment that would grow beyond it is followed by a new one. Default limits.segmentBytesMax. */
  readonly segmentBytes?: number;
  /** 0 to limits.recordChainsMax - 1. */
  readonly shardOf: (session: SessionKey) => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Called when records can no longer be written, and with undefined when they can be again. */
  readonly onFault: (fault: GatewayError | undefined) => void;
  /** Called during open, once per tail that had to be repaired. */
  readonly onRecovered: (tail: RecoveredTail) => void;
  readonly disk?: Disk;
  /** Told of each write that went through, in order: for copies elsewhere. */
  readonly onWritten?: OnWritten;
}

/** The last seal: kept elsewhere, it proves later that nothing before it was taken away (verify.ts, expectedHead). */
export interface RecordHead {
  readonly incarnation: string;
  readonly seal: number;
  readonly hash: string;
}

export class SegmentRecorder implements Recorder {
  /** One epoch per incarnation: 1 for the first in a folder, then 2, 3, ... */
  readonly epoch: number;
  /** Intents of earlier incarnations without an outcome, oldest first. Their outcome is unknown; the caller says so. */
  readonly openIntents: readonly OpenIntent[];

  private readonly options: RecorderOptions;
  private readonly folder: string;
  private readonly folderFile: number;
  private readonly writer: SegmentWriter;
  private readonly commit: GroupCommit;
  private readonly chains = new Map<number, Chain>();
  private readonly open: Map<string, OpenIntent>;

  /** The segment in which heads.json was last taken, and its writing while that lasts. */
  private savedSegment = 1;
  private saving: Promise<void> | undefined;

  private batch: Entry[] = [];
  private batchBytes = 0;
  private syncsInBatch = 0;
  private refused: Then[] = [];
  private scheduled = false;
  private closed = false;

  private fault: GatewayError | undefined;
  private faultCode = "";
  private retry: NodeJS.Timeout | undefined;
  private readonly backlog = new Backlog();

  /** Repairs and reads what is there, then writes the first record. Throws RECORD_UNAVAILABLE when the disk refuses. */
  static open(options: RecorderOptions): SegmentRecorder {
    assert(incarnationPattern.test(options.incarnation), "an incarnation's name must do as a file name");
    try {
      fs.mkdirSync(options.folder, { recursive: true, mode: folderMode });
      const recovered = recoverFolder(options.folder);
      fs.mkdirSync(join(options.folder, options.incarnation), { mode: folderMode });
      const recorder = new SegmentRecorder(options, recovered);
      recorder.begin(recovered);
      for (const tail of recovered.tails) options.onRecovered(tail);
      return recorder;
    } catch (fault) {
      throw unavailable("the records folder cannot be opened", fault);
    }
  }

  private constructor(options: RecorderOptions, recovered: Recovered) {
    this.options = options;
    this.folder = join(options.folder, options.incarnation);
    this.folderFile = fs.openSync(this.folder, "r");
    const disk = options.disk ?? nodeDisk;
    const { node, incarnation, segmentBytes = limits.segmentBytesMax, now } = options;
    const onTurn = (segment: Segment): void => this.commit.turnTo(segment);
    this.writer = new SegmentWriter({
      disk,
      folder: this.folder,
      node,
      incarnation,
      segmentBytes,
      now,
      onTurn,
      onWritten: options.onWritten,
    });
    this.commit = new GroupCommit(disk, this.folderFile, (fault, segment) =>
      this.onSyncFault(fault, segment),
    );
    this.epoch = recovered.epoch + 1;
    this.open = recovered.open;
    this.openIntents = Array.from(recovered.open.values());
    for (const [shard, head] of recovered.heads) this.chains.set(shard, { n: 0, head });
  }

  /** False while records cannot be written. */
  get healthy(): boolean {
    return this.fault === undefined;
  }

  get head(): RecordHead {
    return { incarnation: this.options.incarnation, seal: this.writer.sealed, hash: this.writer.hash };
  }

  /**
   * @param body at most limits.recordBytesMax as a line. A longer intent is refused; of other records the event and
   *   then all but their names are left out, and `about.oversize` says so.
   */
  append(body: RecordBody, durability: Durability, then?: Then): void {
    this.schedule();
    if (this.closed || this.isFull(durability, then)) return this.turnDown(then);
    if (this.fault !== undefined) return then === undefined ? this.backlog.hold(body) : this.turnDown(then);
    const entry = this.chain(body, durability, then);
    if (entry === undefined) return this.turnDown(then);
    this.batch.push(entry);
    this.batchBytes += entry.line.length;
    if (durability === "synced" && then !== undefined) this.syncsInBatch += 1;
  }

  /** Writes and confirms what is left, and leaves an index for the next start. Later records are refused. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.flush();
    while (this.fault !== undefined && this.resume());
    clearTimeout(this.retry);
    this.commit.turnTo(undefined);
    await new Promise<void>((resolve) => this.commit.whenIdle(resolve));
    await this.saving;
    const { segment } = this.writer;
    try {
      if (segment !== undefined) replaceFileSync(join(this.folder, headsFile), this.headsText(segment));
    } catch {
      // An index only: the next start reads the records instead.
    }
    fs.closeSync(this.folderFile);
  }

  private begin({ previous, seal: last, tails }: Recovered): void {
    const first = [this.nodeRecord({ what: "opened", previous, seal: last })];
    for (const tail of tails) first.push(this.nodeRecord({ what: "tail recovered", ...tail }));
    const fault = this.writer.write(first);
    if (fault !== undefined) throw fault;
    const { segment } = this.writer;
    assert(segment !== undefined, "a write without fault has a segment");
    fs.fdatasyncSync(segment.file);
    syncFolderSync(this.folder);
    syncFolderSync(this.options.folder);
    segment.named = true;
    replaceFileSync(join(this.folder, headsFile), this.headsText(segment));
  }

  private nodeRecord(about: NonNullable<RecordBody["about"]>): Entry {
    const entry = this.chain({ kind: "node", at: this.options.now(), about }, "written", undefined);
    assert(entry !== undefined, "a node record of our own fits");
    return entry;
  }

  /** Gives a record its place. Undefined when it is an intent that is too large. */
  private chain(body: RecordBody, durability: Durability, then: Then | undefined): Entry | undefined {
    const shard = body.session === undefined ? 0 : this.options.shardOf(body.session);
    let chain = this.chains.get(shard);
    if (chain === undefined) {
      assert(Number.isInteger(shard) && shard >= 0 && shard < limits.recordChainsMax, "no such shard");
      chain = { n: 0, head: "" };
      this.chains.set(shard, chain);
    }
    const link = { shard, epoch: this.epoch, n: chain.n + 1, prev: chain.head };
    const line = boundedText(link, body);
    if (line === undefined) return undefined;
    const before = chain.head;
    const after = lineHash(line);
    chain.n = link.n;
    chain.head = after;
    return { line, body, chain, before, after, durability, then };
  }

  private isFull(durability: Durability, then: Then | undefined): boolean {
    if (this.batchBytes + this.backlog.bytes >= limits.recordQueueBytesMax) return true;
    if (durability === "written" || then === undefined) return false;
    return this.commit.waitingCount + this.syncsInBatch >= limits.recordSyncWaitingMax;
  }

  private turnDown(then: Then | undefined): void {
    if (then !== undefined) this.refused.push(then);
    else if (!this.closed) this.backlog.lost += 1;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  /** The end of the tick. */
  private flush(): void {
    this.scheduled = false;
    const batch = this.batch;
    const refused = this.refused;
    this.batch = [];
    this.batchBytes = 0;
    this.syncsInBatch = 0;
    this.refused = [];
    if (this.backlog.lost > 0 && this.fault === undefined) {
      batch.push(this.nodeRecord({ what: "records lost", lost: this.backlog.lost }));
      this.backlog.lost = 0;
    }
    if (batch.length > 0) {
      const fault = this.writer.write(batch);
      if (fault === undefined) this.announce(batch);
      else this.takeBack(batch, fault);
    }
    if (refused.length === 0) return;
    if (this.fault !== undefined) this.backlog.refused += refused.length;
    const fault =
      this.fault ?? new GatewayError("RECORD_UNAVAILABLE", "the record is too large, or too many wait");
    for (const then of refused) settle(then, fault);
  }

  private announce(batch: readonly Entry[]): void {
    for (const { body } of batch) trackIntent(this.open, body, limits.openIntentsMax);
    this.saveHeads();
    for (const { then, durability } of batch) {
      if (then === undefined) continue;
      if (durability === "synced") this.commit.want(then);
      else settle(then, undefined);
    }
    this.commit.start();
  }

  /** Once per segment, so that a start after a crash reads one segment and not all. */
  private saveHeads(): void {
    const { segment } = this.writer;
    if (segment === undefined || segment.number === this.savedSegment || this.saving !== undefined) return;
    this.savedSegment = segment.number;
    // A failure costs the next start time, nothing else.
    this.saving = replaceFile(join(this.folder, headsFile), this.headsText(segment))
      .catch(() => undefined)
      .finally(() => {
        this.saving = undefined;
      });
  }

  private headsText(segment: Segment): string {
    const { chains, open } = this;
    const { sealed, hash } = this.writer;
    return headsText({ segment: segment.number, offset: segment.bytes, seal: sealed, hash, chains, open });
  }

  private takeBack(batch: readonly Entry[], fault: Error): void {
    unchain(batch);
    this.stop(fault);
    for (const { then, body } of batch) {
      if (then === undefined) this.backlog.hold(body);
      else {
        this.backlog.refused += 1;
        settle(then, this.fault);
      }
    }
  }

  private onSyncFault(fault: Error, segment: Segment): Error {
    if (segment === this.writer.segment) this.commit.abandon();
    const told = unavailable(`segment ${segment.number} cannot be confirmed`, fault);
    this.stop(told);
    return told;
  }

  /** From here on records are refused or held, and a new segment is tried for. */
  private stop(fault: Error): void {
    this.writer.giveUp();
    this.commit.turnTo(undefined);
    if (this.fault !== undefined) return;
    this.faultCode = systemCode(fault.cause);
    this.fault = unavailable("records cannot be written", fault);
    this.options.onFault(this.fault);
    this.retryLater();
  }

  private retryLater(): void {
    if (this.closed) return;
    this.retry = setTimeout(() => this.drain(), limits.recordRetryMs);
    this.retry.unref();
  }

  private drain(): void {
    if (this.closed) return;
    if (!this.resume()) this.retryLater();
    else if (this.fault !== undefined) setImmediate(() => this.drain());
  }

  /** Writes held records, a bounded number per turn of the loop. False when the disk still refuses. */
  private resume(): boolean {
    // What is written now could not be confirmed, and the records would seem whole again.
    if (this.commit.isStuck) return false;
    const { backlog } = this;
    const bodies = backlog.peek(limits.recordsPerSealMax);
    const entries = bodies
      .map((body) => this.chain(body, "written", undefined))
      .filter((entry) => entry !== undefined);
    const last = bodies.length === backlog.length;
    if (last) {
      const { refused, lost } = backlog;
      entries.push(this.nodeRecord({ what: "written again", code: this.faultCode, refused, lost }));
    }
    const fault = this.writer.write(entries);
    if (fault !== undefined) {
      unchain(entries);
      return false;
    }
    backlog.drop(bodies.length);
    this.announce(entries);
    if (last) {
      this.fault = undefined;
      backlog.refused = 0;
      backlog.lost = 0;
      this.options.onFault(undefined);
    }
    return true;
  }
}
