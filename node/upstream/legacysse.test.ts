import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer } from "./upstream.ts";
import { bodyOf, call, cleanUp, codeOf, loopback, plain, poolOf, rawServer, resultOf, sdkSseServer, textOf, until } from "./upstream.fixture.ts"; // prettier-ignore
import type { RawServer } from "./upstream.fixture.ts";

afterEach(cleanUp);

function sseEntry(url: string): JsonObject {
  return { transport: { sse: { url } }, network: loopback };
}

test("a real SDK v1 server over HTTP+SSE is greeted, called, asked by, and told of a cancel", async () => {
  const server = await sdkSseServer();
  const { pool } = poolOf(sseEntry(server.url));
  const session = await pool.session("s", "agent", { elicitation: {} });
  expect([session.era, session.info.name]).toEqual(["legacy", "sdk-fixture"]);
  expect(textOf(await session.request("tools/call", call("echo", { text: "grüße" }), plain))).toBe("grüße");
  const progress: unknown[] = [];
  const params = { ...call("progress", { steps: 2, pauseMs: 1 }), _meta: { progressToken: "t" } };
  await session.request("tools/call", params, {
    ...plain,
    onNotification: (_, { progressToken }) => void progress.push(progressToken),
  });
  expect(progress.slice(0, 1)).toEqual(["t"]);
  const onAsk = async (): Promise<AskAnswer> => ({ result: { action: "decline" } });
  expect(
    textOf(await session.request("tools/call", call("ask", { question: "?" }), { ...plain, onAsk })),
  ).toContain("decline");
  expect(
    await codeOf(
      session.request("tools/call", call("wait", { ms: 60_000, label: "w" }), { ...plain, timeoutMs: 100 }),
    ),
  ).toBe("UPSTREAM_TIMEOUT");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(textOf(await session.request("tools/call", call("cancelled"), plain))).toBe("w");
});

interface SseFixture extends RawServer {
  stream: ServerResponse | undefined;
  readonly posts: JsonObject[];
}

/** A server whose stream begins with `first`; requests are answered on it by `answer`. */
async function fixture(
  first: string,
  answer: (message: JsonObject, write: (text: string) => void) => void = () => undefined,
): Promise<SseFixture> {
  const posts: JsonObject[] = [];
  const server = await rawServer(async (request, response) => {
    if (request.method === "GET") {
      made.stream = response;
      return response.writeHead(200, { "content-type": "text/event-stream" }).write(first);
    }
    const message = await bodyOf(request);
    posts.push(message);
    response.writeHead(202).end();
    const write = (text: string): void => void made.stream?.write(text);
    if (message["method"] !== "initialize") return answer(message, write);
    const greeting = {
      protocolVersion: "2024-11-05",
      capabilities: { tools: {} },
      serverInfo: { name: "raw", version: "1" },
    };
    return write(`event: message\ndata: ${JSON.stringify(resultOf(message, greeting))}\n\n`);
  });
  const made: SseFixture = Object.assign(server, { stream: undefined, posts });
  return made;
}

test("the address for POSTs must be of the origin that was dialled: nothing is sent elsewhere", async () => {
  const other = await rawServer((_, response) => response.writeHead(202).end());
  for (const address of [
    other.url,
    `//127.0.0.1:${other.port}/x`,
    "http://user@127.0.0.1/x",
    "javascript:1",
  ]) {
    const server = await fixture(`event: endpoint\ndata: ${address}\n\n`);
    expect(await codeOf(poolOf(sseEntry(server.url)).pool.session("s", "a", {}))).toBe(
      "UPSTREAM_UNREACHABLE",
    );
    expect(server.posts).toEqual([]);
  }
  expect(other.connections).toBe(0);
});

test("a second address is ignored", async () => {
  const echo = (message: JsonObject, write: (text: string) => void): void =>
    write(`data: ${JSON.stringify(resultOf(message, { ok: 1 }))}\n\n`);
  const server = await fixture("event: endpoint\ndata: /one\n\nevent: endpoint\ndata: /two\n\n", echo);
  const { pool, logs } = poolOf(sseEntry(server.url));
  const session = await pool.session("s", "a", {});
  expect(session.revision).toBe("2024-11-05");
  expect(await session.request("tools/call", call("x"), plain)).toMatchObject({ result: { ok: 1 } });
  expect(logs.some((line) => line.includes("second endpoint"))).toBe(true);
});

test("when the stream ends, open calls fail as perhaps executed and the next session is a new one", async () => {
  const server = await fixture("event: endpoint\ndata: /message\n\n", (_, write) => write(": nothing\n\n"));
  const { pool, lost } = poolOf(sseEntry(server.url));
  const session = await pool.session("s", "a", {});
  const failed = codeOf(session.request("tools/call", call("x"), plain));
  await until(() => server.posts.length === 3);
  server.stream?.end();
  expect(await failed).toBe("UPSTREAM_CLOSED");
  expect(lost).toHaveLength(1);
  expect(await pool.session("s", "a", {})).not.toBe(session);
});

test("a refused POST was not executed, and a stream that is none is unreachable", async () => {
  let isGone = false;
  const server = await rawServer(async (request, response) => {
    if (request.method === "GET") {
      const stream = response.writeHead(200, { "content-type": "text/event-stream" });
      later.push((text) => void stream.write(text));
      return stream.write("event: endpoint\ndata: /message\n\n");
    }
    const message = await bodyOf(request);
    response.writeHead(isGone ? 404 : 202).end();
    const greeting = {
      protocolVersion: "2024-11-05",
      capabilities: {},
      serverInfo: { name: "raw", version: "1" },
    };
    return message["method"] === "initialize"
      ? later[0]?.(`data: ${JSON.stringify(resultOf(message, greeting))}\n\n`)
      : undefined;
  });
  const later: ((text: string) => void)[] = [];
  const session = await poolOf(sseEntry(server.url)).pool.session("s", "a", {});
  isGone = true;
  expect(await codeOf(session.request("tools/call", call("x"), plain))).toBe("UPSTREAM_UNREACHABLE");
  const page = await rawServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
  );
  expect(await codeOf(poolOf(sseEntry(page.url)).pool.session("s", "a", {}))).toBe("UPSTREAM_UNREACHABLE");
});
