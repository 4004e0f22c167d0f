/**
 * Values that compete for one place of a call: a text gives one, and the task another. Owns when they do. Does not own what the task
 * names (places.ts) nor what that weighs (judge.ts).
 *
 * C1. The value stood in running text alone: what stands in a field of a record is of whoever keeps the record.
 * C2. The task names another one for its place: an address of its form, a name made like it, or the value that an earlier call of the
 *     session had in an argument of the same name.
 */
import type { Evidence } from "./evidence.ts";
import type { Trail } from "./trail.ts";

/** A value of so many neighbouring words is content: nothing competes with it. */
const contentPairsMin = 6;

export interface Competing {
  readonly evidence: Evidence;
  /** Where the other value is from. */
  readonly by: "task" | "call";
}

export function competingOf(trail: Trail | undefined, evidence: readonly Evidence[]): Competing | undefined {
  for (const each of evidence) {
    const { value, from } = each;
    if (from !== "free" || value.akin === "kin" || value.pairs.length >= contentPairsMin) continue;
    if (value.rival !== undefined) return { evidence: each, by: "task" };
    if (value.place !== undefined && trail !== undefined && trail.slots.find(value.place) !== 0) return { evidence: each, by: "call" }; // prettier-ignore
  }
  return undefined;
}
