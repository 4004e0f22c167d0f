import fc from "fast-check";
import { expect, test } from "vitest";
import { byteText, escapedText, utf8 } from "./bytetext.ts";

test("a text in one byte a letter is read, UTF-8 as itself, and bytes by chance hardly ever", () => {
  const text = "Voil\u00e0 la cl\u00e9 du d\u00e9p\u00f4t, comme convenu";
  expect(byteText(Buffer.from(text, "latin1"))).toBe(text);
  expect(byteText(Buffer.from(text))).toBe(text);
  expect(utf8(Buffer.from(text, "latin1"))).toBeUndefined();
  let read = 0;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (bytes) => {
      const isWhole = utf8(bytes) !== undefined;
      if (!isWhole && byteText(bytes) !== undefined && bytes.some((byte) => byte >= 0x80)) read++;
    }),
    { numRuns: 1_000 },
  );
  expect(read).toBeLessThan(100);
});

test("escaped bytes are read on behind one that is no UTF-8", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 10 }), (bytes, text) => {
      const said = escapedText(Uint8Array.from([...bytes, ...Buffer.from(`!${text}`)]));
      expect(said.length).toBeLessThanOrEqual(bytes.length + 1 + text.length);
      expect(said.endsWith(`!${text}`)).toBe(true);
    }),
  );
});
