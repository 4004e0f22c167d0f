import fc from "fast-check";
import { expect, test } from "vitest";
import { TextPlaces } from "./textplace.ts";

function naive(text: string, at: number): readonly [number, number] {
  const before = text.slice(0, at).split("\n");
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}

test("a place has the line and the column that an editor shows, in whatever order places are asked for", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\ud83d\ude00"), maxLength: 40 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(40), { maxLength: 12 }), (text, wanted) => {
      const places = new TextPlaces(text);
      for (const at of wanted.map((each) => Math.min(each, text.length)))
        expect(places.of(at)).toEqual(naive(text, at));
    }),
  );
});

test("a text is looked through once, however many places of it are asked for", () => {
  const text = "line of a log\n".repeat(5_000);
  const lines = 5_000;
  const places = new TextPlaces(text);
  for (let at = 0; at < text.length; at += 7) places.of(at);
  expect(places.lookedFor).toBeLessThanOrEqual(lines + 1);
});
