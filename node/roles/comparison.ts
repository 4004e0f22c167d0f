/**
 * Two versions of a role: what of the later one lets more pass, and what less. Pure.
 *
 * Owns: grants against grants, and the words for a reviewer. Does not own which way a field is wider (rolefields.ts).
 *
 * D1. With no change that is wider or redefined, every call that the later version allows the earlier one allows too, at the
 *     same tool, with the same definition (the property of comparison.test.ts).
 * D2. What cannot be shown to be narrower is wider.
 */
import { dataDefaults } from "../../protocol/datarules.ts";
import type { Constraint, RoleFile, RoleTable } from "../../protocol/role.ts";
import { roleDefaults } from "../../protocol/role.ts";
import { readPointer, writePointer } from "../catalogue/argument.ts";
import { normalizeConstraint } from "../catalogue/constraint.ts";
import type { FileGrant } from "../catalogue/naming.ts";
import { loosened } from "./constraintorder.ts";
import { changedFieldsOf, isSame } from "./order.ts";
import type { FieldChange } from "./order.ts";
import { grantFields, roleFields } from "./rolefields.ts";

/** A role as a reviewer froze it: the file with the grants of its skills, and what each tool and prompt was defined as. */
export interface FrozenRole {
  readonly role: RoleFile;
  /** Digest of the pinned definition by `KIND SERVER/NAME`. */
  readonly definitions: { readonly [grant: string]: string };
}

export interface Change {
  /** "tool write_draft: arguments /path", "limits budget calls". */
  readonly at: string;
  /** redefined: the tool is not the one that was reviewed. words: what only people read was put otherwise. */
  readonly direction: "narrower" | "wider" | "redefined" | "words";
  readonly before?: unknown;
  readonly after?: unknown;
  readonly says?: string;
}

export function freezeRole(role: RoleFile, table: RoleTable): FrozenRole {
  const pinned = table.grants.filter(({ definition }) => definition !== "");
  const definitions = pinned.map(({ kind, server, target, definition }) => [definitionKey(kind, server, target), definition] as const); // prettier-ignore
  return { role, definitions: Object.fromEntries(definitions.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

export function definitionKey(kind: "tool" | "prompt" | "resource", server: string, target: string): string {
  return `${kind} ${server}/${target}`;
}

/**
 * @param folder where the role file lies: what ./ in `inside` starts from
 * @returns what differs, wider first
 */
export function compareRoles(before: FrozenRole, after: FrozenRole, folder: string): readonly Change[] {
  const [from, to] = [grantsOf(before, folder), grantsOf(after, folder)];
  const changes: Change[] = [...to].flatMap(([key, grant]): readonly Change[] => {
    const earlier = from.get(key);
    return earlier === undefined ? [{ at: key, direction: "wider", says: `a new grant (${grantWords(grant.file)})`, after: grant.file }] : compareGrants(key, earlier, grant); // prettier-ignore
  });
  for (const [key, { file }] of from)
    if (!to.has(key))
      changes.push({ at: key, direction: "narrower", says: "no grant any more", before: file });
  changes.push(...uncovered([...from.values()], [...to.values()]));
  const { grants: _, ...own } = withDefaults(before.role);
  const { grants: __, ...later } = withDefaults(after.role);
  changes.push(...changedFieldsOf(roleFields, own, later).map(changeOf));
  const rank = { wider: 0, redefined: 1, narrower: 2, words: 3 };
  return changes.toSorted((a, b) => rank[a.direction] - rank[b.direction]);
}

/** Whether somebody has to approve it. */
export function isWider(changes: readonly Change[]): boolean {
  return changes.some(({ direction }) => direction === "wider");
}

const shownCharsMax = 400;

/** What a reviewer has to see of a grant that was not there. */
function grantWords(grant: FileGrant): string {
  const effect = "effect" in grant ? `, ${grant.effect}` : "";
  const given = "arguments" in grant ? Object.entries(grant.arguments ?? {}) : [];
  const held = given.length === 0 ? "arguments not constrained" : `arguments ${JSON.stringify(Object.fromEntries(given))}`; // prettier-ignore
  const tokens = "tokens" in grant && grant.tokens !== undefined ? `, tokens ${JSON.stringify(grant.tokens)}` : ""; // prettier-ignore
  const words = `of ${grant.server}${effect}${"resource" in grant ? "" : `, ${held}`}${tokens}`;
  return words.length > shownCharsMax ? `${words.slice(0, shownCharsMax)}…` : words;
}

/**
 * What a role says twice, and so two ways: of a grant or a constraint that stands twice the comparison would see the last one alone. No
 * role file has such (catalogue/resolve.ts); a line of a history may.
 */
export function saidTwice({ grants }: RoleFile): string | undefined {
  const names = new Set<string>();
  for (const grant of grants) {
    const name = nameOf(grant);
    if (names.has(name)) return `grants ${name} twice`;
    names.add(name);
    const held = "arguments" in grant ? Object.keys(grant.arguments ?? {}).map(pointerOf) : [];
    const twice = held.find((each, at) => held.indexOf(each) !== at);
    if (twice !== undefined) return `constrains ${twice} of ${name} twice`;
  }
  return undefined;
}

interface ComparedGrant {
  readonly file: FileGrant;
  readonly target: string;
  /** With its effective bucket, and without its constraints. */
  readonly fields: { readonly [field: string]: unknown };
  readonly constraints: ReadonlyMap<string, Constraint>;
  readonly definition: string | undefined;
}

/** By kind and exposed name. */
function grantsOf({ role, definitions }: FrozenRole, folder: string): ReadonlyMap<string, ComparedGrant> {
  return new Map(
    role.grants.map((file) => {
      const { kind, target } = kindOf(file);
      const { arguments: given = {}, as: _, ...rest } = { arguments: undefined, as: undefined, ...file };
      const fields = { ...rest, limits: file.limits ?? role.limits?.tool ?? roleDefaults.tool };
      const constraints = Object.entries(given).map(([name, constraint]) => [pointerOf(name), normalizeConstraint(constraint, folder)] as const); // prettier-ignore
      const key = definitionKey(kind, file.server, target);
      const definition = Object.hasOwn(definitions, key) ? definitions[key] : undefined;
      return [nameOf(file), { file, target, fields, constraints: new Map(constraints), definition }]; // prettier-ignore
    }),
  );
}

function kindOf(grant: FileGrant): {
  readonly kind: "tool" | "prompt" | "resource";
  readonly target: string;
} {
  if ("tool" in grant) return { kind: "tool", target: grant.tool };
  return "prompt" in grant ? { kind: "prompt", target: grant.prompt } : { kind: "resource", target: grant.resource }; // prettier-ignore
}

/** Kind and exposed name: what a grant is compared by. */
function nameOf(grant: FileGrant): string {
  const { kind, target } = kindOf(grant);
  return `${kind} ${"as" in grant ? (grant.as ?? target) : target}`;
}

function pointerOf(name: string): string {
  const segments = readPointer(name);
  return typeof segments === "string" ? name : writePointer(segments);
}

function compareGrants(key: string, before: ComparedGrant, after: ComparedGrant): readonly Change[] {
  const changes: Change[] = changedFieldsOf(grantFields, before.fields, after.fields).map((change) => ({ ...changeOf(change), at: `${key}: ${change.at.join(" ")}` })); // prettier-ignore
  for (const pointer of new Set([...before.constraints.keys(), ...after.constraints.keys()])) {
    const [from, to] = [before.constraints.get(pointer), after.constraints.get(pointer)];
    if (isSame(from, to)) continue;
    const loose = loosened(from ?? {}, to ?? {});
    const says = loose.length > 0 ? { says: `not shown to hold any more: ${loose.join(", ")}` } : {};
    changes.push({ at: `${key}: arguments ${pointer}`, direction: loose.length > 0 ? "wider" : "narrower", before: from, after: to, ...says }); // prettier-ignore
  }
  if (before.definition !== after.definition)
    changes.push({ at: key, direction: "redefined", says: "its definition is not the one that was approved", before: before.definition, after: after.definition }); // prettier-ignore
  return changes;
}

/**
 * Resources are matched in order: what an earlier pattern took may fall to a later one, of another server or with other limits,
 * once the earlier one is gone or stands behind it.
 */
function uncovered(before: readonly ComparedGrant[], after: readonly ComparedGrant[]): readonly Change[] {
  const [from, to] = [matchOrder(before), matchOrder(after)];
  return to.flatMap((target, at): readonly Change[] => {
    const place = from.indexOf(target);
    const first = from.slice(0, Math.max(0, place)).find((each) => overlap(each, target) && !to.slice(0, at).includes(each)); // prettier-ignore
    return first === undefined ? [] : [{ at: `resource ${target}`, direction: "wider", says: `may take what ${first} took before` }]; // prettier-ignore
  });
}

/** URIs without wildcards first. */
function matchOrder(grants: readonly ComparedGrant[]): readonly string[] {
  const targets = grants.filter(({ file }) => "resource" in file).map(({ target }) => target);
  return [...targets.filter((each) => !isPattern(each)), ...targets.filter(isPattern)];
}

function isPattern(target: string): boolean {
  return /[*{]/.test(target);
}

/** Unless their beginnings differ for certain. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((each) => each.split(/[*{]/, 1)[0]?.toLowerCase() ?? "");
  if (a === undefined || b === undefined || !/^[\x21-\x24\x26-\x7e]*$/.test(a + b)) return true;
  return a.startsWith(b) || b.startsWith(a);
}

function changeOf({ at, direction, before, after }: FieldChange): Change {
  return { at: at.join(" "), direction, before, after };
}

/** What the gateway takes where the file says nothing. */
function withDefaults(role: RoleFile): RoleFile {
  const { toolBreaker, behaviourBreaker, agent, budget, openCalls } = roleDefaults;
  const { profiles: _, ...data } = dataDefaults;
  return {
    ...role,
    limits: { agent: { ...agent }, budget: { ...budget }, openCalls, ...role.limits },
    breakers: {
      tool: { ...toolBreaker, ...role.breakers?.tool },
      behaviour: { ...behaviourBreaker, ...role.breakers?.behaviour },
    },
    records: { durability: "written", ...role.records },
    data: { ...data, profiles: [], ...role.data },
    revisions: { oldest: "2024-11-05", ...role.revisions },
  };
}
