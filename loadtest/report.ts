/** The findings as Markdown: what the bench prints, and what it puts into RESULTS.md. */
import type { Comparison, RunFigures } from "./comparison.ts";
import type { CrashFigures } from "./crash.ts";
import type { Findings, StartTimes } from "./findings.ts";
import { disturbedRounds, holds } from "./goals.ts";
import type { Goal } from "./goals.ts";
import type { Breakdown } from "./stages.ts";
import type { ToolLists } from "./startup.ts";

export interface Context {
  readonly commit: string;
  readonly seed: number;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly isPinned: boolean;
  /** YYYY-MM-DD. */
  readonly date: string;
}

const rowsShown = 20;

export function report(found: Findings, context: Context): string {
  const { commit, seed, cores, memoryGiB, node, isPinned, date } = context;
  const pinned = isPinned ? "proxy or gateway alone on one core" : "not pinned to cores";
  return [
    `${date}, commit ${commit}, Node.js ${node}, ${cores} cores, ${memoryGiB} GiB, ${pinned}, seed ${seed}.`,
    goalTable(found.goals),
    ...(found.throughput === undefined ? [] : [comparisonText("Throughput, raw rounds", found.throughput)]),
    ...(found.latency === undefined ? [] : [comparisonText("One connection, raw rounds", found.latency)]),
    ...(found.stages === undefined ? [] : [stagesText(found.stages)]),
    ...(found.start === undefined ? [] : [startText(found.start)]),
    ...(found.lists === undefined ? [] : [listsText(found.lists)]),
    ...(found.crash === undefined ? [] : [crashText(found.crash)]),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** As many digits as mean something. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const { figure, unit, measured, must, aim, atLeast, spread } = goal;
    const bound = (value: number | undefined): string =>
      value === undefined ? "" : `${atLeast === true ? ">=" : "<="} ${value}`;
    const range = spread === undefined ? "" : `${digits(spread[0])} to ${digits(spread[1])}`;
    return [figure, unit, bound(must), bound(aim), digits(measured) + (holds(goal) ? "" : " MISSED"), range];
  });
  return table(["figure", "unit", "must", "aim", "measured (median)", "min to max"], rows);
}

function comparisonText(title: string, comparison: Comparison): string {
  const { rounds, proven } = comparison;
  const rows = rounds.flatMap(({ bare, gateway, tuned }, at) => [
    runRow(at + 1, "bare", bare),
    runRow(at + 1, "gateway", gateway),
    runRow(at + 1, "tuned bare", tuned),
  ]);
  const head = ["round", "run", "calls/s", "p50 ms", "p99 ms", "CPU us/call", "its core %", "upstream us", "driver us", "others' cores"]; // prettier-ignore
  const disturbed = disturbedRounds(comparison);
  const warning =
    disturbed === 0 ? "" : ` **Other programs took part in ${disturbed} of ${rounds.length} rounds.**`;
  return [
    `### ${title}`,
    `${proven.answered} calls answered in the gateway's runs, ${proven.records} records (intent and outcome of each, paired, each with its turn), ${proven.refusals} refusals on record, chain verified after each run, resident ${Math.round(comparison.residentMiB)} MiB at the end.${warning}`,
    table(head, rows),
  ].join("\n\n");
}

function runRow(round: number, name: string, run: RunFigures): (string | number)[] {
  const { callsPerSecond, p50Ms, p99Ms, cpuUs, busy, upstreamUs, driverUs, others } = run;
  const whole = Math.round(callsPerSecond);
  return [round, name, whole, p50Ms.toFixed(3), p99Ms.toFixed(3), cpuUs.toFixed(1), Math.round(busy * 100), upstreamUs.toFixed(1), driverUs.toFixed(1), others.toFixed(2)]; // prettier-ignore
}

function stagesText({ totalUs, stages, functions, callers }: Breakdown): string {
  const us = (value: number): string => value.toFixed(2);
  return [
    "### CPU time of a call by stage",
    `Main thread with the profiler on: ${us(totalUs)} us per call in sum. The first column includes what Node.js does for the stage, the second is the stage's own code.`,
    table(
      ["stage", "us/call", "own code"],
      stages.map((row) => [row.stage, us(row.allUs), us(row.ownUs)]),
    ),
    "Functions with what Node.js does for them:",
    table(
      ["us/call", "own code", "function", "place"],
      callers.slice(0, rowsShown).map((row) => [us(row.allUs), us(row.ownUs), row.name, row.place]),
    ),
    "Functions by self time:",
    table(
      ["us/call", "function", "place", "works for"],
      functions.slice(0, rowsShown).map((row) => [us(row.selfUs), row.name, row.place, row.stage]),
    ),
  ].join("\n\n");
}

function startText({ bench, quickstart }: StartTimes): string {
  const text = (times: readonly number[]): string => times.map((ms) => Math.round(ms)).join(", ");
  return `### Start to ready\n\nBench configuration: ${text(bench)} ms. Quick start: ${text(quickstart)} ms.`;
}

function listsText({ allBytes, allTools, personas }: ToolLists): string {
  const rows = personas.map(({ persona, bytes, tools }) => [persona, tools, bytes, `${((1 - bytes / allBytes) * 100).toFixed(1)} %`]); // prettier-ignore
  return [
    "### tools/list in the quick start",
    table(["who", "tools", "bytes", "less"], [["all upstreams", allTools, allBytes, ""], ...rows]),
  ].join("\n\n");
}

function crashText({ rounds, unknown, open }: CrashFigures): string {
  const rows = rounds.map((one, at) => [at + 1, one.seen, one.answered, one.intents, one.unseen, one.withoutIntent, one.twice]); // prettier-ignore
  return [
    "### kill -9 in the middle of 1,000 calls",
    `The starts afterwards closed ${unknown} intents as "outcome unknown" and left ${open} open; the chain verified.`,
    table(
      [
        "round",
        "seen by the upstream",
        "answered",
        "intents",
        "intents not seen",
        "seen without intent",
        "seen twice",
      ],
      rows,
    ),
  ].join("\n\n");
}
