/**
 * Which network addresses may be dialled. Pure. Owns: the reading of ranges and the verdict on one address. Does not
 * own: names and sockets (dialer.ts).
 *
 * A1. Only a global unicast address is public. Whatever a registry reserves, and all of IPv6 outside 2000::/3, is not.
 * A2. An address that carries an IPv4 address inside (mapped, compatible, translated, 6to4, NAT64, Teredo, ISATAP)
 *     is allowed only if the inner one is allowed too: no spelling reaches what the plain address would not.
 *
 * @see IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 4291, RFC 3056, RFC 4380, RFC 6052, RFC 8215
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { GatewayError } from "../../protocol/errors.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = readonly [base: Address, bits: number];

/**
 * Reads the ranges of `network.private`.
 *
 * @param ranges CIDR notation; one address alone is a range of one
 * @throws GatewayError CONFIGURATION for what is no range, and for IPv4 written inside IPv6
 */
export function readRanges(ranges: readonly string[]): readonly AddressRange[] {
  return ranges.map((text) => {
    const range = readRange(text);
    if (range === undefined)
      throw new GatewayError(
        "CONFIGURATION",
        "network.private has an entry that is no range; write 10.0.0.0/8 or fd00::/8",
      );
    if (range[0].kind() === "ipv6" && (range[0] as ipaddr.IPv6).isIPv4MappedAddress())
      throw new GatewayError("CONFIGURATION", "network.private has an IPv4-mapped range; write it as IPv4");
    return range;
  });
}

function readRange(text: string): AddressRange | undefined {
  const [base = "", bits, ...rest] = text.split("/");
  const version = isIP(base);
  const bitsMax = version === 4 ? 32 : 128;
  if (version === 0 || base.includes("%") || rest.length > 0) return undefined;
  if (bits === undefined) return [ipaddr.parse(base), bitsMax];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax ? [ipaddr.parse(base), Number(bits)] : undefined;
}

/**
 * Whether an address may be dialled.
 *
 * @param text an IP address without brackets; with a zone it is refused
 * @param listed ranges that are allowed although they are not public
 */
export function isAddressAllowed(text: string, listed: readonly AddressRange[]): boolean {
  // isIP is strict; ipaddr.js alone would read 010.1 as BSD did, in octal and with parts left out.
  if (isIP(text) === 0 || text.includes("%")) return false;
  return isAllowed(ipaddr.parse(text), listed);
}

function isAllowed(address: Address, listed: readonly AddressRange[]): boolean {
  if (isIPv4(address)) return address.range() === "unicast" || isListed(address, listed);
  if (address.isIPv4MappedAddress()) return isAllowed(address.toIPv4Address(), listed);
  if (!isGlobalUnicast(address) && !isListed(address, listed)) return false;
  const inner = innerAddress(address);
  return inner === undefined || isAllowed(inner, listed);
}

function isIPv4(address: Address): address is ipaddr.IPv4 {
  return address.kind() === "ipv4";
}

/** The registry's global unicast space; anything allocated later elsewhere has to be listed. */
function isGlobalUnicast(address: ipaddr.IPv6): boolean {
  const first = address.parts[0] ?? 0;
  return first >= 0x2000 && first <= 0x3fff && address.range() === "unicast";
}

function isListed(address: Address, listed: readonly AddressRange[]): boolean {
  return listed.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

/** The IPv4 address that packets to this IPv6 address may end at. */
function innerAddress(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray();
  const starts = (...parts: readonly number[]): boolean =>
    parts.every((part, at) => address.parts[at] === part);
  const at = (from: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(from, from + 4));
  if (starts(0x2002)) return at(2); // 6to4
  if (starts(0x2001, 0)) return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff)); // Teredo
  if (starts(0x64, 0xff9b)) return at(12); // NAT64, well-known and local-use prefix with 96 bits
  if (starts(0, 0, 0, 0, 0xffff, 0)) return at(12); // IPv4-translated, RFC 2765
  if (starts(0, 0, 0, 0, 0, 0) && (address.parts[6] ?? 0) !== 0) return at(12); // IPv4-compatible
  if (address.parts[5] === 0x5efe && ((address.parts[4] ?? 0) & 0xfdff) === 0) return at(12); // ISATAP
  return undefined;
}
