/**
 * From a role's data rules to the action for what was found in one document. Owns the order of rules, profiles and the
 * floor, and counting. Does not own what is done then (withholding.ts).
 *
 * P1. A type that no rule names gets its floor: credentials are blocked in arguments (or as `credentials` says) and redacted in
 *     answers, all else is recorded (`detect`). A profile makes it stricter, never looser; only a rule of the role does that.
 * P2. Where counts matter (`atLeast`), what counts is findings of the rule's types in this document and direction; fewer
 *     are as if the rule did not name them.
 * P3. What is less likely than a rule asks for is not met by it.
 * P4. An action follows from the rows and the table alone: the same facts give the same actions in every replay.
 */
import { dataActions, selects } from "../../protocol/datarules.ts";
import type { DataAction, DataDirection, DataRule, TableData } from "../../protocol/datarules.ts";
import type { FoundData } from "../../protocol/facts.ts";
import { credentialGroups } from "./detector.ts";
import { actionOf } from "./profile.ts";

/** What is found at less than this counts for nothing unless a rule asks for less. */
const levelMin = 3;

/** Findings as far as an action follows from them. */
export type Row = Pick<FoundData, "type" | "group" | "tags" | "likelihood" | "count">;

export class DataPolicy {
  readonly table: TableData;
  /** What is less likely than this gets no action, whatever it is. */
  readonly levelMin: number;
  readonly #rules: readonly DataRule[];

  /** @param labels of the server whose calls it judges */
  constructor(table: TableData, labels: readonly string[] = []) {
    this.table = table;
    this.#rules = table.rules.filter((rule) => rule.labels?.some((label) => labels.includes(label)) ?? true);
    const levels = [
      ...this.#rules.map(({ likelihood }) => likelihood),
      ...table.profiles.flatMap(({ rules }) => rules.flatMap(({ at }) => at.map(({ level }) => level))),
    ];
    this.levelMin = Math.min(levelMin, ...levels);
  }

  scans(way: DataDirection): boolean {
    return this.table.scan === "both" || this.table.scan === way;
  }

  /** The action for each row of one document, in their order. */
  actions(rows: readonly Row[], way: DataDirection): readonly DataAction[] {
    return rows.map((row) => this.#actionOf(row, rows, way));
  }

  #actionOf(row: Row, rows: readonly Row[], way: DataDirection): DataAction {
    const own = this.#rules.find((rule) => rule[way] !== undefined && isMet(rule, row, rows))?.[way];
    if (own !== undefined) return own;
    const type = { id: row.type, group: row.group as never, tags: row.tags ?? [] };
    const ofType = rows.reduce((sum, { type: other, count }) => (other === row.type ? sum + count : sum), 0);
    const floor = row.likelihood < levelMin ? "allow" : this.#floor(row.group, way);
    const ofProfiles = this.table.profiles.map((profile) => actionOf(profile, type, row.likelihood, ofType) ?? "allow"); // prettier-ignore
    return strictest([floor, ...ofProfiles]);
  }

  #floor(group: string, way: DataDirection): DataAction {
    if (!credentialGroups.has(group)) return "detect";
    return way === "arguments" ? this.table.credentials : "redact";
  }
}

function isMet(rule: DataRule, row: Row, rows: readonly Row[]): boolean {
  if (!names(rule, row)) return false;
  if (rule.atLeast === 1) return true;
  return rows.reduce((sum, each) => (names(rule, each) ? sum + each.count : sum), 0) >= rule.atLeast;
}

function names({ types, likelihood }: DataRule, row: Row): boolean {
  return row.likelihood >= likelihood && types.some((selector) => selects(selector, row.type, row));
}

/** `allow` of nothing. */
export function strictest(actions: readonly DataAction[]): DataAction {
  return actions.reduce<DataAction>((most, each) => (isStricter(each, most) ? each : most), "allow");
}

function isStricter(one: DataAction, other: DataAction): boolean {
  return dataActions.indexOf(one) > dataActions.indexOf(other);
}

/** Whether it changes the document. */
export function isChange(action: DataAction): boolean {
  return action === "tokenise" || action === "mask" || action === "redact";
}
