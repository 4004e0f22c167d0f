import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { rules } from "../protocol/verdict.ts";
import type { Rule } from "../protocol/verdict.ts";
import { begin, countAgain, dueAt, noGroups, refusedUntil, running } from "./refusals.ts";
import type { RefusalGroup } from "./refusals.ts";

const intervalMs = limits.refusalIntervalMs;

/** As the session does it. @returns whether it has a record of its own */
function refuse(groups: { now: readonly RefusalGroup[] }, rule: Rule, name: string, at: number): boolean {
  if (countAgain(groups.now, rule, name, at)) return false;
  groups.now = begin(running(groups.now, at), rule, name, at);
  return true;
}

test("equal refusals within an interval have one record, and are counted", () => {
  const groups = { now: noGroups };
  const recorded = [0, 1, 5, intervalMs - 1].map((at) => refuse(groups, "persona.unlisted", "a", at));
  expect(recorded).toEqual([true, false, false, false]);
  expect(refusedUntil(groups.now, intervalMs - 1)).toEqual([]);
  expect(refusedUntil(groups.now, intervalMs)).toEqual([
    { kind: "refused", rule: "persona.unlisted", name: "a", count: 3, since: 0, until: intervalMs - 1 },
  ]);
  expect(refuse(groups, "persona.unlisted", "a", intervalMs)).toBe(true);
});

test("another name or another rule has its own record", () => {
  const groups = { now: noGroups };
  expect(refuse(groups, "persona.unlisted", "a", 0)).toBe(true);
  expect(refuse(groups, "persona.unlisted", "b", 0)).toBe(true);
  expect(refuse(groups, "bucket.agent", "a", 0)).toBe(true);
});

test("a refusal that stands alone is reported by its record only", () => {
  const groups = { now: noGroups };
  refuse(groups, "bucket.agent", "a", 0);
  expect(dueAt(groups.now)).toBeUndefined();
  expect(refusedUntil(groups.now, intervalMs)).toEqual([]);
  expect(running(groups.now, intervalMs)).toBe(noGroups);
});

test("a storm of made-up names has a bounded number of records, and hides no other rule", () => {
  const groups = { now: noGroups };
  let recorded = 0;
  for (let index = 0; index < 10_000; index++)
    if (refuse(groups, "persona.unlisted", `made-up-${index}`, 1)) recorded++;
  expect(recorded).toBe(limits.refusalGroupsMax + 1);
  expect(refuse(groups, "persona.argument", "pay", 2)).toBe(true);
  const reported = refusedUntil(groups.now, 1 + intervalMs);
  expect(reported).toEqual([
    expect.objectContaining({ rule: "persona.unlisted", name: "", count: 10_000 - recorded }),
  ]);
});

test("a clock that leaps back silences nothing", () => {
  const groups = { now: noGroups };
  refuse(groups, "bucket.agent", "a", 1e12);
  expect(refuse(groups, "bucket.agent", "a", 1e12 - 1)).toBe(true);
});

test("every refusal is recorded or counted, exactly once, and groups stay bounded", () => {
  const allRules = Object.keys(rules) as Rule[];
  const refusal = fc.tuple(
    fc.constantFrom(...allRules),
    fc.integer({ min: 0, max: 40 }).map((name) => `n${name}`),
    fc.integer({ min: 0, max: 3_000 }),
  );
  fc.assert(
    fc.property(fc.array(refusal, { maxLength: 300 }), (script) => {
      const groups = { now: noGroups };
      let at = 0;
      let told = 0;
      for (const [rule, name, pause] of script) {
        at += pause;
        const due = refusedUntil(groups.now, at);
        for (const { count, since, until } of due) {
          told += count;
          expect(until - since).toBeLessThan(intervalMs);
        }
        groups.now = running(groups.now, at);
        if (refuse(groups, rule, name, at)) told++;
        expect(groups.now.length).toBeLessThanOrEqual(limits.refusalGroupsMax + allRules.length);
      }
      for (const { count } of refusedUntil(groups.now, at + intervalMs)) told += count;
      expect(told).toBe(script.length);
    }),
  );
});
