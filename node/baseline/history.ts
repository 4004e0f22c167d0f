/**
 * Sessions of a persona, as records tell them: what baselines are learned from. Owns the way from records to summaries and to
 * counts by the day. Does not own what is learned (actors/behaviour/training.ts).
 *
 * R1. A session of one UTC day is one session here: agents' sessions live for weeks.
 * R2. Of a day on which a session was stopped for what it did, or killed, nothing is learned.
 * R3. Records hold no values: objects are keyed hashes of what a call names where the record has them, else of all its arguments;
 *     so are destinations.
 */
import { hashKey, textKey } from "../../actors/rows.ts";
import { toolName } from "../../actors/behaviour/baseline.ts";
import { dayOf, Summing } from "../../actors/behaviour/summary.ts";
import type { Incident, Provenance, SessionSummary } from "../../actors/behaviour/summary.ts";
import { isOfToday } from "../../actors/behaviour/wordhash.ts";
import type { DayCount } from "../../actors/behaviour/training.ts";
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { scopeKey } from "../../protocol/scope.ts";
import type { CallTrace } from "../../protocol/trace.ts";

export interface History {
  readonly summaries: readonly SessionSummary[];
  readonly days: readonly DayCount[];
  /** Calls under a role table that is not here any more: whether they only read is not known. */
  readonly unread: number;
  /** Digest of the role table that the last call of the persona was decided by; "" for none. */
  readonly role: string;
}

interface Unit {
  readonly day: number;
  readonly user: string;
  readonly summing: Summing;
  /** By class: keyed hashes of different reads. */
  readonly reads: Map<string, Set<number>>;
  isIncident: boolean;
}

interface Intent {
  readonly unit: Unit;
  readonly tool: string;
  readonly isRead: boolean;
  readonly mark: number;
}

export interface HistoryRange {
  readonly tenant: string;
  readonly persona: string;
  /** UTC days, both included. */
  readonly from: number;
  readonly to: number;
  /** Operations of which a person says that they are of an incident: of their session's day nothing counts. */
  readonly incidents?: ReadonlySet<string>;
}

/** @param role a table by its digest, as the data folder keeps it */
export function readHistory(
  records: Iterable<RecordLine>,
  range: HistoryRange,
  role: (digest: string) => RoleTable | undefined,
): History {
  const reading = new Reading(range, role);
  for (const record of records) reading.take(record);
  return reading.finish();
}

class Reading {
  readonly #range: HistoryRange;
  readonly #prefix: string;
  readonly #roles: Reads;
  readonly #units = new Map<string, Unit>();
  readonly #open = new Map<string, Intent>();
  #unread = 0;
  #role = "";

  constructor(range: HistoryRange, role: (digest: string) => RoleTable | undefined) {
    this.#range = range;
    this.#prefix = `${range.tenant}/${range.persona}/`;
    this.#roles = new Reads(role);
  }

  take(record: RecordLine): void {
    const { session = "", at, kind, event, op } = record;
    if (!session.startsWith(this.#prefix)) return;
    if (record.role !== undefined) this.#role = record.role;
    const day = dayOf(at);
    if (day < this.#range.from || day > this.#range.to) return;
    if (this.#range.incidents?.has(op ?? "") === true) this.#stopped(this.#unit(session, day), "interrupt");
    if (kind === "intent") return this.#intent(record, this.#unit(session, day));
    if (kind === "outcome")
      return this.#outcome(op ?? "", event as { readonly facts?: AnswerFacts } | undefined);
    const incident = incidentOf(record);
    if (incident === "") return;
    this.#stopped(this.#unit(session, day), incident);
  }

  #stopped(unit: Unit, incident: Incident): void {
    unit.isIncident = true;
    unit.summing.incident(incident);
  }

  finish(): History {
    const units = [...this.#units.values()];
    return {
      summaries: units.map(({ summing }) => summing.finish()).filter(({ tools }) => tools.length > 0),
      days: countDays(units.filter(({ isIncident }) => !isIncident)),
      unread: this.#unread,
      role: this.#role,
    };
  }

  #intent({ op, server, target, role = "", event }: RecordLine, unit: Unit): void {
    const { facts } = (event ?? {}) as { readonly facts?: CallFacts & { readonly trace?: CallTrace } };
    if (facts === undefined || server === undefined || target === undefined || facts.kind === "server")
      return;
    const tool = toolName(server, target);
    const { trace } = facts;
    // What an older version hashed otherwise is no place that a call goes to today.
    const isComparable = trace !== undefined && isOfToday(trace.key);
    const ids = trace?.values.filter(({ is, whole }) => is === "id" && whole !== 0) ?? [];
    const to = trace?.values.filter(({ is, whole }) => is === "destination" && whole !== 0) ?? [];
    const whole = hashKey(facts.digest);
    unit.summing.call({
      tool,
      objects: ids.length === 0 ? [whole] : ids.map((each) => each.whole),
      destinations: isComparable ? to.map((each) => each.whole) : [],
      provenance: provenanceOf(trace),
    });
    const isRead = this.#roles.isRead(role, facts.kind, server, target);
    if (isRead === undefined) this.#unread++;
    this.#open.set(op ?? "", { unit, tool, isRead: isRead === true, mark: whole });
  }

  #outcome(op: string, event: { readonly facts?: AnswerFacts } | undefined): void {
    const intent = this.#open.get(op);
    if (intent === undefined || event?.facts === undefined) return;
    this.#open.delete(op);
    const { outcome, bytes } = event.facts;
    intent.unit.summing.answer(intent.tool, outcome !== "ok", bytes);
    if (outcome !== "ok" || !intent.isRead) return;
    const space = intent.tool.indexOf(" ");
    for (const counted of [`server ${intent.tool.slice(0, space)}`, `tool ${intent.tool}`]) {
      const reads = intent.unit.reads.get(counted) ?? new Set();
      intent.unit.reads.set(counted, reads);
      if (reads.size < limits.summaryObjectsMax * 4) reads.add(intent.mark);
    }
  }

  #unit(session: string, day: number): Unit {
    const key = `${session} ${day}`;
    const known = this.#units.get(key);
    if (known !== undefined) return known;
    const user = scopeKey(session, "user");
    const { tenant, persona } = this.#range;
    const unit: Unit = { day, user, summing: new Summing({ tenant, persona, user, day }), reads: new Map(), isIncident: false }; // prettier-ignore
    this.#units.set(key, unit);
    return unit;
  }
}

/** Different reads of each class on each day: of each user, of the persona, and of each tool. */
function countDays(units: readonly Unit[]): DayCount[] {
  const sets = new Map<string, { readonly count: Omit<DayCount, "count">; readonly reads: Set<number> }>();
  for (const { day, user, reads } of units)
    for (const [of, marks] of reads) {
      const isTool = of.startsWith("tool ");
      const forms = isTool ? (["tool"] as const) : (["user", "persona"] as const);
      for (const form of forms) {
        const who = form === "user" ? textKey(user) : 0;
        const key = `${form} ${who} ${day} ${of}`;
        const row = sets.get(key) ?? { count: { class: of, form, of: who, day }, reads: new Set<number>() };
        sets.set(key, row);
        for (const mark of marks) row.reads.add(mark);
      }
    }
  return [...sets.values()].map(({ count, reads }) => ({ ...count, count: reads.size }));
}

/** Why nothing is to be learned of the day; "" for nothing. */
export function incidentOf({ kind, event, verdict }: RecordLine): Incident {
  if (kind === "session" && event?.kind === "killed") return "kill";
  if (kind !== "refusal" || verdict === undefined || verdict.kind === "allow") return "";
  if (verdict.rule === "session.killed") return "kill";
  if (verdict.rule.startsWith("sequence.")) return verdict.kind === "throttle" ? "" : "interrupt";
  return verdict.kind === "quarantine" ? "quarantine" : "";
}

/** The worst of its destinations, as far as the record tells: where a value stood before is the session's knowledge. */
function provenanceOf(trace: CallTrace | undefined): Provenance {
  const to = trace?.values.filter(({ is }) => is === "destination") ?? [];
  if (to.length === 0) return "none";
  return to.every(({ known }) => known !== undefined) ? "mission" : "unseen";
}

/** Whether a tool only reads, under the role table that its record names. */
class Reads {
  readonly #role: (digest: string) => RoleTable | undefined;
  readonly #known = new Map<string, ReadonlySet<string> | undefined>();

  constructor(role: (digest: string) => RoleTable | undefined) {
    this.#role = role;
  }

  isRead(digest: string, kind: string, server: string, target: string): boolean | undefined {
    if (!this.#known.has(digest)) this.#known.set(digest, this.#readsOf(digest));
    return this.#known.get(digest)?.has(`${kind} ${server} ${target}`);
  }

  #readsOf(digest: string): ReadonlySet<string> | undefined {
    const grants = this.#role(digest)?.grants;
    if (grants === undefined) return undefined;
    const reads = grants.filter(({ effect }) => effect === "read");
    return new Set(reads.map(({ kind, server, target }) => `${kind} ${server} ${target}`));
  }
}
