/** What goes wrong: for each seed its own mix, so that over many seeds every pair of faults meets (swarm testing). */
import { ownerOf, runnerOf } from "../../cluster/view.ts";
import type { Cluster, Machine } from "./cluster.ts";
import { Random } from "./random.ts";

type Fault = (cluster: Cluster, random: Random) => void;

const anyMachine = (cluster: Cluster, random: Random): Machine => random.pick(cluster.machines);
/** Short for the most part, and now and then longer than a lease. */
const span = (random: Random): number =>
  random.chance(0.3) ? random.between(8_000, 24_000) : random.between(200, 6_000);

function crash(isTold: (random: Random) => boolean, down: (random: Random) => number): Fault {
  return (cluster, random) => {
    const machine = anyMachine(cluster, random);
    cluster.crash(machine, isTold(random));
    cluster.schedule.after(down(random), () => cluster.start(machine));
  };
}

/** Neither the store nor any other node is reached. */
export function isolate(cluster: Cluster, { link, node }: Machine, ms: number): void {
  link.isCut = true;
  cluster.schedule.after(ms, () => (link.isCut = false));
  for (const { node: other } of cluster.machines) {
    if (other === node) continue;
    cluster.network.cut(node.id, other.id, ms);
    cluster.network.cut(other.id, node.id, ms);
  }
}

export const faults = {
  crash: crash(
    (random) => random.chance(0.85),
    (random) => random.between(300, 8_000),
  ),
  hostLoss: crash(
    () => false,
    (random) => random.between(16_000, 30_000),
  ),
  pause: (cluster, random) => anyMachine(cluster, random).node.pause(span(random)),
  partition: (cluster, random) => {
    const ms = span(random);
    const one = anyMachine(cluster, random).node.id;
    for (const { node } of cluster.machines) {
      if (node.id === one || random.chance(0.3)) continue;
      cluster.network.cut(one, node.id, ms);
      cluster.network.cut(node.id, one, ms);
    }
  },
  oneWay: (cluster, random) => cluster.network.cut(anyMachine(cluster, random).node.id, anyMachine(cluster, random).node.id, span(random)), // prettier-ignore
  storeCut: (cluster, random) => {
    const { link } = anyMachine(cluster, random);
    link.isCut = true;
    cluster.schedule.after(span(random), () => (link.isCut = false));
  },
  isolation: (cluster, random) => isolate(cluster, anyMachine(cluster, random), span(random)),
  /** A line that dies slowly: first the watch is late, then nothing goes either way. */
  fade: (cluster, random) => {
    const machine = anyMachine(cluster, random);
    const lateMs = random.between(1_000, 6_000);
    cluster.store.lagWatch(machine.link, lateMs);
    const ms = random.between(3, 1_500);
    cluster.schedule.after(lateMs + ms, () => {
      // Once all was healed, no fault begins any more.
      if (!healed.has(cluster)) isolate(cluster, machine, random.between(14_000, 26_000));
    });
  },
  watchLag: (cluster, random) => cluster.store.lagWatch(anyMachine(cluster, random).link, span(random)),
  staleWatch: (cluster, random) => cluster.store.restartWatch(anyMachine(cluster, random).link, random.between(100, 8_000)), // prettier-ignore
  leaderLoss: (cluster, random) => {
    const ms = random.between(3_000, 7_500);
    // Each stream has a leader of its own.
    if (random.chance(0.7)) cluster.store.loseLeader(ms);
    if (random.chance(0.7)) cluster.fences.loseLeader(ms);
    if (random.chance(0.7)) cluster.archive.loseLeader(ms);
  },
  rollBack: (cluster, random) => {
    const ms = random.between(50, 3_000);
    cluster.store.rollBack(ms);
    cluster.fences.rollBack(ms);
    cluster.archive.rollBack(ms);
  },
  storeClock: (cluster, random) => {
    const off = random.between(-5_000, 5_000);
    cluster.store.clockOff += off;
    cluster.oracle.clockSlack += Math.abs(off) * 2;
  },
  /** The archive alone goes back, or is without a leader. */
  archiveLoss: (cluster, random) => {
    if (random.chance(0.5)) cluster.archive.rollBack(random.between(50, 6_000));
    else cluster.archive.loseLeader(random.between(1_000, 12_000));
  },
  /** Owner and runner-up of a shard at once. */
  double: (cluster, random) => {
    const view = cluster.trueView();
    const shard = random.below(cluster.shards);
    const both = view === undefined ? [] : [ownerOf(view, shard), runnerOf(view, shard)];
    for (const member of both) {
      const machine = cluster.machine(member?.id ?? "");
      if (machine === undefined) continue;
      cluster.crash(machine, random.chance(0.9));
      cluster.schedule.after(random.between(300, 8_000), () => cluster.start(machine));
    }
  },
  slowDisk: (cluster, random) => {
    const { node } = anyMachine(cluster, random);
    node.diskBusyUntil = cluster.schedule.now + random.between(100, 8_000);
  },
  connectStall: (cluster, random) => {
    const { node } = anyMachine(cluster, random);
    node.connectStallUntil = cluster.schedule.now + span(random);
  },
  configuration: (cluster) => cluster.configure(),
  /** A tool's server fails for a while: breakers that sessions share open, and are tried. */
  illness: (cluster, random) =>
    void (cluster.illUntil = cluster.schedule.now + random.between(2_000, 15_000)),
  /** A node gives everything away; then it stays after all, or leaves, whether it was through or not. */
  drain: (cluster, random) => {
    const machine = anyMachine(cluster, random);
    const { process } = machine.node;
    machine.node.give(process, { kind: "drain" });
    const [after, down, isEnd] = [random.between(500, 9_000), random.between(300, 8_000), random.chance(0.5)];
    cluster.schedule.after(after, () => {
      if (machine.node.process !== process) return;
      machine.node.give(process, { kind: isEnd ? "leave" : "stay" });
      if (!isEnd) return;
      cluster.schedule.after(20, () => cluster.crash(machine, false));
      cluster.schedule.after(down, () => cluster.start(machine));
    });
  },
} as const satisfies { readonly [name: string]: Fault };

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
/** Faults that stop the whole cluster for a while come less often: else nothing else would be seen. */
const rare: { readonly [name in FaultName]?: number } = {
  rollBack: 0.08,
  leaderLoss: 0.3,
  hostLoss: 0.5,
  staleWatch: 0.5,
  double: 0.3,
};

export interface Mix {
  readonly weights: { readonly [name in FaultName]?: number };
  readonly everyMs: number;
}

/** About half of all faults, each with a weight of its own. */
export function drawMix(random: Random, only?: readonly FaultName[]): Mix {
  if (only !== undefined) {
    const weights = Object.fromEntries(only.map((name) => [name, 1]));
    return { weights, everyMs: random.between(500, 4_000) };
  }
  const weights: { [name in FaultName]?: number } = {};
  for (const name of faultNames)
    if (random.chance(0.5)) weights[name] = random.between(0.2, 1) * (rare[name] ?? 1);
  return { weights, everyMs: random.between(500, 6_000) };
}

/** Lets faults happen until a time; then all that can be healed is healed. */
export function unleash(cluster: Cluster, seed: number, from: number, until: number, mix: Mix): void {
  const random = new Random(seed, 7);
  const { schedule, network } = cluster;
  schedule.at(from, () => {
    if (random.chance(0.5)) network.weather.loss = random.between(0, 0.05);
    if (random.chance(0.5)) network.weather.duplication = random.between(0, 0.05);
    if (random.chance(0.6)) Object.assign(network.weather, { tail: random.between(0, 0.04), tailMs: random.between(100, 9_000) }); // prettier-ignore
    const next = (): void => {
      if (schedule.now >= until) return;
      const name = drawFault(random, mix);
      if (name !== undefined) {
        count(cluster, name);
        faults[name](cluster, random);
      }
      schedule.after(random.between(0, 2 * mix.everyMs), next);
    };
    next();
  });
  schedule.at(until, () => heal(cluster));
}

const healed = new WeakSet<Cluster>();

export function heal(cluster: Cluster): void {
  healed.add(cluster);
  cluster.network.heal();
  cluster.illUntil = 0;
  for (const machine of cluster.machines) {
    machine.link.isCut = false;
    cluster.store.lagWatch(machine.link, 0);
    machine.node.connectStallUntil = 0;
    machine.node.diskBusyUntil = 0;
    machine.node.give(machine.node.process, { kind: "stay" });
    cluster.start(machine);
  }
}

function drawFault(random: Random, { weights }: Mix): FaultName | undefined {
  const sum = faultNames.reduce((total, name) => total + (weights[name] ?? 0), 0);
  let place = random.unit() * sum;
  return faultNames.find((name) => (place -= weights[name] ?? 0) < 0);
}

const counts = new WeakMap<Cluster, Map<FaultName, number>>();

function count(cluster: Cluster, name: FaultName): void {
  const map = counts.get(cluster) ?? new Map<FaultName, number>();
  counts.set(cluster, map.set(name, (map.get(name) ?? 0) + 1));
}

export function faultCounts(cluster: Cluster): { readonly [name: string]: number } {
  return Object.fromEntries(counts.get(cluster) ?? []);
}
