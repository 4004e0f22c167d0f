import fc from "fast-check";
import { expect, test } from "vitest";
import { readable } from "../dlp/encoding.ts";
import { base32, base64, Bytes, charsMin, hex, mayBegin, mayBegin64, places64 } from "./radix.ts";

const codesOf = (letters: string): Uint8Array => Uint8Array.from(letters, (each) => each.charCodeAt(0));

/** Bytes that mean nothing, the beginnings of what is packed, texts in UTF-8 and in UTF-16. */
const said = fc.oneof(
  fc.uint8Array({ minLength: 6, maxLength: 40 }),
  fc.constantFrom([0x1f, 0x8b], [0x78, 0x9c], [0x78, 0x01], [0xff, 0xfe], [0xfe, 0xff], [0x1f, 0x20], [0x78, 0x79]).chain((first) => fc.uint8Array({ minLength: 6, maxLength: 30 }).map((rest) => Uint8Array.from([...first, ...rest]))), // prettier-ignore
  fc
    .string({ unit: "grapheme", minLength: 6, maxLength: 40 })
    .map((text) => new Uint8Array(Buffer.from(text))),
  fc.string({ unit: "grapheme-ascii", minLength: 6, maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text, "utf16le"))), // prettier-ignore
);

test("letters are refused only when what they stand for is no text, and taken for ASCII only when it is", () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(said, fc.boolean(), (bytes, isHex) => {
      const letters = codesOf(
        Buffer.from(bytes)
          .toString(isHex ? "hex" : "base64")
          .replaceAll("=", ""),
      );
      const [read, into] = [new Bytes(), new Uint8Array(letters.length)];
      const isTaken = read.read(into, letters, 0, letters.length, isHex ? hex : base64, false);
      let isPacked = false;
      const text = readable(bytes, () => {
        isPacked = true;
        return undefined;
      });
      const isText = text !== undefined && text.length >= charsMin;
      expect(isTaken || !isText).toBe(true);
      // Of what is packed nothing is known before it is opened; UTF-16 may have what is no character farther on.
      const plain = Buffer.from(into.subarray(0, read.length)).toString("latin1");
      expect(!isTaken || !read.isAscii || plain === text).toBe(true);
      expect(!isTaken || isHex || mayBegin64(letters, 0, letters.length)).toBe(true);
      const moved = new Uint8Array(letters.length + 3);
      for (let place = 0; place < 4 && !isHex; place++) {
        moved.set(letters, place);
        expect(!mayBegin64(letters, 0, letters.length) || ((places64(moved, 0) >> place) & 1) === 1).toBe(
          true,
        );
      }
      if (isPacked) return;
      if (isText) taken++;
      else refused++;
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(taken, refused)).toBeGreaterThan(300);
});

test("letters that say a text may begin one, however few of them are looked at", () => {
  let [begun, refused] = [0, 0];
  fc.assert(
    fc.property(
      said,
      fc.constantFrom(hex, base64, base32),
      fc.integer({ min: 4, max: 60 }),
      (bytes, radix, to) => {
        const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
        const groups = bits.match(new RegExp(`.{${radix.bits}}`, "g")) ?? [];
        const letters = Uint8Array.from(groups, (group) => radix.values.indexOf(Number.parseInt(group, 2)));
        const isText = new Bytes().read(new Uint8Array(99), letters, 0, letters.length, radix, false);
        const isBegun = mayBegin(letters, 0, Math.min(to, letters.length), radix);
        expect(isBegun || !isText).toBe(true);
        if (isText) begun++;
        else if (!isBegun) refused++;
      },
    ),
    { numRuns: 3_000 },
  );
  expect(Math.min(begun, refused)).toBeGreaterThan(300);
});

test("words of paths and logs are told from base64 by their first letters", () => {
  for (const word of ["/v1/orders/9", "/orders/2662", "checkout-17", "ckout-7", "SKU-27439"]) {
    const letters = codesOf(word);
    const begun = Array.from({ length: 4 }, (_, at) => mayBegin64(letters, at, letters.length));
    expect([word, ...begun]).toEqual([word, false, false, false, false]);
  }
});

test("a part of a longer run may begin and end within a character", () => {
  const bytes = Buffer.from("é größer als xä");
  const letters = codesOf(Buffer.from(bytes.subarray(1, bytes.length - 1)).toString("base64").replaceAll("=", "")); // prettier-ignore
  const [read, into] = [new Bytes(), new Uint8Array(64)];
  expect(read.read(into, letters, 0, letters.length, base64, false)).toBe(false);
  expect(read.read(into, letters, 0, letters.length, base64, true)).toBe(true);
  expect(Buffer.from(into.subarray(0, read.length)).toString()).toBe(" größer als x");
});
