import fc from "fast-check";
import { expect, test } from "vitest";
import "../test/seed.ts";
import { limits } from "../protocol/limits.ts";
import { decodeOrderWord, encodeOrderWord } from "./orderword.ts";

const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
const word = fc.record({
  count,
  heard: fc.array(fc.record({ id: name, boot: count, count }), { maxLength: 5 }),
  orders: fc.array(
    fc.record({
      key: fc.stringMatching(/^[a-z]{1,8}\.[A-Za-z0-9_-]{1,12}$/),
      text: fc.string({ unit: "binary", maxLength: 60 }),
    }),
    { maxLength: 5 },
  ),
  storeAgeMs: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
});

test("a word is read as it was said", () => {
  fc.assert(
    fc.property(word, (each) => {
      expect(decodeOrderWord(encodeOrderWord(each))).toEqual(each);
    }),
  );
});

test.each(["", ",null", ",-1", ',"7"', ",1.5", ",{}"])(
  "a word that says nothing sound of the store (%s) says nothing of it",
  (age) => {
    expect(decodeOrderWord(Buffer.from(`[1,[],[]${age}]`))).toEqual({ count: 1, heard: [], orders: [], storeAgeMs: undefined }); // prettier-ignore
  },
);

test("whatever the bytes are, it is a word or nothing, and nothing throws", () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 }), (each, at, byte, cut) => {
      const bytes = Buffer.from(encodeOrderWord(each));
      bytes[at % bytes.length] = byte;
      const read = decodeOrderWord(bytes.subarray(0, bytes.length - cut));
      expect(read && decodeOrderWord(encodeOrderWord(read))).toEqual(read);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["no list", "{}"],
  ["a number below one", "[0,[],[]]"],
  ["a fraction", "[1.5,[],[]]"],
  ["a key of another shape", '[1,[],[["view","x"]]]'],
  ["a key that would be two tokens more", '[1,[],[["kill.a.b","x"]]]'],
  ["a text that is none", '[1,[],[["kill.a",1]]]'],
  ["a text beyond its bound", `[1,[],[["kill.a","${"x".repeat(limits.orderBytesMax + 1)}"]]]`],
  ["a name that is none", '[1,[["a b",1,1]],[]]'],
  ["a key that reaches a prototype", '[1,[{"__proto__":1}],[]]'],
  ["a word beyond its bound", `[1,[],[]${" ".repeat(limits.wordBytesMax)}]`],
])("%s is nothing", (_says, text) => {
  expect(decodeOrderWord(Buffer.from(text))).toBeUndefined();
});

test("what a newer version adds behind is passed over", () => {
  expect(decodeOrderWord(Buffer.from('[3,[["a",1,2,"new"]],[["kill.a","x",7]],"more"]'))).toEqual({
    count: 3,
    heard: [{ id: "a", boot: 1, count: 2 }],
    orders: [{ key: "kill.a", text: "x" }],
  });
});
