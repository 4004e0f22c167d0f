/** A role table in words, for the people who review it. Says what the guards do with it, and nothing they do not. */
import { ownTypes } from "../../actors/ledger/extract.ts";
import type { TableFlow } from "../../protocol/flow.ts";
import type { Bucket, Constraint, RoleTable, SharedLimits, TableGrant } from "../../protocol/role.ts";
import { scopeForms, type ScopeForm } from "../../protocol/scope.ts";
import { explainData, explainTokens } from "./explaindata.ts";
import type { TableStep } from "../../protocol/sequence.ts";
import { escapeHidden } from "./fault.ts";

const labelWidth = 12;
const valuesShownMax = 8;

/** A role's name and title. */
export function explainTitle(persona: string, title: string | undefined): string {
  return `${persona}: ${plain(title ?? "a role without a title")}`;
}

/** The part of a table that holds for the whole session. */
export function explainTable(table: RoleTable): string[] {
  const { agent, budget, openCalls } = table.limits;
  const { tool, behaviour } = table.breakers;
  return [
    row(
      "all calls",
      `${bucketWords(agent)}; ${budget.calls} in any ${plural(budget.hours, "hour")}; ${openCalls} in flight at once`,
    ),
    row(
      "breakers",
      `a tool that fails ${times(tool.failures)} in a row is closed off for ${plural(tool.openSeconds, "second")}`,
    ),
    row(
      "",
      `${behaviour.identical} identical or ${behaviour.similar} similar failing calls, or ${behaviour.repeats} repeats without progress, stop the session for ${plural(behaviour.openSeconds, "second")}`,
    ),
    row(
      "records",
      table.durability === "synced"
        ? "every call waits for the disk"
        : "a repeatable call waits until its record is written, any other until it is on the disk",
    ),
    row("revisions", `MCP ${table.oldestRevision} or newer`),
    ...explainData(table.data).map((text, at) => row(at === 0 ? "data" : "", text)),
    ...explainSequence(table.sequence).map((text, at) => row(at === 0 ? "sequence" : "", text)),
    ...explainShared(table.scopes).map((text, at) => row(at === 0 ? "shared" : "", text)),
    ...(table.flows ?? []).map((flow, at) => row(at === 0 ? "flows" : "", flowWords(flow))),
    ...Object.entries(table.objects).map(([type, { allow }]) => row("objects", `${type}: ${values(allow)}`)),
  ];
}

/** Guard four: how it holds, and the role's own rules. */
function explainSequence(sequence: RoleTable["sequence"]): string[] {
  if (sequence === undefined) return [];
  const { mode, rules = {}, steps = [], destinations = [], known = [] } = sequence;
  const ways = { off: "off", alert: "tells operators and stops nothing", enforce: "stops calls" };
  const apart = Object.entries(rules).map(([name, own]) => `${name}: ${own}`);
  return [
    `${ways[mode]}${apart.length === 0 ? "" : `; ${apart.join(", ")}`}; ${destinations.length + known.length} known destinations`,
    ...steps.map(stepWords),
  ];
}

function stepWords({ name, after, without, within, then, action, reason }: TableStep): string {
  const { calls, things, distinct, bytes } = after;
  const counts = [
    ...(calls === undefined ? [] : [plural(calls, "call")]),
    ...(things === undefined ? [] : [plural(things, "different thing")]),
    ...(distinct === undefined ? [] : [`${plural(distinct, "different thing")} in all of the session`]),
    ...(bytes === undefined ? [] : [plural(bytes, "byte")]),
  ];
  const before = `${counts.length === 0 ? "a call" : counts.join(", ")} of ${callWords(after)}`;
  const window = within === undefined ? "" : ` within ${plural(within, "second")}`;
  const unless = without === undefined ? "" : `, unless ${callWords(without)} came since`;
  return `${name}: ${action} for ${callWords(then)} after ${before}${window}${unless}, because ${plain(reason)}`;
}

function callWords({ tools, effects, reach }: TableStep["then"]): string {
  const named = [
    ...(tools === undefined ? [] : [`tool ${values(tools)}`]),
    ...(effects === undefined ? [] : [`effect ${values(effects)}`]),
    ...(reach === undefined ? [] : [`reach ${reach}`]),
  ];
  return named.length === 0 ? "any tool" : named.join(", ");
}

const sharers: Readonly<Record<ScopeForm, { readonly who: string; readonly from: string }>> = {
  tenant: { who: "all sessions of the tenant", from: "scopes.tenant in gatehouse.yaml" },
  agent: { who: "all sessions of the agent", from: "scopes.agent in gatehouse.yaml" },
  user: { who: "all sessions of the user", from: "scopes.user in gatehouse.yaml" },
  persona: { who: "all sessions of this persona", from: "limits.persona in the role file" },
};

/** What sessions under the role share with others, at every node, and where it is set; nothing where nothing is. */
export function explainShared(shared: SharedLimits | undefined): string[] {
  const buckets = scopeForms.flatMap((form) => {
    const bucket = shared?.[form];
    return bucket === undefined ? [] : [`${sharers[form].who} together: ${bucketWords(bucket)} (${sharers[form].from})`]; // prettier-ignore
  });
  if (shared?.labels === undefined) return buckets;
  const whose = shared.labels === "agent" ? "the agent" : "the same user";
  return [...buckets, `labels of what one session has read hold for all sessions of ${whose} (scopes.labels in gatehouse.yaml)`]; // prettier-ignore
}

/** What sessions share at a tool, which the catalogue sets. */
function explainToolScope({ shared, trips }: TableGrant): string[] {
  return [
    ...(shared === undefined ? [] : [`all sessions of the tenant together: ${bucketWords(shared)}`]),
    ...(trips === undefined ? [] : [`what fails ${times(trips.failures)} in a row, for two sessions or more, is closed off for all of them for ${plural(trips.openSeconds, "second")}`]), // prettier-ignore
  ];
}

function sayApproval(
  { unless = {} }: NonNullable<TableGrant["approval"]>,
  spell: (ours: string) => string,
): string {
  // prettier-ignore
  const excepted = Object.entries(unless).map(([at, constraint]) => `${plain(at)} ${constraintWords(constraint)}`); // prettier-ignore
  const always = `a person must approve each call; ${spell("gatehouse approvals list")} shows those that wait`;
  return excepted.length === 0 ? always : `${always}. None is needed where ${excepted.join(", and ")}`;
}

/**
 * One grant: its exposed name first, then what a call to it is held to.
 *
 * @param spell commands as they are typed here
 */
export function explainGrant(grant: TableGrant, spell: (ours: string) => string): string[] {
  const isRenamed = grant.name !== grant.target;
  const from = `${grant.kind}${isRenamed ? ` ${plain(grant.target)}` : ""} of ${grant.server}`;
  const constraints = Object.entries(grant.arguments ?? {}).map(
    ([pointer, constraint]) => `${plain(pointer)}: ${constraintWords(constraint)}`,
  );
  const others =
    grant.known === undefined
      ? ["others: not refused, the definition allows any"]
      : othersWords(grant.known, grant.arguments ?? {});
  return [
    `${plain(grant.name)} (${from})`,
    row("because", plain(grant.reason)),
    row("effect", `${grant.effect}, ${grant.repeatable ? "may run twice" : "must not run twice"}`),
    ...(grant.kind === "resource"
      ? []
      : [...constraints, ...others].map((line, at) => row(at === 0 ? "arguments" : "", line))),
    ...(grant.approval === undefined ? [] : [row("approval", sayApproval(grant.approval, spell))]),
    ...explainTokens(grant.tokens).map((text, at) => row(at === 0 ? "tokens" : "", text)),
    row("limit", bucketWords(grant.bucket)),
    ...explainToolScope(grant).map((text, at) => row(at === 0 ? "shared" : "", text)),
    ...(grant.definition === "" ? [] : [row("pinned", grant.definition)]),
    ...(grant.quarantined === true
      ? [row("quarantine", "the definition changed: every call is refused")]
      : []),
  ];
}

/** A rule on what must not go where. */
function flowWords({ from, to, when, tokens, reason }: TableFlow): string {
  const parts = (names: readonly (readonly [string, readonly string[] | undefined])[]): string =>
    names.flatMap(([word, of]) => (of === undefined ? [] : [`${word} ${values(of)}`])).join(", ");
  const what = from.types === undefined ? "nothing" : `no ${values(from.types.map(typeWords))}`;
  const source = parts([["server", from.servers], ["tool", from.tools], ["environment", from.environments], ["label", from.labels]]); // prettier-ignore
  const place = parts([["server", to.servers], ["tool", to.tools], ["environment", to.environments], ["reach", to.reach === undefined ? undefined : [to.reach]], ["effect", to.effects]]); // prettier-ignore
  const how = when === "read" ? "; every call there is refused once it was read" : tokens === "allowed" ? "; tokens may" : "; tokens neither"; // prettier-ignore
  return `${what} from ${source === "" ? "anywhere" : source} may go to ${place}${how} (${plain(reason)})`;
}

/** What is no type of the detectors' is told in words, too. */
function typeWords(type: string): string {
  const own = type.startsWith("own/") ? ownWords[type] : undefined;
  return own === undefined ? type : `${type} (${own})`;
}

const ownWords: { readonly [type: string]: string | undefined } = {
  [ownTypes.id]: "numbers and identifiers that no type knows",
  [ownTypes.phrase]: "names and short sentences that no type knows",
  [ownTypes.text]: "longer texts",
};

function othersWords(
  known: readonly string[],
  constrained: { readonly [pointer: string]: Constraint },
): string[] {
  const free = known.filter(
    (name) => !Object.hasOwn(constrained, `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
  if (free.length === 0) return [known.length === 0 ? "none" : "others: refused"];
  return [`${values(free)}: any value; others: refused`];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)}${text}`;
}

function plain(text: string): string {
  return escapeHidden(text.replace(/\s+/g, " ").trim());
}

function bucketWords({ capacity, perSecond }: Bucket): string {
  const rate =
    perSecond >= 1 ? `${round(perSecond)} per second` : `one every ${plural(round(1 / perSecond), "second")}`;
  return `${round(capacity)} at once, then ${rate}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function plural(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function values(all: readonly (string | number | boolean | null)[]): string {
  const shown = all.slice(0, valuesShownMax).map((value) => plain(String(value)));
  return all.length > valuesShownMax
    ? `${shown.join(", ")} and ${all.length - valuesShownMax} more`
    : shown.join(", ");
}

function constraintWords(constraint: Constraint): string {
  const { required, equals, oneOf, pattern, range, length, inside, hosts, object } = constraint;
  const words = [
    required === true ? "required" : "optional",
    ...(equals === undefined ? [] : [`exactly ${plain(JSON.stringify(equals))}`]),
    ...(oneOf === undefined ? [] : [`one of ${values(oneOf)}`]),
    ...(pattern === undefined ? [] : [`matches ${plain(pattern)}`]),
    ...(range === undefined ? [] : [`a number ${boundsWords(range)}`]),
    ...(length === undefined ? [] : [`${boundsWords(length)} long`]),
    ...(inside === undefined ? [] : [`inside ${values(typeof inside === "string" ? [inside] : inside)}`]),
    ...(hosts === undefined ? [] : [`a host among ${values(hosts)}`]),
    ...(object === undefined ? [] : [`an allowed ${object}`]),
  ];
  return words.join(", ");
}

function boundsWords({
  min,
  max,
}: {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
