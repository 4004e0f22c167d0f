import { describe, expect, test } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { callerOf, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { Lists } from "./lists.ts";

const definition = (name: string): JsonObject => ({
  name,
  description: name,
  inputSchema: { type: "object" },
});
const resourceGrant = (server: string, target: string): TableGrant =>
  toolGrant(target, { kind: "resource", server });

/** A pool whose servers answer resources/list as told; counts what it is asked. */
function poolOf(answers: { readonly [server: string]: () => Promise<UpstreamAnswer> }): {
  pool: UpstreamPool;
  asked: string[];
} {
  const asked: string[] = [];
  const session = (server: string): UpstreamSession => ({
    server,
    era: "modern",
    revision: "2026-07-28",
    info: { name: server, version: "1" },
    capabilities: { resources: {} },
    request: () => {
      asked.push(server);
      return answers[server]?.() ?? Promise.reject(new GatewayError("UPSTREAM_UNREACHABLE"));
    },
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  });
  const pool: UpstreamPool = {
    openSession: () => undefined,
    session: (server) => Promise.resolve(session(server)),
    on: () => undefined,
    closeOwner: () => undefined,
    drain: () => Promise.resolve(),
    counts: () => new Map(),
  };
  return { pool, asked };
}

function listsOf(grants: readonly TableGrant[], pool: UpstreamPool = poolOf({}).pool) {
  const clock = { now: 1_000 };
  const { roles } = rolesWith(
    grants,
    grants.map((grant) => (grant.kind === "tool" ? definition(grant.name) : undefined)),
  );
  const lists = new Lists({
    roles,
    pool,
    pinned: () => undefined,
    shared: () => true,
    server: { name: "g", version: "1" },
    now: () => clock.now,
  });
  const ask = (method: string, params: JsonObject = {}): Promise<JsonObject> =>
    lists.answer(new PlainExchange(callerOf("ann"), method, params));
  return { lists, ask, clock };
}

describe("tools/list", () => {
  test("shows granted tools in name order, without the quarantined", async () => {
    const { ask } = listsOf([toolGrant("b"), toolGrant("c", { quarantined: true }), toolGrant("a")]);
    const { tools } = await ask("tools/list");
    expect((tools as JsonObject[]).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("comes in pages that together are the whole, each tool once", async () => {
    const { ask } = listsOf(Array.from({ length: 1_234 }, (_, at) => toolGrant(`tool-${at}`)));
    const names: unknown[] = [];
    let cursor: unknown;
    let pages = 0;
    do {
      const page = await ask("tools/list", cursor === undefined ? {} : { cursor });
      names.push(...(page["tools"] as JsonObject[]).map(({ name }) => name));
      cursor = page["nextCursor"];
      pages++;
    } while (cursor !== undefined);
    expect([pages, names.length, new Set(names).size]).toEqual([3, 1_234, 1_234]);
  });

  test.each(["", "p", "p0", "p-1", "p1e3", "p99999999", "p1235", "500", 500, null, {}, "p01"])(
    "the cursor %j is not one of ours",
    async (cursor) => {
      const { ask } = listsOf(Array.from({ length: 1_234 }, (_, at) => toolGrant(`tool-${at}`)));
      await expect(ask("tools/list", { cursor })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    },
  );
});

describe("resources/list", () => {
  const listing =
    (...uris: unknown[]): (() => Promise<UpstreamAnswer>) =>
    () =>
      Promise.resolve({
        kind: "result",
        result: { resources: uris.map((uri) => ({ uri, name: "n\u202e" })) },
      });

  test("shows what a read would be allowed for, cleansed, and of each server only what is granted there", async () => {
    const { pool } = poolOf({
      one: listing("one://a", "two://b", "file:///etc/passwd", 7),
      two: listing("two://b", "one://a"),
    });
    const { ask } = listsOf([resourceGrant("one", "one://**"), resourceGrant("two", "two://**")], pool);
    const { resources } = await ask("resources/list");
    expect(resources).toEqual([
      { uri: "one://a", name: "n" },
      { uri: "two://b", name: "n" },
    ]);
  });

  test("asks a server once for many that ask at once, and again when the list is old", async () => {
    const { pool, asked } = poolOf({ one: listing("one://a") });
    const { ask, clock } = listsOf([resourceGrant("one", "one://**")], pool);
    await Promise.all(Array.from({ length: 50 }, () => ask("resources/list")));
    expect(asked).toHaveLength(1);
    clock.now += 2_001;
    await ask("resources/list");
    expect(asked).toHaveLength(2);
  });

  test("a failure is not remembered", async () => {
    let fails = true;
    const { pool } = poolOf({
      one: () => (fails ? Promise.reject(new GatewayError("UPSTREAM_CLOSED")) : listing("one://a")()),
    });
    const { ask } = listsOf([resourceGrant("one", "one://**")], pool);
    await expect(ask("resources/list")).rejects.toMatchObject({ code: "UPSTREAM_CLOSED" });
    fails = false;
    expect((await ask("resources/list"))["resources"]).toHaveLength(1);
  });

  test.each([{}, { resources: {} }, { resources: "x" }])("the answer %j is garbage", async (result) => {
    const { pool } = poolOf({ one: () => Promise.resolve({ kind: "result", result }) });
    const { ask } = listsOf([resourceGrant("one", "one://**")], pool);
    await expect(ask("resources/list")).rejects.toMatchObject({ code: "UPSTREAM_GARBAGE" });
  });

  test("a list without end is read to a bound", async () => {
    let pages = 0;
    const page = (): Promise<UpstreamAnswer> =>
      Promise.resolve({
        kind: "result",
        result: { resources: [{ uri: `one://${pages++}`, name: "n" }], nextCursor: "again" },
      });
    const { ask } = listsOf([resourceGrant("one", "one://**")], poolOf({ one: page }).pool);
    const { resources } = await ask("resources/list");
    expect([pages, (resources as unknown[]).length]).toEqual([64, 64]);
  });
});
