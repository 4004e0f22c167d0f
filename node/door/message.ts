/** From bytes to one message, for every door: bounded, strict, once (checklist W2, W3). */
import { isUtf8 } from "node:buffer";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import { isJsonArray, JsonFault, parseStrict } from "../../protocol/json.ts";
import { messageBounds } from "../../protocol/jsonbounds.ts";
import { readBatch, readMessage, RpcFault, type Message, type RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";

/** A refusal of one message, with the id to answer under: null when it could not be read. */
export class MessageFault extends GatewayError {
  readonly id: RpcId | null;

  constructor(
    code: ErrorCode,
    detail: string | undefined,
    id: RpcId | null,
    options?: ConstructorParameters<typeof GatewayError>[2],
  ) {
    super(code, detail, options);
    this.id = id;
  }

  /** What `act` throws, as a refusal of the message with this id. */
  static within(id: RpcId, act: () => void | Promise<void>): void | Promise<void> {
    const rethrow = (thrown: unknown): never => MessageFault.#rethrow(id, thrown);
    try {
      return act()?.catch(rethrow);
    } catch (thrown) {
      return rethrow(thrown);
    }
  }

  static #rethrow(id: RpcId, thrown: unknown): never {
    if (!(thrown instanceof GatewayError) || thrown instanceof MessageFault) throw thrown;
    throw new MessageFault(thrown.code, thrown.detail, id, {
      cause: thrown,
      ...(thrown.data === undefined ? {} : { data: thrown.data }),
    });
  }
}

/**
 * @param batches whether arrays may be batches (revision 2025-03-26)
 * @throws MessageFault
 */
export function readBody(bytes: Buffer, batches: boolean): Message | readonly Message[] {
  if (bytes.length > limits.bodyBytesMax)
    throw new MessageFault("REQUEST_TOO_LARGE", `at most ${limits.bodyBytesMax} bytes`, null);
  if (!isUtf8(bytes)) throw new MessageFault("REQUEST_SYNTAX", "it is not UTF-8", null);
  return readText(bytes.toString("utf8"), batches);
}

export function readText(text: string, batches: boolean): Message | readonly Message[] {
  const value = parseStrict(text, messageBounds);
  if (value instanceof JsonFault) throw new MessageFault("REQUEST_SYNTAX", value.says, null);
  const read = batches && isJsonArray(value) ? readBatch(value, limits.batchMax) : readMessage(value);
  if (read instanceof RpcFault) throw new MessageFault("REQUEST_SHAPE", read.says, read.id);
  return read;
}
