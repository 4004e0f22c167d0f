import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { scopeKey } from "../protocol/scope.ts";
import type { Bucket, RoleTable } from "../protocol/role.ts";
import { roster, isScope, sessionOf } from "./roster.ts";
import { SharedWorld } from "./scopes.fixture.ts";
import { heldOf } from "./scopes/budget.ts";
import { roleTable, toolGrant } from "./session.fixture.ts";

const wide = { capacity: 1e6, perSecond: 1e6 };

function table(tenant: Bucket): RoleTable {
  return roleTable({
    grants: [toolGrant("read_ticket", { bucket: wide })],
    limits: { agent: wide, budget: { calls: 1e9, hours: 1 }, openCalls: 32 },
    scopes: { tenant },
  });
}

const tenantKey = "@tenant/default";

interface Step {
  readonly kind:
    | "call"
    | "deliver"
    | "double"
    | "drop"
    | "pass"
    | "time"
    | "lose scope"
    | "lose session"
    | "end session";
  readonly which: number;
  readonly ms: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 40, arbitrary: fc.constant("call" as const) },
    { weight: 30, arbitrary: fc.constant("deliver" as const) },
    { weight: 6, arbitrary: fc.constantFrom("double" as const, "drop" as const) },
    { weight: 12, arbitrary: fc.constantFrom("pass" as const, "time" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("lose scope" as const, "lose session" as const, "end session" as const),
    },
  ),
  which: fc.nat(1_000),
  ms: fc.oneof({ weight: 8, arbitrary: fc.nat(400) }, { weight: 1, arbitrary: fc.nat(30_000) }),
});

function take(shared: SharedWorld, keys: string[], { kind, which, ms }: Step): boolean {
  const key = keys[which % keys.length] ?? "";
  const place = which % Math.max(1, shared.post.length);
  switch (kind) {
    case "call":
      return shared.call(key, "read_ticket", false).rule === "allow";
    case "deliver":
      shared.deliver(place);
      return false;
    case "double":
      shared.deliver(place, true);
      return false;
    case "drop":
      shared.post.splice(place, 1);
      return false;
    case "pass":
      shared.now += ms;
      return false;
    case "time":
      shared.turn(key, { kind: "refusals", at: shared.now });
      return false;
    case "lose scope":
      shared.states.set(tenantKey, roster.create(tenantKey));
      shared.turn(tenantKey, { kind: "lost", at: shared.now });
      return false;
    case "lose session":
      shared.turn(key, { kind: "lost", at: shared.now });
      return false;
    case "end session":
      keys[which % keys.length] = shared.session(`agent-${which}-${shared.now}`);
      return false;
  }
}

describe("the rate tokens of a scope", () => {
  test("R1 are never overspent, whatever is lost, doubled, late or told again", () => {
    let [allowed, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.record({ capacity: fc.constantFrom(3, 25, 60, 400), perSecond: fc.constantFrom(0.1, 2, 20) }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { minLength: 60, maxLength: 400, size: "max" }),
        (bucket, count, steps) => {
          const shared = new SharedWorld(table(bucket));
          const keys = Array.from({ length: count }, (_, index) => shared.session(`agent-${index}`));
          const start = shared.now;
          let made = 0;
          for (const each of steps) {
            if (take(shared, keys, each)) made++;
            else if (each.kind === "call") refused++;
            const most = bucket.capacity + (bucket.perSecond * (shared.now - start)) / 1_000;
            expect(made).toBeLessThanOrEqual(most + 1e-6);
          }
          allowed += made;
        },
      ),
      { numRuns: 300 },
    );
    expect(allowed).toBeGreaterThan(1_000);
    expect(refused).toBeGreaterThan(1_000);
  });

  test("R1 are used up to 5 % where the limit is at least 20 for each active session", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 20, max: 60 }),
        fc.array(fc.nat(1_000), { minLength: 20, maxLength: 40 }),
        (count, each, skew) => {
          const capacity = count * each;
          const shared = new SharedWorld(table({ capacity, perSecond: 0.000_1 }));
          const keys = Array.from({ length: count }, (_, index) => shared.session(`agent-${index}`));
          let made = 0;
          // Each has a call, then a skewed load until one is refused.
          for (const key of keys) if (shared.call(key, "read_ticket", true).rule === "allow") made++;
          for (let at = 0; ; at++) {
            const key = keys[(skew[at % skew.length] ?? 0) % count] ?? "";
            shared.now += 1;
            const { rule } = shared.call(key, "read_ticket", true);
            shared.deliverAll();
            if (rule !== "allow") break;
            made++;
          }
          expect(made).toBeLessThanOrEqual(capacity);
          expect(made).toBeGreaterThanOrEqual(Math.floor(capacity * 0.95));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("are decided call by call where the limit is small: all of them are used, by whoever comes", () => {
    const shared = new SharedWorld(table({ capacity: 30, perSecond: 0.000_1 }));
    const keys = Array.from({ length: 10 }, (_, index) => shared.session(`agent-${index}`));
    let made = 0;
    for (let at = 0; at < 30; at++)
      if (shared.call(keys[at % 10] ?? "", "read_ticket", true).rule === "allow") made++;
    expect(made).toBe(30);
    expect(shared.call(keys[0] ?? "", "read_ticket", true).rule).toBe("scope.tenant");
  });

  test("go to each session in turn when they are scarce, however often one of them asks", () => {
    const shared = new SharedWorld(table({ capacity: 4, perSecond: 2 }));
    const keys = ["greedy", "one", "two", "three"].map((agent) => shared.session(agent));
    const made = new Map<string, number>(keys.map((key) => [key, 0]));
    const next = new Map<string, number>(keys.map((key) => [key, 0]));
    for (const end = shared.now + 60_000; shared.now < end; shared.now += 10)
      for (const [at, key] of keys.entries()) {
        // All but the first keep to Retry-After.
        if (at > 0 && shared.now < (next.get(key) ?? 0)) continue;
        const { rule, waitMs } = shared.call(key, "read_ticket", true);
        if (rule === "allow") made.set(key, (made.get(key) ?? 0) + 1);
        next.set(key, shared.now + waitMs);
      }
    const counts = [...made.values()];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(115);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThanOrEqual(22);
  });

  test("that a session holds and does not use come back when its lease ends, and are not given before", () => {
    const shared = new SharedWorld(table({ capacity: 100, perSecond: 0.000_1 }));
    const idle = shared.session("idle");
    shared.call(idle, "read_ticket", true);
    const scope = shared.state(tenantKey);
    if (!isScope(scope)) throw new Error("no scope");
    expect(heldOf(scope)).toBe(5 - 0);
    const other = shared.session("other");
    let made = 1;
    while (shared.call(other, "read_ticket", true).rule === "allow") made++;
    expect(made).toBe(96);
    shared.now += limits.scopeLeaseMs + 1;
    shared.turn(idle, { kind: "refusals", at: shared.now });
    shared.deliverAll();
    while (shared.call(other, "read_ticket", true).rule === "allow") made++;
    expect(made).toBe(100);
  });

  test("that a dead session held are not given again, not even after its lease has ended", () => {
    const shared = new SharedWorld(table({ capacity: 100, perSecond: 0.000_1 }));
    shared.call(shared.session("dead"), "read_ticket", true);
    shared.now += limits.scopeLeaseMs + limits.scopeLeaseSlackMs + 1;
    const other = shared.session("other");
    let made = 1;
    while (shared.call(other, "read_ticket", true).rule === "allow") made++;
    expect(made).toBe(96);
  });

  test("after the scope's past is lost: what sessions hold they use and tell; nothing new is granted before that", () => {
    const shared = new SharedWorld(table({ capacity: 100, perSecond: 10 }));
    const key = shared.session("one");
    for (let at = 0; at < 60; at++) shared.call(key, "read_ticket", true);
    shared.states.delete(tenantKey);
    shared.turn(tenantKey, { kind: "lost", at: shared.now });
    const held = sessionOf(shared.state(key))?.leases[0];
    const unspent = (held?.granted ?? 0) - (held?.spent ?? 0);
    let made = 0;
    while (shared.call(key, "read_ticket", true).rule === "allow") made++;
    expect(made).toBe(unspent);
    shared.now += limits.scopeRegisterMs - 1;
    expect(shared.call(key, "read_ticket", true).rule).toBe("scope.tenant");
    shared.now += 1;
    expect(shared.call(key, "read_ticket", true).rule).toBe("allow");
  });

  test("a session that lost its last words begins behind them, and is not shut out", () => {
    const shared = new SharedWorld(table({ capacity: 10, perSecond: 10 }));
    const key = shared.session("one");
    const before = roster.freeze(shared.state(key));
    shared.now += 3_000;
    shared.call(key, "read_ticket", true);
    shared.states.set(key, roster.thaw(before) ?? roster.create(key));
    shared.now -= 2_000;
    shared.call(key, "read_ticket", true);
    expect(shared.call(key, "read_ticket", true).rule).toBe("allow");
  });

  test("U4 a session without a token is told when to come again", () => {
    const shared = new SharedWorld(table({ capacity: 1, perSecond: 0.5 }));
    const [one, other] = [shared.session("one"), shared.session("other")];
    expect(shared.call(one, "read_ticket", true).rule).toBe("allow");
    expect(shared.call(other, "read_ticket", true)).toMatchObject({ rule: "scope.tenant", waitMs: 2_000 });
    shared.now += 2_000;
    expect(shared.call(one, "read_ticket", true).rule).toBe("scope.tenant");
    expect(shared.call(other, "read_ticket", true).rule).toBe("allow");
  });
});

describe("a replay", () => {
  test("of the journalled events gives every actor the same state, and so does putting it away in between", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 200, size: "max" }), (steps) => {
        const shared = new SharedWorld(table({ capacity: 60, perSecond: 2 }));
        const keys = ["a", "b", "c"].map((agent) => shared.session(agent));
        for (const each of steps) if (each.kind !== "lose scope") take(shared, keys, each);
        for (const [key, events] of shared.journal) {
          let state = roster.create(key);
          for (const event of events) {
            roster.decide(state, event, shared.world);
            state = roster.thaw(structuredClone(roster.freeze(state))) ?? roster.create();
          }
          expect(roster.essence(state)).toEqual(roster.essence(shared.state(key)));
        }
      }),
      { numRuns: 100 },
    );
  });

  test.each<[string, (frozen: unknown[]) => unknown]>([
    ["another version", (frozen) => frozen.with(1, 9)],
    ["a part too many", (frozen) => [...frozen, 0]],
    ["tokens that are no number", (frozen) => frozen.with(2, Number.NaN)],
    ["a lease of half a row", (frozen) => frozen.with(5, [["a", 1]])],
    [
      "a lease twice",
      (frozen) =>
        frozen.with(5, [
          ["a", 1, 1, 1, 1, 1, 1, 1],
          ["a", 1, 1, 1, 1, 1, 1, 1],
        ]),
    ],
    ["a label for nobody", (frozen) => frozen.with(6, [["x"]])],
    ["a label that is none", (frozen) => frozen.with(6, [["", "-"]])],
  ])("of a scope with %s is refused", (_why, change) => {
    const frozen = roster.freeze(roster.create(scopeKey("t/p/a/-", "tenant"))) as unknown[];
    expect(roster.thaw(frozen)).toBeDefined();
    expect(roster.thaw(change(frozen))).toBeUndefined();
  });
});

describe("calls of one session that wait for a scope together", () => {
  test("however many they are and whatever is left, each is decided after a word or two, and all that is left is used", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 32 }),
        fc.nat(3),
        (capacity, count, others) => {
          const shared = new SharedWorld(table({ capacity, perSecond: 0.001 }));
          let left = capacity;
          for (let other = 0; other < others; other++)
            if (shared.call(shared.session(`other-${other}`), "read_ticket", true).rule === "allow") left--;
          const ends = shared.callAtOnce(shared.session("ann"), "read_ticket", count, 2);
          const made = ends.filter((end) => end === "allow").length;
          // What others hold ahead of need is at most a twentieth.
          const least = Math.min(count, left - Math.floor(capacity / limits.scopeAheadShare));
          expect({ made: made >= least && made <= left, ends: [...new Set(ends)].filter((end) => end !== "allow" && end !== "scope.tenant") }).toEqual({ made: true, ends: [] }); // prettier-ignore
        },
      ),
    );
  });

  test("more of them than there are tokens: as many are made as there are, and the others are refused at once", () => {
    const shared = new SharedWorld(table({ capacity: 7, perSecond: 0.001 }));
    const ends = shared.callAtOnce(shared.session("ann"), "read_ticket", 16, 2);
    expect(ends.toSorted()).toEqual([...Array(7).fill("allow"), ...Array(9).fill("scope.tenant")]);
  });

  test("refused by one scope, they hold no more of another than their session may have calls open", () => {
    const few = { capacity: 1, perSecond: 0.001 };
    const shared = new SharedWorld({ ...table({ capacity: 1_000, perSecond: 0.001 }), grants: [toolGrant("read_ticket", { bucket: wide, shared: few })] }); // prettier-ignore
    const ends = shared.callAtOnce(shared.session("ann"), "read_ticket", 200, 3);
    expect(ends.filter((end) => end === "allow")).toHaveLength(1);
    expect(new Set(ends)).toEqual(new Set(["allow", "scope.tool"]));
    const tenant = shared.state(tenantKey);
    expect(isScope(tenant) && heldOf(tenant)).toBeLessThanOrEqual(
      Math.max(32, 1_000 / limits.scopeAheadShare),
    );
    shared.now += limits.scopeLeaseMs + 1;
    const ann = shared.session("ann");
    shared.turn(ann, roster.timeEvent(shared.now));
    shared.deliverAll();
    expect(isScope(tenant) && heldOf(tenant)).toBe(0);
  });
});
