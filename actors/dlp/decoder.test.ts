import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { InflatePort } from "./decoder.ts";
import { unescapeRegion } from "./encoding.ts";
import { fixtureDetectors } from "./engine.fixture.ts";
import { alikeScripts } from "./lookalike.ts";
import { compileScanner, type Scanner } from "./scanner.ts";

const inflate: InflatePort = (bytes, maxOutputLength) => {
  try {
    return bytes[0] === 0x1f
      ? gunzipSync(bytes, { maxOutputLength })
      : inflateSync(bytes, { maxOutputLength });
  } catch (error) {
    return error instanceof RangeError ? "too large" : undefined;
  }
};

const scanner = compileScanner(fixtureDetectors(), inflate) as Scanner;
const backwards = (text: string): string => [...text].toReversed().join("");
const secret = `ghx_${"a1B2".repeat(9)}`;

/** As RFC 4648, section 6, has it. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const fives = bits.match(/.{1,5}/g) ?? [];
  const text = fives.map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(Number.parseInt(five.padEnd(5, "0"), 2))).join(""); // prettier-ignore
  return text.padEnd(8 * Math.ceil(text.length / 8), "=");
}

const encodings: readonly (readonly [name: string, encode: (text: string) => string])[] = [
  ["base64", (text) => Buffer.from(text).toString("base64")],
  ["base64url", (text) => Buffer.from(text).toString("base64url")],
  ["hex", (text) => Buffer.from(text).toString("hex")],
  ["capital hex", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["base32", (text) => base32(Buffer.from(text))],
  ["base32 without its equals signs", (text) => base32(Buffer.from(text)).replace(/=+$/, "")],
  ["base32 in small letters", (text) => base32(Buffer.from(text)).toLowerCase()],
  ["gzip in base32", (text) => base32(gzipSync(text))],
  ["UTF-16 in base32", (text) => base32(Buffer.from(text, "utf16le"))],
  ["gzip", (text) => gzipSync(text).toString("base64")],
  ["zlib", (text) => deflateSync(text).toString("base64url")],
  [
    "ISO 8859-1 in base64",
    (text) => Buffer.from(`Voil\u00e0 la cl\u00e9: ${text} \u00e0 garder`, "latin1").toString("base64"),
  ],
  ["ISO 8859-1 in gzip", (text) => gzipSync(Buffer.from(`Cl\u00e9: ${text}`, "latin1")).toString("base64")],
  ["ISO 8859-1 in base32", (text) => base32(Buffer.from(`Voil\u00e0 la cl\u00e9: ${text}`, "latin1"))],
  ["UTF-16", (text) => Buffer.from(text, "utf16le").toString("base64")],
  [
    "UTF-16, high byte first, with its mark",
    (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16().toString("base64"),
  ],
  ["UTF-16 in hex", (text) => Buffer.from(text, "utf16le").toString("hex")],
];
const escapes: readonly (readonly [name: string, encode: (text: string) => string])[] = [
  ["URL", (text) => text.replace(/[^a-z]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)],
  ["HTML", (text) => text.replace(/[_\d]/g, (char) => `&#${char.charCodeAt(0)};`)],
  ["HTML in hex", (text) => text.replace(/[_\d]/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`)],
  ["JSON", (text) => text.replace(/[_\d]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)],
  ["full width", (text) => text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))],
  ["zero width", (text) => text.split("").join("\u200b")],
  ["selectors", (text) => text.split("").join("\ufe0f")],
  ["tags", (text) => text.split("").join("\u{e0020}")],
  ["fillers", (text) => text.split("").join("\u3164")],
  ["combining marks", (text) => text.split("").join("\u0301")],
  ["noughts between", (text) => text.split("").join("\0")],
  ["control characters between", (text) => text.split("").join("\u0001")],
  ["quoted-printable", (text) => text.replace(/./g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase()}`)],
  ["quoted-printable, its signs alone", (text) => text.replace("_", "=5F")],
  ["lines that quoted-printable cuts", (text) => text.replace(/.{15}/g, "$&=\r\n")],
  ["Cyrillic look-alikes", (text) => text.replaceAll("x", "\u0445").replaceAll("a", "\u0430").replaceAll("B", "\u0412")],
  ["Greek look-alikes", (text) => text.replaceAll("x", "\u03c7").replaceAll("B", "\u0392")],
  ["letters with spaces between", (text) => text.split("").join(" ")],
  ["letters with hyphens between", (text) => text.split("").join("-")],
  ["a letter in each line", (text) => text.split("").join("\n")],
  ["soft hyphens", (text) => text.split("").join("\u00ad")],
]; // prettier-ignore

describe("a secret", () => {
  test.each(encodings)("in %s is found at the place of all that was encoded", (_, encode) => {
    const hidden = encode(`the key is ${secret} so`);
    for (const [before, after] of [
      ["see ", " there"],
      ["", ""],
      ['{"a":"', '"}'],
      ["x=", "&y"],
    ] as const) {
      const { findings } = scanner.scanText(before + hidden + after);
      const found = findings.filter(({ type }) => type === "hub");
      const end = before.length + hidden.replace(/=+$/, "").length;
      expect(found).toEqual([{ type: "hub", start: before.length, end, likelihood: 2, path: "" }]);
    }
  });

  test.each(escapes)("in %s is found where it stands, to the character", (_, encode) => {
    const hidden = encode(secret);
    const { findings } = scanner.scanText(`word ${hidden} word`);
    expect(findings).toEqual([{ type: "hub", start: 5, end: 5 + hidden.length, likelihood: 2, path: "" }]);
  });

  test.each(["%", "="])("in %s escapes, with all that stands around it, is found where it stands", (sign) => {
    const escaped = (text: string): string => [...Buffer.from(text)].map((byte) => `${sign}${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""); // prettier-ignore
    const [before, after] = ["der Schl\u00fcssel \ud83d\ude00 ist ", " so"];
    const { findings } = scanner.scanText(`x ${escaped(before + secret + after)} y`);
    const start = 2 + escaped(before).length;
    expect(findings).toEqual([
      { type: "hub", start, end: start + 3 * secret.length, likelihood: 2, path: "" },
    ]);
  });

  test.each(["%", "="])("in %s escapes beside bytes that are no UTF-8 is found where it stands", (sign) => {
    const escaped = (bytes: Buffer): string => [...bytes].map((byte) => `${sign}${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""); // prettier-ignore
    const around = ["; cl\u00e9 \u00c3\u0083: ", "\u00ff", "\u00e2\u0082", "\u00f0\u009f\u0098"].map((text) => Buffer.from(text, "latin1")); // prettier-ignore
    for (const before of [...around, Buffer.from("\u043a\u043b\u044e\u0447: ".repeat(3))])
      for (const after of around) {
        const { findings } = scanner.scanText(`x ${escaped(before)}${escaped(Buffer.from(secret))}${escaped(after)} y`); // prettier-ignore
        const start = 2 + 3 * before.length;
        expect(findings).toEqual([{ type: "hub", start, end: start + 3 * secret.length, likelihood: 2, path: "" }]); // prettier-ignore
      }
  });

  test("in any three layers of these is found, in four the scan says that it did not look", () => {
    // Noughts make base32 of letters alone, in which escapes may stand too far apart to be one region.
    const all = [...encodings.filter(([name]) => name !== "UTF-16 in base32"), ...escapes.slice(0, 4)];
    const some = fc.array(fc.constantFrom(...all), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(some, (layers) => {
        const hidden = layers.reduce((text, [, encode]) => encode(text), ` ${secret} `);
        const { findings } = scanner.scanText(`a ${hidden} b`);
        expect(findings.map(({ type }) => type)).toContain("hub");
      }),
      { numRuns: 400 },
    );
    const four = [0, 1, 2, 3].reduce((text) => Buffer.from(text).toString("base64"), ` ${secret} `);
    expect(scanner.scanText(four)).toMatchObject({ findings: [], exceeded: { budget: "decoded" } });
  });
});

test("each letter that looks like a Latin one is read as it", () => {
  for (let at = 0; at < alikeScripts.length; at += 2) {
    const [letter, like] = [alikeScripts.charAt(at), alikeScripts.charAt(at + 1)];
    const same = letter === letter.toLowerCase() ? like : like.toUpperCase();
    expect(unescapeRegion(`a${letter}1`, 0, 3)?.text).toBe(`a${same}1`);
  }
});

describe("what is no encoding", () => {
  test.each([
    ["a word of another language", "\u0440\u0435\u0441\u0443\u0440\u0441 \u0412\u0410"],
    ["numbers of a log", "status=40 took=41 id=4242 size=3132"],
    ["an address in a log", "span=40b90ab6 req=40ba9182-8d51"],
    ["a table of digits", `${"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n".repeat(9)}`],
    ["a spelled word", "it is s p e l l e d out"],
    ["bytes of numbers", Buffer.from([4, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0]).toString("base64")],
  ])("%s is left as it is", (_, text) => {
    const { findings, exceeded } = scanner.scanText(text);
    expect({ findings, exceeded }).toEqual({ findings: [], exceeded: undefined });
  });

  test("a table of a hundred thousand letters or digits is searched to its end", () => {
    for (const line of ["1,0,1,1,0,1,1,1,0,1,0,1\n", "Y,N,Y,Y,N,N,Y,N,Y,Y,Y,N\n", "a b c d e f g h i j k\n"])
      expect(scanner.scanText(line.repeat(10_000)).exceeded).toBeUndefined();
    expect(scanner.scanText("A C G T ".repeat(50_000)).exceeded).toBeUndefined();
  });

  test("a hash, an identifier and a picture give no layers", () => {
    const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    const picture = Buffer.from(Array.from({ length: 3_000 }, (_, at) => (at * 193 + (at >> 3)) & 255)).toString("base64"); // prettier-ignore
    for (const text of [hash, picture, "123e4567-e89b-42d3-a456-426614174000", "a".repeat(5_000)])
      expect(scanner.scanText(`x ${text} y`)).toMatchObject({ findings: [] });
  });

  test("noise of any kind is scanned without a fault", () => {
    const noise = fc.string({ unit: fc.constantFrom("%", "&", "#", "\\", "u", "x", "4", "1", ";", "\u200b", "\uff41", "\ud800", "A", "=", "H4sI", "eJ", "78", "9c"), maxLength: 200 }); // prettier-ignore
    fc.assert(fc.property(noise, (text) => void scanner.scanText(text)));
  });
});

describe("bounds of what is decoded", () => {
  test.each([
    ["joined runs that are no text", `${"x".repeat(20)}_phg`],
    ["joined runs that begin as one", "QUFBQUFBQUFBQUFBQUFB/+/+"],
    ["joined runs that are one but for its end", "QUFBQUFBQUFBQUFBQUF+"],
  ])("%s: twice the text is twice the work", (_, seed) => {
    const stepsOf = (chars: number): number =>
      scanner.scanText(`${seed.repeat(chars / seed.length)}////`).steps;
    expect(stepsOf(48_000)).toBeLessThan(2.5 * stepsOf(24_000));
  });

  test("of tokens written backwards some are looked at, and what is left out is told", () => {
    const text = `${backwards(secret)} `.repeat(300);
    expect(scanner.scanText(text).exceeded).toBeUndefined();
    const known = `${"1".repeat(16)}AIKA `;
    expect(scanner.scanText(known.repeat(256)).exceeded).toBeUndefined();
    expect(scanner.scanText(known.repeat(257)).exceeded).toMatchObject({ budget: "decoded" });
  });

  test("a bomb is not inflated beyond its bound, and told", () => {
    const bomb = gzipSync("a ".repeat(limits.dlpDecodedCharsMax)).toString("base64");
    expect(bomb.length).toBeLessThan(4_000);
    expect(scanner.scanText(bomb).exceeded).toEqual({ budget: "decoded", max: limits.dlpDecodedCharsMax });
  });

  test("many small layers come to their bound together", () => {
    const one = Buffer.from("nothing to be seen here, go on please. ".repeat(40)).toString("base64");
    const text = `${one} `.repeat(1 + limits.dlpDecodedCharsMax / 1_500);
    expect(scanner.scanText(text).exceeded).toMatchObject({ budget: "decoded" });
  });
});
