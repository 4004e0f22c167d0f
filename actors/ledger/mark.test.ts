import fc from "fast-check";
import { expect, test } from "vitest";
import {
  aboutOf,
  answerOf,
  lengthOf,
  markChars,
  offsetOf,
  packMarks,
  strengthOf,
  typeOf,
  unpackMarks,
  withAnswer,
} from "./mark.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });

const hint = fc.integer({ min: 0, max: 0xffffff });

test("marks come out of their text as they went in, twenty characters each", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, word, hint)), (marks) => {
      const text = packMarks(marks.flat());
      expect(text.length).toBe(marks.length === 0 ? 0 : 2 + marks.length * markChars);
      expect([...(unpackMarks(text) ?? [])]).toEqual(marks.flat());
    }),
  );
});

test("a text that is no marks gives none", () => {
  const whole = "A".repeat(markChars);
  for (const text of [
    "A",
    "2.",
    `2.${whole}A`,
    `2.${"A".repeat(markChars - 1)}!`,
    `2.${"é".repeat(markChars)}`,
    whole,
  ])
    expect(unpackMarks(text)).toBeUndefined();
});

test("marks of the layout before are none", () => {
  expect(unpackMarks("A".repeat(16 * 5))).toBeUndefined();
});

test("what a mark says of its value keeps apart", () => {
  const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
  fc.assert(
    fc.property(
      small(64),
      small(63),
      small(3),
      small(255),
      small(255),
      (length, offset, strength, type, answer) => {
        const about = withAnswer(aboutOf(length, offset, strength, type), answer);
        expect([lengthOf(about), offsetOf(about), strengthOf(about), typeOf(about), answerOf(about)]).toEqual([length, offset, strength, type, answer]); // prettier-ignore
      },
    ),
  );
});
