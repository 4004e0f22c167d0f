/**
 * One batch of copies as bytes (tail.ts): journalled turns and pieces of record segments, as they came. Little-endian,
 * lengths checked, nothing in it that could be taken for code.
 *
 *     version 1 | number 6 | covered 6 | sequence 6 | count 2 | each: kind 1 | length 4 | body
 *     turn:   shard 2 | epoch 6 | n 6 | cited 6 + 6 | key, opens, closes each 2 + n | drops 1 | event
 *     record: segment 6 | offset 6 | bytes
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { TurnEntry } from "./journal.ts";
import { shardCount } from "./shard.ts";

/** A journalled turn, and the head that the first of its epoch cites. */
export interface TailTurn<Event extends ActorEvent> {
  readonly entry: TurnEntry<Event>;
  readonly cited: { readonly epoch: number; readonly n: number };
}

/** Bytes of a record segment, as they were written there. */
export interface RecordPiece {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface BatchHead {
  /** Batches of one process are numbered from 1, without gap. */
  readonly number: number;
  /** What stands in batches up to this one is in snapshots that the store has acknowledged. */
  readonly covered: number;
  /** Where in the store to begin to read what is not. */
  readonly sequence: number;
}

export interface Batch<Event extends ActorEvent> extends BatchHead {
  readonly turns: readonly TailTurn<Event>[];
  readonly records: readonly RecordPiece[];
}

const version = 1;
const headBytes = 21;
const itemBytes = 5;
const kinds = { turn: 1, record: 2 } as const;

function textBytes(text: string): number {
  return text === "" ? 2 : 2 + Buffer.byteLength(text);
}

/** @returns where the next one begins */
function writeText(bytes: Buffer, text: string, at: number): number {
  const wrote = text === "" ? 0 : bytes.write(text, at + 2);
  return bytes.writeUInt16LE(wrote, at) + wrote;
}

/** An entry of a batch; `event` is the turn's, packed. */
export function packTurn<Event extends ActorEvent>(
  { entry, cited }: TailTurn<Event>,
  event: Uint8Array,
): Buffer {
  const { shard, epoch, n, key, opens = "", closes = "", drops = false } = entry;
  const length = 26 + textBytes(key) + textBytes(opens) + textBytes(closes) + 1 + event.length;
  const bytes = Buffer.allocUnsafe(itemBytes + length);
  let at = bytes.writeUInt8(kinds.turn, 0);
  at = bytes.writeUInt32LE(length, at);
  at = bytes.writeUInt16LE(shard, at);
  at = bytes.writeUIntLE(epoch, at, 6);
  at = bytes.writeUIntLE(n, at, 6);
  at = bytes.writeUIntLE(cited.epoch, at, 6);
  at = bytes.writeUIntLE(cited.n, at, 6);
  at = writeText(bytes, key, at);
  at = writeText(bytes, opens, at);
  at = writeText(bytes, closes, at);
  at = bytes.writeUInt8(drops ? 1 : 0, at);
  bytes.set(event, at);
  return bytes;
}

export function packPiece({ segment, offset, bytes: piece }: RecordPiece): Buffer {
  const bytes = Buffer.allocUnsafe(itemBytes + 12 + piece.length);
  let at = bytes.writeUInt8(kinds.record, 0);
  at = bytes.writeUInt32LE(12 + piece.length, at);
  at = bytes.writeUIntLE(segment, at, 6);
  at = bytes.writeUIntLE(offset, at, 6);
  bytes.set(piece, at);
  return bytes;
}

/** @param entries as `packTurn` and `packPiece` give them */
export function encodeBatch(
  { number, covered, sequence }: BatchHead,
  entries: readonly Uint8Array[],
): Uint8Array {
  const head = Buffer.alloc(headBytes);
  let at = head.writeUInt8(version, 0);
  for (const value of [number, covered, sequence]) at = head.writeUIntLE(value, at, 6);
  head.writeUInt16LE(entries.length, at);
  return Buffer.concat([head, ...entries]);
}

/** @returns undefined for anything that `encodeBatch` does not give, to the byte */
export function decodeBatch<Event extends ActorEvent>(
  message: Uint8Array,
  unpack: (event: Uint8Array) => Event | undefined,
): Batch<Event> | undefined {
  try {
    return readBatch(Buffer.from(message.buffer, message.byteOffset, message.byteLength), unpack);
  } catch {
    return undefined; // it ends before its own lengths do
  }
}

function readBatch<Event extends ActorEvent>(
  bytes: Buffer,
  unpack: (event: Uint8Array) => Event | undefined,
): Batch<Event> | undefined {
  const count = bytes.readUInt16LE(headBytes - 2);
  if (bytes.readUInt8(0) !== version || count > limits.tailBatchEntriesMax) return undefined;
  const turns: TailTurn<Event>[] = [];
  const records: RecordPiece[] = [];
  let at = headBytes;
  for (let left = count; left > 0; left--) {
    const kind = bytes.readUInt8(at);
    const length = bytes.readUInt32LE(at + 1);
    const body = bytes.subarray(at + itemBytes, at + itemBytes + length);
    if (body.length !== length) return undefined;
    at += itemBytes + length;
    if (kind === kinds.record)
      records.push({ segment: body.readUIntLE(0, 6), offset: body.readUIntLE(6, 6), bytes: Uint8Array.from(body.subarray(12)) }); // prettier-ignore
    else {
      const turn = kind === kinds.turn ? readTurn(body, unpack) : undefined;
      if (turn === undefined) return undefined;
      turns.push(turn);
    }
  }
  if (at !== bytes.length) return undefined;
  return { number: bytes.readUIntLE(1, 6), covered: bytes.readUIntLE(7, 6), sequence: bytes.readUIntLE(13, 6), turns, records }; // prettier-ignore
}

function readTurn<Event extends ActorEvent>(
  body: Buffer,
  unpack: (event: Uint8Array) => Event | undefined,
): TailTurn<Event> | undefined {
  const [epoch = 0, n = 0, citedEpoch = 0, citedN = 0] = [2, 8, 14, 20].map((at) => body.readUIntLE(at, 6));
  let at = 26;
  const texts: string[] = [];
  while (texts.length < 3) {
    const from = at + 2;
    at = from + body.readUInt16LE(at);
    texts.push(body.toString("utf8", from, at));
  }
  const drops = body.readUInt8(at);
  const event = unpack(body.subarray(at + 1));
  const [key = "", opens = "", closes = ""] = texts;
  if (event === undefined || key === "" || drops > 1) return undefined;
  const operated = {
    ...(opens === "" ? {} : { opens }),
    ...(closes === "" ? {} : { closes }),
    ...(drops === 1 ? { drops: true as const } : {}),
  };
  const shard = body.readUInt16LE(0);
  if (shard >= shardCount) return undefined;
  const entry = { kind: "turn", shard, epoch, n, key, event, ...operated } as const;
  return { entry, cited: { epoch: citedEpoch, n: citedN } };
}
