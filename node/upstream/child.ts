/**
 * A child process and everything it starts. Owns: the process group, its pipes, its end. Does not own: what runs
 * (command.ts), what is said (stdio.ts).
 *
 * P1. When the child is gone, its group is gone: whatever it left behind is killed.
 * P2. When the gateway ends, so do its children: by closed pipes however it ends, by SIGKILL when it still can send it.
 */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Command } from "./command.ts";

export interface ChildHooks {
  output(chunk: Buffer): void;
  errors(chunk: Buffer): void;
  /** Once: it could not be started, or it ended and its output is read. */
  gone(error: GatewayError): void;
}

/** How long pipes that someone else still holds may delay the news of an end. */
const pipesMs = 500;

const groups = new Set<number>();
let isGuarded = false;

/** Kills what still runs when this process exits. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on("exit", () => {
    for (const group of groups) signalGroup(group, "SIGKILL");
  });
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}

export class Child {
  readonly #hooks: ChildHooks;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #isOver = false;

  constructor(command: Command, env: Record<string, string>, hooks: ChildHooks) {
    guard();
    this.#hooks = hooks;
    // A group of its own, so that its descendants can be reached; no shell, no inherited descriptors but the pipes.
    const child = spawn(command.file, command.args, {
      cwd: command.folder,
      env,
      stdio: "pipe",
      detached: true,
      shell: false,
      windowsHide: true,
    });
    this.#process = child;
    if (child.pid !== undefined) groups.add(child.pid);
    child.stdout.on("data", (chunk: Buffer) => hooks.output(chunk));
    child.stderr.on("data", (chunk: Buffer) => hooks.errors(chunk));
    // The end of the process tells all that a broken pipe would.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      const over = (error: GatewayError): void => {
        this.#over(error);
        resolve();
      };
      child.once("error", (error) => over(startFailure(error)));
      child.once("exit", (code, signal) => {
        if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
        const end = new GatewayError(
          "UPSTREAM_CLOSED",
          `its process ended (${signal ?? `exit code ${code}`})`,
        );
        child.once("close", () => over(end));
        setTimeout(() => over(end), pipesMs).unref();
      });
    });
  }

  /** @returns false when the child does not read what it was given */
  write(text: string): boolean {
    const { stdin } = this.#process;
    if (stdin.writableLength > limits.upstreamUnsentBytesMax) return false;
    stdin.write(text);
    return true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  pause(): void {
    this.#process.stdout.pause();
  }

  resume(): void {
    this.#process.stdout.resume();
  }

  /** Closes stdin, then SIGTERM, then SIGKILL, limits.childStopMs apart. */
  async stop(): Promise<void> {
    const { pid, stdin } = this.#process;
    stdin.end();
    this.resume();
    if (pid === undefined || (await this.#endsWithin(limits.childStopMs))) return;
    signalGroup(pid, "SIGTERM");
    if (await this.#endsWithin(limits.childStopMs)) return;
    signalGroup(pid, "SIGKILL");
    await this.#endsWithin(limits.childStopMs);
  }

  #endsWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#ended.then(
        () => {
          clearTimeout(timer);
          resolve(true);
        },
        () => resolve(true),
      );
    });
  }

  #over(error: GatewayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#process.pid !== undefined) groups.delete(this.#process.pid);
    this.#hooks.gone(error);
  }
}

function startFailure(error: Error): GatewayError {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return new GatewayError("UPSTREAM_UNREACHABLE", `its process could not be started (${code})`, {
    cause: error,
  });
}
