/**
 * What all doors share: the endpoints, who may enter, the wire sessions, the way to the dispatcher. A door frames bytes
 * and makes exchanges; it decides nothing about calls.
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { Request } from "../../protocol/jsonrpc.ts";
import type { Revision } from "../../protocol/mcp/revision.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import { findGrant } from "../../actors/guards/persona.ts";
import { requestFailure } from "../exchange/answer.ts";
import { changedMethod, type Changes } from "../exchange/changes.ts";
import type { Dispatcher } from "../exchange/dispatch.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { DoorName, Exchange, Room } from "../exchange/exchange.ts";
import type { Lists } from "../exchange/lists.ts";
import type { Roles } from "../exchange/roles.ts";
import type { Principal } from "../identity/principal.ts";
import { Admission } from "./admission.ts";
import { HttpExchange } from "./httpexchange.ts";
import type { Neighbours, WirePlace } from "./neighbours.ts";
import { WireSession, WireSessions } from "./wire.ts";
import { WireMeter, type WireAct } from "./wiremeter.ts";

/** What neither a turn nor the session's bucket meters where it changes nothing. */
const follows: ReadonlySet<string> = new Set(["resources/subscribe", "resources/unsubscribe", "subscriptions/listen"]); // prettier-ignore

/** An authenticated connection or request, before its era is known. */
export interface Visitor {
  readonly endpoint: Endpoint;
  readonly principal: Principal;
  readonly session: SessionKey;
  readonly from: string;
}

const answersPollMs = 10;
const tooOften: Readonly<Record<WireAct, string>> = {
  begin: "this agent initialises too often; use the session that it has",
  end: "this agent ends sessions too often; one that is left idle ends by itself",
  follow: "this agent follows and leaves resources too often",
};

/** A socket or long stream. */
export interface Connection {
  /**
   * This node is leaving: it closes as soon as no call of its agent is open on it, best right behind an answer, when the
   * agent can have sent nothing more that would go unheard. Called again and again.
   */
  retire(): void;
  close(reason: string): void;
}

export interface DoorsPorts {
  /** Whether a principal's credential still stands. */
  readonly isCurrent: (principal: Principal) => boolean;
  /** Whether an operator stopped the session. @throws GatewayError KILL_LIST_STALE */
  readonly killed: (session: SessionKey) => boolean;
  /** Refused or dropped where no call is made of it: counted for the record. */
  readonly onRefused: (code: string) => void;
  readonly dispatcher: Dispatcher;
  readonly lists: Lists;
  readonly roles: Roles;
  readonly changes: Changes;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Undefined where the node is alone. */
  readonly neighbours: Neighbours | undefined;
}

export class Doors {
  readonly wires: WireSessions;
  readonly admission = new Admission();
  readonly #ports: DoorsPorts;
  readonly #posts = new Set<HttpExchange>();
  readonly #meter = new WireMeter();
  /** Sockets and long streams by session, closed by a kill. */
  readonly #connections = new Map<SessionKey, Map<Connection, Visitor>>();

  constructor(ports: DoorsPorts) {
    this.#ports = ports;
    this.wires = new WireSessions(ports.nowMs);
  }

  get connections(): number {
    let sum = 0;
    for (const open of this.#connections.values()) sum += open.size;
    return sum;
  }

  nowMs(): number {
    return this.#ports.nowMs();
  }

  get neighbours(): Neighbours | undefined {
    return this.#ports.neighbours;
  }

  /**
   * For streams, of which more than a moment may lie between the first question and what is opened.
   *
   * @throws GatewayError SESSION_KILLED, KILL_LIST_STALE
   */
  checkAlive(session: SessionKey): void {
    const refusal = this.refusal(session);
    if (refusal !== undefined) throw refusal;
  }

  /** @throws GatewayError THROTTLED when its agent does it too often */
  meter(act: WireAct, session: SessionKey): void {
    if (!this.#meter.may(act, session, this.nowMs())) throw new GatewayError("THROTTLED", tooOften[act]);
  }

  /** A wire session of this door. */
  keep(wire: WireSession): void {
    this.wires.add(wire);
    wire.attach("changes", this.followChanges(wire));
  }

  /**
   * A wire session that another node may have made. Undefined for an id that none has.
   *
   * @throws GatewayError rejects with WIRE_SESSION_UNKNOWN for one that has ended, OWNER_UNAVAILABLE when nobody knows
   */
  meet(
    id: string,
    { session, endpoint }: Visitor,
    door: DoorName = "http",
  ): Promise<WireSession> | undefined {
    const { neighbours } = this;
    const place = { session, endpoint, door };
    if (neighbours?.open(id, place) === undefined) return undefined;
    return neighbours.meet(session, id).then(({ isClosed, level }) => {
      // Another request may have been first.
      const wire = isClosed
        ? undefined
        : (this.wires.find(id, session, endpoint, door) ?? this.adopt(id, place));
      if (wire === undefined) throw new GatewayError("WIRE_SESSION_UNKNOWN");
      if (level !== undefined) wire.logLevel = level;
      return wire;
    });
  }

  /** Looks again whether a wire session in use was ended at another door, at intervals; nothing waits for it. */
  lookAgain(wire: WireSession): void {
    const { neighbours } = this;
    if (neighbours === undefined || this.nowMs() - wire.metMs < limits.wireMetMs) return;
    wire.metMs = this.nowMs();
    neighbours.meet(wire.session, wire.id).then(
      ({ isClosed, level }) => {
        if (isClosed) this.wires.remove(wire, true);
        else if (level !== undefined) wire.logLevel = level;
      },
      () => undefined,
    );
  }

  /** This node's own label of a wire session that another node has made; undefined for an id that none has. */
  adopt(id: string, place: WirePlace): WireSession | undefined {
    const { neighbours } = this;
    const agreed = neighbours?.open(id, place);
    if (neighbours === undefined || agreed === undefined) return undefined;
    const { revision, capabilities } = agreed;
    const wire = new WireSession(place.session, place.endpoint, place.door, revision, capabilities, this.nowMs(), neighbours, id); // prettier-ignore
    this.keep(wire);
    return wire;
  }

  /** Why nothing of a session is taken now; its calls are refused, and recorded, by its actor. */
  refusal(session: SessionKey): GatewayError | undefined {
    try {
      return this.#ports.killed(session) ? new GatewayError("SESSION_KILLED") : undefined;
    } catch (thrown) {
      if (thrown instanceof GatewayError) return thrown;
      throw thrown;
    }
  }

  /** Something was not taken, and nobody is told. */
  dropped(why: unknown): void {
    if (why instanceof GatewayError) this.#ports.onRefused(why.code);
  }

  supported(persona: string): Revision[] {
    return this.#ports.lists.supported(persona);
  }

  /** @param room what its body takes until it is judged */
  dispatch(exchange: Exchange, room?: Room, onEnd?: () => void): void {
    // At the owner it has been counted at its door.
    if (follows.has(exchange.request.method) && !exchange.isAtOwner && this.#refuses(exchange, onEnd)) return;
    exchange.keepRoom(room);
    if (exchange instanceof HttpExchange) this.#posts.add(exchange);
    this.#ports.dispatcher.dispatch(exchange, () => {
      if (exchange instanceof HttpExchange) this.#posts.delete(exchange);
      onEnd?.();
    });
  }

  /** Answers what comes too often: other requests of the same batch go on. */
  #refuses(exchange: Exchange, onEnd: (() => void) | undefined): boolean {
    const { caller, request } = exchange;
    try {
      this.meter("follow", caller.session);
      return false;
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
      this.dropped(thrown);
      const { response, form } = requestFailure(request.id, thrown, traits[caller.revision].era);
      exchange.onEnd = onEnd;
      exchange.end(response, form);
      return true;
    }
  }

  /** The Mcp-Param-* rules of the tool a request names; none for tools the role does not list. */
  headerSchema(persona: string, request: Request): HeaderSchema | undefined {
    if (request.method !== "tools/call") return undefined;
    const name = request.params?.["name"];
    if (typeof name !== "string") return undefined;
    const role = this.#ports.roles.inForce(persona);
    const found = findGrant(role.compiled, "tool", name);
    // A quarantined tool does not exist for the agent: to ask for its headers would say that it does.
    return role.table.grants[found]?.quarantined === true ? undefined : role.grants[found]?.headers;
  }

  /** List changes for an older wire session. */
  followChanges(wire: WireSession): { close(): void } {
    return this.#ports.changes.add({
      persona: wire.endpoint.persona,
      changed: (kind) => wire.push({ jsonrpc: "2.0", method: changedMethod[kind] }),
    });
  }

  /** Remembers a socket or long stream of a session. Undefined when the session has too many. */
  connect(visitor: Visitor, connection: Connection): (() => void) | undefined {
    const { session } = visitor;
    let open = this.#connections.get(session);
    if (open === undefined) this.#connections.set(session, (open = new Map()));
    if (open.size >= limits.connectionsPerPrincipalMax) return undefined;
    open.set(connection, visitor);
    return () => {
      open.delete(connection);
      if (open.size === 0 && this.#connections.get(session) === open) this.#connections.delete(session);
    };
  }

  /** Sessions with sockets, streams or wire sessions here. */
  *sessions(): Iterable<SessionKey> {
    yield* this.#connections.keys();
    for (const wire of this.wires.all()) yield wire.session;
  }

  /** Ends everything a session has open here. */
  closeSession(session: SessionKey, reason: string): void {
    this.#ports.dispatcher.cancel("SESSION_KILLED", session);
    // The answers of the calls that this ends are written first. In a cluster they come from their owner.
    setImmediate(() => this.#closeAnswered(session, reason, performance.now() + limits.killAnswersMs));
  }

  #closeAnswered(session: SessionKey, reason: string, untilMs: number): void {
    if (!this.#ports.dispatcher.isOpen(session) || performance.now() >= untilMs)
      return this.#closeStreams(session, reason);
    setTimeout(() => this.#closeAnswered(session, reason, untilMs), answersPollMs);
  }

  #closeStreams(session: SessionKey, reason: string): void {
    this.wires.closeSession(session);
    for (const connection of this.#connections.get(session)?.keys() ?? []) connection.close(reason);
  }

  closeConnections(reason: string): void {
    this.wires.closeAll();
    for (const open of this.#connections.values())
      for (const connection of open.keys()) connection.close(reason);
  }

  /** Closes what is open and has no call open: this node is leaving, and each agent is told to come again. */
  retire(): void {
    for (const open of this.#connections.values()) for (const connection of open.keys()) connection.retire();
  }

  /** Ends what is open under a credential that stands no more. */
  closeEnded(): void {
    for (const open of this.#connections.values())
      for (const [connection, visitor] of open)
        if (!this.#ports.isCurrent(visitor.principal)) connection.close("the credential has ended");
  }

  /** The door's clock, every few seconds: comments on quiet streams, idle wire sessions, ended credentials. */
  tick(): void {
    const nowMs = performance.now();
    this.closeEnded();
    for (const exchange of this.#posts) exchange.keepAlive(nowMs);
    for (const wire of this.wires.all()) wire.get?.comment();
    this.wires.expire();
  }
}

/** Whether an Accept header admits a media type. An absent header admits all. */
export function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined || header === "application/json, text/event-stream") return true;
  const [kind] = type.split("/");
  return header.split(",").some((part) => {
    const range = part.split(";")[0]?.trim().toLowerCase();
    return range === type || range === "*/*" || range === `${kind}/*`;
  });
}

export function isJsonType(header: string | undefined): boolean {
  if (header === "application/json") return true;
  return header !== undefined && header.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/**
 * Whether a Content-Type leaves a body in UTF-8, in which it is read whatever the header says. JSON has no other (RFC 8259,
 * section 8.1), and MCP wants it; a header that names one means that the sender, or something on the way, reads other text in it.
 */
export function isUtf8Type(header: string | undefined): boolean {
  if (header === undefined || !header.includes(";")) return true;
  return header
    .split(";")
    .slice(1)
    .every((parameter) => {
      const [name = "", value = ""] = parameter.split("=", 2);
      // `charset*` is the same parameter in the form that names a charset of its own (RFC 8187); no client needs it.
      if (/^charset\*/i.test(name.trim())) return false;
      return name.trim().toLowerCase() !== "charset" || /^("?)utf-?8\1$/i.test(value.trim());
    });
}
