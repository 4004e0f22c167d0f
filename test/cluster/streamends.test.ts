/** Streams that end, and stay ended, at every node of a real cluster: of a killed agent, of a revoked key, and beyond a bound. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import { limits } from "../../protocol/limits.ts";
import { modernBody, modernHeaders } from "../hostile/agent.ts";
import { cleanUp, pause, until } from "../hostile/upstreamstand.ts";
import { agent, Roamer, StreamReader, WireStand } from "./wires.fixture.ts";

const longMs = 90_000;
let stand: WireStand;
/** The owner of the agent's session first. */
let sides: readonly [GatewayNode, GatewayNode, GatewayNode];

beforeAll(async () => {
  stand = await WireStand.start();
  sides = await stand.sides();
}, longMs);

afterAll(async () => {
  await cleanUp();
  await stand.stop();
}, longMs);

interface Stream {
  readonly name: string;
  isOver(): boolean;
}

async function openGet(node: GatewayNode, key: string): Promise<Stream> {
  const stream = await StreamReader.open(await Roamer.open(stand, node, {}, key), node);
  return { name: `get at ${node.name}`, isOver: () => stream.isOver };
}

async function openListen(node: GatewayNode, key: string): Promise<Stream> {
  const filter = { notifications: { resourceSubscriptions: ["shop://one"] } };
  const headers = modernHeaders(key, "subscriptions/listen", filter);
  const response = await fetch(stand.url(node), { method: "POST", headers, body: modernBody(1, "subscriptions/listen", filter) }); // prettier-ignore
  if (response.status !== 200) throw new Error(`listen got ${response.status}: ${await response.text()}`);
  let isOver = false;
  void response.text().catch(() => "").then(() => (isOver = true)); // prettier-ignore
  return { name: `listen at ${node.name}`, isOver: () => isOver };
}

const openAll = async (key: string): Promise<readonly Stream[]> =>
  Promise.all(sides.flatMap((node) => [openGet(node, key), openListen(node, key)]));

const openOf = (streams: readonly Stream[]): readonly string[] => streams.filter((stream) => !stream.isOver()).map(({ name }) => name); // prettier-ignore

async function order(node: GatewayNode, command: string, args: object): Promise<Record<string, unknown>> {
  const answer = (await node.ask(command, { by: "test", ...args })) as { ok: boolean; value: Record<string, unknown> }; // prettier-ignore
  expect(answer).toMatchObject({ ok: true });
  return answer.value;
}

test.each([
  ["its owner", 0],
  ["another node", 1],
] as const)(
  "the streams of an agent that is killed at %s close at every node, and stay closed",
  async (_, at) => {
    const { key } = stand.nodes;
    const streams = await openAll(key);
    const roamer = await Roamer.open(stand, sides[2]);
    await pause(limits.streamBeatMs);
    expect(openOf(streams)).toHaveLength(6);
    const from = performance.now();
    await order(sides[at], "kill", { agent, reason: "a drill" });
    await until(() => openOf(streams).length === 0, 5_000).catch(() => undefined);
    expect(openOf(streams)).toEqual([]);
    expect(performance.now() - from).toBeLessThan(2_000);
    await pause(limits.streamBeatMs + 500);
    for (const node of sides) expect((await roamer.get(node)).status).toBe(403);
    await order(sides[2], "sessions.lift", { agent });
    const again = await openAll(key);
    await pause(500);
    expect(openOf(again)).toHaveLength(6);
  },
  longMs,
);

test(
  "the streams of a key that is revoked close at every node",
  async () => {
    const made = await order(sides[0], "keys.create", { agent: "bob", personas: ["desk"] });
    const streams = await openAll(String(made["key"]));
    await order(sides[1], "keys.revoke", { id: (made["row"] as { id: string }).id });
    // The node that was told looks when its doors do, every five seconds.
    await until(() => openOf(streams).length === 0, 8_000).catch(() => undefined);
    expect(openOf(streams)).toEqual([]);
    await pause(limits.streamBeatMs + 500);
    expect((await fetch(stand.url(sides[2]), { headers: { authorization: `Bearer ${String(made["key"])}` } })).status).toBe(401); // prettier-ignore
  },
  longMs,
);

test(
  "more GET streams of one key than its owner keeps are refused, and those that are there stay",
  async () => {
    const made = await order(sides[0], "keys.create", { agent: "carl", personas: ["desk"] });
    const each = Math.ceil((limits.wireLabelsPerPrincipalMax + 24) / sides.length);
    const streams: StreamReader[] = [];
    const refused: number[] = [];
    for (let at = 0; at < each; at++)
      for (const node of sides) {
        const roamer = await Roamer.open(stand, node, {}, String(made["key"]));
        // The owner's own door refuses that already.
        if (roamer.session === "") {
          refused.push(503);
          continue;
        }
        const stream = await StreamReader.open(roamer, node).catch((error: unknown) => Number(/GET got (\d+)/.exec(String(error))?.[1])); // prettier-ignore
        if (typeof stream === "number") refused.push(stream);
        else streams.push(stream);
      }
    await pause(2 * limits.streamBeatMs);
    expect(streams.filter(({ isOver }) => isOver)).toEqual([]);
    expect(streams.length).toBeLessThanOrEqual(limits.wireLabelsPerPrincipalMax);
    expect(new Set(refused)).toEqual(new Set([503]));
    for (const stream of streams) stream.close();
  },
  longMs,
);
