import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bordersOf } from "./cutvalue.ts";
import { fixtureDetectors } from "./engine.fixture.ts";
import { readDetectors } from "./detectorrow.ts";
import { ports } from "./detectors.fixture.ts";
import { compileScanner, type Scanner } from "./scanner.ts";

const row = {
  id: "hub",
  group: "secret",
  title: "a token",
  pattern: "\\bghx_[A-Za-z0-9]{36}\\b",
  prefilter: { kind: "literal", any: ["ghx_"] },
  likelihood: { shape: 4, validated: 4, context: 5, both: 5 },
  examples: { yes: ["x", "y"], no: ["x", "y"] },
  source: "made for tests",
};
const { detectors } = readDetectors([row], ports);
const scanner = compileScanner(detectors) as Scanner;
const secret = `ghx_${"a1B2x".repeat(7)}Z`;
const block = (text: string): object => ({ type: "text", text });

describe("a secret that is cut in two", () => {
  test("is found wherever it is cut, between blocks of an answer, texts of an array, resources and messages", () => {
    const ways: readonly (readonly [string, (text: string) => unknown])[] = [
      ["/text", block],
      ["", (text) => text],
      ["/resource/text", (text) => ({ type: "resource", resource: { uri: "a:b", text } })],
      ["/content/text", (text) => ({ role: "user", content: block(text) })],
    ];
    for (const [path, way] of ways)
      for (let at = 1; at < secret.length; at++) {
        const list = [way(`key: ${secret.slice(0, at)}`), way(`${secret.slice(at)} and on`)];
        expect(scanner.scanValue({ list }).findings).toEqual([
          { type: "hub", start: 5, end: 5 + at, likelihood: 4, path: `/list/0${path}` },
          {
            type: "hub",
            start: 0,
            end: secret.length - at,
            likelihood: 4,
            path: `/list/1${path}`,
            isPart: true,
          },
        ]);
      }
  });

  test("is found behind what is no text, and in base64", () => {
    const image = { type: "image", data: "AAAA", mimeType: "image/png" };
    const list = [block(secret.slice(0, 20)), image, block(secret.slice(20))];
    expect(scanner.scanValue(list).findings.map(({ path }) => path)).toEqual(["/0/text", "/2/text"]);
    const hidden = Buffer.from(`the key is ${secret} so`).toString("base64");
    expect(scanner.scanValue([hidden.slice(0, 31), hidden.slice(31)]).findings).toMatchObject([
      { start: 0, end: 31, path: "/0" },
      { start: 0, end: hidden.replace(/=+$/, "").length - 31, path: "/1" },
    ]);
  });

  test("is found in three parts, wherever it is cut, and counts once", () => {
    for (let at = 1; at < secret.length - 1; at++)
      for (let end = at + 1; end < secret.length; end += 3) {
        const parts = [secret.slice(0, at), secret.slice(at, end), secret.slice(end)];
        const { findings } = scanner.scanValue({ list: [block(`key: ${parts[0]}`), block(parts[1] ?? ""), block(`${parts[2]} and on`)] }); // prettier-ignore
        expect(findings).toEqual([
          { type: "hub", start: 5, end: 5 + at, likelihood: 4, path: "/list/0/text" },
          { type: "hub", start: 0, end: end - at, likelihood: 4, path: "/list/1/text", isPart: true },
          { type: "hub", start: 0, end: secret.length - end, likelihood: 4, path: "/list/2/text", isPart: true }, // prettier-ignore
        ]);
      }
  });

  test("in three parts of which two could be one by themselves is found in all three, once", () => {
    const free = compileScanner(readDetectors([{ ...row, pattern: "\\bghx_[A-Za-z0-9]{16,40}" }], ports).detectors) as Scanner; // prettier-ignore
    const { findings } = free.scanValue([`key: ${secret.slice(0, 12)}`, secret.slice(12, 30), secret.slice(30)]); // prettier-ignore
    expect(findings.map(({ path, start, end, isPart }) => [path, start, end, isPart ?? false])).toEqual([["/0", 5, 17, false], ["/1", 0, 18, true], ["/2", 0, 10, true]]); // prettier-ignore
  });

  test("counts against the bound of findings, which is kept", () => {
    const list = Array.from({ length: 24_000 }, (_, at) =>
      at % 2 === 0 ? secret.slice(0, 9) : `${secret.slice(9)} `,
    );
    const { findings, exceeded } = scanner.scanValue(list);
    expect([exceeded?.budget, findings.length]).toEqual(["findings", 10_000]);
  });
});

describe("nothing is found", () => {
  test.each([
    ["where a space is between", [`${secret.slice(0, 9)} `, secret.slice(9)]],
    ["where a line ends between", [secret.slice(0, 9), `\n${secret.slice(9)}`]],
    ["where another text is between", [secret.slice(0, 9), "x y", secret.slice(9)]],
    ["in four parts", [secret.slice(0, 9), secret.slice(9, 19), secret.slice(19, 29), secret.slice(29)]],
    ["where a number is between", [secret.slice(0, 9), 7, secret.slice(9)]],
    ["over members of an object", { a: secret.slice(0, 9), b: secret.slice(9) }],
  ])("%s", (_, value) => {
    expect(scanner.scanValue(value).findings).toEqual([]);
  });

  test("beside a whole secret", () => {
    expect(scanner.scanValue([secret, "node20"]).findings).toHaveLength(1);
    expect(scanner.scanValue(["node20", secret]).findings).toHaveLength(1);
    expect(scanner.scanValue([secret, secret]).findings).toHaveLength(2);
  });

  test("of what is no credential: two numbers side by side are not one", () => {
    const others = compileScanner(fixtureDetectors().filter(({ group }) => group !== "secret")) as Scanner;
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("4", "1", "A", "g"), minLength: 8, maxLength: 8 })),
        (list) => {
          const apart = list.flatMap((text, at) => others.scanText(text).findings.map((each) => ({ ...each, path: `/${at}` }))); // prettier-ignore
          expect(others.scanValue(list).findings.length).toBeLessThanOrEqual(apart.length);
        },
      ),
    );
  });
});

test("nothing is read again of prose, numbers, digests and UUIDs", () => {
  const lists = [
    ["One sentence.", "Another one."],
    ["1234567890123456", "1234567890123456"],
    ["9f86d081884c7d659a2feaa0c55ad015", "a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ["123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-42d3-a456-426614174000"],
    ["alpha", "beta", "gamma"],
    [1, null, true, {}, [], "a1z"],
  ];
  for (const list of lists) expect([...bordersOf(list)]).toEqual([]);
});

test("what is read again is bounded, however long the texts are", () => {
  const long = "g1".repeat(100_000);
  expect(bordersOf([long, long, long])).toHaveLength(2);
  expect(bordersOf(Array.from({ length: 64 }, () => "abcdefgh1"))).toHaveLength(63 + 62);
  expect(bordersOf(Array.from({ length: 65 }, () => "abcdefgh1"))).toHaveLength(64);
  const [border] = bordersOf([long, long]);
  expect([border?.text.length, border?.pieces[1]?.at, border?.pieces[0]?.from]).toEqual([512, 256, 199_744]);
});
