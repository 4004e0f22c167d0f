/**
 * steps: runs commands two at a time, and says what each one cost.
 *
 * Owns: the list of static checks, starting and stopping their processes, and their one-line report.
 * Does not own: what a failure means (check.mjs stops at the first, run.mjs counts them all).
 */
import { spawn } from "node:child_process";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** As many as the smallest machine we build on has cores. */
const atOnce = 2;
const stepMsMax = 10 * 60_000;
const outputCharsMax = 4 * 1024 * 1024;

/**
 * @typedef {{ name: string, argv: readonly string[], waitMs?: number, echo?: boolean }} Step
 * `argv` starts with a program (node_modules/.bin comes first on its PATH); `echo` passes its output on as it comes.
 * @typedef {{ name: string, ok: boolean, code: number | string, output: string, stdout: string, tookMs: number }} Outcome
 */

/** @type {readonly Step[]} */
export const staticChecks = [
  { name: "format", argv: ["oxfmt", "--check", "."] },
  { name: "lint", argv: ["oxlint", "."] },
  { name: "types", argv: ["tsc", "--noEmit", "-p", "."] },
  { name: "house", argv: ["node", "test/house.ts"] },
];

/**
 * What npm does not carry and unit tests start; `npm test` wants what its other tests start too. A third of a second once it is there; a build may wait for another one's.
 * @type {Step}
 */
export const toolSetup = {
  name: "setup:tools",
  argv: ["node", "deploy/tools/setup.ts", "--units"],
  waitMs: 40 * 60_000,
};

const running = new Set();
let stopped = false;

/** Ends what runs now and starts nothing more: each step left is reported as failed. */
export function stopAll(signal = "SIGTERM") {
  stopped = true;
  for (const child of running) child.kill(signal);
}

/**
 * Runs all `steps`, in their order, `atOnce` at a time.
 * @param {readonly Step[]} steps
 * @param {(outcome: Outcome) => void} onEnd called as each one ends
 * @returns {Promise<Outcome[]>}
 */
export async function runSteps(steps, onEnd) {
  const waiting = [...steps];
  const outcomes = [];
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const outcome = await runStep(step);
      outcomes.push(outcome);
      onEnd(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return outcomes;
}

/**
 * @param {Step} step
 * @returns {Promise<Outcome>} never rejects: a program that cannot be started is an outcome too
 */
export function runStep({ name, argv: [program, ...args], waitMs = stepMsMax, echo = false }) {
  const started = performance.now();
  const tookMs = () => performance.now() - started;
  if (stopped)
    return Promise.resolve({ name, ok: false, code: "stopped", output: "", stdout: "", tookMs: 0 });
  return new Promise((done) => {
    const env = {
      ...process.env,
      PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    };
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), waitMs);
    let [output, stdout] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      if (echo) process.stdout.write(text);
      output = (output + text).slice(-outputCharsMax);
      stdout = (stdout + text).slice(-outputCharsMax);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      if (echo) process.stderr.write(text);
      output = (output + text).slice(-outputCharsMax);
    });
    const end = (code) => {
      clearTimeout(timer);
      running.delete(child);
      done({ name, ok: code === 0, code, output, stdout, tookMs: tookMs() });
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code, signal) =>
      end(signal === "SIGKILL" && tookMs() >= waitMs ? `no end after ${waitMs} ms` : (code ?? signal)),
    );
  });
}

/** @param {Outcome} outcome */
export function line({ name, ok, code, tookMs }) {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`.padStart(8);
  return `${ok ? "ok    " : "FAILED"}${seconds}  ${name}${ok ? "" : ` (${code})`}\n`;
}
