import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSpot, knownArguments, knownPromptArguments, readPointer, writePointer } from "./argument.ts";
import { costMs } from "../../test/cost.ts";

const properties = { a: { type: "string" }, b: { type: "integer" } };

describe("the names an inputSchema knows", () => {
  test.each([
    ["its properties, when it says nothing of others", { type: "object", properties }, ["a", "b"]],
    ["its properties, when it forbids others", { properties, additionalProperties: false }, ["a", "b"]],
    ["none, for a tool without arguments", { type: "object" }, []],
    [
      "its properties, when allOf only requires some",
      { properties, allOf: [{ anyOf: [{ required: ["a"] }, { required: ["b"] }] }] },
      ["a", "b"],
    ],
    [
      "its properties, when others are forbidden whatever allOf says",
      { properties, additionalProperties: false, allOf: [{ properties: { c: {} } }] },
      ["a", "b"],
    ],
  ])("are %s", (_, schema, names) => expect(knownArguments(schema)).toEqual(names));

  test.each([
    ["additionalProperties is true", { properties, additionalProperties: true }],
    ["additionalProperties is a schema", { properties, additionalProperties: { type: "string" } }],
    [
      "patternProperties name more",
      { properties, additionalProperties: false, patternProperties: { "^x-": {} } },
    ],
    ["allOf names more", { properties, allOf: [{ properties: { c: {} } }] }],
    ["anyOf names more below allOf", { properties, allOf: [{ anyOf: [{ properties: { c: {} } }] }] }],
    ["then names more", { properties, if: { required: ["a"] }, then: { properties: { c: {} } } }],
    ["a dependent schema names more", { properties, dependentSchemas: { a: { properties: { c: {} } } } }],
    ["a reference may name more", { properties, $ref: "#/$defs/x" }],
    ["unevaluatedProperties is true", { properties, unevaluatedProperties: true }],
    ["the schema is `true`", true],
  ])("cannot be told when %s", (_, schema) => expect(knownArguments(schema)).toBeUndefined());

  test("of a prompt are those it declares", () => {
    expect(knownPromptArguments([{ name: "a" }, { name: 3 }, "x", { name: "b", required: true }])).toEqual([
      "a",
      "b",
    ]);
    expect(knownPromptArguments(undefined)).toEqual([]);
  });

  test("are found or given up for any JSON, in bounded time", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.array(fc.constantFrom("properties", "a", "-", "0", "allOf"), { maxLength: 4 }),
        (value, path) => {
          const schema: unknown = { properties: value, allOf: [value], items: value };
          const known = knownArguments(schema);
          expect(known === undefined || Array.isArray(known)).toBe(true);
          expect(["schema", "open", "absent"]).toContain(findSpot(schema, path).kind);
        },
      ),
    );
  });
});

test("a schema as large as a definition may be is read in a moment", () => {
  const wide = Array.from({ length: 120_000 }, () => 0);
  let deep: unknown = { properties: { x: {} } };
  for (let level = 0; level < 60; level++) deep = { allOf: [deep], properties: { a: { $ref: "#" } } };
  const read = (): void => {
    expect(knownArguments({ properties, anyOf: wide })).toBeUndefined();
    expect(knownArguments({ properties, allOf: [deep] })).toBeUndefined();
    expect(
      findSpot(
        { properties: { a: { $ref: "#" } } },
        Array.from({ length: 64 }, () => "a"),
      ).kind,
    ).toBe("schema");
  };
  expect(costMs(read, 500)).toBeLessThan(500);
});

describe("what stands at a pointer", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      rows: { type: "array", items: { type: "object", properties: { id: { type: "integer" } } } },
      pair: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }] },
      free: { type: "object", additionalProperties: { type: "boolean" } },
      bare: { type: "object" },
      any: {},
      ref: { $ref: "#/$defs/node" },
      loop: { $ref: "#/properties/loop" },
      far: { $ref: "https://example.com/schema.json" },
      combined: { anyOf: [{ properties: { x: {} } }] },
    },
    $defs: {
      node: {
        type: "object",
        properties: { next: { $ref: "#/$defs/node" }, v: { type: "number" } },
        additionalProperties: false,
      },
    },
  };
  test.each([
    ["/name", { type: "string" }],
    ["/rows/-/id", { type: "integer" }],
    ["/rows/0/id", { type: "integer" }],
    ["/pair/1", { type: "integer" }],
    ["/free/x", { type: "boolean" }],
    ["/ref/next/next/v", { type: "number" }],
  ])("is its schema: %s", (pointer, found) => {
    expect(findSpot(schema, readPointer(pointer) as string[])).toEqual({ kind: "schema", schema: found });
  });
  test.each(["/pair/-", "/bare/x", "/any/x", "/any/-", "/loop", "/far", "/combined/x"])(
    "is unknown: %s",
    (pointer) => {
      const spot = findSpot(schema, readPointer(pointer) as string[]);
      expect(spot.kind === "open" || (spot.kind === "schema" && Object.keys(spot.schema).length === 0)).toBe(
        true,
      );
    },
  );
  test.each(["/nam", "/name/x", "/rows/id", "/rows/-/idd", "/ref/v2", "/name/-"])(
    "is ruled out: %s",
    (pointer) => {
      expect(findSpot(schema, readPointer(pointer) as string[]).kind).toBe("absent");
    },
  );
});

test("a pointer reads back as the segments it was written from", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (segments) => {
      expect(readPointer(writePointer(segments))).toEqual(segments);
    }),
  );
});
