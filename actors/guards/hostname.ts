/**
 * Hosts as a constraint `hosts` reads them. URL parsers differ in what they forgive, and the server that gets the
 * argument has one of its own; so this reader forgives nothing that two of them could read differently.
 *
 * N1. Refused: user information, backslashes, white space and control characters anywhere, percent signs in a host,
 *     letters outside ASCII (an international name must come as punycode), IPv4 addresses in any form but four decimal
 *     numbers, any scheme but http, https, ws, wss.
 * N2. Equal hosts give equal texts: lower-case, no port, no dot at the end.
 */

const urlPattern = /^(?:https?|wss?):\/\/(?<authority>[^/?#@\\]+)(?<rest>.*)$/i;
const portPattern = /:\d{1,5}$/;
const labelPattern = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const addressPattern = /^\[[0-9a-f:.]{2,45}\]$/;
/** A last label by which parsers take the whole for an IPv4 address, in one of its many spellings. Only one is taken. */
const numberPattern = /^(?:\d+|0x[0-9a-f]*)$/;
const ipv4Pattern = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
// Parsers drop some of these before they look at the rest.
const blank = /[\p{Cc}\s]/u;

const hostCharsMax = 253;

/**
 * The host of a URL or of a bare host with an optional port.
 *
 * @returns the host by N2, an IPv6 address in its brackets as written; undefined when it is refused (N1)
 */
export function readHost(text: string): string | undefined {
  if (blank.test(text) || text.includes("\\")) return undefined;
  if (!text.includes("/")) return hostOf(text);
  const groups = urlPattern.exec(text)?.groups;
  // Up to its first slash a URL must hold no @: what stands before one is user information to some.
  const [beforePath = ""] = (groups?.["rest"] ?? "").split("/", 1);
  if (beforePath.includes("@")) return undefined;
  return hostOf(groups?.["authority"] ?? "");
}

function hostOf(authority: string): string | undefined {
  const host = authority.replace(portPattern, "").toLowerCase();
  if (addressPattern.test(host)) return host;
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  if (name === "" || name.length > hostCharsMax) return undefined;
  const labels = name.split(".");
  if (!labels.every((label) => labelPattern.test(label))) return undefined;
  return !numberPattern.test(labels.at(-1) ?? "") || ipv4Pattern.test(name) ? name : undefined;
}

/** A list of allowed hosts: exact ones, and the parents whose subdomains are allowed. */
export interface HostList {
  readonly exact: ReadonlySet<string>;
  readonly parents: ReadonlySet<string>;
}

/** @returns the list, or the entry that is no host and no `*.` before a host */
export function compileHosts(entries: readonly string[]): HostList | string {
  const exact = new Set<string>();
  const parents = new Set<string>();
  for (const entry of entries) {
    const isParent = entry.startsWith("*.");
    const host = hostOf(isParent ? entry.slice(2) : entry);
    if (host === undefined || portPattern.test(entry) || (isParent && host.startsWith("["))) return entry;
    (isParent ? parents : exact).add(host);
  }
  return { exact, parents };
}

/** `*.example.com` allows a.example.com and a.b.example.com, and not example.com itself. */
export function isListed(host: string, list: HostList): boolean {
  if (list.exact.has(host)) return true;
  if (list.parents.size === 0) return false;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1))
    if (list.parents.has(host.slice(dot + 1))) return true;
  return false;
}
