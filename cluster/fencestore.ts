/**
 * Where fence logs stand: for each shard a line of messages, each written behind the one that its writer names. Port and
 * the adapter for one process; adapters hold to one suite (fencelog.cases.ts).
 *
 * S1. A message is written only while the last of its line is the expected one (0: there is none), and gets a number
 *     above all earlier ones of the line. What is written under a number never changes.
 * S2. `then` is called exactly once and never within the call. "unknown": it may have been written, or may still be.
 * S3. A read gives all messages of the line from one number to another, or undefined. The last of them is known to its
 *     asker, so a copy that lags cannot pass for the whole.
 */
import { limits } from "../protocol/limits.ts";

export interface FenceMessage {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export type Written =
  | { readonly kind: "written"; readonly number: number }
  /** `last`: number of what stands, when it was said. */
  | { readonly kind: "conflict"; readonly last: number | undefined }
  | { readonly kind: "unknown" };

export interface FenceStore {
  /** @param isOnly all earlier messages of the line go with it */
  write(
    shard: number,
    bytes: Uint8Array,
    expected: number,
    isOnly: boolean,
    then: (written: Written) => void,
  ): void;
  read(
    shard: number,
    from: number,
    to: number,
    then: (messages: readonly FenceMessage[] | undefined) => void,
  ): void;
}

/** More than a log ever writes: seals find room where appends do not any more (fencelog.ts). */
export const lineMax = limits.fenceEntriesMax + limits.fenceSealTries * 8;

/** For one process, and for simulation. */
export class MemoryFenceStore implements FenceStore {
  readonly #later: (run: () => void) => void;
  readonly #lines = new Map<number, FenceMessage[]>();
  #number = 0;

  /** @param later runs something after the current turn */
  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  write(
    shard: number,
    bytes: Uint8Array,
    expected: number,
    isOnly: boolean,
    then: (written: Written) => void,
  ): void {
    const written = this.#write(shard, bytes, expected, isOnly);
    this.#later(() => then(written));
  }

  read(
    shard: number,
    from: number,
    to: number,
    then: (messages: readonly FenceMessage[] | undefined) => void,
  ): void {
    const line = this.#lines.get(shard) ?? [];
    const found = line.filter(({ number }) => number >= from && number <= to);
    this.#later(() => then(found.at(-1)?.number === to ? found : undefined));
  }

  #write(shard: number, bytes: Uint8Array, expected: number, isOnly: boolean): Written {
    const line = this.#lines.get(shard) ?? [];
    const last = line.at(-1)?.number ?? 0;
    if (last !== expected) return { kind: "conflict", last };
    if (line.length >= lineMax && !isOnly) return { kind: "unknown" };
    const message = { number: ++this.#number, bytes: Uint8Array.from(bytes) };
    this.#lines.set(shard, isOnly ? [message] : [...line, message]);
    return { kind: "written", number: message.number };
  }
}
