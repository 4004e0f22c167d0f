/**
 * check: all that a change must pass before it is shown to others, in a minute or two: the static checks, unused code,
 * and the unit tests (the tests beside the files of the four floors, but for the long ones that vitest.config.ts lists;
 * those and what crosses floors are `npm test`'s).
 * It ends at the first failure, with that step's output.
 */
import { line, runStep, runSteps, staticChecks, stopAll, toolSetup } from "./steps.mjs";

const steps = [
  ...staticChecks,
  { name: "unused (knip)", argv: ["knip", "--no-progress"] },
  { name: "unit tests", argv: ["vitest", "run", "--passWithNoTests=false", "--project=units"] },
];

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopAll(signal));

let failed;
const started = performance.now();
const hear = (outcome) => {
  if (failed !== undefined) return; // stopped on its account
  process.stdout.write(line(outcome));
  if (outcome.ok) return;
  failed = outcome;
  stopAll();
};
hear(await runStep(toolSetup)); // before the unit tests that need it; the first time it takes minutes
await runSteps(steps, hear);

const seconds = ((performance.now() - started) / 1000).toFixed(1);
if (failed !== undefined) process.stdout.write(`\n${failed.output.trimEnd()}\n\n`);
process.stdout.write(
  failed === undefined ? `check passed in ${seconds} s\n` : `check failed at: ${failed.name}\n`,
);
process.exitCode = failed === undefined ? 0 : 1;
