import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EchoFilter, removed, spellings } from "./echo.ts";
import { checkSecret } from "./secret.ts";

const value = `Tk-${randomBytes(15).toString("base64")}/+=z`;
const filter = new EchoFilter(checkSecret("env:X", value));
const cleaned = (text: string): string => filter.clean({ text }).value.text;

describe("C3 our own credential in what a server says is taken out", () => {
  const names = Object.keys(spellings);

  test("C3 in thirty spellings and more", () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
  });

  test.each(names)("C3 %s", (name) => {
    const spelled = spellings[name]?.(value) ?? "";
    expect(cleaned(`before: ${spelled}, after`)).toMatch(/^before: \S*\[credential removed\].{0,4}, after$/);
    expect(filter.clean({ deep: [{ [spelled]: 1 }] }).value).not.toHaveProperty(["deep", 0, spelled]);
  });

  test.each([0, 1, 2, 3, 4, 5])("C3 in base64 of a longer text, %i bytes into it", (skip) => {
    const text = Buffer.from(`${"x".repeat(skip)}${value} and more`).toString("base64");
    const left = cleaned(text);
    expect(left).toContain(removed);
    const decoded = left.split(removed).map((part) => Buffer.from(part, "base64").toString("latin1")).join(""); // prettier-ignore
    expect(decoded).not.toContain(value.slice(2, -2));
  });

  test("C3 also where several stand together, and with what is left untouched", () => {
    const [plain, hex] = [value, Buffer.from(value).toString("hex")];
    const { value: clean, count } = filter.clean({ a: `1 ${plain} 2 ${hex} 3`, b: ["ok", 5, null, true] });
    expect(clean).toEqual({ a: `1 ${removed} 2 ${removed} 3`, b: ["ok", 5, null, true] });
    expect(count).toBe(2);
  });
});

test("a value without it comes back as the very same, whatever it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(filter.clean(json)).toEqual({ value: json, count: 0 });
      expect(filter.clean(json).value).toBe(json);
    }),
  );
});

test("wherever it stands in whatever text, nothing of it is left", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (before, after) => {
      const clean = cleaned(`${before} ${value} ${after}`);
      expect(clean).toContain(removed);
      expect(clean).not.toContain(value);
    }),
  );
});

test("a credential as short as a word is left, as every word would be it", () => {
  expect(new EchoFilter(checkSecret("env:X", "abc")).clean("abc is here")).toEqual({ value: "abc is here", count: 0 }); // prettier-ignore
});
