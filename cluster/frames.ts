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
import type { Frame, FrameBody } from "./exchange.ts";
import { Fields } from "./fields.ts";
import { BodyReader, endings, entryKinds, kinds, refusals, type Bodies, type Opaque } from "./framereader.ts";
import type { Entry, JournalFrame } from "./journal.ts";
import type { Encoded, FrameFault, Route, WireCodec } from "./packet.ts";
import type { Address } from "./transport.ts";

/** Values of every head before those of its kind: kind, from, to. */
const addressValues = 5;
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
        const { op, key, shard, opened, epoch, configuration } = body;
        const call = body.call === undefined ? undefined : this.#bodies.call.pack(body.call);
        const head = this.#head(from, to, body, [
          op,
          key,
          shard,
          opened,
          configuration,
          call !== undefined,
          epoch,
        ]);
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
      case "message": {
        const { fromShard, epoch, to: other, shard, re = null, event } = body;
        const head = this.#head(from, to, body, [body.from, fromShard, epoch, other, shard, re]);
        return [encoded("body", limits.messageMs, head, this.#bodies.event.pack(event))];
      }
      case "cancel":
        return [encoded("control", limits.exchangeAnswerMs, this.#head(from, to, body, [body.op]))];
      case "letter":
        return [encoded("body", limits.exchangeAnswerMs, this.#head(from, to, body, []), body.bytes)];
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
    const { stream, first, entries, isUrgent } = body;
    const group = (at: number, parts: readonly Uint8Array[]): Encoded => {
      const head = this.#head(from, to, body, [stream, first + at, parts.length, isUrgent]);
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
        const { n, key, event, opens = null, closes = null, drops = false } = entry;
        const bytes = (entry.packed ??= this.#bodies.event.pack(event));
        return this.#packr.pack([entryKinds.turn, shard, epoch, n, key, opens, closes, drops, bytes]);
      }
      case "fill": {
        const { n, isFirst, isLast, states } = entry;
        const rows = entry.operations.map(({ op, key, at, isOpen }) => [op, key, at, isOpen]);
        return this.#packr.pack([entryKinds.fill, shard, epoch, n, isFirst, isLast, states, rows]);
      }
      case "kept":
        return this.#packr.pack([entryKinds.kept, shard, epoch, entry.former.epoch, entry.former.n]);
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
