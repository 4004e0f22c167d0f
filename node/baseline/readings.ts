/**
 * Whether a call on record was read as today's role would read it: records hold no values, so what a role made of them then (a
 * destination that it knows, a task that it trusts) cannot be made anew. Thresholds and rules can: they need no reading.
 *
 * G1. Compared is what the reading hangs on: known destinations, whether a task is trusted, and the tool of the call.
 */
import { knownTo } from "../../actors/behaviour/destinations.ts";
import { findGrant } from "../../actors/guards/persona.ts";
import { compileRole, type CompiledRole } from "../../actors/guards/role.ts";
import type { CallFacts } from "../../protocol/facts.ts";
import type { RoleTable } from "../../protocol/role.ts";

export class Readings {
  readonly #role: CompiledRole;
  readonly #load: (digest: string) => RoleTable | undefined;
  readonly #known = new Map<string, { readonly role: CompiledRole; readonly isAlike: boolean } | undefined>();

  /** @param role today's @param load a table by its digest */
  constructor(role: CompiledRole, load: (digest: string) => RoleTable | undefined) {
    this.#role = role;
    this.#load = load;
  }

  /** @param digest of the role that the call was read under @param index of its grant in today's role */
  whyNot(digest: string, { kind, name }: CallFacts, index: number): "role" | "changed" | undefined {
    if (!this.#known.has(digest)) this.#known.set(digest, this.#compare(digest));
    const then = this.#known.get(digest);
    if (then === undefined) return "role";
    const before = then.role.table.grants[findGrant(then.role, kind, name)];
    const now = this.#role.table.grants[index];
    if (!then.isAlike || before === undefined || now === undefined) return "changed";
    const isSame = before.server === now.server && before.target === now.target && before.effect === now.effect && before.reach === now.reach; // prettier-ignore
    return isSame ? undefined : "changed";
  }

  #compare(digest: string): { readonly role: CompiledRole; readonly isAlike: boolean } | undefined {
    const table = this.#load(digest);
    const role = table === undefined ? undefined : compileRole(table);
    if (role === undefined || Array.isArray(role)) return undefined;
    return { role, isAlike: readingOf(role.table) === readingOf(this.#role.table) };
  }
}

function readingOf(table: RoleTable): string {
  const { entries, hosts } = knownTo(table);
  return JSON.stringify([table.sequence?.task ?? "evidence", [...new Set(entries)].sort(), [...new Set(hosts)].sort()]); // prettier-ignore
}
