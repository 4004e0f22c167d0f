/**
 * Counting of equal refusals, so that a storm of them costs one record per interval and not one each. Owns the groups
 * and their intervals. Does not own which calls are refused.
 *
 * R1. The first refusal of a group is recorded in full; further ones within the interval only raise its count.
 * R2. A count changes nothing but what is reported of it. Which groups there are depends on journalled events alone.
 *     So a replay that lacks the counted calls decides alike.
 * R3. Groups are bounded: limits.refusalGroupsMax named ones; beyond them one without a name for each rule, so that a
 *     storm of made-up names cannot hide what another rule refused.
 */
import { limits } from "../protocol/limits.ts";
import type { Rule } from "../protocol/verdict.ts";

export interface RefusalGroup {
  readonly rule: Rule;
  /** What was refused, cut to limits.sessionTextCharsMax; "" stands for several names. */
  readonly name: string;
  /** Time of the first refusal, which has its own record. */
  readonly since: number;
  /** Refusals after the first, and the time of the last of them. */
  count: number;
  last: number;
}

/** Most sessions have none, and share this. */
export const noGroups: readonly RefusalGroup[] = Object.freeze([]);

/** One record that stands for the counted refusals of an interval. */
export interface Refused {
  readonly kind: "refused";
  readonly rule: Rule;
  readonly name: string;
  readonly count: number;
  readonly since: number;
  readonly until: number;
}

/**
 * Counts a refusal that has its record already. @returns false when it has none in this interval: then it must be
 * recorded, and `begin` says so here
 */
export function countAgain(groups: readonly RefusalGroup[], rule: Rule, name: string, at: number): boolean {
  const group = findGroup(groups, rule, name, at) ?? findGroup(groups, rule, "", at);
  if (group === undefined) return false;
  group.count++;
  group.last = at;
  return true;
}

/** With the interval of a refusal that is recorded now, after those that were over were taken out (`running`). */
export function begin(
  groups: readonly RefusalGroup[],
  rule: Rule,
  name: string,
  at: number,
): readonly RefusalGroup[] {
  const isFull = groups.length >= limits.refusalGroupsMax;
  return [...groups, { rule, name: isFull ? "" : name, since: at, count: 0, last: at }];
}

/** The groups whose interval still runs at `at`. */
export function running(groups: readonly RefusalGroup[], at: number): readonly RefusalGroup[] {
  if (groups.length === 0) return noGroups;
  const left = groups.filter((group) => isRunning(group, at));
  return left.length === 0 ? noGroups : left;
}

/** What was counted in the intervals that are over at `at`. */
export function refusedUntil(groups: readonly RefusalGroup[], at: number): Refused[] {
  const refused: Refused[] = [];
  for (const group of groups) {
    if (group.count === 0 || isRunning(group, at)) continue;
    const { rule, name, count, since, last } = group;
    refused.push({ kind: "refused", rule, name, count, since, until: last });
  }
  return refused;
}

/** The end of the first interval that has something to report; undefined when none has. */
export function dueAt(groups: readonly RefusalGroup[]): number | undefined {
  let due: number | undefined;
  for (const { count, since } of groups) if (count > 0 && (due === undefined || since < due)) due = since;
  return due === undefined ? undefined : due + limits.refusalIntervalMs;
}

/** A clock that steps back ends an interval: else a leap would silence refusals for as long as it was. */
function isRunning({ since }: RefusalGroup, at: number): boolean {
  return at >= since && at < since + limits.refusalIntervalMs;
}

function findGroup(
  groups: readonly RefusalGroup[],
  rule: Rule,
  name: string,
  at: number,
): RefusalGroup | undefined {
  for (const group of groups)
    if (group.rule === rule && group.name === name && isRunning(group, at)) return group;
  return undefined;
}
