/** Every route, from outside: who is let in, and from where. Checklist W5, A1, A3. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { endpointRoutes, metadataRoute, nodeRoutes, upgradeRoute } from "../../node/door/routes.ts";
import type { DoorPart } from "../../node/exchange/endpoint.ts";
import { modernBody, modernHeaders, olderHeaders } from "./agent.ts";
import { Gateway, toolGrant, unlimited, usualRoles } from "./gateway.ts";
import { Line, requestText, sendRaw, upgradeHeaders, type RawAnswer } from "./rawsocket.ts";
import { HttpOlder, SseWay } from "./ways.ts";

/** Personas of which each has its own key. */
const houses = ["h1", "h2", "h3", "h4", "h5"] as const;

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  const more = Object.fromEntries(
    houses.map((name) => [name, { grants: [toolGrant("echo")], ...unlimited }]),
  );
  gateway = await Gateway.start({ roles: { ...usualRoles, ...more } });
  key = gateway.key("agent", ["reader", "s/tools"]);
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

interface Door {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly isUpgrade: boolean;
}

/** Each route of the tables with each of its methods, under each path the endpoint has. */
function doors(): Door[] {
  const bases = ["/p/reader", "/t/default/p/reader", "/s/tools", "/t/default/s/tools"];
  const found: Door[] = [];
  const add = (
    path: string,
    { access, methods }: { access: string; methods: readonly string[] },
    isUpgrade = false,
  ): void => {
    for (const method of methods) found.push({ method, path, access, isUpgrade });
  };
  for (const [path, route] of Object.entries(nodeRoutes)) add(path, route);
  for (const base of bases) {
    for (const part of Object.keys(endpointRoutes) as DoorPart[])
      add(`${base}/${part}`, endpointRoutes[part]);
    add(`${base}/mcp`, upgradeRoute, true);
    add(`/.well-known/oauth-protected-resource${base}/mcp`, metadataRoute);
  }
  return found;
}

let senders = 0;

/** One request to a door, from an address of its own: failures are counted per address. */
function knock(door: Door, headers: Record<string, string>): Promise<RawAnswer | undefined> {
  const from = `127.1.${Math.trunc(++senders / 10 / 250)}.${1 + (Math.trunc(senders / 10) % 250)}`;
  const all = { host: gateway.host, ...headers, ...(door.isUpgrade ? upgradeHeaders : {}) };
  return sendRaw(
    gateway.port,
    requestText(
      `${door.method} ${door.path} HTTP/1.1`,
      Object.entries(all),
      door.method === "POST" ? modernBody(1, "tools/list") : "",
    ),
    { from, isHead: door.method === "HEAD" },
  );
}

const good = (): Record<string, string> => modernHeaders(key, "tools/list");

describe("W5: Host and Origin, each for itself, on every route", () => {
  const foreign: readonly (readonly [string, () => Record<string, string>])[] = [
    ["a name that resolves to us", () => ({ host: `evil.example:${gateway.port}` })],
    ["a name without a port", () => ({ host: "127.0.0.1" })],
    ["another port", () => ({ host: "127.0.0.1:1" })],
    ["another spelling of our address", () => ({ host: `0x7f.1:${gateway.port}` })],
    ["our address in decimal", () => ({ host: `2130706433:${gateway.port}` })],
    ["a dot behind the name", () => ({ host: `localhost.:${gateway.port}` })],
    ["a name that begins with ours", () => ({ host: `127.0.0.1.evil.example:${gateway.port}` })],
    [
      "a foreign Host, but a forwarded one of ours",
      () => ({ host: "evil.example", "x-forwarded-host": gateway.host, forwarded: `host=${gateway.host}` }),
    ],
    ["a foreign Origin", () => ({ origin: "http://evil.example" })],
    ["Origin null", () => ({ origin: "null" })],
    ["an empty Origin", () => ({ origin: "" })],
    ["our Origin with https", () => ({ origin: `https://${gateway.host}` })],
    ["our Origin with another port", () => ({ origin: "http://127.0.0.1:1" })],
    ["our Origin with a path", () => ({ origin: `http://${gateway.host}/` })],
    ["two Origins in one", () => ({ origin: `http://${gateway.host} http://evil.example` })],
    ["an extension's Origin", () => ({ origin: "chrome-extension://abcdefgh" })],
    ["a foreign Host and our Origin", () => ({ host: "evil.example", origin: `http://${gateway.host}` })],
  ];

  test.each(foreign)("W5: %s: 403 at every door, with a good credential", async (_, headers) => {
    const wrong: unknown[] = [];
    for (const door of doors()) {
      const answer = await knock(door, { ...good(), ...headers() });
      if (answer?.status !== 403) wrong.push([door, answer?.status]);
    }
    expect(wrong).toEqual([]);
  });

  test("W5: our own Host and Origin pass every door, so the check above is not simply deaf", async () => {
    const refused: unknown[] = [];
    for (const door of doors().filter(({ path, method }) => !(method === "GET" && path.endsWith("/sse")))) {
      const answer = await knock(door, { ...good(), origin: `http://${gateway.host}` });
      if (answer?.status === 403 || (answer?.status === 401 && door.access !== "operator"))
        refused.push([door, answer.status]);
    }
    expect(refused).toEqual([]);
  });
});

describe("A1: who is let in without a credential", () => {
  /** The whole list. Whoever adds to it says here why. */
  const publicRoutes = [
    "GET /healthz", // a load balancer asks; it says ok and nothing else
    "HEAD /healthz",
    "GET /readyz",
    "HEAD /readyz",
    "GET /.well-known/oauth-protected-resource/{endpoint}", // RFC 9728: how a client learns where to get a token
    "HEAD /.well-known/oauth-protected-resource/{endpoint}",
  ];

  test("A1: every route answers 401 without a token, but for the list of public ones", async () => {
    const open = new Set<string>();
    const without: [Door, number | undefined][] = [];
    for (const door of doors()) {
      const { authorization: _, ...headers } = good();
      const answer = await knock(door, headers);
      const name = `${door.method} ${door.path.replace(/(oauth-protected-resource)\/.*/, "$1/{endpoint}")}`;
      if (answer?.status === 401) continue;
      open.add(name);
      if (door.access !== "public") without.push([door, answer?.status]);
    }
    expect(without).toEqual([]);
    expect([...open].sort()).toEqual([...publicRoutes].sort());
  });

  test("A1: a refusal challenges for exactly its endpoint, and says nothing else of it", async () => {
    for (const door of doors().filter(({ access }) => access !== "public" && access !== "operator")) {
      const { authorization: _, ...headers } = good();
      const answer = await knock(door, headers);
      const base = `/t/default${door.path.replace(/^\/t\/default/, "").replace(/\/[a-z]+$/, "")}/mcp`;
      expect(answer?.headers.get("www-authenticate")).toContain(
        `resource_metadata="http://${gateway.host}/.well-known/oauth-protected-resource${base}"`,
      );
    }
  });

  test("A1: what a public route says is about the node, not about its agents or roles", async () => {
    for (const door of doors().filter(({ access, method }) => access === "public" && method === "GET")) {
      const { body } = (await knock(door, {})) ?? { body: "" };
      expect(body).not.toMatch(/echo|drop|agent|gwk_|grants|tools\/call/);
    }
  });

  test("A1: a wrong scheme, an empty or cut credential, one in the query or a cookie: 401 at every door", async () => {
    const bad: readonly Record<string, string>[] = [
      { authorization: key },
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: `Basic ${Buffer.from(`user:${key}`).toString("base64")}` },
      { authorization: `Bearer ${key.slice(0, -1)}` },
      { authorization: `Bearer ${key}x` },
      { authorization: `Bearer ${key} ${key}` },
      { authorization: `Bearer ${key.toUpperCase()}` },
      { cookie: `authorization=${key}` },
      { "x-api-key": key },
      { "proxy-authorization": `Bearer ${key}` },
      { "sec-websocket-protocol": `mcp, bearer, ${key}` },
    ];
    const passed: unknown[] = [];
    for (const door of doors().filter(({ access }) => access !== "public")) {
      for (const headers of bad) {
        const { authorization: _, ...rest } = good();
        const answer = await knock(door, { ...rest, ...headers });
        if (answer?.status !== 401) passed.push([door, headers, answer?.status]);
      }
      for (const name of ["access_token", "token", "key", "api_key", "ACCESS_TOKEN", "access%5Ftoken"]) {
        const { authorization: _, ...rest } = good();
        const answer = await knock({ ...door, path: `${door.path}?${name}=${key}` }, rest);
        if (answer?.status !== 401) passed.push([door, name, answer?.status]);
      }
    }
    expect(passed).toEqual([]);
  });

  test("A1: a method that a route does not have is refused, credential or not, and runs nothing", async () => {
    gateway.tools.forget();
    const table = doors();
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST", "GET", "HEAD"])
      for (const path of new Set(table.map((door) => door.path))) {
        if (table.some((door) => door.path === path && door.method === method)) continue;
        const answer = await knock({ method, path, access: "", isUpgrade: false }, good());
        expect([405, 404, 403, 401]).toContain(answer?.status);
      }
    expect(gateway.tools.calls).toEqual([]);
  });
});

describe("A3: a key is good where it was made for, and nowhere else", () => {
  test("A3: of all pairs of persona and key, at every door, only a key's own is let in; the rest are told what an unknown key is told", async () => {
    const keys = new Map(houses.map((name) => [name, gateway.key(`agent-${name}`, [name])]));
    const stranger = gateway.key("stranger", ["writer"]);
    const unknown = `${stranger.slice(0, 6)}${stranger.slice(6).replace(/[a-z]/g, (letter) => (letter === "a" ? "b" : "a"))}`;
    const passed: string[] = [];
    /** Where a key that exists is told something else than one that does not. */
    const told: string[] = [];
    for (const house of houses) {
      const parts: readonly Door[] = [
        { method: "POST", path: `/p/${house}/mcp`, access: "", isUpgrade: false },
        { method: "GET", path: `/t/default/p/${house}/mcp`, access: "", isUpgrade: true },
        { method: "POST", path: `/p/${house}/ticket`, access: "", isUpgrade: false },
        { method: "POST", path: `/p/${house}/message?sessionId=x`, access: "", isUpgrade: false },
        { method: "DELETE", path: `/p/${house}/mcp`, access: "", isUpgrade: false },
        { method: "GET", path: `/p/${house}/sse`, access: "", isUpgrade: false },
      ];
      for (const [owner, text] of keys)
        for (const door of parts.slice(0, owner === house ? -1 : undefined)) {
          const answer = await knock(door, modernHeaders(text, "tools/list"));
          if (answer?.status !== 401) passed.push(`${owner} at ${house}: ${door.path}`);
          else if (shown(answer) !== shown(await knock(door, modernHeaders(unknown, "tools/list"))))
            told.push(`${owner} at ${house}: ${door.path}`);
        }
    }
    expect(told).toEqual([]);
    expect([
      ...new Set(passed.map((text) => text.split(" at ")[1]?.startsWith(text.split(" ")[0] ?? ""))),
    ]).toEqual([true]);
    expect(passed).toHaveLength(houses.length * 5);
  });

  test("A3: an agent's session is one persona's: what it opens at one is not known at another", async () => {
    const both = gateway.key("both", ["h1", "h2"]);
    const older = await HttpOlder.open({ port: gateway.port, path: "/p/h1", key: both });
    const line = new Line(gateway.port, "POST /p/h2/mcp HTTP/1.1");
    const headers = { ...olderHeaders(both), "mcp-protocol-version": "2025-11-25" };
    const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    const moved = await line.send(Object.entries({ ...headers, "mcp-session-id": older.session }), list);
    const unknown = await line.send(Object.entries({ ...headers, "mcp-session-id": "A".repeat(22) }), list);
    expect([moved.status, moved.body]).toEqual([unknown.status, unknown.body]);
    expect(moved.status).toBe(404);
    line.end();
    const sse = await SseWay.open({ port: gateway.port, path: "/p/h1", key: both });
    const posted = await sendRaw(
      gateway.port,
      requestText(
        `POST ${sse.target.replace("h1", "h2")} HTTP/1.1`,
        Object.entries({ host: gateway.host, ...olderHeaders(both) }),
        list,
      ),
    );
    expect(posted?.status).toBe(404);
    sse.close();
  });
});

/** An answer without the clock. */
function shown(answer: RawAnswer | undefined): string {
  const headers = [...(answer?.headers ?? [])].filter(([name]) => name !== "date");
  return JSON.stringify([answer?.status, headers, answer?.body]);
}
