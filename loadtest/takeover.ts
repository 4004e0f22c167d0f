/**
 * How long a node's shards have no owner, by membership alone over real NATS servers, at the lease that is shipped.
 *
 *   node bin/ready.mjs tool loadtest/takeover.ts [--runs N] [--json]
 *
 * "word"   a launcher says at once that the process has ended: to the moment when every other node has the new view
 * "lease"  nobody says anything and the row stands still: the same. From the halt, so up to one renewal shorter than
 *          leaseMs and 2 %
 * "leader" the word, and in the same moment kill -9 of the NATS server that leads the stream
 */
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { JetStreamStore } from "../cluster/jetstream.ts";
import { LiveMember } from "../cluster/membership.fixture.ts";
import { shardCount } from "../cluster/shard.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";

const bucket = "GATEHOUSE";
const nodes = ["n1", "n2", "n3"];
const waitMsMax = 60_000;

async function openMember(
  stand: Stand,
  node: string,
  atEnd: (close: () => Promise<void>) => void,
): Promise<LiveMember> {
  const connection = await connect({ ...stand.options(node, "store"), maxReconnectAttempts: -1, reconnectTimeWait: 100 }); // prettier-ignore
  const store = await JetStreamStore.open({
    name: bucket,
    replicas: 3,
    connect: () => Promise.resolve(connection),
    inboxPrefix: stand.client(node, "store").inboxPrefix,
    report: (says) => process.stderr.write(`${node}: ${says}\n`),
  });
  const member = new LiveMember(node, store, shardCount);
  atEnd(() => (member.halt(), store.close(), connection.close()));
  return member;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`it is not so within ${waitMsMax} ms`);
    await delay(2);
  }
}

async function killLeader(stand: Stand): Promise<void> {
  const operator = await connect(stand.operatorOptions());
  const { cluster } = await (await jetstreamManager(operator)).streams.info(`KV_${bucket}`);
  await operator.close();
  await stand.kill(stand.indexOf(cluster?.leader ?? ""));
}

async function measure(how: "word" | "lease" | "leader"): Promise<number> {
  await using stand = await startStand({ servers: 3, nodes, sync: "always" });
  const closers: (() => Promise<void>)[] = [];
  const members = await Promise.all(
    nodes.map((node) => openMember(stand, node, (close) => void closers.push(close))),
  );
  await until(() =>
    members.every((member) => member.isActing && members.every((other) => member.sees(other))),
  );
  await delay(Math.random() * 3_000);
  const gone = members.pop();
  if (gone === undefined) throw new Error("there is no member");
  const { id } = gone;
  const { incarnation } = gone.membership;
  gone.halt();
  const from = performance.now();
  if (how === "leader") await killLeader(stand);
  if (how !== "lease") members[0]?.died(id, incarnation);
  await until(() => members.every((member) => member.sawEndOf(id, incarnation) !== undefined));
  const took = Math.max(...members.map((member) => (member.sawEndOf(id, incarnation) ?? 0) - from));
  await until(() => members.every((member) => member.isActing));
  for (const close of closers) await close();
  return Math.round(took);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "3" }, json: { type: "boolean", default: false } },
  });
  const figures: Record<string, number[]> = {};
  for (const how of ["word", "lease", "leader"] as const) {
    const times: number[] = [];
    for (let run = 0; run < Number(values.runs); run++) times.push(await measure(how));
    figures[how] = times;
    process.stdout.write(`${how}: ${times.join(", ")} ms\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ command: "loadtest/takeover.ts", figures })}\n`);
}

await main();
