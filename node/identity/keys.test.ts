import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { readKey, writeKey } from "./key.ts";
import { KeyStore } from "./keys.ts";

const day = 86_400_000;
let folder: string;
let path: string;
let now: number;
const clock = (): number => now;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-keys-"));
  path = join(folder, "keys.json");
  now = 1_800_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const secretOf = (key: string): string => {
  const parts = readKey(key);
  if (typeof parts === "string") throw new Error(parts);
  return parts.secret;
};
const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (fault) {
    return fault instanceof GatewayError ? fault.code : String(fault);
  }
};

describe("a key", () => {
  test("gives its row's principal, the same object each time", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({
      agent: "ci-bot",
      user: "ann",
      tenant: "acme",
      personas: ["support", "s/files"],
    });
    const principal = store.verify(key, now);
    expect(principal).toEqual({
      tenant: "acme",
      agent: "ci-bot",
      user: "ann",
      by: "key",
      id: row.id,
      expires: now + limits.keyLifeMsMax,
      issuer: undefined,
      personas: ["support", "s/files"],
      audience: undefined,
    });
    expect(store.verify(key, now + 5000)).toBe(principal);
    expect(Object.isFrozen(principal) && Object.isFrozen(principal?.personas)).toBe(true);
  });

  test("is refused with one character changed, and so are another's secret, an unknown id and no key at all", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({ agent: "a", personas: ["p"] });
    const { key: other } = store.create({ agent: "b", personas: ["p"] });
    expect(store.judge(writeKey(row.id, secretOf(other)), now)).toBe("key.secret");
    expect(store.judge(writeKey("000000000000", secretOf(key)), now)).toBe("key.unknown");
    const last = key.endsWith("0") ? "1" : "0";
    expect(store.judge(key.slice(0, -1) + last, now)).toBe("key.check");
    expect(store.judge("", now)).toBe("key.syntax");
    expect(store.verify("", now)).toBeUndefined();
  });

  test("ends at its expiry to the millisecond, and at 90 days at the latest", () => {
    const store = KeyStore.open(path, clock);
    const { key } = store.create({ agent: "a", personas: ["p"], lifeMs: 1000 });
    expect(store.judge(key, now + 999)).toBeTypeOf("object");
    expect(store.judge(key, now + 1000)).toBe("key.expired");
    expect(codeOf(() => store.create({ agent: "a", personas: ["p"], lifeMs: 90 * day + 1 }))).toBe(
      "PARAMS_INVALID",
    );
  });

  test("ends when it is revoked, once", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({ agent: "a", personas: ["p"] });
    expect(store.size).toBe(1);
    expect(store.revoke(row.id)).toBe(true);
    expect(store.judge(key, now)).toBe("key.revoked");
    expect(store.revoke(row.id)).toBe(false);
    expect(store.revoke("000000000000")).toBe(false);
    expect(store.size).toBe(0);
    expect(KeyStore.open(path, clock).judge(key, now)).toBe("key.revoked");
  });

  test("is revoked in memory even if the disk fails", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({ agent: "a", personas: ["p"] });
    // A folder in the draft's place cannot be replaced by a file, not even by root.
    mkdirSync(`${path}.draft`);
    writeFileSync(join(`${path}.draft`, "x"), "");
    expect(codeOf(() => store.revoke(row.id))).toBeDefined();
    expect(store.judge(key, now + 5000)).toBe("key.revoked");
    expect(codeOf(() => store.create({ agent: "b", personas: ["p"] }))).toBeDefined();
    expect(store.list()).toHaveLength(1);
  });

  test("rotated, works beside its successor for a day; both are the same session's", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({
      agent: "a",
      user: "u",
      tenant: "t",
      personas: ["p", "s/x"],
      lifeMs: 30 * day,
    });
    const before = store.verify(key, now);
    now += 20 * day;
    const next = store.rotate(row.id);
    expect(next.row).toMatchObject({
      agent: "a",
      user: "u",
      tenant: "t",
      personas: ["p", "s/x"],
      replaces: row.id,
    });
    expect(next.row.expires).toBe(now + 30 * day);
    const { id: _id, expires: _expires, ...same } = store.verify(next.key, now) ?? { id: "", expires: 0 };
    expect(store.verify(key, now)).toMatchObject(same);
    // A stream opened before the rotation is not cut off by it.
    expect(before !== undefined && store.isCurrent(before, now)).toBe(true);
    expect(store.judge(key, now + limits.keyOverlapMs - 1)).toBeTypeOf("object");
    expect(store.judge(key, now + limits.keyOverlapMs)).toBe("key.expired");
    expect(before !== undefined && store.isCurrent(before, now + limits.keyOverlapMs)).toBe(false);
    expect(store.judge(next.key, now + limits.keyOverlapMs)).toBeTypeOf("object");
  });

  test("is rotated once: its successor is named, and neither loses its length of life", () => {
    const store = KeyStore.open(path, clock);
    const { row } = store.create({ agent: "a", personas: ["p"], lifeMs: 30 * day });
    const next = store.rotate(row.id);
    const said = `already rotated to ${next.row.id}`;
    expect(() => store.rotate(row.id)).toThrow(said);
    expect(() => KeyStore.open(path, clock).rotate(row.id)).toThrow(said);
    expect(store.rotate(next.row.id).row).toMatchObject({ expires: now + 30 * day });
  });

  test("is rotated again when its successor was revoked, with the length of life it was made with", () => {
    const store = KeyStore.open(path, clock);
    const { row } = store.create({ agent: "a", personas: ["p"], lifeMs: 30 * day });
    store.revoke(store.rotate(row.id).row.id);
    now += 1000;
    expect(store.rotate(row.id).row.expires).toBe(now + 30 * day);
  });

  test("that is revoked, expired or unknown is not rotated, and rotation never prolongs the old one", () => {
    const store = KeyStore.open(path, clock);
    const revoked = store.create({ agent: "a", personas: ["p"] });
    store.revoke(revoked.row.id);
    const short = store.create({ agent: "a", personas: ["p"], lifeMs: 1000 });
    store.rotate(short.row.id);
    expect(store.judge(short.key, now + 1000)).toBe("key.expired");
    now += 1000;
    for (const id of [revoked.row.id, short.row.id, "000000000000"])
      expect(codeOf(() => store.rotate(id))).toBe("PARAMS_INVALID");
  });
});

describe("creating refuses", () => {
  test.each<[string, object]>([
    ["an empty agent", { agent: "" }],
    ["an agent with a space, which could pass for an issuer's", { agent: "client https://idp.example" }],
    ["an agent with a line break", { agent: "a\nb" }],
    ["half a surrogate pair", { agent: "\ud800" }],
    ["257 characters", { agent: "a".repeat(257) }],
    ["an empty user", { user: "" }],
    ["a tenant in capitals", { tenant: "Acme" }],
    ["a tenant with a slash", { tenant: "a/b" }],
    ["no endpoint", { personas: [] }],
    ["65 endpoints", { personas: Array.from({ length: 65 }, (_, n) => `p${n}`) }],
    ["a wildcard", { personas: ["*"] }],
    ["a path", { personas: ["../p"] }],
    ["a server without a name", { personas: ["s/"] }],
    ["a nested entry", { personas: ["s/a/b"] }],
    ["no life", { lifeMs: 0 }],
    ["a life that is no number", { lifeMs: Number.NaN }],
    ["an endless life", { lifeMs: Number.POSITIVE_INFINITY }],
  ])("%s", (_, wrong) => {
    const store = KeyStore.open(path, clock);
    expect(codeOf(() => store.create({ agent: "a", personas: ["p"], ...wrong }))).toBe("PARAMS_INVALID");
    expect(store.list()).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });
});

describe("on the disk", () => {
  test("there is no secret, and the files are the owner's alone, whatever the umask", () => {
    const before = process.umask(0);
    try {
      const store = KeyStore.open(path, clock);
      const { key } = store.create({ agent: "a", personas: ["p"] });
      for (const file of readdirSync(folder)) {
        expect(readFileSync(join(folder, file), "utf8")).not.toContain(secretOf(key));
        expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
      }
      expect(readdirSync(folder).sort()).toEqual(["keys.json", "keys.json.pepper"]);
    } finally {
      process.umask(before);
    }
  });

  test("a new store reads what the old one wrote", () => {
    const { key, row } = KeyStore.open(path, clock).create({ agent: "a", personas: ["p"] });
    const store = KeyStore.open(path, clock);
    expect(store.verify(key, now)?.agent).toBe("a");
    expect(store.list()).toEqual([row]);
  });

  test.each([0o640, 0o604, 0o620, 0o602, 0o666])(
    "mode %o is refused at the start, for rows and pepper",
    (mode) => {
      KeyStore.open(path, clock).create({ agent: "a", personas: ["p"] });
      for (const file of [path, `${path}.pepper`]) {
        chmodSync(file, mode);
        expect(() => KeyStore.open(path, clock)).toThrow(/chmod 600/);
        chmodSync(file, 0o600);
      }
      expect(KeyStore.open(path, clock).size).toBe(1);
    },
  );

  test("a link, a folder and an oversized file are refused", () => {
    writeFileSync(join(folder, "real"), '{"v":1,"keys":[]}', { mode: 0o600 });
    symlinkSync(join(folder, "real"), path);
    expect(codeOf(() => KeyStore.open(path, clock))).toBe("CONFIGURATION");
    rmSync(path);
    mkdirSync(path, { mode: 0o700 });
    expect(codeOf(() => KeyStore.open(path, clock))).toBe("CONFIGURATION");
    rmSync(path, { recursive: true });
    writeFileSync(path, " ".repeat(limits.keyFileBytesMax + 1), { mode: 0o600 });
    expect(() => KeyStore.open(path, clock)).toThrow(/larger/);
  });

  test("a row with any field wrong, missing or added is refused and named", () => {
    KeyStore.open(path, clock).create({ agent: "a", personas: ["p"] });
    const { keys } = JSON.parse(readFileSync(path, "utf8")) as { keys: Record<string, unknown>[] };
    const wrong: Record<string, unknown>[] = [
      { id: "short" }, { hash: "" }, { hash: undefined }, { agent: "a b" }, { agent: undefined }, { user: 1 }, { tenant: "A" },
      { personas: ["*"] }, { personas: [] }, { created: -1 }, { expires: now + 91 * day }, { revoked: "yes" }, { admin: true },
    ]; // prettier-ignore
    for (const change of wrong) {
      writeFileSync(path, JSON.stringify({ v: 1, keys: [{ ...keys[0], ...change }] }), { mode: 0o600 });
      const field = Object.keys(change)[0] ?? "";
      expect(() => KeyStore.open(path, clock)).toThrow(
        field === "admin" ? /keys\.0.*admin/ : `keys.0.${field}`,
      );
    }
    for (const text of [
      "",
      "{",
      "[]",
      '{"v":2,"keys":[]}',
      JSON.stringify({ v: 1, keys: [keys[0], keys[0]] }),
    ]) {
      writeFileSync(path, text, { mode: 0o600 });
      expect(codeOf(() => KeyStore.open(path, clock))).toBe("CONFIGURATION");
    }
  });

  test("keys without their pepper, and a pepper that somebody made up, are refused (A15)", () => {
    KeyStore.open(path, clock).create({ agent: "a", personas: ["p"] });
    for (const weak of [
      "A".repeat(43),
      "changeme",
      "",
      Buffer.from("0123456789abcdef".repeat(2)).toString("base64url").replace(/./g, "Q"),
    ]) {
      writeFileSync(`${path}.pepper`, weak, { mode: 0o600 });
      expect(() => KeyStore.open(path, clock)).toThrow(/random pepper/);
    }
    rmSync(`${path}.pepper`);
    expect(() => KeyStore.open(path, clock)).toThrow(/is missing/);
  });

  test("a file that another installation's pepper made opens nothing", () => {
    const { key } = KeyStore.open(path, clock).create({ agent: "a", personas: ["p"] });
    const other = join(folder, "other.json");
    KeyStore.open(other, clock).create({ agent: "b", personas: ["p"] });
    writeFileSync(other, readFileSync(path), { mode: 0o600 });
    expect(KeyStore.open(other, clock).judge(key, now)).toBe("key.secret");
  });
});

describe("a file that changes while the node runs", () => {
  test("is read again within a second, and unchanged rows keep their principals", () => {
    const store = KeyStore.open(path, clock);
    const mine = store.create({ agent: "a", personas: ["p"] });
    const principal = store.verify(mine.key, now);
    const other = KeyStore.open(path, clock);
    const theirs = other.create({ agent: "b", personas: ["p"] });
    expect(store.judge(theirs.key, now)).toBe("key.unknown");
    now += limits.keyReloadMs;
    expect(store.verify(theirs.key, now)?.agent).toBe("b");
    expect(store.verify(mine.key, now)).toBe(principal);
    other.revoke(mine.row.id);
    now += limits.keyReloadMs;
    expect(store.judge(mine.key, now)).toBe("key.revoked");
    expect(principal !== undefined && store.isCurrent(principal, now)).toBe(false);
  });

  test("is taken into account before a row is added or revoked", () => {
    const [one, two] = [KeyStore.open(path, clock), KeyStore.open(path, clock)];
    const first = one.create({ agent: "a", personas: ["p"] });
    const second = two.create({ agent: "b", personas: ["p"] });
    expect(one.revoke(second.row.id)).toBe(true);
    expect(
      KeyStore.open(path, clock)
        .list()
        .map(({ id }) => id),
    ).toEqual([first.row.id, second.row.id]);
  });

  test("and cannot be trusted any more opens nothing until it is mended", () => {
    const store = KeyStore.open(path, clock);
    const { key, row } = store.create({ agent: "a", personas: ["p"] });
    const whole = readFileSync(path);
    const breakings: readonly (() => void)[] = [
      () => chmodSync(path, 0o644),
      () => writeFileSync(path, "{"),
      () => rmSync(`${path}.pepper`),
    ];
    const pepper = readFileSync(`${path}.pepper`);
    for (const spoil of breakings) {
      spoil();
      // So that the file differs whatever the resolution of its time.
      if (existsSync(`${path}.pepper`)) appendSpace(path);
      else writeFileSync(path, Buffer.concat([whole, Buffer.from(" ")]), { mode: 0o600 });
      now += limits.keyReloadMs;
      expect(store.judge(key, now)).toBe("key.unknown");
      expect(store.fault?.code).toBe("CONFIGURATION");
      expect(codeOf(() => store.create({ agent: "b", personas: ["p"] }))).toBe("CONFIGURATION");
      rmSync(path, { force: true });
      writeFileSync(path, whole, { mode: 0o600 });
      writeFileSync(`${path}.pepper`, pepper, { mode: 0o600 });
      now += limits.keyReloadMs;
      expect(store.verify(key, now)?.id).toBe(row.id);
      expect(store.fault).toBeUndefined();
    }
  });

  test("and is gone leaves no key", () => {
    const store = KeyStore.open(path, clock);
    const { key } = store.create({ agent: "a", personas: ["p"] });
    rmSync(path);
    now += limits.keyReloadMs;
    expect(store.judge(key, now)).toBe("key.unknown");
  });
});

function appendSpace(file: string): void {
  writeFileSync(file, `${readFileSync(file, "utf8")} `);
}

test("rows of dead keys are dropped one life after their end, at the next write", () => {
  const store = KeyStore.open(path, clock);
  const { row } = store.create({ agent: "a", personas: ["p"], lifeMs: day });
  now += day + limits.keyLifeMsMax;
  store.create({ agent: "b", personas: ["p"] });
  expect(store.list().map(({ id }) => id)).toContain(row.id);
  now += 1;
  store.create({ agent: "c", personas: ["p"] });
  expect(store.list().map(({ agent }) => agent)).toEqual(["b", "c"]);
});

test("neither a listing nor the store's inspection holds a secret, its hash or the pepper", () => {
  const store = KeyStore.open(path, clock);
  const { key } = store.create({ agent: "a", personas: ["p"] });
  const { hash } = (JSON.parse(readFileSync(path, "utf8")) as { keys: [{ hash: string }] }).keys[0];
  const pepper = readFileSync(`${path}.pepper`, "utf8").trim();
  const shown =
    inspect(store, { depth: 10, showHidden: true }) +
    JSON.stringify([store, store.list(), store.verify(key, now)]);
  for (const hidden of [secretOf(key), hash, pepper]) expect(shown).not.toContain(hidden);
});
