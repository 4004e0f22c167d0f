/**
 * The tool breaker: stops calls to an upstream tool that keeps failing. Owns which outcomes count as the upstream's
 * failure. Does not own the agent's own loops (behaviour.ts).
 *
 *     closed ──failures in a row──▶ open ──its time is over──▶ half-open ──probe answered──▶ closed
 *                                     ▲                            │
 *                                     └── probe failed: twice as long, at most eight times ──┘
 *
 * T1. In half-open exactly one call is under way; while it is, the others are refused as if open.
 * T2. A probe that is never answered holds the breaker for one opening time, not for ever.
 * T3. Only the probe's answer moves a breaker that is not closed; late answers of earlier calls do not.
 *
 * @see Nygard, "Release It!", circuit breaker
 */
import type { Outcome } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { cell, findRow, noRows, withoutRow, withRow } from "../rows.ts";
import { toolProbe } from "./guard.ts";
import type { Guard } from "./guard.ts";
import type { CompiledRole } from "./role.ts";

export interface BreakerState {
  /** Rows of upstream key, failures in a row, open until, openings in a row (0: closed). Tools that work have none. */
  breakers: number[];
}

export const breakerRowWidth = 4;
const doublingsMax = 3;

/** Whether an outcome shows that the upstream is ill; undefined when it shows nothing. A tool's own error shows health. */
export function isFailure(outcome: Outcome): boolean | undefined {
  switch (outcome) {
    case "ok":
    case "tool-error":
      return false;
    case "rpc-error":
    case "timeout":
    case "unreachable":
    case "broken":
      return true;
    case "cancelled":
    case "unknown":
      return undefined;
    default:
      return outcome satisfies never;
  }
}

function openMs(role: CompiledRole, openings: number): number {
  return role.table.breakers.tool.openSeconds * 1000 * (1 << Math.min(openings, doublingsMax));
}

export const breaker = {
  start: (): BreakerState => ({ breakers: noRows }),

  before({ breakers }, { at, grant }) {
    const row = findRow(breakers, breakerRowWidth, grant.upstream);
    const until = row < 0 ? 0 : cell(breakers, row + 2);
    if (until <= at) return undefined;
    const says = `The server behind it keeps failing. Try something else; it is tried again in ${seconds(until - at)}.`;
    return { kind: "deny", rule: "breaker.tool", says, until };
  },

  enter({ breakers }, { at, role, grant }, open) {
    const row = findRow(breakers, breakerRowWidth, grant.upstream);
    const openings = row < 0 ? 0 : cell(breakers, row + 3);
    if (openings === 0) return;
    open.probe += toolProbe;
    breakers[row + 2] = at + openMs(role, openings - 1);
  },

  after(own, open, { at, facts, role }) {
    const failed = isFailure(facts.outcome);
    const row = findRow(own.breakers, breakerRowWidth, open.upstream);
    const isProbe = (open.probe & toolProbe) !== 0;
    if (row < 0 && failed !== true) return undefined;
    const openings = row < 0 ? 0 : cell(own.breakers, row + 3);
    if (openings > 0 && !isProbe) return undefined;
    if (failed === undefined) {
      // A probe that showed nothing leaves the place to another.
      if (openings > 0) own.breakers[row + 2] = Math.min(at, cell(own.breakers, row + 2));
      return undefined;
    }
    if (!failed) {
      own.breakers = withoutRow(own.breakers, breakerRowWidth, row);
      return undefined;
    }
    const failures = row < 0 ? 1 : cell(own.breakers, row + 1) + 1;
    const isTripped = openings > 0 || failures >= role.table.breakers.tool.failures;
    const until = isTripped ? at + openMs(role, openings) : 0;
    put(own, [open.upstream, failures, until, isTripped ? Math.min(openings + 1, doublingsMax + 1) : 0]);
    if (!isTripped) return undefined;
    const says = `its server failed ${failures} times in a row; no call goes there for ${seconds(until - at)}`;
    return { rule: "breaker.tool", says };
  },
} as const satisfies Guard<BreakerState>;

/** "30 s": whole seconds, rounded up. */
export function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)} s`;
}

/** Sets the row with this key. A new row in a full table takes the place of the breaker that is least missed. */
function put(own: BreakerState, row: readonly number[]): void {
  let place = findRow(own.breakers, breakerRowWidth, cell(row, 0));
  if (place < 0 && own.breakers.length < limits.toolStatesPerSessionMax * breakerRowWidth) {
    own.breakers = withRow(own.breakers, row);
    return;
  }
  if (place < 0) place = leastMissed(own.breakers);
  for (const [at, value] of row.entries()) own.breakers[place + at] = value;
}

/** The closed breaker with the fewest failures; when all are open, the one whose time is over first. */
function leastMissed(breakers: readonly number[]): number {
  let least = 0;
  for (let row = breakerRowWidth; row < breakers.length; row += breakerRowWidth) {
    const until = cell(breakers, row + 2) - cell(breakers, least + 2);
    if (until < 0 || (until === 0 && cell(breakers, row + 1) < cell(breakers, least + 1))) least = row;
  }
  return least;
}
