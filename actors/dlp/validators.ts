/**
 * Validators by name: the one table that rows refer to. Does not own: what each computes (validators/*.ts, by family).
 *
 * V1. A validator is a pure function of value, parameters and ports; unknown names are refused when a row is read.
 * V2. Several on one row: one `invalid` drops the match; else one `valid` makes it valid; else nothing is known.
 * V3. `soft` on a call: the check can prove a value and not refute one, as where numbers are issued that do not keep it.
 */
import type { ValidatorCall } from "../../protocol/detector.ts";
import { checksums } from "./validators/checksum.ts";
import { coins } from "./validators/coin.ts";
import { contacts } from "./validators/contact.ts";
import { european } from "./validators/europe.ts";
import { monetary } from "./validators/money.ts";
import { secrets } from "./validators/secret.ts";
import { worldwide } from "./validators/world.ts";
import type { DlpPorts, Parameters, Validator, Validity } from "./validator.ts";

export const validators: ReadonlyMap<string, Validator> = new Map(
  Object.entries({ ...checksums, ...monetary, ...european, ...worldwide, ...coins, ...secrets, ...contacts }),
);

/** The calls of a row as one function; a text when one of them is not in the table. */
export function bindValidators(
  calls: readonly ValidatorCall[],
  ports: DlpPorts,
): ((value: string) => Validity) | string {
  const bound: { readonly run: Validator; readonly parameters: Parameters }[] = [];
  for (const { name, soft, ...parameters } of calls) {
    const run = validators.get(name);
    if (run === undefined) return `validator: there is none named "${name}"; see docs/dlp.md`;
    bound.push({ run: soft === true ? softened(run) : run, parameters });
  }
  return (value) => {
    let all: Validity = "unknown";
    for (const { run, parameters } of bound) {
      const one = run(value, parameters, ports);
      if (one === "invalid") return "invalid";
      if (one === "valid") all = "valid";
    }
    return all;
  };
}

function softened(run: Validator): Validator {
  return (value, parameters, ports) => (run(value, parameters, ports) === "valid" ? "valid" : "unknown");
}
