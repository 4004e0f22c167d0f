import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { covers, everyLabel, joined, labelSet, noLabels, thawLabels } from "./labels.ts";

const names = fc.array(fc.stringMatching(/^[a-d]{1,2}$/), { maxLength: 6 });

describe("sets of labels", () => {
  test("joined have what both have and nothing else, in one order, and never less than before", () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        const both = joined(labelSet(one), labelSet(other));
        expect(both).toEqual([...new Set([...one, ...other])].sort());
        expect(covers(both, labelSet(one)) && covers(both, labelSet(other))).toBe(true);
        expect(joined(both, labelSet(other))).toBe(both);
      }),
    );
  });

  test("with the same labels are one array", () => {
    expect(labelSet(["b", "a", "b"])).toBe(joined(labelSet(["a"]), labelSet(["b"])));
  });

  test("with more labels than are remembered have every label", () => {
    const many = Array.from({ length: limits.labelsPerSessionMax + 1 }, (_, index) => `label-${index}`);
    expect(labelSet(many)).toEqual([everyLabel]);
    expect(covers(labelSet(many), ["never heard of"])).toBe(true);
    expect(joined([everyLabel], labelSet(["a"]))).toEqual([everyLabel]);
  });

  test("thaw as they were frozen, and nothing else does", () => {
    fc.assert(
      fc.property(names, (some) => {
        expect(thawLabels([...labelSet(some)])).toEqual(labelSet(some));
      }),
    );
    expect(thawLabels([])).toBe(noLabels);
    for (const wrong of [
      undefined,
      "a",
      ["b", "a"],
      ["a", "a"],
      [1],
      [""],
      ["x".repeat(limits.labelCharsMax + 1)],
    ])
      expect(thawLabels(wrong)).toBeUndefined();
  });
});
