/**
 * Streams are streams (issue M3): what a server has said reaches the agent at once, and a slow agent slows its server.
 * Who goes away: streamscancel.test.ts.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../protocol/mcp/shape.ts";
import { offerOf, toolNamed } from "./hostile/upstream.ts";
import { ModernAgent, OlderAgent, readAnswer, SocketAgent, textOf } from "./hostile/upstreamagent.ts";
import { SseAgent } from "./hostile/upstreamsseagent.ts";
import { childUpstream, cleanUp, pause, Stand, until } from "./hostile/upstreamstand.ts";
import { Gate, standBefore, streamParams as params } from "./hostile/upstreamstreams.ts";

afterEach(cleanUp);

const MiB = 1024 * 1024;
const pieces = 100;
/** 100 pieces: 10 MB in all. */
const piece = "x".repeat(100_000);

/** One way of calling `stream` with progress: messages come to `on`, in order, the answer last. */
type Call = (stand: Stand, on: (message: JsonObject) => void) => Promise<void>;

const doors: { readonly [door: string]: Call } = {
  "HTTP, modern": async (stand, on) => {
    const agent = new ModernAgent(stand.url, stand.key);
    await readAnswer(
      await agent.post("tools/call", { name: "stream", arguments: { n: "1" } }, { progressToken: "t" }),
      on,
    );
  },
  "HTTP, older": async (stand, on) => {
    const agent = await OlderAgent.open(stand.url, stand.key);
    await readAnswer(await agent.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params }), on);
  },
  "WebSocket, modern": async (stand, on) => {
    const socket = await SocketAgent.open(stand.url, stand.key);
    socket.on = on;
    await socket.response(
      socket.modern("tools/call", { name: "stream", arguments: { n: "1" } }, { progressToken: "t" }),
    );
  },
  "WebSocket, older": async (stand, on) => {
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    socket.on = on;
    await socket.response(socket.older("tools/call", params));
  },
  "HTTP+SSE": async (stand, on) => {
    const agent = await SseAgent.open(stand.url, stand.key);
    agent.on = on;
    await agent.request("tools/call", params);
  },
};

describe.each(["modern", "older"] as const)("a 10 MB answer of a server of the %s era", (era) => {
  test.each(Object.keys(doors))(
    "reaches an agent over %s piece by piece: the first before the second is written",
    async (door) => {
      const first = new Gate();
      const { stand } = await standBefore(era, async (asked) => {
        asked.progress(1, { message: piece });
        // Were the stream held back until its end, this would wait for ever.
        await first.opened;
        for (let n = 2; n <= pieces; n++) if (!asked.progress(n, { message: piece })) await asked.drained();
        asked.text("the end");
      });
      const progress: unknown[] = [];
      let last: JsonObject = {};
      await doors[door]?.(stand, (message) => {
        if (message["method"] === "notifications/progress")
          progress.push((message["params"] as JsonObject)["progress"]);
        else last = message;
        first.open();
      });
      expect(progress).toEqual(Array.from({ length: pieces }, (_, at) => at + 1));
      expect(textOf({ last })).toBe("the end");
      expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual(["ok"]);
    },
  );
});

test("a child's progress reaches the agent before its answer is there", async () => {
  const stand = await Stand.start({ servers: { shop: childUpstream("older", offerOf(toolNamed("notes"))) } });
  const answer = await new ModernAgent(stand.url, stand.key).call(
    "notes",
    { n: "50" },
    { progressToken: "t" },
  );
  expect(answer.messages.length).toBe(51);
  expect(
    answer.messages.slice(0, 50).map((message) => (message["params"] as JsonObject)["progress"]),
  ).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
  expect(textOf(answer)).toBe("done");
});

describe("an agent that does not read", () => {
  /** Opens a call and takes nothing; what to do to read on. */
  const stalled: { readonly [door: string]: (stand: Stand) => Promise<() => void> } = {
    "HTTP, modern": async (stand) => {
      const response = await new ModernAgent(stand.url, stand.key).post(
        "tools/call",
        { name: "stream", arguments: {} },
        { progressToken: "t" },
      );
      return () => void readAnswer(response);
    },
    "HTTP, older": async (stand) => {
      const agent = await OlderAgent.open(stand.url, stand.key);
      const response = await agent.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      return () => void readAnswer(response);
    },
    "WebSocket, modern": async (stand) => {
      const socket = await SocketAgent.open(stand.url, stand.key);
      socket.modern("tools/call", { name: "stream", arguments: {} }, { progressToken: "t" });
      socket.socket.pause();
      return () => socket.socket.resume();
    },
    "WebSocket, older": async (stand) => {
      const socket = await SocketAgent.open(stand.url, stand.key);
      await socket.initialize();
      socket.older("tools/call", params);
      socket.socket.pause();
      return () => socket.socket.resume();
    },
    "HTTP+SSE": async (stand) => {
      const agent = await SseAgent.open(stand.url, stand.key);
      await agent.initialized;
      agent.pause();
      agent.request("tools/call", params).catch(() => undefined);
      return () => agent.resume();
    },
  };

  test.each(Object.keys(stalled))(
    "over %s slows its server down instead of filling the gateway, and holds up nobody else",
    async (door) => {
      let sent = 0;
      let isOver = false;
      const total = 40 * MiB;
      const { stand } = await standBefore("modern", async (asked) => {
        if (asked.params["name"] === "fine") return asked.text("fine");
        const message = "x".repeat(MiB / 4);
        for (let n = 1; sent < total && !asked.response.destroyed; n++) {
          if (!asked.progress(n, { message })) await asked.drained();
          sent += message.length;
        }
        isOver = true;
        asked.text("the end");
      });
      const readOn = await stalled[door]?.(stand);
      await until(() => sent > 0);
      // It stands still once every buffer on the way is full.
      let before = -1;
      await until(async () => {
        const now = sent;
        await pause(150);
        const stands = now === before && sent === now;
        before = sent;
        return stands;
      }, 5_000);
      process.stdout.write(
        `${door}: the server stands still after ${(sent / MiB).toFixed(1)} MiB of ${total / MiB}\n`,
      );
      expect(isOver).toBe(false);
      expect(sent).toBeLessThan(16 * MiB);
      const other = new ModernAgent(stand.url, stand.keyFor("other"));
      expect(textOf(await other.call("fine"))).toBe("fine");
      readOn?.();
      await until(() => isOver, 10_000);
      await until(async () =>
        (await stand.outcomes()).some(({ name, outcome }) => name === "stream" && outcome === "ok"),
      );
    },
  );
});
