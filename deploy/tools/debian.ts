/**
 * debian: unpacks the pinned c-icap of Debian into .tools/, without installing it and without root.
 *
 * A1. Each package is fetched by apt-get, which checks Debian's signatures, in one exact version, and is unpacked only
 *     when its SHA-256 is the one below.
 * A2. A folder appears whole or not at all; what a killed run left is swept away by the next.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "../../bin/install-lock.mjs";
import { firstOnPath, sha256Of, thisPlace, toolsFolder } from "./tool.ts";

const run = promisify(execFile);
const fetchMsMax = 5 * 60_000;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Debian 12 (bookworm), amd64. The libraries are those that a bare machine may lack. */
const packages: readonly Package[] = [
  { name: "c-icap", version: "1:0.5.10-4", sha256: "2a787fa0ed0ebe6f820c3c3229d4de88544da3701ef9c27a28840a9a95303338" },
  { name: "libicapapi5", version: "1:0.5.10-4", sha256: "2b9870638740c950cc5fa86d17dcaefb41595df6d7bf22624f753d0286b65c9f" },
  { name: "libc-icap-mod-contentfiltering", version: "1:0.5.5-2+deb12u1", sha256: "a18997546e8f11ef28a79068204e6eda27c32033207f87720384cbb1bb47b733" },
  { name: "libdb5.3", version: "5.3.28+dfsg2-1", sha256: "7dc5127b8dd0da80e992ba594954c005ae4359d839a24eb65d0d8129b5235c84" },
  { name: "libpcre3", version: "2:8.39-15", sha256: "993ea623ce5b42d67f653f2faaa7ef15e7c9d72bfcb93e22a1eaff7aa3532303" },
  { name: "libbrotli1", version: "1.0.9-2+deb12u1", sha256: "e27b3d655fa6fadd7a56f706687e94573c0af68b7d6df394a32a381a3a6c6d8b" },
]; // prettier-ignore

const libraries = "x86_64-linux-gnu";
const version = "0.5.10";

export interface Cicap {
  readonly binary: string;
  /** For LD_LIBRARY_PATH. */
  readonly libraries: string;
  /** Folder of the unpacked packages. */
  readonly root: string;
}

function place(folder: string): string {
  return join(folder, `c-icap-${version}-${thisPlace}`);
}

/** @returns undefined when it is not there, or not as it was kept */
function keptCicap(folder: string): Cicap | undefined {
  const root = place(folder);
  const binary = join(root, "usr/bin/c-icap");
  try {
    const { sha256 } = JSON.parse(readFileSync(join(root, "record.json"), "utf8")) as { sha256?: string };
    if (sha256 !== sha256Of(binary)) return undefined;
  } catch {
    return undefined;
  }
  const found = ["usr/lib", "lib"].map((each) => join(root, each, libraries));
  return { binary, root, libraries: found.join(":") };
}

/** @throws Error that names the remedy */
export function requireCicap(): Cicap {
  const kept = keptCicap(toolsFolder);
  if (kept === undefined) throw new Error(`there is no c-icap in ${toolsFolder}. Run: npm run setup:tools`);
  return kept;
}

export interface Fetching {
  readonly folder: string;
  readonly path: string;
  readonly say: (text: string) => void;
}

/** @throws Error that says what to do */
export async function provideCicap({
  folder,
  path,
  say,
}: Fetching): Promise<{ readonly from: "kept" | "fetched"; readonly version: string }> {
  // prettier-ignore
  if (keptCicap(folder) !== undefined) return { from: "kept", version };
  const missing = ["apt-get", "dpkg-deb"].find((name) => firstOnPath(path, name) === undefined);
  if (thisPlace !== "linux-x64" || missing !== undefined)
    throw new Error(
      remedy(`this machine is ${thisPlace}${missing === undefined ? "" : ` without ${missing}`}`),
    );
  mkdirSync(folder, { recursive: true });
  return withLock({ path: join(folder, "setup.lock"), say }, async () => {
    if (keptCicap(folder) !== undefined) return { from: "kept", version };
    for (const name of readdirSync(folder)) if (name.startsWith("debian-")) rmSync(join(folder, name), { recursive: true }); // prettier-ignore
    const work = mkdtempSync(join(folder, "debian-"));
    try {
      await fetchAll(work, say);
      await unpackAll(work, folder);
      return { from: "fetched", version };
    } catch (error) {
      throw new Error(remedy(error instanceof Error ? error.message : String(error)), { cause: error });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

function remedy(why: string): string {
  return (
    `c-icap ${version} cannot be had: ${why}. The tests against it need Debian 12 on amd64 with apt-get and dpkg-deb, and ` +
    "access to Debian's packages (bookworm, with its updates). Then run: npm run setup:tools"
  );
}

async function fetchAll(work: string, say: (text: string) => void): Promise<void> {
  const wanted = packages.map(({ name, version: exact }) => `${name}=${exact}`);
  const options = { cwd: work, timeout: fetchMsMax };
  try {
    await run("apt-get", ["-q", "download", ...wanted], options);
  } catch {
    // The machine has no lists, or old ones: a set of our own, which needs no root.
    say("fetching Debian's package lists");
    for (const name of ["lists", "cache"]) mkdirSync(join(work, name, "partial"), { recursive: true });
    const own = ["-q", "-o", `Dir::State::Lists=${join(work, "lists")}`, "-o", `Dir::Cache=${join(work, "cache")}`, "-o", "APT::Sandbox::User="]; // prettier-ignore
    await run("apt-get", [...own, "update"], options);
    await run("apt-get", [...own, "download", ...wanted], options);
  }
}

async function unpackAll(work: string, folder: string): Promise<void> {
  const root = join(work, "root");
  const files = readdirSync(work).filter((name) => name.endsWith(".deb"));
  for (const { name, sha256 } of packages) {
    const file = files.find((each) => each.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt-get brought no ${name}`);
    const path = join(work, file);
    const have = createHash("sha256").update(readFileSync(path)).digest("hex");
    if (have !== sha256) throw new Error(`${file} has the SHA-256 ${have}, not the pinned ${sha256}`);
    await run("dpkg-deb", ["-x", path, root], { timeout: fetchMsMax });
  }
  const binary = join(root, "usr/bin/c-icap");
  writeFileSync(join(root, "record.json"), JSON.stringify({ version, sha256: sha256Of(binary) }));
  const kept = place(folder);
  if (existsSync(kept)) rmSync(kept, { recursive: true });
  renameSync(root, kept);
}
