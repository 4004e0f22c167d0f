/**
 * What a frame's bytes say after its addresses, field by field, each checked; and the numbers by which kinds are known on
 * the wire. The other half of frames.ts, whose laws hold here.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Ending, FrameBody, Refusal } from "./exchange.ts";
import type { Fields } from "./fields.ts";
import type { AckFrame, Entry, FillEntry, JournalFrame, TurnEntry } from "./journal.ts";
import type { OperationRow } from "./operations.ts";
import type { FrameFault } from "./packet.ts";
import { shardCount } from "./shard.ts";

/** What of a frame the cluster does not look into. */
export interface Opaque<T> {
  /** The bytes may be a view of a buffer that is not written to any more. */
  pack(value: T): Uint8Array;
  /** @returns undefined when the bytes are none of ours. They are a view: what is kept is copied */
  unpack(bytes: Uint8Array): T | undefined;
}

export interface Bodies<Call, Answer, Event> {
  readonly call: Opaque<Call>;
  readonly answer: Opaque<Answer>;
  readonly event: Opaque<Event>;
}

/** Numbers of the wire: never given to another kind. */
export const kinds = { present: 1, accepted: 2, redirect: 3, busy: 4, answer: 5, journal: 6, ack: 7, note: 8, cancel: 9, letter: 10, message: 11 } as const; // prettier-ignore
export const entryKinds = { turn: 1, fill: 2, digest: 3, kept: 4 } as const;
export const endings = { answered: 1, refused: 2, unknown: 3 } as const;
export const refusals: readonly Refusal[] = ["verdict", "fence", "no owner", "unreachable", "overload", "cancelled", "unrecorded"]; // prettier-ignore

/** Name of a node, an operation: both are shorter. */
const nameBytesMax = 64;

/** Reads what follows the addresses. */
export class BodyReader<Call, Answer, Event extends ActorEvent> {
  readonly #fields: Fields;
  readonly #bodies: Bodies<Call, Answer, Event>;
  readonly #isNewer: boolean;
  /** Values left in the head. */
  readonly #count: number;

  constructor(fields: Fields, bodies: Bodies<Call, Answer, Event>, isNewer: boolean, count: number) {
    this.#fields = fields;
    this.#bodies = bodies;
    this.#isNewer = isNewer;
    this.#count = count;
  }

  read(kind: number): FrameBody<Call, Answer, Event> | FrameFault {
    switch (kind) {
      case kinds.present:
        return this.#present();
      case kinds.accepted: {
        const body = { kind: "accepted", op: this.#op(), epoch: this.#fields.natural() } as const;
        return this.#end(2, body);
      }
      case kinds.redirect: {
        const body = { kind: "redirect", op: this.#op(), view: this.#fields.natural() } as const;
        return this.#end(2, body);
      }
      case kinds.busy:
        return this.#end(1, { kind: "busy", op: this.#op() });
      case kinds.answer:
        return this.#answer();
      case kinds.journal:
        return this.#journal();
      case kinds.ack:
        return this.#ack();
      case kinds.note:
        return this.#note();
      case kinds.message:
        return this.#message();
      case kinds.cancel:
        return this.#end(1, { kind: "cancel", op: this.#op() });
      case kinds.letter:
        if (this.#end(0, undefined) === "malformed") return "malformed";
        return { kind: "letter", bytes: Uint8Array.from(this.#fields.rest()) };
      default:
        return this.#isNewer && this.#fields.isSound ? "unknown kind" : "malformed";
    }
  }

  #present(): FrameBody<Call, Answer, Event> | FrameFault {
    const op = this.#op();
    const key = this.#key();
    const shard = this.#shard();
    const opened = this.#fields.natural();
    const configuration = this.#fields.natural();
    const hasCall = this.#fields.flag();
    // Version 1 does not say under which epoch.
    const hasEpoch = this.#count > 6;
    const epoch = hasEpoch ? this.#fields.natural() : 0;
    const present = { kind: "present", op, key, shard, opened, epoch, configuration } as const;
    const body = this.#end(hasEpoch ? 7 : 6, present);
    if (!hasCall || body === "malformed") return body;
    const call = this.#bodies.call.unpack(this.#fields.rest());
    return call === undefined ? "malformed" : { ...present, call };
  }

  #answer(): FrameBody<Call, Answer, Event> | FrameFault {
    const op = this.#op();
    const epoch = this.#fields.natural();
    const kind = this.#fields.natural(3);
    const why = this.#fields.natural(refusals.length);
    const hasAnswer = this.#fields.flag();
    if (this.#end(5, undefined) === "malformed") return "malformed";
    const answer = hasAnswer ? this.#bodies.answer.unpack(this.#fields.rest()) : undefined;
    if (hasAnswer && answer === undefined) return "malformed";
    const ending = endingOf(kind, refusals[why - 1], answer);
    return ending === undefined ? "malformed" : { kind: "answer", op, epoch, ending };
  }

  #note(): FrameBody<Call, Answer, Event> | FrameFault {
    const [op, epoch] = [this.#op(), this.#fields.natural()];
    if (this.#end(2, undefined) === "malformed") return "malformed";
    return { kind: "note", op, epoch, bytes: Uint8Array.from(this.#fields.rest()) };
  }

  #message(): FrameBody<Call, Answer, Event> | FrameFault {
    const placed = { from: this.#key(), fromShard: this.#shard(), epoch: this.#fields.natural() };
    const [to, shard, re] = [this.#key(), this.#shard(), this.#fields.optionalText(nameBytesMax)];
    if (this.#end(6, undefined) === "malformed") return "malformed";
    const event = this.#bodies.event.unpack(this.#fields.rest());
    return event === undefined ? "malformed" : { kind: "message", ...placed, to, shard, re, event };
  }

  #ack(): AckFrame | FrameFault {
    const [stream, upTo] = [this.#fields.natural(), this.#fields.natural()];
    const faulty = this.#listOf(shardCount, () => this.#shard());
    return this.#end(3, { kind: "ack", stream, upTo, faulty });
  }

  #journal(): JournalFrame<Event> | FrameFault {
    const [stream, first] = [this.#fields.natural(), this.#fields.natural()];
    const count = this.#fields.natural(limits.journalFrameEntriesMax);
    const isUrgent = this.#fields.flag();
    if (this.#end(4, undefined) === "malformed") return "malformed";
    const entries: Entry<Event>[] = [];
    for (let at = 0; at < count; at++) {
      const entry = this.#entry();
      if (entry === undefined) return "malformed";
      entries.push(entry);
    }
    return { kind: "journal", stream, first, entries, isUrgent };
  }

  /** An entry's kind is not passed over when it is unknown: a journal with a hole is none. */
  #entry(): Entry<Event> | undefined {
    const count = this.#fields.list(64);
    const kind = this.#fields.natural();
    const placed = { shard: this.#shard(), epoch: this.#fields.natural() };
    if (!this.#fields.isSound) return undefined;
    switch (kind) {
      case entryKinds.turn: {
        const entry = this.#turn(placed);
        return this.#end(9, entry, count) === "malformed" ? undefined : entry;
      }
      case entryKinds.fill: {
        const entry = this.#fill(placed);
        return this.#end(8, entry, count) === "malformed" ? undefined : entry;
      }
      case entryKinds.digest: {
        const entry = { kind: "digest", ...placed, digest: this.#fields.natural(0xffff_ffff) } as const;
        return this.#end(4, entry, count) === "malformed" ? undefined : entry;
      }
      case entryKinds.kept: {
        const former = { epoch: this.#fields.natural(), n: this.#fields.natural() };
        const entry = { kind: "kept", ...placed, former } as const;
        return this.#end(5, entry, count) === "malformed" ? undefined : entry;
      }
      default:
        return undefined;
    }
  }

  #turn(placed: { readonly shard: number; readonly epoch: number }): TurnEntry<Event> | undefined {
    const n = this.#fields.natural();
    const key = this.#key();
    const opens = this.#fields.optionalText(nameBytesMax);
    const closes = this.#fields.optionalText(nameBytesMax);
    const drops = this.#fields.flag();
    const bytes = this.#fields.bytes(limits.relayFrameBytesMax);
    if (!this.#fields.isSound) return undefined;
    const event = this.#bodies.event.unpack(bytes);
    if (event === undefined) {
      this.#fields.refuse();
      return undefined;
    }
    const entry = { kind: "turn", ...placed, n, key, event } as const;
    return {
      ...entry,
      ...(opens === undefined ? {} : { opens }),
      ...(closes === undefined ? {} : { closes }),
      ...(drops ? { drops } : {}),
    };
  }

  #fill(placed: { readonly shard: number; readonly epoch: number }): FillEntry {
    const [n, isFirst, isLast] = [this.#fields.natural(), this.#fields.flag(), this.#fields.flag()];
    const states = this.#listOf(limits.relayFrameBytesMax, (): readonly [string, Uint8Array] => {
      if (this.#fields.list(2) !== 2) this.#fields.refuse();
      // A copy: it may outlive the message by far, and the message's buffer is larger.
      return [this.#key(), Uint8Array.from(this.#fields.bytes(limits.relayFrameBytesMax))];
    });
    const operations = this.#listOf(limits.operationsPerShardMax, (): OperationRow => {
      if (this.#fields.list(4) !== 4) this.#fields.refuse();
      return {
        op: this.#op(),
        key: this.#key(),
        at: this.#fields.number(),
        isOpen: this.#fields.flag(),
      };
    });
    return { kind: "fill", ...placed, n, isFirst, isLast, states, operations };
  }

  #op(): string {
    return this.#fields.text(nameBytesMax);
  }

  #key(): string {
    return this.#fields.text(limits.relayKeyBytesMax);
  }

  #shard(): number {
    return this.#fields.natural(shardCount - 1);
  }

  #listOf<T>(max: number, take: () => T): T[] {
    const count = this.#fields.list(max);
    const values: T[] = [];
    for (let at = 0; at < count && this.#fields.isSound; at++) values.push(take());
    return values;
  }

  /** `known` values of a list of `count` are taken: more may follow when the sender is newer. */
  #end<T>(known: number, value: T, count: number = this.#count): T | "malformed" {
    if (count > known && this.#isNewer) this.#fields.skip(count - known);
    else if (count !== known) return "malformed";
    return this.#fields.isSound ? value : "malformed";
  }
}

function endingOf<Answer>(
  kind: number,
  why: Refusal | undefined,
  answer: Answer | undefined,
): Ending<Answer> | undefined {
  if (kind === endings.answered)
    return answer === undefined || why !== undefined ? undefined : { kind: "answered", answer };
  if (kind === endings.unknown)
    return answer !== undefined || why !== undefined ? undefined : { kind: "unknown" };
  if (kind !== endings.refused || why === undefined) return undefined;
  return answer === undefined ? { kind: "refused", why } : { kind: "refused", why, answer };
}
