/**
 * What an owner wants the view to say of one of its shards: who its runner-up is, and whether that one is in sync; and
 * whom it fills beside the runner-up. Owns the choice. Does not own fills (fills.ts) nor the swap (membership.ts).
 *
 * Z1. A runner-up in sync is replaced by a candidate that has all that any fence has rested on, in one change: the shard is
 *     never without a copy in sync by plan.
 * Z2. The view does not name the candidate: nobody but the owner acts on it, and every node reads every view.
 * Z3. A runner-up that is silent or gone is replaced at once.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { sequenceIn } from "./holding.ts";
import type { Fill, Holding } from "./holding.ts";
import type { Outboxes } from "./outboxes.ts";
import { isInSync, nobody, placeOf, ranked } from "./view.ts";
import type { Standing, View } from "./view.ts";

export class Standings<Event extends ActorEvent> {
  readonly #outboxes: Outboxes<Event>;

  constructor(outboxes: Outboxes<Event>) {
    this.#outboxes = outboxes;
  }

  /** Place of whom to fill beside the runner-up: who is to own the shard, or to come after a runner-up that is leaving. */
  candidate(view: View, own: number, { shard, target }: Holding): number | undefined {
    const now = view.runner[shard] ?? nobody;
    if (target !== undefined) return target !== now && this.#isGood(view, own, target) ? target : undefined;
    if (view.members[now]?.weight !== 0) return undefined;
    const isLeftOut = (place: number): boolean => view.members[place]?.weight === 0 || !this.#isGood(view, own, place); // prettier-ignore
    return ranked(view.members, shard, 1, isLeftOut)[0];
  }

  /** Place of whom a fill is for; `nobody` once its stream is over. */
  receiver(view: View, fill: Fill | undefined): number {
    const id = fill === undefined ? undefined : this.#outboxes.of(fill.stream)?.id;
    const place = id === undefined ? -1 : placeOf(view, id);
    return place < 0 ? nobody : place;
  }

  /** Whether all whom it needs have its fill, or have it on its way; what changes that is a reason to look again. */
  isFilled(view: View, own: number, holding: Holding): boolean {
    const { shard, fill, next } = holding;
    if (!isInSync(view, shard)) return fill !== undefined;
    const candidate = this.candidate(view, own, holding);
    if (candidate === undefined) return next === undefined;
    return next !== undefined && this.receiver(view, next) === candidate;
  }

  of(view: View, own: number, holding: Holding): Standing {
    const { shard, epoch, lostAt, fill, next, target } = holding;
    const now = view.runner[shard] ?? nobody;
    const base = { shard, epoch, isLost: lostAt === epoch };
    const candidate = this.receiver(view, next);
    const isThere = this.#isGood(view, own, now);
    const hasNext = candidate !== now && this.#isGood(view, own, candidate);
    // A planned move makes its candidate the owner in one change: that one need not be the runner-up before.
    const isDue = hasNext && (!isThere || (view.members[now]?.weight === 0 && candidate !== target));
    if (isDue && isInSync(view, shard) && this.#isLevel(holding))
      return { ...base, runner: candidate, inSync: true };
    if (isThere) {
      const isKept = fill?.isKept === true && isInSync(view, shard);
      return {
        ...base,
        runner: now,
        inSync: isKept || (fill?.isAcked === true && this.#hasLogged(holding, fill)),
      };
    }
    const [best = now] = hasNext ? [candidate] : ranked(view.members, shard, 1, (place) => !this.#isGood(view, own, place)); // prettier-ignore
    return { ...base, runner: best, inSync: false };
  }

  /** Whether the candidate has everything that a fence has rested on: in its fill, at its end, since then, or by the log. */
  #isLevel(holding: Holding): boolean {
    const { next } = holding;
    if (next?.joined === undefined) return false;
    const acked = this.#outboxes.of(next.stream)?.outbox.acked ?? 0;
    return acked >= next.joined && this.#hasLogged(holding, next);
  }

  /** Whether whom a fill is for has all that the fence log stood in for. */
  #hasLogged({ logged }: Holding, { stream }: Fill): boolean {
    return (this.#outboxes.of(stream)?.outbox.acked ?? 0) >= (sequenceIn(logged, stream) ?? 0);
  }

  #isGood(view: View, own: number, place: number): boolean {
    const member = view.members[place];
    return member?.isLive === true && place !== own && !this.#outboxes.isSuspect(member.id);
  }
}
