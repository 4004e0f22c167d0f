/**
 * The guard of breakers that sessions share: what this session knows of them, and what it says. Owns when a call waits for
 * the probe. Does not own when such a breaker opens (scopes/trip.ts), nor the session's own breaker (breaker.ts).
 *
 * D1. An open one refuses; in half-open a call passes only with the probe, which the scope gives to one session.
 * D2. Failures are told, and while the tool is known to fail, successes too: they make up a row for all.
 */
import { limits } from "../../protocol/limits.ts";
import { isFailure, seconds } from "./breaker.ts";
import type { Answer, Call, OpenCall, Refusal } from "./guard.ts";
import { sharedProbe } from "./guard.ts";
import type { Tell } from "./lease.ts";
import type { CompiledRole, SharedTrip } from "./role.ts";
import type { SessionWord } from "../scopes/word.ts";

export interface Trip {
  readonly scope: string;
  isFailing: boolean;
  isOpen: boolean;
  until: number;
  /** Since when it stands so. */
  since: number;
  hasProbe: boolean;
  /** The last probe that it was given: one that is told again, or an older one that comes late, is not another. */
  probe: number;
  /** When the scope was told last that this session calls the tool. */
  watchedAt: number;
}

export interface TripsState {
  /** Of tools with such a breaker that were called; most sessions have none, and share the one empty list. */
  trips: Trip[];
}

export const noTrips: Trip[] = [];
Object.freeze(noTrips);

/** How long an agent is told to wait while another session tries the tool. */
const againMs = 1_000;

function find({ trips }: TripsState, scope: string): Trip | undefined {
  for (const trip of trips) if (trip.scope === scope) return trip;
  return undefined;
}

export function beforeTrip(own: TripsState, { at, grant }: Call): Refusal | undefined {
  const trip = grant.trip === undefined ? undefined : find(own, grant.trip.scope);
  if (trip === undefined || !trip.isOpen || mayTry(trip, at)) return undefined;
  const until = Math.max(trip.until, at + againMs);
  const says = `The server behind it keeps failing, for others too. Try something else; it is tried again in ${seconds(until - at)}.`;
  return { kind: "deny", rule: "breaker.tool", says, until };
}

/** Whether a call must ask for the probe first. */
export function lacksProbe(own: TripsState, { at, grant }: Call): boolean {
  const trip = grant.trip === undefined ? undefined : find(own, grant.trip.scope);
  return trip !== undefined && trip.isOpen && trip.until <= at && !mayTry(trip, at);
}

/** A probe that came too late may be another session's by now. */
function mayTry({ hasProbe, probe }: Trip, at: number): boolean {
  return hasProbe && at < probe;
}

export function askProbe(own: TripsState, scope: string, role: CompiledRole, at: number): Tell[] {
  const trip = find(own, scope);
  const shared = role.trips.get(scope);
  if (trip === undefined || shared === undefined || !trip.isOpen || trip.until > at) return [];
  return [{ kind: "tell", scope, word: { kind: "probe", scope, openMs: shared.openMs } }];
}

export function enterTrip(own: TripsState, { at, grant }: Call, open: OpenCall): Tell[] {
  if (grant.trip === undefined) return [];
  const { scope } = grant.trip;
  const trip = find(own, scope) ?? begin(own, scope);
  if (trip.isOpen && trip.hasProbe) {
    trip.hasProbe = false;
    open.probe += sharedProbe;
  }
  if (at - trip.watchedAt < limits.scopeWatchMs) return [];
  trip.watchedAt = at;
  return [{ kind: "tell", scope, word: { kind: "watch", scope } }];
}

/** What a scope must hear of an answer. */
export function afterTrip(
  own: TripsState,
  open: OpenCall,
  trip: SharedTrip | undefined,
  answer: Answer,
): Tell[] {
  const known = trip === undefined ? undefined : find(own, trip.scope);
  if (trip === undefined || known === undefined) return [];
  const isProbe = (open.probe & sharedProbe) !== 0;
  const failure = isFailure(answer.facts.outcome);
  const failed = failure === undefined ? "unknown" : failure ? "yes" : "no";
  if (!isProbe && (failed === "unknown" || (failed === "no" && !known.isFailing))) return [];
  const { scope, failures, openMs } = trip;
  return [{ kind: "tell", scope, word: { kind: "outcome", scope, failed, isProbe, failures, openMs } }];
}

export function takeTrip(own: TripsState, word: Extract<SessionWord, { kind: "tripped" }>): void {
  const trip = find(own, word.scope);
  if (trip === undefined || word.since < trip.since) return;
  // Probes of one opening follow each other in time.
  const isGiven = word.probe > (word.since === trip.since ? trip.probe : 0);
  trip.since = word.since;
  trip.isFailing = word.isFailing;
  trip.isOpen = word.isOpen;
  trip.until = word.until;
  if (!isGiven) return;
  trip.probe = word.probe;
  trip.hasProbe = true;
}

function begin(own: TripsState, scope: string): Trip {
  const trip = {
    scope,
    isFailing: false,
    isOpen: false,
    until: 0,
    since: 0,
    hasProbe: false,
    probe: 0,
    watchedAt: 0,
  };
  const kept = own.trips.length < limits.leasesPerSessionMax ? own.trips : own.trips.slice(1);
  own.trips = [...kept, trip];
  return trip;
}
