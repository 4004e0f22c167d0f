/**
 * A role table compiled for judging: constraints, patterns and keys, made once when the role comes into force. Owns
 * what a table must be to be judged by. Does not own the judgement (persona.ts) nor what a constraint means
 * (constraint.ts).
 *
 * A table that cannot be compiled as a whole is not compiled at all.
 */
import type { CallKind } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { roleDefaults } from "../../protocol/role.ts";
import type { Bucket, RoleTable, TableGrant } from "../../protocol/role.ts";
import { scopeForms, toolScope } from "../../protocol/scope.ts";
import type { ScopeName } from "../../protocol/scope.ts";
import { compileUriPattern, UriFault } from "../../protocol/uri.ts";
import type { UriPattern } from "../../protocol/uri.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import type { TableData, TokenRules } from "../../protocol/datarules.ts";
import { destinationsOf } from "../behaviour/destinations.ts";
import { compileSequence, type SequencePolicy } from "../behaviour/policy.ts";
import { DataPolicy } from "../dlp/policy.ts";
import { labelSet } from "../labels.ts";
import type { Labels } from "../labels.ts";
import { textKey } from "../rows.ts";
import { flowsTo, sourceOf, type CompiledFlow, type FlowSource } from "./flow.ts";
import { toolName } from "../behaviour/baseline.ts";
import type { CompiledBaseline } from "../behaviour/baseline.ts";
import { loweredBy, measuredUnder } from "../behaviour/measures.ts";
import { volumesOf } from "../behaviour/volume.ts";
import type { RuleMode } from "../../protocol/baseline.ts";
import { compileConstraint } from "./constraint.ts";
import type { CompiledConstraint } from "./constraint.ts";
import { compileTallies } from "./tally.ts";
import type { CompiledTally } from "./tally.ts";

export interface CompiledGrant {
  /** Place in the role table; -1 for what no grant names; behind the table's end for a server. */
  readonly index: number;
  /** Row key of its bucket: the same for one exposed name in every version of a role, so that an edit resets nothing. */
  readonly key: number;
  readonly effect: TableGrant["effect"];
  /** Row key of its breaker: the same for two grants of one upstream tool. */
  readonly upstream: number;
  readonly bucket: Bucket;
  readonly isQuarantined: boolean;
  readonly constraints: ReadonlyMap<string, CompiledConstraint>;
  readonly labels: Labels;
  /** Scopes that give a call of it a rate token each; mostly none. */
  readonly scopes: readonly ScopeLimit[];
  /** What other sessions of the agent have read is asked for before a call of it. */
  readonly heeds: boolean;
  /** The breaker that it has with all sessions together; mostly none. */
  readonly trip: SharedTrip | undefined;
  /** What is done about sensitive data in calls of it. */
  readonly data: DataPolicy;
  readonly tokens: TokenRules | undefined;
  /** Rules on what must not go to it; mostly none. */
  readonly flows: readonly CompiledFlow[];
  /** Where what it gives comes from; undefined for what no grant names. */
  readonly source: FlowSource | undefined;
  /** A person must approve calls of it, but those whose arguments hold all of `unless`; mostly not. */
  readonly approval: { readonly unless: ReadonlyMap<string, CompiledConstraint> } | undefined;
}

/** A breaker of an upstream tool that sessions share. */
export interface SharedTrip {
  readonly scope: ScopeName;
  readonly failures: number;
  readonly openMs: number;
}

/** Rate tokens that sessions share. */
export interface ScopeLimit {
  readonly scope: ScopeName;
  readonly bucket: Bucket;
}

export interface CompiledRole {
  readonly table: RoleTable;
  /** One per grant of the table, in its order; then one per server that a grant names. */
  readonly grants: readonly CompiledGrant[];
  readonly budget: Bucket;
  readonly openCallsMax: number;
  /** Exposed names (of resources: URIs without wildcards; names of servers) to places in `grants`. */
  readonly names: { readonly [kind in CallKind]: ReadonlyMap<string, number> };
  readonly patterns: readonly { readonly pattern: UriPattern; readonly index: number }[];
  readonly grantsByKey: ReadonlyMap<number, CompiledGrant>;
  /** Every scope that some grant takes rate tokens from, by its name. */
  readonly scopes: ReadonlyMap<string, ScopeLimit>;
  /** Every breaker that sessions share, by the scope's name, and by the row key of the upstream's tool. */
  readonly trips: ReadonlyMap<string | number, SharedTrip>;
  /** Labels rise to the agent's scope: "" when they do not. */
  readonly labelsRise: "" | "agent" | "user";
  /** The data rules for servers without labels. */
  readonly data: DataPolicy;
  /** Row keys of upstream tools that only read. */
  readonly reads: ReadonlySet<number>;
  /** What is counted over days; mostly nothing. */
  readonly tallies: readonly CompiledTally[];
  /** What is usual for the persona; undefined while nothing was learned. */
  readonly baseline: CompiledBaseline | undefined;
  /** What its shadow run found of rules that stand in this role as they were measured. */
  readonly measured: ReadonlyMap<string, RuleMode>;
  /** Guard four: off where the role has no section for it. */
  readonly sequence: SequencePolicy;
  readonly grantsByUpstream: ReadonlyMap<number, CompiledGrant>;
}

/** Why a role table cannot be in force. */
export interface RoleFault {
  /** Where: "grants[3].arguments./path". */
  readonly at: string;
  /** What is wrong and what to do. */
  readonly says: string;
}

/** Rate tokens each second at the least: one in thirty years. Below it a wait is no number of milliseconds any more. */
const perSecondMin = 1e-9;

/** What makes a URI a pattern (protocol/uri.ts). */
const wildcard = /[*{]/;

/**
 * Compiles a role table once, when it comes into force.
 *
 * @param baseline the one that the table names
 * @returns the role, or everything that is wrong with the table (at least one fault, at most one per grant and rule)
 */
export function compileRole(table: RoleTable, baseline?: CompiledBaseline): CompiledRole | RoleFault[] {
  const faults: RoleFault[] = [];
  const names = {
    tool: new Map<string, number>(),
    prompt: new Map<string, number>(),
    resource: new Map<string, number>(),
    server: new Map<string, number>(),
  };
  const patterns: { pattern: UriPattern; index: number }[] = [];
  const grantsByKey = new Map<number, CompiledGrant>();
  const { calls, hours } = table.limits.budget;
  const budget = { capacity: calls, perSecond: calls / (hours * 3600) };
  faults.push(...bucketFaults("limits.agent", table.limits.agent), ...bucketFaults("limits.budget", budget));
  const shared = scopeForms.flatMap((scope): ScopeLimit[] => {
    const bucket = table.scopes?.[scope];
    if (bucket === undefined) return [];
    faults.push(...bucketFaults(scope === "persona" ? "limits.persona" : `scopes.${scope}`, bucket));
    return [{ scope, bucket }];
  });
  if (table.grants.length > limits.grantsPerRoleMax)
    return [{ at: "grants", says: `a role may have ${limits.grantsPerRoleMax} grants; split the persona` }];
  const policies = new Policies(table.data);
  const grants = table.grants.map((grant, index) => {
    const compiled = compileGrant(grant, index, table, shared, policies, faults);
    const known = names[grant.kind];
    if (known.has(grant.name) || grantsByKey.has(compiled.key))
      faults.push({
        at: `grants[${index}]`,
        says: "two grants have this exposed name; give one of them `as`",
      });
    grantsByKey.set(compiled.key, compiled);
    const pattern = grant.kind === "resource" ? compileUriPattern(grant.target) : undefined;
    if (pattern instanceof UriFault) faults.push({ at: `grants[${index}].resource`, says: pattern.says });
    else if (pattern !== undefined && wildcard.test(grant.target)) patterns.push({ pattern, index });
    else known.set(grant.kind === "resource" ? grant.target : grant.name, index);
    return compiled;
  });
  if (faults.length > 0) return faults;
  for (const { server } of table.grants) {
    if (names.server.has(server)) continue;
    const labels = table.grants.flatMap((grant) => (grant.server === server ? (grant.labels ?? []) : []));
    const reached = compileServer(server, grants.length, labels, shared, policies, table);
    names.server.set(server, reached.index);
    grantsByKey.set(reached.key, reached);
    grants.push(reached);
  }
  const openCallsMax = Math.min(table.limits.openCalls, limits.openCallsPerSessionMax);
  const scopes = new Map(
    grants.flatMap((grant) => grant.scopes).map((limit) => [limit.scope as string, limit]),
  );
  const trips = new Map(grants.flatMap(({ trip, upstream }) => trip === undefined ? [] : [[trip.scope as string | number, trip] as const, [upstream, trip] as const])); // prettier-ignore
  return {
    table,
    grants,
    budget,
    openCallsMax,
    names,
    patterns,
    grantsByKey,
    scopes,
    trips,
    labelsRise: table.scopes?.labels ?? "",
    data: policies.of([]),
    reads: readsOf(grants, table),
    tallies: compileTallies(table, baseline?.baseline),
    baseline,
    ...withSequence(table, grants, baseline),
  };
}

function readsOf(grants: readonly CompiledGrant[], { grants: rows }: RoleTable): ReadonlySet<number> {
  return new Set(grants.flatMap(({ index, upstream }) => (rows[index]?.effect === "read" ? [upstream] : [])));
}

/** Guard four, and what it finds grants by. */
function withSequence(
  table: RoleTable,
  grants: readonly CompiledGrant[],
  baseline: CompiledBaseline | undefined,
): Pick<CompiledRole, "sequence" | "measured" | "grantsByUpstream"> {
  const { sequence } = table;
  const policy = compileSequence(sequence, sequence === undefined ? "off" : "alert", destinationsOf(table));
  const measured = baseline === undefined ? nothingMeasured : measuredUnder(baseline.modes, sequence);
  return {
    sequence:
      baseline === undefined ? policy : byBaseline(loweredBy(policy, measured), baseline, table, grants),
    measured,
    grantsByUpstream: new Map(grants.map((grant) => [grant.upstream, grant])),
  };
}

const nothingMeasured: ReadonlyMap<string, RuleMode> = new Map<string, RuleMode>();

/** How much a session does is held against it. */
function byBaseline(
  policy: SequencePolicy,
  baseline: CompiledBaseline,
  table: RoleTable,
  grants: readonly CompiledGrant[],
): SequencePolicy {
  const tools = table.grants.map(({ server, target }, at) => [grants[at]?.key ?? 0, toolName(server, target)] as const); // prettier-ignore
  return { ...policy, volumes: volumesOf(baseline, tools) };
}

function compileGrant(
  grant: TableGrant,
  index: number,
  table: RoleTable,
  shared: readonly ScopeLimit[],
  policies: Policies,
  faults: RoleFault[],
): CompiledGrant {
  const constraints = compileConstraints(grant.arguments, `grants[${index}].arguments`, table, faults);
  const unless = compileConstraints(grant.approval?.unless, `grants[${index}].approval.unless`, table, faults); // prettier-ignore
  faults.push(...bucketFaults(`grants[${index}].bucket`, grant.bucket));
  const own = grant.shared;
  if (own !== undefined) faults.push(...bucketFaults(`grants[${index}]`, own));
  return {
    index,
    key: textKey(`${grant.kind} ${grant.name}`),
    effect: grant.effect,
    upstream: textKey(`${grant.kind} ${grant.server} ${grant.target}`),
    bucket: grant.bucket,
    isQuarantined: grant.quarantined === true,
    constraints,
    labels: labelSet(grant.labels ?? []),
    scopes:
      own === undefined ? shared : [...shared, { scope: toolScope(grant.server, grant.target), bucket: own }],
    heeds: grant.heeds === true,
    trip: grant.trips === undefined ? undefined : { scope: toolScope(grant.server, grant.target), failures: grant.trips.failures, openMs: grant.trips.openSeconds * 1000 }, // prettier-ignore
    data: policies.of(grant.labels ?? []),
    tokens: grant.tokens,
    flows: flowsTo(grant, table),
    source: sourceOf(grant, grant.target, table.flows ?? []),
    approval: grant.approval === undefined ? undefined : { unless },
  };
}

function compileConstraints(
  given: TableGrant["arguments"],
  at: string,
  table: RoleTable,
  faults: RoleFault[],
): ReadonlyMap<string, CompiledConstraint> {
  const constraints = new Map<string, CompiledConstraint>();
  for (const [argument, constraint] of Object.entries(given ?? {})) {
    const compiled = compileConstraint(constraint, table.objects);
    if (typeof compiled === "string") faults.push({ at: `${at}.${argument}`, says: compiled });
    else constraints.set(argument, compiled);
  }
  return constraints;
}

/**
 * What every role that has a grant at a server may do there beyond its grants: list, and follow changes of what it may
 * read. It has a bucket and a breaker of its own, apart from those of the server's tools. Lists and changes name what
 * the server holds, so they are labelled like it.
 */
function compileServer(
  server: string,
  index: number,
  labels: readonly string[],
  scopes: readonly ScopeLimit[],
  policies: Policies,
  table: RoleTable,
): CompiledGrant {
  const key = textKey(`server ${server}`);
  const found = table.grants.find((grant) => grant.server === server);
  const environment = found?.environment;
  return {
    index,
    key,
    effect: "read",
    upstream: key,
    bucket: roleDefaults.tool,
    isQuarantined: false,
    constraints: new Map(),
    labels: labelSet(labels),
    scopes,
    heeds: false,
    trip: undefined,
    data: policies.of(labels),
    tokens: undefined,
    // What is followed there is named by who calls.
    flows: flowsTo({ server, target: "", effect: "read", ...(environment === undefined ? {} : { environment }), ...(found?.reach === undefined ? {} : { reach: found.reach }) }, table), // prettier-ignore
    // Nobody looks for values in what a server lists.
    source: sourceOf(
      { server, labels: [...labels], ...(environment === undefined ? {} : { environment }) },
      "",
      [],
    ),
    approval: undefined,
  };
}

/** The data rules of a role, by the labels of the servers that they are for. */
class Policies {
  readonly #table: TableData;
  readonly #known = new Map<string, DataPolicy>();

  constructor(table: TableData | undefined) {
    this.#table = table ?? dataDefaults;
  }

  of(labels: readonly string[]): DataPolicy {
    const key = [...labels].sort().join("\n");
    const known = this.#known.get(key) ?? new DataPolicy(this.#table, labels);
    this.#known.set(key, known);
    return known;
  }
}

function bucketFaults(at: string, bucket: Bucket): RoleFault[] {
  if (!(bucket.capacity >= 1))
    return [{ at, says: "the bucket holds less than one call; set its capacity to 1 or more" }];
  if (!(bucket.perSecond >= perSecondMin))
    return [{ at, says: `perSecond must be at least ${perSecondMin}` }];
  return [];
}

/** The pointers, as the role spells them, whose values must be among a call's facts for its constraints to be judged. */
export function constraintPointers(grant: TableGrant): readonly string[] {
  const pointers = Object.keys(grant.arguments ?? {});
  const unless = Object.keys(grant.approval?.unless ?? {}).filter((pointer) => !pointers.includes(pointer));
  return [...pointers, ...unless];
}
