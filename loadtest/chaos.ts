/**
 * npm run chaos: faults of real nodes and real NATS servers under load, again as soon as the cluster is in sync.
 *
 *   npm run chaos -- [--faults kill,pause,...|all] [--minutes M] [--strikes N] [--rate R] [--clock-off] [--log FILE] [--json]
 *
 * Faults (chaosfaults.ts): kill (the default), double, pause, leader, kill+leader, servers, cut, disk; they take turns. It ends after M
 * minutes (2) or N strikes, whichever comes first; with more faults than one each has its turn once at least. R calls a second (100) go through the
 * doors of all nodes that are up: a third may run twice, a third must not, a third brings a label. Struck is the node that
 * owns most shards. With --clock-off the clock of one node is an hour off, all the time.
 * What nodes say goes to FILE, if one is named.
 * Exit status: 0 nothing that must not be has happened, 1 it has, or nothing was struck, 2 misuse.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Nodes } from "../deploy/cluster/nodes.ts";
import { startStand, type Stand } from "../deploy/cluster/stand.ts";
import { check, hasViolation, type ChaosFindings } from "./chaoschecker.ts";
import { faultNames, faultsAt, type FaultName } from "./chaosfaults.ts";
import { ChaosProxy } from "./chaosproxy.ts";
import { agent, ChaosRun, sessions, type Strike } from "./chaosrun.ts";
import { configure, names, toolMs } from "./chaosstand.ts";
import { witnesses } from "./chaoswitness.ts";
import { startChild } from "./children.ts";
import { command } from "./gateway.ts";
import { RecordReader } from "./records.ts";
import { tools } from "./workload.ts";

const hourMs = 3_600_000;

interface Options {
  readonly faults: readonly FaultName[];
  readonly minutes: number;
  readonly strikes: number;
  readonly rate: number;
  readonly isClockOff: boolean;
  readonly log: string | undefined;
  readonly json: boolean;
}

/** @throws Error that says what was wrong with the command line */
function readOptions(): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { faults: text, minutes: text, strikes: text, rate: text, log: text, "clock-off": { type: "boolean", default: false }, json: { type: "boolean", default: false } } }); // prettier-ignore
  const number = (name: "minutes" | "strikes" | "rate", fallback: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not ${values[name]}`);
    return value;
  };
  const named = values.faults === "all" ? faultNames : (values.faults ?? "kill").split(",");
  const isFault = (name: string): name is FaultName => (faultNames as readonly string[]).includes(name);
  const strange = named.find((name) => !isFault(name));
  if (strange !== undefined) throw new Error(`there is no fault ${strange}; known: ${faultNames.join(", ")}`);
  const faults = named.filter(isFault);
  return { faults, minutes: number("minutes", 2), strikes: number("strikes", Infinity), rate: number("rate", 100), isClockOff: values["clock-off"], log: values.log, json: values.json }; // prettier-ignore
}

/** Ways to the NATS servers of a node that can be cut. */
async function layProxies(stand: Stand): Promise<ReadonlyMap<string, readonly ChaosProxy[]>> {
  const ports = stand.urls.map((url) => Number(new URL(url).port));
  const ways = new Map<string, readonly ChaosProxy[]>();
  for (const name of names) ways.set(name, await Promise.all(ports.map((port) => ChaosProxy.open(port))));
  return ways;
}

function nodesAt(
  folder: string,
  configuration: string,
  stand: Stand,
  ways: ReadonlyMap<string, readonly ChaosProxy[]>,
  isClockOff: boolean,
  say: (node: string, line: string) => void,
): Nodes {
  const through = (node: string, url: string): string => {
    const way = ways.get(node)?.[stand.urls.indexOf(url)];
    return way === undefined ? url : `nats://127.0.0.1:${way.port}`;
  };
  const wrong = { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, "chaosclock.mjs")).href}`, GATEHOUSE_CLOCK_OFF_MS: String(hourMs) }; // prettier-ignore
  const environment = (node: string): Readonly<Record<string, string>> => (isClockOff && node === names[1] ? wrong : {}); // prettier-ignore
  return new Nodes({
    folder,
    stand,
    names,
    configuration,
    port: 0,
    restarts: true,
    say,
    through,
    environment,
  });
}

async function run(
  options: Options,
  say: (line: string) => void,
): Promise<{ readonly strikes: readonly Strike[]; readonly findings: ChaosFindings }> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-chaos-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true })); // it holds keys
  const log = join(folder, "seen.log");
  const upstream = await startChild("upstream", [join(import.meta.dirname, "upstream.ts"), "--log", log, "--delay", String(toolMs)]); // prettier-ignore
  const configuration = join(folder, "configuration");
  await configure(configuration, (upstream.ready as { url: string }).url, options.faults.includes("double"));
  const needsThree = options.faults.some((fault) => ["leader", "kill+leader", "servers"].includes(fault));
  await using stand = await startStand({ nodes: names, servers: needsThree ? 3 : 1 });
  const proxies = options.faults.includes("cut") ? await layProxies(stand) : new Map<string, readonly ChaosProxy[]>(); // prettier-ignore
  let hear: (node: string, line: string) => void = () => undefined;
  const nodes = nodesAt(folder, configuration, stand, proxies, options.isClockOff, (node, line) => {
    hear(node, line);
    if (options.log !== undefined) appendFileSync(options.log, `${Date.now()} ${node} ${line}\n`);
  });
  try {
    await nodes.start(agent, options.faults.includes("double") ? [...sessions, ...witnesses] : sessions);
    const chaos = new ChaosRun(nodes);
    chaos.isHasty = options.faults.every((fault) => fault === "kill");
    hear = (node, line) => chaos.hear(node, line);
    await Promise.race([strikeAll(chaos, options, faultsAt({ stand, proxies }), say), chaos.agents.broken]);
    await chaos.agents.stop();
    await nodes.stop();
    if (options.faults.includes("double") && !chaos.isDoubled)
      chaos.witnesses.broken.push("no session lost owner and runner-up: nothing was shown");
    for (const node of nodes.all) await command(node.folder, ["audit", "verify"]);
    const records = nodes.all.flatMap(({ folder: at }) => new RecordReader(join(at, "data")).read());
    const seen = readFileSync(log, "utf8").split("\n").filter(Boolean);
    return { strikes: chaos.strikes, findings: check(chaos.agents.calls, seen, records, chaos) };
  } finally {
    await nodes.stop();
    for (const ways of proxies.values()) for (const way of ways) way.close();
    await upstream.stop();
  }
}

async function strikeAll(
  chaos: ChaosRun,
  { faults, minutes, strikes, rate }: Options,
  known: ReturnType<typeof faultsAt>,
  say: (line: string) => void,
): Promise<void> {
  let owned = await chaos.inSync();
  say("all shards are in sync; calls begin");
  chaos.agents.start(rate);
  for (const session of sessions) await chaos.agents.send(session, tools.hidden);
  if (faults.includes("double")) await chaos.witnesses.prepare();
  const end = performance.now() + minutes * 60_000;
  for (
    let at = 0;
    at < strikes && (performance.now() < end || (faults.length > 1 && at < faults.length));
    at++
  ) {
    owned = await chaos.strike(known[faults[at % faults.length] ?? "kill"], owned);
    const { fault, victim, open, decidedMs, syncMs, notes } = chaos.strikes.at(-1) as Strike;
    say(`${at + 1}, ${fault}: ${victim}, ${open} calls open, ${decidedMs.length} sessions decided again after ${decidedMs.map(Math.round).join(" ")} ms, in sync after ${Math.round(syncMs)} ms${notes.map((note) => `; ${note}`).join("")}`); // prettier-ignore
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
  const { strikes, findings } = await run(options, say);
  const decided = strikes.flatMap(({ decidedMs }) => decidedMs);
  const late = strikes.flatMap(({ fault, mostMs, decidedMs }) => decidedMs.filter((ms) => ms > mostMs).map((ms) => `${fault}: ${Math.round(ms)} ms, must ${mostMs}`)); // prettier-ignore
  const ok = decided.length > 0 && strikes.every(({ open }) => open > 0) && !hasViolation(findings);
  const figures = {
    strikes: strikes.map(({ fault, open, decidedMs, syncMs, notes }) => ({ fault, open, decidedMs: decidedMs.map(Math.round), inSyncMs: Math.round(syncMs), notes })), // prettier-ignore
    decidedAgainMs: { p50: quantile(decided, 0.5), p99: quantile(decided, 0.99), max: quantile(decided, 1), of: decided.length }, // prettier-ignore
    late,
    ...findings,
  };
  process.stdout.write(options.json ? `${JSON.stringify({ command: "chaos", ok, figures })}\n` : `${JSON.stringify(figures, undefined, 2)}\n${ok ? "ok" : "VIOLATED"}\n`); // prettier-ignore
  return ok ? 0 : 1;
}

process.exitCode = await main();
