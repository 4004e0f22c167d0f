/**
 * `gatehouse baseline build | shadow | promote | rollback | show`: what is usual for a persona, from the records of this folder.
 * Building and measuring read records and need no node; what is put in force goes through the running node, which records it.
 */
import { join } from "node:path";
import { knownRule, train } from "../../actors/behaviour/training.ts";
import { dayMs } from "../../actors/behaviour/summary.ts";
import { budgets, isOutdated, sessionsMin } from "../../actors/behaviour/baseline.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import type { Baseline, RuleMode } from "../../protocol/baseline.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { readHistory } from "../baseline/history.ts";
import type { History } from "../baseline/history.ts";
import { runShadow } from "../baseline/shadow.ts";
import { BaselineStore } from "../baseline/store.ts";
import { newDestinations, outdatedWords, sessionsMeasured, whyNotPromoted } from "../baseline/news.ts";
import type { NewDestination, Seen } from "../baseline/news.ts";
import { nothing } from "../control/baselinedesk.ts";
import type { BaselineAnswer } from "../control/baselinedesk.ts";
import { DataFolder } from "../datafolder.ts";
import { readRecords } from "../record/reader.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning, openProject, operatorName } from "./project.ts";
import { columns, count, instant, line } from "./table.ts";

const tenant = "default";
/** Of the days with records, so many are learned from; the newer ones are left for the shadow run. */
const learnedShare = 0.7;
const shownCandidates = 20;
const lastDay = 10_000_000;

export async function buildCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["from", "to", "approve", "users"], []);
  const persona = readPersona(given, "baseline build");
  const { dataFolder } = openProject(io);
  const range = { tenant, persona, ...readDays(given, 0) };
  const read = historyOf(dataFolder, range);
  const history = given.value("to") === undefined ? olderPart(read) : read;
  if (history.summaries.length === 0) throw new Misuse(`the records hold no call of a session of ${persona} in these days`); // prettier-ignore
  const approved = given.values("approve").map((text) => {
    if (/^\d{1,16}$/.test(text)) return Number(text);
    throw new Misuse("--approve takes the number of a destination, as a build before has shown it");
  });
  const known = { ...knownRule, users: given.number("users", 1, 100) ?? knownRule.users };
  const { baseline, candidates } = train({ tenant, persona, ...history, known, approved });
  const version = storeOf(dataFolder).save(baseline);
  if (io.json) {
    io.out(JSON.stringify({ baseline: { version, ...factsOf(baseline) } }));
    for (const candidate of candidates) io.out(JSON.stringify({ candidate }));
  } else {
    io.out(`${persona} ${version}`);
    for (const each of sayBaseline(baseline)) io.out(each);
    for (const { hash, sessions, users, days, why } of candidates.slice(0, shownCandidates))
      io.out(`  not known: destination ${hash}, ${sessions} sessions, ${users} users, ${days} days: ${why}`);
    if (candidates.length > 0)
      io.out("A person may say that one is known: build again with --approve NUMBER.");
    if (history.unread > 0)
      io.out(`Of ${count(history.unread, "call")} it is not known whether they only read: the role table of that time is not here.`); // prettier-ignore
    io.out(io.spell(`It is in force nowhere. Measure it: gatehouse baseline shadow ${persona} ${version.slice(0, 8)}`)); // prettier-ignore
  }
  const { sessions, destinations, incidents } = baseline;
  return finish(io, "baseline build", true, { sessions, destinations: destinations.length, candidates: candidates.length, incidents }); // prettier-ignore
}

export async function shadowCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["from", "to"], []);
  const { dataFolder } = openProject(io);
  const store = storeOf(dataFolder);
  const { persona, baseline } = readVersion(given, store, "baseline shadow");
  const days = readDays(given, baseline.to + 1);
  const { from } = days;
  const range = { tenant, persona, ...days };
  const history = historyOf(dataFolder, range);
  const shadow = runShadow(baseline, history);
  const measured = shadow.modes.some(({ of }) => of > 0);
  const version = measured ? store.save(shadow.baseline) : "";
  const sessions = sessionsMeasured(shadow.baseline);
  if (io.json) {
    for (const rule of shadow.modes)
      io.out(JSON.stringify({ rule: { ...rule, budget: budgets[rule.kind] } }));
    io.out(JSON.stringify({ baseline: { version, measuredFrom: from } }));
  } else {
    const rows = shadow.modes.map((each) => [each.rule, each.kind, `${each.fired} of ${each.of}`, percent(each.of === 0 ? 0 : each.fired / each.of), percent(each.bound), percent(budgets[each.kind]), each.mode]); // prettier-ignore
    for (const each of columns(["rule", "does", "fired", "share", "at most", "budget", "mode"], rows))
      io.out(each);
    if (from <= baseline.to)
      io.out("Some of these days were learned from: in days to come the shares may be higher.");
    for (const { rule, mode } of shadow.modes)
      if (mode === "alert" && !rule.startsWith("tally.")) io.out(`${rule} is above its budget: it will tell operators, and stop nobody.`); // prettier-ignore
    if (!measured) io.out(`The records hold no session of ${persona} since ${dayText(from)}: nothing was measured. Name earlier days with --from.`); // prettier-ignore
    else if (sessions < limits.baselineShadowSessionsMin) io.out(`${persona} ${version}\nMeasured on ${count(sessions, "session")}; ${limits.baselineShadowSessionsMin} are the least that say anything. Measure again when there are more.`); // prettier-ignore
    else io.out(io.spell(`${persona} ${version}\nPut it in force: gatehouse baseline promote ${persona} ${version.slice(0, 8)} --reason "…"`)); // prettier-ignore
  }
  const lowered = shadow.modes.filter(({ mode }) => mode === "alert").length;
  return finish(io, "baseline shadow", measured, { rules: shadow.modes.length, lowered, incidents: shadow.incidents }); // prettier-ignore
}

export async function promoteCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["reason", "destinations"], ["unmeasured"]);
  const store = storeOf(openProject(io).dataFolder);
  const { persona, version, baseline } = readVersion(given, store, "baseline promote");
  const over = store.inForce(persona);
  const reason = readReason(given);
  const before = over === undefined ? undefined : store.load(over)?.baseline;
  sayNews(newDestinations(baseline, before), io);
  const seen = { destinations: given.number("destinations", 0, limits.baselineDestinationsMax * 2) ?? 0, unmeasured: given.flag("unmeasured") }; // prettier-ignore
  // The node's desk looks at it, too; without one nobody else does.
  const why = whyNotPromoted(baseline, before, seen);
  if (why !== undefined) throw new Misuse(why);
  await putInForce(io, { persona, version, what: "promoted", reason }, over, seen);
  return finish(io, "baseline promote", true, { version });
}

export async function rollbackCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["reason"], []);
  const [persona = "", start, ...more] = given.rest;
  if (!isName(persona) || more.length > 0)
    throw new Misuse("baseline rollback takes a persona, and a version if not the one before");
  const store = storeOf(openProject(io).dataFolder);
  const acts = store.acts(persona);
  if (acts.length === 0) throw new Misuse(`no baseline of ${persona} was ever in force`);
  const before = acts.at(-2)?.version ?? "";
  const found = start === undefined ? before : acts.map(({ version }) => version).find((each) => each !== "" && each.startsWith(start)); // prettier-ignore
  if (found === undefined) throw new Misuse(`no baseline of ${persona} that begins with ${start} was ever in force`); // prettier-ignore
  await putInForce(io, { persona, version: found, what: "rolled back", reason: readReason(given) }, store.inForce(persona)); // prettier-ignore
  return finish(io, "baseline rollback", true, { version: found });
}

export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, [], []);
  const [persona, start, ...more] = given.rest;
  if (more.length > 0) throw new Misuse("baseline show takes a persona, and a version");
  const store = storeOf(openProject(io).dataFolder);
  const unread: GatewayError[] = [];
  const read = (version: string): Baseline | undefined => {
    try {
      return store.load(version)?.baseline;
    } catch (fault) {
      if (!(fault instanceof GatewayError)) throw fault;
      if (start === undefined || version.startsWith(start)) unread.push(fault);
      return undefined;
    }
  };
  const listed = store.versions().flatMap((version) => {
    const baseline = read(version);
    if (baseline === undefined || (persona !== undefined && baseline.persona !== persona)) return [];
    return start === undefined || version.startsWith(start) ? [{ version, baseline }] : [];
  });
  if (start !== undefined && listed.length === 0 && unread.length === 0) throw new Misuse(`there is no baseline of ${persona} that begins with ${start}`); // prettier-ignore
  for (const { version, baseline } of listed) {
    const isInForce = store.inForce(baseline.persona) === version;
    if (io.json)
      io.out(JSON.stringify({ baseline: { version, isInForce, ...(start === undefined ? factsOf(baseline) : baseline) } })); // prettier-ignore
    else {
      io.out(`${baseline.persona} ${version}${isInForce ? ", in force" : ""}`);
      for (const each of start === undefined ? sayBaseline(baseline) : [...sayBaseline(baseline), ...sayTools(baseline), ...sayModes(baseline.modes)]) io.out(each); // prettier-ignore
    }
  }
  for (const act of store.acts(persona)) {
    if (io.json) io.out(JSON.stringify({ act }));
    else io.out(line(`${persona === undefined ? `${act.persona}: ` : ""}${instant(act.at)} ${act.what} ${act.version === "" ? "none" : act.version.slice(0, 8)} by ${act.by}: ${act.reason}`)); // prettier-ignore
  }
  // One that cannot be read hides no other.
  for (const { message, detail, remedy } of unread) io.err(line(`${detail ?? message}${remedy === undefined ? "" : `; ${remedy}`}`)); // prettier-ignore
  if (!io.json && listed.length + unread.length === 0) io.out(io.spell("There is no baseline. Learn one: gatehouse baseline build PERSONA")); // prettier-ignore
  return finish(io, "baseline show", unread.length === 0, {
    baselines: listed.length,
    unread: unread.length,
  });
}

/** The ones used least come first: what crept in is among them. */
function sayNews(news: readonly NewDestination[], io: CliIo): void {
  for (const each of news.slice(0, shownCandidates)) {
    const { hash, sessions, users, days } = each;
    if (io.json) io.out(JSON.stringify({ newDestination: each }));
    else io.out(`  becomes known: destination ${hash}, ${sessions === 0 ? "by a person's word" : `${count(sessions, "session")} of ${count(users, "user")} on ${count(days, "day")}`}`); // prettier-ignore
  }
  if (!io.json && news.length > shownCandidates) io.out(`  … and ${news.length - shownCandidates} more`);
}

/** By the node when one runs: it records the act, and decides by it from the next call on. */
async function putInForce(
  io: CliIo,
  act: Omit<Parameters<BaselineStore["put"]>[0], "at" | "by">,
  over: string | undefined,
  seen?: Seen,
): Promise<void> {
  const project = openProject(io);
  const by = operatorName();
  const { version, ...rest } = act;
  const answer = (await askIfRunning(project, "baseline.put", {
    ...rest,
    ...(version === "" ? {} : { version }),
    by,
    over: over ?? nothing,
    ...(seen === undefined || seen.destinations === 0 ? {} : { destinations: seen.destinations }),
    ...(seen?.unmeasured === true ? { unmeasured: true } : {}),
  })) as BaselineAnswer | undefined;
  if (answer === undefined) {
    storeOf(project.dataFolder).put({ ...act, at: Date.now(), by });
    io.err("No node runs, so no record tells of it; it is in force with the next start.");
  }
  const nodes = answer?.nodes;
  if (io.json) io.out(JSON.stringify({ persona: act.persona, version: act.version, what: act.what, ...(nodes === undefined ? {} : { nodes }) })); // prettier-ignore
  else io.out(act.version === "" ? `${act.persona}: no baseline is in force` : `${act.persona}: ${act.version} is in force`); // prettier-ignore
  if (nodes === undefined) return;
  if (!io.json && nodes.heard.length > 0)
    io.out(`Other nodes that have it in force: ${nodes.heard.join(", ")}.`);
  if (nodes.missing.length > 0)
    io.err(`Not by ${nodes.missing.join(", ")}: no answer in time, or a refusal. gatehouse cluster status names who differs; do the same once more when it is back.`); // prettier-ignore
}

function historyOf(dataFolder: string, range: Parameters<typeof readHistory>[1]): History {
  const data = new DataFolder(dataFolder);
  return readHistory(
    readRecords(join(dataFolder, "records"), { since: range.from * dayMs }),
    range,
    (digest) => data.loadRole(digest),
  );
}

/** The older days alone, so that newer ones are left to measure with. */
function olderPart({ summaries, days, unread }: History): History {
  const known = [...new Set(summaries.map(({ day }) => day))].sort((one, other) => one - other);
  const until = known[Math.max(0, Math.ceil(known.length * learnedShare) - 1)] ?? 0;
  return { summaries: summaries.filter(({ day }) => day <= until), days: days.filter(({ day }) => day <= until), unread }; // prettier-ignore
}

function storeOf(dataFolder: string): BaselineStore {
  return new BaselineStore(join(dataFolder, "baselines"));
}

function readPersona(given: Arguments, command: string): string {
  const [persona = "", ...more] = given.rest;
  if (more.length > 0 || persona === "") throw new Misuse(`${command} takes one persona`);
  if (!isName(persona)) throw new Misuse(`a persona's name is ${nameRule}`);
  return persona;
}

function readVersion(
  given: Arguments,
  store: BaselineStore,
  command: string,
): { readonly persona: string; readonly version: string; readonly baseline: Baseline } {
  const [persona = "", start = "", ...more] = given.rest;
  if (more.length > 0 || start === "" || !isName(persona))
    throw new Misuse(`${command} takes a persona and a version, as gatehouse baseline show lists them`);
  const version = store.find(start);
  const found = version === undefined ? undefined : store.load(version);
  if (version === undefined || found?.baseline.persona !== persona)
    throw new Misuse(`there is no baseline of ${persona} whose version begins with ${start}, or more than one`); // prettier-ignore
  return { persona, version, baseline: found.baseline };
}

function readReason(given: Arguments): string {
  const reason = given.value("reason") ?? "";
  if (reason.trim() === "") throw new Misuse("why? --reason TEXT");
  return reason.slice(0, 500);
}

/** @param first where --from is not given */
function readDays(given: Arguments, first: number): { readonly from: number; readonly to: number } {
  const [from, to] = [readDay(given, "from") ?? first, readDay(given, "to") ?? lastDay];
  if (given.value("to") !== undefined && from > to) throw new Misuse(`--to is before ${given.value("from") === undefined ? dayText(first) : "--from"}: no day lies between them`); // prettier-ignore
  return { from, to };
}

function readDay(given: Arguments, option: string): number | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new Misuse(`--${option} is a day: 2026-01-31`);
  return Math.floor(at / dayMs);
}

function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function factsOf({
  persona,
  from,
  to,
  sessions,
  users,
  days,
  trimmed,
  incidents,
  destinations,
  approved,
  tools,
  modes,
}: Baseline) {
  // prettier-ignore
  return { persona, from: dayText(from), to: dayText(to), sessions, users, days, trimmed, incidents, destinations: destinations.length, approved: approved.length, tools: tools.length, modes }; // prettier-ignore
}

function sayBaseline(baseline: Baseline): string[] {
  const { from, to, sessions, users, days, trimmed, incidents, destinations, approved, tools, whole, norms, modes } = baseline; // prettier-ignore
  const outdated = isOutdated(baseline) ? [`  ${outdatedWords}.`] : [];
  return [
    `  ${sessions === 0 ? "" : `from ${dayText(from)} to ${dayText(to)}: `}${count(sessions, "session")} of ${count(users, "user")} on ${count(days, "day")}; left out: ${trimmed} largest, ${incidents} of incidents`,
    `  ${count(tools.length, "tool")}; in one session at p50 / p99 / p99.9: calls ${whole.calls.join(" / ")}, objects ${whole.objects.join(" / ")}`,
    `  ${count(destinations.length, "destination")} known, ${approved.length} approved; ${norms.length} kinds of reads counted by the day; ${modes.length === 0 ? "not measured" : `${modes.length} rules measured`}`,
    ...outdated,
    ...(sessions < sessionsMin ? [`  Too little to say what is usual: below ${sessionsMin} sessions no tool has quantiles, and the cold budgets hold.`] : []), // prettier-ignore
  ];
}

function sayTools({ tools }: Baseline): string[] {
  const rows = tools.map(({ tool, n, calls, objects, bytes, errors }) => [tool, String(n), ...[calls, objects, bytes, errors].map((each) => each.join(" / "))]); // prettier-ignore
  return columns(["tool", "sessions", "calls", "objects", "bytes", "errors"], rows);
}

function sayModes(modes: readonly RuleMode[]): string[] {
  const rows = modes.map(({ rule, mode, fired, of, bound }) => [rule, mode, `${fired} of ${of}`, percent(bound)]); // prettier-ignore
  return rows.length === 0 ? [] : columns(["rule", "mode", "fired", "at most"], rows);
}
