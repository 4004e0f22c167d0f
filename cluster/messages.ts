/**
 * What actors say to each other, by way of the nodes that own them, and calls that wait for such a word before they are
 * decided. Owns when a message leaves, whose word counts, and how long a call waits. Does not own what messages mean, nor
 * which ones a call needs (exchange.ts, `Calls`).
 *
 * Y1. A message may get lost or come twice: whoever waits for its answer says it again, to whoever owns the other actor by
 *     then. The actors see to it that this changes nothing.
 * Y2. A message counts only from the live owner of the actor that speaks, by the view here, under the epoch of that view.
 * Y3. One that must be fenced (a scope's grant, its word that it has a label) leaves when its turn is acknowledged, by the
 *     in-sync runner-up or the fence log, under the epoch of the turn, and under a live lease (law 6).
 * Y4. A call that waits is not accepted: its door presents it to the next owner, and nothing of it is decided here.
 * Y5. What does not answer in time is not taken for a yes: the call is decided as one that was not told.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Calls, Message, MessageFrame } from "./exchange.ts";
import { Proof, type Fencing } from "./fencing.ts";
import type { Holding, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import type { Address } from "./transport.ts";
import { epochOf, isInSync, isMember, ownerOf } from "./view.ts";
import type { View } from "./view.ts";

export interface MessagePorts<Call, Event extends ActorEvent> {
  readonly view: () => View | undefined;
  readonly isActing: (now: number) => boolean;
  /** Time as events bear it. */
  readonly at: (now: number) => number;
  readonly send: (to: Address, frame: MessageFrame<Event>) => void;
  /** A turn of an actor that is owned here. @returns whether it was taken */
  readonly take: (key: string, shard: number, event: Event, now: number) => boolean;
  /** Decides a call that has waited. */
  readonly decide: (parked: Parked<Call>, waited: Waited, now: number) => void;
}

/** How a call has waited: since when, and whether something was not said in time. */
export interface Waited {
  readonly since: number;
  readonly isUnheard: boolean;
}

/** A call that waits for what other actors say. */
export interface Parked<Call> {
  readonly op: string;
  readonly key: string;
  readonly call: Call;
  readonly holding: Holding;
  readonly epoch: number;
  door: Address;
}

interface Waiting<Call, Event extends ActorEvent> extends Parked<Call> {
  readonly since: number;
  saidAt: number;
  /** What was said and not answered yet, by what the answer will say again. */
  readonly pending: Map<string, MessageFrame<Event>>;
}

interface Fenced<Event extends ActorEvent> {
  readonly holding: Holding;
  readonly proof: Proof;
  readonly frame: MessageFrame<Event>;
  readonly since: number;
}

export class Messages<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #ports: MessagePorts<Call, Event>;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #calls: Calls<State, Event, Effect, Call, Answer>;
  readonly #fencing: Fencing;
  readonly #parked = new Map<string, Waiting<Call, Event>>();
  /** How many calls of a session wait for an actor's word: "session actor". */
  readonly #counts = new Map<string, number>();
  #fenced: Fenced<Event>[] = [];
  /** When what a session owes was said last. */
  readonly #owedAt = new Map<string, number>();
  /** The message that the turn under way was brought by. */
  #cause: MessageFrame<Event> | undefined;
  /** The call for which the turn under way asks. */
  #asking: Waiting<Call, Event> | undefined;

  constructor(
    ports: MessagePorts<Call, Event>,
    parts: {
      readonly host: Host<State, Event, Effect, World>;
      readonly calls: Calls<State, Event, Effect, Call, Answer>;
      readonly fencing: Fencing;
    },
  ) {
    this.#ports = ports;
    this.#host = parts.host;
    this.#calls = parts.calls;
    this.#fencing = parts.fencing;
  }

  /** What a turn says to other actors. */
  turned(
    holding: Holding,
    key: string,
    event: Event,
    effects: readonly Effect[],
    mark: Mark | undefined,
    now: number,
  ): void {
    if (effects.length === 0) return;
    for (const message of this.#calls.messages(key, effects, event.at))
      this.#say(holding, key, message, mark, now);
  }

  /**
   * Lets a call wait for what other actors must say first.
   *
   * @param since when it began to wait, if it has waited already
   * @returns false when nothing is lacking
   * @throws GatewayError OVERLOADED when too many wait
   */
  park(parked: Parked<Call>, turn: (event: Event) => void, now: number, since?: number): boolean {
    const { op, key, call } = parked;
    const waiting = (to: string): number => this.#counts.get(`${key} ${to}`) ?? 0;
    const lacking = this.#calls.lacking(this.#host.peek(key), key, op, call, waiting, this.#ports.at(now), since !== undefined); // prettier-ignore
    if (lacking === undefined) return false;
    if (this.#parked.size >= limits.messagesMax)
      throw new GatewayError("OVERLOADED", "too many calls wait for what their sessions share");
    const asking: Waiting<Call, Event> = { ...parked, since: since ?? now, saidAt: now, pending: new Map() };
    this.#asking = asking;
    if (lacking.turn !== undefined) turn(lacking.turn);
    for (const message of lacking.messages) this.#say(parked.holding, key, message, undefined, now);
    this.#asking = undefined;
    if (asking.pending.size === 0) return false;
    this.#parked.set(op, asking);
    for (const { to } of asking.pending.values()) this.#count(key, to, 1);
    return true;
  }

  /** Whether a call waits here under this epoch; then its door is remembered. */
  isParked(op: string, door: Address): boolean {
    const parked = this.#parked.get(op);
    if (parked === undefined) return false;
    if (parked.holding.epoch !== parked.epoch) {
      this.#unpark(parked);
      return false;
    }
    if (parked.door.id === door.id) parked.door = door;
    return true;
  }

  /** @returns the call that waited, and does not any more */
  cancelled(op: string, from: Address): Parked<Call> | undefined {
    const parked = this.#parked.get(op);
    if (parked?.door.id !== from.id) return undefined;
    this.#unpark(parked);
    return parked;
  }

  receive(from: Address, frame: MessageFrame<Event>, now: number): void {
    const view = this.#ports.view();
    if (view === undefined || !isMember(view, from.id, from.incarnation)) return;
    if (ownerOf(view, frame.fromShard)?.id !== from.id || epochOf(view, frame.fromShard) !== frame.epoch)
      return;
    const event = { ...frame.event, at: this.#ports.at(now) };
    this.#cause = frame;
    const isTaken = this.#ports.take(frame.to, frame.shard, event, now);
    this.#cause = undefined;
    const { re = "" } = frame;
    const parked = this.#parked.get(re.slice(0, re.lastIndexOf(" ")));
    if (!isTaken || parked?.key !== frame.to || parked.pending.get(re)?.to !== frame.from) return;
    parked.pending.delete(re);
    this.#count(parked.key, frame.from, -1);
    if (parked.pending.size === 0) this.#resume(parked, false, now);
  }

  /** Whether an answer of a session may leave, for all that other actors must know before; says it again if it is time. */
  isSettled(holding: Holding, key: string, now: number): boolean {
    const owed = this.#calls.owed(this.#host.peek(key), key, this.#ports.at(now));
    if (owed.length === 0) {
      this.#owedAt.delete(key);
      return true;
    }
    const saidAt = this.#owedAt.get(key);
    if (saidAt === undefined) this.#owedAt.set(key, now);
    else if (now - saidAt >= limits.scopeAgainMs) {
      this.#owedAt.set(key, now);
      for (const message of owed) this.#say(holding, key, message, undefined, now);
    }
    return false;
  }

  /** Acknowledgements, the view, or a fence log have moved. */
  progressed(now: number): void {
    if (this.#fenced.length === 0) return;
    const fenced = this.#fenced;
    this.#fenced = [];
    // A busy scope has thousands: where its copy has not acknowledged one, it has not acknowledged what came after.
    let behind: Set<Holding> | undefined;
    for (const each of fenced) {
      const { holding, frame } = each;
      const isBehind = behind?.has(holding) === true && holding.epoch === frame.epoch;
      if (!isBehind && this.#release(each, now)) continue;
      this.#fenced.push(each);
      if (!isBehind && this.#restsOnCopy(holding)) (behind ??= new Set()).add(holding);
    }
  }

  /** Then nothing is asked of the log, and acknowledgements come in the order of turns. */
  #restsOnCopy({ shard, fill }: Holding): boolean {
    const view = this.#ports.view();
    return view !== undefined && isInSync(view, shard) && fill?.isAcked === true;
  }

  tick(now: number): void {
    this.#fenced = this.#fenced.filter(({ since }) => now - since < limits.messageMs);
    this.progressed(now);
    for (const parked of this.#parked.values()) {
      if (parked.holding.epoch !== parked.epoch) this.#unpark(parked);
      else if (now - parked.since >= limits.scopeWaitMs) this.#resume(parked, true, now);
      else if (now - parked.saidAt >= limits.scopeAgainMs) {
        parked.saidAt = now;
        for (const frame of parked.pending.values()) this.#send(frame, now);
      }
    }
    // Those whose answers ended without: a session is asked anew with its next one.
    for (const [key, saidAt] of this.#owedAt) if (now - saidAt >= limits.releaseMs) this.#owedAt.delete(key);
  }

  #say(holding: Holding, key: string, message: Message<Event>, mark: Mark | undefined, now: number): void {
    const { to, shard, event, isFenced, isAsk } = message;
    const { epoch, n, shard: fromShard } = holding;
    const asking = isAsk ? this.#asking : undefined;
    const re = asking === undefined ? (this.#cause?.from === to ? this.#cause.re : undefined) : `${asking.op} ${asking.pending.size}`; // prettier-ignore
    const frame: MessageFrame<Event> = { kind: "message", from: key, fromShard, epoch, to, shard, re, event };
    if (re !== undefined) asking?.pending.set(re, frame);
    if (!isFenced) return this.#send(frame, now);
    const proof = new Proof(mark, { op: "", key, at: event.at, epoch, n });
    const fenced = { holding, proof, frame, since: now };
    if (!this.#release(fenced, now) && this.#fenced.length < limits.messagesMax) this.#fenced.push(fenced);
  }

  /** @returns whether nothing more is to be done about it */
  #release({ holding, proof, frame }: Fenced<Event>, now: number): boolean {
    if (holding.epoch !== frame.epoch) return true;
    this.#fencing.seek(holding, proof, now);
    if (!this.#fencing.has(holding, proof)) return false;
    this.#send(frame, now);
    return true;
  }

  /** To whoever owns the other actor now. */
  #send(frame: MessageFrame<Event>, now: number): void {
    const view = this.#ports.view();
    const owner = view === undefined ? undefined : ownerOf(view, frame.shard);
    if (owner?.isLive !== true || !this.#ports.isActing(now)) return;
    this.#ports.send({ id: owner.id, incarnation: owner.incarnation }, frame);
  }

  #resume(parked: Waiting<Call, Event>, isUnheard: boolean, now: number): void {
    this.#unpark(parked);
    // Where it may not be decided any more, its door presents it again.
    if (parked.holding.epoch === parked.epoch && this.#ports.isActing(now))
      this.#ports.decide(parked, { since: parked.since, isUnheard }, now);
  }

  #unpark(parked: Waiting<Call, Event>): void {
    this.#parked.delete(parked.op);
    for (const { to } of parked.pending.values()) this.#count(parked.key, to, -1);
  }

  #count(key: string, to: string, change: 1 | -1): void {
    const name = `${key} ${to}`;
    const count = (this.#counts.get(name) ?? 0) + change;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}
