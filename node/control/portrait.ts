/**
 * A session's state as operators read it: names instead of keys, words instead of cells. Reads and changes nothing.
 * What the cells mean is their guards' business (actors/guards); nothing here decides.
 */
import { circles, openUntil } from "../../actors/guards/behaviour.ts";
import { breakerRowWidth } from "../../actors/guards/breaker.ts";
import { level, toolRowWidth } from "../../actors/guards/bucket.ts";
import type { CompiledRole } from "../../actors/guards/role.ts";
import { cell } from "../../actors/rows.ts";
import type { SessionState } from "../../actors/session.ts";

export interface BucketPortrait {
  /** "session", "budget", or what a grant exposes. */
  readonly of: string;
  /** Rate tokens now. */
  readonly tokens: number;
  readonly capacity: number;
  readonly perSecond: number;
}

export interface BreakerPortrait {
  readonly of: string;
  readonly state: "closed" | "open" | "half-open";
  /** In a row. */
  readonly failures: number;
  /** Epoch milliseconds; absent when it is closed. */
  readonly until?: number;
}

export interface SessionPortrait {
  readonly role: string;
  /** Data labels of what it has read; "*" is all of them. */
  readonly labels: readonly string[];
  readonly buckets: readonly BucketPortrait[];
  readonly breakers: readonly BreakerPortrait[];
  readonly behaviour: {
    readonly state: "closed" | "open" | "half-open";
    readonly until?: number;
    readonly because?: string;
  };
  /** Of guard four, once it has looked at a call. */
  readonly sequence?: {
    readonly calls: number;
    /** Different things that were asked for. */
    readonly distinct: number;
    /** The rule that interrupted the session. */
    readonly interruptedBy?: string;
  };
  /** Reads that are refused because more was counted than is usual or allowed; absent for none. */
  readonly readsStopped?: readonly {
    readonly of: string;
    readonly countedFor: string;
    readonly until: number;
  }[];
  readonly openCalls: readonly { readonly op: string; readonly name: string }[];
  /** Refusals counted since their last record. */
  readonly refusals: readonly { readonly rule: string; readonly name: string; readonly since: number; readonly count: number }[]; // prettier-ignore
}

/**
 * @param role the session's role, by its digest; without it buckets cannot be told
 * @param now  epoch milliseconds
 */
export function portray(state: SessionState, role: CompiledRole | undefined, now: number): SessionPortrait {
  return {
    role: state.role,
    labels: state.labels,
    buckets: role === undefined ? [] : portrayBuckets(state, role, now),
    breakers: portrayBreakers(state, role, now),
    behaviour: portrayBehaviour(state, now),
    ...portraySequence(state),
    ...portrayStops(state, now),
    openCalls: state.open.map(({ op, name }) => ({ op, name })),
    refusals: state.refusals.map(({ rule, name, since, count }) => ({ rule, name, since, count })),
  };
}

/** Tool breakers that refuse calls now. */
export function countOpenBreakers({ breakers }: SessionState, now: number): number {
  let count = 0;
  for (let row = 0; row < breakers.length; row += breakerRowWidth) if (cell(breakers, row + 2) > now) count++;
  return count;
}

function portrayBuckets({ rates, tools }: SessionState, role: CompiledRole, now: number): BucketPortrait[] {
  const show = (
    of: string,
    bucket: { capacity: number; perSecond: number },
    tokens: number,
    at: number,
  ): BucketPortrait => ({
    of,
    tokens: Math.floor(level(tokens, at, bucket, now) * 100) / 100,
    ...bucket,
  });
  const shown = [
    show("session", role.table.limits.agent, cell(rates, 0), cell(rates, 1)),
    show("budget", role.budget, cell(rates, 2), cell(rates, 3)),
  ];
  for (let row = 0; row < tools.length; row += toolRowWidth) {
    const grant = role.grantsByKey.get(cell(tools, row));
    if (grant === undefined) continue;
    const name = role.table.grants[grant.index]?.name ?? serverAt(role, grant.index) ?? "";
    shown.push(show(name, grant.bucket, cell(tools, row + 1), cell(tools, row + 2)));
  }
  return shown;
}

function portrayBreakers(
  { breakers }: SessionState,
  role: CompiledRole | undefined,
  now: number,
): BreakerPortrait[] {
  const shown: BreakerPortrait[] = [];
  for (let row = 0; row < breakers.length; row += breakerRowWidth) {
    const key = cell(breakers, row);
    const grant = role?.grants.find(({ upstream }) => upstream === key);
    const named = role === undefined || grant === undefined ? undefined : breakerName(role, grant.index);
    const until = cell(breakers, row + 2);
    const isOpened = cell(breakers, row + 3) > 0;
    shown.push({
      of: named ?? "a tool that the role does not name",
      state: isOpened ? (until > now ? "open" : "half-open") : "closed",
      failures: cell(breakers, row + 1),
      ...(isOpened ? { until } : {}),
    });
  }
  return shown;
}

function breakerName(role: CompiledRole, index: number): string | undefined {
  const grant = role.table.grants[index];
  return grant === undefined ? serverAt(role, index) : `${grant.server} ${grant.target}`;
}

/** What stands behind the grants of the table: a server's lists and streams. */
function serverAt(role: CompiledRole, index: number): string | undefined {
  for (const [name, at] of role.names.server) if (at === index) return `lists and streams of ${name}`;
  return undefined;
}

function portrayBehaviour({ loop, repeated }: SessionState, now: number): SessionPortrait["behaviour"] {
  const until = openUntil(loop);
  if (until === 0) return { state: "closed" };
  return {
    state: until > now ? "open" : "half-open",
    until,
    because: `${repeated}: ${circles[cell(loop, 3)] ?? ""}`,
  };
}

/** No lift ends these: a day does. */
function portrayStops({ tally }: SessionState, now: number): Pick<SessionPortrait, "readsStopped"> {
  const stops = (tally?.stops ?? []).filter(([, , until]) => until > now);
  return stops.length === 0 ? {} : { readsStopped: stops.map(([countedFor, of, until]) => ({ of, countedFor, until })) }; // prettier-ignore
}

function portraySequence({ trail, interruptedBy }: SessionState): Pick<SessionPortrait, "sequence"> {
  if (trail === undefined && interruptedBy === "") return {};
  const counts = { calls: trail?.calls ?? 0, distinct: trail?.asked.count ?? 0 };
  return { sequence: interruptedBy === "" ? counts : { ...counts, interruptedBy } };
}
