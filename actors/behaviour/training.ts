/**
 * Learns a baseline from summaries of sessions. Owns what counts as seen often enough, and what is left out. Pure: the same
 * summaries give the same baseline, in whatever order they come.
 *
 * T1. Nothing is learned from an incident, from one session alone, or from the largest sessions (trimmedShare).
 * T2. A destination is known after enough sessions, days and users, or by a person's word. One user counts for two sessions at
 *     most, however many that one has; what appears only in the newer half of the time, or comes much more often there, is left
 *     for a person: somebody who drifts slowly towards a place of his own gets no further than that.
 * T3. What was left out is said, with the reason.
 */
import type { Baseline, DayNorm, Spread } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";
import { normKey } from "./baseline.ts";
import { ln1p } from "./logarithm.ts";
import { wholeOf } from "./summary.ts";
import type { SessionSummary, ToolSummary } from "./summary.ts";

/** When a destination is known without anybody's word. */
export interface KnownRule {
  readonly sessions: number;
  readonly days: number;
  /** 1 for a persona that acts for one user only. */
  readonly users: number;
}
export const knownRule: KnownRule = { sessions: 3, days: 2, users: 2 };

export interface Training {
  readonly tenant: string;
  readonly persona: string;
  readonly summaries: readonly SessionSummary[];
  readonly days: readonly DayCount[];
  readonly known: KnownRule;
  /** Keyed hashes that a person has approved. */
  readonly approved: readonly number[];
}

/** Different objects of a class on one day. */
export interface DayCount {
  readonly class: string;
  readonly form: DayNorm["form"];
  /** Row key of the user, of the persona or of the tool. */
  readonly of: number;
  readonly day: number;
  readonly count: number;
}

/** A destination that was seen and is not known, most sessions first. */
export interface Candidate {
  readonly hash: number;
  readonly sessions: number;
  readonly users: number;
  readonly days: number;
  readonly why: "few sessions" | "one day" | "few users" | "new" | "rising";
}

export interface Trained {
  readonly baseline: Baseline;
  readonly candidates: readonly Candidate[];
}

/** Of sessions, by volume: not learned from. */
const trimmedShare = 0.005;
/** One user's sessions that count for a destination. */
const sessionsOfUserMax = 2;
/** How much more often in the newer half than in the older one. */
const riseMax = 4;
/** Days of a weekday, and of a user, before they have a figure of their own. */
const weekdayDaysMin = 8;
const levelDaysMin = 10;
/** Deviation below which two days do not differ: ln(1 + n) of a steady worker still has this much. */
const sdMin = 0.25;

export function train({ tenant, persona, summaries, days, known, approved }: Training): Trained {
  const ordered = inOrder(summaries);
  const calm = ordered.filter(({ incident }) => incident === "");
  const kept = trim(calm);
  const { seen, candidates } = destinationsOf(kept, known);
  const daysSeen = kept.map(({ day }) => day);
  const [from, to] = [Math.min(...daysSeen), Math.max(...daysSeen)];
  const baseline: Baseline = {
    v: 2,
    tenant,
    persona,
    from: kept.length === 0 ? 0 : from,
    to: kept.length === 0 ? 0 : to,
    sessions: kept.length,
    users: new Set(kept.map(({ user }) => user)).size,
    days: new Set(daysSeen).size,
    trimmed: calm.length - kept.length,
    incidents: ordered.length - calm.length,
    known: { sessions: known.sessions, days: known.days, users: known.users },
    whole: spreadOf(kept.map(wholeOf)),
    tools: toolsOf(kept),
    destinations: seen,
    approved: [...new Set(approved)].sort(byNumber).slice(0, limits.baselineDestinationsMax),
    norms: normsOf(days),
    modes: [],
  };
  return { baseline, candidates };
}

/** Without the largest sessions: by calls, by objects and by bytes, so that none of them sets what is usual. */
function trim(summaries: readonly SessionSummary[]): readonly SessionSummary[] {
  const drop = Math.ceil(summaries.length * trimmedShare);
  const dropped = new Set<SessionSummary>();
  for (const measure of ["calls", "objects", "bytes"] as const) {
    const ranked = summaries.map((summary, at) => ({ summary, at, size: wholeOf(summary)[measure] }));
    ranked.sort((one, other) => other.size - one.size || other.at - one.at);
    for (const { summary } of ranked.slice(0, drop)) dropped.add(summary);
  }
  return summaries.filter((summary) => !dropped.has(summary));
}

type Sizes = Pick<ToolSummary, "calls" | "errors" | "bytes" | "objects">;

function spreadOf(sizes: readonly Sizes[]): Spread {
  const of = (measure: keyof Sizes): [number, number, number] => {
    const sorted = sizes.map((size) => size[measure]).sort(byNumber);
    return [quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 0.999)];
  };
  return { n: sizes.length, calls: of("calls"), objects: of("objects"), bytes: of("bytes"), errors: of("errors") }; // prettier-ignore
}

/** Nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function toolsOf(summaries: readonly SessionSummary[]): Baseline["tools"] {
  const rows = new Map<string, ToolSummary[]>();
  for (const { tools } of summaries)
    for (const each of tools) {
      const row = rows.get(each.tool) ?? [];
      row.push(each);
      rows.set(each.tool, row);
    }
  // One session alone says nothing.
  const often = [...rows].filter(([, row]) => row.length > 1);
  often.sort(([name, one], [other, two]) => two.length - one.length || compare(name, other));
  return often
    .slice(0, limits.baselineToolsMax)
    .sort(([one], [other]) => compare(one, other))
    .map(([tool, row]) => ({ tool, ...spreadOf(row), provenance: summed(row) }));
}

function summed(rows: readonly ToolSummary[]): number[] {
  const sums: number[] = [];
  for (const { provenance } of rows)
    for (const [at, count] of provenance.entries()) sums[at] = (sums[at] ?? 0) + count;
  return sums;
}

interface Sighting {
  readonly hash: number;
  /** Sessions that count, by user. */
  readonly users: Map<string, number>;
  readonly days: Set<number>;
  older: number;
  newer: number;
}

function destinationsOf(
  summaries: readonly SessionSummary[],
  known: KnownRule,
): { readonly seen: Baseline["destinations"]; readonly candidates: readonly Candidate[] } {
  const days = summaries.map(({ day }) => day);
  const middle = (Math.min(...days) + Math.max(...days)) / 2;
  const sightings = new Map<number, Sighting>();
  for (const { user, day, tools } of summaries) {
    for (const hash of new Set(tools.flatMap(({ destinations }) => destinations))) {
      const sighting = sightings.get(hash) ?? { hash, users: new Map(), days: new Set(), older: 0, newer: 0 };
      sightings.set(hash, sighting);
      sighting.users.set(user, (sighting.users.get(user) ?? 0) + 1);
      sighting.days.add(day);
      if (day <= middle) sighting.older++;
      else sighting.newer++;
    }
  }
  const all = [...sightings.values()].map((each) => ({ ...shown(each, known.users), why: whyUnknown(each, known) })); // prettier-ignore
  all.sort((one, other) => other.sessions - one.sessions || one.hash - other.hash);
  const seen = all.filter(({ why }) => why === undefined).slice(0, limits.baselineDestinationsMax);
  const candidates = all.flatMap(({ why, ...each }) => (why === undefined ? [] : [{ ...each, why }]));
  return {
    seen: seen
      .sort((one, other) => one.hash - other.hash)
      .map(({ hash, sessions, users, days: on }) => [hash, sessions, users, on]),
    candidates: candidates.slice(0, limits.baselineDestinationsMax),
  };
}

function shown({ hash, users, days }: Sighting, usersMin: number) {
  return { hash, sessions: sessionsThatCount(users, usersMin), users: users.size, days: days.size };
}

function sessionsThatCount(users: ReadonlyMap<string, number>, usersMin: number): number {
  let sessions = 0;
  for (const count of users.values()) sessions += usersMin > 1 ? Math.min(count, sessionsOfUserMax) : count;
  return sessions;
}

function whyUnknown({ users, days, older, newer }: Sighting, known: KnownRule): Candidate["why"] | undefined {
  if (users.size < known.users) return "few users";
  if (sessionsThatCount(users, known.users) < known.sessions) return "few sessions";
  if (days.size < known.days) return "one day";
  if (days.size > 1 && older === 0) return "new";
  return days.size > 1 && newer > older * riseMax ? "rising" : undefined;
}

function normsOf(days: readonly DayCount[]): DayNorm[] {
  const classes = new Map<string, DayCount[]>();
  for (const each of days) {
    const key = normKey(each);
    const list = classes.get(key) ?? [];
    list.push(each);
    classes.set(key, list);
  }
  return [...classes]
    .filter(([, list]) => list.length >= weekdayDaysMin)
    .sort(([one], [other]) => compare(one, other))
    .slice(0, limits.baselineClassesMax * 3)
    .flatMap(([, list]) => normOf(list));
}

function normOf(given: readonly DayCount[]): DayNorm[] {
  const list = [...given].sort((one, other) => one.day - other.day || one.of - other.of || one.count - other.count); // prettier-ignore
  const [first] = list;
  if (first === undefined) return [];
  const values = list.map(({ of, day, count }) => ({ of, weekday: weekdayOf(day), value: ln1p(count) }));
  const pooled = mean(values.map(({ value }) => value));
  const means = byWeekday((weekday) => {
    const own = values.filter((each) => each.weekday === weekday);
    return own.length < weekdayDaysMin ? pooled : mean(own.map(({ value }) => value));
  });
  const residuals = values.map(({ of, weekday, value }) => ({ of, weekday, value: value - means[weekday] })); // prettier-ignore
  const byUser = new Map<number, number[]>();
  for (const { of, value } of residuals) {
    const own = byUser.get(of) ?? [];
    own.push(value);
    byUser.set(of, own);
  }
  const levels = levelsOf(byUser);
  const around = residuals.map((each) => ({ ...each, value: each.value - (levels.get(each.of) ?? 0) }));
  return [
    {
      class: first.class,
      form: first.form,
      n: list.length,
      means: byWeekday((weekday) => rounded(means[weekday])),
      sds: deviations(around),
      sdsOfAll: deviations(residuals),
      levels: [...levels]
        .sort(([one], [other]) => one - other)
        .map(([of, level]): [number, number] => [of, rounded(level)]),
    },
  ];
}

type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

function byWeekday(figure: (weekday: Weekday) => number): DayNorm["means"] {
  return [figure(0), figure(1), figure(2), figure(3), figure(4), figure(5), figure(6)];
}

/** Weekdays with few days have the deviation of all. */
function deviations(days: readonly { readonly weekday: number; readonly value: number }[]): DayNorm["sds"] {
  const ofAll = deviation(days.map(({ value }) => value));
  return byWeekday((weekday) => {
    const own = days.filter((each) => each.weekday === weekday);
    return rounded(Math.max(sdMin, own.length < weekdayDaysMin ? ofAll : deviation(own.map(({ value }) => value)))); // prettier-ignore
  });
}

/**
 * How far above everybody's mean each user is, as far as the days show it: a mean of few days is drawn towards everybody's by as
 * much as chance alone would have moved it, and one deviation of what is left unknown is added. Else the users whose days were
 * few by chance would be alarmed all year.
 */
function levelsOf(byUser: ReadonlyMap<number, readonly number[]>): ReadonlyMap<number, number> {
  const own = [...byUser].filter(([, values]) => values.length >= levelDaysMin).slice(0, limits.baselineLevelsMax); // prettier-ignore
  const levels = new Map<number, number>();
  if (own.length < 2) return levels;
  const within = mean(own.map(([, values]) => deviation(values) ** 2));
  const chance = mean(own.map(([, values]) => within / values.length));
  const between = Math.max(0, deviation(own.map(([, values]) => mean(values))) ** 2 - chance);
  for (const [of, values] of own) {
    const spread = within / values.length;
    const share = between === 0 ? 0 : between / (between + spread);
    levels.set(of, mean(values) * share + Math.sqrt(share * spread));
  }
  return levels;
}

/** Monday is 0; the first of January 1970 was a Thursday. */
export function weekdayOf(day: number): Weekday {
  return ((((day + 3) % 7) + 7) % 7) as Weekday;
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - middle) * (value - middle);
  return values.length < 2 ? 0 : Math.sqrt(sum / (values.length - 1));
}

/** To four places: what is read again is what was written. `+ 0` makes of -0 what JSON does. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0;
}

function byNumber(one: number, other: number): number {
  return one - other;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function inOrder(summaries: readonly SessionSummary[]): readonly SessionSummary[] {
  const texts = summaries.map((summary) => ({ summary, text: JSON.stringify(summary) }));
  texts.sort((one, other) => one.summary.day - other.summary.day || compare(one.text, other.text));
  return texts.map(({ summary }) => summary);
}
