import { expect, test } from "vitest";
import { detectorFileSchema } from "../../protocol/detector.ts";
import { builtinDetectors, builtinRows } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { assembleExample } from "./example.ts";
import { reversiblePrefixes, reversedToken } from "./reversed.ts";
import { compileScanner, type Scanner } from "./scanner.ts";

const scanner = compileScanner(builtinDetectors(ports)) as Scanner;
const rows = detectorFileSchema.parse(builtinRows);
const backwards = (text: string): string => [...text].toReversed().join("");
/** Tokens of the rows' own examples that begin with such a prefix. */
const tokens = rows
  .flatMap(({ id, examples }) =>
    examples.yes.map((example, at) => assembleExample(example, `${id}/yes/${at}`)),
  )
  .flatMap((text) => text.match(/[A-Za-z0-9_.-]{20,}/g) ?? [])
  .filter(
    (token) =>
      reversiblePrefixes.some((prefix) => token.startsWith(prefix)) &&
      /[A-Za-z0-9]{16}/.test(token) &&
      isFound(`it is ${token} so`),
  );

function isFound(text: string): boolean {
  return scanner.scanText(text).findings.some(({ likelihood }) => likelihood >= 3);
}

test("a token that is written backwards is found at its place, alone, in a sentence and in JSON", () => {
  expect(tokens.length).toBeGreaterThan(20);
  for (const token of tokens) {
    const reversed = backwards(token);
    for (const [before, after] of [
      ["", ""],
      ["it is ", " so"],
      ['{"a":"', '"}'],
      ["see (", ")."],
    ] as const) {
      const { findings } = scanner.scanText(before + reversed + after);
      expect([token.slice(0, 8), findings.filter(({ likelihood }) => likelihood >= 3).map(({ start, end }) => [start, end])]).toEqual([token.slice(0, 8), [[before.length, before.length + reversed.length]]]); // prettier-ignore
    }
  }
});

test("each prefix is one of a row", () => {
  const literals = rows.flatMap(({ prefilter }) => (prefilter.kind === "literal" ? prefilter.any : []));
  const unknown = reversiblePrefixes.filter((prefix) => !literals.some((literal) => prefix.toLowerCase().startsWith(literal.toLowerCase()))); // prettier-ignore
  expect(unknown).toEqual([]);
  expect(new Set(reversiblePrefixes.map((prefix) => prefix.slice(0, 4))).size).toBe(
    reversiblePrefixes.length,
  );
});

test("what ends otherwise is left as it is", () => {
  for (const text of [
    "internationalization",
    "9f86d081884c7d659a2feaa0c55ad015",
    "x".repeat(30),
    "abcdefghijklmnopqrst_pgh",
  ])
    expect(reversedToken(text, 0, text.length)).toBeUndefined();
});
