/**
 * What a baseline makes known that the one in force does not, and which rules it lowers: a destination that is known asks nobody any more,
 * a rule that is lowered stops nobody. Who puts it in force must have seen these, however slowly and by however many users they came
 * about: whoever can make days look busy can make a rule look loud. Pure.
 */
import { isOutdated } from "../../actors/behaviour/baseline.ts";
import { loweredIn } from "../../actors/behaviour/measures.ts";
import type { Baseline, RuleMode } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";

/** A keyed hash; in how many sessions, of users, on days. All 0 for one that a person approved and nobody has used. */
export interface NewDestination {
  readonly hash: number;
  readonly sessions: number;
  readonly users: number;
  readonly days: number;
}

/** @param before the baseline in force; none knows nothing */
export function newDestinations(baseline: Baseline, before: Baseline | undefined): readonly NewDestination[] {
  const old = new Set([...(before?.destinations ?? []).map(([hash]) => hash), ...(before?.approved ?? [])]);
  const rows = new Map(baseline.approved.map((hash) => [hash, { hash, sessions: 0, users: 0, days: 0 }]));
  for (const [hash, sessions, users, days] of baseline.destinations) rows.set(hash, { hash, sessions, users, days }); // prettier-ignore
  return [...rows.values()].filter(({ hash }) => !old.has(hash)).sort((one, other) => one.sessions - other.sessions || one.hash - other.hash); // prettier-ignore
}

/** Rules that it lowers to an alert and the one in force does not, or lowers as another rule. @param before none lowers nothing */
export function newlyLowered(baseline: Baseline, before: Baseline | undefined): readonly RuleMode[] {
  const key = ({ rule, definition = 0 }: RuleMode): string => `${rule} ${definition}`;
  const old = new Set(loweredIn(before?.modes ?? []).map(key));
  return loweredIn(baseline.modes).filter((mode) => !old.has(key(mode)));
}

/** Sessions that its rules were measured on; 0 where nobody has. */
export function sessionsMeasured({ modes }: Baseline): number {
  return Math.max(0, ...modes.filter(({ rule }) => rule.startsWith("sequence.")).map(({ of }) => of));
}

/** What somebody who puts a baseline in force says that he has seen. */
export interface Seen {
  /** Destinations that become known by it. */
  readonly destinations: number;
  /** Rules that it lowers. */
  readonly lowered: number;
  /** That nobody has measured it, or on too little. */
  readonly unmeasured: boolean;
}

export const outdatedWords =
  "its destinations were hashed by an older version of Gatehouse, and none of them is known any more";

/** @returns why it may not be put in force, with what to say of it; undefined when it may */
export function whyNotPromoted(
  baseline: Baseline,
  before: Baseline | undefined,
  seen: Seen,
): string | undefined {
  if (isOutdated(baseline)) return `${outdatedWords}: build and measure another`;
  const [measured, least] = [sessionsMeasured(baseline), limits.baselineShadowSessionsMin];
  if (measured < least && !seen.unmeasured) {
    if (measured === 0) return "nobody has measured this baseline: run gatehouse baseline shadow and promote what it gives, or say --unmeasured"; // prettier-ignore
    return `this baseline was measured on ${countOf(measured, "session")}, and ${least} are the least that say anything: measure more days, or say --unmeasured`;
  }
  const { length: known } = newDestinations(baseline, before);
  if (known !== 0 && seen.destinations !== known)
    return `it makes ${countOf(known, "destination")} known that the one in force does not; nobody is asked about a known one any more. Say that you have seen them: --destinations ${known}`;
  const { length: lowered } = newlyLowered(baseline, before);
  if (lowered === 0 || seen.lowered === lowered) return undefined;
  return `it lowers ${countOf(lowered, "rule")} to an alert that the one in force does not: what they stopped is then told and let through. Look at what fired them, and say that you have: --lowered ${lowered}`;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
