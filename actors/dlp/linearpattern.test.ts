import fc from "fast-check";
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
