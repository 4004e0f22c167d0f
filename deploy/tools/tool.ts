/**
 * tool: which nats-server and which k6 this checkout uses: the one on PATH, or the one that `npm run setup:tools` put into
 * .tools/. Owns: the pinned versions, the folder, and the look at both places. Does not own: bringing one (setup.ts).
 *
 * S1. Below its least version a tool is not used: nats-server takes a key's time to live there and silently never acts on it.
 * S2. A kept binary is used only while its bytes are those that were recorded when it was kept. That finds a file that
 *     was cut off or changed by accident; whoever may write to the folder may also write the record.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** A program that npm does not carry, built with Go. */
export interface Tool {
  readonly name: string;
  /** What `go install` builds. */
  readonly module: string;
  /** Where its releases are, for a person. */
  readonly releases: string;
  readonly version: string;
  readonly versionMin: string;
  /** What it is asked to print its version. */
  readonly argv: readonly string[];
  /** As it prints it; the group is the version. */
  readonly said: RegExp;
}

export const natsServer: Tool = {
  name: "nats-server",
  module: "github.com/nats-io/nats-server/v2",
  releases: "github.com/nats-io/nats-server",
  version: "2.15.1",
  versionMin: "2.11.0",
  argv: ["--version"],
  said: /^nats-server: v(?<version>\d+\.\d+\.\d+(?:-[\w.]+)?)$/m,
};
/** The first line that runs the scripts of loadtest/k6 as they are: TypeScript, and k6/websockets without a prefix. */
export const k6: Tool = {
  name: "k6",
  module: "go.k6.io/k6",
  releases: "github.com/grafana/k6",
  version: "1.8.1",
  versionMin: "1.8.0",
  argv: ["version"],
  said: /^k6(?:\.exe)? v(?<version>\d+\.\d+\.\d+(?:-[\w.]+)?) \(/m,
};
export const tools: readonly Tool[] = [natsServer, k6];

/** Outside node_modules, so that `npm ci` does not throw away what took minutes to build. */
export const toolsFolder = resolve(import.meta.dirname, "..", "..", ".tools");

/** Asking takes some 20 ms; a busy machine gets all the time it may need. */
const versionMsMax = 30_000;

export interface FoundTool {
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

/** As the file is called. */
export function programOf({ name }: Tool): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** A checkout that machines share keeps one binary for each kind of machine. */
export function keptFolder(tool: Tool, folder: string): string {
  return join(folder, `${tool.name}-${tool.version}-${thisPlace}`);
}

export function keptBinary(tool: Tool, folder: string): string {
  return join(keptFolder(tool, folder), programOf(tool));
}

export function keptRecord(tool: Tool, folder: string): string {
  return join(keptFolder(tool, folder), "record.json");
}

function ownPlaces(): Places {
  return { path: process.env["PATH"] ?? "", folder: toolsFolder };
}

/**
 * @returns the server to run
 * @throws Error that names the remedy when there is none
 */
export async function requireTool(tool: Tool, places: Places = ownPlaces()): Promise<FoundTool> {
  const found = await findTool(tool, places);
  if (found !== undefined) return found;
  throw new Error(
    `there is no ${tool.name} ${tool.versionMin} or newer on PATH, and none in ${places.folder}. Run: npm run setup:tools`,
  );
}

/** @returns undefined when neither place has one that is good */
export async function findTool(tool: Tool, { path, folder } = ownPlaces()): Promise<FoundTool | undefined> {
  const onPath = firstOnPath(path, programOf(tool));
  const version = onPath === undefined ? undefined : await versionOf(tool, onPath);
  if (onPath !== undefined && version !== undefined && isNewEnough(tool, version))
    return { path: onPath, version, from: "PATH" };
  return isKept(tool, folder)
    ? { path: keptBinary(tool, folder), version: tool.version, from: "kept" }
    : undefined;
}

function isKept(tool: Tool, folder: string): boolean {
  try {
    const record = JSON.parse(readFileSync(keptRecord(tool, folder), "utf8")) as Partial<KeptRecord>;
    return (
      record.version === tool.version &&
      record.place === thisPlace &&
      record.sha256 === sha256Of(keptBinary(tool, folder))
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
export function versionOf(tool: Tool, binary: string): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(binary, [...tool.argv], { timeout: versionMsMax }, (error, stdout) =>
      done(error === null ? versionIn(tool, stdout) : undefined),
    );
  });
}

/** @param said as in "nats-server: v2.15.1" */
export function versionIn({ said: form }: Tool, said: string): string | undefined {
  return form.exec(said)?.groups?.["version"];
}

/** A pre-release of the least version is older than it. */
export function isNewEnough({ versionMin }: Tool, version: string): boolean {
  const [release = "", preRelease] = version.split(/-(.*)/s);
  const have = release.split(".").map(Number);
  const least = versionMin.split(".").map(Number);
  for (const [at, number] of least.entries()) {
    const own = have[at] ?? 0;
    if (own !== number) return own > number;
  }
  return preRelease === undefined;
}
