/** When our own parts fail: nothing is let through, and the node lives on. Checklist Z6 and O4. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { roster } from "../../actors/roster.ts";
import { Host } from "../../cluster/host.ts";
import { SqlitePassivation } from "../../cluster/passivation.ts";
import { Doors } from "../../node/door/doors.ts";
import { Lists } from "../../node/exchange/lists.ts";
import { Relay } from "../../node/exchange/relay.ts";
import { Roles } from "../../node/exchange/roles.ts";
import { SegmentRecorder } from "../../node/record/recorder.ts";
import { Metrics } from "../../node/telemetry/metrics.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type * as Limits from "../../protocol/limits.ts";
import { Gateway, pause, until } from "./gateway.ts";
import { enter, HttpModern, wayNames, type Way } from "./ways.ts";

// A node that stops waits for open calls; here some are open for good.
vi.mock("../../protocol/limits.ts", async (importOriginal) => {
  const original = await importOriginal<typeof Limits>();
  return { ...original, limits: Object.freeze({ ...original.limits, drainMs: 200 }) };
});

let gateway: Gateway;
let ways: Way[];
/** What Node.js would end a process for. */
let unhandled: unknown[];
let others: NodeJS.UnhandledRejectionListener[];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(async () => {
  unhandled = [];
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  gateway = await Gateway.start();
  const key = gateway.key("agent");
  await gateway.warm(key);
  ways = await Promise.all(
    wayNames.map((name) => enter(name, { port: gateway.port, path: "/p/reader", key })),
  );
  gateway.tools.forget();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await pause(5);
  for (const way of ways) way.close();
  await gateway.remove();
  process.off("unhandledRejection", note);
  for (const listener of others) process.on("unhandledRejection", listener);
});

const boom = (): never => {
  throw new Error("planted");
};

/** Calls by every door at once: no good answer, nothing reached. */
async function expectDenied(): Promise<void> {
  const answers = await Promise.all(
    ways.map((way) => way.request("tools/call", { name: "echo", arguments: { text: "x" } })),
  );
  for (const { message } of answers)
    expect({
      message,
      isDenied:
        message !== undefined && ("error" in message || JSON.stringify(message).includes('"isError":true')),
    }).toMatchObject({ isDenied: true });
  expect(gateway.tools.calls.filter(({ method }) => method === "tools/call")).toEqual([]);
  expect(unhandled).toEqual([]);
}

/** A new agent is served: the node is whole. */
async function expectAlive(agent = "another"): Promise<void> {
  const way = new HttpModern({ port: gateway.port, path: "/p/reader", key: gateway.key(agent) });
  expect(await way.request("tools/call", { name: "echo", arguments: { text: "x" } })).toMatchObject({
    status: 200,
    message: { result: { content: [{ type: "text" }] } },
  });
  expect(unhandled).toEqual([]);
}

describe("Z6: what cannot be decided is denied", () => {
  const faults: readonly (readonly [what: string, plant: () => unknown])[] = [
    ["the turn throws", () => vi.spyOn(roster, "decide").mockImplementation(boom)],
    ["the turn gives nothing", () => vi.spyOn(roster, "decide").mockReturnValue([])],
    [
      "the turn answers another call",
      () =>
        vi.spyOn(roster, "decide").mockReturnValue([{ kind: "alert", rule: "persona.unlisted", says: "?" }]),
    ],
    [
      "the turn allows what has no grant",
      () =>
        vi
          .spyOn(roster, "decide")
          .mockReturnValue([
            { kind: "reply", op: "x", verdict: { kind: "allow" }, grant: -1, record: "intent" },
          ]),
    ],
    [
      "the turn allows a grant beyond the table",
      () =>
        vi
          .spyOn(roster, "decide")
          .mockReturnValue([
            { kind: "reply", op: "x", verdict: { kind: "allow" }, grant: 10_000, record: "intent" },
          ]),
    ],
    [
      "the session cannot be brought in",
      () =>
        vi.spyOn(Host.prototype, "turn").mockImplementation(() => {
          throw new GatewayError("OVERLOADED");
        }),
    ],
    ["its state cannot be looked at", () => vi.spyOn(Host.prototype, "peek").mockImplementation(boom)],
    [
      "the session's role is not known",
      () => vi.spyOn(Roles.prototype, "byDigest").mockReturnValue(undefined),
    ],
    ["looking the role up throws", () => vi.spyOn(Roles.prototype, "byDigest").mockImplementation(boom)],
    [
      "no role is in force",
      () =>
        vi.spyOn(Roles.prototype, "inForce").mockImplementation(() => {
          throw new GatewayError("CONFIGURATION");
        }),
    ],
    [
      "the recorder refuses",
      () =>
        vi
          .spyOn(SegmentRecorder.prototype, "append")
          .mockImplementation((_body, _durability, then) => then?.(new GatewayError("RECORD_UNAVAILABLE"))),
    ],
    ["the recorder throws", () => vi.spyOn(SegmentRecorder.prototype, "append").mockImplementation(boom)],
    ["counting decisions throws", () => vi.spyOn(Metrics.prototype, "decision").mockImplementation(boom)],
  ];

  test.each(faults)(
    "Z6: %s: denied at every door, nothing reached, and nobody's process ends",
    async (_, plant) => {
      plant();
      await expectDenied();
    },
  );

  test("Z6: the recorder answers later, with a refusal: the tool was not called in between", async () => {
    vi.spyOn(SegmentRecorder.prototype, "append").mockImplementation(
      (_body, _durability, then) => void setTimeout(() => then?.(new GatewayError("RECORD_UNAVAILABLE")), 50),
    );
    await expectDenied();
  });

  test("Z6: the recorder never answers: the call waits, and reaches nothing", async () => {
    vi.spyOn(SegmentRecorder.prototype, "append").mockImplementation(() => undefined);
    const waiting = ways.map((way) => way.request("tools/call", { name: "echo" }).catch(() => undefined));
    await pause(200);
    expect(gateway.tools.calls).toEqual([]);
    for (const way of ways) way.close();
    vi.restoreAllMocks();
    expect(waiting).toHaveLength(wayNames.length);
  });

  test("Z6: a session whose turn threw is refused from then on, and others are not", async () => {
    const decide = vi.spyOn(roster, "decide").mockImplementation(boom);
    await expectDenied();
    decide.mockRestore();
    await expectDenied();
    await expectAlive();
  });

  test("Z6: when the fault is gone, calls pass again", async () => {
    vi.spyOn(Roles.prototype, "inForce").mockImplementation(() => {
      throw new GatewayError("CONFIGURATION");
    });
    await expectDenied();
    vi.restoreAllMocks();
    await expectAlive("agent");
  });
});

describe("O4: a fault of ours ends one request, and not the node", () => {
  const inCalls: readonly (readonly [what: string, plant: () => unknown])[] = [
    ["the relay", () => vi.spyOn(Relay.prototype, "start").mockImplementation(boom)],
    ["what is told of outcomes", () => vi.spyOn(Metrics.prototype, "outcome").mockImplementation(boom)],
    [
      "the turn of the answer",
      () => {
        const decide = roster.decide.bind(roster);
        vi.spyOn(roster, "decide").mockImplementation((state, event, world) =>
          event.kind === "answered" ? boom() : decide(state, event, world),
        );
      },
    ],
    [
      "the record of the outcome",
      () => {
        const own = Reflect.get(SegmentRecorder.prototype, "append") as (...args: unknown[]) => void;
        vi.spyOn(SegmentRecorder.prototype, "append").mockImplementation(function (
          this: SegmentRecorder,
          ...args
        ) {
          if (args[0].kind === "outcome") boom();
          Reflect.apply(own, this, args);
        });
      },
    ],
  ];

  test.each(inCalls)(
    "O4: %s throws: every door has its answer, and the next agent is served",
    async (_, plant) => {
      plant();
      const answers = await Promise.race([
        Promise.all(ways.map((way) => way.request("tools/call", { name: "echo", arguments: { text: "x" } }))),
        pause(1_000),
      ]);
      expect(answers ?? []).toHaveLength(wayNames.length);
      vi.restoreAllMocks();
      await expectAlive();
    },
  );

  test("O4: lists that throw answer INTERNAL, at every door", async () => {
    vi.spyOn(Lists.prototype, "answer").mockImplementation(() => Promise.reject(new Error("planted")));
    for (const way of ways)
      expect(await way.request("tools/list")).toMatchObject({ message: { error: { code: -32603 } } });
    vi.restoreAllMocks();
    await expectAlive();
    expect(gateway.faults.length).toBeGreaterThan(0);
  });

  test("O4: chores that throw are reported and go on, and do not stop the others", async () => {
    vi.spyOn(Doors.prototype, "tick").mockImplementation(boom);
    const idle = vi.spyOn(Host.prototype, "passivateIdle").mockImplementation(boom);
    const flush = vi.spyOn(Host.prototype, "flushRefusals").mockImplementation(boom);
    await until(() => idle.mock.calls.length >= 2 && flush.mock.calls.length >= 2, 8_000);
    await expectAlive();
    expect(gateway.faults.length).toBeGreaterThan(3);
    vi.restoreAllMocks();
  });

  test("O4: sessions that cannot be put away: the node goes on, and says so when it stops", async () => {
    vi.spyOn(SqlitePassivation.prototype, "save").mockImplementation(boom);
    await expectAlive();
    vi.restoreAllMocks();
    await expectAlive("third");
  });
});
