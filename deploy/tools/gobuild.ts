/**
 * gobuild: builds a pinned tool with the machine's Go. The Go tool checks each module against its checksum
 * database, and the pinned version names one content.
 *
 * G1. Of Go's settings only those are set that decide what is built; which proxy is used is the machine's own setting.
 * G2. The build ends with this program, with all that it started.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Tool } from "./tool.ts";

/** Two to three minutes on two idle cores; the download of some 30 MB comes on top. Less than the lock waits (20 min). */
const buildMsMax = 15 * 60_000;
const stillBusyMs = 30_000;
const linesMax = 20;

export interface GoBuild {
  readonly go: string;
  readonly tool: Tool;
  /** Where the binary goes. */
  readonly into: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
  /** Told the process id of Go. */
  readonly onSpawn: (pid: number | undefined) => void;
}

/** @throws Error with Go's last lines */
export async function buildTool({ go, tool, into, env, say, onSpawn }: GoBuild): Promise<void> {
  const { name, module, version } = tool;
  const started = Date.now();
  const seconds = (): number => Math.round((Date.now() - started) / 1000);
  const busy = setInterval(() => say(`still building ${name} (${seconds()} s)`), stillBusyMs);
  say(`building ${name} ${version} with ${go}, once; this takes some minutes`);
  try {
    await install(go, [`${module}@v${version}`], goEnvironment(env, into), onSpawn);
  } finally {
    clearInterval(busy);
  }
  say(`built ${name} ${version} in ${seconds()} s`);
}

/** What is left of the caller's environment, and what is set. */
export function goEnvironment(env: GoBuild["env"], into: string): Record<string, string> {
  const set: Record<string, string | undefined> = {
    ...env,
    GOBIN: into,
    GO111MODULE: "on",
    // A workspace or a vendor flag of the caller's is about their code, not about this.
    GOWORK: "off",
    GOFLAGS: "-trimpath",
    // No C compiler is needed, and the result runs with any libc.
    CGO_ENABLED: "0",
    // With GOBIN, Go refuses to build for another machine than this one.
    GOOS: undefined,
    GOARCH: undefined,
    // Without a home Go has no place for modules. Read-only folders could not be deleted with a plain rm.
    ...(env["HOME"] === undefined && env["GOPATH"] === undefined
      ? { GOPATH: join(into, "go"), GOCACHE: join(into, "cache"), GOFLAGS: "-trimpath -modcacherw" }
      : {}),
  };
  return Object.fromEntries(
    Object.entries(set).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function install(
  go: string,
  modules: readonly string[],
  env: Record<string, string>,
  onSpawn: GoBuild["onSpawn"],
): Promise<void> {
  return new Promise((done, fail) => {
    // A process group of its own: the compilers that Go started end with it.
    const child = spawn(go, ["install", ...modules], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    onSpawn(child.pid);
    let output = "";
    const hear = (text: string): void => void (output = (output + text).slice(-64 * 1024));
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    const stop = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        return; // it ended by itself
      }
    };
    const timer = setTimeout(stop, buildMsMax);
    process.once("exit", stop);
    const end = (why: string | undefined): void => {
      clearTimeout(timer);
      process.off("exit", stop);
      if (why === undefined) return done();
      const lines = output.trimEnd().split("\n").slice(-linesMax);
      fail(new Error(`go install ${modules.join(" ")} ${why}:\n${lines.join("\n")}`));
    };
    child.once("error", (error) => end(`could not be started (${error.message})`));
    child.once("close", (code, signal) =>
      end(code === 0 ? undefined : `ended with ${code ?? signal ?? "nothing"}`),
    );
  });
}
