import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { CallOptions, UpstreamAnswer, UpstreamSession } from "../upstream/upstream.ts";
import { Bridge, deliver, type BridgedCall } from "./bridge.ts";
import { callerOf, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { FactsKey, callFacts } from "./facts.ts";
import { Parks } from "./park.ts";
import { callScreen } from "./screening.fixture.ts";
import { Sealer } from "./seal.ts";

const { role } = rolesWith();
const key = new FactsKey();
const capabilities = { elicitation: {}, sampling: {} };

/** A session of an upstream that answers as the script says. */
function sessionOf(
  era: "modern" | "legacy",
  script: (params: JsonObject, options: CallOptions) => Promise<UpstreamAnswer>,
): UpstreamSession {
  return {
    server: "tickets",
    era,
    revision: era === "modern" ? "2026-07-28" : "2025-11-25",
    info: { name: "x", version: "1" },
    capabilities: {},
    request: (_method, params, options) => script(params, options),
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  };
}

function stand(links: readonly string[] = []) {
  const clock = { now: 1_000 };
  const parks = new Parks(() => clock.now);
  const bridge = new Bridge({
    parks,
    sealer: new Sealer(randomBytes(32)),
    now: () => clock.now,
    links: () => links,
  });
  return { clock, parks, bridge };
}

function callOf(agent: string, params: JsonObject = {}, args: JsonObject = {}): BridgedCall {
  const all = { name: "read_ticket", arguments: args, ...params };
  return {
    exchange: new PlainExchange(callerOf(agent, { capabilities }), "tools/call", all),
    grant: toolGrant("read_ticket"),
    facts: callFacts(key, "tool", "read_ticket", args, [], undefined),
    role,
    params: { name: "read_ticket", arguments: args },
    inputResponses: isObject(params["inputResponses"]) ? params["inputResponses"] : undefined,
    screen: callScreen(),
    callMs: 1_000,
    headers: undefined,
    trace: undefined,
    ready: () => true,
  };
}

function resultOf(answer: UpstreamAnswer | undefined): JsonObject {
  if (answer?.kind !== "result") throw new Error("a result was due");
  return answer.result;
}

const asks: UpstreamAnswer = {
  kind: "result",
  result: { resultType: "input_required", inputRequests: {}, requestState: "the server's own" },
};

describe("requestState (T10)", () => {
  test("T10 opens until it expires, and not from then on", async () => {
    const { bridge, clock } = stand();
    const seen: unknown[] = [];
    const session = sessionOf("modern", (params) => {
      seen.push(params["requestState"]);
      return Promise.resolve(asks);
    });
    const { requestState } = resultOf(await bridge.request(session, callOf("ann")));
    clock.now += limits.parkedCallMs - 1;
    await bridge.request(session, callOf("ann", { requestState }));
    clock.now += 1;
    await expect(bridge.request(session, callOf("ann", { requestState }))).rejects.toThrow(/requestState/);
    expect(seen).toEqual([undefined, "the server's own"]);
  });

  test("T10 of a parked call ends with the call: the server's call is cancelled when nobody answers in time", async () => {
    const { bridge, clock, parks } = stand();
    let told: unknown;
    let isCancelled = false;
    const session = sessionOf("legacy", async (_params, { onAsk, signal }) => {
      signal?.addEventListener("abort", () => (isCancelled = true), { once: true });
      told = await onAsk?.("roots/list", {}, new AbortController().signal);
      told = await onAsk?.("elicitation/create", { message: "Who?" }, new AbortController().signal);
      return { kind: "result", result: {} };
    });
    const { requestState, inputRequests } = resultOf(await bridge.request(session, callOf("ann")));
    // Roots were not declared: refused, and not asked.
    expect(Object.values(inputRequests as JsonObject)).toEqual([
      { method: "elicitation/create", params: { message: "Who?" } },
    ]);
    expect(parks.size).toBe(1);
    clock.now += limits.parkedCallMs;
    parks.expire();
    expect([parks.size, isCancelled]).toEqual([0, true]);
    await Promise.resolve();
    expect(told).toHaveProperty("error");
    expect(() => bridge.resume(callOf("ann", { requestState }))).toThrow(/requestState/);
  });

  test("of an older agent is no state of ours: it is not looked at", () => {
    const { bridge } = stand();
    const call = callOf("ann");
    const older = {
      ...call,
      exchange: new PlainExchange(callerOf("ann", { revision: "2025-11-25" }), "tools/call", {
        requestState: "x",
      }),
    };
    expect(bridge.resume(older)).toBeUndefined();
  });
});

test("a later round that certainly was not executed does not make the call repeatable: the first one was", async () => {
  const { bridge } = stand();
  let round = 0;
  const session = sessionOf("modern", () =>
    round++ === 0 ? Promise.resolve(asks) : Promise.reject(new GatewayError("UPSTREAM_SESSION_LOST")),
  );
  const call = callOf("ann");
  const older = {
    ...call,
    exchange: new PlainExchange(callerOf("ann", { revision: "2025-11-25" }), "tools/call", {}),
  };
  await expect(bridge.request(session, older)).rejects.toMatchObject({ code: "UPSTREAM_CLOSED" });
  round = 1;
  await expect(bridge.request(session, older)).rejects.toMatchObject({ code: "UPSTREAM_SESSION_LOST" });
});

describe("what a server says in mid-call", () => {
  const log = (level: string): JsonObject => ({ level, data: "x" });

  test("reaches a modern agent only from the level it asked for", () => {
    const silent = new PlainExchange(callerOf("ann"), "tools/call", {});
    void deliver(silent, "notifications/message", log("emergency"), callScreen());
    const warned = new PlainExchange(callerOf("ann", { logLevel: "warning" }), "tools/call", {});
    for (const level of ["info", "warning", "error", "nonsense"])
      void deliver(warned, "notifications/message", log(level), callScreen());
    expect([silent.sent.length, warned.sent.length]).toEqual([0, 2]);
  });

  test("is progress or a log message; all else is dropped, and so is what comes after the answer", () => {
    const exchange = new PlainExchange(callerOf("ann"), "tools/call", {});
    for (const method of [
      "notifications/progress",
      "notifications/tools/list_changed",
      "sampling/createMessage",
      "x",
    ])
      void deliver(exchange, method, { progress: 1 }, callScreen());
    exchange.end({ jsonrpc: "2.0", id: 1, result: {} });
    void deliver(exchange, "notifications/progress", { progress: 2 }, callScreen());
    expect(exchange.sent).toEqual([
      { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } },
    ]);
  });
});

describe("T9 an error that wants links opened", () => {
  const data = (...urls: unknown[]): JsonObject => ({
    elicitations: urls.map((url) => ({ mode: "url", url })),
  });
  const ask = (links: unknown): Promise<UpstreamAnswer> => {
    const { bridge } = stand(["pay.example.com"]);
    const error = { code: -32042, message: "open this", data: links };
    return bridge.request(
      sessionOf("modern", () => Promise.resolve({ kind: "error", error })),
      callOf("ann"),
    );
  };

  test("T9 is passed on when every link may be shown", async () => {
    expect(await ask(data("https://pay.example.com/a", "https://pay.example.com/b"))).toMatchObject({
      kind: "error",
    });
  });

  test.each([
    data("https://pay.example.com/a", "https://evil.example/"),
    data("javascript:alert(1)"),
    data(7),
    {},
    "x",
    undefined,
  ])("T9 is garbage with %j", async (links) => {
    await expect(ask(links)).rejects.toMatchObject({ code: "UPSTREAM_GARBAGE" });
  });
});
