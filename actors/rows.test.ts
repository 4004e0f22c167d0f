import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cell, findRow, hashKey, jointKey, noRows, textKey, thawRows, withoutRow, withRow } from "./rows.ts";

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("a table", () => {
  const rows = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 20 });

  test("finds what was put in, and no more once it is taken out", () => {
    fc.assert(
      fc.property(rows, fc.nat(), (keys, pick) => {
        const table = keys.reduce((cells, key) => withRow(cells, [key, key + 0.5]), noRows);
        const key = keys[pick % keys.length] ?? 0;
        const row = findRow(table, 2, key);
        expect(cell(table, row + 1)).toBe(key + 0.5);
        const less = withoutRow(table, 2, row);
        expect(findRow(less, 2, key)).toBe(-1);
        expect(less.length).toBe(table.length - 2);
        for (const other of keys) expect(findRow(less, 2, other) >= 0).toBe(other !== key);
      }),
    );
  });

  test("the empty one is shared, so it can never be written", () => {
    expect(() => noRows.push(1)).toThrow(TypeError);
    expect(withoutRow([1, 2], 2, 0)).toBe(noRows);
  });

  test.each<[string, unknown]>([
    ["half a row", [1, 2, 3]],
    ["too many rows", [1, 0, 2, 0, 3, 0]],
    ["a key twice", [1, 0, 1, 0]],
    ["a text", [1, "0"]],
    ["no number", [1, Number.NaN]],
    ["infinity", [1, Number.POSITIVE_INFINITY]],
    ["null", [1, null]],
    ["a hole", Array.from({ length: 2 })],
    ["no array", "12"],
    ["nothing", undefined],
  ])("does not come back from %s", (_why, value) => {
    expect(thawRows(value, 2, 2)).toBeUndefined();
  });

  test("comes back from what it was", () => {
    expect(thawRows([1, 0, 2, 0.5], 2, 2)).toEqual([1, 0, 2, 0.5]);
    expect(thawRows([], 2, 2)).toBe(noRows);
  });
});

describe("keys", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const hash = fc.string({ unit: fc.constantFrom(...base64url), minLength: 8, maxLength: 22 });

  test("are whole numbers that doubles add exactly", () => {
    fc.assert(
      fc.property(text, hash, (one, other) => {
        for (const key of [textKey(one), hashKey(other), jointKey(textKey(one), hashKey(other))]) {
          expect(Number.isSafeInteger(key)).toBe(true);
          expect(key).toBeGreaterThanOrEqual(0);
          expect(key).toBeLessThan(2 ** 52);
        }
      }),
    );
  });

  test("of hashes differ when their first eight characters do", () => {
    fc.assert(
      fc.property(hash, hash, (one, other) => {
        expect(hashKey(one) === hashKey(other)).toBe(one.slice(0, 8) === other.slice(0, 8));
      }),
    );
    expect(hashKey("")).toBe(0);
    expect(hashKey("--------")).toBeGreaterThan(0);
  });

  test("of a hundred thousand names do not meet", () => {
    const keys = new Set<number>();
    for (let index = 0; index < 50_000; index++) {
      keys.add(textKey(`tool get_record_${index}`));
      keys.add(textKey(`resource docs://${index}/a`));
    }
    expect(keys.size).toBe(100_000);
  });
});
