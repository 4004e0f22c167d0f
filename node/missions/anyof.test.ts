import { describe, expect, test } from "vitest";
import { anyOf, anyWordOf } from "./anyof.ts";
import { forbidding, harmless, negations } from "./lexicons/englishforbids.data.ts";

describe("each way in which English forbids", () => {
  test.each(negations)("is found by its own row: %s", (example, pattern) => {
    expect(anyWordOf([[example, pattern]]).exec(example)?.[0]).toBeDefined();
  });

  test.each([...forbidding, ...harmless])("is found by its own row: %s", (example, pattern) => {
    expect(anyOf([[example, pattern]]).exec(example)?.[0]).toBeDefined();
  });
});

test("rows are tried together, each by itself", () => {
  const rows = [
    ["ab", "a|ab"],
    ["cd", "cd"],
  ] as const;
  expect(["ab", "cd", "abcd"].map((text) => anyWordOf(rows).test(text))).toEqual([true, true, false]);
  expect("xabcdx".replace(anyOf(rows, "g"), "")).toBe("xbx");
});
