/** The SDK's v1 server over Streamable HTTP: a peer that nobody here wrote. */
import { InMemoryEventStore } from "@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer } from "./upstream.ts";
import { call, cleanUp, codeOf, httpEntry, plain, poolOf, sdkHttpServer, textOf, until } from "./upstream.fixture.ts"; // prettier-ignore

afterEach(cleanUp);

describe.each([{ json: true }, { json: false }])("a real SDK v1 server (JSON answers: $json)", ({ json }) => {
  test("is found to be older, greeted, called, and told when we go", async () => {
    const server = await sdkHttpServer({ json });
    const { pool, connected } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    expect([session.era, session.revision, session.info.name, session.instructions]).toEqual([
      "legacy",
      "2025-11-25",
      "sdk-fixture",
      "Be kind.",
    ]);
    expect(connected).toEqual(["s"]);
    expect(textOf(await session.request("tools/call", call("echo", { text: "grüße 😀" }), plain))).toBe(
      "grüße 😀",
    );
    expect(await session.request("tools/call", call("no-such-tool"), plain)).toMatchObject({
      kind: "result",
      result: { isError: true },
    });
    expect(await session.request("no/such", {}, plain)).toMatchObject({
      kind: "error",
      error: { code: -32601 },
    });
    expect(server.sessions.size).toBe(1);
    const [transport] = server.sessions.values();
    let isDeleted = false;
    if (transport !== undefined) transport.onclose = () => (isDeleted = true);
    await pool.drain();
    expect(isDeleted).toBe(true);
  });
});

describe("a real SDK v1 server", () => {
  test("gives progress under the caller's token and logs, in order, before the answer", async () => {
    const server = await sdkHttpServer();
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const heard: unknown[] = [];
    const params = {
      ...call("progress", { steps: 3, pauseMs: 5 }),
      _meta: { progressToken: "mine", other: "canary" },
    };
    const onNotification = (method: string, { progress, progressToken, data }: JsonObject): void =>
      void heard.push(method === "notifications/progress" ? [progressToken, progress] : data);
    const answer = await session.request("tools/call", params, {
      ...plain,
      logLevel: "info",
      onNotification,
    });
    expect(textOf(answer)).toBe("3 steps");
    expect(heard.filter((item) => Array.isArray(item))).toEqual([
      ["mine", 1],
      ["mine", 2],
      ["mine", 3],
    ]);
    expect(heard).toContain("step 2");
  });

  test("asks its question within the call that caused it", async () => {
    const server = await sdkHttpServer();
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", { elicitation: {} });
    const asked: unknown[] = [];
    const onAsk = async (method: string, params: JsonObject): Promise<AskAnswer> => {
      asked.push([method, params["message"]]);
      return { result: { action: "accept", content: { name: "Ada" } } };
    };
    const answer = await session.request("tools/call", call("ask", { question: "who?" }), {
      ...plain,
      capabilities: { elicitation: {} },
      onAsk,
    });
    expect(asked).toEqual([["elicitation/create", "who?"]]);
    expect(textOf(answer)).toContain("Ada");
  });

  test("is not asked for what was not declared: its question is refused", async () => {
    const server = await sdkHttpServer();
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const onAsk = (): Promise<AskAnswer> => Promise.reject(new Error("nobody may be asked"));
    const answer = await session.request("tools/call", call("ask", { question: "who?" }), {
      ...plain,
      onAsk,
    });
    expect(answer).toMatchObject({ result: { isError: true } });
  });

  test("hears of a cancel and of a time-out, and the call ends at once", async () => {
    const server = await sdkHttpServer();
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const controller = new AbortController();
    const cancelled = codeOf(
      session.request("tools/call", call("wait", { ms: 60_000, label: "one" }), {
        ...plain,
        signal: controller.signal,
      }),
    );
    setTimeout(() => controller.abort(), 50);
    expect(await cancelled).toBe("CANCELLED");
    expect(
      await codeOf(
        session.request("tools/call", call("wait", { ms: 60_000, label: "two" }), {
          ...plain,
          timeoutMs: 100,
        }),
      ),
    ).toBe("UPSTREAM_TIMEOUT");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(textOf(await session.request("tools/call", call("cancelled"), plain))).toBe("one,two");
    expect(
      await codeOf(
        session.request("tools/call", call("cancelled"), { ...plain, signal: AbortSignal.abort() }),
      ),
    ).toBe("CANCELLED");
  });

  test("that progresses is waited for beyond the time-out, one that does not is not", async () => {
    const server = await sdkHttpServer();
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const options = { ...plain, timeoutMs: 150, onNotification: () => undefined };
    const params = { ...call("progress", { steps: 6, pauseMs: 70 }), _meta: { progressToken: 1 } };
    expect(textOf(await session.request("tools/call", params, options))).toBe("6 steps");
    expect(
      await codeOf(session.request("tools/call", call("progress", { steps: 6, pauseMs: 70 }), options)),
    ).toBe("UPSTREAM_TIMEOUT");
  });

  test("tells list changes and resource updates to those who follow them, over the GET stream", async () => {
    const server = await sdkHttpServer();
    const { pool, changed } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    const heard: unknown[] = [];
    const subscription = session.subscribe(
      { tools: true, uris: ["test://item/1"] },
      (method, { uri }) => void heard.push([method, uri]),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await session.request("tools/call", call("touch", { uri: "test://item/1" }), plain);
    await session.request("tools/call", call("touch", { uri: "test://item/2" }), plain);
    await session.request("tools/call", call("rename"), plain);
    await until(() => heard.length === 2 && changed.length === 1);
    expect(heard).toEqual([
      ["notifications/resources/updated", "test://item/1"],
      ["notifications/tools/list_changed", undefined],
    ]);
    subscription.close();
    await session.request("tools/call", call("touch", { uri: "test://item/1" }), plain);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toHaveLength(2);
  });

  test("that forgot the session gets a new one, and the call once", async () => {
    const server = await sdkHttpServer();
    const { pool, connected } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    expect(textOf(await session.request("tools/call", call("count"), plain))).toBe("1");
    server.sessions.clear();
    const answers = await Promise.all(
      [1, 2, 3].map(() => session.request("tools/call", call("count"), plain)),
    );
    expect(answers.map(textOf).sort()).toEqual(["1", "2", "3"]);
    expect(server.sessions.size).toBe(1);
    expect(connected).toEqual(["s", "s"]);
  });

  test("whose answer stream broke is resumed by its last event id", async () => {
    const server = await sdkHttpServer({ eventStore: () => new InMemoryEventStore() });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const progress: unknown[] = [];
    const params = { ...call("progress", { steps: 4, pauseMs: 100 }), _meta: { progressToken: 1 } };
    const answer = session.request("tools/call", params, {
      ...plain,
      onNotification: (method, { progress: step }) => {
        if (method === "notifications/progress") progress.push(step);
        if (step === 2) server.server.closeAllConnections();
      },
    });
    expect(textOf(await answer)).toBe("4 steps");
    expect(progress).toEqual([1, 2, 3, 4]);
  });
});
