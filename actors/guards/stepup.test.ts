import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { RoleTable } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { answered, call, roleTable, toolGrant, worldOf } from "../session.fixture.ts";
import { session } from "../session.ts";
import type { SessionEvent, SessionState } from "../session.ts";

const minute = 60_000;
const start = 1_800_000_000_000;
const wide = { capacity: 1_000, perSecond: 100 };

function payTable(changes: Partial<RoleTable> = {}, definition = "d1"): RoleTable {
  return roleTable({
    grants: [
      toolGrant("pay", { effect: "pay", repeatable: false, approval: {}, definition, bucket: wide, arguments: { to: { required: false } } }), // prettier-ignore
      toolGrant("spend", { effect: "pay", approval: { unless: { amount: { range: { max: 100 } } } }, bucket: wide }), // prettier-ignore
      toolGrant("read_ticket", { bucket: wide }),
    ],
    limits: { agent: wide, budget: { calls: 20_000, hours: 24 }, openCalls: 256 },
    ...changes,
  });
}

const world = worldOf({
  one: payTable(),
  two: payTable({ approvals: { minutes: 30 } }),
  redefined: payTable({}, "d2"),
});

class Walk {
  state: SessionState;
  at = start;
  #ops = 0;

  constructor(role = "one") {
    this.state = session.create();
    this.take({ kind: "configured", at: this.at, role });
  }

  take(event: SessionEvent): ReturnType<typeof session.decide> {
    return session.decide(this.state, event, world);
  }

  call(digest: string, changes: { approval?: string; name?: string; amount?: number } = {}): Verdict {
    const op = `op-${++this.#ops}`;
    const { name = "pay", amount, approval } = changes;
    const facts = {
      digest,
      ...(approval === undefined ? {} : { approval }),
      ...(amount === undefined ? {} : { values: [{ at: "amount", value: amount }] }),
    };
    const reply = this.take(call(op, name, ++this.at, facts)).find((effect) => effect.kind === "reply");
    if (reply?.kind !== "reply") throw new Error("a call without a reply");
    if (reply.verdict.kind === "allow") this.take(answered(op, "ok", this.at, op));
    return reply.verdict;
  }

  decide(id: string, is: "approved" | "denied" = "approved"): number {
    return this.take({ kind: "decided", at: ++this.at, id, is, by: "ann", reason: "" }).length;
  }

  park(digest: string): string {
    const verdict = this.call(digest);
    if (verdict.kind !== "park") throw new Error(`not parked: ${JSON.stringify(verdict)}`);
    return verdict.approval;
  }

  /** What a hand-off, a passivation or a restart does to it. */
  move(): void {
    const thawed = session.thaw(JSON.parse(JSON.stringify(session.freeze(this.state))));
    if (thawed === undefined) throw new Error("the state does not come back");
    this.state = thawed;
  }
}

const rule = (verdict: Verdict): string => (verdict.kind === "allow" ? "allow" : verdict.rule);

describe("a call that the role puts before a person", () => {
  test("waits, passes once it is approved, and asks anew the next time", () => {
    const walk = new Walk();
    const id = walk.park("a");
    expect(walk.call("a")).toMatchObject({
      kind: "park",
      approval: id,
      until: start + 1 + limits.approvalMs,
    });
    expect(walk.decide(id)).toBe(1);
    expect(walk.call("a")).toEqual({ kind: "allow", approval: id });
    const again = walk.call("a");
    expect([again.kind, again.kind === "park" && again.approval !== id]).toEqual(["park", true]);
  });

  test("takes no rate token and no open place while it waits", () => {
    const walk = new Walk();
    walk.park("a");
    const before = session.freeze({ ...walk.state, approvals: [], refusals: [] });
    walk.call("a");
    walk.park("b");
    expect(session.freeze({ ...walk.state, approvals: [], refusals: [] })).toEqual(before);
  });

  test("with exceptions passes where all of them hold, and waits where one is missing or does not", () => {
    const walk = new Walk();
    expect(walk.call("a", { name: "spend", amount: 100 }).kind).toBe("allow");
    expect(walk.call("b", { name: "spend", amount: 100.5 }).kind).toBe("park");
    expect(walk.call("c", { name: "spend" }).kind).toBe("park");
  });

  test("that a person refused is refused until the approval would have ended, then it may be asked for again", () => {
    const walk = new Walk();
    const id = walk.park("a");
    walk.decide(id, "denied");
    expect(rule(walk.call("a"))).toBe("approval.denied");
    expect(rule(walk.call("a", { approval: id }))).toBe("approval.denied");
    walk.take({ kind: "configured", at: walk.at, role: "two" });
    expect(rule(walk.call("a"))).toBe("approval.denied");
    walk.at = start + limits.approvalMs + minute;
    expect(walk.call("a").kind).toBe("park");
  });

  test("keeps no argument that sensitive data was found in", () => {
    const walk = new Walk();
    const values = [{ at: "to", value: "mark" }];
    const scan = { found: [{ type: "t", group: "g", likelihood: 4, count: 1, path: "/to" }], tookMs: 1 };
    walk.take(call("x", "pay", ++walk.at, { digest: "a", values }));
    walk.take(call("y", "pay", ++walk.at, { digest: "b", values, scan }));
    expect(walk.state.approvals.map(({ shows }) => shows)).toEqual(['to = "mark"', ""]);
  });

  test("says of a list how many it has, and of an object that it is one: neither's number passes for its value", () => {
    const walk = new Walk();
    const values = [{ at: "/n", value: 3 }, { at: "/to", value: 1, compound: true as const }, { at: "/by", value: null, compound: true as const }]; // prettier-ignore
    walk.take(call("x", "pay", ++walk.at, { digest: "a", values }));
    expect(walk.state.approvals[0]?.shows).toBe(
      "/n = 3, /to: a list of 1, not shown, /by: an object, not shown",
    );
  });
});

describe("an approval is refused", () => {
  const cases: readonly (readonly [string, string, (walk: Walk, id: string) => Verdict])[] = [
    ["the second time", "approval.used", (walk, id) => (walk.call("a"), walk.call("a", { approval: id }))],
    ["for other arguments", "approval.arguments", (walk, id) => walk.call("b", { approval: id })],
    ["for another tool", "approval.arguments", (walk, id) => walk.call("a", { name: "spend", approval: id })],
    ["in another session", "approval.unknown", (_walk, id) => new Walk().call("a", { approval: `${id}x` })],
    ["that nobody knows", "approval.unknown", (walk) => walk.call("a", { approval: "nobody-knows" })],
    ["whose handle does not open", "approval.unknown", (walk) => walk.call("a", { approval: "unreadable" })],
    ["after its time", "approval.expired", (walk, id) => ((walk.at += limits.approvalMs + 2), walk.call("a", { approval: id }))],
    ["after a change of the role", "approval.role", (walk, id) => (walk.take({ kind: "configured", at: walk.at, role: "two" }), walk.call("a", { approval: id }))],
    ["after a change of the definition", "approval.definition", (walk, id) => (walk.take({ kind: "configured", at: walk.at, role: "redefined" }), walk.call("a", { approval: id }))],
    ["after an operator stopped the session", "approval.unknown", (walk, id) => {
      walk.take({ kind: "killed", at: walk.at, by: "bob", reason: "x" });
      walk.take({ kind: "lifted", at: walk.at, by: "bob", what: "kill" });
      return walk.call("a", { approval: id });
    }],
  ]; // prettier-ignore

  test.each(cases)("%s", (_when, expected, act) => {
    const walk = new Walk();
    const id = walk.park("a");
    walk.decide(id);
    const verdict = act(walk, id);
    expect([verdict.kind, rule(verdict)]).toEqual(["deny", expected]);
  });

  test("unclaimed after a change of the role: the call is put before a person again", () => {
    const walk = new Walk();
    const id = walk.park("a");
    walk.decide(id);
    walk.take({ kind: "configured", at: walk.at, role: "two" });
    const verdict = walk.call("a");
    expect(verdict.kind === "park" && verdict.approval !== id).toBe(true);
    // The old one does not come back with the old role.
    walk.take({ kind: "configured", at: walk.at, role: "one" });
    expect(rule(walk.call("a", { approval: id }))).toBe("approval.role");
  });
});

describe("a change of the role", () => {
  const change = (walk: Walk, role: string) => walk.take({ kind: "configured", at: ++walk.at, role });

  test("withdraws what waits and what was approved under the one before, once, and says so; a no stands", () => {
    const walk = new Walk();
    const [asked, approved, denied] = [walk.park("a"), walk.park("b"), walk.park("c")];
    walk.decide(approved);
    walk.decide(denied, "denied");
    const told = change(walk, "two").map((effect) => (effect.kind === "approval" ? [effect.what, effect.approval.id] : [])); // prettier-ignore
    expect(told).toEqual([["withdrawn", asked], ["withdrawn", approved]]); // prettier-ignore
    expect(walk.state.approvals.map(({ status }) => status)).toEqual(["withdrawn", "withdrawn", "denied"]);
    expect(change(walk, "one")).toEqual([]);
    // Nobody can say yes to it any more.
    expect(walk.decide(asked)).toBe(0);
    walk.move();
    expect(rule(walk.call("b", { approval: approved }))).toBe("approval.role");
  });

  test("to the same role withdraws nothing", () => {
    const walk = new Walk();
    const id = walk.park("a");
    expect(change(walk, "one")).toEqual([]);
    walk.decide(id);
    expect(rule(walk.call("a"))).toBe("allow");
  });

  test("frees the places of all that waited, and tells the agent that asks again why it is asked anew", () => {
    const walk = new Walk();
    for (let index = 0; index < limits.approvalsPerSessionMax; index++) walk.park(`${index}`);
    expect(rule(walk.call("one more"))).toBe("approval.too-many");
    change(walk, "two");
    const again = walk.call("0");
    expect(again.kind === "park" && again.says).toMatch(
      /^The role changed since this call waited.*asked anew/,
    );
    const other = walk.call("one more");
    expect(other.kind === "park" && other.says).not.toContain("changed");
    // Also a held request, which hears the last of many looks.
    const polled = walk.call("0");
    expect(polled).toEqual({ ...again, why: polled.kind === "park" ? polled.why : "" });
    walk.decide(polled.kind === "park" ? polled.approval : "");
    expect(rule(walk.call("0"))).toBe("allow");
    const later = walk.call("0");
    expect(later.kind === "park" && later.says).not.toContain("changed");
    for (let index = 2; index < limits.approvalsPerSessionMax; index++) walk.park(`new ${index}`);
    expect(rule(walk.call("too many"))).toBe("approval.too-many");
    walk.move();
  });
});

describe("a decision", () => {
  test("on what is decided, over, or not known changes nothing and is not journalled", () => {
    const walk = new Walk();
    const id = walk.park("a");
    expect(walk.decide("nobody-knows")).toBe(0);
    walk.decide(id);
    expect(walk.decide(id, "denied")).toBe(0);
    expect(rule(walk.call("a"))).toBe("allow");
    expect(walk.decide(id, "denied")).toBe(0);
    const late = walk.park("b");
    walk.at += limits.approvalMs;
    expect(walk.decide(late)).toBe(0);
  });

  test("leaves the agent time to come back", () => {
    const walk = new Walk();
    const id = walk.park("a");
    walk.at += limits.approvalMs - minute;
    walk.decide(id);
    walk.at += limits.approvalUseMs - minute;
    expect(rule(walk.call("a"))).toBe("allow");
  });
});

test("a session has no more approvals waiting than its bound, and a no is never forgotten to make room", () => {
  const walk = new Walk();
  const ids = Array.from({ length: limits.approvalsPerSessionMax }, (_, index) => walk.park(`${index}`));
  walk.decide(ids[0] ?? "", "denied");
  expect(rule(walk.call("one more"))).toBe("approval.too-many");
  expect(rule(walk.call("0"))).toBe("approval.denied");
  walk.decide(ids[1] ?? "");
  expect(rule(walk.call("1"))).toBe("allow");
  expect(walk.call("one more").kind).toBe("park");
  walk.move();
  expect(walk.state.approvals.length).toBe(limits.approvalsPerSessionMax + 1);
});

type Step =
  | { readonly do: "call"; readonly of: number; readonly claims: number }
  | { readonly do: "decide"; readonly of: number; readonly is: "approved" | "denied" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "role"; readonly to: "one" | "two" | "redefined" }
  | { readonly do: "move" };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("call" as const), of: fc.nat(1), claims: fc.integer({ min: -9, max: 3 }) }) }, // prettier-ignore
    { weight: 4, arbitrary: fc.record({ do: fc.constant("decide" as const), of: fc.nat(2), is: fc.constantFrom("approved" as const, "approved" as const, "denied" as const) }) }, // prettier-ignore
    { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20 * minute }) }) }, // prettier-ignore
    { weight: 1, arbitrary: fc.record({ do: fc.constant("role" as const), to: fc.constantFrom("one" as const, "two" as const, "redefined" as const) }) }, // prettier-ignore
    { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const) }) },
  ),
  { maxLength: 60, size: "max" },
);

test("in any order of calls, decisions, changes of role, waits and moves, each call that passed had a person's yes of its own, for exactly it", () => {
  let passed = 0;
  fc.assert(
    fc.property(steps, (each) => {
      const watch = new Watch();
      for (const step of each) watch.take(step);
      passed += watch.used.size;
      expect(watch.wrongs).toEqual([]);
    }),
    { numRuns: 300 },
  );
  // The walks are worth something only if calls pass in them.
  expect(passed).toBeGreaterThan(100);
});

/** Walks, and says what must not have happened. */
class Watch {
  readonly wrongs: string[] = [];
  readonly used = new Set<string>();
  readonly #walk = new Walk();
  #role = "one";
  readonly #parked = new Map<string, string>();
  readonly #yes = new Set<string>();

  take(step: Step): void {
    const walk = this.#walk;
    const ids = [...this.#parked.keys()];
    switch (step.do) {
      case "call": {
        const claimed = step.claims <= 0 ? undefined : ids.at(-step.claims);
        this.#judged(
          `${step.of}`,
          walk.call(`${step.of}`, claimed === undefined ? {} : { approval: claimed }),
        );
        break;
      }
      case "decide": {
        const id = ids.at(-1 - step.of) ?? "none";
        if (walk.decide(id, step.is) === 0) break;
        this.#must(!this.#yes.has(id) && !this.used.has(id), `${id} was decided twice`);
        if (step.is === "approved") this.#yes.add(id);
        break;
      }
      case "wait":
        walk.at += step.ms;
        break;
      case "role":
        this.#role = step.to;
        walk.take({ kind: "configured", at: walk.at, role: step.to });
        break;
      case "move":
        walk.move();
        break;
      default:
        step satisfies never;
    }
    const kept = walk.state.approvals.length;
    this.#must(kept <= limits.approvalsPerSessionMax + limits.approvalsPastPerSessionMax, `${kept} are kept`);
  }

  #judged(digest: string, verdict: Verdict): void {
    const wanted = `${digest} under ${this.#role}`;
    if (verdict.kind === "park") {
      const { approval } = verdict;
      this.#must(
        !this.#yes.has(approval) && !this.used.has(approval),
        `${approval} waits after its decision`,
      );
      this.#must((this.#parked.get(approval) ?? wanted) === wanted, `${approval} is for another call`);
      this.#parked.set(approval, wanted);
    }
    if (verdict.kind !== "allow") return;
    const { approval = "none" } = verdict;
    this.#must(this.#parked.get(approval) === wanted, `${approval} let ${wanted} pass`);
    this.#must(this.#yes.has(approval), `${approval} passed without a yes`);
    this.#must(!this.used.has(approval), `${approval} passed twice`);
    this.used.add(approval);
  }

  #must(holds: boolean, says: string): void {
    if (!holds) this.wrongs.push(says);
  }
}

test("a replay of the journalled events alone gives the same approvals", () => {
  fc.assert(
    fc.property(steps, (each) => {
      const walk = new Walk();
      const journal: SessionEvent[] = [{ kind: "configured", at: start, role: "one" }];
      const take = walk.take.bind(walk);
      walk.take = (event) => {
        const effects = take(event);
        if (session.isJournalled(event, effects)) journal.push(event);
        return effects;
      };
      for (const step of each) {
        if (step.do === "call") walk.call(`${step.of}`);
        else if (step.do === "decide")
          walk.decide(walk.state.approvals.at(-1 - step.of)?.id ?? "none", step.is); // prettier-ignore
        else if (step.do === "wait") walk.at += step.ms;
      }
      const copy = session.create();
      for (const event of journal) session.decide(copy, event, world);
      expect(session.essence(copy)).toEqual(session.essence(walk.state));
    }),
    { numRuns: 300 },
  );
});
