/** Messages of strange shape, and compressed ones: checklist W3 and W7. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { modernBody, modernHeaders, modernMeta, olderHeaders } from "./agent.ts";
import { expectRpcError } from "./answers.ts";
import { Gateway, pause, until } from "./gateway.ts";
import { Line, requestText, sendRaw, type RawAnswer } from "./rawsocket.ts";
import { enter, HttpOlder, type SocketWay } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const place = () => ({ port: gateway.port, path: "/p/reader", key });

/** True for a refusal. @throws when an answer is neither a refusal, a result nor 202 */
function isRefusal({ status, body }: RawAnswer): boolean {
  if (status === 202 && body === "") return false;
  if (status === 200 && "result" in (JSON.parse(body) as JsonObject)) return false;
  if (status !== 200 && (status < 400 || status > 499)) throw new Error(`status ${status}: ${body}`);
  expectRpcError(body);
  return true;
}

const head = "POST /p/reader/mcp HTTP/1.1";

describe("W3: message shapes", () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "tools/call",
      "ping",
      "initialize",
      "2.0",
      "notifications/cancelled",
      2 ** 53,
      -0,
      1.5,
      "x".repeat(257),
    ),
  );
  const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "name", "id", "method", "toString"), tie("value"), { maxKeys: 3 }),
    ),
  }));
  const meta = fc.oneof(fc.constant(modernMeta()), fc.constant(undefined), anything);
  const shaped = fc.record(
    {
      jsonrpc: fc.oneof({ arbitrary: fc.constant("2.0"), weight: 5 }, { arbitrary: scalar, weight: 1 }),
      id: fc.oneof({ arbitrary: fc.integer(), weight: 2 }, { arbitrary: anything, weight: 2 }),
      method: fc.oneof(
        {
          arbitrary: fc.constantFrom(
            "tools/call",
            "tools/list",
            "ping",
            "logging/setLevel",
            "completion/complete",
            "resources/read",
            "resources/subscribe",
            "subscriptions/listen",
            "prompts/get",
            "tasks/get",
            "notifications/cancelled",
            "notifications/progress",
            "toString",
            "__proto__",
            "constructor",
            "",
          ),
          weight: 4,
        },
        { arbitrary: scalar, weight: 1 },
      ),
      params: fc.oneof(
        {
          arbitrary: fc.record(
            {
              name: fc.constantFrom("drop", "vault"),
              arguments: anything,
              uri: anything,
              ref: anything,
              argument: anything,
              cursor: anything,
              level: anything,
              notifications: anything,
              requestState: anything,
              inputResponses: anything,
              requestId: anything,
              _meta: meta,
            },
            { requiredKeys: [] },
          ),
          weight: 4,
        },
        { arbitrary: anything, weight: 1 },
      ),
      result: anything,
      error: anything,
      extra: anything,
    },
    { requiredKeys: ["jsonrpc"] },
  );
  const message = fc.oneof(
    { arbitrary: shaped, weight: 8 },
    { arbitrary: fc.array(shaped, { maxLength: 3 }), weight: 1 },
    { arbitrary: anything, weight: 1 },
  );

  test("W3: HTTP answers every shape with a result, 202, a valid JSON-RPC error or 4xx; nothing but what is granted reaches the upstream", async () => {
    const line = new Line(gateway.port, head);
    const older = await HttpOlder.open(place());
    gateway.tools.forget();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(message, fc.constantFrom("modern", "older", "none"), async (value, era) => {
        const { method, params } = (isObject(value) ? value : {}) as { method?: unknown; params?: unknown };
        // A listen stream would hold the line.
        fc.pre(method !== "subscriptions/listen");
        const own = {
          ...modernHeaders(
            key,
            typeof method === "string" && /^[\w/]+$/.test(method) ? method : "tools/call",
            isObject(params) && typeof params["name"] === "string" ? { name: params["name"] } : {},
          ),
        };
        const session =
          era === "older" ? { "mcp-session-id": older.session, "mcp-protocol-version": "2025-11-25" } : {};
        const headers = era === "modern" ? own : { ...olderHeaders(key), ...session };
        const answer = await line.send(Object.entries(headers), JSON.stringify(value));
        if (isRefusal(answer)) refused++;
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(200);
    expect(gateway.tools.calls).toEqual([]);
    line.end();
  });

  test("W3: a WebSocket answers every shape with a result or a valid JSON-RPC error, or not at all, and stays open", async () => {
    const way = (await enter("websocket older", place())) as SocketWay;
    const frames: string[] = [];
    way.socket.on("message", (data: Buffer) => frames.push(data.toString("utf8")));
    gateway.tools.forget();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(message, async (value) => {
        frames.length = 0;
        way.socket.send(JSON.stringify(value));
        expect(await way.request("ping")).toHaveProperty("message.result");
        for (const frame of frames.slice(0, -1)) {
          const message = JSON.parse(frame) as JsonObject;
          if ("result" in message || "method" in message) continue;
          refused++;
          expectRpcError(frame);
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(200);
    expect(way.closed).toBeUndefined();
    expect(gateway.tools.calls).toEqual([]);
    way.close();
  });

  test("W3: a batch is refused as a whole when one of its ids is in use, and none of it runs", async () => {
    const way = await HttpOlder.open(place(), "2025-03-26");
    gateway.tools.holding = true;
    const call = (id: number, text: string): JsonObject => ({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "echo", arguments: { text } },
    });
    const running = way.post(JSON.stringify(call(7, "first")));
    await until(() => gateway.tools.calls.length > 0);
    gateway.tools.forget();
    const refused = await way.post(
      JSON.stringify([call(8, "half"), call(7, "again"), call(9, "other half")]),
    );
    expect(refused.status).toBe(400);
    expectRpcError(refused.body);
    await pause(50);
    expect(gateway.tools.calls).toEqual([]);
    gateway.tools.release();
    expect((await running).status).toBe(200);
    // The ids of the refused batch are free, and the batch itself can be sent now.
    const sent = await way.post(JSON.stringify([call(8, "half"), call(7, "again"), call(9, "other half")]));
    expect(sent.status).toBe(200);
    expect(
      (JSON.parse(sent.body) as JsonObject[]).map(({ id }) => Number(id)).sort((one, other) => one - other),
    ).toEqual([7, 8, 9]);
  });
});

describe("W7: compressed bodies", () => {
  const bomb = Buffer.alloc(8 * 1024 * 1024, 0x20);
  const encodings: readonly (readonly [string, Buffer])[] = [
    ["gzip", gzipSync(bomb)],
    ["x-gzip", gzipSync(bomb)],
    ["br", brotliCompressSync(bomb)],
    ["deflate", deflateSync(bomb)],
    ["zstd", Buffer.from("28b52ffd", "hex")],
    ["gzip, gzip", gzipSync(gzipSync(bomb))],
    ["identity, gzip", gzipSync(bomb)],
    ["identity", Buffer.from(modernBody(1, "tools/call", { name: "echo" }))],
    ["", Buffer.from(modernBody(1, "tools/call", { name: "echo" }))],
  ];

  test.each(encodings)("W7: Content-Encoding %j is refused unread", async (encoding, body) => {
    gateway.tools.forget();
    const before = process.memoryUsage().arrayBuffers;
    const headers = {
      Host: gateway.host,
      ...modernHeaders(key, "tools/call", { name: "echo" }),
      "Content-Encoding": encoding,
    };
    const answer = await sendRaw(gateway.port, requestText(head, Object.entries(headers), body));
    expect(answer?.status).toBe(415);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
    expect(gateway.tools.calls).toEqual([]);
  });

  test.each([
    ["says UTF-16 and is", "application/json; charset=utf-16", "utf16le"],
    ["says UTF-16 and is UTF-8", "application/json; charset=utf-16le", "utf8"],
    ["says UTF-7", 'application/json;charset="UTF-7"', "utf8"],
  ] as const)(
    "a body that %s is refused: whoever heeds its charset reads another call in it",
    async (_, type, encoding) => {
      gateway.tools.forget();
      const headers = {
        Host: gateway.host,
        ...modernHeaders(key, "tools/call", { name: "echo" }),
        "content-type": type,
      };
      const body = Buffer.from(modernBody(1, "tools/call", { name: "echo" }), encoding);
      const answer = await sendRaw(gateway.port, requestText(head, Object.entries(headers), body));
      expect([answer?.status, answer?.body]).toEqual([415, expect.stringContaining("UTF-8")]);
      expect(gateway.tools.calls).toEqual([]);
    },
  );

  test("W7: a gzip transfer coding is not undone: its bytes are no JSON", async () => {
    gateway.tools.forget();
    const packed = gzipSync(modernBody(1, "tools/call", { name: "echo" }));
    const headers = {
      Host: gateway.host,
      ...modernHeaders(key, "tools/call", { name: "echo" }),
      "Transfer-Encoding": "gzip, chunked",
    };
    const body = Buffer.concat([
      Buffer.from(`${packed.length.toString(16)}\r\n`),
      packed,
      Buffer.from("\r\n0\r\n\r\n"),
    ]);
    expect((await sendRaw(gateway.port, requestText(head, Object.entries(headers), body)))?.status).toBe(400);
    expect(gateway.tools.calls).toEqual([]);
  });

  test("W7: a WebSocket does not agree to compression, and a compressed frame closes it", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/p/reader/mcp`, "mcp", {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: true,
    });
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.extensions).toBe("");
    const closed = new Promise<number>((resolve) => void socket.once("close", resolve));
    // FIN, RSV1, text; masked, two bytes.
    (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xc1, 0x82, 0, 0, 0, 0, 0x03, 0x00]),
    );
    expect(await closed).toBe(1002);
  });
});
