/**
 * The one way from a request to a principal (law 1). Owns: where a credential may stand, which kind it is, and the
 * answer when it is missing or bad. Does not own: keys (keys.ts), tokens (token.ts), Host and Origin (address.ts).
 *
 * A1. Every request of every door that reaches an endpoint passes here, or redeems a ticket (ticket.ts) that passed here.
 * A2. A credential stands in the one Authorization header and nowhere else.
 * A3. What comes back as a principal covers exactly the endpoint asked for.
 * A4. The credential goes no further: neither principal nor fault nor report holds it.
 * A5. Only a token not seen before costs a promise; all else is answered in the same tick.
 *
 * @see RFC 6750 sections 2.1 and 3, RFC 9728 section 5.1, MCP authorization
 */
import { limits } from "../../protocol/limits.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { IssuerSettings } from "./claims.ts";
import { Failures } from "./failures.ts";
import type { RefusalReport } from "./failures.ts";
import { AuthFault, challengeFor } from "./fault.ts";
import type { Refusal } from "./fault.ts";
import type { FetchJson } from "./jwks.ts";
import { keyPrefix } from "./key.ts";
import type { KeyStore } from "./keys.ts";
import { requiredScopes } from "./metadata.ts";
import { covers } from "./principal.ts";
import type { Principal } from "./principal.ts";
import { TokenVerifier } from "./token.ts";

/** What of a request is looked at. Nothing else of it can matter to who is calling. */
export interface AuthRequest {
  readonly authorization: string | undefined;
  /** Names and values in turn, as Node.js has them: the only place where a repeated header shows. */
  readonly rawHeaders: readonly string[];
  /** Request target in origin form. */
  readonly url: string;
  /** The socket's. */
  readonly remoteAddress: string;
}

export interface AuthPorts {
  readonly keys: KeyStore;
  readonly issuers: readonly IssuerSettings[];
  readonly fetchJson: FetchJson;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onRefused: (report: RefusalReport) => void;
  /** Whether other nodes may have keys that this one has not heard of; absent where it is alone. */
  readonly isBehind?: () => boolean;
}

/** Query parameters that people put credentials in. A URL is written to logs and histories, so none is ever read. */
const credentialParameters: ReadonlySet<string> = new Set(["access_token", "token", "key", "api_key", "apikey", "authorization", "bearer"]); // prettier-ignore

export class Authenticator {
  readonly #keys: KeyStore;
  readonly #tokens: TokenVerifier;
  readonly #scopes: readonly string[];
  readonly #now: () => number;
  readonly #failures: Failures;
  readonly #isBehind: () => boolean;

  /** @throws GatewayError CONFIGURATION for an issuer that cannot be trusted as it is configured */
  constructor(ports: AuthPorts) {
    this.#keys = ports.keys;
    this.#tokens = new TokenVerifier(ports.issuers, ports.fetchJson);
    this.#scopes = requiredScopes(ports.issuers);
    this.#now = ports.now;
    this.#failures = new Failures(ports.onRefused);
    this.#isBehind = ports.isBehind ?? (() => false);
  }

  /** Who sends this request to this endpoint, or the answer that refuses it. Neither throws nor rejects. */
  authenticate(
    request: AuthRequest,
    endpoint: Endpoint,
  ): Principal | AuthFault | Promise<Principal | AuthFault> {
    const now = this.#now();
    const credential = readCredential(request);
    if (typeof credential === "string") return this.#refuse(credential, request, endpoint, now);
    if (credential.text.startsWith(keyPrefix)) return this.#byKey(credential.text, request, endpoint, now);
    const known = this.#tokens.recall(credential.text, endpoint, now);
    if (known !== undefined) return known;
    if (this.#failures.heldMs(request.remoteAddress, now) > 0)
      return this.#refuse("address.held", request, endpoint, now);
    return this.#byToken(credential.text, request, endpoint, now);
  }

  /** Whether a principal of an earlier request would still be let in: for streams and tickets. */
  isCurrent(principal: Principal, now: number): boolean {
    return principal.by === "key" ? this.#keys.isCurrent(principal, now) : now < principal.expires;
  }

  /** Whether the key of this principal is, row for row, the one it was verified with. */
  isUnchanged(principal: Principal, now: number): boolean {
    return principal.by === "key" && this.#keys.isUnchanged(principal, now);
  }

  /** Reports refusals that are only counted so far. For a clock of about limits.refusalIntervalMs. */
  flush(now: number): void {
    this.#failures.flush(now);
  }

  #byKey(text: string, request: AuthRequest, endpoint: Endpoint, now: number): Principal | AuthFault {
    // Behind a proxy or NAT an address is many callers. Whoever tries keys out holds up only those who try keys out:
    // a key whose id is somebody's is still judged.
    if (this.#failures.heldMs(request.remoteAddress, now) > 0 && !this.#keys.knows(text))
      return this.#refuse("address.held", request, endpoint, now);
    const found = this.#keys.judge(text, now);
    if (typeof found !== "string" && covers(found, endpoint)) return found;
    const why = typeof found === "string" ? found : "key.endpoint";
    if (this.#keys.fault !== undefined) return this.#refuse("key.store", request, endpoint, now);
    // Its agent would throw away a good key. Every key that could be one is answered alike (fault.ts, F1).
    const canBeGood = why !== "key.syntax" && why !== "key.check";
    return this.#refuse(canBeGood && this.#isBehind() ? "key.unheard" : why, request, endpoint, now);
  }

  async #byToken(
    text: string,
    request: AuthRequest,
    endpoint: Endpoint,
    now: number,
  ): Promise<Principal | AuthFault> {
    const found = await this.#tokens.verify(text, endpoint, now);
    return typeof found === "string" ? this.#refuse(found, request, endpoint, now) : found;
  }

  #refuse(why: Refusal, request: AuthRequest, endpoint: Endpoint, now: number): AuthFault {
    this.#failures.count(request.remoteAddress, why, endpoint.path, now);
    const waitMs =
      why === "address.held" ? this.#failures.heldMs(request.remoteAddress, now) : limits.jwksRetryMs;
    return new AuthFault(why, challengeFor(why, endpoint, this.#scopes), waitMs);
  }
}

/**
 * The bearer credential of a request, or why it has none.
 *
 * The scheme is matched without regard to case (RFC 9110 section 11.1). A second Authorization header is refused rather
 * than ignored: something between the agent and us may have judged the other one.
 */
function readCredential(request: AuthRequest): { readonly text: string } | Refusal {
  if (hasCredentialParameter(request.url)) return "credential.query";
  if (isRepeated(request.rawHeaders)) return "credential.repeated";
  const value = request.authorization;
  if (value === undefined || value === "") return "credential.missing";
  if (value.length > limits.tokenBytesMax + "Bearer ".length) return "credential.bytes";
  if (value.slice(0, 7).toLowerCase() !== "bearer ") return "credential.scheme";
  const text = value.slice(7);
  return text === "" || text.includes(" ") ? "credential.syntax" : { text };
}

function isRepeated(rawHeaders: readonly string[]): boolean {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === 13 && name.toLowerCase() === "authorization") seen++;
  }
  return seen > 1;
}

function hasCredentialParameter(url: string): boolean {
  const start = url.indexOf("?");
  if (start < 0) return false;
  for (const name of new URLSearchParams(url.slice(start + 1)).keys())
    if (credentialParameters.has(name.toLowerCase())) return true;
  return false;
}
