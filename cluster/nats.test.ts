import { setImmediate as turn } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import "../test/seed.ts";
import { testCodec } from "./frames.fixture.ts";
import type { TestFrame } from "./frames.fixture.ts";
import { Rig } from "./nats.fixture.ts";
import type { Note } from "./nats.fixture.ts";
import { clusterHash, currentVersions, framesPacket, packetKinds } from "./packet.ts";
import type { Stamp } from "./packet.ts";
import { transportCases } from "./transport.cases.ts";

const waiting = { timeout: 15_000, interval: 10 };
const textsOf = (heard: readonly (readonly [string, Note])[]): string[] => heard.map(([, { text }]) => text);

describe.each([
  ["a plain server", false],
  ["a server with TLS, nkeys and permissions", true],
])("%s", (_name, isSecured) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start(isSecured);
  });
  afterEach(() => rig.closeNodes());
  afterAll(() => rig.stand.stop({ remove: true }));

  transportCases(() => ({
    connect: async (id) => (await rig.connect(id)).transport,
    settle: () => rig.settle(),
  }));

  test("frames of the cluster go from node to node", async () => {
    const [a, b] = [rig.make("a", testCodec()), rig.make("b", testCodec())];
    await Promise.all([a.transport.start(), b.transport.start()]);
    await rig.settle();
    const frame: TestFrame = {
      from: { id: "a", incarnation: 3 },
      to: { id: "b", incarnation: 4 },
      body: { kind: "present", op: "op", key: "key", shard: 1, opened: 0, epoch: 7, configuration: 2, call: { tool: "t", body: "b" } }, // prettier-ignore
    };
    a.transport.send("b", frame);
    await vi.waitFor(() => expect(b.heard).toEqual([["a", frame]]), waiting);
  });

  test("a frame of many megabytes comes whole", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const text = "0123456789".repeat(500_000);
    a.transport.send("b", { text });
    await vi.waitFor(() => expect(b.heard.length).toBe(1), waiting);
    expect(b.heard[0]?.[1].text === text).toBe(true);
    expect(a.transport.counts.sentPackets).toBeGreaterThanOrEqual(20);
  });
});

describe("packets", () => {
  let rig: Rig;
  let raw: NatsConnection;
  beforeAll(async () => {
    rig = await Rig.start(false);
    raw = await connect({ servers: [...rig.stand.urls] });
  });
  afterEach(() => rig.closeNodes());
  afterAll(async () => {
    await raw.close();
    await rig.stand.stop({ remove: true });
  });

  const stamp: Stamp = {
    kind: packetKinds.frames,
    asks: false,
    boot: 9,
    sentAt: 0,
    offset: 0,
    grantBoot: 0,
    granted: 0,
    cluster: clusterHash("test"),
    versions: currentVersions,
  };
  const packetOf = (bytes: Uint8Array, changes: Partial<Stamp> = {}): Buffer =>
    framesPacket({ ...stamp, ...changes }, [{ pieces: [bytes], length: bytes.length, wantedMs: 9_999 }], bytes.length + 8); // prettier-ignore
  const note = (text: string, changes: Partial<Stamp> = {}): Buffer => packetOf(Buffer.from(text), changes);

  test("frames of one turn are one message, and those of the next turn another", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    for (let count = 0; count < 100; count++) a.transport.send("b", { text: `note ${count}` });
    await rig.settle();
    expect(a.transport.counts).toMatchObject({ sentFrames: 100, sentPackets: 1 });
    expect(textsOf(b.heard)).toEqual(Array.from({ length: 100 }, (_, count) => `note ${count}`));
    a.transport.send("b", { text: "later" });
    await rig.settle();
    expect(a.transport.counts.sentPackets).toBe(2);
  });

  test("answers to the calls of one message go back in one message", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    b.transport.listen((from, { text }) => b.transport.send(from, { text: `re: ${text}` }));
    for (let count = 0; count < 100; count++) a.transport.send("b", { text: "note" });
    await rig.settle();
    expect(a.heard.length).toBe(100);
    expect(b.transport.counts.sentPackets).toBe(1);
  });

  test("the journals of a turn leave before everything else of it, to whomever", async () => {
    const a = await rig.connect("a");
    const seen: string[] = [];
    raw.subscribe("gw.*.a", { callback: (_fault, { subject, data }) => void seen.push(`${subject.split(".")[1]}: ${Buffer.from(data.subarray(56)).toString().slice(0, 7)}`) }); // prettier-ignore
    await raw.flush();
    for (const to of ["b", "c", "d"]) a.transport.send(to, { text: "answer" });
    a.transport.send("c", { text: "journal" });
    a.transport.send("d", { text: "journal" });
    await rig.settle();
    await raw.flush();
    expect(seen).toEqual(["c: journal", "d: journal", "b: answer", "c: answer", "d: answer"]);
  });

  test("one journal of a turn shares its message with the rest for its receiver, and it leaves first", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    a.transport.send("c", { text: "answer" });
    a.transport.send("b", { text: "answer" });
    a.transport.send("b", { text: "journal" });
    await rig.settle();
    expect(a.transport.counts.sentPackets).toBe(2);
    expect(textsOf(b.heard)).toEqual(["journal", "answer"]);
  });

  test("with many calls open a node's own answer still waits until its journal has left, and what has no journal waits for nothing", async () => {
    const [a, b] = [await rig.connect("a", { openCalls: () => 64 }), await rig.connect("b")];
    const packetsAt = new Map<string, number>();
    a.transport.listen((_from, { text }) => packetsAt.set(text, a.transport.counts.sentPackets));
    a.transport.send("a", { text: "question" });
    await turn();
    expect(packetsAt.get("question")).toBe(0);
    a.transport.send("b", { text: "note" });
    a.transport.send("b", { text: "journal" });
    a.transport.send("a", { text: "answer" });
    await vi.waitFor(() => expect(packetsAt.get("answer")).toBe(1), waiting);
    await rig.settle();
    expect(textsOf(b.heard)).toEqual(["journal", "note"]);
  });

  test("of another cluster, an old version, a far newer version and no packet at all are refused by name", async () => {
    const a = await rig.connect("a", { versions: { speaks: 3, lowest: 2 } });
    const v3 = { speaks: 3, lowest: 2 };
    raw.publish("gw.a.x", note("1", { cluster: clusterHash("other"), versions: v3 }));
    raw.publish("gw.a.x", note("2", { versions: { speaks: 1, lowest: 1 } }));
    raw.publish("gw.a.x", note("3", { versions: { speaks: 5, lowest: 4 } }));
    raw.publish("gw.a.x", "good day");
    raw.publish("gw.a.x");
    raw.publish("gw.a.Not-A-Name", note("4", { versions: v3 }));
    raw.publish("gw.a.x", note("taken", { versions: v3 }));
    await vi.waitFor(() => expect(textsOf(a.heard)).toEqual(["taken"]), waiting);
    expect(Object.fromEntries(a.transport.refusals("x"))).toEqual({
      "other cluster": 1,
      "version too old": 1,
      "version too new": 1,
      "no packet": 2,
    });
    expect(a.events).toContainEqual({ kind: "refused", from: "x", why: "version too old", count: 1 });
    expect(a.events).toContainEqual({ kind: "refused", from: "", why: "unknown sender", count: 1 });
  });

  test("of two adjacent versions go both ways, and those of the next but one do not", async () => {
    const old = await rig.connect("old", { versions: { speaks: 1, lowest: 1 } });
    const next = await rig.connect("next", { versions: { speaks: 2, lowest: 1 } });
    const last = await rig.connect("last", { versions: { speaks: 3, lowest: 2 } });
    for (const { transport } of [old, next, last])
      for (const to of ["old", "next", "last"]) transport.send(to, { text: "note" });
    await rig.settle();
    const sendersTo = (node: typeof old): string[] => node.heard.map(([from]) => from).sort();
    expect(sendersTo(old)).toEqual(["next", "old"]);
    expect(sendersTo(next)).toEqual(["last", "next", "old"]);
    expect(sendersTo(last)).toEqual(["last", "next"]);
    expect([...old.transport.refusals("last")]).toEqual([["version too new", 1]]);
    expect([...last.transport.refusals("old")]).toEqual([["version too old", 1]]);
  });

  test("a frame of a newer version's own kind is dropped and counted, and the rest of its packet is taken", async () => {
    const a = rig.make("a", testCodec());
    await a.transport.start();
    await rig.settle();
    const frame: TestFrame = { from: { id: "x", incarnation: 1 }, to: { id: "a", incarnation: 1 }, body: { kind: "busy", op: "op" } }; // prettier-ignore
    const known = Buffer.concat(testCodec().encode(frame)[0]?.pieces ?? []);
    const unknown = Buffer.from(known);
    // The kind is the first value of the list.
    unknown[1] = 77;
    const frames = [unknown, known].map((bytes) => ({ pieces: [bytes], length: bytes.length, wantedMs: 9 }));
    raw.publish(
      "gw.a.x",
      framesPacket(
        { ...stamp, versions: { speaks: currentVersions.speaks + 1, lowest: currentVersions.speaks } },
        frames,
        2 * (known.length + 8),
      ),
    );
    await vi.waitFor(() => expect(a.heard).toEqual([["x", frame]]), waiting);
    expect([...a.transport.refusals("x")]).toEqual([["unknown kind", 1]]);
  });

  test("a frame that names another sender or receiver than its subject is refused", async () => {
    const a = rig.make("a", testCodec());
    await a.transport.start();
    await rig.settle();
    const bytesOf = (from: string, to: string): Buffer =>
      Buffer.concat(testCodec().encode({ from: { id: from, incarnation: 1 }, to: { id: to, incarnation: 1 }, body: { kind: "busy", op: "op" } })[0]?.pieces ?? []); // prettier-ignore
    raw.publish("gw.a.x", packetOf(bytesOf("y", "a")));
    raw.publish("gw.a.x", packetOf(bytesOf("x", "b")));
    raw.publish("gw.a.a", packetOf(bytesOf("a", "a")));
    raw.publish("gw.a.x", packetOf(bytesOf("x", "a")));
    await vi.waitFor(() => expect(a.heard.length).toBe(1), waiting);
    expect(Object.fromEntries(a.transport.refusals("x"))).toEqual({ forged: 1, misdirected: 1 });
    expect(Object.fromEntries(a.transport.refusals("a"))).toEqual({ "unknown sender": 1 });
  });

  test("garbage on every subject harms nothing", async () => {
    const [a, b] = [rig.make("a", testCodec()), rig.make("b", testCodec())];
    await Promise.all([a.transport.start(), b.transport.start()]);
    await rig.settle();
    const packet = packetOf(Buffer.concat(testCodec().encode({ from: { id: "a", incarnation: 1 }, to: { id: "b", incarnation: 1 }, body: { kind: "busy", op: "op" } })[0]?.pieces ?? [])); // prettier-ignore
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(packet.length - 1), fc.nat(255), fc.nat(packet.length)).map(([at, byte, end]) => {
        const bytes = Buffer.from(packet);
        bytes[at] = byte;
        return bytes.subarray(0, end);
      }),
    );
    for (const bytes of fc.sample(garbage, 3_000))
      for (const subject of ["gw.b.a", "gw.a.b", "gw.b.x"]) raw.publish(subject, bytes);
    await raw.flush();
    await rig.settle();
    const before = b.heard.length;
    const frame: TestFrame = { from: { id: "a", incarnation: 1 }, to: { id: "b", incarnation: 1 }, body: { kind: "accepted", op: "op", epoch: 1 } }; // prettier-ignore
    a.transport.send("b", frame);
    await vi.waitFor(() => expect(b.heard.slice(before)).toContainEqual(["a", frame]), waiting);
    expect(b.transport.refusals("x").size).toBeGreaterThan(0);
  });

  test("a frame that comes later than it is wanted is dropped and counted", async () => {
    let ahead = 0;
    const [a, b] = [await rig.connect("a"), await rig.connect("b", { now: () => performance.now() + ahead })];
    a.transport.send("b", { text: "in time" });
    await rig.settle();
    // As after a pause of the receiver: what waited in its socket was sent long ago.
    ahead = 20_500;
    a.transport.send("b", { text: "too late" });
    await rig.settle();
    expect(textsOf(b.heard)).toEqual(["in time"]);
    expect([...b.transport.refusals("a")]).toEqual([["too late", 1]]);
  });

  test("a listener that throws does not end the line: the fault is thrown on, and later frames are heard", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const faults: unknown[] = [];
    const catches = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (fault) => faults.push(fault));
    const end = b.transport.listen(() => {
      throw new Error("a bug of the listener");
    });
    a.transport.send("b", { text: "1" });
    await vi.waitFor(() => expect(faults.length).toBe(1), waiting);
    for (const each of catches) process.on("uncaughtException", each);
    end();
    a.transport.send("b", { text: "2" });
    await vi.waitFor(() => expect(textsOf(b.heard)).toContain("2"), waiting);
  });
});
