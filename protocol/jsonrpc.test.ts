import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { JsonFault, parseStrict } from "./json.ts";
import { messageBounds } from "./jsonbounds.ts";
import type { Json } from "./json.ts";
import {
  errorMessageUnitsMax,
  errorResponse,
  foldsToProtocolKey,
  idUnitsMax,
  isErrorResponse,
  isNotification,
  isRequest,
  isResponse,
  methodUnitsMax,
  readBatch,
  readMessage,
  resultResponse,
  RpcFault,
  rpcCodes,
} from "./jsonrpc.ts";
import type { Message } from "./jsonrpc.ts";

const inherited = Reflect.ownKeys(Object.prototype).join();
afterEach(() => {
  if (Reflect.ownKeys(Object.prototype).join() !== inherited) throw new Error("Object.prototype has changed");
});

/** The road of a body: undefined when it is refused on the way. */
function read(body: string): Message | undefined {
  const value = parseStrict(body, messageBounds);
  if (value instanceof JsonFault) return undefined;
  const message = readMessage(value);
  return message instanceof RpcFault ? undefined : message;
}

const call = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "read", arguments: { path: "/a" } },
};

describe("shapes", () => {
  test.each<[string, Json, (message: Message) => boolean]>([
    ["a request", call, isRequest],
    ["a request without params", { jsonrpc: "2.0", id: "a", method: "ping" }, isRequest],
    ["a request with id 0", { jsonrpc: "2.0", id: 0, method: "ping" }, isRequest],
    ["a request with a negative id", { jsonrpc: "2.0", id: -7, method: "ping" }, isRequest],
    ["a request with an empty id", { jsonrpc: "2.0", id: "", method: "ping" }, isRequest],
    [
      "a request with the longest id",
      { jsonrpc: "2.0", id: "i".repeat(idUnitsMax), method: "ping" },
      isRequest,
    ],
    ["a request with the largest id", { jsonrpc: "2.0", id: 2 ** 53 - 1, method: "ping" }, isRequest],
    ["a notification", { jsonrpc: "2.0", method: "notifications/initialized" }, isNotification],
    ["a notification with params", { jsonrpc: "2.0", method: "notifications/x", params: {} }, isNotification],
    ["a result", { jsonrpc: "2.0", id: 1, result: { content: [] } }, isResponse],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "no" } }, isErrorResponse],
    [
      "an error with data",
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "", data: [null] } },
      isErrorResponse,
    ],
  ])("%s is read as what it is, key for key", (_, value, is) => {
    const message = readMessage(value);
    expect(message).toEqual(value);
    expect(is(message as Message)).toBe(true);
    expect([isRequest, isNotification, isResponse].filter((kind) => kind(message as Message))).toHaveLength(
      1,
    );
  });

  test("an error whose id could not be read has a null id, whether it came null or not at all", () => {
    const error = { code: rpcCodes.parseError, message: "bad" };
    const expected = { jsonrpc: "2.0", id: null, error };
    expect(readMessage({ jsonrpc: "2.0", id: null, error })).toEqual(expected);
    expect(readMessage({ jsonrpc: "2.0", error })).toEqual(expected);
  });

  test("what the helpers make is read back as it was made", () => {
    for (const made of [
      resultResponse("a", { ok: true }),
      errorResponse(3, -32000, "no"),
      errorResponse(3, 1, "no", {}),
    ]) {
      expect(read(JSON.stringify(made))).toEqual(made);
    }
    expect(JSON.stringify(errorResponse(null, -32700, "bad"))).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad"}}',
    );
  });
});

describe("values that are no message", () => {
  test.each<[string, Json, RegExp]>([
    ["null", null, /must be an object/],
    ["a string", "tools/call", /must be an object/],
    ["an empty object", {}, /jsonrpc/],
    ["a batch", [call], /batches/],
    ["no version", { id: 1, method: "ping" }, /jsonrpc/],
    ["version 1.0", { ...call, jsonrpc: "1.0" }, /jsonrpc/],
    ["version 2.0 as a number", { ...call, jsonrpc: 2 }, /jsonrpc/],
    ["a null id", { ...call, id: null }, /id must be/],
    ["a fractional id", { ...call, id: 1.5 }, /id must be/],
    ["an unsafe id", { ...call, id: 2 ** 53 }, /id must be/],
    ["a negative zero id", { ...call, id: -0 }, /id must be/],
    ["an object id", { ...call, id: {} }, /id must be/],
    ["an array id", { ...call, id: [1] }, /id must be/],
    ["a boolean id", { ...call, id: true }, /id must be/],
    ["an id that is too long", { ...call, id: "i".repeat(idUnitsMax + 1) }, /id must be/],
    ["array params", { ...call, params: ["read"] }, /params must be an object/],
    ["null params", { ...call, params: null }, /params must be an object/],
    ["string params", { ...call, params: "read" }, /params must be an object/],
    ["a numeric method", { ...call, method: 1 }, /method must be/],
    ["an empty method", { ...call, method: "" }, /method must be/],
    ["a method that is too long", { ...call, method: "m".repeat(methodUnitsMax + 1) }, /method must be/],
    ["neither method nor result", { jsonrpc: "2.0", id: 1 }, /needs a method/],
    ["params without a method", { jsonrpc: "2.0", id: 1, params: {} }, /params need a method/],
    ["a method and a result", { ...call, result: {} }, /only one/],
    ["a method and an error", { ...call, error: { code: 1, message: "" } }, /only one/],
    [
      "a result and an error",
      { jsonrpc: "2.0", id: 1, result: {}, error: { code: 1, message: "" } },
      /not both/,
    ],
    ["a result and params", { jsonrpc: "2.0", id: 1, result: {}, params: {} }, /params need a method/],
    ["a result without an id", { jsonrpc: "2.0", result: {} }, /needs the id/],
    ["a result with a null id", { jsonrpc: "2.0", id: null, result: {} }, /id must be/],
    [
      "an error with a fractional id",
      { jsonrpc: "2.0", id: 1.5, error: { code: 1, message: "" } },
      /id must be/,
    ],
    ["an array result", { jsonrpc: "2.0", id: 1, result: [] }, /result must be an object/],
    ["a null result", { jsonrpc: "2.0", id: 1, result: null }, /result must be an object/],
    ["a string error", { jsonrpc: "2.0", id: 1, error: "no" }, /error must be an object/],
    ["an error without a code", { jsonrpc: "2.0", id: 1, error: { message: "" } }, /error.code/],
    [
      "an error with a fractional code",
      { jsonrpc: "2.0", id: 1, error: { code: 1.5, message: "" } },
      /error.code/,
    ],
    ["an error without a message", { jsonrpc: "2.0", id: 1, error: { code: 1 } }, /error.message/],
    [
      "an error with a long message",
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "m".repeat(errorMessageUnitsMax + 1) } },
      /error.message/,
    ],
    [
      "an error with a stack",
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "", stack: "" } },
      /besides/,
    ],
    ["an extra key", { ...call, extra: 1 }, /does not define/],
    ["a key of every object", { ...call, constructor: 1 }, /does not define/],
  ])("%s is refused", (_, value, says) => {
    const fault = readMessage(value);
    expect(fault).toBeInstanceOf(RpcFault);
    expect(fault).toMatchObject({
      code: rpcCodes.invalidRequest,
      says: expect.stringMatching(says) as string,
    });
  });

  test("a refusal names the id when it can be echoed, and only then", () => {
    expect(readMessage({ ...call, params: [] })).toMatchObject({ id: 1 });
    expect(readMessage({ ...call, id: "abc", extra: 1 })).toMatchObject({ id: "abc" });
    expect(readMessage({ ...call, id: 1.5 })).toMatchObject({ id: null });
    expect(readMessage({ ...call, id: "i".repeat(idUnitsMax + 1), extra: 1 })).toMatchObject({ id: null });
  });

  test("a refusal says nothing of what the message held", () => {
    for (const value of [
      { ...call, secret: 1 },
      { ...call, params: { secret: 1, NAME: "secret" } },
      { ...call, method: [] },
    ]) {
      expect((readMessage(value) as RpcFault).says).not.toMatch(/secret/);
    }
  });
});

describe("keys that fold to a protocol key", () => {
  test.each([
    ["Name", "name"],
    ["NAME", "name"],
    ["argument\u017f", "arguments"],
    ["ARGUMENTS", "arguments"],
    ["tas\u212a", "task"],
    ["taskid", "taskId"],
    ["\u0131d", "id"],
    ["URI", "uri"],
    ["_META", "_meta"],
    ["json\u0280pc".replace("\u0280", "R"), "jsonrpc"],
    ["mes\u017fage", "message"],
    ["requeststate", "requestState"],
  ])("%s is taken for %s", (key, protocolKey) => {
    expect(foldsToProtocolKey(key)).toBe(protocolKey);
  });

  test.each(["name", "arguments", "_meta", "taskId", "names", "nаme", "", "constructor", "x-name"])(
    "%s is taken for no other",
    (key) => {
      expect(foldsToProtocolKey(key)).toBeUndefined();
    },
  );

  test("is refused in the envelope and in params, and nowhere else", () => {
    expect(readMessage({ ...call, Method: "ping" })).toMatchObject({
      says: expect.stringMatching(/by case/) as string,
    });
    expect(readMessage({ ...call, params: { name: "a", Name: "b" } })).toBeInstanceOf(RpcFault);
    expect(readMessage({ ...call, params: { Name: "b" } })).toBeInstanceOf(RpcFault);
    const free = {
      ...call,
      params: { name: "a", arguments: { Name: 1, name: 2 }, _meta: { URI: 1 }, vendor: 1 },
    };
    expect(readMessage(free)).toEqual(free);
  });
});

describe("batches", () => {
  const note = { jsonrpc: "2.0", method: "notifications/x" };
  test("of revision 2025-03-26 are read in order", () => {
    const batch = [call, note, { ...call, id: "1" }, note, { jsonrpc: "2.0", id: 1, result: {} }];
    expect(readBatch(batch, 5)).toEqual(batch);
  });

  test.each<[string, Json, RegExp]>([
    ["no array", call, /must be an array/],
    ["an empty array", [], /not be empty/],
    ["one member too many", [note, note, note, note, note, note], /may hold 5/],
    ["a bad member among good ones", [call, { ...call, id: null }], /message 1 .*id must be/],
    ["a batch in a batch", [[call]], /message 0 .*batches/],
    ["the same id twice", [call, note, call], /message 2 .*repeats/],
  ])("with %s are refused as a whole", (_, value, says) => {
    expect(readBatch(value, 5)).toMatchObject({
      code: rpcCodes.invalidRequest,
      says: expect.stringMatching(says) as string,
    });
  });
});

// The same grammar in another hand.
const id = z.union([z.string().max(idUnitsMax), z.int().refine((value) => !Object.is(value, -0))]);
const object = z.record(z.string(), z.unknown());
const method = z.string().min(1).max(methodUnitsMax);
const error = z.strictObject({ code: z.int(), message: z.string(), data: z.unknown().optional() });
const grammar = z.union([
  z.strictObject({ jsonrpc: z.literal("2.0"), id: id.optional(), method, params: object.optional() }),
  z.strictObject({ jsonrpc: z.literal("2.0"), id, result: object }),
  z.strictObject({ jsonrpc: z.literal("2.0"), id: id.nullable().optional(), error }),
]);

test("readMessage accepts exactly the messages of the grammar, and never throws", () => {
  const plain = fc.constantFrom<Json>(null, true, "", "x", -0, 0, 7, 1.5, 2 ** 53, [], [1], {}, { code: 1 });
  const odd = fc.oneof(plain, fc.jsonValue() as fc.Arbitrary<Json>);
  const errorValue = fc.record(
    { code: fc.oneof(fc.integer(), fc.double()), message: fc.oneof(fc.string(), odd), data: odd, more: odd },
    { requiredKeys: ["code", "message"] },
  );
  const value = fc.record(
    {
      jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant("2.0") }, { weight: 1, arbitrary: odd }),
      id: fc.oneof(fc.integer(), fc.string(), odd),
      method: fc.oneof(fc.constant("tools/call"), fc.constant("ping"), odd),
      params: fc.oneof(fc.dictionary(fc.constantFrom("name", "arguments", "vendor"), odd), odd),
      result: fc.oneof(fc.dictionary(fc.string(), odd), odd),
      error: fc.oneof(errorValue, odd),
      extra: odd,
    },
    { requiredKeys: [] },
  );
  const counts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(
      value,
      fc.subarray(["id", "method", "params", "result", "error", "extra"]),
      (all, dropped) => {
        const kept = Object.entries(all).filter(([key]) => !dropped.includes(key));
        const message = Object.fromEntries(kept) as Json;
        const isAccepted = !(readMessage(message) instanceof RpcFault);
        counts[isAccepted ? "accepted" : "refused"]++;
        expect(isAccepted).toBe(grammar.safeParse(message).success);
      },
    ),
    { numRuns: 10_000 },
  );
  expect(counts.accepted).toBeGreaterThan(200);
  expect(counts.refused).toBeGreaterThan(200);
});
