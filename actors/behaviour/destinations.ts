/**
 * Destinations that a role knows: what its mission and its constraints name, and what its sequence section lists. Owns how an entry
 * is read. Folded like values (asking.ts).
 *
 * D1. An entry is one value, `*@DOMAIN` for all addresses of a domain, or a beginning with `*` at its end; a host that a constraint
 *     allows stands for all URLs of it. Nothing else is a pattern.
 */
import type { RoleTable } from "../../protocol/role.ts";
import { foldedValue } from "./asking.ts";
import { ungrouped } from "./disguise.ts";

const valuesInMission = 200;
/** Of an address: without an order to whom it is to be handed on (RFC 5321, section 3.6.1 and appendix F.2), quotes and blanks. */
const plainLocal = /^[^\s@%!:"<>()[\]\\,;|]+$/;

export class Destinations {
  readonly #values = new Set<string>();
  readonly #domains = new Set<string>();
  readonly #beginnings: string[] = [];
  readonly #hosts = new Set<string>();

  constructor(entries: Iterable<string>, hosts: Iterable<string> = []) {
    for (const entry of entries) {
      const value = foldedValue(ungrouped(entry));
      if (value.startsWith("*@")) this.#domains.add(value.slice(2));
      else if (value.endsWith("*")) this.#beginnings.push(value.slice(0, -1));
      else this.#values.add(value);
    }
    for (const host of hosts) this.#hosts.add(host.toLowerCase());
  }

  /** @param value folded */
  has(value: string): boolean {
    if (this.#values.has(value)) return true;
    const at = value.lastIndexOf("@");
    // Of several addresses in one text the last one says nothing of the others; eve%there.example@… may be sent on.
    if (at > 0 && plainLocal.test(value.slice(0, at)) && this.#domains.has(value.slice(at + 1))) return true;
    if (this.#hosts.size > 0 && this.#hosts.has(hostOf(value))) return true;
    return this.#beginnings.some((beginning) => value.startsWith(beginning));
  }
}

function hostOf(value: string): string {
  const from = value.indexOf("://");
  if (from < 0) return "";
  const rest = value.slice(from + 3);
  // What stands before an @ is a name to log in with, and hides the host from who reads quickly.
  const authority = rest.slice(0, rest.search(/[/?#]|$/));
  return authority.includes("@") ? "" : authority.replace(/:\d+$/, "");
}

export function destinationsOf(table: RoleTable): Destinations {
  const { entries, hosts } = knownTo(table);
  return new Destinations(entries, hosts);
}

/** The entries and hosts that a role knows, as they stand in it. */
export function knownTo({ sequence, grants }: RoleTable): { readonly entries: readonly string[]; readonly hosts: readonly string[] } {
  const entries = [...(sequence?.destinations ?? []), ...(sequence?.known ?? [])];
  const hosts: string[] = [];
  for (const { arguments: constraints = {} } of grants)
    for (const { equals, oneOf = [], hosts: allowed = [] } of Object.values(constraints)) {
      for (const each of [equals, ...oneOf])
        if (typeof each === "string" && !each.endsWith("*")) entries.push(each);
      hosts.push(...allowed.filter((host) => !host.startsWith("*")));
    }
  return { entries, hosts };
} // prettier-ignore

/** Addresses, URLs and account numbers in a mission. */
export function namedIn(mission: string): readonly string[] {
  const found = mission.match(/(?:https?:\/\/|www\.)[^\s"'<>)\]]{4,120}|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}|\b[A-Z]{2}\d{2}[A-Z0-9]{8,30}\b/g) ?? []; // prettier-ignore
  return [...new Set(found.map((each) => foldedValue(each.replace(/[.,;:!?]+$/, ""))))].slice(
    0,
    valuesInMission,
  );
}
