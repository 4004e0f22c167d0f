/**
 * The client side towards MCP servers, as the rest of the gateway sees it: one interface for every era and transport.
 * Does not own: which call may be made (actors/), what an agent sees of an answer (node/exchange).
 *
 * U1. An answer reaches exactly the call it belongs to, or nobody: ids and progress tokens on the wire are ours, and
 *     what matches no open call is dropped and counted (security checklist S2).
 * U2. `request` settles exactly once, within limits.upstreamCallTotalMs, and rejects only with a GatewayError.
 *     UPSTREAM_UNREACHABLE, UPSTREAM_REFUSED_ADDRESS, OVERLOADED, DRAINING and UPSTREAM_SESSION_LOST mean that the
 *     server certainly did not execute it; every other code means that it may have.
 * U3. Nothing of what an agent sent travels on except what `params` and CallOptions carry: no header, and of
 *     `params._meta` nothing but the progress token, replaced by ours (checklist A4).
 * U4. No request is executed twice: it is written again only after the server said (HTTP 404 for a session) that it
 *     did not take it.
 */
import type { GatewayError } from "../../protocol/errors.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

/** What an AbortSignal does, or something lighter that does the same. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** As MCP: sampling, elicitation, roots and their members. */
export type ClientCapabilities = JsonObject;

export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type UpstreamAnswer = {
  /** How often our own credential was taken out of it (vault/echo.ts); absent where it was not in it. */
  readonly concealed?: number;
} & (
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "error"; readonly error: RpcFailure }
);

/** Our answer to a server's question. */
export type AskAnswer = { readonly result: JsonObject } | { readonly error: RpcFailure };

export interface CallOptions {
  /** Abort cancels: older servers and child processes get notifications/cancelled, modern streams are closed. */
  readonly signal?: CancelSignal | undefined;
  /** Time without progress. Each progress notification starts it anew, within limits.upstreamCallTotalMs. */
  readonly timeoutMs: number;
  /** The agent that asks (principalShare): sockets of a server are shared fairly between agents. */
  readonly owner?: string | undefined;
  /** What the agent declared for this request (modern) or its session (older). */
  readonly capabilities: ClientCapabilities;
  /**
   * Progress and log messages of this call, in order, before the answer; the progress token is the caller's again.
   * While a returned promise is pending the upstream's stream is not read on.
   */
  readonly onNotification?: ((method: string, params: JsonObject) => void | Promise<void>) | undefined;
  /** A question of an older server within this call. `withdrawn` aborts when the server takes it back. */
  readonly onAsk?:
    | ((method: string, params: JsonObject, withdrawn: AbortSignal) => Promise<AskAnswer>)
    | undefined;
  /** Threshold of log messages (RFC 5424 severities, as MCP names them). */
  readonly logLevel?: string | undefined;
  readonly trace?:
    | { readonly traceparent?: string | undefined; readonly tracestate?: string | undefined }
    | undefined;
  /** Further keys of `_meta`, chosen by the gateway. */
  readonly meta?: JsonObject | undefined;
  /** The x-mcp-header annotations of the tool that is called (readHeaderSchema of its pinned input schema). */
  readonly headerSchema?: HeaderSchema | undefined;
  /**
   * Called with the connected socket in hand, in the same tick as the write, and again before a repeated write.
   * False or an error stops the call unwritten: false is DRAINING.
   */
  readonly ready?: (() => boolean | GatewayError) | undefined;
}

/** What a subscriber wants to hear. Resource updates come for `uris` only. */
export interface SubscriptionFilter {
  readonly tools?: boolean | undefined;
  readonly prompts?: boolean | undefined;
  readonly resources?: boolean | undefined;
  readonly uris?: readonly string[] | undefined;
  /** Log messages of an older session that belong to no single call. */
  readonly logs?: boolean | undefined;
}

export interface UpstreamSubscription {
  update(filter: SubscriptionFilter): void;
  close(): void;
}

export interface UpstreamSession {
  readonly server: string;
  readonly era: "modern" | "legacy";
  /** The MCP revision spoken, e.g. 2025-11-25. */
  readonly revision: string;
  /** What the server says of itself; display only. */
  readonly info: { readonly name: string; readonly version: string };
  readonly capabilities: JsonObject;
  readonly instructions?: string | undefined;
  request(method: string, params: JsonObject, options: CallOptions): Promise<UpstreamAnswer>;
  subscribe(
    filter: SubscriptionFilter,
    on: (method: string, params: JsonObject) => void,
  ): UpstreamSubscription;
  /** Ends the wire session or the child process; open calls fail with UPSTREAM_CLOSED. Never rejects. */
  close(): Promise<void>;
}

/** What changed on a server, by its own word. */
export type Changed = "tools" | "prompts" | "resources";

export interface UpstreamEvents {
  /** A session was opened, or opened again: compare the definitions with the pins. */
  connected: { readonly server: string; readonly session: UpstreamSession };
  changed: { readonly server: string; readonly what: Changed };
  /** A session ended by itself. `owner` as at UpstreamPool.session; "" for one that served several. */
  lost: { readonly server: string; readonly reason: string; readonly owner: string };
  /** A line of a child's standard error, or a remark of ours about the server. Bounded, control characters removed. */
  log: { readonly server: string; readonly line: string };
}

export interface ServerCounts {
  readonly sessions: number;
  /** Calls in flight. */
  readonly open: number;
  /** Requests that wait for a socket. */
  readonly waiting: number;
  /** Messages that matched no open call and were dropped, since the start. */
  readonly strays: number;
}

export interface UpstreamPool {
  /**
   * A session with a server, opened if there is none yet.
   *
   * @param owner session key, or "" for the one that is shared; servers with `isolation: shared` ignore it
   * @throws GatewayError
   */
  session(server: string, owner: string, capabilities: ClientCapabilities): Promise<UpstreamSession>;
  /** The same when it is open already, without waiting; undefined sends the caller to `session`. */
  openSession(server: string, owner: string, capabilities: ClientCapabilities): UpstreamSession | undefined;
  on<Name extends keyof UpstreamEvents>(event: Name, listener: (what: UpstreamEvents[Name]) => void): void;
  closeOwner(owner: string): void;
  /** Closes every session and takes no more. */
  drain(): Promise<void>;
  counts(): ReadonlyMap<string, ServerCounts>;
}
