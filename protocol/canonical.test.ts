import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";
import type { Json } from "./json.ts";

describe("RFC 8785", () => {
  test("3.2.2: the example of literals, strings and numbers", () => {
    const text = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(JSON.parse(text) as Json)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test("3.2.3: the example of sorting compares UTF-16 units, so the smile comes before U+FB33", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });

  test("keys that look like array indices are sorted as texts, though objects hold them as numbers", () => {
    expect(canonicalJson({ "9": 1, "10": 2, a: { "2": 1, "11": 2 } })).toBe(
      '{"10":2,"9":1,"a":{"11":2,"2":1}}',
    );
  });

  test.each<[Json, string]>([
    [-0, "0"],
    [9007199254740991, "9007199254740991"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [{}, "{}"],
    [[], "[]"],
    [[[], {}, ""], '[[],{},""]'],
    ["\u007f\u2028</script>", '"\u007f\u2028</script>"'],
  ])("%j is written %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJson({ b: value, a: 1 })).toBe(`{"a":1,"b":${text}}`);
  });

  test.each<[string, Json]>([
    ["NaN", NaN],
    ["an infinity", [-Infinity]],
    ["a lone surrogate", { a: "\ud800" }],
    ["a lone surrogate in a key", { "\udc00": 1 }],
    ["NaN behind keys out of order", { b: 1, a: [NaN] }],
    ["a lone surrogate behind keys out of order", { b: 1, a: ["\ud800"] }],
  ])("3.2.2.2: %s has no canonical form", (_, value) => {
    expect(() => canonicalJson(value)).toThrow(RangeError);
  });
});

test("a member that is undefined is left out, in order or not", () => {
  const gap = undefined as unknown as Json;
  expect(canonicalJson({ a: 1, b: gap, c: 2 })).toBe('{"a":1,"c":2}');
  expect(canonicalJson({ c: 2, b: gap, a: 1 })).toBe('{"a":1,"c":2}');
  expect(canonicalJson({ c: gap, b: gap })).toBe("{}");
});

const key = fc.oneof(
  fc.constantFrom("a", "b", "10", "9", "name", "é", "\ud83d\ude00", "\ufb33", ""),
  fc.string({ unit: "grapheme" }),
);
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(null, true, false),
    fc
      .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
      .map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .dictionary(
        key.filter((name) => name !== "__proto__"),
        tie("value"),
        { maxKeys: 6 },
      )
      .map(plainObject),
  ),
}));

/** With the prototype that JSON.parse gives. */
function plainObject(members: { readonly [name: string]: Json }): Json {
  return { ...members };
}

/** The same value with the keys of every object the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe("for any value", () => {
  test("the text parsed again is the value", () => {
    fc.assert(fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(value);
    }), { numRuns: 2_000 }); // prettier-ignore
  });

  test("the order of keys does not matter", () => {
    fc.assert(fc.property(json, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }), { numRuns: 2_000 }); // prettier-ignore
  });

  test("the text of the text's value is the text", () => {
    fc.assert(fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
    }), { numRuns: 2_000 }); // prettier-ignore
  });

  test("different values have different texts", () => {
    fc.assert(fc.property(json, json, (left, right) => {
      const areEqual = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
      expect(canonicalJson(left) === canonicalJson(right)).toBe(areEqual);
    }), { numRuns: 2_000 }); // prettier-ignore
  });
});

/** Objects as lists of members in order: an encoding that does not depend on how objects enumerate. */
function sorted(value: Json): unknown {
  if (Array.isArray(value)) return { array: value.map((item: Json) => sorted(item)) };
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
  return { object: members.sort(([left], [right]) => (left < right ? -1 : 1)) };
}
