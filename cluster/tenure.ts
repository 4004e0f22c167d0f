/**
 * Which shards this node owns, and what becomes of their state when that begins or ends. Does not own calls
 * (ownership.ts), nor who should own what (view.ts).
 *
 * W1. What is gained without a whole copy, or as lost, is forgotten, and its sessions are told so before their first call.
 * W2. What is handed over by plan stays: this node has all of it and is its runner-up in sync from that view on. Only a
 *     shard that has stood frozen since that very swap counts: nothing was done to it.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { keepAsCopy } from "./copies.ts";
import type { Calls } from "./exchange.ts";
import type { Fencing } from "./fencing.ts";
import type { Holding, Holdings } from "./holding.ts";
import type { Host } from "./host.ts";
import { Restoring } from "./restoring.ts";
import type { RestoringPorts } from "./restoring.ts";
import type { Streams } from "./streams.ts";
import type { Turns } from "./turns.ts";
import { epochOf, firstEpoch, isInSync, lostAtOf, ownerOf, placeOf } from "./view.ts";
import type { View } from "./view.ts";

export interface TenurePorts extends RestoringPorts {
  readonly id: string;
  /** Whether an incarnation of this node was, or is, this very process: what it got is held here. */
  readonly isThisProcess: (incarnation: number) => boolean;
  /** Shards are another's now: nothing of them goes on here. */
  readonly lost: () => void;
}

export class Tenure<State, Event extends ActorEvent, Effect, World, Call, Answer> {
  readonly #ports: TenurePorts;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #calls: Calls<State, Event, Effect, Call, Answer>;
  readonly #streams: Streams<State, Event, Effect, World>;
  readonly #turns: Turns<State, Event, Effect, World, Call, Answer>;
  readonly #fencing: Fencing;
  readonly #holdings: Holdings;
  readonly #owned = new Set<Holding>();
  readonly restoring: Restoring<State, Event, Effect, World, Call, Answer>;
  #before: View | undefined;

  constructor(
    ports: TenurePorts,
    parts: {
      readonly host: Host<State, Event, Effect, World>;
      readonly calls: Calls<State, Event, Effect, Call, Answer>;
      readonly streams: Streams<State, Event, Effect, World>;
      readonly fencing: Fencing;
      readonly holdings: Holdings;
    },
    turns: Turns<State, Event, Effect, World, Call, Answer>,
  ) {
    this.#ports = ports;
    this.#host = parts.host;
    this.#calls = parts.calls;
    this.#streams = parts.streams;
    this.#fencing = parts.fencing;
    this.#holdings = parts.holdings;
    this.#turns = turns;
    this.restoring = new Restoring(ports, parts, turns);
  }

  get owned(): ReadonlySet<Holding> {
    return this.#owned;
  }

  get underWay(): number {
    let count = 0;
    for (const { running } of this.#owned) count += running;
    return count;
  }

  viewed(view: View, now: number): void {
    const own = placeOf(view, this.#ports.id);
    const member = view.members[own];
    const isMine = member?.isLive === true && this.#ports.isThisProcess(member.incarnation);
    const due = ({ shard }: Holding): number => (isMine && view.owner[shard] === own ? epochOf(view, shard) : 0); // prettier-ignore
    const changed = [...this.#owned].filter((holding) => due(holding) === 0);
    const { owner } = view;
    for (let at = isMine ? owner.indexOf(own) : -1; at >= 0; at = owner.indexOf(own, at + 1))
      if (epochOf(view, at) !== (this.#holdings.known(at)?.epoch ?? 0)) changed.push(this.#holdings.of(at));
    // Ours no more; or lost at the epoch under which it is ours: somebody else had it in between.
    const lost = changed.filter((each) => each.epoch !== 0 && [0, lostAtOf(view, each.shard)].includes(due(each))); // prettier-ignore
    for (const holding of lost)
      if (isMine && view.owner[holding.shard] !== own && isHandedOver(view, own, holding))
        keep(view, holding);
    this.#lose(lost);
    for (const holding of changed) {
      const epoch = due(holding);
      if (epoch !== 0 && holding.epoch !== 0) this.#goOn(holding, epoch, now);
      else if (epoch !== 0) this.#gain(view, holding, epoch, now);
    }
    this.#before = view;
  }

  /** Under another epoch, with all that is known of it. */
  #goOn(holding: Holding, epoch: number, now: number): void {
    this.#begin(holding, epoch, false, now);
    if (!holding.isRestored) this.restoring.begin(holding, undefined, now);
  }

  #gain(view: View, holding: Holding, epoch: number, now: number): void {
    const { copy } = holding;
    const lostAt = lostAtOf(view, holding.shard);
    const isWhole = epoch === firstEpoch || (copy !== undefined && copy.epoch >= lostAt);
    const isForgotten = lostAt === epoch || !isWhole;
    if (isForgotten) {
      for (const key of holding.keys) this.#host.remove(key);
      holding.keys.clear();
      holding.operations.replace([]);
    }
    holding.lostAt = isForgotten ? epoch : lostAt;
    holding.isTold = !isForgotten;
    holding.isRestored = !isForgotten;
    holding.copy = undefined;
    this.#owned.add(holding);
    // Under a new epoch only a hand-over leaves a mark: the former owner has what this copy has.
    this.#begin(holding, epoch, !isForgotten && isInSync(view, holding.shard), now);
    if (isForgotten) return this.restoring.begin(holding, this.#named(view, holding.shard), now);
    // What the last owner had under way: nobody will hear of it any more.
    for (const { op, key } of holding.operations.openRows())
      this.#turns.try(holding, key, this.#calls.unknown(op, this.#ports.at(now)), now, { closes: op });
  }

  /** The epoch of a shard in the view before, if this node has seen that one. */
  #named(view: View, shard: number): number | undefined {
    const before = this.#before;
    if (before?.history !== view.history || before.number !== view.number - 1) return undefined;
    return epochOf(before, shard);
  }

  #begin(holding: Holding, epoch: number, isHandedOver: boolean, now: number): void {
    if (holding.epoch !== 0) holding.cited = { epoch: holding.epoch, n: holding.n };
    holding.epoch = epoch;
    holding.n = 0;
    this.#streams.begin(holding, isHandedOver, now);
    this.#fencing.begin(holding);
  }

  /** All in one go: a hand-over takes many shards, and there are many calls to look at. */
  #lose(shards: readonly Holding[]): void {
    if (shards.length === 0) return;
    for (const holding of shards) {
      holding.epoch = 0;
      holding.fill = undefined;
      holding.next = undefined;
      holding.packing = undefined;
      holding.left.clear();
      holding.frozen = undefined;
      holding.risen.clear();
      holding.running = 0;
      this.#owned.delete(holding);
      this.#fencing.begin(holding);
    }
    this.#ports.lost();
  }
}

/** By this node's own swap, which stands. */
function isHandedOver(view: View, own: number, { shard, frozen }: Holding): boolean {
  const isRunnerUp = view.runner[shard] === own && isInSync(view, shard);
  return isRunnerUp && frozen?.given === epochOf(view, shard);
}

function keep(view: View, holding: Holding): void {
  const owner = ownerOf(view, holding.shard);
  if (owner !== undefined) keepAsCopy(holding, owner, epochOf(view, holding.shard));
}
