/**
 * One chunk of a snapshot as bytes (snapshots.ts): states of some actors of a shard, all at one place of its chain, with the
 * operations of each that are known. Little-endian, lengths checked, nothing in it that could be taken for code.
 *
 *     version 1 | shard 2 | epoch 6 | n 6 | cited 6 + 6 | process 2 + n | count 2 | each actor
 *     actor: key 2 + n | state 4 + n | count 2 | each operation: op 2 + n | at 8 | open 1
 */
import type { OperationRow } from "./operations.ts";
import { shardCount } from "./shard.ts";

export interface ChunkActor {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Of this actor. */
  readonly operations: readonly OperationRow[];
}

export interface Chunk {
  readonly shard: number;
  readonly epoch: number;
  /** The last entry of the chain that is in it. */
  readonly n: number;
  /** The head that the chain of this epoch cites. */
  readonly cited: { readonly epoch: number; readonly n: number };
  /** Which process of its node wrote it. */
  readonly process: string;
  readonly actors: readonly ChunkActor[];
}

const version = 1;
const headBytes = 27;

/** Bytes of a row of an operation beside its text. */
const rowBytes = 9;

/** @returns where the next one begins */
function writeText(bytes: Buffer, value: string, at: number): number {
  const wrote = bytes.write(value, at + 2);
  return bytes.writeUInt16LE(wrote, at) + wrote;
}

function textBytes(value: string): number {
  return 2 + Buffer.byteLength(value);
}

/** Of one actor, to be put in a chunk. In one piece: owners pack hundreds of them in a tick. */
export function packActor({ key, bytes: state, operations }: ChunkActor): Buffer {
  let length = textBytes(key) + 4 + state.length + 2;
  for (const { op } of operations) length += textBytes(op) + rowBytes;
  const bytes = Buffer.allocUnsafe(length);
  let at = writeText(bytes, key, 0);
  at = bytes.writeUInt32LE(state.length, at);
  bytes.set(state, at);
  at = bytes.writeUInt16LE(operations.length, at + state.length);
  for (const { op, at: time, isOpen } of operations) {
    at = writeText(bytes, op, at);
    at = bytes.writeDoubleLE(time, at);
    at = bytes.writeUInt8(isOpen ? 1 : 0, at);
  }
  return bytes;
}

/** @param actors as `packActor` gives them */
export function encodeChunk(
  { shard, epoch, n, cited, process }: Omit<Chunk, "actors">,
  actors: readonly Uint8Array[],
): Uint8Array {
  const head = Buffer.allocUnsafe(headBytes + textBytes(process) + 2);
  let at = head.writeUInt8(version, 0);
  at = head.writeUInt16LE(shard, at);
  for (const value of [epoch, n, cited.epoch, cited.n]) at = head.writeUIntLE(value, at, 6);
  head.writeUInt16LE(actors.length, writeText(head, process, at));
  return Buffer.concat([head, ...actors]);
}

/** @returns undefined for anything that `encodeChunk` does not give, to the byte */
export function decodeChunk(message: Uint8Array): Chunk | undefined {
  try {
    return new ChunkReader(Buffer.from(message.buffer, message.byteOffset, message.byteLength)).read();
  } catch {
    return undefined; // it ends before its own lengths do
  }
}

class ChunkReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): Chunk | undefined {
    if (this.#natural(1) !== version) return undefined;
    const shard = this.#natural(2);
    if (shard >= shardCount) return undefined;
    const [epoch, n] = [this.#natural(6), this.#natural(6)];
    const cited = { epoch: this.#natural(6), n: this.#natural(6) };
    const process = this.#text();
    const actors: ChunkActor[] = [];
    for (let left = this.#natural(2); left > 0; left--) {
      const actor = this.#actor();
      if (actor === undefined) return undefined;
      actors.push(actor);
    }
    return this.#at === this.#bytes.length ? { shard, epoch, n, cited, process, actors } : undefined;
  }

  #actor(): ChunkActor | undefined {
    const key = this.#text();
    const state = this.#slice(this.#natural(4));
    const operations: OperationRow[] = [];
    for (let left = this.#natural(2); left > 0; left--) {
      const op = this.#text();
      const at = this.#slice(8).readDoubleLE();
      const open = this.#natural(1);
      if (open > 1 || op === "" || !Number.isFinite(at)) return undefined;
      operations.push({ op, key, at, isOpen: open === 1 });
    }
    return key === "" ? undefined : { key, bytes: Uint8Array.from(state), operations };
  }

  #natural(width: 1 | 2 | 4 | 6): number {
    return this.#slice(width).readUIntLE(0, width);
  }

  #text(): string {
    return this.#slice(this.#natural(2)).toString("utf8");
  }

  #slice(length: number): Buffer {
    const slice = this.#bytes.subarray(this.#at, this.#at + length);
    if (slice.length !== length) throw new RangeError("cut");
    this.#at += length;
    return slice;
  }
}
