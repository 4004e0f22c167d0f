/**
 * run: the whole test command. Static checks, every vitest file, then each suite that is a program of its own; all are
 * run even when one fails. Its very last line is `N passed, M failed`.
 *
 * A static check and the set-up of tools count as one each; vitest and the suites count their own cases (tally.ts).
 * Up to three test files that fail run once more, by themselves, and then count; what failed before is printed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { line, root, runStep, runSteps, staticChecks, stopAll, toolSetup } from "./steps.mjs";
import { failuresOf, filesToRunAgain, skippedOf, tallyOfBoth, tallyOfSuite, tallyOfVitest } from "./tally.ts";

/**
 * Suites that are programs: `argv[0]` is a file run by Node.js, which prints lines and last `{"passed":n,"failed":n}`.
 * @type {readonly { name: string, argv: readonly string[], waitMs?: number }[]}
 */
const suites = [
  { name: "conformance", argv: ["test/conformance/run.ts"], waitMs: 5 * 60_000 },
  { name: "demo", argv: ["deploy/examples/quickstart/demo.ts"], waitMs: 3 * 60_000 },
  { name: "clients", argv: ["test/clients/run.ts"], waitMs: 10 * 60_000 },
  { name: "clients through three nodes", argv: ["test/clients/run.ts", "--slice"], waitMs: 5 * 60_000 },
];

const vitestMsMax = 30 * 60_000;

const total = { passed: 0, failed: 0 };

function count(name, { passed, failed }) {
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) process.stdout.write(`${failed} of ${passed + failed} failed: ${name}\n`);
}

async function runStaticChecks() {
  await runSteps(staticChecks, (outcome) => {
    process.stdout.write(line(outcome));
    if (!outcome.ok) process.stdout.write(`\n${outcome.output.trimEnd()}\n\n`);
    count(outcome.name, outcome.ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  });
}

/** Tests that need a tool run all the same when it cannot be had: each fails, and names the remedy. */
async function runSetup() {
  const outcome = await runStep({
    ...toolSetup,
    argv: toolSetup.argv.filter((word) => word !== "--units"),
    echo: true,
  });
  process.stdout.write(line(outcome));
  count(outcome.name, outcome.ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}

async function runVitest() {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-test-"));
  try {
    const first = await reportOfVitest("vitest", join(folder, "first.json"), []);
    if (first.report !== undefined && skippedOf(first.report) > 0) {
      process.stdout.write(
        `${skippedOf(first.report)} tests were skipped, and a skipped test counts as failed\n`,
      );
    }
    const files = filesToRunAgain(first.report);
    if (files.length === 0) return count("vitest", tallyOfVitest(first.report, first.ok));
    process.stdout.write(
      `failed, and run once more by themselves:\n${failuresOf(first.report).join("\n")}\n`,
    );
    const again = await reportOfVitest("vitest, again", join(folder, "again.json"), [
      "--maxWorkers=1",
      ...files,
    ]);
    return count("vitest", tallyOfBoth(first.report, again.report, again.ok));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reportOfVitest(name, file, more) {
  const argv = [
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...more,
  ];
  const outcome = await runStep({ name, argv, waitMs: vitestMsMax, echo: true });
  process.stdout.write(line(outcome));
  return { report: existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined, ok: outcome.ok };
}

async function runSuite({ name, argv, ...rest }) {
  if (!existsSync(join(root, argv[0]))) {
    process.stdout.write(`${argv[0]} is missing\n`);
    return count(name, { passed: 0, failed: 1 });
  }
  const outcome = await runStep({ name, argv: ["node", ...argv], echo: true, ...rest });
  process.stdout.write(line(outcome));
  count(name, tallyOfSuite(outcome.stdout, outcome.ok));
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopAll(signal));

try {
  await runStaticChecks();
  await runSetup();
  await runVitest();
  for (const suite of suites) await runSuite(suite);
} catch (error) {
  process.stdout.write(`${error.stack}\n`);
  total.failed += 1;
}
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
