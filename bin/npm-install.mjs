/**
 * npm-install: is a folder installed as its lockfile says, and if not, install it.
 *
 * Owns: the stamp in node_modules, npm's arguments, and the remedy for each way npm fails.
 *
 * Invariants
 * N1 An install never changes a lockfile and never runs an install script.
 * N2 `dev` satisfies `runtime`; the reverse does not hold.
 * N3 An install that npm made without us is adopted when npm's own record agrees with the lockfile.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const installMsMax = 15 * 60_000;
const stillBusyMs = 30_000;
const npmLinesMax = 20;

/** The world would not let us; the message says what to do. */
export class Refusal extends Error {}

/** @returns whether `folder` holds what its lockfile asks for in `mode` (`runtime`, or `dev`: everything) */
export function isInstalled(folder, mode) {
  const known = readStamp(folder);
  const lock = lockDigest(folder);
  if (known?.lock === lock && known.place === place && satisfies(known.mode, mode)) return true;
  const adopted = ["dev", "runtime"].find((each) => satisfies(each, mode) && recordAgrees(folder, each));
  if (adopted === undefined) return false;
  stamp(folder, { lock, place, mode: adopted, node: undefined });
  return true;
}

/**
 * Brings `folder` to `mode` with npm, and stamps it.
 * @throws Refusal with npm's last lines and the remedy
 */
export async function install({ root, folder, mode, say, onSpawn }) {
  const cwd = join(root, folder);
  const name = folder === "." ? mode : folder;
  const lock = lockDigest(cwd);
  const started = Date.now();
  const busy = setInterval(
    () => say(`still installing ${name} (${Math.round((Date.now() - started) / 1000)} s)`),
    stillBusyMs,
  );
  say(`installing ${name} dependencies with npm, once`);
  try {
    const add = ["install", "--no-save", ...options(mode)];
    // A gateway may be running on the runtime install: what is missing is added, nothing is taken from under it.
    const grow = mode === "dev" && isInstalled(cwd, "runtime");
    if (grow) await npm(cwd, add, onSpawn);
    if (!grow || !recordAgrees(cwd, mode)) {
      let { code, output } = await npm(cwd, ["ci", ...options(mode)], onSpawn);
      if (unlockedOptional.test(output)) ({ code, output } = await npm(cwd, add, onSpawn));
      if (code !== 0) throw new Refusal(explain({ folder, mode, code, output }));
      if (!recordAgrees(cwd, mode))
        throw new Refusal(explain({ folder, mode, code: "not as locked", output }));
    }
    if (lockDigest(cwd) !== lock)
      throw new Refusal(`package-lock.json changed while ${name} was installed. Run this again.`);
  } finally {
    clearInterval(busy);
  }
  stamp(cwd, { lock, place, mode, node: undefined });
  say(`installed ${name} dependencies in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * `npm ci` refuses a lockfile that lacks an optional package for another platform (no version after the @), which is
 * what npm writes when a registry does not carry it. `npm install` takes the same lockfile, and the same digests.
 */
const unlockedOptional = /Missing: \S+@ from lock file/;

const place = `${process.platform}-${process.arch}`;

function satisfies(have, want) {
  return have === want || have === "dev";
}

export function readStamp(folder) {
  return readJson(stampPath(folder));
}

/** Adds `facts` to the folder's stamp. A read-only folder has none, and pays for a closer look at each run. */
export function stamp(folder, facts) {
  const path = stampPath(folder);
  const written = `${path}.${process.pid}`;
  try {
    writeFileSync(written, `${JSON.stringify({ ...readStamp(folder), ...facts })}\n`);
    renameSync(written, path);
  } catch {
    rmSync(written, { force: true });
  }
}

function stampPath(folder) {
  return join(folder, "node_modules", ".ready.json");
}

function lockDigest(folder) {
  return createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
}

/** Compares the lockfile with the record npm keeps of what it put into node_modules, package by package. */
function recordAgrees(folder, mode) {
  const wanted = readJson(join(folder, "package-lock.json"))?.packages;
  const record = readJson(join(folder, "node_modules", ".package-lock.json"))?.packages;
  if (wanted === undefined || record === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.link === true) return true;
    if (entry.optional === true || entry.devOptional === true) return true; // may not fit this machine
    if (mode === "runtime" && entry.dev === true) return true;
    const found = record[path];
    return (
      found !== undefined &&
      found.version === entry.version &&
      found.integrity === entry.integrity &&
      existsSync(join(folder, path, "package.json"))
    );
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Said on the command line, because the npm that called us hands its own settings down in the environment. */
function options(mode) {
  return [
    "--ignore-scripts",
    mode === "runtime" ? "--omit=dev" : "--include=dev",
    "--include=optional",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--no-progress",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=3",
    "--fetch-retry-factor=3",
    "--fetch-retry-mintimeout=1000",
  ];
}

function npm(cwd, args, onSpawn) {
  const cli = process.env.npm_execpath ?? "";
  const viaCli = basename(cli) === "npm-cli.js" && existsSync(cli);
  const [command, all] = viaCli ? [process.execPath, [cli, ...args]] : ["npm", args];
  return new Promise((done, fail) => {
    const child = spawn(command, all, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    onSpawn(child);
    const timer = setTimeout(() => child.kill("SIGTERM"), installMsMax);
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(
        new Refusal(
          `npm could not be started (${error.message}). Install npm 10 or newer and put it on PATH.`,
        ),
      );
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      onSpawn(undefined);
      done({ code: code ?? signal, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

/** What npm's words mean, and what to do about it; the first row that matches counts. */
const remedies = [
  [
    /EUSAGE|not in sync|Invalid: lock file/,
    "package.json and package-lock.json disagree. Run `npm install` in the folder and commit the lockfile.",
  ],
  [
    /EACCES|EROFS|EPERM/,
    "the folder cannot be written. Run this once as its owner, or copy the checkout to a place where you may write.",
  ],
  [/ENOSPC/, "the disk is full. The full development install needs about 700 MB."],
  [
    /EINTEGRITY/,
    "a package does not match the digest in the lockfile. Clear npm's cache (`npm cache clean --force`) and run this again; if it stays, do not go on.",
  ],
  [/E40[13]/, "the package registry refused npm's request. Check npm's registry and login settings."],
  [
    /E404|ETARGET|ENOVERSIONS/,
    "the package registry does not have a locked version. Check which registry npm is set to.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|ENOTCACHED|network|SIGTERM/i,
    "npm could not reach its package registry. Connect to a network (or set npm's `registry` or `proxy`) and run this again.",
  ],
];

function explain({ folder, mode, code, output }) {
  // npm ends a usage error with its manual page, which hides the reason.
  const said = output.split(/^npm error(?: Clean install a project| Usage:)$/m)[0] ?? "";
  const lines = said
    .trimEnd()
    .split("\n")
    .filter((line) => !/^npm error\s+at /.test(line))
    .slice(-npmLinesMax);
  const [, remedy] = remedies.find(([pattern]) => pattern.test(`${output} ${code}`)) ?? [];
  const command = `${folder === "." ? "" : `cd ${folder} && `}npm ci --ignore-scripts${mode === "runtime" ? " --omit=dev" : ""}`;
  return [
    `npm failed (${code}) in ${folder === "." ? "the repository's root" : folder}. Its last words:`,
    ...lines.map((line) => `  ${line}`),
    `What to do: ${remedy ?? `run \`${command}\` by hand and read its output.`}`,
  ].join("\n");
}
