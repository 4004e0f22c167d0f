/** The scanner as this process has it: the built-in detectors, with hashing from Node.js. */
import { createHash } from "node:crypto";
import { gunzipSync, inflateSync } from "node:zlib";
import type { InflatePort } from "../../actors/dlp/decoder.ts";
import { builtinDetectors } from "../../actors/dlp/detectors.ts";
import { makePlan, type Plan } from "../../actors/dlp/plan.ts";
import { Scanner } from "../../actors/dlp/scanner.ts";
import type { DlpPorts } from "../../actors/dlp/validator.ts";

export const dlpPorts: DlpPorts = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
};

export const inflate: InflatePort = (bytes, bytesMax) => {
  try {
    const options = { maxOutputLength: bytesMax };
    return bytes[0] === 0x1f ? gunzipSync(bytes, options) : inflateSync(bytes, options);
  } catch (error) {
    // Cut short, or no such bytes at all: nothing comes out. Too much: whoever asked must know.
    return error instanceof RangeError ? "too large" : undefined;
  }
};

/** Made once: it takes a second, and is never written to. */
let plan: Plan | undefined;

/** A scanner of its own for whoever asks: one serves one document at a time. */
export function builtinScanner(): Scanner {
  plan ??= builtinPlan();
  return new Scanner(plan, inflate);
}

function builtinPlan(): Plan {
  const made = makePlan(builtinDetectors(dlpPorts));
  if ("automaton" in made) return made;
  const [fault] = made;
  throw new Error(`built-in detector ${fault?.id}: ${fault?.says}`);
}
