/**
 * The names one persona exposes: no two may be, or look, the same, and no alias may pose as another tool (checklist T2).
 * Does not own: what looks alike (lookalike.ts).
 */
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import type { RoleFile } from "../../protocol/role.ts";
import type { Report } from "./document.ts";
import { quote } from "./fault.ts";
import { deception, lookKeys } from "./lookalike.ts";
import { overlap, patternFault, patternShape } from "./pattern.ts";

export type FileGrant = RoleFile["grants"][number];

interface Exposed {
  readonly at: number;
  readonly name: string;
  readonly server: string;
  readonly target: string;
  readonly isAlias: boolean;
}

/** Finds collisions and look-alikes among tools, among prompts and among resource patterns. */
export function nameFaults(grants: readonly FileGrant[], lock: CatalogueLock, report: Report): void {
  checkKind("tool", exposedTools(grants), lock, report);
  checkKind("prompt", exposedPrompts(grants), lock, report);
  checkPatterns(grants, report);
}

function exposedTools(grants: readonly FileGrant[]): Exposed[] {
  return grants.flatMap((grant, at) =>
    "tool" in grant
      ? [
          {
            at,
            name: grant.as ?? grant.tool,
            server: grant.server,
            target: grant.tool,
            isAlias: grant.as !== undefined,
          },
        ]
      : [],
  );
}

function exposedPrompts(grants: readonly FileGrant[]): Exposed[] {
  return grants.flatMap((grant, at) =>
    "prompt" in grant
      ? [
          {
            at,
            name: grant.as ?? grant.prompt,
            server: grant.server,
            target: grant.prompt,
            isAlias: grant.as !== undefined,
          },
        ]
      : [],
  );
}

function checkKind(
  kind: "tool" | "prompt",
  exposed: readonly Exposed[],
  lock: CatalogueLock,
  report: Report,
): void {
  const names = new Map<string, Exposed>();
  const looks = new Map<string, Exposed>();
  const own = ownNames(kind, exposed, lock);
  for (const each of exposed) {
    const path = ["grants", each.at, each.isAlias ? "as" : kind];
    const trick = deception(each.name);
    if (trick !== undefined)
      report(path, `the exposed name ${quote(each.name)} ${trick}`, "give it a plain name with `as`");
    else if (each.isAlias && !/^[A-Za-z0-9_.-]{1,128}$/.test(each.name))
      report(
        path,
        "the exposed name has characters that clients refuse",
        "use letters, digits, _, - and . only",
      );
    const keys = lookKeys(each.name);
    const before =
      names.get(each.name) ?? keys.map((key) => looks.get(key)).find((found) => found !== undefined);
    if (before !== undefined) {
      const how = before.name === each.name ? "is also that" : `looks like ${quote(before.name)}, the one`;
      report(
        path,
        `the exposed name ${quote(each.name)} ${how} of entry ${before.at + 1} of \`grants\``,
        "give one of them another name with `as`",
      );
    } else if (each.isAlias) {
      const posed = keys
        .map((key) => own.get(key))
        .find((found) => found !== undefined && found.of !== `${each.server} ${each.target}`);
      if (posed !== undefined)
        report(
          path,
          `the alias ${quote(each.name)} poses as the ${kind} ${quote(posed.name)} of server ${quote(posed.server)}`,
          "choose a name that is no other's",
        );
    }
    names.set(each.name, each);
    for (const key of keys) looks.set(key, each);
  }
}

/** The names that the servers of this role give their own things, granted or not. */
function ownNames(
  kind: "tool" | "prompt",
  exposed: readonly Exposed[],
  lock: CatalogueLock,
): ReadonlyMap<string, { readonly name: string; readonly server: string; readonly of: string }> {
  const own = new Map<string, { name: string; server: string; of: string }>();
  if (!exposed.some((each) => each.isAlias)) return own;
  for (const server of new Set(exposed.map((each) => each.server))) {
    const locked = Object.hasOwn(lock.servers, server) ? lock.servers[server] : undefined;
    for (const name of Object.keys((kind === "tool" ? locked?.tools : locked?.prompts) ?? {}))
      for (const key of lookKeys(name)) own.set(key, { name, server, of: `${server} ${name}` });
  }
  return own;
}

/** A URI that two servers could serve would go to the first: which one an agent reads must not depend on order. */
function checkPatterns(grants: readonly FileGrant[], report: Report): void {
  const seen: {
    readonly at: number;
    readonly pattern: string;
    readonly shape: string;
    readonly server: string;
  }[] = [];
  for (const [at, grant] of grants.entries()) {
    if (!("resource" in grant) || patternFault(grant.resource) !== undefined) continue;
    const pattern = grant.resource;
    const shape = patternShape(pattern);
    const same = seen.find((each) => each.shape === shape);
    const meeting =
      same ?? seen.find((each) => each.server !== grant.server && overlap(each.pattern, pattern));
    if (meeting !== undefined)
      report(
        ["grants", at, "resource"],
        `the pattern ${same === undefined ? "takes URIs that entry" : "is that of entry"} ${meeting.at + 1} of \`grants\`${same === undefined ? " also takes, for another server" : ""}`,
        "make the patterns narrower, or remove one",
      );
    seen.push({ at, pattern, shape, server: grant.server });
  }
}
