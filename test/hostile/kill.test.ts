/** The kill switch, while everything is full: checklist R4. */
import { request as httpRequest } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { modernBody, modernHeaders, olderHeaders } from "./agent.ts";
import { Gateway, pause, until } from "./gateway.ts";
import { RawSocket, requestText, sendRaw, textFrame, upgradeHeaders } from "./rawsocket.ts";
import { enter, HttpModern, HttpOlder, SocketWay, SseWay, wayNames, type Answer } from "./ways.ts";

/** What an operator is promised (M2). */
const effectMsMax = 1_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
  await gateway.warm(gateway.key("first"));
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const place = (key: string, path = "/p/reader") => ({ port: gateway.port, path, key });
const by = { by: "operator", reason: "the test says so" };

/** A response that stays open: when its headers came, and when it ended. */
function openStream(
  path: string,
  method: string,
  headers: Record<string, string>,
  body = "",
): Promise<{ ended: () => boolean; close: () => void }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port: gateway.port, path, method, headers, agent: false },
      (response) => {
        let isOver = false;
        const over = (): void => void (isOver = true);
        response
          .on("data", () => undefined)
          .on("end", over)
          .on("close", over)
          .on("error", over);
        resolve({ ended: () => isOver, close: () => sent.destroy() });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function openGet(key: string, { session }: HttpOlder): ReturnType<typeof openStream> {
  const labels = { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  return openStream("/p/reader/mcp", "GET", { ...olderHeaders(key), ...labels, accept: "text/event-stream" });
}

function openListen(key: string): ReturnType<typeof openStream> {
  const filter = { notifications: { toolsListChanged: true, resourceSubscriptions: ["demo://docs/1"] } };
  const headers = modernHeaders(key, "subscriptions/listen", filter);
  return openStream("/p/reader/mcp", "POST", headers, modernBody(1, "subscriptions/listen", filter));
}

/** Everything one agent can hold open, all of it busy. */
async function saturate(key: string) {
  const socket = await SocketWay.open(place(key));
  const older = await SocketWay.open(place(key), "websocket older");
  await older.request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  });
  const sse = (await enter("sse", place(key))) as SseWay;
  const wire = await HttpOlder.open(place(key));
  const get = await openGet(key, wire);
  const listen = await openListen(key);
  gateway.tools.holding = true;
  const http = new HttpModern(place(key));
  const held: Promise<Answer>[] = [];
  for (let at = 0; at < 20; at++)
    for (const way of [socket, older, sse, http, wire])
      held.push(
        way
          .request("tools/call", { name: "echo", arguments: { number: at } })
          .catch(() => ({ message: undefined, before: [] })),
      );
  await until(() => gateway.tools.calls.length >= held.length, 10_000);
  /** Calls without end, beside what is held. */
  let isOver = false;
  const storm = (async () => {
    for (let number = 0; !isOver && socket.closed === undefined; number++) {
      if (socket.socket.readyState === 1)
        void socket.request("tools/call", { name: "nothing", arguments: { number } });
      if (number % 20 === 0) await pause(1);
    }
  })();
  return { socket, older, sse, get, listen, held, http, wire, stop: () => ((isOver = true), storm) };
}

const targets: readonly (readonly [what: string, target: (agent: string) => Record<string, unknown>])[] = [
  ["an agent", (agent) => ({ agent })],
  ["a session", (agent) => ({ key: `default/reader/${agent}/-` })],
  ["a persona", () => ({ persona: "reader" })],
  ["all", () => ({ all: true })],
];

test.each(targets)(
  "R4: killing %s under full load takes effect within a second, and lifting it restores it",
  async (what, target) => {
    const agent = `victim-${what.replace(" ", "-")}`;
    const key = gateway.key(agent);
    const other = new HttpModern(place(gateway.key(`other-${agent}`, ["writer"]), "/p/writer"));
    const busy = await saturate(key);
    const started = performance.now();
    const killed = gateway.operate("kill", { ...target(agent), ...by });
    await until(
      () =>
        busy.socket.closed !== undefined &&
        busy.older.closed !== undefined &&
        busy.sse.ended &&
        busy.get.ended() &&
        busy.listen.ended(),
      5_000,
    );
    const answers = await Promise.all(busy.held);
    const tookMs = performance.now() - started;
    await busy.stop();
    expect(tookMs).toBeLessThan(effectMsMax);
    expect(await killed).toMatchObject({ recorded: true });
    expect([busy.socket.closed?.code, busy.older.closed?.code]).toEqual([1008, 1008]);
    // Nobody got a good answer out of a call that was under way.
    expect(answers.filter(({ message }) => JSON.stringify(message ?? {}).includes('"text":"echo'))).toEqual(
      [],
    );
    gateway.tools.release();
    await pause(50);
    gateway.tools.forget();

    // New calls by every door, old handles, new connections: refused, and nothing comes through.
    expect(await busy.http.request("tools/call", { name: "echo" })).toMatchObject({
      status: 403,
      message: { error: { code: -32600, data: { code: "SESSION_KILLED" } } },
    });
    expect([403, 404]).toContain((await busy.wire.request("tools/call", { name: "echo" })).status);
    for (const name of wayNames) {
      const answer = await enter(name, place(key)).then(
        (way) => way.request("tools/call", { name: "echo" }),
        (refused: Error) => refused.message,
      );
      expect({
        name,
        isRefused: /403|404|SESSION_KILLED|"message":undefined|\{"before":\[\]\}/.test(
          JSON.stringify(answer),
        ),
      }).toEqual({ name, isRefused: true });
    }
    expect(gateway.tools.calls).toEqual([]);
    const isAll = what === "all";
    expect(JSON.stringify(await other.request("tools/call", { name: "say" }))).toContain(
      isAll ? "SESSION_KILLED" : '"text":"echo',
    );

    expect(await gateway.operate("sessions.lift", { ...target(agent), ...by })).toMatchObject({
      lifted: expect.any(Number) as number,
    });
    for (const name of wayNames) {
      const way = await enter(name, place(key));
      expect(await way.request("tools/call", { name: "echo" })).toMatchObject({
        message: { result: { content: [{ text: "echo {}" }] } },
      });
      way.close();
    }
    expect(await other.request("tools/call", { name: "say" })).toMatchObject({
      status: 200,
      message: { result: {} },
    });
  },
  30_000,
);

test("R4: a client that neither reads nor hangs up is gone within a second of the kill all the same", async () => {
  const key = gateway.key("deaf");
  const headers = { host: gateway.host, authorization: `Bearer ${key}` };
  const socket = new RawSocket(gateway.port, undefined, true);
  socket.write(requestText("GET /p/reader/mcp HTTP/1.1", Object.entries({ ...headers, ...upgradeHeaders })));
  expect((await socket.answer())?.status).toBe(101);
  socket.socket.pause();
  for (let id = 0; id < 4; id++)
    socket.write(
      textFrame(modernBody(id, "tools/call", { name: "big", arguments: { bytes: 4 * 1024 * 1024 } })),
    );
  const stream = new RawSocket(gateway.port, undefined, true);
  stream.write(requestText("GET /p/reader/sse HTTP/1.1", Object.entries(headers)));
  expect(await stream.receives("sessionId=")).toBe(true);
  stream.socket.pause();
  await pause(300);
  await gateway.operate("kill", { agent: "deaf", ...by });
  let resets = 0;
  for (const each of [socket, stream]) each.socket.once("error", () => resets++);
  const end = performance.now() + effectMsMax;
  while (resets < 2 && performance.now() < end) {
    socket.socket.write("x");
    stream.socket.write("x");
    await pause(50);
  }
  socket.destroy();
  stream.destroy();
  expect(resets).toBe(2);
});

test("R4: a revoked key closes what was opened with it, without anybody's kill", async () => {
  const made = gateway.node.keys.create({ agent: "revoked", personas: ["reader"] });
  const socket = await SocketWay.open(place(made.key));
  const sse = await SseWay.open(place(made.key));
  const wire = await HttpOlder.open(place(made.key));
  const get = await openGet(made.key, wire);
  const listen = await openListen(made.key);
  await gateway.operate("keys.revoke", { id: made.row.id, by: "operator" });
  expect((await new HttpModern(place(made.key)).request("tools/list")).status).toBe(401);
  expect(
    (
      await sendRaw(
        gateway.port,
        requestText(
          "GET /p/reader/sse HTTP/1.1",
          Object.entries({ host: gateway.host, ...olderHeaders(made.key) }),
        ),
      )
    )?.status,
  ).toBe(401);
  // At once, and not when the doors look next, which they do every five seconds.
  await until(() => socket.closed !== undefined && sse.ended && get.ended() && listen.ended(), 1_000);
  expect([get.ended(), listen.ended()]).toEqual([true, true]);
  expect(socket.closed?.code).toBe(1008);
});
