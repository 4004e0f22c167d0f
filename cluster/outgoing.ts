/**
 * What waits for one receiver: frames of a tick become few packets, and frames with bodies wait for credit. Owns the three
 * lanes, the window, parts of large frames and deadlines of what waits. Does not own the line, nor what frames mean.
 *
 * G1. Bytes that need credit and were not granted back are at most the window. Control frames need none.
 * G2. What waits is bounded; beyond it the new frame is dropped as a whole, and counted (transport.ts, W1).
 * G3. A frame is never sent after it is no longer wanted.
 * G4. Lost packets cost no credit: a grant names an offset, and offsets only grow.
 */
import { limits } from "../protocol/limits.ts";
import { framesPacket, packedBytes, packetKinds, partHeadBytes, partPacket } from "./packet.ts";
import type { Encoded, Lane, Packed, Stamp } from "./packet.ts";

interface Waiting {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** Until when it is wanted. */
  readonly until: number;
  readonly part: { readonly frame: number; readonly index: number; readonly total: number } | undefined;
}

/** First in, first out, without moving all at each removal. */
class Queue {
  #items: (Waiting | undefined)[] = [];
  #first = 0;

  get head(): Waiting | undefined {
    return this.#items[this.#first];
  }

  push(item: Waiting): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#items[this.#first++] = undefined;
    if (this.#first === this.#items.length) {
      // A burst's array is not kept for ever.
      if (this.#first > 1_024) this.#items = [];
      else this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first >= 1_024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }
}

export type Drop = "overflow" | "too large" | "not sent in time";

export interface OutgoingPorts {
  /** The header of a packet that leaves now. */
  stamp(to: string, kind: number, offset: number): Stamp;
  write(to: string, packet: Buffer): void;
  dropped(why: Drop): void;
}

export class Outgoing {
  readonly to: string;
  readonly #ports: OutgoingPorts;
  readonly #window: number;
  readonly #lanes: Readonly<Record<Lane, Queue>> = {
    journal: new Queue(),
    control: new Queue(),
    body: new Queue(),
  };
  #waitingBytes = 0;
  #sent: number;
  #granted: number;
  /** When the window last moved, or was asked for. */
  #movedAt: number;
  #usedAt: number;
  #parted = 0;

  /** @param offset where its bytes begin: never below what this process has sent to the same receiver before */
  constructor(to: string, offset: number, now: number, ports: OutgoingPorts, window: number) {
    this.to = to;
    this.#sent = offset;
    this.#granted = offset;
    this.#movedAt = now;
    this.#usedAt = now;
    this.#ports = ports;
    this.#window = window;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get offset(): number {
    return this.#sent;
  }

  get hasJournal(): boolean {
    return this.#lanes.journal.head !== undefined;
  }

  /** Bytes under way. */
  get underWay(): number {
    return this.#sent - this.#granted;
  }

  isIdle(now: number): boolean {
    return this.#waitingBytes === 0 && now - this.#usedAt >= limits.relayIdleMs;
  }

  /** @param room bytes that may still wait for all receivers together */
  add({ lane, wantedMs, pieces, length }: Encoded, now: number, room: number): void {
    this.#usedAt = now;
    if (length > limits.relayFrameBytesMax) return this.#ports.dropped("too large");
    if (length > room || this.#waitingBytes + length > limits.relayQueueBytesMax)
      return this.#ports.dropped("overflow");
    this.#waitingBytes += length;
    const until = now + wantedMs;
    if (length <= limits.relayPartBytesMax)
      return this.#lanes[lane].push({ pieces, length, until, part: undefined });
    const whole = Buffer.concat(pieces, length);
    const frame = (this.#parted = (this.#parted + 1) % 2 ** 32);
    for (let at = 0, index = 0; at < length; at += limits.relayPartBytesMax, index++) {
      const bytes = whole.subarray(at, at + limits.relayPartBytesMax);
      const part = { frame, index, total: length };
      // Even of the control lane: what is so large needs credit.
      const queue = this.#lanes[lane === "control" ? "body" : lane];
      queue.push({ pieces: [bytes], length: bytes.length, until, part });
    }
  }

  /** Sends of the given lanes what may leave. */
  flush(now: number, lanes: readonly Lane[]): void {
    let frames: Packed[] = [];
    let [bytes, paid] = [0, 0];
    const close = (): void => {
      if (frames.length === 0) return;
      this.#sent += paid;
      const stamp = this.#ports.stamp(this.to, packetKinds.frames, this.#sent);
      this.#ports.write(this.to, framesPacket(stamp, frames, bytes));
      [frames, bytes, paid] = [[], 0, 0];
    };
    for (const lane of lanes) {
      const queue = this.#lanes[lane];
      // What came after a journal that waits does not overtake it.
      if (lane === "body" && this.hasJournal) break;
      for (let next = queue.head; next !== undefined; next = queue.head) {
        if (next.until <= now) {
          this.#take(queue, next);
          this.#ports.dropped("not sent in time");
          continue;
        }
        const cost = packedBytes(next.length);
        if (lane !== "control" && !this.#isOpenFor(cost, paid)) break;
        if (bytes + cost > limits.relayPacketBytesMax) close();
        this.#take(queue, next);
        if (next.part !== undefined) {
          close();
          this.#sendPart(next, now);
          continue;
        }
        frames.push({ pieces: next.pieces, length: next.length, wantedMs: Math.ceil(next.until - now) });
        bytes += cost;
        if (lane !== "control") paid += cost;
      }
    }
    close();
  }

  /**
   * The receiver has everything up to there, or it is lost. A receiver that names more than was sent was told so by a packet that was
   * not ours: it has all, or this line would stand still for good.
   */
  grant(offset: number, now: number): void {
    const taken = Math.min(offset, this.#sent);
    if (taken <= this.#granted) return;
    this.#granted = taken;
    this.#movedAt = now;
  }

  /** Whether frames wait and the window has not moved for a while: then the receiver is asked, now and then. */
  asks(now: number): boolean {
    const isWaiting = this.hasJournal || this.#lanes.body.head !== undefined;
    if (!isWaiting || this.underWay === 0 || now - this.#movedAt < limits.relayProbeMs) return false;
    this.#movedAt = now;
    return true;
  }

  /** @param paid bytes of the packet that is being filled */
  #isOpenFor(bytes: number, paid: number): boolean {
    const underWay = this.underWay + paid;
    // A frame may be larger than the window; then it goes when nothing else does.
    return underWay === 0 || underWay + bytes <= this.#window;
  }

  #take(queue: Queue, { length }: Waiting): void {
    queue.shift();
    this.#waitingBytes -= length;
  }

  #sendPart({ pieces, length, until, part }: Waiting, now: number): void {
    const [bytes] = pieces;
    if (part === undefined || bytes === undefined) return;
    this.#sent += partHeadBytes + length;
    const stamp = this.#ports.stamp(this.to, packetKinds.part, this.#sent);
    this.#ports.write(this.to, partPacket(stamp, { ...part, wantedMs: Math.ceil(until - now), bytes }));
  }
}
