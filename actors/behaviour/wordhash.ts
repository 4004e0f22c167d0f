/**
 * Keyed hashes of words, for guard four: HalfSipHash with one round for each word of 32 bits and three at the end, over folded
 * letters. Who has hashes and not the key cannot try words out, nor make one that meets another.
 *
 * H1. Case makes no difference; everything else does.
 * H2. Never 0: that is an empty slot.
 *
 * @see Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; HalfSipHash is its 32-bit form.
 */

/** Bytes of a key. */
export const wordKeyBytes = 8;

export class WordHash {
  /** Names the key, and says nothing of it. */
  readonly id: string;
  readonly #k0: number;
  readonly #k1: number;

  constructor(key: Uint8Array, id: string) {
    if (key.length !== wordKeyBytes)
      throw new Error(`a key of words has ${wordKeyBytes} bytes, not ${key.length}`);
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.id = id;
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
  }

  /** Of a run of a text, in lower case. */
  word(text: string, from: number, to: number): number {
    for (let at = from; at < to; at++)
      if (text.charCodeAt(at) > 127)
        return this.#run(text.slice(from, to).toLowerCase().normalize("NFC"), 0, -1);
    return this.#run(text, from, to);
  }

  of(text: string): number {
    return this.word(text, 0, text.length);
  }

  /** Of two, in their order: what they are hashes of is already out of sight. */
  pair(first: number, second: number): number {
    const mixed = Math.imul((first ^ ((second << 13) | (second >>> 19))) + 0x9e3779b9, 0x85ebca6b);
    const again = Math.imul(mixed ^ (mixed >>> 15) ^ second, 0xc2b2ae35);
    return (again ^ (again >>> 16)) >>> 0 || 1;
  }

  /** @param end -1: two units to a word and all of the text, for what is not ASCII */
  #run(text: string, from: number, end: number): number {
    const isWide = end < 0;
    const to = isWide ? text.length : end;
    const each = isWide ? 2 : 4;
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = 0x6c796765 ^ this.#k0;
    let v3 = 0x74656462 ^ this.#k1;
    let at = from;
    for (let isLast = false; !isLast;) {
      let word = 0;
      isLast = at + each > to;
      for (let shift = 0; at < to && shift < 32; shift += isWide ? 16 : 8) {
        let code = text.charCodeAt(at++);
        if (code >= 65 && code <= 90) code += 32;
        word |= code << shift;
      }
      if (isLast) word ^= ((to - from) << 24) ^ (isWide ? 0x800000 : 0);
      v3 ^= word;
      for (let round = isLast ? 4 : 1; round > 0; round--) {
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
        if (isLast && round === 4) {
          v0 ^= word;
          v2 ^= 0xff;
        }
      }
      if (!isLast) v0 ^= word;
    }
    return (v1 ^ v3) >>> 0 || 1;
  }
}
