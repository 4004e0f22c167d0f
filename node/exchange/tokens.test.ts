import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Keyring } from "../vault/keyring.ts";
import { MasterKey } from "../vault/masterkey.ts";
import { Tokens } from "../vault/token.ts";
import { findTokens, openTokens } from "./tokens.ts";

const tokens = new Tokens(new Keyring(new MasterKey(randomBytes(32))), "default");
const make = (value: string, type = "email"): string => String(tokens.make({ type, value }));
const find = (value: unknown) => findTokens(value, tokens, () => undefined);

test("a text that is one token over and over takes time as its length does", () => {
  const token = make("a@b.example");
  const spent = (times: number): number => {
    const began = process.cpuUsage();
    const found = find({ text: `${token} `.repeat(times) });
    expect(found.rows).toEqual([{ type: "email", group: "unknown", count: times }]);
    return process.cpuUsage(began).user;
  };
  spent(1000);
  // Four MiB, as one request may hold: it took 35 s, and no other call was served meanwhile.
  expect(spent(Math.floor(limits.bodyBytesMax / (token.length + 1)))).toBeLessThan(3_000_000);
});

test("a text in the form of a token is tried once, however often it stands in a document", () => {
  let tries = 0;
  const counting = { open: (token: string) => (tries++, tokens.open(token)) };
  const bad = `${make("a@b.example").slice(0, -2)}AA`;
  const found = findTokens({ text: `${bad} `.repeat(5000) }, counting, () => undefined);
  expect([found.bad, tries]).toEqual([5000, 1]);
});

test("of more different ones than are tried the rest counts as bad, and that is said", () => {
  const open = (token: string) => ({ type: "email", value: token.slice(-1) });
  const invented = (count: number) => Array.from({ length: count }, (_, at) => `gwt1_${"A".repeat(60)}${at}`);
  const most = findTokens(invented(limits.documentTokensMax), { open }, () => undefined);
  expect([most.bad, most.isCut, most.opened.size]).toEqual([0, false, limits.documentTokensMax]);
  const more = findTokens(invented(limits.documentTokensMax + 3), { open }, () => undefined);
  expect([more.bad, more.isCut, more.opened.size]).toEqual([3, true, limits.documentTokensMax]);
});

test("a finding counts as a part of a token exactly where one token of that text holds all of it", () => {
  const token = make("a@b.example");
  const texts = fc.array(fc.oneof(fc.constant(token), fc.stringMatching(/^[ .]{1,9}$/)), { maxLength: 9 });
  fc.assert(
    fc.property(texts, fc.nat(400), fc.nat(80), (parts, start, chars) => {
      const text = parts.join(" ");
      const found = find({ text });
      const spans = [...text.matchAll(new RegExp(token, "g"))].map(({ index }) => index);
      const isIn = spans.some((from) => start >= from && start + chars <= from + token.length);
      expect(found.covers({ path: "/text", start, end: start + chars })).toBe(isIn);
      expect(found.covers({ path: "/other", start, end: start + chars })).toBe(false);
      expect(found.covers({ path: "/text", start, end: start + chars, inKey: true })).toBe(false);
    }),
  );
});

test("values come in the place of tokens at any depth, also within a URL, and never in the name of a member", () => {
  const token = make("a@b.example");
  const given = { list: [{ at: `see https://x.example/?q=${token}&b=1` }], [token]: token };
  const found = find(given);
  expect([found.bad, found.rows[0]?.count]).toEqual([1, 2]);
  expect(openTokens(given, found, () => true)).toEqual({
    list: [{ at: "see https://x.example/?q=a@b.example&b=1" }],
    [token]: "a@b.example",
  });
});
