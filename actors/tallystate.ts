/** What a session has counted, as it is put away; what comes back is checked to the cell. */
import { tallyCountMax } from "../protocol/accumulation.ts";
import { limits } from "../protocol/limits.ts";
import { isScopeName } from "../protocol/scope.ts";
import type { Cell } from "./actor.ts";
import type { Tally } from "./guards/tally.ts";
import { freezeRow, thawRow } from "./scopes/tally.ts";
import type { TallyRow } from "./scopes/tally.ts";

export function freezeTally(tally: Tally | undefined): readonly Cell[] {
  if (tally === undefined) return [];
  const { day, since, waiting, stops, gave, rows } = tally;
  return [day, since, waiting, stops, gave, [...rows].map(([of, row]): Cell => [of, ...freezeRow(row)])];
}

/** @returns "broken" for what `freezeTally` does not give */
export function thawTally(cells: unknown): Tally | undefined | "broken" {
  if (!Array.isArray(cells)) return "broken";
  if (cells.length === 0) return undefined;
  const [day, since, waiting, stops, gave, rows] = cells as unknown[];
  if (cells.length !== 6 || !isCount(day) || !isCount(since)) return "broken";
  if (!isList(waiting, limits.tallyMarksMax, isWaiting) || !isList(stops, limits.tallyStopsMax, isStop))
    return "broken";
  if (!isList(gave, limits.tallyGaveMax, isText) || !Array.isArray(rows)) return "broken";
  if (rows.length > limits.accumulationRulesMax) return "broken";
  const thawed = new Map<string, TallyRow>();
  for (const each of rows as unknown[]) {
    if (!Array.isArray(each)) return "broken";
    const [of, ...rest] = each as unknown[];
    const row = thawRow(rest);
    if (!isText(of) || row === undefined || thawed.has(of)) return "broken";
    thawed.set(of, row);
  }
  return { day, since, waiting, stops, gave, rows: thawed };
}

function isList<T>(value: unknown, most: number, isOne: (each: unknown) => each is T): value is T[] {
  return Array.isArray(value) && value.length <= most && value.every(isOne);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= limits.baselineNameCharsMax * 2;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isWaiting(value: unknown): value is Tally["waiting"][number] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [of, mark, count] = value as unknown[];
  return (
    isText(of) && isCount(mark) && mark < 2 ** 32 && isCount(count) && count >= 1 && count <= tallyCountMax
  );
}

function isStop(value: unknown): value is Tally["stops"][number] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [scope, of, until] = value as unknown[];
  return (scope === "session" || isScopeName(scope)) && isText(of) && isCount(until);
}
