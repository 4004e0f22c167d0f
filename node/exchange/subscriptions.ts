/**
 * Subscriptions of both eras. A URI is followed only if the role would let the agent read it; list changes are
 * followed for the endpoint's own persona. Each server is reached through reach.ts: a turn and an intent when it is
 * first followed, and again each time it has to be followed anew.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { resultResponse } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { SubscriptionFilter, UpstreamEvents } from "../upstream/upstream.ts";
import { changedMethod, type Changes, type ListKind } from "./changes.ts";
import type { Caller, Exchange } from "./exchange.ts";
import { Following } from "./following.ts";
import { Refused, serverOf, type Passed, type Reach, type Wanted } from "./reach.ts";
import type { RoleInForce, Roles } from "./roles.ts";

const urisPerStreamMax = 256;
/** As for a resource that is read (target.ts). */
const uriCharsMax = 1024;
/** What one URI costs among a turn's facts beside its own bytes: its pointer. */
const uriOverheadBytes = 32;
const updated = "notifications/resources/updated";

export interface SubscriptionPorts {
  readonly roles: Roles;
  readonly reach: Reach;
  /** Tells of sessions with servers that ended by themselves. */
  readonly onLost: (listener: (lost: UpstreamEvents["lost"]) => void) => void;
  readonly changes: Changes;
  readonly onFault: (fault: unknown) => void;
}

export class Subscriptions {
  readonly #ports: SubscriptionPorts;

  /** By server: everything that is followed there. */
  readonly #open = new Map<string, Set<Following>>();

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
    ports.onLost(({ server, owner }) => {
      for (const following of this.#open.get(server) ?? [])
        if (owner === "" || following.owner === owner) following.again();
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
    if (server === undefined)
      return refuse(exchange, await this.#ports.reach.refuse(caller, request.method, uri));
    if (caller.wire.attached(name) === undefined) {
      const { wire } = caller;
      const wanted = { method: request.method, server, args: { uri }, pointer: "/uri" };
      const passed = await this.#ports.reach.judge(caller, wanted);
      if (passed instanceof Refused) return refuse(exchange, passed);
      const following = this.#following(caller, wanted, passed, { uris: [uri] }, (each) =>
        wire.push(updateOf(each)),
      );
      await begun(following);
      // Another request for the same may have come first while this one waited.
      if (wire.attached(name) === undefined) wire.attach(name, following);
      else following.close();
    }
    exchange.end(resultResponse(request.id, {}));
  }

  /**
   * Follows what an older wire session followed at an earlier owner of its session. The agent is told once that it may have
   * changed: nobody heard of it meanwhile.
   */
  resume(caller: Caller, uris: readonly string[]): void {
    const { wire } = caller;
    if (wire === undefined) return;
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    for (const uri of uris) {
      const name = `resource ${uri}`;
      const server = serverOf(role, uri);
      if (server === undefined || wire.attached(name) !== undefined) continue;
      const wanted = { method: "resources/subscribe", server, args: { uri }, pointer: "/uri" };
      const following = this.#following(caller, wanted, undefined, { uris: [uri] }, (each) =>
        wire.push(updateOf(each)),
      );
      wire.attach(name, following);
      wire.push(updateOf(uri));
      void following.keep();
    }
  }

  /** subscriptions/listen of 2026-07-28: acknowledged first, then only what was asked for, until the stream closes. */
  async listen(exchange: Exchange): Promise<void> {
    const { caller, request } = exchange;
    const asked = request.params?.["notifications"];
    if (!isObject(asked)) throw new GatewayError("PARAMS_INVALID", "params.notifications must be an object");
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    if (exchange.cancelled) return exchange.end(resultResponse(request.id, { resultType: "complete" }));
    const honoured = readFilter(role, asked);
    for (const uri of honoured.refused) await this.#ports.reach.refuse(caller, request.method, uri);
    const wanted = perServer(role, honoured);
    const first = await this.#judgeFirst(caller, wanted, role.compiled.openCallsMax);
    if (first instanceof Refused) return refuse(exchange, first);
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
    const followings = wanted.map(({ filter, ...one }, at) =>
      this.#following(caller, one, first[at], filter, (uri) => send(updated, { uri })),
    );
    followed.push(...followings);
    const begun = Promise.all(followings.slice(0, first.length).map((one) => one.keep()));
    // The agent may have gone while the acknowledgement was sent: then nothing was followed yet that `end` could close.
    if (exchange.cancelled) end();
    await begun;
    for (const one of followings.slice(first.length)) await one.keep();
  }

  /**
   * Turns for as many servers as the session may have calls open: before the acknowledgement, so that a refusal is an
   * answer. A server that the session's breaker keeps away does not stop the stream: it is tried again later.
   */
  async #judgeFirst(
    caller: Caller,
    wanted: readonly Wanted[],
    openCallsMax: number,
  ): Promise<(Passed | undefined)[] | Refused> {
    const first: (Passed | undefined)[] = [];
    let barrier: Refused | undefined;
    for (const one of wanted.slice(0, openCallsMax)) {
      const passed = await this.#ports.reach.judge(caller, one);
      if (!(passed instanceof Refused)) first.push(passed);
      else if (passed.verdict.rule === "breaker.tool") first.push(undefined);
      else barrier ??= passed;
      if (barrier !== undefined) break;
    }
    if (barrier === undefined) return first;
    // What was allowed before the refusal is given back: nothing is done with it.
    for (const passed of first) if (passed !== undefined) this.#ports.reach.waive(passed);
    return barrier;
  }

  #following(
    caller: Caller,
    wanted: Wanted,
    first: Passed | undefined,
    filter: SubscriptionFilter,
    on: (uri: string) => void,
  ): Following {
    const { roles, reach, onFault } = this.#ports;
    const { server } = wanted;
    const open = this.#open.get(server) ?? new Set();
    this.#open.set(server, open);
    let next = first;
    const following = new Following({
      owner: caller.session,
      reach: async (work) => {
        const passed = next ?? (await reach.judge(caller, wanted));
        next = undefined;
        if (passed instanceof Refused) return false;
        await reach.run(passed, work);
        return true;
      },
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

function updateOf(uri: string): JsonObject {
  return { jsonrpc: "2.0", method: updated, params: { uri } };
}

function refuse(exchange: Exchange, refused: Refused): void {
  const answer = refused.answer(exchange);
  exchange.end(answer.response, answer.form);
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

type WantedStream = Wanted & { readonly filter: SubscriptionFilter };

/** What a listen stream needs upstream: its resources, and a listening session where list changes are wanted. */
function perServer(role: RoleInForce, { kinds, uris }: Filter): WantedStream[] {
  const [tools, prompts, resources] = [kinds.has("tools"), kinds.has("prompts"), kinds.has("resources")];
  return role.servers.flatMap((server): WantedStream[] => {
    const own = uris.filter((uri) => serverOf(role, uri) === server);
    if (own.length === 0 && kinds.size === 0) return [];
    const filter = { tools, prompts, resources, uris: own };
    const args = { tools, prompts, resources, resourceSubscriptions: own };
    return [{ method: "subscriptions/listen", server, args, pointer: "/resourceSubscriptions/-", filter }];
  });
}

interface Filter {
  readonly kinds: ReadonlySet<ListKind>;
  readonly uris: readonly string[];
  /** Asked for, and nothing that the role lets the agent read. */
  readonly refused: readonly string[];
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
  const [uris, refused]: [string[], string[]] = [[], []];
  let bytes = 0;
  for (const uri of listed.slice(0, urisPerStreamMax)) {
    if (typeof uri !== "string" || uri.length > uriCharsMax) continue;
    if (serverOf(role, uri) === undefined) refused.push(uri);
    else if ((bytes += Buffer.byteLength(uri) + uriOverheadBytes) <= limits.callFactsBytesMax) uris.push(uri);
  }
  if (uris.length > 0) shown["resourceSubscriptions"] = uris;
  return { kinds, uris, refused, shown };
}
