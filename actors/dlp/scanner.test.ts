import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { Detector, Level } from "./detector.ts";
import { mayBeQuoted } from "./encoding.ts";
import { denseText, fixtureDetectors, fixtureScanner } from "./engine.fixture.ts";
import { levelOf } from "./likelihood.ts";
import { isInBlob, isPartOfOther, maskAt } from "./masks.ts";
import { standing } from "./overlap.ts";
import { spellings } from "./plan.ts";
import { mayBeSpaced } from "./spacing.ts";
import { negativeWords } from "./words.data.ts";
import { isListed, listOf, trimmed } from "./whole.ts";
import { isWord } from "./word.ts";

const detectors = fixtureDetectors();
const scanner = fixtureScanner();

/** Ends of whole words, ascending. */
function wordEnds(text: string, words: readonly string[]): number[] {
  const low = text.toLowerCase();
  const ends = new Set<number>();
  for (const word of words.flatMap(spellings))
    for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + 1))
      if (isWord(text, at, at + word.length)) ends.add(at + word.length);
  return [...ends].toSorted((a, b) => a - b);
}

/** Whether a match begins within a mask, or is a part of one. */
function isMasked(text: string, from: number, to: number): boolean {
  let until = 0;
  for (const { 0: run, index } of text.matchAll(/[A-Za-z0-9]+/g)) {
    if (index < until || run.length > limits.dlpRunCharsMax) continue;
    const mask = /\d/.test(run) || run.length === 8 ? maskAt(text, index, index + run.length) : undefined;
    if (mask === undefined || mask.isDoubtful) continue;
    until = mask.end;
    if (from >= mask.start && from < mask.end) return from > mask.start || to < mask.end;
  }
  return false;
}

/** Every expression by itself over the whole text, then the same rules. */
function findSlowly(detector: Detector, number: number, text: string) {
  const found: { detector: number; start: number; end: number; level: Level }[] = [];
  const negatives = wordEnds(text, negativeWords);
  const pattern = new RegExp(detector.pattern, `g${detector.flags}`);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const value = match[1] ?? match[0];
    const start = match.index + match[0].lastIndexOf(value);
    const end = start + value.length;
    if (detector.heedsNegative && isMasked(text, start, end)) {
      // What begins in a mask uses up nothing of what stands behind it.
      pattern.lastIndex = match.index + 1;
      continue;
    }
    if (detector.heedsNegative && isInBlob(text, start)) continue;
    if (detector.isToken && isPartOfOther(text, start, end)) continue;
    const words = wordEnds(text, detector.context);
    const word = words.findLast((each) => each <= start);
    const last = text.length <= limits.dlpSentenceCharsMax ? (words.at(-1) ?? 0) : 0;
    const negative = negatives.findLast((each) => each <= start);
    const isNegative = detector.heedsNegative && negative !== undefined && start - negative <= limits.dlpNegativeCharsMax; // prettier-ignore
    const isBefore = word !== undefined && start - word <= limits.dlpContextCharsMax && !(isNegative && negative > word); // prettier-ignore
    const hasContext = isBefore || (!isNegative && last > start && last - start <= limits.dlpContextCharsMax);
    const [wholeStart, wholeEnd] = trimmed(text);
    const list = listOf(text);
    const isAlone = (wholeEnd > 0 && start <= wholeStart && end >= wholeEnd) || (list !== undefined && isListed(list, value, start, end)); // prettier-ignore
    const level = levelOf(detector.likelihood, detector.contextMode, detector.check(value), { hasContext, hasNegative: isNegative, isAlone }); // prettier-ignore
    if (level !== undefined) found.push({ detector: number, start, end, level });
  }
  return found;
}

test("one pass finds what every expression by itself finds", () => {
  let found = 0;
  fc.assert(
    fc.property(denseText, (text) => {
      // What stands in a layer by chance is no part of the text as it is.
      fc.pre(!mayBeQuoted(text) && !mayBeSpaced(text));
      const slow = standing(detectors.flatMap((detector, number) => findSlowly(detector, number, text)), detectors); // prettier-ignore
      found += slow.length;
      const expected = slow.map(({ detector, start, end, level }) => [
        detectors[detector]?.id,
        start,
        end,
        level,
      ]);
      const { findings } = scanner.scanText(text);
      expect(findings.map(({ type, start, end, likelihood }) => [type, start, end, likelihood])).toEqual(expected); // prettier-ignore
    }),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(1_000);
});

describe("a JSON value", () => {
  const types = (value: unknown): string[] => scanner.scanValue(value).findings.map(({ type, path }) => `${type} ${path}`); // prettier-ignore

  test("has its paths, and names on them are context", () => {
    expect(types({ customer: { ssn: ["123456789", 123456788] }, id: "123456789" })).toEqual([
      "person /customer/ssn/0",
      "person /customer/ssn/1",
    ]);
    expect(types({ "passport/no~1": { holder: { id: "X12345678" } } })).toEqual([
      "passport /passport~1no~01/holder/id",
    ]);
  });

  test("is not one text: a word in one member is no context for the next", () => {
    expect(types({ note: "his ssn", number: "123456789" })).toEqual([]);
    expect(scanner.scanText("his ssn 123456789").findings).toHaveLength(1);
  });

  test("with a keyword for a name has its value judged with it, at the value's place", () => {
    const { findings } = scanner.scanValue({ db: { password: "correct-horse", user: "correct-horse" } });
    expect(findings).toEqual([{ type: "password", start: 0, end: 13, likelihood: 2, path: "/db/password" }]);
  });

  test("has its names scanned too", () => {
    const name = `ghx_${"a1B2".repeat(9)}`;
    expect(scanner.scanValue({ [name]: true }).findings).toEqual([
      { type: "hub", start: 0, end: name.length, likelihood: 2, path: `/${name}`, inKey: true },
    ]);
  });

  test("that is too deep says so", () => {
    let value: unknown = "pwd=hunter2hunter2";
    for (let level = 0; level <= limits.dlpDepthMax; level++) value = [value];
    expect(scanner.scanValue(value)).toMatchObject({ findings: [], exceeded: { budget: "depth", max: limits.dlpDepthMax } }); // prettier-ignore
  });
});

describe("a short text", () => {
  const types = (text: string): string[] => scanner.scanText(text).findings.map(({ type, start }) => `${type} ${start}`); // prettier-ignore

  test("may name its value behind it; a long one may not, nor what another word speaks against", () => {
    expect(types("123456789 is his ssn")).toEqual(["person 0"]);
    expect(scanner.scanValue({ note: "123456789 is his ssn" }).findings).toHaveLength(1);
    expect(types(`123456789 is his ssn${" and".repeat(40)}`)).toEqual([]);
    expect(types("order 123456789, no ssn")).toEqual([]);
    expect(types(`123456789 ${"and ".repeat(15)}ssn`)).toEqual([]);
  });

  test.each([
    ["two values", "4539148803436467 4539148803436467", true],
    ["two values and a word between", "4539148803436467 and 4539 1488 0343 6467", true],
    ["a value and a shorter number", "4539148803436467 123", false],
    ["a value in a sentence", "4539148803436467 came in", false],
  ])("of %s is a list or not", (_, text, isList) => {
    const list = listOf(text);
    expect(list !== undefined && isListed(list, text.slice(0, 16), 0, 16)).toBe(isList);
  });
});

describe("what machines write", () => {
  test.each([
    ["a part of a UUID", "ssn 12345678-1234-4123-8123-123456789012 and", []],
    ["an hour", "ssn 2026-11-26 08:12:11 and", []],
    ["an order number beside a context word", "ssn unknown, order_id: 123456789", []],
    ["a person's number after both", "order_id: 7, ssn: 123456789", ["person"]],
    ["a number deep in base64", `ssn ${"Ab1/".repeat(40)}/123456789/`, []],
    ["three numbers of a version", "card 1.22.333", []],
  ])("%s", (_, text, expected) => {
    expect(scanner.scanText(text).findings.map(({ type }) => type)).toEqual(expected);
  });
});

describe("bounds", () => {
  const seeds = ["a", "1", "A", "-", "1 ", "1-", "a@", "@", "a.", "1.", "token=", "password:", "0:", "::", "A1 ", "a b c ", "1/", "-----BEGIN ", "ghx_", "4111 ", "pwd=", "DE44 ", "ssn 1"]; // prettier-ignore

  test.each(seeds)("twice as much of %j costs at most twice the steps, and a little", (seed) => {
    const steps = (chars: number): number =>
      scanner.scanText(seed.repeat(Math.ceil(chars / seed.length))).steps;
    const [one, two] = [steps(20_000), steps(40_000)];
    expect(two).toBeLessThanOrEqual(2.1 * one + 200);
    expect(one / 20_000).toBeLessThan(8);
  });

  test("a text beyond its bound is not passed in silence, and takes no time", () => {
    const text = "a".repeat(100 * 1024 * 1024);
    expect(scanner.scanText(text)).toMatchObject({ findings: [], steps: 0, exceeded: { budget: "characters", max: limits.dlpTextCharsMax } }); // prettier-ignore
    expect(scanner.scanValue([text]).exceeded).toMatchObject({ budget: "characters" });
  });

  test("more findings than the bound end the scan, and what was found stands", () => {
    const { findings, exceeded } = scanner.scanText("pwd=hunter2hunter2 ".repeat(limits.dlpFindingsMax + 1));
    expect(exceeded).toEqual({ budget: "findings", max: limits.dlpFindingsMax });
    expect(findings).toHaveLength(limits.dlpFindingsMax);
  });

  test("a clock that runs out ends the scan", () => {
    let now = 0;
    const { exceeded } = scanner.scanText("lorem ipsum ".repeat(90_000), { now: () => (now += 10), timeMs: 25 }); // prettier-ignore
    expect(exceeded).toEqual({ budget: "time", max: 25 });
  });

  test("one scan leaves nothing for the next", () => {
    scanner.scanText("pwd=hunter2hunter2 ".repeat(limits.dlpFindingsMax + 1));
    expect(scanner.scanText("his ssn")).toMatchObject({ findings: [] });
    expect(scanner.scanText("123456789").findings).toEqual([]);
    expect(scanner.scanText("ssn 123456789")).toMatchObject({ findings: [{ type: "person" }] });
  });

  test("lone surrogates and control characters are text like any other", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (codes) => {
        const noise = String.fromCharCode(...codes.map((code) => (code < 128 ? code % 48 : code)));
        const { findings } = scanner.scanText(`${noise} ghx_${"a1B2".repeat(9)} ${noise}`);
        expect(findings.map(({ type, start }) => [type, start])).toContainEqual(["hub", noise.length + 1]);
      }),
    );
  });
});

describe("overlapping matches", () => {
  const match = (id: string, start: number, end: number, level: Level) => ({ detector: detectors.findIndex((each) => each.id === id), start, end, level }); // prettier-ignore
  const ids = (...given: ReturnType<typeof match>[]): (string | undefined)[] => standing(given, detectors).map(({ detector }) => detectors[detector]?.id); // prettier-ignore

  test("the likelier stands, then the longer; one that is beaten never does", () => {
    expect(ids(match("card", 0, 16, 3), match("person", 4, 13, 4))).toEqual(["person"]);
    expect(ids(match("card", 0, 16, 3), match("person", 4, 13, 3))).toEqual(["card"]);
    expect(ids(match("keyed", 0, 50, 5), match("bot", 4, 13, 2))).toEqual(["bot"]);
    expect(ids(match("card", 0, 16, 3), match("person", 16, 25, 3))).toEqual(["card", "person"]);
  });

  test("the order in which they were found is nothing", () => {
    const some = fc.array(fc.record({ detector: fc.nat(detectors.length - 1), start: fc.nat(30), length: fc.integer({ min: 1, max: 12 }), level: fc.constantFrom<Level>(1, 2, 3, 4, 5) })); // prettier-ignore
    fc.assert(
      fc.property(some, fc.nat(), (made, turn) => {
        const unique = [...new Map(made.map(({ length, ...each }) => [`${each.detector} ${each.start} ${length}`, { ...each, end: each.start + length }])).values()]; // prettier-ignore
        const at = unique.length === 0 ? 0 : turn % unique.length;
        expect(standing([...unique.slice(at), ...unique.slice(0, at)], detectors)).toEqual(standing(unique, detectors)); // prettier-ignore
      }),
    );
  });
});
