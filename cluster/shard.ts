/**
 * Which of the fixed shards a session belongs to. A keyed hash, so that nobody who may choose part of a key (an agent
 * name, a user) can crowd one shard.
 */
import { createHmac } from "node:crypto";

/** Fixed for ever: records, epochs and rows name shards. Enough for hundreds of nodes, few enough for one array. */
export const shardCount = 8_192;

/**
 * The shard of a session key, 0 to shardCount - 1. Costs a few microseconds: remember it with the session.
 *
 * @param seed the installation's secret, the same on every node; 16 bytes or more
 */
export function shardOf(key: string, seed: Uint8Array): number {
  return createHmac("sha256", seed).update(key).digest().readUInt32BE(0) % shardCount;
}
