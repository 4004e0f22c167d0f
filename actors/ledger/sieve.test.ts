import fc from "fast-check";
import { expect, test } from "vitest";
import { noLabels } from "../labels.ts";
import { KeyedHash, ledgerKeyBytes } from "./keyedhash.ts";
import { testHash } from "./ledger.fixture.ts";
import { aboutOf, packMarks, strengths } from "./mark.ts";
import { newMemory, remember, type LedgerAnswer } from "./memory.ts";
import { anchorKinds, kindsOfRun, sift, Sieves, stops, type Sieve } from "./sieve.ts";
import { comparedCodes, gramSymbols, reversed, runAt, type Symbols } from "./symbols.ts";
import { MarkTable } from "./table.ts";

const gram = fc.integer({ min: 0, max: 2 ** 30 - 1 });
const word = fc.integer({ min: 1, max: 0xffffffff });

/** Six symbols, the first one lowermost. */
function symbolsOf(of: number): Pick<Symbols, "codes" | "length"> {
  return { codes: Uint8Array.from({ length: gramSymbols }, (_, at) => (of >>> (5 * at)) & 31), length: gramSymbols }; // prettier-ignore
}

/** Where in a run of symbols grams stand that the sieve keeps and has kinds for. */
function keptIn(sieve: Sieve, codes: Uint8Array): ReadonlySet<number> {
  const kept = new Set<number>();
  comparedCodes.set(codes);
  const count = sift(sieve, codes.length);
  for (const stop of stops.subarray(0, count))
    for (const at of [stop - 1, stop])
      if (at + gramSymbols <= codes.length && kindsOfRun(sieve, runAt(codes, at)) !== 0) kept.add(at);
  return kept;
}

function keeps(sieve: Sieve, of: number): boolean {
  return keptIn(sieve, symbolsOf(of).codes).has(0);
}

function enter(table: MarkTable, of: number, check: number): void {
  const about = aboutOf(8, 0, strengths.strong, 0);
  table.add(check, check, about, testHash.seal(runAt(symbolsOf(of).codes, 0), check, about));
}

test("no gram that a mark begins with is sifted out, however many there are and after some were forgotten", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(gram, word), { maxLength: 300, selector: ([, check]) => check }),
      (all) => {
        const [table, sieves] = [new MarkTable(), new Sieves(testHash)];
        for (const [at, [of, check]] of all.entries()) {
          enter(table, of, check);
          const before = all.slice(0, at + 1).filter(() => at % 7 === 0);
          expect(before.every(([each]) => keeps(sieves.of(table), each))).toBe(true);
        }
        table.keep((about) => about);
        for (const [of] of all) expect(keeps(sieves.of(table), of)).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test("of grams that nobody knows less than one in fifty is kept, with as many marks as a session may have", () => {
  const table = new MarkTable();
  for (let at = 0; at < 4_096; at++) enter(table, Math.imul(at + 1, 0x2c1b3c6d) & 0x3fffffff, at + 1);
  const sieve = new Sieves(testHash).of(table);
  let kept = 0;
  for (let at = 0; at < 10_000; at++) if (keeps(sieve, Math.imul(at + 1, 0x297a2d39) & 0x3fffffff)) kept++;
  expect(kept).toBeLessThan(200);
});

test("a hint comes out as it went in, under its own key, value and place alone", () => {
  fc.assert(
    fc.property(gram, word, (hint, check) => {
      const about = aboutOf(20, 4, strengths.piece, 3);
      const sealed = testHash.seal(hint, check, about);
      expect(testHash.seal(sealed, check, about)).toBe(hint);
      expect(testHash.seal(sealed, check, aboutOf(20, 4, strengths.piece, 9))).toBe(hint);
    }),
  );
  const other = new KeyedHash(
    Uint8Array.from({ length: ledgerKeyBytes }, (_, at) => at),
    "o",
  );
  const about = aboutOf(20, 4, strengths.piece, 0);
  const all = new Set([
    testHash.seal(5, 1, about),
    testHash.seal(5, 2, about),
    testHash.seal(5, 1, aboutOf(20, 6, 0, 0)),
    other.seal(5, 1, about),
  ]);
  expect(all.size).toBe(4);
});

test("marks of another layout leave nothing, and their answer counts as wholly seen", () => {
  const answer: LedgerAnswer = {
    op: "1",
    name: "read",
    server: "crm",
    target: "read",
    environment: "",
    labels: noLabels,
  };
  const memory = newMemory("k");
  for (const marks of ["A".repeat(80), `2.${"A".repeat(20)}`])
    expect(remember(memory, answer, { key: "k", types: ["a/b"], marks })).toEqual([{ answer, isAll: true }]);
  const codes = Uint8Array.from({ length: 8 }, (_, at) => at);
  const about = aboutOf(8, 0, strengths.strong, 0);
  const marks = packMarks([1, 2, about, testHash.seal(runAt(codes, 0), 2, about)]);
  expect(remember(memory, answer, { key: "k", types: ["a/b"], marks })).toEqual([]);
});

test("a gram that begins an anchor is kept wherever it stands in a run, read forwards and backwards", () => {
  const codes = Uint8Array.from({ length: 400 }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 20) & 31);
  const table = new MarkTable();
  const places: number[] = [];
  for (let at = 0; at <= 394; at += 13) {
    const about = aboutOf(8, 0, strengths.strong, 0);
    table.add(at + 1, at + 1, about, testHash.seal(runAt(codes, at), at + 1, about));
    places.push(at);
  }
  const sieve = new Sieves(testHash).of(table);
  for (let length = 0; length <= 400; length++) {
    const fitting = places.filter((at) => at + gramSymbols <= length);
    const kept = keptIn(sieve, codes.slice(0, length));
    expect(fitting.every((at) => kept.has(at))).toBe(true);
    const turned = keptIn(sieve, codes.slice(0, length).toReversed());
    expect(fitting.every((at) => turned.has(length - gramSymbols - at))).toBe(true);
  }
});

test("which way a value goes on from its first gram is told of texts that read it forwards and backwards", () => {
  fc.assert(
    fc.property(gram, (run) => {
      const table = new MarkTable();
      const about = aboutOf(20, 0, strengths.strong, 0);
      table.add(1, 1, about, testHash.seal(run, 1, about));
      const sieve = new Sieves(testHash).of(table);
      const isEither = run === reversed(run);
      const { long, longBack } = anchorKinds;
      expect(kindsOfRun(sieve, run)).toBe(isEither ? long | longBack : long);
      expect(kindsOfRun(sieve, reversed(run))).toBe(isEither ? long | longBack : longBack);
    }),
    { examples: [[0], [runAt(Uint8Array.of(1, 2, 3, 3, 2, 1), 0)]] },
  );
});
