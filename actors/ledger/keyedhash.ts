/**
 * Keyed hashes of grams and of values: HalfSipHash in its variant with one round for each word and three at the end, on
 * 32-bit words throughout. Who has hashes and not the key cannot try values out, however few there are.
 *
 * H1. A hash depends on the key, on what is hashed and on nothing else: owner and copy, and any node of a cluster under one
 *     master key, have the same.
 * H2. Grams and values are hashed under keys of their own: one says nothing of the other.
 *
 * @see Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; HalfSipHash is its 32-bit form.
 */

/** Bytes of a key: two halves of 64 bits each. */
export const ledgerKeyBytes = 16;

export class KeyedHash {
  /** Names the key, and says nothing of it. */
  readonly id: string;
  readonly #g0: number;
  readonly #g1: number;
  readonly #g2: number;
  readonly #g3: number;
  readonly #v0: number;
  readonly #v1: number;

  /**
   * @param key ledgerKeyBytes of it, secret
   * @param id  a name of it, at most a few characters
   */
  constructor(key: Uint8Array, id: string) {
    this.id = id;
    if (key.length !== ledgerKeyBytes)
      throw new Error(`a ledger's key has ${ledgerKeyBytes} bytes, not ${key.length}`);
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.#g0 = view.getInt32(0, true);
    this.#g1 = view.getInt32(4, true);
    this.#g2 = 0x6c796765 ^ this.#g0;
    this.#g3 = 0x74656462 ^ this.#g1;
    this.#v0 = view.getInt32(8, true);
    this.#v1 = view.getInt32(12, true);
  }

  /** Of one gram; never 0. Written out, because each symbol of a call's arguments has one. */
  gram(word: number): number {
    let v0 = this.#g0;
    let v1 = this.#g1;
    let v2 = this.#g2;
    let v3 = this.#g3 ^ word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    v2 ^= 0xff;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    return (v1 ^ v3) >>> 0 || 1;
  }

  /**
   * Of each gram of a run of symbols, by the place where it begins, read in the direction in which it is the smaller number.
   * What `gram` gives, with the key in registers.
   */
  grams(codes: Uint8Array, length: number, into: Int32Array): void {
    const g0 = this.#g0;
    const g1 = this.#g1;
    const g2 = this.#g2;
    const g3 = this.#g3;
    let forward = 0;
    let backward = 0;
    for (let at = 0; at < length; at++) {
      const code = codes[at] ?? 0;
      forward = ((forward << 5) | code) & 0x3fffffff;
      backward = (backward >>> 5) | (code << 25);
      if (at < 5) continue;
      const word = forward < backward ? forward : backward;
      let v0 = (g0 + g1) | 0;
      let v1 = ((g1 << 5) | (g1 >>> 27)) ^ v0;
      let v3 = g3 ^ word;
      let v2 = (g2 + v3) | 0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = ((v2 << 16) | (v2 >>> 16)) ^ 0xff;
      v0 = ((v0 ^ word) + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      const hash = v1 ^ v3;
      into[at - 5] = hash === 0 ? 1 : hash;
    }
  }

  /**
   * Of a run of symbols.
   *
   * @param step 1, or -1 for the run read backwards from `at`
   */
  value(codes: Uint8Array, at: number, length: number, step: 1 | -1): number {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    for (let from = 0; from <= length; from += 6) {
      // The last word holds the length, so that a run and its beginning differ.
      let word = from + 6 > length ? length << 25 : 0;
      for (let next = from; next < from + 6 && next < length; next++)
        word = (word ^ ((codes[at + step * next] ?? 0) << (5 * (next - from)))) | 0;
      const isLast = from + 6 > length;
      v3 ^= word;
      for (let round = 0; round < (isLast ? 4 : 1); round++) {
        if (round === 1) {
          v0 ^= word;
          v2 ^= 0xff;
        }
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      if (!isLast) v0 ^= word;
    }
    return (v1 ^ v3) >>> 0;
  }
}
