/**
 * provision: sees to it that this checkout has a tool (tool.ts): the one on PATH if it is new enough, else the one kept in
 * .tools/, else a new one built through Go's module proxy. Owns: that order, the lock, and keeping a binary.
 *
 * No official release archive is taken: none is used whose checksum is not pinned here, and for this version none is.
 *
 * B1. Of two runs at a time one builds and the other waits, and takes what was built.
 * B2. A binary is kept only after it ran and said the pinned version, and appears with its record or not at all.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../bin/install-lock.mjs";
import { buildTool } from "./gobuild.ts";
import {
  findTool,
  firstOnPath,
  keptBinary,
  keptFolder,
  programOf,
  sha256Of,
  thisPlace,
  versionOf,
} from "./tool.ts";
import type { FoundTool, KeptRecord, Places, Tool } from "./tool.ts";

export interface Provided extends Omit<FoundTool, "from"> {
  readonly from: FoundTool["from"] | "built";
}

export interface Provision extends Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for a person. */
  readonly say: (text: string) => void;
  /** Puts the pinned tool into a folder. */
  readonly build?: typeof buildTool;
}

/** @throws Error that says what to do */
export async function provideTool(tool: Tool, provision: Provision): Promise<Provided> {
  const found = await findTool(tool, provision);
  if (found !== undefined) return found;
  mkdirSync(provision.folder, { recursive: true });
  return withLock({ path: join(provision.folder, "setup.lock"), say: provision.say }, async (note) => {
    const other = await findTool(tool, provision);
    sweep(provision.folder);
    return other ?? (await buildAndKeep(tool, provision, note));
  });
}

async function buildAndKeep(
  tool: Tool,
  { path, folder, env, say, build = buildTool }: Provision,
  onSpawn: (pid: number | undefined) => void,
): Promise<Provided> {
  const go = firstOnPath(path, process.platform === "win32" ? "go.exe" : "go");
  if (go === undefined) throw new Error(remedy(tool, "there is no Go on PATH to build one with"));
  const into = mkdtempSync(join(folder, "build-"));
  try {
    await build({ go, tool, into, env, say, onSpawn }).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(remedy(tool, `building one failed. ${why}\n`), { cause: error });
    });
    const built = join(into, programOf(tool));
    const version = await versionOf(tool, built);
    if (version !== tool.version)
      throw new Error(remedy(tool, `what was built says it is ${version ?? "nothing"}, not ${tool.version}`));
    keep(tool, folder, built);
    return { path: keptBinary(tool, folder), version, from: "built" };
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

/** Takes away what a run that was killed has left; whoever holds the lock is the only one at work. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder))
    if (/^(?:build|keep)-/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
}

function keep(tool: Tool, folder: string, built: string): void {
  const record: KeptRecord = { version: tool.version, sha256: sha256Of(built), place: thisPlace };
  const whole = mkdtempSync(join(folder, "keep-"));
  try {
    renameSync(built, join(whole, programOf(tool)));
    writeFileSync(join(whole, "record.json"), `${JSON.stringify(record)}\n`);
    chmodSync(whole, 0o755); // a checkout may have more than one user
    rmSync(keptFolder(tool, folder), { recursive: true, force: true });
    renameSync(whole, keptFolder(tool, folder));
  } finally {
    rmSync(whole, { recursive: true, force: true });
  }
}

function remedy({ name, version, versionMin, releases }: Tool, why: string): string {
  return (
    `no ${name} ${versionMin} or newer is on PATH, and ${why}. Do one of: put ${name} ${version} ` +
    `(from your system, or a release of ${releases}; none is downloaded here, as no checksum of one is ` +
    "pinned: compare it yourself) on PATH; or " +
    "install Go 1.26 or newer with access to a Go module proxy (an older Go from 1.21 on fetches it itself unless " +
    "GOTOOLCHAIN is local). Then run: npm run setup:tools"
  );
}
