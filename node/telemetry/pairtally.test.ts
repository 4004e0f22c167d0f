import fc from "fast-check";
import { expect, test } from "vitest";
import { PairTally } from "./pairtally.ts";

test("what is taken, over any number of takings, is what was counted, pair by pair", () => {
  const label = fc.constantFrom("a", "b", "ab", "");
  const step = fc.oneof(fc.constant("take" as const), fc.tuple(label, label));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const tally = new PairTally();
      const counted = new Map<string, number>();
      const taken = new Map<string, number>();
      const add = (sums: Map<string, number>, first: string, second: string, count: number): void =>
        void sums.set(`${first}|${second}`, (sums.get(`${first}|${second}`) ?? 0) + count);
      for (const one of [...steps, "take" as const]) {
        if (one === "take") tally.empty((first, second, count) => add(taken, first, second, count));
        else {
          tally.count(...one);
          add(counted, ...one, 1);
        }
      }
      expect(taken).toEqual(counted);
    }),
  );
});
