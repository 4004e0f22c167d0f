/**
 * natsserver: which nats-server this checkout uses: the one on PATH, or the one that `npm run setup:tools` put into
 * .tools/. Owns: the pinned version, the folder, and the look at both places. Does not own: bringing one (setup.ts).
 *
 * S1. Below 2.11.0 a server is not used: it takes a key's time to live and silently never acts on it.
 * S2. A kept binary is used only while its bytes are those that were recorded when it was kept. That finds a file that
 *     was cut off or changed by accident; whoever may write to the folder may also write the record.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const natsServerVersion = "2.15.1";
export const natsServerVersionMin = "2.11.0";
/** Outside node_modules, so that `npm ci` does not throw away what took minutes to build. */
export const toolsFolder = resolve(import.meta.dirname, "..", "..", ".tools");

const programName = process.platform === "win32" ? "nats-server.exe" : "nats-server";
/** Asking takes some 20 ms; a busy machine gets all the time it may need. */
const versionMsMax = 30_000;

export interface NatsServer {
  readonly path: string;
  readonly version: string;
  readonly from: "PATH" | "kept";
}

/** What is written down of a kept binary, beside it. */
export interface KeptRecord {
  readonly version: string;
  readonly sha256: string;
  /** Platform and architecture: a checkout may be shared between machines. */
  readonly place: string;
}

export interface Places {
  readonly path: string;
  readonly folder: string;
}

export const thisPlace = `${process.platform}-${process.arch}`;

/** A checkout that machines share keeps one binary for each kind of machine. */
export function keptFolder(folder: string): string {
  return join(folder, `nats-server-${natsServerVersion}-${thisPlace}`);
}

export function keptBinary(folder: string): string {
  return join(keptFolder(folder), programName);
}

export function keptRecord(folder: string): string {
  return join(keptFolder(folder), "record.json");
}

function ownPlaces(): Places {
  return { path: process.env["PATH"] ?? "", folder: toolsFolder };
}

/**
 * @returns the server to run
 * @throws Error that names the remedy when there is none
 */
export async function requireNatsServer(places: Places = ownPlaces()): Promise<NatsServer> {
  const found = await findNatsServer(places);
  if (found !== undefined) return found;
  throw new Error(
    `there is no nats-server ${natsServerVersionMin} or newer on PATH, and none in ${places.folder}. Run: npm run setup:tools`,
  );
}

/** @returns undefined when neither place has one that is good */
export async function findNatsServer({ path, folder } = ownPlaces()): Promise<NatsServer | undefined> {
  const onPath = firstOnPath(path, programName);
  const version = onPath === undefined ? undefined : await versionOf(onPath);
  if (onPath !== undefined && version !== undefined && isNewEnough(version))
    return { path: onPath, version, from: "PATH" };
  return isKept(folder) ? { path: keptBinary(folder), version: natsServerVersion, from: "kept" } : undefined;
}

function isKept(folder: string): boolean {
  try {
    const record = JSON.parse(readFileSync(keptRecord(folder), "utf8")) as Partial<KeptRecord>;
    return (
      record.version === natsServerVersion &&
      record.place === thisPlace &&
      record.sha256 === sha256Of(keptBinary(folder))
    );
  } catch {
    return false; // none, or none that can be read: setup makes a new one
  }
}

export function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** What a shell would start for this name. */
export function firstOnPath(path: string, name: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** @returns undefined when the file does not run, or says something else */
export function versionOf(binary: string): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(binary, ["--version"], { timeout: versionMsMax }, (error, stdout) =>
      done(error === null ? versionIn(stdout) : undefined),
    );
  });
}

/** @param said as in "nats-server: v2.15.1" */
export function versionIn(said: string): string | undefined {
  return /^nats-server: v(?<version>\d+\.\d+\.\d+(?:-[\w.]+)?)$/m.exec(said)?.groups?.["version"];
}

/** A pre-release of the least version is older than it. */
export function isNewEnough(version: string): boolean {
  const [release = "", preRelease] = version.split(/-(.*)/s);
  const have = release.split(".").map(Number);
  const least = natsServerVersionMin.split(".").map(Number);
  for (const [at, number] of least.entries()) {
    const own = have[at] ?? 0;
    if (own !== number) return own > number;
  }
  return preRelease === undefined;
}
