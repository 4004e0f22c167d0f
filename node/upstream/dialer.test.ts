import { createHook } from "node:async_hooks";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { Secret } from "../vault/secret.ts";
import { Dialer, withCredential } from "./dialer.ts";
import type { DialPolicy, Line, LineRequest, Receiver } from "./dialer.ts";
import { selfSigned } from "./certificate.fixture.ts";
import { cleanUp, later, loopback, rawServer, until } from "./upstream.fixture.ts";

afterEach(cleanUp);

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly error: GatewayError | undefined;
}

/** Sends and waits for the one end there is. */
function send(
  line: Line,
  request: LineRequest = { method: "GET", headers: [] },
  more: Partial<Receiver> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const seen = { status: 0, text: "" };
    let ends = 0;
    const over = (error: GatewayError | undefined): void => {
      expect(++ends).toBe(1);
      resolve({ ...seen, error });
    };
    line.send(request, {
      head: (status) => {
        seen.status = status;
      },
      data: (chunk) => {
        seen.text += chunk.toString();
      },
      end: () => over(undefined),
      fail: over,
      ...more,
    });
  });
}

async function dial(url: string, policy: DialPolicy = loopback, dialer = new Dialer()): Promise<Outcome> {
  let line: Line;
  try {
    line = dialer.open(url, policy);
  } catch (error) {
    if (error instanceof GatewayError) return { status: 0, text: "", error };
    throw error;
  }
  later(() => line.close());
  return send(line);
}

function open(url: string, policy: DialPolicy = loopback): Line {
  const line = new Dialer().open(url, policy);
  later(() => line.close());
  return line;
}

/** Counts attempts to connect, below undici and node:net: the handle that makes the system call. */
async function connectsDuring(act: () => Promise<unknown>): Promise<number> {
  let connects = 0;
  const hook = createHook({
    init: (_, type) => {
      if (type === "TCPCONNECTWRAP") connects++;
    },
  }).enable();
  await act();
  hook.disable();
  return connects;
}

const loopbackHosts = [
  "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "0177.0.0.01",
  "0x7f.1", "127.0.0.1.", "0", "0.0.0.0", "0x0", "00", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00::1]", "[ff02::1]",
  "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1",
]; // prettier-ignore
const otherHosts = [
  "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
  "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[fd00:ec2::254]", "10.0.0.1", "012.0.0.1", "0xa.0.0.1", "167772161", "[::ffff:10.0.0.1]", "[::a00:1]",
  "172.16.0.1", "172.31.255.255", "192.168.0.1", "0300.0250.0.1", "3232235521", "[::ffff:192.168.0.1]", "[2002:c0a8:1::]", "100.64.0.1", "100.100.100.200",
  "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
  "[2001:db8::1]", "[100::1]", "[3fff::1]", "[5f00::1]", "[ff0e::1]", "[4000::1]", "[e000::1]", "[2001:10::1]", "[2001:20::1]", "[2001:2::1]",
]; // prettier-ignore
/** Names, and what a resolver says they are: each answer holds something that may not be dialled. */
const names: readonly (readonly [name: string, ...addresses: string[]])[] = [
  ["localhost.example", "127.0.0.1"], ["six.example", "::1"], ["mapped.example", "::ffff:127.0.0.1"], ["metadata.example", "169.254.169.254"],
  ["mixed.example", "93.184.216.34", "127.0.0.1"], ["mixed6.example", "2606:4700::1111", "::1"], ["last.example", "8.8.8.8", "1.1.1.1", "10.0.0.1"],
  ["zero.example", "0.0.0.0"], ["nat64.example", "64:ff9b::7f00:1"], ["sixtofour.example", "2002:7f00:1::"], ["local.example", "fe80::1%lo"],
  ["site.example", "fec0::1"], ["teredo.example", "2001:0:4136:e378:8000:63bf:80ff:fffe"], ["ula.example", "fd00::1"], ["cgn.example", "100.64.0.1"],
  ["multicast.example", "224.0.0.1"], ["odd.example", "127.1"], ["junk.example", "not an address"], ["octal.example", "0177.0.0.1"],
]; // prettier-ignore

describe("an address that is not public and not listed is never connected to", () => {
  const addresses = new Map(names.map(([name, ...found]) => [name, found]));
  const dialer = new Dialer((name, done) => {
    const found = addresses.get(name) ?? ["127.0.0.1"];
    done(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  });
  const hosts = [...loopbackHosts, ...otherHosts, ...names.map(([name]) => name)];

  test(`${hosts.length * 2} URLs, 0 connects`, async () => {
    const listener = await rawServer((_, response) => response.end("reached"));
    const urls = hosts.flatMap((host) => [
      `http://${host}:${listener.port}/`,
      `https://${host}:${listener.port}/x?y=z`,
    ]);
    expect(urls.length).toBeGreaterThan(120);
    const failures: string[] = [];
    const connects = await connectsDuring(async () => {
      for (const url of urls) {
        const { error } = await dial(url, {}, dialer);
        if (error?.code !== "UPSTREAM_REFUSED_ADDRESS" && error?.code !== "CONFIGURATION")
          failures.push(`${url}: ${error?.message}`);
      }
    });
    expect(failures).toEqual([]);
    expect(connects).toBe(0);
    expect(listener.connections).toBe(0);
  });

  test("the same listener is reached once its range is listed, by number and by name", async () => {
    const listener = await rawServer((_, response) => response.end("reached"));
    const texts: string[] = [];
    for (const host of ["127.0.0.1", "0x7f000001", "localhost.example"])
      texts.push((await dial(`http://${host}:${listener.port}/`, loopback, dialer)).text);
    expect(texts).toEqual(["reached", "reached", "reached"]);
    expect(listener.connections).toBe(3);
  });

  test("a name that changes its address between two connections is checked each time", async () => {
    const listener = await rawServer((_, response) =>
      response.writeHead(200, { connection: "close" }).end("reached"),
    );
    const answers = ["127.0.0.1", "127.0.0.2", "169.254.169.254"];
    const rebinding = new Dialer((_, done) =>
      done(null, [{ address: answers.shift() ?? "169.254.169.254", family: 4 }]),
    );
    const line = rebinding.open(`http://rebind.example:${listener.port}/`, { private: ["127.0.0.1"] });
    later(() => line.close());
    expect((await send(line)).text).toBe("reached");
    expect((await send(line)).error?.code).toBe("UPSTREAM_REFUSED_ADDRESS");
    expect((await send(line)).error?.code).toBe("UPSTREAM_REFUSED_ADDRESS");
    expect(listener.connections).toBe(1);
  });
});

test("schemes, ports and URLs that are no HTTP server's are refused before anything is dialled", () => {
  const dialer = new Dialer();
  const urls = ["ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "data:text/plain,x", "ws://example.com/", "not a URL", "", "https://user:pw@example.com/", "http://user@example.com/"]; // prettier-ignore
  for (const url of urls) expect(() => dialer.open(url, {})).toThrow(GatewayError);
  for (const port of [0, 22, 25, 587, 6000, 6667])
    expect(() => dialer.open(`http://example.com:${port}/`, {})).toThrow(/port/);
});

describe("a line", () => {
  test.each([301, 302, 303, 307, 308])(
    "never follows a redirect (%i), and sends its credential to nobody else",
    async (status) => {
      const target = await rawServer((_, response) => response.end("leak"));
      const server = await rawServer((_, response) =>
        response.writeHead(status, { location: target.url }).end(),
      );
      const credential = {
        header: "Authorization",
        scheme: "Bearer",
        secret: new Secret("s3cret-of-the-test"),
      };
      const { error, text } = await dial(server.url, { ...loopback, credential });
      expect(error?.code).toBe("UPSTREAM_GARBAGE");
      expect(text).toBe("");
      expect(target.connections).toBe(0);
    },
  );

  test("asks for no content coding and refuses one that comes", async () => {
    let accepted: string | undefined;
    const server = await rawServer((request, response) => {
      accepted = request.headers["accept-encoding"];
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000)));
    });
    const before = process.memoryUsage().rss;
    const { error } = await dial(server.url);
    expect(error?.code).toBe("UPSTREAM_GARBAGE");
    expect(accepted).toBe("identity");
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test("puts the credential into its header, and prints it nowhere", async () => {
    const value = `canary-${Math.random().toString(36).slice(2)}`;
    let got: string | undefined;
    const server = await rawServer((request, response) => {
      got = request.headers.authorization;
      response.end("ok");
    });
    const secret = new Secret(value);
    const dialer = new Dialer();
    const line = dialer.open(server.url, {
      ...loopback,
      credential: { header: "Authorization", scheme: "Bearer", secret },
    });
    later(() => line.close());
    let sending: unknown;
    await new Promise<void>((resolve) => {
      sending = line.send(
        { method: "GET", headers: [] },
        { head: () => undefined, data: () => undefined, end: resolve, fail: () => resolve() },
      );
    });
    expect(got).toBe(`Bearer ${value}`);
    for (const holder of [line, dialer, sending, secret]) {
      expect(inspect(holder, { depth: 12, showHidden: false })).not.toContain(value);
      expect(JSON.stringify(holder) ?? "").not.toContain(value);
    }
    expect(withCredential({ A: "1" }, { env: "TOKEN", secret })).toEqual({ A: "1", TOKEN: value });
  });

  test("uses no proxy of the environment", async () => {
    const proxy = await rawServer((_, response) => response.end("proxied"));
    const server = await rawServer((_, response) => response.end("direct"));
    const saved = { ...process.env };
    Object.assign(process.env, {
      http_proxy: proxy.url,
      HTTP_PROXY: proxy.url,
      ALL_PROXY: proxy.url,
      NODE_USE_ENV_PROXY: "1",
    });
    try {
      expect((await dial(server.url)).text).toBe("direct");
      expect(proxy.connections).toBe(0);
    } finally {
      for (const name of ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"])
        delete process.env[name];
      Object.assign(process.env, saved);
    }
  });

  test("asks `ready` in the very tick of the write, and writes nothing when it says no", async () => {
    let requests = 0;
    const server = await rawServer((_, response) => {
      requests++;
      response.end("ok");
    });
    const line = open(server.url);
    expect((await send(line)).text).toBe("ok");
    const no = new GatewayError("DRAINING");
    expect((await send(line, { method: "POST", headers: [], body: "{}" }, { ready: () => no })).error).toBe(
      no,
    );
    expect((await send(line)).text).toBe("ok");
    expect(requests).toBe(2);
  });

  test("does not send a POST twice when the connection breaks after the write", async () => {
    let requests = 0;
    const server = await rawServer((request) => {
      requests++;
      request.on("data", () => undefined);
      request.on("end", () => request.socket.destroy());
    });
    const { error } = await send(open(server.url), { method: "POST", headers: [], body: "{}" });
    expect(error?.code).toBe("UPSTREAM_CLOSED");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(requests).toBe(1);
  });

  test("lets requests beyond its sockets wait, in order, and refuses those beyond the queue", async () => {
    const waiting: (() => void)[] = [];
    const order: string[] = [];
    const server = await rawServer((request, response) => {
      order.push(request.url ?? "");
      waiting.push(() => response.end("ok"));
    });
    const line = open(server.url, { ...loopback, connectionsMax: 2 });
    const request = (path: string): Promise<Outcome> =>
      new Promise((resolve) => {
        const over = (error: GatewayError | undefined): void => resolve({ status: 0, text: "", error });
        line.send(
          { method: "GET", headers: [] },
          { head: () => undefined, data: () => undefined, end: () => over(undefined), fail: over },
          path,
        );
      });
    const all = [1, 2, 3, 4, 5].map((number) => request(`/${number}`));
    await until(() => waiting.length === 2);
    expect(line.counts).toEqual({ open: 2, streams: 0, waiting: 3 });
    const long = send(line, { method: "GET", headers: [], isLong: true });
    await until(() => waiting.length === 3);
    while (order.length < 6 || waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all([...all, long]);
    expect(order.filter((path) => path !== "/mcp")).toEqual(["/1", "/2", "/3", "/4", "/5"]);
    expect(line.counts).toEqual({ open: 0, streams: 0, waiting: 0 });
    const many = Array.from({ length: 1_100 }, () => send(line));
    const refused = (await Promise.all(many.slice(1_030))).map(({ error }) => error?.code);
    expect(new Set(refused)).toEqual(new Set(["OVERLOADED"]));
    await line.close();
    await Promise.all(many);
  });

  test("drops a request that is stopped while it waits, and never writes it", async () => {
    let requests = 0;
    const held: (() => void)[] = [];
    const server = await rawServer((_, response) => {
      requests++;
      held.push(() => response.end("ok"));
    });
    const line = open(server.url, { ...loopback, connectionsMax: 1 });
    const first = send(line);
    await until(() => requests === 1);
    const stopped = new GatewayError("CANCELLED");
    const second = new Promise<GatewayError>((resolve) => {
      const receiver = { head: () => undefined, data: () => undefined, end: () => undefined, fail: resolve };
      line.send({ method: "GET", headers: [] }, receiver).stop(stopped);
    });
    expect(await second).toBe(stopped);
    held.shift()?.();
    await first;
    const third = send(line);
    await until(() => requests === 2);
    held.shift()?.();
    expect((await third).text).toBe("ok");
  });

  test("tells what was never connected from what broke after the write", async () => {
    const gone = await rawServer(() => undefined);
    await new Promise<void>((resolve) => void gone.server.close(() => resolve()));
    expect((await dial(gone.url)).error?.code).toBe("UPSTREAM_UNREACHABLE");
    expect((await dial("http://no-such-host.invalid/")).error?.code).toBe("UPSTREAM_UNREACHABLE");
    const junk = await rawServer((request) => request.socket.end("HTTP/9.9 what\r\n\r\n"));
    expect((await dial(junk.url)).error?.code).toBe("UPSTREAM_GARBAGE");
    const heads = await rawServer((request) =>
      request.socket.write(`HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(5_000)}\r\n`),
    );
    expect((await dial(heads.url)).error?.code).toBe("UPSTREAM_GARBAGE");
    const half = await rawServer((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.destroy(), 20);
    });
    expect((await dial(half.url)).error?.code).toBe("UPSTREAM_CLOSED");
  });

  test("demands a certificate of the name it dialled, whatever the environment says", async () => {
    const { key, cert } = selfSigned("tls.example");
    const server = createTlsServer({ key, cert }, (request, response) =>
      response.end(String(request.headers.host)),
    );
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    later(() => server.close());
    const { port } = server.address() as AddressInfo;
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    later(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
    const dialer = new Dialer((_, done) => done(null, [{ address: "127.0.0.1", family: 4 }]));
    const trusting = { ...loopback, authorities: cert };
    expect((await dial(`https://tls.example:${port}/`, trusting, dialer)).text).toBe(`tls.example:${port}`);
    expect((await dial(`https://other.example:${port}/`, trusting, dialer)).error?.code).toBe(
      "UPSTREAM_UNREACHABLE",
    );
    expect((await dial(`https://tls.example:${port}/`, loopback, dialer)).error?.code).toBe(
      "UPSTREAM_UNREACHABLE",
    );
  });
});
