/**
 * What one agent follows at one server: subscribed once, again when the session is lost, and told at a pace that an
 * agent which does not read can bear.
 *
 * F1. A lost session, or a server that is away, does not end what is followed: it is made again, with growing pauses,
 *     until `close`.
 * F2. Of one resource at most one update per updatePauseMs is passed on, the last of them always: an update says that
 *     something changed, not what, so that none is missed.
 */
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { SubscriptionFilter, UpstreamSession, UpstreamSubscription } from "../upstream/upstream.ts";

const updated = "notifications/resources/updated";
const updatePauseMs = 100;

export interface FollowingPorts {
  /** The session key of the agent that follows. */
  readonly owner: string;
  /**
   * Does `work` with a session of the server; opens one where none is.
   *
   * @returns false when the session's actor refused it, and nothing was reached
   */
  readonly reach: (work: (session: UpstreamSession) => void) => Promise<boolean>;
  readonly filter: SubscriptionFilter;
  /** One of the filter's resources changed. */
  readonly onUpdated: (uri: string) => void;
  readonly onFault: (fault: unknown) => void;
  readonly onClose: (following: Following) => void;
}

export class Following {
  readonly #ports: FollowingPorts;
  readonly #updates: Updates;
  #session: UpstreamSession | undefined;
  #subscription: UpstreamSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(ports: FollowingPorts) {
    this.#ports = ports;
    this.#updates = new Updates(ports.filter.uris ?? [], ports.onUpdated);
  }

  get owner(): string {
    return this.#ports.owner;
  }

  /**
   * @returns false when it was refused
   * @throws GatewayError when there is no session; nothing is tried again then
   */
  begin(): Promise<boolean> {
    return this.#ports.reach((session) => {
      if (this.#isClosed || session === this.#session) return;
      this.#subscription?.close();
      this.#session = session;
      this.#subscription = session.subscribe(this.#ports.filter, (method, params) =>
        this.#heard(method, params),
      );
    });
  }

  /** Begins, and goes on trying where that fails. */
  async keep(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (await this.begin()) this.#failures = 0;
      else this.again();
    } catch (fault) {
      this.#ports.onFault(fault);
      this.again();
    }
  }

  /** A session of the server was lost; whether it was this one shows when it is asked for again. */
  again(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    const waitMs = Math.min(
      limits.upstreamRetryMsMax,
      limits.upstreamRetryMs * 2 ** Math.min(this.#failures++, 16),
    );
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.keep();
    }, waitMs);
    this.#timer.unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#updates.close();
    this.#subscription?.close();
    this.#ports.onClose(this);
  }

  #heard(method: string, params: JsonObject): void {
    if (method === updated && typeof params["uri"] === "string") this.#updates.push(params["uri"]);
  }
}

/** Updates of some resources, thinned out. */
class Updates {
  readonly #on: (uri: string) => void;
  /** By resource: the pause after an update, and whether another came within it. */
  readonly #pauses = new Map<string, { readonly timer: NodeJS.Timeout; again: boolean }>();
  readonly #uris: ReadonlySet<string>;

  constructor(uris: readonly string[], on: (uri: string) => void) {
    this.#uris = new Set(uris);
    this.#on = on;
  }

  push(uri: string): void {
    if (!this.#uris.has(uri)) return;
    const pause = this.#pauses.get(uri);
    if (pause !== undefined) pause.again = true;
    else this.#tell(uri);
  }

  close(): void {
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
  }

  #tell(uri: string): void {
    const timer = setTimeout(() => {
      const again = this.#pauses.get(uri)?.again === true;
      this.#pauses.delete(uri);
      if (again) this.#tell(uri);
    }, updatePauseMs);
    this.#pauses.set(uri, { timer: timer.unref(), again: false });
    this.#on(uri);
  }
}
