/** `gatehouse sessions list | show | lift` and `gatehouse kill`: all of it through the running node. */
import { limits } from "../../protocol/limits.ts";
import { everyLabel } from "../../actors/labels.ts";
import { administratorKey } from "../control/administrator.ts";
import type { FlowAnswer } from "../control/flowdesk.ts";
import type { KillRule } from "../control/killfile.ts";
import { isMark } from "../control/kills.ts";
import type { SessionAnswer, SessionRow } from "../control/listing.ts";
import type { Owned, Placed, SessionsAnswer } from "../control/listingdesk.ts";
import type { KillAnswer, LiftAnswer } from "../control/operators.ts";
import { sayMissing, sayPlace } from "./place.ts";
import { sayReceipt } from "./receipt.ts";
import { quoted, type Spell } from "./invocation.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { ask, openProject, operatorName } from "./project.ts";
import { columns, count, instant, line, span } from "./table.ts";

const listedCount = 1_000;

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["n"], []);
  const [prefix, ...more] = args.rest;
  if (more.length > 0) throw new Misuse("sessions list takes one prefix of session keys");
  const limit = args.number("n", 1, limits.sessionsListedMax) ?? listedCount;
  const asked = { limit, ...(prefix === undefined ? {} : { prefix }) };
  const { sessions, isCut, rules, hint, missing } = (await ask(
    openProject(io),
    "sessions.list",
    asked,
  )) as SessionsAnswer;
  const active = sessions.filter(({ isActive }) => isActive).length;
  if (io.json) {
    for (const rule of rules) io.out(JSON.stringify({ rule }));
    for (const session of sessions) io.out(JSON.stringify({ session }));
  } else {
    for (const each of sayRules(rules)) io.out(each);
    // Alone, a node owns all there is.
    const isShared = sessions.some(({ owner }) => owner !== undefined);
    const head = [
      "session",
      ...(isShared ? ["owner"] : []),
      "where",
      "open calls",
      "open breakers",
      "stopped",
    ];
    for (const each of columns(
      head,
      sessions.map((session) => rowOf(session, isShared)),
    ))
      io.out(each);
    io.out(`${count(sessions.length, "session")}: ${active} in memory, ${sessions.length - active} put away${isCut ? ". There are more; name a prefix, or -n N" : ""}`); // prettier-ignore
  }
  sayHint(io, hint);
  sayMissing(io, missing);
  return finish(io, "sessions list", true, { active, passivated: sessions.length - active, isCut });
}

export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [key, ...more] = new Arguments(argv, [], []).rest;
  if (key === undefined || more.length > 0) throw new Misuse("sessions show takes one session key");
  const session = (await ask(openProject(io), "sessions.show", { key })) as SessionAnswer & Placed;
  if (io.json) io.out(JSON.stringify({ session }));
  else for (const each of sayState(session, Date.now(), io.spell)) io.out(each);
  const [active, passivated] = session.isActive ? [1, 0] : [0, 1];
  return finish(io, "sessions show", true, { active, passivated });
}

export async function liftCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["agent", "persona", "reason"], ["all"]);
  const words = [...args.rest];
  const what = isLift(words.at(-1)) ? words.pop() : undefined;
  if (what === "flow") return liftFlow(args, words, io);
  const target = readTarget(args, words, "lift");
  const reason = args.value("reason");
  const asked = {
    ...target,
    what: what ?? "kill",
    by: operatorName(),
    ...(reason === undefined ? {} : { reason }),
  };
  const { lifted, rule, nodes } = (await ask(openProject(io), "sessions.lift", asked)) as LiftAnswer;
  if (io.json)
    io.out(
      JSON.stringify({
        lifted,
        ...(rule === undefined ? {} : { rule }),
        ...(nodes === undefined ? {} : { nodes }),
      }),
    );
  else if (rule !== undefined)
    io.out(`The rule on ${sayTarget(rule)} is lifted. ${count(lifted, "session")} in memory may go on; others at their next call.`); // prettier-ignore
  else io.out(lifted === 0 ? "This session was not stopped." : `Lifted: ${asked.what}. It is on record.`);
  if (!io.json) sayReceipt(io, nodes);
  return finish(io, "sessions lift", true, { lifted });
}

async function liftFlow(args: Arguments, words: readonly string[], io: CliIo): Promise<number> {
  const { key } = readTarget(args, words, "lift");
  if (key === undefined) throw new Misuse("flow is lifted from one session, by its key");
  const reason = args.value("reason");
  if (reason === undefined || reason === "") throw new Misuse("--reason is missing: what was read and is not remembered may go anywhere afterwards, and that goes on record"); // prettier-ignore
  const project = openProject(io);
  const administrator = administratorKey(project.dataFolder, io.env);
  const asked = { key, by: operatorName(), reason, administrator };
  const answer = (await ask(project, "flow.lift", asked)) as FlowAnswer;
  if (io.json) io.out(JSON.stringify(answer));
  else if (answer.lifted === 0) io.out("Nothing of this session counts as wholly seen.");
  else
    io.out(line(`Lifted: ${saySources(answer.freed?.sources ?? [])} may go anywhere from now on, as far as it is not remembered value by value. It is on record.`)); // prettier-ignore
  return finish(io, "sessions lift", true, { lifted: answer.lifted });
}

export async function killCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["agent", "persona", "reason"], ["all"]);
  const target = readTarget(args, args.rest, "kill");
  const reason = args.value("reason");
  if (reason === undefined || reason === "") throw new Misuse("--reason is missing: it goes on record, and to who looks at the session later"); // prettier-ignore
  const answer = (await ask(openProject(io), "kill", {
    ...target,
    reason,
    by: operatorName(),
  })) as KillAnswer;
  const { killed, recorded, rule } = answer;
  // Before what was done, so that nobody stops reading at the word "Stopped".
  if (!io.json) sayHint(io, answer.hint);
  if (io.json) io.out(JSON.stringify(answer));
  else if (rule === undefined)
    io.out(io.spell(`The session is stopped and its streams are closed. gatehouse sessions lift ${quoted(args.rest[0] ?? "")} lets it go on.`)); // prettier-ignore
  else {
    io.out(
      `Stopped: ${sayTarget(rule)}, now and from now on. ${count(killed, "session")} had to be stopped right now.`,
    );
    io.out(io.spell(`gatehouse sessions lift ${optionOf(rule)} lets it go on.`));
  }
  if (!io.json) sayReceipt(io, answer.nodes);
  if (!recorded) io.err("It could not be recorded: check disk space and the data folder.");
  return finish(io, "kill", true, { killed });
}

/** What the node found odd about a name: one line, or one value with --json. */
function sayHint(io: CliIo, hint: string | undefined): void {
  if (hint === undefined) return;
  if (io.json) io.out(JSON.stringify({ hint }));
  else io.err(line(`Note: ${io.spell(hint)}`));
}

function isLift(word: string | undefined): boolean {
  return word === "kill" || word === "behaviour" || word === "tools" || word === "flow";
}

/** One of KEY, --agent, --persona, --all. */
function readTarget(
  args: Arguments,
  words: readonly string[],
  command: string,
): { readonly [name: string]: unknown } {
  const [key, ...more] = words;
  if (more.length > 0) throw new Misuse(`${command} takes one session key; ${more.length + 1} were given`);
  const agent = args.value("agent");
  const persona = args.value("persona");
  const given = [
    ...(key === undefined ? [] : [{ key }]),
    ...(agent === undefined ? [] : [{ agent }]),
    ...(persona === undefined ? [] : [{ persona }]),
    ...(args.flag("all") ? [{ all: true }] : []),
  ];
  const [only, other] = given;
  if (only === undefined || other !== undefined) throw new Misuse(`${command} takes one of KEY, --agent A, --persona P and --all`); // prettier-ignore
  return only;
}

function rowOf(session: SessionRow & Owned, isShared: boolean): string[] {
  const {
    owner = "",
    key,
    isActive,
    isReadable,
    killedBy,
    openCalls,
    openBreakers,
    stoppedUntil,
    interruptedBy,
  } = session;
  const open = stoppedUntil > 0 ? `behaviour breaker until ${instant(stoppedUntil)}` : "";
  const breaker = interruptedBy === undefined ? open : `interrupted by ${interruptedBy}`;
  const stopped = killedBy === "" ? breaker : isMark(killedBy) ? `by ${killedBy}` : `by operator ${killedBy}`;
  return [
    key,
    ...(isShared ? [owner] : []),
    isActive ? "memory" : "disk",
    openCalls === 0 ? "" : String(openCalls),
    openBreakers === 0 ? "" : String(openBreakers),
    isReadable ? stopped : "its row cannot be read: refused",
  ];
}

export function* sayRules(rules: readonly KillRule[]): Generator<string> {
  if (rules.length === 0) return;
  yield `Kill rules in force: ${rules.length}`;
  const rows = rules.map((rule) => [`  ${rule.id}`, sayTarget(rule), instant(rule.at), rule.by, rule.reason]);
  yield* columns(["  id", "stops", "since", "by", "reason"], rows);
  yield "";
}

function sayTarget(rule: KillRule): string {
  if ("all" in rule) return "everybody";
  if ("session" in rule) return `session ${rule.session}`;
  return "persona" in rule ? `persona ${rule.persona}` : `agent ${rule.agent}`;
}

function optionOf(rule: KillRule): string {
  if ("all" in rule) return "--all";
  if ("session" in rule) return line(quoted(rule.session));
  return "persona" in rule ? `--persona ${rule.persona}` : line(`--agent ${quoted(rule.agent)}`);
}

function* sayState(session: SessionAnswer & Placed, now: number, spell: Spell): Generator<string> {
  const { behaviour, rule } = session;
  yield line(`Session ${session.key} (${session.isActive ? "in memory" : "put away on disk"})`);
  if (session.place !== undefined) yield `  owner          ${sayPlace(session.place)}`;
  yield `  role table     ${session.role === "" ? "none yet" : session.role}`;
  yield line(`  labels         ${sayLabels(session.labels)}`);
  if (session.killedBy !== "") yield line(`  stopped        by ${session.killedBy}: ${session.killedFor}`);
  if (rule !== undefined)
    yield line(`  kill rule      ${rule.id}, ${sayTarget(rule)}, by ${rule.by}: ${rule.reason}`);
  yield line(`  behaviour      ${behaviour.state}${behaviour.because === undefined ? "" : `, ${sayUntil(behaviour.until, now)}: ${behaviour.because}`}`); // prettier-ignore
  if (session.sequence !== undefined) yield line(`  sequence       ${saySequence(session.sequence)}`);
  for (const { of, countedFor, until } of session.readsStopped ?? [])
    yield line(`  reads stopped  of ${of}, until ${instant(until)}: more was counted for the ${countedFor} than is usual or allowed; no lift ends it before`); // prettier-ignore
  for (const each of sayLedger(session, spell)) yield line(each);
  yield* table("Buckets", ["  of", "rate tokens", "capacity", "per second"], session.buckets.map((each) => [`  ${each.of}`, String(each.tokens), String(each.capacity), String(Math.round(each.perSecond * 1e6) / 1e6)])); // prettier-ignore
  yield* table("Tool breakers", ["  tool", "state", "failures", "until"], session.breakers.map((each) => [`  ${each.of}`, each.state, String(each.failures), sayUntil(each.until, now)])); // prettier-ignore
  yield* table(
    "Open calls",
    ["  operation", "name"],
    session.openCalls.map((each) => [`  ${each.op}`, each.name]),
  );
  yield* table("Refusals counted since their record", ["  rule", "name", "times", "since"], session.refusals
      .filter((each) => each.count > 0)
      .map((each) => [`  ${each.rule}`, each.name, String(each.count), instant(each.since)])); // prettier-ignore
}

function saySequence({ calls, distinct, interruptedBy }: NonNullable<SessionAnswer["sequence"]>): string {
  if (interruptedBy !== undefined)
    return `interrupted by ${interruptedBy}; sessions lift with behaviour lifts it`;
  return `${calls} calls looked at, ${distinct} different things asked for`;
}

function* sayLedger({ key, ledger }: SessionAnswer, spell: Spell): Generator<string> {
  if (ledger === undefined) return;
  const { answers, isStale, whollySeen } = ledger;
  const stale = isStale === true ? ", under a key of the vault that is not in force any more: calls that a rule is about are refused" : ""; // prettier-ignore
  yield `  values         ${answers === 0 ? "none remembered" : `of ${count(answers, "answer")} remembered${stale}`}`;
  if (whollySeen === undefined && isStale !== true) return;
  const { sources = [], faded = [], why = [], refused = [] } = whollySeen ?? {};
  if (whollySeen !== undefined) yield `  wholly seen    ${saySources(sources.length > 0 ? sources : faded)}: ${why.join("; or ")}`; // prettier-ignore
  if (refused.length === 0 && isStale !== true) return void (yield "                 no rule of its role is about that"); // prettier-ignore
  if (refused.length > 0)
    yield `                 refused for it, whatever a call carries: ${refused.join(", ")}`;
  yield `                 ${spell("gatehouse sessions lift")} ${quoted(key)} flow --reason R lets it go`;
}

/** Labels, servers and environments as a session keeps them (actors/guards/flow.ts). */
function saySources(marks: readonly string[]): string {
  if (marks.length === 0) return "what it had read";
  if (marks[0] === everyLabel) return "all that it had read";
  const named = (start: string): string[] => marks.flatMap((mark) => (mark.startsWith(start) ? [mark.slice(start.length)] : [])); // prettier-ignore
  const labels = marks.filter((mark) => !mark.startsWith("@") && !mark.startsWith("env:"));
  const parts = [["labels", labels], ["servers", named("@")], ["environments", named("env:")]] as const; // prettier-ignore
  return parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${names.join(", ")}`])).join("; "); // prettier-ignore
}

function sayLabels(labels: readonly string[]): string {
  if (labels.length === 0) return "none: it has read nothing that is labelled";
  return labels[0] === everyLabel ? "all: what it did before is not known" : labels.join(", ");
}

function sayUntil(until: number | undefined, now: number): string {
  if (until === undefined) return "";
  return until > now ? `for ${span(until - now)}` : "its time is over";
}

function* table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Generator<string> {
  if (rows.length === 0) return;
  yield "";
  yield title;
  yield* columns(head, rows);
}
