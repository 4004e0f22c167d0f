import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Incoming } from "./incoming.ts";
import type { PartFault } from "./incoming.ts";
import type { Header, Part } from "./packet.ts";

const header: Header = {
  kind: 1,
  version: 1,
  asks: false,
  boot: 5,
  sentAt: 0,
  offset: 0,
  grantBoot: 0,
  granted: 0,
};

function started(): { incoming: Incoming; refused: PartFault[] } {
  const refused: PartFault[] = [];
  const incoming = new Incoming(0, 1_000, (why) => refused.push(why));
  incoming.hear(header, 0);
  return { incoming, refused };
}

describe("lateness", () => {
  test("is what a packet took longer than the quickest, whatever the two clocks say", () => {
    const { incoming } = started();
    incoming.hear({ ...header, boot: 6, sentAt: 1_000_000 }, 500);
    expect(incoming.hear({ ...header, boot: 6, sentAt: 1_000_100 }, 600)).toBe(0);
    expect(incoming.hear({ ...header, boot: 6, sentAt: 1_000_200 }, 30_700)).toBe(30_000);
    expect(incoming.hear({ ...header, boot: 6, sentAt: 1_030_200 }, 30_700)).toBe(0);
  });

  test("forgets the quickest way when it is long ago: two clocks of different rates do not add up to lateness", () => {
    const { incoming } = started();
    let late = 0;
    // A receiver whose clock is 2 % fast, for an hour.
    for (let at = 0; at < 3_600_000; at += 1_000) late = incoming.hear({ ...header, sentAt: at }, at * 1.02);
    expect(late).toBeLessThanOrEqual(2 * limits.relayDelayMs * 0.02 + 20);
  });
});

describe("grants", () => {
  test("are due after a quarter of the window, or when asked for, and then no more", () => {
    const { incoming } = started();
    incoming.hear({ ...header, offset: 249 }, 1);
    expect(incoming.owesGrant).toBe(false);
    incoming.hear({ ...header, offset: 250 }, 2);
    expect(incoming.owesGrant).toBe(true);
    expect(incoming.takeGrant()).toBe(250);
    expect(incoming.owesGrant).toBe(false);
    incoming.hear({ ...header, offset: 251, asks: true }, 3);
    expect(incoming.owesGrant).toBe(true);
    expect(incoming.takeGrant()).toBe(251);
  });

  test("begin anew with another process of the sender", () => {
    const { incoming } = started();
    incoming.hear({ ...header, offset: 900 }, 1);
    incoming.hear({ ...header, boot: 6, offset: 10, asks: true }, 2);
    expect(incoming.boot).toBe(6);
    expect(incoming.takeGrant()).toBe(10);
  });
});

describe("parts", () => {
  const size = limits.relayPartBytesMax;
  const part = (index: number, bytes = size, total = 2 * size + 10, frame = 1): Part => ({
    frame,
    index,
    total,
    wantedMs: 1_000,
    bytes: Buffer.alloc(bytes, index + 1),
  });

  test("are the whole frame when the last has come", () => {
    const { incoming, refused } = started();
    expect(incoming.part(part(0), 0)).toBeUndefined();
    expect(incoming.part(part(1), 1)).toBeUndefined();
    const whole = Buffer.from(incoming.part(part(2, 10), 2) ?? []);
    expect(whole.length).toBe(2 * size + 10);
    expect([whole[0], whole[size], whole[2 * size]]).toEqual([1, 2, 3]);
    expect(refused).toEqual([]);
  });

  test.each<[string, readonly Part[]]>([
    ["a part is missing", [part(0), part(2, 10)]],
    ["the first is missing", [part(1)]],
    ["one comes twice", [part(0), part(0)]],
    ["they do not agree on the whole", [part(0), part(1, size, 3 * size + 10)]],
    ["they are more than the whole", [part(0, size, size + 10), part(1, 11, size + 10)]],
    ["one is shorter than a part is", [part(0, size - 1)]],
    ["the whole would be larger than a frame may be", [part(0, size, limits.relayFrameBytesMax + 1)]],
    ["the whole needs no parts", [part(0, 10, 10)]],
  ])("are dropped and counted when %s", (_why, parts) => {
    const { incoming, refused } = started();
    for (const each of parts) expect(incoming.part(each, 0)).toBeUndefined();
    expect(refused).toEqual(["bad part"]);
  });

  test("that do not come in time are dropped and counted", () => {
    const { incoming, refused } = started();
    incoming.part(part(0), 0);
    incoming.sweep(limits.relayPartsMs - 1);
    expect(refused).toEqual([]);
    incoming.sweep(limits.relayPartsMs);
    expect(refused).toEqual(["parts missing"]);
    expect(incoming.part(part(1), 0)).toBeUndefined();
  });

  test("of many unfinished frames are bounded in bytes", () => {
    const { incoming, refused } = started();
    const fits = limits.relayPartsBytesMax / size;
    for (let frame = 0; frame < fits; frame++) incoming.part(part(0, size, 2 * size + 10, frame), 0);
    expect(refused).toEqual([]);
    incoming.part(part(0, size, 2 * size + 10, fits), 0);
    expect(refused).toEqual(["too many parts"]);
  });
});
