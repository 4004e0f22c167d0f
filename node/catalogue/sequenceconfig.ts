/** A role's sequence section against its own grants: a rule on a tool that the role does not grant would never hold, unseen. */
import type { RoleFile } from "../../protocol/role.ts";
import { sequenceDefaults } from "../../protocol/sequence.ts";
import type { TableSequence } from "../../protocol/sequence.ts";
import type { Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";

export function checkSequence(
  { sequence, grants }: Pick<RoleFile, "sequence" | "grants">,
  report: Report,
): void {
  const { thresholds = {}, steps = [] } = sequence ?? {};
  checkThresholds(thresholds, report);
  const granted = grants.flatMap((grant) => ("tool" in grant ? (grant.as ?? grant.tool) : "prompt" in grant ? (grant.as ?? grant.prompt) : [])); // prettier-ignore
  for (const [at, step] of steps.entries())
    for (const part of ["after", "without", "then"] as const)
      for (const [index, tool] of (step[part]?.tools ?? []).entries())
        if (!granted.includes(tool))
          report(["sequence", "steps", at, part, "tools", index], `no grant of the role is called ${quote(tool)}, so the rule would never see such a call`, `${didYouMean(tool, granted)}granted: ${list(granted)}`); // prettier-ignore
}

/** From which bound on a session is slowed down, and is stopped: nothing looks at the second below the first. */
const ordered = [
  ["distinct", "distinctStop"],
  ["invented", "inventedStop"],
] as const;

function checkThresholds(thresholds: NonNullable<TableSequence["thresholds"]>, report: Report): void {
  for (const [mild, stern] of ordered) {
    if ((thresholds[mild] ?? sequenceDefaults[mild]) <= (thresholds[stern] ?? sequenceDefaults[stern])) continue; // prettier-ignore
    const unset = ([mild, stern] as const).find((name) => thresholds[name] === undefined);
    const byDefault = unset === undefined ? "" : ` (${quote(unset)} is ${sequenceDefaults[unset]} where the role does not say)`; // prettier-ignore
    report(["sequence", "thresholds", unset === stern ? mild : stern], `${quote(mild)} is above ${quote(stern)}${byDefault}: a session would be stopped later than the role says`, `set both, ${quote(mild)} the smaller`); // prettier-ignore
  }
}
