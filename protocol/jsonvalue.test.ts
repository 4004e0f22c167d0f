import { expect, test } from "vitest";
import fc from "fast-check";
import { messageBounds } from "./jsonbounds.ts";
import { JsonFault, parseStrict } from "./json.ts";

test("what an agent has sent before changes no key of another one's text", () => {
  const shapes: readonly [before: string, text: string, key: string][] = [
    [String.raw`{"k":1,"\\":2}`, String.raw`{"k":1,"\u0061":2}`, "a"],
    [String.raw`{"l":1,"\\":2}`, String.raw`{"l":1,"\"":"é"}`, '"'],
    [String.raw`{"m":1,"\\u00":2}`, String.raw`{"m":1,"\u006eame":"漢"}`, "name"],
  ];
  for (const [before, text, key] of shapes) {
    parseStrict(before, messageBounds);
    expect(Object.keys(parseStrict(text, messageBounds) as object)).toContain(key);
  }
});

test("a text with escaped keys means what the same text without escapes means", () => {
  const escaped = (text: string): string =>
    text.replace(/"(k\w*)":/g, (_, key: string) => `"\\u006b${key.slice(1)}" : `);
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 0, maxLength: 3, unit: fc.constantFrom("a", "b", "1") }).map((end) => `k${end}`), tie("any"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any; // prettier-ignore
  const holds = (any: unknown): void => {
    const text = JSON.stringify(any, undefined, 1);
    // A string's content may look like a key; then both are still JSON, and only the keys are compared.
    fc.pre(!JSON.stringify(any).includes('\\"'));
    // Integers that no double can be trusted with are refused in either spelling.
    fc.pre(!(parseStrict(text, messageBounds) instanceof JsonFault));
    expect(parseStrict(escaped(text), messageBounds)).toEqual(JSON.parse(text));
  };
  fc.assert(fc.property(value, holds));
});
