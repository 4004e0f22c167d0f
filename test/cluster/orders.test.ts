/** What an operator orders at one of three real gateways holds at all of them: kill rules, keys, and what happens without NATS. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import { limits } from "../../protocol/limits.ts";
import { codeOf, ModernAgent, SocketAgent, textOf } from "../hostile/upstreamagent.ts";
import { SseAgent } from "../hostile/upstreamsseagent.ts";
import { cleanUp, until } from "../hostile/upstreamstand.ts";
import { agent, ThreeNodes, type Persona } from "./threenodes.fixture.ts";

const longMs = 60_000;
/** "Every node within a second." */
const boundMs = 1_000;
/** For what has no bound of its own: NATS comes back, nodes find it and each other, on a busy machine. */
const patienceMs = 40_000;
let stand: ThreeNodes;

beforeAll(async () => {
  stand = await ThreeNodes.start([]);
}, 90_000);

afterEach(async () => {
  const [n1] = nodes();
  for (const target of [{ agent }, { key: `default/crowd/${agent}/-` }])
    await n1.ask("sessions.lift", { ...target, by: "test" });
});

afterAll(async () => {
  await cleanUp();
  await stand.stop();
}, longMs);

const http = (node: GatewayNode, persona: Persona, key = stand.nodes.key): ModernAgent => new ModernAgent(stand.url(node, persona), key); // prettier-ignore

interface OrderAnswer {
  readonly ok: boolean;
  readonly value: { readonly nodes: { readonly heard: readonly string[]; readonly missing: readonly string[] }; readonly key: string; readonly row: { readonly id: string } }; // prettier-ignore
}

async function order(node: GatewayNode, command: string, args: object): Promise<OrderAnswer["value"]> {
  const answer = (await node.ask(command, { by: "test", ...args })) as OrderAnswer;
  expect(answer).toMatchObject({ ok: true });
  return answer.value;
}

const kill = (node: GatewayNode, target: object): Promise<OrderAnswer["value"]> => order(node, "kill", { ...target, reason: "a drill" }); // prettier-ignore
const lift = (node: GatewayNode, target: object): Promise<OrderAnswer["value"]> => order(node, "sessions.lift", target); // prettier-ignore

/** Agents that rules stop, as a node tells it. */
async function killedAt(node: GatewayNode): Promise<readonly string[]> {
  const { value } = (await node.ask("status", {})) as { value: { kills: readonly { agent: string }[] } };
  return value.kills.map((each) => each.agent);
}

/** How a node stands with what operators have ordered, as it tells it. */
async function killListOf(node: GatewayNode): Promise<{ readonly fresh: boolean; readonly ageMs?: number }> {
  const { value } = (await node.ask("status", {})) as { value: { cluster: { killList: { fresh: boolean; ageMs?: number } } } }; // prettier-ignore
  return value.cluster.killList;
}

/** Milliseconds until this is so; looked at without a pause. */
async function after(from: number, isSo: () => Promise<boolean>): Promise<number> {
  while (!(await isSo())) if (performance.now() - from > 10_000) throw new Error("not within 10 s");
  return performance.now() - from;
}

const isRefused = async (node: GatewayNode, key?: string): Promise<boolean> => (await http(node, "crowd", key).call("count", { n: "k" })).status === 403; // prettier-ignore

const nodes = (): [GatewayNode, GatewayNode, GatewayNode] => stand.nodes.all as [GatewayNode, GatewayNode, GatewayNode]; // prettier-ignore

test(
  "an agent that is killed at one node is refused at all within a second, and so it is let go, again and again",
  { timeout: longMs },
  async () => {
    const tookMs: number[] = [];
    for (let round = 0; round < 15; round++) {
      const all = nodes();
      const at = all[round % 3] as GatewayNode;
      const from = performance.now();
      const killed = kill(at, { agent });
      tookMs.push(...(await Promise.all(all.filter((node) => node !== at).map((node) => after(from, () => isRefused(node)))))); // prettier-ignore
      expect((await killed).nodes.missing).toEqual([]);
      const { nodes: heard } = await lift(all[(round + 1) % 3] as GatewayNode, { agent });
      expect(heard.missing).toEqual([]);
      for (const node of all)
        expect(textOf(await http(node, "crowd").call("count", { n: "l" }))).toBe("count l");
    }
    tookMs.sort((one, other) => one - other);
    const [p50, most] = [tookMs[tookMs.length >> 1] ?? 0, tookMs.at(-1) ?? 0];
    process.stdout.write(`kill at one node to refusal at the others, ${tookMs.length} times: p50 ${p50.toFixed(1)} ms, max ${most.toFixed(1)} ms\n`); // prettier-ignore
    expect(most).toBeLessThan(boundMs);
  },
);

test(
  "a kill closes what the agent holds open at every door of every node, its running calls included",
  { timeout: longMs },
  async () => {
    const all = nodes();
    const sockets = await Promise.all(
      all.map((node) => SocketAgent.open(stand.url(node, "crowd"), stand.nodes.key)),
    );
    const streams = await Promise.all(
      all.map((node) => SseAgent.open(stand.url(node, "crowd"), stand.nodes.key)),
    );
    const held = sockets.map((socket) =>
      socket.modern("tools/call", { name: "hold", arguments: { n: "killed" } }),
    );
    await until(() => stand.seen().filter((line) => line === "hold killed").length === 3);
    const closed = sockets.map((socket) => new Promise<number>((done) => socket.socket.once("close", done)));
    const from = performance.now();
    await kill(all[2], { agent });
    expect(await Promise.all(closed)).toEqual([1008, 1008, 1008]);
    expect(await Promise.all(sockets.map(async (socket, at) => codeOf({ last: await socket.response(held[at] ?? 0) })))).toEqual(Array(3).fill("SESSION_KILLED")); // prettier-ignore
    await Promise.all(streams.map(({ ended }) => ended));
    expect(performance.now() - from).toBeLessThan(boundMs);
    await until(() => stand.aborted().filter((line) => line === "hold killed").length === 3);
    await lift(all[0], { agent });
  },
);

test(
  "one session is stopped at every node by its key, and its neighbours go on",
  { timeout: longMs },
  async () => {
    const [n1, n2, n3] = nodes();
    const key = `default/crowd/${agent}/-`;
    await kill(n1, { key });
    for (const node of [n1, n2, n3]) {
      expect((await http(node, "crowd").call("count", { n: "s" })).status).toBe(403);
      expect(textOf(await http(node, "desk").call("read", { n: "s" }))).toBe("read s");
    }
    await lift(n3, { key });
    for (const node of [n1, n2, n3]) expect(textOf(await http(node, "crowd").call("count", { n: "s" }))).toBe("count s"); // prettier-ignore
  },
);

test(
  "a key that is made at one node is good at all, and one that is revoked at another is so at none, live streams included",
  { timeout: longMs },
  async () => {
    const [n1, n2, n3] = nodes();
    const { key, row, nodes: heard } = await order(n1, "keys.create", { agent: "bob", personas: ["crowd"] });
    expect([...heard.heard].sort()).toEqual([n2.name, n3.name]);
    for (const node of [n1, n2, n3]) expect(textOf(await http(node, "crowd", key).call("count", { n: "b" }))).toBe("count b"); // prettier-ignore
    const socket = await SocketAgent.open(stand.url(n1, "crowd"), key);
    const closed = new Promise<number>((done) => socket.socket.once("close", done));
    await order(n3, "keys.revoke", { id: row.id });
    for (const node of [n1, n2, n3]) expect((await http(node, "crowd", key).call("count")).status).toBe(401);
    expect(await closed).toBe(1008);
  },
);

test(
  "a node that was down knows what was ordered meanwhile, and lifted rules do not come back with it",
  { timeout: longMs },
  async () => {
    const [n1, n2, n3] = nodes();
    await kill(n1, { agent: "carl" });
    await n2.stop();
    const { row, key } = await order(n1, "keys.create", { agent: "dora", personas: ["crowd"] });
    await order(n3, "keys.revoke", { id: row.id });
    await lift(n3, { agent: "carl" });
    await kill(n3, { agent: "emil" });
    await n2.start();
    expect(await killedAt(n2)).toEqual(["emil"]);
    expect((await http(n2, "crowd", key).call("count")).status).toBe(401);
    await lift(n2, { agent: "emil" });
    await stand.inSync();
  },
);

describe("a node that cannot tell how fresh its kill list is", () => {
  const ready = async (node: GatewayNode): Promise<unknown> => {
    const response = await fetch(new URL("/readyz", stand.url(node, "crowd")));
    const { killList } = (await response.json()) as { killList: unknown };
    return [response.status, killList];
  };

  test(
    "refuses calls, lists and streams, and says so; it goes on once NATS is back",
    { timeout: 5 * patienceMs },
    async () => {
      const [n1] = nodes();
      const isReady = async (node: GatewayNode): Promise<boolean> => ((await ready(node)) as unknown[])[0] === 200; // prettier-ignore
      await until(() => isReady(n1), patienceMs);
      await stand.stand.kill(0);
      // Whenever it is asked: it is fresh only while it knows something that is not older than the bound.
      await until(async () => {
        const { fresh, ageMs = Number.POSITIVE_INFINITY } = await killListOf(n1);
        expect(fresh && ageMs > limits.orderStaleMs).toBe(false);
        return !fresh;
      }, patienceMs);
      expect(await ready(n1)).toEqual([503, false]);
      for (const answer of [
        await http(n1, "crowd").call("count"),
        await http(n1, "crowd").request("tools/list"),
      ])
        expect([answer.status, codeOf(answer)]).toEqual([503, "KILL_LIST_STALE"]);
      await expect(SocketAgent.open(stand.url(n1, "crowd"), stand.nodes.key)).rejects.toThrow("503");
      // What was ordered here while it was alone goes to the others when they hear it.
      const { nodes: heard } = await kill(n1, { agent: "fred" });
      expect([...heard.missing].sort()).toEqual(["n2", "n3"]);
      stand.stand.restart(0);
      for (const node of stand.nodes.all) {
        await until(() => isReady(node), patienceMs);
        await until(async () => (await killedAt(node)).join() === "fred", patienceMs);
      }
    },
  );
});
