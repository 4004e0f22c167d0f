import { gunzipSync, gzipSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../protocol/limits.ts";
import type { Finding } from "../scanner.ts";
import type { InflatePort } from "../decoder.ts";
import { PassageFinder, type Collection } from "./passages.ts";
import { Prints } from "./prints.ts";
import { symbolsOf } from "./symbols.ts";
import { Views } from "./views.ts";
import { keyWords, Winnower, type PrintShape } from "./winnower.ts";

const inflate: InflatePort = (bytes, maxOutputLength) => {
  try {
    return bytes[0] === 0x1f
      ? gunzipSync(bytes, { maxOutputLength })
      : inflateSync(bytes, { maxOutputLength });
  } catch (error) {
    return error instanceof RangeError ? "too large" : undefined;
  }
};

const shape: PrintShape = { gram: 16, window: 17 };
const least = shape.gram + shape.window - 1;
const key = Uint32Array.from({ length: keyWords }, (_, at) => Math.imul(at + 1, 0x9e3779b1) >>> 0);

function printsOf(text: string, of: PrintShape = shape): { readonly high: number; readonly low: number; readonly end: number }[] {
  const found: { high: number; low: number; end: number }[] = [];
  const winnower = new Winnower(of, key, { print: (high, low, end) => void found.push({ high, low, end }) });
  winnower.feed(text, 0, text.length, 0);
  return found;
} // prettier-ignore

function collection(texts: readonly string[], isRevoked: Collection["isRevoked"] = () => false): Collection {
  const prints = new Prints();
  for (const [at, text] of texts.entries()) for (const { high, low } of printsOf(text)) prints.add(high, low, at); // prettier-ignore
  return { type: "document.plan", shape, key, prints, isRevoked };
}

function find(of: Collection, value: unknown, sliceChars = Number.POSITIVE_INFINITY): readonly Finding[] {
  const views = new Views(value, inflate, shape.gram);
  const finder = new PassageFinder(of);
  for (const view of views.all()) {
    finder.start();
    for (const piece of view())
      for (let from = 0; from < piece.text.length;) {
        let to = Math.min(piece.text.length, from + sliceChars);
        if (/[\ud800-\udbff]/.test(piece.text[to - 1] ?? "")) to++;
        finder.feed(piece, from, to);
        from = to;
      }
    finder.end();
  }
  return finder.findings(views.leaves);
}

const plain = (text: string): string => [...text].map((each) => symbolsOf(each.codePointAt(0) ?? 0)).join(""); // prettier-ignore
const words = "budget falcon merger quarter ledger river orchard seven council granite whisper harbour nine velvet summit cobalt lantern meadow copper drift ember forty glacier hollow ivory jungle".split(" "); // prettier-ignore

/** A text of words in an order that follows from a number. */
function prose(seed: number, count: number): string {
  let state = (seed * 2654435761) >>> 0;
  const out: string[] = [];
  for (let at = 0; at < count; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out.push(`${words[(state >>> 8) % words.length]}${(state >>> 24) % 10}`);
  }
  return out.join(" ");
}

const document = prose(1, 400);
const own = collection([document, prose(2, 400)]);
const others = prose(77, 300);

describe("a passage of a document", () => {
  test("of as many symbols as are promised is found wherever it begins, and what is found covers it", () => {
    fc.assert(
      fc.property(fc.nat(document.length - 200), fc.nat(60), fc.nat(300), fc.nat(300), (first, more, before, after) => {
        let from = first;
        while (!/\w/.test(document[from] ?? "")) from++;
        let to = from;
        while (plain(document.slice(from, to)).length < least + more) to++;
        const [head, tail] = [`${others.slice(0, before)}. `, ` / ${others.slice(300, 300 + after)}`];
        const [found, ...rest] = find(own, `${head}${document.slice(from, to)}${tail}`);
        expect(rest).toEqual([]);
        expect(found?.type).toBe("document.plan");
        expect(found?.start).toBeLessThanOrEqual(head.length);
        expect(found?.end).toBeGreaterThanOrEqual(head.length + to - from);
        // No more than a window on either side, which is some twice as many characters at most.
        expect(found?.start).toBeGreaterThanOrEqual(head.length - 2 * shape.window);
        expect(found?.end).toBeLessThanOrEqual(head.length + (to - from) + 2 * shape.window + 3);
      }),
      { numRuns: 150 },
    ); // prettier-ignore
  });

  test("leaves the words of MCP beside it as they are, and is found from block to block behind them", () => {
    const type = { type: "text" };
    const alone = find(own, { content: [{ ...type, text: document.slice(0, 300), annotations: { audience: ["user"] } }] }); // prettier-ignore
    expect(alone.map(({ path }) => path)).toEqual(["/content/0/text"]);
    const lines = document.slice(0, 300).match(/.{1,20}/g) ?? [];
    const found = find(own, { content: lines.map((text) => ({ ...type, text })) });
    expect(found.map(({ path }) => path)).toEqual(lines.map((_, at) => `/content/${at}/text`));
    // What only stands in such a place is a text like any other.
    expect(find(own, { content: [{ type: document.slice(0, 300) }] })).toHaveLength(1);
  });

  test("of fewer symbols than a print has is never found", () => {
    fc.assert(
      fc.property(fc.nat(document.length - 200), fc.nat(shape.gram - 1), (from, count) => {
        let to = from;
        while (plain(document.slice(from, to)).length < count) to++;
        // Signs on both sides, and other words: what is shared must be the passage alone.
        const text = `zqzqzq ${document.slice(from, to)} xkxkxk ${others}`;
        expect(find(own, text)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test("is found in any case, spacing and punctuation, in full-width and accented letters, with invisible characters", () => {
    const passage = document.slice(120, 220);
    const wide = (text: string): string => text.replaceAll(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)); // prettier-ignore
    for (const written of [
      passage.toUpperCase(),
      passage.replaceAll(" ", ",\n\t- "),
      ...["\u200b", "\u3164", "\u115f", "\uffa0", "\u202a", "\u0001", "\u{e0020}"].map((sign) =>
        [...passage].join(sign),
      ),
      [...passage].join(" "),
      wide(passage),
      passage.replaceAll("a", "á").replaceAll("e", "e\u0301"),
      [...passage].map((each) => (/[a-z]/.test(each) ? String.fromCodePoint(0x1d41a + each.charCodeAt(0) - 97) : each)).join(""), // prettier-ignore
    ]) {
      const [found] = find(own, `x ${written}`);
      expect(found).toMatchObject({ type: "document.plan", path: "" });
      expect((found?.end ?? 0) - (found?.start ?? 0)).toBeGreaterThanOrEqual(written.length);
    }
  });

  test.each<readonly [string, (text: string) => string]>([
    ["base64", (text) => Buffer.from(text).toString("base64")],
    ["base64 in lines", (text) => (Buffer.from(text).toString("base64").match(/.{1,76}/g) ?? []).join("\r\n")],
    ["base64 of compressed bytes", (text) => gzipSync(text).toString("base64url")],
    ["hex", (text) => Buffer.from(text).toString("hex")],
    ["an URL", (text) => encodeURIComponent(text)],
    ["an URL, all of it", (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
    ["HTML", (text) => [...text].map((each) => `&#${each.charCodeAt(0)};`).join("")],
    ["JSON in JSON", (text) => JSON.stringify(JSON.stringify({ lines: text.split(" ") }))],
    ["escapes of JSON", (text) => [...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")],
    ["base64 in an URL in base64", (text) => Buffer.from(encodeURIComponent(Buffer.from(text).toString("base64"))).toString("base64")],
  ])("is found in %s, and what is found covers all of it", (_, encode) => {
    const hidden = encode(document.slice(300, 700));
    const found = find(own, { note: `see: ${hidden}` });
    expect(found[0]).toMatchObject({ type: "document.plan", path: "/note" });
    // What belongs to no letter (a quote, a line end) may be left out.
    const covered = found.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(covered).toBeGreaterThanOrEqual(hidden.length * 0.95 - 10);
  }); // prettier-ignore

  test("that is spread over the members of a value is found in each of them, and a name is told as one", () => {
    const lines = document.slice(0, 300).match(/.{1,20}/g) ?? [];
    const found = find(own, { lines, [document.slice(400, 500)]: null });
    expect(found.filter(({ inKey }) => inKey !== true).map(({ path }) => path)).toEqual(lines.map((__, at) => `/lines/${at}`)); // prettier-ignore
    expect(found.filter(({ inKey }) => inKey === true)).toHaveLength(1);
  });

  test("is found the same however the text was cut into chunks", () => {
    const text = `${others} ${document.slice(333, 777)} 😀${others}`;
    const whole = find(own, text);
    expect(whole).toHaveLength(1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), (chars) => {
        expect(find(own, text, chars)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test("that was edited is found as far as it was left alone for long enough", () => {
    const edited = `${document.slice(100, 300)} INSERTED WORDS HERE ${document.slice(310, 500)}`;
    const found = find(own, `${others} ${edited}`);
    const covered = found.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(covered).toBeGreaterThan(380);
    // A change in every few words leaves nothing that is long enough.
    const changed = document.slice(100, 600).split(" ").map((each, at) => (at % 2 === 0 ? each : "otherwise")).join(" "); // prettier-ignore
    expect(find(own, changed)).toEqual([]);
  });

  test("of a revoked document is found no more, and of another one still is; what both have is found until both are revoked", () => {
    const shared = prose(5, 60);
    const texts = [`${document} ${shared}`, `${prose(2, 400)} ${shared}`];
    const without = (...numbers: number[]): Collection => collection(texts, (each) => numbers.includes(each));
    expect(find(without(0), document)).toEqual([]);
    expect(find(without(0), prose(2, 400))).toHaveLength(1);
    expect(find(without(0), shared)).toHaveLength(1);
    expect(find(without(0, 1), shared)).toEqual([]);
  });
});

test("a print of more documents than can be told apart stays in force when they are revoked", () => {
  const texts = Array.from({ length: limits.fingerprintSameMax + 2 }, () => document);
  expect(find(collection(texts, () => true), document)).not.toEqual([]); // prettier-ignore
});

test("of what several documents have nothing is kept where that was asked for", () => {
  const shared = prose(5, 60);
  const all = collection([`${document} ${shared}`, `${prose(2, 400)} ${shared}`]);
  const kept = { ...all, prints: all.prints.ofFewerThan(2) };
  expect(find(all, shared)).toHaveLength(1);
  expect(find(kept, shared)).toEqual([]);
  expect(find(kept, document)).toHaveLength(1);
});

test("one character over and over has no print, and few characters have few", () => {
  expect(printsOf("a".repeat(100_000))).toEqual([]);
  expect(printsOf("0 1 ".repeat(100_000))).toEqual([]);
  const ring = printsOf("abcdefg".repeat(20_000));
  expect(ring.length).toBeLessThanOrEqual((2 * 140_000) / shape.window);
  expect(new Set(ring.map(({ high, low }) => `${high} ${low}`)).size).toBeLessThanOrEqual(7);
});

test("each window of a text has one of its prints, and there are some two for each window and one", () => {
  const text = prose(9, 2_000);
  const prints = printsOf(text);
  const symbols = plain(text).length;
  const density = prints.length / (symbols - shape.gram + 1);
  expect(density).toBeGreaterThan(1.6 / (shape.window + 1));
  expect(density).toBeLessThan(2.4 / (shape.window + 1));
  for (const [at, { end }] of prints.entries()) expect(end - (prints[at - 1]?.end ?? shape.gram - 2)).toBeLessThanOrEqual(shape.window); // prettier-ignore
});

test("whatever text is compared, it is compared to its end in time that grows with it, and places are within it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: "binary", maxLength: 300 }), (value, text) => {
      for (const { start, end } of find(own, { value, text, both: document.slice(0, 60) + text })) expect(end).toBeGreaterThan(start); // prettier-ignore
      const [first] = find(own, `${text}${document.slice(0, 120)}`);
      expect(first?.end).toBeLessThanOrEqual(text.length + 120);
    }),
    { numRuns: 50 },
  ); // prettier-ignore
});

test("what is too deep, too large, or encoded too often says so", () => {
  let deep: unknown = document;
  for (let at = 0; at <= limits.dlpDepthMax; at++) deep = [deep];
  expect(new Views(deep, inflate, shape.gram).exceeded?.budget).toBe("depth");
  const large = "x".repeat(limits.dlpTextCharsMax / 2 + 1);
  expect(new Views([large, large], inflate, shape.gram).exceeded?.budget).toBe("characters");
  let often = document.slice(0, 300);
  for (let at = 0; at <= limits.dlpDecodeDepthMax; at++) often = Buffer.from(often).toString("base64");
  const bomb = gzipSync(Buffer.alloc(64 * limits.dlpDecodedCharsMax, "a")).toString("base64");
  for (const text of [often, bomb]) {
    const views = new Views(text, inflate, shape.gram);
    for (const view of views.all()) for (const _ of view()) void _;
    expect(views.exceeded?.budget).toBe("decoded");
  }
});
