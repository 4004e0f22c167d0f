/**
 * A client that writes bytes, not requests: what it sends is exactly what a test says, and what comes back is read by a
 * reader of its own, which refuses what is not HTTP/1.1.
 */
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; a repeated one has its values joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawOptions {
  /** Where to send from: failed credentials are counted per address, so each test that makes many has its own. */
  readonly from?: string;
  readonly waitMs?: number;
  /** The request is a HEAD: its answer has no body, whatever length it states. */
  readonly isHead?: boolean;
}

export class RawSocket {
  readonly socket: Socket;
  /** What came, in pieces: joined when somebody looks. */
  #pieces: Buffer[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  /** @param allowHalfOpen true for a client that goes on when the other side has said its last word */
  constructor(port: number, from?: string, allowHalfOpen = false) {
    this.socket = connect({
      allowHalfOpen,
      port,
      host: "127.0.0.1",
      ...(from === undefined ? {} : { localAddress: from }),
    });
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk: Buffer) => {
      this.#pieces.push(chunk);
      this.#wake?.();
    });
    const close = (): void => {
      this.#closed = true;
      this.#wake?.();
    };
    this.socket.on("error", close);
    this.socket.on("close", close);
    this.socket.on("end", close);
  }

  /** True once the other side has ended or reset the connection. */
  get isClosed(): boolean {
    return this.#closed;
  }

  get received(): string {
    return this.#joined().toString("latin1");
  }

  #joined(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  write(bytes: string | Buffer): void {
    if (!this.socket.destroyed)
      this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Writes, and waits until the bytes have been taken or the connection has ended. */
  flushed(bytes: Buffer): Promise<void> {
    if (this.socket.destroyed || this.socket.write(bytes)) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once("drain", resolve);
      this.socket.once("close", () => resolve());
    });
  }

  /** The next whole answer; undefined when the connection ended without one. @throws when it takes longer, or is no HTTP */
  async answer(waitMs = 8_000, isHead = false): Promise<RawAnswer | undefined> {
    const end = performance.now() + waitMs;
    for (;;) {
      const read = readAnswer(this.#joined(), this.#closed, isHead);
      if (read !== undefined) {
        this.#pieces = [this.#joined().subarray(read.length)];
        return read.answer;
      }
      if (this.#closed) return undefined;
      if (performance.now() > end)
        throw new Error(`no answer in ${waitMs} ms: ${JSON.stringify(this.received.slice(0, 200))}`);
      await this.#more(end);
    }
  }

  /** Waits for the other side to end the connection. False when it did not. */
  async closes(waitMs: number): Promise<boolean> {
    const end = performance.now() + waitMs;
    while (!this.#closed && performance.now() < end) await this.#more(end);
    return this.#closed;
  }

  /** Waits until a text has come. */
  async receives(text: string, waitMs = 5_000): Promise<boolean> {
    const end = performance.now() + waitMs;
    while (!this.received.includes(text) && !this.#closed && performance.now() < end) await this.#more(end);
    return this.received.includes(text);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #more(end: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, end - performance.now()));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

/** Sends bytes on a connection of its own; the first answer, or undefined when the gateway closed without one. */
export async function sendRaw(
  port: number,
  bytes: string | Buffer,
  options: RawOptions = {},
): Promise<RawAnswer | undefined> {
  const socket = new RawSocket(port, options.from);
  socket.write(bytes);
  try {
    return await socket.answer(options.waitMs, options.isHead);
  } finally {
    socket.destroy();
  }
}

function readAnswer(
  bytes: Buffer,
  closed: boolean,
  isHead = false,
): { answer: RawAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error(`not a status line: ${first.slice(0, 100)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`not a header: ${line.slice(0, 100)}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const start = headEnd + 4;
  const length = headers.get("content-length");
  if (status === "100") return readAnswerAfter(bytes, start, closed);
  if (isHead) return { answer: { status: Number(status), headers, body: "" }, length: start };
  if (length !== undefined) {
    const end = start + Number(length);
    if (bytes.length < end) return undefined;
    return {
      answer: { status: Number(status), headers, body: bytes.toString("utf8", start, end) },
      length: end,
    };
  }
  if (headers.get("transfer-encoding") === "chunked") {
    const read = readChunks(bytes, start);
    return read && { answer: { status: Number(status), headers, body: read.body }, length: read.end };
  }
  if (status === "101" || status === "202" || status === "204" || status === "304")
    return { answer: { status: Number(status), headers, body: "" }, length: start };
  return closed
    ? {
        answer: { status: Number(status), headers, body: bytes.toString("utf8", start) },
        length: bytes.length,
      }
    : undefined;
}

function readAnswerAfter(
  bytes: Buffer,
  start: number,
  closed: boolean,
): { answer: RawAnswer; length: number } | undefined {
  const read = readAnswer(bytes.subarray(start), closed);
  return read && { answer: read.answer, length: start + read.length };
}

function readChunks(bytes: Buffer, start: number): { body: string; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const from = lineEnd + 2;
    if (!(size >= 0)) throw new Error("not a chunk size");
    if (bytes.length < from + size + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(parts).toString("utf8"), end: from + 2 };
    parts.push(bytes.subarray(from, from + size));
    at = from + size + 2;
  }
}

/** The bytes of a request; header lines stand as they are given, in their order. */
export function requestText(
  head: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: Buffer | string = "",
): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length =
    head.startsWith("POST") && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
      ? `Content-Length: ${bytes.length}\r\n`
      : "";
  return Buffer.concat([Buffer.from(`${head}\r\n${lines}${length}\r\n`, "latin1"), bytes]);
}

/** Requests one after another on one kept connection; on a new one when the gateway closed it. */
export class Line {
  readonly #port: number;
  readonly #head: string;
  readonly #from: string | undefined;
  #socket: RawSocket | undefined;

  /** @param head the request line */
  constructor(port: number, head: string, from?: string) {
    this.#port = port;
    this.#head = head;
    this.#from = from;
  }

  async send(
    headers: readonly (readonly [name: string, value: string])[],
    body: string | Buffer = "",
    head = this.#head,
  ): Promise<RawAnswer> {
    if (this.#socket === undefined || this.#socket.isClosed)
      this.#socket = new RawSocket(this.#port, this.#from);
    const host = headers.some(([name]) => name.toLowerCase() === "host")
      ? []
      : ([["Host", `127.0.0.1:${this.#port}`]] as const);
    this.#socket.write(requestText(head, [...host, ...headers], body));
    const answer = await this.#socket.answer();
    if (answer === undefined) throw new Error("closed without an answer");
    if (answer.headers.get("connection") === "close") this.end();
    return answer;
  }

  end(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** What makes a GET a WebSocket's first request. */
export const upgradeHeaders: { readonly [name: string]: string } = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  "sec-websocket-protocol": "mcp",
};

/** A WebSocket text frame of a client (RFC 6455, section 5.2), masked with zeros. At most 65,535 bytes. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text, "utf8");
  const head =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
