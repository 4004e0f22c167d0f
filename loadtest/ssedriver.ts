/**
 * Calls at a steady rate over HTTP+SSE of 2024-11-05, by the clients of the official SDK: what k6 cannot send, because it
 * reads a response only once it has ended. An open loop, with the same figures and thresholds as k6/steady.ts.
 */
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { quantile, Samples, type K6Run } from "./k6run.ts";
import { callArguments, firstNumber } from "./workload.ts";

interface Target {
  readonly endpoints?: readonly { readonly persona?: string; readonly sse?: string }[];
  readonly key?: string;
}

const clientCount = 20;
const beatMs = 10;
const callMsMax = 60_000;
const noisy: ReadonlySet<string> = new Set(["runaway", "slow"]);

async function connect(url: string, key: string): Promise<Client> {
  const client = new Client({ name: "gatehouse-load", version: "1.0.0" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new SSEClientTransport(new URL(url), { requestInit }));
  return client;
}

/** @param env as for the k6 scripts (k6/gateway.ts) */
export async function runSse(env: Readonly<Record<string, string>>): Promise<K6Run> {
  const { endpoints = [], key: own = "" } = JSON.parse(readFileSync(env["GATEHOUSE_TARGET"] ?? "", "utf8")) as Target; // prettier-ignore
  const key = env["GATEHOUSE_KEY"] ?? own;
  const urls = endpoints.flatMap(({ persona = "", sse }) => (sse === undefined || noisy.has(persona) ? [] : [sse])); // prettier-ignore
  const samples = new Samples();
  const clients: Client[] = [];
  let late = 0;
  try {
    if (urls.length === 0) throw new Error("the target names no endpoint with an SSE door");
    for (let at = 0; at < clientCount; at++) clients.push(await connect(urls[at % urls.length] ?? "", key));
    late = await load(clients, env, samples);
  } catch (fault) {
    return { script: "sse", seconds: [], thresholds: [], endings: {}, answered: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, fault: String(fault) }; // prettier-ignore
  } finally {
    for (const client of clients) await client.close();
  }
  const { seconds, endings, times } = samples;
  const at = (part: number): number => quantile(times, part) ?? Number.NaN;
  const failed = Object.entries(endings).reduce((sum, [ending, count]) => (ending === "ok" ? sum : sum + count), 0); // prettier-ignore
  const p99Most = Number(env["P99_MS"] ?? 500);
  const thresholds = [
    { metric: "gatehouse_failed", says: "rate==0", isMet: failed === 0 },
    { metric: "gatehouse_call", says: `p(99)<${p99Most}`, isMet: at(0.99) < p99Most },
    { metric: "dropped_iterations", says: "count==0", isMet: late === 0 },
  ];
  return { script: "sse", seconds, thresholds, endings, answered: times.length, p50Ms: at(0.5), p99Ms: at(0.99), fault: undefined }; // prettier-ignore
}

/** @returns calls that were still open when they should have ended */
async function load(
  clients: readonly Client[],
  env: Readonly<Record<string, string>>,
  samples: Samples,
): Promise<number> {
  const [rate, seconds] = [Number(env["RATE"] ?? 100), Number(env["SECONDS"] ?? 30)];
  const open = new Set<Promise<void>>();
  const begun = performance.now();
  const total = Math.round(rate * seconds);
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - begun) / 1_000) * rate) + 1);
    for (; sent < due; sent++) {
      const client = clients[sent % clients.length];
      if (client === undefined) throw new Error("no client");
      const call = one(client, env, firstNumber + sent, samples);
      open.add(call);
      void call.finally(() => open.delete(call));
    }
    await new Promise((done) => setTimeout(done, beatMs));
  }
  const timer = new Promise<void>((done) => setTimeout(done, callMsMax).unref());
  await Promise.race([Promise.all(open), timer]);
  return open.size;
}

async function one(
  client: Client,
  env: Readonly<Record<string, string>>,
  n: number,
  samples: Samples,
): Promise<void> {
  const [tool, given] = [env["GATEHOUSE_TOOL"], env["GATEHOUSE_ARGUMENTS"]];
  const begun = performance.now();
  const time = new Date().toISOString();
  const point = (metric: string, value: number, tags: Readonly<Record<string, string>>): void =>
    samples.take(JSON.stringify({ type: "Point", metric, data: { time, value, tags } }));
  try {
    const args =
      given === undefined ? { ...callArguments(n) } : (JSON.parse(given) as Record<string, unknown>);
    const ending = tool === undefined ? await listed(client) : await called(client, tool, args);
    if (ending === "ok") return point("gatehouse_call", performance.now() - begun, {});
    point("gatehouse_failed", 1, { ending });
    point("gatehouse_refused", 1, { code: ending });
  } catch (fault) {
    const ending = fault instanceof Error ? fault.message.slice(0, 80) : "an error";
    point("gatehouse_failed", 1, { ending });
    point("gatehouse_refused", 1, { code: ending });
  }
}

async function listed(client: Client): Promise<string> {
  await client.listTools();
  return "ok";
}

async function called(client: Client, name: string, args: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: callMsMax });
  const verdict = result._meta?.["io.gatehouse/verdict"] as { readonly code?: string } | undefined;
  return verdict?.code ?? (result["isError"] === true ? "the tool's error" : "ok");
}
