/** JSON documents from outside: key sets, issuer metadata. Through the dialer like everything else. */
import { GatewayError } from "../../protocol/errors.ts";
import { isJsonObject, JsonFault, parseStrict } from "../../protocol/json.ts";
import { messageBounds } from "../../protocol/jsonbounds.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { limits } from "../../protocol/limits.ts";
import { ByteGatherer, readUtf8 } from "./bytes.ts";
import type { Dialer, DialPolicy, Headers, Receiver, Sending } from "./dialer.ts";
import { mediaType } from "./media.ts";

/**
 * Fetches one JSON object with GET.
 *
 * @param bytesMax bytes of the document
 * @throws GatewayError of the UPSTREAM group; a status other than 200 is UPSTREAM_UNREACHABLE
 */
export async function fetchJson(
  dialer: Dialer,
  url: string,
  policy: DialPolicy,
  bytesMax: number,
): Promise<JsonObject> {
  const line = dialer.open(url, { ...policy, connectionsMax: 1 });
  let sending: Sending | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<JsonObject>((resolve, reject) => {
      const document = new DocumentReceiver(bytesMax, resolve, reject);
      timer = setTimeout(() => {
        sending?.stop(new GatewayError("UPSTREAM_TIMEOUT", "a document was not complete in time"));
      }, limits.documentMs);
      sending = line.send({ method: "GET", headers: ["accept", "application/json"] }, document);
    });
  } finally {
    clearTimeout(timer);
    await line.close();
  }
}

class DocumentReceiver implements Receiver {
  readonly #bytes: ByteGatherer;
  readonly #resolve: (document: JsonObject) => void;
  readonly #reject: (error: GatewayError) => void;

  constructor(
    bytesMax: number,
    resolve: (document: JsonObject) => void,
    reject: (error: GatewayError) => void,
  ) {
    this.#bytes = new ByteGatherer(bytesMax);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  head(status: number, headers: Headers): void {
    if (status !== 200)
      throw new GatewayError("UPSTREAM_UNREACHABLE", `the document is not there (HTTP ${status})`);
    const type = mediaType(headers);
    // jwk-set+json is RFC 7517 section 8.5.
    if (type !== "application/json" && !/^application\/[a-z0-9.-]+\+json$/.test(type))
      throw new GatewayError("UPSTREAM_GARBAGE", "the document is not application/json");
  }

  data(chunk: Buffer): void {
    if (!this.#bytes.add(chunk))
      throw new GatewayError("UPSTREAM_TOO_LARGE", "the document exceeds its bound");
  }

  end(): void {
    const text = readUtf8(this.#bytes.take());
    const value = text === undefined ? undefined : parseStrict(text, messageBounds);
    if (value === undefined || value instanceof JsonFault || !isJsonObject(value))
      this.#reject(new GatewayError("UPSTREAM_GARBAGE", "the document is not a strict JSON object"));
    else this.#resolve(value);
  }

  fail(error: GatewayError): void {
    this.#reject(error);
  }
}
