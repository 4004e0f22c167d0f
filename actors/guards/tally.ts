/**
 * The tally guard: how much of a kind a session reads, told to the scopes that count over days, and what they stop. Owns which
 * reads count and what is refused. Does not own the counting by day (scopes/tally.ts) nor what is usual (a baseline).
 *
 * N1. A read counts when its answer came without an error. The same read of one tool is the same things (Y1).
 * N2. What is not told yet waits in the session, at most limits.tallyMarksMax reads and limits.tallyTellMs; then it is told, once
 *     for each scope. A word that is lost is lost: counts are lower then, never higher.
 * N3. A stop refuses reads of its class alone: tools that send or change something are other rules' business. Of a class of data
 *     those servers are stopped that gave such data to this session, because nobody can tell before an answer.
 */
import { classOf, tallyCountMax } from "../../protocol/accumulation.ts";
import type { TallyForm, TallyItem } from "../../protocol/accumulation.ts";
import type { Baseline, DayNorm, RuleMode } from "../../protocol/baseline.ts";
import type { AnswerFacts, FoundData } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { scopeKey, toolScope } from "../../protocol/scope.ts";
import type { ScopeName } from "../../protocol/scope.ts";
import { dayOf } from "../behaviour/summary.ts";
import { shadowWords } from "../behaviour/explanation.ts";
import { weekdayOf } from "../behaviour/training.ts";
import { textKey } from "../rows.ts";
import { alarmWords, startRow, tallyRow } from "../scopes/tally.ts";
import type { TallyRow } from "../scopes/tally.ts";
import type { ScopeWord, SessionWord } from "../scopes/word.ts";
import type { Alert, Answer, Call, OpenCall, Refusal } from "./guard.ts";
import type { Tell } from "./lease.ts";
import type { CompiledRole } from "./role.ts";

/** What is counted of one class for one form of scope. */
export interface CompiledTally {
  readonly class: string;
  readonly form: TallyForm;
  /** "session" for what the session counts by itself. */
  readonly scope: ScopeName | "session";
  readonly kind: "server" | "label" | "data" | "tool";
  readonly name: string;
  readonly caps: TallyItem["caps"];
  readonly norm: DayNorm | undefined;
  readonly levels: ReadonlyMap<number, number>;
  /** Whether reads are stopped at the second height of the sum. */
  readonly stops: 0 | 1;
}

export interface Tally {
  /** UTC day of what waits. */
  day: number;
  /** When the first of it came; 0 for nothing. */
  since: number;
  waiting: (readonly [of: string, mark: number, count: number])[];
  stops: (readonly [scope: string, of: string, until: number])[];
  /** "CLASS SERVER": such data came from there. */
  gave: string[];
  /** By class: what the session counts by itself. */
  readonly rows: Map<string, TallyRow>;
}

export interface TallyGuardState {
  /** Undefined until there is something to count: most roles count nothing. */
  tally: Tally | undefined;
}

export const noTallies: readonly CompiledTally[] = Object.freeze([]);

/** @param baseline in force; what is usual comes from it alone */
export function compileTallies(
  { accumulation = [] }: RoleTable,
  baseline: Baseline | undefined,
): readonly CompiledTally[] {
  const found = new Map<string, CompiledTally>();
  const add = (of: string, form: TallyForm, caps: TallyItem["caps"], norm?: DayNorm): void => {
    const known = found.get(`${form} ${of}`);
    const space = of.indexOf(" ");
    const mode = baseline?.modes.find(({ rule }) => rule === `tally.${form}`)?.mode ?? "enforce";
    found.set(`${form} ${of}`, {
      class: of,
      form,
      scope: form === "tool" ? scopeOfTool(of) : form,
      kind: of.slice(0, space) as CompiledTally["kind"],
      name: of.slice(space + 1),
      caps: [...(known?.caps ?? []), ...caps],
      norm: norm ?? known?.norm,
      levels: norm === undefined ? (known?.levels ?? noLevels) : new Map(norm.levels),
      // One user is stopped, and never all of a persona: that is a person's decision.
      stops: form === "user" && mode === "enforce" ? 1 : 0,
    });
  };
  for (const rule of accumulation)
    add(classOf(rule), rule.per, [[rule.days, rule.max, rule.then === "stop" ? 1 : 0]]);
  for (const norm of baseline?.norms ?? []) add(norm.class, norm.form, [], norm);
  return found.size === 0 ? noTallies : [...found.values()];
}

const noModes: ReadonlyMap<string, RuleMode> = new Map<string, RuleMode>();
const noLevels: ReadonlyMap<number, number> = new Map();

function scopeOfTool(of: string): ScopeName {
  const [, server = "", ...target] = of.split(" ");
  return toolScope(server, target.join(" "));
}

/** Why a read must not be made now. */
export function beforeRead({ tally }: TallyGuardState, { at, grant, role }: Call): Refusal | undefined {
  if (tally === undefined || tally.stops.length === 0) return undefined;
  if (role.table.grants[grant.index]?.effect !== "read" || grant.source === undefined) return undefined;
  const { server, target } = grant.source;
  for (const [scope, of, until] of tally.stops) {
    if (at >= until) continue;
    const isAbout =
      of === `server ${server}` ||
      of === `tool ${server} ${target}` ||
      (of.startsWith("label ") && grant.labels.includes(of.slice("label ".length))) ||
      tally.gave.includes(`${of} ${server}`);
    if (!isAbout) continue;
    const form = scope.startsWith("tool ") ? "tool" : (scope as TallyForm);
    const says = `More of it was read than is usual or allowed. Work with what you have; reads of it are possible again on the next days.`; // prettier-ignore
    const shadow = shadowWords([`tally.${form}`], role.baseline?.modes ?? noModes);
    const why = shadow === "" ? {} : { why: `Reads of ${of} were counted over days.${shadow}` };
    return { kind: "deny", rule: `tally.${form}`, says, until, ...why };
  }
  return undefined;
}

/** Counts an answer. @returns what to tell scopes and operators */
export function afterRead(
  own: TallyGuardState,
  open: OpenCall,
  { at, facts, role }: Answer,
): (Tell | AlertEffect)[] {
  const { source } = open;
  if (facts.outcome !== "ok" || source === undefined || !role.reads.has(open.upstream)) return [];
  const day = dayOf(at);
  const effects: (Tell | AlertEffect)[] = [];
  const counted = new Map<string, number>();
  for (const each of role.tallies) {
    const known = counted.get(each.class);
    const count = known ?? countOf(each, open, facts);
    if (count === 0) continue;
    const tally = (own.tally ??= startTally(day));
    const mark = (open.digest % 2 ** 32) >>> 0;
    if (each.form === "session") effects.push(...countHere(tally, each, mark, count, at, open.op));
    if (known !== undefined) continue;
    counted.set(each.class, count);
    if (each.kind === "data") gives(tally, `${each.class} ${source.server}`);
    if (tally.day !== day) effects.push(...tellCounts(own, role.tallies));
    tally.day = day;
    if (tally.since === 0) tally.since = at;
    tally.waiting.push([each.class, mark, count]);
  }
  const { tally } = own;
  if (tally === undefined || tally.since === 0) return effects;
  if (tally.waiting.length * 2 >= limits.tallyMarksMax || at - tally.since >= limits.tallyTellMs)
    effects.push(...tellCounts(own, role.tallies));
  return effects;
}

type AlertEffect = { readonly kind: "alert"; readonly op?: string } & Alert;

function startTally(day: number): Tally {
  return { day, since: 0, waiting: [], stops: [], gave: [], rows: new Map() };
}

/** How many things of a class an answer gave. */
function countOf({ kind, name }: CompiledTally, { source, labels }: OpenCall, facts: AnswerFacts): number {
  switch (kind) {
    case "server":
      return source?.server === name ? 1 : 0;
    case "label":
      return labels.includes(name) ? 1 : 0;
    case "tool":
      return `${source?.server ?? ""} ${source?.target ?? ""}` === name ? 1 : 0;
    case "data":
      return valuesOf(name, facts);
    default:
      return kind satisfies never;
  }
}

/** Values that the agent has got: what was masked or became a token, it has not. */
function valuesOf(name: string, { scan }: AnswerFacts): number {
  if (scan === undefined || scan.isBlocked === true) return 0;
  let count = 0;
  for (const [at, found] of (scan.found ?? []).entries()) {
    const action = scan.actions[at];
    if ((action === "allow" || action === "detect") && isOf(name, found)) count += found.count;
  }
  return Math.min(count, tallyCountMax);
}

function isOf(name: string, { type, group, tags = [] }: FoundData): boolean {
  return (
    name === "*" || name === type || name === group || name === `${group}/${type}` || tags.includes(name)
  );
}

function countHere(
  tally: Tally,
  each: CompiledTally,
  mark: number,
  count: number,
  at: number,
  op: string,
): AlertEffect[] {
  const day = dayOf(at);
  const row = tally.rows.get(each.class) ?? startRow(day);
  tally.rows.set(each.class, row);
  const tallied = tallyRow(row, { class: each.class, marks: [[mark, count]], caps: each.caps }, day);
  if (tallied.until > at) stopReads(tally, "session", each.class, tallied.until);
  const { alarm } = tallied;
  return alarm === undefined ? [] : [{ kind: "alert", rule: "tally.session", says: alarmWords(each.class, tallied), op }]; // prettier-ignore
}

function gives(tally: Tally, pair: string): void {
  if (tally.gave.includes(pair)) return;
  tally.gave = [...tally.gave, pair].slice(-limits.tallyGaveMax);
}

/** Tells scopes what waits. */
export function tellCounts(own: TallyGuardState, tallies: readonly CompiledTally[]): Tell[] {
  const { tally } = own;
  if (tally === undefined || tally.waiting.length === 0) return [];
  const { day, waiting } = tally;
  tally.waiting = [];
  tally.since = 0;
  const byScope = new Map<ScopeName, TallyItem[]>();
  for (const { class: of, scope, caps } of tallies) {
    if (scope === "session") continue;
    if ((byScope.get(scope)?.length ?? 0) >= limits.tallyClassesMax) continue;
    const marks = waiting.flatMap(([each, mark, count]) => (each === of ? [[mark, count] as const] : []));
    if (marks.length === 0) continue;
    const items = byScope.get(scope) ?? [];
    byScope.set(scope, items);
    items.push({ class: of, marks: marks.slice(0, limits.tallyMarksMax), caps });
  }
  return [...byScope].map(([scope, items]): Tell => ({ kind: "tell", scope, word: { kind: "count", scope, day, items }, tallies })); // prettier-ignore
}

/** Tells what has waited long enough. */
export function tellWaiting(own: TallyGuardState, at: number, role: CompiledRole | undefined): Tell[] {
  const dueAt = tallyDueAt(own);
  return dueAt === undefined || at < dueAt ? [] : tellCounts(own, role?.tallies ?? noTallies);
}

/** Epoch milliseconds at which what waits is told. */
export function tallyDueAt({ tally }: TallyGuardState): number | undefined {
  return tally === undefined || tally.since === 0 ? undefined : tally.since + limits.tallyTellMs;
}

/** A scope's word. */
export function takeCounted(
  own: TallyGuardState,
  word: Extract<SessionWord, { kind: "counted" }>,
  at: number,
): void {
  stopReads((own.tally ??= startTally(dayOf(at))), word.scope, word.class, word.until);
}

function stopReads(tally: Tally, scope: string, of: string, until: number): void {
  const others = tally.stops.filter(([from, what]) => from !== scope || what !== of);
  tally.stops = [...others, [scope, of, until] as const].slice(-limits.tallyStopsMax);
}

/** What is usual for who counts: known once the session's key is, which a turn does not see. */
export function withUsual(
  word: Extract<ScopeWord, { kind: "count" }>,
  tallies: readonly CompiledTally[],
  session: string,
): Extract<ScopeWord, { kind: "count" }> {
  const weekday = weekdayOf(word.day);
  const items = word.items.map((item): TallyItem => {
    const found = tallies.find(({ class: of, scope, norm }) => of === item.class && scope === word.scope && norm !== undefined); // prettier-ignore
    if (found?.norm === undefined) return item;
    const { means, sds, sdsOfAll } = found.norm;
    const level = found.levels.get(textKey(scopeKey(session, "user")));
    const sd = (level === undefined ? sdsOfAll : sds)[weekday];
    return sd === 0 ? item : { ...item, usual: { mean: means[weekday] + (level ?? 0), sd, stops: found.stops } }; // prettier-ignore
  });
  return { ...word, items };
}
