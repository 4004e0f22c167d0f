/** Text of an upstream that a terminal, a person or a model would not see, and obey (checklist T3). */
import { afterEach, describe, expect, test } from "vitest";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { answerBounds } from "../../protocol/jsonbounds.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Asked, type Offer, type ServerEra } from "./upstream.ts";
import { ModernAgent, OlderAgent, SocketAgent, type Answer } from "./upstreamagent.ts";
import { childUpstream, cleanUp, httpUpstream, later, Stand, until } from "./upstreamstand.ts";

afterEach(cleanUp);

const esc = "\u001b";
/** Each between two words, so that a test can tell removal from loss. */
const hostile: readonly string[] = [
  `${esc}[31mred${esc}[0m`,
  `${esc}[2J${esc}[H`,
  `${esc}]0;title\u0007`,
  `${esc}]8;;https://evil.example\u0007link${esc}]8;;\u0007`,
  `${esc}]52;c;ZXZpbA==${esc}\\`,
  `${esc}P+q544e${esc}\\`,
  `${esc}c`,
  `${esc}`,
  "\u0007\u0008\u007f",
  "\u0000",
  "\u009b31m",
  "\u009d0;title\u009c",
  "\u0085",
  "\u200b\u200b",
  "\u200e\u200f\u061c",
  "\u202atext\u202c",
  "\u202dtext\u202e",
  "\u2066a\u2067b\u2068c\u2069",
  "\u2060\u2061\u2062\u2063\u2064",
  "\ufeff",
  "\u{E0001}\u{E0049}\u{E0067}\u{E006E}\u{E007F}",
  "\ufe00\ufe01\ufe02\ufe03",
  "\u{E0100}\u{E0101}\u{E01EF}",
  "\u200d\u200d\u200c",
  "\u00ad\u034f\u3164\uffa0",
  "\ufff9a\ufffab\ufffb",
  "\u180b\u180c",
];
const all = `before ${hostile.join(" and ")} after`;

/** What must be nowhere: controls but layout, bidi controls, ignorable characters but single joiners and selectors. */
const forbidden =
  /(?![\n\r\t])\p{Cc}|\p{Bidi_Control}|[\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u034f\u3164\uffa0]|[\u{E0000}-\u{E0FFF}]|[\u200c\u200d\ufe00-\ufe0f\u180b-\u180d]{2,}/u;

/** Every string of a value, keys too. */
function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const item of value) yield* stringsOf(item);
  else if (isObject(value))
    for (const [key, inner] of Object.entries(value)) {
      yield key;
      yield* stringsOf(inner);
    }
}

/** The sink got the words, and nothing that hides. */
function expectClean(what: string, value: unknown): void {
  const strings = [...stringsOf(value)];
  const bad = strings
    .filter((text) => forbidden.test(text))
    .map((text) => `${what}: ${JSON.stringify(text)}`);
  expect(bad).toEqual([]);
  expect(
    strings.some((text) => text.includes("before ") && text.includes(" after")),
    `${what} has the words`,
  ).toBe(true);
}

function expectCleanAnswer(what: string, answer: Answer): void {
  expectClean(what, answer.messages);
}

const schema = { type: "object", properties: { n: { type: "string", description: all, enum: ["a", all] } } };

function hostileOffer(): Offer {
  return {
    ...offerOf(
      toolNamed("definition", {
        title: all,
        description: all,
        inputSchema: schema,
        outputSchema: { type: "object", description: all, properties: { [all]: { type: "string" } } },
        annotations: { title: all },
      }),
      ...["result", "error", "failure", "notes", "question"].map((name) => toolNamed(name)),
    ),
    prompts: [{ name: "prompt", title: all, description: all, arguments: [{ name: "n", description: all }] }],
    templates: [
      { uriTemplate: "shop://t/{n}", name: all, title: all, description: all, mimeType: "text/plain" },
    ],
    resources: [{ uri: "shop://r", name: all, title: all, description: all }],
    instructions: all,
  };
}

async function act(asked: Asked): Promise<void> {
  if (asked.method === "prompts/get")
    return asked.result({
      description: all,
      messages: [{ role: "user", content: { type: "text", text: all } }],
    });
  if (asked.method === "resources/read")
    return asked.result({ contents: [{ uri: "shop://r", text: all, blob: all }] });
  if (asked.method === "completion/complete")
    return asked.result({ completion: { values: [all], total: 1 } });
  switch (asked.params["name"]) {
    case "result":
      return asked.result({
        content: [
          { type: "text", text: all, annotations: { note: all } },
          { type: "image", data: all, mimeType: "image/png" },
          { type: "resource_link", uri: "shop://r", name: all, description: all },
          { type: "resource", resource: { uri: "shop://r", text: all } },
        ],
        structuredContent: { [all]: all, data: all, blob: [{ data: all }] },
        _meta: { note: all },
      });
    case "failure":
      return asked.result({ content: [{ type: "text", text: all }], isError: true });
    case "error":
      return asked.error(-32000, all, { data: all, [all]: [all] });
    case "notes":
      asked.progress(1, { message: all });
      asked.notify("notifications/message", { level: "error", logger: all, data: { data: all, text: all } });
      asked.notify("notifications/message", { level: "error", logger: "x", data: all });
      return asked.text(all);
    case "question":
      return question(asked);
  }
}

const form = {
  message: all,
  requestedSchema: { type: "object", properties: { name: { type: "string", title: all, description: all } } },
};

async function question(asked: Asked): Promise<void> {
  if (asked.server.era === "older") {
    await asked.ask("elicitation/create", form);
    return asked.text(all);
  }
  if (isObject(asked.params["inputResponses"])) return asked.text(all);
  asked.finish({
    jsonrpc: "2.0",
    id: asked.id,
    result: {
      resultType: "input_required",
      inputRequests: { [`ask${hostile[13] ?? ""}`]: { method: "elicitation/create", params: form } },
      requestState: `state ${all}`,
    },
  });
}

async function standBefore(era: ServerEra): Promise<{ server: HostileServer; stand: Stand }> {
  const server = await HostileServer.start({ era, offer: hostileOffer(), onCall: act });
  server.capabilities = { ...server.capabilities, completions: {} };
  later(() => server.stop());
  const stand = await Stand.start({
    servers: { shop: httpUpstream(server) },
    settings: { servers: { shop: { role: "desk" } } },
  });
  // As an operator accepts it: through the gateway's own eyes.
  await stand.ask("catalogue.accept", { server: "shop", by: "root" });
  return { server, stand };
}

const capabilities = { elicitation: {}, sampling: {} };

describe.each(["modern", "older"] as const)("T3 text of a server of the %s era", (era) => {
  test("T3 nothing hidden reaches a modern agent, the console or the record", async () => {
    const { stand } = await standBefore(era);
    const { key } = stand.node.keys.create({ agent: "ann", personas: ["desk", "s/shop"] });
    const agent = new ModernAgent(stand.url, key);
    const parts = { capabilities, logLevel: "debug", progressToken: "p" };
    expectCleanAnswer("discover", await new ModernAgent(stand.urlOf("shop"), key).request("server/discover"));
    for (const list of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"])
      expectCleanAnswer(list, await agent.request(list));
    for (const tool of ["result", "failure", "error", "notes", "question"])
      expectCleanAnswer(tool, await agent.call(tool, {}, parts));
    expectCleanAnswer(
      "prompt",
      await agent.request("prompts/get", { name: "prompt", arguments: { n: "1" } }),
    );
    expectCleanAnswer("resource", await agent.request("resources/read", { uri: "shop://r" }));
    const completion = { ref: { type: "ref/prompt", name: "prompt" }, argument: { name: "n", value: "" } };
    expectCleanAnswer("completion", await agent.request("completion/complete", completion));
    expectSinksClean(stand);
  });

  test("T3 nothing hidden reaches an older agent over HTTP or a socket", async () => {
    const { stand } = await standBefore(era);
    const agent = await OlderAgent.open(stand.url, stand.key, capabilities);
    const questions: unknown[] = [];
    agent.onAsk = (method, params) => {
      questions.push({ method, params });
      return { action: "decline" };
    };
    await agent.request("logging/setLevel", { level: "debug" });
    for (const list of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"])
      expectCleanAnswer(list, await agent.request(list));
    for (const tool of ["result", "failure", "error", "notes", "question"])
      expectCleanAnswer(tool, await agent.call(tool, {}, { progressToken: 1 }));
    expectClean("question", questions);

    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    for (const name of ["result", "error", "notes"])
      await socket.response(socket.older("tools/call", { name, arguments: {}, _meta: { progressToken: 1 } }));
    expectClean("socket", socket.messages);
    expectSinksClean(stand);
  });
});

test("T3 a name with anything hidden in it is not pinned, and its call is unknown", async () => {
  const server = await HostileServer.start({ era: "modern", offer: offerOf(toolNamed("plain")) });
  later(() => server.stop());
  const stand = await Stand.start({ servers: { shop: httpUpstream(server) } });
  const names = hostile.map((text) => `pla${text}in`);
  server.offer = offerOf(toolNamed("plain"), ...names.map((name) => toolNamed(name)));
  const agent = new ModernAgent(stand.url, stand.key);
  const { checks } = (await stand.ask("catalogue.check", { server: "shop" })) as {
    checks: { added: string[] }[];
  };
  expect(checks[0]?.added).toEqual([]);
  for (const name of names) {
    const { last } = await agent.call(name);
    expect(last["result"], `${JSON.stringify(name)}`).toBeUndefined();
  }
  expect(server.heard("tools/call").map((message) => (message["params"] as JsonObject)["name"])).toEqual([]);
});

test("T3 what a child writes to standard error reaches the console without its escapes", async () => {
  const offer = offerOf(toolNamed("stderr"));
  const stand = await Stand.start({ servers: { shop: childUpstream("older", offer) } });
  const agent = new ModernAgent(stand.url, stand.key);
  await agent.call("stderr", { n: all.replaceAll("\n", " ") });
  await until(() => stand.console().includes(" after"));
  expectSinksClean(stand);
});

/** Console and record as bytes and, line by line, as what their JSON means. */
function expectSinksClean(stand: Stand): void {
  const printed = stand.console();
  expect(forbidden.test(printed.replaceAll("\n", "")), "console").toBe(false);
  const lines = printed.split("\n").filter((line) => line !== "");
  for (const line of lines)
    for (const text of stringsOf(JSON.parse(line))) expect(forbidden.test(text), `${line}`).toBe(false);
  for (const record of stand.records())
    for (const text of stringsOf(record))
      expect(forbidden.test(text), `${JSON.stringify(record)}`).toBe(false);
  expect(stand.faults).toEqual([]);
}

test("every answer is one JSON text with each member once, whatever members the server invents", async () => {
  const results: readonly string[] = [
    "{}",
    '{"_meta":{"io.gatehouse/operation":"mine","io.modelcontextprotocol/serverInfo":{"name":"gatehouse"}}}',
    '{"_meta":null,"content":[]}',
    '{"_meta":"text","isError":"yes"}',
    '{"resultType":"odd","content":[]}',
    '{"resultType":"complete","ttlMs":1,"cacheScope":"public","content":[]}',
    '{"constructor":1,"toJSON":"x","content":[]}',
    '{"content":{"0":1},"structuredContent":[1]}',
  ];
  let next = "";
  const onCall = (asked: Asked): void =>
    asked.raw(
      200,
      { "content-type": "application/json" },
      `{"jsonrpc":"2.0","id":${String(asked.id)},"result":${next}}`,
    );
  const server = await HostileServer.start({ era: "older", offer: offerOf(toolNamed("odd")), onCall });
  later(() => server.stop());
  const stand = await Stand.start({ servers: { shop: httpUpstream(server) } });
  const older = await OlderAgent.open(stand.url, stand.key);
  const agents = [new ModernAgent(stand.url, stand.key), older];
  for (const result of results)
    for (const agent of agents) {
      next = result;
      const { text, status } = await agent.call("odd");
      const read = parseStrict(text, answerBounds);
      expect(read, `${result} became ${text}`).not.toBeInstanceOf(JsonFault);
      const shown = (read as JsonObject)["result"] as JsonObject;
      const own = shown["_meta"] as JsonObject;
      expect([status, String(own["io.gatehouse/operation"]).length], `${result}`).toEqual([200, 22]);
    }
  expect(stand.faults).toEqual([]);
});
