/**
 * A body of a fence log: what a successor must know before an effect may go out. Little-endian, lengths checked, nothing in
 * it that could be taken for code.
 *
 *     version 1 | time 8 | epoch 6 | n 6 | operation 1 + n | session 2 + n
 */
import assert from "node:assert/strict";

export interface FenceFact {
  /** Operation that was to be made; "" when the session's labels rose. */
  readonly op: string;
  readonly key: string;
  /** Event time. */
  readonly at: number;
  /** Whose fact it is; and its place in the record chain of that epoch. */
  readonly epoch: number;
  readonly n: number;
}

const version = 1;
const headBytes = 21;

export function encodeFenceFact({ op, key, at, epoch, n }: FenceFact): Uint8Array {
  const [name, session] = [Buffer.from(op, "utf8"), Buffer.from(key, "utf8")];
  assert.ok(name.length <= 0xff && session.length <= 0xffff, `an operation named ${op} of ${key}`);
  const bytes = Buffer.alloc(headBytes + 1 + name.length + 2 + session.length);
  let place = bytes.writeUInt8(version, 0);
  place = bytes.writeDoubleLE(at, place);
  place = bytes.writeUIntLE(epoch, place, 6);
  place = bytes.writeUIntLE(n, place, 6);
  place = bytes.writeUInt8(name.length, place);
  place += name.copy(bytes, place);
  place = bytes.writeUInt16LE(session.length, place);
  session.copy(bytes, place);
  return bytes;
}

/** @returns undefined for anything that `encodeFenceFact` does not give */
export function decodeFenceFact(body: Uint8Array): FenceFact | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  try {
    const named = headBytes + 1 + bytes.readUInt8(headBytes);
    const end = named + 2 + bytes.readUInt16LE(named);
    const at = bytes.readDoubleLE(1);
    if (bytes.readUInt8(0) !== version || bytes.length !== end || !Number.isFinite(at)) return undefined;
    const op = bytes.toString("utf8", headBytes + 1, named);
    const key = bytes.toString("utf8", named + 2, end);
    const [epoch, n] = [bytes.readUIntLE(9, 6), bytes.readUIntLE(15, 6)];
    return key === "" ? undefined : { op, key, at, epoch, n };
  } catch {
    return undefined; // it ends before its own lengths do
  }
}
