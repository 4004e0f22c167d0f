import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RoleTable } from "../protocol/role.ts";
import { answered, call, eventLog, narrowWorld, roleTable, toolGrant, worldOf } from "./session.fixture.ts";
import { session } from "./session.ts";
import type { SessionEffect, SessionEvent, SessionState } from "./session.ts";

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

describe("labels", () => {
  const labelled = {
    grants: [
      toolGrant("read_ticket", { labels: ["customer-data"] }),
      toolGrant("list_tickets", { labels: ["customer-data", "internal"] }),
      toolGrant("close_ticket"),
    ],
  };

  test("rise when an answer is read, are told once, and never fall", () => {
    const { own, turn } = begun(labelled);
    turn(call("op-1", "read_ticket", start));
    expect(own.labels).toEqual([]);
    expect(turn(answered("op-1", "ok", start))).toEqual([
      { kind: "labels", op: "op-1", risen: ["customer-data"] },
    ]);
    turn(call("op-2", "list_tickets", start));
    expect(turn(answered("op-2", "tool-error", start))).toEqual([
      { kind: "labels", op: "op-2", risen: ["internal"] },
    ]);
    turn(call("op-3", "read_ticket", start));
    expect(turn(answered("op-3", "ok", start))).toEqual([]);
    turn({ kind: "lifted", at: start, by: "ann", what: "behaviour" });
    turn({ kind: "configured", at: start, role: "one" });
    expect(own.labels).toEqual(["customer-data", "internal"]);
  });

  test("do not rise by a call that never reached its tool, nor by a tool without labels", () => {
    const { own, turn } = begun(labelled);
    turn(call("op-1", "read_ticket", start));
    turn(answered("op-1", "unreachable", start));
    turn(call("op-2", "close_ticket", start));
    turn(answered("op-2", "ok", start));
    expect(own.labels).toEqual([]);
  });

  test("are those of the call as it was allowed, whatever role is in force when it is answered", () => {
    const { own, turn } = begun(labelled);
    turn(call("op-1", "read_ticket", start));
    turn({ kind: "configured", at: start, role: "gone" });
    expect(turn(answered("op-1", "timeout", start))).toEqual([
      { kind: "labels", op: "op-1", risen: ["customer-data"] },
    ]);
    expect(own.labels).toEqual(["customer-data"]);
  });

  test("of a session whose past is lost are all, and it has nothing to spend", () => {
    const { own, turn } = begun(labelled);
    turn({ kind: "lost", at: start });
    expect(own.labels).toEqual(["*"]);
    expect(turn(call("op-1", "read_ticket", start))).toMatchObject([{ verdict: { kind: "throttle" } }]);
    expect(turn(call("op-2", "read_ticket", start + 3_600_000))).toMatchObject([
      { verdict: { kind: "allow" } },
    ]);
    expect(turn(answered("op-2", "ok", start + 3_600_000))).toEqual([]);
    expect(session.thaw(session.freeze(own))?.labels).toEqual(["*"]);
  });

  test("of a session that lost its past when it had used a bucket up: that bucket is empty, and so is every other", () => {
    const { turn } = begun({ grants: [toolGrant("read_ticket", { bucket: { capacity: 1, perSecond: 0.001 } })] }); // prettier-ignore
    turn({ kind: "lost", at: start });
    // Long enough for the session's own bucket and the budget, not for the tool's.
    const early = turn(call("op-1", "read_ticket", start + 500_000));
    expect(early).toMatchObject([{ verdict: { kind: "throttle", rule: "bucket.tool" } }]);
    expect(turn(call("op-2", "read_ticket", start + 1_000_001))).toMatchObject([{ verdict: { kind: "allow" } }]); // prettier-ignore
    const again = turn(call("op-3", "read_ticket", start + 1_400_000));
    expect(again).toMatchObject([{ verdict: { kind: "throttle", rule: "bucket.tool" } }]);
  });

  test("a row from before labels is read, with none", () => {
    const { own, turn } = begun(labelled);
    turn(call("op-1", "read_ticket", start));
    const now = session.freeze(own) as unknown[];
    const open = (now[11] as unknown[][]).map((each) => each.slice(0, 6));
    const before = [1, ...now.slice(1, 11), open, now[12]];
    expect(session.thaw(before)).toMatchObject({ labels: [], open: [{ op: "op-1", labels: [] }] });
    expect(session.thaw([2, ...before.slice(1)])).toBeUndefined();
  });
});

test("the essence of a state is what a replay of the journalled events alone gives again", () => {
  fc.assert(
    fc.property(eventLog, (events) => {
      const world = narrowWorld();
      const [lived, replayed] = [session.create(), session.create()];
      for (const event of events)
        if (session.isJournalled(event, session.decide(lived, event, world)))
          session.decide(replayed, event, world);
      expect(session.essence(replayed)).toEqual(session.essence(lived));
    }),
    { numRuns: 200 },
  );
});
