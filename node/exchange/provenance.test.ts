/** The road with rules on flows on it: what one server gave must not go to another. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { flowSchema } from "../../protocol/flow.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { Bridge } from "./bridge.ts";
import { callerOf, governed, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { FactsKey } from "./facts.ts";
import { methods } from "./methods.ts";
import { Parks } from "./park.ts";
import { testProvenance } from "./provenance.fixture.ts";
import { Relay } from "./relay.ts";
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
