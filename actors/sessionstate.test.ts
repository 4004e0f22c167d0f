import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import type { Frozen } from "./actor.ts";
import { answered, call, eventLog, narrowWorld, roleTable, worldOf } from "./session.fixture.ts";
import { session } from "./session.ts";
import type { SessionState } from "./session.ts";

const packr = new Packr({ useRecords: false });
const frozenBytesMax = 600;

test("a session of typical use packs into 600 bytes", () => {
  const digest = "V1StGXR8Z5jdHi6BVmyTV1StGXR8Z5jdHi6BVmyT123";
  const world = worldOf({ [digest]: roleTable() });
  const own = session.create();
  session.decide(own, { kind: "configured", at: 1_800_000_000_000, role: digest }, world);
  for (let index = 0; index < 50; index++) {
    const at = 1_800_000_000_000 + index * 60_007;
    const name = ["read_ticket", "list_tickets", "close_ticket"][index % 3] ?? "";
    session.decide(own, call(`op-${index}`, name, at, { digest: `${index}`.padStart(22, "d") }), world);
    session.decide(
      own,
      answered(`op-${index}`, index % 10 === 0 ? "tool-error" : "ok", at, `${index}`.padStart(22, "r")),
      world,
    );
  }
  expect(packr.pack(session.freeze(own)).length).toBeLessThanOrEqual(frozenBytesMax);
});

describe("thaw gives nothing for", () => {
  const fresh = session.freeze(session.create()) as unknown[];
  const changed = (place: number, value: unknown): unknown[] => fresh.with(place, value);

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["an object", { role: "" }],
    ["too few parts", fresh.slice(0, -1)],
    ["too many parts", [...fresh, 0]],
    ["a version that is not known yet", changed(0, 13)],
    ["counts of the version that had none", changed(0, 8)],
    ["a trail of the version that had none", changed(0, 9)],
    ["a trail without its parts", changed(24, ["k"])],
    ["sources out of order", changed(18, ["b", "a"])],
    ["a memory of values without its parts", changed(21, ["", [], []])],
    ["a memory with marks of no answer", changed(21, [`3.${"A".repeat(21)}`, ["a/b"], [], [], 0, "k"])],
    ["values of the version that had none", changed(0, 6)],
    ["approvals of the version that had none", changed(0, 7)],
    ["an approval without its parts", changed(22, [["id", 0]])],
    [
      "an approval in a state that there is not",
      changed(22, [["id", 6, "tool", "n", "s", "d", "r", "", [], "", "", 1, 2, "", ""]]),
    ],
    [
      "an approval of a rule that there is not",
      changed(22, [["id", 0, "tool", "n", "s", "d", "r", "", ["x"], "", "", 1, 2, "", ""]]),
    ],
    ["wire sessions of the version that had none", changed(0, 2)],
    ["a wire session without its parts", changed(14, [["w", 0, ""]])],
    ["a wire session with a log level that there is not", changed(14, [["w", 0, "loud", []]])],
    ["a wire session that follows what is no text", changed(14, [["w", 0, "", [1]]])],
    ["leases of the version that had none", changed(0, 3)],
    ["a lease of a scope that there is not", changed(15, [["nobody", 1, 1, 1, 1, 1, 1, 1]])],
    ["a lease with half a token", changed(15, [["tenant", 1, 1.5, 1, 1, 1, 1, 1]])],
    ["raised labels out of order", changed(16, ["b", "a"])],
    ["shared breakers of the version that had none", changed(0, 4)],
    ["a shared breaker that is half open in a third way", changed(17, [["tool a b", 0, 2, 1, 1, 0, 0, 1]])],
    ["labels of the version that had none", changed(0, 1)],
    ["labels out of order", changed(13, ["b", "a"])],
    ["a role that is no text", changed(1, 5)],
    ["a role of any length", changed(1, "r".repeat(10_000))],
    ["a kill that is no text", changed(2, true)],
    ["rates of the wrong number", changed(4, [1, 2, 3])],
    ["rates that are no numbers", changed(4, [1, 2, 3, "4"])],
    ["tools in half rows", changed(5, [1, 2])],
    [
      "too many tools",
      changed(
        5,
        Array.from({ length: 65 * 3 }, (_, index) => index),
      ),
    ],
    ["a breaker that is not finite", changed(6, [1, 2, Number.POSITIVE_INFINITY, 1])],
    ["a loop of the wrong length", changed(7, [1, 2])],
    ["a loop of a circle that there is not", changed(7, [1, 2, 3, 9])],
    ["an open call without its parts", changed(11, [["op"]])],
    ["an open call with a probe that there is not", changed(11, [["op", "n", 1, 1, 1, 8]])],
    ["a refusal of a rule that there is not", changed(12, [["persona.constructor", "n", 1, 1, 1]])],
    ["a refusal with half a count", changed(12, [["bucket.agent", "n", 1, 0.5, 1]])],
  ])("%s", (_why, frozen) => {
    expect(session.thaw(fresh)).toBeDefined();
    expect(session.thaw(frozen)).toBeUndefined();
  });

  test("any part in the place of another kind, and never throws", () => {
    const world = narrowWorld();
    fc.assert(
      fc.property(eventLog, fc.nat(), fc.jsonValue(), (events, place, value) => {
        const own = session.create();
        for (const event of events) session.decide(own, event, world);
        const frozen = session.freeze(own);
        const changed = (frozen as unknown[]).with(place % frozen.length, value);
        // Of the version before, which has the same shape.
        if (changed[0] === 5) changed[0] = frozen[0];
        const thawed = session.thaw(changed);
        expect(thawed === undefined ? changed : session.freeze(thawed)).toEqual(changed);
      }),
      { numRuns: 300 },
    );
  });
});

test("values that another version has remembered are known no more, and their sources count as wholly seen", () => {
  const fresh = session.freeze(session.create()) as unknown[];
  const read = fresh.with(18, ["@crm", "@wiki"]).with(19, ["!more", "@wiki"]);
  const other = read.with(21, [`2.${"A".repeat(20)}`, ["a/b"], [], [], 0, "k"]);
  expect(session.thaw(other)).toMatchObject({
    sources: ["@crm", "@wiki"],
    coarse: ["!more", "!other", "@crm", "@wiki"],
    faded: ["@crm", "@wiki"],
    memory: undefined,
  });
});

test("what is frozen shares nothing that a later turn writes, once it is packed", () => {
  const world = narrowWorld();
  const own: SessionState = session.create();
  session.decide(own, { kind: "configured", at: 1, role: "one" }, world);
  const packed = packr.pack(session.freeze(own));
  session.decide(own, call("op", "list", 2), world);
  expect(session.thaw(packr.unpack(packed) as Frozen)?.open).toEqual([]);
});
