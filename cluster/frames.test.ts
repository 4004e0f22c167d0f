import fc from "fast-check";
import { Packr } from "msgpackr";
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import "../test/seed.ts";
import { testCodec, testFrames } from "./frames.fixture.ts";
import type { TestEvent, TestFrame } from "./frames.fixture.ts";
import type { Entry } from "./journal.ts";
import type { Encoded, FrameFault, Route } from "./packet.ts";

const inherited = Reflect.ownKeys(Object.prototype).join();
afterEach(() => {
  if (Reflect.ownKeys(Object.prototype).join() !== inherited) throw new Error("Object.prototype has changed");
});

const codec = testCodec();
const joined = ({ pieces }: Encoded): Buffer => Buffer.concat(pieces);
const routeOf = ({ from, to }: TestFrame): Route => ({ from: from.id, to: to.id });
const faults: readonly FrameFault[] = ["malformed", "unknown kind", "forged", "misdirected"];

const namedFault = (got: string): string | undefined => faults.find((fault) => fault === got);

function onlyBytes(frame: TestFrame): Buffer {
  const [first, ...rest] = codec.encode(frame);
  if (first === undefined || rest.length > 0) throw new Error("the frame has other than one encoding");
  return joined(first);
}

/** Numbers and texts as the reader expects them, in the place of a frame's own. */
const packr = new Packr({ useRecords: false });
const route: Route = { from: "a", to: "b" };
const head = (kind: unknown, ...values: readonly unknown[]): Buffer =>
  packr.pack([kind, "a", 1, "b", 2, ...values]);
const read = (bytes: Uint8Array, isNewer = false): TestFrame | FrameFault =>
  codec.decode(bytes, route, isNewer);

test("every frame comes back as it was", () => {
  fc.assert(
    fc.property(testFrames, (frame) => {
      // Packing an event leaves its bytes with the entry.
      expect(codec.decode(onlyBytes(structuredClone(frame)), routeOf(frame), false)).toEqual(frame);
    }),
    { numRuns: 1_000 },
  );
});

test("changed bytes give a frame that encodes again to a frame equal to it, or a named fault, and never throw", () => {
  const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), count: fc.nat(3) });
  fc.assert(
    fc.property(
      testFrames,
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (frame, edits, isNewer) => {
        let bytes = onlyBytes(frame);
        for (const { at, byte, count } of edits) {
          const place = at % (bytes.length + 1);
          // Replaces, inserts or removes.
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            Buffer.alloc(count % 3, byte),
            bytes.subarray(place + (count > 1 ? 2 : 1)),
          ]);
        }
        const got = codec.decode(bytes, routeOf(frame), isNewer);
        const again =
          typeof got === "string"
            ? namedFault(got)
            : codec.decode(onlyBytes(structuredClone(got)), routeOf(got), false);
        expect(again).toEqual(got);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("bytes of any kind are a frame or a named fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isNewer) => {
      const got = read(bytes, isNewer);
      expect(typeof got === "string" ? namedFault(got) : typeof got.body.kind).toEqual(
        typeof got === "string" ? got : "string",
      );
    }),
    { numRuns: 3_000 },
  );
});

test("a frame that is cut short anywhere is malformed, unless only bytes of its call, its answer or its letter are missing", () => {
  fc.assert(
    fc.property(testFrames, fc.nat(), (frame, at) => {
      fc.pre(!["note", "present", "answer", "letter"].includes(frame.body.kind));
      const bytes = onlyBytes(frame);
      expect(codec.decode(bytes.subarray(0, at % bytes.length), routeOf(frame), false)).toBe("malformed");
    }),
  );
});

describe("what no frame may say", () => {
  const present = ["op", "key", 7, 0, 0, false] as const;
  test.each<readonly [why: string, bytes: Buffer, fault: FrameFault]>([
    ["another sender's name", packr.pack([4, "c", 1, "b", 2, "op"]), "forged"],
    ["another receiver's name", packr.pack([4, "a", 1, "c", 2, "op"]), "misdirected"],
    ["a kind that is unknown", head(99, "op"), "malformed"],
    ["a kind that is a text", head("4", "op"), "malformed"],
    ["the name of what every object inherits as its kind", head("__proto__", "op"), "malformed"],
    ["an operation without a name", head(4, ""), "malformed"],
    ["an operation's name beyond its bound", head(4, "x".repeat(65)), "malformed"],
    ["an operation that is a map", head(4, { __proto__: null, length: 1 }), "malformed"],
    ["an operation that is a list", head(4, ["op"]), "malformed"],
    ["an operation that is bytes", head(4, Buffer.from("op")), "malformed"],
    ["an operation that is nothing", head(4, null), "malformed"],
    ["a value too many", head(4, "op", 1), "malformed"],
    ["a value too few", head(2, "op"), "malformed"],
    ["an epoch below zero", head(2, "op", -1), "malformed"],
    ["an epoch that is no whole number", head(2, "op", 1.5), "malformed"],
    ["an epoch that no number holds exactly", head(2, "op", 2 ** 53), "malformed"],
    ["an epoch of 64 bits", head(2, "op", 2n ** 60n), "malformed"],
    ["an epoch that is a text", head(2, "op", "1"), "malformed"],
    ["an epoch that is no number", head(2, "op", Number.NaN), "malformed"],
    ["an epoch without end", head(2, "op", Number.POSITIVE_INFINITY), "malformed"],
    ["a date as an epoch", head(2, "op", new Date(0)), "malformed"],
    ["a shard beyond the last", head(1, "op", "key", 8_192, 0, 0, false), "malformed"],
    ["a flag that is a number", head(1, "op", "key", 7, 0, 0, 1), "malformed"],
    [
      "a key beyond its bound",
      head(1, "op", "k".repeat(limits.relayKeyBytesMax + 1), 7, 0, 0, false),
      "malformed",
    ],
    ["bytes after its end", Buffer.concat([head(1, ...present), Buffer.from([0])]), "malformed"],
    [
      "a call that is no call",
      Buffer.concat([head(1, "op", "key", 7, 0, 0, true), Buffer.from([0xc1])]),
      "malformed",
    ],
    ["a call that is announced and missing", head(1, "op", "key", 7, 0, 0, true), "malformed"],
    ["an ending of no kind", head(5, "op", 1, 0, 0, false), "malformed"],
    ["an answer without one", head(5, "op", 1, 1, 0, false), "malformed"],
    ["a refusal without its reason", head(5, "op", 1, 2, 0, false), "malformed"],
    ["a refusal for a reason that is unknown", head(5, "op", 1, 2, 8, false), "malformed"],
    ["an unknown outcome with a reason", head(5, "op", 1, 3, 1, false), "malformed"],
    ["more entries than a frame may have", head(6, 1, 1, 257, false), "malformed"],
    ["entries that are not there", head(6, 1, 1, 3, false), "malformed"],
    ["an entry of no kind", Buffer.concat([head(6, 1, 1, 1, false), packr.pack([9, 1, 1, 1])]), "malformed"],
    [
      "a checksum beyond 32 bits",
      Buffer.concat([head(6, 1, 1, 1, false), packr.pack([3, 1, 1, 2 ** 32])]),
      "malformed",
    ],
    ["a faulty shard that is none", head(7, 1, 1, [8_192]), "malformed"],
    [
      "a list as long as memory",
      Buffer.concat([Buffer.from([0xdd, 255, 255, 255, 255]), Buffer.from([1])]),
      "malformed",
    ],
    [
      "a text that is no UTF-8",
      Buffer.from([0x96, 4, 0xa1, 97, 1, 0xa1, 98, 2, 0xa2, 0xc3, 0x28]),
      "malformed",
    ],
    ["nothing", Buffer.alloc(0), "malformed"],
  ])("%s", (_why, bytes, fault) => {
    expect(read(bytes)).toBe(fault);
  });

  test("the bytes of these refusals are refused for what they say, not for how they are written", () => {
    expect(read(head(4, "op"))).toEqual({
      from: { id: "a", incarnation: 1 },
      to: { id: "b", incarnation: 2 },
      body: { kind: "busy", op: "op" },
    });
    expect(read(head(1, ...present))).toMatchObject({ body: { kind: "present", shard: 7 } });
    expect(read(head(5, "op", 1, 2, 5, false))).toMatchObject({ body: { ending: { why: "overload" } } });
  });
});

describe("a newer version", () => {
  test("may add values at the end of a head, which are passed over whatever they are", () => {
    const more = [["a", [1, -5, 2.5, null]], true, "text", "", Buffer.from([1, 2]), 70_000];
    expect(read(head(2, "op", 3, ...more), true)).toMatchObject({
      body: { kind: "accepted", op: "op", epoch: 3 },
    });
    expect(read(head(2, "op", 3, ...more), false)).toBe("malformed");
  });

  test("may add values at the end of an entry", () => {
    const bytes = Buffer.concat([head(6, 1, 1, 1, false), packr.pack([3, 1, 1, 42, "more", [1]])]);
    expect(read(bytes, true)).toMatchObject({ body: { entries: [{ kind: "digest", digest: 42 }] } });
    expect(read(bytes, false)).toBe("malformed");
  });

  test("may send kinds that are unknown here, which is a fault of its own", () => {
    expect(read(head(99, "op"), true)).toBe("unknown kind");
  });

  test("may not leave out what is known", () => {
    expect(read(head(2, "op"), true)).toBe("malformed");
  });

  test("of a call's epoch, version 1 says nothing, 2 says it, and 3 may say more", () => {
    const old = ["op", "key", 7, 5, 0, false] as const;
    expect(read(head(1, ...old))).toMatchObject({ body: { opened: 5, epoch: 0 } });
    expect(read(head(1, ...old, 9))).toMatchObject({ body: { opened: 5, epoch: 9 } });
    expect(read(head(1, ...old, 9, "more"), true)).toMatchObject({ body: { epoch: 9 } });
    for (const wrong of [[9, "more"], ["9"], [-1], [null], [2.5]]) expect(read(head(1, ...old, ...wrong))).toBe("malformed"); // prettier-ignore
  });
});

test("a large journal goes in several frames that together hold its entries in order, each small", () => {
  const entries: Entry<TestEvent>[] = Array.from({ length: 200 }, (_, n) => ({
    kind: "fill",
    shard: 1,
    epoch: 1,
    n,
    isFirst: true,
    isLast: true,
    states: [["key", new Uint8Array(2_000)]],
    operations: [],
  }));
  const frame: TestFrame = {
    from: { id: "a", incarnation: 1 },
    to: { id: "b", incarnation: 1 },
    body: { kind: "journal", stream: 1, first: 11, entries, isUrgent: false },
  };
  const encodings = codec.encode(frame);
  expect(encodings.length).toBeGreaterThan(5);
  const got: Entry<TestEvent>[] = [];
  for (const each of encodings) {
    expect(each.length).toBeLessThan(limits.relayPacketBytesMax + 3_000);
    const part = read(joined(each));
    if (typeof part === "string" || part.body.kind !== "journal") throw new Error("no journal");
    expect(part.body.first).toBe(11 + got.length);
    got.push(...part.body.entries);
  }
  expect(got).toEqual(entries);
});

test("what a copy keeps of a fill is not a view of the message", () => {
  const entry = { kind: "fill", shard: 1, epoch: 1, n: 1, isFirst: true, isLast: true, states: [["key", Uint8Array.of(7)]], operations: [] } as const; // prettier-ignore
  const bytes = onlyBytes({
    from: { id: "a", incarnation: 1 },
    to: { id: "b", incarnation: 1 },
    body: { kind: "journal", stream: 1, first: 1, entries: [entry], isUrgent: true },
  });
  const got = read(bytes);
  bytes.fill(0);
  expect(got).toMatchObject({ body: { entries: [{ states: [["key", Uint8Array.of(7)]] }] } });
});

test("acknowledgements, signs of life and words without a body need no credit", () => {
  const lane = (body: TestFrame["body"]): unknown =>
    codec
      .encode({ from: { id: "a", incarnation: 1 }, to: { id: "b", incarnation: 1 }, body })
      .map((each) => each.lane);
  expect(lane({ kind: "ack", stream: 1, upTo: 1, faulty: [] })).toEqual(["control"]);
  expect(lane({ kind: "accepted", op: "op", epoch: 1 })).toEqual(["control"]);
  expect(lane({ kind: "journal", stream: 1, first: 1, entries: [], isUrgent: true })).toEqual(["control"]);
  expect(lane({ kind: "journal", stream: 1, first: 1, entries: [{ kind: "digest", shard: 1, epoch: 1, digest: 1 }], isUrgent: false })).toEqual(["journal"]); // prettier-ignore
  expect(lane({ kind: "answer", op: "op", epoch: 1, ending: { kind: "answered", answer: "x" } })).toEqual([
    "body",
  ]);
});
