/**
 * The answer to one HTTP request to an MCP server: JSON, or an event stream, or a refusal. Owns: status, media type,
 * bounds, bytes to messages, back-pressure. Does not own: what a message means (calls.ts) or what follows when a stream
 * ends early (older.ts, modern.ts).
 *
 * R1. No message exceeds answerBytes, no stream limits.answerStreamBytesMax.
 * R2. `taken` is not called again before the promise it returned has settled; `ended` and `failed` come after the last.
 * R3. Exactly one of `refused`, `ended`, `failed` is called, and only once.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { isErrorResponse } from "../../protocol/jsonrpc.ts";
import type { ErrorResponse, Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { ByteGatherer, readUtf8 } from "./bytes.ts";
import type { Headers, Receiver, Sending } from "./dialer.ts";
import { Inlet } from "./inlet.ts";
import { mediaType } from "./media.ts";
import { readMessages } from "./messages.ts";
import type { MessageBounds } from "./messages.ts";
import { SseReader } from "./sse.ts";
import type { SseEvent } from "./sse.ts";

/** Where a stream may be taken up again. */
export interface StreamPlace {
  /** The last event id seen; undefined when the stream has none and cannot be resumed. */
  lastEventId: string | undefined;
  /** What the server asked to wait before. */
  retryMs: number | undefined;
  /** Events read; tells a stream that makes progress from one that only breaks. */
  events: number;
}

export interface ReplyTaker {
  /** Nothing more is expected on this stream: if the server does not end it soon, we do. */
  readonly isDone?: boolean;
  ready?(): GatewayError | undefined;
  /** Status and headers of an answer that is not a refusal. */
  begun?(headers: Headers): void;
  taken(message: Message): void | Promise<void>;
  /** HTTP status 400 or more; `error` is its JSON-RPC error if it has one. */
  refused(status: number, error: ErrorResponse | undefined): void;
  /** The body is complete; `place` is given when it was an event stream. */
  ended(place: StreamPlace | undefined): void;
  failed(error: GatewayError, place: StreamPlace | undefined): void;
}

/** How long a stream may stay open after all that was expected has come. */
const lingerMs = 1_000;
/** The body of a refusal: a JSON-RPC error, or some page that nobody reads. */
const refusalBytesMax = 64 * 1024;

type StreamItem = { readonly text: string } | { readonly last: GatewayError | undefined };

export class Reply implements Receiver {
  readonly #taker: ReplyTaker;
  readonly #bounds: MessageBounds;
  /** The revision spoken; batches belong to one alone. */
  readonly #revision: string;
  #status = 0;
  #body: ByteGatherer | undefined;
  #sse: SseReader | undefined;
  #inlet: Inlet<StreamItem> | undefined;
  #place: StreamPlace | undefined;
  #streamBytes = 0;
  #isOver = false;
  #linger: NodeJS.Timeout | undefined;
  /** Set by whoever sent the request; stays undefined when it failed at once. */
  sending: Sending | undefined;

  constructor(taker: ReplyTaker, bounds: MessageBounds, revision: string) {
    this.#taker = taker;
    this.#bounds = bounds;
    this.#revision = revision;
  }

  ready(): GatewayError | undefined {
    return this.#taker.ready?.();
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    const type = mediaType(headers);
    if (status >= 400) {
      if (type === "application/json") this.#body = new ByteGatherer(refusalBytesMax);
      return;
    }
    this.#taker.begun?.(headers);
    if (type === "text/event-stream") {
      this.#place = { lastEventId: undefined, retryMs: undefined, events: 0 };
      const source = { pause: () => this.sending?.pause(), resume: () => this.sending?.resume() };
      this.#inlet = new Inlet<StreamItem>(source, (item) => this.#takeItem(item));
      this.#sse = new SseReader(this.#bounds.bytesMax, (event) => this.#event(event));
    } else if (type === "application/json") this.#body = new ByteGatherer(this.#bounds.bytesMax);
    else if (status === 200 && headers["content-length"] !== "0")
      throw new GatewayError(
        "UPSTREAM_GARBAGE",
        "its answer is neither application/json nor text/event-stream",
      );
  }

  data(chunk: Buffer): void {
    if (this.#sse !== undefined) {
      this.#streamBytes += chunk.length;
      if (this.#streamBytes > limits.answerStreamBytesMax)
        throw new GatewayError("UPSTREAM_TOO_LARGE", "an event stream exceeds its bound");
      this.#sse.push(chunk);
    } else if (this.#body !== undefined && !this.#body.add(chunk)) {
      if (this.#status < 400) throw new GatewayError("UPSTREAM_TOO_LARGE");
      this.#body = undefined;
    }
  }

  end(): void {
    if (this.#inlet !== undefined) this.#inlet.push({ last: undefined });
    else if (this.#status >= 400) this.#refuse();
    else if (this.#body === undefined) this.#finish(undefined);
    else this.#takeBody(this.#body.take());
  }

  fail(error: GatewayError): void {
    if (this.#inlet !== undefined) this.#inlet.push({ last: error });
    else this.#finish(error);
  }

  #refuse(): void {
    const body = this.#body?.take();
    const read = body === undefined ? undefined : readMessages(readUtf8(body), this.#bounds, this.#revision);
    const message = read === undefined || read instanceof GatewayError ? undefined : read[0];
    this.#isOver = true;
    this.#taker.refused(
      this.#status,
      message !== undefined && isErrorResponse(message) ? message : undefined,
    );
  }

  #takeBody(bytes: Buffer): void {
    if (bytes.length === 0) return this.#finish(undefined);
    const read = readMessages(readUtf8(bytes), this.#bounds, this.#revision);
    if (read instanceof GatewayError) return this.#finish(read);
    const finish = (): void => this.#finish(undefined);
    if (read.length === 1 && read[0] !== undefined) {
      const taken = this.#taker.taken(read[0]);
      if (taken === undefined) finish();
      else taken.then(finish, finish);
      return;
    }
    this.#takeAll(read).then(finish, finish);
  }

  #event(event: SseEvent): void {
    if (this.#place === undefined) return;
    this.#place.events++;
    if (event.id !== undefined) this.#place.lastEventId = event.id === "" ? undefined : event.id;
    if (event.retryMs !== undefined) this.#place.retryMs = event.retryMs;
    if (event.data !== "" && (event.event === "" || event.event === "message"))
      this.#inlet?.push({ text: event.data });
  }

  #takeItem(item: StreamItem): void | Promise<void> {
    if (this.#isOver) return;
    if ("last" in item) return this.#finish(item.last);
    const read = readMessages(item.text, this.#bounds, this.#revision);
    if (read instanceof GatewayError) {
      this.#finish(read);
      this.sending?.stop(read);
      return;
    }
    const taken =
      read.length === 1 && read[0] !== undefined ? this.#taker.taken(read[0]) : this.#takeAll(read);
    if (this.#taker.isDone === true)
      this.#linger ??= setTimeout(
        () => this.sending?.stop(new GatewayError("UPSTREAM_CLOSED")),
        lingerMs,
      ).unref();
    return taken;
  }

  async #takeAll(messages: readonly Message[]): Promise<void> {
    for (const message of messages) await this.#taker.taken(message);
  }

  #finish(error: GatewayError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#linger);
    if (error === undefined) this.#taker.ended(this.#place);
    else this.#taker.failed(error, this.#place);
  }
}
