/**
 * The view as the bytes of its row: little-endian, lengths checked, nothing in it that could be taken for code. For 8,192
 * shards and a hundred members some 140 KB. Epochs are whole numbers below 2^48.
 */
import { limits } from "../protocol/limits.ts";
import { numberMax } from "./noderow.ts";
import { nobody, weightMax } from "./view.ts";
import type { Member, View } from "./view.ts";

const magic = 0x67_77_76_31;
const headBytes = 20;
const shardBytes = 2 + 2 + 6 + 6 + 1;
const textBytesMax = 128;
const shardsMax = 65_536;

/** A view that another version of the program wrote: not to be read here, and not to be written over. */
export function isOtherVersion(row: Uint8Array): boolean {
  const [version, ...name] = row.subarray(0, 4);
  return name[0] === 0x76 && name[1] === 0x77 && name[2] === 0x67 && version !== (magic & 0xff);
}

export function encodeView(view: View): Uint8Array {
  const members = view.members.map((member) => ({ ...member, name: Buffer.from(member.id, "utf8") }));
  const history = Buffer.from(view.history, "utf8");
  const shards = view.owner.length;
  const memberBytes = members.reduce((sum, { name }) => sum + 9 + name.length, 0);
  const bytes = Buffer.alloc(headBytes + 1 + history.length + 2 + memberBytes + shards * shardBytes);
  let at = bytes.writeUInt32LE(magic, 0);
  at = bytes.writeUIntLE(view.number, at, 6);
  at = bytes.writeUIntLE(view.base, at, 6);
  at = bytes.writeUInt32LE(shards, at);
  at = writeText(bytes, history, at);
  at = bytes.writeUInt16LE(members.length, at);
  for (const { name, incarnation, weight, isLive } of members) {
    at = writeText(bytes, name, at);
    at = bytes.writeUIntLE(incarnation, at, 6);
    at = bytes.writeUInt8(weight, at);
    at = bytes.writeUInt8(isLive ? 1 : 0, at);
  }
  for (let shard = 0; shard < shards; shard++) {
    at = bytes.writeUInt16LE(view.owner[shard] ?? nobody, at);
    at = bytes.writeUInt16LE(view.runner[shard] ?? nobody, at);
    at = bytes.writeUIntLE(view.epoch[shard] ?? 0, at, 6);
    at = bytes.writeUIntLE(view.lostAt[shard] ?? 0, at, 6);
    at = bytes.writeUInt8(view.inSync[shard] ?? 0, at);
  }
  return bytes;
}

function writeText(bytes: Buffer, text: Buffer, at: number): number {
  const start = bytes.writeUInt8(text.length, at);
  return start + text.copy(bytes, start);
}

/** @returns the view; undefined for anything that `encodeView` does not give */
export function decodeView(row: Uint8Array): View | undefined {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  try {
    return read(bytes);
  } catch {
    return undefined; // it ends before its own lengths do
  }
}

function read(bytes: Buffer): View | undefined {
  if (bytes.readUInt32LE(0) !== magic) return undefined;
  const number = bytes.readUIntLE(4, 6);
  const base = bytes.readUIntLE(10, 6);
  if (number > numberMax || base > numberMax) return undefined;
  const shards = bytes.readUInt32LE(16);
  if (shards > shardsMax || number === 0) return undefined;
  const history = readText(bytes, headBytes);
  let at = headBytes + 1 + bytes.readUInt8(headBytes);
  const count = bytes.readUInt16LE(at);
  at += 2;
  if (history === undefined || count > limits.clusterMembersMax) return undefined;
  const members: Member[] = [];
  const ids = new Set<string>();
  for (let place = 0; place < count; place++) {
    const id = readText(bytes, at);
    at += 1 + bytes.readUInt8(at);
    const [incarnation, weight, life] = [
      bytes.readUIntLE(at, 6),
      bytes.readUInt8(at + 6),
      bytes.readUInt8(at + 7),
    ];
    at += 8;
    if (id === undefined || id === "" || weight > weightMax || life > 1) return undefined;
    if (ids.size === ids.add(id).size) return undefined;
    members.push({ id, incarnation, weight, isLive: life === 1 });
  }
  if (bytes.length !== at + shards * shardBytes) return undefined;
  const view = { number, history, base, members, owner: new Uint16Array(shards), runner: new Uint16Array(shards), epoch: new Float64Array(shards), inSync: new Uint8Array(shards), lostAt: new Float64Array(shards) }; // prettier-ignore
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPlace = (place: number): boolean => place === nobody || place < count;
  for (let shard = 0; shard < shards; shard++, at += shardBytes) {
    // Every node reads every view, and of bytes whose number is known, each read by its own is several times as quick.
    const owner = data.getUint16(at, true);
    const runner = data.getUint16(at + 2, true);
    const epoch = data.getUint32(at + 4, true) + data.getUint16(at + 8, true) * 0x1_0000_0000;
    const lostAt = data.getUint32(at + 10, true) + data.getUint16(at + 14, true) * 0x1_0000_0000;
    const inSync = data.getUint8(at + 16);
    if (!isPlace(owner) || !isPlace(runner) || epoch > number || lostAt > epoch || inSync > 1)
      return undefined;
    view.owner[shard] = owner;
    view.runner[shard] = runner;
    view.epoch[shard] = epoch;
    view.lostAt[shard] = lostAt;
    view.inSync[shard] = inSync;
  }
  return view;
}

function readText(bytes: Buffer, at: number): string | undefined {
  const length = bytes.readUInt8(at);
  if (length > textBytesMax || at + 1 + length > bytes.length) return undefined;
  return bytes.toString("utf8", at + 1, at + 1 + length);
}
