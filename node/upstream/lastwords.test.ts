import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { LastWords } from "./lastwords.ts";
import { stderrMark } from "./stdio.ts";

function heard(lines: readonly string[]): readonly string[] {
  const words = new LastWords();
  for (const line of lines) words.take(`${stderrMark}${line}`);
  return words.lines;
}

const frames = Array.from({ length: 12 }, (_, at) => `    at load${at} (node:internal/modules/loader:${at})`);

describe("of what a child says before it ends", () => {
  test("the line with the cause is kept, however long the stack after it is", () => {
    const said = ["node:internal/modules/loader:1210", "  throw err;", "  ^", "", "Error: Cannot find module '/srv/x.mjs'", ...frames, "Node.js v24"]; // prettier-ignore
    expect(heard(said)).toEqual(expect.arrayContaining(["Error: Cannot find module '/srv/x.mjs'", "Node.js v24"])); // prettier-ignore
    expect(heard(said)).toHaveLength(limits.stderrHeardLinesMax);
  });

  test("few lines are all kept, as they came", () => {
    expect(heard(["one", "two", "at home"])).toEqual(["one", "two", "at home"]);
  });

  test("a flood of errors leaves room for the end, and lines of our own are not heard", () => {
    const words = new LastWords();
    for (let at = 0; at < 100; at++) words.take(`${stderrMark}error ${at}`);
    words.take("the variable X of its entry is not given to it");
    words.take(`${stderrMark}goodbye`);
    expect(words.lines).toContain("error 0");
    expect(words.lines.at(-1)).toBe("goodbye");
  });

  test("whatever it says, the lines are few, short, clean and in order", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 600, unit: "binary" }), { maxLength: 40 }), (said) => {
        const lines = heard(said.map((text, at) => `${at} ${text}`));
        expect(lines.length).toBeLessThanOrEqual(limits.stderrHeardLinesMax);
        for (const line of lines) {
          expect(line.length).toBeLessThanOrEqual(limits.stderrHeardCharsMax);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
        const order = lines.map((line) => Number.parseInt(line, 10));
        expect(order).toEqual([...order].sort((one, other) => one - other));
      }),
    );
  });
});
