/** What a role counts over days, against the catalogue and the types of data: what nobody has would never count anything. */
import type { Accumulation } from "../../protocol/accumulation.ts";
import type { CatalogueFile } from "../../protocol/catalogue.ts";
import type { CustomTypes } from "./customtypes.ts";
import { checkTypeOrGroup } from "./datatypes.ts";
import type { Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";

export function checkAccumulation(
  rules: readonly Accumulation[] = [],
  catalogue: CatalogueFile,
  custom: CustomTypes,
  report: Report,
): void {
  const servers = Object.keys(catalogue.servers);
  const labels = [...new Set(Object.values(catalogue.servers).flatMap((server) => server.labels))];
  for (const [at, { data, server, label }] of rules.entries()) {
    if (data !== undefined) checkTypeOrGroup(["accumulation", at, "data"], data, custom, report);
    if (server !== undefined && !servers.includes(server))
      report(["accumulation", at, "server"], `the catalogue has no server ${quote(server)}`, `${didYouMean(server, servers)}known there: ${list(servers)}`); // prettier-ignore
    if (label !== undefined && !labels.includes(label))
      report(["accumulation", at, "label"], `no server of the catalogue has the label ${quote(label)}`, `${didYouMean(label, labels)}known there: ${list(labels)}`); // prettier-ignore
  }
}
