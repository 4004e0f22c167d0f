import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { rules } from "../protocol/verdict.ts";
import type { RoleTable } from "../protocol/role.ts";
import { answered, call, eventLog, narrowWorld, roleTable, toolGrant, worldOf } from "./session.fixture.ts";
import { session } from "./session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "./session.ts";

const start = 1_800_000_000_000;

function begun(changes: Partial<RoleTable> = {}): {
  own: SessionState;
  turn: (event: SessionEvent) => readonly SessionEffect[];
} {
  const world = worldOf({ one: roleTable(changes) });
  const own = session.create();
  const turn = (event: SessionEvent): readonly SessionEffect[] => session.decide(own, event, world);
  turn({ kind: "configured", at: start, role: "one" });
  return { own, turn };
}

function replyOf(effects: readonly SessionEffect[]): Extract<SessionEffect, { kind: "reply" }> {
  const replies = effects.filter((effect) => effect.kind === "reply");
  expect(replies.length).toBe(1);
  return replies[0] as Extract<SessionEffect, { kind: "reply" }>;
}

function ruleOf(effects: readonly SessionEffect[]): string {
  const { verdict } = replyOf(effects);
  return verdict.kind === "allow" ? "allow" : verdict.rule;
}

describe("a call", () => {
  test("that the role grants is allowed, with an intent, and names its grant", () => {
    const { turn } = begun();
    expect(turn(call("op", "list_tickets", start))).toEqual([
      { kind: "reply", op: "op", verdict: { kind: "allow" }, grant: 1, record: "intent" },
    ]);
  });

  test("that no grant names is refused as unlisted, whatever else is wrong with it", () => {
    const { turn } = begun({ limits: { ...roleTable().limits, openCalls: 1 } });
    turn(call("op-1", "read_ticket", start));
    const effects = turn(call("op-2", "drop_tables", start, { overflow: true, unknown: ["x"] }));
    expect(replyOf(effects)).toMatchObject({
      verdict: { kind: "deny", rule: "persona.unlisted" },
      grant: -1,
      record: "refusal",
    });
  });

  test("before any role, or under one that nobody has, is refused as a fault of ours, with one alert", () => {
    const { own, turn } = begun();
    turn({ kind: "configured", at: start, role: "of another world" });
    for (const fresh of [own, session.create()]) {
      const world = worldOf({ one: roleTable() });
      const effects = session.decide(fresh, call("op", "read_ticket", start), world);
      expect(effects.map(({ kind }) => kind)).toEqual(["reply", "alert"]);
      expect(replyOf(effects)).toMatchObject({ verdict: { kind: "deny" }, fault: "CONFIGURATION" });
      expect(session.decide(fresh, call("op-2", "read_ticket", start), world).length).toBe(1);
    }
  });

  test("beyond the calls that may be under way is refused until one is answered", () => {
    const { turn } = begun({ limits: { ...roleTable().limits, openCalls: 2 } });
    for (const op of ["op-1", "op-2"]) expect(ruleOf(turn(call(op, "read_ticket", start)))).toBe("allow");
    expect(ruleOf(turn(call("op-3", "read_ticket", start)))).toBe("session.open-calls");
    turn(answered("op-1", "ok", start));
    expect(ruleOf(turn(call("op-4", "read_ticket", start)))).toBe("allow");
  });

  test("a role cannot raise the calls under way above the bound of the house", () => {
    const { turn } = begun({
      grants: [toolGrant("read_ticket", { bucket: { capacity: 1e6, perSecond: 1 } })],
      limits: { ...roleTable().limits, agent: { capacity: 1e6, perSecond: 1 }, openCalls: 1e6 },
    });
    const allowed = Array.from({ length: 300 }, (_, index) =>
      ruleOf(turn(call(`op-${index}`, "read_ticket", start))),
    );
    expect(allowed.filter((rule) => rule === "allow").length).toBe(limits.openCallsPerSessionMax);
  });
});

test("a storm of equal refusals is journalled once, and counted after that", () => {
  const { turn } = begun();
  const journalled = Array.from({ length: 100 }, (_, index) => {
    const event = call(`op-${index}`, "drop_tables", start + index);
    return session.isJournalled(event, turn(event));
  });
  expect(journalled.filter((each) => each).length).toBe(1);
  expect(journalled[0]).toBe(true);
  expect(turn(session.timeEvent(start + limits.refusalIntervalMs))).toEqual([
    {
      kind: "refused",
      rule: "persona.unlisted",
      name: "drop_tables",
      count: 99,
      since: start,
      until: start + 99,
    },
  ]);
});

describe("an answer", () => {
  test("to a call that is not open is ignored, with an alert: never made, refused, or answered already", () => {
    const { own, turn } = begun();
    turn(call("op-1", "read_ticket", start));
    turn(call("op-2", "drop_tables", start));
    turn(answered("op-1", "ok", start));
    const before = structuredClone(own);
    for (const op of ["op-0", "op-1", "op-2"]) {
      const event = answered(op, "timeout", start);
      const effects = turn(event);
      expect(effects).toMatchObject([{ kind: "alert", op }]);
      expect(session.isJournalled(event, effects)).toBe(false);
    }
    expect(own).toEqual(before);
  });

  test("is taken while the session is killed, and when its role is gone", () => {
    const { own, turn } = begun();
    turn(call("op-1", "read_ticket", start));
    turn(call("op-2", "read_ticket", start));
    turn({ kind: "killed", at: start, by: "ann", reason: "" });
    turn(answered("op-1", "ok", start));
    turn({ kind: "configured", at: start, role: "gone" });
    expect(turn(answered("op-2", "timeout", start))).toEqual([]);
    expect(own.open).toEqual([]);
  });
});

describe("the guards judge in order", () => {
  /** Each refuses the call by its rule, alone or together with those after it. */
  const narrow: Partial<RoleTable> = {
    grants: [
      toolGrant("read_ticket", { arguments: { "/id": { equals: 1 } } }),
      toolGrant("close_ticket", { bucket: { capacity: 1, perSecond: 0.001 } }),
      toolGrant("used_up"),
    ],
    limits: { agent: { capacity: 7, perSecond: 0.000_1 }, budget: { calls: 100, hours: 1 }, openCalls: 1 },
    breakers: {
      tool: { failures: 2, openSeconds: 1 },
      behaviour: { identical: 4, similar: 4, repeats: 100, openSeconds: 1_000 },
    },
  };
  const wrong = { values: [{ at: "/id", value: 2 }] } as const;

  test("wrong arguments are told before a broken tool, and that before used-up tokens", () => {
    const { turn } = begun(narrow);
    for (let index = 0; index < 2; index++) {
      turn(call(`op-${index}`, "read_ticket", start));
      turn(answered(`op-${index}`, "timeout", start));
    }
    for (let index = 0; index < 5; index++) {
      turn(call(`used-${index}`, "used_up", start));
      turn(answered(`used-${index}`, "ok", start, `${index}`));
    }
    expect(ruleOf(turn(call("probe", "read_ticket", start, wrong)))).toBe("persona.argument");
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("breaker.tool");
    expect(ruleOf(turn(call("probe", "used_up", start)))).toBe("bucket.agent");
  });

  test("a session with a call under way is told so before its broken tool and its used-up tokens", () => {
    const { turn } = begun({
      ...narrow,
      limits: { agent: { capacity: 3, perSecond: 0.001 }, budget: { calls: 9, hours: 1 }, openCalls: 1 },
    });
    for (let index = 0; index < 2; index++) {
      turn(call(`op-${index}`, "read_ticket", start));
      turn(answered(`op-${index}`, "timeout", start));
    }
    turn(call("under-way", "used_up", start));
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("session.open-calls");
    expect(ruleOf(turn(call("probe", "read_ticket", start, wrong)))).toBe("persona.argument");
    turn(answered("under-way", "ok", start));
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("breaker.tool");
    expect(ruleOf(turn(call("probe", "used_up", start)))).toBe("bucket.agent");
  });

  test("a stopped session is told so before anything about the call, and a killed one before that", () => {
    const { turn } = begun(narrow);
    for (let index = 0; index < 4; index++) {
      turn(call(`op-${index}`, "used_up", start));
      turn(answered(`op-${index}`, "tool-error", start));
    }
    expect(ruleOf(turn(call("probe", "drop_tables", start)))).toBe("breaker.behaviour");
    turn({ kind: "killed", at: start, by: "ann", reason: "" });
    expect(ruleOf(turn(call("probe", "drop_tables", start)))).toBe("session.killed");
  });
});

describe("kill and lift", () => {
  test("a kill closes what is open and refuses every call, and the agent is not told why", () => {
    const { turn } = begun();
    const effects = turn({ kind: "killed", at: start, by: "ann", reason: "leaks customer 4711" });
    const reply = turn(call("op", "read_ticket", start));
    expect(effects).toEqual([{ kind: "close", reason: rules["session.killed"] }]);
    expect(JSON.stringify([effects, reply])).not.toContain("4711");
    expect(ruleOf(reply)).toBe("session.killed");
  });

  test("a killed session outlives any idleness; a lifted one does not", () => {
    const { own, turn } = begun();
    turn({ kind: "killed", at: start, by: "", reason: "" });
    expect(session.isLasting(own)).toBe(true);
    turn({ kind: "lifted", at: start, by: "ann", what: "kill" });
    expect(session.isLasting(own)).toBe(false);
    expect(ruleOf(turn(call("op", "read_ticket", start)))).toBe("allow");
  });

  test.each(["behaviour", "tools"] as const)("lifting %s does not lift a kill", (what) => {
    const { turn } = begun();
    turn({ kind: "killed", at: start, by: "ann", reason: "" });
    turn({ kind: "lifted", at: start, by: "ann", what });
    expect(ruleOf(turn(call("op", "read_ticket", start)))).toBe("session.killed");
  });

  test("each lift frees what it names", () => {
    const breakers = {
      tool: { failures: 1, openSeconds: 60 },
      behaviour: { ...roleTable().breakers.behaviour, identical: 2 },
    };
    const { turn } = begun({ breakers });
    turn(call("op-1", "read_ticket", start));
    turn(answered("op-1", "timeout", start));
    for (const op of ["op-2", "op-3"]) {
      turn(call(op, "list_tickets", start));
      turn(answered(op, "tool-error", start));
    }
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("breaker.behaviour");
    turn({ kind: "lifted", at: start, by: "ann", what: "behaviour" });
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("breaker.tool");
    turn({ kind: "lifted", at: start, by: "ann", what: "tools" });
    expect(ruleOf(turn(call("probe", "read_ticket", start)))).toBe("allow");
  });
});

test.each<[rule: string, outcome: "timeout" | "tool-error"]>([
  ["breaker.tool", "timeout"],
  ["breaker.behaviour", "tool-error"],
])("%s lets exactly one call through when its time is over, and its answer decides", (rule, outcome) => {
  const openMs = 60_000;
  const { turn } = begun({
    breakers: {
      tool: { failures: 2, openSeconds: 60 },
      behaviour: { identical: 2, similar: 9, repeats: 99, openSeconds: 60 },
    },
  });
  const ask = (op: string, at: number): string => ruleOf(turn(call(op, "read_ticket", at)));
  for (const op of ["op-1", "op-2"]) {
    ask(op, start);
    turn(answered(op, outcome, start));
  }
  expect(ask("early", start + openMs - 1)).toBe(rule);
  expect(ask("probe", start + openMs)).toBe("allow");
  expect(ask("second", start + openMs)).toBe(rule);
  turn(answered("probe", "ok", start + openMs));
  expect(ask("third", start + openMs)).toBe("allow");
});

test("a new version of the role resets no bucket", () => {
  const tight = { limits: { ...roleTable().limits, agent: { capacity: 1, perSecond: 0.001 } } };
  const edited = roleTable({ ...tight, grants: [toolGrant("added"), ...roleTable().grants] });
  const world = worldOf({ one: roleTable(tight), two: edited });
  const own = session.create();
  const turn = (event: SessionEvent): readonly SessionEffect[] => session.decide(own, event, world);
  turn({ kind: "configured", at: start, role: "one" });
  expect(ruleOf(turn(call("op-1", "read_ticket", start)))).toBe("allow");
  turn({ kind: "configured", at: start, role: "two" });
  expect(ruleOf(turn(call("op-2", "read_ticket", start)))).toBe("bucket.agent");
  expect(own.tools.length).toBe(3);
});

const world: World = narrowWorld();

function play(own: SessionState, events: readonly SessionEvent[]): (readonly SessionEffect[])[] {
  return events.map((event) => session.decide(own, event, world));
}

describe("for any log of events", () => {
  test("a refused call leaves the state as it was, refusals aside", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(eventLog, (events) => {
        const own = session.create();
        for (const event of events) {
          const before = JSON.stringify({ ...own, refusals: [] });
          const effects = session.decide(own, event, world);
          if (event.kind !== "call") continue;
          const rule = ruleOf(effects);
          seen.add(rule);
          const isUntouched = JSON.stringify({ ...own, refusals: [] }) === before;
          expect([rule, isUntouched]).toEqual([rule, rule !== "allow"]);
        }
      }),
      { numRuns: 300 },
    );
    // The logs are worth something only if they meet every guard; those of scopes have theirs in sessionscopes.test.ts.
    // What is decided on answers is no refusal of a call (guards/data.test.ts); flows have theirs in guards/ledger.test.ts,
    // approvals in guards/stepup.test.ts, tallies in guards/tally.test.ts, the sequence in guards/sequence.test.ts.
    const own = Object.keys(rules).filter(
      (rule) => !/^(?:scope\.|flow\.|sequence\.|approval\.|tally\.|data\.answer)/.test(rule),
    );
    expect([...seen].sort()).toEqual(["allow", ...own].sort());
  });

  test("a replay of its journalled events alone decides each of them alike, and ends alike", () => {
    fc.assert(
      fc.property(eventLog, (events) => {
        const own = session.create();
        const effects = play(own, events);
        const isKept = events.map((event, index) => session.isJournalled(event, effects[index] ?? []));
        const again = session.create();
        const replayed = play(
          again,
          events.filter((_, index) => isKept[index]),
        );
        // What was counted is not journalled, so its sums are missing, and nothing else.
        const withoutSums = (all: (readonly SessionEffect[])[]): unknown =>
          all.map((each) => each.filter((effect) => effect.kind !== "refused"));
        expect(withoutSums(replayed)).toEqual(withoutSums(effects.filter((_, index) => isKept[index])));
        const uncounted = (state: SessionState): unknown => ({
          ...state,
          refusals: state.refusals.map(({ rule, name, since }) => [rule, name, since]),
        });
        expect(uncounted(again)).toEqual(uncounted(own));
      }),
      { numRuns: 200 },
    );
  });

  test("a session that is frozen and thawed at any point goes on as if it had not been", () => {
    const packr = new Packr({ useRecords: false });
    fc.assert(
      fc.property(eventLog, fc.array(fc.boolean(), { minLength: 151, maxLength: 151 }), (events, cuts) => {
        const whole = session.create();
        let broken = session.create();
        for (const [index, event] of events.entries()) {
          const expected = session.decide(whole, event, world);
          expect(session.decide(broken, event, world)).toEqual(expected);
          if (cuts[index] !== true) continue;
          const thawed = session.thaw(packr.unpack(packr.pack(session.freeze(broken))));
          expect(thawed).toEqual(broken);
          broken = thawed as SessionState;
        }
      }),
      { numRuns: 100 },
    );
  });

  test("every allowed call is open until its first answer, and no other is", () => {
    fc.assert(
      fc.property(eventLog, (events) => {
        const own = session.create();
        const open = new Set<string>();
        for (const event of events) {
          const effects = session.decide(own, event, world);
          if (event.kind === "call" && ruleOf(effects) === "allow") open.add(event.op);
          if (event.kind === "answered") open.delete(event.op);
          expect(own.open.map(({ op }) => op).sort()).toEqual([...open].sort());
        }
      }),
      { numRuns: 100 },
    );
  });

  test("what wakes it by time reports every counted refusal, once", () => {
    fc.assert(
      fc.property(eventLog, (events) => {
        const own = session.create();
        const effects = play(own, events).flat();
        const last = (events.at(-1)?.at ?? 0) + limits.refusalIntervalMs;
        expect(session.dueAt(own) ?? 0).toBeLessThanOrEqual(last);
        effects.push(...session.decide(own, session.timeEvent(last), world));
        expect(session.dueAt(own)).toBeUndefined();
        const counted = effects.filter(
          (effect) => effect.kind === "reply" && effect.record === "counted",
        ).length;
        const sums = effects.map((effect) => (effect.kind === "refused" ? effect.count : 0));
        expect(sums.reduce((sum, count) => sum + count, 0)).toBe(counted);
      }),
      { numRuns: 100 },
    );
  });
});

test("what a refusal says holds no value of the call", () => {
  fc.assert(
    fc.property(eventLog, (events) => {
      const own = session.create();
      for (const event of events) {
        const text = JSON.stringify(session.decide(own, event, world));
        expect(text).not.toMatch(/\/etc|j-1|extra/);
      }
    }),
    { numRuns: 50 },
  );
});
