import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildAutomaton, rowShift, type Automaton } from "./automaton.ts";
import type { Detector } from "./detector.ts";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { fixtureDetectors } from "./engine.fixture.ts";
import { literalOffsets, PatternMachine } from "./patternmachine.ts";
import { patternTree } from "./patterntree.ts";
import { makePlan, spellings } from "./plan.ts";
import {
  digitShape,
  nextClassOf,
  runKind,
  runShape,
  thenClasses,
  thenClassOf,
  thenOther,
} from "./runshape.ts";
import { beforeClasses } from "./runtable.ts";

const machine = (pattern: string, flags: "" | "i" = ""): PatternMachine => new PatternMachine(patternTree(pattern, flags)); // prettier-ignore

test("the built-in rows make a plan: each match of a row holds what tells of it", () => {
  const plan = makePlan(builtinDetectors(ports));
  expect("automaton" in plan ? [] : plan).toEqual([]);
});

describe("a row whose matches can lack what tells of them is refused", () => {
  const given = fixtureDetectors()[0] as Detector;

  test.each([
    ["no literal at all", { pattern: "\\bab?c\\d{3}\\b", prefilter: { kind: "literal", any: ["abc"] } }, /hold none/],
    ["a literal too far in", { pattern: "[^a]{1,400}abc", prefilter: { kind: "literal", any: ["abc"] } }, /more than 128/],
    ["no run", { pattern: "[-=]{6,9}\\+", prefilter: { kind: "token", min: 6, max: 9 } }, /no run/],
  ] as const)("%s", (_, change, says) => {
    expect(JSON.stringify(makePlan([{ ...given, ...change } as Detector]))).toMatch(says);
  }); // prettier-ignore
});

describe("where a literal stands in a match", () => {
  test.each([
    ["\\bghx_[a-z]{4}", ["ghx_"], [0]],
    ["\\b(?:secret|api[_-]?key)=\\d", ["secret", "key"], [0, 3, 4]],
    ["\\d{2,4}:AA", [":aa"], [2, 3, 4]],
    ["(?:ab){1,3}c", ["c"], [2, 4, 6]],
  ])("%s", (pattern, literals, offsets) => {
    expect(literalOffsets(machine(pattern, "i"), literals, 128)).toMatchObject({ offsets, isOpen: false, isEscapable: false }); // prettier-ignore
  });
});

test("a run at which a pattern matches is in the pattern's shape", () => {
  const patterns = ["\\b\\d{3}[ -]?\\d{2}\\b", "\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){1,3}\\b", "\\b[a-f0-9]{6,9}", "\\+?\\d{2}(?:\\.\\d{1,3}){2}\\b", "\\b[XYZ]-?\\d{3}[A-Z]\\b"]; // prettier-ignore
  const text = fc.string({ unit: fc.constantFrom(..."019AXfz -.+:_"), maxLength: 16 });
  for (const pattern of patterns) {
    const { starts, prefix } = runShape(machine(pattern));
    const sticky = new RegExp(pattern, "y");
    fc.assert(
      fc.property(text, (noise) => {
        for (const run of noise.matchAll(/[A-Za-z0-9]+/g)) {
          sticky.lastIndex = run.index;
          if (prefix > 0 || !sticky.test(noise)) continue;
          const first = run[0].charCodeAt(0);
          const known = starts.filter((start) => start.first === first).flatMap(({ endings }) => endings.map(([length]) => length)); // prettier-ignore
          expect(known).toContain(run[0].length);
        }
      }),
    );
  }
});

describe("a run tells a pattern apart by what it is made of, and by the two characters behind it", () => {
  const next = (chars: string): number => (nextClassOf[chars.charCodeAt(0)] ?? 0) * thenClasses + (chars.length > 1 ? (thenClassOf[chars.charCodeAt(1)] ?? 0) : thenOther); // prettier-ignore
  const begins = (pattern: string, kind: number, run: string, behind: string): boolean =>
    runShape(machine(pattern)).starts.some((start) => start.kind === kind && start.first === run.charCodeAt(0) && start.endings.some(([length, nexts]) => length === run.length && (nexts & (1 << next(behind))) !== 0)); // prettier-ignore

  test.each([
    ["\\b\\d{2}\\.\\d{3}\\b", runKind.digits, "12", ".3", true],
    ["\\b\\d{2}\\.\\d{3}\\b", runKind.digits, "12", ".a", false],
    ["\\b\\d{2}\\.\\d{3}\\b", runKind.digits, "12", ". ", false],
    ["\\b\\d{2}\\.?\\b", runKind.digits, "12", ". ", true],
    ["\\b\\d{6}-\\d{3}\\b", runKind.mixed, "1234ms", "-1", false],
    ["\\b[0-9a-z]{6}-\\d{3}\\b", runKind.mixed, "1234ms", "-1", true],
    ["\\b[A-Z]{4}-\\d{3}\\b", runKind.letters, "Abcd", "-1", false],
    ["\\b[A-Z]{4}_\\d{3}\\b", runKind.capitals, "ABCD", "_1", true],
    ["\\b[A-Z]{4}_\\d{3}\\b", runKind.capitals, "ABCD", ",1", false],
  ] as const)("%s with %d %s%s: %s", (pattern, kind, run, behind, expected) => {
    expect(begins(pattern, kind, run, behind)).toBe(expected);
  });
});

test("characters with which matches begin before a run have a class for each set of detectors, and share the last", () => {
  const only = (chars: string): Uint8Array => Uint8Array.from({ length: 129 }, (_, code) => (chars.includes(String.fromCharCode(code)) ? 1 : 0)); // prettier-ignore
  const { classOf, detectors } = beforeClasses(new Map([[3, only("+-")], [5, only("-")]])); // prettier-ignore
  expect(["a", "+", "-"].map((char) => [...(detectors[classOf[char.charCodeAt(0)] ?? 0] ?? [])])).toEqual([[], [3], [3, 5]]); // prettier-ignore
  const many = beforeClasses(new Map(Array.from({ length: 40 }, (_, at) => [at, only(String.fromCharCode(33 + at))]))); // prettier-ignore
  for (let at = 0; at < 40; at++) expect(many.detectors[many.classOf[33 + at] ?? 0]?.has(at)).toBe(true);
});

test("how many digits a match has is known where it has nothing but digits and single joiners", () => {
  const shape = (pattern: string) => digitShape(patternTree(pattern, ""));
  expect(shape("\\b\\d{3}[- ]?\\d{2,4}\\b")).toEqual({ min: 5, max: 7 });
  expect(shape("\\b(?:\\d{4}|\\d{2}/\\d)\\b")).toEqual({ min: 3, max: 4 });
  expect(shape("\\b\\d{3}[- ]{0,3}\\d\\b")).toBeUndefined();
  expect(shape("\\b[A-Z]\\d{3}\\b")).toBeUndefined();
});

test("a context word is spelt with a space, an underscore, a hyphen or nothing between its parts", () => {
  expect(spellings("tax id")).toEqual(["tax id", "tax_id", "tax-id", "taxid"]);
  expect(spellings("a b c")).toHaveLength(16);
});

test("a letter whose capital is an ASCII letter takes nothing from that letter", () => {
  const { columnOf } = built(["plakası", "ki", "ſs"]);
  expect(columnOf["I".charCodeAt(0)]).toBe(columnOf["i".charCodeAt(0)]);
  expect(columnOf["S".charCodeAt(0)]).toBe(columnOf["s".charCodeAt(0)]);
});

test("the automaton finds every text at every place, and nothing else", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcA-é"), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.uniqueArray(word.map((each) => each.toLowerCase()), { minLength: 1, maxLength: 12 }), fc.string({ unit: fc.constantFrom(..."abcAB-éx\ud800") }), (texts, noise) => {
      const { columnOf, table, plain, outputs } = built(texts);
      const found: string[] = [];
      let state = 0;
      for (let at = 0; at < noise.length; at++) {
        state = table[(state << rowShift) + (columnOf[noise.charCodeAt(at)] ?? 0)] ?? 0;
        if (state < plain) continue;
        for (const text of outputs[state - plain] ?? []) found.push(`${at + 1} ${texts[text]}`);
      }
      const expected = Array.from(noise, (_, at) => at + 1).flatMap((end) => texts.filter((text) => noise.slice(0, end).toLowerCase().endsWith(text)).map((text) => `${end} ${text}`));
      expect(found.toSorted()).toEqual(expected.toSorted());
    }),
  ); // prettier-ignore
});

function built(texts: readonly string[]): Automaton {
  const automaton = buildAutomaton(texts);
  if (typeof automaton === "string") throw new Error(automaton);
  return automaton;
}

test("words for which there is no table are a fault of the row that has most of them, and no plan is made", () => {
  const [first] = builtinDetectors(ports);
  if (first === undefined) throw new Error("no detectors");
  const letters = Array.from({ length: 300 }, (_, at) => String.fromCharCode(0x4e00 + at));
  for (const [context, says] of [
    [letters, /3\d\d different characters, 255 fit; this row has most of them/],
    [Array.from({ length: 3_000 }, (_, at) => `${at}x`.repeat(60)), /characters in all|entries/],
  ] as const) {
    const plan = makePlan([first, { ...first, id: "own.words", context, contextMode: "boost" }]);
    expect(plan).toEqual([{ id: "own.words", says: expect.stringMatching(says) as string }]);
  }
  expect("automaton" in makePlan([first])).toBe(true);
});
