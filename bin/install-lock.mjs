/**
 * install-lock: one install at a time per checkout, by a file that only one process can create.
 *
 * Owns: the lock file, its heartbeat, and the judgement that a lock is stale.
 *
 * Invariants
 * L1 A lock is stale when its processes are gone (same host), or when its heartbeat stopped for `staleMs` (another
 *    host, another container, a process id that was given away again). The npm of a holder that was killed goes on by
 *    itself: it is waited for, at most `orphanMsMax`.
 * L2 A stale lock is taken away by rename, and only if it is still the file that was judged.
 */
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { Refusal } from "./npm-install.mjs";

const heartbeatMs = 2_000;
const staleMs = 30_000;
const pollMs = 250;
const orphanMsMax = 15 * 60_000;
/** Longer than the longest install is allowed to take. */
const waitMsMax = 20 * 60_000;

/**
 * Runs `work` while holding the lock at `path`; waits for another holder, and says so once.
 * @param work gets `note(npmPid)`, which writes down the npm that works under this lock
 */
export async function withLock({ path, say }, work) {
  await acquire(path, say);
  const note = (npmPid) => tolerate(() => writeFileSync(path, describe(npmPid)));
  const heartbeat = setInterval(() => tolerate(() => utimesSync(path, new Date(), new Date())), heartbeatMs);
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work(note);
  } finally {
    clearInterval(heartbeat);
    process.off("exit", release);
    release();
  }
}

async function acquire(path, say) {
  const deadline = Date.now() + waitMsMax;
  for (let said = false; Date.now() < deadline;) {
    if (create(path, describe())) return;
    const holder = readHolder(path);
    if (holder === undefined) continue; // released between the two looks
    if (isStale(holder)) {
      say(`took over the lock of a run that is gone (process ${holder.pid ?? "unknown"})`);
      remove(path, holder);
      continue;
    }
    if (!said) say(`another run (process ${holder.pid ?? "unknown"}) is installing; waiting for it`);
    said = true;
    await new Promise((done) => setTimeout(done, pollMs));
  }
  throw new Refusal(
    `another run has held ${path} for ${waitMsMax / 60_000} minutes. If none is alive, delete the file.`,
  );
}

function describe(npmPid) {
  return JSON.stringify({ pid: process.pid, npmPid, host: hostname() });
}

function create(path, text) {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    if (["EROFS", "EACCES", "EPERM"].includes(error.code)) {
      throw new Refusal(
        `dependencies must be installed, but ${path} cannot be written (${error.code}). Run this once as a user who may ` +
          "write to the folder, or copy the checkout to a place where you may.",
      );
    }
    throw new Refusal(`${path} cannot be written: ${error.message}`);
  }
}

/** @returns who holds the lock, or undefined when nobody does any more */
function readHolder(path) {
  try {
    const text = readFileSync(path, "utf8");
    const ageMs = Date.now() - statSync(path).mtimeMs;
    return { text, ageMs, ...parsed(text) };
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw new Refusal(`${path} cannot be read: ${error.message}. If no other run is alive, delete the file.`);
  }
}

function parsed(text) {
  try {
    const { pid, npmPid, host } = JSON.parse(text);
    return { pid, npmPid, host };
  } catch {
    return {}; // created, not yet written: its age decides
  }
}

function isStale({ pid, npmPid, host, ageMs }) {
  if (host !== hostname()) return ageMs > staleMs;
  if (isAlive(npmPid)) return ageMs > orphanMsMax;
  return ageMs > staleMs || !isAlive(pid);
}

function isAlive(pid) {
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM"; // alive, and someone else's
  }
}

function remove(path, holder) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    // Someone quicker removed the stale lock and made a new one: give it back.
    if (readFileSync(aside, "utf8") !== holder.text) linkSync(aside, path);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The lock may be taken away or the disk be full: the install goes on, and npm itself is the only one harmed. */
function tolerate(write) {
  try {
    write();
  } catch {
    return;
  }
}
