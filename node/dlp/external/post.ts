/**
 * JSON questions over HTTP, through the dialer: one body out, one strict JSON value in. Does not own what they mean.
 *
 * H1. Each question ends once, no later than its deadline.
 * H2. Anything but 200 with strict JSON within its bounds is an error.
 */
import { GatewayError } from "../../../protocol/errors.ts";
import { JsonFault, parseStrict } from "../../../protocol/json.ts";
import type { Json } from "../../../protocol/json.ts";
import { answerBounds } from "../../../protocol/jsonbounds.ts";
import { limits } from "../../../protocol/limits.ts";
import { ByteGatherer, readUtf8 } from "../../upstream/bytes.ts";
import type { Dialer, DialPolicy, Headers, Line, Receiver } from "../../upstream/dialer.ts";
import { mediaType } from "../../upstream/media.ts";

export class JsonPost {
  readonly #line: Line;

  /** @throws GatewayError CONFIGURATION, UPSTREAM_REFUSED_ADDRESS */
  constructor(dialer: Dialer, url: string, policy: DialPolicy) {
    this.#line = dialer.open(url, { ...policy, connectionsMax: limits.recogniserConnectionsMax });
  }

  /** @throws GatewayError RECOGNISER_FAILED */
  async ask(body: string, headers: readonly string[], deadlineMs: number): Promise<Json> {
    if (this.#line.counts.waiting >= limits.recogniserWaitingMax) throw failed("too many questions wait for a connection to it"); // prettier-ignore
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Json>((resolve, reject) => {
        const all = ["content-type", "application/json", "accept", "application/json", ...headers];
        const sending = this.#line.send({ method: "POST", headers: all, body }, new Answer(resolve, reject));
        const late = (): void => sending.stop(failed("it did not answer in time"));
        timer = setTimeout(late, Math.max(0, deadlineMs - performance.now()));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#line.close();
  }
}

export function failed(says: string, cause?: unknown): GatewayError {
  return new GatewayError("RECOGNISER_FAILED", says, { cause });
}

class Answer implements Receiver {
  readonly #bytes = new ByteGatherer(limits.recogniserAnswerBytesMax);
  readonly #resolve: (value: Json) => void;
  readonly #reject: (error: GatewayError) => void;

  constructor(resolve: (value: Json) => void, reject: (error: GatewayError) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  head(status: number, headers: Headers): void {
    if (status !== 200) throw failed(`it answered with HTTP ${status}`);
    if (mediaType(headers) !== "application/json") throw failed("its answer is not application/json");
  }

  data(chunk: Buffer): void {
    if (!this.#bytes.add(chunk))
      throw failed(`its answer is longer than ${limits.recogniserAnswerBytesMax} bytes`);
  }

  end(): void {
    const text = readUtf8(this.#bytes.take());
    const value = text === undefined ? undefined : parseStrict(text, answerBounds);
    if (value === undefined || value instanceof JsonFault)
      this.#reject(failed("its answer is not strict JSON"));
    else this.#resolve(value);
  }

  fail(error: GatewayError): void {
    if (error.code === "RECOGNISER_FAILED") return this.#reject(error);
    // The dialer's words are about servers of tools.
    this.#reject(failed(error.message.replace(/^the tool's server/, "it"), error));
  }
}
