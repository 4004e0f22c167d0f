import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { limits } from "../../../protocol/limits.ts";
import { Keyring } from "../../vault/keyring.ts";
import { MasterKey } from "../../vault/masterkey.ts";
import { buildCollection, openCollection, revokeDocuments, writeCollection, type CollectionPlan } from "./collection.ts"; // prettier-ignore
import { DocumentCollections, findPassages } from "./collections.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));
const keyring = new Keyring(new MasterKey(randomBytes(32)));
const usual: CollectionPlan = { name: "plans", passage: 64, without: [], sharedBy: undefined };

/** Sentences that no two numbers share. */
function text(from: number, count: number): string {
  let whole = "";
  for (let at = from; at < from + count; at++) whole += `Clause ${at * 7919}: party ${(at * 104729) % 9973} shall pay ${(at * 31) % 997} by day ${at}. `; // prettier-ignore
  return whole;
}

let made = 0;
function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function collection(paths: readonly string[], plan: Partial<CollectionPlan> = {}): Promise<string> {
  const path = join(folder, `c${made++}.docs`);
  writeCollection(path, await buildCollection(paths, { ...usual, ...plan }, keyring), keyring);
  return path;
}

const find = (path: string, value: unknown) => findPassages(value, [openCollection(path, keyring).collection]).findings; // prettier-ignore

const plan = write("plan.txt", text(1, 80));
const offer = write("offer.txt", text(1_000, 80));

test("a passage of any of the documents is found in a value, and other texts are not", async () => {
  const path = await collection([plan, offer]);
  expect(find(path, { mail: `fyi: ${text(40, 5)}` })).toMatchObject([{ type: "document.plans", path: "/mail", likelihood: 5 }]); // prettier-ignore
  expect(find(path, text(1_010, 2))).toHaveLength(1);
  expect(find(path, text(5_000, 80))).toEqual([]);
});

test("a revoked document is found no more, another still is, and a name that is none is told", async () => {
  const path = await collection([plan, offer]);
  expect(revokeDocuments(path, ["plan.txt", "nobody"], keyring)).toEqual({ documents: 1, unknown: ["nobody"] }); // prettier-ignore
  expect(revokeDocuments(path, ["plan.txt"], keyring).documents).toBe(0);
  expect(find(path, text(40, 2))).toEqual([]);
  expect(find(path, text(1_040, 2))).toHaveLength(1);
});

test("of a template nothing is found, and the rest of a document with it is", async () => {
  const template = write("template.txt", text(300, 10));
  const filled = write("filled.txt", `${text(300, 10)} ${text(20, 20)}`);
  expect(find(await collection([filled]), text(302, 3))).toHaveLength(1);
  const path = await collection([filled], { without: [template] });
  expect(find(path, text(302, 3))).toEqual([]);
  expect(find(path, text(25, 3))).toHaveLength(1);
});

describe("no collection is made of", () => {
  test.each<readonly [string, string | Buffer, RegExp]>([
    ["an empty file", "", /has 0 letters and digits/],
    ["a text that is shorter than a passage", "Not much to say here.", /has 16 letters and digits, and the shortest passage that is found 64/],
    ["one character over and over", "a".repeat(200_000), /too few different letters/],
    ["bytes that are no UTF-8", Buffer.from([0x50, 0x4b, 0xff, 0xfe, 0xff]), /is no text in UTF-8/],
    ["bytes with nulls", Buffer.alloc(2_000), /is no text in UTF-8/],
  ])("%s", async (name, content, says) => {
    const path = write(name.replaceAll(" ", "-"), content);
    await expect(collection([plan, path])).rejects.toThrow(says);
  }); // prettier-ignore

  test("a file that is not there, a folder, a name twice, or a document that is all template", async () => {
    await expect(collection([join(folder, "nothing")])).rejects.toThrow(/is not there/);
    await expect(collection([folder])).rejects.toThrow(/is a folder/);
    await expect(collection([plan, plan])).rejects.toThrow(/two documents called plan\.txt/);
    await expect(collection([plan], { without: [plan] })).rejects.toThrow(/all of it is in --without/);
    const copy = write("copy.txt", text(1, 80));
    await expect(collection([plan, copy], { sharedBy: 2 })).rejects.toThrow(/all passages are in several/);
  });
});

test("the file shows no name of a document and no text, opens under its own key alone, and no byte can be changed", async () => {
  const path = await collection([plan]);
  const whole = readFileSync(path);
  expect(whole.toString("latin1")).not.toMatch(/plan\.txt|Clause/);
  expect(() => openCollection(path, new Keyring(new MasterKey(randomBytes(32))))).toThrow(/master key .* which is not here/); // prettier-ignore
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cuts) => {
      const changed = Buffer.from(cuts ? whole.subarray(0, at) : whole);
      if (!cuts) changed[at] = (changed[at] ?? 0) ^ flip;
      writeFileSync(`${path}.bad`, changed);
      expect(() => openCollection(`${path}.bad`, keyring)).toThrow(/is no index|was changed|master key/);
    }),
    { numRuns: 60 },
  ); // prettier-ignore
});

test("two collections of the same documents have no print in common", async () => {
  const [one, other] = [await collection([plan]), await collection([plan])];
  const of = (path: string) => {
    const { slots } = openCollection(path, keyring).collection.prints;
    return Array.from({ length: slots.length / 3 }, (_, at) => `${slots[at * 3]} ${slots[at * 3 + 1]}`).filter((each) => each !== "0 0"); // prettier-ignore
  };
  expect(of(one).filter((each) => of(other).includes(each))).toEqual([]);
});

test("a large document is compared in turns with the same outcome as at once, and passages are found wherever they stand", async () => {
  const collections = new DocumentCollections([await collection([plan, offer])], { keyring, notice: () => undefined }); // prettier-ignore
  try {
    await fc.assert(
      fc.asyncProperty(fc.nat(60_000), fc.nat(70), async (at, clause) => {
        const value = { head: text(9_000, 600).slice(0, at), body: [text(clause + 1, 2), text(7_000, 900)] };
        const { findings, exceeded } = await collections.findInTurns(value);
        expect(findings).toEqual(collections.find(value).findings);
        expect([exceeded, findings.some(({ path }) => path === "/body/0")]).toEqual([undefined, true]);
      }),
      { numRuns: 15 },
    );
  } finally {
    collections.close();
  }
});

test("more passages than a document may have findings are told as such", async () => {
  const collections = new DocumentCollections([await collection([plan])], { keyring, notice: () => undefined }); // prettier-ignore
  const passage = text(3, 3);
  const between = text(6_000, 4);
  const result = await collections.findInTurns(Array.from({ length: 2 * limits.dlpFindingsMax + 2 }, (_, at) => (at % 2 === 0 ? passage : between))); // prettier-ignore
  collections.close();
  expect(result.exceeded?.budget).toBe("findings");
  expect(result.findings).toHaveLength(limits.dlpFindingsMax);
}, 20_000);

test("a collection that has changed is opened anew, without a start", async () => {
  const path = await collection([plan]);
  const notices: string[] = [];
  const collections = new DocumentCollections([path], { keyring, notice: (each) => void notices.push(each) });
  try {
    expect(collections.find(text(1_010, 2)).findings).toEqual([]);
    writeCollection(path, await buildCollection([offer], usual, keyring), keyring);
    await vi.waitFor(() => expect(notices).toEqual([expect.stringMatching(/opened anew/)]), { timeout: 10_000 }); // prettier-ignore
    expect(collections.find(text(1_010, 2)).findings).toHaveLength(1);
  } finally {
    collections.close();
  }
}, 20_000);
