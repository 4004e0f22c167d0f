import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Calls } from "./calls.ts";
import type { Call, CallHost } from "./calls.ts";
import { boundsOf, readMessages } from "./messages.ts";
import type { AskAnswer, CallOptions, UpstreamAnswer } from "./upstream.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Host implements CallHost {
  conceal(message: Message): { message: Message; count: number } {
    return { message, count: 0 };
  }

  declared: JsonObject | undefined = { roots: {} };
  isLossy = false;
  readonly strays: string[] = [];
  readonly responses: unknown[] = [];
  readonly loosened: string[] = [];
  respond(id: unknown, answer: AskAnswer): void {
    this.responses.push([id, answer]);
  }
  loose(method: string): void {
    this.loosened.push(method);
  }
  stray(what: string): void {
    this.strays.push(what);
  }
}

interface Opened {
  readonly call: Call;
  readonly settled: (UpstreamAnswer | GatewayError)[];
  readonly heard: JsonObject[];
}

function open(calls: Calls, more: Partial<CallOptions> = {}): Opened {
  const settled: (UpstreamAnswer | GatewayError)[] = [];
  const heard: JsonObject[] = [];
  const options = {
    timeoutMs: 1_000,
    capabilities: {},
    onNotification: (_: string, params: JsonObject) => void heard.push(params),
    ...more,
  };
  return { call: calls.open(options, "token", (answer) => void settled.push(answer)), settled, heard };
}

function feed(calls: Calls, value: unknown, via?: Call): void {
  const read = readMessages(JSON.stringify(value), boundsOf(), "2025-11-25");
  if (read instanceof GatewayError) return;
  for (const message of read) calls.take(message, via)?.catch(() => undefined);
}

/** Codes of what a call settled with. */
function codes({ settled }: Opened): unknown[] {
  return settled.map((answer) => (answer instanceof GatewayError ? answer.code : answer.kind));
}

const id = fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constantFrom("1", "2", null, 1.5, 2 ** 60));
const jsonObject = fc.dictionary(
  fc.constantFrom("a", "progressToken", "requestId", "_meta", "toString", "uri"),
  fc.oneof(id, fc.object()),
  { maxKeys: 3 },
);
const method = fc.constantFrom("notifications/progress", "notifications/message", "notifications/cancelled", "ping", "roots/list", "sampling/createMessage", "constructor", "x"); // prettier-ignore
const message = fc.oneof(
  fc.record({ jsonrpc: fc.constant("2.0"), id, result: jsonObject }),
  fc.record({
    jsonrpc: fc.constant("2.0"),
    id,
    error: fc.record({ code: fc.integer(), message: fc.string() }),
  }),
  fc.record({ jsonrpc: fc.constant("2.0"), method, params: jsonObject }),
  fc.record({ jsonrpc: fc.constant("2.0"), id, method, params: jsonObject }),
  fc.record({ jsonrpc: fc.constant("2.0"), id, result: jsonObject, method }),
  fc.anything({ withBigInt: false }),
);

test("whatever a server sends, nothing throws, and each call settles at most once, with an answer under its own id", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      const host = new Host();
      const calls = new Calls(host);
      const opened = [1, 2, 3].map(() => open(calls, { onAsk: async () => ({ result: {} }) }));
      const answered = new Set<unknown>();
      for (const value of messages) {
        const before = opened.map(({ settled }) => settled.length);
        feed(calls, value);
        for (const [at, { settled, call }] of opened.entries()) {
          if (settled.length === before[at]) continue;
          answered.add((value as JsonObject)["id"] === call.id);
        }
      }
      expect(opened.every(({ settled }) => settled.length <= 1)).toBe(true);
      expect(answered.has(false)).toBe(false);
      calls.endAll(new GatewayError("UPSTREAM_CLOSED"));
      expect(opened.map(({ settled }) => settled.length)).toEqual([1, 1, 1]);
      expect(calls.size).toBe(0);
    }),
  );
});

describe("time", () => {
  test("without progress a call ends after its time-out; what was never written says that it was not executed", () => {
    const calls = new Calls(new Host());
    const [written, waiting] = [open(calls), open(calls)];
    expect(written.call.ready()).toBeUndefined();
    vi.advanceTimersByTime(999);
    expect(calls.size).toBe(2);
    vi.advanceTimersByTime(1);
    expect([codes(written), codes(waiting)]).toEqual([["UPSTREAM_TIMEOUT"], ["UPSTREAM_UNREACHABLE"]]);
  });

  test("progress starts the time anew, up to the total; a foreign or unwanted token does not", () => {
    const calls = new Calls(new Host());
    const mine = open(calls);
    const other = open(calls);
    mine.call.ready();
    other.call.ready();
    let elapsed = 0;
    for (; elapsed < limits.upstreamCallTotalMs && calls.size > 0; elapsed += 900) {
      feed(calls, {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: mine.call.id, progress: elapsed },
      });
      vi.advanceTimersByTime(900);
    }
    expect(codes(other)).toEqual(["UPSTREAM_TIMEOUT"]);
    expect(codes(mine)).toEqual(["UPSTREAM_TIMEOUT"]);
    expect(Math.abs(elapsed - limits.upstreamCallTotalMs)).toBeLessThan(1_800);
    expect(mine.heard.length).toBeGreaterThan(1_000);
    expect(other.heard).toEqual([]);
  });

  test("while its question is open a call waits, within the total, and afterwards for its time-out again", async () => {
    const host = new Host();
    const calls = new Calls(host);
    const gate = Promise.withResolvers<AskAnswer>();
    const opened = open(calls, { onAsk: () => gate.promise });
    opened.call.ready();
    feed(calls, { jsonrpc: "2.0", id: 5, method: "roots/list" });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(codes(opened)).toEqual([]);
    gate.resolve({ result: { roots: [] } });
    await vi.advanceTimersByTimeAsync(900);
    expect(host.responses).toEqual([[5, { result: { roots: [] } }]]);
    expect(codes(opened)).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(codes(opened)).toEqual(["UPSTREAM_TIMEOUT"]);
  });

  test("a call that ends while its question is open takes the question back, and answers it no more", async () => {
    const host = new Host();
    const calls = new Calls(host);
    let isWithdrawn = false;
    const onAsk = (_: string, __: JsonObject, withdrawn: AbortSignal): Promise<AskAnswer> =>
      new Promise((resolve) =>
        withdrawn.addEventListener("abort", () => {
          isWithdrawn = true;
          resolve({ result: {} });
        }),
      );
    const opened = open(calls, { onAsk });
    feed(calls, { jsonrpc: "2.0", id: 5, method: "roots/list" });
    feed(calls, { jsonrpc: "2.0", id: opened.call.id, result: {} });
    await vi.advanceTimersByTimeAsync(10);
    expect([isWithdrawn, host.responses]).toEqual([true, []]);
  });
});

test("questions beyond the bound, and one asked twice, are refused", () => {
  const host = new Host();
  const calls = new Calls(host);
  open(calls, { onAsk: () => new Promise(() => undefined) });
  for (let ask = 0; ask <= limits.upstreamAsksMax; ask++)
    feed(calls, { jsonrpc: "2.0", id: ask, method: "roots/list" });
  feed(calls, { jsonrpc: "2.0", id: 0, method: "roots/list" });
  expect(host.responses).toHaveLength(2);
});

test("a caller that fails over a notification fails the call, not the session", async () => {
  const calls = new Calls(new Host());
  const failing = [
    open(calls, { onNotification: () => { throw new Error("ours"); } }), // prettier-ignore
    open(calls, { onNotification: () => Promise.reject(new Error("ours")) }),
  ];
  const fine = open(calls);
  for (const { call } of [...failing, fine])
    feed(calls, {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: call.id, progress: 1 },
    });
  await vi.advanceTimersByTimeAsync(1);
  expect([...failing, fine].map(codes)).toEqual([["INTERNAL"], ["INTERNAL"], []]);
});

test("a cancel is told to the carrier once, and the listener is taken off the caller's signal", () => {
  const calls = new Calls(new Host());
  const controller = new AbortController();
  const remove = vi.spyOn(controller.signal, "removeEventListener");
  const opened = open(calls, { signal: controller.signal });
  const stops: string[] = [];
  opened.call.onStop = ({ code }) => void stops.push(code);
  controller.abort();
  opened.call.stop(new GatewayError("UPSTREAM_TIMEOUT"));
  expect([codes(opened), stops]).toEqual([["CANCELLED"], ["CANCELLED"]]);
  expect(remove).toHaveBeenCalledTimes(1);
});

test("`ready` decides whether the bytes are written: false is DRAINING, an error is itself", () => {
  const calls = new Calls(new Host());
  const error = new GatewayError("OVERLOADED");
  expect(open(calls, { ready: () => false }).call.ready()?.code).toBe("DRAINING");
  expect(open(calls, { ready: () => error }).call.ready()).toBe(error);
  const settled = open(calls, { ready: () => true });
  settled.call.fail(error);
  expect(settled.call.ready()?.code).toBe("CANCELLED");
});
