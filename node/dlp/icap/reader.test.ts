import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../protocol/limits.ts";
import { IcapFault, IcapReader } from "./reader.ts";
import type { IcapAnswer } from "./reader.ts";
import { answer, istag, message, none, sameRequest } from "./stub.fixture.ts";

type Outcome = { answer: IcapAnswer | undefined; surplus: number } | { fault: string };

function read(pieces: readonly Buffer[], bodyBytesMax = 10_000): Outcome {
  const reader = new IcapReader(bodyBytesMax);
  let whole: IcapAnswer | undefined;
  try {
    for (const piece of pieces) whole = reader.feed(piece) ?? whole;
  } catch (error) {
    if (!(error instanceof IcapFault)) throw error;
    return { fault: error.message };
  }
  return { answer: whole, surplus: reader.surplus };
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((each) => each % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const sound = [
  answer("204 No Content", [istag]),
  answer("204 No Content", [istag, none]),
  answer("100 Continue"),
  message("req", sameRequest, "hello"),
  message("req", sameRequest, ""),
  message("req", sameRequest, undefined),
  message("res", "HTTP/1.1 403 Forbidden\r\nVia: x", "blocked"),
  answer("200 OK", ["Encapsulated: req-hdr=0, res-hdr=18, res-body=37"], "GET / HTTP/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nTrail: er\r\n\r\n"), // prettier-ignore
];

describe("an ICAP answer", () => {
  test.each(sound)("is read whole: %j", (text) => {
    const outcome = read([Buffer.from(text)]);
    expect(outcome).toMatchObject({ surplus: 0, answer: { isCut: false } });
    expect("answer" in outcome && outcome.answer).toBeDefined();
  });

  test("has heads, lines and body apart", () => {
    expect(read([Buffer.from(sound.at(-1) ?? "")])).toMatchObject({
      answer: { status: 200, request: "GET / HTTP/1.1", response: "HTTP/1.1 200 OK", body: Buffer.from("abcde") },
    }); // prettier-ignore
  });

  test("is the same however its bytes are cut", () => {
    const bytes = fc.oneof(
      fc.constantFrom(...sound).map((text) => Buffer.from(text)),
      fc.tuple(fc.constantFrom(...sound), fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
        const changed = Buffer.from(text);
        changed[at % changed.length] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 12 }), (whole, places) => {
        const [one, cutUp] = [read([whole]), read(cut(whole, places))];
        // Of a broken answer a fault may be found earlier or later, but it is found; surplus has no whole answer to it.
        const kind = (outcome: Outcome): unknown => ("fault" in outcome ? "fault" : outcome);
        expect(kind(cutUp)).toEqual(kind(one));
      }),
      { numRuns: 2000 },
    );
  });

  test("that is any bytes at all is an answer, a fault or not whole, never anything else", () => {
    const grammar = fc.constantFrom("ICAP/1.0 ", "200 OK", "204", "\r\n", "\r\n\r\n", "Encapsulated: ", "req-hdr=0", ", ", "req-body=", "null-body=0", "0", "5\r\nhello", ";", "\0", "ÿ", "\n", ":"); // prettier-ignore
    fc.assert(
      fc.property(fc.array(grammar, { maxLength: 30 }), (parts) => {
        const outcome = read([Buffer.from(parts.join(""), "latin1")]);
        expect("fault" in outcome || outcome.surplus >= 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("with a body beyond its bound is cut, and no more is kept", () => {
    const outcome = read([Buffer.from(message("req", sameRequest, "x".repeat(20_000)))]);
    expect(outcome).toMatchObject({ answer: { isCut: true } });
  });

  test.each([
    ["a bare line feed", "ICAP/1.0 204 No\nX: y\r\n\r\n"],
    ["another protocol", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["a status of two digits", "ICAP/1.0 20 OK\r\n\r\n"],
    ["a folded header", answer("204 No", ["A: b\r\n c"])],
    ["a header without a name", answer("204 No", [": b"])],
    ["a space before the colon", answer("204 No", ["A : b"])],
    ["204 with a body", answer("204 No", ["Encapsulated: req-hdr=0, req-body=10"])],
    ["a body that is no last part", answer("200 OK", ["Encapsulated: req-body=0, req-hdr=10"])],
    ["heads without a body", answer("200 OK", ["Encapsulated: req-hdr=0"])],
    ["offsets that fall", answer("200 OK", ["Encapsulated: req-hdr=0, res-hdr=20, res-body=10"])],
    ["an offset that is not 0 first", answer("200 OK", ["Encapsulated: req-hdr=3, req-body=10"])],
    ["a part twice", answer("200 OK", ["Encapsulated: req-hdr=0, req-hdr=4, req-body=10"])],
    ["two Encapsulated headers", answer("200 OK", [none, none])],
    ["an offset beyond all bounds", answer("200 OK", ["Encapsulated: req-hdr=0, req-body=9999999"])],
    ["a head that does not end at its offset", answer("200 OK", ["Encapsulated: req-hdr=0, req-body=10"], "GET / HTTP/1.1\r\n\r\n0\r\n\r\n")],
    ["a chunk size that is no number", answer("200 OK", ["Encapsulated: opt-body=0"], "zz\r\n")],
    ["a chunk size below zero", answer("200 OK", ["Encapsulated: opt-body=0"], "-5\r\n")],
    ["a chunk that is longer than it says", answer("200 OK", ["Encapsulated: opt-body=0"], "3\r\nabcd\r\n0\r\n\r\n")],
    ["a chunk line without an end", answer("200 OK", ["Encapsulated: opt-body=0"], `5;${"x".repeat(300)}`)],
    ["too many trailers", answer("200 OK", ["Encapsulated: opt-body=0"], `0\r\n${"A: b\r\n".repeat(40)}\r\n`)],
    ["a trailer that is no header", answer("200 OK", ["Encapsulated: opt-body=0"], "0\r\nnothing\r\n\r\n")],
    ["too many headers", answer("204 No", Array.from({ length: 65 }, (_, at) => `A${at}: b`))],
    ["a head without an end", `ICAP/1.0 204 No\r\nA: ${"x".repeat(limits.icapHeadBytesMax)}`],
  ])("with %s is a fault", (_, text) => {
    expect(read([Buffer.from(text)])).toHaveProperty("fault");
  }); // prettier-ignore
});
