/**
 * Group commit: who waits until the disk has confirmed. Owns the waiting callbacks and the files that are full but not
 * yet confirmed. One confirmation is in flight at a time; the next covers all that came meanwhile.
 *
 * C1. A callback gets no fault only after every byte written before it was asked for is confirmed.
 * C2. A file is closed only when no confirmation of it is in flight.
 * C3. A failed confirmation is never tried again on the same file: the kernel may have dropped the pages and would say
 *     yes the second time.
 */
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
      for (const segment of retired) segment.close();
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
    for (const segment of this.abandoned) segment.close();
    this.abandoned = [];
  }

  private confirm(files: readonly Segment[], at: number, then: Then): void {
    const segment = files[at];
    if (segment === undefined) return then(undefined);
    const fail = (fault: Error): void => then(this.onFault(fault, segment));
    const next = (): void => this.confirm(files, at + 1, then);
    const data = (): void => this.disk.sync(segment.file, (fault) => (fault === null ? next() : fail(fault)));
    if (segment.named) return data();
    this.disk.syncFolder(this.folder, (fault) => {
      if (fault !== null) return fail(fault);
      segment.named = true;
      data();
    });
  }
}
