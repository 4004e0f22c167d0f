/**
 * Group commit: who waits until the disk has confirmed. Owns the waiting callbacks and the files that are full but not
 * yet confirmed. One confirmation is in flight at a time; the next covers all that came meanwhile.
 *
 * C1. A callback gets no fault only after every byte written before it was asked for is confirmed.
 * C2. A file is closed only when no confirmation of it is in flight.
 * C3. A failed confirmation is never tried again on the same file: the kernel may have dropped the pages and would say
 *     yes the second time.
 * C4. Nobody waits longer than limits.recordSyncMs for one confirmation. One that has not come by then counts as
 *     failed; while it is still out, no other is asked for, because each would hold a thread of the process.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Disk } from "./disk.ts";
import type { Segment } from "./segment.ts";

export type Then = (fault: Error | undefined) => void;

/** Calls back. What it throws is a bug of the caller's and surfaces as one, but not in the way of those behind it. */
export function settle(then: Then, fault: Error | undefined): void {
  try {
    then(fault);
  } catch (bug) {
    process.nextTick(() => {
      throw bug;
    });
  }
}

export class GroupCommit {
  private readonly disk: Disk;
  private readonly folder: number;
  private readonly onFault: (fault: Error, segment: Segment) => Error;
  private waiting: Then[] = [];
  private covered: Then[] = [];
  private retired: Segment[] = [];
  private abandoned: Segment[] = [];
  private current: Segment | undefined;
  private running = false;
  /** Its confirmation is late (C4) and still out. */
  private stuck: { readonly segment: Segment; readonly fault: Error } | undefined;
  private idle: (() => void) | undefined;

  /**
   * @param folder open descriptor of the segments' folder, whose names are confirmed with a new segment
   * @param onFault called when a confirmation fails; returns what those who waited are told
   */
  constructor(disk: Disk, folder: number, onFault: (fault: Error, segment: Segment) => Error) {
    this.disk = disk;
    this.folder = folder;
    this.onFault = onFault;
  }

  /** Callbacks that wait for the disk, those in flight included. */
  get waitingCount(): number {
    return this.waiting.length + this.covered.length;
  }

  /** A confirmation is late and has not come back: none can be had. */
  get isStuck(): boolean {
    return this.stuck !== undefined;
  }

  /** The segment that is written from now on. The one before is confirmed and closed. */
  turnTo(segment: Segment | undefined): void {
    if (this.current !== undefined && this.current !== segment) this.retired.push(this.current);
    this.current = segment;
    this.start();
  }

  /** Gives up the current segment after a failed confirmation: it is closed, and never confirmed again (C3). */
  abandon(): void {
    if (this.current !== undefined) this.abandoned.push(this.current);
    this.current = undefined;
    if (!this.running) this.closeAbandoned();
  }

  /** Calls `then` when all that is written now is confirmed. */
  want(then: Then): void {
    this.waiting.push(then);
  }

  start(): void {
    if (this.running) return;
    if (this.stuck !== undefined) return this.turnAway(this.stuck.fault);
    if (this.waiting.length === 0 && this.retired.length === 0) {
      const idle = this.idle;
      this.idle = undefined;
      idle?.();
      return;
    }
    this.running = true;
    this.covered = this.waiting;
    this.waiting = [];
    const retired = this.retired;
    this.retired = [];
    const files = this.current === undefined ? retired : [...retired, this.current];
    this.confirm(files, 0, (fault) => {
      for (const segment of retired) this.closeUnlessStuck(segment);
      this.closeAbandoned();
      const covered = this.covered;
      this.covered = [];
      this.running = false;
      for (const then of covered) settle(then, fault);
      this.start();
    });
  }

  /** Calls back once nothing waits and no full segment is open. */
  whenIdle(then: () => void): void {
    this.idle = then;
    this.start();
  }

  private closeAbandoned(): void {
    for (const segment of this.abandoned) this.closeUnlessStuck(segment);
    this.abandoned = [];
  }

  /** C2: the file of a late confirmation is closed when that comes back. */
  private closeUnlessStuck(segment: Segment): void {
    if (segment !== this.stuck?.segment) segment.close();
  }

  /** While a confirmation is late: whoever came meanwhile is told, and a recorder that closes is not held up. */
  private turnAway(fault: Error): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const then of waiting) settle(then, fault);
    const idle = this.idle;
    if (idle === undefined) return;
    this.idle = undefined;
    for (const segment of this.retired) segment.close();
    this.retired = [];
    idle();
  }

  private confirm(files: readonly Segment[], at: number, then: Then): void {
    const segment = files[at];
    if (segment === undefined) return then(undefined);
    const fail = (fault: Error): void => then(this.onFault(fault, segment));
    const next = (): void => this.confirm(files, at + 1, then);
    const data = (): void =>
      this.inTime(segment, (done) => this.disk.sync(segment.file, done), (fault) => (fault === null ? next() : fail(fault))); // prettier-ignore
    if (segment.named) return data();
    this.inTime(
      segment,
      (done) => this.disk.syncFolder(this.folder, done),
      (fault) => {
        if (fault !== null) return fail(fault);
        segment.named = true;
        data();
      },
    );
  }

  /** One act of the disk, within its time (C4). */
  private inTime(
    segment: Segment,
    act: (done: (fault: Error | null) => void) => void,
    then: (fault: Error | null) => void,
  ): void {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      const fault = late(segment);
      this.stuck = { segment, fault };
      then(fault);
    }, limits.recordSyncMs);
    act((fault) => {
      clearTimeout(timer);
      if (!isLate) return then(fault);
      // What it says now helps nobody: all who waited were told that it failed (C3).
      this.stuck = undefined;
      segment.close();
      this.start();
    });
  }
}

function late({ number }: Segment): GatewayError {
  const says = `segment ${number} cannot be confirmed: the disk did not answer within ${limits.recordSyncMs / 1000} s`;
  return new GatewayError("RECORD_UNAVAILABLE", says, {
    cause: Object.assign(new Error("fdatasync is late"), { code: "ETIMEDOUT" }),
  });
}
