/**
 * One node's part in the cluster, as a step machine: what happens goes in, what is to be done comes out. Ties membership,
 * ownership, the runner-up's copies and the door; owns nothing else. No clock, no random, no waiting.
 *
 * E1. A step is synchronous and its outputs are to be carried out in their order, before the next one.
 * E2. The tick's journal leaves before its answers: an answer that is seen had its events sent.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { Copies } from "./copies.ts";
import { Door } from "./door.ts";
import type { Calls, Ending, Frame, FrameBody } from "./exchange.ts";
import { Fencing } from "./fencing.ts";
import type { FenceAsk, FenceHeard } from "./fenceports.ts";
import { Holdings, type Holding } from "./holding.ts";
import type { Host } from "./host.ts";
import type { AckFrame, TurnEntry } from "./journal.ts";
import { Membership } from "./membership.ts";
import type { Floor, MembershipOptions } from "./membershipports.ts";
import { Ownership } from "./ownership.ts";
import type { Link, Remaining } from "./ownershipports.ts";
import type { PastAsk, PastHeard } from "./restoring.ts";
import type { Row, SwapResult } from "./store.ts";
import { streamOptions, type StreamBounds } from "./streamoptions.ts";
import { Streams } from "./streams.ts";
import type { Address } from "./transport.ts";
import { copiesToMove, ownerOf, placeOf, type View } from "./view.ts";

export type Input<Call, Answer, Event extends ActorEvent> =
  | { readonly kind: "tick" }
  | { readonly kind: "row"; readonly row: Row }
  /** The watch has brought all that stood when it began. */
  | { readonly kind: "caughtUp" }
  | { readonly kind: "swapped"; readonly ticket: number; readonly result: SwapResult }
  | { readonly kind: "frame"; readonly frame: Frame<Call, Answer, Event> }
  /** An agent's call at this node's door. */
  | {
      readonly kind: "request";
      readonly op: string;
      readonly key: string;
      readonly shard: number;
      readonly call: Call;
    }
  | { readonly kind: "recorded" | "connected"; readonly op: string }
  | { readonly kind: "failed" | "unrecorded"; readonly op: string; readonly answer: Answer | undefined }
  | { readonly kind: "answered"; readonly op: string; readonly answer: Answer }
  /** The agent of this node's door has taken a call back. */
  | { readonly kind: "cancel"; readonly op: string }
  /** For the agent of a call that this node runs, before its answer. */
  | { readonly kind: "note"; readonly op: string; readonly bytes: Uint8Array }
  /** A turn that no call brought, for a session that this node owns; dropped where it does not. */
  | { readonly kind: "event"; readonly key: string; readonly shard: number; readonly event: Event }
  /** A launcher's word on a process of its own. */
  | { readonly kind: "died"; readonly id: string; readonly incarnation: number }
  | { readonly kind: "configuration"; readonly number: number }
  /** What came of an output for the fence logs, or for the archive. */
  | FenceHeard
  | PastHeard<Event>
  /** Everything goes to others, without a call being lost; or it stays after all. */
  | { readonly kind: "drain" | "stay" }
  /** The process is about to end: it says so. */
  | { readonly kind: "leave" };

export type Output<Call, Answer, Event extends ActorEvent, Effect> =
  | { readonly kind: "swap"; readonly ticket: number; readonly key: string; readonly value: Uint8Array; readonly expected: number } // prettier-ignore
  | { readonly kind: "send"; readonly frame: Frame<Call, Answer, Event> }
  /** A journalled turn: for the records, and for the archive. */
  | { readonly kind: "record"; readonly link: Link; readonly entry: TurnEntry<Event>; readonly op: string | undefined } // prettier-ignore
  /** What an owner's turn asked of the world. */
  | { readonly kind: "effects"; readonly key: string; readonly event: Event; readonly effects: readonly Effect[] } // prettier-ignore
  | { readonly kind: "connect"; readonly op: string; readonly key: string; readonly call: Call }
  | {
      readonly kind: "write";
      readonly op: string;
      readonly key: string;
      readonly link: Link;
      readonly call: Call;
    }
  | { readonly kind: "hangUp"; readonly op: string }
  | FenceAsk
  | PastAsk
  /** The door's agent gets this. */
  | { readonly kind: "finish"; readonly op: string; readonly ending: Ending<Answer> }
  /** The door's agent gets this before its answer. */
  | { readonly kind: "note"; readonly op: string; readonly bytes: Uint8Array }
  | { readonly kind: "floor"; readonly floor: Floor }
  | { readonly kind: "alarm"; readonly says: string };

export interface PeerOptions<State, Event extends ActorEvent, Effect, World, Call, Answer>
  extends MembershipOptions, StreamBounds {
  readonly host: Host<State, Event, Effect, World>;
  readonly calls: Calls<State, Event, Effect, Call, Answer>;
  /** A text that was never used before. */
  readonly mint: () => string;
}

export class Peer<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #id: string;
  readonly #membership: Membership;
  readonly #ownership: Ownership<State, Event, Effect, World, Call, Answer>;
  readonly #streams: Streams<State, Event, Effect, World>;
  readonly #fencing: Fencing;
  readonly #copies: Copies<State, Event, Effect, World>;
  readonly #door: Door<Call, Answer>;
  readonly #holdings: Holdings;
  readonly #swaps = new Map<number, (result: SwapResult) => void>();
  /** Acknowledgements that nothing waits for, by owner: they leave with the tick. */
  readonly #acks = new Map<string, { readonly to: Address; readonly ack: AckFrame }>();
  #tickets = 0;
  #configuration = 0;
  #now = 0;
  #out: Output<Call, Answer, Event, Effect>[] = [];
  #journal: Output<Call, Answer, Event, Effect>[] = [];

  constructor(options: PeerOptions<State, Event, Effect, World, Call, Answer>) {
    const { id, host, calls } = options;
    const alarm = (says: string): void => void this.#out.push({ kind: "alarm", says });
    this.#id = id;
    this.#holdings = new Holdings(options.shards);
    this.#membership = new Membership(options, {
      swap: (key, value, expected, then) => this.#swap(key, value, expected, then),
      keepFloor: (floor) => void this.#out.push({ kind: "floor", floor }),
      viewed: (before, view) => this.#viewed(before, view),
      wants: (view) => this.#streams.wants(view, this.#now),
      unheeded: () => this.#streams.unheeded(),
      alarm,
      mint: options.mint,
    });
    const view = (): View | undefined => this.#membership.view;
    this.#streams = new Streams(
      streamOptions(options),
      {
        view,
        send: ({ id: to, incarnation }, frame) =>
          void this.#journal.push(this.#frame({ id: to, incarnation }, frame)),
        owned: () => this.#ownership.owned,
      },
      host,
    );
    this.#fencing = new Fencing({
      view,
      ask: (ask) => void this.#out.push(ask),
      isAcknowledged: (shard, mark) => this.#streams.isFenced(shard, mark),
      tell: (shard, facts) => this.#ownership.told(shard, facts, this.#now),
      progressed: (op) => this.#ownership.progressed(this.#now, op),
    });
    this.#copies = new Copies(host, (shard) => this.#holdings.of(shard));
    this.#ownership = new Ownership(
      {
        id,
        isThisProcess: (incarnation) => this.#membership.isThisProcess(incarnation),
        isActing: (now) => this.#membership.isActing(now),
        at: (now) => this.#membership.clock.now(now),
        view,
        configuration: () => this.#configuration,
        message: (to, frame) => {
          this.#streams.hasten();
          this.#send(to, frame);
        },
        reply: (to, frame) => {
          if (frame.kind === "answer") this.#streams.hasten();
          this.#send(to, frame);
        },
        acted: (key, event, effects) => {
          if (effects.length > 0) this.#out.push({ kind: "effects", key, event, effects });
        },
        record: (link, entry, op) => void this.#out.push({ kind: "record", link, entry, op }),
        connect: (op, key, call) => void this.#out.push({ kind: "connect", op, key, call }),
        write: (op, key, link, call) => void this.#out.push({ kind: "write", op, key, link, call }),
        hangUp: (op) => void this.#out.push({ kind: "hangUp", op }),
        askPast: (ask) => void this.#out.push(ask),
        alarm,
      },
      { host, calls, streams: this.#streams, fencing: this.#fencing, holdings: this.#holdings },
    );
    this.#door = new Door({
      send: (to, incarnation, frame) => this.#send({ id: to, incarnation }, frame),
      finish: (op, ending) => void this.#out.push({ kind: "finish", op, ending }),
      note: (op, bytes) => void this.#out.push({ kind: "note", op, bytes }),
      configuration: () => this.#configuration,
    });
  }

  get view(): View | undefined {
    return this.#membership.view;
  }

  get incarnation(): number {
    return this.#membership.incarnation;
  }

  /** Up to when this node has seen every row of the store, of its own monotonic clock. */
  get seenAt(): number {
    return this.#membership.seenAt;
  }

  /** Exchanges open at this node's door. */
  get open(): number {
    return this.#door.size;
  }

  /** What a node that is to leave still has. Nothing at all: it may leave without anybody's notice. */
  get remaining(): Remaining {
    const { view } = this.#membership;
    const own = view === undefined ? -1 : placeOf(view, this.#id);
    const copies = view === undefined || own < 0 ? 0 : copiesToMove(view, own);
    return { shards: this.#ownership.owned.size, copies, calls: this.#ownership.underWay, exchanges: this.#door.size }; // prettier-ignore
  }

  /** Whether this node may let effects out at `now`, of its own monotonic clock. */
  isActing(now: number): boolean {
    return this.#membership.isActing(now);
  }

  /** Whether the bytes of a call may leave now, of this node's own monotonic clock (law 6). */
  mayRun(op: string, now: number): boolean {
    return this.#ownership.mayRun(op, now);
  }

  /** Time as events bear it. */
  eventTime(now: number): number {
    return this.#membership.clock.now(now);
  }

  /** Who owns a shard, as far as this node knows. */
  ownerOf(shard: number): string | undefined {
    const { view } = this.#membership;
    return view === undefined ? undefined : ownerOf(view, shard)?.id;
  }

  /** The same, if that node lives. */
  liveOwnerOf(shard: number): string | undefined {
    const { view } = this.#membership;
    const owner = view === undefined ? undefined : ownerOf(view, shard);
    return owner?.isLive === true ? owner.id : undefined;
  }

  get owned(): ReadonlySet<Holding> {
    return this.#ownership.owned;
  }

  /** What it holds of a shard, to be read only. */
  holding(shard: number): Holding | undefined {
    return this.#holdings.known(shard);
  }

  /** Has what an owned shard has taken until now sent, and says, asked later, whether those have it whose word a fence needs. */
  copying(shard: number): (() => boolean) | undefined {
    const holding = this.holding(shard);
    if (holding === undefined || holding.epoch === 0) return undefined;
    const { epoch, n, fill, next } = holding;
    const beside = next === undefined ? {} : { beside: { stream: next.stream, sequence: next.last } };
    const mark = fill === undefined ? undefined : { n, stream: fill.stream, sequence: fill.last, ...beside };
    this.#streams.urge(holding);
    return () => holding.epoch === epoch && this.#streams.isFenced(holding, mark);
  }

  /** @param now monotonic milliseconds of this node */
  step(input: Input<Call, Answer, Event>, now: number): readonly Output<Call, Answer, Event, Effect>[] {
    this.#now = now;
    this.#take(input, now);
    this.#streams.flush();
    const out = this.#journal.length === 0 ? this.#out : [...this.#journal, ...this.#out];
    this.#out = [];
    if (this.#journal.length > 0) this.#journal = [];
    return out;
  }

  #take(input: Input<Call, Answer, Event>, now: number): void {
    switch (input.kind) {
      case "tick":
        for (const { to, ack } of this.#acks.values()) this.#send(to, ack);
        this.#acks.clear();
        this.#membership.tick(now);
        this.#streams.tick(now, this.#membership.isActing(now));
        this.#membership.hurry(now);
        this.#fencing.tick(now);
        this.#ownership.tick(now);
        this.#door.tick(this.#membership.view, now);
        return;
      case "row":
        return this.#membership.row(input.row, now);
      case "caughtUp":
        return this.#membership.caughtUp(now);
      case "swapped":
        return this.#swapped(input.ticket, input.result, now);
      case "frame":
        return this.#receive(input.frame, now);
      case "request":
        return this.#door.begin(input.op, input.key, input.shard, input.call, this.#membership.view, now);
      case "recorded":
        return this.#ownership.recorded(input.op, now);
      case "connected":
        return this.#ownership.connected(input.op, now);
      case "failed":
        return this.#ownership.failed(input.op, "unreachable", input.answer, now);
      case "unrecorded":
        return this.#ownership.failed(input.op, "unrecorded", input.answer, now);
      case "answered":
        return this.#ownership.answered(input.op, input.answer, now);
      case "died":
        this.#membership.died(input.id, input.incarnation);
        return this.#membership.hurry(now);
      case "cancel":
        return this.#door.cancel(input.op, this.#membership.view);
      case "note":
        return this.#ownership.note(input.op, input.bytes, now);
      case "event":
        return void this.#ownership.event(input.key, input.shard, input.event, now);
      case "configuration":
        if (input.number > this.#configuration) this.#configuration = input.number;
        return;
      case "sealed":
      case "appended":
        this.#fencing.heard(input, now);
        return this.#membership.hurry(now);
      case "restored":
      case "restoring":
        return this.#ownership.restored(input, now);
      case "drain":
      case "stay":
        this.#membership.drain(input.kind === "drain");
        return this.#membership.hurry(now);
      case "leave":
        return this.#membership.leave();
      default:
        input satisfies never;
    }
  }

  #viewed(before: View | undefined, view: View): void {
    this.#ownership.viewed(view, this.#now);
    for (const { to, ack } of this.#copies.viewed(view, this.#membership.clock.now(this.#now)))
      this.#send(to, ack);
    this.#streams.viewed(before, view, this.#now, this.#membership.isActing(this.#now));
    this.#fencing.viewed(view, this.#now);
    this.#ownership.progressed(this.#now);
    this.#door.viewed(before, view, this.#now);
  }

  #receive({ from, to, body }: Frame<Call, Answer, Event>, now: number): void {
    switch (body.kind) {
      case "present":
        // One that comes so late may have ended long ago, and nothing is known of a call that was refused.
        if (to.incarnation !== this.#membership.incarnation) return;
        return this.#ownership.present(from, body, now);
      case "accepted":
      case "redirect":
      case "busy":
      case "answer":
      case "note":
        return this.#door.receive(from.id, body, now);
      case "message":
        return this.#ownership.message(from, body, now);
      case "cancel":
        return this.#ownership.cancelled(body.op, from, now);
      case "letter":
        return;
      case "journal": {
        const { view } = this.#membership;
        if (view === undefined || to.incarnation !== this.#membership.incarnation) return;
        const ack = this.#copies.receive(from, body, view, this.#membership.clock.now(now));
        if (ack === undefined) return;
        if (body.isUrgent || ack.faulty.length > 0) {
          this.#acks.delete(from.id);
          this.#send(from, ack);
        } else this.#acks.set(from.id, { to: from, ack });
        return;
      }
      case "ack":
        if (to.incarnation !== this.#membership.incarnation) return;
        if (!this.#streams.acknowledged(from, body, now)) return;
        this.#ownership.progressed(now);
        return this.#membership.hurry(now);
      default:
        body satisfies never;
    }
  }

  #swap(key: string, value: Uint8Array, expected: number, then: (result: SwapResult) => void): void {
    const ticket = ++this.#tickets;
    this.#swaps.set(ticket, then);
    this.#out.push({ kind: "swap", ticket, key, value, expected });
  }

  #swapped(ticket: number, result: SwapResult, now: number): void {
    const then = this.#swaps.get(ticket);
    this.#swaps.delete(ticket);
    then?.(result);
    this.#membership.hurry(now);
  }

  #send(to: Address, body: FrameBody<Call, Answer, Event>): void {
    this.#out.push(this.#frame(to, body));
  }

  #frame(to: Address, body: FrameBody<Call, Answer, Event>): Output<Call, Answer, Event, Effect> {
    const from = { id: this.#id, incarnation: this.#membership.incarnation };
    return { kind: "send", frame: { from, to, body } };
  }
}
