/**
 * The open calls of one upstream session. Owns: ids, matching of answers, progress tokens, time-outs, cancellation and
 * a server's questions within a call. Does not own: how bytes travel (the carriers).
 *
 * K1. An id is used once. An answer settles the call whose id it bears, once, and on HTTP only the call on whose own
 *     stream it came. All else is a stray: dropped and counted.
 * K2. A call settles exactly once: by answer, failure, time-out or cancellation. Nothing is delivered after that.
 * K3. A server reaches an agent's model or person only through a call that the agent has open.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { isErrorResponse, isRequest, isResponse, rpcCodes } from "../../protocol/jsonrpc.ts";
import type { Message, Notification, Request, Response, RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer, CallOptions, ClientCapabilities, UpstreamAnswer } from "./upstream.ts";

export type ProgressToken = string | number;

/** What a session does for its calls. */
export interface CallHost {
  /** What was declared at initialize; a question for anything else is refused. Undefined in an era without questions. */
  readonly declared: ClientCapabilities | undefined;
  /** Other agents wait on the same stream: a slow one loses notifications rather than holding it up. */
  readonly isLossy: boolean;
  /** Our answer to a server's request, to be written. */
  respond(id: RpcId, answer: AskAnswer): void;
  /** A notification that belongs to no call. */
  loose(method: string, params: JsonObject): void;
  /** The message without our credential. */
  conceal(message: Message): { readonly message: Message; readonly count: number };
  /** Something was dropped; `what` is in our own words. */
  stray(what: string): void;
}

/** Which capability a question needs. */
const asked: ReadonlyMap<string, string> = new Map([
  ["sampling/createMessage", "sampling"],
  ["elicitation/create", "elicitation"],
  ["roots/list", "roots"],
]);

export class Calls {
  readonly #host: CallHost;
  readonly #open = new Map<number, Call>();
  readonly #asks = new Map<RpcId, AbortController>();
  #lastId = 0;

  constructor(host: CallHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * @param token the caller's progress token; undefined when it wants no progress
   * @param settle called once
   */
  open(
    options: CallOptions,
    token: ProgressToken | undefined,
    settle: (answer: UpstreamAnswer | GatewayError) => void,
  ): Call {
    const call = new Call(++this.#lastId, options, token, settle, this.#ended);
    call.isLossy = this.#host.isLossy;
    this.#open.set(call.id, call);
    return call;
  }

  readonly #ended = (call: Call): void => {
    this.#open.delete(call.id);
  };

  /** Gives a call a new id: its request is written again under another one. */
  renumber(call: Call): void {
    this.#open.delete(call.id);
    call.id = ++this.#lastId;
    this.#open.set(call.id, call);
  }

  /** The only open call, if there is exactly one: what comes without a sign of its call belongs to it. */
  get only(): Call | undefined {
    if (this.#open.size !== 1) return undefined;
    for (const call of this.#open.values()) return call;
    return undefined;
  }

  /**
   * Ends every call because the session ends.
   *
   * @param reason what a call is told that may have been executed; one that was never written may be made again
   */
  endAll(reason: GatewayError): void {
    for (const ask of this.#asks.values()) ask.abort();
    for (const call of this.#open.values())
      call.stop(call.isWritten ? reason : new GatewayError("UPSTREAM_SESSION_LOST"));
  }

  /**
   * Takes a message from the server.
   *
   * @param via the call on whose own stream it came; undefined for a stream that all calls share
   * @returns a promise while the agent's side wants no more
   */
  take(received: Message, via: Call | undefined): void | Promise<void> {
    const { message, count } = this.#host.conceal(received);
    if (isResponse(message)) return this.#answer(message, via, count);
    if (isRequest(message)) return this.#question(message, via);
    return this.#notification(message, via);
  }

  #answer(response: Response, via: Call | undefined, concealed: number): void {
    const { id } = response;
    const call = typeof id === "number" ? this.#open.get(id) : undefined;
    if (call === undefined || (via !== undefined && via !== call)) {
      this.#host.stray("an answer to no open call");
      return;
    }
    call.answer(response, concealed);
  }

  #notification(message: Notification, via: Call | undefined): void | Promise<void> {
    const params = message.params ?? {};
    switch (message.method) {
      case "notifications/progress":
        return this.#progress(params, via);
      case "notifications/message": {
        const call = via ?? this.only;
        if (call !== undefined) return call.notify(message.method, params);
        break;
      }
      case "notifications/cancelled": {
        const id = params["requestId"];
        if (typeof id === "string" || typeof id === "number") this.#asks.get(id)?.abort();
        return;
      }
    }
    this.#host.loose(message.method, params);
  }

  #progress(params: JsonObject, via: Call | undefined): void | Promise<void> {
    const token = params["progressToken"];
    const call = typeof token === "number" ? this.#open.get(token) : undefined;
    if (call === undefined || call.token === undefined || (via !== undefined && via !== call)) {
      this.#host.stray("progress of no open call");
      return;
    }
    call.progressed();
    return call.notify("notifications/progress", { ...params, progressToken: call.token });
  }

  #question(request: Request, via: Call | undefined): void {
    const { declared } = this.#host;
    if (declared === undefined) return this.#host.stray("a request of the server in an era that has none");
    if (request.method === "ping") return this.#host.respond(request.id, { result: {} });
    const call = via ?? this.only;
    const need = asked.get(request.method);
    const onAsk = call?.options.onAsk;
    if (need === undefined || call === undefined || onAsk === undefined || !isObject(declared[need]))
      return this.#host.respond(request.id, refuse(rpcCodes.methodNotFound, "not available in this session"));
    if (this.#asks.has(request.id) || this.#asks.size >= limits.upstreamAsksMax)
      return this.#host.respond(
        request.id,
        refuse(rpcCodes.invalidRequest, "too many questions, or one asked twice"),
      );
    const withdrawn = new AbortController();
    this.#asks.set(request.id, withdrawn);
    call
      .ask(withdrawn, () => onAsk(request.method, request.params ?? {}, withdrawn.signal))
      .then(
        (answer) => this.#answered(request.id, withdrawn, answer),
        () =>
          this.#answered(
            request.id,
            withdrawn,
            refuse(rpcCodes.internalError, "the question could not be asked"),
          ),
      );
  }

  #answered(id: RpcId, withdrawn: AbortController, answer: AskAnswer): void {
    this.#asks.delete(id);
    if (!withdrawn.signal.aborted) this.#host.respond(id, answer);
  }
}

function refuse(code: number, message: string): AskAnswer {
  return { error: { code, message } };
}

const nothingConcealed = {};

/** One call. Its members may be called in any order and at any time; after the settlement they do nothing. */
export class Call {
  id: number;
  readonly options: CallOptions;
  /** The caller's progress token. */
  readonly token: ProgressToken | undefined;
  /** The request was given to a socket or pipe. */
  isWritten = false;
  isSettled = false;
  isLossy = false;
  /** Set by the carrier: the gateway ended the call (time-out, cancel), so stop reading and let the server know. */
  onStop: ((reason: GatewayError) => void) | undefined;
  readonly #settle: (answer: UpstreamAnswer | GatewayError) => void;
  readonly #ended: (call: Call) => void;
  readonly #cancelled: (() => void) | undefined;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout;
  #isLastTimer = false;
  /** Open questions; most calls never have one. */
  #asks: Set<AbortController> | undefined;
  /** A lossy call's last notification is not taken yet. */
  #isDropping = false;
  #noticesInWindow = 0;
  #windowStart = 0;

  constructor(
    id: number,
    options: CallOptions,
    token: ProgressToken | undefined,
    settle: (answer: UpstreamAnswer | GatewayError) => void,
    ended: (call: Call) => void,
  ) {
    this.id = id;
    this.options = options;
    this.token = token;
    this.#settle = settle;
    this.#ended = ended;
    this.#timer = setTimeout(onTimeout, Math.min(options.timeoutMs, limits.upstreamCallTotalMs), this);
    if (options.signal === undefined) return;
    const cancelled = (): void => this.stop(new GatewayError("CANCELLED"));
    this.#cancelled = cancelled;
    options.signal.addEventListener("abort", this.#cancelled, { once: true });
  }

  /** @param concealed how often our credential was taken out of it */
  answer(response: Response, concealed = 0): void {
    const about = concealed === 0 ? nothingConcealed : { concealed };
    if (isErrorResponse(response)) this.#end({ kind: "error", error: response.error, ...about });
    else this.#end({ kind: "result", result: response.result, ...about });
  }

  fail(reason: GatewayError): void {
    this.#end(reason);
  }

  /** Ends the call from our side, and lets the server know. */
  stop(reason: GatewayError): void {
    if (this.isSettled) return;
    this.#end(reason);
    this.onStop?.(reason);
  }

  /** Asks the caller whether the bytes may be written now. */
  ready(): GatewayError | undefined {
    if (this.isSettled) return new GatewayError("CANCELLED");
    const verdict = this.options.ready?.() ?? true;
    if (verdict === true) this.isWritten = true;
    return verdict === true ? undefined : verdict === false ? new GatewayError("DRAINING") : verdict;
  }

  progressed(): void {
    if (this.isSettled || this.#isLastTimer || (this.#asks?.size ?? 0) > 0) return;
    const leftMs = this.#leftMs();
    if (leftMs > this.options.timeoutMs) this.#timer.refresh();
    else this.#lastTimer(leftMs);
  }

  /** Passes a notification on, unless more come per second than anybody reads. */
  notify(method: string, params: JsonObject): void | Promise<void> {
    const { onNotification } = this.options;
    if (this.isSettled || onNotification === undefined || this.#isDropping || this.#isFlood()) return;
    try {
      const taken = onNotification(method, params)?.catch((cause: unknown) => this.stop(internal(cause)));
      if (taken === undefined || !this.isLossy) return taken;
      this.#isDropping = true;
      taken.finally(() => (this.#isDropping = false)).catch(() => undefined);
    } catch (cause) {
      this.stop(internal(cause));
    }
  }

  /** While a question is open, the time without progress is the agent's, not the server's. */
  async ask(withdrawn: AbortController, put: () => Promise<AskAnswer>): Promise<AskAnswer> {
    const asks = (this.#asks ??= new Set());
    asks.add(withdrawn);
    if (asks.size === 1 && !this.#isLastTimer) this.#restart(this.#leftMs());
    try {
      return await put();
    } finally {
      asks.delete(withdrawn);
      if (asks.size === 0 && !this.isSettled && !this.#isLastTimer) {
        const leftMs = this.#leftMs();
        if (leftMs > this.options.timeoutMs) this.#restart(this.options.timeoutMs);
        else this.#lastTimer(leftMs);
      }
    }
  }

  #leftMs(): number {
    return Math.max(1, this.#startedAt + limits.upstreamCallTotalMs - performance.now());
  }

  #restart(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onTimeout, afterMs, this);
  }

  #lastTimer(leftMs: number): void {
    this.#isLastTimer = true;
    this.#restart(leftMs);
  }

  #isFlood(): boolean {
    const now = performance.now();
    if (now - this.#windowStart >= 1_000) {
      this.#windowStart = now;
      this.#noticesInWindow = 0;
    }
    return ++this.#noticesInWindow > limits.upstreamNoticesPerSecondMax;
  }

  #end(answer: UpstreamAnswer | GatewayError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    clearTimeout(this.#timer);
    if (this.#cancelled !== undefined) this.options.signal?.removeEventListener("abort", this.#cancelled);
    for (const ask of this.#asks ?? []) ask.abort();
    this.#ended(this);
    this.#settle(answer);
  }
}

function onTimeout(call: Call): void {
  if (call.isWritten) call.stop(new GatewayError("UPSTREAM_TIMEOUT"));
  else call.stop(new GatewayError("UPSTREAM_UNREACHABLE", "no connection in time"));
}

function internal(cause: unknown): GatewayError {
  return new GatewayError("INTERNAL", "a notification could not be passed on", { cause });
}
