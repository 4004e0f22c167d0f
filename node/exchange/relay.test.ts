import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { roster } from "../../actors/roster.ts";
import { toolGrant } from "../../actors/session.fixture.ts";
import { Host } from "../../cluster/host.ts";
import { MemoryPassivation } from "../../cluster/passivation.ts";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Durability, RecordBody, Recorder } from "../../protocol/record.ts";
import type { TableGrant } from "../../protocol/role.ts";
import { principalShare } from "../identity/principal.ts";
import type { CallOptions, UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { Bridge } from "./bridge.ts";
import { callerOf, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import type { Caller } from "./exchange.ts";
import { FactsKey } from "./facts.ts";
import { Governor, type SessionHost } from "./governor.ts";
import { methods } from "./methods.ts";
import { Parks } from "./park.ts";
import { Relay } from "./relay.ts";
import { screeningOf } from "./screening.fixture.ts";
import { Sealer } from "./seal.ts";
import { testProvenance } from "./provenance.fixture.ts";

interface Script {
  readonly grants?: readonly TableGrant[];
  readonly answer?: (params: JsonObject) => Promise<UpstreamAnswer>;
  /** What becomes of an intent: undefined when it is recorded. */
  readonly recorded?: () => Error | undefined;
  readonly durability?: Durability;
}

const done: UpstreamAnswer = { kind: "result", result: { content: [] } };

/** A pool of one session, which notes what is sent and answers as told. */
function poolOf(
  sent: JsonObject[],
  answer: (params: JsonObject) => Promise<UpstreamAnswer>,
  options: CallOptions[],
): UpstreamPool {
  const session: UpstreamSession = {
    server: "tickets",
    era: "modern",
    revision: "2026-07-28",
    info: { name: "x", version: "1" },
    capabilities: {},
    request: (_method, params, given) => {
      options.push(given);
      sent.push(params);
      return answer(params);
    },
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  };
  return {
    openSession: () => session,
    session: () => Promise.resolve(session),
    on: () => undefined,
    closeOwner: () => undefined,
    drain: () => Promise.resolve(),
    counts: () => new Map(),
  };
}

/** A governor whose time goes on by a millisecond per turn. */
function governorOf(host: SessionHost, faults: unknown[], append: Recorder["append"]): Governor {
  let now = 1_000;
  return new Governor({
    host,
    recorder: { append },
    now: () => now++,
    onDecision: () => undefined,
    onOutcome: () => undefined,
    onAlert: (_session, rule) => faults.push(rule),
    demanded: () => undefined,
    onClose: () => undefined,
  });
}

/** The road from the relay to an upstream, with a recorder that says when it has recorded. */
function stand({
  grants = [toolGrant("read_ticket")],
  answer = () => Promise.resolve(done),
  recorded,
  durability = "written",
}: Script = {}) {
  const records: (RecordBody & { readonly asked: Durability })[] = [];
  const waiting: (() => void)[] = [];
  const sent: JsonObject[] = [];
  const options: CallOptions[] = [];
  const faults: unknown[] = [];
  const { roles, role } = rolesWith(grants, [], { durability });
  const host = new Host({
    actor: roster,
    world: { role: (digest) => roles.byDigest(digest) },
    passivation: new MemoryPassivation(),
    onFault: (_key, fault) => faults.push(fault),
  });
  const governor = governorOf(host, faults, (body, asked, then) => {
    records.push({ ...body, asked });
    if (then !== undefined) waiting.push(() => then(recorded?.()));
  });
  const pool = poolOf(sent, answer, options);
  const now = (): number => 1_000;
  const bridge = new Bridge({
    parks: new Parks(now),
    sealer: new Sealer(randomBytes(32)),
    now,
    links: () => [],
  });
  const server = { name: "gatehouse", version: "1" };
  const relay = new Relay({
    governor,
    roles,
    pool,
    bridge,
    factsKey: new FactsKey(),
    screening: screeningOf(),
    provenance: testProvenance(),
    server,
    callMs: () => 1_000,
    shared: () => true,
    onFault: (fault) => faults.push(fault),
  });
  const start = (
    params: JsonObject = { name: "read_ticket", arguments: {} },
    more: Partial<Caller> = {},
  ): PlainExchange => {
    const exchange = new PlainExchange(callerOf("ann", more), "tools/call", params);
    void relay.start(exchange, methods["tools/call"]);
    return exchange;
  };
  /** Lets the recorder confirm, and everything that follows happen. */
  const confirm = async (): Promise<void> => {
    for (const act of waiting.splice(0)) act();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const outcomes = (): AnswerFacts[] =>
    records.flatMap(({ kind, event }) =>
      kind === "outcome" ? [(event as unknown as { facts: AnswerFacts }).facts] : [],
    );
  return { roles, role, records, options, sent, faults, start, confirm, outcomes };
}

test("a server is told nothing of who asks, but its sockets are shared by it", async () => {
  const { options, sent, start, confirm } = stand();
  start();
  await confirm();
  expect(options.map(({ owner }) => owner)).toEqual([principalShare(callerOf("ann").principal)]);
  expect(JSON.stringify(sent)).not.toContain("ann");
});

describe("L1 intent before effect", () => {
  test("L1 nothing is sent before the intent is confirmed; then it is, once, and the outcome follows", async () => {
    const { records, sent, start, confirm, outcomes } = stand();
    const exchange = start();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect([sent.length, records.at(-1)?.kind, exchange.written]).toEqual([0, "intent", undefined]);
    await confirm();
    expect(sent).toEqual([{ name: "read_ticket", arguments: {} }]);
    expect(outcomes().map(({ outcome }) => outcome)).toEqual(["ok"]);
    const [intent, outcome] = records.filter(({ kind }) => kind === "intent" || kind === "outcome");
    expect(intent?.op).toBe(outcome?.op);
    expect(JSON.stringify(exchange.written)).toContain(String(intent?.op));
  });

  test("L4 an intent that cannot be recorded: nothing is sent, the agent is told, the call is closed", async () => {
    const { sent, start, confirm, outcomes } = stand({
      recorded: () => new GatewayError("RECORD_UNAVAILABLE"),
    });
    const exchange = start();
    await confirm();
    expect([sent.length, exchange.status]).toEqual([0, 503]);
    expect(outcomes()).toMatchObject([{ outcome: "cancelled", code: "RECORD_UNAVAILABLE" }]);
  });

  const strong = toolGrant("read_ticket", { repeatable: false });
  test.each([
    ["a repeatable tool", "written", [toolGrant("read_ticket")], "written"],
    ["a tool that is not", "written", [strong], "synced"],
    ["a persona that demands more", "synced", [toolGrant("read_ticket")], "synced"],
  ] as const)(
    "L1 the intent of %s (persona: %s) is as durable as law 4 has it",
    (_, durability, grants, asked) => {
      const { records, start } = stand({ grants, durability });
      start();
      expect(records.find(({ kind }) => kind === "intent")?.asked).toBe(asked);
    },
  );

  test("a refused call has one record, no intent, and sends nothing", async () => {
    const { records, sent, start, confirm } = stand();
    const exchange = start({ name: "no_such_tool", arguments: {} });
    await confirm();
    expect(records.map(({ kind }) => kind)).toEqual(["session", "refusal"]);
    expect([sent.length, exchange.written]).toMatchObject([
      0,
      { error: { code: -32602, message: "Unknown tool: no_such_tool" } },
    ]);
  });
});

describe("what becomes of a call", () => {
  const codes: readonly [ErrorCode, AnswerFacts["outcome"]][] = [
    ["UPSTREAM_TIMEOUT", "timeout"],
    ["UPSTREAM_UNREACHABLE", "unreachable"],
    ["UPSTREAM_REFUSED_ADDRESS", "unreachable"],
    ["UPSTREAM_SESSION_LOST", "unreachable"],
    ["CONFIGURATION", "unreachable"],
    ["UPSTREAM_GARBAGE", "broken"],
    ["UPSTREAM_TOO_LARGE", "broken"],
    ["UPSTREAM_CLOSED", "broken"],
    ["CANCELLED", "cancelled"],
    ["OVERLOADED", "cancelled"],
    ["DRAINING", "cancelled"],
    ["REQUEST_STATE", "cancelled"],
  ];
  test.each(codes)("%s is on record as %s, once", async (code, outcome) => {
    const { start, confirm, outcomes, faults } = stand({
      answer: () => Promise.reject(new GatewayError(code)),
    });
    const exchange = start();
    await confirm();
    expect(outcomes()).toMatchObject([{ outcome, code, bytes: 0, digest: "" }]);
    expect([exchange.ended, faults]).toEqual([true, []]);
  });

  test("what shows nothing of the tool opens no breaker; what does opens it after five", async () => {
    for (const [code, opens] of [
      ["REQUEST_STATE", false],
      ["UPSTREAM_CLOSED", true],
    ] as const) {
      const { start, confirm, sent } = stand({ answer: () => Promise.reject(new GatewayError(code)) });
      for (let n = 0; n < 8; n++) {
        start({ name: "read_ticket", arguments: { n } });
        await confirm();
      }
      expect(sent.length, `${code}`).toBe(opens ? 5 : 8);
    }
  });

  test("a session that was lost before the write is asked for once more, and no third time", async () => {
    let asked = 0;
    const lost = stand({
      answer: () =>
        asked++ === 0 ? Promise.reject(new GatewayError("UPSTREAM_SESSION_LOST")) : Promise.resolve(done),
    });
    lost.start();
    await lost.confirm();
    expect([asked, lost.outcomes().map(({ outcome }) => outcome)]).toEqual([2, ["ok"]]);
    const always = stand({ answer: () => Promise.reject(new GatewayError("UPSTREAM_SESSION_LOST")) });
    always.start();
    await always.confirm();
    expect([always.sent.length, always.outcomes().map(({ code }) => code)]).toEqual([
      2,
      ["UPSTREAM_SESSION_LOST"],
    ]);
  });

  test("a bug of ours is INTERNAL to the agent, a fault to the log, and still has its outcome", async () => {
    const { start, confirm, outcomes, faults } = stand({
      answer: () => Promise.reject(new TypeError("ours")),
    });
    const exchange = start();
    await confirm();
    expect(outcomes()).toMatchObject([{ outcome: "broken", code: "INTERNAL" }]);
    expect(JSON.stringify(exchange.written)).not.toContain("ours");
    expect(faults).toHaveLength(1);
  });

  test("a definition that changed while the session opened: the call is not made, and the tool does not exist", async () => {
    const { roles, role, start, sent, confirm, outcomes } = stand();
    const exchange = start();
    const quarantined = {
      ...role.table,
      grants: role.table.grants.map((grant) => ({ ...grant, quarantined: true as const })),
    };
    roles.put("support", { digest: "other", table: quarantined, definitions: [], templates: [] });
    await confirm();
    expect([sent.length, exchange.written]).toMatchObject([
      0,
      { error: { code: -32602, message: "Unknown tool: read_ticket" } },
    ]);
    expect(outcomes()).toMatchObject([{ outcome: "cancelled", code: "DEFINITION_CHANGED" }]);
  });

  test("cancelled before its intent is recorded: nothing is sent", async () => {
    const { start, confirm, sent, outcomes } = stand();
    const exchange = start();
    exchange.cancel();
    await confirm();
    expect([sent.length, outcomes().map(({ outcome }) => outcome)]).toEqual([0, ["cancelled"]]);
  });

  test("cancelled by its agent, a call gets no answer where none is due, and one where HTTP must have it", async () => {
    for (const [door, isAnswered] of [
      ["websocket", false],
      ["sse", false],
      ["http", true],
    ] as const) {
      const { start, confirm } = stand();
      const exchange = start(undefined, { door });
      exchange.cancel();
      await confirm();
      expect([exchange.ended, exchange.written !== undefined], `${door}`).toEqual([true, isAnswered]);
    }
  });

  test("cancelled by a kill, it is answered: the agent did not ask for it", async () => {
    const { start, confirm } = stand();
    const exchange = start(undefined, { door: "websocket" });
    exchange.cancel("SESSION_KILLED");
    await confirm();
    expect(JSON.stringify(exchange.written)).toContain("SESSION_KILLED");
  });
});

test("A4 of an agent's _meta nothing travels on but the progress token", async () => {
  const { start, confirm, sent } = stand();
  start({
    name: "read_ticket",
    arguments: { a: 1 },
    extra: "x",
    _meta: { progressToken: "p", secret: "canary", "io.modelcontextprotocol/clientInfo": {} },
  });
  await confirm();
  expect(sent).toEqual([{ name: "read_ticket", arguments: { a: 1 }, _meta: { progressToken: "p" } }]);
});
