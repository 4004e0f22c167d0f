/**
 * What must hold of breakers that sessions share: of a tool that is being tried again, one session at a time has the probe.
 * A part of oracle.ts. It hears of leases when they leave their scope's owner, and of what scopes and sessions decide from
 * their records, so it need not know how a scope comes to give one.
 *
 * P1. A probe is given to another session only when the one that had it has answered, or its time is over.
 * P2. A call that is let through while its session knows the breaker to be open rests on a probe given to that session, and
 *     each is used for one call; but for who goes on after an owner that died, and does not know its last moments.
 */
import type { AnyEvent } from "../../actors/roster.ts";
import type { Trip } from "../../actors/guards/trip.ts";
import { scopeKey } from "../../protocol/scope.ts";
import { toolScopeOf } from "./load.ts";

interface Lease {
  readonly scope: string;
  readonly to: string;
  readonly until: number;
  readonly epoch: number;
  isOver: boolean;
  /** Epoch of the session's shard under which it was used; 0: it was not. */
  usedUnder: number;
}

export class TripOracle {
  readonly #leases = new Map<string, Lease[]>();
  /** Probes given, calls that rested on them, and calls that were refused by such a breaker. */
  readonly figures = { probes: 0, tries: 0 };

  /**
   * A word that gives a probe leaves its scope's owner.
   *
   * @param slackMs by which clocks of two owners of the scope may differ
   * @returns what is wrong
   */
  given(
    scope: string,
    epoch: number,
    { to, until, at }: { to: string; until: number; at: number },
    slackMs: number,
  ): string | undefined {
    const leases = this.#leases.get(scope) ?? [];
    this.#leases.set(scope, leases);
    if (leases.some((lease) => lease.to === to && lease.until === until)) return undefined;
    const held = leases.find((lease) => !lease.isOver && lease.to !== to && lease.until - (lease.epoch === epoch ? 0 : slackMs) > at); // prettier-ignore
    leases.push({ scope, to, until, epoch, isOver: false, usedUnder: 0 });
    this.figures.probes++;
    return held === undefined ? undefined : `${scope} gives ${to} the probe, and ${held.to} has it for ${held.until - at} ms more`; // prettier-ignore
  }

  /** A scope has taken a turn. */
  recorded(scope: string, event: AnyEvent): void {
    for (const lease of this.#leases.get(scope) ?? [])
      if (event.kind === "lost" || (event.kind === "outcome" && event.isProbe && event.from === lease.to))
        lease.isOver = true;
  }

  /** A session has let a call through. @returns what is wrong */
  decided(session: string, tool: string, epoch: number, trips: readonly Trip[]): string | undefined {
    const name = toolScopeOf(tool);
    if (trips.find(({ scope }) => scope === name)?.isOpen !== true) return undefined;
    const leases = this.#leases.get(scopeKey(session, name)) ?? [];
    const free = leases.find((lease) => lease.to === session && lease.usedUnder === 0);
    const lease = free ?? leases.findLast((each) => each.to === session && each.usedUnder !== epoch);
    if (lease === undefined) return `${session} calls ${tool} through a breaker that it knows to be open, and has no probe`; // prettier-ignore
    lease.usedUnder = epoch;
    this.figures.tries++;
    return undefined;
  }
}
