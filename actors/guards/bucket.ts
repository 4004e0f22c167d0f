/**
 * The bucket guard: token buckets of the session, of each grant, and the budget. Owns their arithmetic and which tool
 * buckets a session remembers.
 *
 * B1. A call takes one rate token from each of the three, or nothing from any.
 * B2. Never more than capacity plus refill gets through. A clock that steps back refills nothing.
 * B3. A refusal names the bucket that makes the agent wait longest, and after `waitMs` the same call passes, if no
 *     other call came in between.
 * B4. Only a full bucket may be forgotten: it is equal to one that was never used. When none is full, the call waits.
 * B5. Sums, products and quotients of doubles only: the same on every machine.
 * B6. A session whose past is lost has one row for all grants: empty since then. A grant that is used again begins from it.
 *
 * @see Turner, "New Directions in Communications", IEEE Communications Magazine 24(10), 1986
 */
import { limits } from "../../protocol/limits.ts";
import type { Bucket } from "../../protocol/role.ts";
import type { Rule } from "../../protocol/verdict.ts";
import { cell, findRow, noRows, withRow } from "../rows.ts";
import type { Call, Guard } from "./guard.ts";
import type { CompiledRole } from "./role.ts";

export interface BucketState {
  /** Tokens and time of the session's bucket, then of the budget. */
  rates: number[];
  /** Rows of grant key, tokens, time; in the order of first use. */
  tools: number[];
}

export const ratesLength = 4;
export const toolRowWidth = 3;
const budgetAt = 2;

/** Key of the row that stands for every grant without one of its own (B6); a grant's is never negative. */
const lostKey = -1;

/** More than any bucket holds: what a bucket that was never used is taken to have. */
const full = Number.MAX_SAFE_INTEGER;

/**
 * Tokens in a bucket at `now`, never above its capacity.
 *
 * @param tokens what it held at `at`
 * @param now    epoch milliseconds; before `at` nothing has come back yet
 */
export function level(tokens: number, at: number, bucket: Bucket, now: number): number {
  const refilled = now > at ? tokens + ((now - at) * bucket.perSecond) / 1000 : tokens;
  return refilled < bucket.capacity ? refilled : bucket.capacity;
}

/** Whole milliseconds until a bucket holds `cost` tokens (at most its capacity); 0 when it does. */
export function waitMs(tokens: number, at: number, bucket: Bucket, now: number, cost = 1): number {
  const missing = cost - level(tokens, at, bucket, now);
  if (missing <= 0) return 0;
  // Refill starts again only when the clock is past `at`.
  const start = now > at ? now : at;
  const wait = start - now + Math.ceil((missing * 1000) / bucket.perSecond);
  // The quotient above may be rounded down by a hair; one millisecond is more than a hair.
  return level(tokens, at, bucket, now + wait) < cost ? wait + 1 : wait;
}

/**
 * Nothing is left to spend: in the session's bucket, the budget, and the bucket of every grant (B6).
 *
 * @param at when its past was lost; never earlier than what it knows of itself
 */
export function loseRates(own: BucketState, at: number): void {
  let since = Math.max(at, cell(own.rates, 1), cell(own.rates, budgetAt + 1));
  for (let row = 0; row < own.tools.length; row += toolRowWidth) since = Math.max(since, cell(own.tools, row + 2)); // prettier-ignore
  own.rates = [0, since, 0, since];
  own.tools = [lostKey, 0, since];
}

export const bucket = {
  start: (): BucketState => ({ rates: [full, 0, full, 0], tools: noRows }),

  before({ rates, tools }, { at, role, grant }) {
    let wait = waitMs(cell(rates, 0), cell(rates, 1), role.table.limits.agent, at);
    let rule: Rule = "bucket.agent";
    const toolWait = toolWaitMs(tools, role, grant, at);
    if (toolWait > wait) {
      wait = toolWait;
      rule = "bucket.tool";
    }
    const budgetWait = waitMs(cell(rates, budgetAt), cell(rates, budgetAt + 1), role.budget, at);
    if (budgetWait > wait) {
      wait = budgetWait;
      rule = "bucket.budget";
    }
    return wait === 0 ? undefined : { kind: "throttle", rule, waitMs: wait, until: at + wait };
  },

  enter(own, { at, role, grant }) {
    take(own.rates, 0, role.table.limits.agent, at);
    take(own.rates, budgetAt, role.budget, at);
    // The row first: it may put a longer table in place of own.tools.
    const row = toolRow(own, role, grant.key, at);
    take(own.tools, row + 1, grant.bucket, at);
  },
} as const satisfies Guard<BucketState>;

/** Takes one token of the bucket whose tokens and time stand at `place`. */
function take(cells: number[], place: number, limit: Bucket, now: number): void {
  const at = cell(cells, place + 1);
  cells[place] = level(cell(cells, place), at, limit, now) - 1;
  // Never earlier than before: else a clock that steps back and on again would refill the same time twice.
  cells[place + 1] = now > at ? now : at;
}

function toolWaitMs(tools: readonly number[], role: CompiledRole, grant: Call["grant"], now: number): number {
  const row = findRow(tools, toolRowWidth, grant.key);
  if (row >= 0) return waitMs(cell(tools, row + 1), cell(tools, row + 2), grant.bucket, now);
  const lost = findRow(tools, toolRowWidth, lostKey);
  const lostWait = lost < 0 ? 0 : waitMs(cell(tools, lost + 1), cell(tools, lost + 2), grant.bucket, now);
  if (tools.length < limits.toolStatesPerSessionMax * toolRowWidth) return lostWait;
  let shortest = Number.POSITIVE_INFINITY;
  for (let other = 0; other < tools.length; other += toolRowWidth) {
    const wait = fullWaitMs(tools, other, role, now);
    if (wait < shortest) shortest = wait;
  }
  return shortest > lostWait ? shortest : lostWait;
}

/** How long until the bucket in this row is full; 0 when the role does not name its grant any more. */
function fullWaitMs(tools: readonly number[], row: number, role: CompiledRole, now: number): number {
  if (cell(tools, row) === lostKey) return Number.POSITIVE_INFINITY;
  const limit = role.grantsByKey.get(cell(tools, row))?.bucket;
  if (limit === undefined) return 0;
  return waitMs(cell(tools, row + 1), cell(tools, row + 2), limit, now, limit.capacity);
}

/** The row of a grant's bucket: its own, a new one, or the first one that may be forgotten. */
function toolRow(own: BucketState, role: CompiledRole, key: number, now: number): number {
  const known = findRow(own.tools, toolRowWidth, key);
  if (known >= 0) return known;
  const lost = findRow(own.tools, toolRowWidth, lostKey);
  const [tokens, since] = lost < 0 ? [full, 0] : [cell(own.tools, lost + 1), cell(own.tools, lost + 2)];
  if (own.tools.length < limits.toolStatesPerSessionMax * toolRowWidth) {
    own.tools = withRow(own.tools, [key, tokens, since]);
    return own.tools.length - toolRowWidth;
  }
  let row = 0;
  while (row < own.tools.length - toolRowWidth && fullWaitMs(own.tools, row, role, now) > 0)
    row += toolRowWidth;
  own.tools[row] = key;
  own.tools[row + 1] = tokens;
  own.tools[row + 2] = since;
  return row;
}
