/** From the bytes of an upstream to JSON-RPC messages. Strict: what is not certainly a message is garbage. */
import { GatewayError } from "../../protocol/errors.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { answerBounds } from "../../protocol/jsonbounds.ts";
import type { JsonBounds } from "../../protocol/jsonbounds.ts";
import { readBatch, readMessage, RpcFault } from "../../protocol/jsonrpc.ts";
import type { Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isRevision, traits } from "../../protocol/mcp/revision.ts";

/** What one message of a server may be. */
export interface MessageBounds {
  readonly bytesMax: number;
  readonly json: JsonBounds;
}

/** @param bytesMax `answerBytes` of the server; a string in it may take three quarters */
export function boundsOf(bytesMax: number = limits.answerBytesMax): MessageBounds {
  const stringUnitsMax = Math.max(answerBounds.stringUnitsMax, Math.floor((bytesMax / 4) * 3));
  return { bytesMax, json: { ...answerBounds, textUnitsMax: bytesMax, stringUnitsMax } };
}

/**
 * @param text     undefined when the bytes are not UTF-8
 * @param revision the revision spoken: one of them has batches
 * @returns one message, or those of a batch
 */
export function readMessages(
  text: string | undefined,
  bounds: MessageBounds,
  revision: string,
): readonly Message[] | GatewayError {
  if (text === undefined) return new GatewayError("UPSTREAM_GARBAGE", "a message is not UTF-8");
  const value = parseStrict(text, bounds.json);
  if (value instanceof JsonFault)
    return new GatewayError("UPSTREAM_GARBAGE", `a message of it: ${value.says}`);
  const hasBatches = Array.isArray(value) && isRevision(revision) && traits[revision].batches;
  const read = hasBatches ? readBatch(value, limits.batchMax) : readMessage(value);
  if (read instanceof RpcFault) return new GatewayError("UPSTREAM_GARBAGE", `a message of it: ${read.says}`);
  return "jsonrpc" in read ? [read] : read;
}
