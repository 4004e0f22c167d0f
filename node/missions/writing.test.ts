import { expect, test } from "vitest";
import { readMission } from "./mission.ts";
import { disguiseIn } from "./writing.ts";

test.each([
  ["a Cyrillic letter", "It must n\u0435ver:\n- write files"],
  ["a Greek letter", "It must n\u03b5ver write files."],
  ["a zero-width space", "It must ne\u200bver write files."],
  ["a soft hyphen", "It must ne\u00adver write files."],
  ["a tag", "It must ne\u{e0041}ver write files."],
])("a mission whose forbidding word has %s grants nothing, and says where it stands", (_, forbids) => {
  const { clauses, questions } = readMission(`It may:\n- read and write files\n\n${forbids}\n`);
  expect(clauses).toEqual([]);
  expect(questions).toEqual([expect.stringContaining("Line 4 of the mission")]);
});

test("accents, pictures, full width, and words wholly in another script are no disguise", () => {
  expect(disguiseIn("\ufeffR\u00e9pond \u00e0 l\u2019\u00e9quipe e\u0301crite \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u2714\ufe0f 5 \u00b5m \u0391\u03b8\u03ae\u03bd\u03b1 \uff28\uff29")).toBeUndefined(); // prettier-ignore
});
