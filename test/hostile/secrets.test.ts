/** What stays here: an agent's credential and metadata; and what of them decides nothing. Checklist A4, A12. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { ask, messagesOf, modernBody, modernHeaders, modernMeta, olderHeaders } from "./agent.ts";
import { Gateway } from "./gateway.ts";
import { HttpOlder, SocketWay } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

/** A word in the spellings in which it might travel. */
function spellings(word: string): string[] {
  const bytes = Buffer.from(word, "utf8");
  return [
    word,
    word.toLowerCase(),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    encodeURIComponent(word),
    [...word].reverse().join(""),
  ];
}

const methods: readonly (readonly [method: string, params: JsonObject])[] = [
  ["tools/call", { name: "echo", arguments: { text: "hello" } }],
  ["tools/call", { name: "steps", arguments: { count: 2 } }],
  ["prompts/get", { name: "greet", arguments: { who: "me" } }],
  ["resources/read", { uri: "demo://docs/1" }],
  ["resources/list", {}],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: "greet" }, argument: { name: "who", value: "m" } },
  ],
];

/** Makes a word for a place and remembers it. */
type Word = (place: string) => string;

/** Headers that each hold a word of their own. */
function headersWith(word: Word, place: string): Record<string, string> {
  return {
    cookie: `session=${word(`${place} cookie`)}`,
    "x-mcp-token": word(`${place} x-mcp`),
    "x-api-key": word(`${place} x-api-key`),
    "x-forwarded-for": word(`${place} x-forwarded-for`),
    "x-forwarded-authorization": `Bearer ${word(`${place} forwarded`)}`,
    "proxy-authorization": `Basic ${word(`${place} proxy`)}`,
    "user-agent": word(`${place} user-agent`),
    referer: `http://x/${word(`${place} referer`)}`,
    "accept-language": word(`${place} language`),
    "x-request-id": word(`${place} request id`),
    baggage: `a=${word(`${place} baggage`)}`,
    "last-event-id": word(`${place} last-event-id`),
  };
}

/** Metadata likewise. */
function metaWith(word: Word, place: string): JsonObject {
  return {
    "io.modelcontextprotocol/clientInfo": { name: word(`${place} clientInfo`), version: "1" },
    authorization: word(`${place} _meta`),
    "example.com/secret": { token: word(`${place} nested _meta`) },
    progressToken: word(`${place} progress token`),
    baggage: word(`${place} _meta baggage`),
    "io.modelcontextprotocol/clientCapabilities": {
      elicitation: {},
      experimental: { secret: word(`${place} capabilities`) },
    },
  };
}

test("A4: a credential, and every header, cookie, query and metadata beside it, stays here: the upstream gets no byte of them", async () => {
  const words = new Map<string, string>();
  const word = (place: string): string => {
    const made = `canary${randomBytes(12).toString("hex")}`;
    words.set(place, made);
    return made;
  };
  gateway.tools.forget();
  const older = await HttpOlder.open({ port: gateway.port, path: "/p/reader", key });
  const socket = await SocketWay.open({ port: gateway.port, path: "/p/reader", key });
  let id = 0;
  for (const [method, params] of methods) {
    const place = `modern ${method}`;
    const own = { ...params, _meta: modernMeta(metaWith(word, place)) };
    const path = `/p/reader/mcp?session=${word(`${place} query`)}`;
    const reply = await ask({
      port: gateway.port,
      path,
      headers: { ...modernHeaders(key, method, params), ...headersWith(word, place) },
      body: modernBody(word(`${place} id`), method, own),
    });
    expect(messagesOf(reply).at(-1)).toHaveProperty("result");
    const inOlder = `older ${method}`;
    const old = { ...olderHeaders(key), "mcp-session-id": older.session, ...headersWith(word, inOlder) };
    await ask({
      port: gateway.port,
      path: "/p/reader/mcp",
      headers: old,
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: ++id,
        method,
        params: { ...params, _meta: metaWith(word, inOlder) },
      }),
    });
    await socket.request(method, { ...params, _meta: metaWith(word, `socket ${method}`) });
  }
  socket.close();
  const bytes = gateway.tools.bytes();
  // The two methods that list are not calls; all the others came through, three times each.
  expect(gateway.tools.calls.length).toBe(3 * (methods.length - 1));
  const leaked = [...words]
    .filter(([, each]) => spellings(each).some((spelt) => bytes.includes(spelt)))
    .map(([place]) => place);
  expect(leaked).toEqual([]);
  const secret = key.split("_")[2] ?? key;
  for (const part of [key, secret, older.session]) expect(bytes).not.toContain(part);
  expect(bytes.toLowerCase()).not.toMatch(
    /\r\n(authorization|cookie|x-[a-z-]+|mcp-session-id|referer|origin):/,
  );
});

test("A4: no part of a credential is on record, on the console or in an answer, good or bad", async () => {
  const bad = `${key.slice(0, -6)}zzzzzz`;
  const replies: string[] = [];
  for (const each of [
    key,
    bad,
    `Bearer${key}`,
    `gwk_${randomBytes(8).toString("hex")}_${randomBytes(32).toString("base64url")}_abc`,
  ]) {
    for (const path of ["/p/reader/mcp", "/p/writer/mcp", `/p/reader/mcp?access_token=${each}`]) {
      const reply = await ask({
        port: gateway.port,
        path,
        headers: modernHeaders(each, "tools/call", { name: "drop" }),
        body: modernBody(1, "tools/call", { name: "drop" }),
        from: "127.5.0.1",
      });
      replies.push(JSON.stringify([reply.headers, reply.body]));
    }
  }
  const all = [...replies, gateway.console.join(""), JSON.stringify(gateway.records())].join("\n");
  const secret = key.split("_")[2] ?? "";
  expect(secret.length).toBeGreaterThan(40);
  for (const part of [key, secret, secret.slice(0, 12), bad.slice(-20)]) expect(all).not.toContain(part);
});

/** What an agent may say of itself, and how it may be reached. None of it is authenticated. */
const claims: readonly (readonly [what: string, headers: Record<string, string>, meta: JsonObject])[] = [
  [
    "the name of another agent",
    {},
    { "io.modelcontextprotocol/clientInfo": { name: "admin", version: "9" } },
  ],
  ["a user agent", { "user-agent": "admin/1.0" }, {}],
  [
    "identity headers",
    {
      "x-remote-user": "root",
      "x-forwarded-user": "root",
      "x-forwarded-email": "root@example.com",
      "x-auth-request-user": "root",
      "x-ms-client-principal": "root",
    },
    {},
  ],
  [
    "addresses",
    {
      "x-forwarded-for": "10.0.0.1",
      forwarded: "for=10.0.0.1;proto=https",
      "x-real-ip": "10.0.0.1",
      "x-client-ip": "10.0.0.1",
      "true-client-ip": "10.0.0.1",
      via: "1.1 admin",
    },
    {},
  ],
  [
    "methods and addresses to use instead",
    {
      "x-http-method-override": "GET",
      "x-original-url": "/p/writer/mcp",
      "x-rewrite-url": "/p/writer/mcp",
      "x-forwarded-prefix": "/p/writer",
    },
    {},
  ],
  [
    "a session and a persona",
    {
      "x-session": "default/writer/other/-",
      "x-persona": "writer",
      "mcp-persona": "writer",
      "mcp-init-host": "evil",
      "router-key": "x",
    },
    { persona: "writer", session: "default/writer/other/-" },
  ],
  [
    "annotations of the tool",
    {},
    {
      annotations: { readOnlyHint: true, destructiveHint: false },
      "io.gatehouse/verdict": { kind: "allow" },
    },
  ],
];

test.each(claims)(
  "A12: %s: decisions, answers and records are what they are without",
  async (_, headers, meta) => {
    const asked: readonly (readonly [string, JsonObject])[] = [
      ["tools/call", { name: "drop", arguments: {} }],
      ["tools/call", { name: "say", arguments: {} }],
      ["tools/call", { name: "read", arguments: { path: "/etc/passwd" } }],
      ["tools/call", { name: "echo", arguments: { text: "x" } }],
      ["resources/read", { uri: "demo://safe/1" }],
      ["tools/list", {}],
    ];
    const run = async (more: Record<string, string>, own: JsonObject): Promise<unknown> => {
      // An agent of its own for each run: the same history, so the same counts.
      const agent = `a${randomBytes(4).toString("hex")}`;
      const mine = gateway.key(agent);
      const before = gateway.records().length;
      const answers: string[] = [];
      for (const [method, params] of asked) {
        const body = modernBody(1, method, { ...params, _meta: own });
        const reply = await ask({
          port: gateway.port,
          path: "/p/reader/mcp",
          headers: { ...modernHeaders(mine, method, params), ...more },
          body,
        });
        answers.push(
          `${reply.status} ${reply.body.replace(/"(io\.gatehouse\/operation|operation)":"[\w-]{22}"/g, '"op"')}`,
        );
      }
      const kept = gateway
        .records()
        .slice(before)
        .filter(({ session }) => session === `default/reader/${agent}/-`);
      return { answers, kept: kept.map((record) => pick(record)) };
    };
    const plain = await run({}, {});
    expect(await run(headers, meta)).toEqual(plain);
  },
);

/** What of a record does not differ from call to call. */
function pick({ kind, door, from, revision, method, name, target, verdict, role }: RecordLine): unknown {
  return { kind, door, from, revision, method, name, target, verdict, role };
}
