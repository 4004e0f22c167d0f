/**
 * The sequence section of a role compiled for judging: thresholds in whole tenths and quarters, and how each rule holds. Does not
 * own what a rule means (judge.ts).
 *
 * P1. What a role does not say is the default, and a role that says nothing is told about and stopped by nothing.
 */
import { sequenceDefaults, sequenceRules, type SequenceMode, type SequenceRule, type TableSequence } from "../../protocol/sequence.ts"; // prettier-ignore
import { Destinations } from "./destinations.ts";
import type { Volumes } from "./volume.ts";
import { compileSteps, type CompiledSteps } from "./steps.ts";

export interface SequencePolicy {
  readonly modes: { readonly [Rule in SequenceRule]: SequenceMode };
  readonly isOff: boolean;
  /** In tenths. */
  readonly score: number;
  readonly alertScore: number;
  readonly distinct: number;
  readonly distinctStop: number;
  /** In quarters. */
  readonly invented: number;
  readonly inventedStop: number;
  readonly bulkBytes: number;
  readonly paceMs: number;
  readonly delegates: boolean;
  readonly steps: CompiledSteps;
  /** What a day of a session is held against; undefined without a baseline. */
  readonly volumes: Volumes | undefined;
  /** Known to the role. */
  readonly destinations: Destinations;
}

export function compileSequence(
  table: TableSequence | undefined,
  ofMode: SequenceMode = "alert",
  destinations: Destinations = new Destinations([]),
): SequencePolicy {
  const { mode = ofMode, rules = {}, thresholds = {}, delegates = false, steps = [] } = table ?? {};
  const modes = Object.fromEntries(sequenceRules.map((name) => [name, rules[name] ?? mode])) as SequencePolicy["modes"]; // prettier-ignore
  const pick = (name: keyof typeof sequenceDefaults): number => thresholds[name] ?? sequenceDefaults[name];
  return {
    modes,
    isOff: sequenceRules.every((name) => modes[name] === "off"),
    score: Math.round(pick("score") * 10),
    alertScore: Math.round(pick("alertScore") * 10),
    distinct: pick("distinct"),
    distinctStop: pick("distinctStop"),
    invented: Math.round(pick("invented") * 4),
    inventedStop: Math.round(pick("inventedStop") * 4),
    bulkBytes: pick("bulkBytes"),
    paceMs: Math.round(pick("paceSeconds") * 1_000),
    delegates,
    steps: compileSteps(steps),
    volumes: undefined,
    destinations,
  };
}
