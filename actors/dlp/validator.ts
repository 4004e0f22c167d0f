/**
 * The shape of a validator and what it may ask of the world. The table is validators.ts; families lie in validators/.
 */

/** `valid`: genuine by its own check. `invalid`: cannot be one. `unknown`: nothing speaks for or against it. */
export type Validity = "valid" | "invalid" | "unknown";

/** What the deterministic floor is given: hashing, synchronous. */
export interface DlpPorts {
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
}

export type Parameter = string | number | boolean;
export type Parameters = Readonly<Record<string, Parameter | readonly Parameter[]>>;

/** A pure function of the value, the row's parameters and the ports. */
export type Validator = (value: string, parameters: Parameters, ports: DlpPorts) => Validity;

/** The answer of a check that is right or wrong. */
export function verdict(isRight: boolean): Validity {
  return isRight ? "valid" : "invalid";
}
