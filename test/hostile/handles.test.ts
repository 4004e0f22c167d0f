/** Handles in other hands: session ids, stream ids, tickets, sealed states, questions. Checklist S1. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { ask, modernHeaders, olderHeaders, type Reply } from "./agent.ts";
import { Gateway, pause, until } from "./gateway.ts";
import { RawSocket, requestText, sendRaw, upgradeHeaders } from "./rawsocket.ts";
import { HttpModern, HttpOlder, SocketWay, SseWay } from "./ways.ts";

let gateway: Gateway;
/** The owner of every handle, and another principal with the same rights. */
let owner: string;
let thief: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  owner = gateway.key("owner", ["reader", "writer", "s/tools"]);
  thief = gateway.key("thief", ["reader", "writer", "s/tools"]);
  await gateway.warm(owner);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const place = (key: string, path = "/p/reader") => ({ port: gateway.port, path, key });
const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

/** An answer without the clock and what changes from connection to connection. */
function shown({ status, headers, body }: Reply): string {
  const { date: _, ...rest } = headers;
  return JSON.stringify([status, rest, body]);
}

describe("S1: wire sessions", () => {
  const unknown = "A".repeat(22);

  test("S1: another principal's session, or one's own at another endpoint, is answered to the byte like one that never was", async () => {
    const way = await HttpOlder.open(place(owner));
    const asking = (session: string, key: string, path: string, method: string): Promise<Reply> =>
      ask({
        port: gateway.port,
        path: `${path}/mcp`,
        method,
        headers: {
          ...olderHeaders(key),
          "mcp-session-id": session,
          "mcp-protocol-version": "2025-11-25",
          ...(method === "GET" ? { accept: "text/event-stream", "last-event-id": "s0-0" } : {}),
        },
        body: method === "POST" ? list : "",
      });
    for (const method of ["POST", "GET", "DELETE"])
      for (const [key, path] of [
        [thief, "/p/reader"],
        [thief, "/s/tools"],
        [owner, "/s/tools"],
        [owner, "/p/writer"],
      ] as const) {
        const stolen = await asking(way.session, key, path, method);
        expect(stolen.status).toBe(404);
        expect(shown(stolen)).toBe(shown(await asking(unknown, key, path, method)));
      }
    // It is still the owner's, by either spelling of its address.
    expect((await asking(way.session, owner, "/t/default/p/reader", "POST")).status).toBe(200);
  });

  test("S1: a session that was ended is one that never was", async () => {
    const way = await HttpOlder.open(place(owner));
    const headers = {
      ...olderHeaders(owner),
      "mcp-session-id": way.session,
      "mcp-protocol-version": "2025-11-25",
    };
    expect((await ask({ port: gateway.port, path: "/p/reader/mcp", method: "DELETE", headers })).status).toBe(
      204,
    );
    const ended = await way.post(list);
    const never = await ask({
      port: gateway.port,
      path: "/p/reader/mcp",
      headers: { ...headers, "mcp-session-id": unknown },
      body: list,
    });
    expect(shown(ended)).toBe(shown(never));
  });

  test("S1: a second GET stream of one session is refused while the first is open", async () => {
    const way = await HttpOlder.open(place(owner));
    const headers = Object.entries({
      host: gateway.host,
      ...olderHeaders(owner),
      accept: "text/event-stream",
      "mcp-session-id": way.session,
    });
    const get = requestText("GET /p/reader/mcp HTTP/1.1", headers);
    const first = new RawSocket(gateway.port);
    first.write(get);
    expect(await first.receives("text/event-stream")).toBe(true);
    expect((await sendRaw(gateway.port, get))?.status).toBe(409);
    expect(
      (
        await sendRaw(
          gateway.port,
          requestText(
            "GET /p/reader/mcp HTTP/1.1",
            headers.map(([name, value]) => [name, name === "authorization" ? `Bearer ${thief}` : value]),
          ),
        )
      )?.status,
    ).toBe(404);
    first.destroy();
    await pause(50);
    const again = new RawSocket(gateway.port);
    again.write(get);
    expect(await again.receives("text/event-stream")).toBe(true);
    again.destroy();
  });

  test("S1: ids are 128 bits of chance, each", async () => {
    const ids = new Set<string>();
    for (let at = 0; at < 50; at++) {
      ids.add((await HttpOlder.open(place(owner))).session);
      const sse = await SseWay.open(place(owner));
      ids.add(new URLSearchParams(sse.target.split("?")[1]).get("sessionId") ?? "");
      sse.close();
      ids.add(await ticketOf(owner));
    }
    expect(ids.size).toBe(150);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    for (let at = 0; at < 22; at++)
      expect(new Set([...ids].map((id) => id[at])).size).toBeGreaterThan(at === 21 ? 3 : 20);
  });
});

describe("S1: HTTP+SSE streams", () => {
  test("S1: a message posted to another's stream, or from another endpoint, is answered like one to no stream, and does nothing", async () => {
    const sse = await SseWay.open(place(owner));
    const unknown = `/p/reader/message?sessionId=${"A".repeat(22)}`;
    gateway.tools.forget();
    const call = JSON.stringify({ jsonrpc: "2.0", id: 9, method: "tools/call", params: { name: "echo" } });
    const post = (path: string, key: string): Promise<Reply> =>
      ask({ port: gateway.port, path, headers: olderHeaders(key), body: call });
    for (const [path, key, like] of [
      [sse.target, thief, unknown],
      [sse.target.replace("/p/reader", "/s/tools"), owner, unknown.replace("/p/reader", "/s/tools")],
      [`${sse.target}x`, owner, unknown],
      [sse.target.slice(0, -1), owner, unknown],
      [sse.target.replace("sessionId", "sessionid"), owner, unknown],
    ] as const) {
      const stolen = await post(path, key);
      expect(stolen.status).toBe(404);
      expect(shown(stolen)).toBe(shown(await post(like, key)));
    }
    expect(gateway.tools.calls).toEqual([]);
    sse.close();
    await until(() => sse.ended);
    await pause(20);
    expect((await post(sse.target, owner)).status).toBe(404);
  });
});

async function ticketOf(key: string, path = "/p/reader"): Promise<string> {
  const { status, body, headers } = await ask({
    port: gateway.port,
    path: `${path}/ticket`,
    headers: olderHeaders(key),
    body: "",
  });
  expect([status, headers["cache-control"]]).toEqual([200, "no-store"]);
  return (JSON.parse(body) as { ticket: string }).ticket;
}

describe("S1: tickets", () => {
  /** The status of an upgrade with a ticket and no other credential. */
  async function redeem(
    ticket: string,
    path = "/p/reader",
    more: Record<string, string> = {},
  ): Promise<number | undefined> {
    const headers = Object.entries({ host: gateway.host, ...upgradeHeaders, ...more });
    return (
      await sendRaw(gateway.port, requestText(`GET ${path}/mcp?ticket=${ticket} HTTP/1.1`, headers), {
        from: "127.4.0.1",
      })
    )?.status;
  }

  test("S1: a ticket is good once, at its endpoint, for its principal", async () => {
    const good = await ticketOf(owner);
    expect(await redeem(good)).toBe(101);
    expect(await redeem(good)).toBe(401);
    // A failed try at another endpoint uses it up.
    const moved = await ticketOf(owner);
    expect(await redeem(moved, "/p/writer")).toBe(401);
    expect(await redeem(moved)).toBe(401);
    expect(await redeem("A".repeat(22))).toBe(401);
    expect(await redeem(await ticketOf(owner, "/t/default/p/reader"))).toBe(101);
  });

  test("S1: a ticket opens WebSockets alone, and stands nowhere but in its parameter", async () => {
    const from = "127.4.0.2";
    for (const [path, headers] of [
      ["/p/reader/mcp?ticket=T", modernHeaders("T", "tools/list")],
      ["/p/reader/ticket?ticket=T", {}],
      ["/p/reader/sse?ticket=T", {}],
      ["/metrics?ticket=T", {}],
    ] as const) {
      const ticket = await ticketOf(owner);
      const own = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace("Bearer T", `Bearer ${ticket}`)]),
      );
      const method = path.includes("sse") || path.includes("metrics") ? "GET" : "POST";
      expect(
        (
          await ask({
            port: gateway.port,
            path: path.replace("=T", `=${ticket}`),
            method,
            headers: own,
            body: "",
            from,
          })
        ).status,
      ).toBe(401);
    }
  });

  test("S1: a ticket does not outlive its key, and its socket is the principal's who asked for it", async () => {
    const made = gateway.node.keys.create({ agent: "leaver", personas: ["reader"] });
    const ticket = await ticketOf(made.key);
    gateway.node.keys.revoke(made.row.id);
    expect(await redeem(ticket)).toBe(401);
    const mine = await ticketOf(owner);
    const socket = new RawSocket(gateway.port);
    socket.write(
      requestText(
        `GET /p/reader/mcp?ticket=${mine} HTTP/1.1`,
        Object.entries({ host: gateway.host, ...upgradeHeaders }),
      ),
    );
    expect((await socket.answer())?.status).toBe(101);
    socket.destroy();
    expect(JSON.stringify(gateway.records())).not.toContain(mine);
    expect(gateway.console.join("")).not.toContain(mine);
  });
});

describe("S1: sealed requestState", () => {
  const params = { name: "confirm", arguments: { what: "it" } };
  const retry = (state: unknown, more: JsonObject = {}): JsonObject => ({
    ...params,
    inputResponses: { sure: { action: "accept", content: { ok: true } } },
    requestState: state,
    ...more,
  });

  async function sealed(way: HttpModern): Promise<string> {
    const { message } = await way.request("tools/call", params);
    const result = message?.["result"];
    const state = isObject(result) ? result["requestState"] : undefined;
    if (typeof state !== "string") throw new Error(`no state: ${JSON.stringify(message)}`);
    return state;
  }

  test("S1: a state is the owner's, for that tool and those arguments, at that endpoint; elsewhere it is garbage", async () => {
    const way = new HttpModern(place(owner));
    const state = await sealed(way);
    expect(state).not.toContain("upstream-state");
    expect(Buffer.from(state, "base64url").toString("latin1")).not.toContain("upstream-state");
    gateway.tools.forget();
    const garbage = await new HttpModern(place(thief)).request("tools/call", retry("garbage"));
    const attempts: readonly (readonly [what: string, way: HttpModern, params: JsonObject])[] = [
      ["another principal", new HttpModern(place(thief)), retry(state)],
      ["another endpoint", new HttpModern(place(owner, "/s/tools")), retry(state)],
      ["other arguments", way, retry(state, { arguments: { what: "another" } })],
      ["no arguments", way, retry(state, { arguments: {} })],
      ["another tool", way, retry(state, { name: "echo", arguments: { text: "it" } })],
      ["cut", way, retry(state.slice(0, -2))],
      ["longer", way, retry(`${state}AA`)],
      ["padded", way, retry(`${state}=`)],
      [
        "one bit changed",
        way,
        retry(`${state.slice(0, 20)}${state[20] === "A" ? "B" : "A"}${state.slice(21)}`),
      ],
      ["the upstream's own", way, retry("upstream-state")],
      ["empty", way, retry("")],
      ["a number", way, retry(1)],
      ["an object", way, retry({ state })],
    ];
    for (const [what, by, asked] of attempts) {
      const { message } = await by.request("tools/call", asked);
      expect({ what, error: message?.["error"] }).toEqual({ what, error: garbage.message?.["error"] });
    }
    expect(gateway.tools.calls).toEqual([]);
    expect(await way.request("tools/call", retry(state))).toMatchObject({
      message: { result: { content: [{ text: "confirmed" }] } },
    });
  });
});

describe("S1: questions and cancels", () => {
  /** A socket of an older era whose agent can be asked. */
  async function asked(key: string): Promise<{ way: SocketWay; questions: JsonObject[] }> {
    const way = await SocketWay.open(place(key), "websocket older");
    const questions: JsonObject[] = [];
    way.socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as JsonObject;
      if (message["method"] === "elicitation/create") questions.push(message);
    });
    await way.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: { form: {} } },
      clientInfo: { name: "x", version: "1" },
    });
    return { way, questions };
  }

  test("S1: another principal cannot answer a question, nor take back a call, by knowing its id", async () => {
    const mine = await asked(owner);
    const theirs = await asked(thief);
    const answer = mine.way.request("tools/call", { name: "confirm", arguments: { what: "it" } });
    await until(() => mine.questions.length === 1);
    const id = mine.questions[0]?.["id"];
    const evil = JSON.stringify({ jsonrpc: "2.0", id, result: { action: "accept", content: { ok: true } } });
    theirs.way.socket.send(evil);
    await theirs.way.notify("notifications/cancelled", { requestId: 2 });
    const older = await HttpOlder.open(place(thief));
    await older.post(evil);
    expect(await theirs.way.request("ping")).toHaveProperty("message.result");
    let isOver = false;
    void answer.then(() => (isOver = true));
    await pause(50);
    expect(isOver).toBe(false);
    mine.way.socket.send(evil);
    expect(await answer).toMatchObject({ message: { result: { content: [{ text: "confirmed" }] } } });
    mine.way.close();
    theirs.way.close();
  });

  test("S1: an agent that answers what nobody asked changes nothing", async () => {
    const { way } = await asked(owner);
    for (const id of ["ask-1", "ask-99", 1, 0, "", "__proto__"])
      way.socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
    expect(await way.request("ping")).toHaveProperty("message.result");
    way.close();
  });
});
