import { randomBytes } from "node:crypto";
import { aessiv } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Keyring } from "./keyring.ts";
import { MasterKey } from "./masterkey.ts";
import { tokenPattern, Tokens } from "./token.ts";

const newKey = (): MasterKey => new MasterKey(randomBytes(32));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

test("the cipher gives the result of RFC 5297, appendix A.1", () => {
  const key = hex("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff");
  const about = hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627");
  const sealed = aessiv(key, about).encrypt(hex("11223344 55667788 99aabbcc ddee"));
  expect(Buffer.from(sealed).toString("hex")).toBe(
    "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c",
  );
});

describe("a token", () => {
  const value = fc.record({
    type: fc.stringMatching(/^[a-z][a-z0-9._]{0,30}$/),
    value: fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.toWellFormed()),
  });

  test("opens to its type and value, is found in a text, and is the same each time", () => {
    const keyring = new Keyring(newKey());
    fc.assert(
      fc.property(value, (given) => {
        const token = new Tokens(keyring, "default").make(given);
        expect(new Tokens(keyring, "default").open(String(token))).toEqual(given);
        expect(new Tokens(keyring, "default").make(given)).toBe(token);
        expect(`to <${token}>, please`.match(tokenPattern)).toEqual([token]);
      }),
    );
  });

  test("of another tenant, type, value or key is another one", () => {
    const keyring = new Keyring(newKey());
    const tokens = [
      new Tokens(keyring, "default").make({ type: "person.email", value: "a" }),
      new Tokens(keyring, "other").make({ type: "person.email", value: "a" }),
      new Tokens(keyring, "default").make({ type: "person.emai", value: "la" }),
      new Tokens(keyring, "default").make({ type: "person.email", value: "b" }),
      new Tokens(new Keyring(newKey()), "default").make({ type: "person.email", value: "a" }),
    ];
    expect(new Set(tokens).size).toBe(5);
  });

  test("tells a length only in steps of 16 bytes", () => {
    const tokens = new Tokens(new Keyring(newKey()), "default");
    const lengths = Array.from(
      { length: 40 },
      (_, at) => tokens.make({ type: "t", value: "x".repeat(at) })?.length,
    );
    expect(new Set(lengths).size).toBe(3);
  });

  test("does not open when it is changed, cut, of another tenant, spelled otherwise or invented", () => {
    const keyring = new Keyring(newKey());
    const tokens = new Tokens(keyring, "default");
    const token = String(tokens.make({ type: "person.email", value: "someone@example.com" }));
    expect(new Tokens(keyring, "other").open(token)).toBeUndefined();
    for (let at = 5; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      expect(tokens.open(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
    for (let at = 0; at < token.length; at++) expect(tokens.open(token.slice(0, at))).toBeUndefined();
    fc.assert(fc.property(fc.base64String(), (text) => tokens.open(`gwt1_${text}`) === undefined));
    expect(tokens.open(`${token}=`)).toBeUndefined();
  });

  test("of a retired key opens, and none is made under it", () => {
    const [old, next] = [newKey(), newKey()];
    const given = { type: "person.email", value: "someone@example.com" };
    const before = String(new Tokens(new Keyring(old), "default").make(given));
    const tokens = new Tokens(new Keyring(next, [old]), "default");
    expect(tokens.open(before)).toEqual(given);
    expect(tokens.make(given)).not.toBe(before);
    expect(new Tokens(new Keyring(next), "default").open(before)).toBeUndefined();
  });

  test("is not made of what is too long or no Unicode", () => {
    const tokens = new Tokens(new Keyring(newKey()), "default");
    expect(tokens.make({ type: "t", value: "x".repeat(limits.tokenValueBytesMax) })).toBeUndefined();
    const longest = { type: "t", value: "x".repeat(limits.tokenValueBytesMax - 2) };
    const token = String(tokens.make(longest));
    expect(token.match(tokenPattern)).toEqual([token]);
    expect(tokens.open(token)).toEqual(longest);
    expect(tokens.make({ type: "t", value: "\ud800" })).toBeUndefined();
  });
});
