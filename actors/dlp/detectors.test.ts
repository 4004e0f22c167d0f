import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { detectorFileSchema, type DetectorRow } from "../../protocol/detector.ts";
import type { Detector } from "./detector.ts";
import { readDetectors } from "./detectorrow.ts";
import { builtinDetectors, builtinRows } from "./detectors.ts";
import { drawMatch, findSlowly, ports } from "./detectors.fixture.ts";
import { assembleExample } from "./example.ts";
import { patternFault } from "./pattern.ts";
import { includesCode, patternTree, type Node } from "./patterntree.ts";

/** What counts as found (issue: one cut for all). */
const cut = 3;

const detectors = new Map(builtinDetectors(ports).map((each) => [each.id, each]));
const rows: readonly DetectorRow[] = detectorFileSchema.parse(builtinRows);

function examplesOf(row: DetectorRow, kind: "yes" | "no"): string[] {
  return row.examples[kind].map((example, place) => assembleExample(example, `${row.id}/${kind}/${place}`));
}

test.each(rows.map((row) => [row.id, row] as const))("%s finds its examples, and only them", (id, row) => {
  const detector = detectors.get(id);
  if (detector === undefined) throw new Error(`${id} was not read`);
  RE2JS.compile(row.pattern, row.flags === "i" ? RE2JS.CASE_INSENSITIVE : 0);
  // What never comes above "possible" is shown at the level it can reach.
  const found = Math.min(cut, row.likelihood.both);
  for (const text of examplesOf(row, "yes")) {
    expect(highest(detector, text), `in "${text}"`).toBeGreaterThanOrEqual(found);
  }
  for (const text of examplesOf(row, "no"))
    expect(highest(detector, text), `in "${text}"`).toBeLessThan(found);
});

function highest(detector: Detector, text: string): number {
  return Math.max(0, ...findSlowly(detector, text).map(({ level }) => level));
}

test.each(rows.map((row) => [row.id, row] as const))(
  "whatever %s matches passes its prefilter",
  (id, row) => {
    const pattern = new RegExp(row.pattern, `g${row.flags}`);
    const shape = patternFault(row.pattern);
    if (typeof shape === "string") throw new Error(`${id}: ${shape}`);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (draws) => {
          let at = 0;
          const drawn = drawMatch(shape.tree, () => draws[at++ % draws.length] ?? 0);
          for (const match of drawn.match(pattern) ?? []) {
            expect(prefilterHolds(row.prefilter, match), `"${match}"`).toBe(true);
            expect(match.length).toBeLessThanOrEqual(shape.lengthMax);
          }
        },
      ),
      { numRuns: 40 },
    );
    const shown = examplesOf(row, "yes").flatMap((text) => text.match(pattern) ?? []);
    expect(shown.filter((match) => prefilterHolds(row.prefilter, match)).length).toBeGreaterThan(0);
  },
);

/** Least and most ASCII letters and digits of what the tree matches. */
function alphanumerics(node: Node): readonly [least: number, most: number] {
  switch (node.kind) {
    case "set": {
      const few = Array.from({ length: 128 }, (_, code) => code).filter((code) =>
        includesCode(node.ranges, code),
      );
      const isCounted = few.map((code) => /[0-9A-Za-z]/.test(String.fromCharCode(code)));
      const isOther = (node.ranges.at(-1) ?? 0) > 127 || isCounted.includes(false);
      return [isOther ? 0 : 1, isCounted.includes(true) ? 1 : 0];
    }
    case "sequence":
      return node.items
        .map(alphanumerics)
        .reduce(([a, b], [c, d]) => [a + c, b + d] as const, [0, 0] as const);
    case "choice": {
      const each = node.items.map(alphanumerics);
      return [Math.min(...each.map(([least]) => least)), Math.max(...each.map(([, most]) => most))];
    }
    case "repeat": {
      const [least, most] = alphanumerics(node.item);
      return [least * node.min, most * node.max];
    }
    default:
      return [0, 0];
  }
}

test("no pattern takes more or fewer letters and digits than its token prefilter lets through", () => {
  const wrong = rows.flatMap((row) => {
    if (row.prefilter.kind !== "token") return [];
    const [least, most] = alphanumerics(patternTree(row.pattern, row.flags));
    const { min, max } = row.prefilter;
    return least < min || most > max ? [`${row.id}: ${least} to ${most}, let through ${min} to ${max}`] : [];
  });
  expect(wrong).toEqual([]);
});

function prefilterHolds(prefilter: DetectorRow["prefilter"], match: string): boolean {
  if (prefilter.kind === "literal") return prefilter.any.some((word) => match.toLowerCase().includes(word));
  const run = prefilter.kind === "digits" ? /[0-9]+(?:(?:[ ./-]|\) ?|\)[-.])[0-9]+)*/ : /[0-9A-Za-z].*/s;
  const count =
    run.exec(match)?.[0].match(prefilter.kind === "digits" ? /[0-9]/g : /[0-9A-Za-z]/g)?.length ?? 0;
  return count >= prefilter.min && count <= prefilter.max;
}

test("each row has two examples of each kind", () => {
  const short = rows.filter(({ examples }) => examples.yes.length < 2 || examples.no.length < 2);
  expect(short.map(({ id }) => id)).toEqual([]);
});

const row = rows[0];

test.each([
  ["an unknown key", { surprise: 1 }, /surprise/],
  ["an unknown validator", { validator: { name: "magic" } }, /there is none named/],
  ["an open repeat", { pattern: "4\\d+" }, /open repeat/],
  ["a prefilter that nothing passes", { prefilter: { kind: "digits", min: 9, max: 8 } }, /min is above max/],
  ["required context without words", { context: [], contextMode: "required" }, /needs context words/],
  [
    "a likelihood that falls with evidence",
    { likelihood: { shape: 4, validated: 3, context: 4, both: 5 } },
    /must hold/,
  ],
  ["a level of six", { likelihood: { shape: 1, validated: 3, context: 4, both: 6 } }, /5/],
])("a row with %s is refused", (_, change, says) => {
  const { detectors: read, faults } = readDetectors([{ ...row, ...change }], ports);
  expect(read).toEqual([]);
  expect(JSON.stringify(faults)).toMatch(says);
});

test("an id that is used twice is refused", () => {
  expect(readDetectors([row, row], ports).faults[0]?.says).toMatch(/twice/);
});
