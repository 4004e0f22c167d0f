import fc from "fast-check";
import { expect, test } from "vitest";
import { noLabels } from "../labels.ts";
import { Finds, isWhole } from "./finds.ts";
import { aboutOf, strengths, withAnswer } from "./mark.ts";
import { newMemory, type LedgerAnswer, type Memory } from "./memory.ts";

const answer = (op: string): LedgerAnswer => ({ op, name: "n", server: "s", target: "t", environment: "", labels: noLabels }); // prettier-ignore
const memory: Memory = {
  ...newMemory("k"),
  types: ["a", "b"],
  answers: [answer("0"), answer("1"), answer("2")],
};
const aboutWith = (from: number, type: number): number => withAnswer(aboutOf(20, 0, 0, type), from);

test("each value counts once for each answer, type and strength, however often and in whatever order it is found", () => {
  const take = fc.record({ from: fc.nat(2), type: fc.nat(1), strength: fc.integer({ min: 1, max: 3 }), check: fc.oneof(fc.integer(), fc.nat(40)), isOpened: fc.boolean() }); // prettier-ignore
  const finds = new Finds();
  fc.assert(
    fc.property(fc.array(take, { maxLength: 3_000, size: "max" }), (takes) => {
      finds.clear();
      const sets = new Map<string, Set<number>>();
      for (const { from, type, strength, check, isOpened } of takes) {
        finds.take(aboutWith(from, type), strength, check, isOpened);
        const kind = JSON.stringify({ op: String(from), type: "ab"[type], strength, ...(isOpened ? { token: true } : {}) }); // prettier-ignore
        sets.set(kind, (sets.get(kind) ?? new Set()).add(check));
      }
      const expected = [...sets].map(([kind, checks]) => ({ ...(JSON.parse(kind) as object), count: checks.size })); // prettier-ignore
      expect(finds.carried(memory, false)).toEqual({ values: expected, parts: [], compared: "k" });
    }),
    { numRuns: 60 },
  );
});

test("parts of one value from one answer add up, and three quarters are the value", () => {
  const finds = new Finds();
  for (const offset of [0, 4, 30]) finds.part(withAnswer(aboutOf(40, offset, 0, 1), 2), -7, offset, false);
  const [part] = finds.carried(memory, false).parts;
  expect(part).toEqual({ op: "2", type: "b", check: 2 ** 32 - 7, length: 40, low: 0xc00003ff, high: 0b1111 });
  for (let offset = 0; offset < 34; offset += 2) finds.part(aboutWith(2, 1), -7, offset, false);
  expect(isWhole(40, -1, 0xff)).toBe(true);
  const whole = { op: "2", type: "b", strength: strengths.sensitive, count: 1 };
  expect(finds.carried(memory, true)).toEqual({ values: [whole], parts: [], compared: "k", unread: true });
  finds.clear();
  expect(finds.carried(memory, false)).toEqual({ values: [], parts: [], compared: "k" });
});
