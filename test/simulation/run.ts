// The cluster under virtual time, with faults drawn from a seed.
//
//   npm run simulate -- [--seed N] [--seeds K] [--nodes N] [--minutes M] [--faults A,B] [--twice]
//                       [--jobs J|auto] [--json]
//   npm run simulate -- --takeover [--seed N] [--seeds K] [--json]
//   npm run simulate -- --scenarios [--seed N] [--json]
//   npm run simulate:scale -- [--nodes N] [--sessions S] [--active A] [--minutes M] [--kills K] [--seed N] [--json]
//   npm run simulate -- --mutants [NAME...] [--jobs J|auto] [--json]
//
// --twice runs each seed a second time and compares fingerprints. --mutants plants one bug after the other in a copy of
// the shipped files, and each must be noticed. --jobs spreads seeds or bugs over so many child processes: the output is in
// the same order, and of what dies in one the seed is named. The last line is JSON {command, commit, seed, ok, figures} with --json.
// Exit status: 0 ok, 1 a finding, 2 misuse.
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { faultNames } from "./faults.ts";
import type { FaultName } from "./faults.ts";
import { serve } from "./jobs.ts";
import { runMutants } from "./mutants.ts";
import { play, scenarios } from "./scenarios.ts";
import { scaleDefaults, simulateScale } from "./scale.ts";
import { runSeed, runSeeds, Sums } from "./seeds.ts";
import type { SeedRun } from "./seeds.ts";
import { measureTakeovers } from "./takeover.ts";
import { simulationDefaults } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1" },
    nodes: { type: "string" },
    minutes: { type: "string" },
    shards: { type: "string" },
    /** Of --scale. */
    sessions: { type: "string" },
    active: { type: "string" },
    kills: { type: "string" },
    scale: { type: "boolean", default: false },
    twice: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    faults: { type: "string" },
    scenarios: { type: "boolean", default: false },
    /** Of --scenarios: only the one of this name. */
    story: { type: "string" },
    takeover: { type: "boolean", default: false },
    /** Ends at the first seed with a violation. */
    first: { type: "boolean", default: false },
    jobs: { type: "string", default: "1" },
    /** A child of --jobs: it is told its seeds by its parent. */
    child: { type: "boolean", default: false },
  },
});

type Sized = "seed" | "seeds" | "nodes" | "minutes" | "shards" | "sessions" | "active" | "kills" | "jobs";

function number(name: Sized, min: number, max: number, otherwise?: number): number {
  const read = values[name] === undefined ? (otherwise ?? Number.NaN) : Number(values[name]);
  if (read >= min && read <= max && (name === "minutes" || Number.isSafeInteger(read))) return read;
  process.stderr.write(`--${name} must be a number from ${min} to ${max}\n`);
  process.exit(2);
}

function say(text: string): void {
  if (!values.json) process.stdout.write(`${text}\n`);
}

function commit(): string {
  try {
    const git = ["rev-parse", "--short", "HEAD"];
    return execFileSync("git", git, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

function finish(
  command: string,
  seed: number,
  ok: boolean,
  figures: { readonly [name: string]: number | string },
): void {
  if (values.json)
    process.stdout.write(`${JSON.stringify({ command, commit: commit(), seed, ok, figures })}\n`);
  process.exitCode = ok ? 0 : 1;
}

function report(outcome: Outcome): void {
  const { seed, violations, fingerprint, events, ms, faults, figures } = outcome;
  const verdict = violations.length === 0 ? "clean" : "VIOLATED";
  const rate = Math.round((events / ms) * 1_000);
  say(
    `seed ${seed}  ${fingerprint}  ${verdict}  ${events} events, ${rate}/s  ${JSON.stringify({ ...figures, faults })}`,
  );
  for (const violation of violations) say(`    ${violation}`);
  if (values.json)
    process.stdout.write(`${JSON.stringify({ seed, fingerprint, violations, events, faults, figures })}\n`);
}

async function sumSeeds(run: SeedRun): Promise<void> {
  const { first, jobs } = run;
  const sums = new Sums();
  const began = performance.now();
  for await (const [task, attempt] of runSeeds(run)) {
    sums.add(task, attempt);
    const { seed } = task;
    if (attempt.kind === "failed") {
      say(`seed ${seed}  CRASHED  ${attempt.reason}`);
      if (values.json)
        process.stdout.write(`${JSON.stringify({ seed, violations: [`crashed: ${attempt.reason}`] })}\n`);
    } else {
      const { outcome, again } = attempt.result;
      report(outcome);
      if (again !== undefined && again.fingerprint !== outcome.fingerprint)
        say(`    seed ${seed} gave another fingerprint the second time`);
    }
    if (values.first && !sums.isOk) break;
  }
  const figures = sums.figures(performance.now() - began);
  const { clean, violated, crashed, events, fingerprint } = figures;
  const { eventsPerCpuSecond, eventsPerThreadSecond, eventsPerSecond } = figures;
  const { cpuSeconds, threadSeconds, clockSeconds } = figures;
  say(
    `${clean} seeds clean, ${violated} violated, ${crashed} crashed; ${events} events, ${eventsPerCpuSecond} each second of the processor (${cpuSeconds} s), ${eventsPerThreadSecond} of its thread alone (${threadSeconds} s), ${eventsPerSecond} of the clock (${clockSeconds} s); fingerprint ${fingerprint}`,
  );
  if (!sums.isOk) say(`look at seeds ${sums.bad.join(" ")}`);
  finish("simulate", first.seed, sums.isOk, { ...figures, jobs, bad: sums.bad.join(" ") });
}

function onlyFaults(): { faults?: FaultName[] } {
  if (values.faults === undefined) return {};
  const chosen = values.faults.split(",");
  const known = faultNames.filter((name) => chosen.includes(name));
  if (known.length === chosen.length) return { faults: known };
  process.stderr.write(`--faults must be some of ${faultNames.join(",")}\n`);
  process.exit(2);
}

/** Each story under three seeds. */
function playScenarios(firstSeed: number): string[] {
  const failed: string[] = [];
  const told = scenarios.filter(({ name }) => values.story === undefined || name === values.story);
  if (told.length === 0) throw new Error(`there is no story "${values.story ?? ""}"`);
  for (const scenario of told)
    for (let seed = firstSeed; seed < firstSeed + 3; seed++) {
      const violations = play(scenario, seed);
      if (violations.length === 0) continue;
      failed.push(`${scenario.name}: ${violations[0] ?? ""}`);
      say(`seed ${seed}  VIOLATED  ${scenario.name}`);
      for (const violation of violations) say(`    ${violation}`);
      if (values.first) return failed;
      break;
    }
  return failed;
}

/** Beyond the machine's cores more jobs are only slower. */
const jobs = values.jobs === "auto" ? availableParallelism() : number("jobs", 1, 256);
const seed = values.seed === undefined ? randomInt(1, 2 ** 31 - 1) : number("seed", 1, 2 ** 31 - 1);
if (values.child) serve(runSeed);
else if (values.mutants) {
  const outcomes = await runMutants(positionals, jobs, say);
  if (values.json) for (const outcome of outcomes) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  const noticed = outcomes.filter(({ isKilled }) => isKilled).length;
  finish("simulate --mutants", outcomes[0]?.firstSeed ?? 1, noticed === outcomes.length, {
    mutants: outcomes.length,
    noticed,
  });
} else if (values.takeover) {
  const rows = measureTakeovers(seed, number("seeds", 1, 1_000));
  for (const { fault, shards, p50Ms, p99Ms, maxMs, lost } of rows)
    say(
      `${fault.padEnd(32)} ${shards} shards  p50 ${p50Ms} ms  p99 ${p99Ms} ms  max ${maxMs} ms  lost ${lost}`,
    );
  if (values.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  finish(
    "simulate --takeover",
    seed,
    rows.every(({ lost }) => lost === 0),
    { faults: rows.length },
  );
} else if (values.scale) {
  const sizes = {
    nodes: number("nodes", 3, 2_000, scaleDefaults.nodes),
    shards: number("shards", 64, 8_192, scaleDefaults.shards),
    sessions: number("sessions", 1, 10_000_000, scaleDefaults.sessions),
    active: number("active", 1, 1_000_000, scaleDefaults.active),
    minutes: number("minutes", 0.1, 60, scaleDefaults.minutes),
    kills: number("kills", 0, 100, scaleDefaults.kills),
  };
  const { violations, fingerprint, figures } = simulateScale({ seed, ...sizes }, say);
  for (const violation of violations) say(`VIOLATED ${violation}`);
  say(
    `seed ${seed}  ${fingerprint}  ${violations.length === 0 ? "clean" : "VIOLATED"}  ${JSON.stringify(figures)}`,
  );
  finish("simulate --scale", seed, violations.length === 0, { ...figures, fingerprint });
} else if (values.scenarios) {
  const failed = playScenarios(seed);
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, violations: failed })}\n`);
  say(`${scenarios.length - failed.length} of ${scenarios.length} scenarios hold`);
  finish("simulate --scenarios", seed, failed.length === 0, {
    scenarios: scenarios.length,
    failed: failed.length,
  });
} else {
  const sizes = {
    nodes: number("nodes", 1, 1_000, simulationDefaults.nodes),
    minutes: number("minutes", 0.1, 600, simulationDefaults.minutes),
    shards: number("shards", 1, 8_192, simulationDefaults.shards),
  };
  await sumSeeds({
    first: { ...simulationDefaults, ...sizes, ...onlyFaults(), seed, isTwice: values.twice },
    count: number("seeds", 1, 1_000_000),
    jobs,
    program: { file: import.meta.filename, args: ["--child"] },
  });
}
