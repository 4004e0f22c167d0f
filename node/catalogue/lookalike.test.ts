import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deception, lookKeys } from "./lookalike.ts";

function lookAlike(a: string, b: string): boolean {
  const keys = lookKeys(a);
  return lookKeys(b).some((key) => keys.includes(key));
}

describe("names that look alike", () => {
  test.each([
    ["case", "read_file", "Read_File"],
    ["a Cyrillic e", "read_file", "r\u0435ad_file"],
    ["a Greek omicron", "tool", "t\u03bf\u03bfl"],
    ["full width", "read_file", "\uff52\uff45\uff41\uff44_file"],
    ["mathematical letters", "read", "\u{1d42b}\u{1d41e}\u{1d41a}\u{1d41d}"],
    ["a whole word in Cyrillic", "PEAD", "\u0420\u0415\u0410\u0414".replace("\u0414", "D")],
    ["capital I for l", "delete_file", "deIete_file"],
    ["one for l", "list_all", "list_a1l"],
    ["zero for O", "TOOL", "T0OL"],
    ["rn for m", "form", "forrn"],
    ["a zero-width space", "read_file", "read\u200b_file"],
    ["a tag character", "read_file", "read_file\u{e0041}"],
    ["a combining mark", "read", "re\u0301ad"],
    ["another hyphen", "get-sum", "get\u2010sum"],
  ])("meet: %s", (_, a, b) => expect(lookAlike(a, b)).toBe(true));

  test.each([
    ["get_mail", "get_mall"],
    ["read_file", "read_files"],
    ["read_file", "readfile"],
    ["list", "lists"],
    ["create_entities", "create_relations"],
    ["a-b", "a_b"],
  ])("do not meet when a person can tell them apart: %s and %s", (a, b) =>
    expect(lookAlike(a, b)).toBe(false),
  );

  test("a name looks like itself, whatever the form and case it is written in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 24 }), (name) => {
        expect(lookAlike(name, name.normalize("NFD"))).toBe(true);
        expect(lookAlike(name, name.normalize("NFKC"))).toBe(true);
      }),
    );
  });
});

describe("a name that must not be shown", () => {
  test.each([
    "re\u0430d",
    "\u03bfmega_x",
    "a\u200bb",
    "a\u202eb",
    "a\u{e0061}b",
    "a\u001b[31m",
    "a\nb",
    " a",
    "a ",
  ])("%j", (name) => expect(deception(name)).toBeTypeOf("string"));

  test.each([
    "read_file",
    "get-sum",
    "\u0447\u0438\u0442\u0430\u0442\u044c",
    "\u8aad\u3080",
    "na\u00efve",
    "tool 2",
    "a/b:c",
  ])("%j may be", (name) => expect(deception(name)).toBeUndefined());
});
