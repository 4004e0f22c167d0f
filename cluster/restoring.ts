/**
 * Rebuilds what is known of shards whose owner and runner-up are lost: from the archive (past.ts), and from what the fence
 * log has. Owns when the archive is asked, and the order in which what comes back is told. Does not own what counts of it.
 *
 * Z1. A shard takes no turn before its past was read, or the archive gave nothing for restoreMs: nothing at all, where it was
 *     not asked in vain for this very shard; no other shard's past, where it was. Then, as before, only the log's word is
 *     known. A store that is slow and gives is waited for longer, up to restoreMsMax: what stops a session stands there.
 * Z2. What is rebuilt may be old. Each session is told of the loss before anything else, behind what is rebuilt of it: every
 *     label, nothing left to spend. So it forgets no stop, no end of a wire session and no open breaker that it had, and is
 *     pardoned nothing.
 * Z3. Operations that are rebuilt are known, as are those of the log, and none of them is made again. What they came to is
 *     recorded as unknown, if it was not known.
 * Z4. Turns that are rebuilt ask nothing of the world: what they asked for was done then, or never will be.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Calls } from "./exchange.ts";
import type { FenceFact } from "./fencefact.ts";
import type { Holding } from "./holding.ts";
import type { Host } from "./host.ts";
import type { OperationRow } from "./operations.ts";
import { pastOf } from "./past.ts";
import type { KeptPast, Past, Place } from "./past.ts";
import type { Turns } from "./turns.ts";

/** What the archive is asked, and what came back: undefined when it could not be read now. */
export interface PastAsk {
  readonly kind: "restore";
  readonly shard: number;
  readonly epoch: number;
}
export type PastHeard<Event extends ActorEvent> =
  | {
      readonly kind: "restored";
      readonly shard: number;
      readonly epoch: number;
      readonly kept: KeptPast<Event> | undefined;
    }
  /** It has given something, and is not done. */
  | { readonly kind: "restoring" };

export interface RestoringPorts {
  readonly at: (now: number) => number;
  readonly askPast: (ask: PastAsk) => void;
  readonly alarm: (says: string) => void;
}

interface Lost {
  readonly holding: Holding;
  readonly epoch: number;
  /** Of the last view before the loss. */
  readonly named: number | undefined;
  readonly since: number;
  isAsked: boolean;
  /** The archive was asked for it in vain. */
  hasFailed: boolean;
  againAt: number;
  /** What its fence log has, which waits. */
  facts: readonly FenceFact[];
}

export class Restoring<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #ports: RestoringPorts;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #calls: Calls<State, Event, Effect, Call, Answer>;
  readonly #turns: Turns<State, Event, Effect, World, Call, Answer>;
  readonly #lost = new Map<number, Lost>();
  /** Those of them that the archive is not asked for now, in the order in which they are to be. */
  readonly #idle = new Set<Lost>();
  #asked = 0;
  /** When the archive gave something last, and a shard's past. */
  #movedAt = Number.NEGATIVE_INFINITY;
  #givenAt = Number.NEGATIVE_INFINITY;
  #isSlowSaid = false;
  /** Shards of this tick that the archive gave nothing of. */
  #ungiven: number[] = [];

  constructor(
    ports: RestoringPorts,
    parts: {
      readonly host: Host<State, Event, Effect, World>;
      readonly calls: Calls<State, Event, Effect, Call, Answer>;
    },
    turns: Turns<State, Event, Effect, World, Call, Answer>,
  ) {
    this.#ports = ports;
    this.#host = parts.host;
    this.#calls = parts.calls;
    this.#turns = turns;
  }

  /** A shard was gained as lost. */
  begin(holding: Holding, named: number | undefined, now: number): void {
    const { shard, epoch } = holding;
    const before = this.#lost.get(shard);
    if (before !== undefined) this.#end(before);
    const lost: Lost = {
      holding,
      epoch,
      named,
      since: now,
      isAsked: false,
      hasFailed: false,
      againAt: now,
      facts: [],
    };
    this.#lost.set(shard, lost);
    this.#idle.add(lost);
    this.#askNext(now);
  }

  /** A call waits for it: it is asked for before others. */
  hasten({ shard }: Holding, now: number): void {
    const lost = this.#lost.get(shard);
    if (lost !== undefined && !lost.isAsked && now >= lost.againAt) this.#ask(lost);
  }

  tick(now: number): void {
    for (const lost of this.#lost.values()) {
      if (lost.holding.epoch !== lost.epoch) this.#end(lost);
      else if (this.#isGivenUp(lost, now)) this.#restore(lost, undefined, now);
      else if (now - lost.since >= limits.restoreMs) this.#saySlow();
    }
    if (this.#lost.size === 0) this.#isSlowSaid = false;
    this.#askNext(now);
    this.#sayUngiven();
  }

  /** One that cannot be read is not waited for because others' batches come. */
  #isGivenUp({ since, hasFailed }: Lost, now: number): boolean {
    const movedAt = hasFailed ? this.#givenAt : Math.max(this.#movedAt, this.#givenAt);
    return now - Math.max(since, movedAt) >= limits.restoreMs || now - since >= limits.restoreMsMax;
  }

  heard(heard: PastHeard<Event>, now: number): void {
    if (heard.kind === "restoring") {
      this.#movedAt = now;
      return;
    }
    const { shard, epoch, kept } = heard;
    const lost = this.#lost.get(shard);
    if (lost?.epoch !== epoch || !lost.isAsked || lost.holding.epoch !== epoch) return;
    lost.isAsked = false;
    this.#asked--;
    if (kept === undefined) {
      lost.hasFailed = true;
      // The next tick asks again, when it is time.
      lost.againAt = now + limits.restoreAgainMs;
      this.#idle.add(lost);
      return;
    }
    this.#givenAt = now;
    this.#restore(lost, pastOf(kept, epoch, lost.named), now);
    this.#askNext(now);
  }

  /** As many as may be: each answer brings the next, and thousands may wait. */
  #askNext(now: number): void {
    for (const lost of this.#idle) {
      if (this.#asked >= limits.restoresMax) return;
      if (now >= lost.againAt) this.#ask(lost);
    }
  }

  #saySlow(): void {
    if (this.#isSlowSaid) return;
    this.#isSlowSaid = true;
    this.#ports.alarm(`after ${limits.restoreMs / 1_000} s the store is still giving what it has of ${this.#lost.size} shards whose owner and runner-up are lost: calls there wait for up to ${limits.restoreMsMax / 1_000} s, because stops of their sessions stand there; look at the load of NATS and of this node`); // prettier-ignore
  }

  #sayUngiven(): void {
    const [first] = this.#ungiven;
    if (first === undefined) return;
    const shards = this.#ungiven.length === 1 ? `shard ${first}` : `${this.#ungiven.length} shards (the first is ${first})`; // prettier-ignore
    this.#ungiven = [];
    this.#ports.alarm(`the store did not give in time (${limits.restoreMs / 1_000} s without a word, ${limits.restoreMsMax / 1_000} s in all) what it has of ${shards}, whose owner and runner-up are lost; sessions there begin with what the fence log has`); // prettier-ignore
  }

  /** What earlier owners have fenced by the log: it is known from now on, whatever is lost, and nobody hears its answer. */
  told(holding: Holding, facts: readonly FenceFact[], now: number): void {
    const lost = this.#lost.get(holding.shard);
    if (lost?.epoch === holding.epoch) {
      lost.facts = facts;
      return;
    }
    this.#tell(holding, facts, now);
  }

  #ask(lost: Lost): void {
    this.#idle.delete(lost);
    lost.isAsked = true;
    this.#asked++;
    this.#ports.askPast({ kind: "restore", shard: lost.holding.shard, epoch: lost.epoch });
  }

  #end(lost: Lost): void {
    if (lost.isAsked) this.#asked--;
    this.#idle.delete(lost);
    this.#lost.delete(lost.holding.shard);
  }

  #restore(lost: Lost, past: Past<Event> | undefined, now: number): void {
    const { holding, facts } = lost;
    this.#end(lost);
    holding.isRestored = true;
    if (past === undefined) this.#ungiven.push(holding.shard);
    else {
      cite(holding, past.head);
      this.#rebuild(holding, past, now);
    }
    this.#tell(holding, facts, now);
  }

  #rebuild(holding: Holding, { actors, turns }: Past<Event>, now: number): void {
    const at = this.#ports.at(now);
    const operations = new Map<string, OperationRow>();
    const keys = new Set<string>();
    for (const { key, bytes, operations: rows } of actors) {
      const state = this.#host.read(bytes);
      if (state === undefined) continue;
      this.#host.adopt(key, state, at);
      keys.add(key);
      for (const row of rows) operations.set(row.op, row);
    }
    for (const { key, event, opens, closes, drops } of turns) {
      keys.add(key);
      try {
        this.#host.turn(key, event);
      } catch {
        // Full, or a turn that failed: the host has told of it, and refuses the session where it has to.
      }
      if (opens !== undefined) operations.set(opens, { op: opens, key, at: event.at, isOpen: true });
      if (closes === undefined) continue;
      if (drops === true) operations.delete(closes);
      else if (operations.has(closes)) operations.set(closes, { op: closes, key, at: event.at, isOpen: false }); // prettier-ignore
    }
    holding.operations.replace([...operations.values()].sort((one, other) => one.at - other.at));
    for (const key of keys) this.#turns.tellLoss(holding, key, now);
    for (const { op, key } of holding.operations.openRows()) this.#close(holding, op, key, now);
  }

  #tell(holding: Holding, facts: readonly FenceFact[], now: number): void {
    const earlier = facts.filter(({ epoch }) => epoch < holding.epoch);
    for (const fact of earlier) cite(holding, fact);
    for (const { op, key, at } of earlier) {
      this.#turns.tellLoss(holding, key, now);
      if (op === "" || holding.operations.find(op) !== undefined) continue;
      holding.operations.open(op, key, at);
      this.#close(holding, op, key, now);
    }
  }

  /** Nobody will hear of it any more. */
  #close(holding: Holding, op: string, key: string, now: number): void {
    this.#turns.try(holding, key, this.#calls.unknown(op, this.#ports.at(now)), now, { closes: op });
  }
}

/** The first entry of this epoch cites the last one before it that is known. */
function cite(holding: Holding, { epoch, n }: Place): void {
  const { cited } = holding;
  if (holding.n > 0 || epoch === 0) return;
  if (epoch > cited.epoch || (epoch === cited.epoch && n > cited.n)) holding.cited = { epoch, n };
}
