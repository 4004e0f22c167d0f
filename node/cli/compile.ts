/**
 * `gatehouse role compile`: a mission in plain words to a deny-by-default role, with a reason for each grant (docs/missions.md).
 *
 * L1. With --tools --json standard output is the contract alone: for --mission one object, for --missions one a line with its
 *     id. The closing line of docs/cli.md then goes to standard error, so that a program reads one value.
 * L2. Without --tools the pinned definitions of the project are compiled against, and the answer is a role file to review.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { quote, sayFault, whyUnread } from "../catalogue/fault.ts";
import { isLoaded, loadCatalogue } from "../config.ts";
import { sequenceOf } from "../missions/budgets.ts";
import { aboutServers } from "../missions/about.ts";
import { compileMission } from "../missions/compile.ts";
import type { CompiledMission } from "../missions/compile.ts";
import { proposalLines } from "../missions/proposal.ts";
import { roleText } from "../missions/rolefile.ts";
import type { CatalogueTool } from "../missions/tool.ts";
import { pinnedTools, readToolsFile, toolsOf } from "../missions/toolsfile.ts";
import type { ToolsFile } from "../missions/toolsfile.ts";
import { projectRisks } from "../risk/projectrisks.ts";
import { byRisk } from "../risk/riskscore.ts";
import { foreign } from "./invocation.ts";
import type { CliIo } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import { askModel, proposing } from "./proposing.ts";
import { count } from "./table.ts";

const usage = "gatehouse role compile --mission FILE|- [--as NAME] [--propose URL --propose-model NAME [--propose-key env:NAME|file:PATH] [--propose-private CIDR]] | --mission FILE|- --tools TOOLS.json --catalogue KEY | --missions FILE.jsonl --tools TOOLS.json"; // prettier-ignore

export async function compileCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const given = new Arguments(argv, ["mission", "missions", "tools", "catalogue", "as", ...proposing], []);
  const [mission, missions, tools] = ["mission", "missions", "tools"].map((name) => given.value(name));
  if (given.rest.length > 0 || (mission === undefined) === (missions === undefined))
    throw new Misuse(`role compile takes one mission, or a file of missions. Usage: ${usage}`);
  if (tools === undefined) {
    if (mission === undefined) throw new Misuse(`--missions needs --tools. Usage: ${usage}`);
    return compileProject(mission, given, io);
  }
  if (given.value("propose") !== undefined)
    throw new Misuse("--propose is for a project: leave --tools away");
  const file = readTools(tools);
  // L1: the contract has no other line.
  const closing = { ...io, out: io.json ? io.err : io.out };
  if (missions !== undefined) return compileMany(missions, file, io, closing);
  const key = given.value("catalogue");
  if (key === undefined)
    throw new Misuse(`--tools needs --catalogue KEY, one of: ${Object.keys(file).join(", ")}`);
  const words = await readMissionText(mission ?? "-");
  const compiled = compileMission(words, catalogueOf(file, key));
  const sequence = sequenceOf(words, compiled.grants);
  if (io.json) io.out(JSON.stringify({ ...compiled, ...(sequence === undefined ? {} : { sequence }) }));
  else for (const line of [...spoken(compiled), ...(sequence?.reasons ?? []).map((reason) => `Sequence: ${reason}`)]) io.out(line); // prettier-ignore
  return finish(closing, "role compile", true, figuresOf([compiled]));
}

async function compileProject(mission: string, given: Arguments, io: CliIo): Promise<number> {
  const name = given.value("as") ?? basename(mission).replace(/\..*$/, "").toLowerCase();
  if (!isName(name)) throw new Misuse(`--as must be ${nameRule}`);
  const text = await readMissionText(mission);
  if (text.length > limits.missionCharsMax)
    throw new Misuse(
      `the mission has ${text.length} characters; ${limits.missionCharsMax} is the most that a role holds. Write what the agent is for, what it may and must not do`,
    );
  const catalogue = loadCatalogue(io.folder);
  if (!isLoaded(catalogue)) {
    for (const fault of catalogue)
      io.out(io.json ? JSON.stringify({ fault }) : io.spell(sayFault(fault, foreign(io.folder))));
    finish(io, "role compile", false, { problems: catalogue.length });
    return 2;
  }
  const tools = pinnedTools(catalogue.lock, Object.keys(catalogue.catalogue.servers));
  const compiled = compileMission(text, tools);
  const risks = new Map(projectRisks(catalogue).map((risk) => [`${risk.server}/${risk.tool}`, risk]));
  const asked = await askModel(given, text, tools, io);
  const lines = asked?.proposals === undefined ? [] : proposalLines(asked.proposals, asked.model);
  const role = [
    roleText(name, text, compiled, risks, aboutServers(tools)),
    ...lines.map((each) => `${each}\n`),
  ].join("");
  const scores = compiled.grants.flatMap(({ server, tool }) => risks.get(`${server}/${tool}`) ?? []).toSorted(byRisk); // prettier-ignore
  if (io.json)
    io.out(
      JSON.stringify({
        role: name,
        file: role,
        ...compiled,
        sequence: sequenceOf(text, compiled.grants),
        risks: scores,
      }),
    );
  else for (const line of role.trimEnd().split("\n")) io.out(line);
  // Who sends the role to a file sees nothing of it.
  if (!io.json && compiled.grants.length === 0)
    io.err(`Nothing is granted: ${count(compiled.questions.length, "question")}, ${count(compiled.idle.length, "line")} without a tool; all of it stands at the head of the role.`); // prettier-ignore
  if (asked?.fault !== undefined)
    io.err(`The model gave no proposal: ${asked.fault}. The role is what the rules compiled.`);
  return finish(io, "role compile", compiled.grants.length > 0 && asked?.fault === undefined, figuresOf([compiled])); // prettier-ignore
}

async function compileMany(path: string, file: ToolsFile, io: CliIo, closing: CliIo): Promise<number> {
  const all: CompiledMission[] = [];
  const lines = (await readText(path)).split("\n");
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const { id, tools, mission } = missionLine(line, `${path}, line ${at + 1}`);
    const compiled = compileMission(mission, catalogueOf(file, tools));
    all.push(compiled);
    io.out(io.json ? JSON.stringify({ id, ...compiled }) : [`${id}:`, ...spoken(compiled)].join("\n"));
  }
  return finish(closing, "role compile", true, figuresOf(all));
}

function missionLine(line: string, place: string): { id: string | number; tools: string; mission: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Misuse(`${place}: no JSON. Write one {"id","tools","mission"} on each line`);
  }
  const { id, tools, mission } = (value ?? {}) as { readonly [field: string]: unknown };
  if (
    (typeof id !== "string" && typeof id !== "number") ||
    typeof tools !== "string" ||
    typeof mission !== "string"
  )
    throw new Misuse(`${place}: {"id","tools","mission"} is wanted, each a text`);
  return { id, tools, mission };
}

function catalogueOf(file: ToolsFile, key: string): readonly CatalogueTool[] {
  if (!Object.hasOwn(file, key)) throw new Misuse(`the file has no catalogue ${quote(key)}; it has: ${Object.keys(file).join(", ")}`); // prettier-ignore
  return toolsOf(file, key);
}

function readTools(path: string): ToolsFile {
  const file = readToolsFile(readFile(path));
  if (typeof file === "string") throw new Misuse(`${quote(path)} is no file of tools: ${file}`);
  return file;
}

/** Without the mark that some editors put before UTF-8: it is no word of the mission, and would stand in the role. */
async function readMissionText(path: string): Promise<string> {
  return (await readText(path)).replace(/^\uFEFF/, "");
}

async function readText(path: string): Promise<string> {
  return path === "-" ? readAll(process.stdin) : readFile(path);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Misuse(`${quote(path)} ${whyUnread(error)}`);
  }
}

function figuresOf(all: readonly CompiledMission[]): { readonly [name: string]: number } {
  const sum = (size: (one: CompiledMission) => number): number =>
    all.reduce((total, one) => total + size(one), 0);
  return {
    missions: all.length,
    grants: sum(({ grants }) => grants.length),
    writes: sum(({ grants }) => grants.filter(({ effect }) => effect !== "read").length),
    refused: sum(({ refused }) => refused.length),
    questions: sum(({ questions }) => questions.length),
  };
}

function* spoken({ grants, refused, unmatched, idle, questions }: CompiledMission): Generator<string> {
  yield `${count(grants.length, "grant")}:`;
  for (const { tool, server, effect, reasons, approval } of grants)
    yield `  ${tool} (${server}, ${effect}${approval === undefined ? "" : ", asks a person"}): ${reasons.join("; ")}`;
  yield `${count(refused.length, "refusal")}:`;
  for (const { tool, server, why } of refused) yield `  ${tool} (${server}): ${why}`;
  const words = unmatched.filter((each) => !idle.includes(each));
  if (words.length > 0) yield `Words that matched nothing: ${words.join(", ")}`;
  for (const text of idle) yield `Allowed, and no tool was found for it: "${text}"`;
  for (const question of questions) yield `Question: ${question}`;
}
