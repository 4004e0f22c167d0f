/**
 * Rules on flows compiled for judging: which rules stand between a grant and what was read. Owns what a rule is about. Does not
 * own what a call carries (ledger/find.ts) nor the judgement (guards/ledger.ts).
 *
 * W1. A source that a rule cannot tell apart any more (forgotten, read before the rule was) counts for every rule that may be
 *     about it.
 */
import { environmentLabel, type TableFlow } from "../../protocol/flow.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { labelSet, type Labels } from "../labels.ts";
import type { LedgerAnswer } from "../ledger/memory.ts";

/** Where data come from that a grant's answers bring. */
export interface FlowSource {
  readonly server: string;
  readonly target: string;
  readonly environment: string;
  /** Its labels, its server and its environment: what a session keeps of having read it. */
  readonly marks: Labels;
  /** Some rule is about it: its values are to be remembered. */
  readonly isFollowed: boolean;
}

export interface CompiledFlow {
  readonly rule: TableFlow;
  /** What a session has kept that the rule may be about. */
  readonly marks: Labels;
  readonly isAny: boolean;
}

const markCharsMax = 64;

/** How a session keeps that it has read of a server: no label begins so. */
export function serverMark(server: string): string {
  return `@${server}`.slice(0, markCharsMax);
}

export function sourceOf(
  grant: Pick<TableGrant, "server" | "environment" | "labels">,
  target: string,
  flows: readonly TableFlow[],
): FlowSource {
  // prettier-ignore
  const { server, environment = "", labels = [] } = grant;
  const marks = labelSet([...labels, serverMark(server), ...(environment === "" ? [] : [environmentLabel(environment)])]); // prettier-ignore
  const isFollowed = flows.some(({ from }) =>
    isFrom(from, { server, target, environment, labels: labelSet(labels) }),
  );
  return { server, target, environment, marks, isFollowed };
}

/** The rules that a call of a grant is held to. */
export function flowsTo(
  grant: Pick<TableGrant, "server" | "target" | "environment" | "reach" | "effect">,
  table: RoleTable,
): readonly CompiledFlow[] {
  // prettier-ignore
  const own = (table.flows ?? []).filter(({ to }) => isTo(to, grant));
  return own.length === 0 ? noFlows : own.map((rule) => compileFlow(rule, table));
}

export const noFlows: readonly CompiledFlow[] = Object.freeze([]);

export function isTo(
  to: TableFlow["to"],
  {
    server,
    target,
    environment = "",
    reach,
    effect,
  }: Pick<TableGrant, "server" | "target" | "environment" | "reach" | "effect">,
): boolean {
  // prettier-ignore
  if (to.servers?.includes(server) === false) return false;
  if (to.tools?.includes(`${server}/${target}`) === false) return false;
  if (to.environments?.includes(environment) === false) return false;
  if (to.reach !== undefined && to.reach !== reach) return false;
  return to.effects?.includes(effect) !== false;
}

/** Whether a rule is about what a source gave, whatever its type. */
export function isFrom(
  from: TableFlow["from"],
  { server, target, environment, labels }: Pick<LedgerAnswer, "server" | "target" | "environment" | "labels">,
): boolean {
  // prettier-ignore
  if (from.servers?.includes(server) === false) return false;
  if (from.tools?.includes(`${server}/${target}`) === false) return false;
  if (from.environments?.includes(environment) === false) return false;
  return from.labels?.some((label) => labels.includes(label)) !== false;
}

/** Whether a class, such as "financial/pan.visa", is one of a rule's types. */
export function isOfType(types: readonly string[] | undefined, type: string): boolean {
  if (types === undefined) return true;
  const border = type.indexOf("/");
  const [group, id] = [type.slice(0, border), type.slice(border + 1)];
  return types.some((each) => {
    if (each.endsWith("*")) return id.startsWith(each.slice(0, -1)) || type.startsWith(each.slice(0, -1));
    return each === id || each === group || each === type;
  });
}

function compileFlow(rule: TableFlow, { grants }: RoleTable): CompiledFlow {
  const { servers, tools, environments, labels } = rule.from;
  const marks: string[] = [];
  // One of what it names is enough: a source is known by its marks, and not by which of them belong together.
  if (labels !== undefined) marks.push(...labels);
  else if (servers !== undefined) marks.push(...servers.map(serverMark));
  else if (tools !== undefined)
    marks.push(...tools.map((each) => serverMark(each.slice(0, each.indexOf("/")))));
  else if (environments !== undefined)
    for (const environment of environments) {
      marks.push(environmentLabel(environment));
      // Read before its environment was kept: known by its server.
      for (const grant of grants) if (grant.environment === environment) marks.push(serverMark(grant.server));
    }
  return { rule, marks: [...new Set(marks)].sort(), isAny: marks.length === 0 };
}
