/**
 * What one sender's packets have told so far. Owns how late they come, what was received for its grants, the parts of
 * unfinished frames, and the count of what was refused of it. Does not own the frames.
 *
 * I1. Lateness is measured against the quickest packet of the same process lately: no two clocks are compared.
 * I2. Parts of unfinished frames are bounded in bytes and in time; what is not whole in time is dropped and counted.
 * I3. Another boot number is another process: nothing of the former one is kept.
 */
import { limits } from "../protocol/limits.ts";
import type { Header, Part } from "./packet.ts";

interface Unfinished {
  readonly since: number;
  readonly total: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

export type PartFault = "bad part" | "parts missing" | "too many parts";

export class Incoming {
  readonly #refused: (why: PartFault) => void;
  readonly #window: number;
  #boot = 0;
  #received = 0;
  #granted = 0;
  #isAsked = false;
  #heardAt: number;
  /** The shortest way in this span of time and in the one before, with an offset that only this process knows. */
  #shortest = Number.POSITIVE_INFINITY;
  #shortestBefore = Number.POSITIVE_INFINITY;
  #spanAt: number;
  readonly #unfinished = new Map<number, Unfinished>();
  #unfinishedBytes = 0;

  constructor(now: number, window: number, refused: (why: PartFault) => void) {
    this.#refused = refused;
    this.#window = window;
    this.#heardAt = now;
    this.#spanAt = now;
  }

  get boot(): number {
    return this.#boot;
  }

  /** Enough was received, or the sender asks: a grant is due. */
  get owesGrant(): boolean {
    return this.#isAsked || this.#received - this.#granted >= this.#window / 4;
  }

  isIdle(now: number): boolean {
    return now - this.#heardAt >= limits.relayIdleMs;
  }

  /** @returns how much later than the quickest it came, in milliseconds */
  hear({ boot, sentAt, offset, asks }: Header, now: number): number {
    this.#heardAt = now;
    if (boot !== this.#boot) this.#restart(boot, now);
    if (offset > this.#received) this.#received = offset;
    if (asks) this.#isAsked = true;
    if (now - this.#spanAt >= limits.relayDelayMs) {
      [this.#shortestBefore, this.#shortest] = [this.#shortest, Number.POSITIVE_INFINITY];
      this.#spanAt = now;
    }
    const way = now - sentAt;
    if (way < this.#shortest) this.#shortest = way;
    return way - Math.min(this.#shortest, this.#shortestBefore);
  }

  /** The offset to grant; it counts as told. */
  takeGrant(): number {
    this.#isAsked = false;
    this.#granted = this.#received;
    return this.#received;
  }

  /** @returns the whole frame, once its last part has come */
  part({ frame, index, total, bytes }: Part, now: number): Uint8Array | undefined {
    if (total > limits.relayFrameBytesMax || total <= limits.relayPartBytesMax) return this.#bad(frame);
    const known = this.#unfinished.get(frame);
    if (known === undefined && index !== 0) return this.#bad(frame);
    const unfinished = known ?? { since: now, total, parts: [], bytes: 0 };
    // The way keeps the order, so a gap is a loss.
    const isNext = index === unfinished.parts.length && total === unfinished.total;
    const isLast = unfinished.bytes + bytes.length === total;
    if (!isNext || unfinished.bytes + bytes.length > total) return this.#bad(frame);
    if (!isLast && bytes.length !== limits.relayPartBytesMax) return this.#bad(frame);
    if (this.#unfinishedBytes + bytes.length > limits.relayPartsBytesMax) {
      this.#refused("too many parts");
      this.#drop(frame);
      return undefined;
    }
    unfinished.parts.push(Uint8Array.from(bytes));
    unfinished.bytes += bytes.length;
    this.#unfinishedBytes += bytes.length;
    this.#unfinished.set(frame, unfinished);
    if (!isLast) return undefined;
    this.#drop(frame);
    return Buffer.concat(unfinished.parts, total);
  }

  sweep(now: number): void {
    for (const [frame, { since }] of this.#unfinished) {
      if (now - since < limits.relayPartsMs) continue;
      this.#drop(frame);
      this.#refused("parts missing");
    }
  }

  #bad(frame: number): undefined {
    this.#drop(frame);
    this.#refused("bad part");
  }

  #drop(frame: number): void {
    this.#unfinishedBytes -= this.#unfinished.get(frame)?.bytes ?? 0;
    this.#unfinished.delete(frame);
  }

  #restart(boot: number, now: number): void {
    this.#boot = boot;
    this.#received = 0;
    this.#granted = 0;
    this.#isAsked = false;
    this.#shortest = Number.POSITIVE_INFINITY;
    this.#shortestBefore = Number.POSITIVE_INFINITY;
    this.#spanAt = now;
    this.#unfinished.clear();
    this.#unfinishedBytes = 0;
  }
}
