/**
 * The catalogue while a node runs: which role tables are in force, what is quarantined, what an operator accepts.
 *
 * C1. A role table changes only here, as a whole, and every change is recorded before it serves a call.
 * C2. A table that comes into force is kept by digest first, so that any record that names it can be replayed.
 */
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { Recorder } from "../../protocol/record.ts";
import { loadConfiguration, type Configuration, type Environment } from "../config.ts";
import type { DataFolder } from "../datafolder.ts";
import type { Changes } from "../exchange/changes.ts";
import type { Roles } from "../exchange/roles.ts";
import type { UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { compare, pin, writeLock, type Comparison, type LiveDefinitions, type LiveServer } from "./lock.ts";
import { quarantine, withTable, type ResolvedRole } from "./resolve.ts";
import { DefinitionWatch } from "./watch.ts";

export interface LivingPorts {
  readonly configuration: Configuration;
  readonly env: Environment;
  readonly data: DataFolder;
  readonly roles: Roles;
  readonly changes: Changes;
  readonly recorder: Recorder;
  readonly pool: UpstreamPool;
  readonly read: (session: UpstreamSession) => Promise<LiveDefinitions>;
  readonly now: () => number;
  readonly notice: (text: string) => void;
}

/** What an operator hears of one server. */
export interface ServerCheck {
  readonly server: string;
  readonly changed: readonly {
    readonly kind: string;
    readonly name: string;
    readonly fields: readonly string[];
  }[];
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

/** Whose upstream session the operator's own look-ups use. */
const operator = "operator";

export class LivingCatalogue {
  readonly watch: DefinitionWatch;
  readonly #ports: LivingPorts;
  #lock: CatalogueLock;
  #resolved: ReadonlyMap<string, ResolvedRole>;
  /** By server: names whose live definition differs. */
  readonly #differing = new Map<string, ReadonlySet<string>>();

  constructor(ports: LivingPorts) {
    this.#ports = ports;
    this.#lock = ports.configuration.lock;
    this.#resolved = ports.configuration.tables;
    this.watch = new DefinitionWatch({
      lock: () => this.#lock,
      read: ports.read,
      onCompared: (server, differing, comparison) => this.#quarantine(server, differing, comparison),
      onFault: (server) =>
        ports.notice(`the definitions of ${server} cannot be read; its next call will try again`),
    });
    this.#enforce([...this.#resolved.keys()]);
  }

  get lock(): CatalogueLock {
    return this.#lock;
  }

  /** The pool as calls see it: no session before its definitions were compared. */
  checkedPool(): UpstreamPool {
    const { pool } = this.#ports;
    const { watch } = this;
    return {
      session: async (server, owner, capabilities) => {
        const session = await pool.session(server, owner, capabilities);
        const pending = watch.pending(session);
        if (pending !== undefined) await pending;
        return session;
      },
      on: (event, listener) => pool.on(event, listener),
      closeOwner: (owner) => pool.closeOwner(owner),
      drain: () => pool.drain(),
      counts: () => pool.counts(),
    };
  }

  quarantined(): { readonly server: string; readonly names: readonly string[] }[] {
    return [...this.#differing]
      .filter(([, names]) => names.size > 0)
      .map(([server, names]) => ({ server, names: [...names] }));
  }

  /** Live definitions of one server, or of all, against their pins. */
  async check(server?: string): Promise<ServerCheck[]> {
    const servers =
      server === undefined ? Object.keys(this.#ports.configuration.catalogue.servers) : [this.#known(server)];
    const checks: ServerCheck[] = [];
    for (const name of servers) {
      const live = await this.#read(name);
      const locked = this.#lock.servers[name];
      const found = locked === undefined ? undefined : compare(locked, live);
      checks.push({
        server: name,
        changed: found?.changed ?? [],
        added: found?.added.map((one) => one.name) ?? live.tools.map((tool) => String(tool["name"])),
        missing: found?.missing.map((one) => one.name) ?? [],
      });
    }
    return checks;
  }

  /**
   * Pins what a server says now, writes catalogue.lock, resolves all roles against it and lifts the quarantine.
   *
   * @throws GatewayError CONFIGURATION when a role does not fit the new definitions; the old lock stays in force then
   */
  async accept(
    server: string,
    names?: readonly string[],
  ): Promise<{ readonly pinned: number; readonly check: ServerCheck }> {
    const name = this.#known(server);
    const [check] = await this.check(name);
    if (check === undefined) throw new Error("one server gives one check");
    const live = await this.#read(name);
    const before = this.#lock.servers[name];
    const keep = names === undefined ? undefined : { names: new Set(names), before };
    const { locked, pinned, refused } = pin(
      live,
      new Date(this.#ports.now()).toISOString().slice(0, 10),
      keep,
    );
    const [first] = refused;
    if (first !== undefined)
      throw new GatewayError("CONFIGURATION", `${first.kind} ${first.name} cannot be pinned: ${first.why}`);
    const lock = { v: 1 as const, servers: { ...this.#lock.servers, [name]: locked } };
    writeLock(this.#ports.configuration.lockFile, lock);
    this.#differing.delete(name);
    this.#reload(lock);
    this.#ports.recorder.append(
      {
        kind: "admin",
        at: this.#ports.now(),
        server: name,
        about: { what: "catalogue accepted", pinned: pinned.length, changed: check.changed.length },
      },
      "synced",
    );
    return { pinned: pinned.length, check };
  }

  #known(server: string): string {
    if (Object.hasOwn(this.#ports.configuration.catalogue.servers, server)) return server;
    throw new GatewayError("CONFIGURATION", "the catalogue has no server of that name");
  }

  async #read(server: string): Promise<LiveServer> {
    const session = await this.#ports.pool.session(server, operator, {});
    const { info, capabilities, instructions } = session;
    const live = await this.#ports.read(session);
    return { ...live, info, capabilities, ...(instructions === undefined ? {} : { instructions }) };
  }

  #reload(lock: CatalogueLock): void {
    const loaded = loadConfiguration(this.#ports.configuration.folder, { env: this.#ports.env });
    if (Array.isArray(loaded)) {
      const says = loaded.map((fault) => `${fault.file}:${fault.line} ${fault.says}`).join("; ");
      writeLock(this.#ports.configuration.lockFile, this.#lock);
      throw new GatewayError("CONFIGURATION", `the roles do not fit the new definitions: ${says}`);
    }
    this.#lock = lock;
    this.#resolved = loaded.tables;
    this.#enforce([...loaded.tables.keys()]);
  }

  #quarantine(server: string, differing: ReadonlySet<string>, comparison: Comparison): void {
    this.#differing.set(server, differing);
    const fields = comparison.changed.map((one) => `${one.name} (${one.fields.join(", ")})`).join("; ");
    const what =
      differing.size === 0 ? "definitions equal their pins again" : "definitions differ from their pins";
    this.#ports.recorder.append(
      {
        kind: "node",
        at: this.#ports.now(),
        server,
        about: { what, count: differing.size, changed: fields.slice(0, 2000) },
      },
      "synced",
    );
    if (differing.size > 0)
      this.#ports.notice(`${server}: ${differing.size} definition(s) differ from catalogue.lock and are quarantined: ${fields}. Look at them, then: gatehouse catalogue accept ${server}`); // prettier-ignore
    this.#enforce([...this.#resolved].filter(([, role]) => role.table.grants.some((grant) => grant.server === server)).map(([persona]) => persona)); // prettier-ignore
  }

  #enforce(personas: readonly string[]): void {
    for (const persona of personas) {
      const resolved = this.#resolved.get(persona);
      if (resolved === undefined) continue;
      let { table } = resolved;
      for (const [server, names] of this.#differing)
        if (names.size > 0) table = quarantine(table, server, names);
      const role = table === resolved.table ? resolved : withTable(resolved, table);
      this.#ports.data.saveRole(role.digest, role.table);
      this.#ports.roles.put(persona, role);
    }
  }
}
