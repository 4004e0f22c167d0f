/** What of indices and fingerprints is no fault of a role, and keeps a node from starting or a rule from meeting anything. */
import { resolve } from "node:path";
import { quote } from "../catalogue/fault.ts";
import { unmetNames } from "../catalogue/datatypes.ts";
import type { CatalogueConfiguration } from "../config.ts";
import { headIn } from "../dlp/exact/sealedfile.ts";
import type { ResolvedRole } from "../catalogue/resolve.ts";

/** The vault is not asked: a file is taken for what its head says that it is. */
export function hashedNotes(
  { folder, settings: { dlp } }: CatalogueConfiguration,
  roles: ReadonlyMap<string, ResolvedRole>,
): readonly string[] {
  const named = [
    ...dlp.exact.map((path) => ({ path, at: "dlp.exact", family: "edm" })),
    ...dlp.documents.map((path) => ({ path, at: "dlp.documents", family: "document" })),
    ...dlp.allow.map((path) => ({ path, at: "dlp.allow", family: undefined })),
  ].map((each) => ({ ...each, head: headIn(resolve(folder, each.path)) }));
  const absent = named.filter(({ head }) => head === undefined);
  const found = named.flatMap(({ head, family }) => (head === undefined || family === undefined ? [] : [`${family}.${head.name}`])); // prettier-ignore
  return [
    ...absent.map(
      ({ path, at }) => `${at} names ${quote(path)}, and that is no index: a node does not start so`,
    ),
    // Of one that is not there nobody knows how it is called.
    ...(absent.length > 0 ? [] : unmetNames(roles, found)),
  ];
}
