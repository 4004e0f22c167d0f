/**
 * Who calls: what authentication found out, and all that the rest of the node may know of it. Owns: the shape, where a
 * principal may act, and the session it acts in. Does not own: how it was found out (keys.ts, token.ts).
 *
 * P1. A principal holds no credential and nothing a caller may choose freely: every part comes from a key's row or a
 *     signed token. What a client says of itself (its name, its user agent, its address headers) has no place here.
 * P2. While a credential stays cached, each of its uses gives the same object, so others may hang caches on it (WeakMap).
 * P3. Two principals that differ in tenant, issuer, agent or user never share a session key.
 */
import type { SessionKey } from "../../protocol/id.ts";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { Endpoint } from "../exchange/endpoint.ts";

export interface Principal {
  readonly tenant: string;
  /** The calling software: a key's agent, or the issuer's name for the client. */
  readonly agent: string;
  /** The human on whose behalf; undefined for none. */
  readonly user: string | undefined;
  readonly by: "key" | "jwt";
  /** For records: the key's id, or the token's `jti`, or a prefix of the token's hash. Never enough to authenticate. */
  readonly id: string;
  /** Epoch milliseconds from which on the credential is refused, clock tolerance included. */
  readonly expires: number;
  /** The token's `iss`; undefined for a key. `agent` and `user` mean something within one issuer only. */
  readonly issuer: string | undefined;
  /** A key's endpoints, as in its row: NAME for a persona, s/NAME for a server. A token is for `audience` alone. */
  readonly personas: readonly string[] | "audience";
  /** The canonical URI that the token was verified for; undefined for a key. */
  readonly audience: string | undefined;
}

/** How a key's row names an endpoint. Names hold no slash, so a persona can never pass for a server. */
export function endpointEntry(endpoint: Endpoint): string {
  return endpoint.kind === "persona" ? endpoint.name : `s/${endpoint.name}`;
}

/** Whether the principal may use this endpoint at all. What it may do there is the role's business. */
export function covers(principal: Principal, endpoint: Endpoint): boolean {
  if (principal.tenant !== endpoint.tenant) return false;
  if (principal.personas === "audience") return principal.audience === endpoint.uri;
  return principal.personas.includes(endpointEntry(endpoint));
}

/**
 * The key of the session in which the principal acts under a persona.
 *
 * Issuers choose their names independently: without the issuer's URL in it, a second issuer's client could name itself
 * into the session of the first one's. Neither a URL nor a key's agent holds a space, so the last space separates.
 */
export function principalSession(principal: Principal, persona: string): SessionKey {
  const { tenant, agent, user, issuer } = principal;
  return sessionKey(tenant, persona, issuer === undefined ? agent : `${agent} ${issuer}`, user);
}

/** Who calls, under whatever persona: what is shared between agents is shared by this, not by session. */
export function principalShare(principal: Principal): string {
  return principalSession(principal, "");
}

/**
 * Whether a text may name an agent or a user: 1 to limits.identityCharsMax characters, none of which is invisible
 * (controls, format and bidi marks, line separators, unassigned, half a surrogate pair). Such names are printed for operators.
 */
export function isIdentity(text: unknown): text is string {
  return (
    typeof text === "string" &&
    text.length <= limits.identityCharsMax &&
    /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text)
  );
}

/** What isIdentity asks for, for error messages. */
export const identityRule = `1 to ${limits.identityCharsMax} visible characters`;
