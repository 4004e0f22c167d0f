/**
 * Who takes a call back, and who only goes away: each as its revision has it (docs/wire.md, "Streams").
 */
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../protocol/mcp/shape.ts";
import { offerOf, toolNamed, type Asked } from "./hostile/upstream.ts";
import {
  eventsOf,
  ModernAgent,
  OlderAgent,
  readAnswer,
  SocketAgent,
  textOf,
} from "./hostile/upstreamagent.ts";
import { childUpstream, cleanUp, pause, Stand, until } from "./hostile/upstreamstand.ts";
import { Gate, standBefore, streamParams as params } from "./hostile/upstreamstreams.ts";

afterEach(cleanUp);

/** A server that begins to answer, notes that its call was taken back, and says the rest when told. */
function beginning(): {
  act: (asked: Asked) => Promise<void>;
  goOn: Gate;
  closed: () => number;
  begun: () => number;
} {
  const goOn = new Gate();
  let closed = 0;
  let begun = 0;
  const act = async (asked: Asked): Promise<void> => {
    if (asked.params["name"] === "fine") return asked.text("fine");
    asked.response.on("close", () => closed++);
    asked.progress(1);
    begun++;
    await goOn.opened;
    asked.text("the rest");
  };
  return { act, goOn, closed: () => closed, begun: () => begun };
}

describe("an agent of 2026-07-28", () => {
  test.each(["modern", "older"] as const)(
    "that closes its stream cancels the call at a server of the %s era",
    async (era) => {
      const { act, closed, begun } = beginning();
      const { server, stand } = await standBefore(era, act);
      const agent = new ModernAgent(stand.url, stand.key);
      const controller = new AbortController();
      const response = await agent.post(
        "tools/call",
        { name: "stream", arguments: {} },
        { progressToken: "t", signal: controller.signal },
      );
      await until(() => begun() === 1);
      controller.abort();
      await response.text().catch(() => undefined);
      await until(() => closed() === 1);
      if (era === "older") await until(() => server.heard("notifications/cancelled").length === 1);
      await until(async () => (await stand.outcomes()).length === 1);
      expect(await stand.outcomes()).toEqual([{ outcome: "cancelled", code: "CANCELLED", name: "stream" }]);
      expect(textOf(await agent.call("fine"))).toBe("fine");
    },
  );

  test("that closes it before the first byte cancels too", async () => {
    let closed = false;
    const { stand, server } = await standBefore(
      "modern",
      (asked) => void asked.response.on("close", () => (closed = true)),
    );
    const controller = new AbortController();
    const agent = new ModernAgent(stand.url, stand.key);
    const posted = agent
      .post("tools/call", { name: "stream", arguments: {} }, { signal: controller.signal })
      .catch(() => undefined);
    await until(() => server.heard("tools/call").length === 1);
    controller.abort();
    await posted;
    await until(() => closed);
    await until(async () => (await stand.outcomes()).length === 1);
    expect((await stand.outcomes())[0]?.outcome).toBe("cancelled");
  });

  test("on a socket cancels one call by notifications/cancelled, hears nothing more of it, and closing it cancels the rest", async () => {
    const { act, closed, begun, goOn } = beginning();
    const { stand } = await standBefore("modern", act);
    const socket = await SocketAgent.open(stand.url, stand.key);
    const first = socket.modern("tools/call", { name: "stream", arguments: { n: "1" } });
    socket.modern("tools/call", { name: "stream", arguments: { n: "2" } });
    await until(() => begun() === 2);
    socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: first } });
    await until(() => closed() === 1);
    await until(async () => (await stand.outcomes()).length === 1);
    socket.socket.close();
    await until(() => closed() === 2);
    await until(async () => (await stand.outcomes()).length === 2);
    goOn.open();
    await pause(100);
    expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
    expect(socket.messages.filter((message) => message["method"] === undefined)).toEqual([]);
  });
});

describe("an older agent", () => {
  test.each(["modern", "older"] as const)(
    "that loses its stream cancels nothing, and fetches the answer with Last-Event-ID (%s server)",
    async (era) => {
      const { act, closed, begun, goOn } = beginning();
      const { stand, server } = await standBefore(era, act);
      const agent = await OlderAgent.open(stand.url, stand.key);
      const controller = new AbortController();
      const response = await agent.send(
        { jsonrpc: "2.0", id: 7, method: "tools/call", params },
        controller.signal,
      );
      let lastEventId = "";
      for await (const { id, data } of eventsOf(response)) {
        if (id !== undefined) lastEventId = id;
        if (data.includes("notifications/progress")) break;
      }
      controller.abort();
      await until(() => begun() === 1);
      await pause(150);
      expect([
        closed(),
        server.heard("notifications/cancelled").length,
        (await stand.outcomes()).length,
      ]).toEqual([0, 0, 0]);
      goOn.open();
      await until(async () => (await stand.outcomes()).length === 1);
      const rest = await readAnswer(await agent.get(lastEventId));
      expect(rest.messages.length).toBe(1);
      expect([rest.last["id"], textOf(rest)]).toEqual([7, "the rest"]);
      expect(await stand.outcomes()).toEqual([{ outcome: "ok", code: undefined, name: "stream" }]);
    },
  );

  test("that resumes while the call still runs gets the rest as it comes", async () => {
    const { act, begun, goOn } = beginning();
    const { stand } = await standBefore("modern", act);
    const agent = await OlderAgent.open(stand.url, stand.key);
    const controller = new AbortController();
    const response = await agent.send(
      { jsonrpc: "2.0", id: 8, method: "tools/call", params },
      controller.signal,
    );
    let lastEventId = "";
    for await (const { id } of eventsOf(response)) {
      lastEventId = id ?? "";
      break;
    }
    controller.abort();
    await until(() => begun() === 1);
    const resumed = readAnswer(await agent.get(lastEventId));
    goOn.open();
    const rest = await resumed;
    expect(rest.messages.map((message) => message["method"])).toEqual(["notifications/progress", undefined]);
    expect(textOf(rest)).toBe("the rest");
  });

  test.each(["modern", "older"] as const)(
    "cancels by notification over HTTP and over a socket; a server of the %s era hears of it",
    async (era) => {
      const { act, closed, begun, goOn } = beginning();
      const { stand, server } = await standBefore(era, act);
      const agent = await OlderAgent.open(stand.url, stand.key);
      const answer = readAnswer(await agent.send({ jsonrpc: "2.0", id: 5, method: "tools/call", params }));
      await until(() => begun() === 1);
      await agent.notify("notifications/cancelled", { requestId: 5, reason: "changed my mind" });
      await until(() => closed() === 1);
      const socket = await SocketAgent.open(stand.url, stand.key);
      await socket.initialize();
      const id = socket.older("tools/call", params);
      await until(() => begun() === 2);
      socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      await until(() => closed() === 2);
      await until(async () => (await stand.outcomes()).length === 2);
      goOn.open();
      await pause(100);
      expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
      expect(server.heard("notifications/cancelled")).toHaveLength(era === "older" ? 2 : 0);
      expect(socket.messages.filter((message) => message["id"] === id)).toEqual([]);
      // HTTP has to end its own request, and does so without a result.
      expect((await answer).last["result"]).toBeUndefined();
    },
  );

  test("cancels a call at a child of the catalogue by notification", async () => {
    const offer = offerOf(toolNamed("never"), toolNamed("seen"));
    const stand = await Stand.start({ servers: { shop: childUpstream("older", offer) } });
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    const id = socket.older("tools/call", { name: "never", arguments: {} });
    await until(() => stand.records("intent").length === 1);
    await pause(300);
    socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    await until(async () => (await stand.outcomes()).some(({ outcome }) => outcome === "cancelled"));
    const seen = await socket.response(socket.older("tools/call", { name: "seen", arguments: {} }));
    const told = JSON.parse(textOf({ last: seen })) as {
      method?: string;
      params?: JsonObject;
      id?: number;
    }[];
    const never = told.find((message) => message.params?.["name"] === "never");
    const cancelled = told.find(({ method }) => method === "notifications/cancelled");
    expect(cancelled?.params?.["requestId"]).toBe(never?.id);
  });

  test("that closes its socket leaves its calls running to their end", async () => {
    const { act, closed, begun, goOn } = beginning();
    const { stand } = await standBefore("modern", act);
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    socket.older("tools/call", params);
    await until(() => begun() === 1);
    socket.socket.close();
    await pause(150);
    expect(closed()).toBe(0);
    goOn.open();
    await until(async () => (await stand.outcomes()).length === 1);
    expect((await stand.outcomes())[0]?.outcome).toBe("ok");
  });
});

test("a cancel that comes with the answer leaves one outcome, and at most one answer", async () => {
  const { stand } = await standBefore("modern", async (asked) => {
    await pause(Math.random() * 8);
    asked.text("done");
  });
  const socket = await SocketAgent.open(stand.url, stand.key);
  await socket.initialize();
  const ids: number[] = [];
  for (let n = 0; n < 100; n++) {
    const id = socket.older("tools/call", { name: "stream", arguments: { n: String(n) } });
    ids.push(id);
    await pause(Math.random() * 8);
    socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
  }
  await until(async () => (await stand.outcomes()).length === 100);
  await pause(50);
  const answers = ids.map((id) => socket.messages.filter((message) => message["id"] === id).length);
  expect(Math.max(...answers)).toBeLessThanOrEqual(1);
  const ok = (await stand.outcomes()).filter(({ outcome }) => outcome === "ok").length;
  expect(answers.reduce((sum, each) => sum + each, 0)).toBe(ok);
  expect((await stand.outcomes()).every(({ outcome }) => outcome === "ok" || outcome === "cancelled")).toBe(
    true,
  );
  expect(stand.replays().flatMap(({ differences }) => differences)).toEqual([]);
});
