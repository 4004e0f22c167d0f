/**
 * How long a row takes from one node to another through the store over real NATS servers, and how long no swap succeeds
 * after kill -9 of the server that leads its stream. Everything on one machine and one disk, with TLS, and with the keys
 * and permissions that nodes have.
 *
 *   node bin/ready.mjs tool loadtest/store.ts [--swaps N] [--kills N] [--json]
 *
 * 1. Swaps go one after the other, as those of one row do: the figures are latencies, not what the store can bear.
 * 2. "swapped" is until the swap's own end, "seen" until the watch of another node has brought the row.
 * 3. An outage is from the kill to the first swap that is sent after it and succeeds; "stood still" is the longest time
 *    in which the watch of the other node brought nothing, the part of a lease that is used up.
 */
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { JetStreamStore } from "../cluster/jetstream.ts";
import type { Row, SwapResult } from "../cluster/store.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";

const bucket = "GATEHOUSE";
const leaseBytes = 16;
/** The view of 8,192 shards and a hundred members. */
const viewBytes = 140 * 1024;
const outageMsMax = 60_000;

interface Node {
  readonly store: JetStreamStore;
  readonly close: () => Promise<void>;
}

async function openNode(stand: Stand, node: string, replicas: number): Promise<Node> {
  const options = stand.options(node, "store");
  const connection = await connect({ ...options, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const store = await JetStreamStore.open({
    name: bucket,
    replicas,
    connect: () => Promise.resolve(connection),
    inboxPrefix: stand.client(node, "store").inboxPrefix,
    report: (says) => process.stderr.write(`${node}: ${says}\n`),
  });
  return { store, close: () => (store.close(), connection.close()) };
}

function swap(store: JetStreamStore, key: string, value: Uint8Array, expected: number): Promise<SwapResult> {
  return new Promise((done) => store.swap(key, value, expected, done));
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function summary(times: readonly number[]): Latencies {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): number =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

interface Trip {
  readonly swapped: Latencies;
  readonly seen: Latencies;
}

async function measureTrips(
  writer: JetStreamStore,
  reader: JetStreamStore,
  key: string,
  bytes: number,
  count: number,
): Promise<Trip> {
  const [swapped, seen]: [number[], number[]] = [[], []];
  let onSeen: (row: Row) => void = () => undefined;
  const end = reader.watch(
    (row) => onSeen(row),
    () => undefined,
  );
  let revision = 0;
  const warmUp = 20;
  for (let at = -warmUp; at < count; at++) {
    const value = Buffer.alloc(bytes, at & 0xff);
    const began = performance.now();
    const came = new Promise<void>((done) => {
      onSeen = (row) => {
        if (row.key !== key || row.revision <= revision) return;
        if (at >= 0) seen.push(performance.now() - began);
        done();
      };
    });
    const result = await swap(writer, key, value, revision);
    if (result.kind !== "swapped") throw new Error(`swap ${at} of ${key} ended as ${result.kind}`);
    if (at >= 0) swapped.push(performance.now() - began);
    await came;
    revision = result.revision;
  }
  end();
  return { swapped: summary(swapped), seen: summary(seen) };
}

interface Outage {
  readonly swapMs: number;
  readonly stoodStillMs: number;
  readonly ends: Readonly<Record<string, number>>;
}

/** Kills the leader of the stream while one node swaps without a pause and another watches. */
async function measureOutage(stand: Stand, writer: JetStreamStore, reader: JetStreamStore): Promise<Outage> {
  const operator = await connect(stand.operatorOptions());
  const { cluster } = await (await jetstreamManager(operator)).streams.info(`KV_${bucket}`);
  await operator.close();
  const leader = stand.indexOf(cluster?.leader ?? "");
  let [revision, seenAt, stoodStillMs] = [0, performance.now(), 0];
  const end = reader.watch(
    (row) => {
      if (row.key !== "outage") return;
      revision = Math.max(revision, row.revision);
      stoodStillMs = Math.max(stoodStillMs, performance.now() - seenAt);
      seenAt = performance.now();
    },
    () => (seenAt = performance.now()),
  );
  const ends: Record<string, number> = {};
  let [killedAt, swapMs] = [Number.POSITIVE_INFINITY, 0];
  const started = performance.now();
  const killing = delay(500).then(async () => {
    killedAt = performance.now();
    await stand.kill(leader);
  });
  while (performance.now() - started < outageMsMax) {
    const sentAt = performance.now();
    const result = await swap(writer, "outage", Buffer.alloc(leaseBytes), revision);
    if (sentAt > killedAt) ends[result.kind] = (ends[result.kind] ?? 0) + 1;
    if (result.kind === "swapped") revision = Math.max(revision, result.revision);
    if (result.kind === "swapped" && sentAt > killedAt && swapMs === 0) swapMs = performance.now() - killedAt;
    if (swapMs > 0 && performance.now() - killedAt > swapMs + 2_500) break;
    await delay(10);
  }
  await killing;
  end();
  stand.restart(leader);
  await stand.ready();
  return { swapMs: Math.round(swapMs), stoodStillMs: Math.round(stoodStillMs), ends };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      swaps: { type: "string", default: "1000" },
      kills: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
    },
  });
  const [swaps, kills] = [Number(values.swaps), Number(values.kills)];
  const figures: Record<string, unknown> = {};
  const say = (what: string, figure: unknown): void => {
    figures[what] = figure;
    process.stdout.write(`${what}: ${JSON.stringify(figure)}\n`);
  };
  for (const servers of [1, 3] as const)
    for (const sync of ["default", "always"] as const) {
      await using stand = await startStand({ servers, sync });
      const writer = await openNode(stand, "n1", servers);
      const reader = await openNode(stand, "n2", servers);
      const where = `${servers} server${servers === 1 ? "" : "s"}, sync ${sync}`;
      say(
        `${where}, lease row`,
        await measureTrips(writer.store, reader.store, "node.n1", leaseBytes, swaps),
      );
      say(`${where}, view row`, await measureTrips(writer.store, reader.store, "view", viewBytes, swaps / 5));
      for (let at = 1; servers === 3 && sync === "always" && at <= kills; at++)
        say(`${where}, kill ${at}`, await measureOutage(stand, writer.store, reader.store));
      await writer.close();
      await reader.close();
    }
  if (values.json) process.stdout.write(`${JSON.stringify({ command: "loadtest/store.ts", figures })}\n`);
}

await main();
