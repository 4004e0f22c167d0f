/** Every bound of the wire, and one beyond it: checklist W6. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { messageItemsMax, messageStringUnitsMax } from "../../protocol/jsonbounds.ts";
import { idUnitsMax, methodUnitsMax } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { modernBody, modernHeaders, modernMeta, olderHeaders } from "./agent.ts";
import { expectRpcError } from "./answers.ts";
import { collectGarbage, Gateway, pause } from "./gateway.ts";
import { Line, RawSocket, requestText, sendRaw, textFrame, upgradeHeaders } from "./rawsocket.ts";
import { HttpOlder, SocketWay } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const head = "POST /p/reader/mcp HTTP/1.1";

/** The headers of a good request. */
function plain(): [string, string][] {
  return [["Host", gateway.host], ...Object.entries(modernHeaders(key, "tools/call", { name: "echo" }))];
}

function withHeaders(...more: readonly (readonly [string, string])[]): Buffer {
  return requestText(head, [...plain(), ...more], modernBody(1, "tools/call", { name: "echo" }));
}

/** A request whose body comes in chunks. */
function chunked(chunks: string): Buffer {
  return requestText(head, [...plain(), ["Transfer-Encoding", "chunked"]], chunks);
}

describe("W6: every bound of the wire, and one beyond it", () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  const call = (args: unknown, id: unknown = 1): string =>
    `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{"name":"nowhere","arguments":${JSON.stringify(args)},"_meta":${JSON.stringify(modernMeta())}}}`;
  const padded = (bytes: number): string => call({}).padEnd(bytes);
  /** Keys of the empty call: 4 of the envelope, 3 of params, 3 of _meta, 2 of clientInfo, 1 + 1 of capabilities. */
  const ownKeys = [...call({}).matchAll(/":/g)].length;
  const keys = (count: number): unknown =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 0]));

  const table: readonly (readonly [what: string, over: readonly number[], within: string, beyond: string])[] =
    [
      ["bytes of a body", [413], padded(limits.bodyBytesMax), padded(limits.bodyBytesMax + 1)],
      [
        "depth",
        [400],
        call({ a: nested(limits.jsonDepthMax - 3) }),
        call({ a: nested(limits.jsonDepthMax - 2) }),
      ],
      ["keys", [400], call(keys(limits.jsonKeysMax - ownKeys)), call(keys(limits.jsonKeysMax - ownKeys + 1))],
      [
        "array elements",
        [400],
        call({ a: Array(messageItemsMax).fill(0) }),
        call({ a: Array(messageItemsMax + 1).fill(0) }),
      ],
      [
        "one string",
        [400],
        call({ a: "x".repeat(messageStringUnitsMax) }),
        call({ a: "x".repeat(messageStringUnitsMax + 1) }),
      ],
      ["an id", [400], call({}, "x".repeat(idUnitsMax)), call({}, "x".repeat(idUnitsMax + 1))],
      [
        "an integer id",
        [400],
        call({}, Number.MAX_SAFE_INTEGER),
        call({}).replace('"id":1', '"id":9007199254740992'),
      ],
    ];

  test.each(table)("W6: %s: the bound is served, one more is refused", async (_, over, within, beyond) => {
    const line = new Line(gateway.port, head);
    const headers = Object.entries(modernHeaders(key, "tools/call", { name: "nowhere" }));
    const good = await line.send(headers, within);
    expect([good.status, JSON.parse(good.body)]).toMatchObject([
      200,
      { error: { code: -32602, message: "Unknown tool: nowhere" } },
    ]);
    const bad = await line.send(headers, beyond);
    expect(over).toContain(bad.status);
    expectRpcError(bad.body);
    line.end();
  });

  test("W6: bytes of a chunked body count like those of a declared one", async () => {
    const beyond = padded(limits.bodyBytesMax + 1);
    const answer = await sendRaw(
      gateway.port,
      chunked(`${beyond.length.toString(16)}\r\n${beyond}\r\n0\r\n\r\n`),
    );
    expect(answer?.status).toBe(413);
  });

  test("W6: headers are counted: the bound is served, one more is refused", async () => {
    const fill = (count: number): Buffer =>
      withHeaders(
        ...Array.from({ length: count - plain().length - 1 }, (_, at) => [`x-${at}`, "1"] as const),
      );
    expect((await sendRaw(gateway.port, fill(limits.headerCountMax)))?.status).toBe(200);
    expect((await sendRaw(gateway.port, fill(limits.headerCountMax + 1)))?.status).toBe(400);
  });

  test("W6: header bytes are bounded together", async () => {
    const own = withHeaders(["x-fill", ""]).indexOf("\r\n\r\n") - head.length;
    const fill = (bytes: number): Buffer => withHeaders(["x-fill", "y".repeat(bytes - own)]);
    expect((await sendRaw(gateway.port, fill(limits.headerBytesMax - 256)))?.status).toBe(200);
    expect((await sendRaw(gateway.port, fill(limits.headerBytesMax + 256)))?.status).toBe(431);
  });

  test("W6: a method name and a batch have bounds", async () => {
    const way = await HttpOlder.open({ port: gateway.port, path: "/p/reader", key }, "2025-03-26");
    const asking = async (method: string): Promise<number> =>
      ((await way.request(method)).message as { error: { code: number } }).error.code;
    expect(await asking("x".repeat(methodUnitsMax))).toBe(-32601);
    expect(await asking("x".repeat(methodUnitsMax + 1))).toBe(-32600);
    const batch = (count: number): string =>
      JSON.stringify(Array.from({ length: count }, (_, id) => ({ jsonrpc: "2.0", id, method: "ping" })));
    const full = await way.post(batch(limits.batchMax));
    expect(JSON.parse(full.body)).toHaveLength(limits.batchMax);
    expect((await way.post(batch(limits.batchMax + 1))).status).toBe(400);
  });

  test("W6: a WebSocket frame at the bound is served, one byte more closes the socket", async () => {
    const open = (): Promise<SocketWay> => SocketWay.open({ port: gateway.port, path: "/p/reader", key });
    const way = await open();
    const answered = new Promise<string>(
      (resolve) => void way.socket.once("message", (data: Buffer) => resolve(data.toString("utf8"))),
    );
    way.socket.send(padded(limits.bodyBytesMax));
    expect(JSON.parse(await answered)).toMatchObject({ error: { message: "Unknown tool: nowhere" } });
    const closed = new Promise<number>((resolve) => void way.socket.once("close", resolve));
    way.socket.send(padded(limits.bodyBytesMax + 1));
    expect(await closed).toBe(1009);
    // So does a message in many frames, and one that only says how long it is going to be.
    const fragments = await open();
    const over = new Promise<number>((resolve) => void fragments.socket.once("close", resolve));
    for (let sent = 0; sent <= limits.bodyBytesMax; sent += 256 * 1024)
      fragments.socket.send(" ".repeat(256 * 1024), { fin: false });
    expect(await over).toBe(1009);
  });

  test("W6: a body without end is dropped at its bound, and leaves nothing behind", async () => {
    const chunk = Buffer.concat([
      Buffer.from("100000\r\n"),
      Buffer.alloc(1024 * 1024, 0x20),
      Buffer.from("\r\n"),
    ]);
    const headers = chunked("");
    const grown: number[] = [];
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      const socket = new RawSocket(gateway.port);
      socket.write(headers);
      for (let sent = 0; sent < 32 && !socket.isClosed; sent++) await socket.flushed(chunk);
      expect((await socket.answer())?.status ?? 413).toBe(413);
      socket.destroy();
      // The gateway hears of the end when it comes to it.
      let left = Number.POSITIVE_INFINITY;
      for (let look = 0; look < 50 && left >= limits.bodyBytesMax / 4; look++) {
        await pause(10 + 2 * look);
        collectGarbage();
        left = process.memoryUsage().arrayBuffers - before;
      }
      grown.push(left);
    }
    // The median: what earlier tests left may be let go of in between.
    expect(grown.sort((one, other) => one - other)[2]).toBeLessThan(limits.bodyBytesMax / 4);
  });

  test("W6: sockets of one principal are bounded, and another principal is not concerned", async () => {
    const crowd = gateway.key("crowd");
    const place = { port: gateway.port, path: "/p/reader", key: crowd };
    const open: WebSocket[] = [];
    for (let at = 0; at < limits.connectionsPerPrincipalMax; at++)
      open.push((await SocketWay.open(place)).socket);
    gateway.tools.forget();
    const beyond = await SocketWay.open(place);
    const code = await new Promise<number>((resolve) => void beyond.socket.once("close", resolve));
    expect(code).toBe(1013);
    // What one says before it has heard that it is one too many is not heard either.
    const hasty = new RawSocket(gateway.port);
    const headers = { host: gateway.host, authorization: `Bearer ${crowd}`, ...upgradeHeaders };
    const upgrade = requestText("GET /p/reader/mcp HTTP/1.1", Object.entries(headers));
    hasty.write(Buffer.concat([upgrade, textFrame(modernBody(1, "tools/call", { name: "echo" }))]));
    expect(await hasty.closes(3_000)).toBe(true);
    expect(gateway.tools.calls).toEqual([]);
    expect(
      (
        await sendRaw(
          gateway.port,
          requestText("GET /p/reader/sse HTTP/1.1", [
            ["Host", gateway.host],
            ...Object.entries(olderHeaders(crowd)),
          ]),
        )
      )?.status,
    ).toBe(503);
    const other = await SocketWay.open({ ...place, key });
    expect(await other.request("tools/list")).toHaveProperty("message.result");
    other.close();
    for (const socket of open) socket.terminate();
  });
});
