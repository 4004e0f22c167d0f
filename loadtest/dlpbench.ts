/**
 * The scan engine by itself: `npm run bench:dlp [-- --seed N] [--mb N] [--only PART]`. All in one run, so that ratios mean something.
 *
 *   speed        all types over mixed tool answers (toolcorpus.ts), against the same patterns as separate expressions
 *   threads      two scanning threads against one: work done by second, and by processor second of the process
 *   adversarial  100 KB of each of many hostile texts, the worst (hostiletexts.ts)
 *   road         throughput of the road with the search on, both directions, against off (dlproad.ts)
 *   clean        findings per MB in answers that hold nothing of anybody
 *
 * B1. Speed is characters by processor time of this thread, the median of several rounds.
 */
import { road } from "./dlproad.ts";
import { hostile } from "./hostiletexts.ts";
import { makeCorpus, type Dice } from "./toolcorpus.ts";
import { availableParallelism } from "node:os";
import type { Scanner } from "../actors/dlp/scanner.ts";
import { ScanPool } from "../node/dlp/pool.ts";
import { builtinScanner } from "../node/dlp/scanning.ts";

const rounds = 5;
/** The slow side is measured on each n-th document: the whole would take minutes. */
const slowShare = 8;
const cut = 3;

interface Figures {
  readonly [name: string]: number | string;
}

/** Processor time of the process in ms; the slow side and the engine both run on this thread alone. */
function spent(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function chars(documents: readonly string[]): number {
  return documents.reduce((total, { length }) => total + length, 0);
}

/** Values of the kinds that are looked for, made here. */
function plant(dice: Dice): string {
  return dice.pick([
    () => `card 4${dice.digits(15)}`,
    () => `ssn ${dice.digits(3)}-${dice.digits(2)}-${dice.digits(4)}`,
    () => `mail ${dice.chars("abcdefgh", 8)}@${dice.chars("mnop", 6)}.com`,
    () => `ghp_${dice.chars("ABCDEFabcdef0123456789", 36)}`,
    () => `password: ${dice.chars("ABCDEFabcdef0123456789", 14)}`,
    () => `phone +49 30 ${dice.digits(8)}`,
  ])();
}

function speed(scanner: Scanner, documents: readonly string[]): Figures {
  const values = documents.map((text) => JSON.parse(text) as unknown);
  const some = documents.filter((_, at) => at % slowShare === 0);
  const patterns = scanner.plan.detectors.map(({ pattern, flags }) => new RegExp(pattern, `g${flags}`));
  const all: { text: number[]; value: number[]; slow: number[] } = { text: [], value: [], slow: [] };
  for (let round = 0; round < rounds; round++) {
    all.text.push(
      chars(documents) / 1_000 / spent(() => documents.forEach((text) => scanner.scanText(text))),
    );
    all.value.push(chars(documents) / 1_000 / spent(() => values.forEach((value) => scanner.scanValue(value)))); // prettier-ignore
    if (round < 3) all.slow.push(chars(some) / 1_000 / spent(() => some.forEach((text) => patterns.forEach((pattern) => [...text.matchAll(pattern)])))); // prettier-ignore
  }
  const [text, value, slow] = [median(all.text), median(all.value), median(all.slow)];
  const unfinished = documents.filter((document) => scanner.scanText(document).exceeded !== undefined).length;
  return {
    megabytes: round2(chars(documents) / 1e6),
    textMBps: round2(text),
    valueMBps: round2(value),
    separateMBps: round2(slow),
    textRatio: round2(text / slow),
    valueRatio: round2(value / slow),
    unfinished,
  };
}

/** MB by second and by processor second, with so many threads. */
async function threaded(
  threads: number,
  values: readonly unknown[],
  size: number,
): Promise<{ wall: number; processor: number }> {
  // prettier-ignore
  const pool = new ScanPool({ threads, waitingMax: values.length });
  const all = (): Promise<unknown> => Promise.all(values.map((value, at) => new Promise((resolve) => pool.scan(String(at % 8), { value }, 1_000_000, resolve)))); // prettier-ignore
  await all();
  const [began, before] = [performance.now(), process.cpuUsage()];
  await all();
  const { user, system } = process.cpuUsage(before);
  const wall = performance.now() - began;
  await pool.close();
  return { wall: size / 1_000 / wall, processor: size / (user + system) };
}

async function threads(documents: readonly string[]): Promise<Figures> {
  const values = documents.map((text) => JSON.parse(text) as unknown);
  const one = await threaded(1, values, chars(documents));
  const two = await threaded(2, values, chars(documents));
  return {
    oneMBps: round2(one.wall),
    twoMBps: round2(two.wall),
    wallRatio: round2(two.wall / one.wall),
    oneMBpsByProcessor: round2(one.processor),
    twoMBpsByProcessor: round2(two.processor),
    ratioByProcessor: round2((2 * two.processor) / one.processor),
  };
}

function clean(scanner: Scanner, documents: readonly string[]): Figures {
  const types = new Map<string, number>();
  for (const text of documents)
    for (const { type, likelihood } of scanner.scanValue(JSON.parse(text)).findings)
      if (likelihood >= cut) types.set(type, (types.get(type) ?? 0) + 1);
  const total = [...types.values()].reduce((sum, each) => sum + each, 0);
  const worst = [...types].toSorted((a, b) => b[1] - a[1]).slice(0, 8);
  return {
    findings: total,
    perMB: round2((total * 1e6) / chars(documents)),
    types: worst.map((each) => each.join(" ")).join(", "),
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function say(name: string, figures: Figures): void {
  console.log(`${name}: ${Object.entries(figures).map(([key, value]) => `${key} ${value}`).join(", ")}`); // prettier-ignore
}

async function main(argv: readonly string[]): Promise<void> {
  const value = (name: string, other: number): number => (argv.includes(name) ? Number(argv[argv.indexOf(name) + 1]) : other); // prettier-ignore
  const seed = value("--seed", 7);
  const size = value("--mb", 10) * 1_000_000;
  const only = argv.includes("--only") ? argv[argv.indexOf("--only") + 1] : undefined;
  const has = (part: string): boolean => (only ?? part) === part;
  const scanner = builtinScanner();
  say("run", { seed, types: scanner.plan.detectors.length, node: process.versions.node, cores: availableParallelism() }); // prettier-ignore
  if (has("speed")) say("speed", speed(scanner, makeCorpus(seed, size, plant)));
  if (has("threads")) say("threads", await threads(makeCorpus(seed, size / 2)));
  if (has("adversarial")) say("adversarial, 100 KB", await hostile(scanner));
  if (has("road")) say("road, 1 KB bodies", await road());
  if (has("clean")) say(`clean, likelihood >= ${cut}`, clean(scanner, makeCorpus(seed + 1, size)));
}

await main(process.argv.slice(2));
