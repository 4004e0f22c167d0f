/**
 * The persona guard: what the role grants. Owns the match of a name to its grant and of arguments to their
 * constraints. Does not own: what constraints mean (constraint.ts), what a URI pattern takes (protocol/uri.ts), how
 * refusals look on the wire (docs/wire.md).
 *
 * P1. findGrant is the only way from a name to a grant, for lists and for calls alike (law 3).
 * P2. What no grant names is refused as unlisted, whatever else is wrong with the call (law 2).
 */
import type { CallFacts, CallKind, TargetKind } from "../../protocol/facts.ts";
import type { Rule } from "../../protocol/verdict.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { DataPolicy } from "../dlp/policy.ts";
import { noLabels } from "../labels.ts";
import { noFlows } from "./flow.ts";
import { failedCheck } from "./constraint.ts";
import type { Guard, Refusal } from "./guard.ts";
import type { CompiledGrant, CompiledRole } from "./role.ts";

export { compileRole, constraintPointers } from "./role.ts";
export type { CompiledGrant, CompiledRole } from "./role.ts";

/** Stands for "no grant", so that every call has one. */
const unlisted: CompiledGrant = {
  index: -1,
  effect: "unknown",
  key: 0,
  upstream: 0,
  bucket: { capacity: 0, perSecond: 0 },
  isQuarantined: false,
  constraints: new Map(),
  labels: noLabels,
  scopes: [],
  heeds: false,
  trip: undefined,
  data: new DataPolicy(dataDefaults),
  tokens: undefined,
  flows: noFlows,
  source: undefined,
  approval: undefined,
};

/**
 * The grant that a name falls under: place in the table, -1 for none. A URI given exactly comes before patterns;
 * among patterns the first of the table that matches counts, also when it is quarantined.
 */
export function findGrant(role: CompiledRole, kind: CallKind, name: string): number {
  const index = role.names[kind].get(name);
  if (index !== undefined) return index;
  if (kind === "resource")
    for (const each of role.patterns) if (each.pattern.matches(name)) return each.index;
  return -1;
}

/** The compiled grant at a place; one that stands for none when there is no such place. */
export function grantAt(role: CompiledRole, index: number): CompiledGrant {
  return role.grants[index] ?? unlisted;
}

/** Places of the grants of one kind that a list shows: exactly those whose calls are not refused by name. */
export function listGrants(role: CompiledRole, kind: TargetKind): number[] {
  const listed: number[] = [];
  for (const [index, grant] of role.table.grants.entries())
    if (grant.kind === kind && grant.quarantined !== true) listed.push(index);
  return listed;
}

/** Judges a call's arguments against the constraints of its grant. */
export function judgeArguments(grant: CompiledGrant, facts: CallFacts): Refusal | undefined {
  if (facts.overflow === true)
    return deny("persona.facts-overflow", "The arguments are larger than what may be judged. Send less.");
  const [unknown] = facts.unknown ?? [];
  if (unknown !== undefined)
    return deny(
      "persona.unknown-argument",
      "The call has an argument that the tool's definition does not have.",
    );
  if (grant.constraints.size === 0) return undefined;
  for (const value of facts.values ?? []) {
    const constraint = grant.constraints.get(value.at);
    const failed = constraint === undefined ? undefined : failedCheck(constraint, value);
    if (failed !== undefined) return deny(failed.rule, `Argument ${value.at} ${failed.says}.`);
  }
  for (const [at, constraint] of grant.constraints) {
    if (constraint.isRequired && facts.values?.some((value) => value.at === at) !== true)
      return deny("persona.argument", `Argument ${at} must be present.`);
  }
  return undefined;
}

/** Judges what is to be followed at a server: exactly the resources of that server that the role lets the agent read. */
function judgeFollowed(role: CompiledRole, { name, values, overflow }: CallFacts): Refusal | undefined {
  if (overflow === true) return deny("persona.facts-overflow", "There are more URIs than what may be judged. Send fewer."); // prettier-ignore
  for (const { value, cut } of values ?? []) {
    const found = typeof value === "string" && cut !== true ? findGrant(role, "resource", value) : -1;
    if (role.table.grants[found]?.server !== name) return unlistedRefusal;
    if (grantAt(role, found).isQuarantined) return quarantinedRefusal;
  }
  return undefined;
}

function deny(rule: Rule, says: string): Refusal {
  return { kind: "deny", rule, says };
}

const unlistedRefusal = deny("persona.unlisted", "There is no such tool, prompt or resource for this agent.");
const quarantinedRefusal = deny("persona.quarantined", "The definition changed since it was approved.");

/** Stateless: everything it knows is in the role. */
export const persona = {
  start: () => ({}),
  before(_own, { facts, grant, role }) {
    if (grant.index < 0) return unlistedRefusal;
    if (grant.isQuarantined) return quarantinedRefusal;
    if (facts.kind === "server") return judgeFollowed(role, facts);
    return judgeArguments(grant, facts);
  },
} as const satisfies Guard<object>;
