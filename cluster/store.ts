/**
 * The store: a few rows that all nodes share, each with a revision, changed by compare-and-swap and watched. Port and
 * the adapter for one machine; adapters hold to one suite (store.cases.ts).
 *
 * T1. A swap succeeds only while the row's revision is the expected one (0: there is no row), and gives a revision above
 *     all earlier ones of the store.
 * T2. The watch brings each row that stands, then every change, in the order of revisions. It may leave out a change that
 *     was overwritten. It never brings what was not written.
 * T3. `then` is called exactly once and never within `swap`: with "unknown" when nothing was heard for storeSwapMs. An
 *     unknown swap may have succeeded, or may still do so.
 * T4. There is no read: a read may come from a replica that lags, and nothing is decided by it.
 */

export interface Row {
  readonly key: string;
  readonly revision: number;
  /** Undefined when the row is gone. */
  readonly value: Uint8Array | undefined;
}

export type SwapResult =
  /** `at` is the store's own time in epoch milliseconds. */
  | { readonly kind: "swapped"; readonly revision: number; readonly at: number }
  | { readonly kind: "conflict" }
  | { readonly kind: "unknown" };

export interface Store {
  swap(key: string, value: Uint8Array, expected: number, then: (result: SwapResult) => void): void;
  /**
   * @param onRow      each row and change
   * @param onCaughtUp once, when all rows that stood at the beginning have come
   * @returns ends the watch
   */
  watch(onRow: (row: Row) => void, onCaughtUp: () => void): () => void;
}

export interface MemoryStoreOptions {
  /** Runs something after the current turn. */
  readonly later: (run: () => void) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** For one process, and for tests. */
export class MemoryStore implements Store {
  readonly #options: MemoryStoreOptions;
  readonly #rows = new Map<string, Row>();
  readonly #watchers = new Set<(row: Row) => void>();
  #revision = 0;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
  }

  swap(key: string, value: Uint8Array, expected: number, then: (result: SwapResult) => void): void {
    const result = this.#swap(key, value, expected);
    this.#options.later(() => then(result));
  }

  watch(onRow: (row: Row) => void, onCaughtUp: () => void): () => void {
    const standing = [...this.#rows.values()].sort((one, other) => one.revision - other.revision);
    let isOver = false;
    const tell = (row: Row): void => this.#options.later(() => (isOver ? undefined : onRow(row)));
    for (const row of standing) tell(row);
    this.#options.later(() => (isOver ? undefined : onCaughtUp()));
    this.#watchers.add(tell);
    return () => {
      isOver = true;
      this.#watchers.delete(tell);
    };
  }

  #swap(key: string, value: Uint8Array, expected: number): SwapResult {
    if ((this.#rows.get(key)?.revision ?? 0) !== expected) return { kind: "conflict" };
    const row = { key, revision: ++this.#revision, value: Uint8Array.from(value) };
    this.#rows.set(key, row);
    for (const tell of this.#watchers) tell(row);
    return { kind: "swapped", revision: row.revision, at: this.#options.now() };
  }
}
