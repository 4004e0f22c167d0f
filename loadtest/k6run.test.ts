import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readThresholds, Samples } from "./k6run.ts";

const begun = Date.parse("2026-01-02T03:04:05Z");
const point = (metric: string, value: number, second = 0, tags: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({ type: "Point", metric, data: { time: new Date(begun + second * 1_000).toISOString(), value, tags } }); // prettier-ignore

function taken(lines: readonly string[]): Samples {
  const samples = new Samples();
  for (const line of lines) samples.take(line);
  return samples;
}

describe("what k6 prints of a run", () => {
  test("becomes a row for each second, also for one in which nothing ended", () => {
    const { seconds } = taken([point("gatehouse_call", 5), point("gatehouse_call", 9, 2), point("gatehouse_call", 1, 2)]); // prettier-ignore
    expect(seconds).toEqual([
      { answered: 1, refused: 0, failed: 0, p50Ms: 5, p99Ms: 5 },
      { answered: 0, refused: 0, failed: 0, p50Ms: undefined, p99Ms: undefined },
      { answered: 2, refused: 0, failed: 0, p50Ms: 5, p99Ms: 8.92 },
    ]);
  });

  test("counts a failure as one, and not as a refusal besides", () => {
    const samples = taken([
      point("gatehouse_failed", 1, 0, { ending: "no answer" }),
      point("gatehouse_refused", 1, 0, { code: "no answer" }),
      point("gatehouse_failed", 0, 0, { ending: "THROTTLED" }),
      point("gatehouse_refused", 1, 0, { code: "THROTTLED" }),
      point("gatehouse_failed", 0, 0, { ending: "ok" }),
      point("gatehouse_call", 3),
    ]);
    expect(samples.seconds).toMatchObject([{ answered: 1, refused: 1, failed: 1 }]);
    expect(samples.endings).toEqual({ ok: 1, "no answer": 1, THROTTLED: 1 });
  });

  test("never stops at a line that is none of these", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(() => taken([line, point("gatehouse_call", 1)]).seconds).not.toThrow();
      }),
    );
  });
});

test("a threshold is met when k6 says that it was not crossed", () => {
  const metrics = { gatehouse_failed: { value: 0, thresholds: { "rate==0": false } }, gatehouse_call: { "p(99)": 7.5, med: 2, thresholds: { "p(99)<5": true, "avg<5": false } }, vus: {} }; // prettier-ignore
  expect(readThresholds({ metrics })).toEqual([
    { metric: "gatehouse_failed", says: "rate==0", isMet: true, measured: 0 },
    { metric: "gatehouse_call", says: "p(99)<5", isMet: false, measured: 7.5 },
    { metric: "gatehouse_call", says: "avg<5", isMet: true },
  ]);
});
