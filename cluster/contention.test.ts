import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Deaths, Yielding } from "./contention.ts";
import { bury, firstView } from "./view.ts";
import type { Member, View } from "./view.ts";

function viewOf(count: number): View {
  const members = Array.from({ length: count }, (_, place): Member => ({ id: `n${place}`, incarnation: 3, weight: 1, isLive: true })); // prettier-ignore
  return { ...firstView("h", 16), number: 2, members };
}

/** Places of who writes a death so long after all have heard of it. */
function writers(view: View, dead: number, afterMs: number): number[] {
  return view.members.flatMap((_, own) => {
    const deaths = new Deaths();
    deaths.said(`n${dead}`, 3);
    deaths.due(view, own, 1_000);
    return own !== dead && deaths.due(view, own, 1_000 + afterMs).length > 0 ? [own] : [];
  });
}

test("Q1 in a small cluster everybody writes a death at once", () => {
  for (let count = 2; count <= limits.buriersMax + 1; count++)
    expect(writers(viewOf(count), 1, 0)).toHaveLength(count - 1);
});

test("Q1 of a thousand a few write it at once, twice as many each step later, and in the end all", () => {
  const view = viewOf(1_000);
  expect(writers(view, 998, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 999]);
  expect(writers(view, 998, limits.burialStepMs)).toHaveLength(2 * limits.buriersMax);
  expect(writers(view, 998, 2 * limits.burialStepMs)).toHaveLength(4 * limits.buriersMax);
  expect(writers(view, 998, 7 * limits.burialStepMs)).toHaveLength(999);
});

test("Q1 whoever is left writes a death within half a second of a thousand members", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1_000 }), fc.nat(), fc.nat(), (count, dead, own) => {
      fc.pre(dead % count !== own % count);
      expect(writers(viewOf(count), dead % count, 500)).toContain(own % count);
    }),
    { numRuns: 20 },
  );
});

test("a death that the view shows is not written again, and one of a later incarnation is", () => {
  const view = viewOf(5);
  const deaths = new Deaths();
  deaths.said("n2", 3);
  deaths.said("n2", 2);
  expect(deaths.due(view, 0, 0)).toEqual([["n2", 3]]);
  const buried = bury(view, deaths.due(view, 0, 0));
  expect(buried?.members[2]?.isLive).toBe(false);
  deaths.viewed(buried ?? view);
  expect(deaths.due(view, 0, 0)).toEqual([]);
  deaths.said("n2", 4);
  expect(deaths.due(view, 0, 0)).toEqual([["n2", 4]]);
});

/** When a node may try again that loses all swaps, each at the moment when it may. */
function waits(id: string, members: number, losses: number): number[] {
  const yielding = new Yielding(id);
  let now = 0;
  return Array.from({ length: losses }, () => {
    yielding.lost(viewOf(members), now);
    const from = now;
    while (!yielding.mayTry(now)) now++;
    return now - from;
  });
}

test("Q2 one lost swap costs no time, and more in a row at most everybody's share", () => {
  for (const members of [3, 50, 1_000]) {
    const each = waits("n1", members, 30);
    expect(each[0]).toBe(0);
    expect(Math.max(...each)).toBeGreaterThan(0);
    expect(Math.max(...each)).toBeLessThanOrEqual(limits.viewShareMs * members);
  }
});

test("Q2 nodes that lose together try at different times, and a swap that stands ends the waiting", () => {
  expect(
    new Set(Array.from({ length: 50 }, (_, place) => waits(`n${place}`, 1_000, 8).at(-1))).size,
  ).toBeGreaterThan(40);
  const yielding = new Yielding("n1");
  for (let loss = 0; loss < 9; loss++) yielding.lost(viewOf(1_000), 0);
  yielding.won();
  yielding.lost(viewOf(1_000), 100_000);
  expect(yielding.mayTry(100_000)).toBe(true);
});
