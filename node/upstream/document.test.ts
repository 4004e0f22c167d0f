import { afterEach, expect, test } from "vitest";
import { Dialer } from "./dialer.ts";
import { fetchJson } from "./document.ts";
import { cleanUp, codeOf, later, loopback, rawServer, sendJson } from "./upstream.fixture.ts";

afterEach(cleanUp);

function dialer(): Dialer {
  const made = new Dialer();
  later(() => made.close());
  return made;
}

test("a JSON object is fetched, by any JSON media type", async () => {
  for (const type of ["application/json", "application/json; charset=utf-8", "application/jwk-set+json"]) {
    const server = await rawServer((_, response) =>
      response.writeHead(200, { "content-type": type }).end('{"keys":[]}'),
    );
    expect(await fetchJson(dialer(), server.url, loopback, 1_000)).toEqual({ keys: [] });
  }
});

test("what is no such document is refused, within its bound", async () => {
  const big = await rawServer((_, response) => sendJson(response, { a: "x".repeat(2_000) }));
  expect(await codeOf(fetchJson(dialer(), big.url, loopback, 1_000))).toBe("UPSTREAM_TOO_LARGE");
  const moved = await rawServer((_, response) => response.writeHead(302, { location: big.url }).end());
  expect(await codeOf(fetchJson(dialer(), moved.url, loopback, 10_000))).toBe("UPSTREAM_GARBAGE");
  const missing = await rawServer((_, response) => sendJson(response, {}, 404));
  expect(await codeOf(fetchJson(dialer(), missing.url, loopback, 10_000))).toBe("UPSTREAM_UNREACHABLE");
  for (const [type, text] of [
    ["text/html", "{}"],
    ["application/json", "[]"],
    ["application/json", '{"a":1,"a":2}'],
    ["application/json", ""],
  ] as const) {
    const server = await rawServer((_, response) =>
      response.writeHead(200, { "content-type": type }).end(text),
    );
    expect(await codeOf(fetchJson(dialer(), server.url, loopback, 10_000))).toBe("UPSTREAM_GARBAGE");
  }
});

test("an address that is not listed is not fetched from", async () => {
  const server = await rawServer((_, response) => sendJson(response, {}));
  expect(await codeOf(fetchJson(dialer(), server.url, {}, 1_000))).toBe("UPSTREAM_REFUSED_ADDRESS");
  expect(server.connections).toBe(0);
});
