/**
 * One request with all that belongs to it: who asks, its notifications, questions, answer and cancel. Every door makes
 * exchanges and every exchange goes to the one dispatcher; what differs between doors ends in `send`, `ask`, `end`.
 *
 * X1. `end` answers exactly once; what comes after it is dropped.
 * X2. Cancelling never answers by itself: the relay does, and always runs the answered turn.
 */
import type { WireChange } from "../../actors/wires.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { Request, Response } from "../../protocol/jsonrpc.ts";
import type { LogLevel, Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Principal } from "../identity/principal.ts";
import type { CancelSignal } from "../upstream/upstream.ts";
import { Cancellation } from "./cancel.ts";
import type { Endpoint } from "./endpoint.ts";

export type DoorName = "http" | "websocket" | "sse";

export type AskAnswer =
  | { readonly result: JsonObject }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** What holds for a connection or an older wire session, and for one request of the modern era. */
export interface Caller {
  readonly endpoint: Endpoint;
  readonly principal: Principal;
  /** The session actor's key: who calls, under which persona. */
  readonly session: SessionKey;
  readonly door: DoorName;
  /** Remote address, through trusted proxies. */
  readonly from: string;
  readonly revision: Revision;
  readonly capabilities: JsonObject;
  readonly logLevel: LogLevel | undefined;
  /** The older era's wire session: a label, never an identity. */
  readonly wire: Wire | undefined;
  readonly trace: { readonly traceparent?: string; readonly tracestate?: string } | undefined;
}

/** What an exchange needs of an older wire session (node/door/wire.ts). */
export interface Wire {
  readonly id: string;
  logLevel: LogLevel | undefined;
  /** Sends a server request over `send` and waits for the agent's answer. Rejects on time-out, cancel and close. */
  ask(
    method: string,
    params: JsonObject,
    send: (message: JsonObject) => void,
    signal: CancelSignal,
  ): Promise<AskAnswer>;
  /** A message that belongs to no request: the GET stream, the socket. Dropped when there is none. */
  push(message: JsonObject): void;
  /** Calls in flight by their JSON-RPC id, for notifications/cancelled. */
  readonly open: Map<string | number, Exchange>;
  /** Keeps something that ends with the wire session. */
  attach(name: string, resource: { close(): void } | undefined): void;
  attached(name: string): { close(): void } | undefined;
  /** Remembers a change where all nodes of a cluster find it; undefined where the node is alone. */
  share(what: WireChange, value: string): Promise<void> | undefined;
}

/** What a large request takes of its agent's room until it is judged (node/door/admission.ts). */
export interface Room {
  hold(): this;
  leave(): void;
}

/** HTTP status and headers for an answer that comes before a stream has opened. Other doors ignore it. */
export interface HttpForm {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
}

/** When each stage of a call ended, performance.now() in ms; 0 for a stage that was not reached. */
export interface Stages {
  /** Facts made, turn taken. */
  judgedMs: number;
  /** The intent is as durable as demanded. */
  recordedMs: number;
  /** The upstream has answered. */
  upstreamMs: number;
  /** The answer has been serialised and given to the door. */
  endedMs: number;
}

export abstract class Exchange {
  readonly caller: Caller;
  readonly request: Request;
  /** performance.now() when the request had arrived whole. */
  readonly startedMs: number;
  readonly stages: Stages = { judgedMs: 0, recordedMs: 0, upstreamMs: 0, endedMs: 0 };
  /** Trace context for the upstream: the agent's, or that of our own span. */
  trace: Caller["trace"];
  ended = false;
  /** Words of the server have reached the agent beside the answer, in which nobody looked for values. */
  isTold = false;
  cancelled = false;
  /** Called once when the exchange has been answered; set by the dispatcher. */
  onEnd: (() => void) | undefined;
  readonly #cancellation = new Cancellation();
  #room: Room | undefined;

  constructor(caller: Caller, request: Request, startedMs: number) {
    this.caller = caller;
    this.request = request;
    this.startedMs = startedMs;
    this.trace = caller.trace;
  }

  /** Keeps room until it is judged or answered. */
  keepRoom(room: Room | undefined): void {
    this.#room = room?.hold();
  }

  /** What is left of it is no more than an open call has. */
  leaveRoom(): void {
    this.#room?.leave();
    this.#room = undefined;
  }

  /** Its turn has been taken. */
  judged(): void {
    this.stages.judgedMs = performance.now();
    this.leaveRoom();
  }

  /** Gives the agent a notification of this call. A promise means: the agent is slow, read the upstream no further. */
  abstract send(message: JsonObject): void | Promise<void>;

  /** Writes the one answer. Called by `end` only. */
  protected abstract write(text: string, form: HttpForm | undefined): void;

  /** Whether a server's question can reach the agent on this exchange (older eras with a stream). */
  get asks(): boolean {
    return this.caller.wire !== undefined;
  }

  /** In a cluster: it came from the agent's door, to be served here. */
  get isAtOwner(): boolean {
    return false;
  }

  ask(method: string, params: JsonObject): Promise<AskAnswer> {
    const { wire } = this.caller;
    this.isTold = true;
    if (wire === undefined) throw new Error("ask on an exchange without a wire session");
    return wire.ask(method, params, (message) => void this.send(message), this.signal());
  }

  /** @param response the answer, or its text where it has been serialised already */
  end(response: Response | string, form?: HttpForm): void {
    if (this.ended) return;
    this.ended = true;
    this.leaveRoom();
    this.write(typeof response === "string" ? response : JSON.stringify(response), form);
    this.stages.endedMs = performance.now();
    this.onEnd?.();
  }

  /**
   * Ends a call that its agent took back: MCP wants no answer to it. Only HTTP has to answer its own request.
   *
   * @see MCP 2025-11-25, cancellation, "Behavior requirements"
   */
  drop(response: Response | string, form?: HttpForm): void {
    if (this.caller.door === "http") return this.end(response, form);
    if (this.ended) return;
    this.ended = true;
    this.leaveRoom();
    this.stages.endedMs = performance.now();
    this.onEnd?.();
  }

  /** Why it was cancelled, for the answer: by the agent, by an operator's kill, or because the node stops. */
  cancelledBy: "CANCELLED" | "SESSION_KILLED" | "DRAINING" = "CANCELLED";

  /** The agent, an operator or the node takes the call back. */
  cancel(by: Exchange["cancelledBy"] = "CANCELLED"): void {
    if (this.ended || this.cancelled) return;
    this.cancelled = true;
    this.cancelledBy = by;
    this.#cancellation.abort();
  }

  signal(): CancelSignal {
    return this.#cancellation;
  }
}
