import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { openEnvelope, rewrapEnvelope, sealEnvelope } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { EnvelopeFolder } from "./envelopestore.ts";
import { Keyring } from "./keyring.ts";
import { MasterKey } from "./masterkey.ts";
import { openVault } from "./opening.ts";
import { reveal, Secret, SecretFault } from "./secret.ts";
import { Vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "gatehouse-vault-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, String(++folders));
const newKey = (): MasterKey => new MasterKey(randomBytes(32));
const about = { tenant: "default", name: "crm" };
const newSecret = (): Secret => new Secret(randomBytes(18).toString("base64url"));

function faultOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (fault) {
    if (!(fault instanceof SecretFault)) throw fault;
    return fault.message;
  }
}

describe("a master key", () => {
  test("is read from base64, base64url and hex, and has one name however it is written", () => {
    const bytes = randomBytes(32);
    const texts = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex"), bytes.toString("hex").toUpperCase()]; // prettier-ignore
    const ids = texts.map((text) => MasterKey.read(new Secret(text), "vault.key").id);
    expect(new Set(ids)).toEqual(new Set([new MasterKey(bytes).id]));
  });

  test.each([
    "",
    "short",
    randomBytes(31).toString("base64"),
    randomBytes(33).toString("hex"),
    `${randomBytes(32).toString("base64")}!`,
  ])("of another length or spelling is refused, and the message holds nothing of it", (text) => {
    const says = faultOf(() => MasterKey.read(new Secret(text), "vault.key"));
    expect(says).toMatch(/vault\.key.*openssl rand/);
    expect(says).not.toContain(text.slice(0, 6).padEnd(6, "*"));
  });

  test("gives another key for another tenant, purpose and length, and the same for the same", () => {
    const key = newKey();
    const derived = [key.derive("a", "x", 32), key.derive("b", "x", 32), key.derive("a", "y", 32), newKey().derive("a", "x", 32)]; // prettier-ignore
    expect(new Set(derived.map((each) => each.toString("hex"))).size).toBe(4);
    expect(key.derive("a", "x", 32)).toEqual(key.derive("a", "x", 32));
  });
});

describe("an envelope", () => {
  test("opens to what was sealed, and holds no part of it", () => {
    const keyring = new Keyring(newKey());
    fc.assert(
      fc.property(fc.string({ minLength: 8, unit: "binary" }), (value) => {
        const text = Buffer.from(value.toWellFormed()).toString("base64");
        const envelope = sealEnvelope(new Secret(text), about, keyring, 1);
        expect(JSON.stringify(envelope)).not.toContain(text);
        expect(reveal(openEnvelope(envelope, about, keyring))).toBe(text);
      }),
    );
  });

  test("does not open for another tenant or name, nor with any bit changed", () => {
    const keyring = new Keyring(newKey());
    const envelope = sealEnvelope(newSecret(), about, keyring, 1);
    const flipped = (field: "wrapped" | "sealed", at: number): Envelope => {
      const bytes = Buffer.from(envelope[field], "base64url");
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
      return { ...envelope, [field]: bytes.toString("base64url") };
    };
    for (const other of [
      { ...about, tenant: "other" },
      { ...about, name: "crn" },
    ])
      expect(faultOf(() => openEnvelope(envelope, other, keyring))).toMatch(
        /damaged, or was made for another name/,
      );
    for (let at = 0; at < 80; at++)
      for (const field of ["wrapped", "sealed"] as const)
        expect(faultOf(() => openEnvelope(flipped(field, at), about, keyring))).toMatch(/damaged/);
    for (const field of ["wrapped", "sealed"] as const)
      expect(faultOf(() => openEnvelope({ ...envelope, [field]: "AAAA" }, about, keyring))).toMatch(
        /damaged/,
      );
  });

  test("is rewrapped under a new key without a change of what is sealed, and opens then without the old one", () => {
    const [old, next] = [newKey(), newKey()];
    const secret = newSecret();
    const envelope = sealEnvelope(secret, about, new Keyring(old), 7);
    const moved = rewrapEnvelope(envelope, about, new Keyring(next, [old]));
    expect(moved).toMatchObject({ at: 7, key: next.id, sealed: envelope.sealed });
    expect(reveal(openEnvelope(moved, about, new Keyring(next)))).toBe(reveal(secret));
    expect(faultOf(() => openEnvelope(envelope, about, new Keyring(next)))).toContain(
      `under the key ${old.id}`,
    );
  });
});

describe("the folder of envelopes", () => {
  test("that others can read is refused", () => {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    expect(faultOf(() => new EnvelopeFolder(folder))).toContain("chmod 700");
  });

  test("keeps files for their owner alone, and leaves no half of one", () => {
    const folder = newFolder();
    const vault = new Vault(new Keyring(newKey()), new EnvelopeFolder(folder), () => 5);
    vault.put("crm", newSecret());
    expect(readdirSync(join(folder, "default"))).toEqual(["crm.json"]);
  });

  test("takes no name for a path", () => {
    const store = new EnvelopeFolder(newFolder());
    for (const name of ["../x", "a/b", "", ".", "A", "a\0"])
      expect(faultOf(() => store.read({ tenant: "default", name }))).toContain("1 to 64 characters");
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another shape", '{"v":1}'],
    [
      "more than an envelope has",
      JSON.stringify({ v: 1, at: 1, key: "AAAAAAAA", wrapped: "A", sealed: "A", more: 1 }),
    ],
    ["too much", `"${"A".repeat(limits.vaultEnvelopeBytesMax)}"`],
  ])("says which file it is that holds %s", (_, content) => {
    const folder = newFolder();
    const store = new EnvelopeFolder(folder);
    mkdirSync(join(folder, "default"));
    writeFileSync(join(folder, "default", "crm.json"), content);
    expect(faultOf(() => store.read(about))).toMatch(/default\/crm\.json is not an envelope/);
  });
});

describe("the vault", () => {
  const vaultIn = (folder: string, keyring: Keyring): Vault =>
    new Vault(keyring, new EnvelopeFolder(folder), () => 9);

  test("gives back what was put, after a restart too, and lists names without values", () => {
    const [folder, keyring, secret] = [newFolder(), new Keyring(newKey()), newSecret()];
    expect(vaultIn(folder, keyring).put("crm", newSecret())).toBe(false);
    expect(vaultIn(folder, keyring).put("crm", secret)).toBe(true);
    const vault = vaultIn(folder, keyring);
    expect(reveal(vault.get("crm"))).toBe(reveal(secret));
    expect(vault.list()).toEqual([{ name: "crm", key: keyring.current.id, at: 9 }]);
    expect(readFileSync(join(folder, "default", "crm.json"), "utf8")).not.toContain(reveal(secret));
    expect([vault.remove("crm"), vault.remove("crm")]).toEqual([true, false]);
    expect(faultOf(() => vault.get("crm"))).toContain("gatehouse vault put crm");
  });

  test("rotates: retired keys open, what is rewrapped needs them no more, what does not open is named", () => {
    const [folder, old, next] = [newFolder(), newKey(), newKey()];
    const secrets = [newSecret(), newSecret()];
    for (const [at, secret] of secrets.entries()) vaultIn(folder, new Keyring(old)).put(`s${at}`, secret);
    const lost = newKey();
    vaultIn(folder, new Keyring(lost)).put("s2", newSecret());
    const vault = vaultIn(folder, new Keyring(next, [old]));
    expect(reveal(vault.get("s0"))).toBe(reveal(secrets[0] ?? newSecret()));
    expect(vault.status().keys).toEqual([
      { id: next.id, state: "in force", secrets: 0 },
      { id: old.id, state: "retired", secrets: 2 },
      { id: lost.id, state: "missing", secrets: 1 },
    ]);
    expect(vault.rewrap()).toEqual({ moved: 2, failed: ["s2"] });
    expect(vault.rewrap()).toEqual({ moved: 0, failed: ["s2"] });
    expect(reveal(vaultIn(folder, new Keyring(next)).get("s1"))).toBe(reveal(secrets[1] ?? newSecret()));
  });

  test("opened from settings makes its own key, and still opens what stood under it when one is configured", () => {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o700 });
    const own = randomBytes(32);
    const data = { key: () => own, file: (name: string) => join(folder, name) };
    const around = { env: { NEXT: randomBytes(32).toString("base64"), OWN: own.toString("base64") }, folder };
    const open = (vault: { key?: string; retired: string[] }): Vault =>
      openVault({ vault }, data, around, () => 1);
    const secret = newSecret();
    open({ retired: [] }).put("crm", secret);
    for (const settings of [
      { retired: [] },
      { key: "env:NEXT", retired: [] },
      { key: "env:NEXT", retired: ["env:OWN"] },
      { key: "env:OWN", retired: [] },
    ])
      // prettier-ignore
      expect(reveal(open(settings).get("crm"))).toBe(reveal(secret));
    expect(faultOf(() => open({ key: "env:NEXT", retired: ["env:NEXT"] }))).toContain("twice");
    expect(faultOf(() => open({ key: "vault:crm", retired: [] }))).toContain("cannot come from the vault");
  });
});

test("a keyed hash is the same for the same text, and no other for another key, tenant or purpose", () => {
  const key = newKey();
  const hash = new Keyring(key).hasher("default", "facts", 12);
  expect(hash("a")).toHaveLength(12);
  expect(hash("a")).toEqual(new Keyring(key).hasher("default", "facts", 12)("a"));
  const others = [new Keyring(key).hasher("other", "facts", 12), new Keyring(key).hasher("default", "index", 12), new Keyring(newKey()).hasher("default", "facts", 12)]; // prettier-ignore
  for (const other of others) expect(other("a")).not.toEqual(hash("a"));
});
