/** Keccak-256 as Ethereum and Monero use it (padding 0x01, not SHA-3's 0x06). Pure, small, and slow enough to be called last. */
const mask = (1n << 64n) - 1n;

const roundConstants = [
  0x0000000000000001n, 0x0000000000008082n, 0x800000000000808an, 0x8000000080008000n, 0x000000000000808bn,
  0x0000000080000001n, 0x8000000080008081n, 0x8000000000008009n, 0x000000000000008an, 0x0000000000000088n,
  0x0000000080008009n, 0x000000008000000an, 0x000000008000808bn, 0x800000000000008bn, 0x8000000000008089n,
  0x8000000000008003n, 0x8000000000008002n, 0x8000000000000080n, 0x000000000000800an, 0x800000008000000an,
  0x8000000080008081n, 0x8000000000008080n, 0x0000000080000001n, 0x8000000080008008n,
] as const; // prettier-ignore

/** Rotation of lane x + 5y. */
const rotations = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
] as const; // prettier-ignore

const rateBytes = 136;

/** @see NIST FIPS 202, section 3, with the padding of the submission to the SHA-3 competition */
export function keccak256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / rateBytes) * rateBytes);
  padded.set(bytes);
  padded[bytes.length] = 0x01;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  let lanes = Array<bigint>(25).fill(0n);
  for (let block = 0; block < padded.length; block += rateBytes) {
    for (let lane = 0; lane < rateBytes / 8; lane++)
      lanes[lane] = (lanes[lane] ?? 0n) ^ readLane(padded, block + lane * 8);
    for (const constant of roundConstants) lanes = round(lanes, constant);
  }
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = Number(((lanes[i >> 3] ?? 0n) >> BigInt(8 * (i & 7))) & 0xffn);
  return out;
}

function readLane(bytes: Uint8Array, at: number): bigint {
  let lane = 0n;
  for (let i = 7; i >= 0; i--) lane = (lane << 8n) | BigInt(bytes[at + i] ?? 0);
  return lane;
}

function round(lanes: readonly bigint[], constant: bigint): bigint[] {
  const at = (x: number, y: number): bigint => lanes[(x % 5) + 5 * (y % 5)] ?? 0n;
  const parity = [0, 1, 2, 3, 4].map((x) => at(x, 0) ^ at(x, 1) ^ at(x, 2) ^ at(x, 3) ^ at(x, 4));
  const mixed = parity.map((_, x) => (parity[(x + 4) % 5] ?? 0n) ^ rotate(parity[(x + 1) % 5] ?? 0n, 1));
  const turned = Array<bigint>(25).fill(0n);
  for (let x = 0; x < 5; x++) {
    for (let y = 0; y < 5; y++) {
      const lane = at(x, y) ^ (mixed[x] ?? 0n);
      turned[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(lane, rotations[x + 5 * y] ?? 0);
    }
  }
  const next = turned.map((lane, i) => {
    const [x, y] = [i % 5, i - (i % 5)];
    return lane ^ (~(turned[((x + 1) % 5) + y] ?? 0n) & mask & (turned[((x + 2) % 5) + y] ?? 0n));
  });
  next[0] = (next[0] ?? 0n) ^ constant;
  return next;
}

function rotate(lane: bigint, by: number): bigint {
  return ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & mask;
}
