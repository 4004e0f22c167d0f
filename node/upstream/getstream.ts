/**
 * The GET stream of an older HTTP session: what belongs to no call comes here. Opened when somebody listens, opened
 * again when it ends, given up when the server does not offer it.
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { refusalFailure } from "./failure.ts";
import type { HttpOlder } from "./httpolder.ts";
import { Reply } from "./reply.ts";
import type { ReplyTaker, StreamPlace } from "./reply.ts";

export class GetStream {
  readonly #carrier: HttpOlder;
  #reply: Reply | undefined;
  #sessionId: string | undefined;
  #lastEventId: string | undefined;
  #failures = 0;
  /** Counts the streams opened; only the last one is heard. */
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #isRefused = false;
  #isClosed = false;

  constructor(carrier: HttpOlder) {
    this.#carrier = carrier;
  }

  /** Opens the stream unless it is open; after a new initialize, that of the new session. */
  open(): void {
    const { sessionId } = this.#carrier;
    if (this.#isClosed) return;
    if (sessionId !== this.#sessionId) this.#forget();
    if (this.#reply !== undefined || this.#timer !== undefined || this.#isRefused) return;
    this.#sessionId = sessionId;
    const reply = new Reply(this.#bind(), this.#carrier.bounds, this.#carrier.revision);
    this.#reply = reply;
    this.#carrier.get(this.#lastEventId, reply);
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
  }

  #taken(message: Message): void | Promise<void> {
    this.#failures = 0;
    return this.#carrier.session.calls.take(message, undefined);
  }

  #refused(status: number): void {
    this.#reply = undefined;
    if (status >= 500 || status === 429) return this.#again(refusalFailure(status), undefined);
    // 405: not offered. 404 for a session: forgotten, and whoever listens should not have to wait for the next call.
    this.#isRefused = true;
    if (status === 404 && this.#sessionId !== undefined)
      this.#carrier.session.reopen().catch(() => undefined);
  }

  /** A taker that falls silent once another stream has taken its place. */
  #bind(): ReplyTaker {
    const turn = ++this.#turn;
    const isCurrent = (): boolean => this.#turn === turn;
    return {
      taken: (message) => (isCurrent() ? this.#taken(message) : undefined),
      refused: (status) => (isCurrent() ? this.#refused(status) : undefined),
      ended: (place) => (isCurrent() ? this.#again(undefined, place) : undefined),
      failed: (error, place) => (isCurrent() ? this.#again(error, place) : undefined),
    };
  }

  #again(reason: GatewayError | undefined, place: StreamPlace | undefined): void {
    this.#reply = undefined;
    this.#lastEventId = place?.lastEventId ?? this.#lastEventId;
    // What is no stream at all will be none the next time.
    const isStream = place !== undefined || (reason !== undefined && reason.code !== "UPSTREAM_GARBAGE");
    if (!isStream) this.#isRefused = true;
    if (reason !== undefined) this.#carrier.session.peer.hooks.log(`its GET stream ended: ${reason.message}`);
    const backoffMs = limits.upstreamRetryMs * 2 ** Math.min(this.#failures++, 16);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.open();
      },
      Math.min(limits.upstreamRetryMsMax, Math.max(backoffMs, place?.retryMs ?? 0)),
    ).unref();
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const reply = this.#reply;
    this.#reply = undefined;
    this.#turn++;
    this.#lastEventId = undefined;
    this.#isRefused = false;
    this.#failures = 0;
    reply?.sending?.stop(new GatewayError("CANCELLED"));
  }
}
