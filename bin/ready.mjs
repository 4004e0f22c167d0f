#!/usr/bin/env node
/**
 * ready: what every package script starts with. It sees to it that the installs a command needs are there, then
 * runs the rest of its arguments under Node.js 24. Usage: `node bin/ready.mjs <occasion> <file or flags> [args...]`.
 *
 * Owns: which occasion needs which installs, doing them at most once, and starting the right Node.js.
 * Does not own: the lock (install-lock.mjs), what npm is told and what its failures mean (npm-install.mjs).
 *
 * Invariants
 * R1 It needs no dependency, and any Node.js from 18 on: it runs before the first install.
 * R2 When nothing is missing it starts no npm, writes nothing and prints nothing.
 * R3 Its own words go to stderr: stdout belongs to the command (it may speak MCP there). The one exception is the
 *    last line of a `test` that could not begin, which must be a count.
 * R4 An install counts only when its stamp says so, and the stamp is written last.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./install-lock.mjs";
import { Refusal, install, isInstalled, readStamp, stamp } from "./npm-install.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const nodeMajorMin = 24;
/**
 * Where Node.js keeps what it compiled (the TypeScript included): every process of a command starts in half the time.
 * Below node_modules, as what lies there is run: who may write here may change the code itself.
 */
const compileCache = "node_modules/.cache/gatehouse";

const runtime = { folder: ".", mode: "runtime" };
const dev = { folder: ".", mode: "dev" };
// Folders with a lockfile of their own, so that the product's stays small. They are installed in full.
const quickstart = { folder: "deploy/examples/quickstart", mode: "dev" };
const clients = { folder: "test/clients", mode: "dev" };
const conformance = { folder: "test/conformance", mode: "dev" };

/** Occasion -> the installs it needs. `check` needs them all, because the files in those folders have types too. */
const occasions = {
  run: [runtime],
  start: [runtime, quickstart],
  tool: [dev],
  demo: [dev, quickstart],
  clients: [dev, clients, conformance],
  conformance: [dev, conformance],
  check: [dev, quickstart, clients, conformance],
  test: [dev, quickstart, clients, conformance],
};

/** The child that runs now (npm or the command); signals go to it. */
let child;
/** The first signal that asked us to stop. */
let stoppedBy;

async function main([occasion, ...args]) {
  const needs = Object.hasOwn(occasions, occasion ?? "") ? occasions[occasion] : undefined;
  if (needs === undefined || args.length === 0) {
    say(`usage: node bin/ready.mjs ${Object.keys(occasions).join("|")} <file or node flags> [args...]`);
    return 2;
  }
  forwardSignals();
  try {
    await bringInstalls(needs);
    return await run(findNode(), args);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(stoppedBy === undefined ? error.message : "interrupted while installing; run this again to go on");
    if (occasion === "test") process.stdout.write("0 passed, 1 failed\n");
    return stoppedBy === undefined ? 1 : exitCodeOf(stoppedBy);
  }
}

async function bringInstalls(needs) {
  const wanted = needs.filter(({ folder }) => {
    if (existsSync(join(root, folder, "package-lock.json"))) return true;
    if (folder === ".") throw new Refusal("package-lock.json is missing. Restore it from the repository.");
    say(`${folder} has no package-lock.json in this checkout: nothing to install there`);
    return false;
  });
  const missing = ({ folder, mode }) => !isInstalled(join(root, folder), mode);
  if (!wanted.some(missing)) return;

  await withLock({ path: join(root, ".ready.lock"), say }, async (note) => {
    const onSpawn = (npm) => {
      child = npm;
      note(npm?.pid);
    };
    // Another run may have finished the same work while this one waited for the lock.
    for (const need of wanted.filter(missing)) await install({ root, ...need, say, onSpawn });
  });
}

/**
 * @returns the path of a Node.js >= 24: the one npm brought as a platform package, else the one running this file
 * @throws Refusal that says how to get one
 */
function findNode() {
  const packed = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(packed)) {
    const version = versionOf(packed);
    if (majorOf(version) >= nodeMajorMin) return packed;
    if (majorOf(process.versions.node) < nodeMajorMin) {
      throw new Refusal(
        `${packed} ${version === undefined ? "does not run on this machine" : `is Node.js ${version}`}, and Gatehouse needs ` +
          `${nodeMajorMin} or newer. Install Node.js ${nodeMajorMin} from your system or its home page, put it first on PATH, and run this again.`,
      );
    }
  }
  if (majorOf(process.versions.node) >= nodeMajorMin) return process.execPath;
  const place = `${process.platform}-${process.arch}`;
  throw new Refusal(
    place === "linux-x64" || place === "linux-arm64"
      ? `Node.js ${nodeMajorMin} did not come with the dependencies (npm may be set to omit optional ones). Run: ` +
          "npm ci --ignore-scripts --include=optional"
      : `Gatehouse needs Node.js ${nodeMajorMin} or newer; this is ${process.versions.node}, and npm carries no ` +
          `binary for ${place}. Install Node.js ${nodeMajorMin}, put it first on PATH, and run this again.`,
  );
}

/** Asks the binary once, and remembers the answer in the stamp as long as the file stays the same (asking costs 40 ms). */
function versionOf(binary) {
  const real = realpathSync(binary);
  if (real === realpathSync(process.execPath)) return process.versions.node;
  const { size, mtimeMs } = statSync(real);
  const known = readStamp(root)?.node;
  if (known?.size === size && known.mtimeMs === mtimeMs) return known.version;

  const asked = spawnSync(real, ["--version"], { encoding: "utf8", timeout: 10_000 });
  const version = asked.status === 0 ? asked.stdout.trim().replace(/^v/, "") : undefined;
  if (version !== undefined) stamp(root, { node: { size, mtimeMs, version } });
  return version;
}

function majorOf(version) {
  return Number.parseInt(version ?? "0", 10);
}

/** Runs Node.js on `args` with our stdio. A first argument that is a path is taken from the repository's root. */
function run(node, [first, ...rest]) {
  const script = first.startsWith("-") || isAbsolute(first) ? first : join(root, first);
  const env = {
    NODE_COMPILE_CACHE: join(root, compileCache),
    ...process.env,
    PATH: [dirname(node), process.env.PATH ?? ""].join(delimiter),
  };
  return new Promise((done, fail) => {
    child = spawn(node, [script, ...rest], { stdio: "inherit", env });
    child.on("error", (error) => fail(new Refusal(`${node} could not be started: ${error.message}`)));
    child.on("exit", (code, signal) => done(code ?? exitCodeOf(signal)));
  });
}

function forwardSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends its own SIGINT and SIGHUP to the whole foreground group, the child included: a second one
      // would read as "do not drain".
      const sentByTerminal = signal !== "SIGTERM" && process.stdin.isTTY === true;
      stoppedBy ??= signal;
      if (child === undefined) process.exit(exitCodeOf(signal));
      if (!sentByTerminal) child.kill(signal);
    });
  }
}

/** What a shell makes of a process that a signal ended. */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

function say(text) {
  process.stderr.write(`ready: ${text}\n`);
}

process.exitCode = await main(process.argv.slice(2));
