/**
 * Keyed hashes of words, for guard four: HalfSipHash with one round for each word of 32 bits and three at the end, over folded
 * letters. Who has hashes and not the key cannot try words out, nor make one that meets another.
 *
 * H1. Case makes no difference; everything else does.
 * H2. Never 0: that is an empty slot.
 * H3. A word of ASCII is hashed four letters at a time, any other one two units at a time, composed (NFC).
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
  #codes = new Uint16Array(64);

  constructor(key: Uint8Array, id: string) {
    if (key.length !== wordKeyBytes)
      throw new Error(`a key of words has ${wordKeyBytes} bytes, not ${key.length}`);
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.id = id;
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
  }

  /** Of a text, whatever its case. */
  of(text: string): number {
    for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return this.#wide(text);
    const codes = this.#room(text.length);
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      codes[at] = code >= 65 && code <= 90 ? code + 32 : code;
    }
    return this.ofCodes(codes, 0, text.length, 4);
  }

  #wide(text: string): number {
    const folded = text.toLowerCase().normalize("NFC");
    const codes = this.#room(folded.length);
    for (let at = 0; at < folded.length; at++) codes[at] = folded.charCodeAt(at);
    return this.ofCodes(codes, 0, folded.length, 2);
  }

  #room(length: number): Uint16Array {
    if (length > this.#codes.length) this.#codes = new Uint16Array(length * 2);
    return this.#codes;
  }

  /** Of two, in their order: what they are hashes of is already out of sight. */
  pair(first: number, second: number): number {
    const mixed = Math.imul((first ^ ((second << 13) | (second >>> 19))) + 0x9e3779b9, 0x85ebca6b);
    const again = Math.imul(mixed ^ (mixed >>> 15) ^ second, 0xc2b2ae35);
    return (again ^ (again >>> 16)) >>> 0 || 1;
  }

  /** Of a run of folded units. @param each 4: all of them ASCII; 2: any */
  ofCodes(codes: Uint16Array, from: number, to: number, each: 2 | 4): number {
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    const shift = each === 4 ? 8 : 16;
    let at = from;
    for (; at + each <= to; at += each) {
      const word =
        each === 4
          ? (codes[at] ?? 0) | ((codes[at + 1] ?? 0) << 8) | ((codes[at + 2] ?? 0) << 16) | ((codes[at + 3] ?? 0) << 24) // prettier-ignore
          : (codes[at] ?? 0) | ((codes[at + 1] ?? 0) << 16);
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
    let last = ((to - from) << 24) ^ (each === 4 ? 0 : 0x800000);
    for (let bits = 0; at < to; at++, bits += shift) last ^= (codes[at] ?? 0) << bits;
    v3 ^= last;
    for (let round = 0; round < 4; round++) {
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
      if (round === 0) {
        v0 ^= last;
        v2 ^= 0xff;
      }
    }
    return (v1 ^ v3) >>> 0 || 1;
  }
}
