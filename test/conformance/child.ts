// A child process that prints one line of JSON when it is ready, as the fixture and the gateway do.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

const stopMs = 10_000; // a gateway may have calls to finish
const stderrCharsMax = 8192;

export interface ReadyChild {
  /** The parsed first line of its stdout. */
  readonly ready: unknown;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

function track(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), stopMs);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/**
 * Starts `node` (the one that runs this) with `args` and waits for its first line.
 * @param name what the error calls it
 * @throws Error with the end of its stderr, when it ends, says something that is not JSON, or is not ready in time
 */
export async function startChild(
  name: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly readyMs: number },
): Promise<ReadyChild> {
  const child = spawn(process.execPath, args, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  track(child);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (words: string) => {
    stderr = (stderr + words).slice(-stderrCharsMax);
  });

  try {
    const line = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`not ready after ${options.readyMs} ms`)),
        options.readyMs,
      );
      const settle = (outcome: () => void) => {
        clearTimeout(late);
        outcome();
      };
      child.once("error", (error) => settle(() => reject(error)));
      child.once("close", (code) => settle(() => reject(new Error(`ended with status ${code ?? "none"}`))));
      // The reader stays on: it drains what the child prints later, so that no pipe fills up.
      createInterface({ input: child.stdout }).on("line", (text) => settle(() => resolve(text)));
    });
    return { ready: JSON.parse(line) as unknown, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: ${reason}${stderr === "" ? "" : `\n${stderr.trimEnd()}`}`, { cause: error });
  }
}

/** Runs `node` with `args` to its end. @throws Error with the end of its output unless it ends with status 0 */
export async function runChild(
  name: string,
  args: readonly string[],
  cwd: string,
  limitMs: number,
): Promise<void> {
  const { status, output } = await captureChild(args, { cwd, limitMs });
  if (status !== 0) throw new Error(`${name}: ended with status ${status ?? "none"}\n${output.trimEnd()}`);
}

/** @returns the exit status (undefined: killed, it took longer than `limitMs`) and the end of stdout and stderr */
export function captureChild(
  args: readonly string[],
  options: { readonly cwd: string; readonly limitMs: number; readonly env?: NodeJS.ProcessEnv },
): Promise<{ status: number | undefined; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    track(child);
    let output = "";
    const keep = (words: string) => {
      output = (output + words).slice(-stderrCharsMax);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const limit = setTimeout(() => child.kill("SIGKILL"), options.limitMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      resolve({ status: code ?? undefined, output });
    });
  });
}
