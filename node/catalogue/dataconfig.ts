/** Data rules of a role file against what they name elsewhere: types, profiles, labels of the catalogue. */
import { builtinProfiles } from "../../actors/dlp/profile.ts";
import type { CatalogueFile } from "../../protocol/catalogue.ts";
import type { TableData } from "../../protocol/datarules.ts";
import type { RoleFile } from "../../protocol/role.ts";
import type { Report } from "./document.ts";
import type { CustomTypes } from "./customtypes.ts";
import { checkSelectors } from "./datatypes.ts";
import { didYouMean, list, quote } from "./fault.ts";

/** Names in data rules that stand for something elsewhere. */
export function checkData(
  data: RoleFile["data"],
  { servers }: CatalogueFile,
  custom: CustomTypes,
  report: Report,
): void {
  const known = [...builtinProfiles, ...custom.profiles].map(({ id }) => id);
  for (const [at, name] of (data?.profiles ?? []).entries())
    if (!known.includes(name))
      report(["data", "profiles", at], `there is no profile ${quote(name)}`, `${didYouMean(name, known)}known: ${list(known)}`); // prettier-ignore
  const labels = [...new Set(Object.values(servers).flatMap((server) => server.labels))].sort();
  for (const [at, rule] of (data?.rules ?? []).entries()) {
    checkSelectors(["data", "rules", at, "types"], rule.types, custom, report);
    if (rule.arguments === undefined && rule.answers === undefined)
      report(
        ["data", "rules", at],
        "this rule says nothing",
        "give it an action for `arguments`, `answers` or both",
      );
    for (const [of, label] of (rule.labels ?? []).entries())
      if (!labels.includes(label))
        report(["data", "rules", at, "labels", of], `no server of the catalogue bears the label ${quote(label)}`, `${didYouMean(label, labels)}known: ${list(labels)}`); // prettier-ignore
  }
}

/** Types in what grants say of tokens: one that there is not would never be opened. */
export function checkTokens(grants: RoleFile["grants"], custom: CustomTypes, report: Report): void {
  for (const [at, grant] of grants.entries())
    for (const mode of ["open", "keep"] as const)
      if ("tool" in grant)
        checkSelectors(["grants", at, "tokens", mode], grant.tokens?.[mode] ?? [], custom, report);
}

/** With its profiles as they are now: a later version of one is another role. */
export function tableData(
  { profiles, ...rules }: NonNullable<RoleFile["data"]>,
  custom: CustomTypes,
): TableData {
  return {
    ...rules,
    profiles: [...builtinProfiles, ...custom.profiles].filter(({ id }) => profiles.includes(id)),
  };
}
