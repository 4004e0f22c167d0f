/**
 * Wire sessions of the older eras: what `initialize` negotiated, the streams and the questions under way. A label on
 * our own session, never an identity: it is found only together with the principal and endpoint it was made for.
 *
 * W1. An id is 128 random bits; another principal, endpoint or door gets the same answer as for an unknown id (S1).
 * W2. Per principal at most limits.wireSessionsPerPrincipalMax; the least recently used goes first. In a cluster these are
 *     labels, of which there may be more; one with nothing open goes before all others, and one with a stream never: its
 *     agent's socket would come again at once, and another would go for it.
 * W3. In a cluster an id is sealed, and says what `initialize` negotiated: any node makes its own label of it, and what
 *     must be remembered is at the session's owner (neighbours.ts). Questions and streams name the node that has them.
 */
import { randomBytes } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import type { WireChange } from "../../actors/wires.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { rpcCodes, type Response } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogLevel, Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { CancelSignal } from "../upstream/upstream.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { AskAnswer, DoorName, Exchange, Wire } from "../exchange/exchange.ts";
import { EventStream } from "./eventstream.ts";
import type { Neighbours } from "./neighbours.ts";

interface Waiting {
  resolve(answer: AskAnswer): void;
  reject(error: Error): void;
}

export class WireSession implements Wire {
  readonly id: string;
  readonly session: SessionKey;
  readonly endpoint: Endpoint;
  readonly door: DoorName;
  readonly revision: Revision;
  readonly capabilities: JsonObject;
  readonly open = new Map<string | number, Exchange>();
  logLevel: LogLevel | undefined;
  lastUsedMs: number;
  /** When its session's owner was asked about it last. */
  metMs: number;
  /** Where messages go that belong to no request: the socket, the HTTP+SSE stream, or the GET stream. */
  sink: ((message: string) => void) | undefined;
  /** The GET stream of Streamable HTTP. */
  get: EventStream | undefined;
  readonly streams = new Map<string, EventStream>();
  readonly #neighbours: Neighbours | undefined;
  /** Tells this label's streams from those of an earlier one with the same id. */
  readonly #life = randomBytes(6).toString("base64url");
  readonly #attached = new Map<string, { close(): void }>();
  readonly #asks = new Map<string, Waiting>();
  #nextAsk = 1;
  #nextStream = 0;
  /** Bytes that all streams keep for resuming. */
  #keptBytes = 0;

  constructor(
    session: SessionKey,
    endpoint: Endpoint,
    door: DoorName,
    revision: Revision,
    capabilities: JsonObject,
    nowMs: number,
    neighbours?: Neighbours,
    id?: string,
  ) {
    const place = { session, endpoint, door };
    this.id = id ?? neighbours?.seal(place, { revision, capabilities }) ?? randomBytes(16).toString("base64url"); // prettier-ignore
    this.#neighbours = neighbours;
    this.session = session;
    this.endpoint = endpoint;
    this.door = door;
    this.revision = revision;
    this.capabilities = capabilities;
    this.lastUsedMs = nowMs;
    this.metMs = nowMs;
  }

  /** Whether other nodes of a cluster know it too. */
  get isShared(): boolean {
    return this.#neighbours !== undefined;
  }

  get isBusy(): boolean {
    return this.hasStream || this.open.size > 0;
  }

  get hasStream(): boolean {
    return this.sink !== undefined || this.get?.attached === true;
  }

  /** A stream for one POST; kept until its last event was delivered, at most limits.openCallsPerSessionMax of them. */
  newStream(): EventStream {
    const n = `s${this.#nextStream++}`;
    const id = this.#neighbours === undefined ? n : `${n}.${this.#life}.${this.#neighbours.node}`;
    const stream = new EventStream(id, this.#keep);
    this.streams.set(stream.id, stream);
    for (const old of this.streams.values()) {
      if (this.streams.size <= limits.openCallsPerSessionMax) break;
      if (old.finished) this.#forget(old);
    }
    return stream;
  }

  /** Called for each event that a stream keeps: beyond the bound of all streams the oldest finished ones go. */
  readonly #keep = (bytes: number): void => {
    this.#keptBytes += bytes;
    if (this.#keptBytes <= limits.replayBytesMax) return;
    let newest: EventStream | undefined;
    for (const stream of this.streams.values()) if (stream.finished) newest = stream;
    for (const stream of this.streams.values()) {
      if (this.#keptBytes <= limits.replayBytesMax) return;
      // The last answer stays until it has left, however large it is: nobody has seen it yet.
      if (stream.finished && (stream !== newest || stream.delivered)) this.#forget(stream);
    }
  };

  #forget(stream: EventStream): void {
    this.streams.delete(stream.id);
    this.#keptBytes -= stream.keptBytes;
  }

  /** To an agent that does not read, nothing is pushed: these are hints, and it asks again when it is back. */
  push(message: JsonObject): void {
    const text = JSON.stringify(message);
    if (this.sink !== undefined) this.sink(text);
    else if (this.get?.congested !== true) void this.get?.send(text);
  }

  ask(
    method: string,
    params: JsonObject,
    send: (message: JsonObject) => void,
    signal: CancelSignal,
  ): Promise<AskAnswer> {
    const id = this.#newAsk();
    return new Promise<AskAnswer>((resolve, reject) => {
      const settle = (act: () => void): void => {
        if (!this.#asks.delete(id)) return;
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        act();
      };
      const cancel = (): void => {
        settle(() => reject(new GatewayError("CANCELLED")));
        this.push({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      };
      const timer = setTimeout(
        () =>
          settle(() =>
            resolve({ error: { code: rpcCodes.gatewayFailure, message: "nobody answered in time" } }),
          ),
        limits.askTimeoutMs,
      );
      timer.unref();
      this.#asks.set(id, {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      });
      signal.addEventListener("abort", cancel, { once: true });
      send({ jsonrpc: "2.0", id, method, params });
    });
  }

  #newAsk(): string {
    if (this.#neighbours === undefined) return `ask-${this.#nextAsk++}`;
    return `ask-${randomBytes(16).toString("base64url")}.${this.#neighbours.node}`;
  }

  /** Remembers a change where all nodes find it; undefined where the node is alone. */
  share(what: WireChange, value: string): Promise<void> | undefined {
    return this.#neighbours?.change(this.session, this.id, what, value);
  }

  /** The agent's answer to a question. False when none is under way with this id. */
  answer(response: Response): boolean {
    const waiting = typeof response.id === "string" ? this.#asks.get(response.id) : undefined;
    if (waiting === undefined) return false;
    waiting.resolve("result" in response ? { result: response.result } : { error: response.error });
    return true;
  }

  attach(name: string, resource: { close(): void } | undefined): void {
    if (resource === undefined) this.#attached.delete(name);
    else if (this.#attached.size >= limits.attachmentsPerWireMax) {
      resource.close();
      throw new GatewayError("OVERLOADED", "too many subscriptions of one session");
    } else this.#attached.set(name, resource);
  }

  attached(name: string): { close(): void } | undefined {
    return this.#attached.get(name);
  }

  /** Another node keeps what the wire session follows, and its GET stream. */
  letGo(): void {
    for (const [name, resource] of this.#attached) {
      if (!name.startsWith("resource ")) continue;
      resource.close();
      this.#attached.delete(name);
    }
    this.get?.detach();
    this.get = undefined;
  }

  /** Ends subscriptions, streams and questions. Calls that run go on: a disconnect does not cancel them. */
  close(cancelCalls: boolean): void {
    // Its updates came from the owner, who need not follow anything for it any more.
    if (this.#attached.has("updates")) this.share("closed", "")?.catch(() => undefined);
    for (const resource of this.#attached.values()) resource.close();
    this.#attached.clear();
    this.get?.detach();
    for (const stream of this.streams.values()) stream.detach();
    this.streams.clear();
    for (const waiting of this.#asks.values()) waiting.reject(new GatewayError("CANCELLED"));
    if (cancelCalls) for (const exchange of this.open.values()) exchange.cancel();
  }
}

export class WireSessions {
  readonly #byId = new Map<string, WireSession>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** @throws GatewayError OVERLOADED when each that might go for it has a stream open */
  add(wire: WireSession): void {
    const own = [...this.#byId.values()].filter((other) => other.session === wire.session);
    const most = wire.isShared ? limits.wireLabelsPerPrincipalMax : limits.wireSessionsPerPrincipalMax;
    if (own.length >= most) {
      const idle = own.filter((other) => !other.isBusy);
      const without = idle.length > 0 ? idle : own.filter((other) => !other.hasStream);
      const from = wire.isShared ? without : own;
      if (from.length === 0) throw new GatewayError("OVERLOADED", "too many open streams of this agent");
      this.remove(
        from.reduce((one, other) => (one.lastUsedMs <= other.lastUsedMs ? one : other)),
        false,
      );
    }
    this.#byId.set(wire.id, wire);
  }

  /** Undefined for unknown, expired, and for another principal's, endpoint's or door's: nothing tells them apart. */
  find(id: string, session: SessionKey, endpoint: Endpoint, door: DoorName): WireSession | undefined {
    const wire = this.#byId.get(id);
    if (wire === undefined || wire.session !== session || wire.endpoint !== endpoint || wire.door !== door)
      return undefined;
    wire.lastUsedMs = this.#nowMs();
    return wire;
  }

  /** For the other nodes of a cluster, which have checked whose it is. */
  known(id: string, session: SessionKey): WireSession | undefined {
    const wire = this.#byId.get(id);
    return wire?.session === session ? wire : undefined;
  }

  remove(wire: WireSession, cancelCalls: boolean): void {
    if (this.#byId.delete(wire.id)) wire.close(cancelCalls);
  }

  /** Ends idle ones; called by the node's clock. A session with a stream or call open is not idle. */
  expire(): void {
    const before = this.#nowMs() - limits.wireSessionIdleMs;
    for (const wire of this.#byId.values())
      if (!wire.isBusy && wire.lastUsedMs < before) this.remove(wire, false);
  }

  closeSession(session: SessionKey): void {
    for (const wire of this.#byId.values()) if (wire.session === session) this.remove(wire, true);
  }

  closeAll(): void {
    for (const wire of this.#byId.values()) this.remove(wire, true);
  }

  *all(): Iterable<WireSession> {
    yield* this.#byId.values();
  }
}
