import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extractor, findingsOf, finder } from "../../actors/ledger/ledger.fixture.ts";
import { roster, type AnyEvent } from "../../actors/roster.ts";
import { call, toolGrant } from "../../actors/session.fixture.ts";
import { Host } from "../../cluster/host.ts";
import { MemoryPassivation } from "../../cluster/passivation.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { flowSchema } from "../../protocol/flow.ts";
import { sessionKey, type SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { governed, rolesWith } from "./exchange.fixture.ts";
import { LedgerPressure } from "./ledgerpressure.ts";

const card = "4929123456789016";
const flows = [flowSchema.parse({ from: { servers: ["crm"] }, to: { servers: ["mail"] }, reason: "the law" })]; // prettier-ignore
const grants = [
  toolGrant("get_customer", { server: "crm", labels: ["customers"] }),
  toolGrant("search", { server: "wiki" }),
  toolGrant("send_mail", { server: "mail", effect: "send" }),
];

/** A real host and governor, and sessions that read and send as an agent would. */
function stand() {
  const clock = { now: 1_000 };
  const { roles } = rolesWith(grants, [], { flows });
  const { governor, host, records, faults } = governed(roles, clock);
  const journal: [SessionKey, AnyEvent][] = [];
  let op = 0;
  const turn = (session: SessionKey, event: AnyEvent) => {
    journal.push([session, event]);
    return host.turn(session, event);
  };
  const keyOf = (agent: string): SessionKey => sessionKey("default", "support", agent, undefined);
  const begin = (agent: string): SessionKey => {
    const session = keyOf(agent);
    turn(session, { kind: "configured", at: clock.now, role: "digest" });
    return session;
  };
  const ask = (session: SessionKey, name: string, args: unknown): string => {
    const carried = finder.find(governor.stateOf(session)?.memory, args);
    const effects = turn(session, call(`op-${++op}`, name, (clock.now += 1_000), { carried }));
    const [verdict] = effects.flatMap((effect) => (effect.kind === "reply" ? [effect.verdict] : []));
    return verdict?.kind === "allow" ? "allow" : (verdict?.rule ?? "");
  };
  const read = (session: SessionKey, name: string, value: unknown, secrets: readonly string[]): void => {
    ask(session, name, {});
    const seen = extractor.extract(value, findingsOf(value, secrets), new Set());
    turn(session, { kind: "answered", at: (clock.now += 1_000), op: `op-${op}`, facts: { outcome: "ok", bytes: 9, digest: "d", tookMs: 1, seen } }); // prettier-ignore
  };
  const pressure = (max: number, left = max): LedgerPressure => new LedgerPressure({
    resident: () => host.resident(),
    shrink: (session, at) => {
      journal.push([session, { kind: "shrink", at }]);
      governor.operate(session, { kind: "shrink", at });
    },
  }, max, left); // prettier-ignore
  const bytesOf = (session: SessionKey): number => governor.stateOf(session)?.memory?.table.bytes ?? 0;
  return { clock, governor, host, records, faults, journal, begin, ask, read, pressure, bytesOf, roles };
}

describe("where the memories of all sessions are too much", () => {
  test("those without a turn for longest lose theirs, it is on record, and their sources count as wholly seen", () => {
    const { clock, begin, ask, read, pressure, bytesOf, records, governor } = stand();
    const sessions = ["ann", "bob", "cleo"].map(begin);
    for (const session of sessions) read(session, "get_customer", { card }, [card]);
    const [ann, bob, cleo] = sessions as [SessionKey, SessionKey, SessionKey];
    expect(ask(ann, "search", { q: "the last turn is hers" })).toBe("allow");
    const bytes = bytesOf(ann) + bytesOf(bob) + bytesOf(cleo);
    expect(pressure(bytes).look(clock.now)).toBe(0);
    expect(pressure(bytes - 1, bytesOf(ann)).look(clock.now)).toBe(2);
    expect([bytesOf(ann) > 0, bytesOf(bob), bytesOf(cleo)]).toEqual([true, 0, 0]);
    expect(records.filter(({ event }) => event?.kind === "shrink").map(({ kind, session }) => [kind, session])).toEqual([["session", bob], ["session", cleo]]); // prettier-ignore
    // Hers is known value by value, theirs as a whole.
    expect(["nothing of it", `it is ${card}`].map((body) => ask(ann, "send_mail", { body }))).toEqual(["allow", "flow.value"]); // prettier-ignore
    expect(["nothing of it", `it is ${card}`].map((body) => ask(bob, "send_mail", { body }))).toEqual(["flow.coarse", "flow.coarse"]); // prettier-ignore
    expect(ask(bob, "search", { q: "what no rule is about" })).toBe("allow");
    expect(governor.stateOf(bob)?.labels).toEqual(["customers"]);
  });

  test("of sessions with their last turn at one time the larger goes first", () => {
    const { clock, begin, read, pressure, bytesOf } = stand();
    const [small, large] = [begin("small"), begin("large")];
    read(small, "get_customer", { card }, [card]);
    const more = Array.from({ length: 40 }, (_, at) => `49291234567${10_000 + at}`);
    clock.now -= 2_000;
    read(large, "get_customer", more, more);
    expect(bytesOf(large)).toBeGreaterThan(bytesOf(small));
    expect(pressure(1, bytesOf(small)).look(clock.now)).toBe(1);
    expect([bytesOf(large), bytesOf(small) > 0]).toEqual([0, true]);
  });

  test("a session of another owner keeps its own, and the next one goes", () => {
    const { host, begin, read, clock, bytesOf, governor } = stand();
    const [theirs, own] = [begin("theirs"), begin("own")];
    for (const session of [theirs, own]) read(session, "get_customer", { card }, [card]);
    const shrink = (session: SessionKey, at: number): void => {
      if (session === theirs) throw new GatewayError("OWNER_UNAVAILABLE", "another node owns this session");
      governor.operate(session, { kind: "shrink", at });
    };
    expect(new LedgerPressure({ resident: () => host.resident(), shrink }, 1, 1).look(clock.now)).toBe(1);
    expect([bytesOf(theirs) > 0, bytesOf(own)]).toEqual([true, 0]);
  });

  test("at most so many go at one look", () => {
    const { begin, read, clock, pressure } = stand();
    for (let at = 0; at < limits.ledgerShrinksMax + 3; at++) read(begin(`agent-${at}`), "get_customer", { card }, [card]); // prettier-ignore
    expect(pressure(1).look(clock.now)).toBe(limits.ledgerShrinksMax);
    expect(pressure(1).look(clock.now)).toBe(3);
  });
});

const steps = fc.array(fc.record({ agent: fc.constantFrom("ann", "bob"), what: fc.constantFrom("read", "read", "search", "send", "send", "look"), value: fc.nat(5) }), { minLength: 5, maxLength: 40 }); // prettier-ignore
const valueOf = (number: number): string => `4929123456789${100 + number}`;

test("a replay of what was journalled gives the same sessions, whenever memories were dropped", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { clock, begin, ask, read, pressure, host, journal, roles } = stand();
      const sessions = { ann: begin("ann"), bob: begin("bob") };
      for (const { agent, what, value } of all) {
        const session = sessions[agent];
        if (what === "read") read(session, "get_customer", { card: valueOf(value) }, [valueOf(value)]);
        else if (what === "look") pressure(1).look(clock.now);
        else ask(session, what === "send" ? "send_mail" : "search", { body: valueOf(value) });
      }
      // As the runner-up has it: the same events, one after the other.
      const again = new Host({ actor: roster, world: { role: (digest) => roles.byDigest(digest) }, passivation: new MemoryPassivation(), onFault: () => undefined }); // prettier-ignore
      for (const [session, event] of journal) again.turn(session, event);
      const keys = Object.values(sessions);
      expect(again.digest(keys)).toBe(host.digest(keys));
    }),
    { numRuns: 60 },
  );
});

test("nothing that is refused with its memory is let through without it", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [kept, dropped] = [stand(), stand()];
      const sessions = [kept, dropped].map(({ begin }) => ({ ann: begin("ann"), bob: begin("bob") }));
      for (const { agent, what, value } of all) {
        const verdicts = [kept, dropped].map((each, at) => {
          const session = sessions[at]?.[agent] ?? ("" as SessionKey);
          if (what === "read") {
            each.read(session, "get_customer", { card: valueOf(value) }, [valueOf(value)]);
            return "allow";
          }
          if (what !== "look") return each.ask(session, what === "send" ? "send_mail" : "search", { body: valueOf(value) }); // prettier-ignore
          if (at === 1) each.pressure(1).look(each.clock.now);
          return "allow";
        });
        expect(verdicts[0] === "allow" || verdicts[1]?.startsWith("flow.")).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
