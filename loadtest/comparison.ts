/**
 * The gateway against the bare proxy: alternating runs of the same load (bare, gateway, bare, gateway, ...), so that what
 * else the machine does falls on both; figures per round; and, after each run of the gateway, proof that it governed.
 * There are two bare proxies (bareproxy.ts): the plain one, and the one tuned to the least that its client can do.
 *
 * 1. A run counts only when every call was answered rightly.
 * 2. After each run of the gateway: records = 2 x calls answered, each intent has its outcome and each of the two the
 *    turn it journals, the upstream saw as many calls as were answered, an unlisted tool is refused, and
 *    `gatehouse audit verify` finds nothing.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Child } from "./children.ts";
import { residentMiB } from "./cputime.ts";
import type { DriverFigures } from "./driver.ts";
import { assertGoverned, command, startGateway } from "./gateway.ts";
import type { Gateway } from "./gateway.ts";
import { RecordReader, tally } from "./records.ts";
import { assertClean, startBareProxy } from "./rig.ts";
import type { Rig } from "./rig.ts";
import { tools } from "./workload.ts";

export interface RunFigures {
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU microseconds per call: of the proxy or gateway process alone, of the upstream, of the driver. */
  readonly cpuUs: number;
  readonly upstreamUs: number;
  readonly driverUs: number;
  /** Share of its core that the proxy or gateway used; below 0.9 something else was the bottleneck. */
  readonly busy: number;
  /** Cores that processes outside of the bench (and the kernel) used meanwhile. */
  readonly others: number;
}

export interface Round {
  readonly bare: RunFigures;
  readonly tuned: RunFigures;
  readonly gateway: RunFigures;
}

export interface Load {
  readonly connections: number;
  readonly rounds: number;
  readonly warmupMs: number;
  readonly measureMs: number;
}

export interface Comparison {
  readonly rounds: readonly Round[];
  /** What was asserted after the gateway's runs, in sum. */
  readonly proven: { readonly answered: number; readonly records: number; readonly refusals: number };
  readonly residentMiB: number;
}

const warmUpConnections = 64;
/** A gateway is more code than a proxy: on a slow machine V8 is still compiling it after ten seconds of load. */
const warmUpMs = 15_000;
const settleMs = 5_000;
const pollMs = 50;

export async function compare(rig: Rig, load: Load, say: (line: string) => void): Promise<Comparison> {
  const folder = await rig.configureGateway(`gateway-${load.connections}`);
  const bare = await startBareProxy(rig, "request");
  const tuned = await startBareProxy(rig, "dispatch");
  const gateway = await startGateway(folder, { core: rig.cores?.governed });
  const proof = new Proof(rig, gateway, folder);
  const rounds: Round[] = [];
  const run = async (what: string, url: string, { pid }: Child, key?: string): Promise<Run> => {
    const credential = key === undefined ? {} : { key };
    const upstreamPid = rig.upstream.child.pid;
    const all = { url, tool: tools.echo, ...credential, ...load, watch: [pid, upstreamPid] };
    const figures = await rig.drive(all);
    assertClean(what, figures);
    return { answered: figures.answered, figures: runFigures(figures, pid, upstreamPid) };
  };
  try {
    // Every process is compiled by the same load, whatever load it is measured under: an interpreter's latency is not asked for.
    const warmUp = { tool: tools.echo, connections: warmUpConnections, warmupMs: 0, measureMs: warmUpMs };
    await rig.drive({ ...warmUp, url: bare.url });
    await rig.drive({ ...warmUp, url: tuned.url });
    await rig.drive({ ...warmUp, url: gateway.url("bench"), key: gateway.key });
    await wait(pollMs);
    for (let at = 1; at <= load.rounds; at++) {
      const first = await run("bare proxy", bare.url, bare.child);
      await proof.begin();
      const second = await run("gateway", gateway.url("bench"), gateway.child, gateway.key);
      await proof.end(second.answered);
      const third = await run("tuned bare proxy", tuned.url, tuned.child);
      const round = { bare: first.figures, tuned: third.figures, gateway: second.figures };
      rounds.push(round);
      sayRound(at, round, say);
    }
    return { rounds, proven: proof.proven, residentMiB: residentMiB(gateway.child.pid) };
  } finally {
    for (const child of [bare.child, tuned.child, gateway.child]) await child.stop();
  }
}

interface Run {
  readonly answered: number;
  readonly figures: RunFigures;
}

function runFigures(figures: DriverFigures, pid: number, upstreamPid: number): RunFigures {
  const { callsPerSecond, p50Ms, p99Ms, calls, seconds, cpu } = figures;
  const spent = (name: number | string): number => cpu[name] ?? Number.NaN;
  const perCall = (name: number | string): number => (spent(name) / calls) * 1e6;
  const others = spent("machine") - spent(pid) - spent(upstreamPid) - spent("driver");
  return {
    callsPerSecond,
    p50Ms,
    p99Ms,
    cpuUs: perCall(pid),
    upstreamUs: perCall(upstreamPid),
    driverUs: perCall("driver"),
    busy: spent(pid) / seconds,
    others: Math.max(0, others / seconds),
  };
}

function sayRound(at: number, { bare, tuned, gateway }: Round, say: (line: string) => void): void {
  const one = (name: string, run: RunFigures): void =>
    say(
      `  ${at} ${name.padEnd(8)} ${String(Math.round(run.callsPerSecond)).padStart(6)}/s  p50 ${run.p50Ms.toFixed(3)}  p99 ${run.p99Ms.toFixed(3)} ms` +
        `  CPU ${run.cpuUs.toFixed(1)} us  core ${Math.round(run.busy * 100)} %  others ${run.others.toFixed(2)} cores`,
    );
  one("bare", bare);
  one("gateway", gateway);
  one("tuned", tuned);
}

/** What is asserted after each run of the gateway. */
class Proof {
  readonly #rig: Rig;
  readonly #gateway: Gateway;
  readonly #folder: string;
  readonly #records: RecordReader;
  #upstreamCalls = 0;
  #proven = { answered: 0, records: 0, refusals: 0 };

  constructor(rig: Rig, gateway: Gateway, folder: string) {
    this.#rig = rig;
    this.#gateway = gateway;
    this.#folder = folder;
    this.#records = new RecordReader(gateway.dataFolder);
  }

  get proven(): Comparison["proven"] {
    return this.#proven;
  }

  async begin(): Promise<void> {
    this.#upstreamCalls = (await this.#rig.upstream.counts()).calls;
    this.#records.read();
  }

  async end(answered: number): Promise<void> {
    const calls = (await this.#rig.upstream.counts()).calls - this.#upstreamCalls;
    if (calls !== answered) throw new Error(`${answered} calls were answered and the upstream saw ${calls}`);
    const seen = this.#records.read();
    const lastAt = performance.now() + settleMs;
    // Outcomes are never awaited: the last of them are written after the last answer.
    while (seen.length < 2 * answered && performance.now() < lastAt) {
      await wait(pollMs);
      seen.push(...this.#records.read());
    }
    const { intents, outcomes, faults, roles } = tally(seen);
    if (intents !== answered || outcomes !== answered)
      throw new Error(
        `${answered} calls were answered, but there are ${intents} intents and ${outcomes} outcomes`,
      );
    if (faults.length > 0) throw new Error(`records do not pair up: ${faults.join("; ")}`);
    if (roles.size !== 1) throw new Error(`${roles.size} roles were in force instead of one`);
    await assertGoverned(this.#gateway, async () => (await this.#rig.upstream.counts()).calls);
    await command(this.#folder, ["audit", "verify"]);
    const refusals = tally(this.#records.read()).refusals;
    this.#proven = {
      answered: this.#proven.answered + answered,
      records: this.#proven.records + intents + outcomes,
      refusals: this.#proven.refusals + refusals,
    };
  }
}
