/**
 * What a token must say to be taken at an endpoint. Pure. Owns: the reading of header and claims, and the verdict on
 * each. Does not own: signatures and keys (token.ts, jwks.ts).
 *
 * C1. `judgeHeader` and `judgeClaims` only refuse. Run on what nobody has verified yet they save a signature check;
 *     a principal is made from verified claims alone.
 * C2. Of the header nothing is read but typ, alg, kid and crit. A key or an address of a key that a token brings along
 *     (jwk, jku, x5c, x5u) has no reader here.
 * C3. The audience is exactly one endpoint of this gateway.
 *
 * @see RFC 9068 sections 2 and 4, RFC 8725 section 3, RFC 8707, RFC 7519
 */
import { limits } from "../../protocol/limits.ts";
import type { Settings } from "../../protocol/settings.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { Refusal } from "./fault.ts";
import { isIdentity } from "./principal.ts";
import type { Principal } from "./principal.ts";

/** One issuer of gatehouse.yaml. `typ: any` also takes access tokens that call themselves JWT or nothing. */
export type IssuerSettings = Settings["oauth"]["issuers"][number] & { readonly typ?: "at+jwt" | "any" };

export type TokenRefusal = Extract<Refusal, `token.${string}`>;
export type Claims = Readonly<Record<string, unknown>>;

/** The two JSON parts of a compact JWS, unverified; undefined when it is none. Never throws. */
export function readToken(token: string): { header: Claims; claims: Claims } | undefined {
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(token)) return undefined;
  const [first = "", second = ""] = token.split(".");
  const header = readPart(first);
  const claims = readPart(second);
  return header && claims && { header, claims };
}

function readPart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A claim's value, never one that is inherited: operators choose some of the names. */
export function claim(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

export function judgeHeader(header: Claims, issuer: IssuerSettings): TokenRefusal | undefined {
  // RFC 8725 section 3.11 (explicit typing), RFC 9068 section 4: an ID token must not pass for an access token.
  const typ = claim(header, "typ");
  if (!isAccessTokenType(typ, issuer.typ === "any")) return "token.type";
  const alg = claim(header, "alg");
  if (!issuer.algorithms.some((allowed) => allowed === alg)) return "token.algorithm";
  // RFC 7515 section 4.1.11: what we would have to understand, we do not.
  if (claim(header, "crit") !== undefined) return "token.critical";
  return isIdentity(claim(header, "kid")) ? undefined : "token.kid";
}

function isAccessTokenType(typ: unknown, any: boolean): boolean {
  if (typ === undefined) return any;
  if (typeof typ !== "string") return false;
  const type = typ.toLowerCase();
  return type === "at+jwt" || type === "application/at+jwt" || (any && type === "jwt");
}

/**
 * Everything but the scope, whose absence is told apart from an invalid token and so only after verification.
 *
 * @param now epoch milliseconds
 */
export function judgeClaims(
  claims: Claims,
  issuer: IssuerSettings,
  endpoint: Endpoint,
  now: number,
): TokenRefusal | undefined {
  if (claim(claims, "iss") !== issuer.issuer) return "token.issuer";
  if (!isAudience(claim(claims, "aud"), endpoint)) return "token.audience";
  // A sender-constrained token shown as a bearer token is a stolen one for all we can tell (RFC 9449 section 7.2).
  if (claim(claims, "cnf") !== undefined) return "token.bound";
  return judgeTimes(claims, now) ?? (readNames(claims, issuer) === undefined ? "token.names" : undefined);
}

function judgeTimes(claims: Claims, now: number): TokenRefusal | undefined {
  const exp = instantMs(claim(claims, "exp"));
  const iat = instantMs(claim(claims, "iat"));
  const nbf = claim(claims, "nbf") === undefined ? 0 : instantMs(claim(claims, "nbf"));
  if (exp === undefined || iat === undefined || nbf === undefined) return "token.claims";
  if (now >= exp + limits.clockToleranceMs) return "token.expired";
  if (now < Math.max(nbf, iat) - limits.clockToleranceMs) return "token.early";
  return exp - iat > 0 && exp - iat <= limits.tokenLifeMsMax ? undefined : "token.life";
}

/** RFC 7519 NumericDate in milliseconds; up to the year 9999. */
function instantMs(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value < 253_402_300_800 ? value * 1000 : undefined;
}

/**
 * True when `aud` names this endpoint and nothing else under this gateway's address. A token for two of our endpoints
 * would make each of them a way into the other; other resources of the issuer are not our business.
 */
function isAudience(aud: unknown, endpoint: Endpoint): boolean {
  if (aud === endpoint.uri) return true;
  if (!Array.isArray(aud) || aud.length > limits.audiencesMax) return false;
  const values: readonly unknown[] = aud;
  return (
    values.includes(endpoint.uri) &&
    values.every((value) => value === endpoint.uri || (typeof value === "string" && !isOurs(value, endpoint)))
  );
}

/** Whether a URI lies under the address that all our endpoints share, however it is spelled. */
function isOurs(uri: string, endpoint: Endpoint): boolean {
  if (!URL.canParse(uri)) return false;
  const cut = endpoint.uri.lastIndexOf(endpoint.path);
  const base = new URL(cut > 0 ? endpoint.uri.slice(0, cut) : endpoint.uri);
  const { host, pathname } = new URL(uri);
  // Scheme and trailing slash aside: http beside https on one host is the same gateway to a careless issuer.
  const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
  return host === base.host && `${pathname}/`.startsWith(folder);
}

/** The required scopes that the token lacks make it insufficient. RFC 9068 has `scope`; some issuers write `scp`. */
export function hasScopes(claims: Claims, issuer: IssuerSettings): boolean {
  if (issuer.scope === undefined) return true;
  const given = claim(claims, "scope") ?? claim(claims, "scp");
  const list: readonly unknown[] =
    typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given : [];
  return issuer.scope.split(" ").every((scope) => list.includes(scope));
}

/**
 * Agent and user. The agent is in the issuer's agent claim, else in azp, else in sub. The user is in the issuer's user
 * claim if one is set, else in sub where that is not the agent. Undefined when a claim that is there is no identity: a
 * wrong value must not make the next one count.
 */
function readNames(
  claims: Claims,
  issuer: IssuerSettings,
): { agent: string; user: string | undefined } | undefined {
  const subject = claim(claims, "sub");
  const agent = claim(claims, issuer.agentClaim) ?? claim(claims, "azp") ?? subject;
  if (!isIdentity(agent)) return undefined;
  const user =
    issuer.userClaim === undefined
      ? subject === agent
        ? undefined
        : subject
      : claim(claims, issuer.userClaim);
  return user === undefined || isIdentity(user) ? { agent, user } : undefined;
}

/**
 * The principal of verified claims.
 *
 * @param tokenHash SHA-256 of the token, for an id where it has no usable `jti`
 */
export function principalOf(
  claims: Claims,
  issuer: IssuerSettings,
  endpoint: Endpoint,
  tokenHash: string,
): Principal {
  const names = readNames(claims, issuer);
  const exp = instantMs(claim(claims, "exp"));
  if (names === undefined || exp === undefined) throw new Error("claims were not judged before");
  const jti = claim(claims, "jti");
  return Object.freeze({
    tenant: endpoint.tenant,
    agent: names.agent,
    user: names.user,
    by: "jwt",
    id: isIdentity(jti) ? jti : `sha256:${tokenHash.slice(0, 16)}`,
    expires: exp + limits.clockToleranceMs,
    issuer: issuer.issuer,
    personas: "audience",
    audience: endpoint.uri,
  });
}
