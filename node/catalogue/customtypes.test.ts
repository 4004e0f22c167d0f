import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { assembleExample } from "../../actors/dlp/example.ts";
import type { Scanner } from "../../actors/dlp/scanner.ts";
import type { DetectorRow } from "../../protocol/detector.ts";
import { builtinScanner, scannerWith } from "../dlp/scanning.ts";
import { readCustomTypes, type CustomTypes } from "./customtypes.ts";
import { sayFault } from "./fault.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-custom-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(file: unknown): CustomTypes | readonly string[] {
  writeFileSync(join(folder, "types.yaml"), typeof file === "string" ? file : JSON.stringify(file));
  const made = readCustomTypes(["types.yaml"], folder);
  return "types" in made ? made : made.map((fault) => sayFault(fault));
}

const badge = {
  id: "custom.badge",
  group: "person",
  title: "Badge of an employee",
  pattern: "\\bEMP-\\d{6}\\b",
  prefilter: { kind: "literal", any: ["emp-"] },
  tags: ["HOUSE"],
  examples: { yes: ["badge EMP-204817"], no: ["EMP-20481"] },
};
const birds = { id: "custom.project", group: "person", title: "Names of projects", words: ["Red Kite", "falcon"] }; // prettier-ignore

test("custom types are found beside the built-in ones, in one scan", () => {
  const made = read({ detectors: [badge], dictionaries: [birds] }) as CustomTypes;
  const { findings } = scannerWith(made.detectors).scanValue({ note: "EMP-204817 of red kite", card: "4111111111111111" }); // prettier-ignore
  expect(findings.map(({ type, path }) => `${type} ${path}`)).toEqual(["custom.badge /note", "custom.project /note", "pan.visa /card"]); // prettier-ignore
  expect(made.types.map(({ id }) => id)).toEqual(["custom.badge", "custom.project"]);
});

test("words of a file are found, and a file that is not there is a fault", () => {
  writeFileSync(join(folder, "birds.txt"), "Osprey\n\nsea eagle\r\n");
  const made = read({ dictionaries: [{ ...birds, file: "birds.txt" }] }) as CustomTypes;
  const { findings } = scannerWith(made.detectors).scanText("OSPREY, sea eagle, falcon");
  expect(findings).toHaveLength(3);
  expect(read({ dictionaries: [{ ...birds, file: "no.txt" }] })).toEqual([expect.stringContaining("no.txt:1:1: the file does not exist")]); // prettier-ignore
});

test.each([
  [{ ...badge, id: "badge" }, "must be custom. and lower-case words"],
  [{ ...badge, pattern: "EMP-\\d+" }, "cannot be used"],
  [{ ...badge, pattern: "(?=EMP)EMP-\\d{6}" }, "look-around"],
  [{ ...badge, pattern: "(a{1,900}){1,900}" }, "repeats inside one another"],
  [
    { ...badge, pattern: "EMP-(?:[a-z ]{1,20}){1,20}!" },
    "one trial of the pattern may take more than 2000 steps",
  ],
  [{ ...badge, pattern: "EMP-\\d{6,600}" }, "more than 512 for a custom type"],
  [{ ...badge, prefilter: { kind: "literal", any: ["xyz"] } }, "a match can hold none of xyz"],
  [{ ...badge, validator: { name: "lune" } }, "lune"],
  [{ ...badge, beats: ["iban"] }, "`iban` is no custom type"],
  [{ ...badge, contextMode: "required" }, "needs context words"],
  [{ ...badge, examples: { yes: ["EMP-1"], no: ["x"] } }, "`custom.badge` is not found in its own example"],
  [
    { ...badge, examples: { yes: ["EMP-204817"], no: ["an EMP-123456"] } },
    "is found in an example of what it is not",
  ],
])("a detector that cannot hold is a fault at its place: %#", (detector, says) => {
  const [fault, ...others] = read({ detectors: [detector] }) as readonly string[];
  expect(fault).toContain(says);
  expect(fault).toMatch(/^types\.yaml:\d+:\d+: /);
  expect(fault).toContain("To mend it: ");
  expect(others).toEqual([]);
});

test("a pattern that tries all ways through a text holds no scan up", () => {
  const slow = { ...badge, pattern: "\\b[a-z]{1,15}[a-z]{1,15}[a-z]{1,9}!", prefilter: { kind: "token", min: 1, max: 129 }, examples: { yes: ["abc!"], no: ["1"] } }; // prettier-ignore
  const made = read({ detectors: [slow] }) as CustomTypes;
  const { findings } = scannerWith(made.detectors).scanText(`${"a".repeat(60)} `.repeat(30));
  expect(findings).toEqual([]);
});

test("two types of one id, a profile of a built-in name and a dictionary without words are faults", () => {
  const profile = { id: "gdpr", title: "Ours", about: "What we do with it.", rules: [{ tags: ["HOUSE"], at: [{ level: 3, action: "mask" }] }] }; // prettier-ignore
  const faults = read({ detectors: [badge], dictionaries: [{ ...birds, id: "custom.badge", words: [] }], profiles: [profile] }) as readonly string[]; // prettier-ignore
  expect(faults.join("\n")).toMatch(/there twice[^]*has no words[^]*there is a profile `gdpr` already/);
});

test("a profile that names a type or a tag that there is not is a fault at its place; its own types and tags are known", () => {
  const at = [{ level: 3, action: "mask" }];
  const profile = { id: "house", title: "Ours", about: "What we do with it.", rules: [{ tags: ["HOUSE"], types: ["custom.*", "pan.*", "email"], at }] }; // prettier-ignore
  expect((read({ profiles: [profile], detectors: [badge] }) as CustomTypes).profiles).toHaveLength(1);
  const faults = read({ profiles: [{ ...profile, rules: [{ tags: ["HOSE"], types: ["custom.bagde"], except: ["emial"], at }] }], detectors: [badge] }) as readonly string[]; // prettier-ignore
  expect(faults).toEqual([expect.stringContaining("there is no type `custom.bagde`"), expect.stringContaining("there is no type `emial`"), expect.stringContaining("no type has the tag `HOSE`")]); // prettier-ignore
});

test("whatever pattern a file has, reading it ends with a detector or with a fault, and soon", () => {
  const pattern = fc.stringMatching(/^[\\a-c0-9(){}[\]|.*+?^$,:=!dws-]{1,40}$/);
  fc.assert(
    fc.property(pattern, (text) => {
      const made = read({ detectors: [{ ...badge, pattern: text, prefilter: { kind: "token", min: 1, max: 40 } }] }); // prettier-ignore
      const told = "types" in made ? made.detectors.map(({ id }) => id) : made;
      expect(told[0]).toMatch(/^(?:custom\.badge$|types\.yaml:\d+:)/);
    }),
    { numRuns: 80 },
  );
});

const wide = {
  ...badge,
  id: "custom.wide",
  pattern: "\\b\\w{4,60}\\b",
  prefilter: { kind: "token", min: 4, max: 60 },
  likelihood: { shape: 5, validated: 5, context: 5, both: 5 },
  examples: { yes: ["abcdef"], no: ["abc"] },
};
/** Made once: reading all rows takes a second. */
const once = (file: unknown): (() => Scanner) => {
  let made: Scanner | undefined;
  return () => (made ??= scannerWith((read(file) as CustomTypes).detectors));
};
const [widely, usually] = [once({ detectors: [wide] }), once({ detectors: [badge], dictionaries: [birds] })];
const patRow = (builtinRows as readonly DetectorRow[]).find(({ id }) => id === "github.pat_classic");
const pat = /ghp_\w{36}/.exec(assembleExample(patRow?.examples.yes[0] ?? "", "a token"))?.[0] ?? "";

test.each<[string, unknown]>([
  ["a token", `see ${pat}`],
  ["a card in groups", "card 4111 1111 1111 1111"],
  ["a token in base64", Buffer.from(`the token ${pat} of Ada`).toString("base64")],
  ["a name under its label", { surname: "Lovelace" }],
  ["a token that is cut in two", [`head ${pat.slice(0, 20)}`, `${pat.slice(20)} tail`]],
  ["an address in a table", "surname;mail\nLovelace;ada@mail.example.org\n"],
])("whatever a custom type finds, what is built in is found as it is without it: %s", (_, value) => {
  const found = (scanner: Scanner) => scanner.scanValue(value).findings.filter(({ type }) => type !== wide.id); // prettier-ignore
  expect(found(widely())).toEqual(found(builtinScanner()));
  expect(found(builtinScanner()).length).toBeGreaterThan(0);
});

test.each([
  "EMP-204817@mail.example.org",
  'password: "EMP-204817"',
  "Mr. Falcon",
  "falcon@mail.example.org",
  Buffer.from("password: EMP-204817").toString("base64"),
])("a value of a custom type is found within what a built-in type finds: %s", (text) => {
  const scanner = usually();
  const stream = scanner.stream("");
  const streamed = [
    ...stream.push(text.slice(0, 5)),
    ...stream.push(text.slice(5)),
    ...stream.end().findings,
  ];
  for (const findings of [scanner.scanText(text).findings, streamed])
    expect(findings.filter(({ type }) => type.startsWith("custom.")).length).toBe(1);
});

test("a word that says nothing, or cannot be looked for, is a fault that names its place and not the word", () => {
  writeFileSync(join(folder, "birds.txt"), "Osprey\nsecret \u{1f426} bird\n");
  const faults = [{ words: ["osprey", "   "] }, { words: ["---"] }, { words: [], file: "birds.txt" }].map((each) => read({ dictionaries: [{ ...birds, ...each }] }) as readonly string[]); // prettier-ignore
  expect(faults.map(([first]) => first)).toEqual([expect.stringContaining("entry 2 of `words`"), expect.stringContaining("entry 1 of `words`"), expect.stringContaining("a character outside the basic plane")]); // prettier-ignore
  expect(faults.flat().join("\n")).not.toMatch(/osprey|secret/i);
});

test("many types are read in the time of one, and what was read last is not tried again", () => {
  const detectors = Array.from({ length: 60 }, (_, at) => ({ ...badge, id: `custom.badge${at}`, pattern: `\\bE${at}-\\d{6}\\b`, prefilter: { kind: "literal", any: [`e${at}-`] }, examples: { yes: [`E${at}-204817`], no: [`E${at}-20481`] } })); // prettier-ignore
  const before = performance.now();
  const one = read({ detectors: detectors.slice(0, 1) });
  const between = performance.now();
  const all = read({ detectors });
  const behind = performance.now();
  expect((all as CustomTypes).types).toHaveLength(60);
  expect(behind - between).toBeLessThan(10 * (between - before));
  expect(read({ detectors })).toBe(all);
  expect(read({ detectors: detectors.slice(1) })).not.toBe(one);
});
