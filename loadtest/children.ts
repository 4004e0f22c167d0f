/**
 * The processes of the bench: started on a core of their own where the machine allows it, known by their id, ended by
 * it, and gone when the bench is gone.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";

const readyMs = 30_000;
const stopMs = 15_000;
const wordsCharsMax = 8_192;

/** Which core each part runs on. The governed side has one for itself; what makes and takes the load shares the rest. */
export interface Cores {
  readonly governed: string;
  readonly driver: string;
  readonly upstream: string;
}

/** @returns undefined when there is no taskset or only one core: then everything runs where the system puts it */
export function findCores(): Cores | undefined {
  const count = availableParallelism();
  if (count < 2 || spawnSync("taskset", ["-V"]).status !== 0) return undefined;
  return { governed: "0", driver: "1", upstream: count > 2 ? "2" : "1" };
}

export interface StartOptions {
  readonly core?: string | undefined;
  readonly cwd?: string;
  /** Flags of Node.js itself. */
  readonly flags?: readonly string[];
  /** Gets each line of stderr. */
  readonly onWords?: (line: string) => void;
}

export interface Child {
  readonly pid: number;
  /** Its first line, parsed. */
  readonly ready: unknown;
  /** Milliseconds from spawn to that line. */
  readonly readyAfterMs: number;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

function launch(args: readonly string[], options: StartOptions): ChildProcess {
  const line = [process.execPath, ...(options.flags ?? []), ...args];
  // taskset becomes the program it starts, so the id is that of the program.
  const [file = "", ...rest] = options.core === undefined ? line : ["taskset", "-c", options.core, ...line];
  const child = spawn(file, rest, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/**
 * Starts `node args` and waits for its first line of JSON.
 * @throws Error with the end of its stderr when it ends or is late
 */
export async function startChild(
  name: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Child> {
  const begun = performance.now();
  const child = launch(args, options);
  let words = "";
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      words = `${words}${line}\n`.slice(-wordsCharsMax);
      options.onWords?.(line);
    });
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const finish = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    const late = setTimeout(() => child.kill("SIGKILL"), stopMs);
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    clearTimeout(late);
  };
  try {
    const line = await firstLine(child);
    return {
      pid: child.pid ?? 0,
      ready: JSON.parse(line) as unknown,
      readyAfterMs: performance.now() - begun,
      ended,
      stop: () => finish("SIGTERM"),
      kill: () => finish("SIGKILL"),
    };
  } catch (error) {
    await finish("SIGKILL");
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n${words}`, {
      cause: error,
    });
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${readyMs} ms`)), readyMs);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(late);
      reject(new Error(`ended with ${code ?? signal ?? "nothing"} before it was ready`));
    });
    if (child.stdout === null) return;
    // Goes on reading after the first line, so that the pipe never fills up.
    createInterface({ input: child.stdout }).on("line", (line) => {
      clearTimeout(late);
      resolve(line);
    });
  });
}

/**
 * Runs `node args` to its end.
 * @returns its exit status (null: killed, it took longer than `limitMs`), stdout, and the end of stderr
 */
export function runChild(
  args: readonly string[],
  limitMs: number,
  options: StartOptions = {},
): Promise<{ readonly status: number | null; readonly out: string; readonly words: string }> {
  return new Promise((resolve, reject) => {
    const child = launch(args, options);
    let out = "";
    let words = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-wordsCharsMax);
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.once("error", reject);
    child.once("close", (status) => {
      clearTimeout(limit);
      resolve({ status, out, words });
    });
  });
}

/** The last line of a command's output, which by docs/cli.md is one line of JSON. */
export function lastLine(out: string): unknown {
  const line = out.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? undefined : (JSON.parse(line) as unknown);
}
