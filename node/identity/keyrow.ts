/**
 * One row of a key: how it is checked, hashed, shown, and made one with what another node knows of it. Owns no rows
 * (keys.ts).
 *
 * The hash is a fast one on purpose. Slow hashes (bcrypt, argon2) make guessing a person's password dear; 256 random
 * bits cannot be guessed at any speed, and a slow hash per request would be a gift to who wants to exhaust us.
 */
import { hash } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { isEndpointEntry, writeRow } from "./keyfile.ts";
import type { KeyRow } from "./keyfile.ts";
import { identityRule, isIdentity } from "./principal.ts";
import type { Principal } from "./principal.ts";

/** A row as operators see it. */
export type KeyListing = Omit<KeyRow, "hash" | "pepper">;

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

/** A NewKey whose every part was checked. */
export interface CheckedKey {
  readonly agent: string;
  readonly user: string | undefined;
  readonly tenant: string;
  readonly personas: readonly string[];
  readonly lifeMs: number;
}

/**
 * SHA-256 over pepper and secret. Both have a fixed length and 256 random bits, so nothing can be extended or guessed
 * and a slow hash would protect nothing; an HMAC would cost three times as much on every request.
 */
export function digest(pepper: string, secret: string): Buffer {
  return hash("sha256", pepper + secret, "buffer");
}

/** A rotated key's row has another end and so another principal; streams opened before the rotation live on. */
export function isSameGrant(one: Principal, other: Principal): boolean {
  return JSON.stringify({ ...one, expires: 0 }) === JSON.stringify({ ...other, expires: 0 });
}

/** Rows of dead keys stay for one more life, so that records about them can be explained. */
export function isForgotten(row: KeyRow, now: number): boolean {
  return now - Math.min(row.expires, row.revoked ?? row.expires) > limits.keyLifeMsMax;
}

/** Field by field: what is added to a row later does not show by itself. */
export function listed(row: KeyRow): KeyListing {
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

export function principalOf(row: KeyRow): Principal {
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

export function checked(wanted: NewKey): CheckedKey {
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

/** Which pepper a hash was made with, for nodes that have several; says nothing of 256 random bits. */
export function tagOf(pepper: string): string {
  return hash("sha256", `gatehouse pepper ${pepper}`, "base64url").slice(0, 11);
}

/**
 * What both know of a key: it ends at the earlier end, and a revocation stays. Undefined for rows of two keys, or of one
 * that was changed by hand; but a revocation of either ends the key whatever else differs, and of the two rows all nodes
 * then keep the same one.
 */
export function mergedRow(one: KeyRow, other: KeyRow): KeyRow | undefined {
  const fixed = (row: KeyRow): string => writeRow({ ...row, expires: row.created, revoked: undefined });
  const [own, theirs] = [fixed(one), fixed(other)];
  const revoked = Math.min(
    one.revoked ?? Number.POSITIVE_INFINITY,
    other.revoked ?? Number.POSITIVE_INFINITY,
  );
  const isRevoked = revoked !== Number.POSITIVE_INFINITY;
  if (one.id !== other.id || (own !== theirs && !isRevoked)) return undefined;
  const kept = own <= theirs ? one : other;
  // Of two rows each has an end of its own, and it is over anyway.
  const expires = own === theirs ? Math.min(one.expires, other.expires) : kept.expires;
  return { ...kept, expires, ...(isRevoked && { revoked }) };
}
