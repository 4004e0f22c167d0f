import fc from "fast-check";
import { describe, expect, test } from "vitest";
import "../test/seed.ts";
import { clusterHash, currentVersions, framesPacket, headerBytes, Packet, packetKinds, partPacket, readPacket } from "./packet.ts"; // prettier-ignore
import type { Packed, PacketFault, Stamp, Versions } from "./packet.ts";

const cluster = clusterHash("one");
const stamp: Stamp = {
  kind: packetKinds.frames,
  asks: false,
  boot: 77,
  sentAt: 1_000,
  offset: 5,
  grantBoot: 88,
  granted: 2 ** 40,
  cluster,
  versions: currentVersions,
};
const packed = (texts: readonly string[]): Packed[] =>
  texts.map((text, at) => ({
    pieces: [Buffer.from(text)],
    length: Buffer.byteLength(text),
    wantedMs: 10 + at,
  }));
const sum = (frames: readonly Packed[]): number =>
  frames.reduce((bytes, { length }) => bytes + length + 8, 0);
const packetOf = (texts: readonly string[], versions: Versions = currentVersions): Buffer =>
  framesPacket({ ...stamp, versions }, packed(texts), sum(packed(texts)));

function framesOf(packet: Packet): string[] | undefined {
  const texts: string[] = [];
  return packet.frames((bytes, wantedMs) => texts.push(`${Buffer.from(bytes).toString()} ${wantedMs}`))
    ? texts
    : undefined;
}

const faults: readonly PacketFault[] = ["no packet", "other cluster", "version too old", "version too new", "unknown packet kind", "malformed packet"]; // prettier-ignore

test("a packet gives back its header and its frames in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 9 }), (texts) => {
      const got = readPacket(packetOf(texts), cluster, currentVersions);
      if (typeof got === "string") throw new Error(got);
      const { cluster: _cluster, versions: _versions, ...header } = stamp;
      expect(got.header).toEqual({ ...header, version: currentVersions.speaks });
      expect(framesOf(got)).toEqual(texts.map((text, at) => `${text} ${10 + at}`));
    }),
  );
});

test("changed bytes are a packet or a named fault, and never throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { maxLength: 3 }),
      fc.nat(),
      fc.nat(255),
      fc.nat(),
      (texts, at, byte, cut) => {
        const bytes = packetOf(texts);
        bytes[at % bytes.length] = byte;
        const got = readPacket(bytes.subarray(0, bytes.length - (cut % 4)), cluster, currentVersions);
        const fault = typeof got === "string" ? got : undefined;
        if (typeof got !== "string") {
          framesOf(got);
          got.part();
        }
        expect(fault === undefined || faults.includes(fault)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("when lengths do not add up, none of the frames is given", () => {
  const bytes = packetOf(["one", "two"]);
  bytes.writeUInt32BE(4, headerBytes + 11);
  const got = readPacket(bytes, cluster, currentVersions);
  const given: unknown[] = [];
  expect(got instanceof Packet && got.frames((each) => given.push(each))).toBe(false);
  expect(given).toEqual([]);
});

describe("versions", () => {
  const v1: Versions = { speaks: 1, lowest: 1 };
  const v2: Versions = { speaks: 2, lowest: 1 };
  const v3: Versions = { speaks: 3, lowest: 2 };
  test.each<[says: string, sender: Versions, reader: Versions, fault: PacketFault | undefined]>([
    ["the same", v1, v1, undefined],
    ["a newer one that understands us", v2, v1, undefined],
    ["an older one that we understand", v1, v2, undefined],
    ["a newer one that does not understand us", v3, v1, "version too new"],
    ["an older one that we do not understand", v1, v3, "version too old"],
    ["one that says it does not understand itself", { speaks: 1, lowest: 2 }, v2, "malformed packet"],
  ])("%s", (_says, sender, reader, fault) => {
    const got = readPacket(packetOf(["x"], sender), cluster, reader);
    expect(typeof got === "string" ? got : undefined).toBe(fault);
  });

  test("a newer header may be longer, and may know kinds of packets that we do not; ours may not", () => {
    const longer = (versions: Versions): Buffer => {
      const bytes = packetOf(["x"], versions);
      bytes[5] = (headerBytes + 8) / 4;
      return Buffer.concat([bytes.subarray(0, headerBytes), Buffer.alloc(8, 1), bytes.subarray(headerBytes)]);
    };
    const got = readPacket(longer(v2), cluster, v1);
    expect(got instanceof Packet && framesOf(got)).toEqual(["x 10"]);
    expect(readPacket(longer(v1), cluster, v1)).toBe("malformed packet");
    const other = packetOf(["x"], v2);
    other[4] = 9;
    expect(readPacket(other, cluster, v1)).toBe("unknown packet kind");
    other[2] = 1;
    expect(readPacket(other, cluster, v1)).toBe("malformed packet");
  });
});

test("another cluster's packet is refused by name", () => {
  expect(readPacket(packetOf(["x"]), clusterHash("two"), currentVersions)).toBe("other cluster");
});

test("a part comes back as it was", () => {
  const part = { frame: 3, index: 2, total: 900_000, wantedMs: 70, bytes: Buffer.from("some") };
  const got = readPacket(partPacket({ ...stamp, kind: packetKinds.part }, part), cluster, currentVersions);
  expect(got instanceof Packet && got.part()).toEqual(part);
});
