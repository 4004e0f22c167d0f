import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedBounds } from "../../protocol/jsonbounds.ts";
import { parseRelayed } from "./relayedtext.ts";

const relayed = (text: string): unknown => parseRelayed(text, relayedBounds);

/** Texts that are nearly JSON. */
const pieces = fc.constantFrom(..."{}[],:\"", "1", "-0", "1e9", "1e400", "1E+999", "9007199254740993", "true", "null", " ", "\\u005f", "\n", '"a"', '"a":1', '"__proto__"', "\ud800", "é"); // prettier-ignore
const nearly = fc.oneof(
  fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join("")),
  fc.json(),
  fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + piece + text.slice(place);
  }),
);

describe("a request that another node has written", () => {
  test("is read as a strict reader reads it; only a key that is there twice is left to the last one", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        const strict = parseStrict(text, relayedBounds);
        const found = relayed(text);
        const isTwice = strict instanceof JsonFault && strict.fault === "duplicate-key";
        expect(isTwice && !(found instanceof JsonFault) ? strict : found).toEqual(strict);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ["too deep", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["with a key that reaches a prototype", '{"__proto__":{"a":1}}'],
    ["with such a key in escapes", '{"\\u005f_proto__":{"a":1}}'],
    ["with a number that no double holds", "[9007199254740993]"],
    ["with a number beyond the largest", "[1e400]"],
    ["with half of a surrogate pair", '["\ud800"]'],
    ["that is none", "{"],
  ])("is refused when it is one %s", (_what, text) => {
    expect(relayed(text)).toBeInstanceOf(JsonFault);
  });

  test("is read whatever it holds, when it is long", () => {
    const value = { text: "x".repeat(20_000), list: [[[{ a: "\\ \n" }]]] };
    expect(relayed(JSON.stringify(value))).toEqual(value);
  });
});
