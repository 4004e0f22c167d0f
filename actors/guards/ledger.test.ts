import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flowSchema } from "../../protocol/flow.ts";
import type { AnswerFacts, Carried, SeenValues } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { everyLabel } from "../labels.ts";
import { extractor, findingsOf, finder, opened } from "../ledger/ledger.fixture.ts";
import { call, roleTable, toolGrant, worldOf } from "../session.fixture.ts";
import { session, type SessionEffect, type SessionEvent, type SessionState } from "../session.ts";

const card = "4929123456789016";
const flow = (rule: object): ReturnType<typeof flowSchema.parse> =>
  flowSchema.parse({ reason: "the law", ...rule });
const toMail = flow({ from: { servers: ["crm"] }, to: { servers: ["mail"] } });

function table(flows: RoleTable["flows"], changes: Partial<RoleTable> = {}): RoleTable {
  const at = (server: string, environment: string) => ({ server, environment, reach: "internal" }) as const;
  return roleTable({
    grants: [
      toolGrant("get_customer", { ...at("crm", "prod"), labels: ["customers"] }),
      toolGrant("search", at("wiki", "prod")),
      toolGrant("send_mail", { ...at("mail", "prod"), effect: "send" }),
      toolGrant("write_test", { ...at("lab", "dev"), effect: "create" }),
    ],
    limits: { ...roleTable().limits, agent: { capacity: 1e5, perSecond: 1 } },
    ...(flows === undefined ? {} : { flows }),
    ...changes,
  });
}

/** A session under rules, as the road would drive it. */
class Stand {
  readonly state: SessionState = session.create();
  readonly events: SessionEvent[] = [];
  #op = 0;
  readonly #world;

  constructor(flows: RoleTable["flows"], changes: Partial<RoleTable> = {}) {
    this.#world = worldOf({ one: table(flows, changes), none: table(undefined) });
    this.turn({ kind: "configured", at: 1, role: "one" });
  }

  turn(event: SessionEvent): readonly SessionEffect[] {
    this.events.push(event);
    return session.decide(this.state, event, this.#world);
  }

  /** What a call is answered: "allow" or the rule; and what the agent is told. */
  call(
    name: string,
    args: unknown,
    carried: Carried | undefined = finder.find(this.state.memory, args),
  ): { rule: string; says: string } {
    // prettier-ignore
    const op = `op-${++this.#op}`;
    const effects = this.turn(call(op, name, this.#op * 1_000, carried === undefined ? {} : { carried }));
    const [reply] = effects.flatMap((effect) => (effect.kind === "reply" ? [effect.verdict] : []));
    if (reply?.kind === "allow") return { rule: "allow", says: op };
    return { rule: reply?.rule ?? "", says: reply !== undefined && "says" in reply ? reply.says : "" };
  }

  read(
    name: string,
    value: unknown,
    secrets: readonly string[] = [],
    seen: SeenValues | undefined = extractor.extract(value, findingsOf(value, secrets), new Set()),
  ): void {
    // prettier-ignore
    const { says: op } = this.call(name, {});
    const facts: AnswerFacts = { outcome: "ok", bytes: 100, digest: "d", tookMs: 1, ...(seen === undefined ? {} : { seen }) }; // prettier-ignore
    this.turn({ kind: "answered", at: this.#op * 1_000 + 500, op, facts });
  }
}

describe("an answer that teaches the ledger", () => {
  const learnt = (stand: Stand, name: string, value: string): readonly string[] => {
    const { says: op } = stand.call(name, {});
    const seen = extractor.extract({ value }, findingsOf({ value }, [value]), new Set());
    const facts: AnswerFacts = { outcome: "ok", bytes: 100, digest: "d", tookMs: 1, seen };
    return stand.turn({ kind: "answered", at: 5, op, facts }).map(({ kind }) => kind);
  };

  test("says so each time that it brings something new, whatever labels there are already", () => {
    const stand = new Stand([toMail]);
    expect(learnt(stand, "get_customer", card)).toEqual(["labels", "values"]);
    expect(learnt(stand, "get_customer", card)).toEqual([]);
    expect(learnt(stand, "get_customer", "4716461583322103")).toEqual(["values"]);
  });

  test("says nothing where no rule is about its source", () => {
    const stand = new Stand([toMail]);
    expect(learnt(stand, "search", card)).toEqual([]);
  });
});

describe("a value that one tool gave", () => {
  test("must not go where a rule says so, and may go anywhere else", () => {
    const stand = new Stand([toMail]);
    stand.read("get_customer", { card }, [card]);
    expect(stand.call("send_mail", { body: `card ${card}` })).toMatchObject({ rule: "flow.value" });
    expect(stand.call("send_mail", { body: "hello" }).rule).toBe("allow");
    expect(stand.call("write_test", { body: card }).rule).toBe("allow");
  });

  test("is named by its class, its tool and its operation, and never itself", () => {
    const stand = new Stand([toMail]);
    stand.read("get_customer", { card }, [card]);
    const { says } = stand.call("send_mail", { body: card });
    expect(says).toBe("The call carries a value of type test/thing that came from get_customer (operation op-1); it must not go to mail (the law). Leave it out."); // prettier-ignore
    expect(says).not.toContain(card.slice(0, 6));
  });

  test("given in parts over several calls is refused with the part that completes it", () => {
    const stand = new Stand([toMail]);
    stand.read("get_customer", { card }, [card]);
    expect(stand.call("send_mail", { body: card.slice(0, 8) }).rule).toBe("allow");
    expect(stand.call("send_mail", { body: "something else" }).rule).toBe("allow");
    expect(stand.call("send_mail", { body: card.slice(8) }).rule).toBe("flow.value");
  });

  test("goes as a token only where the rule allows it", () => {
    const token = `gwt1_${"C".repeat(60)}`;
    opened.set(token, card);
    for (const [tokens, rule] of [
      ["allowed", "allow"],
      ["refused", "flow.value"],
    ] as const) {
      const stand = new Stand([flow({ ...toMail, tokens })]);
      stand.read("get_customer", { card }, [card]);
      expect(stand.call("send_mail", { card: token }).rule).toBe(rule);
      expect(stand.call("send_mail", { card }).rule).toBe("flow.value");
    }
  });

  test("of another type, of another tool, or that nobody read, is not what the rule is about", () => {
    const types = new Stand([
      flow({ from: { servers: ["crm"], types: ["financial"] }, to: { servers: ["mail"] } }),
    ]);
    types.read("get_customer", { card }, [card]);
    expect(types.call("send_mail", { body: card }).rule).toBe("allow");
    const other = new Stand([toMail]);
    other.read("search", { card }, [card]);
    expect(other.call("send_mail", { body: card }).rule).toBe("allow");
  });
});

test.each<[string, object, string]>([
  ["an environment", { from: { environments: ["prod"] }, to: { environments: ["dev"] } }, "write_test"],
  ["a label", { from: { labels: ["customers"] }, to: { effects: ["send"] } }, "send_mail"],
  ["a tool", { from: { tools: ["crm/get_customer"] }, to: { tools: ["mail/send_mail"] } }, "send_mail"],
  ["a reach", { from: { types: ["test"] }, to: { reach: "internal" } }, "write_test"],
])("a rule may be about %s", (_what, rule, name) => {
  const stand = new Stand([flow(rule)]);
  stand.read("get_customer", { card }, [card]);
  expect(stand.call(name, { body: card }).rule).toBe("flow.value");
  expect(stand.call(name, { body: "nothing of it" }).rule).toBe("allow");
});

test("a rule for reading refuses every call there once the source was read", () => {
  const stand = new Stand([flow({ ...toMail, when: "read" })]);
  expect(stand.call("send_mail", {}).rule).toBe("allow");
  stand.read("get_customer", { card }, [card]);
  expect(stand.call("send_mail", { body: "hello" }).rule).toBe("flow.read");
});

describe("what is not known value by value counts as wholly seen:", () => {
  const unseen = (stand: Stand): void => {
    const { says: op } = stand.call("get_customer", {});
    stand.turn({
      kind: "answered",
      at: 9_000,
      op,
      facts: { outcome: "ok", bytes: 1, digest: "d", tookMs: 1 },
    });
  };
  const none = { types: [], marks: "" };

  test.each<[string, (stand: Stand) => void, RegExp]>([
    [
      "an answer that nobody looked into",
      unseen,
      /too large to be looked into, or came in progress messages\.$/,
    ],
    ["one with more values than are remembered", (stand) => stand.read("get_customer", {}, [], { key: "k1", ...none, overflow: true }), /more than a session remembers\.$/], // prettier-ignore
    [
      "one that was read before the rule was there",
      (stand) => {
        stand.turn({ kind: "configured", at: 2, role: "none" });
        stand.read("get_customer", { card }, [card]);
        stand.turn({ kind: "configured", at: 3, role: "one" });
      },
      /read before a rule was about them\.$/,
    ],
    [
      "values that the node had no room for",
      (stand) => {
        stand.read("get_customer", { card }, [card]);
        stand.turn({ kind: "shrink", at: 2 });
      },
      /had no room for more\.$/,
    ],
    ["a lost past", (stand) => void stand.turn({ kind: "lost", at: 2 }), /did before is not known\.$/],
    [
      "values under a key that is not in force any more",
      (stand) => {
        stand.read("get_customer", { card }, [card]);
        stand.read("get_customer", {}, [], { key: "k2", ...none });
      },
      /has changed\.$/,
    ],
  ])("%s, and a refusal says why", (_what, read, why) => {
    const stand = new Stand([toMail]);
    read(stand);
    const { rule, says } = stand.call("send_mail", { body: "hello" });
    expect([rule, says]).toEqual(["flow.coarse", expect.stringMatching(why)]);
    const moved = session.thaw(JSON.parse(JSON.stringify(session.freeze(stand.state))));
    expect(moved?.coarse).toEqual(stand.state.coarse);
  });

  test("a label that another session of the agent has read", () => {
    const stand = new Stand([flow({ from: { labels: ["customers"] }, to: { servers: ["mail"] } })]);
    stand.turn({ kind: "heard", at: 2, labels: ["customers"] });
    const { rule, says } = stand.call("send_mail", { body: "hello" });
    expect([rule, says]).toEqual(["flow.coarse", expect.stringMatching(/^Data from .* were read that .* another session of this agent read them\.$/)]); // prettier-ignore
    expect(stand.call("write_test", { body: "hello" }).rule).toBe("allow");
  });
});

describe("an operator's lift", () => {
  test("lets go what counts as wholly seen, and no value that is remembered; what is unseen later counts again", () => {
    const stand = new Stand([toMail]);
    stand.read("get_customer", { card }, [card]);
    stand.read("get_customer", {}, [], { key: "k1", types: [], marks: "", overflow: true });
    const { sources, labels } = stand.state;
    expect(stand.call("send_mail", { body: "hello" }).rule).toBe("flow.coarse");
    stand.turn({ kind: "lifted", at: 2, by: "ann", what: "flow" });
    expect([stand.state.coarse, stand.state.faded, stand.state.sources, stand.state.labels]).toEqual([[], [], sources, labels]); // prettier-ignore
    expect(stand.call("send_mail", { body: "hello" }).rule).toBe("allow");
    expect(stand.call("send_mail", { body: card }).rule).toBe("flow.value");
    stand.read("get_customer", {}, [], { key: "k1", types: [], marks: "", overflow: true });
    expect(stand.call("send_mail", { body: "hello" }).rule).toBe("flow.coarse");
  });

  test("of a lost past leaves labels and rules on reading", () => {
    const stand = new Stand([toMail, flow({ ...toMail, to: { servers: ["lab"] }, when: "read" })]);
    stand.turn({ kind: "lost", at: 2 });
    stand.turn({ kind: "lifted", at: 400_000_000, by: "ann", what: "flow" });
    const rules = ["send_mail", "write_test"].map((name, at) => {
      const effects = stand.turn(call(`late-${at}`, name, 500_000_000, { carried: finder.find(undefined, {}) })); // prettier-ignore
      return effects.flatMap((each) => (each.kind === "reply" && each.verdict.kind === "deny" ? [each.verdict.rule] : [])); // prettier-ignore
    });
    expect(rules).toEqual([[], ["flow.read"]]);
    expect(stand.state.labels).toEqual([everyLabel]);
  });

  test.each(["kill", "behaviour", "tools"] as const)("of something else (%s) lets nothing go", (what) => {
    const stand = new Stand([toMail]);
    stand.turn({ kind: "lost", at: 2 });
    stand.turn({ kind: "lifted", at: 3, by: "ann", what });
    expect(stand.call("send_mail", {}).rule).toBe("flow.coarse");
  });
});

test("arguments that nobody compared, or not to their end, are refused once something was read", () => {
  const stand = new Stand([toMail]);
  const nothing: Carried = { values: [], parts: [] };
  expect(stand.call("send_mail", {}, nothing).rule).toBe("allow");
  stand.read("get_customer", { card }, [card]);
  for (const carried of [
    nothing,
    { ...nothing, compared: "k2" },
    { ...nothing, compared: "k1", unread: true } as const,
  ])
    expect(stand.call("send_mail", {}, carried).rule).toBe("flow.unread");
  expect(stand.call("send_mail", {}, { ...nothing, compared: "k1" }).rule).toBe("allow");
});

test("a refused call leaves no part behind: the same state as before", () => {
  const stand = new Stand([toMail]);
  stand.read("get_customer", { card }, [card]);
  const before = session.essence(stand.state);
  expect(stand.call("send_mail", { body: card }).rule).toBe("flow.value");
  expect(session.essence(stand.state)).toEqual(before);
});

const secretOf = (number: number): string => `k${(number * 7_919 + 1_000_003).toString(36)}x${(number * 104_729 + 17).toString(36)}q`; // prettier-ignore

test("whatever was read, put away, read again or replayed, no value of it is ever free to go", () => {
  const step = fc.record({
    what: fc.constantFrom("read", "read", "read", "search", "move", "replay"),
    values: fc.array(fc.nat(3_000), { minLength: 1, maxLength: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const stand = new Stand([toMail]);
      const read = new Set<number>();
      const same: (readonly [unknown, unknown])[] = [];
      for (const { what, values } of steps) {
        const texts = values.map(secretOf);
        if (what === "read") for (const each of values) read.add(each);
        if (what === "read" || what === "search")
          stand.read(what === "read" ? "get_customer" : "search", texts, texts);
        else {
          const before = JSON.stringify(session.essence(stand.state));
          Object.assign(stand.state, what === "move" ? session.thaw(JSON.parse(JSON.stringify(session.freeze(stand.state)))) : replayed(stand)); // prettier-ignore
          same.push([JSON.stringify(session.essence(stand.state)), before]);
        }
        for (const each of [...read].slice(-3)) expect(stand.call("send_mail", { text: `x ${secretOf(each)} y` }).rule).toMatch(/^flow\./); // prettier-ignore
      }
      for (const [again, before] of same) expect(again).toEqual(before);
      expect(stand.state.memory?.table.count ?? 0).toBeLessThanOrEqual(limits.ledgerMarksMax);
    }),
    { numRuns: 40 },
  );

  function replayed(stand: Stand): SessionState {
    const again = session.create();
    const world = worldOf({ one: table([toMail]) });
    for (const event of stand.events)
      session.decide(again, JSON.parse(JSON.stringify(event)) as SessionEvent, world);
    return again;
  }
});

test("a state of a version without a ledger counts as having read everything", () => {
  const old = (session.freeze(session.create()) as unknown[]).slice(0, 18).with(0, 6);
  const thawed = session.thaw(old);
  expect([thawed?.coarse, thawed?.sources]).toEqual([[everyLabel], [everyLabel]]);
});
