/**
 * Requests that are refused for their form and their address, before anybody asks who sends them. Owns: repeated and
 * dangerous headers, the request target, Host and Origin. Does not own: what Node.js's parser refuses itself
 * (conflicting lengths, obsolete folding, missing Host), the credential (authenticate.ts).
 *
 * H1. Host and Origin are judged each for itself: a right one excuses nothing about the other (checklist W5).
 * H2. A header that decides anything stands once: Node.js keeps the first of some and joins others, in silence (W4).
 * H3. Allowed values are compared whole. There are no wildcards, and no header decides what is allowed.
 *
 * H1 holds on loopback too: a web page can make its own name point at 127.0.0.1 (DNS rebinding), but its requests carry
 * that name as Host.
 *
 * @see RFC 9110 sections 5.3 and 7.2, RFC 9112 sections 3.2 and 6.1, RFC 6454 section 7
 */
import type { ErrorCode } from "../../protocol/errors.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Settings } from "../../protocol/settings.ts";

export interface AddressRules {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

/**
 * What Host and Origin may be on one listener.
 *
 * Bound to loopback, its own names are localhost, 127.0.0.1 and [::1]; bound to all interfaces, they are good as Host
 * (nobody's page can be called so) and not as Origin (what runs on the port of the reader's own machine is another
 * program's page); bound to one address, it is that address. publicUrl adds what agents see in front of a proxy.
 *
 * @param port the one in use, also where the settings say 0
 * @throws GatewayError CONFIGURATION for an allowed value that could never match
 */
export function addressRules(listen: Settings["listen"], port: number): AddressRules {
  const hosts = new Set<string>();
  const origins = new Set<string>();
  const own = (name: string, asOrigin: boolean): void => {
    for (const host of port === 80 ? [`${name}:80`, name] : [`${name}:${port}`]) hosts.add(host);
    if (asOrigin) origins.add(new URL(`http://${name}:${port}`).origin);
  };
  const { host, publicUrl } = listen;
  const isLoopback = host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
  const isAny = host === "0.0.0.0" || host === "::";
  if (isLoopback || isAny) for (const name of ["localhost", "127.0.0.1", "[::1]"]) own(name, isLoopback);
  if (!isAny) own(host.includes(":") ? `[${host}]` : host.toLowerCase(), true);
  if (publicUrl !== undefined) {
    const url = new URL(publicUrl);
    hosts.add(url.host);
    hosts.add(`${url.hostname}:${url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port}`);
    origins.add(url.origin);
  }
  for (const text of listen.allowedHosts) hosts.add(checkedHost(text));
  for (const text of listen.allowedOrigins) origins.add(checkedOrigin(text));
  return { hosts, origins };
}

/** Why the Host is refused, if it is. A request without one is. */
export function checkHost(host: string | undefined, rules: AddressRules): ErrorCode | undefined {
  if (host !== undefined && (rules.hosts.has(host) || rules.hosts.has(host.toLowerCase()))) return undefined;
  return "HOST_REFUSED";
}

/**
 * Why the Origin is refused, if it is. A request without one comes from no web page and passes. `null` is what a
 * sandboxed frame, a file or a redirect sends: it could be anybody's.
 */
export function checkOrigin(origin: string | undefined, rules: AddressRules): ErrorCode | undefined {
  return origin === undefined || rules.origins.has(origin) ? undefined : "HOST_REFUSED";
}

export type HeaderProblem = "count" | "repeated" | "prototype" | "target" | "transfer" | "host";

/** Why a request is refused for its form. `problem` is for the record and the log. */
export interface HeaderFault {
  readonly code: ErrorCode;
  readonly problem: HeaderProblem;
}

const faults: { readonly [Problem in HeaderProblem]: HeaderFault } = {
  count: { code: "REQUEST_HEADERS", problem: "count" },
  repeated: { code: "REQUEST_HEADERS", problem: "repeated" },
  prototype: { code: "REQUEST_HEADERS", problem: "prototype" },
  target: { code: "REQUEST_HEADERS", problem: "target" },
  transfer: { code: "REQUEST_HEADERS", problem: "transfer" },
  host: { code: "REQUEST_HEADERS", problem: "host" },
};

/** What of a request is looked at; a node:http IncomingMessage fits. */
export interface RequestHead {
  readonly rawHeaders: readonly string[];
  /** Request target as sent. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
}

/** Besides all that start with mcp-. Each decides who calls, what is called, or where the message ends. */
const singles = [
  "authorization", "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "origin", "cookie",
  "last-event-id", "traceparent", "sec-websocket-key", "sec-websocket-version", "upgrade", "expect",
] as const; // prettier-ignore

/** By length, which tells nearly all headers from these without looking at a letter. Bits number the names. */
const singlesByLength: readonly (readonly { readonly name: string; readonly bit: number }[] | undefined)[] =
  Array.from({ length: Math.max(...singles.map((name) => name.length)) + 1 }, (_, length) => {
    const found = singles.flatMap((name, at) => (name.length === length ? [{ name, bit: 1 << at }] : []));
    return found.length > 0 ? found : undefined;
  });
const lengthBit = 1 << singles.indexOf("content-length");
const transferBit = 1 << singles.indexOf("transfer-encoding");
const hostBit = 1 << singles.indexOf("host");

/** Why a request is refused for its form, if it is. Runs on every request: about 1 us for 20 headers. */
export function checkHeaders(head: RequestHead): HeaderFault | undefined {
  const { rawHeaders, url } = head;
  if (rawHeaders.length > 2 * limits.headerCountMax) return faults.count;
  if (url === undefined || !isOriginForm(url)) return faults.target;
  let seen = 0;
  let mcp: string[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (isMcp(name)) {
      const lower = name.toLowerCase();
      if (mcp === undefined) mcp = [lower];
      else if (mcp.includes(lower)) return faults.repeated;
      else mcp.push(lower);
      continue;
    }
    const bit = singleBit(name);
    if ((seen & bit) !== 0) return faults.repeated;
    seen |= bit;
    if (name.length === 9 && name.toLowerCase() === "__proto__") return faults.prototype;
  }
  // A parser before us that knows no chunks in HTTP/1.0, or prefers the other of two lengths, saw another message.
  if ((seen & transferBit) !== 0 && ((seen & lengthBit) !== 0 || head.httpVersion !== "1.1"))
    return faults.transfer;
  // RFC 9112, section 3.2. Node.js would say 400 too, but without a body.
  if ((seen & hostBit) === 0 && head.httpVersion === "1.1") return faults.host;
  return undefined;
}

/**
 * One slash, then anything but a second one. `//host/path` and `/\host/path` are paths here and another host to a URL
 * parser, absolute form and `*` are for proxies, and a fragment never comes from a client that means well.
 */
function isOriginForm(url: string): boolean {
  const second = url.charCodeAt(1);
  return url.charCodeAt(0) === 0x2f && second !== 0x2f && second !== 0x5c && !url.includes("#");
}

function isMcp(name: string): boolean {
  return (
    name.length > 4 &&
    name.charCodeAt(3) === 0x2d &&
    (name.charCodeAt(0) | 0x20) === 0x6d &&
    (name.charCodeAt(1) | 0x20) === 0x63 &&
    (name.charCodeAt(2) | 0x20) === 0x70
  );
}

function singleBit(name: string): number {
  const candidates = singlesByLength[name.length];
  if (candidates === undefined) return 0;
  const lower = name.toLowerCase();
  for (const candidate of candidates) if (candidate.name === lower) return candidate.bit;
  return 0;
}

function checkedHost(text: string): string {
  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(text))
    throw new GatewayError(
      "CONFIGURATION",
      `listen.allowedHosts: ${text} is no Host value; write host or host:port`,
    );
  return text.toLowerCase();
}

function checkedOrigin(text: string): string {
  const isWeb = /^https?:/.test(text);
  const isOther = /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#]+$/.test(text);
  if (text.includes("*") || !(isWeb ? URL.canParse(text) && new URL(text).origin === text : isOther))
    throw new GatewayError(
      "CONFIGURATION",
      `listen.allowedOrigins: ${text} is no Origin value; write scheme://host or scheme://host:port in lower case, no path`,
    );
  return text;
}
