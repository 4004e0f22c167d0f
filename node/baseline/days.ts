/**
 * Sessions by the day, counted: what was found of each, until its day is over and all that can still be said of it has been said; then
 * only the counts. Owns when that is, and the bound on what is open. Does not own what is found (rejudgement.ts).
 *
 * D1. A day is counted once, when records are two days further and no call of it can be decided on any more. Records come in the order
 *     of their times (record/reader.ts).
 * D2. A day that was counted or let go is not known when it comes again: then it counts as not measured, beside what was counted.
 */
import type { Measure } from "../../actors/behaviour/measures.ts";
import { dayMs, dayOf } from "../../actors/behaviour/summary.ts";
import { LetGo } from "./letgo.ts";
import type { MeasureCount, Unmeasured } from "./rejudgement.ts";

/** A session of one day. */
export interface Unit {
  readonly key: string;
  readonly day: number;
  /** In the order in which they began. */
  readonly place: number;
  /** By row: the first call that fired it. */
  fired: Map<string, string> | undefined;
  /** Approvals that calls of it asked for: when they expire, and whether this guard asked and nobody has given it. */
  asked: Map<string, { readonly until: number; waits: boolean }> | undefined;
  isJudged: boolean;
  isIncident: boolean;
  why: Unmeasured | undefined;
}

export interface DayBounds {
  /** Days of sessions that are open at once; then the one that began first is let go. */
  readonly openMax: number;
  /** Days behind the records' after which one is counted. */
  readonly behind: number;
}

export interface DaysCounted {
  readonly rules: readonly MeasureCount[];
  readonly of: number;
  readonly leftOut: number;
  readonly unmeasured: ReadonlyMap<Unmeasured, number>;
  /** Days that were let go. */
  readonly letGo: number;
}

export class Days {
  readonly #bounds: DayBounds;
  readonly #open = new Map<string, Unit>();
  readonly #approvals = new Map<string, Unit>();
  readonly #letGo = new LetGo();
  #begun = 0;
  /** The newest day of all records so far. */
  #newest = Number.NEGATIVE_INFINITY;
  #of = 0;
  #leftOut = 0;
  readonly #unmeasured = new Map<Unmeasured, number>();
  readonly #fired = new Map<string, { readonly place: number; readonly op: string }[]>();
  readonly #firedThen = new Map<string, number>();

  constructor(bounds: DayBounds) {
    this.#bounds = bounds;
  }

  /** Records have come so far. */
  reach(at: number): void {
    const day = dayOf(at);
    if (day <= this.#newest) return;
    this.#newest = day;
    for (const unit of this.#open.values()) if (this.#isOver(unit, at)) this.#count(unit);
  }

  unit(session: string, day: number): Unit {
    const key = `${session} ${day}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const isAgain = day + this.#bounds.behind <= this.#newest || this.#letGo.has(key);
    const unit: Unit = { key, day, place: this.#begun++, fired: undefined, asked: undefined, isJudged: false, isIncident: false, why: isAgain ? "letGo" : undefined }; // prettier-ignore
    this.#open.set(key, unit);
    if (this.#open.size > this.#bounds.openMax) this.#giveUp();
    return unit;
  }

  /** A call of it waits for a person. @param isOurs it was this guard that asked */
  ask(unit: Unit, approval: string, until: number, isOurs: boolean): void {
    this.#approvals.set(approval, unit);
    (unit.asked ??= new Map()).set(approval, { until, waits: isOurs });
  }

  /** What a person said of a call that waited, on whatever day. */
  decide(approval: string, is: "approved" | "denied"): void {
    const unit = this.#approvals.get(approval);
    if (unit === undefined) return;
    if (is === "denied") unit.isIncident = true;
    const asked = unit.asked?.get(approval);
    if (is === "approved" && asked !== undefined) asked.waits = false;
  }

  finish(measures: readonly Measure[]): DaysCounted {
    for (const unit of this.#open.values()) this.#count(unit);
    const rules = measures.map((measure): MeasureCount => {
      const fired = this.#fired.get(measure.row) ?? [];
      const operations = fired.sort((one, other) => one.place - other.place).map(({ op }) => op);
      return { ...measure, fired: operations.length, leftOut: this.#firedThen.get(measure.row) ?? 0, operations }; // prettier-ignore
    });
    return {
      rules,
      of: this.#of,
      leftOut: this.#leftOut,
      unmeasured: this.#unmeasured,
      letGo: this.#letGo.count,
    };
  }

  #isOver({ day, asked }: Unit, at: number): boolean {
    const { behind } = this.#bounds;
    if (day + behind > this.#newest) return false;
    for (const { until } of asked?.values() ?? []) if (until + behind * dayMs > at) return false;
    return true;
  }

  #giveUp(): void {
    const [oldest] = this.#open.values();
    if (oldest === undefined) return;
    oldest.why ??= "letGo";
    this.#letGo.add(oldest.key);
    this.#count(oldest);
  }

  #count(unit: Unit): void {
    this.#open.delete(unit.key);
    for (const approval of unit.asked?.keys() ?? [])
      if (this.#approvals.get(approval) === unit) this.#approvals.delete(approval);
    const why = whyUnmeasured(unit);
    if (!unit.isJudged && unit.why === undefined) return;
    if (unit.isIncident) {
      this.#leftOut++;
      for (const row of unit.fired?.keys() ?? []) add(this.#firedThen, row);
    } else if (why !== undefined) add(this.#unmeasured, why);
    else {
      this.#of++;
      for (const [row, op] of unit.fired ?? []) {
        const list = this.#fired.get(row) ?? [];
        this.#fired.set(row, list);
        list.push({ place: unit.place, op });
      }
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function whyUnmeasured({ why, asked }: Unit): Unmeasured | undefined {
  if (why !== undefined) return why;
  for (const { waits } of asked?.values() ?? []) if (waits) return "waiting";
  return undefined;
}
