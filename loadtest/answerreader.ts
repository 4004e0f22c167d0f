/**
 * Reads HTTP/1.1 answers from a raw socket on which one request at a time is open. Owns no socket. It knows what the
 * bench meets (content-length, chunked) and refuses the rest, so that it stays a small part of the driver's cost.
 */

export interface Answer {
  readonly status: number;
  /** Read as Latin-1: the driver compares ASCII. */
  readonly body: string;
  readonly isJson: boolean;
}

const headEnd = "\r\n\r\n";
/** No answer of the bench is near it. */
const answerCharsMax = 1_000_000;

export class AnswerReader {
  #text = "";

  /**
   * @returns the answer, once its last byte is there
   * @throws Error for what is not an answer, or for bytes that nobody asked for
   */
  push(chunk: Buffer): Answer | undefined {
    const text = this.#text === "" ? chunk.toString("latin1") : this.#text + chunk.toString("latin1");
    this.#text = text;
    if (text.length > answerCharsMax) throw new Error("an answer has no end");
    const at = text.indexOf(headEnd);
    if (at < 0) return undefined;
    const head = text.slice(0, at + 2);
    const from = at + headEnd.length;
    const status = Number(head.slice(9, 12));
    if (!head.startsWith("HTTP/1.1 ") || !(status >= 200))
      throw new Error(`not an answer: ${head.slice(0, 40)}`);
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    const body = length === undefined ? chunkedBody(head, text, from) : wholeBody(text, from, Number(length));
    if (body === undefined) return undefined;
    this.#text = "";
    return { status, body, isJson: /\r\ncontent-type: *application\/json\b/i.test(head) };
  }
}

function wholeBody(text: string, from: number, length: number): string | undefined {
  if (text.length < from + length) return undefined;
  if (text.length > from + length) throw new Error("bytes after the answer");
  return text.slice(from);
}

function chunkedBody(head: string, text: string, from: number): string | undefined {
  if (!/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) throw new Error("an answer without length");
  let body = "";
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size >= 0)) throw new Error("a chunk without size");
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) {
      if (text.length > end) throw new Error("bytes after the answer");
      return body;
    }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = end;
  }
}
