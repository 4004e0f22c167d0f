/** The state of a scope: what it starts as, and what it is put away as; what comes back is checked to the cell. */
import { limits } from "../../protocol/limits.ts";
import type { Cell, Frozen } from "../actor.ts";
import { thawLabels } from "../labels.ts";
import { startBudget } from "./budget.ts";
import type { BudgetState, ScopeLease } from "./budget.ts";
import { noTaints } from "./taint.ts";
import type { TaintState } from "./taint.ts";
import { startTrip } from "./trip.ts";
import { freezeRow, thawRow } from "./tally.ts";
import type { TallyRow, TallyState } from "./tally.ts";
import type { TripState } from "./trip.ts";

/** Grows with every change of the frozen shape, or of a decision. */
export const scopeVersion = 4;
/** Versions before it, which are still read: sums of another alarm; and no counts at all. */
const otherAlarmVersion = 3;
const tallylessVersion = 2;
/** Beyond the bound each label has one more: for everybody. */
const taintsMax = limits.scopeTaintsMax + limits.labelsPerSessionMax;
/** The first cell: no session's begins with a text. */
const mark = "scope";

export interface ScopeState extends BudgetState, TaintState, TripState, TallyState {}

export function create(): ScopeState {
  return { ...startBudget(), ...startTrip(), taints: noTaints, tallies: new Map() };
}

export function freezeScope(scope: ScopeState): Frozen {
  const leases = [...scope.leases].map(([session, lease]): Cell => [session, lease.line, lease.granted, lease.spent, lease.charged, lease.askedAt, lease.hungryAt, lease.hungryUntil]); // prettier-ignore
  const taints = [...scope.taints].map(([label, users]): Cell => [label, ...users]);
  const { failures, failing, until, openings, prober, proberUntil, changedAt } = scope;
  const trip: Cell = [
    failures,
    failing,
    until,
    openings,
    prober,
    proberUntil,
    changedAt,
    [...scope.watchers],
  ];
  const tallies = [...scope.tallies].map(([key, row]): Cell => [key, ...freezeRow(row)]);
  return [mark, scopeVersion, scope.tokens, scope.tokensAt, scope.registerUntil, leases, taints, trip, tallies]; // prettier-ignore
}

export function isFrozenScope(frozen: unknown): boolean {
  return Array.isArray(frozen) && frozen[0] === mark;
}

/** @returns the scope; undefined for anything that `freezeScope` does not give */
export function thawScope(frozen: unknown): ScopeState | undefined {
  if (!Array.isArray(frozen)) return undefined;
  const [first, version, tokens, tokensAt, registerUntil, rows, labels, breaker, counted = []] = frozen as unknown[]; // prettier-ignore
  if (first !== mark || frozen.length !== (version === tallylessVersion ? 8 : 9)) return undefined;
  if (version !== scopeVersion && version !== otherAlarmVersion && version !== tallylessVersion) return undefined; // prettier-ignore
  if (!isNumber(tokens) || !isNumber(tokensAt) || !isNumber(registerUntil)) return undefined;
  const leases = thawLeases(rows);
  const taints = thawTaints(labels);
  const trip = thawTrip(breaker);
  const tallies = thawTallies(counted);
  if (leases === undefined || taints === undefined || trip === undefined || tallies === undefined)
    return undefined;
  return { tokens, tokensAt, registerUntil, leases, taints, ...trip, tallies };
}

function thawLeases(rows: unknown): Map<string, ScopeLease> | undefined {
  if (!Array.isArray(rows) || rows.length > limits.scopeLeasesMax) return undefined;
  const leases = new Map<string, ScopeLease>();
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || row.length !== 8) return undefined;
    const [session, ...numbers] = row as unknown[];
    if (typeof session !== "string" || leases.has(session) || !numbers.every(isNumber)) return undefined;
    const [line = 0, granted = 0, spent = 0, charged = 0, askedAt = 0, hungryAt = 0, hungryUntil = 0] =
      numbers;
    leases.set(session, { line, granted, spent, charged, askedAt, hungryAt, hungryUntil });
  }
  return leases;
}

function thawTaints(rows: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  if (!Array.isArray(rows) || rows.length > limits.labelsPerSessionMax) return undefined;
  const taints = new Map<string, readonly string[]>();
  let size = 0;
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || row.length < 2 || !row.every((cell) => typeof cell === "string"))
      return undefined;
    const [label = "", ...users] = row;
    size += users.length;
    if (taints.has(label) || thawLabels([label]) === undefined || size > taintsMax) return undefined;
    taints.set(label, users);
  }
  return taints.size === 0 ? noTaints : taints;
}

function thawTallies(rows: unknown): Map<string, TallyRow> | undefined {
  if (!Array.isArray(rows) || rows.length > limits.tallyClassesMax) return undefined;
  const tallies = new Map<string, TallyRow>();
  for (const cells of rows as unknown[]) {
    if (!Array.isArray(cells)) return undefined;
    const [key, ...rest] = cells as unknown[];
    const row = thawRow(rest);
    if (typeof key !== "string" || tallies.has(key) || row === undefined) return undefined;
    tallies.set(key, row);
  }
  return tallies;
}

function thawTrip(cells: unknown): TripState | undefined {
  if (!Array.isArray(cells) || cells.length !== 8) return undefined;
  const [failures, failing, until, openings, prober, proberUntil, changedAt, rows] = cells as unknown[];
  if (![failures, until, openings, proberUntil, changedAt].every(isNumber) || typeof prober !== "string")
    return undefined;
  if (!Array.isArray(failing) || failing.length > 2 || !failing.every((each) => typeof each === "string"))
    return undefined;
  if (!Array.isArray(rows) || rows.length > limits.scopeWatchersMax) return undefined;
  const watchers = new Map<string, number>();
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || row.length !== 2 || typeof row[0] !== "string" || !isNumber(row[1]))
      return undefined;
    watchers.set(row[0], row[1]);
  }
  return { failures: Number(failures), failing, until: Number(until), openings: Number(openings), prober, proberUntil: Number(proberUntil), changedAt: Number(changedAt), watchers }; // prettier-ignore
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
