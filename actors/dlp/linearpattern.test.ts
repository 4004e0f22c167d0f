import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { drawMatch, ports } from "./detectors.fixture.ts";
import { LinearEnding, LinearPattern } from "./linearpattern.ts";
import { patternFault } from "./pattern.ts";

const detectors = builtinDetectors(ports).filter(({ lengthMax }) => lengthMax <= 2_000);

test("RE2 matches at a place what a sticky expression matches there, with its groups, in texts of ASCII", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...detectors),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      fc.string({ unit: fc.constantFrom(..."a1 .-_@=:/\n\"'"), maxLength: 6 }),
      fc.string({ unit: fc.constantFrom(..."a1 .-_@=:/\n\"'"), maxLength: 6 }),
      ({ pattern, flags, lengthMax }, draws, before, behind) => {
        const shape = patternFault(pattern);
        if (typeof shape === "string") throw new Error(shape);
        const text = `${before}${drawMatch(shape.tree, () => draws.next().value ?? 0)}${behind}`;
        const [linear, sticky] = [new LinearPattern(pattern, flags, lengthMax), new RegExp(pattern, `${flags}y`)]; // prettier-ignore
        for (let at = 0; at <= text.length; at++) {
          linear.lastIndex = sticky.lastIndex = at;
          const [found, expected] = [linear.exec(text), sticky.exec(text)];
          expect(found === null ? null : Object.values(found)).toEqual(expected === null ? null : [...expected]); // prettier-ignore
          expect(linear.lastIndex).toBe(sticky.lastIndex);
        }
      },
    ),
    { numRuns: 120 },
  );
});

test("a pattern that would try all ways through a text ends", () => {
  const pattern = new LinearPattern("(?:[a-z]{1,20}){1,20}!", "", 401);
  pattern.lastIndex = 1;
  expect(pattern.exec(" aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".repeat(8))).toBe(null);
  expect(pattern.lastIndex).toBe(0);
});

test("an ending is found at the end of a text alone, in either case", () => {
  const ending = new LinearEnding("token_id: ?");
  expect(["a token_id: ", "a TOKEN_ID:", "token_id: 7", ""].map((text) => ending.test(text))).toEqual([true, true, false, false]); // prettier-ignore
});

/** Texts on which patterns like these go on for long, and others. */
const letters = fc.string({ unit: fc.constantFrom(..."aab1! -\u017f\u212ak"), maxLength: 40 });
const patterns = fc.constantFrom<readonly [string, "" | "i"]>(["a[^!]{0,20}!", ""], ["(?:a|aa|[ab]a){1,6}!", ""], ["\\b[a-z]{1,5}[a-z]{1,5}(1|!)", "i"], ["a(?:[^!]{0,20}!)?", ""], ["[ab]{0,6}a[ab]{0,6}1", "i"], ["\\Ba\\b|k[s-]{1,3}", "i"], ["a[^!]{0,10}#|a|a[^!]{0,9}!", ""]); // prettier-ignore

test("where no match is told to begin RE2 has none, wherever it is asked", () => {
  fc.assert(
    fc.property(patterns, letters, ([pattern, flags], text) => {
      const shape = patternFault(pattern);
      if (typeof shape === "string") throw new Error(shape);
      const linear = new LinearPattern(pattern, flags, shape.lengthMax);
      const re2 = RE2JS.compile(`(?s:.{1})(?:${pattern})`, flags === "i" ? RE2JS.CASE_INSENSITIVE : 0);
      for (let at = 1; at <= text.length; at++) {
        linear.lastIndex = at;
        const matcher = re2.matcher(text.slice(at - 1));
        const whole = matcher.lookingAt() ? (matcher.group() ?? "").slice(1) : undefined;
        expect(linear.exec(text)?.[0]).toBe(whole);
      }
      const ending = RE2JS.compile(`(?:${pattern})\\z`, RE2JS.CASE_INSENSITIVE);
      expect(new LinearEnding(pattern).test(text)).toBe(ending.matcher(text).find());
    }),
    { numRuns: 300 },
  );
});

test("what a trial costs is the same whatever was tried before it, also where more was met than is remembered", () => {
  const pattern = "[ab]{0,40}a[ab]{0,40}1";
  const used = new LinearPattern(pattern, "", 82);
  let state = 1;
  const text = Array.from({ length: 6_000 }, () => ((state = (state * 48_271) % 2_147_483_647) % 2 === 0 ? "a" : "b")).join(""); // prettier-ignore
  for (let at = 0; at < text.length; at += 97) {
    const fresh = new LinearPattern(pattern, "", 82);
    const costs = [used, fresh].map((each) => {
      each.lastIndex = at;
      each.exec(text);
      return each.steps;
    });
    expect(costs[0]).toBe(costs[1]);
    expect(costs[0]).toBeGreaterThan(0);
  }
});
