/**
 * What an agent sees of its role: pinned definitions under their exposed names. Live definitions are never shown, so
 * a server cannot change what an agent reads without an operator's accept (checklist T1). How one revision wants a
 * definition shaped is protocol/mcp/shape.ts.
 *
 * E1. A list shows exactly the grants whose calls are not refused by name (law 3): quarantined ones are not in it.
 */
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { pinnedPart } from "./definition.ts";
import type { LockedServer } from "./lock.ts";
import { findPin } from "./lock.ts";
import { isUnder } from "./pattern.ts";

/** A role as resolve.ts makes it, as far as lists need it. */
export interface ExposedRole {
  readonly table: RoleTable;
  readonly definitions: readonly (JsonObject | undefined)[];
  readonly templates: readonly JsonObject[];
}

/** A grant's pinned definition under its exposed name. Only covered fields: `execution` (task support) is not one. */
export function exposeDefinition(
  grant: TableGrant,
  locked: LockedServer | undefined,
): JsonObject | undefined {
  if (grant.kind === "resource" || locked === undefined) return undefined;
  const pin = findPin(locked, grant.kind, grant.target);
  return pin && { ...pinnedPart(grant.kind, pin.definition), name: grant.name };
}

/** Pinned templates all of whose URIs some grant takes, sorted by URI template. */
export function exposeTemplates(table: RoleTable, lock: CatalogueLock): JsonObject[] {
  const shown = new Map<string, JsonObject>();
  for (const grant of table.grants) {
    if (grant.kind !== "resource") continue;
    for (const [template, pin] of Object.entries(lock.servers[grant.server]?.templates ?? {}))
      if (!shown.has(template) && isUnder(template, grant.target))
        shown.set(template, pinnedPart("template", pin.definition));
  }
  return [...shown].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, definition]) => definition);
}

/** Tools of a list, by name. */
export function listTools(role: ExposedRole): JsonObject[] {
  return listKind(role, "tool");
}

/** Prompts of a list, by name. */
export function listPrompts(role: ExposedRole): JsonObject[] {
  return listKind(role, "prompt");
}

function listKind(role: ExposedRole, kind: "tool" | "prompt"): JsonObject[] {
  return role.table.grants
    .flatMap((grant, at) => {
      const definition = role.definitions[at];
      const isShown = grant.kind === kind && grant.quarantined !== true && definition !== undefined;
      return isShown ? [{ name: grant.name, definition }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ definition }) => definition);
}

export interface ListBytes {
  /** tools/list of all accepted servers together, as one result. */
  readonly upstreams: number;
  /** tools/list of each persona. */
  readonly personas: { readonly [persona: string]: number };
}

/**
 * How much of a context window the personas save: bytes of tools/list as JSON, for all accepted tools together and for
 * each persona's own.
 */
export function listBytes(lock: CatalogueLock, roles: ReadonlyMap<string, ExposedRole>): ListBytes {
  const all = Object.values(lock.servers).flatMap(({ tools }) =>
    Object.values(tools).map((pin) => pin.definition),
  );
  return {
    upstreams: bytesOf(all),
    personas: Object.fromEntries([...roles].map(([persona, role]) => [persona, bytesOf(listTools(role))])),
  };
}

function bytesOf(tools: readonly JsonObject[]): number {
  return Buffer.byteLength(JSON.stringify({ tools }));
}
