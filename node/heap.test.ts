import { expect, test } from "vitest";
import { StreamGauge } from "./heap.ts";

const MiB = 1024 * 1024;

function gaugeOf(usedMiB: number): {
  readonly gauge: StreamGauge;
  readonly count: () => number;
  readonly run: () => void;
} {
  let collections = 0;
  const waiting: (() => void)[] = [];
  const gauge = new StreamGauge({
    usedBytes: () => usedMiB * MiB,
    collect: () => void collections++,
    later: (what) => void waiting.push(what),
  });
  const run = (): void => {
    for (const what of waiting.splice(0)) what();
  };
  return { gauge, run, count: () => collections };
}

test("each 32 MiB that are streamed are followed by one collection, when the work at hand is done", () => {
  const { gauge, count, run } = gaugeOf(40);
  for (let n = 1; n <= 640; n++) gauge.passed(MiB / 10);
  expect(count()).toBe(0);
  run();
  expect(count()).toBe(2);
  run();
  expect(count()).toBe(2);
});

test("ordinary messages never lead to a collection, however many there are", () => {
  const { gauge, count, run } = gaugeOf(40);
  for (let n = 0; n < 100_000; n++) gauge.passed(1_024);
  run();
  expect(count()).toBe(0);
});

test("a large heap is left to V8: a collection at once would hold every call up", () => {
  const { gauge, count, run } = gaugeOf(300);
  for (let n = 0; n < 640; n++) gauge.passed(MiB / 10);
  run();
  expect(count()).toBe(0);
});
