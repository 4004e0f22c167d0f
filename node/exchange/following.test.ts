import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamSession } from "../upstream/upstream.ts";
import { Following } from "./following.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const updated = "notifications/resources/updated";

/** A server whose session can be lost; counts subscriptions that are open. */
function stand() {
  const state = { isAway: false, isRefused: false, open: 0, subscribed: 0, closed: 0 };
  const told: string[] = [];
  let say: (method: string, params: JsonObject) => void = () => undefined;
  let session = makeSession();
  function makeSession(): UpstreamSession {
    return {
      server: "shop",
      era: "legacy",
      revision: "2025-11-25",
      info: { name: "x", version: "1" },
      capabilities: {},
      request: () => Promise.reject(new GatewayError("CANCELLED")),
      subscribe: (_filter, on) => {
        state.subscribed++;
        state.open++;
        say = on;
        return { update: () => undefined, close: () => void state.open-- };
      },
      close: () => Promise.resolve(),
    };
  }
  const following = new Following({
    owner: "ann",
    reach: async (work) => {
      await Promise.resolve();
      if (state.isAway) throw new GatewayError("UPSTREAM_UNREACHABLE");
      if (state.isRefused) return false;
      work(session);
      return true;
    },
    filter: { uris: ["a", "b"] },
    onUpdated: (uri) => told.push(uri),
    onFault: () => undefined,
    onClose: () => state.closed++,
  });
  const lose = (): void => {
    session = makeSession();
    following.again();
  };
  return { state, told, following, lose, say: (uri: unknown) => say(updated, { uri }) };
}

test("of one resource one update passes at once, and the last of those that follow at the end of the pause", async () => {
  const { following, told, say } = stand();
  await following.begin();
  for (let n = 0; n < 1_000; n++) say("a");
  say("b");
  expect(told).toEqual(["a", "b"]);
  await vi.advanceTimersByTimeAsync(100);
  expect(told).toEqual(["a", "b", "a"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toHaveLength(3);
  say("a");
  expect(told).toHaveLength(4);
});

test("what was not asked for, and what is no URI, is dropped", async () => {
  const { following, told, say } = stand();
  await following.begin();
  for (const uri of ["c", "", 7, undefined, { a: 1 }]) say(uri);
  expect(told).toEqual([]);
});

test("a lost session is followed again, a session that lives is not subscribed to twice", async () => {
  const { following, state, lose } = stand();
  await following.begin();
  following.again();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(state).toMatchObject({ subscribed: 1, open: 1 });
  lose();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state).toMatchObject({ subscribed: 2, open: 1 });
});

test("a server that is away is tried with growing pauses until it is there", async () => {
  const { following, state } = stand();
  state.isAway = true;
  await following.keep();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.subscribed).toBe(0);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state).toMatchObject({ subscribed: 1, open: 1 });
});

test("closed, it is over: nothing is told, nothing tried again, and closing twice is closing once", async () => {
  const { following, state, told, say, lose } = stand();
  await following.begin();
  say("a");
  say("a");
  following.close();
  following.close();
  lose();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state).toMatchObject({ subscribed: 1, open: 0, closed: 1 });
  expect(told).toEqual(["a"]);
});

test("closed while its session opens, it subscribes to nothing", async () => {
  const { following, state } = stand();
  const begun = following.begin();
  following.close();
  await begun;
  expect(state.subscribed).toBe(0);
});

test("what is refused is tried again, and reaches nothing before it is allowed", async () => {
  const { state, following } = stand();
  state.isRefused = true;
  await following.keep();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(state.subscribed).toBe(0);
  state.isRefused = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(state.subscribed).toBe(1);
  following.close();
});
