/**
 * The runner-up's side: applies what owners journal, so that the same states stand here. Owns what is acknowledged. Does
 * not own the streams' order (journal.ts) nor when a copy becomes the state of an owner (ownership.ts).
 *
 * C1. An entry counts only from a live member, of the epoch that the view here gives the shard, and once it is applied.
 *     An epoch not known here yet waits; one that is over is refused, and with it all that follows in its stream.
 * C2. A copy is whole or is none: a fill replaces it at its last part, and turns before that part go nowhere.
 * C3. What cannot be applied is told to the owner, with each acknowledgement until the owner fills anew; it is never left
 *     out in silence.
 * C4. What a former owner handed over is a whole copy from that moment on, if nothing was done to it since its swap was
 *     out. The new owner's journal goes on behind it once both name the same last entry.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { Inbox } from "./journal.ts";
import type { AckFrame, Entry, FillEntry, JournalFrame, KeptEntry, Taken, TurnEntry } from "./journal.ts";
import type { Host } from "./host.ts";
import type { Holding } from "./holding.ts";
import type { Address } from "./transport.ts";
import { epochOf, isGone, isMember, ownerOf } from "./view.ts";
import type { Member, View } from "./view.ts";

/** Of a copy whose owner has not said yet in which stream it goes on. */
const noStream = 0;

/** One incarnation of an owner. */
interface Sender<Event extends ActorEvent> {
  readonly name: string;
  readonly address: Address;
  readonly inbox: Inbox<Event>;
  /** Shards whose copy is not what it should be, and was not filled anew. */
  readonly faulty: Set<number>;
}

/** What has come of a fill. A session that had a turn meanwhile comes again, and its last state counts. */
interface Staged<State> {
  readonly from: string;
  readonly stream: number;
  readonly states: Map<string, State>;
}

export class Copies<State, Event extends ActorEvent, Effect, World> {
  readonly #host: Host<State, Event, Effect, World>;
  readonly #holding: (shard: number) => Holding;
  readonly #senders = new Map<string, Sender<Event>>();
  readonly #staged = new Map<number, Staged<State>>();
  /** Frames of somebody may wait for a newer view. */
  #isHolding = false;
  /** Of the view before: while it stands, nobody is gone. */
  #members: readonly Member[] | undefined;

  constructor(host: Host<State, Event, Effect, World>, holding: (shard: number) => Holding) {
    this.#host = host;
    this.#holding = holding;
  }

  /** @returns what to acknowledge; undefined when nothing may be */
  receive(from: Address, frame: JournalFrame<Event>, view: View, at: number): AckFrame | undefined {
    if (!isMember(view, from.id, from.incarnation)) return undefined;
    const name = nameOf(from);
    let sender = this.#senders.get(name);
    if (sender === undefined) {
      sender = { name, address: { ...from }, inbox: new Inbox(), faulty: new Set() };
      this.#senders.set(name, sender);
    }
    const { stream } = frame;
    const upTo = sender.inbox.receive(frame, (entry) => this.#take(sender, stream, entry, view, at));
    if (sender.inbox.isHolding) this.#isHolding = true;
    return upTo === undefined ? undefined : { kind: "ack", stream, upTo, faulty: [...sender.faulty] };
  }

  /**
   * Members that are gone send nothing any more that counts. What came before this view is taken now.
   *
   * @returns what to acknowledge of it
   */
  viewed(view: View, at: number): { readonly to: Address; readonly ack: AckFrame }[] {
    const acks: { readonly to: Address; readonly ack: AckFrame }[] = [];
    // Most views have the members of the one before, and no frame waits for them.
    if (view.members !== this.#members)
      for (const { name, address } of this.#senders.values())
        if (isGone(view, address.id, address.incarnation)) this.#senders.delete(name);
    this.#members = view.members;
    if (!this.#isHolding) return acks;
    this.#isHolding = false;
    for (const sender of this.#senders.values()) {
      const { address, inbox, faulty } = sender;
      const { stream } = inbox;
      if (inbox.isHolding && isMember(view, address.id, address.incarnation)) {
        const upTo = inbox.retry((entry) => this.#take(sender, stream, entry, view, at));
        acks.push({ to: address, ack: { kind: "ack", stream, upTo, faulty: [...faulty] } });
      }
      if (inbox.isHolding) this.#isHolding = true;
    }
    return acks;
  }

  #take(
    { name, address, faulty }: Sender<Event>,
    stream: number,
    entry: Entry<Event>,
    view: View,
    at: number,
  ): Taken {
    const { shard } = entry;
    const epoch = epochOf(view, shard);
    if (entry.epoch > epoch) return "wait";
    if (entry.epoch < epoch || ownerOf(view, shard)?.id !== address.id) return "refused";
    const holding = this.#holding(shard);
    let isSound = true;
    switch (entry.kind) {
      case "fill":
        if (entry.isFirst) faulty.delete(shard);
        isSound = this.#fill(holding, name, stream, entry, at);
        break;
      case "kept":
        faulty.delete(shard);
        isSound = goesOn(holding, name, stream, entry);
        break;
      case "turn":
        if (isCopyOf(holding, name, stream)) isSound = this.#turn(holding, entry);
        break;
      case "digest":
        if (isCopyOf(holding, name, stream))
          isSound = this.#host.digest([...holding.keys].sort()) === entry.digest;
        break;
      default:
        entry satisfies never;
    }
    if (!isSound) {
      holding.copy = undefined;
      faulty.add(shard);
    }
    return "applied";
  }

  #turn(holding: Holding, { key, event, epoch, n, opens, closes, drops }: TurnEntry<Event>): boolean {
    try {
      holding.keys.add(key);
      this.#host.turn(key, event);
    } catch {
      // Full, or a turn that failed: the host has told of it.
      return false;
    }
    if (opens !== undefined) holding.operations.open(opens, key, event.at);
    if (closes !== undefined && drops === true) holding.operations.drop(closes);
    else if (closes !== undefined) holding.operations.close(closes, event.at);
    holding.cited = { epoch, n };
    return true;
  }

  #fill(holding: Holding, from: string, stream: number, entry: FillEntry, at: number): boolean {
    let staged = this.#staged.get(entry.shard);
    if (entry.isFirst) this.#staged.set(entry.shard, (staged = { from, stream, states: new Map() }));
    if (staged === undefined || staged.from !== from || staged.stream !== stream) return false;
    // Read part by part: of a large shard it takes a while.
    for (const [key, bytes] of entry.states) {
      const state = this.#host.read(bytes);
      if (state === undefined) this.#staged.delete(entry.shard);
      if (state === undefined) return false;
      staged.states.set(key, state);
    }
    if (!entry.isLast) return true;
    this.#staged.delete(entry.shard);
    holding.copy = undefined;
    for (const [key, state] of staged.states) {
      holding.keys.add(key);
      this.#host.adopt(key, state, at);
    }
    for (const key of holding.keys) {
      if (staged.states.has(key)) continue;
      this.#host.remove(key);
      holding.keys.delete(key);
    }
    holding.operations.replace(entry.operations);
    holding.cited = { epoch: entry.epoch, n: entry.n };
    holding.copy = { from, stream, epoch: entry.epoch };
    return true;
  }
}

/**
 * What this node has just handed over is the copy that the new owner goes on from (C4).
 *
 * @param epoch under which the new owner has it
 */
export function keepAsCopy(holding: Holding, owner: Member, epoch: number): void {
  holding.cited = { epoch: holding.epoch, n: holding.n };
  holding.copy = { from: nameOf(owner), stream: noStream, epoch };
}

function goesOn(holding: Holding, sender: string, stream: number, { epoch, former }: KeptEntry): boolean {
  const { copy, cited } = holding;
  if (copy?.from !== sender || copy.stream !== noStream || copy.epoch !== epoch) return false;
  if (cited.epoch !== former.epoch || cited.n !== former.n) return false;
  holding.copy = { ...copy, stream };
  return true;
}

function isCopyOf({ copy }: Holding, sender: string, stream: number): boolean {
  return copy?.from === sender && copy.stream === stream;
}

function nameOf({ id, incarnation }: Address): string {
  return `${id}@${incarnation}`;
}
