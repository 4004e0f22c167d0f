/** The road with the search for sensitive data on it: requests, answers, tokens, and what is refused. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { assembleExample } from "../../actors/dlp/example.ts";
import { toolGrant } from "../../actors/session.fixture.ts";
import { dataDefaults, dataRulesSchema, type DataRules } from "../../protocol/datarules.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordBody, RecordLine } from "../../protocol/record.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { CallOptions, UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { digestOf } from "../catalogue/definition.ts";
import { replay } from "../cli/replay.ts";
import { Bridge } from "./bridge.ts";
import { callerOf, governed, PlainExchange, rolesWith } from "./exchange.fixture.ts";
import { FactsKey } from "./facts.ts";
import { methods } from "./methods.ts";
import { Parks } from "./park.ts";
import { Relay } from "./relay.ts";
import { testProvenance } from "./provenance.fixture.ts";
import { screeningOf, tokensOf } from "./screening.fixture.ts";
import { Sealer } from "./seal.ts";

/** A token of the shape that GitHub gives, with its checksum: made here, and of nobody. */
const secret = assembleExample(
  ["ghp_", { make: "alnum", n: 30 }, { make: "crc32base62" }] as never,
  randomBytes(9).toString("hex"),
);
const card = "4111 1111 1111 1111";
const mail = "jo.smith@acme-mail.net";

interface Script {
  readonly data?: Partial<DataRules>;
  readonly grant?: Partial<TableGrant>;
  readonly answer?: (params: JsonObject, options: CallOptions) => UpstreamAnswer | Promise<UpstreamAnswer>;
}

function stand({ data, grant = {}, answer }: Script = {}) {
  const sent: JsonObject[] = [];
  const table = data === undefined ? {} : { data: { ...dataDefaults, ...dataRulesSchema.parse(data), profiles: [] } }; // prettier-ignore
  const { roles, role } = rolesWith([{ ...toolGrant("read_ticket"), ...grant }], [], table);
  const { governor, records } = governed(roles, { now: 1_000 });
  const session: UpstreamSession = {
    server: "tickets", era: "modern", revision: "2026-07-28", info: { name: "x", version: "1" }, capabilities: {},
    request: (_method, params, options) => {
      sent.push(params);
      return Promise.resolve(answer?.(params, options) ?? { kind: "result", result: { content: [] } });
    },
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  }; // prettier-ignore
  const pool: UpstreamPool = {
    openSession: () => session, session: () => Promise.resolve(session), on: () => undefined,
    closeOwner: () => undefined, drain: () => Promise.resolve(), counts: () => new Map(),
  }; // prettier-ignore
  const now = (): number => 1_000;
  const bridge = new Bridge({ parks: new Parks(now), sealer: new Sealer(randomBytes(32)), now, links: () => [] }); // prettier-ignore
  const faults: unknown[] = [];
  const relay = new Relay({ governor, roles, pool, bridge, factsKey: new FactsKey(), screening: screeningOf(), provenance: testProvenance(), server: { name: "g", version: "1" }, callMs: () => 1_000, shared: () => true, onFault: (fault) => faults.push(fault) }); // prettier-ignore
  const call = async (args: JsonObject, more: JsonObject = {}): Promise<PlainExchange> => {
    const exchange = new PlainExchange(callerOf("a"), "tools/call", { name: "read_ticket", arguments: args, ...more }); // prettier-ignore
    const ended = new Promise<void>((resolve) => (exchange.onEnd = resolve));
    await relay.start(exchange, methods["tools/call"]);
    await ended;
    return exchange;
  };
  return { call, sent, records, faults, table: role.table };
}

const resultOf = ({ written }: PlainExchange): JsonObject => written?.["result"] as JsonObject;
const textsOf = (exchange: PlainExchange): string => JSON.stringify(resultOf(exchange));
const ruleOf = (exchange: PlainExchange): unknown => ((resultOf(exchange)["_meta"] as JsonObject)["io.gatehouse/verdict"] as JsonObject)["code"]; // prettier-ignore
const eventOf = (record: RecordBody | undefined): JsonObject => (record as unknown as { event: { facts: JsonObject } }).event.facts; // prettier-ignore
const text = (value: string): UpstreamAnswer => ({ kind: "result", result: { content: [{ type: "text", text: value }] } }); // prettier-ignore

describe("a credential that is cut in two", () => {
  const [head, tail] = [secret.slice(0, 17), secret.slice(17)];

  test("between two blocks of an answer is taken out of both, and told and counted once", async () => {
    const content = [
      { type: "text", text: `the key is ${head}` },
      { type: "text", text: `${tail} and no more` },
    ];
    const { call, records } = stand({ answer: () => ({ kind: "result", result: { content } }) });
    const exchange = await call({});
    const shown = textsOf(exchange);
    expect([shown.includes(head), shown.includes(tail)]).toEqual([false, false]);
    expect(shown).toContain("and no more");
    expect(JSON.stringify(records)).not.toContain(tail);
    const { scan } = eventOf(records.at(-1)) as { scan?: { found: readonly JsonObject[] } };
    expect(scan?.found).toMatchObject([{ type: "github.pat_classic", count: 1, path: "/content/0/text" }]);
  });

  test("between two strings of an argument is refused", async () => {
    const { call, sent } = stand();
    expect(ruleOf(await call({ lines: [head, tail] }))).toBe("data.arguments");
    expect(sent).toEqual([]);
  });
});

describe("arguments, without a word in the role", () => {
  test("with a credential are refused in words, with the type and the place, and nothing goes out", async () => {
    const { call, sent, records } = stand();
    const exchange = await call({ note: `the key is ${secret}` });
    expect(ruleOf(exchange)).toBe("data.arguments");
    expect(textsOf(exchange)).toMatch(/github\S* not let through at \/note/);
    expect(sent).toEqual([]);
    expect(JSON.stringify([records, exchange.written])).not.toContain(secret);
    const refused = records.find(({ kind }) => kind === "refusal");
    expect(eventOf(refused)["scan"]).toMatchObject({ found: [{ group: "secret", count: 1, path: "/note" }] });
  });

  test("with a card go out as they are, and the finding is on record", async () => {
    const { call, sent, records } = stand();
    await call({ note: `card ${card}` });
    expect(sent[0]).toMatchObject({ arguments: { note: `card ${card}` } });
    const intent = records.find(({ kind }) => kind === "intent");
    expect(eventOf(intent)["scan"]).toMatchObject({ found: [{ type: "pan.visa", path: "/note" }] });
    expect(JSON.stringify(records)).not.toContain("1111");
  });

  test("with nothing in them have no word of it on record", async () => {
    const { call, records } = stand();
    await call({ note: "nothing here" });
    expect(eventOf(records.find(({ kind }) => kind === "intent"))["scan"]).toBeUndefined();
  });

  test("whose answer to a server's question holds a credential are refused", async () => {
    const { call, sent } = stand();
    const exchange = await call({}, { inputResponses: { q: { content: { key: secret } } } });
    expect(ruleOf(exchange)).toBe("data.arguments");
    expect(sent).toEqual([]);
  });

  test("with a credential as the name of a member are refused, and the name is told nobody", async () => {
    const { call, sent, records } = stand();
    const exchange = await call({ [secret]: 1, deep: { [secret]: "x" } });
    expect(ruleOf(exchange)).toMatch(/^data\.arguments$/);
    expect(JSON.stringify([records, exchange.written])).not.toContain(secret);
    expect(sent).toEqual([]);
  });
});

describe("arguments that a rule changes", () => {
  test("go out masked, with the digest of what was sent on record, and keep their shape", async () => {
    const { call, sent, records } = stand({ data: { rules: [{ types: ["pan.*"], arguments: "mask" }] as never } }); // prettier-ignore
    await call({ card, n: 4111111111111111, list: [{ deep: `x ${card}` }], ok: true });
    expect(sent[0]?.["arguments"]).toMatchObject({ card: "**** **** **** 1111", n: 0, list: [{ deep: "x **** **** **** 1111" }], ok: true }); // prettier-ignore
    const intent = records.find(({ kind }) => kind === "intent");
    expect(intent?.verdict).toMatchObject({
      kind: "allow",
      data: { found: expect.arrayContaining(["mask"]) as string[] },
    });
    expect(intent?.about?.["sent"]).toMatch(/^[\w-]{22}$/);
    expect(intent?.about?.["sent"]).not.toBe(eventOf(intent)["digest"]);
  });

  test("are told to the agent with the answer, whatever it is, and never with the value", async () => {
    const data = { rules: [{ types: ["pan.*"], arguments: "mask" }] as never };
    const exchange = await stand({ data }).call({ card, n: 4111111111111111 });
    expect(textsOf(exchange)).toContain("Sensitive data in the arguments was withheld from the tool. pan.visa masked 2 times, first at /card."); // prettier-ignore
    expect(resultOf(exchange)["_meta"]).toMatchObject({ "io.gatehouse/withheld-arguments": [{ type: "pan.visa", count: 2, path: "/card", action: "mask" }] }); // prettier-ignore
    expect(JSON.stringify(exchange.written)).not.toContain("4111");
    const failing = stand({
      data,
      answer: () => ({ kind: "error", error: { code: -32000, message: "no" } }),
    });
    expect(JSON.stringify((await failing.call({ card })).written)).toContain("withheld from the tool. pan.visa masked at /card."); // prettier-ignore
    const both = stand({ data: { rules: [{ types: ["pan.*"], arguments: "mask", answers: "mask" }] as never }, answer: () => text(`had ${card}`) }); // prettier-ignore
    const told = textsOf(await both.call({ card }));
    expect([told.includes("in the answer was withheld"), told.includes("in the arguments was withheld")]).toEqual([true, true]); // prettier-ignore
    expect(textsOf(await stand({ data }).call({ note: "no card" }))).not.toContain("withheld");
  });

  test("go out with a credential masked to its last character, where the role says so", async () => {
    const { call, sent } = stand({ data: { credentials: "mask" } });
    await call({ note: `use ${secret}` });
    expect(sent[0]).toMatchObject({ arguments: { note: expect.stringMatching(/^use [*_]+$/) as string } });
  });
});

describe("what was not searched to its end", () => {
  const deep = (levels: number): JsonObject => (levels === 0 ? { x: 1 } : { x: deep(levels - 1) });

  test("is refused, and passes only where the role says so", async () => {
    const strict = stand();
    expect(ruleOf(await strict.call(deep(limits.dlpDepthMax + 2)))).toBe("data.unscanned");
    expect(strict.sent).toEqual([]);
    const loose = stand({ data: { unscanned: { arguments: "detect", answers: "block" } } });
    await loose.call(deep(limits.dlpDepthMax + 2));
    expect(loose.sent).toHaveLength(1);
    expect(eventOf(loose.records.find(({ kind }) => kind === "intent"))["scan"]).toMatchObject({ unscanned: expect.stringContaining("depth") as string }); // prettier-ignore
  });

  test("of an answer is withheld: too deep, or bytes that are called a text and are none", async () => {
    const { call } = stand({ answer: () => ({ kind: "result", result: { content: [], structuredContent: deep(70) } }) }); // prettier-ignore
    expect(ruleOf(await call({}))).toBe("data.answer-unscanned");
    const blob = Buffer.from([0xff, 0xfe, 0x41, 0xd8]).toString("base64");
    const bytes = stand({ answer: () => ({ kind: "result", result: { content: [{ type: "resource", resource: { uri: "a:b", mimeType: "text/plain", blob } }] } }) }); // prettier-ignore
    expect(ruleOf(await bytes.call({}))).toBe("data.answer-unscanned");
  });
});

describe("an answer", () => {
  test("comes without the credential in it, with a notice, and the value is nowhere", async () => {
    const { call, records } = stand({ answer: () => text(`key: ${secret} end`) });
    const exchange = await call({});
    expect(JSON.stringify([exchange.written, records])).not.toContain(secret);
    expect(textsOf(exchange)).toContain("[redacted: github");
    expect(textsOf(exchange)).toContain("Sensitive data in the answer was withheld.");
    expect(resultOf(exchange)["_meta"]).toMatchObject({ "io.gatehouse/withheld": [{ action: "redact", count: 1, path: "/content/0/text" }] }); // prettier-ignore
    expect(eventOf(records.find(({ kind }) => kind === "outcome"))["scan"]).toMatchObject({
      actions: ["redact"],
    });
  });

  test.each([
    ["structured content", { structuredContent: { a: [{ b: secret }] }, content: [] }],
    ["a resource's text", { content: [{ type: "resource", resource: { uri: "a:b", text: secret } }] }],
    [
      "a resource's bytes that are a text",
      {
        content: [
          { type: "resource", resource: { uri: "a:b", blob: Buffer.from(`k ${secret}`).toString("base64") } },
        ],
      },
    ],
    [
      "a link's description",
      { content: [{ type: "resource_link", uri: "a:b", name: "n", description: secret }] },
    ],
    ["a name of a member", { structuredContent: { [secret]: 1 }, content: [] }],
    ["an error of the tool", { isError: true, content: [{ type: "text", text: secret }] }],
    [
      "base64 in a text",
      { content: [{ type: "text", text: Buffer.from(`token ${secret}`).toString("base64") }] },
    ],
  ] as const)("is searched in %s", async (_where, result) => {
    const exchange = await stand({ answer: () => ({ kind: "result", result: result as unknown as JsonObject }) }).call({}); // prettier-ignore
    const written = JSON.stringify(exchange.written);
    expect(written).not.toContain(secret);
    expect(written).not.toContain(Buffer.from(`k ${secret}`).toString("base64"));
    expect(written).not.toContain(Buffer.from(`token ${secret}`).toString("base64"));
    expect(written).toContain("io.gatehouse/withheld");
  });

  test("of an upstream that is an error is searched in message and data", async () => {
    const exchange = await stand({ answer: () => ({ kind: "error", error: { code: -32000, message: `no: ${secret}`, data: { at: secret } } }) }).call({}); // prettier-ignore
    expect(JSON.stringify(exchange.written)).not.toContain(secret);
    expect(exchange.written?.["error"]).toMatchObject({ data: { at: expect.stringContaining("[redacted") as string } }); // prettier-ignore
  });

  test("that is large is searched on a thread, with the same end", async () => {
    const exchange = await stand({ answer: () => text(`${"word ".repeat(2_000)}${secret}`) }).call({});
    expect(JSON.stringify(exchange.written)).not.toContain(secret);
    expect(textsOf(exchange)).toContain("[redacted: github");
  }, 60_000);

  test("keeps the types of structured content, and bytes of images as they came", async () => {
    const data = randomBytes(300).toString("base64");
    const rules = [{ types: ["pan.*", "email"], answers: "mask" }] as never;
    const result = { content: [{ type: "image", data, mimeType: "image/png" }], structuredContent: { card, n: 4111111111111111, mail, rest: [null, 1.5, true] } }; // prettier-ignore
    const exchange = await stand({ data: { rules }, answer: () => ({ kind: "result", result }) }).call({});
    expect(resultOf(exchange)["structuredContent"]).toEqual({ card: "**** **** **** 1111", n: 0, mail: expect.stringMatching(/\*@acme-mail\.net$/) as string, rest: [null, 1.5, true] }); // prettier-ignore
    expect((resultOf(exchange)["content"] as JsonObject[])[0]).toEqual({ type: "image", data, mimeType: "image/png" }); // prettier-ignore
  });

  test("that is blocked is not there at all, and the outcome says so", async () => {
    const rules = [{ types: ["email"], answers: "block" }] as never;
    const { call, records } = stand({ data: { rules }, answer: () => text(`to ${mail}`) });
    const exchange = await call({});
    expect(ruleOf(exchange)).toBe("data.answer");
    expect(JSON.stringify(exchange.written)).not.toContain(mail);
    expect(eventOf(records.find(({ kind }) => kind === "outcome"))["scan"]).toMatchObject({ isBlocked: true, actions: ["block"] }); // prettier-ignore
  });

  test("with images is without them where the role refuses media", async () => {
    const result = { content: [{ type: "image", data: "QUJD", mimeType: "image/png" }] };
    const exchange = await stand({ data: { media: "refuse" }, answer: () => ({ kind: "result", result }) }).call({}); // prettier-ignore
    expect(textsOf(exchange)).not.toContain("QUJD");
    expect(textsOf(exchange)).toContain("image withheld");
  });

  test("passes unsearched only where the role says that nothing is searched", async () => {
    const exchange = await stand({ data: { scan: "arguments" }, answer: () => text(secret) }).call({});
    expect(textsOf(exchange)).toContain(secret);
  });
});

describe("a token", () => {
  const rules = [{ types: ["email"], answers: "tokenise" }] as never;
  const tokens = { open: ["email"], keep: [] };
  const made = (tenant = "default", type = "email"): string => tokensOf(tenant).make({ type, value: mail }) ?? ""; // prettier-ignore

  test("comes in the place of a value, equal for equal values, and goes back as the value", async () => {
    const { call, sent } = stand({ data: { rules }, grant: { tokens }, answer: (params) => text(`to ${mail} got ${JSON.stringify(params["arguments"])}`) }); // prettier-ignore
    const first = await call({});
    const [token = ""] = /gwt1_[\w-]+/.exec(textsOf(first)) ?? [];
    expect(token).toBe(made());
    const second = await call({ to: token, deep: [`x ${token} y`] });
    expect(sent[1]?.["arguments"]).toEqual({ to: mail, deep: [`x ${mail} y`] });
    expect(JSON.stringify(second.written)).not.toContain(mail);
  });

  test.each([
    ["at a tool that gets no such values", undefined, () => made()],
    ["of another type than the tool gets", { open: ["pan.*"], keep: [] }, () => made()],
    ["of another tenant", tokens, () => made("other")],
    ["that was changed", tokens, () => `${made().slice(0, -3)}AAA`],
    ["that was invented", tokens, () => `gwt1_${randomBytes(60).toString("base64url")}`],
  ] as const)("%s is refused, and nothing goes out", async (_what, grantTokens, token) => {
    const { call, sent } = stand({
      grant: grantTokens === undefined ? {} : { tokens: grantTokens as never },
    });
    const exchange = await call({ to: token() });
    expect(ruleOf(exchange)).toBe("data.token");
    expect(sent).toEqual([]);
  });

  test("in the name of a member is refused", async () => {
    const { call, sent } = stand({ grant: { tokens } });
    expect(ruleOf(await call({ deep: { [made()]: 1 } }))).toBe("data.token");
    expect(sent).toEqual([]);
  });

  test("stays one where the grant keeps it", async () => {
    const { call, sent } = stand({ grant: { tokens: { open: [], keep: ["*"] } } });
    await call({ to: made() });
    expect(sent[0]?.["arguments"]).toEqual({ to: made() });
  });

  test("in an answer is no secret, whatever it looks like", async () => {
    const exchange = await stand({ answer: () => text(`api_key: ${made()}`) }).call({});
    expect(textsOf(exchange)).toContain(made());
  });
});

test("what was decided on arguments and answers is decided again from the records alone", async () => {
  const rules = [{ types: ["pan.*"], arguments: "mask", answers: "mask" }, { types: ["email"], answers: "block" }] as never; // prettier-ignore
  const { call, records, table } = stand({ data: { rules }, answer: (params) => text(JSON.stringify(params) + mail) }); // prettier-ignore
  await call({ card });
  await call({ key: secret });
  const lines = records as unknown as RecordLine[];
  const digest = digestOf(table);
  const named = (line: RecordLine): RecordLine => JSON.parse(JSON.stringify(line).replaceAll('"digest"', JSON.stringify(digest)).replaceAll(`${JSON.stringify(digest)}:`, '"digest":')) as RecordLine; // prettier-ignore
  const again = replay(lines.map(named), () => table);
  expect([...again.badRoles]).toEqual([]);
  expect(again).toMatchObject({ decisions: 3, differenceCount: 0 });
  const looser = { ...table, data: dataDefaults };
  const other = lines.map((line) => JSON.parse(JSON.stringify(named(line)).replaceAll(digest, digestOf(looser))) as RecordLine); // prettier-ignore
  const said = replay(other, () => looser).differences.map(({ recorded, replayed }) => [recorded, replayed]);
  expect(said).toContainEqual(["answer withheld", expect.stringContaining("detect")]);
  expect(said).toContainEqual([expect.stringContaining("mask"), "allow"]);
});

describe("what comes before an answer", () => {
  const saying =
    (...said: readonly unknown[]) =>
    (_params: JsonObject, options: CallOptions): UpstreamAnswer => {
      for (const [at, message] of said.entries()) void options.onNotification?.("notifications/progress", { progress: at, message }); // prettier-ignore
      return { kind: "result", result: { content: [] } };
    };

  test("is searched, and on record with the outcome", async () => {
    const { call, records } = stand({ answer: saying(`at ${secret}`) });
    const exchange = await call({});
    expect(exchange.sent).toHaveLength(1);
    expect(JSON.stringify(exchange.sent)).not.toContain(secret);
    expect(eventOf(records.find(({ kind }) => kind === "outcome"))["side"]).toMatchObject([{ way: "answers", action: "redact", count: 1 }]); // prettier-ignore
  });

  test.each([4, 10, 20, 39])("does not pass whole when it is cut at %i", async (cut) => {
    const exchange = await stand({
      answer: saying(`x ${secret.slice(0, cut)}`, `${secret.slice(cut)} end`),
    }).call({});
    const texts = exchange.sent.map(({ params }) => (params as JsonObject)["message"]).join("");
    expect(texts).not.toContain(secret);
    expect(texts).toMatch(/\[redacted.* end$/);
  });
});
