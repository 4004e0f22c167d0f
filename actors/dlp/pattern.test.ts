import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { patternFault } from "./pattern.ts";

function faultOf(pattern: string): string {
  const shape = patternFault(pattern);
  return typeof shape === "string" ? shape : `accepted, 0 to ${shape.lengthMax}`;
}

test.each([
  ["a+", /open repeat/],
  ["a*b", /open repeat/],
  ["a{3,}", /open repeat/],
  ["a{2,1}", /runs backwards/],
  ["a{0}", /repeat of nothing/],
  ["a{1001}", /above 1000/],
  ["(?:a{40}){40}", /come to 1600 times/],
  ["(?:a?){5}", /may be empty/],
  ["a{2}?", /lazy/],
  ["a??", /lazy/],
  ["(?=a)b", /look-around/],
  ["(?!a)b", /look-around/],
  ["(?<=a)b", /look-around/],
  ["(?<n>a)", /look-around/],
  ["(?i)a", /look-around/],
  ["(a)\\1", /escape/],
  ["\\p{L}", /escape/],
  ["\\x41", /escape/],
  ["^a", /anchor/],
  ["a$", /anchor/],
  ["(a", /without its/],
  ["a)", /without its/],
  ["[a", /without its/],
  ["[]", /empty set/],
  ["[z-a]", /runs backwards/],
  ["[a-\\d]", /ends in a class/],
  ["[^\\S]", /negated class/],
  ["{3}", /repeats nothing/],
  ["a{x}", /must be escaped/],
  ["\u{1f600}", /basic plane/],
  ["a?", /empty text/],
  ["", /empty text/],
  ["\\b", /empty text/],
  ["(?:.{1000}){1}.{1000}a{1000}", /accepted, 0 to 3000/],
])("the pattern %j is judged: %s", (pattern, says) => {
  expect(faultOf(pattern)).toMatch(says);
});

const literal = fc.constantFrom("a", "B", "7", "\\.", "\\-", "_", "é", " ", "\\n", "\\/");
const set = fc.constantFrom("[a-z]", "[^0-9]", "\\d", "\\w", "\\S", "[\\w.-]", "[-a]", ".", "[^\\s\"']");
const patterns = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal,
    set,
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => a + b),
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie("node"), fc.nat(3), fc.nat(4)).map(([a, min, more]) => `(?:${a}){${min},${min + more + 1}}`),
    tie("node").map((a) => `(?:${a})?`),
  ),
})).node;

test("what is accepted compiles in both engines, and no match is longer than is said", () => {
  fc.assert(
    fc.property(
      patterns,
      fc.string({ unit: fc.constantFrom(..."aB7.-_é \n/xyz0'"), maxLength: 60 }),
      (pattern, text) => {
        const shape = patternFault(pattern);
        fc.pre(typeof shape !== "string");
        expect(shape.lengthMax).toBeLessThanOrEqual(limits.detectorSpanMax);
        RE2JS.compile(pattern);
        for (const [match] of text.matchAll(new RegExp(pattern, "g"))) {
          expect(match.length).toBeLessThanOrEqual(shape.lengthMax);
          expect(match.length).toBeGreaterThanOrEqual(shape.lengthMin);
        }
      },
    ),
  );
});

function compiles(pattern: string): boolean {
  RE2JS.compile(pattern);
  return new RegExp(pattern, "y").sticky;
}

test("any text is either accepted and compiles, or refused with words", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab1()[]{}|?*+\\^$.-,:d"), maxLength: 16 }), (text) => {
      const shape = patternFault(text);
      expect(typeof shape === "string" ? shape.length > 10 : compiles(text)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
