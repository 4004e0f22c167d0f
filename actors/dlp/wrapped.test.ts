import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InflatePort } from "./decoder.ts";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { fixtureScanner } from "./engine.fixture.ts";
import { compileScanner, type Finding, type Scanner } from "./scanner.ts";
import { withhold } from "./withholding.ts";

const inflate: InflatePort = (bytes, maxOutputLength) => {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch {
    return undefined;
  }
};
const scanner = compileScanner(builtinDetectors(ports), inflate) as Scanner;
const likely = 3;
const keyOf = (end: string): string => `AKIA${["Q2X7", "RTYU", "PLKJ", end].join("")}`;

function wrap(text: string, width: number, lineEnd: string, indent = ""): string {
  return (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []).map((line) => indent + line).join(lineEnd);
}

/** Each is found by its form alone, where it looks random enough. */
const credential = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), minLength: 16, maxLength: 16 }).map((rest) => `AKIA${rest}`),
  fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789"), minLength: 20, maxLength: 20 }).map((rest) => `glpat-${rest}`),
).filter((value) => scanner.scanText(`it is ${value} so`).findings.some(({ likelihood }) => likelihood >= likely)); // prettier-ignore
const words = fc
  .array(fc.constantFrom("the", "key", "is", "here", "Schl\u00fcssel", "\u5bc6\u94a5", "\ud83d\ude00", "see", "below", "of", "who", "1", "so"), { minLength: 8, maxLength: 60 })
  .map((all) => all.join(" ")); // prettier-ignore
const width = fc.constantFrom(64, 70, 72, 76);
const indent = fc.constantFrom("", "", "  ", "\t", " ".repeat(12));
const around = fc.constantFrom(["", ""], ["see\n", "\nRegards, us"], ['{"a":"', '"}'], ["a: |\n", "\n\nb: 1"], ["x=", ""], ["-----BEGIN MESSAGE-----\n", "\n-----END MESSAGE-----"]); // prettier-ignore

/** Lines of the text that hold the bytes of a part of what was encoded. */
function linesOf(plain: string, value: string, perLine: number, encoded: readonly string[], at: number): readonly [number, number] {
  const first = Buffer.byteLength(plain.slice(0, plain.indexOf(value)));
  const last = first + Buffer.byteLength(value) - 1;
  const placeOf = (line: number): number => at + encoded.slice(0, line).reduce((sum, { length }) => sum + length, 0);
  const [from, to] = [Math.floor((first * 8) / 6 / perLine), Math.floor((last * 8 + 7) / 6 / perLine)];
  return [placeOf(from) + (/^[ \t]*/.exec(encoded[from] ?? "")?.[0].length ?? 0), placeOf(to) + (encoded[to] ?? "").replace(/=*(?:\s+|(?:\\+r)?\\+n)?$/, "").length];
} // prettier-ignore

describe("a credential in a text in base64", () => {
  test.each([
    ["\n", "line feeds"],
    ["\r\n", "two characters"],
    ["\\n", "an escape of JSON"],
    ["\\r\\n", "two escapes"],
    ["\\\\n", "an escape of JSON in JSON"],
  ])("in lines that end in %j is found, in the lines that hold it", (lineEnd) => {
    fc.assert(
      fc.property(words, credential, words, width, indent, around, (left, value, right, perLine, blanks, [before, after]) => {
        const plain = `${left} ${value} ${right}`;
        const hidden = wrap(Buffer.from(plain).toString("base64"), perLine, lineEnd, blanks);
        const text = before + hidden + after;
        const found = scanner.scanText(text).findings.filter(({ likelihood }) => likelihood >= likely);
        const lines = hidden.split(lineEnd).map((line, at, all) => (at < all.length - 1 ? line + lineEnd : line));
        const place = linesOf(plain, value, perLine, lines, before.length);
        expect(found.map(({ start, end }) => [start, end])).toContainEqual(place);
      }),
      { numRuns: 300 },
    ); // prettier-ignore
  });

  test("is withheld with both parts that a line end cuts, and the other lines stay", () => {
    const value = keyOf("34WE");
    const plain = `${"some words ".repeat(8)}${"x".repeat(14)} ${value} and more${" and more".repeat(20)}`;
    const lines = wrap(Buffer.from(plain).toString("base64"), 76, "\n").split("\n");
    const text = lines.join("\n");
    expect(lines.some((line) => Buffer.from(line, "base64").toString().includes(value))).toBe(false);
    const { findings } = scanner.scanText(text);
    expect(findings.filter(({ likelihood }) => likelihood >= likely)).toHaveLength(1);
    const marked = findings.map((each) => ({ ...each, action: "mask" as const, isSecret: true }));
    const left = (withhold(text, marked, { tokenise: () => undefined }) as string).split("\n");
    expect(left.map((line) => line.length)).toEqual(lines.map((line) => line.length));
    expect(left.map((line, at) => line === lines[at])).toEqual([true, false, false, ...lines.slice(3).map(() => true)]); // prettier-ignore
    expect(Buffer.from(left.join(""), "base64").toString("latin1")).not.toMatch(/AKIA|RTYU|34WE/);
  });

  test("packed, in lines, is found in all of the lines", () => {
    const noise = Array.from({ length: 90 }, (_, at) => (at * 7_919).toString(36)).join(" ");
    const hidden = wrap(gzipSync(`${noise} ${keyOf("34WE")} so`).toString("base64"), 76, "\n");
    const { findings } = scanner.scanText(`see\n${hidden}\nthere`);
    const end = 4 + hidden.replace(/=+$/, "").length;
    expect(findings.map(({ start, end: to }) => [start, to])).toContainEqual([4, end]);
  });

  test("one in each line, as in a list, is found in each", () => {
    const one = (at: number): string => Buffer.from(keyOf(`3${at}WE`.replace(/[01]/g, "Z").replace(/[89]/g, "V")).padEnd(21).padEnd(45, "x")).toString("base64"); // prettier-ignore
    const list = Array.from({ length: 9 }, (_, at) => one(at));
    expect(list[0]).toHaveLength(60);
    const { findings } = scanner.scanText(list.join("\n"));
    expect(findings.map(({ start }) => start)).toEqual(list.map((_, at) => 61 * at));
  });
});

/** By name: how a text is written, and how many bits a letter of it says. */
const writings: Readonly<Record<string, readonly [bits: number, (text: string) => string]>> = {
  base64: [6, (text) => Buffer.from(text).toString("base64")],
  base32: [5, (text) => base32(Buffer.from(text))],
  "base32 in small letters": [5, (text) => base32(Buffer.from(text)).toLowerCase()],
  hex: [4, (text) => Buffer.from(text).toString("hex")],
  "capital hex": [4, (text) => Buffer.from(text).toString("hex").toUpperCase()],
};

/** As RFC 4648, section 6, has it. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const text = (bits.match(/.{1,5}/g) ?? []).map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(Number.parseInt(five.padEnd(5, "0"), 2))).join(""); // prettier-ignore
  return text.padEnd(8 * Math.ceil(text.length / 8), "=");
}

describe("a credential in lines of one length", () => {
  test.each(Object.keys(writings))(
    "in %s is found in the lines that hold it, whatever signs stand before each",
    (writing) => {
      const [bits, write] = writings[writing] ?? [8, String];
      const signs = fc.constantFrom("", "> ", ">", ">> ", "> > ", "| ", "# ", "// ", " * ", "+", "-- ", "\t");
      fc.assert(
      fc.property(words, credential, words, fc.integer({ min: 32, max: 120 }), signs, (left, value, right, perLine, sign) => {
        const plain = `${left} ${value} ${right}`;
        const lines = wrap(write(plain), perLine, "\n").split("\n");
        const text = lines.map((line) => `${sign}${line}\n`).join("");
        const found = scanner.scanText(`so:\n${text}${sign}\nthere`).findings.filter(({ likelihood }) => likelihood >= likely);
        const from = Buffer.byteLength(plain.slice(0, plain.indexOf(value)));
        const lineOf = (byte: number): number => Math.floor((byte * 8) / bits / perLine);
        const [first, last] = [lineOf(from), Math.floor(((from + value.length) * 8 - 1) / bits / perLine)];
        const placeOf = (line: number): number => 4 + line * (sign.length + perLine + 1) + sign.length;
        const place = [placeOf(first), placeOf(last) + (lines[last] ?? "").replace(/=+$/, "").length];
        // What stands whole in one line is found there.
        expect(found.some(({ start, end }) => first === last || (start === place[0] && end === place[1]))).toBe(true);
      }),
      { numRuns: 200 },
    ); // prettier-ignore
    },
  );
});

test("a private key in quoted mail is found as a whole, also where its end is cut off", () => {
  const body = Array.from({ length: 9 }, (_, line) => Buffer.from(ports.sha256(Uint8Array.of(line))).toString("base64").slice(0, 43) + "aQ7z".repeat(5) + "x"); // prettier-ignore
  for (const sign of ["> ", ">> ", "| ", "# ", " * "]) {
    const key = ["-----BEGIN ".concat("RSA PRIVATE KEY-----"), ...body].join(`\n${sign}`);
    for (const end of ["", `\n${sign}${"-----END ".concat("RSA PRIVATE KEY-----")}`]) {
      const { findings } = scanner.scanText(`Hello,\n${sign}${key}${end}\n`);
      expect(findings.map(({ type }) => type)).toEqual(["pem.rsa"]);
      expect(findings[0]?.end).toBeGreaterThanOrEqual(7 + sign.length + key.length);
    }
  }
});

test("in chunks the same is found as in one piece, also where the lines are longer than a block", () => {
  const plain = Array.from({ length: 3_000 }, (_, at) => `${at % 300 === 299 ? `ghx_${"a1B2".repeat(9)}` : "Stra\u00dfe und so"} ${"w".repeat(at % 7)}`).join(" "); // prettier-ignore
  const text = `see\n${wrap(Buffer.from(plain).toString("base64"), 76, "\r\n")}\r\nthere`;
  expect(text.length).toBeGreaterThan(65_536);
  const own = fixtureScanner();
  const inChunks = (size: number): readonly Finding[] => {
    const stream = own.stream("");
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...stream.push(text.slice(at, at + size)));
    return [...found, ...stream.end().findings].toSorted((a, b) => a.start - b.start);
  };
  const whole = own.scanText(text).findings;
  expect(whole).toHaveLength(10);
  for (const size of [100, 1_000, 7_777, 70_000]) expect(inChunks(size)).toEqual(whole);
});

describe("lines that are no encoded text", () => {
  const digest = (at: number): string =>
    Buffer.from(ports.sha256(Uint8Array.of(at, at >> 8))).toString("hex");
  const bytes = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, at) => Buffer.from(digest(at), "hex"))); // prettier-ignore

  test.each([
    ["digests", Array.from({ length: 500 }, (_, at) => digest(at)).join("\n")],
    ["a picture", wrap(bytes(400).toString("base64"), 76, "\r\n")],
    ["a word in each", `${"x".repeat(64)}\n`.repeat(300)],
    ["commits", Array.from({ length: 500 }, (_, at) => `> ${digest(at).slice(0, 40)}`).join("\n")],
    [
      "short digests",
      Array.from({ length: 500 }, (_, at) => digest(at).slice(0, 32).toUpperCase()).join("\n"),
    ],
  ])("%s give nothing", (_, text) => {
    expect(scanner.scanText(text)).toMatchObject({ findings: [] });
  });

  test.each([
    ["lines that are text", `${Buffer.from("nothing to be seen here, go on please. ok? yes. ").toString("base64")}\n`],
    ["lines of hex that are text", `${Buffer.from("nothing to be seen here, go on. ").toString("hex")}\n`],
    ["lines of hex that begin as text and end as none", `${"41".repeat(31)}zz\n`],
    ["lines of base32 that begin as text", `> ${"IFAU".repeat(15)}\n`],
    ["lines that begin as text and end as none", `${"QUFB".repeat(15)}/+/+\n`],
    ["lines and shorter ones in turn", `${"QUFB".repeat(15)}\n${"QUFB".repeat(3)}/+/\n`],
    ["lines of which each is longer", Array.from({ length: 40 }, (_, at) => "QUFB".repeat(15 + at)).join("\n")],
    ["lines with what joins runs", `${"x".repeat(20)}_phg${"x".repeat(20)}_phg${"x".repeat(20)}_phg\n`],
    ["line ends with blanks", `${"QUFB".repeat(15)}\n${" ".repeat(70)}`],
    ["escaped line ends", `${"QUFB".repeat(15)}${"\\".repeat(9)}n`],
  ])("%s: twice the text is twice the work", (_, seed) => {
    const stepsOf = (chars: number): number => scanner.scanText(`${seed.repeat(Math.ceil(chars / seed.length))}////`).steps; // prettier-ignore
    expect(stepsOf(96_000)).toBeLessThan(2.5 * stepsOf(48_000));
    expect(stepsOf(96_000)).toBeLessThan(2 * 96_000);
  }); // prettier-ignore
});
