/**
 * npm run load: real k6 against a gateway, one page of plots, and a status that says whether the thresholds held.
 *
 *   npm run load -- [SCRIPT ...] [--rate R] [--seconds S] [--target FILE] [--report FILE] [--json]
 *
 * SCRIPT: steady, ramp, reconnect, runaway, slowupstream, nodeloss, scaleout, sse, operators; all of them without one.
 * Without --target they go to three nodes of their own on this machine (loadstand.ts), of which nodeloss kills one and
 * scaleout starts one; with it to the gateway that FILE names (k6/gateway.ts), and those two events are the operator's.
 * sse is a driver of ours (ssedriver.ts): k6 reads a response whole and has no event streams.
 * Exit status: 0 every threshold held, 1 one did not or a script did not run, 2 misuse.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { runK6, type K6Run, type Threshold } from "./k6run.ts";
import { loadPage, type LoadMark, type LoadReport } from "./loadreport.ts";
import { startLoadStand, type LoadStand } from "./loadstand.ts";
import { runSse } from "./ssedriver.ts";

const titles = {
  steady: "Steady rate",
  ramp: "Ramp to four times the rate",
  reconnect: "Thundering reconnect over WebSocket",
  runaway: "A runaway agent among good ones",
  slowupstream: "A slow server beside a quick one",
  nodeloss: "A node is lost",
  scaleout: "A node joins",
  sse: "Steady rate over HTTP+SSE",
  operators: "Operators over gRPC, and an agent stopped amid calls",
} as const;
type Script = keyof typeof titles;
const scripts = Object.keys(titles) as Script[];
const usage = `usage: npm run load -- [${scripts.join("|")} ...] [--rate R] [--seconds S] [--target FILE] [--report FILE] [--json]`;

interface Options {
  readonly scripts: readonly Script[];
  readonly rate: number;
  readonly seconds: number;
  readonly target: string | undefined;
  readonly report: string;
  readonly json: boolean;
}

/** @throws Error that says what was wrong with the command line */
function readOptions(): Options {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rate: text, seconds: text, target: text, report: text, help: { type: "boolean", short: "h", default: false }, json: { type: "boolean", default: false } } }); // prettier-ignore
  const number = (name: "rate" | "seconds", fallback: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!(value >= 1)) throw new Error(`--${name} takes a number of 1 or more, not ${values[name]}`);
    return value;
  };
  if (values.help) throw new Error("load sends k6 at a gateway; docs/load.md tells of each script");
  if (values.target !== undefined && !existsSync(values.target))
    throw new Error(
      `--target ${values.target}: there is no such file; it takes the ready line of \`gatehouse start --json\``,
    );
  const strange = positionals.find((name) => !(name in titles));
  if (strange !== undefined) throw new Error(`there is no script ${strange}; known: ${scripts.join(", ")}`);
  return {
    scripts: positionals.length === 0 ? scripts : (positionals as Script[]),
    rate: number("rate", 100),
    seconds: number("seconds", 20),
    target: values.target === undefined ? undefined : resolve(values.target),
    report: resolve(values.report ?? "load-report.html"),
    json: values.json,
  };
}

/** What happens in the midst of a run at our own nodes; told with the second that it happened in. */
async function disturb(script: Script, stand: LoadStand, afterMs: number): Promise<LoadMark[]> {
  const { nodes } = stand;
  const last = nodes.all.at(-1);
  if (last === undefined || (script !== "nodeloss" && script !== "scaleout")) return [];
  await wait(afterMs);
  const second = Math.round(afterMs / 1_000);
  if (script === "nodeloss") {
    last.kill("SIGKILL");
    return [{ second, says: `kill -9 of ${last.name}` }];
  }
  await last.start();
  return [{ second, says: `${last.name} joins` }];
}

/** As many nodes up as the script begins with. */
async function prepare(script: Script, { nodes, settle }: LoadStand): Promise<void> {
  const last = nodes.all.at(-1);
  if (script === "scaleout") await last?.stop();
  for (const node of nodes.all)
    if (node.pid === undefined && !(script === "scaleout" && node === last)) await node.start();
  await settle();
}

async function run(script: Script, options: Options, stand: LoadStand | undefined): Promise<LoadReport> {
  if (stand !== undefined) await prepare(script, stand);
  const target = options.target ?? stand?.target() ?? "";
  const env: Record<string, string> = {
    GATEHOUSE_TARGET: target,
    RATE: String(options.rate),
    SECONDS: String(options.seconds),
    ...(stand === undefined ? {} : { GATEHOUSE_TOOL: "echo" }),
  };
  for (const name of [
    "GATEHOUSE_KEY",
    "GATEHOUSE_TOOL",
    "GATEHOUSE_ARGUMENTS",
    "P99_MS",
    "AGENTS",
    "RUNAWAY",
    "SLOW",
    "ASK_RATE",
    "KILL_MS",
  ]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  let marks: Promise<LoadMark[]> = Promise.resolve([]);
  const began = (): void => {
    if (stand !== undefined) marks = disturb(script, stand, (options.seconds * 1_000) / 3);
  };
  const found: K6Run = script === "sse" ? await runSse(env) : await runK6(script, env, began);
  return {
    ...found,
    title: titles[script],
    marks: await marks,
    settings: script === "reconnect" ? `${env["AGENTS"] ?? 100} agents, three waves` : `${options.rate} calls/s, ${options.seconds} s`, // prettier-ignore
  };
}

function sayThreshold({ metric, says, measured }: Threshold): string {
  return `${metric} ${says}${measured === undefined ? "" : ` (${Math.round(measured * 100) / 100})`}`;
}

function told({ title, thresholds, answered, p50Ms, p99Ms, endings, fault }: LoadReport): string {
  if (fault !== undefined) return `${title}: did not run\n${fault}`;
  const missed = thresholds.filter(({ isMet }) => !isMet).map(sayThreshold);
  return `${title}: ${missed.length === 0 ? "held" : `MISSED ${missed.join("; ")}`}. ${answered} answered, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms; ${JSON.stringify(endings)}`;
}

function commitOf(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "ignore"] }).toString().trim(); // prettier-ignore
  } catch {
    return "unknown";
  }
}

async function main(options: Options): Promise<void> {
  const stand = options.target === undefined ? await startLoadStand(() => undefined) : undefined;
  const reports: LoadReport[] = [];
  try {
    for (const script of options.scripts) {
      const report = await run(script, options, stand);
      reports.push(report);
      process.stderr.write(`${told(report)}\n`);
    }
  } finally {
    await stand?.stop();
  }
  const about = `commit ${commitOf()}, ${new Date().toISOString().slice(0, 16)}Z, ${availableParallelism()} cores, ${stand === undefined ? `the gateway of ${options.target}` : "three nodes and one NATS server on this machine, and k6 beside them"}`;
  writeFileSync(options.report, loadPage(reports, about));
  const ok = reports.every(({ fault, thresholds }) => fault === undefined && thresholds.every(({ isMet }) => isMet)); // prettier-ignore
  if (options.json) {
    const figures = reports.map(({ script, answered, p50Ms, p99Ms, endings, thresholds }) => ({ script, answered, p50Ms, p99Ms, endings, missed: thresholds.filter(({ isMet }) => !isMet).map(sayThreshold), held: thresholds.filter(({ isMet }) => isMet).map(sayThreshold) })); // prettier-ignore
    console.log(JSON.stringify({ command: "load", commit: commitOf(), ok, figures }));
  } else console.log(`the page: ${options.report}`);
  process.exitCode = ok ? 0 : 1;
}

function optionsOrUsage(): Options | undefined {
  try {
    return readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return undefined;
  }
}

const options = optionsOrUsage();
if (options === undefined) process.exitCode = 2;
else await main(options);
