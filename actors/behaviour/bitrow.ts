/**
 * Numbers as a row of bits, and the row as text of seven bits to a character: a snapshot is MessagePack, which takes one byte for
 * each of those. Owns how numbers are written; reading past the end, or what cannot have been written, is told and gives zeros.
 *
 * B1. One row has one text: unused bits are zeros, and nothing stands behind the last.
 */
const bitsOfChar = 7;
const decoder = new TextDecoder("latin1");
/** Bits of the length of a number: up to 53 of them. */
const lengthBits = 6;
const safeBits = 53;
/** More than so many zeros in a row are no remainder that was written. */
const unaryMost = 4_096;

export class BitWriter {
  #bytes = new Uint8Array(512);
  #length = 0;
  #held = 0;
  #count = 0;

  /** @param count up to 32 */
  bits(value: number, count: number): void {
    for (let left = count; left > 0;) {
      const taken = Math.min(left, bitsOfChar - this.#count);
      left -= taken;
      this.#held = (this.#held << taken) | ((value >>> left) & ((1 << taken) - 1));
      this.#count += taken;
      if (this.#count === bitsOfChar) this.#put();
    }
  }

  /** A whole number from 0 to 2^53 - 1: short where it is small. */
  number(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    const low = value >>> 0;
    const length = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    this.bits(length, lengthBits);
    if (length > 32) this.bits(high, length - 32);
    this.bits(low, Math.min(32, length));
  }

  /** Golomb's code with a power of two: best for numbers near 2^shift. */
  rice(value: number, shift: number): void {
    for (let left = value >>> shift; left > 0; left--) this.bits(0, 1);
    this.bits(1, 1);
    this.bits(value, shift);
  }

  text(): string {
    if (this.#count > 0) {
      this.#held <<= bitsOfChar - this.#count;
      this.#put();
    }
    return decoder.decode(this.#bytes.subarray(0, this.#length));
  }

  #put(): void {
    if (this.#length === this.#bytes.length) {
      const bytes = this.#bytes;
      (this.#bytes = new Uint8Array(bytes.length * 2)).set(bytes);
    }
    this.#bytes[this.#length++] = this.#held;
    this.#held = this.#count = 0;
  }
}

export class BitReader {
  /** Something was read that nobody wrote. */
  isBroken = false;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  bits(count: number): number {
    let value = 0;
    for (let left = count; left > 0;) {
      const place = Math.floor(this.#at / bitsOfChar);
      const code = place < this.#text.length ? this.#text.charCodeAt(place) : 128;
      if (code > 127) {
        this.isBroken = true;
        return 0;
      }
      const room = bitsOfChar - (this.#at % bitsOfChar);
      const taken = Math.min(left, room);
      value = (value << taken) | ((code >>> (room - taken)) & ((1 << taken) - 1));
      this.#at += taken;
      left -= taken;
    }
    return value >>> 0;
  }

  number(): number {
    const length = this.bits(lengthBits);
    if (length > safeBits) this.isBroken = true;
    if (this.isBroken) return 0;
    const high = length > 32 ? this.bits(length - 32) : 0;
    return high * 2 ** 32 + this.bits(Math.min(32, length));
  }

  rice(shift: number): number {
    let high = 0;
    while (!this.isBroken && this.bits(1) === 0) if (++high > unaryMost) this.isBroken = true;
    return ((high << shift) | this.bits(shift)) >>> 0;
  }

  /** Whether all was read, and nothing else was there. */
  get isOver(): boolean {
    const left = this.#text.length * bitsOfChar - this.#at;
    return !this.isBroken && left >= 0 && left < bitsOfChar && (left === 0 || (this.#text.charCodeAt(this.#text.length - 1) & ((1 << left) - 1)) === 0); // prettier-ignore
  }
}

/** How many bits tell so many things apart. */
export function bitsFor(things: number): number {
  return things < 2 ? 0 : 32 - Math.clz32(things - 1);
}
