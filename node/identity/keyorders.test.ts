/** API keys as several nodes know them (keys.ts, K6). */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import "../../test/seed.ts";
import { limits } from "../../protocol/limits.ts";
import { KeyStore } from "./keys.ts";

const startAt = 1_800_000_000_000;
const folders: string[] = [];
afterEach(async () => {
  await saved(); // or the store writes into a folder that is gone, and makes it anew
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const pepper = randomBytes(32);
const faults: unknown[] = [];
const onFault = (fault: unknown): void => void faults.push(fault);

interface Node {
  readonly store: KeyStore;
  readonly path: string;
  readonly told: string[];
}

function open(path?: string): Node {
  const folder = path === undefined ? mkdtempSync(join(tmpdir(), "gatehouse-keys-")) : undefined;
  if (folder !== undefined) folders.push(folder);
  const at = path ?? join(folder ?? "", "keys.json");
  const store = KeyStore.open(at, () => now, { pepper, onFault });
  const told: string[] = [];
  const changed = (id: string): void => void told.push(id);
  store.changed = changed;
  return { store, path: at, told };
}
let now = startAt;
const saved = (): Promise<void> => new Promise((done) => setImmediate(done));
const wanted = { agent: "bob", personas: ["reader"] };
const tell = (from: Node, to: Node, id: string): string => to.store.merge(id, from.store.read(id) ?? "");

test("a key that is made at one node is good at another as soon as its row is known, and no row holds it", () => {
  const [one, other] = [open(), open()];
  const { key, row } = one.store.create(wanted);
  expect(one.told).toEqual([row.id]);
  expect(one.store.read(row.id)).not.toContain(key.split("_")[2]);
  expect(other.store.verify(key, now)).toBeUndefined();
  expect(tell(one, other, row.id)).toBe("taken");
  expect(other.store.verify(key, now)).toMatchObject({ agent: "bob", id: row.id });
});

test("a revocation is known for good: no older word, no restart and no bad file brings the key back", async () => {
  const [one, other] = [open(), open()];
  const { key, row } = one.store.create(wanted);
  const early = one.store.read(row.id) ?? "";
  tell(one, other, row.id);
  other.store.revoke(row.id);
  expect(other.told).toEqual([row.id]);
  tell(other, one, row.id);
  expect(one.store.judge(key, now)).toBe("key.revoked");
  expect(one.store.merge(row.id, early)).toBe("taken");
  expect(one.store.judge(key, now)).toBe("key.revoked");
  await saved();
  const again = open(one.path);
  expect(again.store.judge(key, now)).toBe("key.revoked");
  writeFileSync(one.path, "{", { mode: 0o600 });
  now += limits.keyReloadMs;
  expect(again.store.judge(key, now)).toBe("key.unknown");
  writeFileSync(one.path, '{"v":1,"keys":[]}', { mode: 0o600 });
  now += limits.keyReloadMs;
  expect(again.store.judge(key, now)).toBe("key.revoked");
  expect(faults).toEqual([]);
});

test("in whatever order what several nodes did comes to another, it ends with the earliest end of each key", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2), fc.boolean(), fc.nat(1_000)), { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (acts, order) => {
        // prettier-ignore
        now = startAt;
        const made = open();
        const { row } = made.store.create(wanted);
        const nodes = [open(), open(), open()];
        for (const node of nodes) tell(made, node, row.id);
        const texts = [made.store.read(row.id) ?? ""];
        for (const [at, isRotation, ms] of acts) {
          now += ms;
          const { store } = nodes[at] as Node;
          try {
            if (isRotation) store.rotate(row.id);
            else store.revoke(row.id);
          } catch {
            // It is rotated, or revoked, already.
          }
          texts.push(store.read(row.id) ?? "");
        }
        const last = open();
        for (const at of [...order.map((each) => each % texts.length), ...texts.keys()])
          expect(last.store.merge(row.id, texts[at] ?? "")).toBe("taken");
        const rows = texts.map(
          (text) => (JSON.parse(text) as { key: { expires: number; revoked?: number } }).key,
        );
        const [known] = last.store.list();
        expect(known?.expires).toBe(Math.min(...rows.map(({ expires }) => expires)));
        const ends = rows.flatMap(({ revoked }) => revoked ?? []);
        expect(known?.revoked).toBe(ends.length === 0 ? undefined : Math.min(...ends));
      },
    ),
    { numRuns: 40 },
  );
  now = startAt;
});

test("a key of a time when its node was alone is good there as before, and can be revoked at every node", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-keys-"));
  folders.push(folder);
  const path = join(folder, "keys.json");
  const { key, row } = KeyStore.open(path, () => now).create(wanted);
  const [own, other] = [open(path), open()];
  expect(own.store.verify(key, now)).toMatchObject({ id: row.id });
  expect(tell(own, other, row.id)).toBe("taken");
  // It does not have the pepper, and no way to judge it.
  expect(other.store.judge(key, now)).toBe("key.unknown");
  expect(other.store.revoke(row.id)).toBe(true);
  tell(other, own, row.id);
  expect(own.store.judge(key, now)).toBe("key.revoked");
});

test("another key under a known id, a row that is none, and one of a newer version change nothing", () => {
  const [one, other] = [open(), open()];
  const { key, row } = one.store.create(wanted);
  const text = one.store.read(row.id) ?? "";
  const changed = JSON.stringify({
    v: 1,
    key: { ...(JSON.parse(text) as { key: object }).key, agent: "eve" },
  });
  expect(one.store.merge(row.id, changed)).toBe("strange");
  expect(one.store.verify(key, now)).toMatchObject({ agent: "bob" });
  expect(other.store.merge("AAAAAAAAAAAA", text)).toBe("strange");
  expect(other.store.merge(row.id, "{}")).toBe("strange");
  expect(other.store.merge(row.id, '{"v":2}')).toBe("unheld");
  expect(other.store.list()).toEqual([]);
});

test("a revocation holds also where a node's file was changed by hand, and both end with one row", async () => {
  for (const change of [{ personas: ["writer"] }, { agent: "eve" }, { created: startAt + 1 }]) {
    const [one, first] = [open(), open()];
    const { key, row } = one.store.create({ ...wanted, personas: ["reader", "writer"] });
    tell(one, first, row.id);
    await saved();
    const file = JSON.parse(readFileSync(first.path, "utf8")) as { keys: object[] };
    const keys = file.keys.map((each) => ({ ...each, ...change }));
    writeFileSync(first.path, JSON.stringify({ ...file, keys }), { mode: 0o600 });
    const other = open(first.path);
    expect(tell(one, other, row.id)).toBe("strange");
    expect(other.store.verify(key, now)).toMatchObject({ id: row.id });
    one.store.revoke(row.id);
    expect(tell(one, other, row.id)).toBe("taken");
    expect(other.store.judge(key, now)).toBe("key.revoked");
    // Else each would write its own over the other's in the store, for ever.
    expect(tell(other, one, row.id)).toBe("taken");
    expect(tell(one, other, row.id)).toBe("taken");
    expect(one.store.read(row.id)).toBe(other.store.read(row.id));
    await saved();
    expect(open(other.path).store.judge(key, now)).toBe("key.revoked");
  }
  expect(faults).toEqual([]);
});

test("a key that ended long ago is not taken in again", () => {
  const [one, other] = [open(), open()];
  const { row } = one.store.create({ ...wanted, lifeMs: 1 });
  now += limits.keyLifeMsMax + 10;
  expect(tell(one, other, row.id)).toBe("taken");
  expect(other.store.list()).toEqual([]);
  now = startAt;
});
