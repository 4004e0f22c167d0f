import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { bodyOf, call, cleanUp, codeOf, httpEntry, olderServer, plain, poolOf, rawServer, resultOf, sendJson } from "./upstream.fixture.ts"; // prettier-ignore
import type { RawServer, Script } from "./upstream.fixture.ts";

afterEach(cleanUp);

/** A server that initialises as an older one does, and answers server/discover by `discover`. */
function probed(discover: Script): Promise<RawServer & { methods: unknown[] }> {
  const methods: unknown[] = [];
  const started = rawServer(async (request, response) => {
    const message = await bodyOf(request);
    methods.push(message["method"]);
    if (message["method"] === "server/discover") return discover(message, response, request);
    if (message["method"] !== "initialize")
      return response.writeHead(message["id"] === undefined ? 202 : 405).end();
    const result = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      serverInfo: { name: "older", version: "1" },
    };
    return sendJson(response, resultOf(message, result));
  });
  return started.then((server) => Object.assign(server, { methods }));
}

const error = (message: JsonObject, code: number, data?: unknown): JsonObject => ({ jsonrpc: "2.0", id: message["id"], error: { code, message: "no", ...(data === undefined ? {} : { data }) } }); // prettier-ignore

const older: readonly (readonly [what: string, discover: Script])[] = [
  ["400 without a JSON-RPC error", (_, response) => response.writeHead(400).end("no session")],
  ["400 with an error of its own", (message, response) => sendJson(response, error(message, -32000), 400)],
  ["400 with -32022 that names older revisions", (message, response) => sendJson(response, error(message, -32022, { supported: ["2025-11-25"] }), 400)],
  ["404", (_, response) => response.writeHead(404).end()],
  ["405", (_, response) => response.writeHead(405).end()],
  ["406 and a page", (_, response) => response.writeHead(406, { "content-type": "text/html" }).end("<p>")],
  ["500", (_, response) => response.writeHead(500).end()],
  ["200 with method not found", (message, response) => sendJson(response, error(message, -32601))],
  ["200 with a stream that says so", (message, response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${JSON.stringify(error(message, -32601))}\n\n`)],
  ["a discovery that names only other revisions", (message, response) => sendJson(response, resultOf(message, { supportedVersions: ["2031-01-01"], capabilities: {} }))],
  ["202 and nothing", (_, response) => response.writeHead(202).end()],
  ["200 and garbage", (_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{")],
]; // prettier-ignore

describe("a server is older when it answers server/discover with", () => {
  test.each(older)("%s", async (_, discover) => {
    const server = await probed(discover);
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "a", {});
    expect([session.era, session.revision]).toEqual(["legacy", "2025-06-18"]);
    expect(await codeOf(poolOf(httpEntry(server.url, { era: "modern" })).pool.session("s", "a", {}))).toBe(
      "PROTOCOL_VERSION",
    );
  });
});

test.each([401, 403])("HTTP %i is no evidence of an era: nothing else is tried", async (status) => {
  const server = await probed((_, response) => response.writeHead(status).end());
  expect(await codeOf(poolOf(httpEntry(server.url)).pool.session("s", "a", {}))).toBe("UPSTREAM_UNREACHABLE");
  expect(server.methods).toEqual(["server/discover"]);
});

test.each([-32020, -32021])("JSON-RPC %i is a modern server's: it is not initialised", async (code) => {
  const server = await probed((message, response) => sendJson(response, error(message, code), 400));
  expect(await codeOf(poolOf(httpEntry(server.url)).pool.session("s", "a", {}))).toBe("UPSTREAM_UNREACHABLE");
  expect(server.methods).toEqual(["server/discover"]);
});

test("a verdict is remembered for a day, and asked again when it is older or fails", async () => {
  let now = 5_000_000;
  let isModern = false;
  const discovers: unknown[] = [];
  const server = await olderServer((message, response) => sendJson(response, resultOf(message, {})));
  const modern = await rawServer(async (request, response) => {
    const message = await bodyOf(request);
    if (message["method"] === "server/discover") discovers.push(1);
    if (isModern && message["method"] === "server/discover")
      return sendJson(response, resultOf(message, { supportedVersions: ["2026-07-28"], capabilities: {} }));
    if (isModern)
      return sendJson(
        response,
        message["method"] === "initialize" ? error(message, -32022) : resultOf(message, {}),
        message["method"] === "initialize" ? 400 : 200,
      );
    const forwarded = await fetch(server.url, {
      method: request.method ?? "POST",
      headers: forward(request.headers),
      body: JSON.stringify(message),
    });
    const id = forwarded.headers.get("mcp-session-id");
    return response
      .writeHead(forwarded.status, {
        "content-type": "application/json",
        ...(id === null ? {} : { "mcp-session-id": id }),
      })
      .end(await forwarded.text());
  });
  const { pool } = poolOf(httpEntry(modern.url), { now: () => now });
  await pool.session("s", "a", {});
  await pool.session("s", "b", {});
  expect(discovers).toHaveLength(1);
  now += limits.eraMemoryMs + 1;
  await pool.session("s", "c", {});
  expect(discovers).toHaveLength(2);
  isModern = true;
  const session = await pool.session("s", "d", {});
  expect(session.era).toBe("modern");
  expect(await session.request("tools/call", call("x"), plain)).toMatchObject({ kind: "result" });
});

function forward(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const id = headers["mcp-session-id"];
  return { "content-type": "application/json", ...(typeof id === "string" ? { "mcp-session-id": id } : {}) };
}
