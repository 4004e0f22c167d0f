/** The built-in detectors: rows of detectors/*.json, read once for a set of ports. A row that cannot be read is a bug. */
import financial from "./detectors/financial.json" with { type: "json" };
import { type Detector, readDetectors } from "./detector.ts";
import type { DlpPorts } from "./validator.ts";

/** Rows as they lie in the files, for the tests and for printing; `readDetectors` checks them. */
export const builtinRows: readonly unknown[] = [...financial];

export function builtinDetectors(ports: DlpPorts): readonly Detector[] {
  const { detectors, faults } = readDetectors(builtinRows, ports);
  const [first] = faults;
  if (first !== undefined) throw new Error(`built-in detector ${first.id}: ${first.says}`);
  return detectors;
}
