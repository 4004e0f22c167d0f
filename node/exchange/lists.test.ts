import { describe, expect, test } from "vitest";
import { sessionOf } from "../../actors/roster.ts";
import { toolGrant } from "../../actors/session.fixture.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { callerOf, governed, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { FactsKey } from "./facts.ts";
import { Lists } from "./lists.ts";
import { screeningOf } from "./screening.fixture.ts";
import { Reach, Refused } from "./reach.ts";
import { testProvenance } from "./provenance.fixture.ts";

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

function listsOf(
  grants: readonly TableGrant[],
  pool: UpstreamPool = poolOf({}).pool,
  changes: Partial<RoleTable> = {},
) {
  const clock = { now: 1_000 };
  const { roles } = rolesWith(
    grants,
    grants.map((grant) => (grant.kind === "tool" ? definition(grant.name) : undefined)),
    changes,
  );
  const { governor, records, host } = governed(roles, clock);
  const reach = new Reach({
    governor,
    roles,
    pool,
    factsKey: new FactsKey(),
    screening: screeningOf(),
    provenance: testProvenance(),
    shared: () => true,
  });
  const lists = new Lists({
    roles,
    reach,
    screening: screeningOf(),
    pinned: () => undefined,
    shared: () => true,
    server: { name: "g", version: "1" },
    now: () => clock.now,
  });
  const answer = (method: string, params: JsonObject = {}, agent = "ann"): Promise<JsonObject | Refused> =>
    lists.answer(new PlainExchange(callerOf(agent), method, params));
  const ask = async (method: string, params: JsonObject = {}): Promise<JsonObject> => {
    const answered = await answer(method, params);
    if (answered instanceof Refused) throw new Error(`refused: ${answered.verdict.rule}`);
    return answered;
  };
  const labels = (agent: string): unknown => sessionOf(host.peek(callerOf(agent).session))?.labels;
  return { lists, ask, answer, clock, records, labels };
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

  test("each server that is asked has an intent before and an outcome after, and a list that is remembered has none", async () => {
    const { pool } = poolOf({ one: listing("one://a"), two: listing("two://b") });
    const { ask, records } = listsOf([resourceGrant("one", "one://**"), resourceGrant("two", "two://**")], pool); // prettier-ignore
    await ask("resources/list");
    await ask("resources/list");
    const told = records.filter(({ kind }) => kind === "intent" || kind === "outcome");
    expect(told.map(({ kind, server }) => `${kind} ${server}`)).toEqual(["intent one", "intent two", "outcome one", "outcome two"]); // prettier-ignore
    expect(told[0]).toMatchObject({ method: "resources/list", name: "one", target: "resources/list" });
    expect(told[0]?.op).toBe(told[2]?.op);
  });

  test("a remembered list of a labelled server takes a turn of each session that is shown it: its label rises, on record", async () => {
    const { pool, asked } = poolOf({ one: listing("one://a"), two: listing("two://b") });
    const { answer, records, labels } = listsOf([toolGrant("one://**", { kind: "resource", server: "one", labels: ["pii"] }), resourceGrant("two", "two://**")], pool); // prettier-ignore
    await answer("resources/list");
    expect(await answer("resources/list", {}, "bob")).toHaveProperty("resources.length", 2);
    expect(asked).toEqual(["one", "two"]);
    expect([labels("ann"), labels("bob")]).toEqual([["pii"], ["pii"]]);
    const told = records.filter(({ session, op }) => session === callerOf("bob").session && op !== undefined);
    expect(told.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["intent one", "outcome one"]);
  });

  test("a remembered list of a labelled server is not shown to a session that may not ask for it", async () => {
    const limits = {
      agent: { capacity: 1, perSecond: 0.001 },
      budget: { calls: 10, hours: 1 },
      openCalls: 4,
    };
    const grants = [toolGrant("one://**", { kind: "resource", server: "one", labels: ["pii"] })];
    const { answer } = listsOf(grants, poolOf({ one: listing("one://a") }).pool, { limits });
    await answer("resources/list");
    expect(await answer("resources/list")).toMatchObject({ verdict: { rule: "bucket.agent" } });
    expect(await answer("resources/list", {}, "bob")).toHaveProperty("resources");
  });

  test("of a labelled server that fails, whoever waits for the same answer has its failure, on record as such", async () => {
    const grants = [toolGrant("one://**", { kind: "resource", server: "one", labels: ["pii"] })];
    const { answer, records } = listsOf(grants, poolOf({}).pool);
    const both = await Promise.allSettled([answer("resources/list"), answer("resources/list", {}, "bob")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const ended = records.filter(({ kind }) => kind === "outcome");
    expect(ended).toMatchObject([{ event: { facts: { outcome: "unreachable" } } }, { event: { facts: { outcome: "unreachable" } } }]); // prettier-ignore
  });

  test("a server that is away does not take the others' resources along; it is named, and on record", async () => {
    const { pool } = poolOf({ one: listing("one://a") });
    const { ask, records } = listsOf([resourceGrant("one", "one://**"), resourceGrant("two", "two://**")], pool); // prettier-ignore
    expect(await ask("resources/list")).toEqual({
      resources: [{ uri: "one://a", name: "n" }],
      _meta: { "io.gatehouse/missing": [{ server: "two", code: "UPSTREAM_UNREACHABLE" }] },
    });
    expect(records.findLast(({ server }) => server === "two")).toMatchObject({
      kind: "outcome",
      event: { facts: { outcome: "unreachable", code: "UPSTREAM_UNREACHABLE" } },
    });
  });

  test("when all servers are away the list fails as they do", async () => {
    const { ask } = listsOf([resourceGrant("one", "one://**"), resourceGrant("two", "two://**")]);
    await expect(ask("resources/list")).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  });

  test("a server that keeps failing is left alone by the session's breaker, and is named as missing", async () => {
    const { pool, asked } = poolOf({ one: listing("one://a") });
    const { ask, clock } = listsOf([resourceGrant("one", "one://**"), resourceGrant("two", "two://**")], pool); // prettier-ignore
    for (let at = 0; at < 6; at++, clock.now += 2_001) await ask("resources/list");
    const before = asked.filter((server) => server === "two").length;
    expect((await ask("resources/list"))["_meta"]).toEqual({ "io.gatehouse/missing": [{ server: "two", code: "breaker.tool" }] }); // prettier-ignore
    expect([before, asked.filter((server) => server === "two").length]).toEqual([5, 5]);
  });

  test("what one session is refused, another is not: the refusal is its own and is recorded", async () => {
    const { pool } = poolOf({ one: listing("one://a") });
    const limits = {
      agent: { capacity: 1, perSecond: 0.001 },
      budget: { calls: 10, hours: 1 },
      openCalls: 4,
    };
    const { answer, clock, records } = listsOf([resourceGrant("one", "one://**")], pool, { limits });
    await answer("resources/list");
    clock.now += 2_001;
    expect(await answer("resources/list")).toMatchObject({ verdict: { kind: "throttle", rule: "bucket.agent" } }); // prettier-ignore
    expect(records.at(-1)).toMatchObject({ kind: "refusal", method: "resources/list", name: "one" });
    expect(await answer("resources/list", {}, "bob")).toHaveProperty("resources");
  });

  test("more servers than the session may have open calls are asked one after the other", async () => {
    const names = Array.from({ length: 7 }, (_, at) => `s${at}`);
    const { pool } = poolOf(Object.fromEntries(names.map((name) => [name, listing(`${name}://a`)])));
    const limits = { agent: { capacity: 60, perSecond: 1 }, budget: { calls: 100, hours: 1 }, openCalls: 2 };
    const { ask } = listsOf(names.map((name) => resourceGrant(name, `${name}://**`)), pool, { limits }); // prettier-ignore
    expect((await ask("resources/list"))["resources"]).toHaveLength(7);
  });
});
