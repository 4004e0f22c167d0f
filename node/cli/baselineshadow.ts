/**
 * `gatehouse baseline shadow`: in how many of a persona's newer sessions each rule would have fired, and what that makes of it. Reads
 * records, needs no node. Owns what is printed. Does not own the count (baseline/shadow.ts, baseline/rejudgement.ts).
 */
import { join } from "node:path";
import { budgets, sessionsMin } from "../../actors/behaviour/baseline.ts";
import { isTeller } from "../../actors/behaviour/measures.ts";
import { dayOf } from "../../actors/behaviour/summary.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";
import type { HistoryRange } from "../baseline/history.ts";
import { sessionsMeasured } from "../baseline/news.ts";
import { rejudge, unmeasuredWhys, type Rejudged, type Unmeasured } from "../baseline/rejudgement.ts";
import { runShadow, type Shadow, type ShadowRule } from "../baseline/shadow.ts";
import { DataFolder } from "../datafolder.ts";
import { readRecords } from "../record/reader.ts";
import {
  becomes,
  dayText,
  historyOf,
  percent,
  readDays,
  readVersion,
  storeOf,
  tenant,
} from "./baselineasked.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { openProject } from "./project.ts";
import { columns, count } from "./table.ts";

/** Calls that are named of a rule that is lowered: in lines, and as JSON. */
const shownOperations = 3;
const listedOperations = 20;

export async function shadowCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["from", "to", "incident"], []);
  const { dataFolder } = openProject(io);
  const store = storeOf(dataFolder);
  const { persona, baseline } = readVersion(given, store, "baseline shadow");
  const incidents = new Set(given.values("incident"));
  const range = { tenant, persona, ...readDays(given, baseline.to + 1), incidents };
  const history = historyOf(dataFolder, range);
  checkIncidents(dataFolder, range);
  const rejudged = judgeAgain(dataFolder, history.role, baseline, range);
  const shadow = runShadow(baseline, history, rejudged);
  const measured = shadow.modes.some(({ of }) => of > 0);
  const version = measured ? store.save(shadow.baseline) : "";
  if (io.json) {
    for (const { operations, ...rule } of shadow.modes)
      io.out(JSON.stringify({ rule: { ...rule, budget: budgets[rule.kind], operations: operations.slice(0, listedOperations) } })); // prettier-ignore
    io.out(JSON.stringify({ sessions: sessionsOf(rejudged, history.role) }));
    io.out(JSON.stringify({ baseline: { version, measuredFrom: range.from } }));
  } else {
    for (const each of sayRules(shadow)) io.out(io.spell(each));
    for (const each of saySessions(rejudged, history.role)) io.out(each);
    if (range.from <= baseline.to)
      io.out("Some of these days were learned from: in days to come the shares may be higher.");
    for (const each of sayVersion(persona, version, shadow.baseline, range)) io.out(io.spell(each));
  }
  const lowered = shadow.modes.filter(({ mode }) => mode === "alert").length;
  return finish(io, "baseline shadow", measured, { rules: shadow.modes.length, lowered, incidents: shadow.incidents }); // prettier-ignore
}

/** A misspelt operation would leave what it was to leave out among the honest ones. */
function checkIncidents(
  dataFolder: string,
  { persona, from, to, incidents = new Set() }: HistoryRange,
): void {
  for (const op of incidents) {
    const [record] = readRecords(join(dataFolder, "records"), { op });
    const day = record === undefined ? -1 : dayOf(record.at);
    if (record?.session?.startsWith(`${tenant}/${persona}/`) !== true || day < from || day > to)
      throw new Misuse(`--incident ${op}: no call of ${persona} in these days has this operation id`);
  }
}

/** By the role of the last call on record: thresholds, destinations and rules of today. */
function judgeAgain(dataFolder: string, digest: string, baseline: Baseline, range: HistoryRange): Rejudged | undefined {
  const data = new DataFolder(dataFolder);
  const table = digest === "" ? undefined : data.loadRole(digest);
  if (table === undefined) return undefined;
  return rejudge(readRecords(join(dataFolder, "records")), { baseline, range, table, role: (of) => data.loadRole(of) }); // prettier-ignore
} // prettier-ignore

function sayRules({ modes }: Shadow): readonly string[] {
  const rows = modes.map((each) => [each.rule, each.kind, ...sayCount(each), percent(budgets[each.kind]), each.of === 0 ? "not measured" : each.mode]); // prettier-ignore
  const table = columns(["rule", "does", "fired", "share", "at most", "incidents", "budget", "mode"], rows);
  const loud = modes.filter(({ mode }) => mode === "alert");
  const calls = loud.filter(({ rule, operations }) => !isTeller(rule) && operations.length > 0);
  return [
    ...table,
    ...loud.map((each) => `${each.rule} is above its budget, fired on ${each.fired} of ${count(each.of, "session")}: ${becomes(each.rule, modes)}.`), // prettier-ignore
    ...(calls.length === 0 ? [] : ["Look at the calls that fired them (gatehouse audit show OPERATION). A day that was an attack's is left out by --incident OPERATION:"]), // prettier-ignore
    ...calls.map(({ rule, operations }) => `  ${rule}: ${operations.slice(0, shownOperations).join(" ")}${operations.length > shownOperations ? ` … of ${operations.length}` : ""}`), // prettier-ignore
  ];
}

function sayCount({ fired, of, bound, leftOut }: ShadowRule): readonly string[] {
  if (of === 0) return ["-", "-", "-", String(leftOut)];
  return [`${fired} of ${of}`, percent(fired / of), percent(bound), String(leftOut)];
}

function sessionsOf(rejudged: Rejudged | undefined, role: string): object {
  if (rejudged === undefined) return { measured: 0, incidents: 0, unmeasured: {} };
  return { measured: rejudged.of, incidents: rejudged.leftOut, unmeasured: Object.fromEntries(rejudged.unmeasured), letGo: rejudged.letGo, role }; // prettier-ignore
}

function saySessions(rejudged: Rejudged | undefined, role: string): readonly string[] {
  if (rejudged === undefined) return role === "" ? [] : ["The sequence guard is off in the role of the last call, so nothing says what its rules would do."]; // prettier-ignore
  const { of, leftOut, unmeasured } = rejudged;
  const total = [...unmeasured.values()].reduce((sum, each) => sum + each, 0);
  const whys = Object.entries(unmeasuredWhys).flatMap(([why, words]) => {
    const found = unmeasured.get(why as Unmeasured) ?? 0;
    return found === 0 ? [] : [`  ${found}: ${words}`];
  });
  return [
    `By role ${role.slice(0, 8)}, that of the last call, the guard's rules were judged again on each call of ${count(of, "session")}; left out: ${leftOut} of incidents. Not measured: ${total}${total === 0 ? "." : ":"}`,
    ...whys,
    ...sayLetGo(rejudged),
  ];
}

/** Shares are of what was measured: who is told nothing of the rest takes them for shares of all. */
function sayLetGo({ letGo: { sessions, days } }: Rejudged): readonly string[] {
  if (sessions + days === 0) return [];
  return [`Let go, as no more are held at once: the past of ${count(sessions, "session")} (of ${limits.rejudgedSessionsMax}), ${count(days, "open day")} (of ${limits.rejudgedDaysMax}). What they did later is not measured; the figures are of the others.`]; // prettier-ignore
}

function sayVersion(
  persona: string,
  version: string,
  baseline: Baseline,
  { from }: HistoryRange,
): readonly string[] {
  if (version === "" && baseline.sessions === 0) return [`This baseline has learned from no session: build another when ${persona} has had more, ${sessionsMin} at least.`]; // prettier-ignore
  if (version === "") return [`The records hold no session of ${persona} since ${dayText(from)}: nothing was measured. Name earlier days with --from.`]; // prettier-ignore
  const sessions = sessionsMeasured(baseline);
  const least = limits.baselineShadowSessionsMin;
  if (sessions < least) return [`${persona} ${version}`, `Measured on ${count(sessions, "session")}; ${least} are the least that say anything. Measure again when there are more.`]; // prettier-ignore
  return [`${persona} ${version}`, `Put it in force: gatehouse baseline promote ${persona} ${version.slice(0, 8)} --reason "…"`]; // prettier-ignore
}
