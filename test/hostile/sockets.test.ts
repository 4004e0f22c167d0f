/** Bytes that are no plain HTTP/1.1 request: checklist W4. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { modernBody, modernHeaders } from "./agent.ts";
import { Gateway } from "./gateway.ts";
import { RawSocket, requestText, sendRaw } from "./rawsocket.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const head = "POST /p/reader/mcp HTTP/1.1";
const body = modernBody(1, "tools/call", { name: "echo" });
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
/** What a smuggler hides: a whole second request, with the same credential. */
const hidden = (): string => requestText(head, plain(), body).toString("latin1");

/** The headers of a good request. */
function plain(): [string, string][] {
  return [["Host", gateway.host], ...Object.entries(modernHeaders(key, "tools/call", { name: "echo" }))];
}

function withHeaders(...more: readonly (readonly [string, string])[]): Buffer {
  return requestText(head, [...plain(), ...more], body);
}

/** The same, with one header's line replaced by other bytes. */
function replaced(name: string, lines: string): string {
  const text = withHeaders().toString("latin1");
  return text.replace(new RegExp(`\\r\\n${name}: [^\\r]*`, "i"), () => `\r\n${lines}`);
}

/** Headers without a length; the body follows as given. */
function framed(headers: string, content: string, requestLine = head): string {
  const lines = plain().map(([name, value]) => `${name}: ${value}\r\n`);
  return `${requestLine}\r\n${lines.join("")}${headers}\r\n${content}`;
}

describe("W4: what one parser and another could read differently", () => {
  /** Bytes, and which statuses refuse them; a connection closed without an answer is a refusal too. */
  const table: readonly (readonly [
    what: string,
    statuses: readonly number[],
    bytes: () => string | Buffer,
  ])[] = [
    [
      "Content-Length and Transfer-Encoding",
      [400],
      () => framed(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n`, chunked + hidden()),
    ],
    [
      "Transfer-Encoding and Content-Length",
      [400],
      () => framed(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, chunked + hidden()),
    ],
    ["Transfer-Encoding: xchunked", [400], () => framed("Transfer-Encoding: xchunked\r\n", chunked)],
    [
      "Transfer-Encoding: chunked, identity",
      [400],
      () => framed("Transfer-Encoding: chunked, identity\r\n", chunked),
    ],
    [
      "Transfer-Encoding twice",
      [400],
      () => framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked),
    ],
    [
      "Transfer-Encoding with a vertical tab",
      [400],
      () => framed("Transfer-Encoding: \x0bchunked\r\n", chunked),
    ],
    [
      "Content-Length twice, equal",
      [400],
      () => framed(`Content-Length: ${body.length}\r\nContent-Length: ${body.length}\r\n`, body),
    ],
    [
      "Content-Length twice, unequal",
      [400],
      () => framed(`Content-Length: 4\r\nContent-Length: ${body.length}\r\n`, body),
    ],
    [
      "Content-Length in a list",
      [400],
      () => framed(`Content-Length: ${body.length}, ${body.length}\r\n`, body),
    ],
    ["Content-Length: +n", [400], () => framed(`Content-Length: +${body.length}\r\n`, body)],
    ["Content-Length: -1", [400], () => framed("Content-Length: -1\r\n", body)],
    [
      "Content-Length in hexadecimal",
      [400],
      () => framed(`Content-Length: 0x${body.length.toString(16)}\r\n`, body),
    ],
    ["Content-Length beyond 2^64", [400], () => framed("Content-Length: 18446744073709551617\r\n", body)],
    ["a space before the colon", [400], () => framed(`Content-Length : ${body.length}\r\n`, body)],
    ["a folded header", [400], () => replaced("mcp-name", "mcp-name: ec\r\n ho")],
    ["a bare line feed between headers", [400], () => replaced("mcp-name", "mcp-name: echo\nmcp-name: drop")],
    [
      "a bare carriage return in a header",
      [400],
      () => replaced("mcp-name", "mcp-name: echo\rmcp-name: drop"),
    ],
    ["NUL in a header", [400], () => replaced("mcp-name", "mcp-name: ec\0ho")],
    ["a control character in a header", [400], () => replaced("mcp-name", "mcp-name: ec\x1bho")],
    ["NUL in a header's name", [400], () => replaced("mcp-name", "mcp-\0name: echo")],
    ["a header without a colon", [400], () => replaced("mcp-name", "mcp-name echo")],
    ["an empty header name", [400], () => withHeaders(["", "x"])],
    [
      "a blank before the first header",
      [400],
      () =>
        `${head}\r\n ${withHeaders()
          .toString("latin1")
          .slice(head.length + 2)}`,
    ],
    ["no Host", [400, 403], () => replaced("host", "x-host: none")],
    ["an empty Host", [400, 403], () => replaced("host", "host: ")],
    ["Host twice", [400], () => withHeaders(["Host", "evil.example"])],
    ["Host twice, equal", [400], () => withHeaders(["HOST", gateway.host])],
    ["Host with user information", [403], () => replaced("host", `host: evil@${gateway.host}`)],
    ["two Hosts in one", [400, 403], () => replaced("host", `host: ${gateway.host}, evil.example`)],
    ["Authorization twice", [400], () => withHeaders(["Authorization", "Bearer other"])],
    ["Authorization twice, equal", [400], () => withHeaders(["authorization", `Bearer ${key}`])],
    ["Mcp-Name twice", [400], () => withHeaders(["Mcp-Name", "drop"])],
    ["Mcp-Name twice, equal", [400], () => withHeaders(["MCP-NAME", "echo"])],
    ["Mcp-Method twice", [400], () => withHeaders(["Mcp-Method", "tools/call"])],
    ["Mcp-Session-Id twice", [400], () => withHeaders(["Mcp-Session-Id", "a"], ["Mcp-Session-Id", "b"])],
    ["MCP-Protocol-Version twice", [400], () => withHeaders(["MCP-Protocol-Version", "2025-11-25"])],
    ["Mcp-Param-* twice", [400], () => withHeaders(["Mcp-Param-Region", "eu"], ["mcp-param-region", "us"])],
    ["Content-Type twice", [400], () => withHeaders(["Content-Type", "text/plain"])],
    [
      "Origin twice",
      [400, 403],
      () => withHeaders(["Origin", `http://${gateway.host}`], ["Origin", "http://evil.example"]),
    ],
    ["Cookie twice", [400], () => withHeaders(["Cookie", "a=1"], ["Cookie", "b=2"])],
    ["a __proto__ header", [400], () => withHeaders(["__proto__", "x"])],
    ["a __PROTO__ header", [400], () => withHeaders(["__PROTO__", "x"])],
    [
      "absolute form",
      [400],
      () => requestText(`POST http://${"127.0.0.1"}/p/reader/mcp HTTP/1.1`, plain(), body),
    ],
    [
      "absolute form of another host",
      [400],
      () => requestText("POST http://evil.example/p/reader/mcp HTTP/1.1", plain(), body),
    ],
    ["two slashes", [400], () => requestText("POST //evil.example/p/reader/mcp HTTP/1.1", plain(), body)],
    [
      "a backslash",
      [400, 404],
      () => requestText("POST /\\evil.example/p/reader/mcp HTTP/1.1", plain(), body),
    ],
    ["a fragment", [400], () => requestText("POST /p/reader/mcp#x HTTP/1.1", plain(), body)],
    ["an asterisk", [400], () => requestText("OPTIONS * HTTP/1.1", plain(), "")],
    ["authority form", [400, 404, 405], () => requestText("CONNECT evil.example:443 HTTP/1.1", plain(), "")],
    [
      "HTTP/1.0 with Transfer-Encoding",
      [400],
      () => framed("Transfer-Encoding: chunked\r\n", chunked, "POST /p/reader/mcp HTTP/1.0"),
    ],
    ["HTTP/0.9", [400], () => "GET /p/reader/mcp\r\n\r\n"],
    ["HTTP/1.2", [400, 505], () => requestText("POST /p/reader/mcp HTTP/1.2", plain(), body)],
    ["HTTP/2.0 in words", [400, 505], () => requestText("POST /p/reader/mcp HTTP/2.0", plain(), body)],
    ["an HTTP/2 preface", [400, 505], () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a TLS hello", [400], () => Buffer.from("16030100050100000100", "hex")],
    ["an unknown method", [400], () => requestText("FROB /p/reader/mcp HTTP/1.1", plain(), body)],
    ["a chunk size with a plus", [400], () => framed("Transfer-Encoding: chunked\r\n", `+${chunked}`)],
    ["a chunk size with a prefix", [400], () => framed("Transfer-Encoding: chunked\r\n", `0x${chunked}`)],
    [
      "a chunk longer than it says",
      [400],
      () => framed("Transfer-Encoding: chunked\r\n", `5\r\n${body}\r\n0\r\n\r\n`),
    ],
    [
      "a chunk with a bare line feed",
      [400],
      () => framed("Transfer-Encoding: chunked\r\n", chunked.replace("\r\n", "\n")),
    ],
    [
      "20 KB of chunk extension",
      [400, 413],
      () =>
        framed(
          "Transfer-Encoding: chunked\r\n",
          `${body.length.toString(16)};x=${"y".repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`,
        ),
    ],
    ["a header of 17 KB", [431], () => withHeaders(["X-Long", "x".repeat(17 * 1024)])],
    [
      "2,500 headers",
      [400, 431],
      () => withHeaders(...Array.from({ length: 2_500 }, (_, at) => [`x${at}`, "1"] as const)),
    ],
    [
      "2,500 short headers that fit",
      [400, 431],
      () => withHeaders(...Array.from({ length: 2_500 }, () => ["a", ""] as const)),
    ],
    [
      "a target of 17 KB",
      [400, 431],
      () => requestText(`POST /p/reader/mcp?${"x".repeat(17 * 1024)} HTTP/1.1`, plain(), body),
    ],
    ["Expect: something else", [400, 417], () => withHeaders(["Expect", "200-ok"])],
    [
      "a trailer that names the tool",
      [200, 400],
      () =>
        framed(
          "Transfer-Encoding: chunked\r\nTrailer: mcp-name\r\n",
          chunked.replace("0\r\n\r\n", "0\r\nmcp-name: drop\r\n\r\n"),
        ),
    ],
  ];

  test.each(table)("W4: %s: refused, and nothing hidden in it runs", async (what, statuses, bytes) => {
    gateway.tools.forget();
    const socket = new RawSocket(gateway.port);
    socket.write(bytes());
    const answer = await socket.answer(3_000);
    await socket.closes(30);
    socket.destroy();
    const reached = gateway.tools.calls.map(({ params }) => params["name"]);
    expect({
      what,
      isExpected: answer === undefined || statuses.includes(answer.status),
      status: answer?.status,
    }).toMatchObject({ isExpected: true });
    expect(reached).toEqual(answer?.status === 200 ? ["echo"] : []);
    expect(socket.received).not.toContain("HTTP/1.1 200");
  });

  test("W4: the good request that all of these differ from is served", async () => {
    expect((await sendRaw(gateway.port, withHeaders()))?.status).toBe(200);
    expect((await sendRaw(gateway.port, framed("Transfer-Encoding: chunked\r\n", chunked)))?.status).toBe(
      200,
    );
  });

  test("W4: two good requests in one write are both answered, in order", async () => {
    const socket = new RawSocket(gateway.port);
    socket.write(
      Buffer.concat([
        requestText(head, plain(), modernBody("first", "tools/call", { name: "echo" })),
        requestText(head, plain(), modernBody("second", "tools/call", { name: "echo" })),
      ]),
    );
    const ids = [await socket.answer(), await socket.answer()].map(
      (answer) => (JSON.parse(answer?.body ?? "{}") as { id?: string }).id,
    );
    expect(ids).toEqual(["first", "second"]);
    socket.destroy();
  });

  test("W4: half a request that is never finished runs nothing", async () => {
    gateway.tools.forget();
    for (const cut of [10, 60, -body.length, -1]) {
      const socket = new RawSocket(gateway.port);
      socket.write(withHeaders().subarray(0, cut));
      socket.socket.end();
      await socket.closes(1_000);
      socket.destroy();
    }
    expect(gateway.tools.calls).toEqual([]);
  });
});
