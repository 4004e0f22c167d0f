/**
 * Streamable HTTP of 2025-03-26 to 2025-11-25. Owns: the wire session's id, resuming a broken answer stream, the GET
 * stream, the one repetition after a 404. Does not own: initialize (older.ts), what a message means (calls.ts).
 *
 * O1. A request is written a second time only after the server answered its first writing with 404: by the protocol it
 *     then does not know the session and executed nothing.
 * O2. An answer stream is resumed by GET with the last event id, never by sending the request again.
 *
 * @see MCP 2025-11-25, Streamable HTTP: session management, resumability
 */
import { GatewayError } from "../../protocol/errors.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import type { ErrorResponse, Message, RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Call } from "./calls.ts";
import type { Headers, Line } from "./dialer.ts";
import { refusalFailure } from "./failure.ts";
import { GetStream } from "./getstream.ts";
import { answerText, notificationText } from "./handshake.ts";
import type { OlderSession } from "./older.ts";
import type { MessageBounds } from "./messages.ts";
import { Reply } from "./reply.ts";
import type { ReplyTaker, StreamPlace } from "./reply.ts";
import type { Carrier } from "./session.ts";
import type { AskAnswer } from "./upstream.ts";

/** What another attempt to resume would meet again. */
const finalCodes: ReadonlySet<string> = new Set(["UPSTREAM_GARBAGE", "UPSTREAM_TOO_LARGE"]);
/** Visible ASCII, as the specification demands, and short enough for a header. */
const sessionIdPattern = /^[\x21-\x7e]{1,1024}$/;

export class HttpOlder implements Carrier {
  readonly isOneStream = false;
  readonly session: OlderSession;
  readonly line: Line;
  readonly bounds: MessageBounds;
  #sessionId: string | undefined;
  #revision = "";
  #headers: readonly string[] = [];
  readonly #stream: GetStream;

  constructor(session: OlderSession, line: Line, bounds: MessageBounds) {
    this.session = session;
    this.line = line;
    this.bounds = bounds;
    this.#stream = new GetStream(this);
    this.#setSession(undefined, "");
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** The revision spoken; "" before initialize. */
  get revision(): string {
    return this.#revision;
  }

  request(call: Call, method: string, params: JsonObject): void {
    if (method === "initialize") this.#setSession(undefined, "");
    new OlderPost(this, call, method, params).send();
  }

  notify(method: string, params: JsonObject): void {
    if (method === "notifications/initialized") this.#setSession(this.#sessionId, this.session.revision);
    this.#tell(notificationText(method, params), method);
  }

  respond(id: RpcId, answer: AskAnswer): void {
    this.#tell(answerText(id, answer), "an answer of ours");
  }

  listen(): void {
    this.#stream.open();
  }

  async close(): Promise<void> {
    this.#stream.close();
    const sessionId = this.#sessionId;
    if (sessionId === undefined) return;
    this.#sessionId = undefined;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const taker = { taken: () => undefined, refused: done, ended: done, failed: done };
      const reply = new Reply(taker, this.bounds, "");
      const timer = setTimeout(() => {
        reply.sending?.stop(new GatewayError("CANCELLED"));
        done();
      }, limits.childStopMs);
      reply.sending = this.line.send({ method: "DELETE", headers: this.#headers }, reply);
    });
  }

  /** Sends a POST whose body is `text`. */
  post(text: string, reply: Reply, owner?: string): void {
    reply.sending = this.line.send({ method: "POST", headers: this.#headers, body: text, owner }, reply);
  }

  /** Sends a GET for an event stream, from `lastEventId` on if there is one. */
  get(lastEventId: string | undefined, reply: Reply): void {
    const place = lastEventId === undefined ? [] : ["last-event-id", lastEventId];
    const headers = ["accept", "text/event-stream", ...this.#headers.slice(4), ...place];
    reply.sending = this.line.send({ method: "GET", headers, isLong: true }, reply);
  }

  /** Takes the session id of an answer to initialize. */
  take(headers: Headers): void {
    const id = headers["mcp-session-id"];
    if (id === undefined) return;
    if (typeof id !== "string" || !sessionIdPattern.test(id))
      throw new GatewayError("UPSTREAM_GARBAGE", "its session id is not visible ASCII");
    this.#setSession(id, "");
  }

  #setSession(id: string | undefined, revision: string): void {
    this.#sessionId = id;
    this.#revision = revision;
    this.#headers = [
      "content-type",
      "application/json",
      "accept",
      "application/json, text/event-stream",
      ...(id === undefined ? [] : ["mcp-session-id", id]),
      ...(revision === "" ? [] : ["mcp-protocol-version", revision]),
    ];
  }

  /** A message that gets no answer. */
  #tell(text: string, what: string): void {
    const fail = (error: GatewayError): void =>
      this.session.peer.hooks.log(`did not take ${what}: ${error.message}`);
    const reply = new Reply(
      {
        taken: () => this.session.stray(`a message in answer to ${what}`),
        refused: (status) => fail(refusalFailure(status)),
        ended: () => undefined,
        failed: fail,
      },
      this.bounds,
      this.revision,
    );
    const timer = setTimeout(
      () => reply.sending?.stop(new GatewayError("UPSTREAM_TIMEOUT")),
      limits.upstreamCallMs,
    );
    timer.unref();
    this.post(text, reply);
  }
}

/** One request on its way: POST, perhaps again after a 404, perhaps resumed by GET. */
class OlderPost implements ReplyTaker {
  readonly #carrier: HttpOlder;
  readonly #call: Call;
  readonly #method: string;
  readonly #params: JsonObject;
  readonly #isInitialize: boolean;
  #reply: Reply | undefined;
  #sessionId: string | undefined;
  #isRepeated = false;
  #isResuming = false;
  #place: StreamPlace = { lastEventId: undefined, retryMs: undefined, events: 0 };
  #resumes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(carrier: HttpOlder, call: Call, method: string, params: JsonObject) {
    this.#carrier = carrier;
    this.#call = call;
    this.#method = method;
    this.#params = params;
    this.#isInitialize = method === "initialize";
    const onStop = (reason: GatewayError): void => this.#stop(reason);
    call.onStop = onStop;
  }

  get isDone(): boolean {
    return this.#call.isSettled;
  }

  send(): void {
    const { session, bounds, revision, sessionId } = this.#carrier;
    this.#sessionId = sessionId;
    this.#reply = new Reply(this, bounds, revision);
    this.#carrier.post(
      session.textOf(this.#call, this.#method, this.#params),
      this.#reply,
      this.#call.options.owner,
    );
  }

  ready(): GatewayError | undefined {
    return this.#isResuming ? undefined : this.#call.ready();
  }

  begun(headers: Headers): void {
    if (this.#isInitialize) this.#carrier.take(headers);
  }

  taken(message: Message): void | Promise<void> {
    return this.#carrier.session.calls.take(message, this.#call);
  }

  refused(status: number, error: ErrorResponse | undefined): void {
    const call = this.#call;
    if (call.isSettled) return;
    if (this.#isResuming)
      return call.fail(new GatewayError("UPSTREAM_CLOSED", `its stream cannot be resumed (HTTP ${status})`));
    const isOwn = error !== undefined && error.id === call.id;
    // A server of both eras may say so of an unknown method; it does not say it of an unknown session.
    if (isOwn && error.error.code === rpcCodes.methodNotFound) return call.answer(error);
    if (status === 404 && this.#sessionId !== undefined) return this.#afterLoss();
    if (isOwn) return call.answer(error);
    const failure = refusalFailure(status);
    if (status === 400 && this.#sessionId !== undefined && !this.#isInitialize) return this.#doubt(failure);
    if (error !== undefined && error.id === null && status !== 401 && status !== 403)
      return call.answer(error);
    call.fail(failure);
    if (status === 401 || status === 403) this.#carrier.session.lose(failure);
  }

  ended(place: StreamPlace | undefined): void {
    if (this.#call.isSettled) return;
    if (place === undefined && !this.#isResuming)
      this.#call.fail(new GatewayError("UPSTREAM_GARBAGE", "its answer answers another request"));
    else this.#broke(new GatewayError("UPSTREAM_CLOSED", "its stream ended before the answer"), place);
  }

  failed(error: GatewayError, place: StreamPlace | undefined): void {
    if (this.#call.isSettled) return;
    // While resuming nothing is certain: the request itself was taken long ago.
    const isBreak = this.#isResuming ? !finalCodes.has(error.code) : error.code === "UPSTREAM_CLOSED";
    if (isBreak) this.#broke(error, place);
    else this.#call.fail(error);
  }

  /** The answer stream is gone; with an event id it can be taken up again. */
  #broke(error: GatewayError, place: StreamPlace | undefined): void {
    if (place !== undefined && place.events > 0) this.#resumes = 0;
    const lastEventId = place?.lastEventId ?? this.#place.lastEventId;
    if (lastEventId === undefined) return this.#call.fail(error);
    this.#resume({ lastEventId, retryMs: place?.retryMs ?? this.#place.retryMs, events: 0 });
  }

  #resume(place: StreamPlace): void {
    this.#place = place;
    this.#isResuming = true;
    if (++this.#resumes > limits.upstreamResumesMax)
      return this.#call.fail(new GatewayError("UPSTREAM_CLOSED", "its stream could not be resumed"));
    const afterMs = Math.min(place.retryMs ?? limits.upstreamRetryMs, limits.upstreamRetryMsMax);
    this.#timer = setTimeout(() => {
      this.#reply = new Reply(this, this.#carrier.bounds, this.#carrier.revision);
      this.#carrier.get(place.lastEventId, this.#reply);
    }, afterMs);
  }

  /** The server forgot the session: it is opened again, and the request written once more. */
  #afterLoss(): void {
    const { session, sessionId } = this.#carrier;
    const lost = new GatewayError("UPSTREAM_SESSION_LOST");
    // What is sent in order to open a session cannot wait for the session to be opened.
    const isOpening = this.#isInitialize || (session.isReopening && sessionId === this.#sessionId);
    if (this.#isRepeated || isOpening) return this.#call.fail(lost);
    this.#isRepeated = true;
    // Another call may have found out first and have a new session already.
    const opened =
      sessionId === this.#sessionId || sessionId === undefined ? session.reopen() : Promise.resolve();
    opened.then(
      () => {
        if (this.#call.isSettled) return;
        session.calls.renumber(this.#call);
        this.send();
      },
      () => this.#call.fail(lost),
    );
  }

  /**
   * Some servers answer 400 where the protocol wants 404. A ping tells a lost session from a bad request; the call fails
   * either way, because 400 does not say that nothing was executed.
   */
  #doubt(failure: GatewayError): void {
    const { session } = this.#carrier;
    if (this.#method === "ping") return this.#call.fail(failure);
    session.ping().then(
      () => this.#call.fail(failure),
      () => {
        const lost = new GatewayError("UPSTREAM_SESSION_LOST", "it refuses the session (HTTP 400)");
        this.#call.fail(lost);
        session.lose(lost);
      },
    );
  }

  #stop(reason: GatewayError): void {
    clearTimeout(this.#timer);
    this.#reply?.sending?.stop(reason);
    if (!this.#call.isWritten || this.#isInitialize || this.#carrier.session.isClosed) return;
    const why = reason.code === "CANCELLED" ? "cancelled" : "timed out";
    this.#carrier.notify("notifications/cancelled", { requestId: this.#call.id, reason: why });
  }
}
