/**
 * The way out for what is not HTTP: one TCP or TLS connection, under the rules of the dialer. Owns: the target, the
 * address check, TLS. Does not own: what is said on the connection (node/dlp/icap/).
 *
 * Y1. No socket is opened to an address that address.ts does not allow; the address checked is the address dialled.
 * Y2. With TLS the certificate is checked against the name of the target, and nothing is said before that.
 */
import { isIP, connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isAddressAllowed, readRanges } from "./address.ts";
import { checkedLookup, refused, resolveBySystem } from "./dialer.ts";
import type { DialPolicy, Resolve } from "./dialer.ts";
import { refusedPorts } from "./ports.ts";

export interface ByteTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/**
 * Opens a connection. What goes wrong on the way arrives at the socket's `error`.
 *
 * @throws GatewayError UPSTREAM_REFUSED_ADDRESS for an address or a port that is not allowed; CONFIGURATION for a range
 */
export function openBytes(
  { host, port, isTls }: ByteTarget,
  policy: Pick<DialPolicy, "private" | "authorities">,
  resolve: Resolve = resolveBySystem,
): Socket {
  const ranges = readRanges(policy.private ?? []);
  if (isIP(host) !== 0 && !isAddressAllowed(host, ranges)) throw refused("its address", host);
  if (port === 0 || refusedPorts.has(port)) throw refused("its port belongs to another protocol:", String(port)); // prettier-ignore
  const where = { host, port, lookup: checkedLookup(resolve, ranges), noDelay: true };
  if (!isTls) return connectTcp(where);
  const { authorities } = policy;
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...where, ...name, rejectUnauthorized: true, ...(authorities === undefined ? {} : { ca: authorities }) }); // prettier-ignore
}
