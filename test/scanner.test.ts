import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { functionsOf, scan } from "./scanner.ts";

function codeOf(source: string): string {
  return scan(source).code;
}

function lengths(source: string): readonly number[] {
  return functionsOf(codeOf(source), source).map(({ lineCount }) => lineCount);
}

describe("what is code, comment and string", () => {
  test.each([
    ["a line comment", "a // b\nc", "a     \nc"],
    ["a block comment over lines", "a /* b\nb */ c", "a     \n     c"],
    ["a string with an escaped quote", String.raw`a("\"b") c`, 'a("   ") c'],
    ["a comment's mark in a string", 'a("//b") c', 'a("   ") c'],
    ["a quote in a comment", "a // don't\nb", "a         \nb"],
    ["a regular expression with a quote and a class", 'a = /["/]b/g; c', "a = /     /g; c"],
    ["a division", "a = b / c / d", "a = b / c / d"],
    ["a division after a bracket", "a = (b) / c; // d", "a = (b) / c;     "],
    ["a regular expression after return", "return /a'/;", "return /  /;"],
    ["a template", "a = `b // c`;", "a = `      `;"],
    [
      "code in a template, and a template in that",
      "a = `b ${c(`d ${e} f`)} g`;",
      "a = `  ${c(`  ${e}  `)}  `;",
    ],
    ["an object in a template", "a = `b ${{ c: 1 }.c} d` + e;", "a = `  ${{ c: 1 }.c}  ` + e;"],
  ])("%s", (_name, source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  test("every character is kept in exactly one layer, at its place", () => {
    const part = constantFrom(
      "a",
      " ",
      "\n",
      '"',
      "'",
      "`",
      "${",
      "}",
      "{",
      "/",
      "//",
      "/*",
      "*/",
      "\\",
      "(",
      ")",
      "=>",
    );
    assert(
      property(array(part, { maxLength: 40 }), (parts) => {
        const source = parts.join("");
        const layers = Object.values(scan(source));
        for (const layer of layers) expect(layer.length).toBe(source.length);
        for (let at = 0; at < source.length; at += 1) {
          const kept = layers.filter((layer) => layer.charAt(at) === source.charAt(at)).length;
          expect(/\s/.test(source.charAt(at)) ? 1 : kept).toBe(1);
        }
      }),
    );
  });
});

describe("where functions begin and end", () => {
  test.each([
    ["a declaration", "function f(a: A): B {\n  g();\n}", [3]],
    ["parameters on lines of their own", "function f(\n  a: A,\n): B {\n  g();\n}", [5]],
    ["a return type with braces", "function f(): { a: A } {\n}", [2]],
    ["a return type with arrows and generics", "function f(): Map<A, () => void> {\n}", [2]],
    ["a type guard", "function f(a: A): a is B {\n}", [2]],
    ["a union of object types", "function f(): { a: A } | { b: B } {\n}", [2]],
    [
      "a method, a getter, a constructor",
      "class A {\n  f(): void {\n  }\n  get b(): B {\n  }\n  constructor() {\n  }\n}",
      [2, 2, 2],
    ],
    ["an arrow, with and without brackets", "const f = (a) => {\n};\nconst g = a => {\n};", [2, 2]],
    ["an arrow with a return type, once", "const f = (a: A): B => {\n};", [2]],
    ["a private and a generic method", "class A {\n  #f<B>(b: B): void {\n  }\n}", [2]],
    ["a function in a function", "function f() {\n  return () => {\n  };\n}", [2, 4]],
    ["a brace in a string", 'function f() {\n  g("}");\n}', [3]],
  ])("%s", (_name, source, expected) => {
    expect(lengths(source).toSorted((a, b) => a - b)).toEqual(expected);
  });

  test.each([
    [
      "control flow",
      "if (a) {\n} else {\n}\nfor (const b of c) {\n}\nwhile (d) {\n}\nswitch (e) {\n}\ntry {\n} catch (f) {\n}",
    ],
    ["an overload", "function f(a: A): B;"],
    ["an interface and a type", "interface A {\n  f(): B;\n}\ntype C = {\n  d: E;\n};"],
    ["a conditional object", "const a = b ? f(c) : {\n  d: 1,\n};"],
    ["a case with a block", "switch (a) {\n  case f(b): {\n    g();\n  }\n}"],
    ["an object given to a call", "f({\n  a: 1,\n});"],
  ])("%s is no function", (_name, source) => {
    expect(lengths(source)).toEqual([]);
  });
});
