/** Rows that no honest node has written: what is made of them, and that nobody is stuck with them. */
import { expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Membership } from "./membership.ts";
import { decodeNodeRow, encodeNodeRow } from "./noderow.ts";
import { Operations } from "./operations.ts";
import type { SwapResult } from "./store.ts";
import { firstView, join } from "./view.ts";
import type { View } from "./view.ts";
import { decodeView, encodeView } from "./viewrow.ts";

test("numbers that leave none above them are refused, and the largest honest ones are not", () => {
  const view = join(firstView("h", 4), "n1", 1, 1) as View;
  expect(decodeView(encodeView({ ...view, number: 2 ** 48 - 1 }))).toBeUndefined();
  expect(decodeView(encodeView({ ...view, number: 2 ** 46 }))?.number).toBe(2 ** 46);
  expect(decodeNodeRow(encodeNodeRow({ incarnation: 2 ** 48 - 1, isDead: false, count: 1 }))).toBeUndefined();
  expect(decodeNodeRow(encodeNodeRow({ incarnation: 2 ** 46, isDead: true, count: 1 }))?.isDead).toBe(true);
});

function acting(): {
  readonly membership: Membership;
  readonly swaps: { key: string; value: Uint8Array; expected: number; then: (result: SwapResult) => void }[];
  readonly alarms: string[];
} {
  const swaps: { key: string; value: Uint8Array; expected: number; then: (result: SwapResult) => void }[] =
    [];
  const alarms: string[] = [];
  const membership = new Membership(
    { id: "n1", weight: 1, shards: 4, floor: { incarnation: 0, number: 0 } },
    {
      swap: (key, value, expected, then) => void swaps.push({ key, value, expected, then }),
      keepFloor: () => undefined,
      viewed: () => undefined,
      wants: () => undefined,
      unheeded: () => undefined,
      alarm: (says) => void alarms.push(says),
      mint: () => "h2",
    },
  );
  membership.caughtUp(0);
  swaps[0]?.then({ kind: "swapped", revision: 1, at: 1_800_000_000_000 });
  membership.row({ key: "node.n1", revision: 1, value: swaps[0]?.value }, 5);
  membership.tick(10);
  const view = swaps.find(({ key }) => key === "view");
  view?.then({ kind: "swapped", revision: 2, at: 1_800_000_000_010 });
  membership.row({ key: "view", revision: 2, value: view?.value }, 12);
  expect(membership.isActing(15)).toBe(true);
  return { membership, swaps, alarms };
}

test("a view that is no view is written over by a node that acts, with what it knows", () => {
  const { membership, swaps, alarms } = acting();
  const known = membership.view;
  membership.row({ key: "view", revision: 7, value: Buffer.alloc(500, 9) }, 20);
  membership.tick(400);
  const written = swaps.findLast(({ key }) => key === "view");
  expect([written?.expected, alarms.length]).toEqual([7, 1]);
  expect(decodeView(written?.value ?? Buffer.alloc(0))?.number).toBeGreaterThan(known?.number ?? 0);
});

test("a view of another version of the program is left alone", () => {
  const { membership, swaps, alarms } = acting();
  const other = Buffer.from(encodeView(membership.view as View));
  other[0] = 0x32;
  const before = swaps.filter(({ key }) => key === "view").length;
  membership.row({ key: "view", revision: 7, value: other }, 20);
  membership.tick(400);
  expect(swaps.filter(({ key }) => key === "view")).toHaveLength(before);
  expect(alarms).toEqual([expect.stringContaining("another version")]);
});

test("operations that are full have room again once the closed ones need not be known any more", () => {
  const operations = new Operations();
  for (let at = 0; at < limits.operationsPerShardMax; at++) {
    operations.open(`op${at}`, "key", 1_000);
    operations.close(`op${at}`, 1_000);
  }
  expect(operations.isFull(1_000 + limits.operationKeptMs - 1)).toBe(true);
  expect(operations.isFull(1_000 + limits.operationKeptMs)).toBe(false);
  expect(operations.find("op0")).toBeUndefined();
});
