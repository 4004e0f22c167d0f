/**
 * Which endpoints a configuration has: one for each persona, and those that `servers` of gatehouse.yaml names. Owns the rules
 * between settings and roles. Does not own paths and doors (node/exchange/endpoint.ts).
 */
import type { CatalogueFile } from "../../protocol/catalogue.ts";
import type { RoleFile } from "../../protocol/role.ts";
import type { Settings } from "../../protocol/settings.ts";
import type { Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";

const tenant = "default";

/** What node/exchange/endpoint.ts makes endpoints of. */
export interface EndpointName {
  readonly tenant: string;
  readonly kind: "persona" | "server";
  readonly name: string;
  readonly persona: string;
}

/**
 * A server's own endpoint shows that server alone, under its own names.
 *
 * @param unread personas whose files have faults of their own
 */
export function checkEndpoints(
  settings: Settings,
  catalogue: CatalogueFile | undefined,
  roles: ReadonlyMap<string, { readonly role: RoleFile }>,
  unread: ReadonlySet<string>,
  report: Report,
): void {
  for (const [server, { role }] of Object.entries(settings.servers)) {
    const path = ["servers", server];
    const known = Object.keys(catalogue?.servers ?? {});
    const loaded = roles.get(role);
    if (catalogue !== undefined && !known.includes(server)) {
      const remedy = `${didYouMean(server, known)}known there: ${list(known)}`;
      report(path, `the catalogue has no server ${quote(server)}`, remedy, "key");
    } else if (loaded === undefined && !unread.has(role)) {
      const remedy = `${didYouMean(role, roles.keys())}known: ${list([...roles.keys()])}`;
      report([...path, "role"], `there is no role ${quote(role)}`, remedy);
    } else if (loaded !== undefined) {
      const why = reasonNotToServe(loaded.role, server);
      if (why !== undefined)
        report([...path, "role"], why, "use a role of this server's things under their own names");
    }
  }
}

function reasonNotToServe({ role, grants }: RoleFile, server: string): string | undefined {
  const wrong = grants.findIndex(
    (grant) => grant.server !== server || ("as" in grant && grant.as !== undefined),
  );
  const grant = grants[wrong];
  if (grant === undefined) return undefined;
  const entry = `entry ${wrong + 1} of \`grants\` in role ${quote(role)}`;
  return grant.server === server
    ? `${entry} has an alias, and a server's endpoint shows its own names`
    : `${entry} is of server ${quote(grant.server)}, and the endpoint is ${quote(server)}'s`;
}

export function nameEndpoints(
  settings: Settings,
  roles: ReadonlyMap<string, { readonly role: RoleFile }>,
): EndpointName[] {
  return [
    ...[...roles.keys()].map((name) => ({ tenant, kind: "persona" as const, name, persona: name })),
    ...Object.entries(settings.servers).map(([name, { role }]) => ({
      tenant,
      kind: "server" as const,
      name,
      persona: role,
    })),
  ];
}
