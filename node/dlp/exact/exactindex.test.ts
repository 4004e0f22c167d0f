import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { ExactMatcher } from "../../../actors/dlp/exact/matcher.ts";
import { canonical } from "../../../actors/dlp/exact/words.ts";
import { limits } from "../../../protocol/limits.ts";
import { Keyring } from "../../vault/keyring.ts";
import { MasterKey } from "../../vault/masterkey.ts";
import { buildIndex, KeyedHash, openIndex, revokeRows, writeIndex } from "./exactindex.ts";
import { derivedKey } from "./sealedfile.ts";
import type { IndexPlan } from "./exactindex.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-exact-"));
afterAll(() => rmSync(folder, { recursive: true }));
const keyring = new Keyring(new MasterKey(randomBytes(32)));
const usual: IndexPlan = { name: "people", keys: ["account", "mail"], others: ["name", "born"], atLeast: 2, within: 300, delimiter: "," }; // prettier-ignore

const table = `account,mail,name,born,note
AB-1234-99,ada@engine.test,Ada Lovelace,1815-12-10,x
4711 0815,grace@navy.test,Grace Brewster Hopper,1906-12-09,x
55-66-77,,Zoë Müller,1990-01-02,x
`;

let made = 0;
async function index(rows = table, plan: Partial<IndexPlan> = {}): Promise<string> {
  const path = join(folder, `t${made++}`);
  writeFileSync(path, rows);
  writeIndex(`${path}.edm`, await buildIndex(path, { ...usual, ...plan }, keyring), keyring);
  return `${path}.edm`;
}

const found = (matcher: ExactMatcher, text: string): string[] => matcher.find(text).findings.map(({ start, end }) => text.slice(start, end)); // prettier-ignore
const open = (path: string): ExactMatcher => openIndex(path, keyring).matcher;

describe("a row is found", () => {
  test.each([
    ["as it is written", "Ada Lovelace has the account AB-1234-99.", ["Ada Lovelace", "AB-1234-99"]],
    ["in another case and with other signs", "acct ab123499 of ADA LOVELACE", ["ab123499", "ADA LOVELACE"]],
    ["with blanks in a number", "grace brewster-hopper, 47110815", ["grace brewster-hopper", "47110815"]],
    ["by number and date, with other signs", "4711 0815 born 1906/12/09", ["4711 0815", "1906/12/09"]],
    ["by mail and date", "mail ada@engine.test born 1815-12-10", ["ada@engine.test", "1815-12-10"]],
    ["by two keys", "ada@engine.test = AB 1234 99", ["ada@engine.test", "AB 1234 99"]],
    ["without accents, and with them in two code points", "556677 Zoe Mu\u0308ller", ["556677", "Zoe Mu\u0308ller"]],
    ["in full-width digits with invisible characters", "\uff15\uff15\u200b6677 zoë müller", ["\uff15\uff15\u200b6677", "zoë müller"]],
    ["with fillers, marks of direction and tags between its signs", "55\u3164-\u202a66\u{e0020}\u061c77 Z\u115foë M\u{e0100}ü\u0001ller", ["55\u3164-\u202a66\u{e0020}\u061c77", "Z\u115foë M\u{e0100}ü\u0001ller"]],
    ["in digits and letters of mathematics", "𝟓𝟓-𝟔𝟔-𝟕𝟕 𝐙oë Müller", ["𝟓𝟓-𝟔𝟔-𝟕𝟕", "𝐙oë Müller"]],
    ["in a line of CSV", "x,AB-1234-99,Ada Lovelace,y", ["AB-1234-99", "Ada Lovelace"]],
  ])("%s", async (_, text, values) => {
    const matcher = open(await index());
    expect(found(matcher, text)).toEqual(values);
  }); // prettier-ignore
});

describe("a row is not found", () => {
  test.each([
    ["by its key alone", "AB-1234-99"],
    ["by what is no key", "Ada Lovelace 1815-12-10"],
    ["with the cells of another row", "AB-1234-99 Grace Brewster Hopper"],
    ["by the same value twice", "AB-1234-99 and AB-1234-99"],
    ["when they are too far apart", `AB-1234-99 ${"x ".repeat(200)} Ada Lovelace`],
    ["by a part of a value", "AB-1234 Ada Lovelace"],
    ["by a longer value", "AB-1234-991 Ada Lovelace"],
    ["by empty cells", "55 66 and nothing"],
  ])("%s", async (_, text) => {
    expect(found(open(await index()), text)).toEqual([]);
  });
});

test("with one column asked for, a key alone is a finding, and less sure than two", async () => {
  const [one, two] = [open(await index(table, { atLeast: 1, others: [] })), open(await index())];
  expect(one.find("AB-1234-99").findings).toEqual([{ type: "edm.people", start: 0, end: 10, likelihood: 4, path: "" }]); // prettier-ignore
  expect(two.find("AB-1234-99 Ada Lovelace").findings.map(({ likelihood }) => likelihood)).toEqual([5, 5]);
});

test("of many rows each one is found by its own cells, and by no other's", async () => {
  const rows = Array.from({ length: 3000 }, (_, at) => [`K${at * 7919}`, `m${at}@x.test`, `Name${at % 50} Of${at}`, "2000-01-01"]); // prettier-ignore
  const matcher = open(
    await index(`account,mail,name,born\n${rows.map((row) => row.join(",")).join("\n")}\n`),
  );
  fc.assert(
    fc.property(fc.nat(2999), fc.nat(2999), (one, other) => {
      const [key = "", , , ] = rows[one] ?? [];
      const [, , name = ""] = rows[other] ?? [];
      expect(found(matcher, `see ${key} of ${name}`)).toEqual(one === other ? [key, name] : []);
    }),
    { numRuns: 50 },
  ); // prettier-ignore
});

test("a value of too many rows opens no match, and is counted", async () => {
  const rows = Array.from({ length: 12 }, (_, at) => `same,m${at}@x.test,N${at},b`).join("\n");
  const path = join(folder, "many");
  writeFileSync(path, `account,mail,name,born\n${rows}\n`);
  expect((await buildIndex(path, usual, keyring)).unkeyed).toBe(12 - limits.exactSameKeyMax);
});

test("revoked rows are found no more, those of others are, and twice is no more than once", async () => {
  const path = await index();
  expect(revokeRows(path, ["ab 1234 99", "nobody"], keyring)).toEqual({ rows: 1, unknown: 1 });
  expect(revokeRows(path, ["ada@engine.test"], keyring)).toEqual({ rows: 0, unknown: 0 });
  const matcher = open(path);
  expect(found(matcher, "AB-1234-99 Ada Lovelace")).toEqual([]);
  expect(found(matcher, "47110815 Grace Brewster Hopper")).toHaveLength(2);
});

test("keys that any text may hold are counted, and those that open no match are not among them", async () => {
  const path = join(folder, `t${made++}`);
  writeFileSync(path, "account,mail,name,born\n12-345,,Ann,x\n12-3456,a@b.c,Bob,x\n,,Eve,x\n");
  const { short, unkeyed } = await buildIndex(path, usual, keyring);
  expect([short, unkeyed]).toEqual([2, 3]);
});

test("the file holds no value and no unkeyed hash of one, and opens under its own key alone", async () => {
  const path = await index();
  const bytes = readFileSync(path).toString("latin1").toLowerCase();
  for (const value of ["lovelace", "ada", "1815", "engine.test"]) expect(bytes).not.toContain(canonical(value).text.length > 3 ? canonical(value).text : value.repeat(2)); // prettier-ignore
  const other = new Keyring(new MasterKey(randomBytes(32)));
  expect(() => openIndex(path, other)).toThrow(/master key .* which is not here/);
  const retired = new Keyring(new MasterKey(randomBytes(32)), [keyring.current]);
  expect(openIndex(path, retired).head.rows).toBe(3);
});

test("no byte of the file can be changed or be missing without a fault", async () => {
  const path = await index();
  const whole = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cuts) => {
      const changed = Buffer.from(cuts ? whole.subarray(0, at) : whole);
      if (!cuts) changed[at] = (changed[at] ?? 0) ^ flip;
      writeFileSync(`${path}.bad`, changed);
      expect(() => openIndex(`${path}.bad`, keyring)).toThrow(/is no index|was changed|master key/);
    }),
    { numRuns: 100 },
  ); // prettier-ignore
});

test("a text that is nothing but rows of the table costs bounded work, and says when it is not looked at to its end", async () => {
  const rows = Array.from({ length: 2000 }, (_, at) => `k${at},m${at}@x.test,N${at} O${at},2000`);
  const matcher = open(await index(`account,mail,name,born\n${rows.join("\n")}\n`));
  expect(matcher.find(rows.slice(0, 200).join("\n")).findings.length).toBeGreaterThan(780);
  const { exceeded } = matcher.find(rows.join("\n").repeat(12));
  expect(exceeded).toEqual({ budget: "steps", max: limits.exactStepsMax });
});

test("folding is the same twice as once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (value) => {
      const { text } = canonical(value);
      expect(canonical(text).text).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [
    "a first line that is a row, without a value of it",
    "AB-1234-99,ada@engine.test,Ada Lovelace,x\n1,2,3,4\n",
    /^(?!.*(?:1234|ada|Ada))line 1: there is no column "account"; none of the 4 fields of this line/,
  ],
  ["a column that is not there", "a,mail,name,born\n1,2,3,4\n", /line 1: there is no column "account"/],
  ["a column twice", "account,account,mail,name,born\n1,1,2,3,4\n", /"account" stands twice/],
  ["no rows", "account,mail,name,born\n", /no row below/],
  ["a row that is cut", "account,mail,name,born\n1,2\n", /line 2/],
])("a table with %s makes no index", async (_, rows, says) => {
  await expect(index(rows)).rejects.toThrow(says);
});

test("the keyed hash is HMAC-SHA256, whatever the text", () => {
  const head = { kind: "exact", name: "x", key: keyring.current.id, salt: "s" };
  const own = new KeyedHash(head, keyring);
  const key = derivedKey(head, "hash", keyring);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      expect(own.digest(text)).toEqual(createHmac("sha256", key).update(text, "utf8").digest());
    }),
    { numRuns: 300 },
  );
});
