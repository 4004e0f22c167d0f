/**
 * HTTP+SSE of revision 2024-11-05: one GET stream brings everything, POSTs to an address it names carry the requests.
 *
 * @see MCP 2024-11-05, transports, "HTTP with SSE"
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { Line, Receiver, Sending } from "./dialer.ts";
import type { Wire, WireTaker } from "./duplex.ts";
import { refusalFailure } from "./failure.ts";
import { mediaType } from "./media.ts";
import { SseReader } from "./sse.ts";
import type { SseEvent } from "./sse.ts";

const postHeaders = ["content-type", "application/json", "accept", "application/json, text/event-stream"];

interface Held {
  readonly text: string;
  readonly ready: (() => GatewayError | undefined) | undefined;
  readonly failed: (error: GatewayError) => void;
}

interface Post {
  sending: Sending | undefined;
}

export class SseWire implements Wire {
  readonly #line: Line;
  readonly #taker: WireTaker;
  readonly #posts = new Set<Post>();
  #stream: Sending | undefined;
  /** Path and query to POST to; unknown until the stream says. */
  #endpoint: string | undefined;
  #held: Held[] = [];
  #isClosed = false;

  constructor(line: Line, taker: WireTaker) {
    this.#line = line;
    this.#taker = taker;
    this.#stream = line.send(
      { method: "GET", headers: ["accept", "text/event-stream"], isLong: true },
      this.#events(),
    );
  }

  write(
    text: string,
    ready: (() => GatewayError | undefined) | undefined,
    failed: (error: GatewayError) => void,
  ): void {
    if (this.#isClosed) failed(new GatewayError("UPSTREAM_SESSION_LOST", "its event stream has ended"));
    else if (this.#endpoint === undefined) this.#held.push({ text, ready, failed });
    else this.#post(this.#endpoint, { text, ready, failed });
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    const reason = new GatewayError("CANCELLED");
    this.#stream?.stop(reason);
    for (const post of this.#posts) post.sending?.stop(reason);
    return Promise.resolve();
  }

  #events(): Receiver {
    const reader = new SseReader(this.#taker.bounds.bytesMax, (event) => this.#event(event));
    return {
      head: (status, headers) => {
        if (status !== 200) throw status < 400 ? notAStream() : refusalFailure(status);
        if (mediaType(headers) !== "text/event-stream") throw notAStream();
      },
      data: (chunk) => reader.push(chunk),
      end: () => this.#lost(new GatewayError("UPSTREAM_CLOSED", "its event stream ended")),
      fail: (error) => this.#lost(error),
    };
  }

  #event(event: SseEvent): void {
    if (this.#isClosed) return;
    if (event.event === "endpoint") this.#open(event.data);
    else if (event.data !== "" && (event.event === "" || event.event === "message"))
      this.#taker.frame(event.data);
  }

  /** The address must be of the same origin: our credential goes there. */
  #open(address: string): void {
    if (this.#endpoint !== undefined) return this.#taker.log("named a second endpoint; ignored");
    const url = URL.parse(address, this.#line.origin + this.#line.path);
    if (url === null || url.origin !== this.#line.origin)
      throw new GatewayError("UPSTREAM_GARBAGE", "its endpoint is of another origin");
    this.#endpoint = url.pathname + url.search;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.#post(this.#endpoint, message);
  }

  #post(path: string, { text, ready, failed }: Held): void {
    const post: Post = { sending: undefined };
    this.#posts.add(post);
    const receiver: Receiver = {
      ...(ready === undefined ? undefined : { ready }),
      head: (status: number) => {
        if (status >= 400) throw refusalFailure(status);
      },
      data: () => undefined,
      end: () => {
        this.#posts.delete(post);
      },
      fail: (error) => {
        this.#posts.delete(post);
        failed(error);
      },
    };
    post.sending = this.#line.send({ method: "POST", headers: postHeaders, body: text }, receiver, path);
  }

  #lost(error: GatewayError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const held = this.#held;
    this.#held = [];
    for (const { failed } of held) failed(error);
    this.#taker.lost(error);
  }
}

function notAStream(): GatewayError {
  return new GatewayError("UPSTREAM_GARBAGE", "its answer to GET is not text/event-stream");
}
