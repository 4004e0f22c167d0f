import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { isScopeOf, scopeForms, scopeKey } from "../protocol/scope.ts";
import { everyLabel } from "./labels.ts";
import { isMessage, roster, sessionOf, type AnyEvent } from "./roster.ts";
import { SharedWorld } from "./scopes.fixture.ts";
import { everyTaint, noTaints, raise, readFor, type TaintState } from "./scopes/taint.ts";
import { roleTable, toolGrant } from "./session.fixture.ts";

function labelled(labels: "agent" | "user"): SharedWorld {
  return new SharedWorld(
    roleTable({
      grants: [
        toolGrant("read_customer", { labels: ["customer-data"] }),
        toolGrant("send_mail", { effect: "send", heeds: true }),
        toolGrant("list_tickets"),
      ],
      scopes: { labels },
    }),
  );
}

const labelsOf = (shared: SharedWorld, key: string): readonly string[] =>
  sessionOf(shared.state(key))?.labels ?? [];

describe("labels of an agent", () => {
  test("what it reads as one user and persona is known before it sends as another", () => {
    const shared = labelled("agent");
    const reader = shared.session("bot", "ann", "default", "support");
    const sender = shared.session("bot", "ben", "default", "outreach");
    shared.call(reader, "read_customer", true);
    shared.deliverAll();
    expect(labelsOf(shared, sender)).toEqual([]);
    expect(shared.call(sender, "send_mail", true).rule).toBe("allow");
    expect(labelsOf(shared, sender)).toEqual(["customer-data"]);
  });

  test("of one user do not taint it for others, where the installation tells users apart", () => {
    const shared = labelled("user");
    shared.call(shared.session("bot", "ann"), "read_customer", true);
    shared.deliverAll();
    const ben = shared.session("bot", "ben");
    const ann = shared.session("bot", "ann", "default", "outreach");
    for (const key of [ben, ann]) shared.call(key, "send_mail", true);
    expect(labelsOf(shared, ben)).toEqual([]);
    expect(labelsOf(shared, ann)).toEqual(["customer-data"]);
    // What it read for nobody in particular holds for everybody.
    shared.call(shared.session("bot"), "read_customer", true);
    shared.deliverAll();
    shared.call(ben, "send_mail", true);
    expect(labelsOf(shared, ben)).toEqual(["customer-data"]);
  });

  test("another agent's, and another tenant's, are not its own", () => {
    const shared = labelled("agent");
    shared.call(shared.session("bot", "ann"), "read_customer", true);
    shared.deliverAll();
    for (const key of [shared.session("other", "ann"), shared.session("bot", "ann", "acme")]) {
      shared.call(key, "send_mail", true);
      expect(labelsOf(shared, key)).toEqual([]);
    }
  });

  test("are owed to the agent's scope until it says that it has them", () => {
    const shared = labelled("agent");
    const key = shared.session("bot", "ann");
    shared.call(key, "read_customer", false);
    shared.post.length = 0;
    const raises = (): number => shared.post.filter(({ event }) => event.kind === "raise").length;
    shared.call(key, "list_tickets", false);
    expect(raises()).toBe(1);
    shared.deliverAll();
    shared.call(key, "list_tickets", false);
    expect(raises()).toBe(0);
  });

  test("a call that was not told them in time is refused, and one that carries nothing out asks nobody", () => {
    const shared = labelled("agent");
    const key = shared.session("bot", "ann");
    shared.call(key, "list_tickets", false);
    expect(shared.post).toEqual([]);
    const facts = { kind: "tool", name: "send_mail", digest: "d", shape: "s", bytes: 1 } as const;
    const effects = shared.turn(key, { kind: "call", at: shared.now, op: "late", facts, unheard: true });
    expect(effects[0]).toMatchObject({ verdict: { kind: "throttle", rule: "scope.unanswered" } });
  });

  test("after its past is lost an agent has every label", () => {
    const shared = labelled("agent");
    shared.turn("@agent/default/bot", { kind: "lost", at: shared.now });
    const key = shared.session("bot", "ann");
    shared.call(key, "send_mail", true);
    expect(labelsOf(shared, key)).toEqual([everyLabel]);
  });

  test("only ever rise, hold for whom they were read, and stay bounded", () => {
    const who = fc.oneof(fc.constantFrom("-", "=ann", "=ben"), fc.integer({ min: 0, max: 400 }).map((index) => `=u${index}`)); // prettier-ignore
    const read = fc.tuple(
      fc.integer({ min: 0, max: 70 }).map((index) => `label-${index}`),
      who,
    );
    fc.assert(
      fc.property(fc.array(read, { maxLength: 1_500, size: "max" }), (reads) => {
        const own: TaintState = { taints: noTaints };
        for (const [label, user] of reads) raise(own, [label], user);
        const size = [...own.taints.values()].reduce((sum, users) => sum + users.length, 0);
        expect(size).toBeLessThanOrEqual(limits.scopeTaintsMax + limits.labelsPerSessionMax);
        const covers = (labels: readonly string[], label: string): boolean =>
          labels[0] === everyLabel || labels.includes(label);
        for (const [label, user] of reads.slice(0, 50)) {
          expect(covers(readFor(own, user, true), label)).toBe(true);
          expect(covers(readFor(own, "=somebody", false), label)).toBe(true);
          expect(covers(readFor(own, "-", true), label)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
    expect(readFor({ taints: everyTaint }, "=ann", true)).toEqual([everyLabel]);
  });
});

describe("Z11 a scope's key", () => {
  const part = fc.oneof(fc.constantFrom("a", "acme", "-", "=a", "tenant/x", "@agent", "%2F"), fc.string({ unit: "grapheme", maxLength: 8 })); // prettier-ignore
  const name = fc.stringMatching(/^[a-z0-9]{1,5}$/);

  test("is never shared by two tenants, nor is it a session's", () => {
    const principal = fc.record({ tenant: name, persona: name, agent: part, user: part });
    fc.assert(
      fc.property(principal, principal, name, (one, other, tool) => {
        const keyOf = ({ tenant, persona, agent, user }: typeof one): string =>
          `${tenant}/${persona}/${encodeURIComponent(agent.toWellFormed())}/=${encodeURIComponent(user.toWellFormed())}`;
        const forms = [...scopeForms, `tool ${tool} ${tool}`];
        for (const form of forms)
          for (const each of forms) {
            const [mine, theirs] = [scopeKey(keyOf(one), form), scopeKey(keyOf(other), each)];
            const isOther = one.tenant !== other.tenant;
            expect(mine === theirs && (isOther || form !== each)).toBe(false);
            expect(mine.startsWith("@")).toBe(true);
            expect(isOther && isScopeOf(mine, keyOf(other))).toBe(false);
            expect(isScopeOf(mine, keyOf(one))).toBe(true);
          }
      }),
      { numRuns: 2_000 },
    );
  });

  test("takes no message but of its own sessions, and gives none to others", () => {
    const ann = "acme/support/bot/=ann";
    const ask: AnyEvent = { kind: "ask", at: 1, from: ann, scope: "tenant", line: 1, granted: 0, spent: 0, calls: 1, capacity: 1, perSecond: 1 }; // prettier-ignore
    const granted: AnyEvent = {
      kind: "granted",
      at: 1,
      scope: "tenant",
      line: 1,
      granted: 9,
      ahead: 0,
      waitMs: 0,
    };
    expect(isMessage(ann, "@tenant/acme", ask)).toBe(true);
    expect(isMessage("@tenant/acme", ann, granted)).toBe(true);
    for (const to of [
      "@tenant/default",
      "@agent/acme/other",
      "@persona/acme/other",
      "@user/acme/=ben",
      "acme/support/bot/=ben",
    ])
      // prettier-ignore
      expect([to, isMessage(ann, to, ask)]).toEqual([to, false]);
    expect(isMessage("acme/support/other/=ann", "@tenant/acme", ask)).toBe(false);
    expect(isMessage("@tenant/default", ann, granted)).toBe(false);
    expect(isMessage(ann, ann, granted)).toBe(false);
    expect(isMessage(ann, "@tenant/acme", { kind: "lost", at: 1 })).toBe(false);
    expect(isMessage("@tenant/acme", ann, { kind: "killed", at: 1, by: "x", reason: "y" })).toBe(false);
  });

  test("an event that is not for its kind of actor changes nothing", () => {
    const world = { role: () => undefined };
    for (const [key, event] of [
      ["@tenant/acme", { kind: "killed", at: 1, by: "a", reason: "b" }],
      ["acme/support/bot/-", { kind: "return", at: 1, from: "acme/support/bot/-", line: 1, spent: 0 }],
    ] as const) {
      const state = roster.create(key);
      expect(roster.decide(state, event, world)).toEqual([]);
      expect(roster.freeze(state)).toEqual(roster.freeze(roster.create(key)));
    }
  });
});
