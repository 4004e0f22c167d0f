/**
 * What an agent may see: answered from the role in force and the pinned definitions, so that lists and calls agree by
 * construction (law 3). Only resources/list asks upstreams (reach.ts), because resources are not pinned; its answer is
 * filtered by the same `findGrant` that a read is judged by, and names the servers that gave none.
 *
 * L1. What a server lists is remembered for a moment, for all that share it. Who is shown it of a labelled server has read
 *     its data: such a session takes a turn of its own, so that its labels rise and it is on record.
 */
import { findGrant, grantAt } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { modern, revisions, atLeast, type Revision } from "../../protocol/mcp/revision.ts";
import { isObject, shapeCapabilities, shapeDefinition, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamSession } from "../upstream/upstream.ts";
import { cleanse } from "./cleanse.ts";
import type { Caller, Exchange } from "./exchange.ts";
import { Refused, serverOf, type Asker, type Judged, type Reach } from "./reach.ts";
import { ListScreen } from "./listscreen.ts";
import type { Screener, Screening } from "./screening.ts";
import type { RoleInForce, Roles } from "./roles.ts";

export interface ListsPorts {
  readonly roles: Roles;
  readonly reach: Reach;
  readonly screening: Screening;
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
/** In a list's `_meta`: servers of the persona whose part is missing, and why. */
const missingMeta = "io.gatehouse/missing";

/** One server's resources; or why there are none, a denial by the turn or a failure of the world. */
type Part = readonly JsonObject[] | Refused | GatewayError;

export class Lists {
  readonly #ports: ListsPorts;
  readonly #resources = new Map<
    string,
    { until: number; items: Promise<readonly JsonObject[] | GatewayError> }
  >();

  readonly #screen: ListScreen;

  constructor(ports: ListsPorts) {
    this.#ports = ports;
    this.#screen = new ListScreen(ports.screening);
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

  async answer(exchange: Exchange): Promise<JsonObject | Refused> {
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
        return page("tools", this.#definitions(role, "tool", caller), cursor);
      case "prompts/list":
        return page("prompts", this.#definitions(role, "prompt", caller), cursor);
      case "resources/templates/list":
        return page("resourceTemplates", role.templates.map((template) => shapeDefinition(caller.revision, this.#screen.pinned(template, plainScreener(role, caller)))), cursor); // prettier-ignore
      case "resources/list":
        return this.#listResources(caller, role, cursor);
      default:
        throw new Error(`not a list: ${request.method}`);
    }
  }

  /** Pinned definitions a role grants and has not quarantined, in name order (the order is part of 2026-07-28). */
  #definitions(role: RoleInForce, kind: "tool" | "prompt", { revision, principal }: Caller): JsonObject[] {
    const found: JsonObject[] = [];
    role.table.grants.forEach((grant, index) => {
      const definition = role.grants[index]?.definition;
      if (grant.kind !== kind || definition === undefined || grant.quarantined === true) return;
      if (findGrant(role.compiled, kind, grant.name) !== index) return;
      const by = { tenant: principal.tenant, persona: role.persona, policy: grantAt(role.compiled, index).data }; // prettier-ignore
      found.push(shapeDefinition(revision, this.#screen.pinned(definition, by)));
    });
    return found.sort((one, other) => (String(one["name"]) < String(other["name"]) ? -1 : 1));
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
    if (instructions === undefined) return {};
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    return this.#screen.pinned({ instructions }, plainScreener(role, caller));
  }

  async #listResources(caller: Caller, role: RoleInForce, cursor: unknown): Promise<JsonObject | Refused> {
    const servers = [...new Set(role.table.grants.filter((grant) => grant.kind === "resource").map((grant) => grant.server))]; // prettier-ignore
    const parts: Part[] = [];
    // Each takes one of the session's open calls, so no more are asked at once than the role allows.
    const atOnce = role.compiled.openCallsMax;
    for (let at = 0; at < servers.length; at += atOnce) {
      const asked = servers.slice(at, at + atOnce).map((server) => this.#resourcesOf(caller, role, server));
      parts.push(...(await Promise.all(asked)));
    }
    const barrier = barrierOf(parts);
    if (barrier instanceof Refused) return barrier;
    if (barrier !== undefined) throw barrier;
    const lists = parts.map((part, at) => Promise.resolve(isMissing(part) ? [] : this.#screen.listed(shownOf(role, servers[at], part), serverScreener(role, servers[at] ?? "", caller), caller.session))); // prettier-ignore
    const items = (await Promise.all(lists)).flat();
    const shown = items.map((item) => shapeDefinition(caller.revision, cleanse(item)));
    const missing = parts.flatMap((part, at) => isMissing(part) ? [{ server: servers[at], code: codeOf(part) }] : []); // prettier-ignore
    const listed = page("resources", shown, cursor);
    return missing.length === 0 ? listed : { ...listed, _meta: { [missingMeta]: missing } };
  }

  #resourcesOf(caller: Caller, role: RoleInForce, server: string): Promise<Part> {
    const now = this.#ports.now();
    const owner = this.#ports.shared(server) ? "" : caller.session;
    const key = `${server}\n${owner}`;
    const known = this.#resources.get(key);
    const items = known !== undefined && known.until > now ? known.items : undefined;
    if (items !== undefined && !isLabelled(role, server)) return items;
    // What one session is refused is no answer for others.
    const passed = this.#ports.reach.judge(caller, { method: "resources/list", server });
    const go = (judged: Judged): Promise<Part> => (items === undefined ? this.#fetch(key, judged) : this.#again(items, judged)); // prettier-ignore
    if (!(passed instanceof Promise)) return go(passed);
    const failed = (thrown: unknown): GatewayError => {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    };
    return passed.then(go, failed);
  }

  /** What is remembered, for a session that was let through as if the server were asked (L1). */
  #again(items: Promise<readonly JsonObject[] | GatewayError>, passed: Judged): Promise<Part> {
    if (passed instanceof Refused) return Promise.resolve(passed);
    const read = async (): Promise<readonly JsonObject[]> => {
      const known = await items;
      if (known instanceof GatewayError) throw known;
      return known;
    };
    return this.#ports.reach.run(passed, read).catch((thrown: unknown) => {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    });
  }

  #fetch(key: string, passed: Judged): Promise<Part> {
    if (passed instanceof Refused) return Promise.resolve(passed);
    if (this.#resources.size >= resourceListsMax) {
      const [oldest] = this.#resources.keys();
      if (oldest !== undefined) this.#resources.delete(oldest);
    }
    const items = this.#ports.reach.run(passed, readResources).catch((thrown: unknown) => {
      if (this.#resources.get(key)?.items === items) this.#resources.delete(key);
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    });
    this.#resources.set(key, { until: this.#ports.now() + resourcesFreshMs, items });
    return items;
  }
}

function isMissing(part: Part): part is Refused | GatewayError {
  return part instanceof Refused || part instanceof GatewayError;
}

function codeOf(part: Refused | GatewayError): string {
  return part instanceof Refused ? part.verdict.rule : part.code;
}

/** Failures of ours, which say nothing of a server: the list is not made without its part. */
const ours: ReadonlySet<string> = new Set(["RECORD_UNAVAILABLE", "DRAINING", "INTERNAL"]);

/**
 * What stands in the way of the whole list. A server that is away, or that this session's breaker keeps away, does not,
 * as long as another one answered.
 */
function barrierOf(parts: readonly Part[]): Refused | GatewayError | undefined {
  const missing = parts.filter(isMissing);
  const stops = (part: Refused | GatewayError): boolean =>
    part instanceof Refused ? part.verdict.rule !== "breaker.tool" : ours.has(part.code);
  return missing.find(stops) ?? (missing.length === parts.length ? missing[0] : undefined);
}

/** Whether what the server holds is labelled, as the turn on a list of it is. */
function isLabelled({ compiled }: RoleInForce, server: string): boolean {
  return grantAt(compiled, findGrant(compiled, "server", server)).labels.length > 0;
}

/** What the role lets the agent read, of what one server lists. */
function shownOf(role: RoleInForce, server: string | undefined, items: readonly JsonObject[]): JsonObject[] {
  return items.filter((item) => serverOf(role, String(item["uri"])) === server);
}

async function readResources(session: UpstreamSession, asker: Asker): Promise<readonly JsonObject[]> {
  if (!isObject(session.capabilities["resources"])) return [];
  const found: JsonObject[] = [];
  let cursor: unknown;
  for (let pages = 0; pages < limits.listPagesMax; pages++) {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await session.request("resources/list", params, {
      timeoutMs: limits.upstreamCallMs,
      ...asker,
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

/** By whose rules a server's list is searched. */
function serverScreener({ compiled, persona }: RoleInForce, server: string, { principal }: Caller): Screener {
  return {
    tenant: principal.tenant,
    persona,
    policy: grantAt(compiled, findGrant(compiled, "server", server)).data,
  };
}

/** For what is not of one server: the rules for servers without labels. */
function plainScreener({ compiled, persona }: RoleInForce, { principal }: Caller): Screener {
  return { tenant: principal.tenant, persona, policy: compiled.data };
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
