/** What is judged is what is sent: headers against bodies, hostile bodies, strange messages, compressed ones. */
import { gzipSync, brotliCompressSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { enter, HttpOlder, modernBody, modernHeaders, modernMeta, olderHeaders, SocketWay } from "./agent.ts";
import { hostileBodies, oddBodies, type HostileBody } from "./bodies.ts";
import { Gateway, prototypeText } from "./gateway.ts";
import { RawSocket, requestText, sendRaw, type RawAnswer } from "./rawsocket.ts";

const inherited = prototypeText();
let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  // The upstream session is open and its definitions are compared before anything hostile comes.
  const way = await enter("http modern", place());
  await way.request("tools/call", { name: "echo" });
});
afterAll(() => gateway.remove());
afterEach(() => {
  expect(prototypeText()).toBe(inherited);
  expect(gateway.faults).toEqual([]);
});

const place = () => ({ port: gateway.port, path: "/p/reader", key });
const head = "POST /p/reader/mcp HTTP/1.1";

/** Sends on a kept connection, or a new one when the gateway closed it. */
class Line {
  #socket: RawSocket | undefined;

  async send(headers: readonly (readonly [string, string])[], body: string | Buffer): Promise<RawAnswer> {
    if (this.#socket === undefined || this.#socket.isClosed) this.#socket = new RawSocket(gateway.port);
    this.#socket.write(requestText(head, [["Host", gateway.host], ...headers], body));
    const answer = await this.#socket.answer();
    if (answer === undefined) throw new Error("closed without an answer");
    if (answer.headers.get("connection") === "close") {
      this.#socket.destroy();
      this.#socket = undefined;
    }
    return answer;
  }

  end(): void {
    this.#socket?.destroy();
  }
}

/** Whether a text is one JSON-RPC error answer, and nothing else. */
function expectRpcError(text: string): JsonObject {
  const value = JSON.parse(text) as JsonObject;
  expect(Object.keys(value).sort()).toEqual(["error", "id", "jsonrpc"]);
  expect(value["jsonrpc"]).toBe("2.0");
  expect(value["id"] === null || typeof value["id"] === "string" || Number.isSafeInteger(value["id"])).toBe(
    true,
  );
  const error = value["error"] as JsonObject;
  expect(Number.isSafeInteger(error["code"])).toBe(true);
  expect(typeof error["message"]).toBe("string");
  expect(Object.keys(error).every((name) => ["code", "message", "data"].includes(name))).toBe(true);
  return error;
}

describe("W1: headers against the body", () => {
  /** What a header stands for, read anew from the specification's words: markers exact, base64 canonical, UTF-8 whole. */
  function meaning(value: string): string | undefined {
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
    if (!/^[\t\x20-\x7e]*$/.test(trimmed)) return undefined;
    if (!trimmed.startsWith("=?base64?") || !trimmed.endsWith("?=")) return trimmed;
    const encoded = trimmed.slice(9, -2);
    if (trimmed.length < 11) return undefined;
    const bytes = Buffer.from(encoded, "base64");
    return bytes.toString("base64") === encoded && Buffer.from(bytes.toString("utf8")).equals(bytes)
      ? bytes.toString("utf8")
      : undefined;
  }

  const b64 = (text: string): string => `=?base64?${Buffer.from(text, "utf8").toString("base64")}?=`;
  const names = [
    "echo",
    "read",
    "drop",
    "Echo",
    "ECHO",
    "ech\u043e",
    "echo ",
    "e\u0301cho",
    "",
    "=?base64?ZHJvcA==?=",
  ];
  const nameHeader = fc.oneof(
    fc.constantFrom(...names.filter((name) => /^[\x21-\x7e]+$/.test(name))),
    fc.constantFrom(...names).map(b64),
    fc.constantFrom(
      " echo",
      "echo\t",
      "echo, drop",
      '"echo"',
      "=?base64?ZWNobw?=",
      "=?base64?ZWNobw=?=",
      "=?base64?ZWNob===?=",
      "=?base64?ZWNobx==?=",
      "=?BASE64?ZWNobw==?=",
      "=?base64?ZWNobw==?=?=",
      "=?base64?=",
      "=?base64??=",
      "=?utf-8?B?ZWNobw==?=",
      "=?base64? ZWNobw==?=",
      "=?base64?ZWNo%62w==?=",
      "=?base64?/w==?=",
      "ech\u00f6",
      "%65cho",
      "*",
    ),
    fc.constant(undefined),
  );
  const methodHeader = fc.constantFrom(
    "tools/call",
    "Tools/Call",
    "tools/call ",
    "tools/list",
    "tools//call",
    b64("tools/call"),
    "prompts/get",
    "",
    undefined,
  );
  const versionHeader = fc.constantFrom(
    "2026-07-28",
    "2026-07-28",
    "2026-07-28",
    "2025-11-25",
    "2025-03-26",
    "1999-01-01",
    undefined,
  );

  test("W1: no request whose headers say another thing than its body reaches the upstream, however they are encoded", async () => {
    const line = new Line();
    const counts = { passed: 0, refused: 0 };
    const mostlyRight = <T>(right: fc.Arbitrary<T>, any: fc.Arbitrary<T>): fc.Arbitrary<T> =>
      fc.oneof({ arbitrary: right, weight: 3 }, { arbitrary: any, weight: 2 });
    const requests = fc.constantFrom(...names.filter((name) => name !== "")).chain((name) =>
      fc.record({
        name: fc.constant(name),
        header: mostlyRight<string | undefined>(
          fc.constantFrom(
            b64(name),
            /^[\x21-\x7e]+$/.test(name) && !name.startsWith("=?") ? name : b64(name),
          ),
          nameHeader,
        ),
        method: mostlyRight<string | undefined>(fc.constant("tools/call"), methodHeader),
        version: versionHeader,
      }),
    );
    await fc.assert(
      fc.asyncProperty(requests, async ({ name, header, method, version }) => {
        gateway.tools.forget();
        const headers = Object.entries({
          ...modernHeaders(key, "tools/call"),
          "mcp-method": method,
          "mcp-name": header,
          "mcp-protocol-version": version,
        }).filter((pair): pair is [string, string] => pair[1] !== undefined);
        const answer = await line.send(headers, modernBody(1, "tools/call", { name }));
        const agree =
          header !== undefined &&
          meaning(header) === name &&
          method?.trim() === "tools/call" &&
          version === "2026-07-28";
        if (!agree) {
          counts.refused++;
          expect(answer.status).toBe(400);
          expect([-32020, -32022]).toContain(expectRpcError(answer.body)["code"]);
          expect(gateway.tools.calls).toEqual([]);
          return;
        }
        counts.passed++;
        const reached = gateway.tools.calls.map(({ params }) => params["name"]);
        expect(reached).toEqual(name === "echo" ? [name] : []);
      }),
      { numRuns: 600 },
    );
    expect(counts.passed).toBeGreaterThan(20);
    expect(counts.refused).toBeGreaterThan(100);
    line.end();
  });

  const region = fc.constantFrom("eu", "EU", "e\u00fc", " eu", "", "=?base64?ZXU=?=", "true", "1");
  const count = fc.constantFrom(0, 1, 42, -1, 9007199254740991);
  const paramHeaders = fc.constantFrom(
    "eu",
    "EU",
    b64("eu"),
    b64("e\u00fc"),
    b64(" eu"),
    b64(""),
    b64("=?base64?ZXU=?="),
    "0",
    "1",
    "42",
    "42.0",
    "42.00",
    "042",
    "+42",
    "4.2e1",
    "-1",
    "9007199254740991",
    "9007199254740992",
    "true",
    "false",
    "True",
    "1 ",
    undefined,
  );

  test("W1: no Mcp-Param header that differs from its argument reaches the upstream; numbers are compared as numbers", async () => {
    const line = new Line();
    let passed = 0;
    const right = (value: unknown): string | undefined =>
      value === undefined || value === null
        ? undefined
        : typeof value === "string"
          ? b64(value)
          : String(value);
    const optional = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
      fc.oneof(some, fc.constantFrom(null, undefined));
    const requests = fc
      .record({ region: optional(region), count: optional(count), dry: optional(fc.boolean()) })
      .chain((args) =>
        fc.record({
          args: fc.constant(args),
          region: fc.oneof(fc.constant(right(args.region)), paramHeaders),
          count: fc.oneof(fc.constant(right(args.count)), paramHeaders),
          dry: fc.oneof(fc.constant(right(args.dry)), paramHeaders),
        }),
      );
    const same = (header: string | undefined, value: unknown): boolean => {
      if (header === undefined || value === undefined || value === null)
        return header === undefined && (value === undefined || value === null);
      const text = meaning(header);
      if (text === undefined) return false;
      if (typeof value === "number")
        return (
          /^-?(0|[1-9]\d*)(\.0+)?$/.test(text) &&
          Number(text) === value &&
          Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER
        );
      return text === String(value);
    };
    await fc.assert(
      fc.asyncProperty(requests, async (row) => {
        gateway.tools.forget();
        const params = { name: "routed", arguments: row.args };
        const own = {
          "mcp-param-region": row.region,
          "Mcp-Param-Count": row.count,
          "MCP-PARAM-DRY": row.dry,
        };
        const headers = Object.entries({ ...modernHeaders(key, "tools/call", params), ...own }).filter(
          (pair): pair is [string, string] => pair[1] !== undefined,
        );
        const answer = await line.send(headers, modernBody(1, "tools/call", params));
        const agree =
          same(row.region, row.args.region) && same(row.count, row.args.count) && same(row.dry, row.args.dry);
        if (agree) passed++;
        else expect([answer.status, expectRpcError(answer.body)["code"]]).toEqual([400, -32020]);
        expect(gateway.tools.calls.length).toBe(agree ? 1 : 0);
      }),
      { numRuns: 400 },
    );
    expect(passed).toBeGreaterThan(20);
    line.end();
  });

  test("W1: prompts and resources too: a header for another one is refused before it is judged", async () => {
    const line = new Line();
    gateway.tools.forget();
    const cases: readonly (readonly [string, JsonObject, string])[] = [
      ["prompts/get", { name: "greet" }, "secretary"],
      ["prompts/get", { name: "secretary" }, "greet"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://docs/2"],
      ["resources/read", { uri: "demo://safe/1" }, "demo://docs/1"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://DOCS/1"],
      ["resources/read", { uri: "demo://docs/1" }, "demo://docs/%31"],
    ];
    const before = gateway.records().length;
    for (const [method, params, name] of cases) {
      const answer = await line.send(
        Object.entries({ ...modernHeaders(key, method, params), "mcp-name": name }),
        modernBody(1, method, params),
      );
      expect([answer.status, expectRpcError(answer.body)["code"]]).toEqual([400, -32020]);
    }
    expect(gateway.tools.calls).toEqual([]);
    expect(gateway.records().length).toBe(before);
    line.end();
  });
});

/** What a second reader makes of a text: the first or last of equal keys; keys as they are, or folded as Go folds them. */
function readings(text: string, name: string): Set<string> {
  const pairs: [string, unknown][] = [];
  const message = JSON.parse(text) as JsonObject;
  if (isObject(message["params"])) pairs.push(...Object.entries(message["params"]));
  const fold = (each: string): string => each.toUpperCase().toLowerCase();
  const folded = pairs.filter(([each]) => fold(each) === fold(name));
  const exact = pairs.filter(([each]) => each === name);
  return new Set(
    [exact.at(0), exact.at(-1), folded.at(0), folded.at(-1)].map((pair) => JSON.stringify(pair?.[1])),
  );
}

describe("W2: what is authorised is what is forwarded", () => {
  const modern = JSON.stringify(modernMeta());
  const hostile = hostileBodies(modern);

  /** Sends one body by one door; resolves when the gateway is done with it. */
  type Door = (body: string | Buffer) => Promise<void>;

  async function modernDoor(): Promise<Door> {
    const line = new Line();
    const headers = Object.entries(modernHeaders(key, "tools/call", { name: "echo" }));
    return async (body) => void (await line.send(headers, body));
  }

  async function olderDoor(): Promise<Door> {
    const line = new Line();
    const way = await HttpOlder.open(place());
    const headers = Object.entries({
      ...olderHeaders(key),
      "mcp-session-id": way.session,
      "mcp-protocol-version": "2025-11-25",
    });
    return async (body) => void (await line.send(headers, body));
  }

  /** The sentinel's answer shows that the frame before it is done with. */
  async function socketDoor(name: "websocket modern" | "websocket older"): Promise<Door> {
    const way = (await enter(name, place())) as SocketWay;
    return async (body) => {
      way.socket.send(typeof body === "string" ? body : body, { binary: false });
      const sentinel = way.request(name === "websocket modern" ? "tools/list" : "ping");
      const { message } = await sentinel;
      // Bytes that are no UTF-8 end a socket; the next body needs a new one.
      if (message === undefined) return ((reopened = await socketDoor(name)), undefined);
    };
  }
  let reopened: Door | undefined;

  const doors: readonly (readonly [string, string, () => Promise<Door>])[] = [
    ["HTTP modern", modern, modernDoor],
    ["HTTP older", "{}", olderDoor],
    ["WebSocket modern", modern, () => socketDoor("websocket modern")],
    ["WebSocket older", "{}", () => socketDoor("websocket older")],
  ];

  test.each(doors)(
    "W2: %s: of more than 300 hostile bodies none is forwarded as anything but the call that was judged",
    async (_, meta, open) => {
      let send = await open();
      const bodies = hostileBodies(meta);
      expect(bodies.length).toBeGreaterThan(200);
      const forwarded: string[] = [];
      for (const { what, body } of bodies) {
        gateway.tools.forget();
        reopened = undefined;
        await send(body);
        send = reopened ?? send;
        if (gateway.tools.calls.length > 0) forwarded.push(what);
        expectJudged({ what, body });
      }
      // Each of them is ambiguous to some reader, so each must be refused.
      expect(forwarded).toEqual([]);
    },
  );

  test.each(doors)(
    "W2: %s: a body that is odd and means one thing is forwarded as exactly that, or refused",
    async (_, meta, open) => {
      const send = await open();
      let reached = 0;
      for (const odd of oddBodies(meta)) {
        gateway.tools.forget();
        await send(odd.body);
        reached += gateway.tools.calls.length;
        expectJudged(odd);
      }
      expect(reached).toBeGreaterThan(8);
    },
  );

  /** Nothing came through, or one call that all readers read alike, and as it was sent. */
  function expectJudged({ what, body }: HostileBody): void {
    const { calls } = gateway.tools;
    if (calls.length === 0) return;
    expect(calls.length, what).toBe(1);
    const bytes = gateway.tools.bytes();
    const text = Buffer.from(bytes.slice(bytes.lastIndexOf("\r\n\r\n") + 4), "latin1").toString("utf8");
    for (const name of ["name", "arguments"]) expect(readings(text, name).size, what).toBe(1);
    const asked = (JSON.parse(body.toString()) as { params: JsonObject }).params;
    expect(calls[0]?.params["name"], what).toBe("echo");
    expect(calls[0]?.params["arguments"], what).toEqual(
      JSON.parse(JSON.stringify(asked["arguments"] ?? null)) ?? undefined,
    );
    expect(bytes).not.toContain("drop");
    expect(bytes).not.toContain("evil");
  }

  test("W2: a name longer than what is judged is not forwarded on the strength of its beginning", async () => {
    gateway.tools.forget();
    const way = await enter("websocket modern", place());
    const begins = `demo://docs/${"a".repeat(1_012)}`;
    for (const tail of ["/../../safe/1", "\u0000", "/%2e%2e/%2e%2e/safe/1", " x", "#\\"])
      await way.request("resources/read", { uri: begins + tail });
    for (const uri of gateway.tools.calls.map(({ params }) => params["uri"]))
      expect(uri).not.toContain(begins);
    way.close();
  });

  test("W2: the corpus is what it says: every body of it is valid for at least one lenient reader or none", () => {
    expect(new Set(hostile.map(({ what }) => what)).size).toBe(hostile.length);
  });
});

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
    const line = new Line();
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
        if (answer.status === 202) return expect(answer.body).toBe("");
        if (answer.status === 200 && !("error" in (JSON.parse(answer.body) as JsonObject)))
          return expect(JSON.parse(answer.body)).toHaveProperty("result");
        refused++;
        expect(answer.status === 200 || (answer.status >= 400 && answer.status < 500)).toBe(true);
        expectRpcError(answer.body);
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
          if ("result" in (JSON.parse(frame) as JsonObject) || "method" in (JSON.parse(frame) as JsonObject))
            continue;
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
    while (gateway.tools.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gateway.tools.forget();
    const refused = await way.post(
      JSON.stringify([call(8, "half"), call(7, "again"), call(9, "other half")]),
    );
    expect(refused.status).toBe(400);
    expectRpcError(refused.body);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(gateway.tools.calls).toEqual([]);
    gateway.tools.release();
    expect((await running).status).toBe(200);
    // The ids of the refused batch are free, and the batch itself can be sent now.
    const sent = await way.post(JSON.stringify([call(8, "half"), call(7, "again"), call(9, "other half")]));
    expect(sent.status).toBe(200);
    expect((JSON.parse(sent.body) as JsonObject[]).map(({ id }) => id).sort()).toEqual([7, 8, 9]);
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
