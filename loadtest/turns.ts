/**
 * What a decision costs: microseconds per turn, and memory of 100,000 sessions, in memory and put away.
 *
 *     node loadtest/turns.ts [--sessions 100000] [--turns 2000000]
 *
 * Method: one thread; the host as the gateway runs it, with SQLite in a temporary folder, and a role of twelve tools of
 * which one in three looks at a path. Turns are timed in batches of 1,000 calls and 1,000 answers, over 10,000 sessions
 * in turn, so that each is out of the processor's caches when its turn comes; `decide…` is the decision alone over
 * 1,000 sessions. `…Us` is the thread's processor time per turn, the mean of all; `…Wall…` the clock's per batch, which
 * holds the collector's pauses and the machine's other work.
 * Memory is heapUsed after a full collection, less what it was before the first session. Prints one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Packr } from "msgpackr";
import { compileRole } from "../actors/guards/persona.ts";
import type { CompiledRole } from "../actors/guards/persona.ts";
import { roster } from "../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent } from "../actors/roster.ts";
import type { SessionEvent, World } from "../actors/session.ts";
import { Host } from "../cluster/host.ts";
import { SqlitePassivation } from "../cluster/passivation.ts";
import { sessionKey } from "../protocol/id.ts";
import { roleDefaults } from "../protocol/role.ts";
import type { RoleTable, TableGrant } from "../protocol/role.ts";

const usMax = 2;
const sessionBytesMax = 2_500;
const frozenBytesMax = 600;
const batch = 1_000;

const { values: options } = parseArgs({
  options: { sessions: { type: "string", default: "100000" }, turns: { type: "string", default: "2000000" } },
});
const sessionCount = Number(options.sessions);
const turnCount = Number(options.turns);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Twelve tools, as a persona of a support agent has them; one in three looks at a path. */
function sampleTable(): RoleTable {
  const grants: TableGrant[] = Array.from({ length: 12 }, (_, index) => ({
    kind: "tool",
    name: `ticket_tool_${index}`,
    server: "tickets",
    target: `ticket_tool_${index}`,
    effect: "read",
    repeatable: true,
    ...(index % 3 === 0 ? { arguments: { "/path": { inside: "/srv/sandbox", required: true } } } : {}),
    bucket: { capacity: 1e6, perSecond: 1e6 },
    reason: "the mission says so",
    definition: "",
  }));
  return {
    v: 1,
    tenant: "default",
    persona: "support",
    grants,
    objects: {},
    limits: { agent: { capacity: 1e6, perSecond: 1e6 }, budget: { calls: 1e12, hours: 24 }, openCalls: 32 },
    breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
  };
}

function compiled(): CompiledRole {
  const role = compileRole(sampleTable());
  if (Array.isArray(role)) throw new Error(`the sample role is wrong: ${JSON.stringify(role)}`);
  return role;
}

const role = compiled();
const digest = randomBytes(32).toString("base64url");
const world: World = { role: (wanted) => (wanted === digest ? role : undefined) };

/** Made before the clock starts: the gateway pays for them elsewhere. */
const hashes = Array.from({ length: 4_096 }, () => randomBytes(16).toString("base64url"));
const hash = (index: number): string => hashes[index & 4_095] ?? "";
/** A fresh text each time, as a parsed message has it: shared texts would flatter the memory figure. */
const fresh = (text: string): string => Buffer.from(text).toString("latin1");

function callEvent(op: string, index: number, at: number): SessionEvent {
  const tool = index % 12;
  const values =
    tool % 3 === 0 ? { values: [{ at: "/path", value: `/srv/sandbox/notes/${index}.txt` }] } : {};
  const name = `ticket_tool_${tool}`;
  return {
    kind: "call",
    at,
    op,
    facts: { kind: "tool", name, digest: hash(index), shape: hash(index >> 3), bytes: 120, ...values },
  };
}

function answerEvent(op: string, index: number, at: number): SessionEvent {
  return {
    kind: "answered",
    at,
    op,
    facts: { outcome: "ok", bytes: 900, digest: hash(index * 7), tookMs: 12.5 },
  };
}

const folder = mkdtempSync(join(tmpdir(), "gatehouse-turns-"));
const passivation = new SqlitePassivation(join(folder, "sessions.db"), {
  later: (run) => setImmediate(run),
  onFault: (fault) => {
    throw fault;
  },
});
const host = new Host<ActorState, AnyEvent, AnyEffect, World>({
  actor: roster,
  world,
  passivation,
  onFault: (_key, fault) => {
    throw fault;
  },
  activeMax: sessionCount,
});

const key = (index: number): string =>
  sessionKey("default", "support", `agent-${index}`, `user${index}@example.com`);

function expectAllowed(effects: readonly AnyEffect[]): void {
  const [reply] = effects;
  if (reply?.kind !== "reply" || reply.verdict.kind !== "allow")
    throw new Error(`a call of the measurement was refused: ${JSON.stringify(reply)}`);
}

let now = 1_800_000_000_000;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Each session is configured and has three calls answered, two of them of one tool. */
function fill(): void {
  for (let index = 0; index < sessionCount; index++) {
    const name = key(index);
    host.turn(name, { kind: "configured", at: now, role: digest });
    for (let call = 0; call < 3; call++) {
      const op = fresh(hash(index + call));
      expectAllowed(host.turn(name, callEvent(op, index + (call >> 1), now)));
      host.turn(name, answerEvent(op, index + call, now));
    }
    now += 1;
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

type Turn = (index: number, event: SessionEvent) => readonly AnyEffect[];

interface Times {
  /** Of this thread's processor, all batches together: what turns cost, whatever else the machine does. */
  cpuUs: number;
  /** Microseconds of the clock per turn, batch by batch: pauses and neighbours included. */
  readonly wall: number[];
}

function timeBatch(times: Times, run: () => void): void {
  const cpu = process.threadCpuUsage();
  const wall = process.hrtime.bigint();
  run();
  times.wall.push(Number(process.hrtime.bigint() - wall) / 1000 / batch);
  const { user, system } = process.threadCpuUsage(cpu);
  times.cpuUs += user + system;
}

/** Processor time per turn: a mean, because the system counts it in ticks far longer than a batch. */
function meanCpuUs({ cpuUs, wall }: Times): number {
  return cpuUs / (wall.length * batch);
}

/** Times calls and answers of sessions in turn. */
function timeTurns(turn: Turn, count: number): { call: Times; answered: Times } {
  const call: Times = { cpuUs: 0, wall: [] };
  const answered: Times = { cpuUs: 0, wall: [] };
  for (let done = 0; done < count / 2; done += batch) {
    now += 1_000;
    const calls = Array.from({ length: batch }, (_, index) =>
      callEvent(fresh(hash(index)), done + index, now),
    );
    const answers = calls.map((_, index) => answerEvent(fresh(hash(index)), done + index, now + 5));
    timeBatch(call, () => {
      for (const [index, event] of calls.entries()) expectAllowed(turn(done + index, event));
    });
    timeBatch(answered, () => {
      for (const [index, event] of answers.entries()) turn(done + index, event);
    });
  }
  for (const { wall } of [call, answered]) wall.sort((one, other) => one - other);
  return { call, answered };
}

/** The decision alone: a thousand sessions, no host. */
function timeDecisions(): { call: Times; answered: Times } {
  const states = Array.from({ length: batch }, () => roster.create());
  for (const state of states) roster.decide(state, { kind: "configured", at: now, role: digest }, world);
  return timeTurns(
    (index, event) => roster.decide(states[index % batch] as ActorState, event, world),
    turnCount / 4,
  );
}

/** As the gateway takes turns: ten thousand sessions, each cold since its last turn. */
function timeHost(): { call: Times; answered: Times } {
  const keys = Array.from({ length: Math.min(sessionCount, 10_000) }, (_, index) => key(index));
  return timeTurns((index, event) => host.turn(keys[index % keys.length] ?? "", event), turnCount);
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function measure(): { [name: string]: number } {
  const emptyBytes = heapBytes();
  fill();
  const fullBytes = heapBytes();
  const gcStart = performance.now();
  collect();
  const gcMs = performance.now() - gcStart;
  const frozen = new Packr({ useRecords: false }).pack(roster.freeze(host.peek(key(1)) as ActorState));
  const times = timeHost();
  const alone = timeDecisions();
  const worked = new Packr({ useRecords: false }).pack(roster.freeze(host.peek(key(1)) as ActorState));
  const workedBytes = heapBytes();
  const putAwayStart = performance.now();
  // Who had a turn is passed over once (cluster/activations.ts, A2), so the first rounds put nothing away.
  let away = 0;
  for (let round = 0; away < sessionCount && round < sessionCount; round++) {
    away += host.passivateIdle(now + 3_600_000, batch);
    passivation.flush();
  }
  if (away < sessionCount) throw new Error(`only ${away} of ${sessionCount} sessions could be put away`);
  const putAwayUs = ((performance.now() - putAwayStart) * 1000) / sessionCount;
  const awayBytes = heapBytes();
  const hydrateStart = performance.now();
  for (let index = 0; index < batch; index++)
    expectAllowed(host.turn(key((index * 7) % sessionCount), callEvent("hydrate", index, now + 3_600_000)));
  const hydrateUs = ((performance.now() - hydrateStart) * 1000) / batch;
  for (let index = 0; index < sessionCount; index++)
    host.turn(key(index), { kind: "refusals", at: now + 3_600_000 });
  const hydratedBytes = heapBytes();
  return {
    sessions: sessionCount,
    turns: turnCount,
    decideCallUs: round(meanCpuUs(alone.call)),
    decideAnsweredUs: round(meanCpuUs(alone.answered)),
    callUs: round(meanCpuUs(times.call)),
    callWallP50Us: round(quantile(times.call.wall, 0.5)),
    callWallP99Us: round(quantile(times.call.wall, 0.99)),
    answeredUs: round(meanCpuUs(times.answered)),
    answeredWallP50Us: round(quantile(times.answered.wall, 0.5)),
    answeredWallP99Us: round(quantile(times.answered.wall, 0.99)),
    sessionBytes: Math.round((fullBytes - emptyBytes) / sessionCount),
    sessionBytesAfterTurns: Math.round((workedBytes - emptyBytes) / sessionCount),
    fullGcMs: round(gcMs),
    frozenBytes: frozen.length,
    frozenBytesAfterTurns: worked.length,
    passivatedSessionBytes: Math.round((awayBytes - emptyBytes) / sessionCount),
    hydratedSessionBytes: Math.round((hydratedBytes - emptyBytes) / sessionCount),
    passivateUs: round(putAwayUs),
    hydrateAndCallUs: round(hydrateUs),
    rssMiB: Math.round(process.memoryUsage.rss() / 1024 / 1024),
  };
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "none";
  }
}

try {
  const figures = measure();
  const ok =
    (figures["callUs"] ?? Infinity) <= usMax &&
    (figures["answeredUs"] ?? Infinity) <= usMax &&
    (figures["sessionBytes"] ?? Infinity) <= sessionBytesMax &&
    (figures["frozenBytes"] ?? Infinity) <= frozenBytesMax;
  console.log(JSON.stringify({ command: "turns", commit: commit(), ok, figures }));
  process.exitCode = ok ? 0 : 1;
} finally {
  passivation.close();
  rmSync(folder, { recursive: true, force: true });
}
