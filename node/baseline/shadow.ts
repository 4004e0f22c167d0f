/**
 * A baseline against sessions that it was not learned from: in how many of them each rule would have fired, had it been in force.
 * Owns the budget's verdict on each. Does not own what a rule does in a call (guards), how calls on record are judged again
 * (rejudgement.ts), nor the budgets (actors/behaviour/baseline.ts).
 *
 * W1. Sessions of incidents are left out: what fires there is right to fire. How often it did is said beside it.
 * W2. Per session of one day, and for a user's sums over days per day with a read. The guard's rules by its own judgement on each
 *     call; how much a day holds (volume) by its sums, for which no session needs a trail.
 * W3. A rule that no record can tell of is not in the baseline's modes, and stays as it is.
 */
import { boundsOf, isAbove, toldRule } from "../../actors/behaviour/volume.ts";
import { compileBaseline, modeFor } from "../../actors/behaviour/baseline.ts";
import type { CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { wholeOf } from "../../actors/behaviour/summary.ts";
import type { SessionSummary } from "../../actors/behaviour/summary.ts";
import { weekdayOf } from "../../actors/behaviour/training.ts";
import type { DayCount } from "../../actors/behaviour/training.ts";
import { cusum } from "../../actors/scopes/tally.ts";
import { ln1p } from "../../actors/behaviour/logarithm.ts";
import type { Baseline, DayNorm, RuleMode } from "../../protocol/baseline.ts";
import type { MeasuredKind } from "../../actors/behaviour/measures.ts";
import type { History } from "./history.ts";
import type { Rejudged } from "./rejudgement.ts";

/** Rules by their name, what they do, and whether one session trips them. */
const sessionRules: readonly (readonly [
  rule: string,
  kind: MeasuredKind,
  trips: (baseline: CompiledBaseline, summary: SessionSummary) => boolean,
])[] = [
  ["sequence.volume", "throttle", (baseline, summary) => isLarge(baseline, summary, "slow")],
  [toldRule, "alert", (baseline, summary) => isLarge(baseline, summary, "told")],
];

function isLarge(baseline: CompiledBaseline, summary: SessionSummary, is: "told" | "slow"): boolean {
  if (isAbove(boundsOf(baseline, undefined), wholeOf(summary), is)) return true;
  return summary.tools.some((tool) => isAbove(boundsOf(baseline, tool.tool), tool, is));
}

/** A rule as it was measured. */
export interface ShadowRule extends RuleMode {
  readonly kind: MeasuredKind;
  /** Days of incidents, left out of `of`, on which it would have fired. */
  readonly leftOut: number;
  /** Of calls that fired it: the first of each day. Empty where days were measured by their sums. */
  readonly operations: readonly string[];
}

export interface Shadow {
  /** The same baseline with what each rule has earned. */
  readonly baseline: Baseline;
  readonly modes: readonly ShadowRule[];
  readonly incidents: number;
}

/** @param rejudged undefined where the role has the sequence guard off */
export function runShadow(
  baseline: Baseline,
  { summaries, days }: History,
  rejudged: Rejudged | undefined,
): Shadow {
  const compiled = compileBaseline(baseline, "");
  const calm = summaries.filter(({ incident }) => incident === "");
  const stopped = summaries.filter(({ incident }) => incident !== "");
  const modes = sessionRules.map(([rule, kind, trips]): ShadowRule => {
    const of = (each: readonly SessionSummary[]): number => each.filter((summary) => trips(compiled, summary)).length; // prettier-ignore
    return { ...modeFor(rule, kind, of(calm), calm.length), kind, leftOut: of(stopped), operations: [] };
  });
  for (const form of ["user", "persona", "tool"] as const) {
    const own = days.filter((each) => each.form === form);
    const norms = baseline.norms.filter((norm) => norm.form === form);
    const { fired, of } = alarmDays(norms, own);
    if (of > 0) modes.push({ ...modeFor(`tally.${form}`, "alert", fired, of), kind: "alert", leftOut: 0, operations: [] }); // prettier-ignore
  }
  for (const { row, kind, definition, fired, leftOut, operations } of rejudged?.rules ?? [])
    modes.push({ ...modeFor(row, kind, fired, rejudged?.of ?? 0), definition, kind, leftOut, operations });
  modes.sort((one, other) => (one.rule < other.rule ? -1 : 1));
  const measured = modes.filter(({ rule, of }) => of > 0 || sessionRules.some(([known]) => known === rule));
  return {
    baseline: { ...baseline, modes: measured.map(({ kind: _, leftOut: __, operations: ___, ...mode }) => mode) }, // prettier-ignore
    modes,
    incidents: stopped.length,
  };
}

/** Days on which the sum would have stood above the alarm, of days with a read. */
function alarmDays(
  norms: readonly DayNorm[],
  days: readonly DayCount[],
): { readonly fired: number; readonly of: number } {
  let fired = 0;
  let of = 0;
  for (const norm of norms) {
    const levels = new Map(norm.levels);
    const series = new Map<number, DayCount[]>();
    for (const each of days) {
      if (each.class !== norm.class) continue;
      const list = series.get(each.of) ?? [];
      series.set(each.of, list);
      list.push(each);
    }
    for (const [who, list] of series) {
      let sum = 0;
      let before = 0;
      for (const { day, count } of list.sort((one, other) => one.day - other.day)) {
        const level = levels.get(who);
        const sd = (level === undefined ? norm.sdsOfAll : norm.sds)[weekdayOf(day)];
        const pause = before === 0 ? 0 : (day - before - 1) * cusum.slack;
        const above = (ln1p(count) - norm.means[weekdayOf(day)] - (level ?? 0)) / sd - cusum.slack;
        sum = Math.min(cusum.most, Math.max(0, Math.max(0, sum - pause) + above));
        before = day;
        of++;
        if (sum >= cusum.alarmAt) fired++;
      }
    }
  }
  return { fired, of };
}
