/** One seed from its beginning to its end. */
import { drawApprovals } from "./approving.ts";
import { Cluster } from "./cluster.ts";
import { drawEndings } from "./endings.ts";
import { drawMix, faultCounts, unleash } from "./faults.ts";
import type { FaultName } from "./faults.ts";
import { Random } from "./random.ts";
import { drawShrinks } from "./shrinking.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Virtual minutes with faults; what heals and ends comes after. */
  readonly minutes: number;
  readonly shards: number;
  readonly sessions: number;
  readonly callsPerSecond: number;
  /** Only these go wrong, all alike; else each seed draws its own mix. */
  readonly faults?: readonly FaultName[];
}

export const simulationDefaults = {
  nodes: 5,
  minutes: 1,
  shards: 64,
  sessions: 160,
  callsPerSecond: 60,
} as const;

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly fingerprint: string;
  readonly events: number;
  /** Of the processor, this thread and the collector's. */
  readonly ms: number;
  /** Of the processor, this thread alone: without what compiles and collects beside it. */
  readonly threadMs: number;
  /** Of the clock: more, where other work is on the machine. */
  readonly wallMs: number;
  readonly faults: { readonly [name: string]: number };
  readonly figures: { readonly [name: string]: number };
  readonly alarms: number;
}

/** The cluster forms before anything goes wrong. */
const formMs = 5_000;
/** Within it after the last fault, all shards are owned again, with copies in sync: two leases and a little. */
export const healMs = 38_000;
/** Within it after the last call, every exchange has its ending: `answerMs` of a door, and what comes before it. */
const endMs = 95_000;

export function spent(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

function spentHere(began: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1_000;
}

/** A planned move takes a copy's mark away for a moment: only what stays so is a fault. */
export function checkHealed(cluster: Cluster): void {
  let faults = cluster.unhealed();
  for (let look = 0; look < 4 && faults.length > 0; look++) {
    cluster.runUntil(cluster.schedule.now + 700);
    const now = new Set(cluster.unhealed());
    faults = faults.filter((fault) => now.has(fault));
  }
  if (cluster.oracle.violations.length > 0) return;
  for (const fault of faults.slice(0, 3)) cluster.oracle.violate(`not healed: ${fault}`);
}

export function simulate(options: SimulationOptions): Outcome {
  const began = process.cpuUsage();
  const beganThread = process.threadCpuUsage();
  const beganAt = performance.now();
  // In every fourth seed states are put away and brought back all the time, which is half of its work; else in bad times.
  const activeMax = options.seed % 4 === 0 ? 48 : 128;
  const cluster = new Cluster({ ...options, activeMax });
  const until = formMs + options.minutes * 60_000;
  const mix = drawMix(new Random(options.seed, 5), options.faults);
  unleash(cluster, options.seed, formMs, until, mix);
  cluster.load(until + 5_000);
  drawEndings(cluster, new Random(options.seed, 8), until + 5_000, options.sessions);
  drawApprovals(cluster, new Random(options.seed, 9), until + 5_000, options.sessions);
  drawShrinks(cluster, new Random(options.seed, 10), until + 5_000, options.sessions);
  cluster.runUntil(until + healMs);
  checkHealed(cluster);
  while (
    cluster.oracle.open > 0 &&
    cluster.schedule.now < until + endMs &&
    cluster.oracle.violations.length === 0
  )
    cluster.runUntil(cluster.schedule.now + 1_000);
  if (cluster.oracle.violations.length === 0) cluster.oracle.end((key) => cluster.shardOf(key));
  return {
    seed: options.seed,
    violations: cluster.oracle.violations,
    fingerprint: cluster.fingerprint,
    events: cluster.schedule.happened,
    ms: spent(began),
    threadMs: spentHere(beganThread),
    wallMs: performance.now() - beganAt,
    faults: faultCounts(cluster),
    figures: { ...cluster.oracle.figures },
    alarms: cluster.alarms,
  };
}
