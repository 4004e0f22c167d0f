/**
 * Scores the mission compiler on recorded tasks: `npm run behaviour:evaluate [-- FOLDER] [--half tune|report|all] [--worst] [--compiler]
 * [--only cost]`.
 *
 * The tasks are not part of this repository. They are looked for where the argument, GATEHOUSE_BEHAVIOUR_DATA or
 * ../shared/data/behaviour says: `tools_dev.json` (catalogues) and `missions_agentdojo_dev.jsonl` (tasks with the calls they
 * need). Exit status 3: not there.
 *
 * V1. Half of the tasks, by a hash of suite and task, is to tune on; what is reported by default is the other one.
 * V2. A task counts when its needed calls are known and some of them are in its catalogue. Every figure has its n and bounds:
 *     Wilson's for shares, of the mean (normal) for counts per task; nothing seen in n is at most 3/n.
 * V3. With `--only cost` nothing is scored: what an answer and a call cost, in some seconds.
 * V4. With --worst the ids of tasks and the names of tools are printed, never the text of a task.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { effectOf } from "../node/missions/effect.ts";
import { compileMission } from "../node/missions/compile.ts";
import type { CatalogueTool } from "../node/missions/tool.ts";
import { readToolsFile, toolsOf } from "../node/missions/toolsfile.ts";
import type { ToolsFile } from "../node/missions/toolsfile.ts";
import { eighthMissions, eighthTools } from "./eighthpersonas.data.ts";
import { fifthMissions } from "./fifthpersonas.data.ts";
import { fourthMissions } from "./fourthpersonas.data.ts";
import { furtherMissions, furtherTools } from "./furtherpersonas.data.ts";
import { laterPersonaMissions } from "./laterpersonas.data.ts";
import { ninthMissions, ninthTools } from "./ninthpersonas.data.ts";
import { personaMissions } from "./personas.data.ts";
import type { PersonaMission } from "./personas.data.ts";
import { evaluateSequence, sayCostAlone } from "./sequenceevaluate.ts";
import { seventhMissions } from "./seventhpersonas.data.ts";
import { sixthMissions } from "./sixthpersonas.data.ts";
import { evaluateSlowHarvest } from "./slowharvest.ts";

const statusAbsent = 3;
const z = 1.96;
const catalogues = ["agentdojo/workspace", "agentdojo/banking", "tau2/airline", "tau2/retail"] as const;

interface Task {
  readonly suite: string;
  readonly task_id: string;
  readonly kind: string;
  readonly mission: string;
  readonly ground_truth_calls: readonly { readonly tool: string }[] | null;
}

/** One task or persona: what it needs, what it got, what it got wrongly. */
interface Row {
  readonly id: string;
  readonly needed: number;
  readonly missed: readonly string[];
  readonly neededWrites: number;
  readonly missedWrites: number;
  readonly wrong: readonly string[];
  /** Of a persona: writes of its own servers that it does not need, and tools that its mission forbids in words. */
  readonly beyond?: readonly string[];
  readonly forbidden?: { readonly all: number; readonly granted: readonly string[] };
}

function isTuning(id: string): boolean {
  return (createHash("sha256").update(id).digest()[0] ?? 0) % 2 === 0;
}

function scoreTask(task: Task, tools: readonly CatalogueTool[]): Row | undefined {
  const names = new Set(tools.map(({ name }) => name));
  const needed = [...new Set((task.ground_truth_calls ?? []).map(({ tool }) => tool))].filter((name) => names.has(name)); // prettier-ignore
  if (needed.length === 0) return undefined;
  const { grants } = compileMission(task.mission, tools);
  const granted = new Set(grants.map(({ tool }) => tool));
  const missed = needed.filter((name) => !granted.has(name));
  const isWrite = (name: string): boolean => !isRead(name, tools);
  return {
    id: `${task.suite}/${task.task_id}`,
    needed: needed.length,
    missed,
    neededWrites: needed.filter(isWrite).length,
    missedWrites: missed.filter(isWrite).length,
    wrong: grants
      .filter(({ tool, effect }) => effect !== "read" && !needed.includes(tool))
      .map(({ tool }) => tool),
  };
}

function isRead(name: string, tools: readonly CatalogueTool[]): boolean {
  return effects(tools).get(name) === "read";
}

const known = new Map<readonly CatalogueTool[], Map<string, string>>();

function effects(tools: readonly CatalogueTool[]): Map<string, string> {
  const found = known.get(tools) ?? new Map(tools.map((tool) => [tool.name, effectOf(tool).effect]));
  known.set(tools, found);
  return found;
}

function scorePersonas(
  file: ToolsFile,
  missions: readonly PersonaMission[],
  own: readonly CatalogueTool[] = [],
): readonly (Row & { readonly language: string })[] {
  const union = [...catalogues.flatMap((key) => toolsOf(file, key)), ...own];
  return missions.map(({ id, language, mission, needed, servers, forbidden }) => {
    const { grants } = compileMission(mission, union);
    const granted = new Set(grants.map(({ server, tool }) => `${server}:${tool}`));
    const writes = grants.filter(({ effect, server }) => effect !== "read" && servers.includes(server));
    return {
      id,
      language,
      needed: needed.length,
      missed: needed.filter((name) => !granted.has(name)),
      neededWrites: 0,
      missedWrites: 0,
      wrong: [...granted].filter((name) => !servers.some((server) => name.startsWith(`${server}:`))),
      beyond: writes.map(({ server, tool }) => `${server}:${tool}`).filter((name) => !needed.includes(name)),
      ...(forbidden === undefined ? {} : { forbidden: { all: forbidden.length, granted: forbidden.filter((name) => granted.has(name)) } }), // prettier-ignore
    };
  });
}

function wilson(part: number, all: number): string {
  if (all === 0) return "-";
  const share = part / all;
  const middle = (share + (z * z) / (2 * all)) / (1 + (z * z) / all);
  const half = (z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))) / (1 + (z * z) / all);
  return `${share.toFixed(3)} [${(middle - half).toFixed(3)}, ${Math.min(1, middle + half).toFixed(3)}] (${part}/${all})`;
}

function perRow(rows: readonly Row[]): string {
  const n = rows.length;
  const sum = rows.reduce((total, { wrong }) => total + wrong.length, 0);
  if (n < 2) return "-";
  if (sum === 0) return `0 [0, ${(3 / n).toFixed(3)}]`;
  const mean = sum / n;
  const variance = rows.reduce((total, { wrong }) => total + (wrong.length - mean) ** 2, 0) / (n - 1);
  const half = z * Math.sqrt(variance / n);
  return `${mean.toFixed(3)} [${Math.max(0, mean - half).toFixed(3)}, ${(mean + half).toFixed(3)}]`;
}

function say(title: string, rows: readonly Row[], wrongIs: string): void {
  const sum = (value: (row: Row) => number): number => rows.reduce((total, row) => total + value(row), 0);
  const needed = sum((row) => row.needed);
  const mean = sum((row) => 1 - row.missed.length / Math.max(1, row.needed)) / Math.max(1, rows.length);
  const whole = rows.filter(({ missed }) => missed.length === 0).length;
  console.log(`${title}: n = ${rows.length}`);
  console.log(
    `  recall, mean of rows: ${mean.toFixed(3)}; pooled: ${wilson(needed - sum(({ missed }) => missed.length), needed)}`,
  );
  const writes = sum((row) => row.neededWrites);
  if (writes > 0)
    console.log(`  recall of writes: ${wilson(writes - sum((row) => row.missedWrites), writes)}`);
  console.log(`  all needed tools: ${wilson(whole, rows.length)}`);
  console.log(`  ${wrongIs}: ${perRow(rows)}`);
  const beyond = sum((row) => row.beyond?.length ?? 0);
  const forbidden = sum((row) => row.forbidden?.all ?? 0);
  if (rows.some((row) => row.beyond !== undefined))
    console.log(`  writes of its own servers beyond what is needed: ${(beyond / Math.max(1, rows.length)).toFixed(3)} (${beyond})`); // prettier-ignore
  if (forbidden > 0)
    console.log(`  granted though forbidden in words: ${wilson(sum((row) => row.forbidden?.granted.length ?? 0), forbidden)}`); // prettier-ignore
}

function sayWorst(rows: readonly Row[]): void {
  for (const { id, missed, wrong, forbidden } of rows) {
    const granted = forbidden?.granted ?? [];
    if (missed.length + wrong.length + granted.length > 0)
      console.log(`    ${id}: missed ${missed.join(", ") || "none"}; wrong ${wrong.join(", ") || "none"}${granted.length > 0 ? `; forbidden ${granted.join(", ")}` : ""}`); // prettier-ignore
  }
}

const furtherSets = {
  third: furtherMissions,
  fourth: fourthMissions,
  fifth: fifthMissions,
  sixth: sixthMissions,
  seventh: seventhMissions,
  eighth: eighthMissions,
  ninth: ninthMissions,
} as const;

/** Of their report halves nobody looks at what they miss. */
const unseenSets: readonly (keyof typeof furtherSets)[] = ["eighth", "ninth"];

/** The servers of our own that there were when a set was written. */
function ownTools(set: keyof typeof furtherSets): ToolsFile {
  const later = set === "ninth" ? { ...eighthTools, ...ninthTools } : set === "eighth" ? eighthTools : {};
  const own = readToolsFile(JSON.stringify({ ...furtherTools, ...later }));
  if (typeof own === "string") throw new Error(own);
  return own;
}

/** The third set and those after it, over the recorded catalogues and servers of our own together. */
function sayFurther(file: ToolsFile, half: string, isWorst: boolean, set: keyof typeof furtherSets): void {
  const missions = furtherSets[set].filter((mission) => mission.half === half);
  if (missions.length === 0) return;
  const own = ownTools(set);
  const tools = Object.keys(own).flatMap((key) => toolsOf(own, key));
  const rows = scorePersonas(file, missions, tools);
  for (const language of new Set(rows.map((row) => row.language)))
    say(`personas, ${set} set, ${half} half, ${language}`, rows.filter((row) => row.language === language), "foreign tools per persona"); // prettier-ignore
  say(`personas, ${set} set, ${half} half`, rows, "foreign tools per persona");
  if (isWorst) sayWorst(rows);
}

function main(argv: readonly string[]): number {
  const half = argv.includes("--half") ? (argv[argv.indexOf("--half") + 1] ?? "report") : "report";
  const given = argv.filter(
    (word, at) => !word.startsWith("--") && argv[at - 1] !== "--half" && argv[at - 1] !== "--only",
  )[0];
  const folder = given ?? process.env["GATEHOUSE_BEHAVIOUR_DATA"] ?? "../shared/data/behaviour";
  const [toolsPath, tasksPath] = [
    join(folder, "tools_dev.json"),
    join(folder, "missions_agentdojo_dev.jsonl"),
  ];
  if (!existsSync(toolsPath) || !existsSync(tasksPath)) {
    console.log(
      `no tasks in ${folder}: name their folder, or set GATEHOUSE_BEHAVIOUR_DATA. Nothing was scored.`,
    );
    return statusAbsent;
  }
  if (argv[argv.indexOf("--only") + 1] === "cost" && argv.includes("--only")) {
    sayCostAlone(folder);
    return 0;
  }
  const file = readToolsFile(readFileSync(toolsPath, "utf8"));
  if (typeof file === "string") throw new Error(`${toolsPath}: ${file}`);
  const lines = readFileSync(tasksPath, "utf8").split("\n");
  const tasks = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Task);
  console.log(`mission compiler, tasks of the ${half} half`);
  const all: Row[] = [];
  for (const suite of ["workspace", "banking"]) {
    const tools = toolsOf(file, `agentdojo/${suite}`);
    const own = tasks.filter((task) => task.kind === "user" && task.suite === suite);
    const inHalf = own.filter(({ task_id: id }) => half === "all" || isTuning(`${suite}/${id}`) === (half === "tune")); // prettier-ignore
    const rows = inHalf.flatMap((task) => scoreTask(task, tools) ?? []);
    all.push(...rows);
    say(suite, rows, "wrongly granted writes per task");
    if (argv.includes("--worst")) sayWorst(rows);
  }
  say("both", all, "wrongly granted writes per task");
  const personas = scorePersonas(file, personaMissions);
  for (const language of new Set(personas.map((row) => row.language)))
    say(
      `personas, ${language}`,
      personas.filter((row) => row.language === language),
      "foreign tools per persona",
    );
  say("personas, all", personas, "foreign tools per persona");
  if (argv.includes("--worst")) sayWorst(personas);
  const later = scorePersonas(file, laterPersonaMissions);
  say("personas, second set", later, "foreign tools per persona");
  if (argv.includes("--worst")) sayWorst(later);
  for (const each of half === "all" ? (["tune", "report"] as const) : [half === "tune" ? "tune" : "report"])
    for (const set of ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"] as const)
      sayFurther(file, each, argv.includes("--worst") && (each === "tune" || !unseenSets.includes(set)), set);
  if (argv.includes("--compiler")) return 0;
  evaluateSequence(folder, file, half, isTuning, wilson);
  evaluateSlowHarvest((line) => console.log(line));
  return 0;
}

process.exitCode = main(process.argv.slice(2));
