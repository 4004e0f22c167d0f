/**
 * How long sessions have no owner that may act: one fault in a cluster that is well, looked at every 5 ms of true time.
 * Network and store answer within a few milliseconds each way; the state is in memory at the runner-up.
 */
import { ownerOf } from "../../cluster/view.ts";
import { Cluster } from "./cluster.ts";
import type { Machine } from "./cluster.ts";
import { isolate } from "./faults.ts";

const faults = {
  "kill -9, launcher alive": (cluster: Cluster, machine: Machine) => cluster.crash(machine, true),
  "kill -9 with its launcher": (cluster: Cluster, machine: Machine) => cluster.crash(machine, false),
  "kill -9 and leader loss of 6 s": (cluster: Cluster, machine: Machine) => {
    cluster.store.loseLeader(6_000);
    cluster.crash(machine, true);
  },
  "stopped for 24 s": (_cluster: Cluster, { node }: Machine) => node.pause(24_000),
  "cut off for 24 s": (cluster: Cluster, machine: Machine) => isolate(cluster, machine, 24_000),
} as const;

export interface Takeover {
  readonly fault: string;
  readonly shards: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Shards whose new owner did not have their past. */
  readonly lost: number;
}

const lookMs = 5;
const waitMs = 40_000;

export function measureTakeovers(firstSeed: number, seeds: number): Takeover[] {
  return Object.entries(faults).map(([fault, strike]) => {
    const times: number[] = [];
    let lost = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const cluster = new Cluster({ seed, nodes: 5, shards: 64, sessions: 160, callsPerSecond: 40 });
      cluster.load(90_000);
      cluster.runUntil(12_000 + cluster.random.between(0, 3_000));
      // Not while a planned move has a shard without a copy in sync for a moment: that is another fault.
      while (cluster.unhealed().length > 0 && cluster.schedule.now < waitMs)
        cluster.runUntil(cluster.schedule.now + lookMs);
      const victim = cluster.random.pick(cluster.machines);
      const waiting = new Set(shardsOf(cluster, victim));
      const began = cluster.schedule.now;
      strike(cluster, victim);
      while (waiting.size > 0 && cluster.schedule.now < began + waitMs) {
        cluster.runUntil(cluster.schedule.now + lookMs);
        for (const shard of waiting) {
          if (!isDecided(cluster, victim, shard)) continue;
          waiting.delete(shard);
          times.push(cluster.schedule.now - began);
          if ((cluster.trueView()?.lostAt[shard] ?? 0) > 0) lost++;
        }
      }
      if (waiting.size > 0)
        throw new Error(`seed ${seed}: ${waiting.size} shards had no owner after ${waitMs} ms`);
    }
    times.sort((one, other) => one - other);
    const at = (share: number): number =>
      Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
    return { fault, shards: times.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), lost };
  });
}

function shardsOf(cluster: Cluster, { node }: Machine): number[] {
  const view = cluster.trueView();
  return [...(view?.owner.keys() ?? [])].filter(
    (shard) => view !== undefined && ownerOf(view, shard)?.id === node.id,
  );
}

function isDecided(cluster: Cluster, victim: Machine, shard: number): boolean {
  const view = cluster.trueView();
  const owner = view === undefined ? undefined : ownerOf(view, shard);
  const machine = owner === undefined ? undefined : cluster.machine(owner.id);
  if (machine === undefined || machine === victim || view === undefined) return false;
  const { peer, now } = machine.node;
  return peer !== undefined && peer.holding(shard)?.epoch === view.epoch[shard] && peer.isActing(now);
}
