/**
 * A packet: what one NATS message between two nodes holds. Owns the header, which versions understand each other, and
 * how frames stand in it. Does not own frames (frames.ts) nor when packets leave (outgoing.ts).
 *
 * Header, big endian: magic (2 bytes), version spoken, lowest version understood, kind, header length in words of four
 * bytes, flags (2), cluster (8), boot (6), sentAt (6), offset (6), grantBoot (6), granted (6), and whatever a newer
 * version adds. Then frames, each with length (4) and wantedMs (4); or one part of a frame.
 *
 * P1. A packet is read whole or refused with a name. Magic, versions and header length keep their place for ever.
 * P2. Two versions understand each other when each is at least the other's lowest. That is so for adjacent ones.
 * P3. `boot` tells processes of one node apart, `sentAt` is monotonic within one: no clock is compared with another.
 */
import { createHash } from "node:crypto";

/** Which frames wait for credit, and which leave first (peer.ts, E2). */
export type Lane = "journal" | "control" | "body";

/** A frame as bytes, in pieces that follow each other. */
export interface Encoded {
  readonly lane: Lane;
  readonly wantedMs: number;
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
}

/** Names of the nodes in the subject that bytes came on. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

export type FrameFault = "malformed" | "unknown kind" | "forged" | "misdirected";

/** What the adapter must know of frames. */
export interface WireCodec<Frame extends object> {
  encode(frame: Frame): readonly Encoded[];
  /** @param isNewer the packet's version is newer than ours: what we do not know is passed over */
  decode(bytes: Uint8Array, route: Route, isNewer: boolean): Frame | FrameFault;
}

/** The version this node speaks, and the oldest that it understands. */
export interface Versions {
  readonly speaks: number;
  readonly lowest: number;
}

/** Since 2 a call that is presented names the epoch under which it is. */
export const currentVersions: Versions = { speaks: 2, lowest: 1 };

export type PacketFault =
  | "no packet"
  | "other cluster"
  | "version too old"
  | "version too new"
  | "unknown packet kind"
  | "malformed packet";

export const packetKinds = { frames: 1, part: 2, credit: 3, word: 4 } as const;

export interface Header {
  readonly kind: number;
  readonly version: number;
  /** Asks for a grant. */
  readonly asks: boolean;
  readonly boot: number;
  /** Milliseconds of the sender's own monotonic clock. */
  readonly sentAt: number;
  /** Bytes that needed credit and were sent to this receiver, those of this packet included. */
  readonly offset: number;
  /** The process that the grant is for; 0 when there is none. */
  readonly grantBoot: number;
  /** Offset up to which it is granted back. */
  readonly granted: number;
}

const magic = 0x4748;
export const headerBytes = 48;
const frameHeadBytes = 8;
export const partHeadBytes = 16;
/** What fits in the six bytes of a number in the header. */
const sixBytesMax = 2 ** 48 - 1;

/** Eight bytes that tell installations apart which share a NATS server by mistake. No secret, no protection. */
export function clusterHash(id: string): Buffer {
  return createHash("sha256").update(`gatehouse cluster ${id}`).digest().subarray(0, 8);
}

export interface Stamp extends Omit<Header, "version"> {
  readonly cluster: Uint8Array;
  readonly versions: Versions;
}

function writeHeader(packet: Buffer, stamp: Stamp): void {
  packet.writeUInt16BE(magic, 0);
  packet[2] = stamp.versions.speaks;
  packet[3] = stamp.versions.lowest;
  packet[4] = stamp.kind;
  packet[5] = headerBytes / 4;
  packet.writeUInt16BE(stamp.asks ? 1 : 0, 6);
  packet.set(stamp.cluster, 8);
  packet.writeUIntBE(stamp.boot, 16, 6);
  packet.writeUIntBE(stamp.sentAt, 22, 6);
  packet.writeUIntBE(stamp.offset, 28, 6);
  packet.writeUIntBE(stamp.grantBoot, 34, 6);
  packet.writeUIntBE(stamp.granted, 40, 6);
  packet.writeUInt16BE(0, 46);
}

/** Bytes of a frame in a packet. */
export function packedBytes(length: number): number {
  return frameHeadBytes + length;
}

/** What is still wanted of a frame, in its place in a packet. */
export interface Packed {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  readonly wantedMs: number;
}

export function framesPacket(stamp: Stamp, frames: readonly Packed[], bytes: number): Buffer {
  // Not of the shared pool, and never written again: the client keeps it until it has left.
  const packet = Buffer.allocUnsafeSlow(headerBytes + bytes);
  writeHeader(packet, stamp);
  let at = headerBytes;
  for (const { pieces, length, wantedMs } of frames) {
    packet.writeUInt32BE(length, at);
    packet.writeUInt32BE(wantedMs, at + 4);
    at += frameHeadBytes;
    for (const piece of pieces) {
      packet.set(piece, at);
      at += piece.length;
    }
  }
  return packet;
}

/** A part of a frame that is too large for one message. */
export interface Part {
  /** Different for each frame of a sender. */
  readonly frame: number;
  readonly index: number;
  /** Bytes of the whole frame. */
  readonly total: number;
  readonly wantedMs: number;
  readonly bytes: Uint8Array;
}

export function partPacket(stamp: Stamp, { frame, index, total, wantedMs, bytes }: Part): Buffer {
  const packet = Buffer.allocUnsafeSlow(headerBytes + partHeadBytes + bytes.length);
  writeHeader(packet, stamp);
  packet.writeUInt32BE(frame, headerBytes);
  packet.writeUInt32BE(index, headerBytes + 4);
  packet.writeUInt32BE(total, headerBytes + 8);
  packet.writeUInt32BE(wantedMs, headerBytes + 12);
  packet.set(bytes, headerBytes + partHeadBytes);
  return packet;
}

export function creditPacket(stamp: Stamp): Buffer {
  const packet = Buffer.allocUnsafeSlow(headerBytes);
  writeHeader(packet, stamp);
  return packet;
}

/** To all nodes: nothing of it is credited or granted. */
export function wordPacket(
  stamp: Pick<Stamp, "cluster" | "versions" | "boot" | "sentAt">,
  word: Uint8Array,
): Buffer {
  const packet = Buffer.allocUnsafeSlow(headerBytes + word.length);
  writeHeader(packet, { ...stamp, kind: packetKinds.word, asks: false, offset: 0, grantBoot: 0, granted: 0 });
  packet.set(word, headerBytes);
  return packet;
}

/** A packet whose header was understood. */
export class Packet {
  readonly header: Header;
  readonly #body: Buffer;

  constructor(header: Header, body: Buffer) {
    this.header = header;
    this.#body = body;
  }

  /**
   * Gives each frame in its order.
   *
   * @returns false when the lengths do not add up; then nothing was given
   */
  frames(take: (bytes: Uint8Array, wantedMs: number) => void): boolean {
    const body = this.#body;
    let at = 0;
    while (at < body.length) {
      if (body.length - at < frameHeadBytes) return false;
      at += frameHeadBytes + body.readUInt32BE(at);
    }
    if (at !== body.length) return false;
    for (at = 0; at < body.length;) {
      const end = at + frameHeadBytes + body.readUInt32BE(at);
      take(body.subarray(at + frameHeadBytes, end), body.readUInt32BE(at + 4));
      at = end;
    }
    return true;
  }

  /** What a word says. */
  get word(): Uint8Array {
    return this.#body;
  }

  part(): Part | undefined {
    const body = this.#body;
    if (body.length <= partHeadBytes) return undefined;
    return {
      frame: body.readUInt32BE(0),
      index: body.readUInt32BE(4),
      total: body.readUInt32BE(8),
      wantedMs: body.readUInt32BE(12),
      bytes: body.subarray(partHeadBytes),
    };
  }
}

export function readPacket(data: Uint8Array, cluster: Buffer, versions: Versions): Packet | PacketFault {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < 6 || bytes.readUInt16BE(0) !== magic) return "no packet";
  const [version = 0, lowest = 0, kind = 0, words = 0] = bytes.subarray(2, 6);
  if (version < versions.lowest) return "version too old";
  if (lowest > versions.speaks) return "version too new";
  const isNewer = version > versions.speaks;
  const length = words * 4;
  if (version < lowest || length > bytes.length || length < headerBytes) return "malformed packet";
  if (!isNewer && length !== headerBytes) return "malformed packet";
  if (bytes.compare(cluster, 0, 8, 8, 16) !== 0) return "other cluster";
  if (kind < packetKinds.frames || kind > packetKinds.word)
    return isNewer ? "unknown packet kind" : "malformed packet";
  const header: Header = {
    kind,
    version,
    asks: (bytes.readUInt16BE(6) & 1) !== 0,
    boot: bytes.readUIntBE(16, 6),
    sentAt: bytes.readUIntBE(22, 6),
    offset: bytes.readUIntBE(28, 6),
    grantBoot: bytes.readUIntBE(34, 6),
    granted: bytes.readUIntBE(40, 6),
  };
  if (header.boot === 0) return "malformed packet";
  return new Packet(header, bytes.subarray(length));
}

/** A number for this process: never zero. */
export function bootNumber(random: Uint8Array): number {
  return (Buffer.from(random).readUIntBE(0, 6) % sixBytesMax) + 1;
}
