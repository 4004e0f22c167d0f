import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { callFacts, compiledRole, roleTable, toolGrant } from "../session.fixture.ts";
import { bucket, level, waitMs } from "./bucket.ts";
import type { Call } from "./guard.ts";
import { findGrant, grantAt } from "./persona.ts";
import type { CompiledRole } from "./persona.ts";

const start = 1_800_000_000_000;
const limit = fc.record({
  capacity: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 1, max: 50, noNaN: true })),
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 1e-6, max: 1e6, noNaN: true })),
});

describe("one bucket", () => {
  test("holds its capacity at most, and refills by the second", () => {
    const slow = { capacity: 10, perSecond: 2 };
    expect(level(4, start, slow, start)).toBe(4);
    expect(level(4, start, slow, start + 1_500)).toBe(7);
    expect(level(4, start, slow, start + 3_600_000)).toBe(10);
  });

  test("a clock that steps back refills nothing", () => {
    expect(level(4, start, { capacity: 10, perSecond: 2 }, start - 3_600_000)).toBe(4);
  });

  test("tells the wait to the millisecond", () => {
    const slow = { capacity: 10, perSecond: 2 };
    expect(waitMs(0, start, slow, start)).toBe(500);
    expect(waitMs(0.5, start, slow, start)).toBe(250);
    expect(waitMs(1, start, slow, start)).toBe(0);
    expect(waitMs(0, start, slow, start - 1_000)).toBe(1_500);
  });

  test.each([0.076, 0.048, 0.489, 0.02, 0.006])(
    "a wait that a double rounds short by a hair is a millisecond longer: %d",
    (tokens) => {
      const of = { capacity: 50, perSecond: 0.7 };
      expect(level(tokens, start, of, start + waitMs(tokens, start, of, start))).toBeGreaterThanOrEqual(1);
    },
  );

  test("after the wait the token is there, and a millisecond earlier it is not", () => {
    fc.assert(
      fc.property(
        limit,
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: -5_000, max: 5_000 }),
        (of, tokens, step) => {
          const now = start + step;
          const wait = waitMs(tokens, start, of, now);
          expect(level(tokens, start, of, now + wait)).toBeGreaterThanOrEqual(1);
          const early = level(tokens, start, of, now + Math.max(0, wait - 2));
          expect(wait <= 1 || early < 1).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function callOf(role: CompiledRole, name: string, at: number): Call {
  return { at, role, facts: callFacts(name), grant: grantAt(role, findGrant(role, "tool", name)) };
}

function limited(
  agent: RoleTable["limits"]["agent"],
  tool = { capacity: 1e6, perSecond: 1e6 },
  calls = 1e9,
): CompiledRole {
  const grants = ["a", "b"].map((name) => toolGrant(name, { bucket: tool }));
  return compiledRole(roleTable({ grants, limits: { agent, budget: { calls, hours: 1 }, openCalls: 32 } }));
}

const generous = { capacity: 1e6, perSecond: 1e6 };

describe("the guard", () => {
  test("never lets more through than capacity plus refill, though the clock steps back at times", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -2_000, max: 1_000 }), fc.boolean()), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        steps,
        (capacity, perSecond, script) => {
          const role = limited({ capacity, perSecond });
          const own = bucket.start();
          let now = start;
          let first: number | undefined;
          let peak = 0;
          let passed = 0;
          for (const [step, isB] of script) {
            now += step;
            first ??= now;
            peak = Math.max(peak, now);
            const call = callOf(role, isB ? "b" : "a", now);
            if (bucket.before(own, call) !== undefined) continue;
            bucket.enter(own, call);
            passed++;
          }
          expect(passed).toBeLessThanOrEqual(capacity + ((peak - (first ?? peak)) * perSecond) / 1000 + 1e-6);
        },
      ),
    );
  });

  test("every bucket is taken from, the first call of a tool included", () => {
    const role = limited(generous, { capacity: 1, perSecond: 0.001 });
    const own = bucket.start();
    bucket.enter(own, callOf(role, "a", start));
    expect(bucket.before(own, callOf(role, "a", start))).toMatchObject({
      rule: "bucket.tool",
      waitMs: 1_000_000,
    });
    expect(bucket.before(own, callOf(role, "b", start))).toBeUndefined();
  });

  test("the refusal names the bucket that makes the agent wait longest", () => {
    const role = limited({ capacity: 1, perSecond: 10 }, { capacity: 1, perSecond: 1 }, 1);
    const own = bucket.start();
    bucket.enter(own, callOf(role, "a", start));
    const hourMs = 3_600_000;
    expect(bucket.before(own, callOf(role, "a", start))).toEqual({
      kind: "throttle",
      rule: "bucket.budget",
      waitMs: hourMs,
      until: start + hourMs,
    });
    expect(bucket.before(own, callOf(role, "a", start + hourMs))).toBeUndefined();
  });

  test("the budget lets its calls through at once, and then one in each share of its hours", () => {
    const role = limited(generous, generous, 3_600);
    const own = bucket.start();
    for (let call = 0; call < 3_600; call++) {
      expect(bucket.before(own, callOf(role, "a", start))).toBeUndefined();
      bucket.enter(own, callOf(role, "a", start));
    }
    expect(bucket.before(own, callOf(role, "a", start))).toMatchObject({
      rule: "bucket.budget",
      waitMs: 1_000,
    });
  });

  test("the same call passes after exactly the wait it was told", () => {
    fc.assert(
      fc.property(
        limit,
        limit,
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }),
        (agent, tool, pauses) => {
          const role = limited(agent, tool);
          const own = bucket.start();
          let now = start;
          for (const pause of pauses) {
            now += pause;
            const refusal = bucket.before(own, callOf(role, "a", now));
            const waits = refusal?.kind === "throttle" ? refusal : { waitMs: 0, until: now };
            now += waits.waitMs;
            expect(now).toBe(waits.until);
            expect(bucket.before(own, callOf(role, "a", now))).toBeUndefined();
            bucket.enter(own, callOf(role, "a", now));
          }
        },
      ),
    );
  });
});

describe("a session that uses more tools than it can remember", () => {
  const count = limits.toolStatesPerSessionMax;
  const names = Array.from({ length: count + 1 }, (_, index) => `t${index}`);
  const role = compiledRole(
    roleTable({
      grants: names.map((name) => toolGrant(name, { bucket: { capacity: 2, perSecond: 1 } })),
      limits: { agent: generous, budget: { calls: 1e9, hours: 1 }, openCalls: 32 },
    }),
  );

  test("waits until one of its buckets is full, and only a full one is forgotten", () => {
    const own = bucket.start();
    for (const [index, name] of names.slice(0, count).entries())
      bucket.enter(own, callOf(role, name, start + index));
    // The first one is used again, so that the second is full before it.
    bucket.enter(own, callOf(role, "t0", start + 400));
    const late = callOf(role, `t${count}`, start + 501);
    expect(bucket.before(own, late)).toEqual({
      kind: "throttle",
      rule: "bucket.tool",
      waitMs: 500,
      until: start + 1_001,
    });
    const later = callOf(role, `t${count}`, start + 1_001);
    expect(bucket.before(own, later)).toBeUndefined();
    bucket.enter(own, later);
    expect(own.tools.length).toBe(count * 3);
    // t1 was full and is forgotten, which nothing tells apart from full; the others lack some of a token.
    const keyOf = (name: string): number => callOf(role, name, start).grant.key;
    expect(own.tools).not.toContain(keyOf("t1"));
    for (const name of ["t0", "t2", `t${count}`]) expect(own.tools).toContain(keyOf(name));
  });

  test("is never refilled by being forgotten", () => {
    const tool = fc.integer({ min: 0, max: count });
    const steps = fc.array(fc.tuple(tool, fc.integer({ min: 0, max: 400 })), {
      minLength: 50,
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (script) => {
        const own = bucket.start();
        const passed = new Map<string, number>();
        let now = start;
        for (const [index, pause] of script) {
          now += pause;
          const call = callOf(role, `t${index}`, now);
          if (bucket.before(own, call) !== undefined) continue;
          bucket.enter(own, call);
          passed.set(call.facts.name, (passed.get(call.facts.name) ?? 0) + 1);
        }
        for (const times of passed.values()) expect(times).toBeLessThanOrEqual(2 + (now - start) / 1000);
      }),
      { numRuns: 50 },
    );
  });

  test("forgets first what its role does not name any more", () => {
    const own = bucket.start();
    for (const name of names.slice(0, count)) bucket.enter(own, callOf(role, name, start));
    const smaller = compiledRole(roleTable({ grants: [toolGrant("new")] }));
    expect(bucket.before(own, callOf(smaller, "new", start))).toBeUndefined();
  });
});
