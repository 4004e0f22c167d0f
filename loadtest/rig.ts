/**
 * What every measurement stands on: the upstream, the bare proxy, a configured gateway, and the driver, each a process
 * of its own, on loopback, in a folder that is gone afterwards.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCores, runChild, startChild } from "./children.ts";
import type { Child, Cores } from "./children.ts";
import type { DriverFigures, DriverOptions } from "./driver.ts";
import { configure, nodeFlags } from "./gateway.ts";

const here = import.meta.dirname;
/** Beyond the time a driver is asked to run: start, drain, end. */
const driverGraceMs = 30_000;

export interface UpstreamCounts {
  readonly calls: number;
  readonly byTool: { readonly [tool: string]: number };
  readonly withOperation: number;
}

export class Upstream {
  readonly child: Child;
  readonly url: string;
  readonly #control: string;

  constructor(child: Child) {
    const { url, control } = child.ready as { url: string; control: string };
    this.child = child;
    this.url = url;
    this.#control = control;
  }

  async counts(): Promise<UpstreamCounts> {
    return (await (await fetch(this.#control)).json()) as UpstreamCounts;
  }

  /** Has it end a process of ours with SIGKILL, `delayMs` after it has seen `afterCalls` more calls. */
  async killAfter(pid: number, afterCalls: number, delayMs: number): Promise<void> {
    await fetch(`${this.#control}/kill`, {
      method: "POST",
      body: JSON.stringify({ pid, afterCalls, delayMs }),
    });
  }
}

export interface Rig {
  readonly cores: Cores | undefined;
  readonly folder: string;
  readonly upstream: Upstream;
  /** A fresh configuration folder with an empty data folder. */
  configureGateway(name: string): Promise<string>;
  /** A number range that no other run uses. */
  drive(options: Omit<DriverOptions, "numbersFrom">): Promise<DriverFigures>;
  close(): Promise<void>;
}

const numbersPerRun = 10_000_000;

/** @param log file in which the upstream notes every call */
export async function buildRig(log?: string): Promise<Rig> {
  const cores = findCores();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", discard); // it holds keys
  const args = [join(here, "upstream.ts"), ...(log === undefined ? [] : ["--log", join(folder, log)])];
  const upstream = new Upstream(await startChild("upstream", args, { core: cores?.upstream }));
  let runs = 0;
  return {
    cores,
    folder,
    upstream,
    configureGateway: async (name) => {
      const path = join(folder, name);
      mkdirSync(path);
      await configure(path, upstream.url);
      return path;
    },
    drive: async (options) => {
      const all: DriverOptions = { ...options, numbersFrom: numbersPerRun * runs++ };
      const limitMs = all.warmupMs + all.measureMs + driverGraceMs;
      const line = [join(here, "driver.ts"), JSON.stringify(all)];
      const { status, out, words } = await runChild(line, limitMs, { core: cores?.driver });
      if (status !== 0) throw new Error(`driver: status ${status ?? "none"}\n${words}`);
      return JSON.parse(out) as DriverFigures;
    },
    close: async () => {
      await upstream.child.stop();
      discard();
    },
  };
}

/**
 * Under the same flags as the gateway, so that those are no advantage.
 *
 * @param client how it uses undici: see bareproxy.ts
 */
export async function startBareProxy(
  rig: Rig,
  client: "request" | "dispatch",
): Promise<{ readonly child: Child; readonly url: string }> {
  const args = [join(here, "bareproxy.ts"), "--upstream", rig.upstream.url, "--client", client];
  const child = await startChild("bare proxy", args, { core: rig.cores?.governed, flags: nodeFlags });
  return { child, url: (child.ready as { url: string }).url };
}

/** @throws Error that lists what went wrong */
export function assertClean(what: string, figures: DriverFigures): void {
  const { errors, sent, answered } = figures;
  if (Object.keys(errors).length === 0 && sent === answered) return;
  throw new Error(`${what}: ${sent} calls sent, ${answered} answered rightly; ${JSON.stringify(errors)}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
