import { expect, test } from "vitest";
import { withoutFound } from "./logline.ts";

const line = "to anna@mailhost.test, ticket 4711";
const finding = { type: "email", path: "", start: 3, end: 21 };

test("a line is shown without what is found in it, by detectors or by comparison", () => {
  const found = { ...finding, likelihood: 3 } as const;
  for (const shown of [
    withoutFound(line, { findings: [found] }),
    withoutFound(line, { findings: [] }, [found]),
  ])
    // prettier-ignore
    expect(shown).toBe("to [redacted: email], ticket 4711");
});

test("what is unlikely is shown", () => {
  expect(withoutFound(line, { findings: [{ ...finding, likelihood: 2 }] })).toBe(line);
});

test("of a line that was not searched to its end nothing is shown", () => {
  expect(withoutFound(line, { findings: [], exceeded: { budget: "steps", max: 1 } })).toBe("[a line that could not be searched to its end]"); // prettier-ignore
});
