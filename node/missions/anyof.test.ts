import { describe, expect, test } from "vitest";
import { anyOf } from "./anyof.ts";
import { forbidding, negations } from "./lexicons/englishforbids.data.ts";

describe("each way in which English forbids", () => {
  test.each([...negations, ...forbidding])("is found by its own row: %s", (example, pattern) => {
    expect(pattern.test(example)).toBe(true);
    // A pattern that remembers where it was would miss the next text.
    expect(pattern.flags).toBe("");
  });
});

test("rows find what any of them does", () => {
  const found = anyOf([
    ["ab", /^ab$/],
    ["cd", /^cd$/],
  ]);
  expect(["ab", "cd", "abcd"].map((text) => found.test(text))).toEqual([true, true, false]);
});
