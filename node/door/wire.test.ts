import { describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import type { DoorName } from "../exchange/exchange.ts";
import { Cancellation } from "../exchange/cancel.ts";
import { EventStream } from "./eventstream.ts";
import type { Neighbours } from "./neighbours.ts";
import { WireSession, WireSessions } from "./wire.ts";

const [reader, writer] = new Endpoints(
  "http://x",
  ["reader", "writer"].map((name) => ({ tenant: "default", kind: "persona" as const, name, persona: name })),
).all;
if (reader === undefined || writer === undefined) throw new Error("two endpoints were made");
const mine = sessionKey("default", "reader", "me", undefined);
const theirs = sessionKey("default", "reader", "them", undefined);

function wire(session = mine, door: DoorName = "http", nowMs = 0): WireSession {
  return new WireSession(session, reader as NonNullable<typeof reader>, door, "2025-11-25", {}, nowMs);
}

describe("a label", () => {
  test("is found with the principal, endpoint and door it was made for, and with no others", () => {
    const wires = new WireSessions(() => 0);
    const own = wire();
    wires.add(own);
    expect(wires.find(own.id, mine, reader, "http")).toBe(own);
    expect(wires.find(own.id, theirs, reader, "http")).toBeUndefined();
    expect(wires.find(own.id, mine, writer, "http")).toBeUndefined();
    expect(wires.find(own.id, mine, reader, "sse")).toBeUndefined();
    expect(wires.find(`${own.id}x`, mine, reader, "http")).toBeUndefined();
    wires.remove(own, false);
    expect(wires.find(own.id, mine, reader, "http")).toBeUndefined();
  });

  test("of one principal there are so many and no more, the least recently used goes, and others keep theirs", () => {
    let now = 0;
    const wires = new WireSessions(() => now);
    const other = wire(theirs);
    wires.add(other);
    const own = Array.from({ length: limits.wireSessionsPerPrincipalMax }, () => wire(mine, "http", ++now));
    for (const each of own) wires.add(each);
    now++;
    wires.find(own[0]?.id ?? "", mine, reader, "http");
    wires.add(wire(mine, "http", ++now));
    expect(wires.size).toBe(limits.wireSessionsPerPrincipalMax + 1);
    expect(wires.find(own[0]?.id ?? "", mine, reader, "http")).toBe(own[0]);
    expect(wires.find(own[1]?.id ?? "", mine, reader, "http")).toBeUndefined();
    expect(wires.find(other.id, theirs, reader, "http")).toBe(other);
  });

  test("of a cluster does not go for another while it has a stream, and one with calls open does", () => {
    const wires = new WireSessions(() => 0);
    let last = 0;
    const neighbours = { node: "n1", seal: () => `w${++last}` } as unknown as Neighbours;
    const shared = (): WireSession =>
      new WireSession(mine, reader, "http", "2025-11-25", {}, last, neighbours);
    const own = Array.from({ length: limits.wireLabelsPerPrincipalMax }, shared);
    for (const each of own) {
      wires.add(each);
      each.get = new EventStream("get");
      each.get.attachRemote({ event: () => undefined, ended: () => undefined }, 0);
    }
    expect(() => wires.add(shared())).toThrow(expect.objectContaining({ code: "OVERLOADED" }) as Error);
    expect([...wires.all()]).toEqual(own);
    own[7]?.get?.detach();
    own[7]?.open.set(1, {} as never);
    const late = shared();
    wires.add(late);
    expect([...wires.all()]).toEqual([...own.filter((each) => each !== own[7]), late]);
  });

  test("ends when it is idle, not while something is open", () => {
    let now = 0;
    const wires = new WireSessions(() => now);
    const [idle, busy] = [wire(), wire()];
    for (const each of [idle, busy]) wires.add(each);
    busy.open.set(1, {} as never);
    now = limits.wireSessionIdleMs + 1;
    wires.expire();
    expect([...wires.all()]).toEqual([busy]);
  });
});

describe("what is kept for resuming", () => {
  const half = "x".repeat(limits.replayBytesMax / 2);
  const finish = (own: WireSession, text: string): string => {
    const stream = own.newStream();
    stream.finish(text);
    return stream.id;
  };

  test("is bounded for all streams of a session together: the oldest finished ones go first", () => {
    const own = wire();
    const running = own.newStream();
    void running.send("still here");
    const ids = Array.from({ length: 6 }, () => finish(own, half));
    expect(own.streams.get(running.id)).toBe(running);
    expect(ids.map((id) => own.streams.has(id))).toEqual([false, false, false, false, false, true]);
  });

  test("holds the last answer, however large, until it has left", () => {
    const own = wire();
    finish(own, half);
    const large = finish(own, "y".repeat(3 * limits.replayBytesMax));
    expect([...own.streams.keys()]).toEqual([large]);
    const next = finish(own, "small");
    expect([...own.streams.keys()]).toEqual([next]);
  });
});

describe("questions", () => {
  const never = new Cancellation();

  test("are answered once, by their id", async () => {
    const own = wire();
    const sent: JsonObject[] = [];
    const answer = own.ask("elicitation/create", {}, (message) => void sent.push(message), never);
    const id = sent[0]?.["id"] as string;
    expect(own.answer({ jsonrpc: "2.0", id: `${id}0`, result: {} })).toBe(false);
    expect(own.answer({ jsonrpc: "2.0", id, result: { action: "accept" } })).toBe(true);
    expect(own.answer({ jsonrpc: "2.0", id, result: {} })).toBe(false);
    expect(await answer).toEqual({ result: { action: "accept" } });
  });

  test("end with their call and with their session", async () => {
    const own = wire();
    const pushed: string[] = [];
    own.sink = (text) => void pushed.push(text);
    const signal = new Cancellation();
    const cancelled = own.ask("roots/list", {}, () => undefined, signal);
    const closed = own.ask("roots/list", {}, () => undefined, never);
    signal.abort();
    own.close(false);
    await expect(cancelled).rejects.toThrow(GatewayError);
    await expect(closed).rejects.toThrow(GatewayError);
    expect(pushed.map((text) => (JSON.parse(text) as JsonObject)["method"])).toContain(
      "notifications/cancelled",
    );
  });
});
