/**
 * All upstream servers of a node. Owns: which servers there are, events, the idle sweep, draining. Does not own: one
 * server's sessions (server.ts), how they are opened (opener.ts), what a definition may be (definitions.ts).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CatalogueServer } from "../../protocol/catalogue.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { Dialer } from "./dialer.ts";
import { ChangeGate, EventHub, LogGate } from "./events.ts";
import type { ClientInfo } from "./handshake.ts";
import { openerOf } from "./opener.ts";
import { UpstreamServer } from "./server.ts";
import type { Secret } from "../vault/secret.ts";
import type {
  ClientCapabilities,
  ServerCounts,
  UpstreamEvents,
  UpstreamPool,
  UpstreamSession,
} from "./upstream.ts";

export interface PoolOptions {
  readonly catalogue: { readonly servers: { readonly [name: string]: CatalogueServer } };
  /** Folder of catalogue.yaml: relative paths start there. */
  readonly folder: string;
  /** Where `env:NAME` secrets and the children's PATH come from. */
  readonly env: { readonly [name: string]: string | undefined };
  /** Where `vault:NAME` credentials come from; without it a server that names one is refused. */
  readonly vault?: ((name: string) => Secret) | undefined;
  readonly dialer?: Dialer | undefined;
  /** Folder for the children's HOME; without it a temporary one, removed by `drain`. */
  readonly homes?: string | undefined;
  /** Who we say we are. */
  readonly client?: ClientInfo | undefined;
  /** Epoch ms. */
  readonly now?: (() => number) | undefined;
}

/** Opens nothing: the first call to a server does. */
export function openPool(options: PoolOptions): Upstreams {
  return new Upstreams(options);
}

interface Member {
  readonly server: UpstreamServer;
  readonly changes: ChangeGate;
}

export class Upstreams implements UpstreamPool {
  readonly #members = new Map<string, Member>();
  readonly #hub = new EventHub();
  readonly #options: PoolOptions;
  readonly #dialer: Dialer;
  readonly #sweep: NodeJS.Timeout;
  #homes: string | undefined;
  #isDraining = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#dialer = options.dialer ?? new Dialer();
    for (const [name, entry] of Object.entries(options.catalogue.servers))
      this.#members.set(name, this.#member(name, entry));
    this.#sweep = setInterval(() => {
      for (const { server } of this.#members.values()) server.sweep();
    }, limits.upstreamIdleMs / 8);
    this.#sweep.unref();
  }

  session(server: string, owner: string, capabilities: ClientCapabilities): Promise<UpstreamSession> {
    const member = this.#members.get(server);
    if (this.#isDraining) return Promise.reject(new GatewayError("DRAINING"));
    if (member !== undefined) return member.server.session(owner, capabilities);
    return Promise.reject(
      new GatewayError("CONFIGURATION", "a call names a server that the catalogue does not have"),
    );
  }

  openSession(server: string, owner: string, capabilities: ClientCapabilities): UpstreamSession | undefined {
    return this.#isDraining ? undefined : this.#members.get(server)?.server.openSession(owner, capabilities);
  }

  on<Name extends keyof UpstreamEvents>(event: Name, listener: (what: UpstreamEvents[Name]) => void): void {
    this.#hub.on(event, listener);
  }

  closeOwner(owner: string): void {
    for (const { server } of this.#members.values()) server.closeOwner(owner);
  }

  async drain(): Promise<void> {
    this.#isDraining = true;
    clearInterval(this.#sweep);
    await Promise.all([...this.#members.values()].map((member) => this.#end(member)));
    if (this.#options.dialer === undefined) await this.#dialer.close();
    if (this.#homes !== undefined) rmSync(this.#homes, { recursive: true, force: true });
  }

  counts(): ReadonlyMap<string, ServerCounts> {
    return new Map([...this.#members].map(([name, { server }]) => [name, server.counts]));
  }

  #member(name: string, entry: CatalogueServer): Member {
    const { folder, env, client, now, vault } = this.#options;
    const clock = now ?? Date.now;
    const opener = openerOf(entry, {
      server: name,
      dialer: this.#dialer,
      client: client ?? { name: "gatehouse", version: "0" },
      homes: () => this.#homesFolder(),
      folder,
      env,
      vault,
    });
    const log = new LogGate((line) => this.#hub.emit("log", { server: name, line }), clock);
    const changes = new ChangeGate((what) => this.#hub.emit("changed", { server: name, what }));
    const isStdio = "stdio" in entry.transport;
    const traits = {
      isShared: entry.isolation === "shared",
      isStdio,
      mayServeAll: "http" in entry.transport && entry.era !== "legacy",
    };
    const hooks = {
      connected: (session: UpstreamSession) => this.#hub.emit("connected", { server: name, session }),
      changed: (what: UpstreamEvents["changed"]["what"]) => changes.push(what),
      lost: (reason: string, owner: string) => this.#hub.emit("lost", { server: name, reason, owner }),
      log: (line: string) => log.push(line),
    };
    return { server: new UpstreamServer(name, opener, traits, hooks, clock), changes };
  }

  async #end({ server, changes }: Member): Promise<void> {
    changes.close();
    await server.close();
  }

  #homesFolder(): string {
    if (this.#options.homes !== undefined) return this.#options.homes;
    this.#homes ??= mkdtempSync(join(tmpdir(), "gatehouse-"));
    return this.#homes;
  }
}
