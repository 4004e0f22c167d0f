/**
 * From a loss to all shards in sync again, with thousands of active sessions: three real nodes over a real NATS (TLS, keys),
 * kill -9 of the one that owns most, and where the time goes.
 *
 *   node bin/ready.mjs tool loadtest/insync.ts [--sessions 10000] [--rates 100,300] [--kills 1] [--json]
 *
 * Sessions: half as many agents, each with a token of an issuer of this run, under two personas; each has made a call. Then, for
 * each rate, calls of random sessions go through the doors of the nodes that are up, one in four to a tool that must not run
 * twice, and nodes are killed. Each node's status is read twenty times a second. Times count from the kill:
 *
 * buried     the others have a view without it: every shard has an owner again
 * again      every shard has a copy in sync, at the two that are left: what the row of the issue is about
 * joined     the killed node, started again by its launcher, is a member
 * whole      every shard has a copy in sync, with all three as members; from here on the next loss costs nothing
 * balanced   each owns a quarter of the shards at least: planned moves are over, or nearly
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { Nodes, type GatewayNode } from "../deploy/cluster/nodes.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import { shardCount, statusOf } from "./chaosrun.ts";
import { startChild } from "./children.ts";
import { command } from "./gateway.ts";
import { SessionCalls, type Ended } from "./sessioncalls.ts";
import { TokenIssuer } from "./tokenissuer.ts";
import { tools } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000" },
    rates: { type: "string", default: "100,300" },
    kills: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const names = ["n1", "n2", "n3"];
const personas = ["reading", "writing"];
const lookMs = 50;
const quietMs = 3_000;
const waitMsMax = 90_000;
const mustMs = 8_000;

interface Stages {
  buried: number;
  again: number;
  joined: number;
  whole: number;
  balanced: number;
}

async function configure(folder: string, url: string): Promise<void> {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void => writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false })); // prettier-ignore
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", console: "none" });
  const upstream = { transport: { http: { url } }, environment: "dev", reach: "internal", isolation: "shared", era: "modern", repeatable: [tools.echo], network: { private: ["127.0.0.1/32"] } }; // prettier-ignore
  write("catalogue.yaml", { servers: { upstream } });
  const wide = { capacity: 1_000_000, perSecond: 1_000_000 };
  const limits = { agent: wide, tool: wide, budget: { calls: 1_000_000_000, hours: 24 }, openCalls: 256 };
  const breakers = { tool: { failures: 1_000, openSeconds: 1 }, behaviour: { identical: 1_000, similar: 1_000, repeats: 10_000, openSeconds: 1 } }; // prettier-ignore
  const grants = [tools.echo, tools.write].map((tool) => ({ tool, server: "upstream", effect: tool === tools.write ? "update" : "read", reason: "the run calls it" })); // prettier-ignore
  for (const role of personas) write(`personas/${role}.role.yaml`, { role, title: "In sync", grants, limits, breakers }); // prettier-ignore
  await command(folder, ["catalogue", "accept", "upstream"]);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + waitMsMax; performance.now() < end; await delay(lookMs))
    if (await isSo()) return;
  throw new Error(`not ${what} within ${waitMsMax} ms`);
}

/** How all nodes that are up see it; undefined while one does not know. */
async function look(
  nodes: readonly GatewayNode[],
): Promise<
  { readonly live: number; readonly owned: readonly number[]; readonly isWhole: boolean } | undefined
> {
  const all = await Promise.all(nodes.map(statusOf));
  const known = all.flatMap((status) => (status?.acting === true ? [status] : []));
  if (known.length < nodes.length) return undefined;
  const owned = known.map(({ shards }) => shards.owned);
  const sum = owned.reduce((total, count) => total + count, 0);
  const live = Math.min(...known.map(({ members }) => members.filter((member) => member.live).length));
  const isOne = new Set(known.map(({ view }) => view)).size === 1;
  const isCopied = known.every(({ shards }) => shards.owned === shards.inSync);
  return { live, owned, isWhole: isOne && isCopied && sum === shardCount };
}

function isBalanced(seen: Awaited<ReturnType<typeof look>>): boolean {
  return seen?.isWhole === true && Math.min(...seen.owned) >= shardCount / 4;
}

async function kill(nodes: Nodes, calls: SessionCalls): Promise<Stages> {
  const owned = await Promise.all(nodes.all.map(async (node) => (await statusOf(node))?.shards.owned ?? 0));
  const victim = nodes.all[owned.indexOf(Math.max(...owned))] as GatewayNode;
  const others = nodes.all.filter((node) => node !== victim);
  const stages: Stages = { buried: 0, again: 0, joined: 0, whole: 0, balanced: 0 };
  calls.lose(victim);
  const at = performance.now();
  const note = (stage: keyof Stages, isSo: boolean): void => {
    if (isSo && stages[stage] === 0) stages[stage] = performance.now() - at;
  };
  victim.kill("SIGKILL");
  await until("balanced", async () => {
    const left = await look(others);
    note("buried", left !== undefined && left.live === 2);
    note("again", left !== undefined && left.live === 2 && left.isWhole);
    const all = victim.pid === undefined ? undefined : await look(nodes.all);
    note("joined", all?.live === 3 && stages.buried > 0);
    // Joined before the two that are left had copied all.
    note("again", all?.live === 3 && all.isWhole && stages.buried > 0);
    note("whole", all?.live === 3 && all.isWhole && stages.joined > 0);
    note("balanced", stages.whole > 0 && isBalanced(all));
    return stages.balanced > 0;
  });
  return stages;
}

interface Row extends Stages {
  readonly rate: number;
  readonly calls: Ended;
}

function told(rows: readonly Row[]): void {
  for (const { rate, calls, ...stages } of rows) {
    const times = Object.entries(stages).map(([name, ms]) => `${name} ${Math.round(ms)}`);
    console.log(`${rate} calls/s: ${times.join(", ")} ms; of ${calls.count} calls ${calls.ok} answered, p50 ${calls.p50Ms.toFixed(0)} p99 ${calls.p99Ms.toFixed(0)} max ${calls.maxMs.toFixed(0)} ms; ${JSON.stringify(calls.others)}`); // prettier-ignore
  }
}

const folder = mkdtempSync(join(tmpdir(), "gatehouse-insync-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true })); // it holds keys
const upstream = await startChild("upstream", [join(import.meta.dirname, "upstream.ts")]);
const configuration = join(folder, "configuration");
mkdirSync(configuration);
await configure(configuration, (upstream.ready as { url: string }).url);
await using stand = await startStand({ nodes: names });
await using issuer = await TokenIssuer.open("https://issuer.example");
/** Tokens of the run's issuer are good at each node. */
const oauth = {
  issuers: [{ issuer: issuer.name, jwks: issuer.jwks, algorithms: ["ES256"], private: ["127.0.0.1/32"] }],
};
const settings = { console: "none", oauth };
const nodes = new Nodes({ folder: join(folder, "nodes"), stand, names, configuration, port: 0, restarts: true, settings, say: () => undefined }); // prettier-ignore
const rows: Row[] = [];
try {
  await nodes.start("operator", personas);
  await until("balanced", async () => isBalanced(await look(nodes.all)));
  const agents = Number(options.sessions) / personas.length;
  const calls = new SessionCalls({ nodes, issuer, personas, agents });
  const begun = performance.now();
  await calls.meetAll();
  if (!options.json)
    console.log(`${options.sessions} sessions after ${Math.round(performance.now() - begun)} ms`);
  for (const rate of options.rates.split(",").map(Number))
    for (let at = 0; at < Number(options.kills); at++) {
      await until("balanced", async () => isBalanced(await look(nodes.all)));
      calls.start(rate);
      await delay(quietMs);
      const stages = await kill(nodes, calls);
      rows.push({ rate, ...stages, calls: await calls.stop() });
      if (!options.json) told(rows.slice(-1));
    }
} finally {
  await nodes.stop();
  await upstream.stop();
}
const isMet = rows.every(({ again }) => again <= mustMs);
if (options.json) console.log(JSON.stringify({ command: "in-sync", ok: isMet, figures: rows }));
process.exitCode = isMet ? 0 : 1;
