/**
 * Live definitions against their pins (checklist T1). Each upstream session is compared before its first call; a
 * server that says its lists changed is compared again. What differs is quarantined until an operator accepts it.
 *
 * W1. No call passes over a session whose definitions were not compared: `pending` is awaited first.
 * W2. A definition that cannot be read is no definition: when listing fails, the call fails.
 */
import type { GatewayError } from "../../protocol/errors.ts";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import type { UpstreamSession } from "../upstream/upstream.ts";
import { compare, type Comparison, type LiveDefinitions } from "./lock.ts";

export interface WatchPorts {
  /** The lock in force; read anew at each comparison, because an accept replaces it. */
  readonly lock: () => CatalogueLock;
  readonly read: (session: UpstreamSession) => Promise<LiveDefinitions>;
  /** The server's names that differ now, also when there are none: earlier quarantines of that server are lifted. */
  readonly onCompared: (server: string, differing: ReadonlySet<string>, comparison: Comparison) => void;
  readonly onFault: (server: string, fault: unknown) => void;
}

export class DefinitionWatch {
  readonly #ports: WatchPorts;
  /** The comparison under way; undefined once it is done, so that later calls wait for nothing. */
  readonly #checked = new WeakMap<UpstreamSession, { promise: Promise<void> | undefined }>();
  readonly #differing = new Map<string, string>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** What to wait for before a call over this session; rejects with a GatewayError when its lists cannot be read. */
  pending(session: UpstreamSession): Promise<void> | undefined {
    const known = this.#checked.get(session);
    return known === undefined ? this.#start(session) : known.promise;
  }

  /** A server said that its lists changed: compare again before the next call over this session. */
  again(session: UpstreamSession): void {
    this.#start(session).catch((fault: GatewayError) => this.#ports.onFault(session.server, fault));
  }

  #start(session: UpstreamSession): Promise<void> {
    const promise = this.#compare(session);
    const entry: { promise: Promise<void> | undefined } = { promise };
    this.#checked.set(session, entry);
    promise.then(
      () => (entry.promise = undefined),
      () => {
        if (this.#checked.get(session) === entry) this.#checked.delete(session);
      },
    );
    return promise;
  }

  async #compare(session: UpstreamSession): Promise<void> {
    const live = await this.#ports.read(session);
    const locked = this.#ports.lock().servers[session.server];
    if (locked === undefined) return;
    const comparison = compare(locked, live);
    // A tool that is gone cannot be called in any case; only another definition under the same name deceives.
    const differing = new Set(comparison.changed.map(({ name }) => name));
    const text = [...differing].sort().join("\n");
    if (this.#differing.get(session.server) === text) return;
    if (text === "" && !this.#differing.has(session.server)) return;
    this.#differing.set(session.server, text);
    this.#ports.onCompared(session.server, differing, comparison);
  }
}
