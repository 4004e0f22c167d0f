/** What an operator's catalogue and a server's schemas may make the gateway do: nothing (checklist T6, T8). */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterEach, describe, expect, test } from "vitest";
import { isLoaded, loadConfiguration } from "../../node/config.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Offer } from "./upstream.ts";
import { codeOf, ModernAgent, textOf, type Answer } from "./upstreamagent.ts";
import { childUpstream, cleanUp, httpUpstream, later, Stand, temporary } from "./upstreamstand.ts";

afterEach(cleanUp);

async function standBefore(
  offer: Offer,
): Promise<{ server: HostileServer; stand: Stand; agent: ModernAgent }> {
  const server = await HostileServer.start({ era: "modern", offer });
  later(() => server.stop());
  const stand = await Stand.start({ servers: { shop: httpUpstream(server) } });
  return { server, stand, agent: new ModernAgent(stand.url, stand.key) };
}

describe("T6 schemas of a server", () => {
  test("T6 an external $ref is never fetched: listing, accepting, calling connect to nobody", async () => {
    let connects = 0;
    const listener = createServer((_, response) => response.end("{}")).on("connection", () => connects++);
    await new Promise<void>((resolve) => void listener.listen(0, "127.0.0.1", resolve));
    later(() => listener.close());
    const at = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/schema.json`;
    const references: readonly JsonObject[] = [
      { type: "object", $ref: at },
      { type: "object", properties: { n: { $ref: at } } },
      { type: "object", allOf: [{ $ref: `${at}#/definitions/x` }], $dynamicRef: at },
      { type: "object", $schema: at, $id: at, properties: { n: { $recursiveRef: at } } },
      {
        type: "object",
        properties: { n: { type: "string", format: "uri", default: at, contentSchema: { $ref: at } } },
      },
      { type: "object", $defs: { a: { $ref: "file:///etc/passwd" }, b: { $ref: "//127.0.0.1/x" } } },
    ];
    const tools = references.map((inputSchema, n) =>
      toolNamed(`tool-${n}`, { inputSchema, outputSchema: inputSchema }),
    );
    const { server, stand, agent } = await standBefore(offerOf(...tools));
    await stand.ask("catalogue.check", { server: "shop" });
    await stand.ask("catalogue.accept", { server: "shop", by: "root" });
    expect(await agent.toolNames()).toHaveLength(references.length);
    server.onCall = (asked) =>
      asked.result({
        content: [{ type: "resource_link", uri: at, name: "x" }],
        structuredContent: { $ref: at },
      });
    for (const { name } of tools as { name: string }[]) {
      const { last } = await agent.call(name, { n: "1", ref: at });
      expect(last["error"] ?? last["result"]).toBeDefined();
    }
    expect(connects).toBe(0);
  });

  test("T6 a thousand pathological schemas cost milliseconds each, and hang nobody", async () => {
    const deep = (levels: number): JsonObject => {
      let schema: JsonObject = { type: "string" };
      for (let level = 0; level < levels; level++) schema = { type: "object", properties: { p: schema } };
      return schema;
    };
    const families: readonly ((n: number) => JsonObject)[] = [
      (n) => deep(1 + (n % 25)),
      (n) => ({
        type: "object",
        properties: Object.fromEntries(
          Array.from({ length: n % 300 }, (_, at) => [`p${at}`, { type: "string" }]),
        ),
      }),
      (n) => ({
        type: "object",
        properties: { n: { type: "string", pattern: `${"(a+)+".repeat(1 + (n % 20))}$` } },
      }),
      (n) => ({ type: "object", allOf: Array.from({ length: n % 100 }, () => ({ anyOf: [{}, {}, {}] })) }),
      () => ({ type: "object", $ref: "#", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } }),
      (n) => ({
        type: "object",
        properties: { n: { enum: Array.from({ length: n % 500 }, (_, at) => `value ${at}`) } },
      }),
      () => ({
        type: "object",
        properties: { constructor: { type: "string" }, toString: {}, hasOwnProperty: {} },
        required: ["constructor"],
      }),
      (n) => ({
        type: "object",
        properties: { n: { type: "string", minLength: 10 ** (n % 15), maxLength: -1 } },
        additionalProperties: n % 2 === 0,
      }),
      () => ({ type: "object", properties: [], required: {}, additionalProperties: "no" }),
      () => ({ type: "object", patternProperties: { "^(.*)*$": {} }, propertyNames: { pattern: "(x|x)*y" } }),
    ];
    const tools = Array.from({ length: 1_000 }, (_, n) => {
      const inputSchema = (families[n % families.length] ?? families[0])?.(n) ?? {};
      return toolNamed(`tool-${n}`, { inputSchema });
    });
    const { stand, agent } = await standBefore(offerOf(...tools));
    const startedMs = performance.now();
    await stand.ask("catalogue.accept", { server: "shop", by: "root" });
    const perSchemaMs = (performance.now() - startedMs) / tools.length;
    expect(perSchemaMs).toBeLessThan(20);
    const names: string[] = [];
    let cursor: unknown;
    do {
      const { last } = await agent.request("tools/list", cursor === undefined ? {} : { cursor });
      const result = last["result"] as JsonObject;
      names.push(...(result["tools"] as JsonObject[]).map(({ name }) => String(name)));
      cursor = result["nextCursor"];
    } while (cursor !== undefined);
    expect(names).toHaveLength(1_000);
    let slowestMs = 0;
    for (let n = 0; n < 40; n++) {
      const calledMs = performance.now();
      await agent.call(`tool-${n * 25 + (n % 10)}`, { n: "a".repeat(5_000), p: { p: {} } });
      slowestMs = Math.max(slowestMs, performance.now() - calledMs);
    }
    expect(slowestMs).toBeLessThan(1_000);
    expect(stand.faults).toEqual([]);
  });

  test("T6 a header name with a line break, a foreign or repeated one makes the tool invalid and sends nothing", async () => {
    const property = (header: unknown): JsonObject => ({
      type: "object",
      properties: { n: { type: "string", "x-mcp-header": header } },
    });
    const bad: readonly JsonObject[] = [
      ...["a\r\nX-Evil: 1", "a\nb", "a b", "a:b", "", "é", "a\u0000", "x".repeat(5_000)].map(property),
      property(1),
      property({ a: 1 }),
      {
        type: "object",
        properties: {
          n: { type: "string", "x-mcp-header": "Same" },
          m: { type: "string", "x-mcp-header": "same" },
        },
      },
      { type: "object", properties: { n: { type: "object", "x-mcp-header": "Whole" } } },
    ];
    const { server, stand, agent } = await standBefore(offerOf(toolNamed("plain")));
    server.offer = offerOf(
      toolNamed("plain"),
      ...bad.map((inputSchema, n) => toolNamed(`bad-${n}`, { inputSchema })),
    );
    const { checks } = (await stand.ask("catalogue.check", { server: "shop" })) as {
      checks: { added: string[] }[];
    };
    expect(checks[0]?.added).toEqual([]);
    expect(await agent.toolNames()).toEqual(["plain"]);
    await agent.call("plain", { n: "v\r\nX-Evil: 1" });
    expect(server.seen.some(({ headers }) => "x-evil" in headers)).toBe(false);
  });

  test("T6 an argument that travels in a header is encoded, so that no value ends it", async () => {
    const inputSchema = { type: "object", properties: { n: { type: "string", "x-mcp-header": "Region" } } };
    const { server, agent } = await standBefore(offerOf(toolNamed("routed", { inputSchema })));
    const value = "eu\r\nX-Evil: 1";
    const encoded = `=?base64?${Buffer.from(value).toString("base64")}?=`;
    const answer = await agent.call("routed", { n: value }, { headers: { "mcp-param-region": encoded } });
    expect(textOf(answer)).toBe("routed did it");
    const headers = server.seen.at(-1)?.headers ?? {};
    expect(headers["mcp-param-region"]).toBe(encoded);
    expect("x-evil" in headers).toBe(false);
  });
});

/** A configuration with this one entry and a role of nothing. */
function writeCatalogue(entry: JsonObject): string {
  const folder = temporary();
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), stringify(content));
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data" });
  write("catalogue.yaml", { servers: { shop: entry } });
  write("personas/desk.role.yaml", { role: "desk", grants: [] });
  return folder;
}

describe("T8 children of the catalogue", () => {
  const offer = offerOf(toolNamed("environment"), toolNamed("echo"));

  test("T8 a child gets PATH, HOME and what its entry lists, and nothing of the gateway's own environment", async () => {
    const own = { NODE_OPTIONS: "--no-warnings", BASH_ENV: "/tmp/evil.sh", SECRET_OF_THE_GATEWAY: "no" };
    const stand = await Stand.start({
      servers: { shop: childUpstream("older", offer, {}, { env: { REGION: "eu" } }) },
      env: own,
    });
    const said = textOf(await new ModernAgent(stand.url, stand.key).call("environment"));
    const { env, argv, execArgv } = JSON.parse(said) as { env: Record<string, string>; argv: string[]; execArgv: string[] }; // prettier-ignore
    expect(Object.keys(env).sort()).toEqual(["HOME", "PATH", "REGION"]);
    expect(env["HOME"]).not.toBe(process.env["HOME"]);
    expect([argv, execArgv]).toEqual([[], []]);
  });

  const loading = ["NODE_OPTIONS", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "NODE_PATH", "PYTHONSTARTUP", "PERL5OPT", "GIT_SSH_COMMAND", "DYLD_INSERT_LIBRARIES"]; // prettier-ignore
  test.each(loading)(
    "T8 an entry that lists %s, or has its credential in it, is no configuration",
    (name) => {
      for (const entry of [
        { transport: { stdio: { command: "node", args: ["./x.js"], env: { [name]: "/tmp/evil" } } } },
        {
          transport: { stdio: { command: "node", args: ["./x.js"] } },
          credential: { env: name, from: "env:X" },
        },
      ]) {
        const folder = writeCatalogue(entry);
        const loaded = loadConfiguration(folder, { env: {} });
        const says = isLoaded(loaded) ? [] : loaded.map((fault) => fault.says);
        expect(says.join(), `${JSON.stringify(entry)}`).toContain(name);
      }
    },
  );

  test("T8 neither a name, an argument, a header nor an operator's request starts a process that the catalogue lacks", async () => {
    const stand = await Stand.start({ servers: { shop: childUpstream("older", offer) } });
    const agent = new ModernAgent(stand.url, stand.key);
    const attempts: Promise<Answer>[] = [
      agent.call("echo", { n: "x", command: "/bin/sh", args: ["-c", "id"], env: { LD_PRELOAD: "x" } }),
      agent.call("/bin/sh", { n: "-c" }),
      agent.request("servers/add", { transport: { stdio: { command: "/bin/sh" } } }),
      agent.request("server/test", { command: "/bin/sh", args: ["-c", "id"] }),
      agent.call("echo", { n: "$(id); `id` | id && id" }),
    ];
    const answers = await Promise.all(attempts);
    expect(answers.map((answer) => codeOf(answer) ?? answer.last["error"] ?? textOf(answer))).toEqual([
      "persona.unknown-argument",
      expect.objectContaining({ message: "Unknown tool: /bin/sh" }),
      "METHOD_UNKNOWN",
      "METHOD_UNKNOWN",
      "$(id); `id` | id && id",
    ]);
    for (const command of ["catalogue.add", "catalogue.test", "servers.add", "exec"])
      await expect(stand.ask(command, { server: "evil", by: "root" }), `${command}`).rejects.toThrow(
        /no such command/,
      );
    for (const server of ["evil", "../evil", "__proto__", "/bin/sh"])
      await expect(stand.ask("catalogue.accept", { server, by: "root" }), `${server}`).rejects.toThrow(
        /no server of that name/,
      );
  });

  const refusedCommands: readonly (readonly [command: string, ...args: string[]])[] = [
    ["npx", "-y", "evil"],
    ["sh"],
    ["/bin/sh", "-c", "id"],
    ["/bin/bash", "-lc", "id"],
    ["/usr/bin/env", "node", "x.js"],
    ["node", "-e", "1"],
    ["node", "--eval=1"],
    ["node", "--import", "data:text/javascript,1", "x.js"],
    ["node", "-r", "./evil.js", "x.js"],
    ["node", "--env-file=.env", "x.js"],
    ["node", "--inspect=0.0.0.0:9229", "x.js"],
    ["node", "-"],
    ["/usr/bin/python3", "-c", "1"],
    ["/usr/bin/perl", "-e", "1"],
  ];
  test.each(refusedCommands)(
    "T8 the entry %s %s %s starts nothing, whoever asks",
    async (command, ...args) => {
      const folder = writeCatalogue({ transport: { stdio: { command, args } } });
      const loaded = loadConfiguration(folder, { env: {} });
      // Refused when it is read, or at the latest when it would be started.
      const said = isLoaded(loaded)
        ? await Stand.open(folder, {}, ["desk"]).then((stand) =>
            stand.ask("catalogue.check", { server: "shop" }).catch(String),
          )
        : loaded.map(({ file, says }) => `${file}: ${says}`).join();
      expect(said).toMatch(/catalogue.yaml|stdio server of the catalogue/);
    },
  );
});
