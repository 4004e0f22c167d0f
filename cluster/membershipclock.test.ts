/** A node whose first renewal is not answered: the watch brings it all the same, and nobody has told it the time. */
import { expect, test } from "vitest";
import { Membership } from "./membership.ts";
import type { SwapResult } from "./store.ts";

test("a node that holds a lease and was not told the time does not act, nor ask for a change of the view", () => {
  const swaps: { key: string; value: Uint8Array; then: (result: SwapResult) => void }[] = [];
  const membership = new Membership(
    { id: "n1", weight: 1, shards: 4, floor: { incarnation: 0, number: 0 } },
    {
      swap: (key, value, _expected, then) => void swaps.push({ key, value, then }),
      keepFloor: () => undefined,
      viewed: () => undefined,
      wants: () => undefined,
      unheeded: () => undefined,
      alarm: () => undefined,
      mint: () => "h",
    },
  );
  const keys = (): string[] => swaps.map(({ key }) => key);
  const answer = (place: number, result: SwapResult): void => swaps[place]?.then(result);
  const bring = (place: number, revision: number, now: number): void =>
    membership.row({ key: String(swaps[place]?.key), revision, value: swaps[place]?.value }, now);
  membership.caughtUp(0);
  bring(0, 1, 5);
  answer(0, { kind: "unknown" });
  membership.tick(10);
  expect([keys(), membership.isActing(10)]).toEqual([["node.n1"], false]);
  membership.tick(400);
  expect(keys()).toEqual(["node.n1", "node.n1"]);
  answer(1, { kind: "swapped", revision: 2, at: 1_800_000_000_000 });
  bring(1, 2, 405);
  expect(keys()).toEqual(["node.n1", "node.n1", "view"]);
  answer(2, { kind: "swapped", revision: 3, at: 1_800_000_000_010 });
  expect(membership.isActing(410)).toBe(true);
  expect(membership.clock.now(410)).toBeGreaterThanOrEqual(1_800_000_000_000);
});
