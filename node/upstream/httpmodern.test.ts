import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { decodeHeaderValue, readHeaderSchema } from "../../protocol/header.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { call, cleanUp, codeOf, httpEntry, modernServer, plain, poolOf, resultOf, sendJson, sse, until } from "./upstream.fixture.ts"; // prettier-ignore

afterEach(cleanUp);

const key = "io.modelcontextprotocol/";

test("a modern server is found by discovery, and one session serves every agent", async () => {
  const server = await modernServer((message, response) =>
    sendJson(response, resultOf(message, { resultType: "complete" })),
  );
  const { pool, connected } = poolOf(httpEntry(server.url));
  const [one, two] = await Promise.all([
    pool.session("s", "agent-1", {}),
    pool.session("s", "agent-2", { roots: {} }),
  ]);
  expect(one).toBe(two);
  expect([one.era, one.revision, one.info.name]).toEqual(["modern", "2026-07-28", "modern-fixture"]);
  expect(connected).toEqual(["s"]);
  expect(pool.counts().get("s")).toMatchObject({ sessions: 1 });
});

test("every request carries the headers and the _meta of the revision, and they agree", async () => {
  const seen: { headers: IncomingHttpHeaders; message: JsonObject }[] = [];
  const server = await modernServer((message, response, { headers }) => {
    seen.push({ headers, message });
    return sendJson(response, resultOf(message, {}));
  });
  const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
  const options = {
    ...plain,
    capabilities: { elicitation: {} },
    logLevel: "info",
    trace: { traceparent: "00-a-b-01", tracestate: "v=1" },
  };
  await session.request(
    "tools/call",
    { ...call("größe"), _meta: { progressToken: "mine", secret: "x" } },
    options,
  );
  await session.request("resources/read", { uri: "test://a b" }, plain);
  await session.request("completion/complete", { ref: { type: "ref/prompt", name: "p" } }, plain);
  const [tool, resource, completion] = seen;
  expect(tool?.message["params"]).toEqual({
    ...call("größe"),
    _meta: {
      [`${key}protocolVersion`]: "2026-07-28",
      [`${key}clientInfo`]: { name: "gatehouse", version: "0" },
      [`${key}clientCapabilities`]: { elicitation: {} },
      [`${key}logLevel`]: "info",
      traceparent: "00-a-b-01",
      tracestate: "v=1",
      progressToken: tool?.message["id"],
    },
  });
  expect(tool?.headers).toMatchObject({
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
  });
  expect(decodeHeaderValue(String(tool?.headers["mcp-name"]))).toBe("größe");
  expect(resource?.headers["mcp-name"]).toBe("test://a b");
  expect(completion?.headers["mcp-name"]).toBeUndefined();
  expect(seen.map(({ headers }) => headers["mcp-session-id"])).toEqual([undefined, undefined, undefined]);
});

test("parameters with x-mcp-header travel in headers too, encoded; absent and null ones do not", async () => {
  let got: IncomingHttpHeaders = {};
  const server = await modernServer((message, response, { headers }) => {
    got = headers;
    return sendJson(response, resultOf(message, {}));
  });
  const properties = {
    region: { type: "string", "x-mcp-header": "Region" },
    level: { type: "integer", "x-mcp-header": "Level" },
    none: { type: "string", "x-mcp-header": "None" },
    gone: { type: "boolean", "x-mcp-header": "Gone" },
    deep: { type: "object", properties: { flag: { type: "boolean", "x-mcp-header": "Flag" } } },
  };
  const headerSchema = readHeaderSchema({ type: "object", properties }) as HeaderSchema;
  const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
  const args = { region: "Österreich", level: 42, none: null, deep: { flag: true } };
  await session.request("tools/call", call("x", args), { ...plain, headerSchema });
  expect(decodeHeaderValue(String(got["mcp-param-region"]))).toBe("Österreich");
  expect([
    got["mcp-param-level"],
    got["mcp-param-flag"],
    got["mcp-param-none"],
    got["mcp-param-gone"],
  ]).toEqual(["42", "true", undefined, undefined]);
});

describe("a stream of its own for each call", () => {
  test("progress and logs come first and under the caller's token, the answer last", async () => {
    const server = await modernServer((message, response) => {
      const token = ((message["params"] as JsonObject)["_meta"] as JsonObject)["progressToken"];
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const progress of [1, 2])
        response.write(
          sse({
            jsonrpc: "2.0",
            method: "notifications/progress",
            params: { progressToken: token, progress },
          }),
        );
      response.write(
        sse({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "hello" } }),
      );
      return response.end(sse(resultOf(message, { resultType: "complete", done: true })));
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const heard: unknown[] = [];
    const answer = await session.request(
      "tools/call",
      { ...call("x"), _meta: { progressToken: 77 } },
      {
        ...plain,
        onNotification: (method, params) =>
          void heard.push([method, params["progressToken"] ?? params["data"]]),
      },
    );
    expect(answer).toEqual({ kind: "result", result: { resultType: "complete", done: true } });
    expect(heard).toEqual([
      ["notifications/progress", 77],
      ["notifications/progress", 77],
      ["notifications/message", "hello"],
    ]);
  });

  test("a cancel closes it, and so does a time-out; no notification is sent", async () => {
    let closed = 0;
    const methods: unknown[] = [];
    const server = await modernServer((message, response) => {
      methods.push(message["method"]);
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      return response.on("close", () => closed++);
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const controller = new AbortController();
    const cancelled = codeOf(
      session.request("tools/call", call("x"), { ...plain, signal: controller.signal }),
    );
    await until(() => methods.length === 1);
    controller.abort();
    expect(await cancelled).toBe("CANCELLED");
    expect(await codeOf(session.request("tools/call", call("x"), { ...plain, timeoutMs: 50 }))).toBe(
      "UPSTREAM_TIMEOUT",
    );
    await until(() => closed === 2);
    expect(methods).toEqual(["tools/call", "tools/call"]);
  });

  test("one that breaks has lost its call, which is not sent again", async () => {
    let calls = 0;
    const server = await modernServer((_, response) => {
      calls++;
      response.writeHead(200, { "content-type": "text/event-stream" }).write("id: 1\ndata:\n\n");
      setTimeout(() => response.destroy(), 10);
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_CLOSED");
    expect(calls).toBe(1);
  });

  test("one that stays open after its answer is closed by us", async () => {
    let isClosed = false;
    const server = await modernServer((message, response) => {
      response.on("close", () => (isClosed = true));
      return response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write(sse(resultOf(message, { ok: 1 })));
    });
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await session.request("tools/call", call("x"), plain)).toMatchObject({ result: { ok: 1 } });
    await until(() => isClosed);
  });

  test("a request of the server is no part of this era: it reaches nobody", async () => {
    const server = await modernServer((message, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        sse({ jsonrpc: "2.0", id: 5, method: "elicitation/create", params: { message: "password?" } }),
      );
      return response.end(sse(resultOf(message, { ok: 1 })));
    });
    const { pool } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    const onAsk = (): never => {
      throw new Error("nobody may be asked");
    };
    const options = { ...plain, capabilities: { elicitation: {} }, onAsk };
    expect(await session.request("tools/call", call("x"), options)).toMatchObject({ result: { ok: 1 } });
    expect(pool.counts().get("s")?.strays).toBe(1);
  });
});

describe("errors at HTTP level", () => {
  const rows = [
    [400, -32020, "header mismatch"],
    [400, -32021, "missing capability"],
    [404, -32601, "unknown method"],
    [200, -32602, "bad params"],
    [500, -32603, "internal"],
  ] as const;
  test.each(rows)("HTTP %i with JSON-RPC %i is the call's answer (%s)", async (status, code) => {
    const server = await modernServer((message, response) =>
      sendJson(
        response,
        { jsonrpc: "2.0", id: message["id"], error: { code, message: "no", data: { a: 1 } } },
        status,
      ),
    );
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await session.request("tools/call", call("x"), plain)).toEqual({
      kind: "error",
      error: { code, message: "no", data: { a: 1 } },
    });
  });

  test.each([
    [401, "UPSTREAM_UNREACHABLE"],
    [403, "UPSTREAM_UNREACHABLE"],
    [404, "UPSTREAM_UNREACHABLE"],
    [429, "UPSTREAM_UNREACHABLE"],
    [400, "UPSTREAM_SESSION_LOST"],
    [500, "UPSTREAM_GARBAGE"],
    [503, "UPSTREAM_GARBAGE"],
  ])("HTTP %i without one is %s", async (status, code) => {
    const server = await modernServer((_, response) =>
      response.writeHead(status, { "content-type": "text/html" }).end("<p>no</p>"),
    );
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe(code);
  });

  test("a server that turned older is spoken to as such from the next session on", async () => {
    let isOlder = false;
    const server = await modernServer((message, response) => {
      if (!isOlder) return sendJson(response, resultOf(message, { resultType: "complete" }));
      return sendJson(
        response,
        {
          jsonrpc: "2.0",
          id: null,
          error: { code: -32022, message: "no", data: { supported: ["2025-11-25"] } },
        },
        400,
      );
    });
    const { pool, lost } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    isOlder = true;
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_SESSION_LOST");
    expect(lost).toHaveLength(1);
    expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_SESSION_LOST");
    expect(await pool.session("s", "agent", {})).not.toBe(session);
  });
});

describe("subscriptions/listen", () => {
  interface Listening {
    readonly filters: JsonObject[];
    readonly streams: { id: unknown; response: ServerResponse; isOpen: boolean }[];
    readonly send: (at: number, method: string, params?: JsonObject, id?: unknown) => void;
  }
  async function listening(capabilities: JsonObject): Promise<Listening & { url: string }> {
    const filters: JsonObject[] = [];
    const streams: Listening["streams"] = [];
    const server = await modernServer((message, response) => {
      if (message["method"] !== "subscriptions/listen") return sendJson(response, resultOf(message, {}));
      filters.push((message["params"] as JsonObject)["notifications"] as JsonObject);
      const stream = { id: message["id"], response, isOpen: true };
      response.on("close", () => (stream.isOpen = false));
      streams.push(stream);
      return response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    }, capabilities);
    const send = (at: number, method: string, params: JsonObject = {}, id: unknown = streams[at]?.id): void =>
      void streams[at]?.response.write(
        sse({ jsonrpc: "2.0", method, params: { ...params, _meta: { [`${key}subscriptionId`]: id } } }),
      );
    return { url: server.url, filters, streams, send };
  }
  const acknowledged = "notifications/subscriptions/acknowledged";

  test("tells what was asked for, after the acknowledgement, under its own id, and nothing else", async () => {
    const { url, filters, streams, send } = await listening({ tools: {}, resources: { subscribe: true } });
    const { pool } = poolOf(httpEntry(url));
    const session = await pool.session("s", "agent", {});
    const heard: unknown[] = [];
    const subscription = session.subscribe(
      { tools: true, uris: ["a:1"] },
      (method, { uri }) => void heard.push([method.slice(14), uri]),
    );
    await until(() => streams.length === 1);
    expect(filters).toEqual([{ toolsListChanged: true, resourceSubscriptions: ["a:1"] }]);
    send(0, "notifications/tools/list_changed");
    send(0, acknowledged, { notifications: {} });
    send(0, "notifications/tools/list_changed", {}, "someone else's");
    send(0, "notifications/prompts/list_changed");
    send(0, "notifications/resources/updated", { uri: "a:2" });
    send(0, "notifications/tools/list_changed");
    send(0, "notifications/resources/updated", { uri: "a:1" });
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      ["tools/list_changed", undefined],
      ["resources/updated", "a:1"],
    ]);
    expect(pool.counts().get("s")?.strays).toBe(4);
    subscription.update({ prompts: true });
    await until(() => streams.length === 2 && streams[0]?.isOpen === false);
    expect(filters[1]).toEqual({ promptsListChanged: true });
    subscription.close();
    await until(() => streams[1]?.isOpen === false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(streams).toHaveLength(2);
  });

  test("is opened by the pool itself for a server whose lists change, and again when it ends", async () => {
    const { url, streams, send } = await listening({ tools: { listChanged: true }, prompts: {} });
    const { pool, changed, connected } = poolOf(httpEntry(url));
    await pool.session("s", "agent", {});
    await until(() => streams.length === 1);
    send(0, acknowledged);
    send(0, "notifications/tools/list_changed");
    await until(() => changed.length === 1);
    expect(changed).toEqual(["tools"]);
    streams[0]?.response.end(sse({ jsonrpc: "2.0", id: streams[0]?.id, result: {} }));
    await until(() => streams.length === 2);
    send(1, acknowledged);
    await until(() => connected.length === 2);
  });
});
