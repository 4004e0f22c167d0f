import { expect, test } from "vitest";
import { detectorFileSchema } from "../../protocol/detector.ts";
import { builtinDetectors, builtinRows } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { assembleExample } from "./example.ts";
import { Meter } from "./budget.ts";
import { Names } from "./names.ts";
import { Pass } from "./pass.ts";
import { compileScanner, Scanner } from "./scanner.ts";

const scanner = compileScanner(builtinDetectors(ports)) as Scanner;
const { plan } = scanner;
/** The same, but nothing is told of what holds nothing: all texts are looked through. */
const reading = new Scanner({ ...plan, holdsNothing: () => false });
const pass = new Pass(plan, new Meter(plan.detectors), new Names(plan));
const isTold = (text: string): boolean => pass.holdsNothing(text);

const examples = detectorFileSchema
  .parse(builtinRows)
  .flatMap(({ id, examples: { yes } }) =>
    yes.map((example, at) => assembleExample(example, `${id}/yes/${at}`)),
  );
/** The examples, their words, two and three of them in a row, and each of those with its first or last character left out. */
const texts = [
  ...new Set(
    examples.flatMap((text) => {
      const words = text.split(/\s+/).slice(0, 24);
      const rows = words.flatMap((word, at) => [word, words.slice(at, at + 2).join(" "), words.slice(at, at + 3).join("-")]); // prettier-ignore
      return [text, ...rows].flatMap((each) => [each, each.slice(1), each.slice(0, -1)]);
    }),
  ),
].filter(({ length }, at) => length > 0 && length <= 64 && at % 2 === 0);
const machines = ["open", "1234567", "OPS-12345", "2026-11-27T10:00:00.000Z", "1.2.3", "ABC-123456", "", " ", "a b", "refund issued yesterday", "2b1c0d9e-1f2a-4b3c-a9d8-0c1b2a3f4e5d"]; // prettier-ignore

test.each(["note", "phone", "password"])(
  "nothing is found less for what is told of short texts, under the name %s",
  (name) => {
    const wrong: string[] = [];
    let told = 0;
    let found = 0;
    for (const text of [...texts, ...machines]) {
      const document = { [name]: text, list: [{ [name]: [text] }] };
      const expected = reading.scanValue(document).findings;
      if (JSON.stringify(scanner.scanValue(document).findings) !== JSON.stringify(expected)) wrong.push(text);
      if (expected.length > 0) found++;
      if (isTold(text)) told++;
    }
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(300);
    expect(told).toBeGreaterThan(300);
  },
);

test("what most values are is told at once, and its characters", () => {
  expect(machines.filter((text) => !isTold(text))).toEqual([]);
  const seen = ["a1", "a"].map((text) => isTold(text) && pass.seen);
  expect(seen[0]).not.toBe(seen[1]);
});

test.each([
  "a%41",
  'a": "b',
  "x=1",
  "a\nb",
  "\u0430b",
  "a b c d e f g h i j",
  "a password",
  "0123456789abcdef0123",
  "aB3dE6gH",
])("what may hide something, or be more than a value, is looked through: %j", (text) => {
  expect(isTold(text)).toBe(false);
});

test("a text that was read and may hold something is found the same after another that holds nothing", () => {
  const document = [
    "open",
    "card 4111111111111111",
    "x",
    "see 4111 1111 1111 1111",
    "a%40b",
    "card 4111111111111111",
  ];
  expect(scanner.scanValue(document)).toEqual({ ...reading.scanValue(document), steps: expect.any(Number) });
  expect(scanner.scanValue(document).findings).toHaveLength(3);
});

test("a text is read once more only where something had no context", () => {
  const steps = (word: string): number => scanner.scanText(`${word} of nobody, and so on, and on`).steps;
  expect(steps("account")).toBe(steps("orchard"));
  const behind = (word: string): number => scanner.scanText(`536-90-4399 is my ${word}`).steps;
  expect(behind("ssn")).toBeGreaterThan(behind("hat"));
});
