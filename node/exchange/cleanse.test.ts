import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanse, cleanseText } from "./cleanse.ts";

const escape = "\u001b";

describe("text of upstreams (T3)", () => {
  const removed: readonly [what: string, from: string, to: string][] = [
    ["a colour sequence", `${escape}[31mred${escape}[0m`, "red"],
    ["a hyperlink", `${escape}]8;;https://evil.example\u0007click${escape}]8;;\u0007`, "click"],
    ["a window title", `${escape}]0;owned\u0007text`, "text"],
    ["a bell and a backspace", "a\u0007b\u0008c", "abc"],
    ["C1 controls", "a\u009b31mb", "a31mb"],
    ["a bidirectional override", "user\u202etxt.exe", "usertxt.exe"],
    ["isolates", "a\u2066b\u2069c", "abc"],
    ["a zero-width space", "pass\u200bword", "password"],
    ["tag characters", "hi\u{E0041}\u{E0042}", "hi"],
    ["a run of variation selectors", "a\ufe00\ufe01\ufe02b", "ab"],
    ["supplementary variation selectors", "a\u{E0100}\u{E0101}b", "ab"],
    ["a byte order mark", "\ufefftext", "text"],
  ];
  test.each(removed)("%s is removed", (_, from, to) => expect(cleanseText(from)).toBe(to));

  test.each([
    ["tabs and line ends", "a\tb\r\nc"],
    ["an emoji sequence", "👩‍💻 ❤️"],
    ["Persian with a joiner", "می‌خواهم"],
    ["accents and scripts", "Zürich Ελλάδα 東京"],
  ])("%s stay", (_, text) => expect(cleanseText(text)).toBe(text));

  test("the result is stable: cleansing twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = cleanseText(text);
        expect(cleanseText(cleanseText(once))).toBe(cleanseText(once));
      }),
    );
  });

  test("no control character survives in any string or key of a result, and payload bytes are left alone", () => {
    const dirty = {
      content: [
        { type: "text", text: `a${escape}[2Jb` },
        { type: "image", data: "QUJD", mimeType: "image/png" },
      ],
      [`k\u0000`]: { x: ["\u202e"] },
    };
    expect(cleanse(dirty)).toEqual({
      content: [
        { type: "text", text: "ab" },
        { type: "image", data: "QUJD", mimeType: "image/png" },
      ],
      k: { x: [""] },
    });
  });

  test("a clean value is passed on as it is, without a copy", () => {
    const clean = { a: ["b", { c: "d" }] };
    expect(cleanse(clean)).toBe(clean);
  });
});
