/**
 * What an agent may see: answered from the role in force and the pinned definitions, so that lists and calls agree by
 * construction (law 3). Only resources/list asks upstreams, because resources are not pinned; its answer is filtered
 * by the same `findGrant` that a read is judged by.
 */
import { findGrant } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { modern, revisions, atLeast, type Revision } from "../../protocol/mcp/revision.ts";
import { isObject, shapeCapabilities, shapeDefinition, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamPool } from "../upstream/upstream.ts";
import { cleanse } from "./cleanse.ts";
import type { Caller, Exchange } from "./exchange.ts";
import type { RoleInForce, Roles } from "./roles.ts";

export interface ListsPorts {
  readonly roles: Roles;
  readonly pool: UpstreamPool;
  /** Capabilities and instructions as pinned. */
  readonly pinned: (
    server: string,
  ) => { readonly capabilities: JsonObject; readonly instructions?: string } | undefined;
  readonly shared: (server: string) => boolean;
  readonly server: { readonly name: string; readonly version: string };
  readonly now: () => number;
}

const pageItems = 500;
/** How long one session's resource list is remembered: it bounds what listing costs an upstream. */
const resourcesFreshMs = 2_000;
const resourceListsMax = 1_000;

export class Lists {
  readonly #ports: ListsPorts;
  readonly #resources = new Map<string, { until: number; items: Promise<readonly JsonObject[]> }>();

  constructor(ports: ListsPorts) {
    this.#ports = ports;
  }

  /** Revisions an endpoint speaks, newest first. */
  supported(persona: string): Revision[] {
    const { oldestRevision } = this.#ports.roles.inForce(persona).table;
    return revisions.filter((revision) => atLeast(revision, oldestRevision)).toReversed();
  }

  initialize(caller: Caller): JsonObject {
    return {
      protocolVersion: caller.revision,
      capabilities: this.#capabilities(caller),
      serverInfo: this.#ports.server,
      ...this.#instructions(caller),
    };
  }

  async answer(exchange: Exchange): Promise<JsonObject> {
    const { caller, request } = exchange;
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    const cursor = request.params?.["cursor"];
    switch (request.method) {
      case "server/discover":
        return {
          supportedVersions: [modern],
          capabilities: this.#capabilities(caller),
          ...this.#instructions(caller),
        };
      case "tools/list":
        return page("tools", definitions(role, "tool", caller.revision), cursor);
      case "prompts/list":
        return page("prompts", definitions(role, "prompt", caller.revision), cursor);
      case "resources/templates/list":
        return page("resourceTemplates", role.templates.map((template) => shapeDefinition(caller.revision, template)), cursor); // prettier-ignore
      case "resources/list":
        return page("resources", await this.#listResources(caller, role), cursor);
      default:
        throw new Error(`not a list: ${request.method}`);
    }
  }

  #capabilities(caller: Caller): JsonObject {
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    return shapeCapabilities(
      caller.revision,
      role.servers.map((server) => this.#ports.pinned(server)?.capabilities ?? {}),
    );
  }

  /** An upstream's instructions are its own words: only its own endpoint passes on what was pinned. */
  #instructions(caller: Caller): JsonObject {
    if (caller.endpoint.kind !== "server") return {};
    const instructions = this.#ports.pinned(caller.endpoint.name)?.instructions;
    return instructions === undefined ? {} : { instructions };
  }

  async #listResources(caller: Caller, role: RoleInForce): Promise<readonly JsonObject[]> {
    const servers = [...new Set(role.table.grants.filter((grant) => grant.kind === "resource").map((grant) => grant.server))]; // prettier-ignore
    const lists = await Promise.all(servers.map((server) => this.#resourcesOf(caller, server)));
    return lists
      .flatMap((items, at) =>
        items.filter((item) => {
          const found = role.table.grants[findGrant(role.compiled, "resource", String(item["uri"]))];
          return found !== undefined && found.server === servers[at];
        }),
      )
      .map((item) => shapeDefinition(caller.revision, cleanse(item)));
  }

  #resourcesOf(caller: Caller, server: string): Promise<readonly JsonObject[]> {
    const now = this.#ports.now();
    const owner = this.#ports.shared(server) ? "" : caller.session;
    const key = `${server}\n${owner}`;
    const known = this.#resources.get(key);
    if (known !== undefined && known.until > now) return known.items;
    if (this.#resources.size >= resourceListsMax) {
      const [oldest] = this.#resources.keys();
      if (oldest !== undefined) this.#resources.delete(oldest);
    }
    const items = this.#readResources(caller, server, owner);
    this.#resources.set(key, { until: now + resourcesFreshMs, items });
    items.catch(() => this.#resources.delete(key));
    return items;
  }

  async #readResources(caller: Caller, server: string, owner: string): Promise<readonly JsonObject[]> {
    const capabilities = owner === "" ? {} : caller.capabilities;
    const session = await this.#ports.pool.session(server, owner, capabilities);
    if (!isObject(session.capabilities["resources"])) return [];
    const found: JsonObject[] = [];
    let cursor: unknown;
    for (let pages = 0; pages < limits.listPagesMax; pages++) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await session.request("resources/list", params, {
        timeoutMs: limits.upstreamCallMs,
        capabilities,
      });
      if (answer.kind === "error")
        throw new GatewayError("UPSTREAM_GARBAGE", "resources/list was answered with an error");
      const items = answer.result["resources"];
      if (!Array.isArray(items))
        throw new GatewayError("UPSTREAM_GARBAGE", "resources/list holds no resources");
      for (const item of items as unknown[])
        if (isObject(item) && typeof item["uri"] === "string" && typeof item["name"] === "string")
          found.push(item);
      cursor = answer.result["nextCursor"];
      if (typeof cursor !== "string" || found.length >= limits.listItemsMax) break;
    }
    return found.slice(0, limits.listItemsMax);
  }
}

/** Pinned definitions a role grants and has not quarantined, in name order (the order is part of 2026-07-28). */
function definitions(role: RoleInForce, kind: "tool" | "prompt", revision: Revision): JsonObject[] {
  const found: JsonObject[] = [];
  role.table.grants.forEach((grant, index) => {
    const definition = role.grants[index]?.definition;
    if (grant.kind !== kind || definition === undefined || grant.quarantined === true) return;
    if (findGrant(role.compiled, kind, grant.name) === index)
      found.push(shapeDefinition(revision, definition));
  });
  return found.sort((one, other) => (String(one["name"]) < String(other["name"]) ? -1 : 1));
}

function page(name: string, items: readonly JsonObject[], cursor: unknown): JsonObject {
  const start = cursor === undefined ? 0 : readCursor(cursor);
  if (start === undefined || start > items.length)
    throw new GatewayError("PARAMS_INVALID", "params.cursor is not one of ours");
  const end = start + pageItems;
  const next = end < items.length ? { nextCursor: `p${end}` } : {};
  return { [name]: items.slice(start, end), ...next };
}

function readCursor(cursor: unknown): number | undefined {
  return typeof cursor === "string" && /^p[1-9]\d{0,6}$/.test(cursor) ? Number(cursor.slice(1)) : undefined;
}
