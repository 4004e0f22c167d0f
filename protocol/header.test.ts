import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeHeaderValue,
  encodeHeaderValue,
  encodeParam,
  headerValueUnitsMax,
  HeaderSchemaFault,
  paramHeadersMax,
  readHeaderSchema,
  sameParam,
  valueAtPath,
} from "./header.ts";
import type { Json } from "./json.ts";

describe("Value Encoding (MCP 2026-07-28, Streamable HTTP)", () => {
  test.each([
    ["us-west1", "us-west1"],
    ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
    [" padded ", "=?base64?IHBhZGRlZCA=?="],
    ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
    ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
    // Not in the specification's table:
    ["", "=?base64??="],
    ["a\tb c", "a\tb c"],
    ["\ta", "=?base64?CWE=?="],
    ["=?BASE64?YQ==?=", "=?BASE64?YQ==?="],
    ["=?base64?", "=?base64?"],
    ["=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="],
    ["\u007f", "=?base64?fw==?="],
    ["\0", "=?base64?AA==?="],
    ["\ufeffa", "=?base64?77u/YQ==?="],
  ])("%j is carried as %j, and read back", (value, text) => {
    expect(encodeHeaderValue(value)).toBe(text);
    expect(decodeHeaderValue(text)).toBe(value);
  });

  test("any text is carried as visible ASCII, and read back", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("a", " ", "\t", "=", "?", "=?base64?", "?=", "é", "\r\n") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const carried = encodeHeaderValue(value);
        expect(carried).toMatch(/^[!-~](?:[\t -~]*[!-~])?$/);
        expect(decodeHeaderValue(carried)).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a letter outside ASCII", "é"],
    ["Latin-1 bytes as Node.js gives them", "caf\u00c3\u00a9"],
    ["a line break", "a\r\nb"],
    ["a NUL", "a\0b"],
    ["a leading blank", " a"],
    ["a trailing tab", "a\t"],
    ["markers that overlap", "=?base64?="],
    ["characters outside the alphabet", "=?base64?a-_b?="],
    ["blanks in base64", "=?base64?YW Jj?="],
    ["missing padding", "=?base64?YQ?="],
    ["too much padding", "=?base64?YWJj=?="],
    ["padding in the middle", "=?base64?YQ==YQ==?="],
    ["base64 with stray bits", "=?base64?YR==?="],
    ["bytes that are no UTF-8", "=?base64?/w==?="],
    ["an overlong dot", "=?base64?wK4=?="],
    ["half a surrogate pair in UTF-8", "=?base64?7aCA?="],
    ["more than the bound", "a".repeat(headerValueUnitsMax + 1)],
  ])("%s stands for no value", (_, text) => {
    expect(decodeHeaderValue(text)).toBeUndefined();
  });

  test("a plain value may be carried encoded: it is the same value", () => {
    expect(decodeHeaderValue("=?base64?cmVhZA==?=")).toBe("read");
    expect(decodeHeaderValue("")).toBe("");
  });

  test("no two sentinels stand for one value", () => {
    const payload = fc.string({ unit: fc.constantFrom("A", "B", "Q", "w", "=", "/", "+"), maxLength: 8 });
    fc.assert(
      fc.property(payload, (written) => {
        const value = decodeHeaderValue(`=?base64?${written}?=`);
        const bytes = value === undefined ? undefined : new TextEncoder().encode(value);
        expect(bytes === undefined ? written : btoa(String.fromCharCode(...bytes))).toBe(written);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("sameParam", () => {
  test.each<[string | undefined, Json | undefined]>([
    ["us-west1", "us-west1"],
    ["=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, 世界"],
    ["=?base64??=", ""],
    ["42", 42],
    ["42.0", 42],
    ["-7", -7],
    ["-0", 0],
    ["=?base64?NDI=?=", 42],
    ["9007199254740991", 9007199254740991],
    ["true", true],
    ["false", false],
    [undefined, undefined],
    [undefined, null],
  ])("header %j agrees with %j", (header, value) => {
    expect(sameParam(header, value)).toBe(true);
  });

  test.each<[string | undefined, Json | undefined]>([
    ["us-west1", "us-west2"],
    ["US-WEST1", "us-west1"],
    ["us-west1 ", "us-west1"],
    ["=?BASE64?dXM=?=", "us"],
    ["=?base64?dXM?=", "us"],
    ["e\u0301", "é"],
    ["42", "42.0"],
    ["43", 42],
    ["42.5", 42],
    ["42.0000000000000000001", 42],
    ["042", 42],
    ["+42", 42],
    ["0x2a", 42],
    ["4.2e1", 42],
    ["", 0],
    [" ", 0],
    ["9007199254740993", 9007199254740992],
    ["3.5", 3.5],
    ["True", true],
    ["1", true],
    ["0", false],
    ["null", null],
    ["undefined", undefined],
    ["", undefined],
    ["", null],
    [undefined, ""],
    [undefined, 0],
    [undefined, false],
    ["[object Object]", {}],
    ["", []],
    ["a", ["a"]],
  ])("header %j contradicts %j", (header, value) => {
    expect(sameParam(header, value)).toBe(false);
  });

  test("what encodeParam sends agrees with the value it was made from, and with no other", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constantFrom("42", 42, "true", "", null),
    );
    fc.assert(
      fc.property(value, value, (mine, other) => {
        expect(sameParam(encodeParam(mine), mine)).toBe(true);
        // "42" and 42 are written alike, so a header cannot tell them apart; null has no header at all.
        const areAlike = mine === null || other === null ? mine === other : String(mine) === String(other);
        expect(sameParam(encodeParam(mine), other)).toBe(areAlike);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<Json | undefined>([undefined, null, {}, [], 1.5, 2 ** 53, NaN])(
    "no header is sent for %j",
    (value) => {
      expect(encodeParam(value)).toBeUndefined();
    },
  );
});

describe("readHeaderSchema", () => {
  const string = (name: unknown): object => ({ type: "string", "x-mcp-header": name });
  const root = (properties: object, more: object = {}): object => ({ type: "object", properties, ...more });

  test("finds annotated properties at any depth, under the field names Node.js gives", () => {
    const schema = root({
      region: string("Region"),
      dry: { type: "boolean", "x-mcp-header": "Dry-Run" },
      options: root({ limit: { type: "integer", "x-mcp-header": "Limit" }, free: { type: "number" } }),
      "a.b": root({ c: string("x!#$%&'*+-.^_`|~") }),
    });
    expect(readHeaderSchema(schema)).toEqual(
      new Map([
        ["mcp-param-region", ["region"]],
        ["mcp-param-dry-run", ["dry"]],
        ["mcp-param-limit", ["options", "limit"]],
        ["mcp-param-x!#$%&'*+-.^_`|~", ["a.b", "c"]],
      ]),
    );
  });

  test.each<[string, unknown]>([
    ["no schema", undefined],
    ["a boolean schema", true],
    ["a schema without annotations", root({ a: { type: "string" } })],
    ["a property called x-mcp-header", root({ "x-mcp-header": { type: "string" } })],
    ["a definition called x-mcp-header", root({}, { $defs: { "x-mcp-header": { type: "string" } } })],
    [
      "a default value that looks like one",
      root({ a: { type: "object", default: { "x-mcp-header": "A" } } }),
    ],
    ["an example that looks like one", root({ a: { examples: [{ "x-mcp-header": "A" }] } })],
    ["an enumerated value that looks like one", root({ a: { enum: [{ "x-mcp-header": "A" }] } })],
    ["a required property of that name", root({}, { required: ["x-mcp-header"] })],
  ])("%s has none", (_, schema) => {
    expect(readHeaderSchema(schema)).toEqual(new Map());
  });

  test.each<[string, object, RegExp]>([
    ["an empty name", root({ a: string("") }), /token.*at a/],
    ["a name with a space", root({ a: string("A B") }), /token/],
    ["a name with a colon", root({ a: string("A:") }), /token/],
    ["a name with a line break", root({ a: string("A\r\nX: 1") }), /token/],
    ["a name that ends in a line break", root({ a: string("A\n") }), /token/],
    ["a name outside ASCII", root({ a: string("Région") }), /token/],
    ["a numeric name", root({ a: string(1) }), /token/],
    ["a null name", root({ a: string(null) }), /token/],
    ["a name of 200 characters", root({ a: string("A".repeat(200)) }), /token/],
    ["one name twice", root({ a: string("Region"), b: string("Region") }), /unique.*at b/],
    [
      "one name twice, ignoring case",
      root({ a: string("Region"), b: root({ c: string("REGION") }) }),
      /unique.*at b\.c/,
    ],
    ["type number", root({ a: { type: "number", "x-mcp-header": "A" } }), /type/],
    ["type object", root({ a: { type: "object", "x-mcp-header": "A" } }), /type/],
    ["type array", root({ a: { type: "array", "x-mcp-header": "A" } }), /type/],
    ["several types", root({ a: { type: ["string", "null"], "x-mcp-header": "A" } }), /type/],
    ["no type", root({ a: { "x-mcp-header": "A" } }), /type/],
    ["the root", { type: "string", "x-mcp-header": "A" }, /properties alone/],
    ["items", root({ a: { type: "array", items: string("A") } }), /properties alone/],
    ["a property of items", root({ a: { items: root({ b: string("A") }) } }), /properties alone/],
    ["items of draft-07", root({ a: { items: [string("A")] } }), /properties alone/],
    ["prefixItems", root({ a: { prefixItems: [string("A")] } }), /properties alone/],
    ["oneOf", root({}, { oneOf: [root({ a: string("A") })] }), /properties alone/],
    ["anyOf of a property", root({ a: { anyOf: [string("A"), { type: "null" }] } }), /properties alone/],
    ["allOf", root({}, { allOf: [root({ a: string("A") })] }), /properties alone/],
    ["not", root({}, { not: root({ a: string("A") }) }), /properties alone/],
    ["if", root({}, { if: root({ a: string("A") }) }), /properties alone/],
    ["then", root({}, { then: root({ a: string("A") }) }), /properties alone/],
    ["else", root({}, { else: root({ a: string("A") }) }), /properties alone/],
    ["$defs", root({ a: { $ref: "#/$defs/a" } }, { $defs: { a: string("A") } }), /properties alone/],
    ["definitions", root({}, { definitions: { a: string("A") } }), /properties alone/],
    ["patternProperties", root({}, { patternProperties: { "^a": string("A") } }), /properties alone/],
    ["additionalProperties", root({}, { additionalProperties: string("A") }), /properties alone/],
    ["propertyNames", root({}, { propertyNames: string("A") }), /properties alone/],
    ["dependentSchemas", root({}, { dependentSchemas: { a: root({ b: string("A") }) } }), /properties alone/],
    ["a keyword that we do not know", root({}, { later: { keyword: [string("A")] } }), /properties alone/],
  ])("an annotation with or on %s makes the tool invalid", (_, schema, says) => {
    const fault = readHeaderSchema(schema);
    expect(fault).toBeInstanceOf(HeaderSchemaFault);
    expect((fault as HeaderSchemaFault).says).toMatch(says);
  });

  test("one annotation more than a request may carry headers for makes the tool invalid", () => {
    const many = (count: number): object =>
      root(Object.fromEntries([...Array(count).keys()].map((i) => [`p${i}`, string(`H${i}`)])));
    expect(readHeaderSchema(many(paramHeadersMax))).toHaveProperty("size", paramHeadersMax);
    expect(readHeaderSchema(many(paramHeadersMax + 1))).toBeInstanceOf(HeaderSchemaFault);
  });

  test("a schema nested beyond the bound is invalid, not a crash", () => {
    let schema: object = string("A");
    for (let depth = 0; depth < 5_000; depth++) schema = root({ a: schema });
    expect(readHeaderSchema(schema)).toBeInstanceOf(HeaderSchemaFault);
  });
});

test("valueAtPath reads own properties alone", () => {
  const args: Json = { a: { "b.c": [1], d: null }, constructor: "mine" };
  expect(valueAtPath(args, ["a", "b.c"])).toEqual([1]);
  expect(valueAtPath(args, ["a", "d"])).toBeNull();
  expect(valueAtPath(args, ["constructor"])).toBe("mine");
  expect(valueAtPath(args, [])).toBe(args);
  for (const path of [
    ["x"],
    ["a", "x"],
    ["a", "d", "x"],
    ["a", "b.c", "0"],
    ["a", "constructor"],
    ["toString"],
    ["__proto__"],
  ]) {
    expect(valueAtPath(args, path)).toBeUndefined();
  }
  expect(valueAtPath(undefined, ["a"])).toBeUndefined();
});
