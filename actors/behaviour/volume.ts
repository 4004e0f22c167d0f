/**
 * How much a session does in one UTC day against what sessions of its persona do in one: calls, different things and bytes, of all
 * tools together and of the tool at hand. Owns the comparison. Does not own what is usual (baseline.ts) nor what follows (judge.ts).
 *
 * U1. Without a baseline, or of a tool that it has seen too little of, there is no bound.
 * U2. More than p99 is told; more than one and a half times p99.9 slows down. Nothing stops by volume alone.
 * U3. One session on one day is what a baseline has counted, so a session that lives for days is compared day by day.
 * U4. Things are counted once in a session, and only those that a call names: never more of them than the baseline's trainer counts.
 */
import { limitOf, modeOf, type CompiledBaseline, type Measure } from "./baseline.ts";
import { dayOf } from "./summary.ts";
import type { Trail } from "./trail.ts";

/** What a day of a session is held against. */
interface Bound {
  readonly usual: number;
  readonly told: number;
  readonly slow: number;
}
export type VolumeMeasure = Exclude<Measure, "errors">;
export type VolumeBounds = { readonly [Name in VolumeMeasure]: Bound | undefined };

export interface Volumes {
  readonly whole: VolumeBounds;
  /** By key of the grant. */
  readonly tools: ReadonlyMap<number, VolumeBounds>;
  /** False where more than p99 was found in more sessions than may be told of. */
  readonly tells: boolean;
}

/** In a baseline's modes, what its shadow run found of the milder bound. */
export const toldRule = "sequence.volume.told";
/** Of fewer sessions p99 is the largest one that was seen. */
const quantileSessionsMin = 100;

export function volumesOf(
  baseline: CompiledBaseline,
  tools: Iterable<readonly [key: number, tool: string]>,
): Volumes {
  // prettier-ignore
  const byKey = new Map<number, VolumeBounds>();
  for (const [key, tool] of tools) byKey.set(key, boundsOf(baseline, tool));
  return {
    whole: boundsOf(baseline, undefined),
    tools: byKey,
    tells: modeOf(baseline, toldRule) === "enforce",
  };
}

/** @param tool as the baseline names it; none for all together */
export function boundsOf(baseline: CompiledBaseline, tool: string | undefined): VolumeBounds {
  const sessions = (tool === undefined ? baseline.baseline.whole : baseline.tools.get(tool))?.n ?? 0;
  const of = (measure: VolumeMeasure): Bound | undefined => {
    const usual = limitOf(baseline, tool, measure, "p99");
    const rare = limitOf(baseline, tool, measure, "p999");
    if (usual === undefined || rare === undefined) return undefined;
    const told = sessions < quantileSessionsMin ? half(usual) : usual;
    return { usual, told, slow: Math.max(told, half(rare)) };
  };
  return { calls: of("calls"), objects: of("objects"), bytes: of("bytes") };
}

/** And half as much again. */
function half(value: number): number {
  return value + Math.floor(value / 2);
}

/** What there is too much of. */
export interface Excess {
  readonly measure: VolumeMeasure;
  readonly isOfTool: boolean;
  readonly count: number;
  readonly usual: number;
  readonly isFar: boolean;
}

/** Of the measures that are above their bounds one that is far above, or else the first. */
export function excessOf(
  trail: Trail,
  key: number | undefined,
  at: number,
  { whole, tools, tells }: Volumes,
): Excess | undefined {
  // prettier-ignore
  const isToday = dayOf(at) <= trail.day;
  const own = key === undefined ? undefined : tools.get(key);
  const row = isToday ? trail.tools.find((each) => each.key === key) : undefined;
  let found: Excess | undefined;
  const look = (measure: VolumeMeasure, isOfTool: boolean, bound: Bound | undefined, count: number): void => {
    if (bound === undefined || count <= bound.told || found?.isFar === true) return;
    const isFar = count > bound.slow;
    if (isFar || (tells && found === undefined)) found = { measure, isOfTool, count, usual: bound.usual, isFar }; // prettier-ignore
  };
  // The call at hand is one of them.
  look("calls", false, whole.calls, isToday ? trail.dayCalls + 1 : 1);
  look("objects", false, whole.objects, isToday ? trail.dayObjects : 0);
  look("bytes", false, whole.bytes, isToday ? trail.dayBytes : 0);
  look("calls", true, own?.calls, (row?.calls ?? 0) + 1);
  look("objects", true, own?.objects, row?.objects ?? 0);
  look("bytes", true, own?.bytes, row?.bytes ?? 0);
  return found;
}

/** Whether a day of a session, summed up, is above a bound of it. */
export function isAbove(
  bounds: VolumeBounds,
  sizes: { readonly [Name in VolumeMeasure]: number },
  is: "told" | "slow",
): boolean {
  // prettier-ignore
  const measures = ["calls", "objects", "bytes"] as const;
  return measures.some((measure) => sizes[measure] > (bounds[measure]?.[is] ?? Number.POSITIVE_INFINITY));
}
