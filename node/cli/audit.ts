/**
 * `gatehouse audit tail | show | verify | replay`: reads the records folder itself, beside a running node or without
 * one. Owns how records read as lines. Does not own what is in them (protocol/record.ts) or whether they hold (verify.ts).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { operationId, readSessionKey } from "../../protocol/id.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { RecordKind, RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { BaselineStore } from "../baseline/store.ts";
import { didYouMean, list, quote } from "../catalogue/fault.ts";
import { followRecords, readRecords, tailRecords } from "../record/reader.ts";
import type { RecordFilter } from "../record/reader.ts";
import { verifyFolder } from "../record/verify.ts";
import type { Finding, Verification } from "../record/verify.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning, openProject } from "./project.ts";
import { replay, sayVerdict } from "./replay.ts";
import type { Replay } from "./replay.ts";
import { columns, count, instant, line, say } from "./table.ts";

const tailCount = 20;
const tailCountMax = 1_000_000;
const kinds: readonly RecordKind[] = ["intent", "outcome", "refusal", "session", "admin", "node"];

/** @param stop aborts when nobody reads on */
export async function tailCommand(argv: readonly string[], io: CliIo, stop: AbortSignal): Promise<number> {
  const args = new Arguments(argv, ["n", "session", "kind"], ["follow"]);
  if (args.rest.length > 0)
    throw new Misuse(`audit tail takes no ${quote(args.rest[0] ?? "")}; a session is named with --session`);
  const kind = args.value("kind");
  if (kind !== undefined && !isKind(kind))
    throw new Misuse(`there is no kind ${quote(kind)}. ${didYouMean(kind, kinds)}Known: ${list(kinds)}`);
  const session = args.value("session");
  const filter = {
    ...(kind === undefined ? {} : { kind }),
    ...(session === undefined ? {} : { session: readKey(session) }),
  };
  const wanted = args.number("n", 0, tailCountMax) ?? tailCount;
  const folder = recordsFolder(io, args.flag("follow"));
  let shown = 0;
  const show = (record: RecordLine): void => {
    shown++;
    io.out(io.json ? JSON.stringify(record) : sayRecord(record));
  };
  if (!args.flag("follow")) for (const record of tailRecords(folder, filter, wanted)) show(record);
  else await follow(folder, filter, wanted, stop, show);
  return finish(io, "audit tail", true, { shown });
}

export async function showCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [operation, ...more] = new Arguments(argv, [], []).rest;
  const op = operationId(operation ?? "");
  if (op === undefined || more.length > 0)
    throw new Misuse("audit show takes one operation id: 22 characters, as answers and records have it");
  let records = 0;
  for (const record of readRecords(recordsFolder(io, false), { op })) {
    if (io.json) io.out(JSON.stringify(record));
    else for (const each of sayWhole(record, records === 0)) io.out(each);
    records++;
  }
  if (records === 0 && !io.json)
    io.out(
      "No record has this operation id: it was made by another node, its segment was archived, or it was a refusal that was only counted.",
    );
  return finish(io, "audit show", records > 0, { records });
}

export async function verifyCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["head", "first"], []);
  const [given, ...more] = args.rest;
  if (more.length > 0) throw new Misuse("audit verify takes one folder of records, --head HASH and --first SEGMENT"); // prettier-ignore
  const [head, first] = [args.value("head"), args.value("first")];
  if (head !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(head))
    throw new Misuse("--head is a seal's hash: 43 characters of base64url");
  if (first !== undefined && !/^[^/]+\/\d+\.jsonl$/.test(first))
    throw new Misuse("--first is a segment as the records folder has it: INCARNATION/000001.jsonl");
  // Another folder is nobody's who writes now.
  const live = given === undefined && (await askIfRunning(openProject(io), "status").catch(() => true)) !== undefined; // prettier-ignore
  if (given !== undefined && !existsSync(given)) throw new Misuse(`there is no folder ${quote(given)}`);
  const found = verifyFolder(given ?? recordsFolder(io, false), {
    live,
    ...(head === undefined ? {} : { expectedHead: head }),
    ...(first === undefined ? {} : { firstSegment: first }),
  });
  if (io.json) for (const finding of found.findings) io.out(JSON.stringify({ finding }));
  else for (const each of sayVerification(found)) io.out(each);
  const { segments, records, seals, bytes, findings, findingsLeftOut } = found;
  return finish(io, "audit verify", found.ok, { segments, records, seals, bytes, findings: findings.length + findingsLeftOut, ...(found.head === undefined ? {} : { head: found.head.hash }) }); // prettier-ignore
}

export async function replayCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [given, ...more] = new Arguments(argv, [], []).rest;
  if (given === undefined || more.length > 0) throw new Misuse("audit replay takes one session key");
  const session = readKey(given);
  const { dataFolder } = openProject(io);
  const baselines = new BaselineStore(join(dataFolder, "baselines"));
  const found = replay(
    readRecords(recordsFolder(io, false), { session }),
    (digest) => loadRole(dataFolder, digest),
    (version) => baselines.load(version),
  );
  if (found.events === 0) throw new Misuse(`no record is of a session ${quote(given)}; gatehouse sessions list shows their keys`); // prettier-ignore
  const ok = found.differenceCount === 0 && found.badRoles.size === 0;
  if (io.json) {
    for (const difference of found.differences) io.out(JSON.stringify({ difference }));
    for (const [digest, says] of found.badRoles) io.out(JSON.stringify({ role: { digest, says } }));
  } else for (const each of sayReplay(found, io)) io.out(each);
  const { events, decisions, lives, differenceCount } = found;
  return finish(io, "audit replay", ok, { events, decisions, lives, differences: differenceCount });
}

/** Until Ctrl-C, or nobody reads on. */
async function follow(
  folder: string,
  filter: RecordFilter,
  wanted: number,
  stop: AbortSignal,
  show: (record: RecordLine) => void,
): Promise<void> {
  const own = new AbortController();
  const end = (): void => own.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    for await (const record of followRecords(folder, filter, wanted, AbortSignal.any([stop, own.signal])))
      show(record);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}

/** @param mayCome a folder that is not there yet is waited for */
function recordsFolder(io: CliIo, mayCome: boolean): string {
  const folder = join(openProject(io).dataFolder, "records");
  if (!mayCome && !existsSync(folder))
    throw new Misuse("there are no records yet: no node has run with this data folder (gatehouse start)");
  return folder;
}

function isKind(text: string): text is RecordKind {
  return kinds.some((kind) => kind === text);
}

function readKey(text: string): SessionKey {
  if (readSessionKey(text) === undefined)
    throw new Misuse(
      `${quote(text)} is no session key; gatehouse sessions list and the records have them: tenant/persona/agent/user`,
    );
  return text as SessionKey;
}

function loadRole(dataFolder: string, digest: string): RoleTable | undefined {
  const path = join(dataFolder, "roles", `${digest}.json`);
  if (!/^[A-Za-z0-9_-]{43}$/.test(digest) || !existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as RoleTable;
}

/** One record as one line: when, what, who, about what, which operation. */
export function sayRecord(record: RecordLine): string {
  const { at, kind, session, op = "" } = record;
  const said = sayWhat(record);
  // The whole key: it is what `audit replay` and `sessions show` take.
  const parts = [instant(at), kind.padEnd(7), said[0].padEnd(28), (session ?? "").padEnd(28), said[1], op];
  return line(
    parts
      .filter((part) => part !== "")
      .join("  ")
      .trimEnd(),
  );
}

/** What was decided or done, and about what. */
function sayWhat(record: RecordLine): [string, string] {
  const { kind, verdict, count: times, about, event } = record;
  const name = record.name ?? record.server ?? "";
  switch (kind) {
    case "intent": {
      const alerts = verdict?.kind === "allow" ? (verdict.alerts ?? []) : [];
      return [alerts.length === 0 ? "allow" : `allow, alert ${alerts.map(({ rule }) => rule).join(" ")}`, name]; // prettier-ignore
    }
    case "outcome": {
      const facts = (event as { readonly facts?: AnswerFacts } | undefined)?.facts;
      return facts === undefined
        ? ["answered", name]
        : [
            `${facts.outcome}, ${Math.round(facts.tookMs)} ms`,
            facts.code === undefined ? name : `${name} (${facts.code})`,
          ];
    }
    case "refusal":
      if (verdict !== undefined) return [sayVerdict(verdict), name];
      return [
        `${say(about?.["rule"] ?? "refused")}`,
        `${name === "" ? "several" : name}: ${times ?? 1} more times until ${instant(Number(about?.["until"]))}`,
      ];
    case "session":
      if (event !== undefined) return [event.kind, sayEvent(event)];
      break;
    case "admin":
    case "node":
      break;
    default:
      return [kind satisfies never, name];
  }
  return [say(about?.["what"] ?? ""), [name, ...sayAbout(about)].filter((part) => part !== "").join(", ")];
}

function sayEvent(event: RecordLine["event"]): string {
  const { role, by, reason, what, is, id } = { ...event } as { readonly [part: string]: unknown };
  const parts = [
    role === undefined ? "" : `role ${say(role)}`,
    what === undefined ? "" : say(what),
    is === undefined ? "" : `${say(is)} ${say(id)}`,
    by === undefined ? "" : `by ${say(by)}`,
    reason === undefined ? "" : say(reason),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function sayAbout(about: RecordLine["about"]): string[] {
  return Object.entries(about ?? {})
    .filter(([name, value]) => name !== "what" && value !== "" && value !== null)
    .map(([name, value]) => `${name} ${say(value)}`);
}

/** A record with all its parts, one line each. */
function* sayWhole(record: RecordLine, isFirst: boolean): Generator<string> {
  if (!isFirst) yield "";
  yield line(`${record.kind}, ${instant(record.at)}`);
  const { v: _version, kind: _kind, at: _at, ...parts } = record;
  yield* sayParts(parts, "  ");
}

function* sayParts(parts: { readonly [name: string]: unknown }, indent: string): Generator<string> {
  const width = Math.max(0, ...Object.keys(parts).map((name) => name.length));
  for (const [name, value] of Object.entries(parts)) {
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isGroup) {
      yield line(`${indent}${name}`);
      yield* sayParts(value as { readonly [name: string]: unknown }, `${indent}  `);
    } else yield line(`${indent}${name.padEnd(width)}  ${say(value)}`);
  }
}

export function* sayVerification(found: Verification): Generator<string> {
  const { segments, records, seals, head, findings, findingsLeftOut } = found;
  for (const finding of findings) yield sayFinding(finding);
  if (findingsLeftOut > 0) yield `… and ${count(findingsLeftOut, "finding")} more`;
  const all = findings.length + findingsLeftOut;
  yield `${count(segments, "segment")}, ${count(records, "record")}, ${count(seals, "seal")}: ${all === 0 ? "all as they were written" : count(all, "finding")}`;
  if (head !== undefined)
    yield `Last seal ${head.hash}. Kept elsewhere, it proves later (--head) that nothing before it was taken away.`;
}

function sayFinding({ segment, line: at, byteOffset, what, says }: Finding): string {
  return line(`records/${segment}:${at} (byte ${byteOffset}): ${what}: ${says}`);
}

function* sayReplay(found: Replay, { spell }: CliIo): Generator<string> {
  const { events, decisions, lives, differences, differenceCount, badRoles } = found;
  for (const [digest, says] of badRoles) yield `The role table ${digest} cannot be used: ${says}.`;
  if (differences.length > 0) {
    const rows = differences.map((each) => [
      instant(each.at),
      each.name,
      each.recorded,
      each.replayed,
      each.op,
      each.afterRestart ? "after a restart" : "",
    ]);
    yield* columns(["when", "call", "recorded", "replayed", "operation", ""], rows);
  }
  if (differenceCount > differences.length) yield `… and ${differenceCount - differences.length} more`;
  yield `${count(events, "event")}, ${count(decisions, "decision")}: ${differenceCount === 0 ? "each comes out as recorded" : count(differenceCount, "difference")}${lives > 1 ? `. The session began afresh ${lives - 1} times` : ""}`;
  if (differenceCount > 0) yield spell("Whether the records are whole: gatehouse audit verify.");
}
