import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { settingsSchema } from "../../protocol/settings.ts";
import { addressRules, checkHeaders, checkHost, checkOrigin } from "./address.ts";
import type { AddressRules } from "./address.ts";

const rulesFor = (listen: object, port = 4870): AddressRules =>
  addressRules(settingsSchema.parse({ listen }).listen, port);
const loopback = rulesFor({});

describe("on loopback", () => {
  test.each(["localhost:4870", "127.0.0.1:4870", "[::1]:4870", "LOCALHOST:4870"])(
    "Host %s is our own",
    (host) => {
      expect(checkHost(host, loopback)).toBeUndefined();
    },
  );

  test.each([
    "evil.example",
    "evil.example:4870",
    "localhost",
    "localhost:4871",
    "127.0.0.1",
    "localhost.:4870",
    "localhost.evil.example:4870",
    "localhost:4870.evil.example",
    "evil.example#localhost:4870",
    "user@localhost:4870",
    "0.0.0.0:4870",
    "127.1:4870",
    "2130706433:4870",
    "[::]:4870",
    "::1:4870",
    "[::ffff:127.0.0.1]:4870",
    "localhost:04870",
    "localhost:4870 ",
    " localhost:4870",
    "localhost:4870,evil.example",
    "",
    "null",
    "*",
    "__proto__",
    "constructor",
    undefined,
  ])("Host %s is refused", (host) => {
    // prettier-ignore
    expect(checkHost(host, loopback)).toBe("HOST_REFUSED");
  });

  test.each(["http://localhost:4870", "http://127.0.0.1:4870", "http://[::1]:4870", undefined])(
    "Origin %s passes",
    (origin) => {
      expect(checkOrigin(origin, loopback)).toBeUndefined();
    },
  );

  test.each([
    "null",
    "",
    "https://localhost:4870",
    "http://localhost",
    "http://localhost:4871",
    "http://evil.example",
    "http://evil.example:4870",
    "http://localhost:4870.evil.example",
    "http://localhost:4870/",
    "http://localhost:4870@evil.example",
    "HTTP://LOCALHOST:4870",
    "http://localhost:4870 http://evil.example",
    "file://",
    "*",
    "localhost:4870",
    "__proto__",
  ])("Origin %s is refused", (origin) => {
    // prettier-ignore
    expect(checkOrigin(origin, loopback)).toBe("HOST_REFUSED");
  });

  test("the port is the one in use, also where the settings say 0", () => {
    const rules = rulesFor({ port: 0 }, 50_123);
    expect(checkHost("localhost:50123", rules)).toBeUndefined();
    expect(checkHost("localhost:4870", rules)).toBe("HOST_REFUSED");
    expect(checkOrigin("http://localhost:50123", rules)).toBeUndefined();
  });

  test("port 80 may be left out, as browsers do", () => {
    const rules = rulesFor({}, 80);
    for (const host of ["localhost", "localhost:80", "[::1]"]) expect(checkHost(host, rules)).toBeUndefined();
    expect(checkOrigin("http://localhost", rules)).toBeUndefined();
    expect(checkOrigin("http://localhost:80", rules)).toBe("HOST_REFUSED");
  });
});

describe("elsewhere", () => {
  test("bound to all interfaces, loopback names are good as Host and not as Origin", () => {
    for (const host of ["0.0.0.0", "::"]) {
      const rules = rulesFor({ host });
      expect(checkHost("localhost:4870", rules)).toBeUndefined();
      expect(checkHost("0.0.0.0:4870", rules)).toBe("HOST_REFUSED");
      expect(checkHost("192.0.2.1:4870", rules)).toBe("HOST_REFUSED");
      expect(checkOrigin("http://localhost:4870", rules)).toBe("HOST_REFUSED");
      expect(checkOrigin(undefined, rules)).toBeUndefined();
    }
  });

  test("bound to one address, that address is our own and loopback is not", () => {
    for (const [host, own] of [
      ["192.0.2.1", "192.0.2.1:4870"],
      ["2001:db8::1", "[2001:db8::1]:4870"],
      ["Gw.Example", "gw.example:4870"],
    ] as const) {
      // prettier-ignore
      const rules = rulesFor({ host });
      expect(checkHost(own, rules)).toBeUndefined();
      expect(checkOrigin(`http://${own}`, rules)).toBeUndefined();
      expect(checkHost("localhost:4870", rules)).toBe("HOST_REFUSED");
      expect(checkOrigin("http://localhost:4870", rules)).toBe("HOST_REFUSED");
    }
  });

  test("publicUrl adds its host, with and without its port by default, and its origin", () => {
    const rules = rulesFor({ publicUrl: "https://gw.example/prefix" });
    for (const host of ["gw.example", "gw.example:443", "localhost:4870"])
      expect(checkHost(host, rules)).toBeUndefined();
    for (const host of ["gw.example:80", "gw.example:4870", "x.gw.example", "gw.example.evil.example"])
      expect(checkHost(host, rules)).toBe("HOST_REFUSED");
    expect(checkOrigin("https://gw.example", rules)).toBeUndefined();
    for (const origin of ["http://gw.example", "https://gw.example:443", "https://gw.example/prefix"])
      expect(checkOrigin(origin, rules)).toBe("HOST_REFUSED");
    expect(checkHost("gw.example:8443", rulesFor({ publicUrl: "https://gw.example:8443" }))).toBeUndefined();
  });

  test("allowed values are taken whole, and each list for its own header", () => {
    const rules = rulesFor({
      allowedHosts: ["Proxy.internal", "10.0.0.1:8080", "[fd00::1]:80"],
      allowedOrigins: ["https://console.example:8443", "vscode-webview://abc"],
    });
    for (const host of ["proxy.internal", "10.0.0.1:8080", "[fd00::1]:80"])
      expect(checkHost(host, rules)).toBeUndefined();
    for (const host of ["proxy.internal:80", "10.0.0.1", "console.example:8443"])
      expect(checkHost(host, rules)).toBe("HOST_REFUSED");
    for (const origin of ["https://console.example:8443", "vscode-webview://abc"])
      expect(checkOrigin(origin, rules)).toBeUndefined();
    for (const origin of [
      "http://console.example:8443",
      "https://console.example",
      "http://proxy.internal",
      "vscode-webview://abd",
    ])
      expect(checkOrigin(origin, rules)).toBe("HOST_REFUSED");
  });

  test.each([
    "*",
    "*.example",
    "https://gw.example",
    "gw.example/",
    "gw.example:port",
    "",
    "a b",
    "gw.example:123456",
  ])("allowedHosts %o is refused at the start", (text) =>
    expect(() => rulesFor({ allowedHosts: [text] })).toThrow(/allowedHosts/),
  );

  test.each([
    "*",
    "null",
    "https://*",
    "https://a.example/",
    "https://A.example",
    "https://a.example:443",
    "a.example",
    "",
    "https://a b",
    "vscode-webview://*",
  ])("allowedOrigins %o is refused at the start", (text) =>
    expect(() => rulesFor({ allowedOrigins: [text] })).toThrow(/allowedOrigins/),
  );
});

const head = (rawHeaders: string[], more = {}): Parameters<typeof checkHeaders>[0] => ({
  rawHeaders: ["Host", "localhost:4870", ...rawHeaders],
  url: "/t/default/p/support/mcp",
  httpVersion: "1.1",
  ...more,
});

describe("the form of a request", () => {
  test("a usual one passes, and so do headers that may repeat", () => {
    const usual = ["Content-Type", "application/json", "Content-Length", "2", "Authorization", "Bearer x", "Origin", "http://a", "Mcp-Method", "tools/call", "Mcp-Name", "x", "Mcp-Param-A", "1", "Mcp-Param-B", "1"]; // prettier-ignore
    expect(checkHeaders(head(usual))).toBeUndefined();
    expect(
      checkHeaders(head(["Accept", "a", "Accept", "b", "X-Forwarded-For", "1", "X-Forwarded-For", "2"])),
    ).toBeUndefined();
  });

  test.each([
    "Authorization",
    "Host",
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "Origin",
    "Cookie",
    "Last-Event-ID",
    "Traceparent",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Upgrade",
    "Expect",
    "Transfer-Encoding",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "Mcp-Param-Anything",
  ])("%s twice is refused, in any case and with equal values", (name) => {
    expect(checkHeaders(head(name === "Host" ? [] : [name, "x"]))).toBeUndefined();
    for (const again of [name, name.toLowerCase(), name.toUpperCase()])
      expect(checkHeaders(head([name, "x", "Accept", "*/*", again, "x"]))?.problem).toBe("repeated");
  });

  test("__proto__ is refused in any case", () => {
    for (const name of ["__proto__", "__PROTO__", "__Proto__"])
      expect(checkHeaders(head([name, "x"]))?.problem).toBe("prototype");
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test("65 headers are too many, 64 are not", () => {
    const many = (count: number): string[] =>
      Array.from({ length: count - 1 }, (_, n) => [`x-${n}`, "1"]).flat();
    expect(checkHeaders(head(many(limits.headerCountMax)))).toBeUndefined();
    expect(checkHeaders(head(many(limits.headerCountMax + 1)))).toEqual({
      code: "REQUEST_HEADERS",
      problem: "count",
    });
  });

  test.each([
    "http://evil/a",
    "HTTP://evil/a",
    "//evil/a",
    "/\\evil/a",
    "*",
    "",
    "evil:443",
    "t/x",
    "?a",
    "/a#b",
    undefined,
  ])("the target %o is refused", (url) => expect(checkHeaders(head([], { url }))?.problem).toBe("target"));

  test.each(["/", "/a", "/a//b", "/a?b=http://x", "/a?b=%23"])("the target %s passes", (url) => {
    expect(checkHeaders(head([], { url }))).toBeUndefined();
  });

  test("Transfer-Encoding passes alone in HTTP/1.1, and neither in 1.0 nor beside a length", () => {
    expect(checkHeaders(head(["Transfer-Encoding", "chunked"]))).toBeUndefined();
    expect(checkHeaders(head(["Transfer-Encoding", "chunked"], { httpVersion: "1.0" }))?.problem).toBe(
      "transfer",
    );
    expect(checkHeaders(head(["Transfer-Encoding", "chunked", "Content-Length", "1"]))?.problem).toBe(
      "transfer",
    );
    expect(checkHeaders(head(["Content-Length", "1", "Transfer-Encoding", "chunked"]))?.problem).toBe(
      "transfer",
    );
    expect(checkHeaders(head(["Content-Length", "1"], { httpVersion: "1.0" }))).toBeUndefined();
  });
});

describe("what Node.js lets through, sent over a socket, is refused here:", () => {
  let port: number;
  let close: () => void;
  beforeAll(async () => {
    const server = createServer((request: IncomingMessage, response) => {
      const fault = checkHeaders(request)?.problem ?? checkHost(request.headers.host, rulesFor({}, port));
      response.end(fault ?? "passed");
    });
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    port = (server.address() as AddressInfo).port;
    close = () => server.close();
  });
  afterAll(() => close());

  const send = (text: string): Promise<string> =>
    new Promise((done, fail) => {
      let answer = "";
      const socket = connect(
        port,
        "127.0.0.1",
        () => void socket.write(text.replaceAll("\n", "\r\n").replaceAll("PORT", String(port))),
      );
      socket.setTimeout(3000, () => socket.destroy());
      socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
      socket.on("close", () => done(answer));
      socket.on("error", fail);
    });

  test.each<[string, string, RegExp]>([
    ["nothing wrong", "GET /a HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n", /passed/],
    ["two Hosts", "GET /a HTTP/1.1\nHost: localhost:PORT\nHost: evil\nConnection: close\n\n", /repeated|400/],
    [
      "an absolute target",
      "GET http://evil/a HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n",
      /target/,
    ],
    [
      "two Authorizations",
      "GET /a HTTP/1.1\nHost: localhost:PORT\nAuthorization: a\nAuthorization: b\nConnection: close\n\n",
      /repeated/,
    ],
    [
      "two Mcp-Names",
      "GET /a HTTP/1.1\nHost: localhost:PORT\nMcp-Name: a\nmcp-name: b\nConnection: close\n\n",
      /repeated/,
    ],
    [
      "chunks in HTTP/1.0",
      "POST /a HTTP/1.0\nHost: localhost:PORT\nTransfer-Encoding: chunked\n\n0\n\n",
      /transfer|400/,
    ],
    ["__proto__", "GET /a HTTP/1.1\nHost: localhost:PORT\n__proto__: x\nConnection: close\n\n", /prototype/],
    ["a rebound name", "GET /a HTTP/1.1\nHost: evil.example:PORT\nConnection: close\n\n", /HOST_REFUSED/],
    ["no Host in HTTP/1.0", "GET /a HTTP/1.0\n\n", /HOST_REFUSED/],
    [
      "2,500 headers",
      `GET /a HTTP/1.1\nHost: localhost:PORT\n${"a: b\n".repeat(2500)}Connection: close\n\n`,
      /count|431/,
    ],
  ])("%s", async (_, text, expected) => {
    expect(await send(text)).toMatch(expected);
  });
});
