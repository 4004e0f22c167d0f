/**
 * Bytes from an upstream until they are a whole message. Bounded, and cheap in the two extremes: one chunk (the usual
 * answer) is never copied; a million chunks of one byte cost a few copies and no million objects.
 */
import { isAscii, isUtf8 } from "node:buffer";

/** Pieces below it are copied together; a Buffer object alone costs about 100 bytes. */
const smallBytes = 4_096;
const pageBytes = 64 * 1024;
const none = Buffer.alloc(0);

export class ByteGatherer {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #page: Buffer | undefined;
  #pageUsed = 0;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false when the bound is exceeded; what was gathered is then gone */
  add(piece: Buffer): boolean {
    this.#length += piece.length;
    if (this.#length > this.#bytesMax) {
      this.#reset();
      return false;
    }
    if (this.#parts.length === 0 && this.#page === undefined) this.#parts.push(piece);
    else if (piece.length >= smallBytes) {
      this.#closePage();
      this.#parts.push(piece);
    } else this.#copy(piece);
    return true;
  }

  /** What was gathered, as one buffer; the gatherer is empty afterwards. */
  take(): Buffer {
    this.#closePage();
    const parts = this.#parts;
    this.#reset();
    return parts.length === 1 ? (parts[0] ?? none) : Buffer.concat(parts);
  }

  #copy(piece: Buffer): void {
    if (this.#page !== undefined && this.#pageUsed + piece.length > pageBytes) this.#closePage();
    this.#page ??= Buffer.allocUnsafeSlow(pageBytes);
    piece.copy(this.#page, this.#pageUsed);
    this.#pageUsed += piece.length;
  }

  #closePage(): void {
    if (this.#page !== undefined) this.#parts.push(this.#page.subarray(0, this.#pageUsed));
    this.#page = undefined;
    this.#pageUsed = 0;
  }

  #reset(): void {
    this.#parts = [];
    this.#page = undefined;
    this.#pageUsed = 0;
    this.#length = 0;
  }
}

/** A larger buffer is not kept for what comes next: one long line must not cost its stream memory for ever. */
const keptBytesMax = 1024 * 1024;

/**
 * The same for one line of a stream after the other, into one buffer: pieces of a slow stream wait long, and as objects
 * of their own each of them would become garbage of the old generation (docs/adr/0005).
 */
export class LineGatherer {
  readonly #bytesMax: number;
  #buffer = none;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false when the bound is exceeded; what was gathered is then gone */
  add(piece: Buffer): boolean {
    const length = this.#length + piece.length;
    if (length > this.#bytesMax) {
      this.#buffer = none;
      this.#length = 0;
      return false;
    }
    if (length > this.#buffer.length) this.#grow(length);
    piece.copy(this.#buffer, this.#length);
    this.#length = length;
    return true;
  }

  /** What was gathered, until the next `add`; the gatherer is empty afterwards. */
  take(): Buffer {
    const line = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    if (this.#buffer.length > keptBytesMax) this.#buffer = none;
    return line;
  }

  #grow(length: number): void {
    const size = Math.min(this.#bytesMax, Math.max(smallBytes, length, 2 * this.#buffer.length));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** UTF-8 bytes as text; undefined when they are not UTF-8: mended text would not be what was sent. */
export function readUtf8(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString("latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}
