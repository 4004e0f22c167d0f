/** The built-in detectors: rows of detectors/*.json, read once for a set of ports. A row that cannot be read is a bug. */
import credential from "./detectors/credential.json" with { type: "json" };
import crypto from "./detectors/crypto.json" with { type: "json" };
import device from "./detectors/device.json" with { type: "json" };
import financial from "./detectors/financial.json" with { type: "json" };
import government from "./detectors/government.json" with { type: "json" };
import health from "./detectors/health.json" with { type: "json" };
import keys from "./detectors/keys.json" with { type: "json" };
import network from "./detectors/network.json" with { type: "json" };
import person from "./detectors/person.json" with { type: "json" };
import secret from "./detectors/secret.json" with { type: "json" };
import vehicle from "./detectors/vehicle.json" with { type: "json" };
import type { Detector } from "./detector.ts";
import { readDetectors } from "./detectorrow.ts";
import type { DlpPorts } from "./validator.ts";

/** Rows as they lie in the files, for the tests and for printing; `readDetectors` checks them. */
export const builtinRows: readonly unknown[] = [
  ...credential,
  ...crypto,
  ...device,
  ...financial,
  ...government,
  ...health,
  ...keys,
  ...network,
  ...person,
  ...secret,
  ...vehicle,
];

export function builtinDetectors(ports: DlpPorts): readonly Detector[] {
  const { detectors, faults } = readDetectors(builtinRows, ports);
  const [first] = faults;
  if (first !== undefined) throw new Error(`built-in detector ${first.id}: ${first.says}`);
  return detectors;
}
