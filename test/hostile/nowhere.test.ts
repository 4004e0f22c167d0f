/** What does not exist: addresses, methods, names. Checklist Z1. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { modernBody, modernHeaders } from "./agent.ts";
import { Gateway } from "./gateway.ts";
import { Line, requestText, sendRaw, upgradeHeaders, type RawAnswer } from "./rawsocket.ts";
import { HttpOlder } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent", ["reader", "s/tools"]);
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const good = (): Record<string, string> => modernHeaders(key, "tools/list");

/** One request to an address, with a good credential. */
function knock(path: string, isUpgrade: boolean): Promise<RawAnswer | undefined> {
  const headers = { host: gateway.host, ...good(), ...(isUpgrade ? upgradeHeaders : {}) };
  const head = `${isUpgrade ? "GET" : "POST"} ${path} HTTP/1.1`;
  return sendRaw(
    gateway.port,
    requestText(head, Object.entries(headers), isUpgrade ? "" : modernBody(1, "tools/list")),
  );
}

describe("Z1: what does not exist", () => {
  const tricks = [
    "reader/",
    "reader%00",
    "reader%20",
    "Reader",
    "READER",
    "%72eader",
    "reader.",
    "reader/.",
    "./reader",
    "../p/reader",
    "x/../reader",
    "x/%2e%2e/reader",
    "..%2freader",
    "%2e%2e/p/reader",
    ".%2e/p/reader",
    "reader;x=1",
    "reader%2f",
    "reader\\",
    "x\\..\\reader",
    "\u0072\u0435ader",
    "reader\u0000",
    "reader ",
    " reader",
    "*",
    "",
    "-",
    "default",
    "reader,writer",
    "reader%252f..",
    "reader%0d%0a",
    "//reader",
    "__proto__",
    "constructor",
    "toString",
    "all",
    "global",
    "0",
    "null",
    "undefined",
    "%",
    "%zz",
    "~",
    "reader#",
    "r%65ader",
    "reader?x",
    "reader/mcp",
    "reader/../writer",
  ];
  const id = fc.oneof(
    fc.constantFrom(...tricks),
    fc.string({ maxLength: 24 }),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.stringMatching(/^[a-z0-9-]{1,20}$/),
    fc.webPath(),
  );
  const shape = fc.constantFrom(
    "/p/ID/mcp",
    "/t/default/p/ID/mcp",
    "/t/ID/p/reader/mcp",
    "/s/ID/mcp",
    "/t/default/s/ID/mcp",
    "/p/reader/ID",
    "/ID/reader/mcp",
    "/t/default/ID/reader/mcp",
    "/ID",
    "/p/ID",
    "/ID/mcp",
    "/.well-known/oauth-protected-resource/p/ID/mcp",
    "/p/ID/sse",
    "/p/ID/message",
    "/p/ID/ticket",
  );
  const exists =
    /^(\/healthz|\/readyz|\/metrics|(\/\.well-known\/oauth-protected-resource)?(\/t\/default)?\/(p\/(reader|writer|strict|recent|h[1-5])|s\/tools)\/(mcp|sse|message|ticket))$/;

  test("Z1: of 10,000 invented addresses none answers anything but 404 or 400, credential and all, and none reaches the upstream", async () => {
    const line = new Line(gateway.port, "");
    const headers = Object.entries(good());
    const body = modernBody(1, "tools/list");
    gateway.tools.forget();
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(shape, id, async (form, name) => {
        // What would end the request line is another test's; a query or fragment is no part of the address.
        const target = form.replace("ID", () =>
          Buffer.from(name, "utf8")
            .toString("latin1")
            .replace(/[\0-\x20\x7f?#]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(2, "0")}`),
        );
        fc.pre(!exists.test(target));
        const { status, body: text } = await line.send(headers, body, `POST ${target} HTTP/1.1`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect({
          target,
          isNone: status === 404 || status === 400,
          lists: /"tools"|resource_metadata|"resource":/.test(text),
        }).toEqual({ target, isNone: true, lists: false });
      }),
      { numRuns: 10_000 },
    );
    expect(statuses.get(404)).toBeGreaterThan(5_000);
    expect(gateway.tools.calls).toEqual([]);
    line.end();
  }, 60_000);

  test("Z1: an address that a URL parser would straighten out is no endpoint's, at the upgrade as little as elsewhere", async () => {
    const crooked = [
      "/p/x/../reader/mcp",
      "/p/x/%2e%2e/reader/mcp",
      "/p/./reader/mcp",
      "/p/%2e/reader/mcp",
      "/p\\reader\\mcp",
      "/p/reader/mcp/.",
      "/x/../p/reader/mcp",
      "/p/reader/%2e/mcp",
      "/p/reader/x/../mcp",
      "/p/re\tader/mcp".replace("\t", "%09"),
    ];
    const served: string[] = [];
    for (const path of crooked)
      for (const isUpgrade of [true, false]) {
        const answer = await knock(path, isUpgrade);
        if (answer?.status !== 404 && answer?.status !== 400)
          served.push(`${path} ${String(isUpgrade)} ${answer?.status ?? 0}`);
      }
    expect(served).toEqual([]);
  });

  test("Z1: unknown methods, tools, prompts, resources, templates and cursors never fall back to something that is there", async () => {
    const older = await HttpOlder.open({ port: gateway.port, path: "/p/reader", key });
    gateway.tools.forget();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          "tools/call",
          "prompts/get",
          "resources/read",
          "completion/complete",
          "resources/subscribe",
          "tools/list",
          "METHOD",
        ),
        fc.oneof(fc.constantFrom(...tricks), fc.string({ maxLength: 40 })),
        async (method, name) => {
          const asked = method === "METHOD" ? name : method;
          fc.pre(asked !== "ping");
          const ref = { type: "ref/prompt", name };
          const { message } = await older.request(asked, {
            name,
            uri: name,
            cursor: name,
            ref,
            argument: { name: "a", value: "b" },
          });
          expect({ asked, name, isRefused: message !== undefined && "error" in message }).toEqual({
            asked,
            name,
            isRefused: true,
          });
        },
      ),
      { numRuns: 800 },
    );
    expect(gateway.tools.calls).toEqual([]);
  });
});
