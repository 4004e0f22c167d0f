import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { answerOf, extractor, find, findingsOf, strongest } from "./ledger.fixture.ts";
import {
  addPart,
  freezeMemory,
  newMemory,
  partAt,
  remember,
  thawMemory,
  type Forgotten,
  type Memory,
} from "./memory.ts";

function read(
  memory: Memory,
  op: string,
  values: readonly string[],
  target = "get_customer",
): readonly Forgotten[] {
  return remember(
    memory,
    answerOf(op, { target }),
    extractor.extract(values, findingsOf(values, values), new Set()),
  );
}

const secretOf = (number: number): string => `k${(number * 7_919 + 1_000_003).toString(36)}x${(number * 104_729 + 17).toString(36)}q`; // prettier-ignore

test("a memory that was put away is the same: it finds the same, forgets the same, and freezes to the same", () => {
  const step = fc.record({
    values: fc.array(fc.nat(400), { maxLength: 30 }),
    target: fc.constantFrom("a", "b"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat(11), (steps, at) => {
      const stayed = newMemory("k1");
      let moved = newMemory("k1");
      for (const [index, { values, target }] of steps.entries()) {
        if (index === at)
          moved = thawMemory(JSON.parse(JSON.stringify(freezeMemory(moved)))) ?? newMemory("k1");
        const texts = values.map(secretOf);
        expect(read(moved, `op-${index}`, texts, target)).toEqual(read(stayed, `op-${index}`, texts, target));
      }
      expect(freezeMemory(moved)).toEqual(freezeMemory(stayed));
    }),
  );
});

test("whatever is read, every value is found or its answer is told as forgotten; memory stays within its bound", () => {
  const memory = newMemory("k1");
  const lost = new Set<string>();
  const perAnswer = 40;
  for (let answer = 0; answer < 60; answer++) {
    const values = Array.from({ length: perAnswer }, (_, at) => secretOf(answer * perAnswer + at));
    for (const { answer: of, isAll } of read(memory, `op-${answer}`, values)) if (isAll) lost.add(of.op);
    expect(memory.table.count).toBeLessThanOrEqual(limits.ledgerMarksMax);
    expect(memory.table.bytes).toBeLessThanOrEqual(80 * 1024);
  }
  expect(lost.size).toBeGreaterThan(0);
  expect(lost.has("op-59")).toBe(false);
  for (let answer = 0; answer < 60; answer++)
    for (let at = 0; at < perAnswer; at += 13) {
      const isFound = strongest(find(memory, { text: secretOf(answer * perAnswer + at) })) !== "";
      expect(isFound || lost.has(`op-${answer}`)).toBe(true);
    }
});

test("what proves little is forgotten before what proves much", () => {
  const memory = newMemory("k1");
  read(memory, "op-secret", [secretOf(1)]);
  const forgotten: Forgotten[] = [];
  for (let answer = 0; answer < 200; answer++) {
    const text = Array.from(
      { length: 400 },
      (_, at) => `w${(((answer * 400 + at) * 2_654_435) % 99_991).toString(36)}`,
    ).join(" ");
    forgotten.push(...remember(memory, answerOf(`op-${answer}`), extractor.extract({ text }, [], new Set())));
  }
  expect(forgotten.length).toBeGreaterThan(0);
  expect(forgotten.some(({ isAll, answer }) => isAll && answer.op === "op-secret")).toBe(false);
  expect(strongest(find(memory, { text: secretOf(1) }))).toBe("test/thing");
});

test("a value that two tools gave is remembered of both, and once of each", () => {
  const memory = newMemory("k1");
  read(memory, "op-1", [secretOf(1)], "a");
  read(memory, "op-2", [secretOf(1)], "b");
  const { count } = memory.table;
  read(memory, "op-3", [secretOf(1)], "a");
  expect(memory.table.count).toBe(count);
  expect(
    find(memory, secretOf(1))
      .values.map(({ op }) => op)
      .sort(),
  ).toEqual(["op-1", "op-2"]);
});

test("an answer with more values than may be remembered of one says so", () => {
  const values = Array.from({ length: limits.ledgerAnswerMarksMax }, (_, at) => secretOf(at));
  expect(read(newMemory("k1"), "op-1", values)).toMatchObject([{ isAll: true, answer: { op: "op-1" } }]);
});

test("parts of a value add up at one place, and fade", () => {
  const memory = newMemory("k1");
  addPart(memory, 7, "mail", 0xff, 0);
  expect(addPart(memory, 7, "mail", 0xff00, 1)).toEqual({ low: 0xffff, high: 1 });
  expect(partAt(memory, 7, "chat")).toBeUndefined();
  memory.calls += limits.ledgerPartCalls;
  expect(partAt(memory, 7, "mail")).toBeUndefined();
  for (let check = 0; check < 200; check++) addPart(memory, check, "mail", 1, 0);
  expect(memory.parts.length).toBe(limits.ledgerPartRowsMax);
});

test("what is no memory is not taken for one", () => {
  const memory = newMemory("k1");
  read(memory, "op-1", [secretOf(1), secretOf(2)]);
  const frozen = JSON.parse(JSON.stringify(freezeMemory(memory))) as unknown[];
  expect(thawMemory(frozen)).toBeDefined();
  const broken = [[...frozen, 1], frozen.slice(1), ["!", ...frozen.slice(1)], [frozen[0], [], ...frozen.slice(2)], [frozen[0], frozen[1], [], frozen[3], 0, "k1"], [...frozen.slice(0, 4), -1, "k1"]]; // prettier-ignore
  for (const each of broken) expect(thawMemory(each)).toBeUndefined();
});
