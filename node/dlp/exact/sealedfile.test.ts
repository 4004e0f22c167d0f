import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Keyring } from "../../vault/keyring.ts";
import { MasterKey } from "../../vault/masterkey.ts";
import { SecretFault } from "../../vault/secret.ts";
import { headIn, readSealed, writeSealed } from "./sealedfile.ts";

const keyring = new Keyring(new MasterKey(randomBytes(32)));
const folder = mkdtempSync(join(tmpdir(), "gatehouse-sealed-"));
const path = join(folder, "damaged.edm");
let whole: Buffer;

beforeAll(() => {
  writeSealed(path, { kind: "exact", name: "c", key: keyring.current.id, salt: "s" }, [randomBytes(64)], keyring); // prettier-ignore
  whole = readFileSync(path);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function opens(at: string): void {
  readSealed(at, "exact", keyring);
}

test("a file that was cut anywhere, or changed anywhere, is refused with words for its operator", () => {
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(() => opens(path), `cut at ${length}`).toThrow(SecretFault);
    expect(() => headIn(path)?.kind, `cut at ${length}`).not.toThrow();
    const changed = Buffer.from(whole);
    changed[length] = (changed[length] ?? 0) ^ 0xff;
    writeFileSync(path, changed);
    expect(() => opens(path), `changed at ${length}`).toThrow(SecretFault);
    expect(() => headIn(path)?.kind, `changed at ${length}`).not.toThrow();
  }
});

test("a folder in its place, and a file that is mostly hole, are refused with words for its operator", () => {
  expect(() => opens(folder)).toThrow(SecretFault);
  expect(headIn(folder)?.kind).toBeUndefined();
  writeFileSync(path, whole);
  truncateSync(path, 6e12);
  expect(() => opens(path)).toThrow(SecretFault);
});
