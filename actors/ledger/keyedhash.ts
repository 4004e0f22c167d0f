/**
 * Keyed hashes of grams and of values: HalfSipHash in its variant with one round for each word and three at the end, on
 * 32-bit words throughout. Who has hashes and not the key cannot try values out, however few there are.
 *
 * H1. A hash depends on the key, on what is hashed and on nothing else: owner and copy, and any node of a cluster under one
 *     master key, have the same.
 * H2. Grams and values are hashed, and hints sealed, under keys of their own: one says nothing of the other.
 *
 * @see Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; HalfSipHash is its 32-bit form.
 */

/** Bytes of a key: three parts of 64 bits each. */
export const ledgerKeyBytes = 24;

export class KeyedHash {
  /** Names the key, and says nothing of it. */
  readonly id: string;
  readonly #g0: number;
  readonly #g1: number;
  readonly #g2: number;
  readonly #g3: number;
  readonly #v0: number;
  readonly #v1: number;
  readonly #s0: number;
  readonly #s1: number;

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
    this.#s0 = view.getInt32(16, true);
    this.#s1 = view.getInt32(20, true);
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
   * Of a run of symbols.
   *
   * @param step 1, or -1 for the run read backwards from `at`
   */
  value(codes: Uint8Array, at: number, length: number, step: 1 | -1): number {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    const whole = length - (length % 6);
    const twice = step + step;
    for (let from = 0, next = at; from < whole; from += 6) {
      const [fourth, fifth] = [next + twice + step, next + twice + twice];
      const word = (codes[next] ?? 0) | ((codes[next + step] ?? 0) << 5) | ((codes[next + twice] ?? 0) << 10) | ((codes[fourth] ?? 0) << 15) | ((codes[fifth] ?? 0) << 20) | ((codes[fifth + step] ?? 0) << 25); // prettier-ignore
      next += 6 * step;
      v3 ^= word;
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
    }
    // The last word holds the length, so that a run and its beginning differ.
    let word = length << 25;
    for (let from = whole; from < length; from++)
      word = (word ^ ((codes[at + step * from] ?? 0) << (5 * (from - whole)))) | 0;
    v3 ^= word;
    for (let round = 0; round < 4; round++) {
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
    return (v1 ^ v3) >>> 0;
  }

  /**
   * A mark's hint sealed, or opened again: 30 bits that are others for each value and each place in it, so that nobody sees
   * which values have a part in common.
   *
   * @param check of the mark @param about of the mark, of which the value's length and the place count
   */
  seal(hint: number, check: number, about: number): number {
    let v0 = this.#s0;
    let v1 = this.#s1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    for (let round = 0; round < 5; round++) {
      const word = round === 0 ? check : round === 1 ? (about & 0x3fff) | (8 << 24) : 0;
      v3 ^= word;
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
      if (round === 1) v2 ^= 0xff;
    }
    return (hint ^ v1 ^ v3) & 0x3fffffff;
  }
}
