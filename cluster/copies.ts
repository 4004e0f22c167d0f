/**
 * The runner-up's side: applies what owners journal, so that the same states stand here. Owns what is acknowledged. Does
 * not own the streams' order (journal.ts) nor when a copy becomes the state of an owner (ownership.ts).
 *
 * C1. An entry counts only from a live member, of the epoch that the view here gives the shard, and once it is applied.
 *     An epoch not known here yet waits; one that is over is refused, and with it all that follows in its stream.
 * C2. A copy is whole or is none: a fill replaces it at its last part, and turns before that part go nowhere.
 * C3. What cannot be applied is told to the owner, who fills anew; it is never left out in silence.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { Inbox } from "./journal.ts";
import type { AckFrame, Entry, FillEntry, JournalFrame, Taken, TurnEntry } from "./journal.ts";
import type { Host } from "./host.ts";
import type { Holding } from "./holding.ts";
import type { Address } from "./transport.ts";
import { epochOf, isGone, isMember, ownerOf } from "./view.ts";
import type { View } from "./view.ts";

interface Staged {
  readonly from: string;
  readonly stream: number;
  readonly states: (readonly [string, Uint8Array])[];
}

export class Copies<State, Event extends ActorEvent, Effect, World> {
  readonly #host: Host<State, Event, Effect, World>;
  readonly #holding: (shard: number) => Holding;
  readonly #inboxes = new Map<string, Inbox<Event>>();
  readonly #staged = new Map<number, Staged>();
  #faulty: number[] = [];

  constructor(host: Host<State, Event, Effect, World>, holding: (shard: number) => Holding) {
    this.#host = host;
    this.#holding = holding;
  }

  /** @returns what to acknowledge; undefined when nothing may be */
  receive(from: Address, frame: JournalFrame<Event>, view: View, at: number): AckFrame | undefined {
    if (!isMember(view, from.id, from.incarnation)) return undefined;
    const sender = nameOf(from);
    let inbox = this.#inboxes.get(sender);
    if (inbox === undefined) this.#inboxes.set(sender, (inbox = new Inbox()));
    this.#faulty = [];
    const upTo = inbox.receive(frame, (entry) => this.#take(from, sender, frame.stream, entry, view, at));
    return upTo === undefined ? undefined : { kind: "ack", stream: frame.stream, upTo, faulty: this.#faulty };
  }

  /** Members that are gone send nothing any more that counts. */
  viewed(view: View): void {
    for (const sender of this.#inboxes.keys()) {
      const { id, incarnation } = addressOf(sender);
      if (isGone(view, id, incarnation)) this.#inboxes.delete(sender);
    }
  }

  #take(from: Address, sender: string, stream: number, entry: Entry<Event>, view: View, at: number): Taken {
    const epoch = epochOf(view, entry.shard);
    if (entry.epoch > epoch) return "wait";
    if (entry.epoch < epoch || ownerOf(view, entry.shard)?.id !== from.id) return "refused";
    const holding = this.#holding(entry.shard);
    switch (entry.kind) {
      case "fill":
        this.#fill(holding, sender, stream, entry, at);
        break;
      case "turn":
        if (isCopyOf(holding, sender, stream)) this.#turn(holding, entry);
        break;
      case "digest":
        if (isCopyOf(holding, sender, stream) && this.#host.digest([...holding.keys].sort()) !== entry.digest)
          this.#fail(holding);
        break;
      default:
        entry satisfies never;
    }
    return "applied";
  }

  #turn(holding: Holding, { key, event, epoch, n, opens, closes, drops }: TurnEntry<Event>): void {
    try {
      holding.keys.add(key);
      this.#host.turn(key, event);
    } catch {
      // Full, or a turn that failed: the host has told of it.
      return this.#fail(holding);
    }
    if (opens !== undefined) holding.operations.open(opens, key, event.at);
    if (closes !== undefined && drops === true) holding.operations.drop(closes);
    else if (closes !== undefined) holding.operations.close(closes, event.at);
    holding.cited = { epoch, n };
  }

  #fill(holding: Holding, from: string, stream: number, entry: FillEntry, at: number): void {
    let staged = this.#staged.get(entry.shard);
    if (entry.isFirst) this.#staged.set(entry.shard, (staged = { from, stream, states: [] }));
    if (staged === undefined || staged.from !== from || staged.stream !== stream) return this.#fail(holding);
    staged.states.push(...entry.states);
    if (!entry.isLast) return;
    this.#staged.delete(entry.shard);
    holding.copy = undefined;
    const kept = new Set<string>();
    for (const [key, bytes] of staged.states) {
      holding.keys.add(key);
      if (!this.#host.adopt(key, bytes, at)) return this.#fail(holding);
      kept.add(key);
    }
    for (const key of holding.keys) {
      if (kept.has(key)) continue;
      this.#host.remove(key);
      holding.keys.delete(key);
    }
    holding.operations.replace(entry.operations);
    holding.cited = { epoch: entry.epoch, n: entry.n };
    holding.copy = { from, stream, epoch: entry.epoch };
  }

  #fail(holding: Holding): void {
    holding.copy = undefined;
    this.#faulty.push(holding.shard);
  }
}

function isCopyOf({ copy }: Holding, sender: string, stream: number): boolean {
  return copy?.from === sender && copy.stream === stream;
}

function nameOf({ id, incarnation }: Address): string {
  return `${id}@${incarnation}`;
}

function addressOf(name: string): Address {
  const at = name.lastIndexOf("@");
  return { id: name.slice(0, at), incarnation: Number(name.slice(at + 1)) };
}
