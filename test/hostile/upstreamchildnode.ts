/**
 * The gateway as a process of its own, for what only a process can show: kill -9, a full disk, memory. Owns starting
 * and ending it; what it is configured with comes from upstreamstand.ts.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { later } from "./upstreamstand.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");

interface ReadyLine {
  readonly endpoints: readonly { readonly persona?: string; readonly url: string }[];
  readonly key?: string;
}

export class ChildNode {
  readonly child: ChildProcess;
  readonly #ready: ReadyLine;
  /** Its standard output and error so far. */
  readonly words: string[];
  readonly ended: Promise<void>;

  private constructor(child: ChildProcess, ready: ReadyLine, words: string[]) {
    this.child = child;
    this.#ready = ready;
    this.words = words;
    this.ended = new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) done();
      else child.once("exit", () => done());
    });
  }

  /** @param key of an earlier start of the same folder */
  static async start(folder: string): Promise<ChildNode> {
    // A write beyond a file size limit must fail, and not end the process: XFSZ stays ignored over the exec.
    const args = [
      "-c",
      'trap "" XFSZ; exec "$@"',
      "gatehouse",
      process.execPath,
      program,
      "start",
      "--config",
      folder,
      "--json",
    ];
    const child = spawn("/bin/bash", args, { stdio: ["ignore", "pipe", "pipe"] });
    later(() => void child.kill("SIGKILL"));
    const words: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => void words.push(text));
    const line = await new Promise<string>((done, fail) => {
      child.once("exit", () => fail(new Error(`the gateway ended: ${words.join("")}`)));
      createInterface({ input: child.stdout }).on("line", (text) => {
        words.push(`${text}\n`);
        done(text);
      });
    });
    return new ChildNode(child, JSON.parse(line) as ReadyLine, words);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("it never started");
    return this.child.pid;
  }

  get key(): string {
    if (this.#ready.key === undefined) throw new Error("this start made no key");
    return this.#ready.key;
  }

  urlOf(persona: string): string {
    const found = this.#ready.endpoints.find((endpoint) => endpoint.persona === persona);
    if (found === undefined) throw new Error(`no endpoint ${persona}`);
    return found.url;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** Resident memory in bytes, by the kernel's own word. */
  rss(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }

  /** Lets no file of it grow beyond `bytes`, as a full disk does; undefined: as long as it likes again. */
  limitFiles(bytes: number | undefined): void {
    execFileSync("prlimit", ["--pid", String(this.pid), `--fsize=${bytes ?? "unlimited"}:unlimited`]);
  }
}

/** A gatehouse command on a folder: its figures, and whether it says ok. */
export function command(
  folder: string,
  args: readonly string[],
): { readonly ok: boolean; readonly figures: Record<string, unknown>; readonly lines: readonly string[] } {
  let out: string;
  try {
    out = execFileSync(process.execPath, [program, ...args, "--config", folder, "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    out = String((error as { stdout?: string }).stdout);
  }
  const lines = out.trim().split("\n");
  const { ok, figures } = JSON.parse(lines.at(-1) ?? "{}") as {
    ok: boolean;
    figures: Record<string, unknown>;
  };
  return { ok, figures, lines };
}

export function recordsFolder(folder: string): string {
  return join(folder, "data", "records");
}
