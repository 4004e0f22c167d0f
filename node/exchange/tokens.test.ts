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

test("a text that is JSON is the same JSON with values in it, whatever they hold and however deep the JSON lies in JSON", () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(fc.constant("TOKEN"), fc.constant("see TOKEN and TOKEN"), fc.string(), fc.integer(), fc.boolean(), fc.array(tie("value"), { maxLength: 3 }), fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }), tie("inner")), // prettier-ignore
    inner: fc.array(tie("value"), { maxLength: 3 }).map((each) => JSON.stringify(each, undefined, 1)),
  })).value; // prettier-ignore
  const put = (each: unknown, from: string, to: string, layer = 0): unknown => {
    if (typeof each === "string") {
      const isList = layer < 4 && each.startsWith("[") && each.includes(from);
      return isList ? JSON.stringify(put(JSON.parse(each), from, to, layer + 1)) : each.replaceAll(from, () => to); // prettier-ignore
    }
    if (Array.isArray(each)) return each.map((one) => put(one, from, to, layer));
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, one]) => [name, put(one, from, to, layer)]));
  };
  const compact = (each: unknown): unknown => JSON.parse(JSON.stringify(each), (_, one: unknown) => typeof one === "string" && one.startsWith("[") ? squeezed(one) : one); // prettier-ignore
  const squeezed = (text: string): unknown => {
    try {
      return JSON.stringify(compact(JSON.parse(text)));
    } catch {
      return text;
    }
  };
  fc.assert(
    fc.property(
      fc.array(json, { minLength: 1, maxLength: 3 }),
      fc.string({ maxLength: 40 }),
      (document, more) => {
        const value = `x","admin":"${more.replaceAll("TOKEN", "").toWellFormed()}\\`;
        const token = make(value, "custom.ref");
        const given = JSON.stringify(put(document, "TOKEN", token));
        const said = openTokens({ text: given }, find({ text: given }), () => true) as { text: string };
        expect(compact(JSON.parse(said.text))).toEqual(compact(put(document, "TOKEN", value, 1)));
      },
    ),
  );
});

test("a text that is no JSON gets values as they are, and layout and numbers of one that is stay", () => {
  const token = make('a "b"', "custom.ref");
  const open = (text: string): unknown => openTokens(text, find(text), () => true);
  expect(open(`{ ${token} }`)).toBe('{ a "b" }');
  expect(open(`{ "n": 1.00, "id": 12345678901234567890,\n "to": "\\u0041 ${token}" }`)).toBe('{ "n": 1.00, "id": 12345678901234567890,\n "to": "A a \\"b\\"" }'); // prettier-ignore
});
