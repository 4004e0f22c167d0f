/**
 * The journal to a runner-up: one stream per ordered pair of incarnations. Owns sequence, acknowledgement, resending and
 * the bound of what is kept for it. Does not own what entries mean (copies.ts) nor when a shard is filled (streams.ts).
 *
 * J1. Entries are taken in order and without gap, or not at all: a gap stops acknowledgements until it is resent.
 * J2. An acknowledgement says that everything up to it was *applied*, by the receiver of this very stream.
 * J3. What is not acknowledged is kept, up to journalEntriesMax; beyond it the stream is over, and a new one begins with
 *     fills. Nothing is left out in silence.
 * J4. What the receiver may not take yet, because its view is older than the sender's, it holds, bounded, and takes it as
 *     soon as its view is newer; beyond the bound it is sent again.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { OperationRow } from "./operations.ts";

interface Placed {
  readonly shard: number;
  readonly epoch: number;
}

/**
 * A journalled turn. `opens` and `closes` name the operation that it does that to; `drops`: the one that it closes may
 * be made again, and is not kept.
 */
export interface TurnEntry<Event extends ActorEvent> extends Placed {
  readonly kind: "turn";
  /** Place in the chain of this (shard, epoch). */
  readonly n: number;
  readonly key: string;
  readonly event: Event;
  readonly opens?: string;
  readonly closes?: string;
  readonly drops?: true;
  /** Its event as bytes, once somebody has packed it: it goes to several. */
  packed?: Uint8Array;
}

/** A part of a shard's whole state. The copy counts when the last part has come. */
export interface FillEntry extends Placed {
  readonly kind: "fill";
  readonly n: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly states: readonly (readonly [key: string, bytes: Uint8Array])[];
  readonly operations: readonly OperationRow[];
}

/**
 * After a planned hand-over: what the former owner holds is the copy, and goes on from here. Nothing was done to the shard
 * since the former owner's last entry.
 */
export interface KeptEntry extends Placed {
  readonly kind: "kept";
  /** The last entry of the former owner's chain. */
  readonly former: { readonly epoch: number; readonly n: number };
}

/** What the copy must be equal to at this place. */
export interface DigestEntry extends Placed {
  readonly kind: "digest";
  readonly digest: number;
}

export type Entry<Event extends ActorEvent> = TurnEntry<Event> | FillEntry | KeptEntry | DigestEntry;

export interface JournalFrame<Event extends ActorEvent> {
  readonly kind: "journal";
  readonly stream: number;
  /** Sequence of the first entry; one above the last when there is none. */
  readonly first: number;
  readonly entries: readonly Entry<Event>[];
  /** Something waits for the acknowledgement of it; of all else it may come a little later, with that of what follows. */
  readonly isUrgent: boolean;
}

export interface AckFrame {
  readonly kind: "ack";
  readonly stream: number;
  readonly upTo: number;
  /** Shards whose copy is not what it should be. */
  readonly faulty: readonly number[];
}

/** The owner's end. */
export class Outbox<Event extends ActorEvent> {
  readonly stream: number;
  readonly #max: number;
  readonly #kept: Entry<Event>[] = [];
  /** Sequence of the first kept entry. */
  #first = 1;
  #sentUpTo = 0;
  #acked = 0;
  #progressAt: number;
  #resentAt = Number.NEGATIVE_INFINITY;
  #isOver = false;
  #isUrgent = false;

  constructor(stream: number, now: number, entriesMax: number) {
    this.stream = stream;
    this.#progressAt = now;
    this.#max = entriesMax;
  }

  get acked(): number {
    return this.#acked;
  }

  get last(): number {
    return this.#first + this.#kept.length - 1;
  }

  /** Entries that are not acknowledged. */
  get waiting(): number {
    return this.#kept.length;
  }

  /** More was to be kept than may be: nothing of this stream counts any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns the entry's sequence */
  push(entry: Entry<Event>, now: number): number {
    if (this.#kept.length >= this.#max) this.#isOver = true;
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    if (this.#kept.length === 0) this.#progressAt = now;
    this.#kept.push(entry);
    return this.last;
  }

  /** The acknowledgement of what is not sent yet is waited for. */
  urge(): void {
    this.#isUrgent = true;
  }

  /** What was not sent yet, at most a frame of it. */
  take(): JournalFrame<Event> | undefined {
    if (this.#isOver || this.#sentUpTo >= this.last) return undefined;
    const from = this.#sentUpTo + 1 - this.#first;
    const entries = this.#kept.slice(from, from + limits.journalFrameEntriesMax);
    const first = this.#sentUpTo + 1;
    this.#sentUpTo += entries.length;
    const isUrgent = this.#isUrgent;
    if (this.#sentUpTo >= this.last) this.#isUrgent = false;
    return { kind: "journal", stream: this.stream, first, entries, isUrgent };
  }

  /** A sign of life without entries, which the other end acknowledges. */
  beat(): JournalFrame<Event> {
    return { kind: "journal", stream: this.stream, first: this.#sentUpTo + 1, entries: [], isUrgent: true };
  }

  acknowledge({ stream, upTo }: AckFrame, now: number): boolean {
    if (stream !== this.stream || upTo > this.#sentUpTo) return false;
    if (upTo <= this.#acked) return false;
    this.#kept.splice(0, upTo + 1 - this.#first);
    this.#first = upTo + 1;
    this.#acked = upTo;
    this.#progressAt = now;
    return true;
  }

  /** Sends again from the first that is not acknowledged, when nothing moved for a while. */
  resend(now: number): void {
    if (
      this.#sentUpTo <= this.#acked ||
      now - Math.max(this.#progressAt, this.#resentAt) < limits.journalResendMs
    )
      return;
    this.#sentUpTo = this.#acked;
    this.#isUrgent = true;
    this.#resentAt = now;
  }

  /** How long something waits for its acknowledgement. */
  silentMs(now: number): number {
    return this.#kept.length === 0 ? 0 : now - this.#progressAt;
  }
}

/** What became of an entry: applied, not to be taken yet, or never. */
export type Taken = "applied" | "wait" | "refused";

/** The runner-up's end of one stream. */
export class Inbox<Event extends ActorEvent> {
  #stream = 0;
  #applied = 0;
  /** Frames from the first on that waits for a newer view (J4). */
  #held: JournalFrame<Event>[] = [];

  get stream(): number {
    return this.#stream;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Takes what was held again. @returns as `receive` */
  retry(apply: (entry: Entry<Event>) => Taken): number {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.receive(frame, apply);
    return this.#applied;
  }

  /**
   * Applies what comes next.
   *
   * @returns up to where everything is applied; undefined when the frame is of a stream that is over
   */
  receive(frame: JournalFrame<Event>, apply: (entry: Entry<Event>) => Taken): number | undefined {
    if (frame.stream < this.#stream) return undefined;
    if (frame.stream > this.#stream) {
      this.#stream = frame.stream;
      this.#applied = 0;
      this.#held = [];
    }
    if (frame.first > this.#applied + 1) {
      // Behind what waits; else there is a gap.
      if (this.#held.length > 0) this.#hold(frame);
      return this.#applied;
    }
    for (const [at, entry] of frame.entries.entries()) {
      const sequence = frame.first + at;
      if (sequence <= this.#applied) continue;
      const taken = apply(entry);
      if (taken === "wait") this.#hold(frame);
      if (taken !== "applied") return this.#applied;
      this.#applied = sequence;
    }
    return this.#applied;
  }

  #hold(frame: JournalFrame<Event>): void {
    const isHeld = this.#held.some(({ first }) => first === frame.first);
    if (!isHeld && frame.entries.length > 0 && this.#held.length < limits.journalHeldFramesMax)
      this.#held.push(frame);
  }
}
