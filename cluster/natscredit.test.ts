import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Rig } from "./nats.fixture.ts";
import type { Note } from "./nats.fixture.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const waiting = { timeout: 15_000, interval: 10 };
const textsOf = (heard: readonly (readonly [string, Note])[]): string[] => heard.map(([, { text }]) => text);

describe("credits", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start(false);
  });
  afterEach(() => rig.closeNodes());
  afterAll(() => rig.stand.stop({ remove: true }));

  test("bound what is kept for a receiver that takes nothing; words without a body pass; and it goes on when it is back", async () => {
    const a = await rig.connect("a");
    const text = "x".repeat(50_000);
    for (let count = 0; count < 2_000; count++) {
      a.transport.send("b", { text: `${count} ${text}` });
      if (count % 20 === 0) await a.transport.taken();
    }
    expect(a.transport.underWay("b")).toBeLessThanOrEqual(limits.relayWindowBytes);
    expect(a.transport.waitingBytes).toBeLessThanOrEqual(limits.relayQueueBytesMax);
    const { sentFrames, sentBytes, dropped } = a.transport.counts;
    expect(sentFrames).toBe(2_000);
    expect(sentBytes).toBeLessThan(limits.relayWindowBytes + 100_000);
    expect(dropped.overflow).toBeGreaterThan(1_000);
    const b = await rig.connect("b");
    a.transport.send("b", { text: "!word" });
    await vi.waitFor(() => expect(textsOf(b.heard)).toContain("!word"), waiting);
    // Asked after its next look, b grants, and what waited comes.
    await vi.waitFor(() => expect(b.heard.length).toBe(2_000 - dropped.overflow - 41 + 1), waiting);
    expect(a.transport.waitingBytes).toBe(0);
  });

  test("come back as fast as the receiver takes: a stream far larger than the window goes through without a pause", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const text = "x".repeat(10_000);
    const started = performance.now();
    for (let count = 0; count < 2_000; count++) a.transport.send("b", { text });
    await vi.waitFor(() => expect(b.heard.length).toBe(2_000), waiting);
    // Ten windows: if each waited for a look at the windows, this took seconds.
    expect(performance.now() - started).toBeLessThan(limits.relayProbeMs * 4);
    expect(a.transport.counts.dropped).toEqual({
      overflow: 0,
      "too large": 0,
      "not sent in time": 0,
      "line lost": 0,
    });
  });

  test("leave nothing behind: a hundred thousand calls and answers cost no memory", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    let open = 0;
    let left = 0;
    let done = (): void => undefined;
    b.transport.listen((from, note) => b.transport.send(from, note));
    const next = (): void => {
      while (open < 64 && left > 0) {
        open++;
        left--;
        a.transport.send("b", { text: "x".repeat(500) });
      }
      if (open === 0) done();
    };
    a.transport.listen(() => {
      open--;
      next();
    });
    const round = (count: number): Promise<void> => {
      left = count;
      const ended = new Promise<void>((resolve) => (done = resolve));
      next();
      return ended;
    };
    const usedAfter = async (count: number): Promise<number> => {
      await round(count);
      a.heard.length = 0;
      b.heard.length = 0;
      collect();
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = await usedAfter(20_000);
    const after = await usedAfter(80_000);
    expect(after - before).toBeLessThan(2 * 1024 * 1024);
    expect(a.transport.waitingBytes + b.transport.waitingBytes).toBe(0);
  }, 60_000);
});
