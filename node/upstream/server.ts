/**
 * One server of the catalogue and its sessions. Owns: which session serves whom, opening once, the bound on sessions,
 * idle ends, pauses after crashes, the line to its origin. Does not own: the protocol (older.ts, modern.ts).
 *
 * S1. An agent gets its own older session or child, unless the entry says `isolation: shared`. A modern HTTP session
 *     holds nothing of anybody, so it serves all.
 * S2. At most limits.upstreamSessionsMax sessions; the least recently used idle one makes room, or the call is refused.
 * S3. One agent's crashing child delays that agent alone; a server that cannot be started delays everybody's attempts.
 */
import { canonicalJson } from "../../protocol/canonical.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { Json } from "../../protocol/json.ts";
import { limits } from "../../protocol/limits.ts";
import { Backoff } from "./backoff.ts";
import { EraMemory } from "./probe.ts";
import type { SessionHooks, Session } from "./session.ts";
import type { ClientCapabilities, ServerCounts } from "./upstream.ts";

/** How this server's sessions are opened; made from its catalogue entry. */
export interface SessionOpener {
  open(hooks: SessionHooks, memory: EraMemory, capabilities: ClientCapabilities): Promise<Session>;
  /** A session could not be opened: read the credential and dial anew next time. */
  reset(): void;
  /** Requests that wait for a socket. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** What a server tells the pool. */
export interface ServerHooks {
  connected(session: Session): void;
  changed(what: "tools" | "prompts" | "resources"): void;
  lost(reason: string, owner: string): void;
  log(line: string): void;
}

export interface ServerTraits {
  readonly isShared: boolean;
  readonly isStdio: boolean;
  /** HTTP, and not known to be older: one session may turn out to serve everybody. */
  readonly mayServeAll: boolean;
}

interface Entry {
  readonly key: string;
  readonly owner: string;
  readonly promise: Promise<Session>;
  session: Session | undefined;
  /** When it began to work. */
  openedAt: number;
  usedAt: number;
  isDoomed: boolean;
}

/** Failures of opening that keep their own code; all others mean that the server was not reached. */
const ownCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "UPSTREAM_UNREACHABLE",
  "UPSTREAM_REFUSED_ADDRESS",
  "CONFIGURATION",
  "OVERLOADED",
  "DRAINING",
  "PROTOCOL_VERSION",
]);

/** A pause shorter than this is waited for; a longer one refuses the call. */
const patienceMs = 1_000;

export class UpstreamServer {
  readonly name: string;
  readonly #opener: SessionOpener;
  readonly #traits: ServerTraits;
  readonly #hooks: ServerHooks;
  readonly #now: () => number;
  readonly #memory: EraMemory;
  readonly #entries = new Map<string, Entry>();
  readonly #startBackoff = new Backoff();
  readonly #crashes = new Map<string, Backoff>();
  #finding: Promise<Session> | undefined;
  #strays = 0;
  /** What it said when it last could not be started. */
  #heard: readonly string[] | undefined;
  #isClosed = false;

  constructor(
    name: string,
    opener: SessionOpener,
    serverTraits: ServerTraits,
    hooks: ServerHooks,
    now: () => number,
  ) {
    this.name = name;
    this.#opener = opener;
    this.#traits = serverTraits;
    this.#hooks = hooks;
    this.#now = now;
    this.#memory = new EraMemory(now);
  }

  session(owner: string, capabilities: ClientCapabilities): Promise<Session> {
    if (this.#isClosed) return Promise.reject(new GatewayError("DRAINING"));
    const { isShared } = this.#traits;
    const key = this.#keyOf(owner, capabilities);
    const entry = this.#use(key);
    if (entry !== undefined) return entry.promise;
    // While nobody knows whether one session serves all, the first one finds out, and its failure is everybody's.
    if (this.#finding !== undefined) return this.#afterFinding(this.#finding, owner, capabilities);
    if (this.#entries.size >= limits.upstreamSessionsMax && !this.#evict())
      return Promise.reject(new GatewayError("OVERLOADED", "too many sessions of this server are in use"));
    const { promise } = this.#enter(key, isShared ? "" : owner, isShared ? {} : capabilities);
    if (this.#traits.mayServeAll && !isShared && this.#memory.era === undefined) {
      this.#finding = promise.finally(() => {
        this.#finding = undefined;
      });
      this.#finding.catch(() => undefined);
    }
    return promise;
  }

  /** The session that serves this owner, if it is open by now. */
  openSession(owner: string, capabilities: ClientCapabilities): Session | undefined {
    return this.#isClosed ? undefined : this.#use(this.#keyOf(owner, capabilities))?.session;
  }

  #use(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.usedAt = this.#now();
    return entry;
  }

  async #afterFinding(
    finding: Promise<Session>,
    owner: string,
    capabilities: ClientCapabilities,
  ): Promise<Session> {
    try {
      await finding;
    } catch (error) {
      // The agent that found out for all was closed: that is no failure of the server.
      if (!(error instanceof GatewayError && error.code === "DRAINING")) throw error;
    }
    return this.session(owner, capabilities);
  }

  get counts(): ServerCounts {
    let open = 0;
    for (const { session } of this.#entries.values()) open += session?.calls.size ?? 0;
    return { sessions: this.#entries.size, open, waiting: this.#opener.waiting, strays: this.#strays };
  }

  closeOwner(owner: string): void {
    for (const entry of this.#entries.values())
      if (entry.owner === owner && owner !== "") this.#dropLater(entry);
    this.#crashes.delete(owner);
  }

  /** Ends sessions that nobody used for limits.upstreamIdleMs. */
  sweep(): void {
    const now = this.#now();
    for (const entry of this.#entries.values()) {
      if (!isIdle(entry)) entry.usedAt = now;
      else if (now - entry.usedAt > limits.upstreamIdleMs) this.#dropLater(entry);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#entries.values()].map((entry) => this.#drop(entry)));
    await this.#opener.close();
  }

  /** Sessions of different owners, and of different declared capabilities where these are fixed for a session. */
  #keyOf(owner: string, capabilities: ClientCapabilities): string {
    if (this.#traits.isShared) return "";
    if (this.#memory.era === "modern") return this.#traits.isStdio ? owner : "";
    return `${owner}\n${canonicalJson(capabilities as Json)}`;
  }

  #enter(key: string, owner: string, capabilities: ClientCapabilities): Entry {
    const now = this.#now();
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    const entry: Entry = {
      key,
      owner,
      promise,
      session: undefined,
      openedAt: now,
      usedAt: now,
      isDoomed: false,
    };
    this.#entries.set(key, entry);
    this.#open(entry, capabilities).then(resolve, (error: unknown) => {
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      reject(error);
    });
    return entry;
  }

  async #open(entry: Entry, capabilities: ClientCapabilities): Promise<Session> {
    await this.#pause(entry.owner);
    let session: Session;
    try {
      session = await this.#opener.open(this.#sessionHooks(entry), this.#memory, capabilities);
    } catch (error) {
      throw this.#openFailure(error);
    }
    this.#startBackoff.succeeded();
    this.#heard = undefined;
    if (entry.isDoomed) {
      await session.close();
      throw new GatewayError("DRAINING", "the session was ended while it opened");
    }
    entry.session = session;
    entry.openedAt = this.#now();
    const twin = this.#rekey(entry, session);
    if (twin !== undefined) return twin;
    this.#hooks.connected(session);
    return session;
  }

  /** What was opened before the era was known may serve more than the one who asked. */
  #rekey(entry: Entry, session: Session): Promise<Session> | undefined {
    if (session.era !== "modern" || this.#traits.isShared) return undefined;
    const owner = this.#traits.isStdio ? entry.owner : "";
    if (owner === entry.key) return undefined;
    const twin = this.#entries.get(owner);
    this.#entries.delete(entry.key);
    if (twin !== undefined) {
      session.close().catch(() => undefined);
      return twin.promise;
    }
    this.#entries.set(owner, Object.assign(entry, { key: owner, owner }));
    return undefined;
  }

  async #pause(owner: string): Promise<void> {
    const now = this.#now();
    const waitMs = Math.max(this.#startBackoff.waitMs(now), this.#crashes.get(owner)?.waitMs(now) ?? 0);
    if (waitMs > patienceMs)
      throw new GatewayError(
        "UPSTREAM_UNREACHABLE",
        `it failed; the next attempt is in ${Math.ceil(waitMs / 1000)} s`,
        { heard: this.#heard },
      );
    if (waitMs > 0) await new Promise((resolve) => void setTimeout(resolve, waitMs));
  }

  #openFailure(error: unknown): GatewayError {
    if (this.#traits.isStdio) this.#startBackoff.failed(this.#now(), 0);
    this.#opener.reset();
    if (!(error instanceof GatewayError)) return new GatewayError("INTERNAL", undefined, { cause: error });
    this.#heard = error.heard;
    if (ownCodes.has(error.code)) return error;
    const { heard } = error;
    return new GatewayError("UPSTREAM_UNREACHABLE", `no session: ${error.message}`, { cause: error, heard });
  }

  #sessionHooks(entry: Entry): SessionHooks {
    return {
      changed: (what) => this.#hooks.changed(what),
      lost: (reason, isEraDoubtful) => this.#lost(entry, reason, isEraDoubtful),
      reopened: () => {
        if (entry.session !== undefined) this.#hooks.connected(entry.session);
      },
      log: (line) => this.#hooks.log(line),
      stray: () => {
        this.#strays++;
      },
    };
  }

  #lost(entry: Entry, reason: string, isEraDoubtful: boolean): void {
    // While it opens, the failure is told by the promise.
    if (entry.session === undefined || this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    if (isEraDoubtful) this.#memory.forget();
    if (this.#traits.isStdio) this.#crashed(entry);
    this.#hooks.lost(reason, entry.owner);
  }

  #crashed(entry: Entry): void {
    const now = this.#now();
    const backoff = this.#crashes.get(entry.owner) ?? new Backoff();
    backoff.failed(now, now - entry.openedAt);
    this.#crashes.delete(entry.owner);
    this.#crashes.set(entry.owner, backoff);
    for (const owner of this.#crashes.keys()) {
      if (this.#crashes.size <= limits.upstreamSessionsMax) break;
      this.#crashes.delete(owner);
    }
  }

  #evict(): boolean {
    let oldest: Entry | undefined;
    for (const entry of this.#entries.values())
      if (isIdle(entry) && (oldest === undefined || entry.usedAt < oldest.usedAt)) oldest = entry;
    if (oldest === undefined) return false;
    this.#dropLater(oldest);
    return true;
  }

  #dropLater(entry: Entry): void {
    this.#drop(entry).catch(() => undefined);
  }

  #drop(entry: Entry): Promise<void> {
    entry.isDoomed = true;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    return entry.session?.close() ?? Promise.resolve();
  }
}

function isIdle({ session }: Entry): boolean {
  return session !== undefined && session.calls.size === 0 && session.subscriptions === 0;
}
