/**
 * Turns of the sessions that are owned here: taken by the host, recorded, and sent to the runner-up, in this order. Owns
 * what a session is told before its call. Does not own calls (ownership.ts).
 *
 * T1. A session whose past is lost is told so before any other turn, by whatever it is brought.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { GatewayError } from "../protocol/errors.ts";
import type { Calls } from "./exchange.ts";
import type { Holding, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import type { OwnershipPorts } from "./ownershipports.ts";
import type { Streams } from "./streams.ts";

/** What a turn does to the list of operations. */
export interface Operated {
  readonly opens?: string;
  readonly closes?: string;
  readonly drops?: true;
}

/** What a turn that ends a call does to them. */
export function closing({
  op,
  isRepeatable,
}: {
  readonly op: string;
  readonly isRepeatable: boolean;
}): Operated {
  return isRepeatable ? { closes: op, drops: true } : { closes: op };
}

export type TurnPorts<Call, Answer, Event extends ActorEvent, Effect> = Pick<
  OwnershipPorts<Call, Answer, Event, Effect>,
  "acted" | "at" | "configuration" | "record"
> & {
  /** A turn is taken and, where it had to be, on its way to the runner-up: what it says to other actors may follow. */
  readonly turned: (
    holding: Holding,
    key: string,
    event: Event,
    effects: readonly Effect[],
    mark: Mark | undefined,
    now: number,
  ) => void;
};

export class Turns<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #ports: TurnPorts<Call, Answer, Event, Effect>;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #calls: Calls<State, Event, Effect, Call, Answer>;
  readonly #streams: Streams<State, Event, Effect, World>;

  constructor(
    ports: TurnPorts<Call, Answer, Event, Effect>,
    parts: {
      readonly host: Host<State, Event, Effect, World>;
      readonly calls: Calls<State, Event, Effect, Call, Answer>;
      readonly streams: Streams<State, Event, Effect, World>;
    },
  ) {
    this.#ports = ports;
    this.#host = parts.host;
    this.#calls = parts.calls;
    this.#streams = parts.streams;
  }

  act(key: string, event: Event): readonly Effect[] {
    const effects = this.#host.turn(key, event);
    this.#ports.acted(key, event, effects);
    return effects;
  }

  /** What a session must know before a call: that its past is lost, and its configuration. */
  acquaint(holding: Holding, key: string, call: Call, at: number, now: number): void {
    if (isLossUntold(holding, key)) this.#turn(holding, key, this.#calls.lost(at), now);
    const state = this.#host.waken(key, at);
    for (const event of this.#calls.told(state, key, call, this.#ports.configuration(), at))
      this.#turn(holding, key, event, now);
    holding.keys.add(key);
  }

  /** @returns false when the host refuses the session, which it has told of */
  tellLoss(holding: Holding, key: string, now: number): boolean {
    if (!isLossUntold(holding, key)) return true;
    return this.try(holding, key, this.#calls.lost(this.#ports.at(now)), now) !== undefined;
  }

  /** @returns undefined when the host refuses the session, which it has told of */
  try(
    holding: Holding,
    key: string,
    event: Event,
    now: number,
    operation: Operated = {},
  ): { effects: readonly Effect[]; mark: Mark | undefined } | undefined {
    try {
      return this.#turn(holding, key, event, now, operation);
    } catch (fault) {
      if (fault instanceof GatewayError) return undefined;
      throw fault;
    }
  }

  #turn(
    holding: Holding,
    key: string,
    event: Event,
    now: number,
    operation: Operated = {},
  ): { effects: readonly Effect[]; mark: Mark | undefined } {
    const effects = this.act(key, event);
    // Not before: a session that the host refused has not been told of its loss.
    holding.keys.add(key);
    return { effects, mark: this.journal(holding, key, event, effects, operation, now) };
  }

  journal(
    holding: Holding,
    key: string,
    event: Event,
    effects: readonly Effect[],
    operation: Operated,
    now: number,
    isLazy = false,
  ): Mark | undefined {
    const { closes, drops } = operation;
    if (closes !== undefined && drops === true) holding.operations.drop(closes);
    else if (closes !== undefined) holding.operations.close(closes, event.at);
    if (!this.#host.isJournalled(event, effects)) {
      this.#ports.turned(holding, key, event, effects, undefined, now);
      return undefined;
    }
    const { shard, epoch, cited } = holding;
    const n = ++holding.n;
    const entry = { kind: "turn", shard, epoch, n, key, event, ...operation } as const;
    this.#ports.record({ shard, epoch, n, cited }, entry, operation.opens);
    // What may run twice has no fence; its answer takes the entry with it.
    const waits = !isLazy && drops !== true;
    const mark = this.#streams.push(holding, entry, now, !waits);
    this.#ports.turned(holding, key, event, effects, mark, now);
    return mark;
  }
}

function isLossUntold({ lostAt, keys }: Holding, key: string): boolean {
  return lostAt > 0 && !keys.has(key);
}
