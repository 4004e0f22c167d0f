/**
 * Labels of an agent: what its sessions have read, and for whom. They rise and never fall (labels.ts).
 *
 * A1. A label is kept with the user for whom it was read, so that one user's data do not taint an agent for all of them,
 *     where the installation says so. What was read for nobody in particular holds for everybody.
 * A2. Bounded: with more pairs than are told apart, a label holds for all users; with more labels, all of them do.
 */
import { limits } from "../../protocol/limits.ts";
import { everyLabel, labelSet, noLabels } from "../labels.ts";
import type { Labels } from "../labels.ts";

/** By label, for whom it was read; `anyone` alone stands for all. Both sorted: the same labels give the same state. */
export interface TaintState {
  taints: ReadonlyMap<string, readonly string[]>;
}

/** In place of a user: all there are or will be. */
export const anyone = "*";
/** Who has no user (protocol/scope.ts, whoOf). */
const nobody = "-";

export const noTaints: ReadonlyMap<string, readonly string[]> = new Map();

/** Nothing is known of what its sessions have read. */
export const everyTaint: ReadonlyMap<string, readonly string[]> = new Map([[everyLabel, [anyone]]]);

export function raise(own: TaintState, labels: Labels, who: string): void {
  const missing = labels.filter((label) => !isRead(own.taints.get(label), who));
  if (missing.length === 0 || isRead(own.taints.get(everyLabel), who)) return;
  const taints = new Map(own.taints);
  for (const label of missing) {
    const users = taints.get(label) ?? [];
    taints.set(label, sizeOf(taints) < limits.scopeTaintsMax ? [...users, who].sort() : [anyone]);
  }
  own.taints = bounded(taints);
}

/** What holds for a session that acts for `who`. */
export function readFor({ taints }: TaintState, who: string, isApart: boolean): Labels {
  if (taints.size === 0) return noLabels;
  const read: string[] = [];
  for (const [label, users] of taints)
    if (!isApart || who === nobody || isRead(users, who) || users.includes(nobody)) read.push(label);
  return labelSet(read);
}

function isRead(users: readonly string[] | undefined, who: string): boolean {
  return users !== undefined && (users[0] === anyone || users.includes(who));
}

function sizeOf(taints: ReadonlyMap<string, readonly string[]>): number {
  let size = 0;
  for (const users of taints.values()) size += users.length;
  return size;
}

function bounded(taints: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  if (taints.size > limits.labelsPerSessionMax) return everyTaint;
  return new Map([...taints].sort(([one], [other]) => (one < other ? -1 : 1)));
}
