/**
 * The breaker of an upstream tool that all sessions of a tenant share. Owns when it opens, who hears of it, and who has the
 * probe. Does not own which outcomes are failures (guards/breaker.ts), nor a session's own breaker.
 *
 *     closed ──failures in a row, of two sessions──▶ open ──its time is over──▶ half-open ──probe answered──▶ closed
 *                                                     ▲                            │
 *                                                     └── probe failed: twice as long, at most eight times ──┘
 *
 * X1. One session alone opens it for nobody: its own breaker is for that.
 * X2. In half-open one session has the probe; one that is never answered holds it for one opening time.
 * X3. Only the probe's answer moves a breaker that is not closed.
 * X4. Whoever calls the tool hears of each change; who did not hear is told with its next word.
 */
import { limits } from "../../protocol/limits.ts";
import type { ScopeWord, SessionWord } from "./word.ts";

export interface TripState {
  /** In a row, and the sessions that they came from: as many as must agree. */
  failures: number;
  failing: readonly string[];
  until: number;
  /** In a row; 0: closed. */
  openings: number;
  prober: string;
  proberUntil: number;
  /** Time of the last change: a word of before it is not heeded any more. */
  changedAt: number;
  /** Sessions that call the tool, the one heard of longest ago first, and when. */
  readonly watchers: Map<string, number>;
}

type Outcome = Extract<ScopeWord, { kind: "outcome" }>;
type Tripped = Extract<SessionWord, { kind: "tripped" }>;

const sessionsMin = 2;
const doublingsMax = 3;

export function startTrip(): TripState {
  return {
    failures: 0,
    failing: [],
    until: 0,
    openings: 0,
    prober: "",
    proberUntil: 0,
    changedAt: 0,
    watchers: new Map(),
  };
}

/** Nothing is known of the tool: it is tried. */
function loseTrip(own: TripState, at: number): void {
  own.changedAt = at;
  own.failures = 0;
  own.failing = [];
  own.until = own.openings = own.proberUntil = 0;
  own.prober = "";
}

/** Its past is lost: what is known of the server still holds, but not who tries it. */
export function loseProber(own: TripState, at: number): void {
  own.changedAt = at;
  own.prober = "";
  own.proberUntil = 0;
}

/** A session calls the tool, and wants to hear of it. */
export function watch(own: TripState, from: string, at: number): void {
  own.watchers.delete(from);
  own.watchers.set(from, at);
  for (const [session, since] of own.watchers) {
    if (at - since <= limits.scopeWatchMs * 2 && own.watchers.size <= limits.scopeWatchersMax) return;
    own.watchers.delete(session);
  }
}

/** @returns whether the state is another one than before, for all to hear */
export function learn(
  own: TripState,
  from: string,
  { failed, isProbe, failures, openMs }: Outcome,
  at: number,
): boolean {
  if (own.openings > 0) {
    if (!isProbe || own.prober !== from) return false;
    own.prober = "";
    own.proberUntil = 0;
    // A probe that showed nothing leaves the place to another.
    if (failed === "unknown") return false;
    if (failed === "no") loseTrip(own, at);
    else open(own, openMs, at);
    return true;
  }
  const wasFailing = own.failures > 0;
  if (failed === "no") {
    if (wasFailing) loseTrip(own, at);
    return wasFailing;
  }
  if (failed === "unknown") return false;
  own.failures++;
  if (!own.failing.includes(from) && own.failing.length < sessionsMin)
    own.failing = [...own.failing, from].sort();
  if (!wasFailing) own.changedAt = at;
  if (own.failures < failures || own.failing.length < sessionsMin) return !wasFailing;
  open(own, openMs, at);
  return true;
}

/** In half-open, the first that asks tries the tool. */
export function leaseProbe(own: TripState, from: string, openMs: number, at: number): boolean {
  if (own.openings === 0 || at < own.until) return false;
  // Asked again by the one that has it: it is the same probe, and not another.
  if (own.prober !== "" && at < own.proberUntil) return own.prober === from;
  own.prober = from;
  own.proberUntil = at + openMs;
  return true;
}

export function sayTrip(own: TripState, scope: string, isProbe: boolean): Tripped {
  const { failures, openings, until, prober, proberUntil, changedAt } = own;
  const held = prober !== "" && !isProbe && proberUntil > until ? proberUntil : until;
  const probe = isProbe ? proberUntil : 0;
  return { kind: "tripped", scope, isFailing: failures > 0, isOpen: openings > 0, until: held, probe, since: changedAt }; // prettier-ignore
}

function open(own: TripState, openMs: number, at: number): void {
  own.until = at + openMs * (1 << Math.min(own.openings, doublingsMax));
  own.openings = Math.min(own.openings + 1, doublingsMax + 1);
  own.prober = "";
  own.proberUntil = 0;
  own.changedAt = at;
}
