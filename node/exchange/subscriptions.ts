/**
 * Subscriptions of both eras. A URI is followed only if the role would let the agent read it; list changes are
 * followed for the endpoint's own persona.
 */
import { findGrant } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { resultResponse } from "../../protocol/jsonrpc.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamPool } from "../upstream/upstream.ts";
import { unlisted } from "./answer.ts";
import { changedMethod, type Changes, type ListKind } from "./changes.ts";
import { cleanse } from "./cleanse.ts";
import type { Caller, Exchange } from "./exchange.ts";
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

interface Followed {
  close(): void;
}

export class Subscriptions {
  readonly #ports: SubscriptionPorts;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
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
      const followed = await this.#follow(caller, server, { uris: [uri] }, (method, params) => {
        if (method === updated) wire.push({ jsonrpc: "2.0", method, params: cleanse(params) });
      });
      wire.attach(name, followed);
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
    const followed: Followed[] = [
      this.#ports.changes.add({
        persona: caller.endpoint.persona,
        changed: (kind) => {
          if (honoured.kinds.has(kind)) send(changedMethod[kind], {});
        },
      }),
    ];
    exchange.signal().addEventListener("abort", () => {
      for (const one of followed) one.close();
      exchange.end(resultResponse(request.id, { resultType: "complete", _meta: tag }));
    });
    await this.#followServers(exchange, role, honoured, followed, send);
  }

  /** Opens what the stream needs upstream: its resources, and a listening session where list changes are wanted. */
  async #followServers(
    exchange: Exchange,
    role: RoleInForce,
    honoured: Filter,
    followed: Followed[],
    send: (method: string, params: JsonObject) => void,
  ): Promise<void> {
    const kinds = honoured.kinds;
    for (const server of role.servers) {
      const uris = honoured.uris.filter((uri) => serverOf(role, uri) === server);
      if (uris.length === 0 && kinds.size === 0) continue;
      const filter = {
        tools: kinds.has("tools"),
        prompts: kinds.has("prompts"),
        resources: kinds.has("resources"),
        uris,
      };
      try {
        const one = await this.#follow(exchange.caller, server, filter, (method, params) => {
          if (method === updated && uris.includes(String(params["uri"]))) send(method, withoutMeta(params));
        });
        if (exchange.ended || exchange.cancelled) one.close();
        else followed.push(one);
      } catch (error) {
        // One unreachable server must not end the stream for the others; its changes are heard once it is back.
        this.#ports.onFault(error);
      }
    }
  }

  async #follow(
    caller: Caller,
    server: string,
    filter: { tools?: boolean; prompts?: boolean; resources?: boolean; uris?: readonly string[] },
    on: (method: string, params: JsonObject) => void,
  ): Promise<Followed> {
    const shared = this.#ports.shared(server);
    const session = await this.#ports.pool.session(
      server,
      shared ? "" : caller.session,
      shared ? {} : caller.capabilities,
    );
    return session.subscribe(filter, on);
  }
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

function withoutMeta(params: JsonObject): JsonObject {
  const { _meta: _, ...rest } = params;
  return cleanse(rest);
}
