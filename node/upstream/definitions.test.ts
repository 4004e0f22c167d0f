import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { readDefinitions } from "./definitions.ts";
import type { Definitions } from "./definitions.ts";
import { cleanUp, codeOf, httpEntry, later, modernServer, poolOf, rawServer, resultOf, sdkHttpServer, sendJson } from "./upstream.fixture.ts"; // prettier-ignore

afterEach(cleanUp);

test("of a real SDK v1 server: tools, prompts and templates, as they are", async () => {
  const server = await sdkHttpServer();
  const session = await poolOf(httpEntry(server.url)).pool.session("s", "a", {});
  const { tools, prompts, templates, refused } = await readDefinitions(session);
  expect(tools.map(({ name }) => name)).toContain("echo");
  expect(tools[0]).toMatchObject({
    description: "Says it back",
    inputSchema: { type: "object", required: ["text"] },
  });
  expect([prompts.map(({ name }) => name), templates.map(({ uriTemplate }) => uriTemplate)]).toEqual([
    ["greet"],
    ["test://item/{id}"],
  ]);
  expect(refused).toEqual([]);
});

type Page = (method: string, cursor: unknown) => JsonObject;

async function read(page: Page, capabilities: JsonObject = { tools: {} }): Promise<Definitions> {
  const server = await modernServer((message, response) => {
    const params = message["params"] as JsonObject;
    return sendJson(response, resultOf(message, page(String(message["method"]), params["cursor"])));
  }, capabilities);
  return readDefinitions(await poolOf(httpEntry(server.url)).pool.session("s", "a", {}));
}

const schema = { type: "object" };

test("all pages are read, in order; lists that were not declared are not asked for", async () => {
  const asked: string[] = [];
  const { tools, prompts } = await read((method, cursor) => {
    asked.push(method);
    const page = Number(cursor ?? 0);
    return {
      tools: [{ name: `t${page}`, inputSchema: schema }],
      ...(page < 3 ? { nextCursor: String(page + 1) } : {}),
    };
  });
  expect(tools.map(({ name }) => name)).toEqual(["t0", "t1", "t2", "t3"]);
  expect(prompts).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(["tools/list"]));
});

describe("a list without end is refused", () => {
  test("pages", async () => {
    expect(await codeOf(read((_, cursor) => ({ tools: [], nextCursor: `${String(cursor)}x` })))).toBe(
      "UPSTREAM_TOO_LARGE",
    );
  });
  test("items", async () => {
    const items = Array.from({ length: limits.listItemsMax + 1 }, (_, number) => ({
      name: `t${number}`,
      inputSchema: schema,
    }));
    expect(await codeOf(read(() => ({ tools: items })))).toBe("UPSTREAM_TOO_LARGE");
  });
  test("a circle of cursors", async () => {
    expect(await codeOf(read((_, cursor) => ({ tools: [], nextCursor: cursor === "a" ? "b" : "a" })))).toBe(
      "UPSTREAM_GARBAGE",
    );
  });
  test("no list at all", async () => {
    expect(await codeOf(read(() => ({ tools: { length: 1 } })))).toBe("UPSTREAM_GARBAGE");
  });
});

test("a name with anything a reader cannot see does not exist; the others do", async () => {
  const hidden = [
    "read\u0000file", "read\u001b[31m", "read\u0007", "read\u009bfile", "read\u200bfile", "read\u200dfile", "read\u2060file", "read\ufefffile", "read\u00adfile",
    "read\u202efile", "read\u202a", "read\u2066file", "read\u2069", "read\u061cfile", "read\u{e0041}\u{e0042}", "read\ufe0ffile", "read\u{e0100}", "read\u2028file",
    "read\u180efile", "read\u3164file", "read\u034ffile", "read\u115ffile", "read\nfile", "read\tfile", "read\u00a0file", "read\u3000file", " read", "read ", "", "x".repeat(129),
  ]; // prettier-ignore
  const tools = [...hidden, "read_file", "Größe", "read file", "x".repeat(128)].map((name) => ({
    name,
    inputSchema: schema,
  }));
  const found = await read(() => ({ tools }));
  expect(found.tools.map(({ name }) => name)).toEqual(["read_file", "Größe", "read file", "x".repeat(128)]);
  expect(found.refused).toHaveLength(hidden.length);
  const seen = found.refused.map(({ name, why }) => name + why).join("");
  expect(/[\p{Cc}\p{Cf}\p{Zl}\u{e0000}-\u{e0fff}]/u.test(seen)).toBe(false);
});

test("what is no tool is refused, with a reason", async () => {
  const bad = [
    [null, /no object/], ["text", /no object/], [{ inputSchema: schema }, /no name/], [{ name: 7, inputSchema: schema }, /no name/], [{ name: "a" }, /inputSchema/],
    [{ name: "b", inputSchema: [] }, /inputSchema/], [{ name: "c", inputSchema: { type: "string" } }, /inputSchema/], [{ name: "d", inputSchema: schema, outputSchema: "x" }, /outputSchema/],
    [{ name: "e", inputSchema: schema, description: "x".repeat(limits.toolDefinitionBytesMax) }, /too large/],
    [{ name: "f", inputSchema: { type: "object", properties: { a: { type: "string", "x-mcp-header": "a\r\nX: 1" } } } }, /HTTP token/],
    [{ name: "g", inputSchema: { type: "object", properties: { a: { type: "number", "x-mcp-header": "A" } } } }, /type string/],
    [{ name: "h", inputSchema: { type: "object", anyOf: [{ properties: { a: { type: "string", "x-mcp-header": "A" } } }] } }, /properties alone/],
    [{ name: "i", inputSchema: { type: "object", properties: { a: { type: "string", "x-mcp-header": "A" }, b: { type: "string", "x-mcp-header": "a" } } } }, /unique/],
  ] as const; // prettier-ignore
  const found = await read(() => ({ tools: bad.map(([tool]) => tool) }));
  expect(found.tools).toEqual([]);
  expect(found.refused.map(({ why }, at) => bad[at]?.[1].test(why))).toEqual(bad.map(() => true));
});

test("no $ref is followed, and a schema that is a trap costs nothing", async () => {
  const target = await rawServer((_, response) => response.end("{}"));
  let deep: JsonObject = { type: "string" };
  for (let level = 0; level < 25; level++) deep = { type: "object", properties: { a: deep } };
  const inputSchema = {
    type: "object",
    $ref: target.url,
    properties: { a: { $ref: `${target.url}#/x` }, b: { pattern: "^(a+)+$", type: "string" }, c: deep },
    allOf: Array.from({ length: 5_000 }, () => ({ $ref: "#" })),
  };
  const start = Date.now();
  const { tools } = await read(() => ({ tools: [{ name: "trap", inputSchema }] }));
  expect(tools).toHaveLength(1);
  expect(Date.now() - start).toBeLessThan(2_000);
  expect(target.connections).toBe(0);
});

test("a server that declares resources and has no templates has none; another failure is one", async () => {
  const answering = (code: number): Promise<Definitions> => {
    const made = modernServer(
      (message, response) =>
        sendJson(response, { jsonrpc: "2.0", id: message["id"], error: { code, message: "no" } }),
      { resources: {} },
    );
    return made.then(async (server) =>
      readDefinitions(await poolOf(httpEntry(server.url)).pool.session("s", "a", {})),
    );
  };
  expect((await answering(-32601)).templates).toEqual([]);
  expect(await codeOf(answering(-32603))).toBe("UPSTREAM_GARBAGE");
  later(() => undefined);
});
