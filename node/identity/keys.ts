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
 * The hash is a fast one on purpose. Slow hashes (bcrypt, argon2) make guessing a person's password dear; 256 random
 * bits cannot be guessed at any speed, and a slow hash per request would be a gift to who wants to exhaust us.
 *
 * Creating, rotating and revoking are an operator's rare acts: they write synchronously, so nothing can interleave.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { makeKeyId, makeKeySecret, readKey, writeKey } from "./key.ts";
import { fileStamp, isEndpointEntry, makePepper, readPepper, readRows, writeRows } from "./keyfile.ts";
import type { KeyRow } from "./keyfile.ts";
import { identityRule, isIdentity } from "./principal.ts";
import type { Principal } from "./principal.ts";

/** A row as operators see it. */
export type KeyListing = Omit<KeyRow, "hash">;

export interface NewKey {
  readonly agent: string;
  readonly user?: string | undefined;
  /** Default: `default`. */
  readonly tenant?: string | undefined;
  /** Endpoints: NAME for a persona, s/NAME for a server. */
  readonly personas: readonly string[];
  /** Milliseconds; at most limits.keyLifeMsMax, which is also the default. */
  readonly lifeMs?: number | undefined;
}

export type KeyRefusal =
  | "key.syntax"
  | "key.check"
  | "key.unknown"
  | "key.secret"
  | "key.revoked"
  | "key.expired";

/** A NewKey whose every part was checked. */
interface CheckedKey {
  readonly agent: string;
  readonly user: string | undefined;
  readonly tenant: string;
  readonly personas: readonly string[];
  readonly lifeMs: number;
}

interface Held {
  readonly row: KeyRow;
  readonly hash: Buffer;
  readonly principal: Principal;
}

export class KeyStore {
  /** Why no key is good at the moment: the file cannot be trusted. Undefined when all is well. */
  fault: GatewayError | undefined;
  readonly #path: string;
  readonly #now: () => number;
  #pepper: string | undefined;
  #held = new Map<string, Held>();
  #stamp: string | undefined;
  #lookedAt: number;

  private constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#lookedAt = now();
    this.#load(fileStamp(path));
  }

  /**
   * Opens the key file; a missing one is an empty store.
   *
   * @param path the key file, DATA/keys.json; the pepper lies beside it, in DATA/keys.json.pepper
   * @param now  epoch milliseconds
   * @throws GatewayError CONFIGURATION when the file or its pepper cannot be trusted: the node must not start
   */
  static open(path: string, now: () => number): KeyStore {
    return new KeyStore(path, now);
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
    if (held === undefined || this.#pepper === undefined) return "key.unknown";
    if (!timingSafeEqual(digest(this.#pepper, parts.secret), held.hash)) return "key.secret";
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
    if (pepper === undefined && rows.length > 0)
      throw new GatewayError(
        "CONFIGURATION",
        `${this.#path} has keys but ${this.#pepperPath} is missing; restore it, or remove the key file and create new keys`,
      );
    const text = pepper && Buffer.from(pepper).toString("base64url");
    // Under another pepper no key is what it was, whatever its row says: nobody is known by an earlier check.
    if (text !== this.#pepper) this.#held = new Map();
    this.#pepper = text;
    const held = new Map<string, Held>();
    for (const row of rows) this.#hold(held, row);
    this.#held = held;
    this.#stamp = stamp;
    this.fault = undefined;
  }

  #hold(into: Map<string, Held>, row: KeyRow): void {
    const before = this.#held.get(row.id);
    const unchanged = before !== undefined && JSON.stringify(before.row) === JSON.stringify(row);
    into.set(
      row.id,
      unchanged ? before : { row, hash: Buffer.from(row.hash, "base64url"), principal: principalOf(row) },
    );
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
    this.#pepper ??= Buffer.from(makePepper(this.#pepperPath)).toString("base64url");
    const row: KeyRow = {
      id,
      hash: digest(this.#pepper, secret).toString("base64url"),
      agent,
      ...(user !== undefined && { user }),
      tenant,
      personas: [...personas],
      created,
      expires: created + lifeMs,
      ...(replaces !== undefined && { replaces }),
    };
    const next = new Map<string, Held>();
    for (const [before, held] of this.#held) if (!isForgotten(held.row, created)) next.set(before, held);
    if (next.size >= limits.keysMax)
      throw new GatewayError(
        "OVERLOADED",
        `there are ${limits.keysMax} keys already; remove rows from ${this.#path}`,
      );
    for (const other of changed) this.#hold(next, other);
    this.#hold(next, row);
    this.#save(next);
    this.#held = next;
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
}

/**
 * SHA-256 over pepper and secret. Both have a fixed length and 256 random bits, so nothing can be extended or guessed
 * and a slow hash would protect nothing; an HMAC would cost three times as much on every request.
 */
function digest(pepper: string, secret: string): Buffer {
  return hash("sha256", pepper + secret, "buffer");
}

/** A rotated key's row has another end and so another principal; streams opened before the rotation live on. */
function isSameGrant(one: Principal, other: Principal): boolean {
  return JSON.stringify({ ...one, expires: 0 }) === JSON.stringify({ ...other, expires: 0 });
}

/** Rows of dead keys stay for one more life, so that records about them can be explained. */
function isForgotten(row: KeyRow, now: number): boolean {
  return now - Math.min(row.expires, row.revoked ?? row.expires) > limits.keyLifeMsMax;
}

/** Field by field: what is added to a row later does not show by itself. */
function listed(row: KeyRow): KeyListing {
  const { id, agent, user, tenant, personas, created, expires, revoked, replaces } = row;
  return {
    id,
    agent,
    ...(user !== undefined && { user }),
    tenant,
    personas,
    created,
    expires,
    ...(revoked !== undefined && { revoked }),
    ...(replaces !== undefined && { replaces }),
  };
}

function principalOf(row: KeyRow): Principal {
  return Object.freeze({
    tenant: row.tenant,
    agent: row.agent,
    user: row.user,
    by: "key",
    id: row.id,
    expires: row.expires,
    issuer: undefined,
    personas: Object.freeze([...row.personas]),
    audience: undefined,
  });
}

function checked(wanted: NewKey): CheckedKey {
  const { agent, user, tenant = "default", personas, lifeMs = limits.keyLifeMsMax } = wanted;
  const refuse = (what: string): never => {
    throw new GatewayError("PARAMS_INVALID", what);
  };
  // A space would let a key's agent look like an issuer's (principal.ts, P3).
  if (!isIdentity(agent) || agent.includes(" ")) refuse(`the agent must be ${identityRule}, none a space`);
  if (user !== undefined && !isIdentity(user)) refuse(`the user must be ${identityRule}`);
  if (!isName(tenant)) refuse(`the tenant must be ${nameRule}`);
  if (personas.length < 1 || personas.length > limits.keyEndpointsMax)
    refuse(`a key must open 1 to ${limits.keyEndpointsMax} endpoints`);
  const strange = personas.findIndex((entry) => !isEndpointEntry(entry));
  if (strange >= 0)
    refuse(`endpoint ${strange + 1} must be a persona NAME, or s/NAME for a server; a name is ${nameRule}`);
  if (!Number.isSafeInteger(lifeMs) || lifeMs < 1 || lifeMs > limits.keyLifeMsMax)
    refuse(`a key lives more than 0 and at most ${limits.keyLifeMsMax / 86_400_000} days`);
  return { agent, user, tenant, personas, lifeMs };
}
