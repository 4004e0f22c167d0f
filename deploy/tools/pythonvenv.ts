/**
 * pythonvenv: the pinned presidio-analyzer in a virtual environment in .tools/.
 *
 * P1. Every package of it has one exact version (presidio.txt); pip brings nothing else.
 * P2. The environment is used only after the analyzer was imported in it, and only while the list is the same.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "../../bin/install-lock.mjs";
import type { Fetching } from "./debian.ts";
import { firstOnPath, sha256Of, thisPlace, toolsFolder } from "./tool.ts";

const run = promisify(execFile);
/** Fifty packages, 390 MB unpacked: two minutes here. */
const installMsMax = 20 * 60_000;
const list = join(import.meta.dirname, "presidio.txt");
const interpreters = ["python3.11", "python3.12", "python3.13", "python3"];

function place(folder: string): string {
  return join(folder, `presidio-${thisPlace}`);
}

function keptPython(folder: string): string | undefined {
  const root = place(folder);
  try {
    if (readFileSync(join(root, "record"), "utf8") !== sha256Of(list)) return undefined;
  } catch {
    return undefined;
  }
  const python = join(root, "bin/python");
  return existsSync(python) ? python : undefined;
}

/** @returns the Python that has presidio-analyzer @throws Error that names the remedy */
export function requirePresidio(): string {
  const python = keptPython(toolsFolder);
  if (python === undefined)
    throw new Error(`there is no presidio-analyzer in ${toolsFolder}. Run: npm run setup:tools`);
  return python;
}

/** @throws Error that says what to do */
export async function providePresidio({
  folder,
  path,
  say,
}: Fetching): Promise<{ readonly from: "kept" | "installed"; readonly version: string }> {
  // prettier-ignore
  const version = /presidio_analyzer==(\S+)/.exec(readFileSync(list, "utf8"))?.[1] ?? "";
  if (keptPython(folder) !== undefined) return { from: "kept", version };
  const python = interpreters.find((name) => firstOnPath(path, name) !== undefined);
  if (python === undefined) throw new Error(remedy("there is no Python on PATH"));
  mkdirSync(folder, { recursive: true });
  return withLock({ path: join(folder, "setup.lock"), say }, async () => {
    if (keptPython(folder) !== undefined) return { from: "kept", version };
    const root = place(folder);
    rmSync(root, { recursive: true, force: true });
    try {
      say(`installing presidio-analyzer ${version}, once; this takes some minutes`);
      const options = { timeout: installMsMax, maxBuffer: 16 * 1024 * 1024 };
      await run(python, ["-m", "venv", root], options);
      const own = join(root, "bin/python");
      await run(own, ["-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "-r", list], options); // prettier-ignore
      await run(own, ["-c", "import presidio_analyzer, spacy"], options);
      writeFileSync(join(root, "record"), sha256Of(list));
      return { from: "installed", version };
    } catch (error) {
      rmSync(root, { recursive: true, force: true });
      throw new Error(remedy(error instanceof Error ? error.message : String(error)), { cause: error });
    }
  });
}

function remedy(why: string): string {
  return (
    `presidio-analyzer cannot be had: ${why.trimEnd()}. The tests against it need Python 3.11 to 3.13 with its venv module and ` +
    "pip's access to a Python package index. Then run: npm run setup:tools"
  );
}
