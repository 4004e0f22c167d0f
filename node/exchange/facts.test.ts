import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { answerFacts, callFacts, FactsKey } from "./facts.ts";

const key = new FactsKey(Buffer.alloc(32, 7));
const facts = (args: Record<string, unknown> | undefined, pointers: string[] = [], known?: string[]) =>
  callFacts(key, "tool", "t", args, pointers, known === undefined ? undefined : new Set(known));

describe("facts of a call", () => {
  test("the digest does not depend on the order of keys, and depends on every value", () => {
    expect(facts({ a: 1, b: [2] }).digest).toBe(facts({ b: [2], a: 1 }).digest);
    expect(facts({ a: 1, b: [2] }).digest).not.toBe(facts({ a: 1, b: [3] }).digest);
  });

  test("another installation's key gives another digest", () => {
    const other = new FactsKey(Buffer.alloc(32, 8));
    expect(callFacts(other, "tool", "t", { a: 1 }, [], undefined).digest).not.toBe(facts({ a: 1 }).digest);
  });

  test("near-identical calls share a shape, different ones do not", () => {
    expect(facts({ id: "Ticket-1041" }).shape).toBe(facts({ id: "ticket-7" }).shape);
    expect(facts({ id: "ticket-7" }).shape).not.toBe(facts({ name: "ticket-7" }).shape);
  });

  test("a constraint sees exactly the values its pointer names", () => {
    const read = facts({ path: "/a", items: [{ id: 1 }, { id: "x" }, {}], deep: { "a/b": true } }, [
      "path",
      "/items/-/id",
      "/deep/a~1b",
      "/none",
    ]);
    expect(read.values).toEqual([
      { at: "path", value: "/a" },
      { at: "/items/-/id", value: 1 },
      { at: "/items/-/id", value: "x" },
      { at: "/deep/a~1b", value: true },
    ]);
  });

  test("an inherited property is no argument", () => {
    expect(facts({ a: 1 }, ["/toString", "constructor"]).values).toEqual([]);
  });

  test("a value that is cut says so, and too many values are an overflow", () => {
    const long = facts({ s: "x".repeat(limits.constraintValueCharsMax + 1) }, ["s"]);
    expect(long.values?.[0]?.cut).toBe(true);
    expect(
      facts({ list: Array.from({ length: limits.constraintValuesMax + 1 }, (_, at) => at) }, ["/list/-"])
        .overflow,
    ).toBe(true);
  });

  test("facts of any arguments stay within their bound", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 40 }), fc.jsonValue({ maxDepth: 4 })), (args) => {
        const read = facts(args, Object.keys(args).slice(0, 32), []);
        expect(Buffer.byteLength(JSON.stringify(read))).toBeLessThanOrEqual(limits.callFactsBytesMax * 4);
        expect(read.unknown === undefined || read.unknown.length <= 8).toBe(true);
      }),
    );
  });

  test("argument names outside the pinned definition are facts", () => {
    expect(facts({ a: 1, b: 2 }, [], ["a"]).unknown).toEqual(["b"]);
    expect(facts({ a: 1 }, [], ["a"]).unknown).toBeUndefined();
  });
});

test("equal answers have equal digests and no answer has none", () => {
  const one = answerFacts(key, "ok", "content", 1.23456, undefined);
  expect(one.digest).toBe(answerFacts(key, "ok", "content", 9, undefined).digest);
  expect(answerFacts(key, "timeout", "", 1, "UPSTREAM_TIMEOUT")).toEqual({
    outcome: "timeout",
    bytes: 0,
    digest: "",
    tookMs: 1,
    code: "UPSTREAM_TIMEOUT",
  });
});
