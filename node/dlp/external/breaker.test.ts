import { expect, test } from "vitest";
import { limits } from "../../../protocol/limits.ts";
import { RecogniserBreaker } from "./breaker.ts";

const open = limits.recogniserOpenMs;

function tripped(): { breaker: RecogniserBreaker; at: { now: number } } {
  const at = { now: 0 };
  const breaker = new RecogniserBreaker(() => at.now);
  for (let n = 0; n < limits.recogniserFailuresMax; n++) {
    expect(breaker.enter()).toBe("usual");
    breaker.leave("usual", false);
  }
  return { breaker, at };
}

test("failures in a row open it, and a success between them does not let them add up", () => {
  const breaker = new RecogniserBreaker(() => 0);
  for (let n = 0; n < 3 * limits.recogniserFailuresMax; n++) breaker.leave("usual", n % 3 === 0);
  expect(breaker.enter()).toBe("usual");
  expect(tripped().breaker.enter()).toBeUndefined();
});

test("after its time one probe goes through, and its success closes it", () => {
  const { breaker, at } = tripped();
  at.now = open;
  expect([breaker.enter(), breaker.enter()]).toEqual(["probe", undefined]);
  breaker.leave("probe", true);
  expect(breaker.enter()).toBe("usual");
});

test("each probe that fails doubles the time, at most eight times", () => {
  const { breaker, at } = tripped();
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    waits.push(breaker.waitMs / open);
    at.now += breaker.waitMs;
    expect(breaker.enter()).toBe("probe");
    breaker.leave("probe", false);
  }
  expect(waits).toEqual([1, 2, 4, 8, 8, 8]);
});

test("late answers of earlier questions move nothing, and a probe without an end holds it for one time", () => {
  const { breaker, at } = tripped();
  breaker.leave("usual", true);
  expect(breaker.enter()).toBeUndefined();
  at.now = open;
  expect(breaker.enter()).toBe("probe");
  at.now += 8 * open;
  expect(breaker.enter()).toBe("probe");
});
