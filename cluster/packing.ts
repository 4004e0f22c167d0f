/**
 * A shard on its way into one stream, session by session, while calls go on. Owns which session comes next. Does not own what
 * is sent of it (fills.ts).
 *
 * K1. Each session of the shard comes once, also one that is met on the way; and again when it had a turn after it came.
 * K2. It comes to an end: once all have come, those with turns get lateSlices more; then they come in one.
 */

const lateSlices = 4;

export class Packing {
  readonly #stream: number;
  readonly #epoch: number;
  readonly #keys: Iterator<string>;
  /** Had a turn, and did not come since. */
  readonly #turned = new Set<string>();
  #ahead: string | undefined;
  #isThrough = false;
  #slices = 0;
  #isBegun = false;

  /** @param keys of the shard; more may come while it goes on */
  constructor(stream: number, epoch: number, keys: ReadonlySet<string>) {
    this.#stream = stream;
    this.#epoch = epoch;
    this.#keys = keys.values();
    this.#step();
  }

  is(stream: number, epoch: number): boolean {
    return this.#stream === stream && this.#epoch === epoch;
  }

  /** A slice is packed. */
  sliced(): void {
    if (this.#isThrough) this.#slices++;
    this.#isBegun = true;
  }

  /** Its first part is in the stream. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  get isDone(): boolean {
    return this.#isThrough && this.#turned.size === 0;
  }

  /** It has taken long enough. */
  get isLate(): boolean {
    return this.#slices > lateSlices;
  }

  turned(key: string): void {
    this.#turned.add(key);
  }

  next(): string | undefined {
    const key = this.#ahead ?? this.#turned.values().next().value;
    if (key === undefined) return undefined;
    this.#turned.delete(key);
    if (key === this.#ahead) this.#step();
    return key;
  }

  #step(): void {
    const { value, done } = this.#keys.next();
    this.#isThrough = done === true;
    this.#ahead = done === true ? undefined : value;
  }
}
