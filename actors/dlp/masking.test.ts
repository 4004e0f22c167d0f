import fc from "fast-check";
import { expect, test } from "vitest";
import { mask } from "./masking.ts";

test.each([
  ["4111 1111 1111 1111", "financial.card", "**** **** **** 1111"],
  ["GB82-WEST-1234-5698", "financial.iban", "****-****-****-5698"],
  ["jo.smith@example.com", "person.email", "j*.*****@example.com"],
  ["ab@example.com", "person.email", "**@example.com"],
  ["078-05-1120", "government.us.ssn", "***-**-*120"],
  ["12", "government.id", "**"],
  ["Zoë 😀 x", "person.name", "*** * x"],
])("%j of %s becomes %j", (value, type, masked) => {
  expect(mask(value, type)).toBe(masked);
});

test("of what opens something nothing stays", () => {
  expect(mask("a+b_c=d/e0123456789", "aws.secret_key", true)).toBe("*******/***********");
});

test("JSON within a text stays JSON when a value over an escaped line end is masked", () => {
  const inner = JSON.stringify({ key: "AAAA\nBBBB\u0001CC", path: "a\\nb" });
  const masked = inner.replace(/AAAA.*CC/, (value) => mask(value, "a.b", true));
  expect(JSON.parse(masked)).toEqual({ key: "****************".padEnd(18, "*"), path: "a\\nb" });
  expect(mask(String.raw`a\nb\\c`, "a.b", true)).toBe("*".repeat(7));
});

test("a mask has the value's code points, and at most four letters and digits of a third of them stay", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.boolean(), (text, isSecret) => {
      const value = text.toWellFormed();
      const masked = mask(value, "a.b", isSecret);
      expect([...masked]).toHaveLength([...value].length);
      const letters = [...value].filter((point) => /[\p{L}\p{N}]/u.test(point)).length;
      const left = [...masked].filter((point) => /[\p{L}\p{N}]/u.test(point)).length;
      expect(left).toBeLessThanOrEqual(isSecret ? 0 : Math.min(4, letters));
    }),
  );
});
