/**
 * Vectorscan beside our engine: `npm run bench:vectorscan [-- --seed N] [--mb N]`. The same patterns over the same texts in one
 * run, in turn, one core each, by processor time. For orientation: Vectorscan gives ends of all matches and no context,
 * check or likelihood; we give findings.
 *
 * V1. Nothing of the product rests on it: where the library or a compiler is not there, it says so and ends.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCorpus } from "./toolcorpus.ts";
import { builtinScanner } from "../node/dlp/scanning.ts";

const rounds = 5;
const warmRounds = 3;

const source = join(import.meta.dirname, "vectorscan.c");

/** Why it cannot be had here; undefined when `program` was made. */
function build(program: string): string | undefined {
  const made = spawnSync("cc", ["-O2", "-Wall", "-Wextra", "-o", program, source, "-lhs"], {
    encoding: "utf8",
  });
  if (made.error !== undefined)
    return `no C compiler: ${made.error.message}. Install one (Debian: gcc), then try again`;
  if (made.status === 0) return undefined;
  const isMissing = made.stderr.includes("hs/hs.h") || made.stderr.includes("-lhs");
  return isMissing
    ? "Vectorscan is not installed (Debian: libvectorscan-dev), so it is not measured"
    : made.stderr;
}

/** Each text behind its length in bytes. */
function packed(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** MB by second of processor time. */
function speed(texts: readonly string[], scan: (text: string) => unknown): string {
  const size = texts.reduce((total, { length }) => total + length, 0);
  const before = process.cpuUsage();
  for (const text of texts) scan(text);
  const { user, system } = process.cpuUsage(before);
  return (size / (user + system)).toFixed(2);
}

function main(argv: readonly string[]): void {
  const value = (name: string, other: number): number => (argv.includes(name) ? Number(argv[argv.indexOf(name) + 1]) : other); // prettier-ignore
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-vectorscan-"));
  try {
    const program = join(folder, "vectorscan");
    const why = build(program);
    if (why !== undefined) return console.log(why);
    const scanner = builtinScanner();
    const texts = makeCorpus(value("--seed", 7), value("--mb", 4) * 1_000_000);
    const patterns = scanner.plan.detectors.map(({ pattern, flags }) => `${flags === "i" ? "i" : "-"}\t${pattern}\n`); // prettier-ignore
    writeFileSync(join(folder, "patterns"), patterns.join(""));
    writeFileSync(join(folder, "texts"), packed(texts));
    for (let round = 0; round < warmRounds; round++) speed(texts, (text) => scanner.scanText(text));
    const half = (): string => spawnSync(program, [join(folder, "patterns"), join(folder, "texts"), String(rounds)], { encoding: "utf8" }).stdout.trim(); // prettier-ignore
    const own = (): string => Array.from({ length: rounds }, () => speed(texts, (text) => scanner.scanText(text))).join(" "); // prettier-ignore
    console.log(`ours: patterns ${patterns.length}, MBps ${own()}`);
    console.log(`Vectorscan: ${half()}`);
    console.log(`ours: patterns ${patterns.length}, MBps ${own()}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main(process.argv.slice(2));
