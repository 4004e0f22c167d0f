/** The scanner as this process has it: the built-in detectors, with hashing from Node.js. */
import { createHash } from "node:crypto";
import { builtinDetectors } from "../../actors/dlp/detectors.ts";
import { compileScanner, type Scanner } from "../../actors/dlp/scanner.ts";
import type { DlpPorts } from "../../actors/dlp/validator.ts";

export const dlpPorts: DlpPorts = {
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
};

/** A scanner of its own for whoever asks: one serves one document at a time. */
export function builtinScanner(): Scanner {
  const scanner = compileScanner(builtinDetectors(dlpPorts));
  if ("plan" in scanner) return scanner;
  const [fault] = scanner;
  throw new Error(`built-in detector ${fault?.id}: ${fault?.says}`);
}
