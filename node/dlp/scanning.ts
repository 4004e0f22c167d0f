/** The scanner as this process has it: the built-in detectors. */
import { builtinDetectors } from "../../actors/dlp/detectors.ts";
import { packPlan, type PackedPlan } from "../../actors/dlp/packedplan.ts";
import { makePlan, type Plan } from "../../actors/dlp/plan.ts";
import { Scanner } from "../../actors/dlp/scanner.ts";
import { dlpPorts, inflate } from "./ports.ts";

/** Made once: it takes a second, and is never written to. */
let plan: Plan | undefined;

/** A scanner of its own for whoever asks: one serves one document at a time. */
export function builtinScanner(): Scanner {
  return new Scanner((plan ??= builtinPlan()), inflate);
}

/** For a thread that would have the same scanner. */
export function packedScanner(): PackedPlan {
  return packPlan((plan ??= builtinPlan()));
}

function builtinPlan(): Plan {
  const made = makePlan(builtinDetectors(dlpPorts));
  if ("automaton" in made) return made;
  const [fault] = made;
  throw new Error(`built-in detector ${fault?.id}: ${fault?.says}`);
}
