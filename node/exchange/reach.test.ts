import { randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordBody, Recorder } from "../../protocol/record.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import type { SubscriptionFilter, UpstreamEvents, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts"; // prettier-ignore
import { Bridge } from "./bridge.ts";
import { Changes } from "./changes.ts";
import { Dispatcher } from "./dispatch.ts";
import { callerOf, governed, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import type { Caller, Wire } from "./exchange.ts";
import { FactsKey } from "./facts.ts";
import { Lists } from "./lists.ts";
import { methods, type Method } from "./methods.ts";
import { Parks } from "./park.ts";
import { Reach } from "./reach.ts";
import { Relay } from "./relay.ts";
import { screeningOf } from "./screening.fixture.ts";
import { Sealer } from "./seal.ts";
import { Subscriptions } from "./subscriptions.ts";
import { testProvenance } from "./provenance.fixture.ts";

const resource = (server: string): TableGrant => toolGrant(`${server}://**`, { kind: "resource", server, target: `${server}://**` }); // prettier-ignore
const grants = [
  toolGrant("find", { server: "one" }),
  toolGrant("ask", { kind: "prompt", server: "one" }),
  resource("one"),
  resource("two"),
];

/** Params with which each method gets as far as it can. */
const params: { readonly [name in Method]: JsonObject } = {
  initialize: {},
  ping: {},
  "logging/setLevel": { level: "info" },
  "server/discover": {},
  "tools/list": {},
  "prompts/list": {},
  "resources/list": {},
  "resources/templates/list": {},
  "tools/call": { name: "find", arguments: {} },
  "prompts/get": { name: "ask" },
  "resources/read": { uri: "one://a" },
  "completion/complete": { ref: { type: "ref/prompt", name: "ask" }, argument: { name: "a", value: "" } },
  "resources/subscribe": { uri: "one://a" },
  "resources/unsubscribe": { uri: "one://a" },
  "subscriptions/listen": { notifications: { toolsListChanged: true, resourceSubscriptions: ["one://a"] } },
};

/** A pool that tells what is done with it, and can lose a session. */
function poolOf(note: (server: string, what: string) => void) {
  const filters: SubscriptionFilter[] = [];
  const closed = { count: 0 };
  const failing = { left: 0 };
  let listener: (lost: UpstreamEvents["lost"]) => void = () => undefined;
  const session = (server: string): UpstreamSession => ({
    server,
    era: "modern",
    revision: "2026-07-28",
    info: { name: server, version: "1" },
    capabilities: { resources: { subscribe: true } },
    request: (method) => {
      note(server, method);
      if (failing.left-- > 0) return Promise.reject(new GatewayError("UPSTREAM_SESSION_LOST"));
      return Promise.resolve({ kind: "result", result: { resources: [], content: [], contents: [] } });
    },
    subscribe: (filter) => {
      note(server, "subscribe");
      filters.push(filter);
      return { update: () => undefined, close: () => void closed.count++ };
    },
    close: () => Promise.resolve(),
  });
  const pool: UpstreamPool = {
    openSession: (server) => {
      note(server, "session");
      return session(server);
    },
    session: (server) => {
      note(server, "session");
      return Promise.resolve(session(server));
    },
    on: (event, told) => {
      if (event === "lost") listener = told as typeof listener;
    },
    closeOwner: () => undefined,
    drain: () => Promise.resolve(),
    counts: () => new Map(),
  };
  return {
    pool,
    filters,
    closed,
    fail: (times: number) => void (failing.left = times),
    lose: (lost: UpstreamEvents["lost"]) => listener(lost),
  };
}

/** Everything between the dispatcher and the pool, real; the pool notes what reaches it and what is open on record. */
function stand(options: { confirm?: Parameters<typeof governed>[2]; limits?: RoleTable["limits"] } = {}) {
  const clock = { now: 1_000 };
  const reached: { readonly server: string; readonly what: string; readonly isAnnounced: boolean }[] = [];
  const faults: unknown[] = [];
  const { roles } = rolesWith(grants, [], options.limits === undefined ? {} : { limits: options.limits });
  const { governor, records, faults: alerts } = governed(roles, clock, options.confirm);
  const note = (server: string, what: string): void => {
    const ended = new Set(records.flatMap(({ kind, op }) => (kind === "outcome" ? [op] : [])));
    const isAnnounced = records.some(({ kind, op, server: of }) => kind === "intent" && of === server && !ended.has(op)); // prettier-ignore
    reached.push({ server, what, isAnnounced });
  };
  const { pool, filters, closed, fail, lose } = poolOf(note);
  const now = (): number => clock.now;
  const shared = (): boolean => true;
  const factsKey = new FactsKey();
  const server = { name: "g", version: "1" };
  const reach = new Reach({ governor, roles, pool, factsKey, screening: screeningOf(), provenance: testProvenance(), shared }); // prettier-ignore
  const onFault = (fault: unknown): void => void faults.push(fault);
  const bridge = new Bridge({ parks: new Parks(now), sealer: new Sealer(randomBytes(32)), now, links: () => [] }); // prettier-ignore
  const dispatcher = new Dispatcher({
    owner: undefined,
    relay: new Relay({
      governor,
      roles,
      pool,
      bridge,
      factsKey,
      screening: screeningOf(),
      provenance: testProvenance(),
      server,
      callMs: () => 1_000,
      shared,
      onFault,
    }),
    lists: new Lists({
      roles,
      reach,
      screening: screeningOf(),
      pinned: () => undefined,
      shared,
      server,
      now,
    }),
    subscriptions: new Subscriptions({ roles, reach, changes: new Changes(), onLost: (listener) => pool.on("lost", listener), onFault }), // prettier-ignore
    roles,
    killed: () => false,
    server,
    onFault,
  });
  const dispatch = (
    method: string,
    given: JsonObject,
    more: Partial<Caller> = {},
    onSend?: (exchange: PlainExchange) => void,
  ): PlainExchange => {
    const exchange = new PlainExchange(callerOf("ann", more), method, given);
    exchange.onSend = onSend;
    dispatcher.dispatch(exchange);
    return exchange;
  };
  const told = (): string[] => records.flatMap(({ kind, method, server: of }) => kind === "intent" || kind === "outcome" ? [`${kind} ${method ?? ""} ${of}`] : []); // prettier-ignore
  return { dispatch, reached, filters, closed, fail, records, told, faults, alerts, clock, lose }; // prettier-ignore
}

function wire(): Wire {
  const kept = new Map<string, { close(): void }>();
  return {
    id: "w",
    logLevel: undefined,
    ask: () => Promise.reject(new Error("nobody asks here")),
    push: () => undefined,
    open: new Map(),
    attach: (name, closing) => void (closing === undefined ? kept.delete(name) : kept.set(name, closing)),
    share: () => undefined,
    attached: (name) => kept.get(name),
  };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

const every = (Object.keys(methods) as Method[]).flatMap((method) =>
  (methods[method].eras === "both" ? ["older", "modern"] : [methods[method].eras]).map((era) => ({
    method,
    era,
  })),
);

describe("laws 1 and 4 on every method of the table", () => {
  test.each(every)(
    "L1 $method of an $era agent reaches a server only under an intent of its own",
    async ({ method, era }) => {
      const { dispatch, reached, faults, alerts } = stand();
      const caller: Partial<Caller> = era === "modern" ? {} : { revision: "2025-11-25", wire: wire() };
      dispatch(method, params[method], caller);
      await settled();
      expect(reached.filter(({ isAnnounced }) => !isAnnounced)).toEqual([]);
      const reaches = ["tools/call", "prompts/get", "resources/read", "completion/complete", "resources/list", "resources/subscribe", "subscriptions/listen"]; // prettier-ignore
      expect(reached.length > 0).toBe(reaches.includes(method));
      expect([faults, alerts]).toEqual([[], []]);
    },
  );

  test.each(every)(
    "L4 $method of an $era agent reaches nothing while no intent can be recorded",
    async ({ method, era }) => {
      const confirm = (_body: RecordBody, then: NonNullable<Parameters<Recorder["append"]>[2]>): void => then(new GatewayError("RECORD_UNAVAILABLE")); // prettier-ignore
      const { dispatch, reached } = stand({ confirm });
      dispatch(method, params[method], era === "modern" ? {} : { revision: "2025-11-25", wire: wire() });
      await settled();
      expect(reached).toEqual([]);
    },
  );

  test("L4 nothing is reached before the intent is confirmed", async () => {
    const waiting: (() => void)[] = [];
    const { dispatch, reached } = stand({
      confirm: (_body, then) => void waiting.push(() => then(undefined)),
    });
    dispatch("resources/list", {});
    dispatch("subscriptions/listen", params["subscriptions/listen"]);
    await settled();
    expect(reached).toEqual([]);
    for (const act of waiting.splice(0)) act();
    await settled();
    expect(reached.filter(({ what }) => what === "subscribe").map(({ server }) => server)).toEqual([
      "one",
      "two",
    ]);
  });
});

test("a list whose session was just opened anew is asked for once more, under the same intent", async () => {
  const { dispatch, told, fail } = stand();
  fail(2);
  const first = dispatch("resources/list", {});
  await settled();
  expect(first.written).toMatchObject({ result: { resources: [] } });
  expect(first.written?.["result"]).not.toHaveProperty(["_meta", "io.gatehouse/missing"]);
  expect(told().filter((line) => line.startsWith("intent"))).toHaveLength(2);
});

test("a list that is lost twice is lost", async () => {
  const { dispatch, fail } = stand();
  fail(4);
  const exchange = dispatch("resources/list", {});
  await settled();
  expect(exchange.written).toMatchObject({ error: { data: { code: "UPSTREAM_SESSION_LOST" } } });
});

describe("subscriptions", () => {
  test("a resource that the role does not let the agent read is refused as one that does not exist, on record", async () => {
    const { dispatch, reached, records } = stand();
    const exchange = dispatch("resources/subscribe", { uri: "file:///etc/passwd" }, { revision: "2025-11-25", wire: wire() }); // prettier-ignore
    await settled();
    expect(exchange.written).toMatchObject({ error: { code: -32002, data: { uri: "file:///etc/passwd" } } });
    expect(records.at(-1)).toMatchObject({ kind: "refusal", method: "resources/subscribe", verdict: { rule: "persona.unlisted" } }); // prettier-ignore
    expect(reached).toEqual([]);
  });

  test("a listen stream names what it follows in its intent, and what it may not follow in refusals", async () => {
    const { dispatch, records, filters } = stand();
    const notifications = { resourceSubscriptions: ["one://a", "two://b", "three://c", "one://d"] };
    const exchange = dispatch("subscriptions/listen", { notifications });
    await settled();
    expect(exchange.sent[0]).toMatchObject({ params: { notifications: { resourceSubscriptions: ["one://a", "two://b", "one://d"] } } }); // prettier-ignore
    expect(filters.map(({ uris }) => uris)).toEqual([["one://a", "one://d"], ["two://b"]]);
    const intents = records.filter(({ kind }) => kind === "intent");
    expect(intents.map(({ name, event }) => [name, (event as unknown as { facts: { values: { value: string }[] } }).facts.values.map(({ value }) => value)])).toEqual([["one", ["one://a", "one://d"]], ["two", ["two://b"]]]); // prettier-ignore
    expect(records.filter(({ kind }) => kind === "refusal").map(({ name }) => name)).toEqual(["three://c"]);
    exchange.cancel("CANCELLED");
  });

  test("one that is thrown out of its bucket is told so before any stream opens, and holds no call open", async () => {
    const limits = { agent: { capacity: 1, perSecond: 0.001 }, budget: { calls: 9, hours: 1 }, openCalls: 4 };
    const { dispatch, told, reached } = stand({ limits });
    const exchange = dispatch("subscriptions/listen", { notifications: { toolsListChanged: true } });
    await settled();
    expect([exchange.status, exchange.sent]).toEqual([429, []]);
    expect(reached).toEqual([]);
    expect(told()).toEqual(["intent subscriptions/listen one", "outcome  one"]);
  });

  test("an agent that goes while it is acknowledged leaves nothing followed and no call open", async () => {
    const { dispatch, told, closed, filters } = stand();
    const exchange = dispatch("subscriptions/listen", { notifications: { toolsListChanged: true } }, {}, (each) => each.cancel("CANCELLED")); // prettier-ignore
    await settled();
    expect(exchange.ended).toBe(true);
    expect(filters.length - closed.count).toBe(0);
    expect(told().filter((line) => line.startsWith("intent"))).toHaveLength(2);
    expect(told().filter((line) => line.startsWith("outcome"))).toHaveLength(2);
  });

  test("more servers than open calls allow are followed one after the other", async () => {
    const limits = { agent: { capacity: 60, perSecond: 1 }, budget: { calls: 99, hours: 1 }, openCalls: 1 };
    const { dispatch, filters } = stand({ limits });
    const exchange = dispatch("subscriptions/listen", { notifications: { toolsListChanged: true } });
    await settled();
    expect(filters).toHaveLength(2);
    exchange.cancel("CANCELLED");
  });

  test("following a server anew after its session was lost takes a turn and an intent again; another agent's loss takes none", async () => {
    vi.useFakeTimers();
    try {
      const { dispatch, told, lose } = stand();
      const exchange = dispatch("subscriptions/listen", {
        notifications: { resourceSubscriptions: ["one://a"] },
      });
      await settled();
      lose({ server: "one", reason: "gone", owner: "somebody else" });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(told()).toHaveLength(2);
      lose({ server: "one", reason: "gone", owner: "" });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(told()).toHaveLength(4);
      exchange.cancel("CANCELLED");
    } finally {
      vi.useRealTimers();
    }
  });
});

test("a log level that the cluster refuses is refused, and does not hold at this door either", async () => {
  const { dispatch } = stand();
  const own: Wire = {
    ...wire(),
    logLevel: "error",
    share: () => Promise.reject(new GatewayError("THROTTLED")),
  };
  const exchange = dispatch("logging/setLevel", { level: "debug" }, { revision: "2025-11-25", wire: own });
  await settled();
  expect(exchange.written).toMatchObject({ error: { data: { code: "THROTTLED" } } });
  expect(own.logLevel).toBe("error");
});
