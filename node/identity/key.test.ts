import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isKeyId, keyChars, makeKeyId, makeKeySecret, readKey, writeKey } from "./key.ts";

const fresh = (): string => writeKey(makeKeyId(), makeKeySecret());

test("a key reads back as its id and secret, and has one length", () => {
  for (let round = 0; round < 200; round++) {
    const [id, secret] = [makeKeyId(), makeKeySecret()];
    const key = writeKey(id, secret);
    expect(readKey(key)).toEqual({ id, secret });
    expect(key).toHaveLength(keyChars);
    expect(key).toMatch(/^gwk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
  }
});

test("each changed character is found without looking anything up", () => {
  const key = fresh();
  const typos = Array.from(key).flatMap((letter, at) =>
    ["A", "b", "7", "_", "-", " "]
      .filter((other) => other !== letter)
      .map((other) => key.slice(0, at) + other + key.slice(at + 1)),
  );
  expect(typos.length).toBeGreaterThan(300);
  expect(typos.filter((typo) => typeof readKey(typo) !== "string")).toEqual([]);
});

test("swapped neighbours, cut ends and added blanks are found", () => {
  const key = fresh();
  const swapped = Array.from(
    key,
    (letter, at) => key.slice(0, at) + key.charAt(at + 1) + letter + key.slice(at + 2),
  );
  expect(swapped.filter((typo) => typo !== key && typeof readKey(typo) !== "string")).toEqual([]);
  const bent = [key.slice(1), key.slice(0, -1), `${key} `, ` ${key}`, `${key}\n`, key.toUpperCase(), ""];
  expect(bent.map(readKey)).toEqual(bent.map(() => "key.syntax"));
});

test("no text makes reading throw, and what is read is exactly what writing gives", () => {
  const digit = fc.constantFrom("0", "a", "Z", "_", "-", ".", " ", "é");
  const close = fc.tuple(fc.string({ unit: digit, minLength: 60, maxLength: 64 }), fc.boolean());
  const texts = fc.oneof(
    fc.string(),
    close.map(([text, whole]) => (whole ? `gwk_${text}` : text)),
    fc.constant(fresh()),
  );
  const isExact = (text: string): boolean => {
    const found = readKey(text);
    return typeof found === "string" || writeKey(found.id, found.secret) === text;
  };
  expect(() => fc.assert(fc.property(texts, isExact))).not.toThrow();
});

test("ids and secrets do not repeat, and use all 62 digits evenly", () => {
  const secrets = Array.from({ length: 2000 }, makeKeySecret);
  expect(new Set(secrets).size).toBe(2000);
  const counts = new Map<string, number>();
  for (const digit of secrets.join("")) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 86,000 digits over 62: 1,387 each, standard deviation 37. Taking bytes modulo 62 would give eight of them a quarter more.
  for (const count of counts.values()) expect(Math.abs(count - 1387)).toBeLessThan(8 * 37);
});

test("an id is 12 base62 characters", () => {
  expect(isKeyId(makeKeyId())).toBe(true);
  for (const text of ["", "a".repeat(11), "a".repeat(13), "aaaaaaaaaaa_", "__proto__aaa"])
    expect(isKeyId(text)).toBe(false);
});

test("the operators' page shows the form of a key and no whole one, so nobody's key can be a sample (A15)", () => {
  const page = readFileSync(new URL("../../docs/identity.md", import.meta.url), "utf8");
  expect(page).toContain("gwk_");
  expect(page).not.toMatch(/gwk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}/);
});
