/**
 * npm run chaos: kill -9 of one of three real nodes under load, again as soon as the cluster is in sync, over a real NATS.
 *
 *   npm run chaos -- [--minutes M] [--kills K] [--rate R] [--json]
 *
 * It ends after M minutes (2) or K kills, whichever comes first. R calls a second (100) go through the doors of all nodes
 * that are up: a third may run twice, a third must not, a third brings a label. Killed is the node that owns most shards.
 * Exit status: 0 nothing that must not be has happened, 1 it has, or no node was killed, 2 misuse.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { Nodes } from "../deploy/cluster/nodes.ts";
import type { GatewayNode } from "../deploy/cluster/nodes.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import { ChaosAgents, mixed } from "./chaosagents.ts";
import { check, hasViolation, type ChaosFindings } from "./chaoschecker.ts";
import { startChild } from "./children.ts";
import { command } from "./gateway.ts";
import { RecordReader } from "./records.ts";
import { tools } from "./workload.ts";

const names = ["n1", "n2", "n3"];
const agent = "ann";
const label = "customer-data";
/** docs/session.md */
const everyLabel = "*";
/** One agent under so many personas: so many sessions, in so many shards. */
const sessionCount = 12;
const sessions = Array.from({ length: sessionCount }, (_, at) => `p${at + 1}`);
/** docs/cluster.md */
const shardCount = 8_192;
const syncMsMax = 120_000;
/** A view that stands so long: hand-overs follow each other faster. */
const stableMs = 500;
/** Calls are open at each moment: so long does a tool think. */
const toolMs = 60;

interface Kill {
  readonly victim: string;
  readonly owned: number;
  readonly open: number;
  /** From the kill to the first answer to a call sent after it, per session of the victim. */
  readonly decidedMs: readonly number[];
  readonly syncMs: number;
}

interface Options {
  readonly minutes: number;
  readonly kills: number;
  readonly rate: number;
  readonly json: boolean;
}

/** @throws Error that says what was wrong with the command line */
function readOptions(): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { minutes: text, kills: text, rate: text, json: { type: "boolean", default: false } } }); // prettier-ignore
  const number = (name: "minutes" | "kills" | "rate", fallback: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${values[name]}`);
    return value;
  };
  return { minutes: number("minutes", 2), kills: number("kills", Infinity), rate: number("rate", 100), json: values.json }; // prettier-ignore
}

/** Configuration of all nodes: one server behind two entries, of which one is labelled. */
async function configure(folder: string, url: string): Promise<void> {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void => writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false })); // prettier-ignore
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", console: "none" });
  const entry = { transport: { http: { url } }, environment: "dev", reach: "internal", isolation: "shared", era: "modern", network: { private: ["127.0.0.1/32"] } }; // prettier-ignore
  write("catalogue.yaml", { servers: { upstream: { ...entry, repeatable: [tools.echo] }, vault: { ...entry, repeatable: [tools.hidden], labels: [label] } } }); // prettier-ignore
  const wide = { capacity: 1_000_000, perSecond: 1_000_000 };
  const limits = { agent: wide, tool: wide, budget: { calls: 1_000_000_000, hours: 24 }, openCalls: 256 };
  const breakers = { tool: { failures: 1_000, openSeconds: 1 }, behaviour: { identical: 1_000, similar: 1_000, repeats: 10_000, openSeconds: 1 } }; // prettier-ignore
  const grants = mixed.map((tool) => ({
    tool,
    server: tool === tools.hidden ? "vault" : "upstream",
    effect: tool === tools.write ? "update" : "read",
    reason: "the chaos run calls it",
    // So the number of a call stands in the facts of its record.
    arguments: { n: { required: true, pattern: "[0-9]{10}" } },
  }));
  for (const role of sessions) write(`personas/${role}.role.yaml`, { role, title: "Chaos", grants, limits, breakers }); // prettier-ignore
  for (const server of ["upstream", "vault"]) await command(folder, ["catalogue", "accept", server]);
}

interface ClusterStatus {
  readonly acting: boolean;
  readonly view: number;
  readonly members: readonly { readonly live: boolean }[];
  readonly shards: { readonly owned: number; readonly inSync: number };
}

async function statusOf(node: GatewayNode): Promise<ClusterStatus | undefined> {
  try {
    return ((await node.ask("status", {})) as { value?: { cluster?: ClusterStatus } }).value?.cluster;
  } catch {
    return undefined; // it does not run
  }
}

/** More than what was there is safe, and another matter. */
function isKept(labels: readonly string[] | undefined): boolean {
  return labels?.includes(label) === true || labels?.includes(everyLabel) === true;
}

class ChaosRun {
  readonly nodes: Nodes;
  readonly agents: ChaosAgents;
  readonly kills: Kill[] = [];
  readonly labelsLost: string[] = [];
  /** Sessions that begin anew with every label: their owner and all that it had told are gone (docs/cluster.md, "Faults"). */
  readonly pastsLost: string[] = [];
  readonly undecided: string[] = [];
  /** The node that decided last, by session. */
  readonly #deciders = new Map<string, string>();
  readonly #down = new Map<GatewayNode, unknown>();

  constructor(nodes: Nodes) {
    this.nodes = nodes;
    this.agents = new ChaosAgents(nodes.key, sessions, () => this.#up());
  }

  hear(node: string, line: string): void {
    const session = /"persona":"(p\d+)"/.exec(line)?.[1];
    if (session !== undefined) this.#deciders.set(session, node);
  }

  /**
   * Waits until every shard has an owner and a copy in sync, all nodes are members, and no hand-over is under way: all nodes
   * have the same view, twice in a row.
   *
   * @returns shards by node
   */
  async inSync(): Promise<ReadonlyMap<GatewayNode, number>> {
    let before = "";
    for (const end = performance.now() + syncMsMax; performance.now() < end; await delay(stableMs)) {
      const all = await Promise.all(
        this.nodes.all.map(async (node) => [node, await statusOf(node)] as const),
      );
      const owned = new Map(all.map(([node, status]) => [node, status?.shards.owned ?? 0]));
      const isWhole = all.every(([, status]) => status?.acting === true && status.shards.owned === status.shards.inSync && status.members.every(({ live }) => live)); // prettier-ignore
      const sum = [...owned.values()].reduce((total, count) => total + count, 0);
      const views = new Set(all.map(([, status]) => status?.view));
      const now = isWhole && sum === shardCount && views.size === 1 ? String([...views][0]) : "";
      if (now !== "" && now === before && this.#up().length === names.length) return owned;
      before = now;
    }
    throw new Error(`the cluster is not in sync after ${syncMsMax} ms`);
  }

  /** Kills the node that owns most, and waits until all is in sync again. */
  async kill(owned: ReadonlyMap<GatewayNode, number>): Promise<ReadonlyMap<GatewayNode, number>> {
    const [victim, shards] = [...owned].sort(([, one], [, other]) => other - one)[0] ?? [];
    if (victim === undefined || shards === undefined) throw new Error("a cluster has nodes");
    const mine = sessions.filter((session) => this.#deciders.get(session) === victim.name);
    const { open } = this.agents;
    this.#down.set(victim, victim.endpoints);
    const at = performance.now();
    victim.kill("SIGKILL");
    const first = await Promise.all(mine.map((session) => this.agents.send(session, tools.echo)));
    const decidedMs = first.map(({ endedAt }) => endedAt - at);
    for (const { ending, session } of first)
      if (ending !== "ok") this.undecided.push(`${session}: the first call after a kill ended as ${ending}`);
    await this.#lookAtLabels();
    const now = await this.inSync();
    this.kills.push({ victim: victim.name, owned: shards, open, decidedMs, syncMs: performance.now() - at });
    return now;
  }

  /** Every session has read something labelled long ago: whoever decides for it now must know. */
  async #lookAtLabels(): Promise<void> {
    for (const session of sessions) {
      let found: readonly string[] | undefined;
      for (let tries = 0; tries < 5 && !isKept(found); tries++) {
        if (tries > 0) await delay(200); // its owner may be about to change
        await this.agents.send(session, tools.echo);
        const owner = this.nodes.all.find(({ name }) => name === this.#deciders.get(session));
        const shown = await owner?.ask("sessions.show", { key: `default/${session}/${agent}/-` }).catch(() => undefined); // prettier-ignore
        found = (shown as { value?: { labels?: readonly string[] } } | undefined)?.value?.labels;
      }
      if (found?.includes(everyLabel) === true)
        this.pastsLost.push(`${session} at ${this.#deciders.get(session)}`);
      if (!isKept(found))
        this.labelsLost.push(`${session} at ${this.#deciders.get(session)} shows ${JSON.stringify(found)}`);
    }
  }

  #up(): readonly GatewayNode[] {
    for (const [node, before] of this.#down) if (node.endpoints !== before) this.#down.delete(node);
    return this.nodes.all.filter((node) => !this.#down.has(node) && node.pid !== undefined);
  }
}

async function run(
  { minutes, kills, rate }: Options,
  say: (line: string) => void,
): Promise<{ readonly kills: readonly Kill[]; readonly findings: ChaosFindings }> {
  // prettier-ignore
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-chaos-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true })); // it holds keys
  const log = join(folder, "seen.log");
  const upstream = await startChild("upstream", [join(import.meta.dirname, "upstream.ts"), "--log", log, "--delay", String(toolMs)]); // prettier-ignore
  const configuration = join(folder, "configuration");
  await configure(configuration, (upstream.ready as { url: string }).url);
  await using stand = await startStand({ nodes: names });
  let hear: (node: string, line: string) => void = () => undefined;
  const nodes = new Nodes({ folder, stand, names, configuration, port: 0, restarts: true, say: (node, line) => hear(node, line) }); // prettier-ignore
  try {
    await nodes.start(agent, sessions);
    const chaos = new ChaosRun(nodes);
    hear = (node, line) => chaos.hear(node, line);
    let owned = await chaos.inSync();
    say("all shards are in sync; calls begin");
    chaos.agents.start(rate);
    for (const session of sessions) await chaos.agents.send(session, tools.hidden);
    const end = performance.now() + minutes * 60_000;
    while (performance.now() < end && chaos.kills.length < kills) {
      owned = await chaos.kill(owned);
      const { victim, open, decidedMs, syncMs } = chaos.kills.at(-1) as Kill;
      say(`kill ${chaos.kills.length}: ${victim}, ${open} calls open, ${decidedMs.length} sessions decided again after ${decidedMs.map(Math.round).join(" ")} ms, in sync after ${Math.round(syncMs)} ms`); // prettier-ignore
    }
    await chaos.agents.stop();
    await nodes.stop();
    for (const node of nodes.all) await command(node.folder, ["audit", "verify"]);
    const records = nodes.all.flatMap(({ folder: at }) => new RecordReader(join(at, "data")).read());
    const seen = readFileSync(log, "utf8").split("\n").filter(Boolean);
    return { kills: chaos.kills, findings: check(chaos.agents.calls, seen, records, chaos) };
  } finally {
    await nodes.stop();
    await upstream.stop();
  }
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN);
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const say = (line: string): void => void process.stdout.write(options.json ? `${JSON.stringify({ say: line })}\n` : `${line}\n`); // prettier-ignore
  const { kills, findings } = await run(options, say);
  const decided = kills.flatMap(({ decidedMs }) => decidedMs);
  const ok =
    kills.length > 0 && decided.length > 0 && kills.every(({ open }) => open > 0) && !hasViolation(findings);
  const figures = {
    kills: kills.length,
    openAtKill: kills.map(({ open }) => open),
    decidedAgainMs: { p50: quantile(decided, 0.5), p99: quantile(decided, 0.99), max: quantile(decided, 1), of: decided.length }, // prettier-ignore
    inSyncMs: kills.map(({ syncMs }) => Math.round(syncMs)),
    ...findings,
  };
  process.stdout.write(options.json ? `${JSON.stringify({ command: "chaos", ok, figures })}\n` : `${JSON.stringify(figures, undefined, 2)}\n${ok ? "ok" : "VIOLATED"}\n`); // prettier-ignore
  return ok ? 0 : 1;
}

process.exitCode = await main();
