/**
 * API keys: who holds which, and whether a presented one is good. Owns: the rows in memory and their life. Does not
 * own: the key's text (key.ts), the file (keyfile.ts), the answer to a bad one (authenticate.ts).
 *
 * K1. The secret is shown once and kept nowhere: a row holds a peppered hash of it.
 * K2. A key opens only the endpoints in its row, for one agent and at most one user, and ends by itself.
 * K3. A revoked key is refused from this process's next call on, even if the disk then fails.
 * K4. While a row is unchanged, its principal is the same object, also over a reload of the file.
 * K5. A key file that turns bad while the node runs opens nothing: a revocation may be what cannot be read.
 *
 * K6. In a cluster keys are hashed with a pepper that all nodes derive from their secret, and every row is known to every
 *     node (cluster/orders.ts), also those of a time when a node was alone, which it alone can judge: so a revocation holds
 *     wherever it is made, also where a row was changed by hand. Rows only grow: an end moves forward in no case, and what
 *     was revoked stays so.
 *
 * Creating, rotating and revoking are an operator's rare acts: they write synchronously, so nothing can interleave.
 */
import { timingSafeEqual } from "node:crypto";
import type { Merged, Register } from "../../cluster/orders.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { makeKeyId, makeKeySecret, readKey, writeKey } from "./key.ts";
import { fileStamp, makePepper, readPepper, readRow, readRows, writeRow, writeRows } from "./keyfile.ts";
import type { KeyRow } from "./keyfile.ts";
import {
  checked,
  digest,
  isForgotten,
  isSameGrant,
  listed,
  mergedRow,
  principalOf,
  tagOf,
} from "./keyrow.ts";
import type { CheckedKey, KeyListing, NewKey } from "./keyrow.ts";
import type { Principal } from "./principal.ts";

export type KeyRefusal =
  | "key.syntax"
  | "key.check"
  | "key.unknown"
  | "key.secret"
  | "key.revoked"
  | "key.expired";

interface Held {
  readonly row: KeyRow;
  readonly hash: Buffer;
  /** Undefined where this node does not have the one it was hashed with. */
  readonly pepper: string | undefined;
  readonly principal: Principal;
}

/** Of a cluster. */
export interface SharedKeys {
  /** The same at every node, and in no file. */
  readonly pepper: Buffer;
  /** What another node said holds and is not on disk: it is tried again with the next change. */
  readonly onFault: (fault: unknown) => void;
}

export class KeyStore implements Register {
  readonly prefix = "apikey";
  /** A row has changed here: other nodes are to know. */
  changed: ((id: string) => void) | undefined;
  /** Why no key is good at the moment: the file cannot be trusted. Undefined when all is well. */
  fault: GatewayError | undefined;
  readonly #path: string;
  readonly #now: () => number;
  readonly #shared: SharedKeys | undefined;
  /** Of the file beside the rows. */
  #pepper: string | undefined;
  /** In a cluster: all that is known, also while the file is bad. */
  readonly #rows = new Map<string, KeyRow>();
  #isSaving = false;
  #held = new Map<string, Held>();
  #stamp: string | undefined;
  #lookedAt: number;

  private constructor(path: string, now: () => number, shared: SharedKeys | undefined) {
    this.#path = path;
    this.#now = now;
    this.#shared = shared;
    this.#lookedAt = now();
    this.#load(fileStamp(path));
  }

  /**
   * Opens the key file; a missing one is an empty store.
   *
   * @param path the key file, DATA/keys.json; the pepper lies beside it, in DATA/keys.json.pepper
   * @param now  epoch milliseconds
   * @param shared in a cluster
   * @throws GatewayError CONFIGURATION when the file or its pepper cannot be trusted: the node must not start
   */
  static open(path: string, now: () => number, shared?: SharedKeys): KeyStore {
    return new KeyStore(path, now, shared);
  }

  /** How many keys are good now. */
  get size(): number {
    const now = this.#now();
    return [...this.#held.values()].filter(({ row }) => row.revoked === undefined && now < row.expires)
      .length;
  }

  /**
   * Makes a key and writes its row.
   *
   * @returns the key's text, which nothing can show again, and its row
   * @throws GatewayError PARAMS_INVALID naming the bad part; OVERLOADED at limits.keysMax
   */
  create(wanted: NewKey): { key: string; row: KeyListing } {
    this.#fresh();
    return this.#add(checked(wanted), undefined, []);
  }

  list(): readonly KeyListing[] {
    this.#fresh();
    return [...this.#held.values()].map(({ row }) => listed(row));
  }

  /** False when no such key is there or it was revoked before. */
  revoke(id: string): boolean {
    this.#fresh();
    const held = this.#held.get(id);
    if (held === undefined || held.row.revoked !== undefined) return false;
    this.#hold(this.#held, { ...held.row, revoked: this.#now() });
    this.changed?.(id);
    this.#save(this.#held);
    return true;
  }

  /**
   * Makes a successor with the same agent, user, endpoints and length of life. Both keys are the same session's. The
   * old one ends after limits.keyOverlapMs, or earlier if it would have anyway. A key has one successor in force, so
   * that a length of life is never taken from a row whose end a rotation has moved.
   *
   * @throws GatewayError PARAMS_INVALID when the key is not in force, or was rotated already
   */
  rotate(id: string): { key: string; row: KeyListing } {
    this.#fresh();
    const old = this.#held.get(id)?.row;
    const now = this.#now();
    if (old === undefined || old.revoked !== undefined || now >= old.expires)
      throw new GatewayError(
        "PARAMS_INVALID",
        `no key ${id} is in force; see gatehouse keys list, or create a new one`,
      );
    const successors = [...this.#held.values()].filter(({ row }) => row.replaces === id);
    const successor = successors.find(({ row }) => row.revoked === undefined);
    if (successor !== undefined)
      throw new GatewayError("PARAMS_INVALID", `the key ${id} is already rotated to ${successor.row.id}; rotate that one, or create a new one`); // prettier-ignore
    // Of a successor that was revoked, the length of life is still the first one's.
    const { created, expires } = successors[0]?.row ?? old;
    const { agent, user, tenant, personas } = old;
    const wanted = { agent, user, tenant, personas, lifeMs: expires - created };
    return this.#add(wanted, id, [{ ...old, expires: Math.min(old.expires, now + limits.keyOverlapMs) }]);
  }

  /** Who presents this key; undefined when it is not good. */
  verify(text: string, now: number): Principal | undefined {
    const found = this.judge(text, now);
    return typeof found === "string" ? undefined : found;
  }

  /** As `verify`, with the reason, which is for the record and never for the caller. */
  judge(text: string, now: number): Principal | KeyRefusal {
    this.#look(now);
    const parts = readKey(text);
    if (typeof parts === "string") return parts;
    const held = this.#held.get(parts.id);
    // That an id is unknown may show in the time this takes: ids are public.
    if (held?.pepper === undefined) return "key.unknown";
    if (!timingSafeEqual(digest(held.pepper, parts.secret), held.hash)) return "key.secret";
    if (held.row.revoked !== undefined) return "key.revoked";
    return now < held.row.expires ? held.principal : "key.expired";
  }

  /** Whether a row of this id exists, without hashing: tells a stray guess from somebody's key. */
  knows(text: string): boolean {
    const parts = readKey(text);
    return typeof parts !== "string" && this.#held.has(parts.id);
  }

  /** Whether a principal of an earlier call would still be let in. For streams and tickets, which outlive their check. */
  isCurrent(principal: Principal, now: number): boolean {
    this.#look(now);
    const held = this.#held.get(principal.id);
    if (held === undefined || held.row.revoked !== undefined || now >= held.row.expires) return false;
    return held.principal === principal || isSameGrant(held.principal, principal);
  }

  /** Whether the row that this very principal was made of is in force and as it was. */
  isUnchanged(principal: Principal, now: number): boolean {
    this.#look(now);
    const held = this.#held.get(principal.id);
    return held?.principal === principal && held.row.revoked === undefined && now < held.row.expires;
  }

  /** Looks for a change of the file, at most once per limits.keyReloadMs: one stat, about 3 us. Never throws. */
  #look(now: number): void {
    const elapsed = now - this.#lookedAt;
    if (elapsed >= 0 && elapsed < limits.keyReloadMs) return;
    this.#lookedAt = now;
    try {
      const stamp = fileStamp(this.#path);
      if (stamp !== this.#stamp || this.fault !== undefined) this.#load(stamp);
    } catch (cause) {
      this.fault =
        cause instanceof GatewayError
          ? cause
          : new GatewayError("CONFIGURATION", `${this.#path} cannot be read; check the data folder`, {
              cause,
            });
      this.#held = new Map();
      this.#stamp = undefined;
    }
  }

  /** Before an operator's act: the rows as they are on the disk, or the reason why they cannot be had. */
  #fresh(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#look(this.#now());
    if (this.fault !== undefined) throw this.fault;
  }

  #load(stamp: string | undefined): void {
    const rows = readRows(this.#path);
    const pepper = readPepper(this.#pepperPath);
    if (pepper === undefined && rows.some((row) => row.pepper === undefined))
      throw new GatewayError(
        "CONFIGURATION",
        `${this.#path} has keys but ${this.#pepperPath} is missing; restore it, or remove the key file and create new keys`,
      );
    const text = pepper && Buffer.from(pepper).toString("base64url");
    // Under another pepper no key is what it was, whatever its row says: nobody is known by an earlier check.
    if (text !== this.#pepper) this.#held = new Map();
    this.#pepper = text;
    const held = new Map<string, Held>();
    const news = this.#joined(rows);
    for (const row of this.#shared === undefined ? rows : this.#rows.values()) this.#hold(held, row);
    this.#held = held;
    this.#stamp = stamp;
    this.fault = undefined;
    for (const id of news) this.changed?.(id);
  }

  /** In a cluster the file's rows and those that other nodes know are one. @returns what the file has brought */
  #joined(rows: readonly KeyRow[]): string[] {
    if (this.#shared === undefined) return [];
    const news: string[] = [];
    for (const read of rows) {
      const row = read.pepper === undefined && this.#pepper !== undefined ? { ...read, pepper: tagOf(this.#pepper) } : read; // prettier-ignore
      const known = this.#rows.get(row.id);
      // Of two keys under one id the one that is known holds, unless either is revoked.
      const merged = known === undefined ? row : (mergedRow(known, row) ?? known);
      if (known !== undefined && writeRow(known) === writeRow(merged)) continue;
      this.#rows.set(row.id, merged);
      news.push(row.id);
    }
    return news;
  }

  #hold(into: Map<string, Held>, row: KeyRow): void {
    if (this.#shared !== undefined) this.#rows.set(row.id, row);
    const before = this.#held.get(row.id);
    const unchanged = before !== undefined && JSON.stringify(before.row) === JSON.stringify(row);
    const hash = Buffer.from(row.hash, "base64url");
    const pepper = this.#pepperOf(row);
    into.set(row.id, unchanged ? before : { row, hash, pepper, principal: principalOf(row) });
  }

  #pepperOf({ pepper }: KeyRow): string | undefined {
    if (pepper === undefined) return this.#pepper;
    const own = [this.#sharedPepper, this.#pepper];
    return own.find((each) => each !== undefined && tagOf(each) === pepper);
  }

  get #sharedPepper(): string | undefined {
    return this.#shared?.pepper.toString("base64url");
  }

  #add(
    wanted: CheckedKey,
    replaces: string | undefined,
    changed: KeyRow[],
  ): { key: string; row: KeyListing } {
    const created = this.#now();
    const { agent, user, tenant, personas, lifeMs } = wanted;
    const id = makeKeyId();
    const secret = makeKeySecret();
    const shared = this.#sharedPepper;
    const pepper =
      shared ?? (this.#pepper ??= Buffer.from(makePepper(this.#pepperPath)).toString("base64url"));
    const row: KeyRow = {
      id,
      hash: digest(pepper, secret).toString("base64url"),
      ...(shared !== undefined && { pepper: tagOf(shared) }),
      agent,
      ...(user !== undefined && { user }),
      tenant,
      personas: [...personas],
      created,
      expires: created + lifeMs,
      ...(replaces !== undefined && { replaces }),
    };
    const next = new Map<string, Held>();
    for (const [before, held] of this.#held)
      if (isForgotten(held.row, created)) this.#rows.delete(before);
      else next.set(before, held);
    if (next.size >= limits.keysMax)
      throw new GatewayError(
        "OVERLOADED",
        `there are ${limits.keysMax} keys already; remove rows from ${this.#path}`,
      );
    for (const other of changed) this.#hold(next, other);
    this.#hold(next, row);
    this.#save(next);
    this.#held = next;
    for (const each of [...changed, row]) this.changed?.(each.id);
    return { key: writeKey(id, secret), row: listed(row) };
  }

  #save(held: ReadonlyMap<string, Held>): void {
    writeRows(
      this.#path,
      [...held.values()].map(({ row }) => row),
    );
    this.#stamp = fileStamp(this.#path);
  }

  get #pepperPath(): string {
    return `${this.#path}.pepper`;
  }

  // As a register (cluster/orders.ts).

  ids(): Iterable<string> {
    return this.#rows.keys();
  }

  read(id: string): string | undefined {
    const row = this.#rows.get(id);
    return row && writeRow(row);
  }

  merge(id: string, text: string): Merged {
    const row = readRow(text);
    if (row === "newer") return "unheld";
    if (row === undefined || row.id !== id) return "strange";
    const known = this.#rows.get(id);
    // A key that is not taken in opens nothing.
    if (known === undefined && (isForgotten(row, this.#now()) || this.#rows.size >= limits.keysMax))
      return "taken";
    const merged = known === undefined ? row : mergedRow(known, row);
    if (merged === undefined) return "strange";
    this.#rows.set(id, merged);
    if (this.fault !== undefined) return "taken";
    this.#hold(this.#held, merged);
    this.#saveSoon();
    return "taken";
  }

  /** Of what comes from other nodes: many at once are one write. */
  #saveSoon(): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    setImmediate(() => {
      this.#isSaving = false;
      try {
        if (this.fault === undefined) this.#save(this.#held);
      } catch (fault) {
        this.#shared?.onFault(fault);
      }
    });
  }
}
