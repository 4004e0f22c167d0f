import fc from "fast-check";
import { expect, test } from "vitest";
import { Page, placeBits, tells } from "./page.ts";
import { blockChars, comparedCodes, Symbols } from "./symbols.ts";

const max = 10 * blockChars;

function read(texts: readonly string[]): { readonly page: Page; readonly symbols: Symbols } {
  const [page, symbols] = [new Page(), new Symbols(max, comparedCodes)];
  expect(page.fill(texts, symbols)).toBe(true);
  return { page, symbols };
}

/** What is told of a text, as the expressions say it that the tables stand for. */
function toldOf(text: string): readonly string[] {
  const runs = [...text.matchAll(/[A-Za-z0-9+/_-]{8,}/g)].filter(([run]) => run.length >= 16 || /\d/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run))); // prettier-ignore
  const escapes = [...text.matchAll(/[%&\\=]|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\uffff]/g)];
  const isListed = /(?<![A-Za-z0-9+/_-])(?:[0-9A-Fa-f]{1,4}|[0-9A-Fa-f]?x[0-9A-Fa-f]{2})(?:[^A-Za-z0-9+/_-]{1,16}(?:[0-9A-Fa-f]{1,4}|[0-9A-Fa-f]?x[0-9A-Fa-f]{2})){5}(?![A-Za-z0-9+/_-])/.test(text); // prettier-ignore
  return [
    ...runs.map((run) => `run ${run.index} ${run.index + run[0].length}`),
    ...escapes.map(({ index }) => `escape ${index}`),
    ...(isListed ? ["list"] : []),
  ].toSorted();
}

function told({ places, placeEnds, ends }: Page, which: number): readonly string[] {
  const from = which === 0 ? 0 : (ends[which - 1] ?? 0);
  const all = new Set<string>();
  let run = -1;
  for (let at = which === 0 ? 0 : (placeEnds[which - 1] ?? 0); at < (placeEnds[which] ?? 0); at++) {
    const [place, what] = [
      ((places[at] ?? 0) >> placeBits) - from,
      (places[at] ?? 0) & ((1 << placeBits) - 1),
    ];
    if (what === tells.escape) all.add(`escape ${place}`);
    else if (what === tells.list) all.add("list");
    else if (run < 0) run = place;
    else {
      all.add(`run ${run} ${place}`);
      run = -1;
    }
  }
  expect(run).toBe(-1);
  return [...all].toSorted();
}

const piece = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[A-Za-z0-9+/_-]{1,20}$/),
  fc.stringMatching(/^[0-9a-f]{1,5}$/),
  fc.constantFrom(
    " ",
    "-",
    ": ",
    ", ",
    "\n",
    "%",
    "=",
    "\u00e9",
    "\0",
    "a1 b2 c3 d4 e5 f6",
    " ".repeat(9),
    "\u00e9".repeat(15),
    "x\u200by",
  ),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

test("what is told of texts is what stands in each of them alone, and their symbols are those of each", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
      const { page, symbols } = read(texts);
      const alone = new Symbols(max);
      for (const [which, each] of texts.entries()) {
        expect(told(page, which)).toEqual(toldOf(each));
        alone.add(each);
        expect(page.symbolEnds[which]).toBe(alone.length);
      }
      expect([...symbols.codes.subarray(0, symbols.length)]).toEqual([
        ...alone.codes.subarray(0, alone.length),
      ]);
    }),
  );
});

test("a page that is read in several blocks tells the same and has the same symbols, wherever its words are cut", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.nat(3 * blockChars), (texts, more) => {
      const long = [
        `${"some words, ".repeat(more / 12)}${texts.join(" ")} and A1${"b2c3".repeat(more / 8)}`,
        ...texts,
      ];
      const { page, symbols } = read(long);
      const alone = new Symbols(10 * blockChars);
      for (const [which, each] of long.entries()) {
        expect(told(page, which)).toEqual(toldOf(each));
        alone.add(each);
        expect(page.symbolEnds[which]).toBe(alone.length);
      }
      expect(symbols.codes.subarray(0, symbols.length)).toEqual(alone.codes.subarray(0, alone.length));
    }),
    { numRuns: 20 },
  );
});

test("a page that is used again tells nothing of what it held", () => {
  const [page, symbols] = [new Page(), new Symbols(max, comparedCodes)];
  page.fill(["c3RhbGUgYnl0ZXMgb2YgYW5vdGhlcg%3D", "deadbeefdeadbeef0123"], symbols);
  symbols.clear();
  page.fill(["one word", "%"], symbols);
  expect([told(page, 0), told(page, 1)]).toEqual([[], ["escape 0"]]);
  expect(page.text).toBe("one word%");
});

test("texts with more symbols than there is room for are told, and no more are taken", () => {
  const [page, symbols] = [new Page(), new Symbols(20, comparedCodes)];
  expect(page.fill(["abcdefghij", "klmnopqrst"], symbols)).toBe(true);
  symbols.clear();
  expect(page.fill(["abcdefghij", "klmnopqrstu"], symbols)).toBe(false);
  expect(symbols.length).toBe(20);
  symbols.clear();
  expect(page.fill(["\u00e4bcdefghij", "klmnopqrstu"], symbols)).toBe(false);
});

test.each([
  ["an emoji", "\u{1f600}"],
  ["a letter beyond ASCII", "\u00e9"],
  ["a percent sign", "%"],
  ["what ends an escape", "%25;"],
  ["a control", "\u0001"],
  ["spaces and a sign", "  ="],
])(
  "a text of nothing but %s costs what its length is: half a million of them are read at once",
  (_, sign) => {
    const [page, symbols] = [new Page(), new Symbols(max, comparedCodes)];
    const before = process.cpuUsage();
    page.fill([sign.repeat(500_000 / sign.length)], symbols);
    const { user } = process.cpuUsage(before);
    // Where each was looked at from each, a twentieth of it took four seconds.
    expect(user / 1000).toBeLessThan(2_000);
  },
);
