/**
 * A large cluster: many nodes, every shard that ships, a million sessions of which each has made a call, and some of them
 * at work while nodes are killed. The same shipped files, the same observer and the same invariants as any seed; what it
 * adds is what all of it costs. Owns the phases. Does not own faults of other kinds (faults.ts).
 *
 * It begins with the view that so many joins end in, every node a member and every shard at its best one, and with no copy
 * anywhere: `formed` says how long the marks take from there.
 */
import { viewKey } from "../../cluster/membership.ts";
import { firstEpoch, firstView, nobody, ranked } from "../../cluster/view.ts";
import type { Member } from "../../cluster/view.ts";
import { encodeView } from "../../cluster/viewrow.ts";
import { isScopeKey } from "../../protocol/scope.ts";
import { sessionOf } from "../../actors/roster.ts";
import { Cluster } from "./cluster.ts";
import { idOf, weightOf } from "./simnode.ts";
import { keyOf, takeTool, tools } from "./load.ts";
import { Random } from "./random.ts";
import { checkHealed, healMs, spent } from "./simulate.ts";

export interface ScaleOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly shards: number;
  /** That make one call each. */
  readonly sessions: number;
  /** That go on calling, and are in memory. */
  readonly active: number;
  /** Virtual, of calls of active sessions while nodes are killed. */
  readonly minutes: number;
  readonly kills: number;
}

export const scaleDefaults = { nodes: 1_000, shards: 8_192, sessions: 1_000_000, active: 50_000, minutes: 0.5, kills: 1 } as const; // prettier-ignore

export interface ScaleOutcome {
  readonly violations: readonly string[];
  readonly fingerprint: string;
  readonly figures: { readonly [name: string]: number };
}

const startMs = 3_000;
const callsPerSecond = 20_000;
/** What is known of an exchange is of no use so long after its ending: no owner goes on with a call for longer. */
const keepMs = 25_000;
/** Rows of leases, a third of the nodes' number each second, are gathered on their way to each node. */
const gatherMs = 40;
/** Until every shard has a copy in sync. */
const formMs = 300_000;
const lookMs = 500;
const repeatable = tools.filter(({ isRepeatable }) => isRepeatable);

export function simulateScale(options: ScaleOptions, say: (text: string) => void): ScaleOutcome {
  const began = process.cpuUsage();
  const beganAt = performance.now();
  const { nodes, shards, sessions, active, minutes, kills } = options;
  const cluster = formed(options);
  const tell = (what: string): void =>
    say(
      `${(cluster.schedule.now / 1_000).toFixed(1)} s  ${what}; ${Math.round(spent(began) / 1_000)} s of the processor, ${memory()}; store ${JSON.stringify(cluster.store.figures)}`,
    );

  const formedAt = settle(cluster, formMs);
  tell(`${nodes} nodes, every one of ${shards} shards has a copy in sync`);
  const views = cluster.trueView()?.number ?? 0;
  const meetMs = meet(cluster, sessions);
  for (let part = 1; part <= 10; part++) {
    cluster.runUntil(cluster.schedule.now + meetMs / 10);
    if (part < 10) tell(`${part} tenths of all sessions have called`);
  }
  tell(`${sessions} sessions have called once, ${census(cluster, shards).known} are known to their owner`);
  const workFrom = cluster.schedule.now;
  work(cluster, active, workFrom + minutes * 60_000);
  const healed: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    cluster.runUntil(workFrom + ((kill + 0.5) * minutes * 60_000) / kills);
    const victim = cluster.random.pick(cluster.machines);
    cluster.crash(victim, true);
    healed.push(settle(cluster, healMs));
    tell(
      `${victim.node.id} was killed, and every shard has an owner and a copy in sync after ${healed.at(-1)} ms`,
    );
    cluster.start(victim);
  }
  cluster.runUntil(workFrom + minutes * 60_000);
  const worked = census(cluster, shards);
  tell(`${worked.hydrated} sessions are in memory at their owner, ${worked.inMemory} states in all`);
  cluster.runUntil(cluster.schedule.now + healMs);
  checkHealed(cluster);
  for (const end = cluster.schedule.now + 90_000; cluster.oracle.open > 0 && cluster.schedule.now < end;)
    cluster.runUntil(cluster.schedule.now + 1_000);
  const mistaken = cluster.oracle.violations.length === 0 ? checkKnown(cluster, sessions) : 0;
  if (mistaken > 0) cluster.oracle.violate(`${mistaken} sessions are not known to their owner`);
  if (cluster.oracle.violations.length === 0) cluster.oracle.end((key) => cluster.shardOf(key));
  const cpuMs = spent(began);
  const { happened: events, now } = cluster.schedule;
  return {
    violations: cluster.oracle.violations,
    fingerprint: cluster.fingerprint,
    figures: {
      nodes,
      shards,
      sessionsKnown: worked.known,
      sessionsHydrated: worked.hydrated,
      statesInMemory: worked.inMemory,
      peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
      virtualSeconds: Math.round(now / 1_000),
      wallSeconds: Math.round((performance.now() - beganAt) / 1_000),
      cpuSeconds: Math.round(cpuMs / 1_000),
      events,
      eventsPerCpuSecond: Math.round((events / cpuMs) * 1_000),
      eventsPerSecond: Math.round((events / (performance.now() - beganAt)) * 1_000),
      formedMs: formedAt,
      viewsToForm: views,
      kills,
      healedMsMax: Math.max(0, ...healed),
      checks: cluster.oracle.checks,
      ...cluster.oracle.figures,
    },
  };
}

/** All nodes have started, and the view is there. */
function formed({ seed, nodes, shards, sessions, active }: ScaleOptions): Cluster {
  // Each is in memory at its owner and at its runner-up, by their shares of the shards; scopes take a third of it.
  const weights = Array.from({ length: nodes }, (_, place) => weightOf(place));
  const sum = weights.reduce((one, other) => one + other, 0);
  const activeMax = (place: number): number => Math.ceil((3 * active * weightOf(place)) / sum);
  const cluster = new Cluster({ seed, nodes, shards, sessions, callsPerSecond, activeMax, startMs, keepMs,
    gatherMs, streams: {}, historyMs: 0, isArchived: false, isFollowed: false }); // prettier-ignore
  // Nobody can have written a view before, and all have their number when it comes.
  cluster.store.loseLeader(startMs + 600);
  cluster.runUntil(startMs + 500);
  cluster.store.put(viewKey, formedView(nodes, shards));
  return cluster;
}

function formedView(nodes: number, shards: number): Uint8Array {
  const members = Array.from({ length: nodes }, (_, place): Member => ({ id: idOf(place), incarnation: 1, weight: weightOf(place), isLive: true })); // prettier-ignore
  const view = { ...firstView("formed", shards), number: firstEpoch, members };
  view.epoch.fill(firstEpoch);
  for (let shard = 0; shard < shards; shard++) {
    const [owner = nobody] = ranked(members, shard, 1);
    const [runner = nobody] = ranked(members, shard, 1, (place) => place === owner);
    view.owner[shard] = owner;
    view.runner[shard] = runner;
  }
  return encodeView(view);
}

/** @returns after how many milliseconds all was well; those it was given when it was not */
function settle(cluster: Cluster, withinMs: number): number {
  const from = cluster.schedule.now;
  do cluster.runUntil(cluster.schedule.now + lookMs);
  while (
    cluster.unhealed().length > 0 &&
    cluster.schedule.now < from + withinMs &&
    cluster.oracle.violations.length === 0
  );
  return cluster.schedule.now - from;
}

/** Each session calls once, at any door. @returns milliseconds until the last answer is there */
function meet(cluster: Cluster, sessions: number): number {
  const random = new Random(cluster.seed, 20);
  let index = 0;
  const next = (): void => {
    const { node } = random.pick(cluster.machines);
    cluster.request(node, keyOf(index), random.pick(repeatable).name);
    if (++index < sessions) cluster.schedule.after(1_000 / callsPerSecond, next);
  };
  next();
  return (sessions * 1_000) / callsPerSecond + 10_000;
}

/** The first so many sessions, spread over all shards, call all tools until a time. */
function work(cluster: Cluster, active: number, until: number): void {
  const random = new Random(cluster.seed, 21);
  const next = (): void => {
    if (cluster.schedule.now >= until) return;
    cluster.schedule.after(1_000 / (active / 30), next);
    const { node } = random.pick(cluster.machines);
    if (node.isUp)
      cluster.request(node, keyOf(random.below(active)), takeTool((count) => random.below(count)).name);
  };
  next();
}

/** Every session that has called is known where it is decided, with what it has read. @returns how many are not */
function checkKnown(cluster: Cluster, sessions: number): number {
  let missing = 0;
  for (let index = 0; index < sessions; index++) {
    const key = keyOf(index);
    const state = sessionOf(cluster.ownerOf(cluster.shardOf(key))?.node.host?.peek(key));
    if (state === undefined || !cluster.oracle.isShown(key, state.labels)) missing++;
  }
  return missing;
}

interface Census {
  /** Sessions that their owner knows, in memory or put away. */
  readonly known: number;
  /** In memory at their owner; and all states in memory, copies and scopes too. */
  readonly hydrated: number;
  readonly inMemory: number;
}

function census(cluster: Cluster, shards: number): Census {
  let [known, hydrated, inMemory] = [0, 0, 0];
  for (let shard = 0; shard < shards; shard++)
    for (const key of cluster.ownerOf(shard)?.node.peer?.holding(shard)?.keys ?? [])
      if (!isScopeKey(key)) known++;
  for (const machine of cluster.machines) {
    inMemory += machine.node.host?.active ?? 0;
    for (const { key, isActive } of machine.node.host?.sessions() ?? []) {
      if (!isActive) break;
      if (!isScopeKey(key) && cluster.ownerOf(cluster.shardOf(key)) === machine) hydrated++;
    }
  }
  return { known, hydrated, inMemory };
}

function memory(): string {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const mebi = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;
  return `${mebi(rss)} resident, ${mebi(heapUsed)} of heap, ${mebi(arrayBuffers)} of buffers`;
}
