/** One agent with many large requests at once: it is told to come again, and others do not notice. Checklist R3, W6. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { limits } from "../../protocol/limits.ts";
import { ask, modernBody, modernHeaders } from "./agent.ts";
import { Gateway, pause } from "./gateway.ts";
import { Line, RawSocket, requestText } from "./rawsocket.ts";
import { enter, HttpModern, HttpOlder, SocketWay, wayNames } from "./ways.ts";

const MiB = 1024 * 1024;
/** Nobody's tool: what it costs to refuse a call is what comes before its turn, and no server is asked. */
const params = { name: "echo", arguments: { text: "A large text. ".repeat(MiB / 14 - 64) } };
const body = modernBody(1, "tools/call", params);
const head = "POST /p/reader/mcp HTTP/1.1";

let gateway: Gateway;
let key: string;
let metrics: string;
let isStopped = false;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("flood");
  metrics = gateway.key("operator", ["metrics"]);
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(async () => {
  if (isStopped) return;
  await vi.waitUntil(async () => (await gauge("gatehouse_unjudged_bytes")) === 0, { timeout: 8_000, interval: 50 }); // prettier-ignore
  gateway.checkUnharmed();
});

const place = () => ({ port: gateway.port, path: "/p/reader", key });

async function gauge(name: string): Promise<number> {
  const { body: text } = await ask({ port: gateway.port, path: "/metrics", method: "GET", headers: { authorization: `Bearer ${metrics}` } }); // prettier-ignore
  return Number(new RegExp(`^${name.replaceAll(/[{}]/g, String.raw`\$&`)} (.+)$`, "m").exec(text)?.[1] ?? 0);
}

const post = (text = body) =>
  ask({ port: gateway.port, path: "/p/reader/mcp", headers: modernHeaders(key, "tools/call", params), body: text }); // prettier-ignore

describe("R3: more large requests of one agent than it may have at once", () => {
  test("are refused at once, with the time to wait, and are served when they come again; others go on", async () => {
    const other = new HttpModern({ ...place(), key: gateway.key("bystander") });
    let isOver = false;
    const times: number[] = [];
    const beside = (async () => {
      while (!isOver) {
        const start = performance.now();
        const { message } = await other.request("tools/call", { name: "echo", arguments: { text: "hi" } });
        expect(message).toHaveProperty("result");
        times.push(performance.now() - start);
      }
    })();
    const replies = await Promise.all(Array.from({ length: 100 }, () => post()));
    isOver = true;
    await beside;
    const refused = replies.filter(({ status }) => status === 429);
    // As many as its room has are served, and more where some were judged before others came.
    expect(replies.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(15);
    expect(refused.length).toBeGreaterThan(20);
    expect(replies.length - refused.length).toBe(replies.filter(({ status }) => status === 200).length);
    for (const { headers, body: text } of refused) {
      expect(headers["retry-after"]).toBe("1");
      expect(JSON.parse(text)).toMatchObject({ id: null, error: { code: -31000, data: { code: "TOO_MUCH_AT_ONCE" } } }); // prettier-ignore
    }
    expect(await gauge('gatehouse_requests_refused_total{code="TOO_MUCH_AT_ONCE"}')).toBe(refused.length);
    times.sort((one, two) => one - two);
    // All of it in one process, client and server: before there was a bound, one such call waited for all the others.
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(500);
    expect((await post()).status).toBe(200);
  }, 60_000);
});

describe("R3: a handful of large requests at once", () => {
  test.each(wayNames)(
    "is served whole (%s)",
    async (name) => {
      const ways = await Promise.all(Array.from({ length: 6 }, () => enter(name, place())));
      const answers = await Promise.all(ways.map((way) => way.request("tools/call", params)));
      for (const { message } of answers) expect(message).toHaveProperty("result.content");
      for (const way of ways) way.close();
    },
    30_000,
  );
});

test("R3: a large request that is no call gives back what it took", async () => {
  const way = await HttpOlder.open(place());
  const slow = {
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: { name: "slow", arguments: { ms: 1_500 } },
  };
  const large = JSON.stringify(slow).padEnd(2 * limits.smallBodyBytes);
  gateway.tools.forget();
  const running = way.post(large);
  await vi.waitUntil(() => gateway.tools.calls.length > 0);
  expect((await way.post(large)).body).toContain("this id is in use");
  const other = large.replace('"id":7', '"id":8');
  for (const text of [
    other.replace("tools/call", "tools/none"),
    `[${other}]`,
    `{"x":${other}}`,
    large.slice(1),
  ])
    expect((await way.post(text)).body).toContain('"error"');
  expect((await running).body).toContain('"result"');
}, 20_000);

describe("R3: large messages of many WebSockets of one agent", () => {
  test("wait for their turn, within the bound, and each is answered, with what follows it", async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, async () => (await SocketWay.open(place())).socket)); // prettier-ignore
    let most = 0;
    let waited = 0;
    let isOver = false;
    const watching = (async () => {
      for (; !isOver; await pause(5)) {
        most = Math.max(most, await gauge("gatehouse_unjudged_bytes"));
        waited = Math.max(waited, await gauge("gatehouse_sockets_waiting"));
      }
    })();
    const answers = sockets.map((socket) => idsOf(socket, 2));
    const ping = modernBody(2, "tools/list", {});
    for (const socket of sockets) {
      socket.send(body);
      socket.send(ping);
    }
    const ids = await Promise.all(answers);
    isOver = true;
    await watching;
    for (const each of ids) expect(new Set(each)).toEqual(new Set([1, 2]));
    expect(most).toBeLessThanOrEqual(limits.unjudgedBytesPerPrincipalMax);
    expect(waited).toBeGreaterThan(0);
    for (const socket of sockets) socket.terminate();
  }, 60_000);

  test("give back what they took when their sockets are gone, also in the midst of a message", async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, async () => (await SocketWay.open(place())).socket)); // prettier-ignore
    for (const socket of sockets) socket.send("x".repeat(MiB / 2), { fin: false });
    await expect.poll(() => gauge("gatehouse_sockets_waiting"), { timeout: 5_000 }).toBeGreaterThan(0);
    for (const socket of sockets) socket.terminate();
    await expect.poll(() => gauge("gatehouse_sockets_waiting"), { timeout: 5_000 }).toBe(0);
  }, 20_000);
});

describe("R3: a large body that never comes whole", () => {
  const half = Buffer.alloc(MiB / 2, 0x20);
  const inChunks = Buffer.concat([Buffer.from("80000\r\n"), half, Buffer.from("\r\n")]);
  const open: RawSocket[] = [];
  afterEach(() => void open.splice(0).map((socket) => socket.destroy()));

  function begin(count: number, more: readonly [string, string], begun: Buffer | string): void {
    const headers: [string, string][] = [["Host", gateway.host], ...Object.entries(modernHeaders(key, "tools/call", params)), [...more]]; // prettier-ignore
    const bytes = requestText(head, headers, begun);
    for (let at = 0; at < count; at++) {
      const socket = new RawSocket(gateway.port);
      open.push(socket);
      socket.write(bytes);
    }
  }
  const declared = ["content-length", String(MiB)] as const;

  test.each<[string, readonly [string, string], Buffer, number]>([
    ["declared", declared, half, 16 * MiB],
    ["in chunks", ["transfer-encoding", "chunked"], inChunks, 8 * MiB],
  ])(
    "holds its room while its sender is there, and no longer (%s)",
    async (_, more, begun, least) => {
      begin(16, more, begun);
      await expect.poll(() => gauge("gatehouse_unjudged_bytes"), { timeout: 5_000 }).toBeGreaterThanOrEqual(least); // prettier-ignore
      for (const socket of open.splice(0)) socket.destroy();
      await expect.poll(() => gauge("gatehouse_unjudged_bytes"), { timeout: 5_000 }).toBe(0);
      expect((await post()).status).toBe(200);
    },
    20_000,
  );

  test("keeps others of its agent out, and no other agent; a refused body is read, so that its connection goes on", async () => {
    begin(16, declared, "");
    await expect.poll(() => gauge("gatehouse_unjudged_bytes"), { timeout: 5_000 }).toBe(16 * MiB);
    const line = new Line(gateway.port, head);
    const headers = Object.entries(modernHeaders(key, "tools/call", params));
    expect((await line.send(headers, body)).status).toBe(429);
    const small = modernBody(3, "tools/call", { name: "echo", arguments: { text: "hi" } });
    expect((await line.send(headers, small)).status).toBe(200);
    line.end();
    const other = modernHeaders(gateway.key("other"), "tools/call", params);
    expect((await ask({ port: gateway.port, path: "/p/reader/mcp", headers: other, body })).status).toBe(200);
  }, 20_000);
});

test("R3: what was refused is on record by its number, in few lines", async () => {
  isStopped = true;
  await gateway.stop();
  const counts = gateway.records().flatMap(({ about, count = 0 }) => (about?.["code"] === "TOO_MUCH_AT_ONCE" ? [count] : [])); // prettier-ignore
  expect(counts.length).toBeLessThan(5);
  expect(counts.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(20);
});

/** The ids of the next messages that come. */
function idsOf(socket: WebSocket, count: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const ids: unknown[] = [];
    socket.on("message", (data: Buffer) => {
      ids.push((JSON.parse(data.toString("utf8")) as { id?: unknown }).id);
      if (ids.length === count) resolve(ids);
    });
    socket.on("close", (code: number) => reject(new Error(`closed: ${code}`)));
  });
}
