/** Revisions: floors hold, nothing is talked down, and a wire id is a label. Checklist W10. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isObject } from "../../protocol/mcp/shape.ts";
import { modern, revisions, traits, type Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { methods } from "../../node/exchange/methods.ts";
import { ask, messagesOf, modernBody, modernHeaders, modernMeta, olderHeaders, type Reply } from "./agent.ts";
import { Gateway } from "./gateway.ts";
import { HttpOlder, SocketWay, SseWay } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent", ["reader", "strict", "recent"]);
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const place = (persona: string) => ({ port: gateway.port, path: `/p/${persona}`, key });
const older = revisions.filter((revision) => traits[revision].era === "older");
const floors = { reader: "2024-11-05", recent: "2025-06-18", strict: modern } as const;

function initializeBody(version: string): string {
  return JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: version, capabilities: {}, clientInfo: { name: "x", version: "1" } },
  });
}

function post(persona: string, body: string, headers: Record<string, string> = {}): Promise<Reply> {
  return ask({
    port: gateway.port,
    path: `/p/${persona}/mcp`,
    headers: { ...olderHeaders(key), ...headers },
    body,
  });
}

function codeOf(reply: Reply): unknown {
  const error = messagesOf(reply)[0]?.["error"];
  return isObject(error) ? error["code"] : undefined;
}

describe("W10: the floor of a persona", () => {
  const asked = [...revisions, "2023-01-01", "2099-01-01", "", "1.0", "2025-11-25 "];

  test.each(Object.entries(floors))(
    "W10: %s: what is agreed on is never below %s, whatever is asked and at whichever door",
    async (persona, floor) => {
      for (const version of asked) {
        const agreed = [messagesOf(await post(persona, initializeBody(version)))[0]];
        const socket = await SocketWay.open(place(persona), "websocket older");
        const params = {
          protocolVersion: version,
          capabilities: {},
          clientInfo: { name: "x", version: "1" },
        };
        agreed.push((await socket.request("initialize", params)).message);
        socket.close();
        const sse = await SseWay.open(place(persona));
        agreed.push((await sse.request("initialize", params)).message);
        sse.close();
        for (const message of agreed)
          expect({ version, fits: fits(message, version, floor) }).toEqual({ version, fits: true });
      }
    },
  );

  /** Refused with the revisions that are spoken, or agreed on the asked one if it may be, else on the newest older. */
  function fits(message: JsonObject | undefined, version: string, floor: string): boolean {
    const { result, error } = (message ?? {}) as {
      result?: JsonObject;
      error?: { code: number; data?: { supported?: string[] } };
    };
    if (floor === modern) return error?.code === -32022 && error.data?.supported?.join() === modern;
    const isSpoken = older.includes(version as Revision) && version >= floor;
    return result?.["protocolVersion"] === (isSpoken ? version : "2025-11-25");
  }

  test("W10: a persona of the newest revision refuses every request of an older one, with and without a session id", async () => {
    for (const version of older)
      for (const session of [undefined, "A".repeat(22)])
        for (const method of ["tools/list", "tools/call", "ping"]) {
          const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { name: "echo" } });
          const reply = await post("strict", body, {
            "mcp-protocol-version": version,
            ...(session === undefined ? {} : { "mcp-session-id": session }),
          });
          expect([400, 404]).toContain(reply.status);
        }
    expect(gateway.tools.calls).toEqual([]);
  });
});

describe("W10: no talking down", () => {
  test.each(older)(
    "W10: a session of %s takes no request that bears another revision, be it known or not",
    async (version) => {
      const way = await HttpOlder.open(place("reader"), version);
      gateway.tools.forget();
      const call = { jsonrpc: "2.0", id: 5, method: "tools/call", params: { name: "echo" } };
      for (const other of [...revisions, "1999-01-01", "x", " "].filter((each) => each !== version))
        for (const body of [JSON.stringify(call), JSON.stringify([call])]) {
          const reply = await post("reader", body, {
            "mcp-session-id": way.session,
            "mcp-protocol-version": other,
          });
          expect({ other, status: reply.status }).toEqual({ other, status: 400 });
        }
      expect(gateway.tools.calls).toEqual([]);
      expect(
        (
          await post("reader", JSON.stringify(call), {
            "mcp-session-id": way.session,
            "mcp-protocol-version": version,
          })
        ).status,
      ).toBe(200);
    },
  );

  test("W10: a request that names an older revision in its metadata is not served as a modern one", async () => {
    gateway.tools.forget();
    for (const version of [...older, "1999-01-01", "", 1, null, {}, ["2026-07-28"]]) {
      const params = { name: "echo", _meta: { "io.modelcontextprotocol/protocolVersion": version } };
      const header = typeof version === "string" ? version : modern;
      const reply = await ask({
        port: gateway.port,
        path: "/p/reader/mcp",
        headers: { ...modernHeaders(key, "tools/call", params), "mcp-protocol-version": header },
        body: modernBody(1, "tools/call", params),
      });
      expect({
        version,
        status: reply.status,
        code: codeOf(reply) === -32022 || codeOf(reply) === -32020,
      }).toEqual({ version, status: 400, code: true });
      const way = await SocketWay.open(place("reader"));
      expect(await way.request("tools/call", params)).toMatchObject({ message: { error: { code: -32022 } } });
      way.close();
    }
    expect(gateway.tools.calls).toEqual([]);
  });

  test("W10: a modern request gains nothing from a session id, and an older one nothing from modern metadata's absence", async () => {
    const way = await HttpOlder.open(place("reader"));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "echo" } });
    gateway.tools.forget();
    const bare = await post("reader", body, {
      "mcp-session-id": way.session,
      "mcp-protocol-version": modern,
      "mcp-method": "tools/call",
      "mcp-name": "echo",
    });
    expect([bare.status, codeOf(bare)]).toEqual([400, -32602]);
    const none = await post("reader", body);
    expect([none.status, codeOf(none)]).toEqual([400, -32600]);
    expect(gateway.tools.calls).toEqual([]);
  });

  test("W10: a batch exists in its own revision only", async () => {
    const batch = JSON.stringify([{ jsonrpc: "2.0", id: 1, method: "ping" }]);
    for (const version of older) {
      const way = await HttpOlder.open(place("reader"), version);
      expect({ version, status: (await way.post(batch)).status }).toEqual({
        version,
        status: version === "2025-03-26" ? 200 : 400,
      });
    }
    const initialising = await post("reader", `[${initializeBody("2025-03-26")}]`);
    expect(initialising.status).toBe(400);
  });

  test("W10: matrix of methods and eras: a method of the other era does not exist", async () => {
    const way = await HttpOlder.open(place("reader"));
    const socket = await SocketWay.open(place("reader"));
    for (const [method, row] of Object.entries(methods)) {
      if (method === "initialize") continue;
      const inOlder = codeOf(
        await way.post(JSON.stringify({ jsonrpc: "2.0", id: `m-${method}`, method, params: {} })),
      );
      const isServed = inOlder === undefined;
      expect({ method, isServed: row.eras === "modern" && isServed }).toEqual({ method, isServed: false });
      if (row.eras !== "older") continue;
      const reply = await ask({
        port: gateway.port,
        path: "/p/reader/mcp",
        headers: modernHeaders(key, method),
        body: modernBody(1, method),
      });
      expect({ method, status: reply.status, code: codeOf(reply) }).toEqual({
        method,
        status: 404,
        code: -32601,
      });
      expect(await socket.request(method)).toMatchObject({ message: { error: { code: -32601 } } });
    }
    expect(
      codeOf(
        await way.post(
          JSON.stringify({
            jsonrpc: "2.0",
            id: "s",
            method: "subscriptions/listen",
            params: { notifications: {} },
          }),
        ),
      ),
    ).toBe(-32601);
    socket.close();
  });
});

describe("W10: a wire id never authenticates", () => {
  test("W10: without a credential, or with a bad one, a session id and a stream id open nothing", async () => {
    const way = await HttpOlder.open(place("reader"));
    const sse = await SseWay.open(place("reader"));
    const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    const labels = {
      "mcp-session-id": way.session,
      "mcp-protocol-version": "2025-11-25",
      "last-event-id": "s0-0",
    };
    const from = "127.3.0.1";
    for (const authorization of [undefined, "Bearer x", `Bearer ${way.session}`]) {
      const { authorization: _, ...plain } = olderHeaders(key);
      const headers = { ...plain, ...labels, ...(authorization === undefined ? {} : { authorization }) };
      for (const method of ["POST", "GET", "DELETE"])
        expect(
          (
            await ask({
              port: gateway.port,
              path: "/p/reader/mcp",
              method,
              headers,
              body: method === "POST" ? list : "",
              from,
            })
          ).status,
        ).toBe(401);
      expect((await ask({ port: gateway.port, path: sse.target, headers, body: list, from })).status).toBe(
        401,
      );
      expect(
        (await ask({ port: gateway.port, path: "/p/reader/ticket", headers, body: "", from })).status,
      ).toBe(401);
    }
    expect((await way.request("tools/list")).status).toBe(200);
    sse.close();
  });

  test("W10: metadata that names a session, a user or a role is read as nothing", async () => {
    const before = gateway.records().length;
    const params = {
      name: "drop",
      _meta: modernMeta({
        "mcp-session-id": "x",
        role: "admin",
        "io.gatehouse/operation": "x",
        principal: { agent: "root" },
      }),
    };
    const reply = await ask({
      port: gateway.port,
      path: "/p/reader/mcp",
      headers: modernHeaders(key, "tools/call", params),
      body: modernBody(1, "tools/call", params),
    });
    expect(codeOf(reply)).toBe(-32602);
    expect(gateway.records().slice(before)).toMatchObject([
      { kind: "refusal", session: "default/reader/agent/-", verdict: { rule: "persona.unlisted" } },
    ]);
  });
});
