/**
 * Sticky labels: what kinds of data a session has read. They rise when an answer is read and never fall, so that what
 * may be sent later can depend on what was seen before.
 *
 * L1. A label that was raised stays: nothing takes one away but the end of the session's memory.
 * L2. A session whose past is not known has every label (law 2): it may have read anything.
 * L3. Sets are sorted and shared: a hundred thousand sessions with the same labels hold one array.
 *
 * Names and not bit positions: a position would change its meaning with every edit of the catalogue, and a state is
 * read by nodes of another version and held beside the states of other personas.
 */
import { limits } from "../protocol/limits.ts";

/** Stands for every label there is or will be. */
export const everyLabel = "*";

export type Labels = readonly string[];

export const noLabels: Labels = Object.freeze<string[]>([]);
const allLabels: Labels = Object.freeze([everyLabel]);

/** Whether a set has all labels of another. */
export function covers(own: Labels, other: Labels): boolean {
  if (own === other || other.length === 0 || own[0] === everyLabel) return true;
  for (const label of other) if (!own.includes(label)) return false;
  return true;
}

/** Both together; the first one itself when it has all of the second. */
export function joined(own: Labels, other: Labels): Labels {
  if (covers(own, other)) return own;
  if (covers(other, own)) return shared(other);
  return shared([...new Set([...own, ...other])].sort());
}

/** A set as it is kept: sorted, without doubles; more than a session remembers is every label. */
export function labelSet(names: readonly string[]): Labels {
  return names.length === 0 ? noLabels : shared([...new Set(names)].sort());
}

export function thawLabels(value: unknown): Labels | undefined {
  if (!Array.isArray(value) || value.length > limits.labelsPerSessionMax) return undefined;
  for (const [at, each] of (value as unknown[]).entries()) {
    if (typeof each !== "string" || each === "" || each.length > limits.labelCharsMax) return undefined;
    const before = at === 0 ? "" : String((value as unknown[])[at - 1]);
    if (each <= before) return undefined;
  }
  return value.length === 0 ? noLabels : shared(value as string[]);
}

/** The few sets that are in use, by their text; bounded, because sharing is a saving and not a truth. */
const sets = new Map<string, Labels>();
const setsMax = 4_096;

function shared(set: Labels): Labels {
  if (set.includes(everyLabel) || set.length > limits.labelsPerSessionMax) return allLabels;
  const text = set.join("\n");
  const known = sets.get(text);
  if (known !== undefined) return known;
  const frozen = Object.freeze([...set]);
  if (sets.size < setsMax) sets.set(text, frozen);
  return frozen;
}
