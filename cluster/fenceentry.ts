/**
 * One message of a fence log as bytes: little-endian, lengths checked, nothing in it that could be taken for code.
 *
 *     version 1 | kind 1 | epoch 6 | count 6 | writer 1 + n | bodies 2 | each 4 + n
 */
export interface FenceEntry {
  /** A seal that clears the line carries what is still to be known; most have nothing. */
  readonly kind: "seal" | "bodies";
  readonly epoch: number;
  /** Which process wrote it: a text that was never used before. */
  readonly writer: string;
  /** Which of its writer's messages it is. */
  readonly count: number;
  readonly bodies: readonly Uint8Array[];
}

const version = 1;
const kinds = ["seal", "bodies"] as const;
const headBytes = 14;
const writerBytesMax = 64;

export function encodeFenceEntry({ kind, epoch, writer, count, bodies }: FenceEntry): Uint8Array {
  const name = Buffer.from(writer, "utf8");
  const length = bodies.reduce((sum, body) => sum + 4 + body.length, headBytes + 1 + name.length + 2);
  const bytes = Buffer.alloc(length);
  let at = bytes.writeUInt8(version, 0);
  at = bytes.writeUInt8(kinds.indexOf(kind), at);
  at = bytes.writeUIntLE(epoch, at, 6);
  at = bytes.writeUIntLE(count, at, 6);
  at = bytes.writeUInt8(name.length, at);
  at += name.copy(bytes, at);
  at = bytes.writeUInt16LE(bodies.length, at);
  for (const body of bodies) {
    at = bytes.writeUInt32LE(body.length, at);
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/** @returns undefined for anything that `encodeFenceEntry` does not give */
export function decodeFenceEntry(message: Uint8Array): FenceEntry | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  try {
    return read(bytes);
  } catch {
    return undefined; // it ends before its own lengths do
  }
}

function read(bytes: Buffer): FenceEntry | undefined {
  const kind = kinds[bytes.readUInt8(1)];
  const nameLength = bytes.readUInt8(headBytes);
  if (bytes.readUInt8(0) !== version || kind === undefined || nameLength > writerBytesMax) return undefined;
  let at = headBytes + 1 + nameLength;
  const writer = bytes.toString("utf8", headBytes + 1, at);
  const count = bytes.readUInt16LE(at);
  at += 2;
  const bodies: Uint8Array[] = [];
  for (let left = count; left > 0; left--) {
    const length = bytes.readUInt32LE(at);
    at += 4;
    if (at + length > bytes.length) return undefined;
    bodies.push(Uint8Array.from(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.length || (kind === "bodies" && count === 0)) return undefined;
  return { kind, epoch: bytes.readUIntLE(2, 6), writer, count: bytes.readUIntLE(8, 6), bodies };
}
