/** States that go from one node's host to another's. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventLog, narrowWorld } from "../actors/session.fixture.ts";
import { session } from "../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../actors/session.ts";
import { Host } from "./host.ts";
import { MemoryPassivation } from "./passivation.ts";

type SessionHost = Host<SessionState, SessionEvent, SessionEffect, World>;

function makeHost(activeMax = 10): SessionHost {
  const onFault = (_key: string, fault: Error): void => {
    throw fault;
  };
  return new Host({
    actor: session,
    world: narrowWorld(),
    passivation: new MemoryPassivation(),
    onFault,
    activeMax,
  });
}

test("a state that was taken over decides on as the one it is a copy of, in memory or put away", () => {
  fc.assert(
    fc.property(eventLog, fc.boolean(), (events, isPutAway) => {
      const [owner, successor] = [makeHost(), makeHost(1)];
      const half = events.length >> 1;
      for (const event of events.slice(0, half)) owner.turn("k", event);
      if (isPutAway) owner.passivateAll();
      const bytes = owner.pack("k") as Uint8Array;
      successor.turn("k", events[0] as SessionEvent);
      successor.adopt("k", successor.read(bytes) as SessionState, 0);
      for (const event of events.slice(half)) {
        expect(successor.turn("k", event)).toEqual(owner.turn("k", event));
        // Another key puts it away and brings it back.
        successor.turn("other", { kind: "refusals", at: event.at });
      }
      expect(successor.digest(["k"])).toBe(owner.digest(["k"]));
    }),
    { numRuns: 60 },
  );
});

test("the digest of a runner-up, which takes the journalled events alone, is its owner's", () => {
  fc.assert(
    fc.property(eventLog, (events) => {
      const [owner, runner] = [makeHost(), makeHost()];
      for (const event of events)
        if (owner.isJournalled(event, owner.turn("k", event))) runner.turn("k", event);
      expect(runner.digest(["k"])).toBe(owner.digest(["k"]));
      // Something that no event before it can have done: a loss, for one, may have been told already.
      owner.turn("k", { kind: "killed", at: 1, by: "nobody-before", reason: "a difference" });
      expect(runner.digest(["k"])).not.toBe(owner.digest(["k"]));
    }),
    { numRuns: 60 },
  );
});

test("bytes that are no state are not read", () => {
  const host = makeHost();
  host.turn("k", { kind: "killed", at: 1, by: "ann", reason: "test" });
  const bytes = host.pack("k") as Uint8Array;
  expect(host.read(bytes)).toEqual(host.peek("k"));
  expect(host.read(Uint8Array.of(1, 2, 3, 4, 5, 6))).toBeUndefined();
  expect(host.read(bytes.subarray(0, -1))).toBeUndefined();
  expect(host.pack("nobody")).toBeUndefined();
});
