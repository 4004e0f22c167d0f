/**
 * What a baseline makes known that the one in force does not: a destination that is known asks nobody any more. Who puts it in
 * force must have seen these, however slowly and by however many users they came to be used. Pure.
 */
import type { Baseline } from "../../protocol/baseline.ts";

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

/** Sessions that its rules were measured on; 0 where nobody has. */
export function sessionsMeasured({ modes }: Baseline): number {
  return Math.max(0, ...modes.filter(({ rule }) => rule.startsWith("sequence.")).map(({ of }) => of));
}
