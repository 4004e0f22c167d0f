/**
 * `heads.json` of an incarnation: where each chain ended and which intents were open at one place in the records. Owns
 * its format. It is an index and nothing rests on it: without it the same is found by reading records (recovery.ts).
 *
 * H1. What is read back is what was written, or nothing: a digest covers the text.
 * H2. A checkpoint names the seal it was taken at; recovery uses it only where that seal stands in the records.
 */
import { readFileSync, statSync } from "node:fs";
import { limits } from "../../protocol/limits.ts";
import { lineHash } from "./line.ts";
import type { OpenIntent } from "./line.ts";

export const headsFile = "heads.json";

/** Where a chain stands: its last record's number within its epoch, and that record's hash. */
export interface Chain {
  n: number;
  head: string;
}

export interface Checkpoint {
  /** The place: the first byte behind a seal. `seal` and `hash` are that seal's. */
  readonly segment: number;
  readonly offset: number;
  readonly seal: number;
  readonly hash: string;
  readonly chains: ReadonlyMap<number, Chain>;
  readonly open: ReadonlyMap<string, OpenIntent>;
}

/** Generous: every chain, and every open intent with a long session key. */
const headsBytesMax = limits.recordChainsMax * 128 + limits.openIntentsMax * 4_096;

/** Two lines: the digest of the second, and the second. */
export function headsText(checkpoint: Checkpoint): string {
  const { segment, offset, seal, hash } = checkpoint;
  const chains = Array.from(checkpoint.chains, ([shard, chain]) => [shard, chain.n, chain.head]);
  const open = Array.from(checkpoint.open.values());
  const text = JSON.stringify({ v: 1, segment, offset, seal, hash, chains, open });
  return `${lineHash(text)}\n${text}\n`;
}

/** Undefined when there is none, or it is not as it was written. */
export function readHeads(path: string): Checkpoint | undefined {
  let file: string;
  try {
    if (statSync(path).size > headsBytesMax) return undefined;
    file = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const [digest, text, end] = file.split("\n", 3);
  if (text === undefined || end !== "" || digest !== lineHash(text)) return undefined;
  // The digest says that headsText wrote this, so its shape is known.
  const read = JSON.parse(text) as Omit<Checkpoint, "chains" | "open"> & {
    readonly chains: readonly (readonly [number, number, string])[];
    readonly open: readonly OpenIntent[];
  };
  return {
    segment: read.segment,
    offset: read.offset,
    seal: read.seal,
    hash: read.hash,
    chains: new Map(read.chains.map(([shard, n, head]) => [shard, { n, head }])),
    open: new Map(read.open.map((intent) => [intent.op, intent])),
  };
}
