import fc from "fast-check";
import { expect, test } from "vitest";
import { BitReader, BitWriter, bitsFor } from "./bitrow.ts";

const part = fc.oneof(
  fc.record({ is: fc.constant("bits" as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }), count: fc.integer({ min: 0, max: 32 }) }), // prettier-ignore
  fc.record({ is: fc.constant("number" as const), value: fc.maxSafeNat(), count: fc.constant(0) }),
  fc.record({ is: fc.constant("rice" as const), value: fc.integer({ min: 0, max: 2_047 }), count: fc.integer({ min: 0, max: 10 }) }), // prettier-ignore
);

test("what was written as bits is read again, and takes seven bits to a character", () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const writer = new BitWriter();
      for (const { is, value, count } of parts)
        if (is === "bits") writer.bits(value, count);
        else if (is === "rice") writer.rice(value, count);
        else writer.number(value);
      const text = writer.text();
      expect(/^[\u0000-\u007f]*$/.test(text)).toBe(true);
      const reader = new BitReader(text);
      for (const { is, value, count } of parts) {
        const read = is === "bits" ? reader.bits(count) : is === "rice" ? reader.rice(count) : reader.number(); // prettier-ignore
        expect(read).toBe(is === "bits" && count < 32 ? value % 2 ** count : value);
      }
      expect(reader.isOver).toBe(true);
      reader.bits(8);
      expect(reader.isBroken).toBe(true);
    }),
  );
});

test("a row that was cut, or has more behind it, is not over", () => {
  const writer = new BitWriter();
  for (let at = 0; at < 10; at++) writer.number(at * 1_000_003);
  const text = writer.text();
  for (const other of [text.slice(0, -1), `${text}A`, `${text}\u0000`, text.replace(/.$/s, "\u00e9")]) {
    const reader = new BitReader(other);
    for (let at = 0; at < 10; at++) reader.number();
    expect(reader.isOver).toBe(false);
  }
});

test("so many bits tell so many things apart", () => {
  expect([0, 1, 2, 3, 4, 5, 255, 256, 257].map(bitsFor)).toEqual([0, 0, 1, 2, 2, 3, 8, 8, 9]);
});
