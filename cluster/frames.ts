/**
 * Frames as bytes: MessagePack lists, written by msgpackr and read field by field (fields.ts). Owns the layout of each
 * kind, the bounds of its fields, and how long a frame is wanted. Does not own what calls, answers and events are: they
 * are bytes here. Does not own packets (packet.ts).
 *
 * A frame is one list, its head, and what follows it: the bytes of a call or an answer, or entries, each a list.
 *
 * M1. What is read is a frame of exactly the declared shape, or a named fault. Nothing throws, whatever the bytes are.
 * M2. `from` and `to` name the nodes of the subject that the bytes came on, or the frame is refused.
 * M3. In a packet of a newer version, values that follow the known ones of a list are passed over, and a kind that is
 *     not known is a fault of its own. In one of ours, both are malformed.
 */
import { Packr } from "msgpackr";
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Ending, Frame, FrameBody, Refusal } from "./exchange.ts";
import { Fields } from "./fields.ts";
import type { AckFrame, Entry, FillEntry, JournalFrame, TurnEntry } from "./journal.ts";
import type { OperationRow } from "./operations.ts";
import type { Encoded, FrameFault, Route, WireCodec } from "./packet.ts";
import { shardCount } from "./shard.ts";
import type { Address } from "./transport.ts";

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
const kinds = { present: 1, accepted: 2, redirect: 3, busy: 4, answer: 5, journal: 6, ack: 7, note: 8, cancel: 9 } as const; // prettier-ignore
const entryKinds = { turn: 1, fill: 2, digest: 3 } as const;
const endings = { answered: 1, refused: 2, unknown: 3 } as const;
const refusals: readonly Refusal[] = ["verdict", "fence", "no owner", "unreachable", "overload", "cancelled", "unrecorded"]; // prettier-ignore

/** Values of every head before those of its kind: kind, from, to. */
const addressValues = 5;
/** Name of an operation: it is shorter. */
const nameBytesMax = 64;
/** Entries beyond it go in a frame of their own, so that a lost message costs little. */
const journalBytesMax = limits.relayPacketBytesMax;

export class FrameCodec<Call, Answer, Event extends ActorEvent> implements WireCodec<
  Frame<Call, Answer, Event>
> {
  readonly #bodies: Bodies<Call, Answer, Event>;
  readonly #packr = new Packr({ useRecords: false });

  constructor(bodies: Bodies<Call, Answer, Event>) {
    this.#bodies = bodies;
  }

  /** One frame, or the entries of a large journal frame in several. */
  encode({ from, to, body }: Frame<Call, Answer, Event>): readonly Encoded[] {
    switch (body.kind) {
      case "present": {
        const { op, key, shard, opened, configuration } = body;
        const call = body.call === undefined ? undefined : this.#bodies.call.pack(body.call);
        const head = this.#head(from, to, body, [op, key, shard, opened, configuration, call !== undefined]);
        return [encoded("body", limits.exchangeAcceptMs, head, call)];
      }
      case "accepted":
        return [
          encoded("control", limits.exchangeAnswerMs, this.#head(from, to, body, [body.op, body.epoch])),
        ];
      case "redirect":
        return [
          encoded("control", limits.exchangeAcceptMs, this.#head(from, to, body, [body.op, body.view])),
        ];
      case "busy":
        return [encoded("control", limits.exchangeAcceptMs, this.#head(from, to, body, [body.op]))];
      case "answer":
        return [this.#answer(from, to, body)];
      case "journal":
        return this.#journal(from, to, body);
      case "ack": {
        const { stream, upTo, faulty } = body;
        return [encoded("control", limits.leaseMs, this.#head(from, to, body, [stream, upTo, faulty]))];
      }
      case "note": {
        const head = this.#head(from, to, body, [body.op, body.epoch]);
        return [encoded("body", limits.exchangeAnswerMs, head, body.bytes)];
      }
      case "cancel":
        return [encoded("control", limits.exchangeAnswerMs, this.#head(from, to, body, [body.op]))];
    }
  }

  decode(bytes: Uint8Array, route: Route, isNewer: boolean): Frame<Call, Answer, Event> | FrameFault {
    const fields = new Fields(bytes);
    const count = fields.list(bytes.length);
    const kind = fields.natural();
    const isFrom = fields.isText(route.from);
    const from = { id: route.from, incarnation: fields.natural() };
    const isTo = fields.isText(route.to);
    const to = { id: route.to, incarnation: fields.natural() };
    if (!fields.isSound || count < addressValues) return "malformed";
    if (!isFrom) return "forged";
    if (!isTo) return "misdirected";
    const reader = new BodyReader(fields, this.#bodies, isNewer, count - addressValues);
    const body = reader.read(kind);
    if (typeof body === "string") return body;
    return fields.isSound && (isNewer || fields.isAtEnd) ? { from, to, body } : "malformed";
  }

  #head(
    from: Address,
    to: Address,
    { kind }: FrameBody<Call, Answer, Event>,
    values: readonly unknown[],
  ): Buffer {
    const head: unknown[] = [kinds[kind], from.id, from.incarnation, to.id, to.incarnation];
    for (const value of values) head.push(value);
    return this.#packr.pack(head);
  }

  #answer(
    from: Address,
    to: Address,
    body: Extract<FrameBody<Call, Answer, Event>, { kind: "answer" }>,
  ): Encoded {
    const { op, epoch, ending } = body;
    const answer = ending.kind === "unknown" ? undefined : ending.answer;
    const why = ending.kind === "refused" ? refusals.indexOf(ending.why) + 1 : 0;
    const bytes = answer === undefined ? undefined : this.#bodies.answer.pack(answer);
    const head = this.#head(from, to, body, [op, epoch, endings[ending.kind], why, bytes !== undefined]);
    return encoded("body", limits.exchangeAnswerMs, head, bytes);
  }

  #journal(from: Address, to: Address, body: JournalFrame<Event>): readonly Encoded[] {
    const { stream, first, entries } = body;
    const group = (at: number, parts: readonly Uint8Array[]): Encoded => {
      const head = this.#head(from, to, body, [stream, first + at, parts.length]);
      // A sign of life is never held up by what waits.
      return encoded(parts.length === 0 ? "control" : "journal", limits.leaseMs, head, ...parts);
    };
    const groups: Encoded[] = [];
    let parts: Uint8Array[] = [];
    let [begin, length] = [0, 0];
    for (const [at, entry] of entries.entries()) {
      const bytes = this.#entry(entry);
      if (length + bytes.length > journalBytesMax && parts.length > 0) {
        groups.push(group(begin, parts));
        [parts, begin, length] = [[], at, 0];
      }
      parts.push(bytes);
      length += bytes.length;
    }
    groups.push(group(begin, parts));
    return groups;
  }

  #entry(entry: Entry<Event>): Uint8Array {
    const { kind, shard, epoch } = entry;
    switch (kind) {
      case "turn": {
        const { n, key, event, opens = null, closes = null } = entry;
        const bytes = this.#bodies.event.pack(event);
        return this.#packr.pack([entryKinds.turn, shard, epoch, n, key, opens, closes, bytes]);
      }
      case "fill": {
        const { n, isFirst, isLast, states } = entry;
        const rows = entry.operations.map(({ op, key, at, isOpen }) => [op, key, at, isOpen]);
        return this.#packr.pack([entryKinds.fill, shard, epoch, n, isFirst, isLast, states, rows]);
      }
      case "digest":
        return this.#packr.pack([entryKinds.digest, shard, epoch, entry.digest]);
    }
  }
}

function encoded(
  lane: Encoded["lane"],
  wantedMs: number,
  head: Uint8Array,
  ...rest: readonly (Uint8Array | undefined)[]
): Encoded {
  const pieces = [head];
  let length = head.length;
  for (const piece of rest) {
    if (piece === undefined) continue;
    pieces.push(piece);
    length += piece.length;
  }
  return { lane, wantedMs, pieces, length };
}

/** Reads what follows the addresses. */
class BodyReader<Call, Answer, Event extends ActorEvent> {
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
      case kinds.cancel:
        return this.#end(1, { kind: "cancel", op: this.#op() });
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
    const present = { kind: "present", op, key, shard, opened, configuration } as const;
    const hasCall = this.#fields.flag();
    const body = this.#end(6, present);
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

  #ack(): AckFrame | FrameFault {
    const [stream, upTo] = [this.#fields.natural(), this.#fields.natural()];
    const faulty = this.#listOf(shardCount, () => this.#shard());
    return this.#end(3, { kind: "ack", stream, upTo, faulty });
  }

  #journal(): JournalFrame<Event> | FrameFault {
    const [stream, first] = [this.#fields.natural(), this.#fields.natural()];
    const count = this.#fields.natural(limits.journalFrameEntriesMax);
    if (this.#end(3, undefined) === "malformed") return "malformed";
    const entries: Entry<Event>[] = [];
    for (let at = 0; at < count; at++) {
      const entry = this.#entry();
      if (entry === undefined) return "malformed";
      entries.push(entry);
    }
    return { kind: "journal", stream, first, entries };
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
        return this.#end(8, entry, count) === "malformed" ? undefined : entry;
      }
      case entryKinds.fill: {
        const entry = this.#fill(placed);
        return this.#end(8, entry, count) === "malformed" ? undefined : entry;
      }
      case entryKinds.digest: {
        const entry = { kind: "digest", ...placed, digest: this.#fields.natural(0xffff_ffff) } as const;
        return this.#end(4, entry, count) === "malformed" ? undefined : entry;
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

/**
 * Values as msgpackr packs them, for measurements and tests. It checks nothing of what it unpacks, so a gateway gives the
 * codec bodies that do.
 */
export function uncheckedBodies<T>(): Opaque<T> {
  const packr = new Packr({ useRecords: false });
  return {
    pack: (value) => packr.pack(value),
    unpack: (bytes) => {
      try {
        return packr.unpack(bytes) as T;
      } catch {
        return undefined;
      }
    },
  };
}
