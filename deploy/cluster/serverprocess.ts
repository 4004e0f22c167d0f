/**
 * serverprocess: one nats-server as a child process: started, signalled, ended by its id. An end that nobody asked for is
 * reported. Does not own: what its configuration says (natsconfig.ts), and whether the cluster serves (stand.ts).
 *
 * V1. A server does not outlive this process, however that ends, kill -9 included: a shell waits on a pipe that only
 *     this process holds, and kills the server when the pipe closes.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** A server that has work left gets this long between SIGTERM and SIGKILL. */
const stopMsMax = 10_000;
const logLinesMax = 12;

export interface ServerExit {
  readonly index: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its log. */
  readonly lastLines: string;
}

export interface ServerFiles {
  readonly binary: string;
  readonly config: string;
  readonly log: string;
}

/** @returns what kills `server` when this process is gone; it must be ended before the server's id is given away again */
export function watchOver(server: ChildProcess): ChildProcess {
  // A group of its own: a signal to ours, as from a terminal, must not take it away first.
  const warden = spawn("/bin/sh", ["-c", 'read -r _; kill -9 "$1"', "warden", String(server.pid)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  warden.once("error", () => server.kill("SIGKILL")); // no server without one
  warden.unref();
  return warden;
}

export class ServerProcess {
  readonly #index: number;
  readonly #files: ServerFiles;
  readonly #onExit: (exit: ServerExit) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #endIsAskedFor = false;

  /** @param onExit called when it ends and nobody asked for it */
  constructor(index: number, files: ServerFiles, onExit: (exit: ServerExit) => void) {
    this.#index = index;
    this.#files = files;
    this.#onExit = onExit;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get lastLines(): string {
    try {
      return readFileSync(this.#files.log, "utf8").trimEnd().split("\n").slice(-logLinesMax).join("\n");
    } catch {
      return "";
    }
  }

  start(): void {
    if (this.#child !== undefined) throw new Error(`server ${this.#index} runs already`);
    const log = openSync(this.#files.log, "a", 0o600);
    // A group of its own: Ctrl-C in the terminal is for us, who end it when the nodes have ended.
    const child = spawn(this.#files.binary, ["--config", this.#files.config], {
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    const warden = child.pid === undefined ? undefined : watchOver(child);
    this.#endIsAskedFor = false;
    this.#ended = new Promise((done) => {
      let isOver = false;
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (isOver) return;
        isOver = true;
        warden?.kill("SIGKILL");
        this.#child = undefined;
        done();
        if (!this.#endIsAskedFor)
          this.#onExit({ index: this.#index, code, signal, lastLines: this.lastLines });
      };
      child.once("error", () => end(null, null));
      child.once("exit", end);
    });
  }

  /** Sends SIGSTOP or SIGCONT. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    if (this.#child?.kill(signal) !== true) throw new Error(`server ${this.#index} does not run`);
  }

  /** Ends it, and comes back when it is gone. SIGTERM becomes SIGKILL when it takes too long. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#endIsAskedFor = true;
    child.kill(signal);
    child.kill("SIGCONT"); // one that is stopped takes no SIGTERM
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await this.#ended;
    clearTimeout(timer);
  }
}
