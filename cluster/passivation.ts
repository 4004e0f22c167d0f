/**
 * Where states are put away: one row of bytes per key. Owns durability and order of rows; knows nothing of what the
 * bytes hold. Two adapters, SQLite and memory, hold to one test suite.
 *
 * V1. What was saved is what is loaded, from the moment `save` returns; it is on disk at the latest when `flush` has.
 * V2. A row that cannot be written stays in memory and is tried again; it is never dropped, and `waiting` tells of it.
 */
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { limits } from "../protocol/limits.ts";
import { Slots } from "./slots.ts";

export interface Passivation {
  load(key: string): Uint8Array | undefined;
  /** @param at epoch milliseconds of the state's last turn; rows are told by it when they expire */
  save(key: string, bytes: Uint8Array, at: number): void;
  /** The `at` of a key's row; undefined without one. */
  savedAt(key: string): number | undefined;
  remove(key: string): void;
  count(): number;
  /** Keys that begin with a prefix, in order of their code units, at most `limit`, behind `after` when it is given. */
  keys(prefix: string, limit: number, after?: string): string[];
  /** Removes rows whose last turn was before; at most `expireBatch` of them. @returns how many: call again until 0 */
  expire(before: number): number;
  /** Rows that are saved and not yet on disk. */
  waiting(): number;
  /** Puts what waits on disk now. @throws what the disk says; then everything still waits */
  flush(): void;
  close(): void;
}

/** Rows removed by one `expire`, so that it holds up no turn for longer than some ten milliseconds. */
export const expireBatch = 1_000;

/** `at` of a row that never expires. */
export const never = Number.MAX_SAFE_INTEGER;

/** For tests, and for a node that is to forget everything when it ends. */
export class MemoryPassivation implements Passivation {
  readonly #rows = new Slots();

  load(key: string): Uint8Array | undefined {
    return this.#rows.get(key);
  }

  save(key: string, bytes: Uint8Array, at: number): void {
    this.#rows.set(key, bytes, at);
  }

  savedAt(key: string): number | undefined {
    return this.#rows.at(key);
  }

  remove(key: string): void {
    this.#rows.delete(key);
  }

  count(): number {
    return this.#rows.size;
  }

  keys(prefix: string, limit: number, after = ""): string[] {
    const found = [...this.#rows.keys()].filter((key) => key.startsWith(prefix) && key > after);
    return found.sort().slice(0, limit);
  }

  expire(before: number): number {
    const expired: string[] = [];
    for (const key of this.#rows.keys()) {
      if (expired.length >= expireBatch) break;
      if ((this.#rows.at(key) ?? never) < before) expired.push(key);
    }
    for (const key of expired) this.#rows.delete(key);
    return expired.length;
  }

  waiting(): number {
    return 0;
  }

  flush(): void {}

  close(): void {}
}

interface Row {
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface SqliteOptions {
  /** Runs something after the current turn, so many milliseconds from now: a timer, or a simulation's own. */
  readonly later: (run: () => void, waitMs: number) => void;
  /** Told of each write that failed; its rows wait for the next one, limits.recordRetryMs later. */
  readonly onFault: (fault: Error) => void;
}

/**
 * Rows in one SQLite file. Saves are gathered and written in one transaction per tick. WAL with synchronous=NORMAL: a
 * killed process loses at most the tick; a power loss may lose the last transactions, never the file.
 */
export class SqlitePassivation implements Passivation {
  readonly #database: DatabaseSync;
  readonly #options: SqliteOptions;
  readonly #waiting = new Map<string, Row>();
  #isScheduled = false;
  #isClosed = false;
  readonly #load: StatementSync;
  readonly #savedAt: StatementSync;
  readonly #save: StatementSync;
  readonly #remove: StatementSync;
  readonly #count: StatementSync;
  readonly #keys: StatementSync;
  readonly #expire: StatementSync;

  /** @param path file, or ":memory:"; its folder must exist and be private to the node */
  constructor(path: string, options: SqliteOptions) {
    this.#options = options;
    this.#database = new DatabaseSync(path);
    // Rows of up to a few kilobytes: small pages keep one write small. The cache bounds what 100,000 rows cost us.
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -8192;
      CREATE TABLE IF NOT EXISTS passivated (key TEXT PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS passivated_at ON passivated (at);
    `);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#load = prepare("SELECT bytes FROM passivated WHERE key = ?");
    this.#savedAt = prepare("SELECT at FROM passivated WHERE key = ?");
    this.#save = prepare(
      "INSERT INTO passivated (key, at, bytes) VALUES (?, ?, ?) " +
        "ON CONFLICT (key) DO UPDATE SET at = excluded.at, bytes = excluded.bytes",
    );
    this.#remove = prepare("DELETE FROM passivated WHERE key = ?");
    this.#count = prepare("SELECT count(*) AS count FROM passivated");
    this.#keys = prepare(
      "SELECT key FROM passivated WHERE key > ?1 AND key >= ?2 AND key < ?2 || char(1114111) ORDER BY key LIMIT ?3",
    );
    this.#expire = prepare(
      "DELETE FROM passivated WHERE key IN (SELECT key FROM passivated WHERE at < ? ORDER BY at LIMIT ?)",
    );
  }

  load(key: string): Uint8Array | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.bytes;
    const bytes = this.#load.get(key)?.["bytes"];
    return bytes instanceof Uint8Array ? bytes : undefined;
  }

  save(key: string, bytes: Uint8Array, at: number): void {
    this.#waiting.set(key, { bytes: Uint8Array.from(bytes), at });
    this.#schedule(0);
  }

  savedAt(key: string): number | undefined {
    const at = this.#waiting.get(key)?.at ?? this.#savedAt.get(key)?.["at"];
    return typeof at === "number" ? at : undefined;
  }

  remove(key: string): void {
    this.#waiting.delete(key);
    this.#remove.run(key);
  }

  count(): number {
    this.flush();
    return Number(this.#count.get()?.["count"] ?? 0);
  }

  keys(prefix: string, limit: number, after = ""): string[] {
    this.flush();
    return this.#keys.all(after, prefix, limit).map((row) => String(row["key"]));
  }

  expire(before: number): number {
    this.flush();
    return Number(this.#expire.run(before, expireBatch).changes);
  }

  waiting(): number {
    return this.#waiting.size;
  }

  flush(): void {
    if (this.#waiting.size === 0) return;
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const [key, { bytes, at }] of this.#waiting) this.#save.run(key, at, bytes);
      this.#database.exec("COMMIT");
    } catch (fault) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw fault;
    }
    this.#waiting.clear();
  }

  #schedule(waitMs: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.later(() => {
      this.#isScheduled = false;
      try {
        this.flush();
      } catch (fault) {
        this.#schedule(limits.recordRetryMs);
        this.#options.onFault(fault instanceof Error ? fault : new Error(String(fault)));
      }
    }, waitMs);
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#database.close();
  }
}
