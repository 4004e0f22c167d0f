import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import "../test/seed.ts";
import { Outgoing } from "./outgoing.ts";
import type { Drop } from "./outgoing.ts";
import { clusterHash, currentVersions, packetKinds, readPacket } from "./packet.ts";
import type { Encoded, Lane, Packet } from "./packet.ts";

const cluster = clusterHash("one");
const all: readonly Lane[] = ["journal", "control", "body"];
const frame = (text: string, lane: Lane = "body", wantedMs = 1_000): Encoded => ({
  lane,
  wantedMs,
  pieces: [Buffer.from(text)],
  length: Buffer.byteLength(text),
});

function rig(window = 10_000) {
  const packets: Packet[] = [];
  const drops: Drop[] = [];
  const outgoing = new Outgoing(
    "b",
    0,
    0,
    {
      stamp: (_to, kind, offset) => ({
        kind,
        offset,
        asks: false,
        cluster,
        versions: currentVersions,
        boot: 1,
        sentAt: 0,
        grantBoot: 0,
        granted: 0,
      }),
      write: (_to, bytes) => {
        const packet = readPacket(bytes, cluster, currentVersions);
        if (typeof packet === "string") throw new Error(packet);
        packets.push(packet);
      },
      dropped: (why) => drops.push(why),
    },
    window,
  );
  const add = (...frames: readonly Encoded[]): void => {
    for (const each of frames) outgoing.add(each, 0, Number.POSITIVE_INFINITY);
  };
  const texts = (): string[][] =>
    packets.map((packet) => {
      const found: string[] = [];
      packet.frames((bytes) => found.push(Buffer.from(bytes).toString()));
      return found;
    });
  return { outgoing, packets, drops, add, texts };
}

test("frames of one turn are one packet, the journal first, then what needs no credit", () => {
  const { outgoing, add, texts } = rig();
  add(frame("answer"), frame("accepted", "control"), frame("events", "journal"), frame("present"));
  outgoing.flush(0, all);
  expect(texts()).toEqual([["events", "accepted", "answer", "present"]]);
});

test("a packet is closed before it grows beyond its bound, and a larger frame goes alone", () => {
  const { outgoing, add, packets } = rig(1e9);
  add(frame("x".repeat(40_000)), frame("y".repeat(40_000)), frame("z".repeat(100_000)), frame("small"));
  outgoing.flush(0, all);
  const counts = packets.map((packet) => {
    let count = 0;
    packet.frames(() => count++);
    return count;
  });
  expect(counts).toEqual([1, 1, 1, 1]);
});

test("a frame larger than a message goes in parts, each of the bound but the last", () => {
  const { outgoing, add, packets } = rig(1e9);
  const size = limits.relayPartBytesMax;
  add(frame("x".repeat(2 * size + 5)));
  outgoing.flush(0, all);
  expect(packets.map(({ header }) => header.kind)).toEqual([
    packetKinds.part,
    packetKinds.part,
    packetKinds.part,
  ]);
  expect(packets.map((packet) => packet.part()?.bytes.length)).toEqual([size, size, 5]);
  expect(new Set(packets.map((packet) => packet.part()?.frame)).size).toBe(1);
});

describe("credit", () => {
  test("holds frames with bodies back and lets the others pass", () => {
    const { outgoing, add, texts } = rig(100);
    add(frame("a".repeat(60)), frame("b".repeat(60)), frame("ack", "control"));
    outgoing.flush(0, all);
    expect(texts()).toEqual([["ack", "a".repeat(60)]]);
    outgoing.grant(outgoing.offset, 1);
    outgoing.flush(1, all);
    expect(texts()[1]).toEqual(["b".repeat(60)]);
  });

  test("lets one frame that is larger than the window go when nothing is under way, and no second", () => {
    const { outgoing, add, texts } = rig(10);
    add(frame("a".repeat(60)), frame("b".repeat(60)));
    outgoing.flush(0, all);
    expect(texts()).toEqual([["a".repeat(60)]]);
  });

  test("does not let an answer overtake a journal that waits", () => {
    const { outgoing, add, texts } = rig(100);
    add(frame("a".repeat(80)));
    outgoing.flush(0, all);
    add(frame("events".repeat(10), "journal"), frame("x"));
    outgoing.flush(0, all);
    expect(texts()).toEqual([["a".repeat(80)]]);
  });

  test("of a grant that names more than was sent is what was sent, and of one that names less than was granted is none", () => {
    const { outgoing, add, texts } = rig(100);
    add(frame("a".repeat(60)));
    outgoing.flush(0, all);
    expect(outgoing.underWay).toBe(68);
    outgoing.grant(2 ** 48 - 1, 1);
    expect(outgoing.underWay).toBe(0);
    add(frame("b".repeat(60)));
    outgoing.flush(0, all);
    expect(texts()).toEqual([["a".repeat(60)], ["b".repeat(60)]]);
    outgoing.grant(10, 1);
    expect(outgoing.underWay).toBe(68);
  });

  test("that does not come is asked for, now and then, and only while something waits", () => {
    const { outgoing, add } = rig(100);
    add(frame("a".repeat(80)));
    outgoing.flush(0, all);
    expect(outgoing.asks(10_000)).toBe(false);
    add(frame("b".repeat(80)));
    expect(outgoing.asks(10_000)).toBe(true);
    expect(outgoing.asks(10_000 + limits.relayProbeMs - 1)).toBe(false);
    expect(outgoing.asks(10_000 + limits.relayProbeMs)).toBe(true);
  });

  test("is never exceeded, and everything that waited leaves in its lane's order as grants come", () => {
    const lane = fc.constantFrom<Lane>("journal", "control", "body");
    fc.assert(
      fc.property(fc.array(fc.tuple(lane, fc.nat(90)), { maxLength: 60 }), (frames) => {
        const { outgoing, texts } = rig(300);
        for (const [at, [each, size]] of frames.entries()) {
          outgoing.add(frame(`${each} ${at} ${"x".repeat(size)}`, each), 0, 1e9);
          if (at % 3 === 0) outgoing.flush(0, all);
          expect(outgoing.underWay).toBeLessThanOrEqual(300);
        }
        for (let round = 0; round < 60; round++) {
          outgoing.flush(0, all);
          expect(outgoing.underWay).toBeLessThanOrEqual(300);
          outgoing.grant(outgoing.offset, 0);
        }
        expect(outgoing.waitingBytes).toBe(0);
        const seen = texts().flat();
        for (const each of all) {
          const expected = frames.flatMap(([its], at) => (its === each ? [at] : []));
          expect(
            seen.filter((text) => text.startsWith(each)).map((text) => Number(text.split(" ")[1])),
          ).toEqual(expected);
        }
      }),
    );
  });
});

describe("what is dropped and counted", () => {
  test("a frame that waited until it was no longer wanted", () => {
    const { outgoing, add, drops, texts } = rig();
    add(frame("late", "body", 100), frame("wanted", "body", 101));
    outgoing.flush(100, all);
    expect([texts(), drops]).toEqual([[["wanted"]], ["not sent in time"]]);
  });

  test("a frame that would be more than may wait", () => {
    const { outgoing, drops } = rig();
    outgoing.add(frame("four"), 0, 3);
    const size = limits.relayFrameBytesMax;
    outgoing.add({ lane: "body", wantedMs: 9, pieces: [Buffer.alloc(size)], length: size }, 0, 1e9);
    outgoing.add(frame("x"), 0, 1e9);
    expect(drops).toEqual(["overflow", "overflow"]);
    expect(outgoing.waitingBytes).toBe(limits.relayQueueBytesMax);
  });

  test("a frame that is larger than any may be", () => {
    const { outgoing, drops } = rig();
    const size = limits.relayFrameBytesMax + 1;
    outgoing.add({ lane: "body", wantedMs: 9, pieces: [Buffer.alloc(size)], length: size }, 0, 1e9);
    expect(drops).toEqual(["too large"]);
  });
});
