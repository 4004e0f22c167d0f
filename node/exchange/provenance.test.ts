/** The road with rules on flows on it: what one server gave must not go to another. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { compileRole } from "../../actors/guards/persona.ts";
import { roleTable, toolGrant } from "../../actors/session.fixture.ts";
import { session, type SessionState } from "../../actors/session.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { flowSchema } from "../../protocol/flow.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { Bridge } from "./bridge.ts";
import { CallScreen } from "./callscreen.ts";
import { callerOf, governed, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { FactsKey } from "./facts.ts";
import type { RunningCall } from "./governedcall.ts";
import { methods } from "./methods.ts";
import { Parks } from "./park.ts";
import { testProvenance } from "./provenance.fixture.ts";
import { Relay } from "./relay.ts";
import type { RoleInForce } from "./roles.ts";
import { screeningOf } from "./screening.fixture.ts";
import { Sealer } from "./seal.ts";

const card = "4111 1111 1111 1111";
const flows = [
  flowSchema.parse({ from: { servers: ["crm"] }, to: { servers: ["mail"] }, reason: "the law" }),
];

function stand(answer: (server: string) => UpstreamAnswer | Promise<UpstreamAnswer>) {
  const sent: string[] = [];
  const grants = [toolGrant("get_customer", { server: "crm" }), toolGrant("send_mail", { server: "mail" })];
  const { roles } = rolesWith(grants, [], { flows });
  const { governor, records } = governed(roles, { now: 1_000 });
  const sessionOf = (server: string): UpstreamSession => ({
    server, era: "modern", revision: "2026-07-28", info: { name: "x", version: "1" }, capabilities: {},
    request: (_method, params) => {
      sent.push(`${server} ${JSON.stringify(params)}`);
      return Promise.resolve(answer(server));
    },
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  }); // prettier-ignore
  const pool: UpstreamPool = {
    openSession: sessionOf, session: (server) => Promise.resolve(sessionOf(server)), on: () => undefined,
    closeOwner: () => undefined, drain: () => Promise.resolve(), counts: () => new Map(),
  }; // prettier-ignore
  const now = (): number => 1_000;
  const bridge = new Bridge({ parks: new Parks(now), sealer: new Sealer(randomBytes(32)), now, links: () => [] }); // prettier-ignore
  const faults: unknown[] = [];
  const relay = new Relay({ governor, roles, pool, bridge, factsKey: new FactsKey(), screening: screeningOf(), provenance: testProvenance(), server: { name: "g", version: "1" }, callMs: () => 1_000, shared: () => true, onFault: (fault) => faults.push(fault) }); // prettier-ignore
  const call = async (name: string, args: JsonObject): Promise<string> => {
    const exchange = new PlainExchange(callerOf("a"), "tools/call", { name, arguments: args });
    const ended = new Promise<void>((resolve) => (exchange.onEnd = resolve));
    await relay.start(exchange, methods["tools/call"]);
    await ended;
    return JSON.stringify(exchange.written);
  };
  return { call, sent, records, faults };
}

const customer = (fields: JsonObject): UpstreamAnswer => ({ kind: "result", result: { content: [{ type: "text", text: JSON.stringify(fields) }] } }); // prettier-ignore

describe("a card that one server gave", () => {
  test("does not reach the other one, and no record holds it", async () => {
    const { call, sent, records, faults } = stand(() => customer({ name: "Jo", card }));
    await call("get_customer", { id: "7" });
    const written = await call("send_mail", { body: Buffer.from(`pay with ${card}`).toString("base64") });
    expect(written).toContain("flow.value");
    expect(written).toContain("financial/pan.visa that came from get_customer");
    expect(sent.filter((each) => each.startsWith("mail"))).toEqual([]);
    expect(JSON.stringify(records).replace(/\D/g, "")).not.toContain(card.replaceAll(" ", ""));
    expect(faults).toEqual([]);
  });

  test("leaves other calls to that server free", async () => {
    const { call, sent } = stand(() => customer({ name: "Jo", card }));
    await call("get_customer", { id: "7" });
    await call("send_mail", { body: "Your order is on its way." });
    expect(sent.filter((each) => each.startsWith("mail")).length).toBe(1);
  });
});

describe("what an agent answers to a server in the course of a call", () => {
  /** A session that has read the card; what it would say, and to which of its two tools' servers. */
  function asked() {
    const compiled = compileRole(roleTable({ grants: [toolGrant("get_customer", { server: "crm" }), toolGrant("send_mail", { server: "mail" })], flows })); // prettier-ignore
    if (Array.isArray(compiled)) throw new Error(JSON.stringify(compiled));
    const provenance = testProvenance();
    const call = { role: { compiled }, judged: { grant: 0 }, exchange: new PlainExchange(callerOf("a"), "tools/call", { name: "get_customer", arguments: {} }), target: { kind: "tool", name: "get_customer", args: {} } }; // prettier-ignore
    const plain = { outcome: "ok", bytes: 100, digest: "d", tookMs: 1 } as const;
    const { seen } = provenance.withSeen(plain, call as unknown as RunningCall, { card }, undefined);
    const state = session.create();
    const world = { role: () => compiled };
    session.decide(state, { kind: "configured", at: 1, role: "one" }, world);
    session.decide(state, { kind: "call", at: 2, op: "1", facts: { kind: "tool", name: "get_customer", digest: "d", shape: "s", bytes: 9 } }, world); // prettier-ignore
    session.decide(state, { kind: "answered", at: 3, op: "1", facts: { ...plain, ...(seen === undefined ? {} : { seen }) } }, world); // prettier-ignore
    const role = { compiled } as RoleInForce;
    return (place: number, said: JsonObject, of: SessionState | undefined = state): boolean => provenance.forbids(of, role, place, said); // prettier-ignore
  }

  test("does not bring the card to the other server, in whatever form it is said", () => {
    const forbids = asked();
    expect(forbids(1, { action: "accept", content: { note: Buffer.from(`card ${card}`).toString("base64") } })).toBe(true); // prettier-ignore
    expect(forbids(1, { action: "accept", content: { note: "no card" } })).toBe(false);
    expect(forbids(0, { action: "accept", content: { note: card } })).toBe(false);
  });

  test("goes nowhere that a rule is about once nobody knows what the session has read", () => {
    const compiled = asked();
    const lost = session.create();
    session.decide(lost, { kind: "lost", at: 1 }, { role: () => undefined });
    expect(compiled(1, { action: "decline" }, lost)).toBe(true);
  });

  test("is withheld and counted where a rule forbids it, and the server learns no more than that", () => {
    const by = { tenant: "default", persona: "support", policy: new DataPolicy(dataDefaults) };
    const screen = new CallScreen(screeningOf(), "a", by, () => true);
    expect(screen.toServer({ result: { action: "accept", content: { note: "x" } } })).toEqual({ error: { code: -32600, message: "the answer holds data that may not leave" } }); // prettier-ignore
    expect(screen.side).toEqual([{ way: "arguments", type: "flow", action: "block", count: 1 }]);
  });
});

test("after an answer too large to be looked into nothing goes there any more", async () => {
  const { call } = stand(() => customer({ text: "word ".repeat(limits.ledgerInlineBytesMax / 4) }));
  await call("get_customer", { id: "7" });
  expect(await call("send_mail", { body: "hello" })).toContain("flow.coarse");
});

test("a call that failed before it brought anything closes no way", async () => {
  const { call, sent } = stand((server) =>
    server === "crm" ? Promise.reject(new Error("gone")) : customer({}),
  );
  await call("get_customer", { id: "7" });
  await call("send_mail", { body: "hello" });
  expect(sent.filter((each) => each.startsWith("mail")).length).toBe(1);
});
