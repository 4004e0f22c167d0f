import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { ln1p } from "../behaviour/logarithm.ts";
import { dayMs } from "../behaviour/summary.ts";
import { countOf, cusum, freezeRow, startRow, sumOf, tally, tallyRow, thawRow } from "./tally.ts";
import type { TallyRow } from "./tally.ts";

const day = 20_000;
const usual = { mean: ln1p(12), sd: 0.55, stops: 1 } as const;

/** Marks of `count` different reads. */
function marks(count: number, from = 0): [number, number][] {
  return Array.from({ length: count }, (_, at) => [Math.imul(from + at + 1, 2_654_435_761) >>> 0, 1]);
}

function read(
  row: TallyRow,
  on: number,
  count: number,
  caps: readonly (readonly [number, number, 0 | 1])[] = [],
  isUsual = true,
) {
  return tallyRow(row, { class: "server crm", marks: marks(count), caps, ...(isUsual ? { usual } : {}) }, on);
}

describe("the count of a day", () => {
  test("is of different reads, in whatever order and however often they are told", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31), { maxLength: 200 }), fc.nat(5), (given, again) => {
        const [once, often] = [startRow(day), startRow(day)];
        const item = (list: readonly number[]) => ({
          class: "c",
          marks: list.map((mark) => [mark, 1] as const),
          caps: [],
        });
        tallyRow(once, item(given), day);
        for (let time = 0; time <= again; time++) tallyRow(often, item(given.toReversed()), day);
        expect(countOf(often.bits)).toBe(countOf(once.bits));
        expect(Math.abs(countOf(once.bits) - new Set(given).size)).toBeLessThanOrEqual(
          2 + new Set(given).size / 8,
        );
      }),
    );
  });

  test("is within a tenth for two thousand, and has an end", () => {
    const row = startRow(day);
    expect(read(row, day, 2_000).count / 2_000).toBeCloseTo(1, 0.9);
    for (let at = 0; at < 40; at++)
      tallyRow(row, { class: "c", marks: marks(1_000, at * 1_000), caps: [] }, day);
    expect(countOf(row.bits)).toBeLessThan(16_000);
  });

  test("of a read that gave many values is of that many, and the same read again adds none", () => {
    const row = startRow(day);
    const item = { class: "data financial", marks: [[77, 40] as const], caps: [] };
    expect(tallyRow(row, item, day).count).toBeGreaterThanOrEqual(38);
    expect(tallyRow(row, item, day).count).toBeLessThanOrEqual(42);
  });
});

describe("more than usual", () => {
  test("on one day, thirtyfold, is told on that day; it is stopped when another day says so too, and for a day", () => {
    const row = startRow(day);
    expect(read(row, day, 360)).toMatchObject({ alarm: undefined });
    expect(read(row, day + 1, 360)).toMatchObject({ alarm: "usual", until: 0 });
    expect(read(row, day + 2, 360)).toMatchObject({ alarm: "usual", until: (day + 4) * dayMs });
  });

  test("a little on each day is told within two weeks, and twice the usual is", () => {
    const row = startRow(day);
    const told: number[] = [];
    for (let at = 0; at < 30; at++) if (read(row, day + at, 24).alarm === "usual") told.push(at + 1);
    expect(told[0]).toBeLessThanOrEqual(12);
    expect(told.length).toBeGreaterThan(1);
  });

  test("never comes of what is usual", () => {
    const row = startRow(day);
    for (let at = 0; at < 400; at++) expect(read(row, day + at, 8 + (at % 8)).alarm).toBeUndefined();
  });

  test("is judged by the day's own figures: a busy Friday is not measured by Saturday", () => {
    const row = startRow(day);
    const friday = { mean: ln1p(60), sd: 0.3, stops: 1 } as const;
    const saturday = { mean: ln1p(2), sd: 0.3, stops: 1 } as const;
    tallyRow(row, { class: "c", marks: marks(60), usual: friday, caps: [] }, day);
    expect(
      tallyRow(row, { class: "c", marks: marks(2), usual: saturday, caps: [] }, day + 1).alarm,
    ).toBeUndefined();
    expect(row.sum).toBeLessThan(0.5);
  });

  test("is forgotten slowly over days without a read, so that a pause absolves nobody, and a long one does", () => {
    const row = startRow(day);
    for (let at = 0; at < 4; at++) read(row, day + at, 60);
    const before = sumOf(row, countOf(row.bits));
    read(row, day + 5, 1);
    expect(row.sum).toBeCloseTo(before - cusum.slack, 6);
    read(row, day + 60, 1);
    expect([row.sum, row.alarmedOn]).toEqual([0, 0]);
  });
});

describe("a cap", () => {
  test("over days counts today and the days before it, and no more", () => {
    const row = startRow(day);
    const caps = [[3, 100, 0]] as const;
    const alarms = [40, 40, 10, 10, 40, 60].map((count, at) => read(row, day + at, count, caps, false).alarm);
    expect(alarms).toEqual([undefined, undefined, undefined, undefined, undefined, "cap"]);
  });

  test("is told once a day, and stops until the day is over where the role says so", () => {
    const row = startRow(day);
    const ends = [10, 21, 30].map((count) => read(row, day, count, [[1, 20, 1]], false));
    expect(ends.map(({ alarm, until }) => [alarm, until])).toEqual([[undefined, 0], ["cap", (day + 1) * dayMs], [undefined, (day + 1) * dayMs]]); // prettier-ignore
    expect(read(row, day + 1, 3, [[1, 20, 1]], false).alarm).toBeUndefined();
  });
});

test("what comes late for a day that is over counts for the one that is open", () => {
  const row = startRow(day);
  read(row, day + 1, 5);
  read(row, day, 9);
  expect([row.day, countOf(row.bits)]).toEqual([day + 1, 9]);
});

test("a row that was put away is the same row", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(80)), { maxLength: 50 }), fc.nat(49), (days, cut) => {
      const own = startRow(day);
      let other: TallyRow | undefined = startRow(day);
      let on = day;
      for (const [at, [later, count]] of days.entries()) {
        on += later;
        if (at === cut) other = thawRow(JSON.parse(JSON.stringify(freezeRow(other as TallyRow))));
        expect(read(other as TallyRow, on, count, [[7, 200, 1]])).toEqual(
          read(own, on, count, [[7, 200, 1]]),
        );
      }
      expect(other).toEqual(own);
    }),
  );
});

test.each([
  ["too short", [1, 2, 3]],
  ["a bit word too large", freezeRow({ ...startRow(day), bits: Array.from({ length: 64 }, () => 2 ** 33) })],
  ["a sum above its most", freezeRow({ ...startRow(day), sum: 99 })],
  ["half a pair of the past", [...freezeRow(startRow(day)), 5]],
  ["no number", [...freezeRow(startRow(day)).slice(1), "x"]],
])("a row with %s is none", (_, cells) => {
  expect(thawRow(cells)).toBeUndefined();
});

test("a scope counts a bounded number of classes, and forgets the one idle for longest", () => {
  const own = { tallies: new Map<string, TallyRow>() };
  for (let at = 0; at < limits.tallyClassesMax + 3; at++)
    tally(own, `class ${at}`, { class: "c", marks: marks(1), caps: [] }, day);
  expect([own.tallies.size, own.tallies.has("class 2"), own.tallies.has("class 3")]).toEqual([limits.tallyClassesMax, false, true]); // prettier-ignore
});
