import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { SseReader } from "./sse.ts";
import type { SseEvent } from "./sse.ts";

function read(chunks: readonly Buffer[], bytesMax = 1_000_000): SseEvent[] {
  const events: SseEvent[] = [];
  const reader = new SseReader(bytesMax, (event) => void events.push(event));
  for (const chunk of chunks) reader.push(chunk);
  return events;
}

function readText(text: string): SseEvent[] {
  return read([Buffer.from(text)]);
}

function outcome(chunks: readonly Uint8Array[]): string {
  try {
    read(chunks.map((chunk) => Buffer.from(chunk)));
    return "read";
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
}

const none = { id: undefined, retryMs: undefined };

describe("the examples of the HTML standard", () => {
  test("data lines are joined; one blank after the colon goes", () => {
    expect(readText("data: YHOO\ndata: +2\ndata: 10\n\n")).toEqual([
      { event: "", data: "YHOO\n+2\n10", ...none },
    ]);
    expect(readText("data:test\n\ndata: test\n\ndata:  two\n\n").map(({ data }) => data)).toEqual([
      "test",
      "test",
      " two",
    ]);
  });

  test("comments say nothing, a field without colon has an empty value, an event without its blank line is not complete", () => {
    expect(
      readText(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"),
    ).toEqual([
      { event: "", data: "first event", id: "1", retryMs: undefined },
      { event: "", data: "second event", id: "", retryMs: undefined },
    ]);
  });

  test("unknown fields are ignored and a byte order mark at the start is skipped", () => {
    expect(readText("\uFEFFdata: a\nfoo: b\nDATA: c\n\n")).toEqual([{ event: "", data: "a", ...none }]);
  });

  test("retry takes digits alone, an id with NUL is ignored", () => {
    expect(readText("retry: 3000\nid: a\u0000b\ndata: x\n\nretry: 3s\ndata: y\n\n")).toEqual([
      { event: "", data: "x", id: undefined, retryMs: 3000 },
      { event: "", data: "y", ...none },
    ]);
  });
});

test("an event that only primes the stream is told, with its id", () => {
  expect(readText("id: 7\ndata:\n\n")).toEqual([{ event: "", data: "", id: "7", retryMs: undefined }]);
});

const fieldText = fc.string({ unit: fc.constantFrom("a", "é", "😀", ":", " ", "x", "\t"), maxLength: 12 });
const line = fc.oneof(
  fieldText.map((text) => `data:${text}`),
  fieldText.map((text) => `data: ${text}`),
  fieldText.map((text) => `id: ${text}`),
  fieldText.map((text) => `event: ${text}`),
  fc.constantFrom("retry: 12", ": comment", "", "", "other", "data"),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")), { maxLength: 40 })
  .map((lines) => Buffer.from(lines.map(([text, end]) => text + end).join("")));

test("the events do not depend on how the bytes were cut", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (bytes, cuts) => {
      const places = [
        0,
        ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right),
        bytes.length,
      ];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(read(chunks)).toEqual(read([bytes]));
      expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(read([bytes]));
    }),
  );
});

test("no bytes make it throw anything but a refusal in our own words", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (chunks) => {
      expect(["read", "UPSTREAM_GARBAGE"]).toContain(outcome(chunks));
    }),
  );
});

describe("an event beyond the bound is refused, and little more than the bound is kept", () => {
  const endless = [
    ["one line without end", () => Buffer.alloc(1_000, 0x78)],
    ["lines of data without end", () => Buffer.from("data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(20))],
    ["a comment without end", () => Buffer.from(`:${"x".repeat(999)}`)],
    ["empty data lines without end", () => Buffer.from("data\n".repeat(200))],
  ] as const;
  test.each(endless)("%s", (_, chunk) => {
    const reader = new SseReader(100_000, () => undefined);
    let pushed = 0;
    const push = (): void => {
      for (; pushed < 5_000_000; pushed += 1_000) reader.push(chunk());
    };
    expect(push).toThrow(/answerBytes/);
    expect(pushed).toBeLessThan(420_000);
  });

  test("a million chunks of one byte cost no million objects", () => {
    const reader = new SseReader(2_000_000, () => undefined);
    const byte = Buffer.from("x");
    const before = process.memoryUsage();
    for (let count = 0; count < 1_000_000; count++) reader.push(byte);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(20_000_000);
  });
});
