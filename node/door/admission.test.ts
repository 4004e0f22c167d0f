import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Admission, type Room } from "./admission.ts";

const bounds = { ownBytesMax: 100, allBytesMax: 300, spareBytes: 50 };
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: string }).code;
  }
};

describe("an agent's room", () => {
  test("is its bound, and one byte beyond it is refused", () => {
    const admission = new Admission(bounds);
    admission.enter("ann", 60);
    expect(codeOf(() => admission.enter("ann", 41))).toBe("TOO_MUCH_AT_ONCE");
    expect(codeOf(() => admission.enter("ann", 40))).toBeUndefined();
  });

  test("is no other's: who is full keeps nobody out", () => {
    const admission = new Admission(bounds);
    admission.enter("ann", 100);
    expect(codeOf(() => admission.enter("bob", 100))).toBeUndefined();
  });

  test("is there again when all have left who held it, and not before", () => {
    const admission = new Admission(bounds);
    const room = admission.enter("ann", 100);
    room.hold();
    room.leave();
    expect(codeOf(() => admission.enter("ann", 1))).toBe("TOO_MUCH_AT_ONCE");
    room.leave();
    room.leave();
    expect(codeOf(() => admission.enter("ann", 100))).toBeUndefined();
    expect(admission.bytes).toBe(100);
  });

  test("grows with a body of unknown length up to the bound, and shrinks to what it was", () => {
    const admission = new Admission(bounds);
    const room = admission.enter("ann", 10);
    room.resize(100);
    expect(codeOf(() => room.resize(101))).toBe("TOO_MUCH_AT_ONCE");
    room.resize(30);
    expect(admission.bytes).toBe(30);
    room.leave();
    expect(admission.bytes).toBe(0);
  });
});

describe("the node's room", () => {
  test("is bounded, and its last part is for agents that have nothing there", () => {
    const admission = new Admission(bounds);
    for (const agent of ["ann", "bob", "cid"]) admission.enter(agent, 90);
    admission.enter("dan", 50);
    expect(admission.bytes).toBe(320);
    expect(codeOf(() => admission.enter("ann", 1))).toBe("OVERLOADED");
    expect(codeOf(() => admission.enter("eve", 31))).toBe("OVERLOADED");
    expect(codeOf(() => admission.enter("eve", 30))).toBeUndefined();
  });

  test("whatever comes and goes: both bounds hold, and nothing is left in the end", () => {
    const step = fc.record({ owner: fc.constantFrom("ann", "bob", "cid", "dan", "eve"), bytes: fc.integer({ min: 1, max: 110 }), leaves: fc.nat(20), resize: fc.option(fc.nat(110)) }); // prettier-ignore
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const admission = new Admission(bounds);
        const open: { owner: string; room: Room }[] = [];
        for (const { owner, bytes, leaves, resize } of steps) {
          codeOf(() => open.push({ owner, room: admission.enter(owner, bytes) }));
          const at = open[leaves];
          if (at !== undefined && resize !== null) codeOf(() => at.room.resize(resize));
          else if (at !== undefined) open.splice(leaves, 1)[0]?.room.leave();
          const own = new Map<string, number>();
          for (const each of open) own.set(each.owner, (own.get(each.owner) ?? 0) + each.room.bytes);
          expect(Math.max(0, ...own.values())).toBeLessThanOrEqual(bounds.ownBytesMax);
          expect(admission.bytes).toBe([...own.values()].reduce((sum, each) => sum + each, 0));
          expect(admission.bytes).toBeLessThanOrEqual(bounds.allBytesMax + bounds.spareBytes);
        }
        for (const { room } of open) room.leave();
        expect(admission.bytes).toBe(0);
      }),
    );
  });
});

describe("who waits", () => {
  const largest = limits.bodyBytesMax;
  const two = { ownBytesMax: 2 * largest, allBytesMax: 3 * largest, spareBytes: 0 };

  test("comes in its order as soon as there is room, and an agent without room is passed over", () => {
    const admission = new Admission(two);
    const came: string[] = [];
    const rooms: Room[] = [];
    const wait = (owner: string, name: string): (() => void) =>
      admission.await(owner, (room) => {
        came.push(name);
        rooms.push(room);
      });
    for (const name of ["a1", "a2", "a3", "a4"]) wait("ann", name);
    expect([came, admission.waiting]).toEqual([["a1", "a2"], 2]);
    wait("bob", "b1");
    expect(came).toEqual(["a1", "a2", "b1"]);
    rooms[0]?.leave();
    expect(came).toEqual(["a1", "a2", "b1", "a3"]);
    rooms[1]?.leave();
    expect(came.at(-1)).toBe("a4");
  });

  test("and is gone takes no room", () => {
    const admission = new Admission(two);
    const rooms: Room[] = [];
    for (let at = 0; at < 2; at++) admission.await("ann", (room) => rooms.push(room));
    const takeBack = admission.await("ann", () => expect.fail("it had gone"));
    takeBack();
    for (const room of rooms) room.leave();
    expect([admission.waiting, admission.bytes]).toEqual([0, 0]);
  });
});

test("large bodies are never looked at two in a round of the event loop, agents in turn", async () => {
  const admission = new Admission(bounds);
  const seen: string[] = [];
  for (const each of ["a1", "a2", "a3", "b1"]) admission.turn(each.slice(0, 1), () => void seen.push(each));
  while (seen.length < 4) {
    const before = seen.length;
    await new Promise((resolve) => void setImmediate(resolve));
    expect(seen.length - before).toBeLessThanOrEqual(1);
  }
  expect(seen).toEqual(["a1", "b1", "a2", "a3"]);
});

test("after a body that took long all else has as long", async () => {
  const admission = new Admission(bounds);
  const ends: number[] = [];
  const busy = (): void => {
    const until = performance.now() + 20;
    while (performance.now() < until);
    ends.push(performance.now());
  };
  for (let at = 0; at < 3; at++) admission.turn("ann", () => busy());
  while (ends.length < 3) await new Promise((resolve) => void setImmediate(resolve));
  const [first = 0, second = 0, third = 0] = ends;
  // Of 40 ms each, 20 of them its own; timers may be a millisecond early.
  expect(Math.min(second - first, third - second)).toBeGreaterThan(38);
});
