/**
 * OAuth access tokens, as a resource server. Owns: which signed tokens are taken at which endpoint, and the memory of
 * those already verified. Does not own: where an issuer's keys come from (jwks.ts), what claims mean (claims.ts).
 *
 * T1. A token becomes a principal only after jose verified its signature with a key of its issuer's configured JWKS,
 *     under an algorithm of that issuer's list. Nothing in a token chooses a key, a key's address or an issuer's trust.
 * T2. A token is remembered by hash and for one endpoint; a hit at one endpoint says nothing at another.
 * T3. What is remembered ends with the token and with its key, whichever is first.
 * T4. Of one token and endpoint one verification runs at a time, and all who wait get the same principal.
 * T5. A refused token is not remembered: cheap checks come first, the address's 429 does the rest.
 *
 * @see RFC 9068 section 4, RFC 8725, MCP authorization ("Access Token Usage")
 */
import { hash } from "node:crypto";
import { errors as joseErrors, jwtVerify } from "jose";
import type { JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import { claim, hasScopes, judgeClaims, judgeHeader, principalOf, readToken } from "./claims.ts";
import type { Claims, IssuerSettings, TokenRefusal } from "./claims.ts";
import { Jwks } from "./jwks.ts";
import type { FetchJson } from "./jwks.ts";
import type { Principal } from "./principal.ts";

interface Issuer {
  readonly settings: IssuerSettings;
  readonly jwks: Jwks;
}

interface Verified {
  readonly principal: Principal;
  readonly issuer: Issuer;
  readonly kid: string;
}

export class TokenVerifier {
  readonly #issuers = new Map<string, Issuer>();
  readonly #verified = new LRUCache<string, Verified>({ max: limits.tokenCacheMax });
  readonly #running = new Map<string, Promise<Principal | TokenRefusal>>();

  /** @throws GatewayError CONFIGURATION for an issuer that could not be trusted as it is configured */
  constructor(issuers: readonly IssuerSettings[], fetchJson: FetchJson) {
    for (const settings of issuers) {
      checkIssuer(settings);
      if (this.#issuers.has(settings.issuer)) refuse(settings, "is listed twice; merge the two");
      const onWithdrawn = (kids: ReadonlySet<string>): void => this.#forget(settings.issuer, kids);
      const jwks = new Jwks({ url: settings.jwks, private: settings.private, fetchJson, onWithdrawn });
      this.#issuers.set(settings.issuer, { settings, jwks });
    }
  }

  /** The principal of a token verified before at this endpoint. One hash; undefined when it has to be verified. */
  recall(token: string, endpoint: Endpoint, now: number): Principal | undefined {
    // Nothing verified is longer, and what is hashed must be bounded.
    if (token.length > limits.tokenBytesMax) return undefined;
    const found = this.#verified.get(memoryKey(token, endpoint));
    if (found === undefined || now >= found.principal.expires) return undefined;
    found.issuer.jwks.refresh(now);
    return found.principal;
  }

  /**
   * Verifies a token for an endpoint.
   *
   * @param now epoch milliseconds
   * @returns the principal, or why not; never rejects
   */
  verify(token: string, endpoint: Endpoint, now: number): Promise<Principal | TokenRefusal> {
    const key = memoryKey(token, endpoint);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.#running.size >= limits.tokenChecksMax) return Promise.resolve("token.busy");
    const verification = this.#verify(token, endpoint, now, key).finally(() => this.#running.delete(key));
    this.#running.set(key, verification);
    return verification;
  }

  async #verify(
    token: string,
    endpoint: Endpoint,
    now: number,
    key: string,
  ): Promise<Principal | TokenRefusal> {
    const read = readToken(token);
    if (read === undefined) return "token.syntax";
    const issuerName = claim(read.claims, "iss");
    const issuer = typeof issuerName === "string" ? this.#issuers.get(issuerName) : undefined;
    if (issuer === undefined) return "token.issuer";
    const { settings, jwks } = issuer;
    const refused = judgeHeader(read.header, settings) ?? judgeClaims(read.claims, settings, endpoint, now);
    if (refused !== undefined) return refused;

    const kid = claim(read.header, "kid") as string;
    const set = await jwks.withKid(kid, now);
    if (typeof set === "string") return set;
    const verified = await verifySignature(token, set.find, settings, endpoint, now);
    if (typeof verified === "string") return verified;
    const { header, claims } = verified;
    const refusedAfter = judgeHeader(header, settings) ?? judgeClaims(claims, settings, endpoint, now);
    if (refusedAfter !== undefined) return refusedAfter;
    if (!hasScopes(claims, settings)) return "token.scope";
    // While the signature was checked, the key may have been withdrawn and its tokens forgotten.
    if (jwks.keyText(kid) !== set.texts.get(kid)) return "token.kid";

    const principal = principalOf(claims, settings, endpoint, hash("sha256", token, "base64url"));
    this.#verified.set(key, { principal, issuer, kid });
    return principal;
  }

  #forget(issuer: string, kids: ReadonlySet<string>): void {
    for (const [key, entry] of this.#verified.entries())
      if (entry.issuer.settings.issuer === issuer && kids.has(entry.kid)) this.#verified.delete(key);
  }
}

function memoryKey(token: string, endpoint: Endpoint): string {
  // A token has no space, so no token and endpoint can be read as another pair.
  return hash("sha256", `${token} ${endpoint.uri}`, "base64");
}

async function verifySignature(
  token: string,
  find: JWTVerifyGetKey,
  settings: IssuerSettings,
  endpoint: Endpoint,
  now: number,
): Promise<{ header: Claims; claims: Claims } | TokenRefusal> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, find, {
      algorithms: [...settings.algorithms],
      issuer: settings.issuer,
      audience: endpoint.uri,
      currentDate: new Date(now),
      clockTolerance: limits.clockToleranceMs / 1000,
      requiredClaims: ["exp", "iat"],
    });
    return { header: { ...protectedHeader }, claims: payload };
  } catch (fault) {
    if (fault instanceof joseErrors.JWSSignatureVerificationFailed) return "token.signature";
    if (fault instanceof joseErrors.JWKSNoMatchingKey) return "token.kid";
    // A key that cannot be used (too short, private, malformed) throws errors of the platform as well.
    return fault instanceof joseErrors.JWTInvalid || fault instanceof joseErrors.JWSInvalid
      ? "token.syntax"
      : "token.key";
  }
}

/** What the schema cannot say about an issuer. */
function checkIssuer(settings: IssuerSettings): void {
  // Whoever sits between us and plain HTTP would sign for the issuer. Loopback has nobody between.
  const { protocol, hostname } = new URL(settings.jwks);
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback))
    refuse(settings, "has a jwks address without https");
  // Sessions are kept apart by it (principal.ts, P3), and it goes into a header.
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(settings.issuer))
    refuse(settings, "has spaces or quotes in its name; encode them");
  if (
    settings.scope !== undefined &&
    !/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(settings.scope)
  )
    refuse(
      settings,
      "has a scope that is no scope list; write scopes separated by one space (RFC 6749 section 3.3)",
    );
}

function refuse(settings: IssuerSettings, what: string): never {
  throw new GatewayError("CONFIGURATION", `oauth.issuers: ${settings.issuer} ${what}`);
}
