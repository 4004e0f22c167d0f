/** Wire sessions of the older eras at any node of a cluster: docs/cluster.md, held against what agents see. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { textOf } from "../hostile/upstreamagent.ts";
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
    await until(async () => {
      const statuses = await Promise.all([owner, other, third].map((node) => agent.request(node, "ping")));
      return statuses.every(({ status }) => status === 404);
    });
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
      await until(() => stand.aborted.length > before);
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
