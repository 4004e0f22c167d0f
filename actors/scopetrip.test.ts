import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../protocol/facts.ts";
import { arrived, isScope, roster, sessionOf } from "./roster.ts";
import type { Message } from "./roster.ts";
import { SharedWorld } from "./scopes.fixture.ts";
import { roleTable, toolGrant } from "./session.fixture.ts";

const wide = { capacity: 1e6, perSecond: 1e6 };
const trips = { failures: 4, openSeconds: 10 };
const openMs = trips.openSeconds * 1_000;
const scope = "@tool/default/tickets%20pay";

function sharing(): SharedWorld {
  return new SharedWorld(
    roleTable({
      grants: [toolGrant("pay", { bucket: wide, trips })],
      limits: { agent: wide, budget: { calls: 1e9, hours: 1 }, openCalls: 32 },
      breakers: {
        tool: { failures: 1_000, openSeconds: 1 },
        behaviour: { identical: 1_000, similar: 1_000, repeats: 10_000, openSeconds: 1 },
      },
    }),
  );
}

const call = (shared: SharedWorld, key: string, outcome: Outcome): string => {
  const { rule } = shared.call(key, "pay", true, {}, outcome);
  shared.deliverAll();
  return rule;
};

/** Three sessions that have called, and a breaker that two of them have opened. */
function opened(): { shared: SharedWorld; keys: [string, string, string] } {
  const shared = sharing();
  const keys = ["one", "two", "three"].map((agent) => shared.session(agent)) as [string, string, string];
  for (const key of keys) call(shared, key, "ok");
  for (let failure = 0; failure < trips.failures; failure++) call(shared, keys[failure % 2] ?? "", "timeout");
  return { shared, keys };
}

describe("a tool's breaker that sessions share", () => {
  test("opens for all when two sessions fail in a row, and operators hear of it", () => {
    const { shared, keys } = opened();
    for (const key of keys) expect(call(shared, key, "ok")).toBe("breaker.tool");
    const late = shared.session("late");
    // Who has never called does not know yet; its first answer tells.
    expect(call(shared, late, "ok")).toBe("allow");
    expect(call(shared, late, "ok")).toBe("breaker.tool");
  });

  test("X1 is opened for nobody by one session alone", () => {
    const shared = sharing();
    const [bad, good] = [shared.session("bad"), shared.session("good")];
    call(shared, good, "ok");
    for (let failure = 0; failure < 50; failure++) call(shared, bad, "timeout");
    expect(call(shared, good, "ok")).toBe("allow");
  });

  test("a success of any session in between makes it no row", () => {
    const shared = sharing();
    const keys = ["one", "two"].map((agent) => shared.session(agent)) as [string, string];
    for (const key of keys) call(shared, key, "ok");
    for (let round = 0; round < 10; round++) {
      for (let failure = 0; failure < trips.failures - 1; failure++)
        call(shared, keys[failure % 2] ?? "", "timeout");
      expect(call(shared, keys[round % 2] ?? "", "ok")).toBe("allow");
    }
  });

  test("X2 when its time is over one session has the probe, and its answer closes it for all", () => {
    const { shared, keys } = opened();
    const [one, two, three] = keys;
    shared.now += openMs;
    const probe = shared.call(one, "pay", true, {}, "cancelled");
    expect(probe.rule).toBe("allow");
    shared.deliverAll();
    // It showed nothing: the next one tries.
    shared.turn(scope, { kind: "probe", at: shared.now, from: three, scope: "tool tickets pay", openMs });
    shared.deliverAll();
    expect(sessionOf(shared.state(three))?.trips[0]?.hasProbe).toBe(true);
    expect(call(shared, two, "ok")).toBe("breaker.tool");
    expect(call(shared, three, "ok")).toBe("allow");
    for (const key of keys) expect(call(shared, key, "ok")).toBe("allow");
  });

  test("a probe that fails opens it for twice as long", () => {
    const { shared, keys } = opened();
    shared.now += openMs;
    expect(call(shared, keys[0], "timeout")).toBe("allow");
    shared.now += openMs * 2 - 1;
    for (const key of keys) expect(call(shared, key, "ok")).toBe("breaker.tool");
    shared.now += 1;
    expect(call(shared, keys[1], "ok")).toBe("allow");
  });

  test("a probe that was used is not given again by words of it, and of an older one, that come late", () => {
    const { shared, keys } = opened();
    const [one] = keys;
    const ask = (): Message => {
      expect(shared.call(one, "pay", false).rule).toBe("breaker.tool");
      shared.deliver(0);
      const told = shared.post.find(
        ({ to, event }) => to === one && event.kind === "tripped" && event.probe > 0,
      );
      shared.post.length = 0;
      if (told === undefined) throw new Error("no probe was given");
      return told;
    };
    const hear = ({ event }: Message): void => void shared.turn(one, arrived(event, shared.now));
    const tries = (): string => {
      const { rule } = shared.call(one, "pay", false, {}, "timeout");
      shared.post.length = 0;
      return rule;
    };
    shared.now += openMs;
    const first = ask();
    hear(first);
    expect(tries()).toBe("allow");
    shared.now += openMs;
    const second = ask();
    hear(second);
    expect(tries()).toBe("allow");
    for (const late of [first, second, first, second]) hear(late);
    expect(tries()).toBe("breaker.tool");
  });

  test("whatever is lost, doubled or late, at most one call tries it for each probe that was given", () => {
    let tried = 0;
    const step = fc.record({ which: fc.nat(2), how: fc.constantFrom("call", "call", "deliver", "double", "drop", "pass"), place: fc.nat(50), ms: fc.nat(3_000) }); // prettier-ignore
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 120, size: "max" }), (steps) => {
        const { shared, keys } = opened();
        shared.now += openMs;
        const begun = shared.now;
        const probes: number[] = [];
        const given = new Set<number>();
        for (const { which, how, place, ms } of steps) {
          const at = place % Math.max(1, shared.post.length);
          if (how === "call" && shared.call(keys[which] ?? "", "pay", false, {}, "timeout").rule === "allow")
            probes.push(shared.now); // prettier-ignore
          else if (how === "deliver") shared.deliver(at);
          else if (how === "double") shared.deliver(at, true);
          else if (how === "drop") shared.post.splice(at, 1);
          else if (how === "pass") shared.now += ms;
          for (const { event } of shared.post)
            if (event.kind === "tripped" && event.probe > 0) given.add(event.probe);
        }
        tried += probes.length;
        const state = shared.state(scope);
        expect(isScope(state) && state.openings > 0).toBe(true);
        expect(probes.every((time) => time >= begun)).toBe(true);
        expect(probes.length).toBeLessThanOrEqual(given.size);
        expect(roster.thaw(structuredClone(roster.freeze(state)))).toEqual(state);
      }),
      { numRuns: 60 },
    );
    expect(tried).toBeGreaterThan(30);
  });
});
