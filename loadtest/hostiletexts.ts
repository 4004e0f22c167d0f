/**
 * Hostile texts, 100 KB each: what a scan takes for the worst of them. In this process once its code is compiled, and twice in a
 * thread that has just begun: as it comes, and warmed up as a node's scanning thread is (node/dlp/warmup.ts, on texts of its own).
 *
 * H1. A text's time is the median of three scans of it, one after the other, of the processor: of the whole process, what compiles and
 *     collects beside the thread included; and of the scanning thread alone, which is what others wait for.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { unpackPlan, type PackedPlan } from "../actors/dlp/packedplan.ts";
import { Scanner } from "../actors/dlp/scanner.ts";
import { dlpPorts, inflate } from "../node/dlp/ports.ts";
import { noDetectors, packedScanner } from "../node/dlp/scanning.ts";
import { warmUp } from "../node/dlp/warmup.ts";

const charsMax = 100 * 1024;

const seeds = [
  "a", "1", "A", "-", "1 ", "1-", "a@", "@", "a.", "1.", "eyJ", "token=", "password:", "curl -u", "0x", "+1 ", "http://a:",
  "name: A ", "-----BEGIN ", "a b c ", "1/", "A1 ", "0:", "::", "a@a.", "%41", "&#65;", "\\u0041", "\u200ba", "SK", "AC0", "eyJh.",
  "ssn 1", "passport A", "card 4111 ", "12345678-", "DE44 ", "ghp_", "key=\"", "secret", "4111 1111 1111 111", "2026-11-26T", "QUFB",
  "sk-", "://", "<<", "= ", "{\"a\":", "1 2 ", "AB12CD", "basic ", "machine ", "\\n", "\\\\", "x=1&", "aaaaaaa1", "Aa1", "12.34.",
  "xxxxxxxxxxxxxxxxxxxx_phg", "QUFBQUFBQUFBQUFBQUFB/+/+", "aaaaaaaaaaaaaaaa-", "GEZDGNBVGY3TQOJQ-", "GEZDGNBVGY3TQOJQ ", "GEZDGNBVGY3TQOJQGEZA-", "gezdgnbvgy3tqojqgezdgnbvge4q-", "1111111111111111AIKA ",
  `${"QUFB".repeat(19)}\n`, `${"QUFB".repeat(15)}/+/+\n`, `${"QUFB".repeat(19)}\\n`, `${"QUFB".repeat(15)}\n${"QUFB".repeat(3)}/+/\n`, `${"x".repeat(64)}\n`,
]; // prettier-ignore

interface Worst {
  readonly seed: string;
  readonly ms: number;
  readonly exceeded: string;
}

interface Measured {
  readonly process: Worst;
  readonly thread: Worst;
  readonly meanMs: number;
}

interface Given {
  readonly packed: PackedPlan;
  readonly isWarm: boolean;
}

/** @returns figures by name */
export async function hostile(scanner: Scanner): Promise<Readonly<Record<string, number | string>>> {
  const cold = await onThread(false);
  const warmed = await onThread(true);
  measure(scanner);
  const compiled = measure(scanner);
  return {
    seeds: seeds.length,
    worstMs: rounded(compiled.process.ms),
    worstSeed: JSON.stringify(compiled.process.seed),
    exceeded: compiled.process.exceeded,
    meanMs: rounded(compiled.meanMs),
    ...told("AtFirst", cold),
    ...told("WarmedUp", warmed),
  };
}

function told(name: string, { process: whole, thread }: Measured): Readonly<Record<string, number | string>> {
  return {
    [`worstMs${name}`]: rounded(whole.ms),
    [`worstSeed${name}`]: JSON.stringify(whole.seed),
    [`worstThreadMs${name}`]: rounded(thread.ms),
    [`worstThreadSeed${name}`]: JSON.stringify(thread.seed),
  };
}

function onThread(isWarm: boolean): Promise<Measured> {
  const given: Given = { packed: packedScanner(noDetectors), isWarm };
  const worker = new Worker(new URL(import.meta.url), { workerData: given });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function measure(scanner: Scanner): Measured {
  const none: Worst = { seed: "", ms: 0, exceeded: "" };
  let [whole, thread, sum] = [none, none, 0];
  for (const seed of seeds) {
    const text = seed.repeat(Math.ceil(charsMax / seed.length)).slice(0, charsMax);
    let exceeded = "";
    const runs = [1, 2, 3].map(() => {
      const [before, own] = [process.cpuUsage(), process.threadCpuUsage()];
      exceeded = scanner.scanText(text).exceeded?.budget ?? "";
      return { thread: inMs(process.threadCpuUsage(own)), process: inMs(process.cpuUsage(before)) };
    });
    const [ms, ownMs] = [median(runs.map((run) => run.process)), median(runs.map((run) => run.thread))];
    sum += ms;
    if (ms > whole.ms) whole = { seed, ms, exceeded };
    if (ownMs > thread.ms) thread = { seed, ms: ownMs, exceeded };
  }
  return { process: whole, thread, meanMs: sum / seeds.length };
}

function inMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

if (!isMainThread) {
  const { packed, isWarm } = workerData as Given;
  const scanner = new Scanner(unpackPlan(packed, dlpPorts), inflate);
  if (isWarm) for (const _ of warmUp(scanner));
  parentPort?.postMessage(measure(scanner));
}
