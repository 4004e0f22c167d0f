/**
 * When a stream reads on whose message was searched on a thread: so that of many streams at once a few have a message here, and
 * the others leave theirs where it comes from. What waits here for a thread outlives what the heap is for, and the heap grows by
 * many times its size. Owns the turns of streams. Does not own the order of documents (pool.ts).
 *
 * Y1. A turn is a hint, not a right: nothing that comes without one waits here or is refused.
 * Y2. A stream that has its turn and says nothing holds nobody up: its turn ends by itself, soon.
 * Y3. Agents take turns, as they do for threads.
 */
import { limits } from "../../protocol/limits.ts";
import { FairQueue } from "../upstream/fairqueue.ts";
import type { Document, Outcome } from "./pool.ts";

export interface PacePorts {
  readonly scan: (agent: string, document: Document, chars: number, done: (outcome: Outcome) => void) => void;
  readonly threads: number;
}

export class Pace {
  readonly #ports: PacePorts;
  readonly #atOnce: number;
  /** Documents that wait for a thread, or are on one. */
  #inside = 0;
  /** Turns given of which nothing has come yet. */
  #expected = 0;
  readonly #waiting = new FairQueue<() => void>(limits.dlpWaitingMax);
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: PacePorts) {
    this.#ports = ports;
    this.#atOnce = ports.threads * limits.dlpPacedDocuments;
  }

  /** As pool.ts has it. */
  scan(agent: string, document: Document, chars: number, done: (outcome: Outcome) => void): void {
    if (chars <= limits.dlpInlineCharsMax) return this.#ports.scan(agent, document, chars, done);
    this.#inside++;
    if (this.#expected > 0) this.#expected--;
    this.#ports.scan(agent, document, chars, (outcome) => {
      this.#inside--;
      done(outcome);
      this.#goOn();
    });
  }

  /** Streams that wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** For a stream that would read on. @returns a promise while others have their turn */
  turn(agent: string): Promise<void> | undefined {
    if (this.#isFree && this.#waiting.size === 0) {
      this.#give();
      return undefined;
    }
    return new Promise((resolve) => {
      // Who finds no room reads on: what it reads waits for a thread like all else.
      this.#waiting.add(agent, resolve)?.();
    });
  }

  /** All read on. */
  close(): void {
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting) resolve();
  }

  get #isFree(): boolean {
    return this.#inside + this.#expected < this.#atOnce;
  }

  #goOn(): void {
    while (this.#isFree) {
      const next = this.#waiting.next(() => true);
      if (next === undefined) return;
      this.#give();
      next();
    }
  }

  #give(): void {
    this.#expected++;
    this.#timer ??= setTimeout(() => this.#expire(), limits.dlpTurnMs).unref();
  }

  /** Whoever has had a turn that long reads at its own pace. */
  #expire(): void {
    this.#timer = undefined;
    this.#expected = 0;
    this.#goOn();
  }
}
