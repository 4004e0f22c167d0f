/**
 * The catalogue while a node runs: which role tables are in force, what is quarantined, what an operator accepts.
 *
 * C1. A role table changes only here, as a whole, and every change is recorded before it serves a call.
 * C2. A table that comes into force is kept by digest first, so that any record that names it can be replayed.
 * C3. What is quarantined stays so until an operator accepts it, also when the server takes its change back, or shows
 *     it to some sessions only.
 * C4. A definition that a grant needs and that is not listed any more is quarantined too, until it is listed again as
 *     pinned. A session that declares less may be shown less, so the operator's own session, which declares all, is
 *     asked before it is believed.
 */
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Recorder } from "../../protocol/record.ts";
import { loadConfiguration, type Configuration, type Environment } from "../config.ts";
import type { DataFolder } from "../datafolder.ts";
import type { Changes } from "../exchange/changes.ts";
import type { Roles } from "../exchange/roles.ts";
import type { UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { everyCapability } from "../upstream/definitions.ts";
import { changeWords, keepNarrowed, keepSeen } from "../roles/approval.ts";
import { CheckedSession } from "./checkedsession.ts";
import { digestOf } from "./definition.ts";
import { list } from "./fault.ts";
import { compare, pin, writeLock, type Comparison, type LiveServer } from "./lock.ts";
import { quarantine, withTable, type ResolvedRole } from "./resolve.ts";
import { checkServer, neededOf, notPinned, type ServerCheck } from "./servercheck.ts";
import { DefinitionWatch, type ListedDefinitions } from "./watch.ts";

export interface LivingPorts {
  readonly configuration: Configuration;
  readonly env: Environment;
  readonly data: DataFolder;
  readonly roles: Roles;
  readonly changes: Changes;
  readonly recorder: Recorder;
  readonly pool: UpstreamPool;
  readonly read: (session: UpstreamSession) => Promise<ListedDefinitions>;
  readonly now: () => number;
  readonly notice: (text: string) => void;
}

/** Quarantined definitions of one server. */
export interface Quarantined {
  readonly server: string;
  readonly names: readonly string[];
  /** Those of `names` that it does not list any more. */
  readonly missing: readonly string[];
}

/** Whose upstream session the operator's own look-ups use. */
const operator = "operator";

export class LivingCatalogue {
  readonly watch: DefinitionWatch;
  readonly #ports: LivingPorts;
  #lock: CatalogueLock;
  #resolved: ReadonlyMap<string, ResolvedRole>;
  /** By server: names whose live definition differs, or did since the last accept. */
  readonly #differing = new Map<string, Set<string>>();
  /** By server: names that a grant needs and that were not listed when it was last compared. */
  readonly #missing = new Map<string, ReadonlySet<string>>();
  /** By persona: the digest of the table in force, without quarantines. */
  readonly #enforced = new Map<string, string>();

  constructor(ports: LivingPorts) {
    this.#ports = ports;
    this.#lock = ports.configuration.lock;
    this.#resolved = ports.configuration.tables;
    this.watch = new DefinitionWatch({
      lock: () => this.#lock,
      read: ports.read,
      onDiffering: (server, changed) => this.#quarantine(server, changed),
      onCompared: (server, missing) => this.#compared(server, missing),
      onFault: (server) =>
        ports.notice(`the definitions of ${server} cannot be read; its next call will try again`),
      now: ports.now,
    });
    ports.pool.on("changed", ({ server, what }) => {
      if (what !== "resources") this.watch.outdate(server);
    });
    ports.pool.on("connected", ({ session }) => this.watch.reopened(session));
    this.#noteVersions(ports.configuration);
    this.#enforce([...this.#resolved.keys()]);
  }

  get lock(): CatalogueLock {
    return this.#lock;
  }

  /** The pool as calls see it: no session before its definitions were compared. */
  checkedPool(): UpstreamPool {
    const { pool } = this.#ports;
    const checked = new WeakMap<UpstreamSession, CheckedSession>();
    const wrap = (session: UpstreamSession): CheckedSession => {
      let known = checked.get(session);
      if (known === undefined) checked.set(session, (known = new CheckedSession(session, this.watch)));
      return known;
    };
    return {
      openSession: (server, owner, capabilities) => {
        const session = pool.openSession(server, owner, capabilities);
        return session === undefined || this.watch.pending(session) !== undefined ? undefined : wrap(session);
      },
      session: async (server, owner, capabilities) => {
        const session = await pool.session(server, owner, capabilities);
        const pending = this.watch.pending(session);
        if (pending !== undefined) await pending;
        return wrap(session);
      },
      on: (event, listener) => pool.on(event, listener),
      closeOwner: (owner) => pool.closeOwner(owner),
      drain: () => pool.drain(),
      counts: () => pool.counts(),
    };
  }

  quarantined(): readonly Quarantined[] {
    const servers = Object.keys(this.#ports.configuration.catalogue.servers);
    return servers
      .map((server) => ({
        server,
        names: [...this.#refused(server)],
        missing: [...(this.#missing.get(server) ?? [])],
      }))
      .filter(({ names }) => names.length > 0);
  }

  /** The tables in force, as their files had them when they were read. */
  tables(): readonly { readonly persona: string; readonly digest: string }[] {
    return [...this.#enforced].map(([persona, digest]) => ({ persona, digest }));
  }

  /** Names of a server's definitions whose grants are refused. */
  #refused(server: string): ReadonlySet<string> {
    return new Set([...(this.#differing.get(server) ?? []), ...(this.#missing.get(server) ?? [])]);
  }

  /** Live definitions of one server, or of all, against their pins. What differs is quarantined, as it would be in use. */
  async check(server?: string): Promise<ServerCheck[]> {
    const servers =
      server === undefined ? Object.keys(this.#ports.configuration.catalogue.servers) : [this.#known(server)];
    const checks: ServerCheck[] = [];
    for (const name of servers) {
      const check = this.#compare(name, await this.#read(name));
      if (check.changed.length > 0) this.#quarantine(name, check.changed);
      this.#setMissing(name, check.needed);
      checks.push(check);
    }
    return checks;
  }

  #compare(server: string, live: LiveServer & ListedDefinitions): ServerCheck {
    const locked = Object.hasOwn(this.#lock.servers, server) ? this.#lock.servers[server] : undefined;
    return checkServer(server, locked, live, this.#granted(server));
  }

  /** Names of tools and prompts of one server that a grant of any persona needs. */
  #granted(server: string): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { table } of this.#resolved.values())
      for (const grant of table.grants)
        if (grant.server === server && grant.kind !== "resource") names.add(grant.target);
    return names;
  }

  /**
   * Pins what a server says now, writes catalogue.lock, resolves all roles against it and lifts the quarantine.
   *
   * @throws GatewayError CONFIGURATION when a role does not fit the new definitions; the old lock stays in force then
   */
  async accept(
    server: string,
    names?: readonly string[],
  ): Promise<{ readonly pinned: number; readonly check: ServerCheck; readonly roles: readonly string[] }> {
    const name = this.#known(server);
    // Read once: what is reported as accepted is what was pinned.
    const live = await this.#read(name);
    const check = this.#compare(name, live);
    const before = this.#lock.servers[name];
    const keep = names === undefined ? undefined : { names: new Set(names), before };
    const { locked, pinned, refused } = pin(
      live,
      new Date(this.#ports.now()).toISOString().slice(0, 10),
      keep,
    );
    const [first] = refused;
    if (first !== undefined) throw notPinned(name, first);
    const lock = { v: 1 as const, servers: { ...this.#lock.servers, [name]: locked } };
    writeLock(this.#ports.configuration.lockFile, lock);
    const roles = new Map(this.#enforced);
    this.#reload(lock, () =>
      this.#lift(name, names === undefined ? undefined : pinned.map((one) => one.name)),
    );
    this.#ports.recorder.append(
      {
        kind: "admin",
        at: this.#ports.now(),
        server: name,
        about: { what: "catalogue accepted", pinned: pinned.length, changed: check.changed.length },
      },
      "synced",
    );
    const changed = this.tables().filter(({ persona, digest }) => roles.get(persona) !== digest);
    return { pinned: pinned.length, check, roles: changed.map(({ persona }) => persona) };
  }

  #known(server: string): string {
    if (Object.hasOwn(this.#ports.configuration.catalogue.servers, server)) return server;
    throw new GatewayError("CONFIGURATION", "the catalogue has no server of that name");
  }

  async #read(server: string): Promise<LiveServer & ListedDefinitions> {
    const session = await this.#ports.pool.session(server, operator, everyCapability);
    const { info, capabilities, instructions } = session;
    const live = await this.#ports.read(session);
    return { ...live, info, capabilities, ...(instructions === undefined ? {} : { instructions }) };
  }

  /** Lifts the quarantine of what was pinned; every session is compared with the new pins before its next call. */
  #lift(server: string, names: readonly string[] | undefined): void {
    const left = this.#differing.get(server);
    const missing = names === undefined ? [] : [...(this.#missing.get(server) ?? [])];
    this.#missing.set(server, new Set(missing.filter((name) => names?.includes(name) !== true)));
    if (names === undefined) left?.clear();
    for (const name of names ?? []) left?.delete(name);
    this.watch.outdate(server);
  }

  /** @param lift called once nothing can fail any more */
  #reload(lock: CatalogueLock, lift: () => void): void {
    const loaded = this.#load();
    if (typeof loaded === "string") {
      writeLock(this.#ports.configuration.lockFile, this.#lock);
      throw new GatewayError("CONFIGURATION", `the roles do not fit the new definitions: ${loaded}`);
    }
    this.#lock = lock;
    this.#resolved = loaded.tables;
    lift();
    this.#noteVersions(loaded);
    this.#enforce([...loaded.tables.keys()]);
  }

  /** Or what is wrong, in words. A role that is not approved leaves the version before it in force. */
  #load(): Configuration | string {
    const loaded = loadConfiguration(this.#ports.configuration.folder, { env: this.#ports.env, wider: "previous" }); // prettier-ignore
    if (Array.isArray(loaded)) return loaded.map((fault) => `${fault.file}:${fault.line} ${fault.says}`).join("; "); // prettier-ignore
    // A rule about a type that nobody looks for would withhold nothing.
    return loaded.custom.digest === this.#ports.configuration.custom.digest ? loaded : "the files of dlp.types are not those that this node searches with: start it anew"; // prettier-ignore
  }

  /**
   * Reads the role files anew and puts them in force.
   *
   * @returns personas whose table changed, and those whose file is not approved
   * @throws GatewayError CONFIGURATION when a file has a fault; all stays as it was then
   */
  reloadRoles(): { readonly roles: readonly string[]; readonly held: readonly string[] } {
    const loaded = this.#load();
    if (typeof loaded === "string") throw new GatewayError("CONFIGURATION", `the roles stay as they were: ${loaded}`); // prettier-ignore
    if (digestOf(loaded.lock) !== digestOf(this.#lock)) throw new GatewayError("CONFIGURATION", "catalogue.lock is not the one in force any more, so the roles stay as they were", { remedy: "accept its servers at the running node, or start it anew" }); // prettier-ignore
    const before = new Map(this.#enforced);
    this.#resolved = loaded.tables;
    this.#noteVersions(loaded);
    this.#enforce([...loaded.tables.keys()]);
    const changed = this.tables().filter(({ persona, digest }) => before.get(persona) !== digest);
    return {
      roles: changed.map(({ persona }) => persona),
      held: loaded.approvals.filter(({ held }) => held.length > 0).map(({ persona }) => persona),
    };
  }

  /** Which version of each role comes into force, where versions count; narrower ones are kept. */
  #noteVersions({ approvals, tables }: Configuration): void {
    const { recorder, now, notice } = this.#ports;
    if (approvals.length === 0) return;
    const { kept, unkept: unnumbered } = keepNarrowed(approvals, new Date(now()));
    const unkept = [...unnumbered, ...keepSeen(approvals, this.#ports.data.path)];
    const versions = approvals.map(({ persona, version, narrowed }) => `${persona} ${kept.get(persona) ?? version}${narrowed.length > 0 ? ", narrowed" : ""}`); // prettier-ignore
    recorder.append({ kind: "node", at: now(), about: { what: "role versions in force", versions: versions.join("; ").slice(0, 2000) } }, "synced"); // prettier-ignore
    for (const says of unkept) notice(says);
    for (const { persona, version, held } of approvals) {
      if (held.length > 0)
        notice(`${persona}: its file lets more pass than version ${version}, which stays in force: ${changeWords(held[0] ?? { at: "", direction: "wider" })}. gatehouse role diff ${persona} shows all`); // prettier-ignore
      const names = tables.get(persona)?.unapproved ?? [];
      if (names.length > 0)
        notice(`${persona}: ${list(names.map(({ name }) => name))} is not defined as it was approved, and is quarantined: gatehouse role diff ${persona}`); // prettier-ignore
    }
  }

  #quarantine(server: string, changed: Comparison["changed"]): void {
    const before = this.#differing.get(server) ?? new Set<string>();
    const fresh = changed.filter(({ name }) => !before.has(name));
    if (fresh.length === 0) return;
    this.#differing.set(server, new Set([...before, ...fresh.map(({ name }) => name)]));
    const fields = fresh.map((one) => `${one.name} (${one.fields.join(", ")})`).join("; ");
    const about = { what: "definitions differ from their pins", count: fresh.length, changed: fields.slice(0, 2000) }; // prettier-ignore
    this.#ports.recorder.append({ kind: "node", at: this.#ports.now(), server, about }, "synced");
    this.#ports.notice(`${server}: ${fresh.length === 1 ? "1 definition differs from catalogue.lock and is" : `${fresh.length} definitions differ from catalogue.lock and are`} quarantined: ${fields}. Look at them, then: gatehouse catalogue accept ${server}`); // prettier-ignore
    this.#enforceFor(server);
  }

  /** One session's list may be short because of what its client declared: what is granted is asked for once more. */
  async #compared(server: string, missing: Comparison["missing"]): Promise<void> {
    const known = this.#missing.get(server) ?? new Set();
    const needed = neededOf(missing, this.#granted(server));
    if (needed.every((name) => known.has(name))) return this.#setMissing(server, needed);
    const absent = new Set(await this.#absentForAll(server, needed));
    this.#setMissing(server, needed.filter((name) => absent.has(name))); // prettier-ignore
  }

  /** When the server cannot be asked, what one session was not shown counts as gone: a call would fail anyway. */
  async #absentForAll(server: string, names: readonly string[]): Promise<readonly string[]> {
    const locked = this.#lock.servers[server];
    if (locked === undefined) return names;
    try {
      return compare(locked, await this.#read(server)).missing.map(({ name }) => name);
    } catch {
      return names;
    }
  }

  #setMissing(server: string, names: readonly string[]): void {
    const before = this.#missing.get(server) ?? new Set<string>();
    const gone = names.filter((name) => !before.has(name));
    const back = [...before].filter((name) => !names.includes(name));
    if (gone.length + back.length === 0) return;
    this.#missing.set(server, new Set(names));
    const say = (what: string, of: readonly string[]): void => {
      const about = { what, count: of.length, names: of.join(" ").slice(0, 2000) };
      this.#ports.recorder.append({ kind: "node", at: this.#ports.now(), server, about }, "synced");
    };
    if (gone.length > 0) {
      say("definitions that grants need are not listed any more", gone);
      this.#ports.notice(`${server} does not list ${list(gone)} any more; the grants of it are quarantined until it does. Look at it with: gatehouse catalogue check ${server}`); // prettier-ignore
    }
    if (back.length > 0) {
      say("definitions are listed again as pinned", back);
      this.#ports.notice(`${server} lists ${list(back)} again`);
    }
    this.#enforceFor(server);
  }

  /** Another baseline is in force for a persona: its table names it, so that every record of a decision does. */
  enforceBaseline(persona: string): void {
    if (this.#resolved.has(persona)) this.#enforce([persona]);
  }

  /** The baselines in force, by persona. */
  baselines(): readonly { readonly persona: string; readonly version: string }[] {
    return [...this.#resolved.keys()].flatMap((persona) => {
      const version = this.#ports.data.baselines.inForce(persona);
      return version === undefined ? [] : [{ persona, version }];
    });
  }

  #enforceFor(server: string): void {
    const uses = ({ table }: ResolvedRole): boolean => table.grants.some((grant) => grant.server === server);
    this.#enforce([...this.#resolved].filter(([, role]) => uses(role)).map(([persona]) => persona));
  }

  #enforce(personas: readonly string[]): void {
    for (const persona of personas) {
      const resolved = this.#resolved.get(persona);
      if (resolved === undefined) continue;
      this.#enforced.set(persona, resolved.digest);
      let { table } = resolved;
      const baseline = this.#ports.data.baselines.inForce(persona);
      if (baseline !== undefined) table = { ...table, baseline };
      const unapproved = resolved.unapproved ?? [];
      for (const server of new Set(table.grants.map((grant) => grant.server))) {
        const names = [...this.#refused(server), ...unapproved.filter((each) => each.server === server).map(({ name }) => name)]; // prettier-ignore
        if (names.length > 0) table = quarantine(table, server, names);
      }
      const role = table === resolved.table ? resolved : withTable(resolved, table);
      this.#ports.data.saveRole(role.digest, role.table);
      this.#ports.roles.put(persona, { ...role, templates: role.templates.filter(this.#isTemplateShown) });
    }
  }

  /** Templates are no grants: a URI is judged by its grant's pattern. A template that differs is only not shown. */
  readonly #isTemplateShown = (template: JsonObject): boolean => {
    for (const names of this.#differing.values())
      if (names.has(String(template["uriTemplate"]))) return false;
    return true;
  };
}
