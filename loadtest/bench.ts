/**
 * npm run bench: every figure of the gateway that is promised, measured from outside on the code that ships.
 *
 *   npm run bench                       about five minutes; prints tables
 *   npm run bench -- --quick            fewer and shorter runs, about one minute: for a look, not for a promise
 *   npm run bench -- --json             JSON lines; the last is {"command","commit","seed","ok","figures"}
 *   npm run bench -- --only crash,start one or more of: throughput, latency, stages, start, lists, crash
 *
 * Exit status: 0 all assertions hold and every "must" is met, 1 one is not, 2 misuse. Method: RESULTS.md.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { breakDownCall } from "./breakdown.ts";
import type { CallBreakdown } from "./breakdown.ts";
import { compare } from "./comparison.ts";
import type { Comparison, Load } from "./comparison.ts";
import { crash } from "./crash.ts";
import type { CrashFigures } from "./crash.ts";
import {
  crashGoals,
  disturbedRounds,
  goalLines,
  holds,
  latencyGoals,
  listGoals,
  spreadOf,
  throughputGoals,
} from "./goals.ts";
import type { Goal } from "./goals.ts";
import { buildRig } from "./rig.ts";
import type { Rig } from "./rig.ts";
import { copyQuickstart, measureToolLists, startTimes } from "./startup.ts";
import type { ToolLists } from "./startup.ts";

const sections = ["throughput", "latency", "stages", "start", "lists", "crash"] as const;
type Section = (typeof sections)[number];

interface Plan {
  readonly throughput: Load;
  readonly latency: Load;
  readonly profileMs: number;
  readonly starts: number;
  readonly crashes: number;
}

const full: Plan = {
  throughput: { connections: 64, rounds: 7, warmupMs: 2_000, measureMs: 6_000 },
  latency: { connections: 1, rounds: 7, warmupMs: 1_000, measureMs: 3_000 },
  profileMs: 5_000,
  starts: 5,
  crashes: 8,
};
const quick: Plan = {
  throughput: { connections: 64, rounds: 3, warmupMs: 1_500, measureMs: 2_500 },
  latency: { connections: 1, rounds: 3, warmupMs: 500, measureMs: 1_500 },
  profileMs: 2_500,
  starts: 3,
  crashes: 3,
};

interface Findings {
  goals: Goal[];
  throughput?: Comparison;
  latency?: Comparison;
  stages?: CallBreakdown;
  startMs?: { readonly bench: readonly number[]; readonly quickstart: readonly number[] };
  lists?: ToolLists;
  crash?: CrashFigures;
}

type Say = (line: string) => void;

async function measure(plan: Plan, chosen: ReadonlySet<string>, seed: number, say: Say): Promise<Findings> {
  const findings: Findings = { goals: [] };
  const { goals } = findings;
  const rig = await buildRig();
  try {
    if (chosen.has("throughput")) {
      say(`throughput, ${plan.throughput.connections} connections`);
      findings.throughput = await compare(rig, plan.throughput, say);
      sayDisturbed(findings.throughput, say);
      goals.push(...throughputGoals(findings.throughput));
    }
    if (chosen.has("latency")) {
      say("latency, 1 connection");
      findings.latency = await compare(rig, plan.latency, say);
      sayDisturbed(findings.latency, say);
      goals.push(...latencyGoals(findings.latency));
    }
    if (chosen.has("stages")) {
      say("CPU time by stage, from a profile");
      findings.stages = await breakDownCall(rig, plan.throughput.warmupMs, plan.profileMs);
      sayStages(findings.stages, say);
    }
    if (chosen.has("start")) await measureStart(rig, plan.starts, findings, say);
    if (chosen.has("lists")) {
      say("tools/list of the quick start");
      findings.lists = await measureToolLists(copyQuickstart(rig, "quickstart-lists"));
      sayLists(findings.lists, say);
      goals.push(...listGoals(findings.lists));
    }
  } finally {
    await rig.close();
  }
  if (chosen.has("crash")) {
    say("kill -9 in the middle of 1,000 calls");
    findings.crash = await crash(plan.crashes, randomFrom(seed), say);
    goals.push(...crashGoals(findings.crash));
  }
  return findings;
}

function sayDisturbed(comparison: Comparison, say: Say): void {
  const disturbed = disturbedRounds(comparison);
  if (disturbed > 0)
    say(
      `  other programs took part in ${disturbed} of ${comparison.rounds.length} rounds: repeat on a quiet machine`,
    );
}

async function measureStart(rig: Rig, count: number, findings: Findings, say: Say): Promise<void> {
  say("start to ready");
  const bench = await startTimes(await rig.configureGateway("start"), count);
  const example = await startTimes(copyQuickstart(rig, "quickstart-start"), count);
  const text = (times: readonly number[]): string => times.map((ms) => Math.round(ms)).join(", ");
  say(`  bench configuration: ${text(bench)} ms`);
  say(`  quick start: ${text(example)} ms`);
  findings.startMs = { bench, quickstart: example };
  const seconds = example.map((ms) => ms / 1000);
  findings.goals.push({
    figure: "start to ready, quick start",
    unit: "s",
    ...spreadOf(seconds),
    must: 2,
    aim: 0.7,
  });
}

function sayLists({ allBytes, allTools, personas }: ToolLists, say: Say): void {
  say(`  all upstreams: ${allBytes} bytes, ${allTools} tools`);
  for (const { persona, bytes, tools } of personas) say(`  ${persona}: ${bytes} bytes, ${tools} tools`);
}

function sayStages({ totalUs, stages, functions }: CallBreakdown, say: Say): void {
  say(`  ${"stage".padEnd(46)} us/call   own code`);
  for (const { stage, allUs, ownUs } of stages)
    say(`  ${stage.padEnd(46)} ${allUs.toFixed(2).padStart(7)} ${ownUs.toFixed(2).padStart(10)}`);
  say(`  ${"sum (main thread, profiler on)".padEnd(46)} ${totalUs.toFixed(2).padStart(7)}`);
  say("  functions by self time");
  for (const { name, place, stage, selfUs } of functions)
    say(`  ${selfUs.toFixed(2).padStart(7)}  ${name}  ${place}  for: ${stage}`);
}

/** Mulberry32: enough to draw moments, and the same again from the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function commit(): string {
  const root = resolve(import.meta.dirname, "..");
  const git = (...args: string[]): string =>
    spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout ?? "";
  const head = git("rev-parse", "--short", "HEAD").trim();
  return head === "" ? "unknown" : head + (git("status", "--porcelain").trim() === "" ? "" : "-dirty");
}

async function main(): Promise<number> {
  const { values: options } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      seed: { type: "string" },
    },
  });
  const chosen = new Set(options.only?.split(",") ?? sections);
  const unknown = [...chosen].find((name) => !sections.includes(name as Section));
  const seed = options.seed === undefined ? randomInt(2 ** 32) : Number(options.seed);
  if (unknown !== undefined || !Number.isInteger(seed)) {
    console.error(`bench: --only takes ${sections.join(", ")}; --seed takes a whole number`);
    return 2;
  }
  const say: Say = options.json
    ? (line) => console.log(JSON.stringify({ progress: line }))
    : (line) => console.log(line);
  const machine = {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  say(`Node.js ${machine.node}, ${machine.cores} cores, ${machine.memoryGiB} GiB; seed ${seed}`);
  let findings: Findings;
  try {
    findings = await measure(options.quick ? quick : full, chosen, seed, say);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    if (!options.json) console.error(`bench: ${fault}`);
    else
      console.log(
        JSON.stringify({ command: "bench", commit: commit(), seed, ok: false, figures: { fault } }),
      );
    return 1;
  }
  const ok = findings.goals.every(holds);
  if (options.json)
    console.log(
      JSON.stringify({ command: "bench", commit: commit(), seed, ok, figures: { machine, ...findings } }),
    );
  else goalLines(findings.goals).forEach(say);
  return ok ? 0 : 1;
}

if (import.meta.main)
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  });
