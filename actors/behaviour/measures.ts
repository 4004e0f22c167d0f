/**
 * What of guard four a shadow run measures, one row for each thing that a rule may do; and what becomes of a role's rules where a
 * baseline has measured them. Owns the names of the rows, and what a drop to alert is. Does not own the count (node/baseline).
 *
 * M1. A row holds for a rule that stands in the role as it was measured. With other thresholds, or as another rule under the same name,
 *     it was never measured: it is enforced as the role says.
 * M2. A row lowers what it measured and no more: where only the interrupt of a rule was above its budget, it slows down as before.
 * M3. Only rules of this guard have rows here: no grant, constraint or data rule of a role can be lowered by a baseline.
 */
import { canonicalJson } from "../../protocol/canonical.ts";
import type { RuleMode } from "../../protocol/baseline.ts";
import type { Json } from "../../protocol/json.ts";
import { sequenceActions, sequenceDefaults, sequenceRules, type SequenceAction, type SequenceRule, type TableSequence, type TableStep } from "../../protocol/sequence.ts"; // prettier-ignore
import { textKey } from "../rows.ts";
import { modeOf, type budgets } from "./baseline.ts";
import type { SequenceJudgement } from "./judge.ts";
import type { SequencePolicy } from "./policy.ts";

export type MeasuredKind = keyof typeof budgets;

export interface Measure {
  /** Of its row in a baseline's modes. */
  readonly row: string;
  /** What it does, by which it has its budget. */
  readonly kind: MeasuredKind;
  /** Row key of what the role says of it. */
  readonly definition: number;
}

type Part = keyof typeof sequenceDefaults | "delegates" | "task";

/** Of rules that do two things, the milder one's row is the rule's own where it holds a call up, and else ends in `told`. */
const ofRules: readonly (readonly [row: string, rule: SequenceRule, kind: MeasuredKind, parts: readonly Part[]])[] = [
  ["sequence.injected", "injected", "interrupt", ["delegates", "task"]],
  ["sequence.intent", "intent", "step-up", ["score", "delegates", "task"]],
  ["sequence.intent.told", "intent", "alert", ["alertScore", "delegates", "task"]],
  ["sequence.destination", "destination", "alert", []],
  ["sequence.invented", "invented", "throttle", ["invented"]],
  ["sequence.invented.interrupt", "invented", "interrupt", ["inventedStop"]],
  ["sequence.breadth", "breadth", "throttle", ["distinct"]],
  ["sequence.breadth.interrupt", "breadth", "interrupt", ["distinctStop"]],
  ["sequence.departure", "departure", "interrupt", ["distinct"]],
  ["sequence.bulk", "bulk", "step-up", ["bulkBytes"]],
  ["sequence.repeats", "repeats", "alert", []],
]; // prettier-ignore

export function measuresOf(sequence: TableSequence | undefined): readonly Measure[] {
  const partOf = (part: Part): Json => {
    if (part === "delegates") return sequence?.delegates ?? false;
    if (part === "task") return sequence?.task ?? "evidence";
    return sequence?.thresholds?.[part] ?? sequenceDefaults[part];
  };
  const own = ofRules.map(([row, , kind, parts]) => ({ row, kind, definition: textKey(canonicalJson(parts.map(partOf))) })); // prettier-ignore
  return [...own, ...(sequence?.steps ?? []).map(measureOfStep)];
}

function measureOfStep(step: TableStep): Measure {
  // Words for a reader make no other rule of it.
  const { reason: _, ...rule } = step;
  return { row: rowOfStep(step), kind: step.action, definition: textKey(canonicalJson(rule as Json)) };
}

function rowOfStep({ name, action }: Pick<TableStep, "name" | "action">): string {
  return `sequence.steps.${name}${action === "alert" ? tellerSuffix : ""}`;
}

/** Rows that a judgement fires, with every rule enforced. @param steps of the role, by whose names its terms go */
export function rowsFired(
  { rules, terms }: SequenceJudgement,
  steps: readonly TableStep[],
): readonly string[] {
  const rows = ofRules.filter(([, rule, kind]) =>
    rules.some((fired) => fired.rule === rule && sequenceActions.indexOf(fired.action) >= sequenceActions.indexOf(kind)),
  ); // prettier-ignore
  const names = new Set(terms.flatMap(({ term, name }) => (term === "step" ? [name] : [])));
  return [...rows.map(([row]) => row), ...steps.filter(({ name }) => names.has(name)).map(rowOfStep)];
}

const tellerSuffix = ".told";
const tellers = new Set(["sequence.destination", "sequence.repeats", "tally.persona", "tally.tool"]);

/** Whether a row is of what stops nobody anyhow: above its budget it is loud, and lowers nothing. */
export function isTeller(row: string): boolean {
  return tellers.has(row) || row.endsWith(tellerSuffix);
}

/** Rows of what a baseline lowers to an alert. */
export function loweredIn(modes: readonly RuleMode[]): readonly RuleMode[] {
  return modes.filter(({ rule, mode }) => mode === "alert" && !isTeller(rule));
}

/** Of a baseline's rows those that hold for the rules as they stand in a role (M1). */
export function measuredUnder(
  modes: ReadonlyMap<string, RuleMode>,
  sequence: TableSequence | undefined,
): ReadonlyMap<string, RuleMode> {
  const now = new Map(measuresOf(sequence).map(({ row, definition }) => [row, definition]));
  return new Map([...modes].filter(([row, { definition }]) => definition === undefined || definition === now.get(row))); // prettier-ignore
}

/** A policy with what is above its budget lowered. @param measured rows that hold for it */
export function loweredBy(policy: SequencePolicy, measured: ReadonlyMap<string, RuleMode>): SequencePolicy {
  const isLowered = (row: string): boolean => measured.get(row)?.mode === "alert";
  const modes = { ...policy.modes };
  for (const rule of sequenceRules)
    if (modes[rule] === "enforce" && modeOf({ modes: measured }, `sequence.${rule}`) === "alert")
      modes[rule] = "alert";
  return {
    ...policy,
    modes,
    distinctStop: isLowered("sequence.breadth.interrupt") ? Number.POSITIVE_INFINITY : policy.distinctStop,
    inventedStop: isLowered("sequence.invented.interrupt") ? Number.POSITIVE_INFINITY : policy.inventedStop,
    steps: {
      ...policy.steps,
      rules: policy.steps.rules.map((step) => (isLowered(rowOfStep(step.rule)) ? { ...step, rule: { ...step.rule, action: "alert" } } : step)), // prettier-ignore
    },
  };
}

/** The rows that say what a fired rule did on shadow data. @param names of the role's rules that fired */
export function rowsOf(
  { rule, action }: { readonly rule: SequenceRule; readonly action: SequenceAction },
  names: readonly string[],
  measured: ReadonlyMap<string, RuleMode>,
): readonly string[] {
  const own = `sequence.${rule}`;
  if (rule === "steps") return ofSteps(names, measured);
  const stern = measured.get(`${own}.interrupt`);
  if (stern === undefined) return [own];
  if (action === "interrupt") return [stern.rule];
  return stern.mode === "alert" ? [own, stern.rule] : [own];
}

function ofSteps(names: readonly string[], measured: ReadonlyMap<string, RuleMode>): readonly string[] {
  return names.map((name) => {
    const [row, told] = [rowOfStep({ name, action: "step-up" }), rowOfStep({ name, action: "alert" })];
    return measured.has(told) ? told : row;
  });
}
