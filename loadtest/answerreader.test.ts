import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerReader } from "./answerreader.ts";

const json = '{"jsonrpc":"2.0","id":1,"result":{}}';
const whole = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
const chunked =
  "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n" +
  `5\r\n${json.slice(0, 5)}\r\n${(json.length - 5).toString(16)}\r\n${json.slice(5)}\r\n0\r\n\r\n`;

describe("an answer", () => {
  test.each([whole, chunked])("is the same however its bytes are cut", (text) => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const reader = new AnswerReader();
        const answers = places.slice(1).map((to, at) => reader.push(Buffer.from(text.slice(places[at], to))));
        const found = answers.filter((answer) => answer !== undefined);
        expect(found).toEqual([{ status: 200, body: json, isJson: true }]);
      }),
    );
  });

  test("leaves nothing behind for the next one", () => {
    const reader = new AnswerReader();
    for (let at = 0; at < 3; at++) expect(reader.push(Buffer.from(whole))?.body).toBe(json);
  });

  test("that is a stream of events is not taken for JSON", () => {
    const text = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n";
    expect(new AnswerReader().push(Buffer.from(text))?.isJson).toBe(false);
  });

  test.each([
    ["bytes that nobody asked for", `${whole}HTTP/1.1`],
    ["an answer without length", "HTTP/1.1 200 OK\r\n\r\n"],
    ["another protocol", "SSH-2.0-server\r\n\r\n"],
  ])("is refused: %s", (_, text) => {
    expect(() => new AnswerReader().push(Buffer.from(text))).toThrow(Error);
  });
});
