import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { denseText, fixtureScanner } from "./engine.fixture.ts";
import type { Finding } from "./scanner.ts";

const scanner = fixtureScanner();

function inChunks(chunks: readonly string[]): readonly Finding[] {
  const stream = scanner.stream("");
  return [...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end().findings];
}

function cut(text: string, places: readonly number[]): string[] {
  const sorted = [...places].map((each) => each % (text.length + 1)).toSorted((a, b) => a - b);
  return [...sorted, text.length].map((to, at) => text.slice(at === 0 ? 0 : sorted[at - 1], to));
}

test("any split gives the findings of one piece", () => {
  const long = fc.tuple(fc.array(denseText, { maxLength: 12 }), fc.nat(3_000)).map(([parts, gap]) => parts.join("x ".repeat(gap))); // prettier-ignore
  fc.assert(
    fc.property(fc.oneof(denseText, long), fc.array(fc.nat(), { maxLength: 30 }), (text, places) => {
      const found = inChunks(cut(text, places)).toSorted((a, b) => a.start - b.start);
      expect(found).toEqual(scanner.scanText(text).findings);
    }),
    { numRuns: 300 },
  );
});

test("a secret split at every place is found, with much text around it", () => {
  const secret = `ghx_${"a1B2".repeat(9)}`;
  const text = `${"lorem ipsum ".repeat(400)}${secret}${" dolor sit".repeat(400)}`;
  const start = text.indexOf(secret);
  const whole = scanner.scanText(text).findings;
  expect(whole).toEqual([{ type: "hub", start, end: start + secret.length, likelihood: 2, path: "" }]);
  for (let place = start - 2; place <= start + secret.length + 2; place++)
    expect(inChunks([text.slice(0, place), text.slice(place)])).toEqual(whole);
  expect(inChunks([...text])).toEqual(whole);
});

test("what is encoded is found in chunks too, in a long text more than once", () => {
  const secret = Buffer.from(`the key is ghx_${"a1B2".repeat(9)} so`).toString("base64");
  const text = `${"lorem ipsum ".repeat(9_000)}${secret} `.repeat(3);
  const chunks = text.match(/[^]{1,1000}/g) ?? [];
  const found = inChunks(chunks).map(({ type, start }) => [type, start]);
  expect(found).toEqual([0, 1, 2].map((at) => ["hub", (at * text.length) / 3 + text.indexOf(secret)]));
});

describe("a long stream", () => {
  test("gives what it is sure of before its end", () => {
    const stream = scanner.stream("/text");
    const early = stream.push(`pwd=hunter2hunter2 ${"word ".repeat(2_000)}`);
    expect(early.map(({ type, path }) => [type, path])).toEqual([["password", "/text"]]);
    expect(stream.end().findings).toEqual([]);
  });

  test("has a bound, says so at its end, and scans nothing after it", () => {
    const stream = scanner.stream("");
    stream.push("pwd=hunter2hunter2 ");
    expect(stream.push("a".repeat(limits.dlpStreamCharsMax))).toEqual([]);
    stream.push(" pwd=hunter3hunter3 ");
    const { findings, exceeded } = stream.end();
    expect([findings, exceeded]).toEqual([[], { budget: "characters", max: limits.dlpStreamCharsMax }]);
  });
});
