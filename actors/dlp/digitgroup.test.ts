import fc from "fast-check";
import { expect, test } from "vitest";
import { DigitGroup } from "./digitgroup.ts";

/** Digits from the run's beginning to each end of a run that one joiner ties to the one before. */
function countsSlowly(text: string, start: number): number[] {
  const group = /^\d+(?:[ ./-]\d+)*/.exec(text.slice(start))?.[0] ?? "";
  const counts: number[] = [];
  for (let at = 1; at <= group.length; at++)
    if (!/\d/.test(group[at] ?? "")) counts.push(group.slice(0, at).replace(/\D/g, "").length);
  return counts.filter((count) => count <= 63);
}

test("each run of a group knows how many digits it can begin, wherever the text is and however long the group", () => {
  const part = fc.oneof(fc.stringMatching(/^\d{1,12}$/), fc.stringMatching(/^\d{60,70}$/), fc.constant("1.2.3"), fc.constant("x"));
  const joiner = fc.constantFrom(" ", "-", ".", "/", "  ", ",");
  fc.assert(
    fc.property(fc.array(fc.tuple(part, joiner), { maxLength: 400 }), fc.nat(1_000), (parts, base) => {
      const text = parts.flat().join("");
      const group = new DigitGroup();
      for (const { index } of text.matchAll(/\d+/g)) {
        group.count(text, base, index);
        const bits = Array.from({ length: 63 }, (_, at) => at + 1).filter((count) => ((count < 32 ? group.low : group.high) & (1 << (count & 31))) !== 0);
        expect(bits).toEqual(countsSlowly(text, index));
      }
    }),
    { numRuns: 60 },
  );
}); // prettier-ignore
