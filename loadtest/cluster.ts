/**
 * What a cluster costs a call: three real nodes with a real NATS (TLS, keys) beside one node alone, the same upstream,
 * configuration and driver as in the bench.
 *
 *   node bin/ready.mjs tool loadtest/cluster.ts [--rounds 5] [--seconds 4] [--warm 60] [--floor] [--json]
 *
 * remote   latency of a repeatable call at a door whose node does not own the session, over one at the owner's own door;
 *          one call at a time
 * floor    what the same machine takes for such a round trip beside it: two processes with nothing but the NATS client, the
 *          same server, TLS and bytes, one message at a time
 * fence    latency of a call that must not run twice over that of a repeatable one, both at the owner's own door, one at
 *          a time: the runner-up's acknowledgement
 * least    with `--floor`: the same of three processes that do what the laws demand of a relayed call and nothing else
 *          (floorrelay.ts), two of three calls relayed; each for itself; and one alone (floorproxy.ts, "records")
 * spread   CPU of the three nodes together for a call, 64 connections shared evenly by the three doors without affinity,
 *          against that of one node alone, and of three nodes alone that share nothing, with as many connections each; repeatable calls, intents `written`. NATS apart
 *
 * Everything shares the machine's cores, so calls a second say nothing of a cluster; CPU a call and latencies at one call at
 * a time do. Rounds alternate what is compared; printed are the medians of the rounds, smallest and largest.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Nodes, type GatewayNode } from "../deploy/cluster/nodes.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import { cpuSeconds } from "./cputime.ts";
import { floorNames, FloorTrio } from "./floortrio.ts";
import type { DriverFigures } from "./driver.ts";
import { configure, startGateway } from "./gateway.ts";
import { inspectorUrl, profileWhile } from "./profile.ts";
import { RelayPair } from "./relaypair.ts";
import { assertClean, buildRig, median } from "./rig.ts";
import type { CpuProfile } from "./stages.ts";
import { tools } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    warm: { type: "string", default: "60" },
    profile: { type: "string" },
    floor: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const measureMs = Number(options.seconds) * 1_000;
const names = ["n1", "n2", "n3"];
/** JIT compilers take their time, the more so in three nodes that share the load and the cores. */
const warmMs = Number(options.warm) * 1_000;
const warmUpMs = { one: warmMs / 4, apart: warmMs / 2, three: warmMs };
const settleMs = 300;
/** A call of the bench with all that goes with it to its owner; its answer is smaller. */
const relayedBytes = 1_024;
const must = { remoteP50: 1, remoteP99: 5, fenceP50: 1, spread: 1.4 };

interface Status {
  readonly value?: {
    readonly calls?: number;
    readonly cluster?: { readonly shards: { readonly owned: number; readonly inSync: number } };
  };
}

const statusOf = async (node: GatewayNode): Promise<NonNullable<Status["value"]>> =>
  ((await node.ask("status", {})) as Status).value ?? {};

/** @returns when every shard of every node has a copy in sync, and none is on its way */
async function settled(nodes: Nodes): Promise<void> {
  for (let calm = 0; calm < 3;) {
    const shards = await Promise.all(nodes.all.map(async (node) => (await statusOf(node)).cluster?.shards));
    const counts = shards.map((each) => each ?? { owned: 0, inSync: -1 });
    const isWhole = counts.every(({ owned, inSync }) => owned === inSync);
    const least = Math.min(...counts.map(({ owned }) => owned));
    calm = isWhole && least > 0 ? calm + 1 : 0;
    await wait(500);
  }
}

const rig = await buildRig();
const configuration = join(rig.folder, "configuration");
mkdirSync(configuration);
await configure(configuration, rig.upstream.url);
/** Of the floor: two clients that do nothing but send back what they get. */
const bare = { door: "door", owner: "owner" };
await using stand = await startStand({ nodes: [...names, ...Object.values(bare), ...floorNames] });
/** By node, when they are profiled. */
const inspectors = new Map<string, string>();
const inspected = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };
const say = (node: string, line: string): void => {
  const url = inspectorUrl(line);
  if (url !== undefined) inspectors.set(node, url);
};
const environment = (): Readonly<Record<string, string>> => (options.profile === undefined ? {} : inspected);
const nodes = new Nodes({ folder: join(rig.folder, "nodes"), stand, names, configuration, port: 0, restarts: false, settings: { console: "none" }, say, environment }); // prettier-ignore
const urlOf = (node: GatewayNode, persona: string): string =>
  node.endpoints.find((each) => each.persona === persona)?.url ?? "";

interface Load {
  readonly url: string;
  readonly tool: string;
  readonly connections: number;
  readonly ms?: number;
  readonly key?: string;
}

async function drive({
  url,
  tool,
  connections,
  ms = measureMs,
  key = nodes.key,
}: Load): Promise<DriverFigures> {
  const figures = await rig.drive({ url, tool, key, connections, warmupMs: settleMs, measureMs: ms });
  assertClean(url, figures);
  return figures;
}

/** The node that decides for the session of a persona. */
async function ownerOf(persona: string, tool: string): Promise<GatewayNode> {
  const before = await Promise.all(nodes.all.map(async (node) => (await statusOf(node)).calls ?? 0));
  const [first] = nodes.all;
  if (first === undefined) throw new Error("no node");
  await drive({ url: urlOf(first, persona), tool, connections: 1, ms: 200 });
  const after = await Promise.all(nodes.all.map(async (node) => (await statusOf(node)).calls ?? 0));
  const owner = nodes.all.find((_, at) => (after[at] ?? 0) > (before[at] ?? 0));
  if (owner === undefined) throw new Error("no node counted the calls");
  return owner;
}

const cpuOf = (pids: readonly (number | undefined)[]): number =>
  pids.reduce<number>((sum, pid) => sum + cpuSeconds(pid ?? 0), 0);

/** CPU microseconds a call of some processes, under load at some doors at once. */
async function cost(pids: readonly (number | undefined)[], loads: readonly Load[]): Promise<number> {
  const before = cpuOf(pids);
  const figures = await Promise.all(loads.map((load) => drive(load)));
  return ((cpuOf(pids) - before) / figures.reduce((sum, { answered }) => sum + answered, 0)) * 1e6;
}

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly values: number[];
  readonly must?: number;
}
const table = new Map<string, Row>();
function note(name: string, unit: string, value: number, most?: number): void {
  const row = table.get(name) ?? { name, unit, values: [], ...(most === undefined ? {} : { must: most }) };
  row.values.push(value);
  if (!options.json) process.stderr.write(`  ${name}: ${value.toFixed(3)}\n`);
  table.set(name, row);
}

async function latencies(owner: GatewayNode, other: GatewayNode, pair: RelayPair): Promise<void> {
  const local = await drive({ url: urlOf(owner, "counted"), tool: tools.echo, connections: 1 });
  const remote = await drive({ url: urlOf(other, "counted"), tool: tools.echo, connections: 1 });
  const fenced = await drive({ url: urlOf(owner, "counted"), tool: tools.write, connections: 1 });
  const [floor] = await pair.run(1, measureMs);
  pair.rest();
  note("floor: NATS client there and back, p50", "ms", floor.p50Micros / 1_000);
  note("floor: NATS client there and back, p99", "ms", floor.p99Micros / 1_000);
  note("local call, p50", "ms", local.p50Ms);
  note("remote owner, added, p50", "ms", remote.p50Ms - local.p50Ms, must.remoteP50);
  note("remote owner, added, p99", "ms", remote.p99Ms - local.p99Ms, must.remoteP99);
  note("runner-up's acknowledgement, added, p50", "ms", fenced.p50Ms - local.p50Ms, must.fenceP50);
}

/** The same of three processes that do what must be done and no more. */
async function floors(trio: FloorTrio): Promise<void> {
  const at = (url: string, connections: number): Load => ({ url, tool: tools.echo, connections });
  const local = await drive(at(trio.owner, 1));
  const remote = await drive(at(trio.door, 1));
  note("least: local call, p50", "ms", local.p50Ms);
  note("least: remote owner, added, p50", "ms", remote.p50Ms - local.p50Ms);
  note("least: remote owner, added, p99", "ms", remote.p99Ms - local.p99Ms);
  const one = await cost(trio.pids.slice(0, 1), [at(trio.own[0] ?? "", 64)]);
  const apart = await cost(trio.pids, trio.own.map((url) => at(url, 21))); // prettier-ignore
  const three = await cost(trio.pids, trio.relayed.map((url) => at(url, 21))); // prettier-ignore
  note("least: one alone", "us of CPU a call", one);
  note("least: three that share nothing", "us of CPU a call", apart);
  note("least: three, two of three calls relayed", "us of CPU a call", three);
  note("least: these against one", "ratio", three / one);
}

/** Where the time of each node goes under such a load, by the name of the node. */
async function profileAll(name: string, ownerName: string, loads: readonly Load[]): Promise<void> {
  const folder = options.profile ?? "";
  mkdirSync(folder, { recursive: true });
  let act = (): Promise<readonly DriverFigures[]> => Promise.all(loads.map((load) => drive(load)));
  const profiles = new Map<string, CpuProfile>();
  for (const [node, url] of inspectors) {
    const inner = act;
    act = async () => {
      const { profile, result } = await profileWhile(url, inner);
      profiles.set(node, profile);
      return result;
    };
  }
  const calls = (await act()).reduce((sum, { answered }) => sum + answered, 0);
  for (const [node, profile] of profiles)
    writeFileSync(join(folder, `${name}-${node}.cpuprofile`), JSON.stringify(profile));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ calls, owner: ownerName }));
}

try {
  await nodes.start("bench", ["bench", "counted"]);
  const alone = await startGateway(await rig.configureGateway("alone"), {});
  const apart = await Promise.all(
    names.map(async (name) => startGateway(await rig.configureGateway(`apart-${name}`), {})),
  );
  await settled(nodes);
  const owner = await ownerOf("counted", tools.echo);
  const other = nodes.all.find((node) => node !== owner);
  if (other === undefined) throw new Error("one node only");
  const pids = nodes.all.map(({ pid }) => pid);
  const doors = (connections: number, ms?: number): Load[] =>
    nodes.all.map((node) => ({ url: urlOf(node, "bench"), tool: tools.echo, connections, ...(ms === undefined ? {} : { ms }) })); // prettier-ignore
  const one: Load = { url: alone.url("bench"), key: alone.key, tool: tools.echo, connections: 64 };
  const apartDoors = (ms?: number): Load[] =>
    apart.map((node) => ({ url: node.url("bench"), key: node.key, tool: tools.echo, connections: 21, ...(ms === undefined ? {} : { ms }) })); // prettier-ignore
  await drive({ ...one, ms: warmUpMs.one });
  await Promise.all(apartDoors(warmUpMs.apart).map((load) => drive(load)));
  await Promise.all(doors(21, warmUpMs.three).map((load) => drive(load)));
  if (options.profile !== undefined) {
    await profileAll("spread", (await ownerOf("bench", tools.echo)).name, doors(21));
    await profileAll("remote", owner.name, [
      { url: urlOf(other, "counted"), tool: tools.echo, connections: 1 },
    ]);
    await profileAll("fenced", owner.name, [
      { url: urlOf(owner, "counted"), tool: tools.write, connections: 1 },
    ]);
  }
  const trio = options.floor ? await FloorTrio.start(rig, stand, configuration) : undefined;
  for (const urls of trio === undefined ? [] : [trio.own, trio.relayed])
    await Promise.all(urls.map((url) => drive({ url, tool: tools.echo, connections: 21, ms: warmUpMs.apart }))); // prettier-ignore
  const pair = await RelayPair.start({ stand, path: "bare", bytes: relayedBytes, names: bare });
  await pair.run(1, measureMs);
  pair.rest();
  for (let round = 0; round < rounds; round++) {
    await latencies(owner, other, pair);
    const single = await cost([alone.child.pid], [one]);
    const three = await cost(
      apart.map(({ child }) => child.pid),
      apartDoors(),
    );
    const natsBefore = cpuOf(stand.pids);
    const spread = await cost(pids, doors(21));
    note("one node alone", "us of CPU a call", single);
    note("floor: three nodes that share nothing", "us of CPU a call", three);
    note("floor: these against one", "ratio", three / single);
    note("three nodes together", "us of CPU a call", spread);
    note("three nodes against one", "ratio", spread / single, must.spread);
    note("NATS meanwhile", "s of CPU", cpuOf(stand.pids) - natsBefore);
    if (trio !== undefined) await floors(trio);
  }
  await pair.end();
  await trio?.stop();
  for (const { child } of [alone, ...apart]) await child.stop();
} finally {
  await nodes.stop();
  await rig.close();
}

let isMet = true;
const figures = [...table.values()].map(({ name, unit, values, must: most }) => {
  const middle = median(values);
  if (most !== undefined && middle > most) isMet = false;
  return { name, unit, ...(most === undefined ? {} : { must: most }), median: middle, values };
});
if (options.json) console.log(JSON.stringify({ command: "cluster-bench", ok: isMet, figures }));
else
  for (const { name, unit, must: most, median: middle, values } of figures)
    console.log(`${name.padEnd(42)} ${middle.toFixed(3).padStart(9)} ${unit}${most === undefined ? "" : `  must <= ${most}${middle > most ? "  MISSED" : ""}`}   [${values.map((value) => value.toFixed(2)).join(", ")}]`); // prettier-ignore
process.exitCode = isMet ? 0 : 1;
