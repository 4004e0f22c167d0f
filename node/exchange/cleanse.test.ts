import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanse, cleanseText } from "./cleanse.ts";
import { costMs } from "../../test/cost.ts";

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
    ["an Arabic letter mark", "a\u061cb", "ab"],
    ["a soft hyphen, a grapheme joiner, fillers", "a\u00adb\u034fc\u3164d\u115fe\uffa0f", "abcdef"],
    ["annotation marks and invisible operators", "a\ufff9b\ufffbc\u2063d\u206ae", "abcde"],
    ["invisible characters beyond the tags", "a\u{E0FFF}b\u{1D173}c\u{1BCA0}d", "abcd"],
    ["joiners that a removed selector held apart", "a\u200d\u{E0100}\u200db", "ab"],
    ["a run of mixed selectors", "a\ufe0f\u{E0101}\u200cb", "ab"],
  ];
  test.each(removed)("%s is removed", (_, from, to) => expect(cleanseText(from)).toBe(to));

  test.each([
    ["tabs and line ends", "a\tb\r\nc"],
    ["an emoji sequence", "👩‍💻 ❤️"],
    ["Persian with a joiner", "می‌خواهم"],
    ["Mongolian with a variation selector", "\u1820\u180b\u1821"],
    ["accents and scripts", "Zürich Ελλάδα 東京"],
  ])("%s stay", (_, text) => expect(cleanseText(text)).toBe(text));

  test("the result is stable: cleansing twice changes nothing more", () => {
    const unit = fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom(
        "\u200d",
        "\ufe0f",
        "\u{E0100}",
        "\u{E0041}",
        escape,
        "[",
        "]",
        "0",
        "\u0007",
        "\u061c",
      ),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const once = cleanseText(units.join(""));
        expect(cleanseText(once)).toBe(once);
      }),
    );
  });

  test("no ignorable, bidirectional or control character is left but single joiners and selectors", () => {
    const hidden =
      /(?![\n\t\r\u180b-\u180f\u200c\u200d\ufe00-\ufe0f])[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;
    const left: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const text = cleanseText(`a${String.fromCodePoint(code)}b`);
      if (hidden.test(text)) left.push(code.toString(16));
    }
    expect(left).toEqual([]);
  });

  test("a payload under `data` or `blob` is text like any other: log messages and error data carry it", () => {
    const dirty = `a${escape}[31m\u200bb`;
    expect(cleanse({ level: "info", data: { data: dirty, blob: [dirty] } })).toEqual({
      level: "info",
      data: { data: "ab", blob: ["ab"] },
    });
  });

  test("a change at the bottom of 64 levels costs no more than one at the top", () => {
    let value: unknown = `a${escape}[31mb`;
    let clean: unknown = "ab";
    for (let level = 0; level < 64; level++) [value, clean] = [{ a: value }, { a: clean }];
    expect(cleanse({ value })).toEqual({ value: clean });
    expect(costMs(() => cleanse({ value }), 1_000)).toBeLessThan(1_000);
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

  test("no key becomes __proto__ by losing what hides it: its member goes, the others stay", () => {
    for (const key of ["__pro\u200bto__", "\u0000__proto__", `__proto__${escape}[0m`])
      expect(Object.entries(cleanse({ a: 1, b: { [key]: { c: 1 }, d: "\u200be" } }))).toEqual([
        ["a", 1],
        ["b", { d: "e" }],
      ]);
  });

  test("a key that hides something replaces none that hides nothing: an upstream's token is not taken for ours", () => {
    const [honest, hidden] = [{ progressToken: 1 }, { "progress\u200bToken": 2 }];
    for (const params of [
      { ...honest, ...hidden },
      { ...hidden, ...honest },
    ])
      expect(cleanse(params)).toEqual(honest);
    expect(cleanse(hidden)).toEqual({ progressToken: 2 });
  });
});
