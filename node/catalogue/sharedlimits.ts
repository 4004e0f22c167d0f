/** What sessions share under a role, from gatehouse.yaml, the role file and the catalogue (docs/session.md, scopes). */
import type { CatalogueFile } from "../../protocol/catalogue.ts";
import type { RoleFile, SharedLimits } from "../../protocol/role.ts";
import { scopeForms } from "../../protocol/scope.ts";
import type { Settings } from "../../protocol/settings.ts";

/** Nothing that is not set: a table in which nothing is shared keeps its digest. */
export function sharedLimits(
  role: RoleFile,
  catalogue: CatalogueFile,
  { labels = "agent", ...buckets }: Partial<Settings["scopes"]> = {},
): SharedLimits | undefined {
  const shared: { -readonly [Name in keyof SharedLimits]: SharedLimits[Name] } = {};
  for (const form of scopeForms) {
    const bucket = form === "persona" ? role.limits?.persona : buckets[form];
    if (bucket !== undefined) shared[form] = bucket;
  }
  if (isLabelled(catalogue)) shared.labels = labels;
  return Object.keys(shared).length === 0 ? undefined : shared;
}

/** Where no server's data are labelled, there is nothing to ask other sessions for. */
export function isLabelled({ servers, walls = [] }: CatalogueFile): boolean {
  return walls.length > 0 || Object.values(servers).some(({ labels }) => labels.length > 0);
}
