/**
 * npm run bench: every figure of the gateway that is promised, measured from outside on the code that ships.
 *
 *   npm run bench                       about seven minutes; prints what RESULTS.md holds
 *   npm run bench -- --quick            fewer and shorter runs, two minutes: for a look, not for a promise
 *   npm run bench -- --json             JSON lines; the last is {"command","commit","seed","ok","figures"}
 *   npm run bench -- --only crash,start one or more of: throughput, latency, stages, start, lists, crash
 *   npm run bench -- --write            puts the figures into RESULTS.md
 *
 * Exit status: 0 all assertions hold and every "must" is met, 1 one is not, 2 misuse. Method: RESULTS.md.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findCores } from "./children.ts";
import { find, full, quick, sections } from "./findings.ts";
import type { Section } from "./findings.ts";
import { holds } from "./goals.ts";
import { report } from "./report.ts";
import type { Context } from "./report.ts";

const results = join(import.meta.dirname, "RESULTS.md");
const figuresBegin = "<!-- figures: written by `npm run bench -- --write` -->\n";
const figuresEnd = "\n<!-- end of figures -->";

interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly write: boolean;
  readonly chosen: ReadonlySet<Section>;
  readonly seed: number;
}

/** @throws Error that says what was wrong with the command line */
function readOptions(): Options {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: { json: flag, quick: flag, write: flag, only: { type: "string" }, seed: { type: "string" } },
  });
  const chosen = new Set<Section>();
  for (const name of values.only?.split(",") ?? sections) {
    const section = sections.find((one) => one === name);
    if (section === undefined) throw new Error(`--only takes ${sections.join(", ")}; not ${name}`);
    chosen.add(section);
  }
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
  if (!Number.isInteger(seed)) throw new Error("--seed takes a whole number");
  return { json: values.json, quick: values.quick, write: values.write, chosen, seed };
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
  if (head === "") return "unknown";
  return git("status", "--porcelain").trim() === "" ? head : `${head} with changes`;
}

function contextOf(seed: number): Context {
  return {
    commit: commit(),
    seed,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    isPinned: findCores() !== undefined,
    date: new Date().toISOString().slice(0, 10),
  };
}

function writeResults(text: string): void {
  const page = readFileSync(results, "utf8");
  const from = page.indexOf(figuresBegin);
  const to = page.indexOf(figuresEnd);
  if (from < 0 || to < from) throw new Error(`${results} has lost the marks between which the figures stand`);
  writeFileSync(results, page.slice(0, from + figuresBegin.length) + text + page.slice(to));
}

async function bench(options: Options): Promise<number> {
  const { json, seed, chosen } = options;
  const say = (line: string): void => console.log(json ? JSON.stringify({ progress: line }) : line);
  const context = contextOf(seed);
  const conclude = (ok: boolean, figures: object): number => {
    if (json) console.log(JSON.stringify({ command: "bench", commit: context.commit, seed, ok, figures }));
    return ok ? 0 : 1;
  };
  try {
    const found = await find(options.quick ? quick : full, chosen, randomFrom(seed), say);
    const text = report(found, context);
    if (!json) console.log(`\n${text}`);
    if (options.write) writeResults(text);
    return conclude(found.goals.every(holds), { ...context, ...found });
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    if (!json) console.error(`bench: ${fault}`);
    return conclude(false, { fault });
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await bench(readOptions());
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}
