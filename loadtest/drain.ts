/**
 * A rolling restart under load: each of three real nodes in turn leaves the cluster, by `cluster drain` at another node or by
 * SIGTERM, ends, is started again and gets its shards back, while calls go on through the doors that a balancer would use.
 *
 *   node bin/ready.mjs tool loadtest/drain.ts [--rounds 1] [--rate 100] [--json]
 *
 * The balancer looks at /readyz every half second. Beside the calls over HTTP, one agent on a WebSocket at each node calls all
 * the time, and comes again elsewhere when it is closed with 1012. Exit status: 0 no call failed, and each node ended with 0.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { Nodes, type GatewayNode } from "../deploy/cluster/nodes.ts";
import { startStand } from "../deploy/cluster/stand.ts";
import { ChaosAgents } from "./chaosagents.ts";
import { agent, sessions, shardCount, statusOf } from "./chaosrun.ts";
import { configure, names, toolMs } from "./chaosstand.ts";
import { startChild } from "./children.ts";
import { callBody, firstNumber, tools } from "./workload.ts";

const lookMs = 500;
const syncMsMax = 120_000;
const leaveMsMax = 30_000;
const restartedCode = 1012;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "1" },
    rate: { type: "string", default: "100" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const rate = Number(options.rate);
const say = (line: string): void => void (options.json ? undefined : process.stdout.write(`${line}\n`));

/** What a balancer knows: which doors have said that they are ready. */
class Balancer {
  readonly #nodes: Nodes;
  #ready: readonly GatewayNode[];
  readonly #timer: NodeJS.Timeout;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#ready = nodes.all;
    this.#timer = setInterval(() => void this.look(), lookMs);
  }

  get ready(): readonly GatewayNode[] {
    return this.#ready;
  }

  async look(): Promise<void> {
    const looked = await Promise.all(
      this.#nodes.all.map(async (node) => [node, await isReady(node)] as const),
    );
    const ready = looked.filter(([, is]) => is).map(([node]) => node);
    if (ready.length > 0) this.#ready = ready;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

async function isReady(node: GatewayNode): Promise<boolean> {
  const [first] = node.endpoints;
  if (node.pid === undefined || first === undefined) return false;
  try {
    return (await fetch(new URL("/readyz", first.url))).ok;
  } catch {
    return false;
  }
}

/** One agent on a socket: a call after the other, and a new socket when the node sends it away. */
class SocketCaller {
  calls = 0;
  moved = 0;
  /** Calls without an answer when their socket was closed for the node's leaving: they were not made, or not answered. */
  cutOff = 0;
  readonly failed: string[] = [];
  #isOver = false;
  readonly #run: Promise<void>;

  constructor(balancer: Balancer, key: string, at: number) {
    this.#run = this.#call(balancer, key, at);
  }

  stop(): Promise<void> {
    this.#isOver = true;
    return this.#run;
  }

  async #call(balancer: Balancer, key: string, at: number): Promise<void> {
    for (let socket: WebSocket | undefined; !this.#isOver;) {
      const node = balancer.ready[at % balancer.ready.length];
      const url = node?.endpoints.find(({ persona }) => persona === sessions[at])?.websocket ?? "";
      try {
        if (socket?.readyState !== WebSocket.OPEN) socket = await opened(url, key);
        const ending = await this.#one(socket);
        if (ending === "moved") this.moved++;
        else if (ending !== "ok") this.failed.push(ending);
      } catch (fault) {
        this.failed.push(String(fault));
        socket = undefined;
        await delay(lookMs);
      }
      await delay(5);
    }
  }

  #one(socket: WebSocket): Promise<string> {
    const n = firstNumber + this.calls++;
    const sent = { ...(JSON.parse(callBody(tools.echo, n)) as object), id: n };
    return new Promise((done) => {
      const closed = (code: number): void => {
        if (code === restartedCode) this.cutOff++;
        done(code === restartedCode ? "moved" : `closed with ${code}`);
      };
      socket.once("close", closed);
      socket.once("message", (data: Buffer) => {
        socket.off("close", closed);
        const { error } = JSON.parse(data.toString()) as { error?: unknown };
        done(error === undefined ? "ok" : JSON.stringify(error));
      });
      socket.send(JSON.stringify(sent));
    });
  }
}

function opened(url: string, key: string): Promise<WebSocket> {
  const socket = new WebSocket(url, "mcp", { headers: { authorization: `Bearer ${key}` } });
  return new Promise((done, fail) => {
    socket.once("open", () => done(socket));
    socket.once("error", fail);
  });
}

async function inSync(nodes: Nodes): Promise<void> {
  for (const end = performance.now() + syncMsMax; performance.now() < end; await delay(lookMs)) {
    const all = await Promise.all(nodes.all.map((node) => statusOf(node)));
    const sum = (read: "owned" | "inSync"): number =>
      all.reduce((total, each) => total + (each?.shards?.[read] ?? 0), 0);
    const least = Math.min(...all.map((each) => each?.shards?.owned ?? 0));
    if (sum("owned") === shardCount && sum("inSync") === shardCount && least > shardCount / 6) return;
  }
  throw new Error(`the cluster is not in sync after ${syncMsMax} ms`);
}

/** @returns its exit status, and how long it took */
async function leave(
  nodes: Nodes,
  node: GatewayNode,
  byOperator: boolean,
): Promise<{ readonly status: unknown; readonly tookMs: number }> {
  const from = performance.now();
  const ended = node.ended();
  if (byOperator) {
    const other = nodes.all.find((each) => each !== node);
    await other?.ask("cluster.drain", { node: node.name, by: "drain run" });
  } else node.kill("SIGTERM");
  const status = await Promise.race([ended, delay(leaveMsMax, "not within 30 s", { ref: false })]);
  return { status, tookMs: Math.round(performance.now() - from) };
}

const folder = mkdtempSync(join(tmpdir(), "gatehouse-drain-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true })); // it holds keys
const upstream = await startChild("upstream", [join(import.meta.dirname, "upstream.ts"), "--delay", String(toolMs)]); // prettier-ignore
const configuration = join(folder, "configuration");
await configure(configuration, (upstream.ready as { url: string }).url);
await using stand = await startStand({ nodes: names });
const said: string[] = [];
const nodes = new Nodes({ folder, stand, names, configuration, port: 0, restarts: false, say: (node, line) => void said.push(`${node} ${line}`) }); // prettier-ignore
const left: { readonly node: string; readonly status: unknown; readonly tookMs: number }[] = [];
try {
  await nodes.start(agent, sessions);
  await inSync(nodes);
  const balancer = new Balancer(nodes);
  const agents = new ChaosAgents(nodes.key, sessions, () => balancer.ready);
  agents.start(rate);
  const sockets = nodes.all.map((_, at) => new SocketCaller(balancer, nodes.key, at));
  say(`all shards are in sync; ${rate} calls a second begin`);
  await delay(2_000);
  for (let round = 0; round < rounds; round++)
    for (const [at, node] of nodes.all.entries()) {
      const { status, tookMs } = await leave(nodes, node, (round + at) % 2 === 0);
      left.push({ node: node.name, status, tookMs });
      await delay(lookMs);
      await node.start();
      await inSync(nodes);
      say(`${node.name} left with ${String(status)} in ${tookMs} ms, and is back; ${agents.calls.length} calls so far, ${agents.calls.filter(({ ending }) => ending !== undefined && ending !== "ok").length} failed`); // prettier-ignore
    }
  await agents.stop();
  await Promise.all(sockets.map((socket) => socket.stop()));
  balancer.stop();
  const failed = new Map<string, number>();
  for (const { ending } of agents.calls)
    if (ending !== "ok") failed.set(ending ?? "open", (failed.get(ending ?? "open") ?? 0) + 1);
  const slowMs = agents.calls
    .map(({ sentAt, endedAt }) => endedAt - sentAt)
    .sort((one, other) => one - other);
  const figures = {
    left,
    calls: agents.calls.length,
    failed: Object.fromEntries(failed),
    slowestMs: Math.round(slowMs.at(-1) ?? 0),
    p99Ms: Math.round(slowMs[Math.floor(slowMs.length * 0.99)] ?? 0),
    sockets: sockets.map(({ calls, moved, cutOff, failed: wrong }) => ({ calls, moved, cutOff, failed: wrong.length, first: wrong[0] })), // prettier-ignore
  };
  const ok = failed.size === 0 && left.every(({ status }) => status === 0) && sockets.every(({ failed: wrong }) => wrong.length === 0); // prettier-ignore
  process.stdout.write(
    `${JSON.stringify({ command: "drain", ok, figures }, undefined, options.json ? undefined : 2)}\n`,
  );
  process.exitCode = ok ? 0 : 1;
} finally {
  if (process.exitCode !== 0)
    process.stderr.write(
      `${said
        .filter((line) => !line.includes('"verdict"'))
        .slice(-30)
        .join("\n")}\n`,
    );
  await nodes.stop();
  await upstream.stop();
}
