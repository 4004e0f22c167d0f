import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rowsOf } from "../../../actors/dlp/rows.ts";
import { limits } from "../../../protocol/limits.ts";
import { Keyring } from "../../vault/keyring.ts";
import { MasterKey } from "../../vault/masterkey.ts";
import { buildIndex, revokeRows, writeIndex } from "./exactindex.ts";
import { ExactIndices } from "./indices.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-indices-"));
const keyring = new Keyring(new MasterKey(randomBytes(32)));
const path = join(folder, "people.edm");
const notices: string[] = [];
let indices: ExactIndices;

async function write(rows: string, name = "people"): Promise<void> {
  writeFileSync(join(folder, "people.csv"), `account,name\n${rows}`);
  const plan = { name, keys: ["account"], others: ["name"], atLeast: 2, within: 300, delimiter: "," } as const; // prettier-ignore
  writeIndex(path, await buildIndex(join(folder, "people.csv"), plan, keyring), keyring);
}

beforeAll(async () => {
  await write("AB-1234-99,Ada Lovelace\n");
  indices = new ExactIndices([path], { keyring, notice: (text) => void notices.push(text) });
});
afterAll(() => {
  indices.close();
  rmSync(folder, { recursive: true });
});

const row = [{ type: "edm.people", likelihood: 5, path: "/who/name", start: 0, end: 12, isPart: true }, { type: "edm.people", likelihood: 5, path: "/who/account", start: 0, end: 10 }]; // prettier-ignore

test("a row that is spread over the members of a value is found, each cell in its place", () => {
  expect(indices.find({ who: { name: "Ada Lovelace", account: "AB-1234-99" } }).findings).toEqual(row);
});

test("a row in a large document is found once, wherever it stands", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40_000), fc.nat(250), async (at, between) => {
      const record = `Ada Lovelace${" x".repeat(between >> 1)} AB-1234-99`;
      const text = `${"word ".repeat(at / 5)}${record}${" word".repeat(6000)}`;
      const { findings, exceeded } = await indices.findInTurns({ text });
      expect(findings.map(({ start, end }) => text.slice(start, end))).toEqual(["Ada Lovelace", "AB-1234-99"]); // prettier-ignore
      expect(exceeded).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

test("more findings than a document may have are told as such", async () => {
  const text = `Ada Lovelace AB-1234-99${" ".repeat(320)}`.repeat(limits.dlpFindingsMax / 2 + 10);
  const { findings, exceeded } = await indices.findInTurns({ text });
  expect([findings.length, exceeded?.budget]).toEqual([limits.dlpFindingsMax, "findings"]);
});

test("what is too deep to be looked up says so", () => {
  let deep: unknown = "x";
  for (let at = 0; at <= limits.dlpDepthMax; at++) deep = [deep];
  expect(indices.find(deep).exceeded).toBeDefined();
});

test("an index that has changed is opened anew; one that was broken stays as it was, and that is said", async () => {
  await write("AB-1234-99,Ada Lovelace\nCD-77-88,Mary Somerville\n");
  await vi.waitFor(() => expect(notices).toEqual([expect.stringMatching(/opened anew/)]), {
    timeout: 10_000,
  });
  expect(indices.find("Mary Somerville CD-77-88").findings).toHaveLength(2);
  writeFileSync(path, "broken");
  await vi.waitFor(() => expect(notices[1]).toMatch(/stays in force: .*no index of this program/), { timeout: 10_000 }); // prettier-ignore
  expect(indices.find("Mary Somerville CD-77-88").findings).toHaveLength(2);
}, 30_000);

test("an index of another name does not take the place of one: what it finds would be called otherwise, and no role would know it", async () => {
  const told = notices.length;
  await write("EF-99-01,Katherine Johnson\n", "strangers");
  await vi.waitFor(() => expect(notices[told]).toMatch(/stays in force: it is called strangers and not people/), { timeout: 10_000 }); // prettier-ignore
  expect(indices.find("Mary Somerville CD-77-88").findings[0]?.type).toBe("edm.people");
  expect(indices.find("Katherine Johnson EF-99-01").findings).toEqual([]);
});

test("a row counts once, whatever cells of it were found, and two rows twice", async () => {
  const counted = (value: unknown) => rowsOf(indices.find(value).findings, () => undefined, 3).rows.map(({ type, count }) => `${type} ${count}`); // prettier-ignore
  await write("AB-1234-99,Ada Lovelace\nCD-5678-11,Grace Hopper\n");
  await vi.waitFor(() => expect(counted({ a: "Grace Hopper CD-5678-11" })).toEqual(["edm.people 1"]), 10_000);
  expect(counted({ a: "Ada Lovelace AB-1234-99, again Ada Lovelace AB-1234-99" })).toEqual(["edm.people 1"]);
  expect(counted({ a: "Ada Lovelace AB-1234-99", b: "Grace Hopper CD-5678-11" })).toEqual(["edm.people 2"]);
});

test("an index has the same identity wherever it lies, and another one once a row of it is revoked, or it is made anew", async () => {
  const identityAt = (at: string): readonly string[] => {
    const own = new ExactIndices([at], { keyring, notice: () => undefined });
    own.close();
    return own.identities;
  };
  const copy = join(folder, "copy.edm");
  copyFileSync(path, copy);
  const before = identityAt(path);
  expect(identityAt(copy)).toEqual(before);
  for (const each of [path, copy]) revokeRows(each, ["AB-1234-99"], keyring);
  const revoked = identityAt(path);
  expect(revoked).not.toEqual(before);
  // Each was sealed by itself: the files differ, and what they say does not.
  expect(readFileSync(`${path}.revoked`)).not.toEqual(readFileSync(`${copy}.revoked`));
  expect(identityAt(copy)).toEqual(revoked);
  await write("AB-1234-99,Ada Lovelace\n");
  expect(identityAt(path)).not.toEqual(before);
});
