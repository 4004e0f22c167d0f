import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DataAction } from "../../protocol/datarules.ts";
import { noticeOf } from "./notice.ts";
import { withhold } from "./withholding.ts";
import type { Marked } from "./withholding.ts";

const ports = { tokenise: (type: string, value: string) => (value.length > 20 ? undefined : `gwt<${type}>`) };
const mark = (path: string, start: number, end: number, action: DataAction, type = "person.email"): Marked => ({
  path, start, end, action, type, likelihood: 4,
}); // prettier-ignore

describe("a span", () => {
  test.each<readonly [DataAction, string]>([
    ["allow", "to jo@example.com now"],
    ["detect", "to jo@example.com now"],
    ["block", "to jo@example.com now"],
    ["tokenise", "to gwt<person.email> now"],
    ["mask", "to **@example.com now"],
    ["redact", "to [redacted: person.email] now"],
  ])("with the action %s gives %j", (action, text) => {
    expect(withhold("to jo@example.com now", [mark("", 3, 17, action)], ports)).toBe(text);
  });

  test("of which no token can be made is removed", () => {
    const value = "x".repeat(30);
    expect(withhold(value, [mark("", 0, 30, "tokenise", "t")], ports)).toBe("[redacted: t]");
  });

  test("in a number makes it 0, in a member's name another name", () => {
    const marked = [
      mark("/card", 0, 16, "mask"),
      { ...mark("/jo@example.com", 0, 14, "redact"), inKey: true as const },
    ];
    expect(withhold({ card: 4_111_111_111_111_111, "jo@example.com": 1, n: 2 }, marked, ports)).toEqual({
      card: 0, "[redacted: person.email]": 1, n: 2,
    }); // prettier-ignore
  });

  test("in thousands of names that would be one takes time as there are names, and keeps every member", () => {
    const count = 8000;
    const names = Array.from({ length: count }, (_, at) => `u${at}@there.example`);
    const value = {
      "[redacted: email] (3)": "own",
      ...Object.fromEntries(names.map((name, at) => [name, at])),
    };
    const marked = names.map((name) => ({ type: "email", likelihood: 5, path: `/${name}`, start: 0, end: name.length, inKey: true, action: "redact" }) as const); // prettier-ignore
    const began = process.cpuUsage();
    const rest = withhold(value, marked, { tokenise: () => undefined }) as Record<string, unknown>;
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
    expect(Object.values(rest)).toEqual(Object.values(value));
    expect(Object.keys(rest).slice(0, 4)).toEqual(["[redacted: email] (3)", "[redacted: email]", "[redacted: email] (2)", "[redacted: email] (4)"]); // prettier-ignore
  });

  test("in two names that would be one keeps both members", () => {
    const named = (path: string): Marked => ({ ...mark(path, 0, 3, "redact", "t"), inKey: true });
    expect(withhold({ abc: 1, abd: 2, z: 3 }, [named("/abc"), named("/abd")], ports)).toEqual({
      "[redacted: t]": 1, "[redacted: t] (2)": 2, z: 3,
    }); // prettier-ignore
  });

  test("named __proto__ stays a member", () => {
    const value = JSON.parse('{"__proto__":{"a":"secret"}}') as unknown;
    expect(JSON.stringify(withhold(value, [mark("/__proto__/a", 0, 6, "redact", "t")], ports))).toBe(
      '{"__proto__":{"a":"[redacted: t]"}}',
    );
  });
});

describe("a text that is JSON", () => {
  const json =
    '{"a":"jo 4111111111111111","n": 4111111111111111 ,"l":[-4111111111111111.5,1],"s":"\\",\\"n\\":4111111111111111"}';
  const spansOf = (text: string, action: DataAction): readonly Marked[] =>
    [...text.matchAll(/4{1}1{15}/g)].map(({ index }) => mark("", index, index + 16, action, "pan.visa"));

  test.each(["mask", "redact", "tokenise"] as const)("stays JSON with the action %s: what a number holds makes it 0, what a string holds does not", (action) => {
    const out = JSON.parse(withhold(json, spansOf(json, action), ports) as string) as { a: string; n: number; l: number[]; s: string };
    expect([out.n, out.l]).toEqual([0, [0, 1]]);
    for (const text of [out.a, out.s]) expect(text).toMatch(/\*|redacted|gwt/);
    expect(JSON.stringify(out)).not.toContain("411111111111111");
  }); // prettier-ignore

  test("is no other one: in what only looks like it numbers are masked", () => {
    const text = "[see 4111111111111111]";
    expect(withhold(text, spansOf(text, "mask"), ports)).toBe("[see ************1111]");
  });

  test("of any values stays JSON, whichever numbers are marked", () => {
    const given = fc.jsonValue({ maxDepth: 3 }).map((each) => [each, 4_111_111_111_111_111, { x: each, y: [-12.5e20, "4111111111111111"] }]); // prettier-ignore
    fc.assert(
      fc.property(given, fc.array(fc.nat(400), { maxLength: 6 }), (each, places) => {
        const text = JSON.stringify(each);
        // Digits of an escape are no number, and no value that a detector finds begins in one.
        const found = [...text.matchAll(/(?<!\\u[\da-f]{0,3})\d{2,}/g)];
        const marked = places.flatMap((place) => {
          const one = found[place % found.length];
          return one === undefined ? [] : [mark("", one.index, one.index + one[0].length, "mask", "t")];
        });
        const out = withhold(text, marked, ports) as string;
        expect(() => JSON.parse(out) as unknown).not.toThrow();
      }),
    );
  });
});

test("overlapping spans are one, with the strictest action, and never a token of a part", () => {
  const spans = [mark("", 0, 6, "tokenise", "a"), mark("", 4, 9, "mask", "b")];
  expect(withhold("abcdefghi!", spans, ports)).toBe("[redacted: b]!");
  expect(withhold("abcdefghi!", [mark("", 0, 9, "mask", "a"), mark("", 2, 4, "tokenise", "b")], ports)).toBe(
    "******ghi!",
  );
});

const text = fc.string({ unit: "binary", maxLength: 40 });
const value = fc.jsonValue({ maxDepth: 3 });

test("whatever is marked is gone, whatever is not is as it was, and JSON stays JSON", () => {
  fc.assert(
    fc.property(text, fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 4 }), (given, cuts) => {
      const whole = given.toWellFormed();
      const marked = cuts
        .map(([a, b]) => [Math.min(a, b, whole.length), Math.min(Math.max(a, b), whole.length)] as const)
        .filter(([start, end]) => end > start)
        .map(([start, end]) => mark("", start, end, "redact", "t"));
      const out = withhold(whole, marked, ports) as string;
      expect(out.isWellFormed()).toBe(true);
      const kept = out.split("[redacted: t]").join("").length;
      const covered = new Set(
        marked.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at)),
      );
      expect(kept).toBeLessThanOrEqual(whole.length - covered.size);
    }),
  );
});

test("a document without a mark is the same one", () => {
  fc.assert(fc.property(value, (given) => withhold(given, [], ports) === given));
});

describe("the notice", () => {
  const row = (path: string, type: string, count = 1) => ({ path, type, count });

  test("says kinds, counts, places and what a token is for, and no value", () => {
    const rows = [row("/to", "person.email", 2), row("/x", "secret.aws")];
    expect(noticeOf(rows, ["tokenise", "redact"], "answers")).toBe(
      "Sensitive data in the answer was withheld. person.email replaced by a token 2 times, first at /to; secret.aws removed at /x. A token stands for its value: pass it on as it is where the value is needed.",
    );
  });

  test("of a block says that nothing was let through", () => {
    expect(noticeOf([row("/key", "secret.aws")], ["block"], "arguments")).toBe(
      "The call was not made: its arguments hold sensitive data. secret.aws not let through at /key.",
    );
  });

  test("is not there when nothing was withheld", () => {
    expect(noticeOf([row("", "a"), row("", "b")], ["detect", "allow"], "answers")).toBeUndefined();
  });

  test("is bounded, however many kinds", () => {
    const rows = Array.from({ length: 500 }, (_, at) => row(`/${"p".repeat(80)}`, `t.${at}`));
    const notice = noticeOf(rows, rows.map(() => "mask" as const), "answers"); // prettier-ignore
    expect(notice?.length).toBeLessThan(2_000);
    expect(notice).toContain("and 492 kinds more");
  });
});
