import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteGatherer, LineGatherer, readUtf8 } from "./bytes.ts";
import { LineReader } from "./stdio.ts";

test("what was added comes out again, in order, whatever the sizes", () => {
  const sizes = fc.array(fc.oneof(fc.nat(10), fc.nat(5_000), fc.nat(70_000)), { maxLength: 20 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const gatherer = new ByteGatherer(2_000_000);
      for (const piece of pieces) expect(gatherer.add(piece)).toBe(true);
      expect(gatherer.take().equals(Buffer.concat(pieces))).toBe(true);
      expect(gatherer.length).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test("one byte beyond the bound is refused, and what was there is let go", () => {
  const gatherer = new ByteGatherer(10);
  expect(gatherer.add(Buffer.alloc(10))).toBe(true);
  expect(gatherer.add(Buffer.alloc(1))).toBe(false);
  expect(gatherer.take()).toHaveLength(0);
});

test("a single piece is not copied", () => {
  const piece = Buffer.from("{}");
  const gatherer = new ByteGatherer(10);
  gatherer.add(piece);
  expect(gatherer.take()).toBe(piece);
});

test("a line comes out as it was added, and the lines after it in the same memory", () => {
  const lines = fc.array(fc.array(fc.oneof(fc.nat(10), fc.nat(70_000)), { maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(lines, (all) => {
      const gatherer = new LineGatherer(500_000);
      for (const lengths of all) {
        const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        for (const piece of pieces) expect(gatherer.add(piece)).toBe(true);
        expect(gatherer.take().equals(Buffer.concat(pieces))).toBe(true);
        expect(gatherer.length).toBe(0);
      }
    }),
    { numRuns: 30 },
  );
  const gatherer = new LineGatherer(10_000_000);
  const memoryOf = (length: number): ArrayBufferLike => {
    gatherer.add(Buffer.alloc(length));
    return gatherer.take().buffer;
  };
  const first = memoryOf(100_000);
  expect(memoryOf(90_000)).toBe(first);
  // One long line is not paid for until the stream ends.
  const long = memoryOf(5_000_000);
  expect(memoryOf(90_000)).not.toBe(long);
});

test("a line one byte beyond the bound is refused, and what was there is let go", () => {
  const gatherer = new LineGatherer(10);
  expect(gatherer.add(Buffer.alloc(10))).toBe(true);
  expect(gatherer.add(Buffer.alloc(1))).toBe(false);
  expect(gatherer.take()).toHaveLength(0);
});

test("text that is not UTF-8 is refused, not mended", () => {
  expect(readUtf8(Buffer.from("grüße 😀"))).toBe("grüße 😀");
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]])
    expect(readUtf8(Buffer.from(bytes))).toBeUndefined();
});

function linesOf(chunks: readonly Buffer[], bytesMax: number): string[] {
  const lines: string[] = [];
  const reader = new LineReader(
    bytesMax,
    (line) => void lines.push(line.toString()),
    (head) => void lines.push(`too long: ${head.length}`),
  );
  for (const chunk of chunks) reader.push(chunk);
  return lines;
}

test("lines do not depend on how the bytes were cut, also around one that is too long", () => {
  const text = fc
    .array(fc.string({ unit: fc.constantFrom("a", "é", "\n", "b"), maxLength: 30 }))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), (all, cuts) => {
      const bytes = Buffer.from(all);
      const places = [
        0,
        ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right),
        bytes.length,
      ];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const whole = all
        .split("\n")
        .slice(0, -1)
        .map((line) => (Buffer.byteLength(line) > 12 ? "too long: 12" : line));
      // The last line has no end: only its being too long is told before.
      expect(linesOf(chunks, 12).slice(0, whole.length)).toEqual(whole);
    }),
  );
});

test("a line too long is told once and the next one is read", () => {
  expect(
    linesOf(
      [Buffer.from("short\n"), Buffer.alloc(50, 0x78), Buffer.alloc(50, 0x79), Buffer.from("\nnext\n")],
      60,
    ),
  ).toEqual(["short", "too long: 60", "next"]);
});
