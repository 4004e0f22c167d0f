/**
 * `gatehouse baseline build | promote | rollback | show`: what is usual for a persona, from the records of this folder. Building reads
 * records and needs no node (nor does measuring: baselineshadow.ts); what is put in force goes through the running node, which records it.
 */
import { knownRule, train } from "../../actors/behaviour/training.ts";
import { isOutdated, sessionsMin } from "../../actors/behaviour/baseline.ts";
import { loweredIn } from "../../actors/behaviour/measures.ts";
import { isName } from "../../protocol/id.ts";
import type { Baseline, RuleMode } from "../../protocol/baseline.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { History } from "../baseline/history.ts";
import type { BaselineStore } from "../baseline/store.ts";
import { newDestinations, newlyLowered, outdatedWords, whyNotPromoted } from "../baseline/news.ts";
import type { NewDestination, Seen } from "../baseline/news.ts";
import { nothing } from "../control/baselinedesk.ts";
import type { BaselineAnswer } from "../control/baselinedesk.ts";
import { becomes, dayText, historyOf, percent, readDays, readPersona, readVersion, storeOf, tenant } from "./baselineasked.ts"; // prettier-ignore
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning, openProject, operatorName } from "./project.ts";
import { columns, count, instant, line } from "./table.ts";

/** Of the days with records, so many are learned from; the newer ones are left for the shadow run. */
const learnedShare = 0.7;
const shownCandidates = 20;

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
      io.out(`  not known: destination ${hash}, ${count(sessions, "session")}, ${count(users, "user")}, ${count(days, "day")}: ${why}`); // prettier-ignore
    if (candidates.length > 0)
      io.out("A person may say that one is known: build again with --approve NUMBER.");
    if (history.unread > 0)
      io.out(`Of ${count(history.unread, "call")} it is not known whether they only read: the role table of that time is not here.`); // prettier-ignore
    io.out(
      baseline.sessions === 0
        ? `It has learned from no session and is in force nowhere: build another when ${persona} has had more, ${sessionsMin} at least.`
        : io.spell(`It is in force nowhere. Measure it: gatehouse baseline shadow ${persona} ${version.slice(0, 8)}`), // prettier-ignore
    );
  }
  const { sessions, destinations, incidents } = baseline;
  return finish(io, "baseline build", true, { sessions, destinations: destinations.length, candidates: candidates.length, incidents }); // prettier-ignore
}

export async function promoteCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["reason", "destinations", "lowered"], ["unmeasured"]);
  const store = storeOf(openProject(io).dataFolder);
  const { persona, version, baseline } = readVersion(given, store, "baseline promote");
  const over = store.inForce(persona);
  const reason = readReason(given);
  const before = over === undefined ? undefined : store.load(over)?.baseline;
  sayNews(newDestinations(baseline, before), io);
  sayDrops(newlyLowered(baseline, before), baseline.modes, io);
  const seen: Seen = {
    destinations: given.number("destinations", 0, limits.baselineDestinationsMax * 2) ?? 0,
    lowered: given.number("lowered", 0, limits.baselineModesMax) ?? 0,
    unmeasured: given.flag("unmeasured"),
  };
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
  if (!io.json && listed.length + unread.length === 0) io.out(io.spell(`There is no baseline${persona === undefined ? "" : ` of ${persona}`}. Learn one: gatehouse baseline build ${persona ?? "PERSONA"}`)); // prettier-ignore
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

function sayDrops(drops: readonly RuleMode[], modes: readonly RuleMode[], io: CliIo): void {
  for (const each of drops) {
    const { rule, fired, of, bound } = each;
    if (io.json) io.out(JSON.stringify({ lowered: each }));
    else io.out(`  ${rule} drops to alert: fired on ${fired} of ${count(of, "session")} (at most ${percent(bound)}); ${becomes(rule, modes)}`); // prettier-ignore
  }
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
    ...(seen === undefined || seen.lowered === 0 ? {} : { lowered: seen.lowered }),
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

/** The older days alone, so that newer ones are left to measure with. */
function olderPart({ summaries, days, ...rest }: History): History {
  const known = [...new Set(summaries.map(({ day }) => day))].sort((one, other) => one - other);
  const until = known[Math.max(0, Math.ceil(known.length * learnedShare) - 1)] ?? 0;
  return { summaries: summaries.filter(({ day }) => day <= until), days: days.filter(({ day }) => day <= until), ...rest }; // prettier-ignore
}

function readReason(given: Arguments): string {
  const reason = given.value("reason") ?? "";
  if (reason.trim() === "") throw new Misuse("why? --reason TEXT");
  return reason.slice(0, 500);
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
    ...sayLowered(modes),
    ...(sessions < sessionsMin ? [`  Too little to say what is usual: below ${sessionsMin} sessions no tool has quantiles, and the cold budgets hold.`] : []), // prettier-ignore
  ];
}

function sayLowered(modes: readonly RuleMode[]): string[] {
  const lowered = loweredIn(modes).map(({ rule, fired, of }) => `${rule} (${fired} of ${of})`);
  return lowered.length === 0
    ? []
    : [`  above their budget, so in force they only tell: ${lowered.join(", ")}`];
}

function sayTools({ tools }: Baseline): string[] {
  const rows = tools.map(({ tool, n, calls, objects, bytes, errors }) => [tool, String(n), ...[calls, objects, bytes, errors].map((each) => each.join(" / "))]); // prettier-ignore
  return columns(["tool", "sessions", "calls", "objects", "bytes", "errors"], rows);
}

function sayModes(modes: readonly RuleMode[]): string[] {
  const rows = modes.map(({ rule, mode, fired, of, bound }) => [rule, mode, `${fired} of ${of}`, percent(bound)]); // prettier-ignore
  return rows.length === 0 ? [] : columns(["rule", "mode", "fired", "at most"], rows);
}
