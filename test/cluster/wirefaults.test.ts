/**
 * What agents see, per door and era, when a node dies or sessions move: the table "What agents see" of docs/cluster.md, a
 * test for each row. The tests go on from each other: the owner is killed, comes back and gets its sessions again, and
 * then the door is killed.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { codeOf, ModernAgent, resultOf, SocketAgent, textOf, type Answer } from "../hostile/upstreamagent.ts";
import { SseAgent } from "../hostile/upstreamsseagent.ts";
import { cleanUp, pause, until } from "../hostile/upstreamstand.ts";
import { accepted, Roamer, StreamReader, WireStand } from "./wires.fixture.ts";

const startMs = 90_000;
const longMs = 90_000;
const healMs = 45_000;
const one = "shop://one";
let stand: WireStand;
let owner: GatewayNode;
/** Where agents come in, and the node that is neither. */
let door: GatewayNode;
let third: GatewayNode;

beforeAll(async () => {
  stand = await WireStand.start();
  [owner, door, third] = await stand.sides();
}, startMs);

afterAll(async () => {
  await cleanUp();
  await stand.stop();
}, longMs);

const updates = (messages: readonly JsonObject[]): number => messages.filter(({ method }) => method === "notifications/resources/updated").length; // prettier-ignore
const change = (): void => stand.server.tell("notifications/resources/updated", { uri: one });
const modern = (node: GatewayNode): ModernAgent => new ModernAgent(stand.url(node), stand.nodes.key);
const capabilities = { elicitation: {} };

/** An agent of each door and era, which follows one resource, and what it hears of it. */
interface Followers {
  readonly http: { readonly agent: Roamer; stream: StreamReader };
  readonly sse: SseAgent;
  readonly sseHeard: JsonObject[];
  readonly socket: SocketAgent;
  readonly listening: SocketAgent;
  heard(): readonly number[];
}

/** All at one door. */
async function follow(node: GatewayNode): Promise<Followers> {
  const agent = await Roamer.open(stand, node);
  const stream = await StreamReader.open(agent, node);
  await agent.request(third, "resources/subscribe", { uri: one });
  const sse = await SseAgent.open(stand.url(node), stand.nodes.key);
  const sseHeard: JsonObject[] = [];
  const hear = (message: JsonObject): void => void sseHeard.push(message);
  sse.on = hear;
  await sse.request("resources/subscribe", { uri: one });
  const socket = await SocketAgent.open(stand.url(node), stand.nodes.key);
  await socket.initialize();
  await socket.response(socket.older("resources/subscribe", { uri: one }));
  const listening = await SocketAgent.open(stand.url(node), stand.nodes.key);
  listening.modern("subscriptions/listen", { notifications: { resourceSubscriptions: [one] } });
  await listening.first(({ method }) => method === "notifications/subscriptions/acknowledged");
  const http = { agent, stream };
  return { http, sse, sseHeard, socket, listening, heard: () => [http.stream.messages, sseHeard, socket.messages, listening.messages].map(updates) }; // prettier-ignore
}

/** Every follower hears of the next changes, however long its server has to be reached anew. */
async function hearAgain(followers: Followers): Promise<void> {
  const before = followers.heard();
  const silent = (): readonly string[] => ["http", "sse", "socket", "listen"].filter((_, at) => (followers.heard()[at] ?? 0) <= (before[at] ?? 0)); // prettier-ignore
  const end = performance.now() + healMs;
  while (silent().length > 0 && performance.now() < end) {
    change();
    await pause(200);
  }
  expect(silent()).toEqual([]);
}

/** Calls that nobody answers, one at each door and era, at one node. */
function hold(node: GatewayNode, followers: Followers): Promise<readonly unknown[]> {
  const { http, sse, socket, listening } = followers;
  const args = { name: "hold", arguments: { n: node.name } };
  const answers: Promise<Pick<Answer, "last">>[] = [
    http.agent.request(node, "tools/call", args),
    sse.request("tools/call", args).then((last) => ({ last })),
    socket.response(socket.older("tools/call", args)).then((last) => ({ last })),
    listening.response(listening.modern("tools/call", args)).then((last) => ({ last })),
    modern(node).request("tools/call", args),
  ];
  return Promise.all(answers.map((answer) => answer.then(codeOf)));
}

const held = (node: GatewayNode): number => stand.server.heard("tools/call").filter(({ params }) => JSON.stringify(params).includes(`"hold","arguments":{"n":"${node.name}"}`)).length; // prettier-ignore

/** The sealed state of a call whose server has asked something. */
async function park(node: GatewayNode): Promise<Answer> {
  const asked = await modern(node).call("ask", { n: "1" }, { capabilities });
  expect(resultOf(asked)["resultType"]).toBe("input_required");
  return asked;
}

function answerTo(asked: Answer, node: GatewayNode): Promise<Answer> {
  const { inputRequests, requestState } = resultOf(asked);
  const inputResponses = Object.fromEntries(Object.keys(inputRequests as JsonObject).map((key) => [key, accepted])); // prettier-ignore
  return modern(node).call("ask", { n: "1" }, { capabilities, params: { inputResponses, requestState } });
}

let followers: Followers;
let ended: Roamer;

describe("kill -9 of the owner", () => {
  let parked: Answer;

  beforeAll(async () => {
    followers = await follow(door);
    ended = await Roamer.open(stand, third);
    await ended.delete(door);
    await hearAgain(followers);
    parked = await park(door);
  }, longMs);

  test("a call under way ends as unknown, at every door and in every era", { timeout: longMs }, async () => {
    const codes = hold(door, followers);
    await until(() => held(door) === 5);
    owner.kill("SIGKILL");
    expect(await codes).toEqual(["http", "sse", "socket", "modern socket", "modern http"].map(() => "OUTCOME_UNKNOWN")); // prettier-ignore
    expect(held(door)).toBe(5);
  });

  test(
    "the next call is made, with the same Mcp-Session-Id, socket and stream",
    { timeout: longMs },
    async () => {
      // prettier-ignore
      const { http, sse, socket } = followers;
      const args = { name: "read", arguments: { n: "after" } };
      expect(textOf(await http.agent.call(third, "read", { n: "after" }))).toBe("read after");
      expect(textOf({ last: await sse.request("tools/call", args) })).toBe("read after");
      expect(textOf({ last: await socket.response(socket.older("tools/call", args)) })).toBe("read after");
    },
  );

  test("a wire session that was ended stays so", async () => {
    for (const node of [door, third]) expect((await ended.request(node, "ping")).status).toBe(404);
  });

  test("what is followed is followed on, and said once to have changed", { timeout: longMs }, async () => {
    const before = followers.heard();
    await until(() => followers.heard().every((count, at) => count > (before[at] ?? 0)), healMs);
    await hearAgain(followers);
    expect(followers.http.stream.isOver).toBe(false);
  });

  test("a parked call is asked anew", { timeout: longMs }, async () => {
    const late = await answerTo(parked, door);
    expect(late.last["error"]).toMatchObject({ code: -32602 });
    expect(textOf(await answerTo(await park(third), door))).toBe(JSON.stringify(accepted));
  });
});

describe("a planned move, back to the node that had died", () => {
  test(
    "the sessions go back, and agents notice nothing but that what they follow may have changed",
    { timeout: longMs },
    async () => {
      // prettier-ignore
      const { http, sse, socket } = followers;
      await until(async () => (await stand.owner(third)) === owner || (await pause(500), false), healMs);
      const args = { name: "read", arguments: { n: "moved" } };
      expect(textOf(await http.agent.call(door, "read", { n: "moved" }))).toBe("read moved");
      expect(textOf({ last: await sse.request("tools/call", args) })).toBe("read moved");
      expect(textOf({ last: await socket.response(socket.older("tools/call", args)) })).toBe("read moved");
      expect((await ended.request(third, "ping")).status).toBe(404);
      await hearAgain(followers);
      expect(http.stream.isOver).toBe(false);
    },
  );

  test("a call under way is answered: its session waits with it", { timeout: longMs }, async () => {
    const { http } = followers;
    http.agent.answersAt = third;
    expect(textOf(await http.agent.call(door, "ask"))).toBe(JSON.stringify(accepted));
  });
});

describe("kill -9 of the door", () => {
  test("its sockets break; calls under way run on at the owner, once", { timeout: longMs }, async () => {
    const before = held(door);
    const answers = hold(door, followers).catch(String);
    await until(() => held(door) === before + 5);
    const { lastId } = followers.http.stream;
    const sse = followers.sse.ended;
    door.kill("SIGKILL");
    await until(() => followers.http.stream.isOver);
    await sse;
    expect(followers.socket.socket.readyState).toBeGreaterThan(1);
    expect(lastId).toMatch(/^get-\d+$/);
    void answers;
    await pause(500);
    expect(held(door)).toBe(before + 5);
  });

  test(
    "the GET stream goes on at another node from the last event, and nothing is missed",
    { timeout: longMs },
    async () => {
      // prettier-ignore
      const { agent, stream } = followers.http;
      // The owner may not know yet that the socket is gone.
      change();
      await pause(300);
      followers.http.stream = await StreamReader.open(agent, third, stream.lastId);
      await until(() => updates(followers.http.stream.messages) > 0);
      expect(textOf(await agent.call(third, "read", { n: "elsewhere" }))).toBe("read elsewhere");
    },
  );

  test(
    "an SSE stream's id is unknown elsewhere; a new stream and a new socket find the session",
    { timeout: longMs },
    async () => {
      // prettier-ignore
      followers.sse.postAt = stand.url(third);
      await expect(followers.sse.request("ping", {})).rejects.toThrow("404");
      const sse = await SseAgent.open(stand.url(third), stand.nodes.key);
      const args = { name: "read", arguments: { n: "again" } };
      expect(textOf({ last: await sse.request("tools/call", args) })).toBe("read again");
      const socket = await SocketAgent.open(stand.url(third), stand.nodes.key);
      await socket.initialize();
      expect(textOf({ last: await socket.response(socket.older("tools/call", args)) })).toBe("read again");
    },
  );

  test("a parked call is answered at another node", { timeout: longMs }, async () => {
    await until(async () => (await fetch(stand.url(door), { method: "OPTIONS" }).catch(() => undefined)) !== undefined, healMs); // prettier-ignore
    const asked = await park(door);
    door.kill("SIGKILL");
    expect(textOf(await answerTo(asked, third))).toBe(JSON.stringify(accepted));
  });
});
