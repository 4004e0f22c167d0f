/** Wire sessions of the older eras at any node of a cluster: docs/cluster.md, held against what agents see. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { SocketAgent, textOf } from "../hostile/upstreamagent.ts";
import { SseAgent } from "../hostile/upstreamsseagent.ts";
import { cleanUp, pause, until } from "../hostile/upstreamstand.ts";
import { accepted, Roamer, StreamReader, WireStand } from "./wires.fixture.ts";

const startMs = 90_000;
const longMs = 60_000;
let stand: WireStand;
let owner: GatewayNode;
let other: GatewayNode;
let third: GatewayNode;

beforeAll(async () => {
  stand = await WireStand.start();
  [owner, other, third] = await stand.sides();
}, startMs);

afterAll(async () => {
  await cleanUp();
  await stand.stop();
}, longMs);

describe("a wire session that one node has made", () => {
  test("is served by every other one, with what was agreed", async () => {
    const agent = await Roamer.open(stand, other);
    for (const node of [owner, other, third]) {
      expect(textOf(await agent.call(node, "read", { n: node.name }))).toBe(`read ${node.name}`);
      const { last } = await agent.request(node, "tools/list");
      expect((last["result"] as JsonObject)["tools"]).toHaveLength(5);
    }
  });

  test("is unknown with another id, or under another revision than was agreed", async () => {
    const agent = await Roamer.open(stand, other);
    const altered = new Roamer(stand, `${agent.session.slice(0, -2)}AA`);
    for (const node of [owner, other, third]) expect((await altered.request(node, "ping")).status).toBe(404);
  });

  test("that is ended at one node is ended at all", async () => {
    const agent = await Roamer.open(stand, other);
    for (const node of [owner, third]) expect((await agent.request(node, "ping")).status).toBe(200);
    expect(await agent.delete(third)).toBe(204);
    for (const node of [owner, other, third]) expect((await agent.request(node, "ping")).status).toBe(404);
  });

  test("asks its agent on the stream of the call, and is answered at any node", async () => {
    for (const door of [owner, other])
      for (const answersAt of [owner, other, third]) {
        const agent = await Roamer.open(stand, third);
        agent.answersAt = answersAt;
        const answer = await agent.call(door, "ask");
        expect([door.name, answersAt.name, textOf(answer)]).toEqual([door.name, answersAt.name, JSON.stringify(accepted)]); // prettier-ignore
      }
  });

  test("reports progress in order, before the answer", async () => {
    const agent = await Roamer.open(stand, owner);
    for (const node of [owner, other, third]) {
      const { messages } = await agent.call(node, "steps", { n: node.name }, { progressToken: "t" });
      const heard = messages.map(({ params }) => (params as JsonObject | undefined)?.["progress"]);
      expect([node.name, heard]).toEqual([node.name, [1, 2, 3, undefined]]);
    }
  });

  test("takes a call back at another node, and the tool is told", async () => {
    for (const [door, at] of [
      [other, third],
      [owner, other],
      [third, owner],
    ] as const) {
      // prettier-ignore
      const agent = await Roamer.open(stand, owner);
      const before = stand.aborted.length;
      const n = `${door.name} ${at.name}`;
      const id = 70_000 + before;
      const call = agent.request(door, "tools/call", { name: "hold", arguments: { n } }, id).catch(String);
      await until(() => stand.server.heard("tools/call").some(({ params }) => JSON.stringify(params).includes(`"${n}"`))); // prettier-ignore
      expect(await agent.notify(at, "notifications/cancelled", { requestId: id })).toBe(202);
      await until(() => stand.aborted.includes(`hold ${n}`));
      await call;
    }
  });

  test("has its log level at every node", async () => {
    const agent = await Roamer.open(stand, other);
    await agent.request(third, "ping");
    expect((await agent.request(other, "logging/setLevel", { level: "error" })).status).toBe(200);
    expect((await agent.request(owner, "logging/setLevel", { level: "loud" })).last).toHaveProperty("error");
  });

  test("has one GET stream at a time, wherever it is asked for", async () => {
    const agent = await Roamer.open(stand, third);
    const first = await StreamReader.open(agent, other);
    expect((await agent.get(third)).status).toBe(409);
    first.close();
    await until(async () => {
      const again = await agent.get(third);
      const { status } = again;
      await again.body?.cancel();
      return status === 200;
    });
  });

  test("goes on with the answer of a call whose stream broke, at any node", async () => {
    for (const at of [owner, other, third]) {
      const agent = await Roamer.open(stand, owner);
      const controller = new AbortController();
      const response = await agent.send(other, { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "ask", arguments: {} } }, controller.signal); // prettier-ignore
      let [eventId, question] = ["", undefined as JsonObject | undefined];
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (question === undefined) {
        text += (await reader?.read())?.value ?? "";
        const event = text.split("\n\n").find((each) => each.includes("elicitation/create"));
        if (event === undefined) continue;
        eventId = /^id: (.+)$/m.exec(event)?.[1] ?? "";
        question = JSON.parse(/^data: (.+)$/m.exec(event)?.[1] ?? "") as JsonObject;
      }
      controller.abort();
      await pause(50);
      const resumed = await StreamReader.open(agent, at, eventId);
      await (await agent.send(third, { jsonrpc: "2.0", id: question["id"], result: accepted })).text();
      await until(() => resumed.isOver);
      expect([at.name, resumed.messages.map(({ id }) => id)]).toEqual([at.name, [1]]);
      expect(textOf({ last: resumed.messages[0] ?? {} })).toBe(JSON.stringify(accepted));
    }
  });
});

/** The methods and URIs of updates. */
const updatesOf = (messages: readonly JsonObject[]): readonly unknown[] =>
  messages
    .filter(({ method }) => method === "notifications/resources/updated")
    .map(({ params }) => (params as JsonObject)["uri"]);

const one = "shop://one";
const update = (uri: string): void => stand.server.tell("notifications/resources/updated", { uri });

describe("what only a server knows", () => {
  test("is listed at every node", async () => {
    const agent = await Roamer.open(stand, other);
    for (const node of [owner, other, third]) {
      const { last } = await agent.request(node, "resources/list");
      const { resources } = last["result"] as { resources: JsonObject[] };
      expect([node.name, resources.map(({ uri }) => uri)]).toEqual([node.name, [one, "shop://two"]]);
    }
  });

  test("and how often it was asked is on record, with an outcome each", async () => {
    const isWhole = (): boolean => {
      const kinds = stand.records().filter((record) => record.method === "resources/list" || record.target === "resources/list"); // prettier-ignore
      const intents = kinds.filter(({ kind }) => kind === "intent").map(({ op }) => op);
      const outcomes = new Set(stand.records().filter(({ kind }) => kind === "outcome").map(({ op }) => op)); // prettier-ignore
      return intents.length > 0 && intents.every((op) => outcomes.has(op));
    };
    await until(isWhole);
    expect(isWhole()).toBe(true);
  });

  test("is followed at one node and heard of at another, until it is not followed any more", async () => {
    const agent = await Roamer.open(stand, other);
    const stream = await StreamReader.open(agent, third);
    expect((await agent.request(other, "resources/subscribe", { uri: one })).last).toHaveProperty("result");
    update(one);
    update("shop://two");
    await until(() => updatesOf(stream.messages).length > 0);
    expect(updatesOf(stream.messages)).toEqual([one]);
    expect((await agent.request(owner, "resources/unsubscribe", { uri: one })).last).toHaveProperty("result");
    await pause(150);
    update(one);
    await pause(300);
    expect(updatesOf(stream.messages)).toEqual([one]);
    stream.close();
  });

  test("is not followed where the role does not let the agent read it", async () => {
    const agent = await Roamer.open(stand, other);
    const { last } = await agent.request(third, "resources/subscribe", { uri: "elsewhere://one" });
    expect(last["error"]).toMatchObject({ code: -32002 });
  });

  test("is heard of on the stream that goes on at another node, from the last event on", async () => {
    const agent = await Roamer.open(stand, other);
    const first = await StreamReader.open(agent, other);
    await agent.request(third, "resources/subscribe", { uri: one });
    update(one);
    await until(() => updatesOf(first.messages).length === 1);
    const { lastId } = first;
    first.close();
    await pause(300);
    update(one);
    await pause(300);
    const second = await StreamReader.open(agent, third, lastId);
    await until(() => updatesOf(second.messages).length > 0);
    await pause(200);
    expect(updatesOf(second.messages)).toEqual([one]);
    second.close();
  });

  test.each(["owner", "other"])("is followed over a WebSocket at the %s's door", async (where) => {
    const node = where === "owner" ? owner : other;
    const socket = await SocketAgent.open(stand.url(node), stand.nodes.key);
    await socket.initialize();
    await socket.response(socket.older("resources/subscribe", { uri: one }));
    update(one);
    expect(await socket.first(({ method }) => method === "notifications/resources/updated")).toMatchObject({ params: { uri: one } }); // prettier-ignore
    socket.socket.close();
  });

  test("is followed by an agent of 2026-07-28 at every node", async () => {
    for (const node of [owner, other, third]) {
      const socket = await SocketAgent.open(stand.url(node), stand.nodes.key);
      const id = socket.modern("subscriptions/listen", { notifications: { resourceSubscriptions: [one] } });
      await socket.first(({ method }) => method === "notifications/subscriptions/acknowledged");
      await pause(300);
      update(one);
      const { params } = await socket.first(({ method }) => method === "notifications/resources/updated");
      expect(params).toEqual({ uri: one, _meta: { "io.modelcontextprotocol/subscriptionId": id } });
      socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      expect(await socket.response(id)).toHaveProperty("result");
    }
  });

  test("that a server's list changed is heard at every node", async () => {
    const agents = await Promise.all([owner, other, third].map((node) => Roamer.open(stand, node)));
    const streams = await Promise.all(agents.map((agent, at) => StreamReader.open(agent, [owner, other, third][at] as GatewayNode))); // prettier-ignore
    stand.server.announce("resources");
    await until(() => streams.every((stream) => stream.methods().includes("notifications/resources/list_changed"))); // prettier-ignore
    for (const stream of streams) {
      expect(stream.methods()).toContain("notifications/resources/list_changed");
      stream.close();
    }
  });
});

describe("an agent of HTTP+SSE whose stream is at one node", () => {
  test("posts at any, and has its answers on the stream", async () => {
    const agent = await SseAgent.open(stand.url(other), stand.nodes.key);
    for (const node of [owner, other, third]) {
      agent.postAt = stand.url(node);
      const answer = await agent.request("tools/call", {
        name: "read",
        arguments: { n: `sse ${node.name}` },
      });
      expect(textOf({ last: answer })).toBe(`read sse ${node.name}`);
    }
  });

  test("takes a call back at another", async () => {
    const agent = await SseAgent.open(stand.url(owner), stand.nodes.key);
    agent.postAt = stand.url(third);
    // Nobody answers it.
    void agent.request("tools/call", { name: "hold", arguments: { n: "sse" } });
    await until(() => stand.server.heard("tools/call").some(({ params }) => JSON.stringify(params).includes('"sse"'))); // prettier-ignore
    agent.postAt = stand.url(other);
    await agent.say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 2 } });
    await until(() => stand.aborted.includes("hold sse"));
    expect(stand.aborted).toContain("hold sse");
  });

  test("follows what only a server knows", async () => {
    const agent = await SseAgent.open(stand.url(other), stand.nodes.key);
    const heard: JsonObject[] = [];
    const hear = (message: JsonObject): void => void heard.push(message);
    agent.on = hear;
    agent.postAt = stand.url(third);
    expect(await agent.request("resources/subscribe", { uri: one })).toHaveProperty("result");
    update(one);
    await until(() => updatesOf(heard).length > 0);
  });

  test("is not known under another principal's, or an altered, stream", async () => {
    const post = (id: string): Promise<Response> => fetch(stand.url(third).replace(/mcp$/, `message?sessionId=${id}`), { method: "POST", headers: { authorization: `Bearer ${stand.nodes.key}`, "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }) }); // prettier-ignore
    for (const id of [
      "x",
      `AAAAAAAAAAAAAAAAAAAAAA.${other.name}`,
      `AAAAAAAAAAAAAAAAAAAAAA.${third.name}`,
      "AAAAAAAAAAAAAAAAAAAAAA.n9",
    ])
      // prettier-ignore
      expect([id, (await post(id)).status]).toEqual([id, 404]);
  });
});
