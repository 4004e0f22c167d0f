/** What every store must do (store.ts, T1 to T4); each adapter's test runs it. */
import { describe, expect, test } from "vitest";
import type { Row, Store, SwapResult } from "./store.ts";

export interface StoreStand {
  readonly store: Store;
  /** Lets happen what is under way. */
  readonly settle: () => Promise<void> | void;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = ({ value }: Row): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

async function swap(stand: StoreStand, key: string, text: string, expected: number): Promise<SwapResult> {
  const results: SwapResult[] = [];
  stand.store.swap(key, bytes(text), expected, (result) => results.push(result));
  expect(results).toEqual([]);
  await stand.settle();
  expect(results).toHaveLength(1);
  return results[0] as SwapResult;
}

async function swapped(stand: StoreStand, key: string, text: string, expected: number): Promise<number> {
  const result = await swap(stand, key, text, expected);
  if (result.kind !== "swapped") throw new Error(`the swap ended as ${result.kind}`);
  return result.revision;
}

export function storeCases(make: () => StoreStand | Promise<StoreStand>): void {
  describe("a swap", () => {
    swapCases(make);
  });
  describe("a watch", () => {
    watchCases(make);
  });
}

function swapCases(make: () => StoreStand | Promise<StoreStand>): void {
  test("succeeds on the revision that stands, and conflicts on every other", async () => {
    const stand = await make();
    const first = await swapped(stand, "a", "1", 0);
    expect(await swap(stand, "a", "2", 0)).toEqual({ kind: "conflict" });
    expect(await swap(stand, "a", "2", first + 1)).toEqual({ kind: "conflict" });
    const second = await swapped(stand, "a", "2", first);
    expect(second).toBeGreaterThan(first);
    expect(await swap(stand, "a", "3", first)).toEqual({ kind: "conflict" });
  });

  test("of one of two that expect the same revision succeeds, and of the other does not", async () => {
    const stand = await make();
    const results: SwapResult[] = [];
    for (const text of ["x", "y"]) stand.store.swap("a", bytes(text), 0, (result) => results.push(result));
    await stand.settle();
    expect(results.map(({ kind }) => kind).sort()).toEqual(["conflict", "swapped"]);
  });

  test("of another row gives a revision above all earlier ones, and the store's time", async () => {
    const stand = await make();
    const first = await swapped(stand, "a", "1", 0);
    const result = await swap(stand, "b", "1", 0);
    expect(result).toMatchObject({ kind: "swapped" });
    if (result.kind !== "swapped") return;
    expect(result.revision).toBeGreaterThan(first);
    expect(result.at).toBeGreaterThan(1_500_000_000_000);
  });

  test("keeps what was given, also when the giver writes over its bytes", async () => {
    const stand = await make();
    const value = bytes("mine");
    stand.store.swap("a", value, 0, () => undefined);
    value.fill(0);
    const rows: Row[] = [];
    await stand.settle();
    stand.store.watch(
      (row) => rows.push(row),
      () => undefined,
    );
    await stand.settle();
    expect(rows.map(textOf)).toEqual(["mine"]);
  });
}

function watchCases(make: () => StoreStand | Promise<StoreStand>): void {
  test("brings what stands in the order of revisions, says so once, then brings every change", async () => {
    const stand = await make();
    const a = await swapped(stand, "a", "1", 0);
    await swapped(stand, "b", "1", 0);
    await swapped(stand, "a", "2", a);
    const seen: string[] = [];
    stand.store.watch(
      (row) => seen.push(`${row.key}=${textOf(row) ?? ""}`),
      () => seen.push("caught up"),
    );
    expect(seen).toEqual([]);
    await stand.settle();
    expect(seen).toEqual(["b=1", "a=2", "caught up"]);
    await swapped(stand, "c", "1", 0);
    expect(seen).toEqual(["b=1", "a=2", "caught up", "c=1"]);
  });

  test("of nothing catches up at once, and never brings a swap that conflicted", async () => {
    const stand = await make();
    const seen: string[] = [];
    stand.store.watch(
      (row) => seen.push(row.key),
      () => seen.push("caught up"),
    );
    await stand.settle();
    await swap(stand, "a", "1", 7);
    expect(seen).toEqual(["caught up"]);
  });

  test("brings nothing any more once it is over", async () => {
    const stand = await make();
    const seen: string[] = [];
    const end = stand.store.watch(
      (row) => seen.push(row.key),
      () => undefined,
    );
    await stand.settle();
    end();
    await swapped(stand, "a", "1", 0);
    expect(seen).toEqual([]);
  });
}
