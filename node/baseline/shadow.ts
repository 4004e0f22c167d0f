/**
 * A baseline against sessions that it was not learned from: in how many of them each rule would have fired, had it been in force.
 * Owns that count. Does not own what a rule does in a call (guards), nor its budget (actors/behaviour/baseline.ts).
 *
 * W1. Sessions of incidents are left out: what fires there is right to fire.
 * W2. Per session of one day, and for a user's sums over days per day with a read.
 * W3. A rule that no record can tell of is not listed, and stays as it is.
 */
import { boundsOf, isAbove, toldRule } from "../../actors/behaviour/volume.ts";
import { compileBaseline, isKnown, limitOf, modeFor } from "../../actors/behaviour/baseline.ts";
import type { budgets, CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { wholeOf } from "../../actors/behaviour/summary.ts";
import type { SessionSummary } from "../../actors/behaviour/summary.ts";
import { weekdayOf } from "../../actors/behaviour/training.ts";
import type { DayCount } from "../../actors/behaviour/training.ts";
import { cusum } from "../../actors/scopes/tally.ts";
import { ln1p } from "../../actors/behaviour/logarithm.ts";
import type { Baseline, DayNorm, RuleMode } from "../../protocol/baseline.ts";
import type { History } from "./history.ts";

type Kind = keyof typeof budgets;

/** Rules by their name, what they do, and whether one session trips them. */
const sessionRules: readonly (readonly [
  rule: string,
  kind: Kind,
  trips: (baseline: CompiledBaseline, summary: SessionSummary) => boolean,
])[] = [
  ["sequence.breadth", "throttle", (baseline, summary) => isOver(baseline, summary, "p99", 1)],
  ["sequence.departure", "interrupt", (baseline, summary) => isOver(baseline, summary, "p999", 1.5)],
  ["sequence.volume", "throttle", (baseline, summary) => isLarge(baseline, summary, "slow")],
  [toldRule, "alert", (baseline, summary) => isLarge(baseline, summary, "told")],
  ["sequence.destination", "step-up", (baseline, { tools }) => tools.some(({ destinations }) => destinations.some((each) => !isKnown(baseline, each)))], // prettier-ignore
];

function isLarge(baseline: CompiledBaseline, summary: SessionSummary, is: "told" | "slow"): boolean {
  if (isAbove(boundsOf(baseline, undefined), wholeOf(summary), is)) return true;
  return summary.tools.some((tool) => isAbove(boundsOf(baseline, tool.tool), tool, is));
}

export interface Shadow {
  /** The same baseline with what each rule has earned. */
  readonly baseline: Baseline;
  readonly modes: readonly (RuleMode & { readonly kind: Kind })[];
  readonly incidents: number;
}

export function runShadow(baseline: Baseline, { summaries, days }: History): Shadow {
  const compiled = compileBaseline(baseline, "");
  const calm = summaries.filter(({ incident }) => incident === "");
  const modes: (RuleMode & { readonly kind: Kind })[] = sessionRules.map(([rule, kind, trips]) => {
    const fired = calm.filter((summary) => trips(compiled, summary)).length;
    return { ...modeFor(rule, kind, fired, calm.length), kind };
  });
  for (const form of ["user", "persona", "tool"] as const) {
    const own = days.filter((each) => each.form === form);
    const norms = baseline.norms.filter((norm) => norm.form === form);
    const { fired, of } = alarmDays(norms, own);
    if (of > 0) modes.push({ ...modeFor(`tally.${form}`, "alert", fired, of), kind: "alert" });
  }
  modes.sort((one, other) => (one.rule < other.rule ? -1 : 1));
  return {
    baseline: { ...baseline, modes: modes.map(({ kind: _, ...mode }) => mode) },
    modes,
    incidents: summaries.length - calm.length,
  };
}

function isOver(
  baseline: CompiledBaseline,
  summary: SessionSummary,
  quantile: "p99" | "p999",
  factor: number,
): boolean {
  const limit = limitOf(baseline, undefined, "objects", quantile);
  return limit !== undefined && wholeOf(summary).objects > limit * factor;
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
