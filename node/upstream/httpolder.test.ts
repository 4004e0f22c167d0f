import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer } from "./upstream.ts";
import { bodyOf, call, cleanUp, codeOf, httpEntry, later, olderServer, plain, poolOf, rawServer, resultOf, sendJson, sse, textOf, until } from "./upstream.fixture.ts"; // prettier-ignore

afterEach(cleanUp);

describe("a raw older server", () => {
  test("that closes its stream early with an id and a retry is resumed by GET, never by a second POST", async () => {
    const seen: string[] = [];
    const server = await olderServer((message, response, request) => {
      const place = request.headers["last-event-id"];
      if (request.method === "GET" && place === undefined) return response.writeHead(405).end();
      seen.push(`${request.method} ${String(place ?? message["method"])}`);
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (request.method === "POST") return response.end("id: a1\nretry: 20\ndata:\n\n");
      if (place === "a1") return response.end("id: a2\nretry: 10\ndata:\n\n");
      return response.end(
        sse({ jsonrpc: "2.0", id: 2, result: { content: [{ type: "text", text: "at last" }] } }, "a3"),
      );
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(textOf(await session.request("tools/call", call("x"), plain))).toBe("at last");
    expect(seen).toEqual(["POST tools/call", "GET a1", "GET a2"]);
  });

  test("that only ever breaks is given up after a bounded number of resumes", async () => {
    let gets = 0;
    const server = await olderServer((_, response, request) => {
      if (request.method === "GET" && request.headers["last-event-id"] === undefined)
        return response.writeHead(405).end();
      if (request.method === "GET" && ++gets > 0)
        return response.writeHead(200, { "content-type": "text/event-stream" }).end();
      return response
        .writeHead(200, { "content-type": "text/event-stream" })
        .end("id: a1\nretry: 1\ndata:\n\n");
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_CLOSED");
    expect(gets).toBe(5);
  });

  test("whose stream has no ids fails the call when it breaks, and is not asked again", async () => {
    let posts = 0;
    const server = await olderServer((_, response) => {
      posts++;
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": nothing\n\n");
      setTimeout(() => response.destroy(), 20);
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_CLOSED");
    expect(posts).toBe(1);
  });

  test("that answers 404 twice gets the call once more and no third time", async () => {
    let posts = 0;
    const server = await olderServer((message, response) => {
      if (message["method"] === "tools/call") posts++;
      return response.writeHead(404).end();
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_SESSION_LOST");
    expect(posts).toBe(2);
  });

  test("that refuses with 400 is asked by ping whether the session lives; the call is not repeated", async () => {
    let posts = 0;
    let isDead = false;
    const server = await olderServer((message, response) => {
      if (isDead || message["method"] === "tools/call") {
        if (message["method"] === "tools/call") posts++;
        return sendJson(
          response,
          { jsonrpc: "2.0", id: null, error: { code: -32000, message: "Bad Request" } },
          400,
        );
      }
      return sendJson(response, resultOf(message, {}));
    });
    const { pool, lost } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_UNREACHABLE");
    expect(lost).toEqual([]);
    isDead = true;
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_SESSION_LOST");
    expect(lost).toHaveLength(1);
    expect(posts).toBe(2);
  });

  test("replays the log level and the subscriptions into a new session", async () => {
    const got: unknown[] = [];
    const server = await olderServer(
      (message, response, request) => {
        if (request.method !== "POST") return response.writeHead(405).end();
        got.push([message["method"], message["params"]]);
        return sendJson(response, resultOf(message, {}));
      },
      { tools: {}, logging: {}, resources: { subscribe: true } },
    );
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    session.subscribe({ uris: ["a:1"] }, () => undefined);
    await session.request("tools/call", call("x"), { ...plain, logLevel: "warning" });
    server.sessions.clear();
    await session.request("tools/call", call("y"), { ...plain, logLevel: "warning" });
    const methods = got.map((row) => (row as unknown[])[0]);
    expect(methods.filter((method) => method === "logging/setLevel")).toHaveLength(2);
    expect(methods.filter((method) => method === "resources/subscribe")).toHaveLength(2);
    expect(methods.indexOf("logging/setLevel")).toBeLessThan(methods.indexOf("tools/call"));
  });

  test("that sends a question on the GET stream reaches the only open call, and nobody when there are two", async () => {
    let stream: ServerResponse | undefined;
    const replies: JsonObject[] = [];
    const held: (() => void)[] = [];
    const server = await olderServer((message, response, request) => {
      if (request.method === "GET") {
        stream = response.writeHead(200, { "content-type": "text/event-stream" });
        stream.flushHeaders();
        return undefined;
      }
      if (message["method"] === undefined) {
        replies.push(message);
        return response.writeHead(202).end();
      }
      return held.push(() => sendJson(response, resultOf(message, {})));
    });
    const capabilities = { roots: {} };
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", capabilities);
    await until(() => stream !== undefined);
    const onAsk = async (): Promise<AskAnswer> => ({ result: { roots: [] } });
    const ask = (id: string): unknown => stream?.write(sse({ jsonrpc: "2.0", id, method: "roots/list" }));
    const first = session.request("tools/call", call("x"), { ...plain, capabilities, onAsk });
    await until(() => held.length === 1);
    ask("q1");
    await until(() => replies.length === 1);
    const second = session.request("tools/call", call("y"), { ...plain, capabilities, onAsk });
    await until(() => held.length === 2);
    ask("q2");
    await until(() => replies.length === 2);
    expect(replies).toEqual([
      { jsonrpc: "2.0", id: "q1", result: { roots: [] } },
      { jsonrpc: "2.0", id: "q2", error: { code: -32601, message: "not available in this session" } },
    ]);
    for (const answer of held) answer();
    await Promise.all([first, second]);
  });

  test.each([
    ["was not declared", {}, "roots/list"],
    ["no revision knows", { roots: {}, constructor: {} }, "constructor"],
  ])("that asks for what %s is refused, and nobody is asked", async (_, capabilities: JsonObject, method) => {
    const replies: JsonObject[] = [];
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      if (message["method"] === undefined) {
        replies.push(message);
        return response.writeHead(202).end();
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse({ jsonrpc: "2.0", id: 7, method }));
      setTimeout(() => response.end(sse(resultOf(message, { done: true }))), 50);
      return undefined;
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", capabilities);
    let asked = 0;
    const onAsk = async (): Promise<AskAnswer> => ({ result: { asked: ++asked } });
    await session.request("tools/call", call("x"), { ...plain, capabilities, onAsk });
    expect(replies).toMatchObject([{ id: 7, error: { code: -32601 } }]);
    expect(asked).toBe(0);
  });

  test("that takes a question back gets no answer to it", async () => {
    const posts: JsonObject[] = [];
    let withdrawnSeen = false;
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      if (message["method"] === undefined) {
        posts.push(message);
        return response.writeHead(202).end();
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse({ jsonrpc: "2.0", id: 7, method: "roots/list" }));
      setTimeout(
        () =>
          response.write(
            sse({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } }),
          ),
        30,
      );
      setTimeout(() => response.end(sse(resultOf(message, { done: true }))), 80);
      return undefined;
    });
    const capabilities = { roots: {} };
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", capabilities);
    const onAsk = (_: string, __: JsonObject, withdrawn: AbortSignal): Promise<AskAnswer> =>
      new Promise((resolve) =>
        withdrawn.addEventListener("abort", () => {
          withdrawnSeen = true;
          resolve({ result: {} });
        }),
      );
    expect(await session.request("tools/call", call("x"), { ...plain, capabilities, onAsk })).toMatchObject({
      result: { done: true },
    });
    expect(withdrawnSeen).toBe(true);
    expect(posts).toEqual([]);
  });

  test("is not read on while the agent's side takes nothing", async () => {
    let isWriting = true;
    let written = 0;
    const server = await olderServer(async (message, response, request) => {
      if (request.method !== "POST" || message["method"] !== "tools/call")
        return response.writeHead(405).end();
      response.writeHead(200, { "content-type": "text/event-stream" });
      const note = sse({
        jsonrpc: "2.0",
        method: "notifications/message",
        params: { level: "info", data: "x".repeat(100_000) },
      });
      for (let count = 0; count < 150; count++) {
        written++;
        if (!response.write(note)) await new Promise((resolve) => response.once("drain", resolve));
      }
      isWriting = false;
      return response.end(sse(resultOf(message, { done: true })));
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const gate = Promise.withResolvers<void>();
    let heard = 0;
    const onNotification = (): Promise<void> | undefined => (++heard === 1 ? gate.promise : undefined);
    const answer = session.request("tools/call", call("x"), { ...plain, onNotification });
    await until(() => heard === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heard).toBe(1);
    expect(isWriting).toBe(true);
    expect(written).toBeLessThan(150);
    gate.resolve();
    expect(await answer).toMatchObject({ result: { done: true } });
    expect(heard).toBe(150);
  });

  test("of 2025-03-26 may answer in a batch; one of 2025-11-25 may not", async () => {
    const make = (revision: string): Promise<{ url: string }> =>
      rawServer(async (request, response) => {
        const message = await bodyOf(request);
        if (message["method"] === "initialize")
          return sendJson(
            response,
            resultOf(message, {
              protocolVersion: revision,
              capabilities: {},
              serverInfo: { name: "b", version: "1" },
            }),
          );
        if (message["id"] === undefined) return response.writeHead(202).end();
        return sendJson(response, [
          { jsonrpc: "2.0", method: "notifications/message", params: { data: "n" } },
          resultOf(message, { batch: true }),
        ]);
      });
    const old = await make("2025-03-26");
    const oldSession = await poolOf(httpEntry(old.url, { era: "legacy" })).pool.session("s", "a", {});
    expect(await oldSession.request("tools/call", call("x"), plain)).toMatchObject({
      result: { batch: true },
    });
    const newer = await make("2025-11-25");
    const newerSession = await poolOf(httpEntry(newer.url, { era: "legacy" })).pool.session("s", "a", {});
    expect(await codeOf(newerSession.request("tools/call", call("x"), plain))).toBe("UPSTREAM_GARBAGE");
  });

  test("that does not know a method may say so with HTTP 404: that is the answer, and no lost session", async () => {
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      return sendJson(
        response,
        { jsonrpc: "2.0", id: message["id"], error: { code: -32601, message: "no" } },
        404,
      );
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await session.request("no/such", {}, plain)).toMatchObject({
      kind: "error",
      error: { code: -32601 },
    });
    expect(server.sessions.size).toBe(1);
  });

  test("that refuses the credential ends the session; what was under way may have been executed", async () => {
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      return call("x")["name"] === (message["params"] as JsonObject)["name"]
        ? undefined
        : response.writeHead(401).end();
    });
    const { pool, lost } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    const open = codeOf(session.request("tools/call", call("x"), plain));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await codeOf(session.request("tools/call", call("y"), plain))).toBe("UPSTREAM_UNREACHABLE");
    expect(await open).toBe("UPSTREAM_CLOSED");
    expect(lost).toHaveLength(1);
  });

  test("sees no agent's header, token or _meta: nothing of a canary arrives", async () => {
    const canary = `canary-${Math.random().toString(36).slice(2)}`;
    let bytes = "";
    const server = await olderServer((message, response, request) => {
      bytes += JSON.stringify(message) + JSON.stringify(request.rawHeaders) + request.url;
      return sendJson(response, resultOf(message, {}));
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", `agent-${canary}`, {});
    const own = {
      progressToken: canary,
      authorization: canary,
      "io.modelcontextprotocol/clientInfo": { name: canary },
      traceparent: canary,
    };
    await session.request(
      "tools/call",
      { name: "x", arguments: {}, _meta: own },
      { ...plain, trace: { traceparent: "00-1-2-01" } },
    );
    expect(bytes).toContain("00-1-2-01");
    expect(bytes).not.toContain(canary);
  });
});

test("a DELETE that is never answered does not hold the drain", async () => {
  const server = await olderServer((_, __, request) =>
    request.method === "DELETE" ? undefined : later(() => undefined),
  );
  const { pool } = poolOf(httpEntry(server.url));
  await pool.session("s", "agent", {});
  const start = Date.now();
  await pool.drain();
  expect(Date.now() - start).toBeLessThan(4_000);
});
