/** Children of the catalogue that misbehave, and many agents on one server: to each its own (checklist S2). */
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { HostileServer, offerOf, toolNamed, type ServerEra } from "./upstream.ts";
import { codeOf, errorOf, ModernAgent, SocketAgent, textOf } from "./upstreamagent.ts";
import { childUpstream, cleanUp, httpUpstream, later, pause, Stand, until } from "./upstreamstand.ts";

afterEach(cleanUp);

const MiB = 1024 * 1024;

describe("a child of the catalogue", () => {
  const names = ["echo", "pid", "never", "die", "twice", "other", "garbage", "big", "endless", "notes"];
  const offer = offerOf(...names.map((name) => toolNamed(name)));
  const start = (era: ServerEra): Promise<Stand> =>
    Stand.start({ servers: { shop: childUpstream(era, offer, { callSeconds: 1 }) } });

  test.each(["modern", "older"] as const)(
    "killed in mid-call gives a clean error, and the next call starts it again (%s)",
    async (era) => {
      const stand = await start(era);
      const agent = new ModernAgent(stand.url, stand.key);
      const before = textOf(await agent.call("pid"));
      const waiting = agent.call("never", { n: "1" });
      await until(() => stand.records("intent").length === 2);
      process.kill(Number(before), "SIGKILL");
      expect(codeOf(await waiting)).toBe("UPSTREAM_CLOSED");
      const after = textOf(await agent.call("pid"));
      expect(Number(after)).toBeGreaterThan(0);
      expect(after).not.toBe(before);
      expect(codeOf(await agent.call("die"))).toBe("UPSTREAM_CLOSED");
      expect(Number(textOf(await agent.call("pid")))).toBeGreaterThan(0);
      expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual([
        "ok",
        "broken",
        "ok",
        "broken",
        "ok",
      ]);
      await until(() => stand.console().includes("its process ended (SIGKILL)"));
    },
  );

  test("that writes garbage, twice, others' answers, nothing, or without end is bounded", async () => {
    const stand = await start("older");
    const agent = new ModernAgent(stand.url, stand.key);
    expect(textOf(await agent.call("twice"))).toBe("first");
    expect(textOf(await agent.call("other"))).toBe("own");
    expect(textOf(await agent.call("garbage", { n: "5" }))).toBe("after");
    expect(codeOf(await agent.call("garbage", { n: String(limits.upstreamGarbageMax + 5) }))).toBe(
      "UPSTREAM_GARBAGE",
    );
    expect(codeOf(await agent.call("never"))).toBe("UPSTREAM_TIMEOUT");
    expect(textOf(await agent.call("echo", { n: "still here" }))).toBe("still here");
    expect(codeOf(await agent.call("big", { n: String(20 * MiB) }))).toBe("UPSTREAM_TOO_LARGE");
    const rssBefore = process.memoryUsage().rss;
    expect(codeOf(await agent.call("endless"))).toBe("UPSTREAM_TOO_LARGE");
    await pause(300);
    expect((process.memoryUsage().rss - rssBefore) / MiB).toBeLessThan(120);
    expect(stand.faults).toEqual([]);
  });

  test("of one agent that dies does not touch another agent's", async () => {
    const stand = await start("older");
    const [ann, bob] = [
      new ModernAgent(stand.url, stand.keyFor("ann")),
      new ModernAgent(stand.url, stand.keyFor("bob")),
    ];
    const [his, hers] = [textOf(await bob.call("pid")), textOf(await ann.call("pid"))];
    expect(his).not.toBe(hers);
    const waiting = bob.call("never");
    await until(() => stand.records("intent").length === 3);
    expect(codeOf(await ann.call("die"))).toBe("UPSTREAM_CLOSED");
    expect(textOf(await bob.call("pid"))).toBe(his);
    expect(codeOf(await waiting)).toBe("UPSTREAM_TIMEOUT");
    expect(errorOf(await bob.call("nothing"))["message"]).toBe("Unknown tool: nothing");
  });
});

test("S2 a thousand calls of fifty agents with the same ids each get their own answer", async () => {
  const server = await HostileServer.start({
    era: "modern",
    offer: offerOf(toolNamed("echo")),
    onCall: async (asked) => {
      await pause(Math.random() * 20);
      asked.text(String(asked.args["n"]));
    },
  });
  later(() => server.stop());
  const stand = await Stand.start({ servers: { shop: httpUpstream(server) } });
  const wrong: string[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      const socket = await SocketAgent.open(stand.url, stand.keyFor(`agent-${at}`));
      const initialize = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "x", version: "1" },
      };
      socket.send({ jsonrpc: "2.0", id: 0, method: "initialize", params: initialize });
      await socket.response(0);
      for (let id = 1; id <= 20; id++)
        socket.send({
          jsonrpc: "2.0",
          id,
          method: "tools/call",
          params: { name: "echo", arguments: { n: `canary-${at}-${id}` } },
        });
      for (let id = 1; id <= 20; id++) {
        const text = textOf({ last: await socket.response(id) });
        if (text !== `canary-${at}-${id}`) wrong.push(`${at}/${id}: ${text}`);
      }
      if (socket.messages.length !== 21) wrong.push(`${at}: ${socket.messages.length} messages`);
    }),
  );
  expect(wrong).toEqual([]);
});
