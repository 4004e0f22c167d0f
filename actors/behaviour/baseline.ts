/**
 * A baseline as decisions read it, and its one text. Owns what makes a file a baseline, and look-ups. Does not own how one is
 * learned (training.ts), nor which is in force (node/baseline).
 *
 * B1. One baseline has one text: what is read is what encodeBaseline writes, to the byte. Its version is a hash of that.
 * B2. Nothing here changes a baseline. Another mode for a rule is another baseline.
 * B3. Few sessions say nothing: a tool that was seen in too few has no quantiles, and the cold budgets hold.
 */
import { canonicalJson } from "../../protocol/canonical.ts";
import { baselineSchema } from "../../protocol/baseline.ts";
import type { Baseline, RuleMode, Spread, ToolSpread } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";

export type { Baseline, RuleMode, ToolSpread } from "../../protocol/baseline.ts";

/** Sessions that a tool, or a persona, must have been seen in before its quantiles are worth anything. */
export const sessionsMin = 20;

/** Sessions in which a rule may fire that need not have: shares by what the rule does. */
export const budgets = { interrupt: 0.001, "step-up": 0.02, throttle: 0.01, alert: 0.05 } as const;

export const quantileNames = ["p50", "p99", "p999"] as const;
export type Quantile = (typeof quantileNames)[number];
export type Measure = "calls" | "objects" | "bytes" | "errors";

/** Whether its destinations are hashed as no call's are today: none of them is known. The rest of it holds. */
export function isOutdated({ v }: Baseline): boolean {
  return v === 1;
}

/** A baseline made for look-ups. */
export interface CompiledBaseline {
  readonly baseline: Baseline;
  /** Digest of its text. */
  readonly version: string;
  readonly tools: ReadonlyMap<string, ToolSpread>;
  readonly known: ReadonlySet<number>;
  readonly modes: ReadonlyMap<string, RuleMode>;
}

/** What a baseline calls a tool. */
export function toolName(server: string, target: string): string {
  return `${server} ${target}`.slice(0, limits.baselineNameCharsMax);
}

export function encodeBaseline(baseline: Baseline): string {
  return canonicalJson(baseline);
}

/** @returns the baseline, or what is wrong with the text */
export function readBaseline(text: string): Baseline | string {
  if (text.length > limits.baselineBytesMax) return `it is longer than ${limits.baselineBytesMax} characters`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const read = baselineSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it has another form"}`;
  }
  const baseline = read.data;
  const disorder = disorderOf(baseline);
  if (disorder !== undefined) return disorder;
  return encodeBaseline(baseline) === text ? baseline : "it is not in its canonical form";
}

function disorderOf(baseline: Baseline): string | undefined {
  const { tools, destinations, approved, norms, modes, from, to } = baseline;
  if (from > to) return "it ends before it begins";
  if (!isRising(tools.map(({ tool }) => tool))) return "tools: they are not sorted, or one is there twice";
  if (!isRising(modes.map(({ rule }) => rule))) return "modes: they are not sorted, or one is there twice";
  if (!isRising(norms.map(normKey))) return "norms: they are not sorted, or one is there twice";
  if (!norms.every(({ levels }) => isRising(levels.map(([key]) => key))))
    return "norms: levels are not sorted";
  if (!isRising(destinations.map(([hash]) => hash)) || !isRising(approved))
    return "destinations: they are not sorted, or one is there twice";
  for (const spread of [baseline.whole, ...tools])
    for (const each of [spread.calls, spread.objects, spread.bytes, spread.errors])
      if (each[0] > each[1] || each[1] > each[2]) return "quantiles do not rise";
  return undefined;
}

function isRising<T extends string | number>(values: readonly T[]): boolean {
  return values.every((value, at) => at === 0 || (values[at - 1] as T) < value);
}

export function normKey(norm: { readonly class: string; readonly form: string }): string {
  return `${norm.form} ${norm.class}`;
}

export function compileBaseline(baseline: Baseline, version: string): CompiledBaseline {
  return {
    baseline,
    version,
    tools: new Map(baseline.tools.map((tool) => [tool.tool, tool])),
    known: new Set(isOutdated(baseline) ? [] : [...baseline.destinations.map(([hash]) => hash), ...baseline.approved]), // prettier-ignore
    modes: new Map(baseline.modes.map((mode) => [mode.rule, mode])),
  };
}

/** How much of it one session has; undefined where too little is known, so that cold budgets hold. @param tool none for all */
export function limitOf(
  { baseline, tools }: CompiledBaseline,
  tool: string | undefined,
  measure: Measure,
  quantile: Quantile,
): number | undefined {
  const spread: Spread | undefined = tool === undefined ? baseline.whole : tools.get(tool);
  if (spread === undefined || spread.n < sessionsMin) return undefined;
  return spread[measure][quantileNames.indexOf(quantile)];
}

/** @param hash keyed, of a destination as the trainer hashed it */
export function isKnown({ known }: CompiledBaseline, hash: number): boolean {
  return known.has(hash);
}

/** What a rule may do: a rule that was never measured is enforced. "*" in a baseline's modes stands for every rule. */
export function modeOf({ modes }: Pick<CompiledBaseline, "modes">, rule: string): RuleMode["mode"] {
  return (modes.get(rule) ?? modes.get("*"))?.mode ?? "enforce";
}

/** The same with every rule measured only: for a shadow run. */
export function shadowed(baseline: Baseline): Baseline {
  return { ...baseline, modes: [{ rule: "*", mode: "alert", fired: 0, of: 0, bound: 1 }] };
}

/**
 * The mode that a rule has earned, with what it was measured at.
 *
 * @param kind what the rule does
 */
export function modeFor(rule: string, kind: keyof typeof budgets, fired: number, of: number): RuleMode {
  const mode = of > 0 && fired > budgets[kind] * of ? "alert" : "enforce";
  return { rule, mode, fired, of, bound: boundOf(fired, of) };
}

/** Upper end of Wilson's interval at 95 %; nothing seen in n is at most 3/n. */
export function boundOf(fired: number, of: number): number {
  if (of === 0) return 1;
  if (fired === 0) return Math.min(1, Math.ceil((3 / of) * 1e6) / 1e6);
  const z = 1.96;
  const share = fired / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return Math.min(1, Math.ceil(((middle + half) / (1 + (z * z) / of)) * 1e6) / 1e6);
}
