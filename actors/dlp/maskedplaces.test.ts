import { expect, test } from "vitest";
import { MaskedPlaces } from "./maskedplaces.ts";

const base = 1_000;
const text = "1700000000 at 24 by 8";

test.each([
  ["of itself", 10, true],
  ["of words behind it", 13, true],
  ["of the beginning of another number", 15, true],
  ["of another number", 16, false],
  ["of all", text.length, false],
])(
  "a number that may be a time is doubtful up to the end of another number: %s",
  (_, reached, isDoubtful) => {
    const places = new MaskedPlaces();
    places.look(text, base, 0, 10);
    expect(places.isDoubtful(text, base, 0, reached)).toBe(isDoubtful);
    expect(places.isDoubtful(text, base, 14, reached)).toBe(false);
  },
);

test("a mask takes the place of a number that may be a time", () => {
  const places = new MaskedPlaces();
  const line = "1700000000 2026-11-26";
  places.look(line, base, 0, 10);
  places.look(line, base, 11, 15);
  expect(places.isDoubtful(line, base, 0, 15)).toBe(false);
  expect([places.until, places.isPart(base + 11, base + 15), places.isPart(base + 11, base + 21)]).toEqual([base + 21, true, false]); // prettier-ignore
});
