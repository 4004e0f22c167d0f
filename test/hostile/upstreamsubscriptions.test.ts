/** What agents follow at servers: through restarts and crashes, thinned out, and never more than the role lets them read. */
import { afterEach, describe, expect, test } from "vitest";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Offer, type ServerEra } from "./upstream.ts";
import { errorOf, eventsOf, ModernAgent, OlderAgent, SocketAgent, textOf } from "./upstreamagent.ts";
import { childUpstream, cleanUp, httpUpstream, later, pause, Stand, until } from "./upstreamstand.ts";

afterEach(cleanUp);

const updated = "notifications/resources/updated";

function offer(): Offer {
  const resources = ["a", "b", "secret"].map((name) => ({ uri: `shop://${name}`, name }));
  return { ...offerOf(toolNamed("fine")), resources };
}

async function standBefore(era: ServerEra): Promise<{ server: HostileServer; stand: Stand }> {
  const server = await HostileServer.start({ era, offer: offer() });
  later(() => server.stop());
  return { server, stand: await Stand.start({ servers: { shop: httpUpstream(server) } }) };
}

/** A modern agent's listen stream: what came on it. */
async function listen(
  stand: Stand,
  notifications: JsonObject,
): Promise<{ messages: JsonObject[]; close: () => void }> {
  const controller = new AbortController();
  later(() => controller.abort());
  const agent = new ModernAgent(stand.url, stand.key);
  const response = await agent.post("subscriptions/listen", { notifications }, { signal: controller.signal });
  const messages: JsonObject[] = [];
  const read = async (): Promise<void> => {
    for await (const { data } of eventsOf(response))
      if (data !== "") messages.push(JSON.parse(data) as JsonObject);
  };
  read().catch(() => undefined);
  await until(() => messages.length > 0);
  return { messages, close: () => controller.abort() };
}

const urisOf = (messages: readonly JsonObject[]): unknown[] =>
  messages.flatMap(({ method, params }) => (method === updated && isObject(params) ? [params["uri"]] : []));

describe.each(["modern", "older"] as const)("resources of a server of the %s era", (era) => {
  test("are followed by a modern agent on its own stream: acknowledged first, only what it asked for and may read", async () => {
    const { server, stand } = await standBefore(era);
    const uris = ["shop://a", "shop://b", "other://x", "file:///etc/passwd"];
    const { messages, close } = await listen(stand, { resourceSubscriptions: uris, toolsListChanged: true });
    const [first] = messages;
    expect(first?.["method"]).toBe("notifications/subscriptions/acknowledged");
    expect(first?.["params"]).toMatchObject({
      notifications: { toolsListChanged: true, resourceSubscriptions: ["shop://a", "shop://b"] },
    });
    await until(() => server.listeners > 0);
    if (era === "older") await until(() => server.heard("resources/subscribe").length === 2);
    else await until(() => JSON.stringify(server.heard("subscriptions/listen")).includes("shop://b"));
    for (const uri of ["shop://a", "shop://secret", "shop://b", "other://x"])
      server.tell(updated, { uri, extra: "\u001b[31m" });
    await until(() => urisOf(messages).length === 2);
    await pause(150);
    expect(urisOf(messages)).toEqual(["shop://a", "shop://b"]);
    expect(JSON.stringify(messages)).not.toContain("extra");
    close();
    if (era === "older") await until(() => server.heard("resources/unsubscribe").length === 2);
    else await until(() => server.listeners <= 1);
  });

  test("are followed by an older agent over HTTP and over a socket; what the role does not name is not found", async () => {
    const { server, stand } = await standBefore(era);
    const agent = await OlderAgent.open(stand.url, stand.key);
    const heard: JsonObject[] = [];
    const controller = new AbortController();
    later(() => controller.abort());
    const response = await agent.get(undefined, controller.signal);
    const read = async (): Promise<void> => {
      for await (const { data } of eventsOf(response))
        if (data !== "") heard.push(JSON.parse(data) as JsonObject);
    };
    read().catch(() => undefined);
    expect((await agent.request("resources/subscribe", { uri: "shop://a" })).last["result"]).toEqual({});
    expect(errorOf(await agent.request("resources/subscribe", { uri: "other://x" }))).toMatchObject({
      code: -32002,
      data: { uri: "other://x" },
    });
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    await socket.response(socket.older("resources/subscribe", { uri: "shop://b" }));
    await until(() => server.listeners > 0);
    await pause(200);
    server.tell(updated, { uri: "shop://a" });
    server.tell(updated, { uri: "shop://b" });
    await until(() => urisOf(heard).length === 1 && urisOf(socket.messages).length === 1);
    expect([urisOf(heard), urisOf(socket.messages)]).toEqual([["shop://a"], ["shop://b"]]);
    await agent.request("resources/unsubscribe", { uri: "shop://a" });
    await pause(150);
    server.tell(updated, { uri: "shop://a" });
    await pause(150);
    expect(urisOf(heard)).toEqual(["shop://a"]);
  });

  test("that change without end reach the agent a few times a second, the last change always", async () => {
    const { server, stand } = await standBefore(era);
    const { messages } = await listen(stand, { resourceSubscriptions: ["shop://a"] });
    await until(() =>
      era === "older"
        ? server.heard("resources/subscribe").length === 1
        : JSON.stringify(server.heard("subscriptions/listen")).includes("shop://a"),
    );
    await pause(100);
    const endMs = performance.now() + 1_000;
    let sent = 0;
    while (performance.now() < endMs) {
      for (let n = 0; n < 100; n++, sent++) server.tell(updated, { uri: "shop://a" });
      await pause(1);
    }
    await pause(300);
    const told = urisOf(messages).length;
    expect(sent).toBeGreaterThan(5_000);
    expect(told).toBeGreaterThan(3);
    expect(told).toBeLessThan(20);
  });

  test("are followed again after the server was away", async () => {
    const { server, stand } = await standBefore(era);
    const { messages } = await listen(stand, { resourceSubscriptions: ["shop://a"] });
    await until(() => server.listeners > 0);
    await server.stop();
    const second = await HostileServer.start({ era, offer: offer() }, server.port);
    later(() => second.stop());
    const agent = new ModernAgent(stand.url, stand.key);
    await until(async () => textOf(await agent.call("fine")) === "fine did it");
    const subscribed = (): boolean =>
      era === "older"
        ? second.heard("resources/subscribe").length > 0 && second.listeners > 0
        : JSON.stringify(second.heard("subscriptions/listen")).includes("shop://a");
    await until(subscribed, 10_000);
    await pause(100);
    second.tell(updated, { uri: "shop://a" });
    await until(() => urisOf(messages).length === 1);
    expect(urisOf(messages)).toEqual(["shop://a"]);
  });
});

test("a server that is away when an agent begins to listen is followed once it is there; the others at once", async () => {
  const lateOffer = { ...offer(), tools: [toolNamed("late")], resources: [{ uri: "late://a", name: "a" }] };
  const late = await HostileServer.start({ era: "older", offer: lateOffer });
  const { port } = late;
  const entry = httpUpstream(late);
  await late.stop();
  const shop = await HostileServer.start({ era: "older", offer: offer() });
  later(() => shop.stop());
  const stand = await Stand.start({ servers: { late: entry, shop: httpUpstream(shop) } });
  const { messages } = await listen(stand, { resourceSubscriptions: ["late://a", "shop://a"] });
  await until(() => shop.heard("resources/subscribe").length === 1);
  const now = await HostileServer.start({ era: "older", offer: lateOffer }, port);
  later(() => now.stop());
  await until(() => now.heard("resources/subscribe").length === 1 && now.listeners === 1, 10_000);
  now.tell(updated, { uri: "late://a" });
  await until(() => urisOf(messages).length === 1);
  expect(urisOf(messages)).toEqual(["late://a"]);
});

test("what an agent follows at a child is followed again when the child was killed", async () => {
  const children = {
    ...offerOf(toolNamed("pid"), toolNamed("update"), toolNamed("seen")),
    resources: [{ uri: "shop://a", name: "a" }],
  };
  const stand = await Stand.start({ servers: { shop: childUpstream("older", children) } });
  const { messages } = await listen(stand, { resourceSubscriptions: ["shop://a"] });
  const agent = new ModernAgent(stand.url, stand.key);
  await agent.call("update", { n: "shop://a" });
  await until(() => urisOf(messages).length === 1);
  process.kill(Number(textOf(await agent.call("pid"))), "SIGKILL");
  await until(() => stand.console().includes("its process ended"));
  await until(async () => textOf(await agent.call("seen")).includes("resources/subscribe"), 10_000);
  await agent.call("update", { n: "shop://a" });
  await until(() => urisOf(messages).length === 2);
  expect(urisOf(messages)).toEqual(["shop://a", "shop://a"]);
});
