// The conformance suite, run in cells: {the fixture held to one era, or to none} x {requirement set}.
//
//   node test/conformance/run.ts [--json] [--only CELL[,CELL...]] [--direct | --cluster] [--results FOLDER]
//
// With --cluster three gateways stand there, behind a proxy that gives each request to the next one. Without --direct the gateway stands between suite and fixture, and every required scenario must pass in every cell,
// except those in expected/CELL.yml. With --direct there is no gateway: where fixture and set speak the same era
// every required scenario must pass, and where they do not, some must fail, or the era lock locks nothing.
// The last line is JSON {command, ok, figures}. Exit status: 0 ok, 1 a finding, 2 misuse.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { captureChild, startChild } from "./child.ts";
import { startEraLock } from "./eralock.ts";
import type { Upstream } from "./gateway.ts";
import { readExpected, readRequirements, readResults, score } from "./scores.ts";
import type { Fault, Score } from "./scores.ts";

const folder = import.meta.dirname;
const suite = join(folder, "node_modules", "@modelcontextprotocol", "conformance");
const fixture = join(folder, "fixture.ts");
const readyMs = 15_000;
const scenarioMs = 15_000; // the suite's own limit for one scenario
const suiteMs = 10 * 60_000;
const messageCharsMax = 160;

const revisions = ["2025-11-25", "2026-07-28"] as const;
type Revision = (typeof revisions)[number];
/** What the fixture is held to; "stdio" is the unlocked fixture as a child of the gateway. */
const locks = ["legacy", "modern", "none", "stdio"] as const;
type Lock = (typeof locks)[number];

interface Cell {
  readonly name: string;
  readonly lock: Lock;
  readonly revision: Revision;
}

interface Outcome {
  readonly cell: Cell;
  readonly score: Score;
  /** Whether the suite's exit status agrees with our reading of its results. */
  readonly agrees: boolean;
  readonly ok: boolean;
  readonly seconds: number;
}

type Mode = "direct" | "gateway" | "cluster";

/** Where the suite finds each lock's endpoint. */
interface Targets {
  url(lock: Lock): string;
  stop(): Promise<void>;
}

const allCells: readonly Cell[] = locks.flatMap((lock) =>
  revisions.map((revision) => ({ name: `${lock}-${revision.slice(0, 4)}`, lock, revision })),
);

function isAcrossEras({ lock, revision }: Cell): boolean {
  return (lock === "legacy" && revision === "2026-07-28") || (lock === "modern" && revision === "2025-11-25");
}

/** @param wanted which upstreams the gateway is given */
async function startTargets(mode: Mode, wanted: ReadonlySet<Lock>): Promise<Targets> {
  const child = await startChild("fixture", [fixture], { cwd: folder, readyMs });
  const url = new URL((child.ready as { url: string }).url);
  const legacy = await startEraLock("legacy", url);
  const modern = await startEraLock("modern", url);
  const urls = { legacy: legacy.origin + url.pathname, modern: modern.origin + url.pathname, none: url.href };
  const stop = async () => {
    await Promise.all([legacy.close(), modern.close()]);
    await child.stop();
  };
  if (mode === "direct") return { url: (lock) => (lock === "stdio" ? url.href : urls[lock]), stop };

  try {
    const { startGateway } = await import("./gateway.ts");
    const { startCluster } = await import("./cluster.ts");
    const upstreams: readonly (Upstream & { readonly name: Lock })[] = [
      { name: "legacy", url: urls.legacy },
      { name: "modern", url: urls.modern },
      { name: "none", url: urls.none },
      { name: "stdio", command: process.execPath, args: [fixture, "--stdio"] },
    ];
    const chosen = upstreams.filter(({ name }) => wanted.has(name));
    const gateway = await (mode === "cluster" ? startCluster(chosen) : startGateway(chosen));
    return {
      url: (lock) => gateway.url(lock),
      stop: async () => {
        await gateway.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runCell(cell: Cell, url: string, direct: boolean, results: string): Promise<Outcome> {
  const output = join(results, cell.name);
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const options = ["--requirements", cell.revision, "--output-dir", output, "--timeout", String(scenarioMs)];
  const started = performance.now();
  const { status } = await captureChild(
    [join(suite, "dist", "index.js"), "server", "--url", url, ...options],
    {
      cwd: output,
      limitMs: suiteMs,
      env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(join(folder, "loopback.ts")).href}` },
    },
  );
  const seconds = (performance.now() - started) / 1000;

  const expected = direct ? [] : readExpected(join(folder, "expected", `${cell.name}.yml`));
  const requirements = readRequirements(join(suite, "requirements", `${cell.revision}.yaml`));
  const result = score(requirements, readResults(output), expected);
  const clean = result.unexpected.length === 0 && result.stale.length === 0;
  const agrees = status === result.suiteStatus;
  return {
    cell,
    score: result,
    agrees,
    ok: agrees && (direct && isAcrossEras(cell) ? !clean : clean),
    seconds,
  };
}

function sentence(fault: Fault): string {
  const message = fault.message.trim().replace(/\s+/g, " ");
  const short = message.length > messageCharsMax ? `${message.slice(0, messageCharsMax)}...` : message;
  return `${fault.scenario}${fault.check === undefined ? "" : `:${fault.check}`}: ${short}`;
}

const ways: { readonly [Way in Mode]: string } = {
  direct: "direct: suite -> fixture",
  gateway: "suite -> gateway -> fixture",
  cluster: "suite -> proxy without affinity -> three gateways -> fixture",
};

function printTable(outcomes: readonly Outcome[], mode: Mode): void {
  const rows = outcomes.map(({ cell, score: each, ok, seconds }) => [
    cell.name,
    cell.revision,
    `${each.required.passed}/${each.required.total}`,
    String(each.expected.length),
    String(each.unexpected.length),
    String(each.stale.length),
    `${each.notScored.passed}/${each.notScored.total}`,
    `${each.checks.passed}/${each.checks.failed}`,
    String(each.checks.warnings),
    seconds.toFixed(1),
    ok ? "ok" : "FAILED",
  ]);
  const head = [
    "cell",
    "set",
    "required",
    "expected",
    "unexpected",
    "stale",
    "not scored",
    "checks +/-",
    "warnings",
    "s",
    "",
  ];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  console.log(ways[mode]);
  console.log([line(head), ...rows.map(line)].join("\n"));
}

function printFindings({ cell, score: each, agrees }: Outcome, direct: boolean): void {
  const across = direct && isAcrossEras(cell);
  const faults = each.unexpected.map((fault) => `  FAILED  ${sentence(fault)}`);
  const none = "  FAILED  every required scenario passes across eras: the lock locks nothing";
  const lines = [
    ...(across
      ? [faults.length === 0 ? none : `  ${faults.length} fail, as they must: fixture and set differ in era`]
      : faults),
    ...each.stale.map((entry) => `  STALE  expected to fail, and does not: ${entry}`),
    ...each.expected.map((fault) => `  expected  ${sentence(fault)}`),
    ...(across ? [] : each.warnings.map((fault) => `  warning  ${sentence(fault)}`)),
  ];
  if (!agrees) lines.push("  FAILED  the suite's exit status contradicts its results, or it took too long");
  if (!across && each.notScored.failed.length > 0)
    lines.push(`  not scored, failing: ${each.notScored.failed.join(", ")}`);
  if (lines.length > 0) console.log(`\n${cell.name}\n${lines.join("\n")}`);
}

function printLast(ok: boolean, figures: unknown): void {
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: folder, encoding: "utf8" });
  console.log(JSON.stringify({ command: "conformance", commit: stdout?.trim() || null, ok, figures }));
}

function chooseCells(only: string | undefined, direct: boolean): readonly Cell[] {
  const possible = direct ? allCells.filter((cell) => cell.lock !== "stdio") : allCells;
  if (only === undefined) return possible;
  return only.split(",").map((name) => {
    const cell = possible.find((each) => each.name === name);
    if (cell !== undefined) return cell;
    console.error(
      `--only ${name}: there is no such cell. Cells: ${possible.map((each) => each.name).join(", ")}`,
    );
    process.exit(2);
  });
}

function figure({ cell, score: each, agrees, ok, seconds }: Outcome, direct: boolean): unknown {
  const across = direct && isAcrossEras(cell); // its failures are the point, and too many to list
  return {
    cell: cell.name,
    ok,
    required: each.required,
    expected: each.expected.length,
    unexpected: across ? [] : each.unexpected.map(sentence),
    stale: each.stale,
    warnings: each.warnings.length,
    notScored: { passed: each.notScored.passed, total: each.notScored.total },
    checks: each.checks,
    suiteAgrees: agrees,
    seconds: Math.round(seconds * 10) / 10,
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      direct: { type: "boolean", default: false },
      cluster: { type: "boolean", default: false },
      only: { type: "string" },
      results: { type: "string" },
    },
  });
  const mode: Mode = values.direct ? "direct" : values.cluster ? "cluster" : "gateway";
  const cells = chooseCells(values.only, values.direct);
  if (!existsSync(suite)) {
    console.error(
      "The conformance suite is not installed. Run: npm ci --ignore-scripts --prefix test/conformance",
    );
    printLast(false, { mode, error: "not installed" });
    return 1;
  }

  const results = values.results ?? mkdtempSync(join(tmpdir(), "gatehouse-conformance-results-"));
  process.once("exit", () => {
    if (values.results === undefined) rmSync(results, { recursive: true, force: true });
  });
  const outcomes: Outcome[] = [];
  const targets = await startTargets(mode, new Set(cells.map((cell) => cell.lock)));
  try {
    for (const cell of cells)
      outcomes.push(await runCell(cell, targets.url(cell.lock), values.direct, results));
  } finally {
    await targets.stop();
  }

  const ok = outcomes.every((outcome) => outcome.ok);
  if (!values.json) {
    printTable(outcomes, mode);
    for (const outcome of outcomes) printFindings(outcome, values.direct);
  }
  printLast(ok, { mode, cells: outcomes.map((outcome) => figure(outcome, values.direct)) });
  return ok ? 0 : 1;
}

// Leaving by exit() lets child.ts end the fixture and the gateway too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(message);
  printLast(false, { error: message.split("\n")[0] });
  process.exitCode = 1;
}
