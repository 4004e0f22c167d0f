/**
 * What every session shares, whatever its era and carrier: requests, counts, ending. Does not own: bytes (the carriers),
 * what an era adds (older.ts, modern.ts).
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { Message, RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { EchoFilter } from "../vault/echo.ts";
import type { Secret } from "../vault/secret.ts";
import { Calls } from "./calls.ts";
import type { Call, CallHost } from "./calls.ts";
import { progressTokenOf } from "./handshake.ts";
import type { ClientInfo, Greeting } from "./handshake.ts";
import type {
  AskAnswer,
  CallOptions,
  Changed,
  ClientCapabilities,
  SubscriptionFilter,
  UpstreamAnswer,
  UpstreamSession,
  UpstreamSubscription,
  CancelSignal,
} from "./upstream.ts";

/** How the messages of one session travel. Nothing here throws; failures settle the call. */
export interface Carrier {
  /** Everything comes on one stream, so that whoever takes nothing holds up all. */
  readonly isOneStream: boolean;
  /** Writes `call`'s request (session.textOf); its answer comes back through the session's Calls. */
  request(call: Call, method: string, params: JsonObject): void;
  notify(method: string, params: JsonObject): void;
  respond(id: RpcId, answer: AskAnswer): void;
  /** Opens a stream for what belongs to no call, where one has to be opened. */
  listen(): void;
  close(): Promise<void>;
}

/** What a session tells its pool. */
export interface SessionHooks {
  changed(what: Changed): void;
  /** The session is of no use any more. `isEraDoubtful`: the server may have changed its era. */
  lost(reason: string, isEraDoubtful: boolean): void;
  /** The server had forgotten the session and a new one took its place. */
  reopened(): void;
  /** `line` in our own words. */
  log(line: string): void;
  stray(): void;
}

/** What holds for all sessions of one server. */
export interface Peer {
  readonly server: string;
  readonly client: ClientInfo;
  readonly hooks: SessionHooks;
  /** One session serves several agents. */
  readonly isShared: boolean;
  /** The credential that its requests carry. */
  readonly secret?: Secret | undefined;
}

export abstract class Session implements UpstreamSession, CallHost {
  abstract readonly era: "modern" | "legacy";
  abstract readonly declared: ClientCapabilities | undefined;
  readonly peer: Peer;
  readonly calls: Calls;
  #greeting: Greeting | undefined;
  #isClosed = false;
  #echo: EchoFilter | undefined;

  constructor(peer: Peer) {
    this.peer = peer;
    this.calls = new Calls(this);
  }

  /** Subscriptions in use; a session with one is not idle. */
  abstract readonly subscriptions: number;
  abstract textOf(call: Call, method: string, params: JsonObject): string;
  abstract respond(id: RpcId, answer: AskAnswer): void;
  abstract loose(method: string, params: JsonObject): void;
  abstract subscribe(
    filter: SubscriptionFilter,
    on: (method: string, params: JsonObject) => void,
  ): UpstreamSubscription;
  protected abstract readonly carrier: Carrier;
  /** What must reach the server before this request; undefined when nothing must. */
  protected abstract prepare(options: CallOptions): Promise<void> | undefined;

  get server(): string {
    return this.peer.server;
  }

  get greeting(): Greeting {
    if (this.#greeting === undefined) throw new Error("a session is used before it is open");
    return this.#greeting;
  }

  protected set greeting(greeting: Greeting) {
    this.#greeting = greeting;
  }

  /** The handshake is done. */
  get isOpen(): boolean {
    return this.#greeting !== undefined;
  }

  get revision(): string {
    return this.greeting.revision;
  }

  get info(): { readonly name: string; readonly version: string } {
    return this.greeting.info;
  }

  get capabilities(): JsonObject {
    return this.greeting.capabilities;
  }

  get instructions(): string | undefined {
    return this.greeting.instructions;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isLossy(): boolean {
    return this.peer.isShared && this.carrier.isOneStream;
  }

  request(method: string, params: JsonObject, options: CallOptions): Promise<UpstreamAnswer> {
    const first = this.prepare(options);
    if (first === undefined) return this.send(method, params, options);
    return unlessCancelled(first, options.signal).then(() => this.send(method, params, options));
  }

  protected send(method: string, params: JsonObject, options: CallOptions): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new GatewayError("UPSTREAM_SESSION_LOST", "the session is closed"));
      if (options.signal?.aborted === true) return reject(new GatewayError("CANCELLED"));
      const call = this.calls.open(options, progressTokenOf(params), (answer) => {
        if (answer instanceof GatewayError) reject(answer);
        else resolve(answer);
      });
      this.carrier.request(call, method, params);
    });
  }

  /** A request of our own. */
  protected ask(
    method: string,
    params: JsonObject,
    timeoutMs: number = limits.upstreamStartMs,
  ): Promise<UpstreamAnswer> {
    return this.send(method, params, { timeoutMs, capabilities: {} });
  }

  /** A message without our credential in it, whatever the server made of it (vault/echo.ts), and how often it was there. */
  conceal(message: Message): { readonly message: Message; readonly count: number } {
    const { secret } = this.peer;
    if (secret === undefined) return { message, count: 0 };
    this.#echo ??= new EchoFilter(secret);
    const { value, count } = this.#echo.clean(message);
    if (count > 0)
      this.peer.hooks.log(`it said the credential that it was given (${count} times): it was taken out`);
    return { message: value, count };
  }

  stray(what: string): void {
    this.peer.hooks.stray();
    this.peer.hooks.log(`dropped: ${what}`);
  }

  /** Ends everything with `reason`; the session cannot be used again. */
  lose(reason: GatewayError, isEraDoubtful = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.calls.endAll(asPerhapsExecuted(reason));
    this.peer.hooks.lost(reason.message, isEraDoubtful);
    this.carrier.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.calls.endAll(new GatewayError("UPSTREAM_CLOSED", "the gateway closed the session"));
    await this.carrier.close();
  }
}

/** What ends a session may be certain of itself; of the calls that were under way it is not. */
function asPerhapsExecuted(reason: GatewayError): GatewayError {
  if (reason.code === "UPSTREAM_CLOSED" || reason.code === "UPSTREAM_GARBAGE") return reason;
  return new GatewayError("UPSTREAM_CLOSED", reason.detail, { cause: reason });
}

/** `first`, or CANCELLED as soon as the signal aborts. */
function unlessCancelled(first: Promise<void>, signal: CancelSignal | undefined): Promise<void> {
  if (signal === undefined) return first;
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(new GatewayError("CANCELLED"));
    if (signal.aborted) cancelled();
    signal.addEventListener("abort", cancelled, { once: true });
    first.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancelled));
  });
}
