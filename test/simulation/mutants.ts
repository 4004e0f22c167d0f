/**
 * Planted bugs: each file of mutants/ takes one fence out of a shipped file. They are applied to a copy of the floors,
 * never to the checkout, and the simulation must notice each of them within the seeds it names.
 *
 * A patch is lines `name: value` (fence, claim; seeds, within so many it must be noticed; faults when it shows only under
 * some; story, when a scenario tells it sooner), then pairs of a text that stands exactly once in a file (after `<<< file`)
 * and what takes its place (after `===`), closed by `>>>`. One whose text is not there any more is an error: a fence may
 * have moved, and nobody would see that it is not tested.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { inOrder } from "./jobs.ts";

const root = resolve(import.meta.dirname, "..", "..");
const folder = join(import.meta.dirname, "mutants");
const floors = ["protocol", "actors", "cluster", join("test", "simulation"), "package.json", "tsconfig.json"];
const firstSeed = 1;
const runMsMax = 10 * 60_000;

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  /** Which fence of docs/adr/0007 it takes away. */
  readonly fence: string;
  readonly claim: string;
  /** Within how many it must be noticed. */
  readonly seeds: number;
  /** Name of the scenario that tells it; else none in particular. */
  readonly story: string;
  /** The faults under which it shows; else each seed draws its own. */
  readonly faults: string;
  readonly changes: readonly Change[];
}

export interface MutantOutcome {
  readonly name: string;
  readonly fence: string;
  readonly firstSeed: number;
  readonly isKilled: boolean;
  /** How many seeds it took. */
  readonly seeds: number;
  readonly noticed: string;
}

export function mutantNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".mutant"))
    .map((name) => name.slice(0, -".mutant".length))
    .sort();
}

export function readMutant(name: string): Mutant {
  const text = readFileSync(join(folder, `${name}.mutant`), "utf8");
  const field = (key: string): string => new Map(text.split("\n").map((line) => [line.split(": ")[0], line])).get(key)?.slice(key.length + 2) ?? ""; // prettier-ignore
  const changes = [...text.matchAll(/^<<< (\S+)\n([\s\S]*?)\n===\n([\s\S]*?)\n?>>>$/gm)].map(
    ([, file = "", from = "", to = ""]) => ({ file, from, to }),
  );
  return {
    name,
    fence: field("fence"),
    claim: field("claim"),
    seeds: Number(field("seeds")),
    faults: field("faults"),
    story: field("story"),
    changes,
  };
}

/** @throws Error when the text to be replaced does not stand exactly once */
export function applied({ file, from, to }: Change, source: string): string {
  if (source.split(from).length !== 2) throw new Error(`this does not stand once in ${file}:\n${from}`);
  return source.replace(from, () => to);
}

/** A copy of the floors with something changed in it. Who asks for it removes it. */
export function plantedCopy(changes: readonly Change[]): string {
  const copy = mkdtempSync(join(tmpdir(), "gatehouse-mutant-"));
  try {
    for (const floor of floors) cpSync(join(root, floor), join(copy, floor), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const change of changes) {
      const file = join(copy, change.file);
      writeFileSync(file, applied(change, readFileSync(file, "utf8")));
    }
    return copy;
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw error;
  }
}

export async function runMutant(name: string, seeds?: number): Promise<MutantOutcome> {
  const mutant = readMutant(name);
  if (mutant.changes.length === 0) throw new Error(`${name} changes nothing`);
  const copy = plantedCopy(mutant.changes);
  try {
    const base = { name, fence: mutant.fence, firstSeed, seeds: 0 };
    const { story } = mutant;
    // All of them take less than one seed.
    const only = story === "" ? [] : ["--story", story];
    const told = await runIn(copy, ["--seed", String(firstSeed), "--scenarios", "--first", ...only]);
    if (!told.ok) return { ...base, isKilled: true, noticed: `scenario: ${told.violation}` };
    const tried = seeds ?? mutant.seeds;
    const faults = mutant.faults === "" ? [] : ["--faults", mutant.faults];
    const drawn = await runIn(copy, ["--seed", String(firstSeed), "--seeds", String(tried), "--first", ...faults]); // prettier-ignore
    return {
      ...base,
      isKilled: !drawn.ok,
      seeds: drawn.ok ? tried : (drawn.figures.clean ?? 0) + 1,
      noticed: drawn.violation,
    };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

interface Run {
  readonly ok: boolean;
  readonly figures: { readonly clean?: number };
  readonly violation: string;
}

async function runIn(copy: string, args: readonly string[]): Promise<Run> {
  const program = join(copy, "test", "simulation", "run.ts");
  const child = spawn(process.execPath, [program, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runMsMax,
  });
  // A parent that is ended takes it along: nobody would read what it says.
  const end = (): void => void child.kill();
  process.once("exit", end);
  const [status, stdout, stderr] = await Promise.all([
    new Promise<number | NodeJS.Signals | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", (code, signal) => done(code ?? signal));
    }),
    text(child.stdout),
    text(child.stderr),
  ]);
  process.removeListener("exit", end);
  if (status !== 0 && status !== 1) throw new Error(`it did not run (${status}): ${stderr}`);
  const lines = stdout.trim().split("\n");
  const last = JSON.parse(lines.at(-1) ?? "") as Omit<Run, "violation">;
  const found = JSON.parse(lines.at(-2) ?? "{}") as { violations?: string[] };
  return { ...last, violation: found.violations?.[0] ?? "" };
}

/** One that could not be run was not noticed, and does not keep the others from being run. */
async function attempt(name: string): Promise<MutantOutcome & { readonly seconds: number }> {
  const began = performance.now();
  const outcome = await runMutant(name).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, fence: "", firstSeed, isKilled: false, seeds: 0, noticed: `did not run: ${reason}` };
  });
  return { ...outcome, seconds: Math.round((performance.now() - began) / 1_000) };
}

/** Runs some, or all, so many at a time, and says of each in their order what became of it. */
export async function runMutants(
  names: readonly string[],
  jobs: number,
  say: (line: string) => void,
): Promise<MutantOutcome[]> {
  const outcomes: MutantOutcome[] = [];
  const ended = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, ended);
  for await (const [, { seconds, ...outcome }] of inOrder(
    names.length === 0 ? mutantNames() : names,
    jobs,
    attempt,
  )) {
    outcomes.push(outcome);
    const { name, fence, isKilled, seeds, noticed } = outcome;
    say(
      `${isKilled ? "noticed  " : "UNNOTICED"}  ${name.padEnd(32)} ${fence.padEnd(5)} ${String(seeds).padStart(3)} seeds ${String(seconds).padStart(3)} s  ${noticed.split("\n")[0] ?? ""}`,
    );
  }
  say(`${outcomes.filter(({ isKilled }) => isKilled).length} of ${outcomes.length} planted bugs noticed`);
  return outcomes;
}
