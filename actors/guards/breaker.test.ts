import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { callFacts, compiledRole, roleTable, toolGrant } from "../session.fixture.ts";
import { breaker } from "./breaker.ts";
import type { BreakerState } from "./breaker.ts";
import type { Alert, Call, OpenCall, Refusal } from "./guard.ts";
import { findGrant, grantAt } from "./persona.ts";

const grants = [toolGrant("a"), toolGrant("b"), toolGrant("a-again", { target: "a" })];
const role = compiledRole(roleTable({ grants }));
const { failures, openSeconds } = role.table.breakers.tool;
const openMs = openSeconds * 1000;

function callOf(name: string, at: number): Call {
  return { at, role, facts: callFacts(name), grant: grantAt(role, findGrant(role, "tool", name)) };
}

function open(call: Call): OpenCall {
  return {
    op: "op",
    name: call.facts.name,
    upstream: call.grant.upstream,
    shape: 1,
    digest: 1,
    labels: [],
    source: undefined,
    probe: 0,
  };
}

/** Lets a call in, if the breaker does. */
function enter(own: BreakerState, name: string, at: number): OpenCall | Refusal {
  const call = callOf(name, at);
  const refusal = breaker.before(own, call);
  if (refusal !== undefined) return refusal;
  const entered = open(call);
  breaker.enter(own, call, entered);
  return entered;
}

function answer(
  own: BreakerState,
  entered: OpenCall | Refusal,
  outcome: Outcome,
  at: number,
): Alert | undefined {
  if (!("op" in entered)) throw new Error(`the call was refused: ${JSON.stringify(entered)}`);
  return breaker.after(own, entered, { at, role, facts: { outcome, bytes: 0, digest: "", tookMs: 1 } });
}

function turn(own: BreakerState, name: string, outcome: Outcome, at: number): Alert | undefined {
  return answer(own, enter(own, name, at), outcome, at);
}

function opened(at = 0): BreakerState {
  const own = breaker.start();
  for (let failure = 0; failure < failures; failure++) turn(own, "a", "timeout", at);
  return own;
}

describe("closed", () => {
  test.each<Outcome>(["rpc-error", "timeout", "unreachable", "broken"])(
    "%s in a row opens it, with one alert",
    (outcome) => {
      const own = breaker.start();
      const alerts = Array.from({ length: failures }, (_, index) => turn(own, "a", outcome, index));
      expect(alerts.map((alert) => alert?.rule)).toEqual([
        ...Array.from({ length: failures - 1 }),
        "breaker.tool",
      ]);
      const refusal = breaker.before(own, callOf("a", failures));
      expect(refusal).toMatchObject({ kind: "deny", rule: "breaker.tool", until: failures - 1 + openMs });
    },
  );

  test.each<Outcome>(["tool-error", "cancelled", "unknown", "ok"])("%s never opens it", (outcome) => {
    const own = breaker.start();
    for (let time = 0; time < 100; time++) expect(turn(own, "a", outcome, time)).toBeUndefined();
    expect(own).toEqual(breaker.start());
  });

  test.each<Outcome>(["ok", "tool-error"])("%s in between begins the count again", (outcome) => {
    const own = breaker.start();
    for (let failure = 1; failure < failures; failure++) turn(own, "a", "broken", 0);
    turn(own, "a", outcome, 0);
    for (let failure = 1; failure < failures; failure++) turn(own, "a", "broken", 0);
    expect(breaker.before(own, callOf("a", 0))).toBeUndefined();
  });

  test.each<Outcome>(["cancelled", "unknown"])("%s in between changes no count", (outcome) => {
    const own = breaker.start();
    for (let failure = 1; failure < failures; failure++) turn(own, "a", "broken", 0);
    turn(own, "a", outcome, 0);
    expect(turn(own, "a", "broken", 0)).toBeDefined();
  });

  test("tools are counted apart; two names of one upstream tool together", () => {
    const own = opened();
    expect(breaker.before(own, callOf("b", 0))).toBeUndefined();
    expect(breaker.before(own, callOf("a-again", 0))).toBeDefined();
  });
});

describe("open", () => {
  test("late answers of earlier calls move nothing", () => {
    const own = breaker.start();
    const early = enter(own, "a", 0);
    for (let failure = 0; failure < failures; failure++) turn(own, "a", "timeout", 0);
    const before = structuredClone(own);
    answer(own, early, "ok", 1);
    answer(own, early, "timeout", 2);
    expect(own).toEqual(before);
  });

  test("it takes one probe when its time is over, and refuses all others while that is under way", () => {
    const own = opened();
    expect(enter(own, "a", openMs - 1)).toMatchObject({ until: openMs });
    const probe = enter(own, "a", openMs);
    expect(probe).toMatchObject({ probe: 1 });
    expect(enter(own, "a", openMs)).toMatchObject({ rule: "breaker.tool", until: 2 * openMs });
    answer(own, probe, "ok", openMs + 5);
    expect(own).toEqual(breaker.start());
  });

  test("failing probes double its time, eight times at most", () => {
    const own = opened();
    let at = openMs;
    for (const times of [2, 4, 8, 8, 8]) {
      turn(own, "a", "timeout", at);
      expect(breaker.before(own, callOf("a", at))).toMatchObject({ until: at + times * openMs });
      at += times * openMs;
    }
  });

  test("a probe that shows nothing leaves its place to another, and its time as it was", () => {
    const own = opened();
    turn(own, "a", "cancelled", openMs);
    const second = enter(own, "a", openMs);
    expect(second).toMatchObject({ probe: 1 });
    answer(own, second, "timeout", openMs);
    expect(breaker.before(own, callOf("a", openMs))).toMatchObject({ until: 3 * openMs });
  });

  test("a probe that is never answered holds its place for one opening time", () => {
    const own = opened();
    enter(own, "a", openMs);
    expect(enter(own, "a", 2 * openMs - 1)).toMatchObject({ rule: "breaker.tool" });
    expect(enter(own, "a", 2 * openMs)).toMatchObject({ probe: 1 });
  });
});

test("while it is open or half-open, at most one call per opening time goes through", () => {
  const pauses = fc.array(fc.integer({ min: 0, max: openMs / 2 }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(pauses, (script) => {
      const own = opened();
      let at = 0;
      let passed = 0;
      for (const pause of script) {
        at += pause;
        if ("op" in enter(own, "a", at)) passed++;
      }
      expect(passed).toBeLessThanOrEqual(at / openMs);
    }),
  );
});

test("a full table forgets a closed breaker before an open one", () => {
  const names = Array.from({ length: limits.toolStatesPerSessionMax + 1 }, (_, index) => `t${index}`);
  const many = compiledRole(roleTable({ grants: names.map((name) => toolGrant(name)) }));
  const own = breaker.start();
  const fail = (name: string, at: number): void => {
    const call: Call = {
      at,
      role: many,
      facts: callFacts(name),
      grant: grantAt(many, findGrant(many, "tool", name)),
    };
    breaker.after(own, open(call), {
      at,
      role: many,
      facts: { outcome: "broken", bytes: 0, digest: "", tookMs: 1 },
    });
  };
  for (let failure = 0; failure < failures; failure++) fail("t0", 0);
  for (const name of names.slice(1)) for (const at of [1, 2]) if (at === 1 || name !== "t7") fail(name, at);
  expect(own.breakers.length).toBe(limits.toolStatesPerSessionMax * 4);
  const keys = new Set(own.breakers.filter((_, place) => place % 4 === 0));
  const keyOf = (name: string): number => grantAt(many, findGrant(many, "tool", name)).upstream;
  expect(keys.has(keyOf("t0"))).toBe(true);
  expect(keys.has(keyOf("t7"))).toBe(false);
});
