import fc from "fast-check";
import { expect, test } from "vitest";
import { ports } from "./detectors.fixture.ts";
import { dictionaryDetectors, plainWord } from "./dictionary.ts";
import { compileScanner, type Scanner } from "./scanner.ts";

const listed = { id: "custom.projects", group: "person", title: "Projects", tags: [], context: [], contextMode: "none" } as const; // prettier-ignore

function scannerOf(words: readonly string[]): Scanner {
  const detectors = dictionaryDetectors({ ...listed, tags: [], context: [] }, words, 3, ports);
  if (typeof detectors === "string") throw new Error(detectors);
  const scanner = compileScanner(detectors);
  if (!("plan" in scanner)) throw new Error(scanner[0]?.says);
  return scanner;
}

/** Where words are found in a text. */
function found(scanner: Scanner, text: string): readonly string[] {
  return scanner.scanText(text).findings.map(({ start, end }) => text.slice(start, end));
}

const letters = fc.string({ unit: fc.constantFrom(..."abcdefghklmnoprstuvwxyzäéñø0123456789-.+"), minLength: 3, maxLength: 20 }); // prettier-ignore
const word = letters.filter((text) => /^[a-zäéñø0-9].*[a-zäéñø0-9]$/.test(text));

test("every word of a dictionary is found in either case of its letters, and at its place", () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 120 }), fc.nat(), (words, pick) => {
      const scanner = scannerOf(words);
      const one = words[pick % words.length] ?? "";
      for (const text of [one, one.toUpperCase()]) {
        expect(found(scanner, `It is (${text}) today`)[0]).toBe(text);
      }
    }),
    { numRuns: 10 },
  );
});

test("a part of a longer word is no word of a dictionary", () => {
  const scanner = scannerOf(["falcon", "red kite", "c++"]);
  expect(
    found(scanner, "falconry, a millefalcon, falcon_2, red kites, redkite, my-red kited, abc++x"),
  ).toEqual([]);
  expect(found(scanner, "Falcon. RED KITE; c++")).toEqual(["Falcon", "RED KITE", "c++"]);
});

test("of two words that begin alike the longer one is found where it stands", () => {
  expect(found(scannerOf(["blue", "blue heron"]), "the blue heron and the blue one")).toEqual(["blue heron", "blue"]); // prettier-ignore
});

test("two thousand words are found, each at its place", () => {
  const words = Array.from({ length: 2_000 }, (_, at) => `code${(at * 7_919).toString(36)}x`);
  const scanner = scannerOf(words);
  expect(found(scanner, words.join(" ")).length).toBe(2_000);
});

test.each([
  ["ΟΔΥΣΣΕΥΣ", ["ΟΔΥΣΣΕΥΣ", "Οδυσσευς", "οδυσσευσ"]],
  ["Straße", ["straße", "STRASSE", "Strasse", "STRAẞE"]],
  ["İstanbul", ["İstanbul", "İSTANBUL", "i\u0307stanbul", "istanbul"]],
  ["Äpfelplan", ["ÄPFELPLAN", "A\u0308pfelplan", "a\u0308pfelplan"]],
  ["A\u0308pfelplan", ["äpfelplan", "A\u0308PFELPLAN"]],
  ["ﬁrebird", ["ﬁrebird", "firebird", "FIREBIRD"]],
  ["프로젝트", ["프로젝트", "프로젝트".normalize("NFD")]],
  ["fal\u200bcon", ["falcon", "FALCON"]],
  ["red   kite", ["red kite", "Red\nKite", "red\u00a0kite", "RED \t kite", "red-kite", "red_kite"]],
])("%s is found however it is written", (word, texts) => {
  const scanner = scannerOf([plainWord(word)]);
  expect(texts.map((text) => found(scanner, `It is (${text}) today`))).toEqual(texts.map((text) => [text]));
});
