/**
 * A plan as data, to be handed from one thread to another: copied in some milliseconds, where making it takes a second. Does not
 * own what is in a plan (plan.ts).
 *
 * K1. A plan that was packed and unpacked finds what the first one finds.
 */
import type { Detector } from "./detector.ts";
import { Openings, type OpeningTables } from "./opening.ts";
import { compilePlan, type Plan, type PlanTables } from "./plan.ts";
import type { DlpPorts } from "./validator.ts";
import { bindValidators } from "./validators.ts";

/** Holds nothing that a structured clone does not take: no function, no class of ours. */
export interface PackedPlan {
  readonly tables: Omit<PlanTables, "detectors" | "openings">;
  readonly detectors: readonly Omit<Detector, "check">[];
  readonly openings: OpeningTables;
}

export function packPlan({
  detectors,
  openings,
  read: _read,
  readEnd: _readEnd,
  holdsNothing: _holdsNothing,
  patterns: _patterns,
  unless: _unless,
  ...tables
}: Plan): PackedPlan {
  // prettier-ignore
  return { tables, detectors: detectors.map(({ check: _check, ...detector }) => detector), openings: openings.tables }; // prettier-ignore
}

export function unpackPlan({ tables, detectors, openings }: PackedPlan, ports: DlpPorts): Plan {
  return compilePlan({
    ...tables,
    detectors: detectors.map((detector) => {
      const check = bindValidators(detector.validators, ports);
      if (typeof check === "string") throw new Error(`packed detector ${detector.id}: ${check}`);
      return { ...detector, check };
    }),
    openings: new Openings(openings),
  });
}
