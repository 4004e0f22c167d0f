/**
 * The roles in force on this node, prepared for the road: compiled for the actor, with constraint pointers and known
 * argument names per grant. Replaced as a whole per persona; a table once in force stays known by its digest, because
 * sessions and replays name it.
 */
import type { CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { compileRole, constraintPointers, type CompiledRole } from "../../actors/guards/persona.ts";
import { readHeaderSchema, type HeaderSchema } from "../../protocol/header.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { cleanse } from "./cleanse.ts";

export interface GrantParts {
  readonly pointers: readonly string[];
  readonly known: ReadonlySet<string> | undefined;
  /** The pinned definition under its exposed name, cleansed (T3); undefined for resources. */
  readonly definition: JsonObject | undefined;
  /** Mcp-Param-* headers of the definition; undefined when it has none. */
  readonly headers: HeaderSchema | undefined;
}

export interface RoleInForce {
  readonly persona: string;
  readonly digest: string;
  readonly table: RoleTable;
  readonly compiled: CompiledRole;
  readonly grants: readonly GrantParts[];
  /** Pinned resource templates this role may see. */
  readonly templates: readonly JsonObject[];
  /** Names of the servers its grants reach. */
  readonly servers: readonly string[];
}

/** What the catalogue gives for one persona. */
export interface RoleSource {
  readonly digest: string;
  readonly table: RoleTable;
  readonly definitions: readonly (JsonObject | undefined)[];
  readonly templates: readonly JsonObject[];
}

export interface Baselines {
  load(version: string): CompiledBaseline | undefined;
}

export class Roles {
  readonly #byPersona = new Map<string, RoleInForce>();
  readonly #byDigest = new Map<string, CompiledRole>();
  readonly #load: (digest: string) => RoleTable | undefined;
  readonly #baselines: Baselines | undefined;
  /** Called with the personas whose role changed. */
  onChange: ((persona: string) => void) | undefined;

  /**
   * @param baselines those that tables name
   * @param load reads a table that was in force earlier, for sessions that still name it
   */
  constructor(load: (digest: string) => RoleTable | undefined, baselines?: Baselines) {
    this.#load = load;
    this.#baselines = baselines;
  }

  put(persona: string, source: RoleSource): RoleInForce {
    const compiled = this.#compile(source.table);
    const role: RoleInForce = {
      persona,
      digest: source.digest,
      table: source.table,
      compiled,
      grants: source.table.grants.map((grant, index) => ({
        pointers: constraintPointers(grant),
        known: grant.known === undefined ? undefined : new Set(grant.known),
        definition: shown(source.definitions[index]),
        headers: headersOf(source.definitions[index]),
      })),
      templates: source.templates.map(cleanse),
      servers: [...new Set(source.table.grants.map((grant) => grant.server))],
    };
    const before = this.#byPersona.get(persona);
    this.#byPersona.set(persona, role);
    this.#byDigest.set(source.digest, compiled);
    if (before !== undefined && before.digest !== role.digest) this.onChange?.(persona);
    return role;
  }

  /** The role in force; a persona without one refuses everything. */
  inForce(persona: string): RoleInForce {
    const role = this.#byPersona.get(persona);
    if (role === undefined) throw new GatewayError("CONFIGURATION", "no role is in force for this persona");
    return role;
  }

  /** For the actor's world: a table by digest, also one that is no longer in force. */
  byDigest(digest: string): CompiledRole | undefined {
    const known = this.#byDigest.get(digest);
    if (known !== undefined) return known;
    const table = this.#load(digest);
    if (table === undefined) return undefined;
    const compiled = this.#compile(table);
    this.#byDigest.set(digest, compiled);
    return compiled;
  }

  *all(): Iterable<RoleInForce> {
    yield* this.#byPersona.values();
  }

  #compile(table: RoleTable): CompiledRole {
    const baseline = table.baseline === undefined ? undefined : this.#baselines?.load(table.baseline);
    if (table.baseline !== undefined && baseline === undefined)
      throw new GatewayError("CONFIGURATION", `the baseline ${table.baseline} of ${table.persona} is not in the data folder`); // prettier-ignore
    const compiled = compileRole(table, baseline);
    if (!Array.isArray(compiled)) return compiled;
    throw new GatewayError("CONFIGURATION", `the role table of ${table.persona} does not compile`);
  }
}

/** The pin covers a definition as it came, a list shows what a reader can see of it. */
function shown(definition: JsonObject | undefined): JsonObject | undefined {
  return definition === undefined ? undefined : cleanse(definition);
}

function headersOf(definition: JsonObject | undefined): HeaderSchema | undefined {
  const read = definition === undefined ? undefined : readHeaderSchema(definition["inputSchema"]);
  return read instanceof Map && read.size > 0 ? read : undefined;
}
