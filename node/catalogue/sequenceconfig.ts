/**
 * A role's sequence section against its own grants: a rule on a tool that the role does not grant would never hold, unseen, and one
 * that names no calls would be about all of them.
 */
import type { RoleFile } from "../../protocol/role.ts";
import { limits } from "../../protocol/limits.ts";
import { sequenceDefaults } from "../../protocol/sequence.ts";
import type { FileSequence } from "../../protocol/sequence.ts";
import type { Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";

export function checkSequence(
  { sequence, grants }: Pick<RoleFile, "sequence" | "grants">,
  report: Report,
): void {
  const { thresholds = {}, steps = [] } = sequence ?? {};
  checkThresholds(thresholds, report);
  const counting = steps.flatMap(({ after }, at) => (after.distinct === undefined ? [] : [at]));
  for (const at of counting.slice(limits.sequenceDistinctMax))
    report(["sequence", "steps", at, "after", "distinct"], `at most ${limits.sequenceDistinctMax} rules of a role may count different things`, "leave `distinct` out here, or merge two rules"); // prettier-ignore
  const granted = grants.flatMap((grant) => ("tool" in grant ? (grant.as ?? grant.tool) : "prompt" in grant ? (grant.as ?? grant.prompt) : [])); // prettier-ignore
  for (const [at, step] of steps.entries())
    for (const part of ["after", "without", "then"] as const) {
      const named = step[part];
      if (named === undefined) continue;
      const [says, remedy] = emptyWords[part];
      if (Object.keys(named).length === 0) report(["sequence", "steps", at, part], says, remedy);
      for (const [index, tool] of (named.tools ?? []).entries())
        if (!granted.includes(tool))
          report(["sequence", "steps", at, part, "tools", index], `no grant of the role is called ${quote(tool)}, so the rule would never see such a call`, `${didYouMean(tool, granted)}granted: ${list(granted)}`); // prettier-ignore
    }
}

/** By part of a rule that has no key: what it would mean, and what to do. */
const emptyWords = {
  after: ["the rule says nothing of what must have come before", "give it one key at least: tools, effects, calls, distinct or bytes"], // prettier-ignore
  without: ["every call would clear the rule, which then never holds", "give it one key at least: tools or effects; or leave `without` out"], // prettier-ignore
  then: ["the rule would stop every call", "give it one key at least: tools, effects or reach; all effects, listed, where every call is meant"], // prettier-ignore
} as const;

/** From which bound on a session is slowed down, and is stopped: nothing looks at the second below the first. */
const ordered = [
  ["distinct", "distinctStop"],
  ["invented", "inventedStop"],
] as const;

function checkThresholds(thresholds: NonNullable<FileSequence["thresholds"]>, report: Report): void {
  for (const [mild, stern] of ordered) {
    if ((thresholds[mild] ?? sequenceDefaults[mild]) <= (thresholds[stern] ?? sequenceDefaults[stern])) continue; // prettier-ignore
    const unset = ([mild, stern] as const).find((name) => thresholds[name] === undefined);
    const byDefault = unset === undefined ? "" : ` (${quote(unset)} is ${sequenceDefaults[unset]} where the role does not say)`; // prettier-ignore
    report(["sequence", "thresholds", unset === stern ? mild : stern], `${quote(mild)} is above ${quote(stern)}${byDefault}: a session would be stopped later than the role says`, `set both, ${quote(mild)} the smaller`); // prettier-ignore
  }
}
