import fc from "fast-check";
import { expect, test } from "vitest";
import { Packing } from "./packing.ts";

/** What comes of it, some at a time, while `between` happens after each slice. */
function packed(packing: Packing, size: number, between: (slice: number) => void): string[] {
  const came: string[] = [];
  for (let slice = 0; !packing.isDone; slice++) {
    for (let at = 0; at < size || packing.isLate; at++) {
      const key = packing.next();
      if (key === undefined) break;
      came.push(key);
    }
    packing.sliced();
    between(slice);
    if (slice > 1_000) throw new Error("it comes to no end");
  }
  return came;
}

test("each session comes, one that is met on the way too, and last of all as it was after its last turn", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
  const slices = fc.array(fc.array(key, { maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.uniqueArray(key), slices, fc.integer({ min: 1, max: 3 }), (begin, turns, size) => {
      const keys = new Set(begin);
      const packing = new Packing(1, 2, keys);
      const turn = new Map<string, number>();
      const sent = new Map<string, number>();
      let now = 0;
      for (let slice = 0; !packing.isDone && slice < 100; slice++) {
        for (let at = 0; at < size || packing.isLate; at++) {
          const next = packing.next();
          if (next === undefined) break;
          sent.set(next, now);
        }
        packing.sliced();
        if (packing.isDone) break;
        for (const each of turns[slice] ?? []) {
          turn.set(each, ++now);
          keys.add(each);
          packing.turned(each);
        }
      }
      expect(packing.isDone).toBe(true);
      for (const each of keys) expect(sent.get(each)).toBeGreaterThanOrEqual(turn.get(each) ?? 0);
    }),
  );
});

test("none comes twice that had no turn in between", () => {
  const came = packed(new Packing(1, 2, new Set(["a", "b", "c"])), 2, () => undefined);
  expect(came).toEqual(["a", "b", "c"]);
});

test("turns without an end do not keep it from coming to one", () => {
  const packing = new Packing(1, 2, new Set(["a", "b", "c"]));
  const came = packed(packing, 1, () => {
    if (!packing.isDone) for (const key of ["a", "b"]) packing.turned(key);
  });
  expect(came.length).toBeLessThan(20);
  expect(new Set(came)).toEqual(new Set(["a", "b", "c"]));
});

test("it is of one stream and one epoch", () => {
  const packing = new Packing(1, 2, new Set());
  expect([packing.is(1, 2), packing.is(1, 3), packing.is(2, 2)]).toEqual([true, false, false]);
  expect([packing.isDone, packing.isBegun]).toEqual([true, false]);
});
