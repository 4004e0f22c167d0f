import { expect, test } from "vitest";
import { detectorFileSchema } from "../../protocol/detector.ts";
import { builtinDetectors, builtinRows } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { assembleExample } from "./example.ts";
import { compileScanner, Scanner } from "./scanner.ts";
import { shortCharsMax } from "./shorttext.ts";

const scanner = compileScanner(builtinDetectors(ports)) as Scanner;
const { plan } = scanner;
/** The same, but for short texts: all are read. */
const reading = new Scanner({ ...plan, readShort: () => -1 });

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
].filter(({ length }, at) => length > 0 && length <= shortCharsMax && at % 2 === 0);
const machines = ["open", "1234567", "OPS-12345", "2026-11-27T10:00:00.000Z", "1.2.3", "ABC-123456", "", " ", "a b", "refund issued yesterday"]; // prettier-ignore

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
      if (plan.readShort(text, true) >= 0) told++;
    }
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(300);
    expect(told).toBeGreaterThan(300);
  },
);

test("what most values are is told at once, and its characters", () => {
  expect(machines.filter((text) => plan.readShort(text, false) < 0)).toEqual([]);
  expect(plan.readShort("a1", false)).not.toBe(plan.readShort("a", false));
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
])("what may hide something, or be more than a value, is read: %j", (text) => {
  expect(plan.readShort(text, false)).toBe(-1);
});

test("a text is read once more only where something had no context", () => {
  const steps = (word: string): number => scanner.scanText(`${word} of nobody, and so on, and on`).steps;
  expect(steps("account")).toBe(steps("orchard"));
  const behind = (word: string): number => scanner.scanText(`536-90-4399 is my ${word}`).steps;
  expect(behind("ssn")).toBeGreaterThan(behind("hat"));
});
