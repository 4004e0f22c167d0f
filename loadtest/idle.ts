/**
 * What agents cost that are connected and idle: one gateway process, thousands of WebSockets that have made one call each
 * and then only answer pings.
 *
 *   node bin/ready.mjs tool loadtest/idle.ts [--agents 10000] [--seconds 45] [--json]
 *
 * The agents are a process of their own (the `ws` client), with as many keys as one principal's bound on sockets asks for.
 * Memory is the resident set of the gateway, in kB as the kernel tells it, over that before the first of them; processor
 * time is that of `--seconds` in which nothing but pings goes on. Needs twice as many open files as agents are (ulimit -n).
 * Exit status: 0 all were connected to the end, 1 some were not.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { makeKey } from "../deploy/cluster/nodes.ts";
import { cpuSeconds } from "./cputime.ts";
import { startGateway } from "./gateway.ts";
import { buildRig } from "./rig.ts";
import { callBody, firstNumber, tools } from "./workload.ts";

interface Order {
  readonly url: string;
  readonly keys: readonly string[];
  readonly agents: number;
}

interface Report {
  readonly open: number;
  readonly answered: number;
}

/** Handshakes at once: more would wait in the kernel's queue. */
const atOnce = 50;
/** protocol/limits.ts, `connectionsPerPrincipalMax`, and a few left. */
const perKey = 200;
const settleMs = 5_000;

function residentKb(pid: number): number {
  return Number(
    /^VmRSS:\s+(?<kb>\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.groups?.["kb"],
  );
}

/** The agents' process: connects all, has each make a call, and tells how many are open whenever it is asked. */
async function beAgents({ url, keys, agents }: Order): Promise<void> {
  const sockets: WebSocket[] = [];
  let answered = 0;
  const one = async (at: number): Promise<void> => {
    const headers = { authorization: `Bearer ${keys[at % keys.length] ?? ""}` };
    const socket = new WebSocket(url, "mcp", { headers, perMessageDeflate: false });
    sockets.push(socket);
    await once(socket, "open");
    socket.send(callBody(tools.echo, firstNumber + at));
    await once(socket, "message");
    answered++;
  };
  for (let at = 0; at < agents; at += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, agents - at) }, (_, more) => one(at + more)));
  const tell = (): void => {
    const open = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    process.send?.({ open, answered } satisfies Report);
  };
  process.on("message", tell);
  tell();
}

async function measure(agents: number, seconds: number): Promise<Record<string, number>> {
  const rig = await buildRig();
  const folder = await rig.configureGateway("idle");
  const keys: string[] = [];
  for (let at = 0; at * perKey < agents; at++) {
    keys.push((await makeKey(folder, `idle${at}`, ["bench"])).key);
  }
  const gateway = await startGateway(folder, {}, keys[0]);
  const { pid } = gateway.child;
  const { websocket = "" } = (gateway.child.ready as { endpoints: { persona?: string; websocket?: string }[] }).endpoints.find(({ persona }) => persona === "bench") ?? {}; // prettier-ignore
  const child = fork(import.meta.filename, ["--agents-of"]);
  const report = async (): Promise<Report> => {
    const [told] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [Report | number];
    if (typeof told === "number") throw new Error(`the agents' process ended with ${told}`);
    return told;
  };
  try {
    await wait(settleMs);
    const before = residentKb(pid);
    const begun = performance.now();
    child.send({ url: websocket, keys, agents } satisfies Order);
    const first = await report();
    const connectedS = (performance.now() - begun) / 1_000;
    await wait(settleMs);
    const [kb, cpu] = [residentKb(pid), cpuSeconds(pid)];
    await wait(seconds * 1_000);
    const used = cpuSeconds(pid) - cpu;
    child.send({});
    const last = await report();
    return { agents, answered: first.answered, openAtTheEnd: last.open, connectedS, residentBeforeKb: before, residentKb: kb, residentAtTheEndKb: residentKb(pid), kbPerAgent: (kb - before) / agents, idleCpuPercent: (used / seconds) * 100 }; // prettier-ignore
  } finally {
    child.kill("SIGKILL");
    await gateway.child.stop();
    await rig.close();
  }
}

const { values: options } = parseArgs({
  options: {
    agents: { type: "string", default: "10000" },
    seconds: { type: "string", default: "45" },
    json: { type: "boolean", default: false },
    "agents-of": { type: "boolean", default: false },
  },
});

if (options["agents-of"]) process.once("message", (order) => void beAgents(order as Order));
else {
  const figures = await measure(Number(options.agents), Number(options.seconds));
  const ok = figures["openAtTheEnd"] === figures["agents"] && figures["answered"] === figures["agents"];
  console.log(options.json ? JSON.stringify({ command: "idle", ok, figures }) : JSON.stringify(figures, undefined, 2)); // prettier-ignore
  process.exitCode = ok ? 0 : 1;
}
