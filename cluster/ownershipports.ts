/** What an owner asks of the node around it (ownership.ts), and where its records stand. */
import type { ActorEvent } from "../actors/actor.ts";
import type { ExchangeFrame, MessageFrame } from "./exchange.ts";
import type { TurnEntry } from "./journal.ts";
import type { PastAsk } from "./restoring.ts";
import type { Address } from "./transport.ts";
import type { View } from "./view.ts";

/** A place in a record chain: the entry's own, and for the first of an epoch the head that it cites. */
export interface Link {
  readonly shard: number;
  readonly epoch: number;
  readonly n: number;
  readonly cited: { readonly epoch: number; readonly n: number };
}

/** What a node that is to leave still has (peer.ts). */
export interface Remaining {
  /** That it owns. */
  readonly shards: number;
  /** Of others' shards, which another member could have. */
  readonly copies: number;
  /** Under way here, of the shards that it owns. */
  readonly calls: number;
  /** Of agents at its door. */
  readonly exchanges: number;
}

export interface OwnershipPorts<Call, Answer, Event extends ActorEvent, Effect> {
  readonly id: string;
  /** Whether an incarnation of this node was, or is, this very process: what it got is held here. */
  readonly isThisProcess: (incarnation: number) => boolean;
  readonly isActing: (now: number) => boolean;
  /** Time as events bear it. */
  readonly at: (now: number) => number;
  readonly view: () => View | undefined;
  readonly configuration: () => number;
  readonly message: (to: Address, frame: MessageFrame<Event>) => void;
  readonly reply: (to: Address, frame: ExchangeFrame<Call, Answer>) => void;
  /** What a turn of ours asked of the world. A runner-up's turns ask nothing. */
  readonly acted: (key: string, event: Event, effects: readonly Effect[]) => void;
  /** `op`: its intent, of which `recorded` is to be told. */
  readonly record: (link: Link, entry: TurnEntry<Event>, op: string | undefined) => void;
  /** Opens the way to the tool, without a byte of the call; then `connected`, or `failed`. */
  readonly connect: (op: string, key: string, call: Call) => void;
  /** The effect: the call goes out, now. */
  readonly write: (op: string, key: string, link: Link, call: Call) => void;
  readonly hangUp: (op: string) => void;
  /** What the archive has of a shard whose past is lost. */
  readonly askPast: (ask: PastAsk) => void;
  /** For operators. */
  readonly alarm: (says: string) => void;
}
