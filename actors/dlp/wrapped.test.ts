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
  ])("%s give nothing", (_, text) => {
    expect(scanner.scanText(text)).toMatchObject({ findings: [] });
  });

  test.each([
    ["lines that are text", `${Buffer.from("nothing to be seen here, go on please. ok? yes. ").toString("base64")}\n`],
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
