/** `gatehouse role check | explain | draft`: for the people who write and review roles. Needs no running node. */
import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { isName, nameRule } from "../../protocol/id.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { draftRole } from "../catalogue/draft.ts";
import { listBytes } from "../catalogue/exposed.ts";
import { explainGrant, explainShared, explainTable, explainTitle } from "../catalogue/explain.ts";
import { didYouMean, escapeHidden, list, nearest, quote, sayFault } from "../catalogue/fault.ts";
import type { ConfigurationFault } from "../catalogue/fault.ts";
import type { LockedServer } from "../catalogue/lock.ts";
import type { ResolvedRole } from "../catalogue/resolve.ts";
import type { CatalogueConfiguration } from "../config.ts";
import { isLoaded, loadCatalogue, loadConfiguration, loadRole, roleNames } from "../config.ts";
import { noteDrift } from "./drift.ts";
import { hashedNotes } from "./hashednotes.ts";
import { foreign } from "./invocation.ts";
import type { CliIo, Figures } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import { count } from "./table.ts";

interface Result {
  /** 0 ok, 1 something is wrong and was printed, 2 a file cannot be read. */
  readonly code: 0 | 1 | 2;
  readonly figures: Figures;
}

const usage = "gatehouse role check [FILE…] | explain PERSONA [TOOL] | draft SERVER [TOOL…] [--as NAME]";
const commands = { check, explain, draft };

/**
 * Runs one `role` command.
 *
 * @param argv what follows `role`, without options
 * @returns the exit status (docs/cli.md)
 * @throws Misuse for a command line that means nothing
 */
export async function role(argv: readonly string[], io: CliIo): Promise<number> {
  const [name = "", ...rest] = argv;
  if (!Object.hasOwn(commands, name))
    throw new Misuse(`no such role command: ${quote(name)}. Usage: ${usage}`);
  const { code, figures } = await commands[name as keyof typeof commands](rest, io);
  const status = finish(io, `role ${name}`, code === 0, figures);
  return code === 2 ? 2 : status;
}

async function check(argv: readonly string[], io: CliIo): Promise<Result> {
  const files = new Arguments(argv, [], []).rest;
  const loaded = files.length === 0 ? checkAll(io) : checkFiles(files, io);
  const grants = loaded.roles.reduce((sum, each) => sum + each.table.grants.length, 0);
  // Files that the command line names are shown as it names them; undefined: it did not come so far.
  sayFaults(io, loaded.faults, files.length === 0 || loaded.at === undefined ? foreign(io.folder) : "");
  const tables = new Map(loaded.roles.map((each) => [each.table.persona, each]));
  sayNotes(io, [...tables.values()]);
  sayShared(io, [...tables.values()]);
  const { at } = loaded;
  for (const says of at === undefined ? [] : hashedNotes(at, tables))
    io.out(io.json ? JSON.stringify({ note: { says } }) : `Note: ${says}`);
  const drift = at === undefined ? 0 : await noteDrift(io, at, tables, files.length === 0);
  const figures = { roles: loaded.roles.length, grants, problems: loaded.faults.length, drift };
  if (!io.json && figures.problems > 0) io.out(count(figures.problems, "problem"));
  if (!io.json && figures.problems === 0)
    io.out(`${count(figures.roles, "role")}, ${count(grants, "grant")}, no problems`);
  return { code: codeOf(loaded.faults), figures };
}

/** What is no fault and perhaps not meant. */
function sayNotes(io: CliIo, roles: readonly ResolvedRole[]): void {
  for (const { table } of roles) {
    const notes = [
      ...absentFolders(table).map((folder) => `\`inside\` names ${escapeHidden(folder)}, which is no folder on this machine (./ and ../ start from the role file's own folder)`), // prettier-ignore
      ...unknownEffects(table),
    ];
    for (const note of notes)
      io.out(io.json ? JSON.stringify({ note: { persona: table.persona, says: note } }) : `Note: ${table.persona}: ${note}`); // prettier-ignore
  }
}

/** What of gatehouse.yaml holds for a role besides what its own file says; a person is not told what holds unless set. */
function sayShared(io: CliIo, roles: readonly ResolvedRole[]): void {
  for (const { table } of roles) {
    const { persona, scopes } = table;
    if (scopes === undefined) continue;
    if (io.json) io.out(JSON.stringify({ shared: { persona, scopes } }));
    const { labels, ...buckets } = scopes;
    const set = labels === "user" ? scopes : buckets;
    if (!io.json) for (const says of explainShared(set)) io.out(`Shared: ${persona}: ${says}`);
  }
}

/** Absolute. The tool server may be elsewhere and have them, so this is no fault. */
function absentFolders({ grants }: RoleTable): readonly string[] {
  const folders = grants
    .flatMap((grant) => Object.values(grant.arguments ?? {}))
    .flatMap(({ inside = [] }) => (typeof inside === "string" ? [inside] : inside));
  return [...new Set(folders)].filter((folder) => !isFolder(folder));
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function unknownEffects({ grants }: RoleTable): readonly string[] {
  const names = grants.filter(({ effect }) => effect === "unknown").map(({ name }) => name);
  return names.length === 0 ? [] : [`the effect of ${list(names)} is unknown, which is treated as a write`];
}

interface Checked {
  readonly roles: readonly ResolvedRole[];
  readonly faults: readonly ConfigurationFault[];
  /** Where a node may run; undefined when the files have faults. */
  readonly at?: CatalogueConfiguration;
}

function checkAll({ folder, env }: CliIo): Checked {
  const configuration = loadConfiguration(folder, { env });
  return isLoaded(configuration)
    ? { roles: [...configuration.tables.values()], faults: [], at: configuration }
    : { roles: [], faults: configuration };
}

function checkFiles(files: readonly string[], { folder }: CliIo): Checked {
  const catalogue = loadCatalogue(folder);
  if (!isLoaded(catalogue)) return { roles: [], faults: catalogue };
  checkNames(files, catalogue);
  const loaded = files.map((file) => loadRole(file, file, catalogue));
  return {
    roles: loaded.flatMap((each) => (isLoaded(each) ? [each.resolved] : [])),
    faults: loaded.flatMap((each) => (isLoaded(each) ? [] : each)),
    at: catalogue,
  };
}

/** Who names a role where a file is wanted is told the file. */
function checkNames(files: readonly string[], catalogue: CatalogueConfiguration): void {
  const wrong = files.find((file) => isName(file) && !existsSync(file));
  if (wrong === undefined) return;
  const known = roleNames(catalogue);
  const meant = known.includes(wrong) ? wrong : nearest(wrong, known);
  const path = join(catalogue.personasFolder, `${meant ?? "NAME"}.role.yaml`);
  throw new Misuse(`role check takes files, and there is none at ${quote(wrong)}; ${meant === undefined ? "a role is" : "did you mean"} ${quote(path)}${meant === undefined ? "" : "?"}`); // prettier-ignore
}

async function explain(argv: readonly string[], io: CliIo): Promise<Result> {
  const [persona, tool, ...more] = new Arguments(argv, [], []).rest;
  if (persona === undefined || !isName(persona) || more.length > 0)
    throw new Misuse(`role explain takes a persona and at most one tool. Usage: ${usage}`);
  const catalogue = loadCatalogue(io.folder);
  if (!isLoaded(catalogue)) return fail(io, catalogue);
  const known = roleNames(catalogue);
  if (known.length > 0 && !known.includes(persona))
    throw new Misuse(
      `there is no role ${quote(persona)}. ${didYouMean(persona, known)}Known: ${list(known)}`,
    );
  const file = join(catalogue.personasFolder, `${persona}.role.yaml`);
  const loaded = loadRole(file, relative(io.folder, file), catalogue);
  if (!isLoaded(loaded)) return fail(io, loaded);
  const { table } = loaded.resolved;
  const grants = table.grants.filter((grant) => tool === undefined || grant.name === tool);
  if (grants.length === 0 && tool !== undefined) {
    const names = table.grants.map((grant) => grant.name);
    return refuse(
      io,
      `${quote(tool)} does not exist for ${quote(persona)}: no grant names it`,
      `${didYouMean(tool, names)}granted: ${list(names, 32)}`,
    );
  }
  const bytes = listBytes(catalogue.lock, new Map([[persona, loaded.resolved]]));
  const figures = {
    grants: grants.length,
    listBytes: bytes.personas[persona] ?? 0,
    listBytesUpstreams: bytes.upstreams,
  };
  if (io.json) {
    if (table.scopes !== undefined) io.out(JSON.stringify({ shared: { persona, scopes: table.scopes } }));
    for (const grant of grants) io.out(JSON.stringify(grant));
  } else {
    io.out(explainTitle(persona, loaded.role.title));
    for (const line of tool === undefined ? explainTable(table) : []) io.out(line);
    for (const line of grants.flatMap((grant) => ["", ...explainGrant(grant, io.spell)])) io.out(line);
    io.out("");
    io.out(
      `tools/list: ${figures.listBytes} bytes; ${figures.listBytesUpstreams} bytes with every accepted tool of every server`,
    );
  }
  await noteDrift(io, catalogue, new Map([[persona, loaded.resolved]]), false);
  return { code: 0, figures };
}

function draft(argv: readonly string[], io: CliIo): Result {
  const args = new Arguments(argv, ["as"], []);
  const [server, ...wanted] = args.rest;
  if (server === undefined) throw new Misuse(`role draft takes a server. Usage: ${usage}`);
  const catalogue = loadCatalogue(io.folder);
  if (!isLoaded(catalogue)) return fail(io, catalogue);
  const found = findAccepted(catalogue, server, wanted);
  if (found === undefined)
    return refuse(io, `no tool of ${quote(server)} is accepted`, `run gatehouse catalogue accept ${server}`);
  const name = args.value("as") ?? server;
  if (!isName(name)) throw new Misuse(`--as must be ${nameRule}`);
  const text = draftRole(server, found.locked, found.tools, name);
  if (io.json) io.out(JSON.stringify({ role: name, draft: text }));
  else for (const line of text.trimEnd().split("\n")) io.out(line);
  return { code: 0, figures: { grants: found.tools.length } };
}

/** @throws Misuse for a server or tool that is not there; undefined when the server has no accepted tool at all */
function findAccepted(
  { catalogue, lock }: CatalogueConfiguration,
  server: string,
  wanted: readonly string[],
): { readonly locked: LockedServer; readonly tools: readonly string[] } | undefined {
  const servers = Object.keys(catalogue.servers);
  if (!servers.includes(server))
    throw new Misuse(
      `the catalogue has no server ${quote(server)}: ${didYouMean(server, servers)}known: ${list(servers)}`,
    );
  const locked = Object.hasOwn(lock.servers, server) ? lock.servers[server] : undefined;
  const known = Object.keys(locked?.tools ?? {});
  if (locked === undefined || known.length === 0) return undefined;
  const missing = wanted.find((name) => !known.includes(name));
  if (missing === undefined) return { locked, tools: wanted.length === 0 ? known : [...new Set(wanted)] };
  throw new Misuse(
    `${quote(server)} has no accepted tool ${quote(missing)}: ${didYouMean(missing, known)}accepted: ${list(known, 32)}`,
  );
}

function fail(io: CliIo, faults: readonly ConfigurationFault[]): Result {
  sayFaults(io, faults, foreign(io.folder));
  return { code: codeOf(faults), figures: { problems: faults.length } };
}

function sayFaults(io: CliIo, faults: readonly ConfigurationFault[], folder: string): void {
  for (const fault of faults) io.out(io.json ? JSON.stringify({ fault }) : io.spell(sayFault(fault, folder)));
}

function refuse(io: CliIo, says: string, remedy: string): Result {
  io.out(
    io.json ? JSON.stringify({ fault: { says, do: io.spell(remedy) } }) : io.spell(`${says}. ${remedy}`),
  );
  return { code: 1, figures: {} };
}

/** A file that cannot be read is misuse, whatever else is wrong. */
function codeOf(faults: readonly ConfigurationFault[]): 0 | 1 | 2 {
  if (faults.length === 0) return 0;
  return faults.some((fault) => fault.unread === true) ? 2 : 1;
}
