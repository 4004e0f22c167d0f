/**
 * Why a caller was not let in, and the HTTP answer that says so. Owns: the table of refusals and the challenge. Does
 * not own: the decision (authenticate.ts).
 *
 * F1. The answer tells what to do, never which check failed: an unknown, expired, revoked and foreign credential are
 *     answered alike. `why` is for the record and the log.
 * F2. Nothing of the credential is in a fault.
 *
 * @see RFC 6750 section 3 (WWW-Authenticate), RFC 9728 section 5.1 (resource_metadata)
 */
import { errors } from "../../protocol/errors.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import { metadataUrl } from "./metadata.ts";

type BearerError = "invalid_request" | "invalid_token" | "insufficient_scope";
interface RefusalRow {
  readonly code: ErrorCode;
  readonly error?: BearerError;
  /** A credential was presented and is bad: counts towards the address's 429. */
  readonly bad?: true;
}

const bad = { code: "TOKEN_INVALID", error: "invalid_token", bad: true } as const;

/** Every reason to refuse a caller. The part before the dot says what was looked at. */
export const refusals = {
  "credential.missing": { code: "UNAUTHENTICATED" },
  "credential.scheme": { code: "UNAUTHENTICATED" },
  "credential.query": { code: "UNAUTHENTICATED", error: "invalid_request", bad: true },
  "credential.repeated": { code: "REQUEST_HEADERS", bad: true },
  "credential.syntax": bad,
  "credential.bytes": bad,
  "address.held": { code: "THROTTLED" },
  "key.syntax": bad,
  "key.check": bad,
  "key.unknown": bad,
  "key.secret": bad,
  "key.revoked": bad,
  "key.expired": bad,
  "key.endpoint": bad,
  "key.store": { code: "CONFIGURATION" },
  "key.unheard": { code: "KILL_LIST_STALE" },
  "token.syntax": bad,
  "token.issuer": bad,
  "token.type": bad,
  "token.algorithm": bad,
  "token.critical": bad,
  "token.kid": bad,
  "token.key": bad,
  "token.signature": bad,
  "token.audience": bad,
  "token.expired": bad,
  "token.early": bad,
  "token.life": bad,
  "token.bound": bad,
  "token.names": bad,
  "token.claims": bad,
  "token.scope": { code: "SCOPE_MISSING", error: "insufficient_scope" },
  "token.unreachable": { code: "ISSUER_UNREACHABLE" },
  "token.busy": { code: "OVERLOADED" },
} as const satisfies Record<string, RefusalRow>;

export type Refusal = keyof typeof refusals;

/** Whether this refusal counts towards the 429 of the address it came from. */
export function isBadCredential(why: Refusal): boolean {
  return "bad" in refusals[why];
}

export class AuthFault {
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  /** For the record and the log, never for the caller. */
  readonly why: Refusal;
  /** Value of WWW-Authenticate; present with 401 and 403. */
  readonly challenge: string | undefined;
  /** Whole seconds for Retry-After; present with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  /** @param waitMs when the same request may do better, if it may at all */
  constructor(why: Refusal, challenge: string, waitMs: number) {
    this.code = refusals[why].code;
    this.status = errors[this.code].http;
    this.why = why;
    this.challenge = this.status === 401 || this.status === 403 ? challenge : undefined;
    this.retryAfterSeconds = errors[this.code].retry ? Math.max(1, Math.ceil(waitMs / 1000)) : undefined;
  }
}

/**
 * The value of WWW-Authenticate.
 *
 * @param scopes all scopes the endpoint needs, at once (RFC 6750 section 3; MCP: "naming ALL scopes")
 */
export function challengeFor(why: Refusal, endpoint: Endpoint, scopes: readonly string[]): string {
  const row: RefusalRow = refusals[why];
  const metadata = metadataUrl(endpoint);
  const parts = [metadata === undefined ? 'realm="gatehouse"' : `resource_metadata="${metadata}"`];
  if (scopes.length > 0) parts.push(`scope="${scopes.join(" ")}"`);
  // RFC 6750 section 3.1: a request without any credential gets no error code.
  if (row.error !== undefined)
    parts.push(`error="${row.error}"`, `error_description="${errors[row.code].do}"`);
  return `Bearer ${parts.join(", ")}`;
}
