import fc from "fast-check";
import { expect, test } from "vitest";
import { Slots } from "./slots.ts";

const row = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

test("many rows hold what was written last, as a map of copies does", () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 40 }),
    length: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 16_000, max: 17_000 })),
    value: fc.integer({ min: 1, max: 255 }),
    isDeleted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const slots = new Slots();
      const map = new Map<string, { bytes: Uint8Array; at: number }>();
      for (const { key, length, value, isDeleted } of steps) {
        const name = `session-${key}`;
        if (isDeleted) {
          slots.delete(name);
          map.delete(name);
        } else {
          slots.set(name, row(length, value), value * 1e9);
          map.set(name, { bytes: row(length, value), at: value * 1e9 });
        }
      }
      expect(slots.size).toBe(map.size);
      expect([...slots.keys()].sort()).toEqual([...map.keys()].sort());
      for (const [name, { bytes, at }] of map) {
        expect(slots.get(name)).toEqual(bytes);
        expect(slots.at(name)).toBe(at);
      }
    }),
  );
});

test("a row that was read stays as it was when another takes its slot", () => {
  const slots = new Slots();
  slots.set("one", row(100, 1), 1);
  const read = slots.get("one");
  slots.delete("one");
  slots.set("other", row(100, 2), 2);
  expect(read).toEqual(row(100, 1));
  expect(slots.get("one")).toBeUndefined();
});

test("rows that come and go, or are written again, take no more room than the most at once", () => {
  const slots = new Slots();
  for (let key = 0; key < 500; key++) slots.set(`key-${key}`, row(300 + (key % 3) * 40, 1), 1);
  const { bytes } = slots;
  for (let round = 2; round < 12; round++)
    for (let key = 0; key < 500; key++) {
      const length = 300 + (key % 3) * 40;
      if (key % 2 === 0) slots.set(`key-${key}`, row(length, round), round);
      else {
        slots.delete(`key-${key}`);
        slots.set(`key-${key}`, row(length, round), round);
      }
    }
  expect(slots.bytes).toBe(bytes);
  expect(slots.get("key-499")).toEqual(row(340, 11));
});

test("a thousand rows of 300 bytes take less than a tenth more than they hold", () => {
  const slots = new Slots();
  for (let key = 0; key < 10_000; key++) slots.set(`key-${key}`, row(300, 1), 1);
  expect(slots.bytes).toBeLessThan(10_000 * 300 * 1.1);
});
