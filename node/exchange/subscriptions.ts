/**
 * Subscriptions of both eras. A URI is followed only if the role would let the agent read it; list changes are
 * followed for the endpoint's own persona.
 */
import { findGrant } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { resultResponse } from "../../protocol/jsonrpc.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { SubscriptionFilter, UpstreamPool } from "../upstream/upstream.ts";
import { unlisted } from "./answer.ts";
import { changedMethod, type Changes, type ListKind } from "./changes.ts";
import type { Caller, Exchange } from "./exchange.ts";
import { Following } from "./following.ts";
import type { RoleInForce, Roles } from "./roles.ts";

const urisPerStreamMax = 256;
const updated = "notifications/resources/updated";

export interface SubscriptionPorts {
  readonly roles: Roles;
  readonly pool: UpstreamPool;
  readonly changes: Changes;
  readonly shared: (server: string) => boolean;
  readonly onFault: (fault: unknown) => void;
}

export class Subscriptions {
  readonly #ports: SubscriptionPorts;

  /** By server: everything that is followed there. */
  readonly #open = new Map<string, Set<Following>>();

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
    ports.pool.on("lost", ({ server }) => {
      for (const following of this.#open.get(server) ?? []) following.again();
    });
  }

  /** resources/subscribe and resources/unsubscribe of the older eras. */
  async older(exchange: Exchange): Promise<void> {
    const { caller, request } = exchange;
    const uri = request.params?.["uri"];
    if (typeof uri !== "string" || uri === "")
      throw new GatewayError("PARAMS_INVALID", "params.uri must be a string");
    if (caller.wire === undefined) throw new GatewayError("WIRE_SESSION_MISSING");
    const name = `resource ${uri}`;
    if (request.method === "resources/unsubscribe") {
      caller.wire.attached(name)?.close();
      caller.wire.attach(name, undefined);
      exchange.end(resultResponse(request.id, {}));
      return;
    }
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    const server = serverOf(role, uri);
    if (server === undefined) {
      exchange.end(
        unlisted({ id: request.id, revision: caller.revision, kind: "resource", name: uri }).response,
      );
      return;
    }
    if (caller.wire.attached(name) === undefined) {
      const { wire } = caller;
      const following = this.#following(caller, server, { uris: [uri] }, (each) =>
        wire.push({ jsonrpc: "2.0", method: updated, params: { uri: each } }),
      );
      await begun(following);
      // Another request for the same may have come first while this one waited.
      if (wire.attached(name) === undefined) wire.attach(name, following);
      else following.close();
    }
    exchange.end(resultResponse(request.id, {}));
  }

  /** subscriptions/listen of 2026-07-28: acknowledged first, then only what was asked for, until the stream closes. */
  async listen(exchange: Exchange): Promise<void> {
    const { caller, request } = exchange;
    const asked = request.params?.["notifications"];
    if (!isObject(asked)) throw new GatewayError("PARAMS_INVALID", "params.notifications must be an object");
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    const honoured = readFilter(role, asked);
    const tag = { [meta.subscription]: request.id };
    const send = (method: string, params: JsonObject): void => {
      if (!exchange.ended) void exchange.send({ jsonrpc: "2.0", method, params: { ...params, _meta: tag } });
    };
    send("notifications/subscriptions/acknowledged", { notifications: honoured.shown });
    const followed: { close(): void }[] = [
      this.#ports.changes.add({
        persona: caller.endpoint.persona,
        changed: (kind) => {
          if (honoured.kinds.has(kind)) send(changedMethod[kind], {});
        },
      }),
    ];
    const end = (): void => {
      for (const one of followed) one.close();
      exchange.end(resultResponse(request.id, { resultType: "complete", _meta: tag }));
    };
    exchange.signal().addEventListener("abort", end, { once: true });
    if (exchange.cancelled) return end();
    const followings = perServer(role, honoured).map(([server, filter]) =>
      this.#following(caller, server, filter, (uri) => send(updated, { uri })),
    );
    followed.push(...followings);
    await Promise.all(followings.map((one) => one.keep()));
  }

  #following(
    caller: Caller,
    server: string,
    filter: SubscriptionFilter,
    on: (uri: string) => void,
  ): Following {
    const { roles, pool, shared, onFault } = this.#ports;
    const owner = shared(server) ? "" : caller.session;
    const open = this.#open.get(server) ?? new Set();
    this.#open.set(server, open);
    const following = new Following({
      session: () => pool.session(server, owner, owner === "" ? {} : caller.capabilities),
      filter,
      // Judged by the role of that moment: what it no longer lets the agent read, it does not hear of.
      onUpdated: (uri) => {
        if (serverOf(roles.inForce(caller.endpoint.persona), uri) === server) on(uri);
      },
      onFault,
      onClose: (closed) => void open.delete(closed),
    });
    open.add(following);
    return following;
  }
}

/** A following that could not begin is nobody's. */
async function begun(following: Following): Promise<void> {
  try {
    await following.begin();
  } catch (error) {
    following.close();
    throw error;
  }
}

/** What a listen stream needs upstream: its resources, and a listening session where list changes are wanted. */
function perServer(role: RoleInForce, { kinds, uris }: Filter): [server: string, SubscriptionFilter][] {
  const [tools, prompts, resources] = [kinds.has("tools"), kinds.has("prompts"), kinds.has("resources")];
  return role.servers.flatMap((server): [string, SubscriptionFilter][] => {
    const own = uris.filter((uri) => serverOf(role, uri) === server);
    if (own.length === 0 && kinds.size === 0) return [];
    return [[server, { tools, prompts, resources, uris: own }]];
  });
}

interface Filter {
  readonly kinds: ReadonlySet<ListKind>;
  readonly uris: readonly string[];
  readonly shown: JsonObject;
}

/** The subset of what was asked that is honoured: known kinds, and URIs the role lets the agent read. */
function readFilter(role: RoleInForce, asked: JsonObject): Filter {
  const kinds = new Set<ListKind>();
  const shown: Record<string, unknown> = {};
  for (const kind of ["tools", "prompts", "resources"] as const) {
    if (asked[`${kind}ListChanged`] !== true) continue;
    kinds.add(kind);
    shown[`${kind}ListChanged`] = true;
  }
  const listed = Array.isArray(asked["resourceSubscriptions"])
    ? (asked["resourceSubscriptions"] as unknown[])
    : [];
  const uris = listed
    .filter((uri): uri is string => typeof uri === "string" && serverOf(role, uri) !== undefined)
    .slice(0, urisPerStreamMax);
  if (uris.length > 0) shown["resourceSubscriptions"] = uris;
  return { kinds, uris, shown };
}

function serverOf(role: RoleInForce, uri: string): string | undefined {
  return role.table.grants[findGrant(role.compiled, "resource", uri)]?.server;
}
