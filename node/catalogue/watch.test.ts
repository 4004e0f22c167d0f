import { afterEach, describe, expect, test, vi } from "vitest";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamSession } from "../upstream/upstream.ts";
import { pin } from "./lock.ts";
import { DefinitionWatch, compareListed, type ListedDefinitions } from "./watch.ts";

afterEach(() => void vi.useRealTimers());

const tool = (name: string, description = name): JsonObject => ({
  name,
  description,
  inputSchema: { type: "object" },
});
const listed = (...tools: JsonObject[]): ListedDefinitions => ({ tools, prompts: [], templates: [] });

function lockOf(...tools: JsonObject[]): CatalogueLock {
  const live = { ...listed(...tools), info: { name: "s", version: "1" }, capabilities: {} };
  return { v: 1, servers: { shop: pin(live, "2026-01-01").locked } };
}

function session(server = "shop"): UpstreamSession {
  return {
    server,
    era: "modern",
    revision: "2026-07-28",
    info: { name: server, version: "1" },
    capabilities: {},
    request: () => Promise.reject(new GatewayError("CANCELLED")),
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  };
}

/** A watch over one pinned tool, and what it reads and says. */
function stand() {
  const state = {
    now: 0,
    reads: 0,
    list: (): Promise<ListedDefinitions> => Promise.resolve(listed(tool("a"))),
  };
  const found: string[] = [];
  const missing: string[][] = [];
  const faults: unknown[] = [];
  const lock = lockOf(tool("a"), tool("b"));
  const watch = new DefinitionWatch({
    lock: () => lock,
    read: () => {
      state.reads++;
      return state.list();
    },
    onDiffering: (_server, changed) => found.push(...changed.map(({ name }) => name)),
    onCompared: (_server, gone) => void missing.push(gone.map(({ name }) => name)),
    onFault: (_server, fault) => faults.push(fault),
    now: () => state.now,
  });
  return { state, found, missing, faults, watch };
}

const settle = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

describe("the comparison of a session", () => {
  test("is waited for once, and costs nothing afterwards", async () => {
    const { watch, state } = stand();
    const one = session();
    const pending = watch.pending(one);
    expect(watch.isCompared(one)).toBe(false);
    expect(watch.pending(one)).toBe(pending);
    await pending;
    expect([watch.pending(one), watch.isCompared(one), state.reads]).toEqual([undefined, true, 1]);
  });

  test("tells what of the pins is not listed, each time", async () => {
    const { watch, state, missing } = stand();
    const one = session();
    await watch.pending(one);
    state.list = () => Promise.resolve(listed(tool("a"), tool("b")));
    watch.outdate("shop");
    await watch.pending(one);
    expect(missing).toEqual([["b"], []]);
  });

  test("that fails is made again by the next call, and no call passes in between", async () => {
    const { watch, state } = stand();
    const one = session();
    state.list = () => Promise.reject(new GatewayError("UPSTREAM_GARBAGE"));
    await expect(watch.pending(one)).rejects.toThrow(/protocol/);
    expect(watch.isCompared(one)).toBe(false);
    state.list = () => Promise.resolve(listed(tool("a")));
    await watch.pending(one);
    expect(watch.isCompared(one)).toBe(true);
  });

  test("that does not come to an end fails in time", async () => {
    vi.useFakeTimers();
    const { watch, state } = stand();
    state.list = () => new Promise(() => undefined);
    const failed = Promise.resolve(watch.pending(session())).catch((fault: unknown) => fault);
    await vi.advanceTimersByTimeAsync(limits.upstreamStartMs);
    expect(await failed).toMatchObject({ code: "UPSTREAM_TIMEOUT" });
  });

  test("is made again in the background when it has grown old: calls do not wait, and what differs is found", async () => {
    const { watch, state, found } = stand();
    const one = session();
    await watch.pending(one);
    state.list = () => Promise.resolve(listed(tool("a", "another")));
    state.now = limits.definitionsFreshMs;
    expect(watch.pending(one)).toBeUndefined();
    expect(state.reads).toBe(1);
    state.now++;
    expect(watch.pending(one)).toBeUndefined();
    expect(watch.pending(one)).toBeUndefined();
    expect([state.reads, watch.isCompared(one)]).toEqual([2, true]);
    await settle();
    expect(found).toEqual(["a"]);
  });

  test("is worthless once the server announced a change: every session waits for another, of that server alone", async () => {
    const { watch, state, found } = stand();
    const [one, two, other] = [session(), session(), session("mall")];
    for (const each of [one, two, other]) await watch.pending(each);
    state.list = () => Promise.resolve(listed(tool("a", "another")));
    watch.outdate("shop");
    expect([one, two, other].map((each) => watch.isCompared(each))).toEqual([false, false, true]);
    await settle();
    expect([one, two].map((each) => watch.isCompared(each))).toEqual([true, true]);
    expect([state.reads, found]).toEqual([5, ["a", "a"]]);
  });

  test("under way when a change is announced does not count: what it read may be from before", async () => {
    const { watch, state } = stand();
    const one = session();
    const lists: ((list: ListedDefinitions) => void)[] = [];
    state.list = () => new Promise((resolve) => lists.push(resolve));
    const first = watch.pending(one);
    watch.outdate("shop");
    lists[0]?.(listed(tool("a")));
    await first;
    expect(watch.isCompared(one)).toBe(false);
    const second = watch.pending(one);
    for (const finish of lists.slice(1)) finish(listed(tool("a")));
    await second;
    expect(watch.isCompared(one)).toBe(true);
  });

  test("is made anew for a session that was opened again underneath, and only if it was used", async () => {
    const { watch, state } = stand();
    const one = session();
    watch.reopened(one);
    expect(state.reads).toBe(0);
    await watch.pending(one);
    watch.reopened(one);
    expect(watch.isCompared(one)).toBe(false);
    await watch.pending(one);
    expect([watch.isCompared(one), state.reads]).toEqual([true, 2]);
  });

  test("tells nobody of a session that has ended, and of every other failure", async () => {
    const { watch, state, faults } = stand();
    await watch.pending(session());
    state.list = () => Promise.reject(new GatewayError("UPSTREAM_SESSION_LOST"));
    watch.outdate("shop");
    await settle();
    expect(faults).toEqual([]);
    await expect(watch.pending(session())).rejects.toThrow(GatewayError);
    state.list = () => Promise.resolve(listed());
    const one = session();
    await watch.pending(one);
    state.list = () => Promise.reject(new GatewayError("UPSTREAM_GARBAGE"));
    watch.outdate("shop");
    await settle();
    expect(faults).toHaveLength(1);
  });
});

describe("what differs", () => {
  const locked = lockOf(tool("a"), tool("b")).servers["shop"];
  if (locked === undefined) throw new Error("pinned above");

  test("is what is listed under a pinned name with another definition, or with one that is not fit to be looked at", () => {
    const refused = [
      { kind: "tool" as const, name: "b", why: "it is too large" },
      { kind: "tool" as const, name: "unknown", why: "it is too large" },
    ];
    expect(
      compareListed(locked, { ...listed(tool("a", "another"), tool("new")), refused }).changed,
    ).toMatchObject([
      { kind: "tool", name: "a", fields: ["description"] },
      { kind: "tool", name: "b", fields: ["it is too large"] },
    ]);
  });

  test("is not what is missing, and what is listed unfit is not missing", () => {
    const { changed, missing } = compareListed(locked, listed(tool("a")));
    expect([changed, missing]).toEqual([[], [{ kind: "tool", name: "b" }]]);
    const refused = [{ kind: "tool" as const, name: "b", why: "it is too large" }];
    expect(compareListed(locked, { ...listed(tool("a")), refused }).missing).toEqual([]);
  });

  test("is what is listed twice, also when both are as pinned", () => {
    expect(compareListed(locked, listed(tool("a"), tool("a"))).changed.map(({ name }) => name)).toEqual([
      "a",
    ]);
  });
});
