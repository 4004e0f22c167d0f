/**
 * `gatehouse catalogue check | accept`: live definitions against catalogue.lock. Through the running node, so that what
 * is accepted is in force at once; without one, this program opens the servers itself.
 *
 * C1. A changed definition is accepted only by who has seen that it changed: without --yes it is shown and left.
 * C2. What was shown is what is pinned, as far as one reading goes; the lock's diff is what a team reviews.
 */
import { dirname } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";
import { didYouMean, list, quote, sayFault } from "../catalogue/fault.ts";
import { checkServer, notPinned } from "../catalogue/servercheck.ts";
import type { ServerCheck } from "../catalogue/servercheck.ts";
import { pin, writeLock } from "../catalogue/lock.ts";
import type { LiveServer } from "../catalogue/lock.ts";
import type { ListedDefinitions } from "../catalogue/watch.ts";
import type { CatalogueConfiguration } from "../config.ts";
import type { AcceptAnswer } from "../control/operators.ts";
import { grantedNames, isLoaded, loadCatalogue, loadConfiguration, roleNames } from "../config.ts";
import { everyCapability, readDefinitions } from "../upstream/definitions.ts";
import { Dialer } from "../upstream/dialer.ts";
import { openPool } from "../upstream/pool.ts";
import { foreign, quoted } from "./invocation.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { ask, askIfRunning, Faults, operatorName, openVaultOf } from "./project.ts";
import { count, line } from "./table.ts";

export async function checkCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [server, ...more] = new Arguments(argv, [], []).rest;
  if (more.length > 0) throw new Misuse("catalogue check takes at most one server");
  const catalogue = readCatalogue(io);
  const servers =
    server === undefined ? Object.keys(catalogue.catalogue.servers) : [known(catalogue, server)];
  const figures = { servers: servers.length, changed: 0, missing: 0, needed: 0, added: 0, unread: 0 };
  const desk = await openDesk(catalogue, io);
  try {
    for (const name of servers) {
      const check = await desk.check(name).catch((fault: unknown) => {
        if (fault instanceof GatewayError) return fault;
        throw fault;
      });
      if (check instanceof GatewayError) figures.unread++;
      else {
        figures.changed += check.changed.length;
        figures.missing += check.missing.length;
        figures.needed += check.needed.length;
        figures.added += check.added.length;
      }
      for (const each of sayCheck(io, catalogue, name, check)) io.out(each);
    }
  } finally {
    await desk.close();
  }
  return finish(io, "catalogue check", figures.changed + figures.needed + figures.unread === 0, figures);
}

export async function acceptCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, [], ["yes"]);
  const [given, ...names] = args.rest;
  if (given === undefined)
    throw new Misuse("catalogue accept takes a server, and the tools of it if not all are meant");
  const catalogue = readCatalogue(io);
  const server = known(catalogue, given);
  const wanted = names.length === 0 ? undefined : new Set(names);
  const desk = await openDesk(catalogue, io);
  try {
    const check = await desk.check(server);
    const changed = check.changed.filter(({ name }) => wanted?.has(name) ?? true);
    if (changed.length > 0 && !args.flag("yes")) {
      if (io.json) for (const each of changed) io.out(JSON.stringify({ changed: each }));
      if (io.json) return finish(io, "catalogue accept", false, { pinned: 0, changed: changed.length });
      for (const each of changed) for (const shown of sayChange(each)) io.out(shown);
      io.out(
        `${count(changed.length, "definition")} of ${server} changed since an operator accepted it. A changed description is how a server turns against an agent.`,
      );
      io.out(io.spell(`Nothing was accepted. When you have looked at what changed: gatehouse catalogue accept ${[server, ...names].map(quoted).join(" ")} --yes`)); // prettier-ignore
      return finish(io, "catalogue accept", false, { pinned: 0 });
    }
    const absent = names.filter((name) => check.missing.includes(name) || !isKnown(catalogue, check, name));
    if (absent.length > 0) throw new Misuse(`${server} lists no ${list(absent)}; gatehouse catalogue check ${server} shows what it lists`); // prettier-ignore
    const done = await desk.accept(server, wanted === undefined ? undefined : [...wanted]);
    for (const each of sayAccepted(io, server, done)) io.out(each);
    return finish(io, "catalogue accept", true, { pinned: done.pinned, changed: done.check.changed.length });
  } finally {
    await desk.close();
  }
}

type Accepted = AcceptAnswer;

/** Who looks at the servers: the node, or this program. */
interface Desk {
  check(server: string): Promise<ServerCheck>;
  accept(server: string, names: readonly string[] | undefined): Promise<Accepted>;
  close(): Promise<void>;
}

async function openDesk(catalogue: CatalogueConfiguration, io: CliIo): Promise<Desk> {
  const isRunning = (await askIfRunning(catalogue, "status")) !== undefined;
  return isRunning ? new NodeDesk(catalogue) : new OwnDesk(catalogue, io);
}

class NodeDesk implements Desk {
  readonly #catalogue: CatalogueConfiguration;

  constructor(catalogue: CatalogueConfiguration) {
    this.#catalogue = catalogue;
  }

  async check(server: string): Promise<ServerCheck> {
    const { checks } = (await ask(this.#catalogue, "catalogue.check", { server })) as {
      readonly checks: readonly ServerCheck[];
    };
    const [check] = checks;
    if (check === undefined)
      throw new GatewayError("CONFIGURATION", "the node runs with another catalogue; start it again");
    return check;
  }

  async accept(server: string, names: readonly string[] | undefined): Promise<Accepted> {
    const asked = { server, by: operatorName(), ...(names === undefined ? {} : { names }) };
    return (await ask(this.#catalogue, "catalogue.accept", asked)) as Accepted;
  }

  async close(): Promise<void> {}
}

/** Opens each server once: what was compared is what is pinned. */
class OwnDesk implements Desk {
  readonly #catalogue: CatalogueConfiguration;
  readonly #io: CliIo;
  readonly #dialer = new Dialer();
  readonly #pool: ReturnType<typeof openPool>;
  readonly #live = new Map<string, LiveServer & ListedDefinitions>();

  constructor(catalogue: CatalogueConfiguration, io: CliIo) {
    this.#catalogue = catalogue;
    this.#io = io;
    const folder = dirname(catalogue.catalogueFile);
    this.#pool = openPool({
      catalogue: catalogue.catalogue,
      folder,
      env: io.env,
      dialer: this.#dialer,
      vault: (name) => openVaultOf(catalogue, io).get(name),
    });
  }

  async check(server: string): Promise<ServerCheck> {
    const live = await this.#read(server);
    return checkServer(server, this.#locked(server), live, grantedNames(this.#catalogue, server));
  }

  async accept(server: string, names: readonly string[] | undefined): Promise<Accepted> {
    const check = await this.check(server);
    const before = this.#locked(server);
    const keep = names === undefined ? undefined : { names: new Set(names), before };
    const { locked, pinned, refused } = pin(
      await this.#read(server),
      new Date().toISOString().slice(0, 10),
      keep,
    );
    const [first] = refused;
    if (first !== undefined) throw notPinned(server, first);
    const { lock, lockFile, folder } = this.#catalogue;
    writeLock(lockFile, { v: 1, servers: { ...lock.servers, [server]: locked } });
    this.#io.err("No node runs, so no record tells of this; the lock's diff does.");
    this.#sayRoleFaults(folder);
    return { pinned: pinned.length, check, roles: [] };
  }

  /** The first accept comes before the first role: that there is none yet is no fault of it. */
  #sayRoleFaults(folder: string): void {
    if (roleNames(this.#catalogue).length === 0) return;
    const loaded = loadConfiguration(folder, { env: this.#io.env });
    if (!isLoaded(loaded))
      for (const fault of loaded) this.#io.err(this.#io.spell(sayFault(fault, foreign(this.#io.folder))));
  }

  async close(): Promise<void> {
    await this.#pool.drain();
    await this.#dialer.close();
  }

  #locked(server: string): CatalogueConfiguration["lock"]["servers"][string] | undefined {
    const { servers } = this.#catalogue.lock;
    return Object.hasOwn(servers, server) ? servers[server] : undefined;
  }

  async #read(server: string): Promise<LiveServer & ListedDefinitions> {
    const before = this.#live.get(server);
    if (before !== undefined) return before;
    const session = await this.#pool.session(server, "operator", everyCapability);
    const { tools, prompts, templates, refused } = await readDefinitions(session);
    for (const each of refused)
      this.#io.err(line(`${server}: the ${each.kind} ${quote(each.name)} is left out: ${each.why}`));
    const { info, capabilities, instructions } = session;
    const live = {
      tools,
      prompts,
      templates,
      refused,
      info,
      capabilities,
      ...(instructions === undefined ? {} : { instructions }),
    };
    this.#live.set(server, live);
    return live;
  }
}

function readCatalogue(io: CliIo): CatalogueConfiguration {
  const loaded = loadCatalogue(io.folder);
  if (!isLoaded(loaded)) throw new Faults(loaded);
  return loaded;
}

function known({ catalogue }: CatalogueConfiguration, server: string): string {
  if (Object.hasOwn(catalogue.servers, server)) return server;
  const servers = Object.keys(catalogue.servers);
  throw new Misuse(
    `the catalogue has no server ${quote(server)}. ${didYouMean(server, servers)}Known: ${list(servers)}`,
  );
}

/** What an operator has to read before accepting: each field as it was pinned and as it is now. */
function* sayChange({ kind, name, fields, shown = [] }: ServerCheck["changed"][number]): Generator<string> {
  yield line(`  ${kind} ${name} changed: ${fields.join(", ")}`);
  for (const { field, before, now } of shown) {
    yield line(`    - ${field}: ${before}`);
    yield line(`    + ${field}: ${now}`);
  }
}

/** Listed by the server now: pinned and not missing, or new. */
function isKnown({ lock }: CatalogueConfiguration, check: ServerCheck, name: string): boolean {
  const pins = Object.hasOwn(lock.servers, check.server) ? lock.servers[check.server] : undefined;
  const tables = pins === undefined ? [] : [pins.tools, pins.prompts, pins.templates];
  return check.added.includes(name) || tables.some((table) => Object.hasOwn(table, name));
}

function* sayCheck(
  io: CliIo,
  { lock }: CatalogueConfiguration,
  server: string,
  check: ServerCheck | GatewayError,
): Generator<string> {
  if (io.json) {
    yield JSON.stringify(check instanceof GatewayError ? { server, fault: faultOf(check) } : check);
    return;
  }
  if (check instanceof GatewayError) {
    yield line(`${server}: cannot be read: ${check.message}`);
    for (const said of check.heard ?? []) yield line(`  its standard error: ${said}`);
    return;
  }
  const { changed, missing, needed, added, renamed } = check;
  for (const each of changed) yield* sayChange(each);
  for (const name of needed)
    yield line(`  ${name} is pinned, a grant needs it, and it is not listed any more`);
  const idle = missing.filter((name) => !needed.includes(name));
  if (idle.length > 0)
    yield line(`  not listed now, and no grant needs it: ${list(idle)} (some servers list by what a client can do)`); // prettier-ignore
  if (renamed !== undefined)
    yield line(`  it calls itself ${quote(renamed.now)}, and ${quote(renamed.accepted)} was accepted: is it the same server?`); // prettier-ignore
  if (!Object.hasOwn(lock.servers, server))
    yield io.spell(`${server}: not accepted yet, ${count(added.length, "definition")}; gatehouse catalogue accept ${server}`); // prettier-ignore
  else if (changed.length + needed.length === 0)
    yield `${server}: as accepted${added.length === 0 ? "" : line(`, and new: ${list(added)}`)}`;
  else
    yield `${server}: ${changed.length} changed${changed.length > 0 ? " (quarantined)" : ""}, ${missing.length} missing${needed.length > 0 ? ` (${needed.length} quarantined)` : ""}, ${added.length} new`; // prettier-ignore
}

function faultOf({ code, message, heard }: GatewayError): object {
  return { code, says: message, ...(heard === undefined ? {} : { heard }) };
}

function* sayAccepted(io: CliIo, server: string, { pinned, check, roles }: Accepted): Generator<string> {
  if (io.json) {
    yield JSON.stringify({ server, pinned, changed: check.changed, added: check.added, roles });
    return;
  }
  for (const each of check.changed) yield line(`  ${each.kind} ${each.name}: ${each.fields.join(", ")}`);
  if (check.added.length > 0) yield line(`  new: ${list(check.added)}`);
  if (roles.length > 0)
    yield `The running node read all role files anew; the tables that changed, by these pins or by edits, are in force: ${list(roles)}`;
  yield io.spell(`${count(pinned, "definition")} of ${server} pinned in catalogue.lock. A role grants what agents may use of them: gatehouse role draft ${server}`); // prettier-ignore
}
