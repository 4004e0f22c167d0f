/** Servers that lie, over HTTP in both eras. Each attempt is bounded in time and memory, and no answer goes astray. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { boundHeap } from "../heap.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { call, cleanUp, codeOf, httpEntry, modernServer, olderServer, plain, poolOf, resultOf, sendJson, sse } from "./upstream.fixture.ts"; // prettier-ignore
import type { Script } from "./upstream.fixture.ts";

afterEach(cleanUp);

const json = { "content-type": "application/json" };
const stream = { "content-type": "text/event-stream" };
const big = Buffer.alloc(1024 * 1024, 0x78);

/** Writes until the other side has had enough. */
async function pour(response: ServerResponse, bytes: number, chunk: Buffer): Promise<void> {
  for (let sent = 0; sent < bytes && !response.destroyed; sent += chunk.length)
    if (!response.write(chunk)) {
      const ended = new AbortController();
      await Promise.race([once(response, "drain", ended), once(response, "close", ended)]).catch(
        () => undefined,
      );
      ended.abort();
    }
  response.end();
}

const text = (message: JsonObject, body: string): string =>
  `{"jsonrpc":"2.0","id":${String(message["id"])},${body}}`;

const rows: readonly (readonly [what: string, code: string, script: Script])[] = [
  ["text that is no JSON", "UPSTREAM_GARBAGE", (_, response) => response.writeHead(200, json).end("{nope")],
  ["JSON that is no message", "UPSTREAM_GARBAGE", (_, response) => sendJson(response, { hello: 1 })],
  ["a result and an error", "UPSTREAM_GARBAGE", (message, response) => sendJson(response, { ...resultOf(message, {}), error: { code: 1, message: "" } })],
  ["a result that is no object", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(text(message, '"result":[1]'))],
  ["a duplicate key", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(text(message, '"result":{"a":1,"a":2}'))],
  ["__proto__", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(text(message, '"result":{"__proto__":{"x":1}}'))],
  ["bytes that are no UTF-8", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(Buffer.concat([Buffer.from(text(message, '"result":{"a":"')), Buffer.from([0xff]), Buffer.from('"}}')]))],
  ["a byte order mark", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(`\uFEFF${JSON.stringify(resultOf(message, {}))}`)],
  ["nesting without end", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, json).end(text(message, `"result":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`))],
  ["a batch", "UPSTREAM_GARBAGE", (message, response) => sendJson(response, [resultOf(message, {})])],
  ["another content type", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200, { "content-type": "text/plain" }).end(JSON.stringify(resultOf(message, {})))],
  ["no content type", "UPSTREAM_GARBAGE", (message, response) => response.writeHead(200).end(JSON.stringify(resultOf(message, {})))],
  ["202 to a request", "UPSTREAM_GARBAGE", (_, response) => response.writeHead(202).end()],
  ["200 without a body", "UPSTREAM_GARBAGE", (_, response) => response.writeHead(200, json).end()],
  ["the answer to another request", "UPSTREAM_GARBAGE", (message, response) => sendJson(response, { ...resultOf(message, {}), id: Number(message["id"]) + 1 })],
  ["the answer under a text of its id", "UPSTREAM_GARBAGE", (message, response) => sendJson(response, { ...resultOf(message, {}), id: String(message["id"]) })],
  ["a redirect", "UPSTREAM_GARBAGE", (_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end()],
  ["a stream of garbage", "UPSTREAM_GARBAGE", (_, response) => response.writeHead(200, stream).end("data: {nope\n\n")],
  ["a stream that only answers others", "UPSTREAM_CLOSED", (message, response) => response.writeHead(200, stream).end(sse({ ...resultOf(message, {}), id: 9_999 }))],
  ["a close before the answer", "UPSTREAM_CLOSED", (_, response) => response.destroy()],
  ["a close in the middle", "UPSTREAM_CLOSED", (_, response) => {
    response.writeHead(200, { ...json, "content-length": "1000" }).write('{"jsonrpc"');
    setTimeout(() => response.destroy(), 10);
  }],
  ["too few bytes for its length", "UPSTREAM_CLOSED", (_, response) => response.writeHead(200, { ...json, "content-length": "1000" }).write("{}") && setTimeout(() => response.socket?.end(), 10)],
  ["nothing, ever", "UPSTREAM_TIMEOUT", () => undefined],
  ["a head and nothing more", "UPSTREAM_TIMEOUT", (_, response) => response.writeHead(200, json).flushHeaders()],
  ["one byte at a time", "UPSTREAM_TIMEOUT", (_, response) => {
    response.writeHead(200, json);
    const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write(" ")), 20);
  }],
  ["keep-alive comments for ever", "UPSTREAM_TIMEOUT", (_, response) => {
    response.writeHead(200, stream);
    const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write(": ping\n\n")), 20);
  }],
  ["100 MB in one answer", "UPSTREAM_TOO_LARGE", (_, response) => pour(response.writeHead(200, json), 100 * big.length, big)],
  ["100 MB in one event", "UPSTREAM_TOO_LARGE", (_, response) => {
    response.writeHead(200, stream).write("data: ");
    return pour(response, 100 * big.length, big);
  }],
  ["400 MB of events", "UPSTREAM_TOO_LARGE", (_, response) => pour(response.writeHead(200, stream), 400 * big.length, Buffer.from(`: ${"x".repeat(1_000_000)}\n\n`))],
]; // prettier-ignore

const eras = { modern: modernServer, older: olderServer } as const;

// As a node does once it listens: what V8 keeps of garbage is part of what is measured here.
beforeAll(boundHeap);

describe.each(["modern", "older"] as const)("over HTTP, %s era", (era) => {
  test.each(rows)("%s is %s", async (_, code, script) => {
    let calls = 0;
    const counting: Script = (message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      if (message["id"] === undefined) return response.writeHead(202).end();
      calls++;
      return script(message, response, request);
    };
    const server = await eras[era](counting);
    const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
    const before = process.memoryUsage().rss;
    const start = Date.now();
    expect(
      await codeOf(
        session.request("tools/call", call("x"), {
          ...plain,
          timeoutMs: code === "UPSTREAM_TIMEOUT" ? 200 : 10_000,
        }),
      ),
    ).toBe(code);
    expect(Date.now() - start).toBeLessThan(8_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(8 * limits.answerBytesMax);
    expect(calls).toBe(1);
  });

  test("an answer that comes twice is given once; the second is a stray", async () => {
    const server = await eras[era]((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      response.writeHead(200, stream);
      response.write(sse(resultOf(message, { n: 1 })));
      response.write(sse(resultOf(message, { n: 2 })));
      return response.end();
    });
    const { pool } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    expect(await session.request("tools/call", call("x"), plain)).toMatchObject({ result: { n: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pool.counts().get("s")).toMatchObject({ strays: 1, open: 0 });
  });

  test("a thousand calls at once: each gets its own answer, although the server sends everybody's to everybody", async () => {
    let held: { message: JsonObject; response: ServerResponse }[] = [];
    const server = await eras[era]((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      held.push({ message, response });
      if (held.length < 100) return undefined;
      const batch = held;
      held = [];
      const wrong = batch.flatMap(({ message: { id } }) => [
        sse({ jsonrpc: "2.0", id, result: { canary: "someone else's" } }),
        sse({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: id, progress: 1 } }),
      ]);
      for (const [at, one] of batch.entries()) {
        const { arguments: args } = one.message["params"] as JsonObject;
        one.response.writeHead(200, stream);
        one.response.write(wrong.filter((_, index) => index >> 1 !== at).join(""));
        one.response.end(sse(resultOf(one.message, { canary: (args as JsonObject)["canary"] })));
      }
      return undefined;
    });
    const { pool } = poolOf(httpEntry(server.url));
    const session = await pool.session("s", "agent", {});
    const wrong: unknown[] = [];
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, number) => {
        const canary = `canary-${number}`;
        const params = { ...call("x", { canary }), _meta: { progressToken: number } };
        const onNotification = (_method: string, { progressToken }: JsonObject): void =>
          void wrong.push(progressToken);
        const answer = await session.request("tools/call", params, {
          ...plain,
          timeoutMs: 15_000,
          onNotification,
        });
        if (answer.kind !== "result" || answer.result["canary"] !== canary) wrong.push(answer);
      }),
    );
    expect(wrong).toEqual([]);
    expect(pool.counts().get("s")?.strays).toBe(2 * 99 * 1_000);
  });
});

test("answerBytes of the entry is the bound that counts", async () => {
  const server = await modernServer((message, response) =>
    sendJson(response, resultOf(message, { text: "x".repeat(2_000) })),
  );
  const small = await poolOf(httpEntry(server.url, { answerBytes: 1_000 })).pool.session("s", "agent", {});
  expect(await codeOf(small.request("tools/call", call("x"), plain))).toBe("UPSTREAM_TOO_LARGE");
  const enough = await poolOf(httpEntry(server.url, { answerBytes: 3_000 })).pool.session("s", "agent", {});
  expect(await enough.request("tools/call", call("x"), plain)).toMatchObject({ kind: "result" });
});

test("a flood of notifications is thinned out, and the answer still comes", async () => {
  const server = await modernServer((message, response) => {
    response.writeHead(200, stream);
    const note = sse({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: message["id"], progress: 1 },
    });
    response.write(note.repeat(20_000));
    return response.end(sse(resultOf(message, { done: true })));
  });
  const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
  let heard = 0;
  const params = { ...call("x"), _meta: { progressToken: 1 } };
  expect(
    await session.request("tools/call", params, { ...plain, onNotification: () => void heard++ }),
  ).toMatchObject({ result: { done: true } });
  expect(heard).toBeGreaterThan(0);
  expect(heard).toBeLessThanOrEqual(4 * limits.upstreamNoticesPerSecondMax);
});

test("nothing of the object prototype changes", async () => {
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const server = await modernServer((message, response) =>
    sendJson(response, resultOf(message, { constructor: { prototype: { polluted: 1 } }, toString: 1 })),
  );
  const session = await poolOf(httpEntry(server.url)).pool.session("s", "agent", {});
  await session.request("tools/call", call("x"), plain);
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
  expect("polluted" in {}).toBe(false);
});
