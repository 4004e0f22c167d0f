/** A node's lease row: fixed 16 bytes. */
export interface NodeRow {
  readonly incarnation: number;
  /** Written by another, over a row that stood still: its incarnation is over. */
  readonly isDead: boolean;
  /** Which renewal of its incarnation it is. */
  readonly count: number;
}

export const nodeKeyPrefix = "node.";
/** No honest node comes near it: a row that does was written by somebody else, to leave no number above it. */
export const numberMax = 2 ** 46;
const version = 1;
const rowBytes = 16;

export function encodeNodeRow({ incarnation, isDead, count }: NodeRow): Uint8Array {
  const bytes = Buffer.alloc(rowBytes);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(isDead ? 1 : 0, 1);
  bytes.writeUIntLE(incarnation, 4, 6);
  bytes.writeUIntLE(count, 10, 6);
  return bytes;
}

/** @returns undefined for anything that `encodeNodeRow` does not give */
export function decodeNodeRow(row: Uint8Array): NodeRow | undefined {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  if (bytes.length !== rowBytes || bytes[0] !== version || (bytes[1] ?? 2) > 1) return undefined;
  const [incarnation, count] = [bytes.readUIntLE(4, 6), bytes.readUIntLE(10, 6)];
  // The next one must have room too.
  if (incarnation > numberMax || count > numberMax) return undefined;
  return { isDead: bytes[1] === 1, incarnation, count };
}
