/**
 * Fields of a message from another node, taken one by one from MessagePack bytes, each as what is expected there.
 *
 * F1. The bytes choose nothing: there are no maps, no extensions and no keys. What is not of the kind that is expected,
 *     and in its bound, is a fault.
 * F2. After the first fault everything reads as nothing, quickly, and `isSound` is false. Nothing throws.
 * F3. No length is believed beyond the bytes that are there.
 */
import { isUtf8 } from "node:buffer";

export class Fields {
  readonly #bytes: Buffer;
  #at: number;
  #isSound = true;

  /** @param bytes stays in use: what is to live longer than the message is copied by the taker */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }

  /** No fault so far. */
  get isSound(): boolean {
    return this.#isSound;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** For a fault that only the taker can see. */
  refuse(): void {
    this.#isSound = false;
    this.#at = this.#bytes.length;
  }

  /** The number of values of a list, which come next. */
  list(max: number): number {
    const head = this.#byte();
    let count = -1;
    if (head >= 0x90 && head <= 0x9f) count = head & 0x0f;
    else if (head === 0xdc) count = this.#uint(2);
    else if (head === 0xdd) count = this.#uint(4);
    // Each value has a byte at least.
    if (count >= 0 && count <= max && count <= this.#bytes.length - this.#at) return count;
    this.refuse();
    return 0;
  }

  /** A whole number from 0. */
  natural(max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.number();
    if (value >= 0 && value <= max && Number.isSafeInteger(value)) return value;
    this.refuse();
    return 0;
  }

  /** A finite number. */
  number(): number {
    const head = this.#byte();
    if (head <= 0x7f) return head;
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xcc:
        return this.#uint(1);
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xd0:
        return (this.#uint(1) << 24) >> 24;
      case 0xd1:
        return (this.#uint(2) << 16) >> 16;
      case 0xd2:
        return this.#uint(4) | 0;
      case 0xcb: {
        const at = this.#advance(8);
        const value = this.#isSound ? this.#bytes.readDoubleBE(at) : 0;
        // Minus zero is a way to write zero that nobody here writes.
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      }
    }
    this.refuse();
    return 0;
  }

  flag(): boolean {
    const head = this.#byte();
    if (head !== 0xc2 && head !== 0xc3) this.refuse();
    return head === 0xc3;
  }

  /** Whether nothing stands here; then it is taken. */
  isNothing(): boolean {
    if (this.#bytes[this.#at] !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** A text of 1 to `bytesMax` bytes. */
  text(bytesMax: number): string {
    const head = this.#byte();
    let length = -1;
    if (head >= 0xa0 && head <= 0xbf) length = head & 0x1f;
    else if (head === 0xd9) length = this.#uint(1);
    else if (head === 0xda) length = this.#uint(2);
    else if (head === 0xdb) length = this.#uint(4);
    if (length < 1 || length > bytesMax) this.refuse();
    const at = this.#advance(length);
    if (!this.#isSound) return "";
    if (isAscii(this.#bytes, at, this.#at)) return this.#bytes.toString("latin1", at, this.#at);
    if (isUtf8(this.#bytes.subarray(at, this.#at))) return this.#bytes.toString("utf8", at, this.#at);
    this.refuse();
    return "";
  }

  /** Takes a text, and tells whether it is this one: of ASCII, up to 255 characters. Makes no new text. */
  isText(expected: string): boolean {
    const head = this.#byte();
    const length = head === 0xd9 ? this.#uint(1) : head >= 0xa0 && head <= 0xbf ? head & 0x1f : -1;
    const at = this.#advance(length);
    if (length !== expected.length) return false;
    for (let char = 0; char < length; char++)
      if (this.#bytes[at + char] !== expected.charCodeAt(char)) return false;
    return this.#isSound;
  }

  optionalText(bytesMax: number): string | undefined {
    return this.isNothing() ? undefined : this.text(bytesMax);
  }

  /** A view of the message, not a copy. */
  bytes(max: number): Uint8Array {
    const head = this.#byte();
    let length = -1;
    if (head === 0xc4) length = this.#uint(1);
    else if (head === 0xc5) length = this.#uint(2);
    else if (head === 0xc6) length = this.#uint(4);
    if (length < 0 || length > max) this.refuse();
    const at = this.#advance(length);
    return this.#bytes.subarray(at, this.#isSound ? this.#at : at);
  }

  /** All that has not been taken, as a view. */
  rest(): Uint8Array {
    const at = this.#at;
    this.#at = this.#bytes.length;
    return this.#bytes.subarray(at);
  }

  /** Passes over values that a newer version has added: of the kinds that this file knows, lists included. */
  skip(count: number): void {
    for (let left = count; left > 0 && this.#isSound; left--) {
      const head = this.#bytes[this.#at] ?? 0;
      if ((head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd) left += this.list(0xffff_ffff);
      else if (head === 0xc0 || head === 0xc2 || head === 0xc3) this.#advance(1);
      else if (head >= 0xc4 && head <= 0xc6) this.bytes(0xffff_ffff);
      else if (head === 0xa0) this.#advance(1);
      else if ((head > 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb)) this.text(0xffff_ffff);
      else this.number();
    }
  }

  #byte(): number {
    const at = this.#advance(1);
    // 0xc1 is the one byte that MessagePack never uses.
    return this.#isSound ? (this.#bytes[at] ?? 0xc1) : 0xc1;
  }

  #uint(size: 1 | 2 | 4): number {
    const at = this.#advance(size);
    return this.#isSound ? this.#bytes.readUIntBE(at, size) : 0;
  }

  /** @returns where the bytes begin that were passed */
  #advance(count: number): number {
    const at = this.#at;
    if (this.#isSound && count >= 0 && count <= this.#bytes.length - at) {
      this.#at = at + count;
      return at;
    }
    this.refuse();
    return at;
  }
}

function isAscii(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] ?? 0x80) >= 0x80) return false;
  return true;
}
