import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { RecordBody } from "../../protocol/record.ts";
import {
  boundedText,
  headText,
  readHead,
  readPrefix,
  readSeal,
  recordText,
  sealText,
  trackIntent,
} from "./line.ts";
import { intent, op, outcome, session } from "./testdata/recording.ts";

const link = { shard: 7, epoch: 3, n: 12, prev: "p".repeat(43) };
const hostile = [
  '","v":2',
  '"}\n{"v":1',
  "a\r\nb",
  "\u2028\u2029",
  "\u001b[2J",
  "\0",
  "\\",
  "\ud800",
  "é漢😀",
  "__proto__",
];

describe("a record line", () => {
  test("is one line of JSON that reads back as what was given, whatever its strings hold", () => {
    const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...hostile));
    fc.assert(
      fc.property(anyText, anyText, (name, says) => {
        const body: RecordBody = {
          kind: "refusal",
          at: 5,
          name,
          verdict: { kind: "deny", rule: "persona.unlisted", says },
          about: { [says]: name },
        };
        const line = recordText(link, body);
        expect(line).not.toMatch(/[\n\r\0\u001b]/);
        expect(JSON.parse(line)).toEqual({ v: 1, ...link, ...(JSON.parse(JSON.stringify(body)) as object) });
        expect(readPrefix(line)).toMatchObject({ ...link, kind: "refusal", at: 5 });
      }),
    );
  });

  test("has its keys in one order and only those of a record", () => {
    const shuffled = { about: { a: 1 }, op: op(1), credential: "x", at: 1, kind: "admin" } as RecordBody;
    expect(recordText(link, shuffled)).toBe(
      `{"v":1,"shard":7,"epoch":3,"n":12,"prev":"${link.prev}","kind":"admin","at":1,"op":"${op(1)}","about":{"a":1}}`,
    );
  });

  test("gives its prefix even when the session key is hostile", () => {
    for (const text of hostile) {
      const line = recordText(link, { ...intent(4), session: `${session(1)}${text}` as never });
      expect(readPrefix(line)).toMatchObject({ op: op(4), kind: "intent" });
    }
  });
});

describe("a record that is too large", () => {
  const blob = "x".repeat(limits.recordBytesMax);

  test("is refused when it is an intent", () => {
    expect(boundedText(link, { ...intent(1), event: { kind: blob, at: 1 } })).toBeUndefined();
  });

  test("loses its event and says so when it is anything else", () => {
    const line = boundedText(link, { ...outcome(1), event: { kind: blob, at: 1 } }) ?? "";
    expect(JSON.parse(line)).toMatchObject({ op: op(1), name: "crm_search", about: { oversize: true } });
    expect(line).not.toContain("event");
  });

  test("never exceeds the bound, whichever of its parts is the large one", () => {
    const large = [
      { name: blob },
      { about: { blob } },
      { session: blob as never },
      { name: "é".repeat(40_000) },
    ];
    for (const part of large) {
      const line = boundedText(link, { ...outcome(1), ...part }) ?? "";
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(limits.recordBytesMax);
      expect(JSON.parse(line)).toMatchObject({ op: op(1), about: { oversize: true } });
    }
  });
});

describe("heads and seals", () => {
  const seal = { seal: 9, lines: 2, marks: "abcdefgh", hash: "h".repeat(43) };
  const head = { segment: 3, v: 1, node: "node-1", incarnation: "in_1", opened: 17, prev: "" } as const;

  test("read back as what was written", () => {
    expect(readSeal(sealText(seal))).toEqual(seal);
    expect(readHead(headText(head))).toEqual(head);
  });

  test("are not recognised with one character more, less or other in their frame", () => {
    const text = sealText(seal);
    for (const other of [
      `${text} `,
      ` ${text}`,
      text.slice(0, -1),
      text.replace("seal", "seam"),
      text.replace(":9", ":09"),
    ])
      expect(readSeal(other)).toBeUndefined();
    expect(readHead(headText(head).replace('"v":1', '"v":2'))).toBeUndefined();
  });
});

test("no more open intents are remembered than the bound, and the oldest go first", () => {
  const open = new Map();
  for (let number = 1; number <= 5; number++) trackIntent(open, intent(number), 3);
  trackIntent(open, outcome(4), 3);
  expect(Array.from(open.keys())).toEqual([op(3), op(5)]);
});
