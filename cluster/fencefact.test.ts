import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFenceFact, encodeFenceFact } from "./fencefact.ts";

const numbers = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const text = fc.string({ maxLength: 40, unit: "grapheme" });

test("a fact is read as it was written", () => {
  fc.assert(
    fc.property(
      text,
      text.filter((key) => key !== ""),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      numbers,
      numbers,
      (op, key, at, epoch, n) => {
        // prettier-ignore
        expect(decodeFenceFact(encodeFenceFact({ op, key, at, epoch, n }))).toEqual({ op, key, at, epoch, n });
      },
    ),
  );
});

test("what is cut off, longer, of no session, or anything else is none, and reading it throws nothing", () => {
  const whole = Buffer.from(
    encodeFenceFact({ op: "op-1", key: "default/desk/ann/-", at: 12.5, epoch: 7, n: 3 }),
  );
  for (let end = 0; end < whole.length; end++)
    expect(decodeFenceFact(whole.subarray(0, end))).toBeUndefined();
  expect(decodeFenceFact(Buffer.concat([whole, Buffer.from([0])]))).toBeUndefined();
  expect(decodeFenceFact(encodeFenceFact({ op: "op-1", key: "", at: 1, epoch: 7, n: 3 }))).toBeUndefined();
  const endless = Buffer.from(whole);
  endless.writeDoubleLE(Number.POSITIVE_INFINITY, 1);
  expect(decodeFenceFact(endless)).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeFenceFact(bytes)));
});
