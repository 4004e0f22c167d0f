/**
 * Calls on record, judged again by the sequence guard: in which sessions of a persona each of its rules would have fired, had the role
 * been in force with every rule enforced and with the baseline that is measured. Owns the way from records to that count. Does not own
 * the judgement, which is the road's own (actors/guards/sequence.ts), nor what follows from the count (shadow.ts).
 *
 * J1. A session of one UTC day is one session, as in history.ts; what the session remembers goes on over its days.
 * J2. A day counts where its records tell. Where they do not (unmeasured) it counts nowhere, least of all among those in which nothing
 *     fired. Whether a day counts never hangs on what fired in it.
 * J3. Each call is judged from what was known before it, as if none had been stopped. Calls that another guard refused before
 *     this one would have looked are left out.
 * J4. Days of incidents are left out and counted apart: those on which a session was stopped or killed, a person refused a call of it,
 *     or that somebody names. A call that a person approved is none: it was held up, and need not have been.
 * J5. What is held of sessions is bounded. What had to be let go is not measured from then on, and told.
 */
import { LRUCache } from "lru-cache";
import { compileBaseline, isKnown, type CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { measuresOf, rowsFired, type Measure } from "../../actors/behaviour/measures.ts";
import { dayOf } from "../../actors/behaviour/summary.ts";
import { isOfToday } from "../../actors/behaviour/wordhash.ts";
import type { OpenCall } from "../../actors/guards/guard.ts";
import { findGrant, grantAt } from "../../actors/guards/persona.ts";
import { compileRole, type CompiledRole } from "../../actors/guards/role.ts";
import { callOf, forgiveSequence, loseTrail, sequence, type SequenceGuardState } from "../../actors/guards/sequence.ts"; // prettier-ignore
import { noLabels } from "../../actors/labels.ts";
import type { AnyEvent } from "../../actors/roster.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import type { CallTrace, TracedValue } from "../../protocol/trace.ts";
import { Chains } from "./chains.ts";
import { Days, type DayBounds, type Unit } from "./days.ts";
import { incidentOf, type HistoryRange } from "./history.ts";
import { LetGo } from "./letgo.ts";
import { Readings } from "./readings.ts";

/** Why nothing can be said of a session's day. */
export const unmeasuredWhys = {
  past: "what they did before is not in these records",
  letGo: "what they did before had to be let go: more sessions were under way than are held",
  unread: "the guard was off for a call of them, or an older version hashed it",
  role: "a role table of that time is not here",
  changed: "the role read a call of them otherwise than today's does: destinations, task or tool",
  waiting: "a call of them waits for a person who has not decided",
} as const;
export type Unmeasured = keyof typeof unmeasuredWhys;

/** What was found of one thing that a rule may do. */
export interface MeasureCount extends Measure {
  readonly fired: number;
  /** Days of incidents on which it would have fired, too. */
  readonly leftOut: number;
  /** The first call of each day that it fired on. */
  readonly operations: readonly string[];
}

export interface Rejudged {
  readonly rules: readonly MeasureCount[];
  /** Days measured, and days of incidents. */
  readonly of: number;
  readonly leftOut: number;
  readonly unmeasured: ReadonlyMap<Unmeasured, number>;
  /** Sessions of which had to be let go what the guard remembered, and days of sessions that had to be while they were open. */
  readonly letGo: { readonly sessions: number; readonly days: number };
}

export interface RejudgingBounds extends DayBounds {
  /** Sessions whose past is held: the one that was silent for longest gives way. */
  readonly livesMax: number;
}

const usual: RejudgingBounds = {
  livesMax: limits.rejudgedSessionsMax,
  openMax: limits.rejudgedDaysMax,
  behind: 2,
};

export interface Rejudging {
  readonly baseline: Baseline;
  readonly range: HistoryRange;
  /** By whose thresholds, destinations and rules is judged. */
  readonly table: RoleTable;
  /** A table by its digest, as the data folder keeps it. */
  readonly role: (digest: string) => RoleTable | undefined;
  readonly bounds?: RejudgingBounds;
}

/** @param records all of them, from the beginning and of all personas: a session's past, and where it has a gap, is told by them */
export function rejudge(records: Iterable<RecordLine>, asked: Rejudging): Rejudged | undefined {
  const { table, baseline } = asked;
  if (table.sequence === undefined) return undefined;
  const { rules: _, ...own } = table.sequence;
  const compiled = compileBaseline({ ...baseline, modes: [] }, "");
  const role = compileRole({ ...table, sequence: { ...own, mode: "enforce" } }, compiled);
  if (Array.isArray(role)) return undefined;
  const judging = new Judging(asked, role, compiled);
  for (const record of records) judging.take(record);
  return judging.finish(measuresOf(table.sequence));
}

/** A session from when nothing was known of it. */
interface Life {
  readonly own: SequenceGuardState;
  readonly open: Map<string, OpenCall>;
  role: string;
  breaks: number;
  /** Why nothing more can be said of it. */
  why: Unmeasured | undefined;
}

class Judging {
  readonly #asked: Rejudging;
  readonly #prefix: string;
  readonly #role: CompiledRole;
  readonly #baseline: CompiledBaseline;
  readonly #readings: Readings;
  readonly #chains = new Chains();
  readonly #lives: LRUCache<string, Life>;
  readonly #letGo = new LetGo();
  readonly #days: Days;

  constructor(asked: Rejudging, role: CompiledRole, baseline: CompiledBaseline) {
    const { tenant, persona } = asked.range;
    this.#asked = asked;
    this.#prefix = `${tenant}/${persona}/`;
    this.#role = role;
    this.#baseline = baseline;
    this.#readings = new Readings(role, asked.role);
    const { bounds = usual } = asked;
    this.#days = new Days(bounds);
    const dispose = (_: Life, session: string, why: string): void => {
      if (why === "evict") this.#letGo.add(session);
    };
    this.#lives = new LRUCache({ max: bounds.livesMax, dispose });
  }

  take(record: RecordLine): void {
    const breaks = this.#chains.take(record);
    const { at, op } = record;
    this.#days.reach(at);
    const session: string = record.session ?? "";
    if (!session.startsWith(this.#prefix)) return;
    this.#decision(record);
    const unit = this.#unit(session, dayOf(at));
    if (unit !== undefined) {
      if (isIncident(record) || this.#asked.range.incidents?.has(op ?? "") === true) unit.isIncident = true;
      this.#parked(record, unit);
    }
    const event = record.event as AnyEvent | undefined;
    if (event === undefined) return;
    const life = this.#life(record, event, breaks);
    switch (event.kind) {
      case "call":
        return this.#call(record, event, life, unit);
      case "answered":
        return this.#answer(event, life);
      case "lifted":
        if (event.what === "behaviour") forgiveSequence(life.own);
        return;
      case "lost":
        return loseTrail(life.own);
      default:
    }
  }

  finish(measures: readonly Measure[]): Rejudged {
    const { letGo, ...counted } = this.#days.finish(measures);
    return { ...counted, letGo: { sessions: this.#letGo.count, days: letGo } };
  }

  /** As replay knows it: a node says `configured` only to a session that does not have that role already. */
  #life({ session, role = "" }: RecordLine, event: AnyEvent, breaks: number): Life {
    const key: string = session ?? "";
    const known = this.#lives.get(key);
    const isConfigured = event.kind === "configured";
    const isAnew = isConfigured && (known === undefined ? breaks === 0 : known.breaks === breaks && known.role === event.role); // prettier-ignore
    if (known === undefined || isAnew) {
      const why = known === undefined && this.#letGo.has(key) ? "letGo" : isAnew ? undefined : "past";
      const life: Life = { own: sequence.start(), open: new Map(), role: isConfigured ? event.role : role, breaks, why }; // prettier-ignore
      this.#lives.set(key, life);
      return life;
    }
    if (known.breaks !== breaks) [known.breaks, known.why] = [breaks, "past"];
    if (isConfigured) known.role = event.role;
    return known;
  }

  #call(
    record: RecordLine,
    { at, op, facts }: Extract<AnyEvent, { kind: "call" }>,
    life: Life,
    unit: Unit | undefined,
  ): void {
    const isEntered = record.kind === "intent";
    if (facts.kind === "server" || (!isEntered && !isLookedAt(record))) return;
    const index = findGrant(this.#role, facts.kind, facts.name);
    life.why ??= this.#whyNot(record, facts, index);
    const trace = life.why === undefined ? this.#traced(facts.trace) : undefined;
    if (trace === undefined) {
      life.why ??= "changed";
      if (unit !== undefined) unit.why ??= life.why;
      return;
    }
    const call = callOf(life.own, at, { ...facts, trace }, this.#role, index);
    if (unit !== undefined) {
      unit.isJudged = true;
      const rows = call.sequence === undefined ? [] : rowsFired(call.sequence, this.#asked.table.sequence?.steps ?? []); // prettier-ignore
      for (const row of rows) if (unit.fired?.has(row) !== true) (unit.fired ??= new Map()).set(row, op);
    }
    if (!isEntered) return;
    const { upstream } = grantAt(this.#role, index);
    const open: OpenCall = { op, name: facts.name, upstream, shape: 0, digest: 0, labels: noLabels, source: undefined, probe: 0 }; // prettier-ignore
    sequence.enter(life.own, call, open);
    life.open.set(op, open);
  }

  #answer({ at, op, facts }: { readonly at: number; readonly op: string; readonly facts: AnswerFacts }, life: Life): void {
    const open = life.open.get(op);
    if (open === undefined) return;
    life.open.delete(op);
    sequence.after(life.own, open, { at, facts, role: this.#role });
  } // prettier-ignore

  #whyNot({ role = "" }: RecordLine, facts: CallFacts, index: number): Unmeasured | undefined {
    if (facts.trace === undefined || !isOfToday(facts.trace.key)) return "unread";
    return this.#readings.whyNot(role, facts, index);
  }

  /** With what the measured baseline knows in place of the one of that time; undefined where that cannot be told. */
  #traced(trace: CallTrace | undefined): CallTrace | undefined {
    if (trace === undefined) return undefined;
    const values: TracedValue[] = [];
    for (const value of trace.values) {
      const { known, is, form, whole } = value;
      const isOpen = is === "destination" && (known === undefined || known === "baseline");
      if (!isOpen) values.push(value);
      else if (isKnown(this.#baseline, whole))
        values.push({ ...value, known: "baseline", origin: undefined, akin: undefined, rival: undefined });
      // Of a destination that was known then it was not noted whether its host was, or what of the task it is like.
      else if (known === "baseline" && (trace.tasked === true || form === "url" || trace.fetches === true))
        return undefined; // prettier-ignore
      else values.push({ ...value, known: undefined });
    }
    return { ...trace, values, learned: true };
  }

  #parked({ verdict }: RecordLine, unit: Unit): void {
    if (verdict?.kind !== "park") return;
    this.#days.ask(unit, verdict.approval, verdict.until, verdict.rule.startsWith("sequence."));
  }

  #decision({ op, about }: RecordLine): void {
    if (op === undefined) return;
    if (about?.["what"] === "call denied") this.#days.decide(op, "denied");
    if (about?.["what"] === "call approved") this.#days.decide(op, "approved");
  }

  #unit(session: string, day: number): Unit | undefined {
    const { from, to } = this.#asked.range;
    return day < from || day > to ? undefined : this.#days.unit(session, day);
  }
}

/** A call that waits is none yet: what a person says of it decides. */
function isIncident(record: RecordLine): boolean {
  return record.verdict?.kind !== "park" && incidentOf(record) !== "";
}

/** Whether the guards before this one let it pass (actors/session.ts has their order). */
function isLookedAt({ verdict }: RecordLine): boolean {
  if (verdict === undefined || verdict.kind === "allow") return false;
  return !/^(?:persona|data)\.|^session\.killed$|^breaker\.behaviour$|^sequence\.interrupted$/.test(verdict.rule); // prettier-ignore
}
