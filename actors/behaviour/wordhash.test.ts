import fc from "fast-check";
import { expect, test } from "vitest";
import { isOfToday, tablePlaces, WordHash, wordKeyBytes } from "./wordhash.ts";

const key = (seed: number): Uint8Array =>
  Uint8Array.from({ length: wordKeyBytes }, (_, at) => seed + at * 17);
const words = new WordHash(key(1), "k");

test("a hash depends on the word, its order and the key, and not on case", () => {
  const other = new WordHash(key(2), "k");
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1, maxLength: 90 }),
      fc.string({ unit: "binary", minLength: 1, maxLength: 90 }),
      (one, two) => {
        const folded = (text: string): string => text.toLowerCase().normalize("NFC");
        expect(words.of(one)).toBe(words.of(folded(one)));
        expect(words.of(one) === words.of(two)).toBe(folded(one) === folded(two));
        expect(words.of(one)).not.toBe(other.of(one));
      },
    ),
  );
});

test("of a hundred thousand words that differ in one or two letters about one pair meets, whatever their length", () => {
  for (const length of [4, 12, tablePlaces, tablePlaces + 1, 200]) {
    const seen = new Set<number>();
    for (let at = 0; at < 100_000; at++)
      seen.add(words.weakOf(`${"a".repeat(length - 4)}${at.toString(36).padStart(4, "0")}`));
    // 1.16 pairs are to be expected of 100,000 random numbers of 32 bits; nine or more come once in a million times.
    expect(100_000 - seen.size).toBeLessThan(9);
  }
});

test("sealed hashes of words that differ in one letter have nothing in common: half of their bits differ", () => {
  let bits = 0;
  for (let at = 0; at < 1_000; at++) {
    let differing = words.of(`word${at}a`) ^ words.of(`word${at}b`);
    for (; differing !== 0; differing &= differing - 1) bits++;
  }
  expect(bits / 1_000).toBeGreaterThan(15.5);
  expect(bits / 1_000).toBeLessThan(16.5);
});

test("what is sealed is the same whether it was sealed lately or not, and never 0", () => {
  const once = new Map<number, number>();
  for (let at = 0; at < 10_000; at++) once.set(at, words.seal(at));
  for (let at = 9_999; at >= 0; at--) expect(words.seal(at)).toBe(once.get(at));
  expect([...once.values()].includes(0)).toBe(false);
});

test("an id names the function beside the key", () => {
  expect([isOfToday(words.id), isOfToday("k"), words.id === "k"]).toEqual([true, false, false]);
});
