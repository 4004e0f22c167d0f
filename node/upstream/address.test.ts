import fc from "fast-check";
import { expect, test } from "vitest";
import { isAddressAllowed, readRanges } from "./address.ts";
import type { AddressRange } from "./address.ts";

function allowedOf(addresses: readonly string[], ranges: readonly AddressRange[] = []): string[] {
  return addresses.filter((address) => isAddressAllowed(address, ranges));
}

const refused = [
  ["this host", "0.0.0.0", "0.1.2.3", "::"],
  ["loopback", "127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"],
  ["private", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1"],
  [
    "link-local and cloud metadata",
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "febf::1",
  ],
  ["carrier-grade NAT", "100.64.0.1", "100.127.255.255"],
  ["site-local and unique local", "fec0::1", "feff::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254"],
  ["multicast and broadcast", "224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1", "ff0e::1"],
  ["reserved and documentation", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"], // prettier-ignore
  ["IPv4 mapped", "::ffff:127.0.0.1", "::ffff:a00:1", "::ffff:169.254.169.254", "0:0:0:0:0:ffff:7f00:1"],
  ["IPv4 compatible", "::127.0.0.1", "::7f00:1", "::a00:1"],
  ["IPv4 translated", "::ffff:0:7f00:1", "::ffff:0:a9fe:a9fe"],
  ["6to4", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:0a00:0001::", "2002:808:808::1"],
  ["NAT64", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::a00:1", "64:ff9b::808:808"],
  ["Teredo", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001::1"],
  ["benchmarking, ORCHID, discard", "2001:2::1", "2001:10::1", "2001:20::1", "100::ffff"],
  ["outside the global unicast space", "4000::1", "8000::1", "e000::1", "1::1"],
  [
    "no address",
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "fe80::1%eth0",
    "[::1]",
    "2606:4700::1%1",
  ],
] as const;

test.each(refused.map(([why, ...addresses]) => ({ why, addresses })))(
  "$why is not public",
  ({ addresses }) => {
    expect(allowedOf(addresses)).toEqual([]);
  },
);

test("global unicast addresses are allowed", () => {
  const addresses = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
  ];
  expect(allowedOf(addresses)).toEqual(addresses);
});

test("a listed range allows what lies in it and nothing else", () => {
  const ranges = readRanges(["10.1.0.0/16", "fd00::/8", "192.168.7.7"]);
  const inside = ["10.1.2.3", "fd00::1", "192.168.7.7", "::ffff:10.1.2.3"];
  const outside = ["10.2.0.1", "fc00::1", "192.168.7.8", "::ffff:10.2.0.1", "127.0.0.1"];
  expect(allowedOf([...inside, ...outside], ranges)).toEqual(inside);
});

test("a listed tunnel does not allow what the inner address would not be", () => {
  const ranges = readRanges(["64:ff9b::/96", "2002::/16"]);
  expect(isAddressAllowed("64:ff9b::8.8.8.8", ranges)).toBe(true);
  expect(isAddressAllowed("2002:808:808::1", ranges)).toBe(true);
  expect(allowedOf(["64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "2002:7f00:1::1"], ranges)).toEqual([]);
});

test("every spelling of a private IPv4 address inside IPv6 is refused", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const inner = fc.oneof(
    fc.tuple(fc.constantFrom(10, 127, 0), octet, octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
    fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  );
  const prefixes = ["::ffff:", "::", "::ffff:0:", "64:ff9b::", "2606:4700::5efe:"];
  fc.assert(
    fc.property(inner, fc.constantFrom(...prefixes), ([a, b, c, d], prefix) => {
      const address = `${prefix}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      expect(allowedOf([address])).toEqual([]);
    }),
  );
});

test("ranges that are none, or IPv4 in disguise, are a configuration fault with a remedy", () => {
  const faulty = [
    "10.0.0.0/33",
    "private",
    "",
    "10.0.0/8/8",
    "10.0.0/8",
    "010.0.0.0/8",
    "::ffff:10.0.0.0/104",
    "fd00::/129",
  ];
  const says = faulty.map((range) => {
    try {
      return `${readRanges([range]).length} taken: ${range}`;
    } catch (error) {
      return String(error);
    }
  });
  expect(says.filter((text) => !text.includes("network.private"))).toEqual([]);
});
