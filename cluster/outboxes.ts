/**
 * Streams to other members, one to each: what is sent, sent again and acknowledged, and who is silent. Owns how long fills
 * of one receiver may be under way. Does not own what goes into them (streams.ts, fills.ts).
 *
 * X1. A stream that is over is never gone on with: who is asked next gets a new one.
 * X2. Who has acknowledged nothing for runnerUpAckMs is suspect for a while, or until it speaks.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import { Outbox } from "./journal.ts";
import type { AckFrame, JournalFrame } from "./journal.ts";
import type { Address } from "./transport.ts";
import { placeOf } from "./view.ts";
import type { Member, View } from "./view.ts";

export interface Receiver<Event extends ActorEvent> {
  readonly id: string;
  readonly incarnation: number;
  readonly outbox: Outbox<Event>;
  beatAt: number;
  /** Fills that it has not acknowledged. */
  readonly fills: { readonly sequence: number; readonly bytes: number }[];
  fillBytes: number;
}

export interface OutboxPorts<Event extends ActorEvent> {
  readonly send: (to: Member, frame: JournalFrame<Event>) => void;
  /** Nothing of this stream counts any more. */
  readonly ended: (stream: number) => void;
  /** Somebody is suspect from now on, and its stream has ended if it had one; or is not suspect any more. */
  readonly doubted: () => void;
}

export class Outboxes<Event extends ActorEvent> {
  readonly #ports: OutboxPorts<Event>;
  readonly #entriesMax: number;
  readonly #receivers = new Map<string, Receiver<Event>>();
  readonly #byStream = new Map<number, Receiver<Event>>();
  readonly #suspects = new Map<string, number>();
  #members: readonly Member[] | undefined;
  #streams = 0;
  #isDue = false;

  /** @param entriesMax kept for a receiver that does not acknowledge */
  constructor(entriesMax: number, ports: OutboxPorts<Event>) {
    this.#entriesMax = entriesMax;
    this.#ports = ports;
  }

  isSuspect(id: string): boolean {
    return this.#suspects.has(id);
  }

  /** It has just shown that it hears and is heard. */
  trust(id: string): void {
    if (this.#suspects.delete(id)) this.#ports.doubted();
  }

  /** Undefined once it is over. */
  of(stream: number): Receiver<Event> | undefined {
    return this.#byStream.get(stream);
  }

  /** The one there is to this very incarnation, or a new one. */
  to({ id, incarnation }: Member, now: number): Receiver<Event> {
    const known = this.#receivers.get(id);
    if (known !== undefined && known.incarnation === incarnation) return known;
    if (known !== undefined) this.end(known.outbox.stream);
    const outbox = new Outbox<Event>(++this.#streams, now, this.#entriesMax);
    const receiver: Receiver<Event> = { id, incarnation, outbox, beatAt: now, fills: [], fillBytes: 0 };
    this.#receivers.set(id, receiver);
    this.#byStream.set(outbox.stream, receiver);
    return receiver;
  }

  end(stream: number): void {
    const receiver = this.#byStream.get(stream);
    if (receiver === undefined) return;
    this.#receivers.delete(receiver.id);
    this.#byStream.delete(stream);
    this.#ports.ended(stream);
  }

  /** @returns whether there is progress in a stream that is not over */
  acknowledged(from: Address, frame: AckFrame, now: number): boolean {
    this.trust(from.id);
    const receiver = this.#byStream.get(frame.stream);
    if (receiver?.id !== from.id || receiver.incarnation !== from.incarnation) return false;
    if (!receiver.outbox.acknowledge(frame, now)) return false;
    const { fills, outbox } = receiver;
    for (let first = fills[0]; first !== undefined && first.sequence <= outbox.acked; first = fills[0]) {
      receiver.fillBytes -= first.bytes;
      fills.shift();
    }
    return true;
  }

  /** Members that are gone, or others under their names, get nothing more of it. */
  viewed(view: View): void {
    // Each was a member of a view that was seen, and most views have the members of the one before.
    if (view.members === this.#members) return;
    this.#members = view.members;
    for (const [id, { incarnation, outbox }] of this.#receivers) {
      const member = view.members[placeOf(view, id)];
      if (member?.isLive !== true || member.incarnation !== incarnation) this.end(outbox.stream);
    }
  }

  tick(view: View, now: number): void {
    this.#isDue = true;
    for (const [id, until] of this.#suspects) if (now >= until) this.trust(id);
    for (const [id, receiver] of this.#receivers) {
      const { outbox } = receiver;
      if (outbox.silentMs(now) >= limits.runnerUpAckMs && !this.#suspects.has(id)) {
        this.#suspects.set(id, now + limits.runnerUpSuspectMs);
        this.end(outbox.stream);
        this.#ports.doubted();
        continue;
      }
      outbox.resend(now);
      if (now - receiver.beatAt < limits.journalBeatMs) continue;
      receiver.beatAt = now;
      const member = view.members[placeOf(view, id)];
      if (member !== undefined) this.#ports.send(member, outbox.beat());
    }
  }

  /** The acknowledgement of what was pushed last is waited for. */
  urge(outbox: Outbox<Event> | undefined): void {
    outbox?.urge();
    this.#isDue = true;
  }

  /** An answer is about to leave: the tick's journal leaves before it (peer.ts, E2). */
  hasten(): void {
    this.#isDue = true;
  }

  /** Sends what was pushed, if anything in it is due. */
  flush(view: View | undefined): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    if (view === undefined) return;
    for (const [id, { incarnation, outbox }] of this.#receivers) {
      for (let frame = outbox.take(); frame !== undefined; frame = outbox.take()) {
        const member = view.members[placeOf(view, id)];
        if (member?.incarnation === incarnation) this.#ports.send(member, frame);
      }
    }
  }
}
