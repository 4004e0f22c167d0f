import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { readSecret, reveal, Secret } from "./secret.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-secret-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Buffer, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return `file:${name}`;
}

function failure(source: string, env: Record<string, string> = {}): string {
  try {
    readSecret(source, { env, folder });
    return "read";
  } catch (error) {
    return `${(error as { code?: string }).code}: ${String(error)}`;
  }
}

test("a secret comes from a variable or a file, without the blanks around it", () => {
  expect(reveal(readSecret("env:TOKEN", { env: { TOKEN: "abc def\n" }, folder }))).toBe("abc def");
  expect(reveal(readSecret(file("token", "  xyz\r\n"), { env: {}, folder }))).toBe("xyz");
  expect(reveal(readSecret(`file:${join(folder, "token")}`, { env: {}, folder: "/" }))).toBe("xyz");
});

test("no way to print it shows it", () => {
  const value = randomBytes(24).toString("base64url");
  const secret = new Secret(value);
  const holder = { secret, list: [secret], error: new Error("failed", { cause: secret }) };
  const shown = [
    String(secret),
    [secret].join(),
    JSON.stringify(holder),
    inspect(holder, { depth: 10, showHidden: true, getters: true }),
    inspect(secret, { customInspect: false, showHidden: true }),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify({ ...secret }),
    JSON.stringify(Object.getOwnPropertyNames(Object.getPrototypeOf(secret))),
    JSON.stringify(Object.getOwnPropertyNames(Secret)),
  ];
  expect(shown.filter((text) => text.includes(value))).toEqual([]);
  expect(String(secret)).toBe("[secret]");
});

test("what others print loses the value", () => {
  const value = randomBytes(12).toString("hex");
  expect(new Secret(value).conceal(`token ${value} refused, ${value}`)).toBe(
    "token [secret] refused, [secret]",
  );
  expect(new Secret("a").conceal("a cat")).toBe("a cat");
});

test("a secret of the vault comes from where the reader's surroundings say, and from nowhere else", () => {
  const vault = (name: string): Secret => new Secret(`value-of-${name}`);
  expect(reveal(readSecret("vault:crm", { env: {}, folder, vault }))).toBe("value-of-crm");
  expect(failure("vault:crm")).toMatch(/cannot come from the vault/);
});

describe("a source that cannot be used is an error that names the remedy and not the value", () => {
  const value = `canary${randomBytes(8).toString("hex")}`;
  const cases: readonly (readonly [
    why: string,
    source: () => string,
    env: Record<string, string>,
    says: RegExp,
  ])[] = [
    ["a variable that is not set", () => "env:NOPE", {}, /set the variable NOPE/],
    ["an empty variable", () => "env:EMPTY", { EMPTY: " \n" }, /empty/],
    ["a file that is not there", () => "file:nope", {}, /create the file/],
    ["a file that its group can read", () => file("group", value, 0o640), {}, /chmod 600/],
    ["a file that everybody can read", () => file("world", value, 0o604), {}, /chmod 600/],
    ["a file that is too long", () => file("long", value.repeat(limits.secretBytesMax)), {}, /longer than/],
    ["a line break inside", () => "env:BROKEN", { BROKEN: `${value}\nX-Evil: 1` }, /visible ASCII/],
    ["a control character", () => file("control", `${value}\u0000x`), {}, /visible ASCII/],
    ["another kind of source", () => `value:${value}`, {}, /none of env:NAME, file:PATH and vault:NAME/],
  ];
  test.each(cases)("%s", (_, source, env, says) => {
    const text = failure(source(), env);
    expect(text).toMatch(/^CONFIGURATION/);
    expect(text).toMatch(says);
    expect(text).not.toContain(value);
  });

  test("a folder in the file's place", () => {
    mkdirSync(join(folder, "folder"));
    expect(failure("file:folder")).toMatch(/regular file/);
  });
});
