/**
 * The one dispatcher (law 1). Every door, era, retry and admin "try it" comes through `dispatch`; the method table
 * says what becomes of a request; what is not in the table is refused.
 *
 * D1. No upstream is reached but through relay.ts (calls) and reach.ts (lists, subscriptions): after a turn of the
 *     session's actor allowed it, and after its intent is recorded.
 * D2. Every exchange is answered exactly once, also when our own code throws.
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { resultResponse } from "../../protocol/jsonrpc.ts";
import { atLeast, isLogLevel, traits } from "../../protocol/mcp/revision.ts";
import { shapeResult, type JsonObject } from "../../protocol/mcp/shape.ts";
import { requestFailure } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { Lists } from "./lists.ts";
import { findMethod, type MethodRow } from "./methods.ts";
import { Refused } from "./reach.ts";
import type { Roles } from "./roles.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface DispatchPorts {
  /** Conducts governed calls: the relay where the node is alone, the conductor in a cluster. */
  readonly relay: { start(exchange: Exchange, row: MethodRow): void | Promise<void> };
  /** Brings to the session's owner what is served there; undefined where the node is alone. */
  readonly owner: { serve(exchange: Exchange): Promise<void> } | undefined;
  readonly lists: Lists;
  readonly subscriptions: Subscriptions;
  readonly roles: Roles;
  /** Whether an operator stopped the session. The actor itself says so to calls; this is for all else. */
  readonly killed: (session: SessionKey) => boolean;
  readonly server: { readonly name: string; readonly version: string };
  readonly onFault: (fault: unknown) => void;
}

export class Dispatcher {
  readonly #ports: DispatchPorts;
  readonly #open = new Map<SessionKey, Set<Exchange>>();
  #openCount = 0;
  #listening = 0;
  #draining = false;

  constructor(ports: DispatchPorts) {
    this.#ports = ports;
  }

  /** Exchanges not yet answered. */
  get open(): number {
    return this.#openCount;
  }

  /** The same without listen streams, which end only when they are told to. */
  get openCalls(): number {
    return this.#openCount - this.#listening;
  }

  /** Sessions with requests that are not yet answered. */
  sessions(): Iterable<SessionKey> {
    return this.#open.keys();
  }

  /** Whether a session has requests that are not yet answered. */
  isOpen(session: SessionKey): boolean {
    return this.#open.has(session);
  }

  /** @param onEnd called once the exchange has been answered, refused ones too */
  dispatch(exchange: Exchange, onEnd?: () => void): void {
    this.#follow(exchange, onEnd);
    try {
      const row = this.#admit(exchange);
      this.#route(exchange, row);
    } catch (thrown) {
      this.#refuse(exchange, thrown);
    }
  }

  /** From now on every request is refused; open ones go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Cancels what is open, of one session or of all. */
  cancel(by: Exchange["cancelledBy"], session?: SessionKey): void {
    const sets =
      session === undefined ? [...this.#open.values()] : [this.#open.get(session) ?? new Set<Exchange>()];
    for (const set of sets) for (const exchange of set) exchange.cancel(by);
  }

  #admit(exchange: Exchange): MethodRow {
    const { caller, request } = exchange;
    if (this.#draining) throw new GatewayError("DRAINING");
    const row = findMethod(request.method, traits[caller.revision].era);
    if (row === undefined) throw new GatewayError("METHOD_UNKNOWN");
    if (row.policy !== "governed" && this.#ports.killed(caller.session))
      throw new GatewayError("SESSION_KILLED");
    const { oldestRevision } = this.#ports.roles.inForce(caller.endpoint.persona).table;
    if (!atLeast(caller.revision, oldestRevision)) {
      const supported = this.#ports.lists.supported(caller.endpoint.persona);
      throw new GatewayError("PROTOCOL_VERSION", undefined, {
        data: { supported, requested: caller.revision },
      });
    }
    return row;
  }

  #route(exchange: Exchange, row: MethodRow): void {
    const { owner } = this.#ports;
    if (row.isOwners === true && owner !== undefined && !exchange.isAtOwner)
      return this.#later(exchange, owner.serve(exchange));
    switch (row.policy) {
      case "governed": {
        const started = this.#ports.relay.start(exchange, row);
        if (started !== undefined) this.#later(exchange, started);
        return;
      }
      case "list":
        this.#later(exchange, this.#list(exchange));
        return;
      case "subscription": {
        const listens = exchange.request.method === "subscriptions/listen";
        this.#later(exchange, listens ? this.#ports.subscriptions.listen(exchange) : this.#ports.subscriptions.older(exchange)); // prettier-ignore
        return;
      }
      case "local": {
        const { wire } = exchange.caller;
        const before = wire?.logLevel;
        const result = this.#local(exchange);
        const shared = exchange.request.method === "logging/setLevel" ? wire?.share("level", String(exchange.request.params?.["level"])) : undefined; // prettier-ignore
        if (shared === undefined) exchange.end(resultResponse(exchange.request.id, result));
        else
          this.#later(
            exchange,
            shared.then(
              () => exchange.end(resultResponse(exchange.request.id, result)),
              (fault: unknown) => {
                if (wire !== undefined) wire.logLevel = before;
                throw fault;
              },
            ),
          );
        return;
      }
      default:
        row.policy satisfies never;
    }
  }

  async #list(exchange: Exchange): Promise<void> {
    const result = await this.#ports.lists.answer(exchange);
    const { caller, request } = exchange;
    if (result instanceof Refused) {
      const answer = result.answer(exchange);
      exchange.end(answer.response, answer.form);
      return;
    }
    exchange.end(resultResponse(request.id, shapeResult(caller.revision, request.method, result, this.#ports.server))); // prettier-ignore
  }

  #local(exchange: Exchange): JsonObject {
    const { caller, request } = exchange;
    switch (request.method) {
      case "initialize":
        return this.#ports.lists.initialize(caller);
      case "ping":
        return {};
      case "logging/setLevel": {
        const level = request.params?.["level"];
        if (!isLogLevel(level))
          throw new GatewayError("PARAMS_INVALID", "params.level must be a level of RFC 5424");
        if (caller.wire !== undefined) caller.wire.logLevel = level;
        return {};
      }
      default:
        throw new Error(`a local method without code: ${request.method}`);
    }
  }

  #later(exchange: Exchange, work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#refuse(exchange, thrown));
  }

  #refuse(exchange: Exchange, thrown: unknown): void {
    const known = thrown instanceof GatewayError;
    if (!known) this.#ports.onFault(thrown);
    const error = known ? thrown : new GatewayError("INTERNAL");
    const answer = requestFailure(exchange.request.id, error, traits[exchange.caller.revision].era);
    exchange.end(answer.response, answer.form);
  }

  #follow(exchange: Exchange, onEnd: (() => void) | undefined): void {
    const { session } = exchange.caller;
    let set = this.#open.get(session);
    if (set === undefined) this.#open.set(session, (set = new Set()));
    set.add(exchange);
    this.#openCount++;
    const listens = exchange.request.method === "subscriptions/listen" ? 1 : 0;
    this.#listening += listens;
    const ended = (): void => {
      onEnd?.();
      this.#listening -= listens;
      this.#openCount--;
      set.delete(exchange);
      if (set.size === 0 && this.#open.get(session) === set) this.#open.delete(session);
    };
    exchange.onEnd = ended;
  }
}
