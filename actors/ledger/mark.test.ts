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

const hint = fc.integer({ min: 0, max: 0x3fffffff });

test("marks come out of their text as they went in, 21 characters each", () => {
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
    "3.",
    `3.${whole}A`,
    `3.${"A".repeat(markChars - 1)}!`,
    `3.${"é".repeat(markChars)}`,
    whole,
  ])
    expect(unpackMarks(text)).toBeUndefined();
});

test("marks of the layouts before are none", () => {
  expect(unpackMarks("A".repeat(16 * 5))).toBeUndefined();
  expect(unpackMarks(`2.${"A".repeat(20)}`)).toBeUndefined();
  expect(unpackMarks(`2.${"A".repeat(20 * markChars)}`)).toBeUndefined();
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
