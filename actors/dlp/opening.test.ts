import fc from "fast-check";
import { expect, test } from "vitest";
import { fixtureDetectors, denseText } from "./engine.fixture.ts";
import { Openings } from "./opening.ts";
import { PatternMachine } from "./patternmachine.ts";
import { patternTree } from "./patterntree.ts";

const detectors = fixtureDetectors();
const openings = Openings.of(detectors.length);
for (const [number, { pattern, flags }] of detectors.entries())
  openings.add(number, new PatternMachine(patternTree(pattern, flags)));
const expressions = detectors.map(({ pattern, flags }) => new RegExp(pattern, `y${flags}`));

test("a place at which an expression matches is never refused by the characters that matches begin with", () => {
  fc.assert(
    fc.property(denseText, (text) => {
      const refused = expressions.flatMap((expression, number) =>
        Array.from({ length: text.length }, (_, at) => at).filter((at) => {
          expression.lastIndex = at;
          return expression.test(text) && !openings.mayBegin(number, text, at);
        }),
      );
      expect(refused).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["ghx_0", false, "too short"],
  [`ghx-${"a".repeat(36)}`, false, "another sign in its fourth place"],
  [`ghx_${"a".repeat(36)}`, true, "a match"],
  [`ghx_${"a".repeat(12)} and more text`, true, "as a match begins, and what is known of one ends there"],
])("%j may begin a match: %s (%s)", (text, may) => {
  const number = detectors.findIndex(({ id }) => id === "hub");
  expect(openings.mayBegin(number, text, 0)).toBe(may);
});
