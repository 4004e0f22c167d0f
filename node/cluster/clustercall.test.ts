import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logLevels, revisions } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { callerOf, PlainExchange } from "../exchange/exchange.fixture.ts";
import type { Caller } from "../exchange/exchange.ts";
import { isIdentity, principalSession, type Principal } from "../identity/principal.ts";
import { CallReader, ClusterCall, packAnswer, packCall, unpackAnswer } from "./clustercall.ts";
import { RemoteExchange } from "./remoteexchange.ts";

const endpoints = new Endpoints("http://127.0.0.1", [
  { tenant: "default", kind: "persona", name: "support", persona: "support" },
  { tenant: "other", kind: "server", name: "tickets", persona: "support" },
]);
const [support, tickets] = endpoints.all;
if (support === undefined || tickets === undefined) throw new Error("two endpoints");

const reader = new CallReader(endpoints);
const unpackCall = (bytes: Uint8Array): ClusterCall | undefined => reader.unpack(bytes);

const identity = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter(isIdentity);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const principal: fc.Arbitrary<Principal> = fc.record({
  tenant: fc.constant("default"),
  agent: identity,
  user: maybe(identity),
  by: fc.constantFrom("key", "jwt"),
  id: fc.string({ unit: "grapheme", maxLength: 30 }),
  expires: fc.nat(Number.MAX_SAFE_INTEGER),
  issuer: maybe(fc.webUrl()),
  personas: fc.oneof(
    fc.constant("audience" as const),
    fc.array(fc.string({ unit: "grapheme" }), { maxLength: 4 }),
  ),
  audience: maybe(fc.webUrl()),
});
/** JSON as a door lets it in: no key that reaches a prototype. */
const json = (depth: number) =>
  fc
    .dictionary(
      fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
      fc.jsonValue({ maxDepth: depth }),
      { maxKeys: 4, noNullPrototype: true },
    )
    .filter((value) => !JSON.stringify(value).includes("__proto__"))
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const caller: fc.Arbitrary<Caller> = fc
  .record({
    principal,
    door: fc.constantFrom("http" as const, "websocket" as const, "sse" as const),
    from: fc.ipV6(),
    revision: fc.constantFrom(...revisions),
    capabilities: json(2),
    logLevel: maybe(fc.constantFrom(...logLevels)),
    trace: maybe(
      fc.record({ traceparent: fc.string(), tracestate: fc.string() }, { requiredKeys: ["traceparent"] }),
    ),
  })
  .map((more) => ({
    ...callerOf("ann"),
    ...more,
    endpoint: support,
    session: principalSession(more.principal, "support"),
  }));

function callOf(of: Caller, params: JsonObject = { name: "read_ticket" }): ClusterCall {
  return new ClusterCall(new PlainExchange(of, "tools/call", params));
}

const usual = callOf({ ...callerOf("ann"), endpoint: support });

/** The call's bytes with one value of its head changed. */
function withHead(change: (head: unknown[]) => void, body?: string): ClusterCall | undefined {
  const [line = "", , request = ""] = Buffer.from(packCall(usual)).toString("utf8").split("\n");
  const head = JSON.parse(line) as unknown[];
  change(head);
  return unpackCall(Buffer.from(`${JSON.stringify(head)}\n\n${body ?? request}`));
}

describe("a call on its way to its owner", () => {
  test("arrives with the caller and the request that it left with, whoever calls", () => {
    fc.assert(
      fc.property(caller, json(3), (of, params) => {
        const arrived = unpackCall(packCall(callOf(of, params)))?.exchange;
        expect(arrived).toBeInstanceOf(RemoteExchange);
        expect(arrived?.caller).toEqual({ ...of, wire: undefined });
        expect(arrived?.request).toEqual({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
        expect(arrived?.asks).toBe(false);
      }),
    );
  });

  test("takes the log level of the wire session, and not the session itself", () => {
    const wire = { id: "w", logLevel: "error" } as unknown as NonNullable<Caller["wire"]>;
    const arrived = unpackCall(packCall(callOf({ ...usual.exchange.caller, wire })));
    expect(arrived?.exchange.caller).toMatchObject({ logLevel: "error", wire: undefined });
  });

  test("keeps a number that only an exponent could write at the door", () => {
    const params = {
      name: "read_ticket",
      arguments: { large: 1e20, larger: -1.5e300, edge: -9007199254740992 },
    };
    expect(unpackCall(packCall(callOf(usual.exchange.caller, params)))?.exchange.request.params).toEqual(params); // prettier-ignore
    // An integer that no double holds is still none: nobody here writes it.
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"n":9007199254740993}}';
    expect(withHead(() => undefined, body)).toBeUndefined();
  });

  test("is none with half of a surrogate pair", () => {
    const of = { ...usual.exchange.caller, from: "::1" };
    // A door refuses such a text, and so does an owner: it is not made into another one.
    expect(unpackCall(packCall(callOf(of, { name: "a\ud800" })))).toBeUndefined();
  });

  test("is none with any mutation of its bytes, or one whose session belongs to its principal", () => {
    const bytes = Buffer.from(packCall(usual));
    const at = fc.nat(bytes.length - 1);
    const change = fc.oneof(
      fc.tuple(at, fc.nat(255)).map(([place, byte]) => {
        const changed = Buffer.from(bytes);
        changed[place] = byte;
        return changed;
      }),
      at.map((end) => bytes.subarray(0, end)),
      fc.tuple(at, fc.uint8Array({ maxLength: 8 })).map(([place, more]) => Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)])), // prettier-ignore
      fc.tuple(at, at).map(([from, to]) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])),
      fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any)),
    );
    fc.assert(
      fc.property(change, (changed) => {
        const found = unpackCall(changed)?.exchange;
        if (found === undefined) return;
        const { principal: who, session, endpoint } = found.caller;
        expect(session).toBe(principalSession(who, endpoint.persona));
        expect(who.tenant).toBe(endpoint.tenant);
        expect(isIdentity(who.agent)).toBe(true);
        expect(endpoints.all).toContain(endpoint);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[why: string, change: (head: unknown[]) => void]>([
    ["an endpoint that this node does not have", (head) => (head[0] = "/t/default/p/nobody")],
    ["another spelling of an endpoint", (head) => (head[0] = "/t/default/p/support/mcp/..")],
    ["an endpoint of another tenant", (head) => (head[0] = tickets.path)],
    ["a door that there is none", (head) => (head[2] = "stdio")],
    ["an unknown revision", (head) => (head[4] = "2020-01-01")],
    ["capabilities that are a list", (head) => (head[5] = [])],
    ["an unknown log level", (head) => (head[6] = "loud")],
    ["one value more", (head) => head.push(null)],
    ["one value less", (head) => head.pop()],
    ["a principal with a part more", (head) => (head[1] as unknown[]).push("root")],
    ["an agent without a name", (head) => ((head[1] as unknown[])[1] = "")],
    ["a user whose name hides something", (head) => ((head[1] as unknown[])[2] = "a\u202eb")],
    ["credentials of an unknown kind", (head) => ((head[1] as unknown[])[3] = "trust")],
    ["an end of time that is none", (head) => ((head[1] as unknown[])[5] = null)],
    ["personas that are no list", (head) => ((head[1] as unknown[])[7] = "all")],
  ])("is none with %s", (_why, change) => {
    expect(withHead(() => undefined)).toBeDefined();
    expect(withHead(change)).toBeUndefined();
  });

  test.each([
    ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"tools/call"}]'],
    ["a notification", '{"jsonrpc":"2.0","method":"tools/call"}'],
    ["a response", '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ["a key twice", '{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list"}'],
    ["nothing", ""],
  ])("is none with %s in place of its request", (_what, body) => {
    expect(withHead(() => undefined, body)).toBeUndefined();
  });

  test.each(["__proto__", "\\u005f_proto__"])(
    "is none with the key %s, in the request or beside it",
    (key) => {
      const params = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"${key}":{"polluted":true}}}`;
      expect(withHead(() => undefined, params)).toBeUndefined();
      const [line = "", , request = ""] = Buffer.from(packCall(usual)).toString("utf8").split("\n");
      const head = line.replace("{}", `{"${key}":{"polluted":true}}`);
      expect(head).not.toBe(line);
      expect(unpackCall(Buffer.from(`${head}\n\n${request}`))).toBeUndefined();
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  test("is of the caller that its own head names, whoever called before", () => {
    fc.assert(
      fc.property(fc.array(caller, { minLength: 2, maxLength: 6 }), fc.array(fc.nat(5)), (callers, order) => {
        for (const at of order) {
          const of = callers[at % callers.length] ?? usual.exchange.caller;
          expect(unpackCall(packCall(callOf(of)))?.exchange.caller).toEqual({ ...of, wire: undefined });
        }
      }),
    );
  });

  test.each(["[1]", "{}", "x"])("is without a trace, or none, with %s as its trace", (trace) => {
    const [line = "", , request = ""] = Buffer.from(packCall(usual)).toString("utf8").split("\n");
    const found = unpackCall(Buffer.from(`${line}\n${trace}\n${request}`));
    expect(found?.exchange.caller.trace).toBeUndefined();
  });

  test("is none with bytes that are no UTF-8", () => {
    const bytes = Buffer.from(packCall(callOf({ ...usual.exchange.caller, from: "é" })));
    expect(unpackCall(bytes)).toBeDefined();
    bytes[bytes.indexOf("é")] = 0xff;
    expect(unpackCall(bytes)).toBeUndefined();
  });
});

const answers = fc.record({
  text: json(3).map((result) => JSON.stringify({ jsonrpc: "2.0", id: 1, result })),
  form: maybe(
    fc.record(
      {
        status: fc.integer({ min: 200, max: 599 }),
        headers: fc.dictionary(fc.stringMatching(/^[a-z-]{1,20}$/), fc.stringMatching(/^[\x20-\x7e]{0,40}$/), { noNullPrototype: true }), // prettier-ignore
      },
      { requiredKeys: ["status", "headers"] },
    ),
  ),
  isDropped: fc.boolean(),
});

describe("an answer on its way to its door", () => {
  test("arrives as it left, but for the facts, which stay", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(unpackAnswer(packAnswer({ ...answer, facts: undefined }))).toEqual({
          ...answer,
          facts: undefined,
        });
      }),
    );
  });

  const bytesOf = (status: unknown, headers: unknown, isDropped: unknown, text = '{"jsonrpc":"2.0"}') =>
    Buffer.from(`${JSON.stringify([status, headers, isDropped])}\n${text}`);

  test.each([
    ["a name with a line end", { "x\r\nset-cookie": "a" }],
    ["a value with a line end", { "retry-after": "1\r\nset-cookie: a" }],
    ["a value that is no text", { "retry-after": 1 }],
    ["a name in capitals", { "Retry-After": "1" }],
    ["a value beyond ASCII", { "retry-after": "é" }],
    ["headers that are a list", ["retry-after"]],
    ["no headers", null],
  ])("loses %s: a door must not fail over it", (_why, headers) => {
    const { form } = unpackAnswer(bytesOf(429, headers, false)) ?? {};
    expect(form?.status).toBe(429);
    expect(Object.keys(form?.headers ?? {})).toEqual([]);
  });

  test.each<[string, Buffer]>([
    ["a status that HTTP does not have", bytesOf(99, null, false)],
    ["a status that is no number", bytesOf("200", null, false)],
    ["a status with a fraction", bytesOf(200.5, null, false)],
    ["no word on whether it is dropped", bytesOf(200, null, null)],
    ["headers that reach a prototype", Buffer.from('[200,{"__proto__":{"a":"b"}},false]\n{}')],
    ["a text that is no object", bytesOf(200, null, false, "[]")],
    ["a text of two lines: an event of a stream would end within it", bytesOf(200, null, false, '{"a":\n1}')],
    ["nothing", Buffer.alloc(0)],
    ["no text", Buffer.from("[200,null,false]")],
  ])("is none with %s", (_why, bytes) => {
    expect(unpackAnswer(bytes)).toBeUndefined();
  });

  test("is none with any mutation of its bytes, or one that every door can give", () => {
    const bytes = Buffer.from(packAnswer({ text: '{"jsonrpc":"2.0","id":1,"result":{}}', form: { status: 429, headers: { "retry-after": "7" } }, isDropped: false, facts: undefined })); // prettier-ignore
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        const found = unpackAnswer(changed);
        if (found === undefined) return;
        expect(found.text).not.toMatch(/[\r\n]/);
        if (found.form !== undefined) new Response(null, { status: found.form.status === 204 ? 200 : found.form.status, headers: found.form.headers ?? {} }); // prettier-ignore
      }),
      { numRuns: 1_000 },
    );
  });
});
