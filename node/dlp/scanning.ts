/** The scanner as this process has it: the built-in detectors, and those that a configuration adds. */
import type { Detector, DetectorFault } from "../../actors/dlp/detector.ts";
import { builtinDetectors } from "../../actors/dlp/detectors.ts";
import { packPlan, type PackedPlan } from "../../actors/dlp/packedplan.ts";
import { makePlan, type Plan } from "../../actors/dlp/plan.ts";
import { Scanner } from "../../actors/dlp/scanner.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { dlpPorts, inflate } from "./ports.ts";

/** None but the built-in ones. */
export const noDetectors: readonly Detector[] = [];

/** By what is added; each made once: it takes a second, and is never written to. */
const plans = new WeakMap<readonly Detector[], Plan>();

/** A scanner of its own for whoever asks: one serves one document at a time. @throws GatewayError CONFIGURATION when too much is added */
export function scannerWith(added: readonly Detector[]): Scanner {
  return new Scanner(planWith(added), inflate);
}

/** The same, or what is wrong with what is added. */
export function triedScanner(added: readonly Detector[]): Scanner | readonly DetectorFault[] {
  const plan = tried(added);
  return "automaton" in plan ? new Scanner(plan, inflate) : plan;
}

export function builtinScanner(): Scanner {
  return scannerWith(noDetectors);
}

/** For a thread that would have the same scanner. */
export function packedScanner(added: readonly Detector[]): PackedPlan {
  return packPlan(planWith(added));
}

function planWith(added: readonly Detector[]): Plan {
  const made = tried(added);
  if (!("automaton" in made)) throw faultOf(made, added);
  return made;
}

function tried(added: readonly Detector[]): Plan | readonly DetectorFault[] {
  const key = added.length === 0 ? noDetectors : added;
  const known = plans.get(key);
  if (known !== undefined) return known;
  const made = makePlan([...builtinDetectors(dlpPorts), ...key]);
  if ("automaton" in made) plans.set(key, made);
  return made;
}

function faultOf(faults: readonly DetectorFault[], added: readonly Detector[]): Error {
  const says = `detector ${faults[0]?.id}: ${faults[0]?.says}`;
  return added.length === 0 ? new Error(`built-in ${says}`) : new GatewayError("CONFIGURATION", `with the custom types of dlp.types there are too many: ${says}`); // prettier-ignore
}
