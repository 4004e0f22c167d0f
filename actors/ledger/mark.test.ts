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

test("marks come out of their text as they went in, sixteen characters each", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, word)), (marks) => {
      const text = packMarks(marks.flat());
      expect(text.length).toBe(marks.length * markChars);
      expect([...(unpackMarks(text) ?? [])]).toEqual(marks.flat());
    }),
  );
});

test("a text that is no marks gives none", () => {
  for (const text of ["A", "A".repeat(15), `${"A".repeat(15)}!`, "é".repeat(16), `${"A".repeat(16)}A`])
    expect(unpackMarks(text)).toBeUndefined();
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
