import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { readCustomTypes } from "./customtypes.ts";
import { sayFault } from "./fault.ts";

const all = mkdtempSync(join(tmpdir(), "gatehouse-typefiles-"));
afterAll(() => rmSync(all, { recursive: true }));

let count = 0;
let root = "";
let other = "";
beforeEach(() => {
  root = join(all, `${++count}`, "config");
  other = join(all, `${count}`, "other");
  write(join(other, "types.yaml"), types({ words: ["osprey"] }));
  write(join(other, "words.txt"), "s3cret-of-others\nab\n");
  write(join(root, "words.txt"), "osprey\n");
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function types(dictionary: object): string {
  return JSON.stringify({ dictionaries: [{ id: "custom.bird", group: "person", title: "Birds", ...dictionary }] }); // prettier-ignore
}

/** What is found to be wrong; "" when nothing is. */
function read(path: string): string {
  const made = readCustomTypes([path], root);
  return "types" in made ? "" : made.map((fault) => sayFault(fault)).join("\n");
}

function readTypes(text: string): string {
  write(join(root, "types.yaml"), text);
  return read("types.yaml");
}

test.each(["../other/types.yaml", "link.yaml", "folder/types.yaml"])(
  "a file of types that leads out of the folder of gatehouse.yaml is not read: %s",
  (path) => {
    symlinkSync(join(other, "types.yaml"), join(root, "link.yaml"));
    symlinkSync(other, join(root, "folder"));
    expect(read(path)).toBe(`${path}:1:1: this file of \`dlp.types\` lies outside of the folder of gatehouse.yaml, by its name or by a symbolic link. To mend it: move it into that folder, or, if it is meant, write its whole path in gatehouse.yaml.`); // prettier-ignore
  },
);

test("a whole path in gatehouse.yaml is followed, and so is a link that stays in the folder", () => {
  expect(read(join(other, "types.yaml"))).toBe("");
  write(join(root, "..2026", "types.yaml"), types({ words: ["osprey"] }));
  symlinkSync("..2026", join(root, "..data"));
  symlinkSync(join("..data", "types.yaml"), join(root, "linked.yaml"));
  expect(read("linked.yaml")).toBe("");
});

test.each(["../other/words.txt", "link.txt", "/etc/hostname"])(
  "a word list that leads out of the folder is not read, and none of it is said: %s",
  (file) => {
    symlinkSync(join(other, "words.txt"), join(root, "link.txt"));
    const says = readTypes(types({ file }));
    expect(says).toMatch(/^types\.yaml:1:\d+: `[^`]+` leads out of the folder of gatehouse\.yaml, by its name or by a symbolic link\. To mend it: put a copy of it into that folder and name it, or write the words under `words`\.$/); // prettier-ignore
  },
);

test("word lists of a file of types elsewhere lie beside that file", () => {
  write(join(other, "types.yaml"), types({ file: "words.txt" }));
  write(join(other, "words.txt"), "osprey\n");
  expect(read(join(other, "types.yaml"))).toBe("");
  write(join(other, "types.yaml"), types({ file: "../config/words.txt" }));
  expect(read(join(other, "types.yaml"))).toContain("leads out of the folder of this file");
});

test.each([
  "db_password: hunter2\nkey of ours 4711: x\ndb_password: hunter3\n",
  "AWS=AKIA0000\nsecret words of ours\n",
  "- hunter2\n- key 4711: x\n",
  "profiles:\n  - hunter2 4711: x\nkey 4711: hunter2\n\u001b[31m: 4711\n",
  "key 4711: hunter2\nkey 4711: hunter3\nprofiles: []\n",
])("of a file that is no file of types nothing is repeated: %#", (text) => {
  const says = readTypes(text);
  expect(says).toMatch(/^types\.yaml:\d+:\d+: /);
  expect(says).not.toMatch(/hunter|4711|db_password|AKIA|secret words|\u001b/);
});

test("a key of a file of types that is written wrong is named, with what was meant", () => {
  expect(readTypes(`${types({ words: ["osprey"] }).slice(0, -1)}, "detecters": []}`)).toContain("the key `detecters` is not known. To mend it: did you mean `detectors`?"); // prettier-ignore
});

test.each<[string, object, RegExp]>([
  ["too short", { words: ["ab"] }, /entry 1 of `words` needs at least 3 characters\. To mend it: change it \(Three to 64 characters/], // prettier-ignore
  ["too long", { words: ["a".repeat(65)] }, /entry 1 of `words` has more than 64 characters\. To mend it: change it \(Three to 64 characters/], // prettier-ignore
  ["too many", { words: Array.from({ length: 2001 }, (_, at) => `word${at}`) }, /`words` has more than 2000 entries.*an index \(`dlp index`\)/], // prettier-ignore
  ["none", {}, /has no words\. To mend it: add `words` or `file`\.$/],
  ["a list without one", { file: "empty.txt" }, /^types\.yaml:1:\d+: the dictionary `custom\.bird` has no words\. To mend it: write words into its file, one on a line, or add `words`\.$/], // prettier-ignore
  ["a list that is not there", { file: "no.txt" }, /^no\.txt:1:1: the file does not exist\. To mend it: create it, or correct `file` in types\.yaml\.$/], // prettier-ignore
  ["a list that is a folder", { file: "." }, /^[^\n]*this is not a file[^\n]*$/],
  ["a list with a long line", { file: "long.txt" }, /^long\.txt:3:1: the word on this line of `custom\.bird` has more than 64 characters\. To mend it: shorten it to what tells it[^\n]*$/], // prettier-ignore
  ["a list with a short line", { file: "short.txt" }, /^short\.txt:2:1: the word on this line[^\n]* has less than three letters[^\n]*leave it out: it would be found everywhere\.$/], // prettier-ignore
  ["an emoji", { words: ["osprey", "gull \u{1f426}"] }, /entry 2 of `words` of `custom\.bird` has a character outside the basic plane, as most emoji are\. To mend it: leave that character out, or the word\.$/], // prettier-ignore
  ["no context", { words: ["osprey"], contextMode: "required" }, /has `contextMode` and no words under `context`\. To mend it: add `context`, or leave `contextMode` out\.$/], // prettier-ignore
])("a dictionary with a fault is told with what mends it: %s", (_, dictionary, says) => {
  write(join(root, "empty.txt"), "\n");
  write(join(root, "long.txt"), `osprey\n\n${"gull ".repeat(20)}\n`);
  write(join(root, "short.txt"), "osprey\nab\n");
  expect(readTypes(types(dictionary))).toMatch(says);
});

test("what is said of a row is short and in one line, whatever the row has", () => {
  const any = Array.from({ length: 64 }, (_, at) => `emp\u001b${at}\u202e${"x".repeat(40)}`);
  const says = readTypes(JSON.stringify({ detectors: [{ id: "custom.badge", group: "person", title: "Badge", pattern: "EMP-\\d{6}", prefilter: { kind: "literal", any }, tags: [], examples: { yes: ["EMP-204817"], no: ["x"] } }] })); // prettier-ignore
  expect(says).toContain("a match can hold none of emp\\u{1b}0");
  expect(says).not.toMatch(/[\p{C}]/u);
  expect(says.length).toBeLessThan(1_000);
});

test("a dictionary of any words of three to 64 letters, digits and blanks can be used", () => {
  const sign = fc.constantFrom(..."aZ9 -.ßİŉǰΐσςﬁ\u0301日\u212A");
  const word = fc.string({ unit: sign, minLength: 3, maxLength: 64 }).filter((text) => /^[aZ9].*[aZ9]$/.test(text) && !/[\u0301]/.test(text)); // prettier-ignore
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      expect(readTypes(types({ words: [...words, `${"a ".repeat(30)}bird`] })) ?? "").not.toMatch(/cannot be used/); // prettier-ignore
    }),
    { numRuns: 8 },
  );
});
