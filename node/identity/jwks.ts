/**
 * The public keys of one issuer: fetched through the dialer's port, cached, refetched. Owns: when to fetch and how long
 * a set may serve. Does not own: the fetch (the port bounds its time, bytes and addresses; a set is data from outside),
 * the signature (token.ts).
 *
 * J1. At most one fetch of an issuer at a time; all who need it wait for the same one.
 * J2. Whatever tokens say, the issuer is asked at most once per limits.jwksRefetchMs (jwksRetryMs while there is no set).
 * J3. A set serves for limits.jwksFreshMs without question, and up to limits.jwksStaleMs while its issuer fails.
 * J4. A key that left the set is announced once, so that nothing verified by it outlives it.
 */
import { createLocalJWKSet } from "jose";
import type { JWTVerifyGetKey } from "jose";
import { limits } from "../../protocol/limits.ts";

/**
 * The dialer's port: a GET that answers parsed JSON, or rejects.
 *
 * @param policy   CIDR ranges that may be dialled although they are not public
 * @param bytesMax largest body
 */
export type FetchJson = (
  url: string,
  policy: { readonly private: readonly string[] },
  bytesMax: number,
) => Promise<unknown>;

export interface KeySet {
  readonly find: JWTVerifyGetKey;
  /** Each key's JSON by its kid: equal text is the same key. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface JwksSource {
  readonly url: string;
  readonly private: readonly string[];
  readonly fetchJson: FetchJson;
  /** Called with the kids that were withdrawn or now name another key. */
  readonly onWithdrawn: (kids: ReadonlySet<string>) => void;
}

export class Jwks {
  readonly #source: JwksSource;
  #set: KeySet | undefined;
  #setAt = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #flight: Promise<void> | undefined;

  constructor(source: JwksSource) {
    this.#source = source;
  }

  /**
   * A set that has this kid. Fetches when there is none, when it is not fresh, and when it does not know the kid.
   *
   * @param now epoch milliseconds
   */
  async withKid(kid: string, now: number): Promise<KeySet | "token.kid" | "token.unreachable"> {
    if (!this.#serves(kid, now)) {
      this.#start(now);
      await this.#flight;
    }
    const set = this.#set;
    if (set === undefined || now - this.#setAt > limits.jwksStaleMs) return "token.unreachable";
    if (set.texts.has(kid)) return set;
    // After a failed fetch the kid may well be a new one: the agent should come again rather than drop its token.
    return this.#failed ? "token.unreachable" : "token.kid";
  }

  /** Starts a fetch if the set is no longer fresh. For tokens that are verified already: nobody waits for it. */
  refresh(now: number): void {
    if (now - this.#setAt >= limits.jwksFreshMs) this.#start(now);
  }

  /** The key that this kid names now, as text; undefined for none. */
  keyText(kid: string): string | undefined {
    return this.#set?.texts.get(kid);
  }

  #serves(kid: string, now: number): boolean {
    return this.#set !== undefined && this.#set.texts.has(kid) && now - this.#setAt < limits.jwksFreshMs;
  }

  #start(now: number): void {
    if (this.#flight !== undefined) return;
    const elapsed = now - this.#triedAt;
    const waitMs = this.#set === undefined ? limits.jwksRetryMs : limits.jwksRefetchMs;
    // A clock that stepped back must not stop all fetching until it has caught up.
    if (elapsed >= 0 && elapsed < waitMs) return;
    this.#triedAt = now;
    this.#flight = this.#fetch(now).finally(() => {
      this.#flight = undefined;
    });
  }

  /** Never rejects: a failure is a state. */
  async #fetch(now: number): Promise<void> {
    try {
      const { url, private: ranges, fetchJson } = this.#source;
      this.#replace(readSet(await inTime(fetchJson(url, { private: ranges }, limits.jwksBytesMax))), now);
      this.#failed = false;
    } catch {
      this.#failed = true;
    }
  }

  #replace(set: KeySet, now: number): void {
    const gone = new Set<string>();
    for (const [kid, text] of this.#set?.texts ?? []) if (set.texts.get(kid) !== text) gone.add(kid);
    this.#set = set;
    this.#setAt = now;
    if (gone.size > 0) this.#source.onWithdrawn(gone);
  }
}

/**
 * Reads a JWKS (RFC 7517 section 5). Keys without a kid are left out: tokens must name theirs. Which key fits a token's
 * algorithm, and that it is a public one, jose checks when it is used.
 *
 * @throws Error for anything else than a set of at most limits.jwksKeysMax keys
 */
function readSet(document: unknown): KeySet {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length > limits.jwksKeysMax)
    throw new Error("not a JWKS of a bearable size");
  const named: Record<string, unknown>[] = [];
  const texts = new Map<string, string>();
  for (const key of keys as unknown[]) {
    if (typeof key !== "object" || key === null || Array.isArray(key))
      throw new Error("a JWKS entry is no object");
    const { kid } = key as { kid?: unknown };
    if (typeof kid !== "string" || kid === "" || kid.length > limits.identityCharsMax) continue;
    named.push(key as Record<string, unknown>);
    // Two keys may share a kid (RFC 7517 section 4.5, of different kty): a change of either is a change.
    texts.set(kid, (texts.get(kid) ?? "") + JSON.stringify(key));
  }
  return { find: createLocalJWKSet({ keys: named }), texts };
}

/** A port that never answers must not hold up this issuer for ever. */
async function inTime<T>(pending: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the JWKS did not come in time")), limits.jwksFetchMs);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}
