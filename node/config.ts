/**
 * The configuration of one node: files in, one checked value out. With main.ts the only reader of the environment.
 *
 * Owns: which files there are, the order they are checked in, rules between settings and roles. Does not own: the
 * schemas (protocol/settings.ts, catalogue.ts, role.ts), the rules of roles and servers (catalogue/), secrets (vault/).
 *
 * G1. A configuration is whole or not at all: one fault anywhere, and nothing of it comes into force.
 * G2. Every fault says file, line, column, what is wrong and what to do; all of them are found in one run, as far as
 *     one does not hide another.
 * G3. After loading, no path is relative and nothing is read again.
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { z } from "zod";
import { catalogueFileSchema } from "../protocol/catalogue.ts";
import type { CatalogueFile, CatalogueLock } from "../protocol/catalogue.ts";
import { isName, nameRule } from "../protocol/id.ts";
import { limits } from "../protocol/limits.ts";
import { roleFileSchema } from "../protocol/role.ts";
import type { RoleFile } from "../protocol/role.ts";
import { settingsSchema } from "../protocol/settings.ts";
import type { Settings } from "../protocol/settings.ts";
import { fileFault, readDocument } from "./catalogue/document.ts";
import type { Positions, Report } from "./catalogue/document.ts";
import type { ConfigurationFault } from "./catalogue/fault.ts";
import { quote } from "./catalogue/fault.ts";
import { checkWalls } from "./catalogue/flows.ts";
import { readLock } from "./catalogue/lock.ts";
import { readCustomTypes, type CustomTypes } from "./catalogue/customtypes.ts";
import { checkRecogniserPersonas } from "./catalogue/recognisers.ts";
import type { ResolvedRole } from "./catalogue/resolve.ts";
import { resolveRole } from "./catalogue/resolve.ts";
import { approvalRules, approvedRole } from "./roles/approval.ts";
import type { RoleApproval, Wider } from "./roles/approval.ts";
import { withSkills } from "./roles/skill.ts";
import type { ReadRole, SkilledRole } from "./roles/skill.ts";
import { absoluteCatalogue, checkServers } from "./catalogue/servers.ts";
import { checkSettings } from "./catalogue/settings.ts";
import { checkDocument } from "./catalogue/wording.ts";
import { checkEndpoints, nameEndpoints } from "./catalogue/endpointnames.ts";
import type { EndpointName } from "./catalogue/endpointnames.ts";

export type { EndpointName } from "./catalogue/endpointnames.ts";
export type { ConfigurationFault } from "./catalogue/fault.ts";
export type { ResolvedRole } from "./catalogue/resolve.ts";

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** Settings and approved servers: what `gatehouse catalogue` needs, also when roles are wrong. */
export interface CatalogueConfiguration {
  readonly settings: Settings;
  /** Absolute folder of gatehouse.yaml. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Absolute path of the catalogue; relative paths of secrets start from its folder. */
  readonly catalogueFile: string;
  readonly catalogue: CatalogueFile;
  readonly lockFile: string;
  readonly lock: CatalogueLock;
  readonly personasFolder: string;
  readonly skillsFolder: string;
  /** What the files of `dlp.types` say. */
  readonly custom: CustomTypes;
}

export interface LoadedRole {
  /** Absolute path. */
  readonly file: string;
  readonly role: RoleFile;
}

export interface Configuration extends CatalogueConfiguration {
  readonly roles: ReadonlyMap<string, LoadedRole>;
  /** By persona, in the order of their names. */
  readonly tables: ReadonlyMap<string, ResolvedRole>;
  readonly endpoints: readonly EndpointName[];
  /** With `roles.approval: required`: the version of each role, and what its file has besides. */
  readonly approvals: readonly RoleApproval[];
  /** The part of our environment that child processes inherit; the catalogue gives the rest. */
  readonly inherited: { readonly PATH?: string; readonly HOME?: string };
}

const settingsName = "gatehouse.yaml";
const roleEnding = ".role.yaml";
/** A key for it opens /metrics (door/http.ts). */
export const operatorPersona = "metrics";

/** Tells what a load gave: true for the thing itself, false for its faults. */
export function isLoaded<T extends object>(loaded: T): loaded is Exclude<T, readonly ConfigurationFault[]> {
  return !Array.isArray(loaded);
}

/**
 * Loads everything a node needs.
 *
 * @param folder where gatehouse.yaml lies
 * @param around `wider`: what is done with a role that is not approved; a node that runs keeps the version before
 * @returns the configuration, or at least one fault. Does not throw for anything in the files.
 */
export function loadConfiguration(
  folder: string,
  around: { readonly env: Environment; readonly wider?: Wider },
): Configuration | ConfigurationFault[] {
  const loaded = readSettings(folder);
  if (Array.isArray(loaded)) return loaded;
  const { base, positions } = loaded;
  const { faults, catalogue, lock } = readCatalogue(base);
  const files = listRoles(base);
  if (Array.isArray(files)) return [...faults, ...files];

  const roles = new Map<string, LoadedRole>();
  const tables = new Map<string, ResolvedRole>();
  const approvals: RoleApproval[] = [];
  const rules = approvalRules(base.settings, base.dataFolder);
  for (const file of files.paths) {
    const read = readRole(file, relative(base.folder, file), base);
    if (!("role" in read)) faults.push(...read);
    else {
      roles.set(read.role.role, { file, role: read.role });
      if (catalogue === undefined || lock === undefined) continue;
      const place = { file: read.shown, folder: dirname(file), positions: read.positions, scopes: base.settings.scopes, custom: base.custom }; // prettier-ignore
      const again = (role: RoleFile) => resolveRole(role, catalogue, lock, place);
      const found = again(read.role);
      const made = "resolved" in found && rules.isRequired ? approvedRole({ ...read, file, ...found }, rules, around.wider ?? "refuse", again) : found; // prettier-ignore
      if ("resolved" in made) tables.set(read.role.role, made.resolved);
      else faults.push(...made.faults);
      if ("approval" in made) approvals.push(made.approval);
    }
  }
  const unread = new Set(
    files.paths.map((file) => basename(file, roleEnding)).filter((name) => !roles.has(name)),
  );
  checkEndpoints(base.settings, catalogue, roles, unread, reporter(settingsName, positions, faults));
  checkRecogniserPersonas(base.settings.dlp.external, [...roles.keys(), ...unread], reporter(settingsName, positions, faults)); // prettier-ignore
  if (faults.length > 0 || catalogue === undefined || lock === undefined)
    return faults.slice(0, limits.configurationFaultsMax);

  const { PATH, HOME } = around.env;
  return {
    ...base,
    catalogue: absoluteCatalogue(catalogue, dirname(base.catalogueFile)),
    lock,
    roles,
    tables,
    endpoints: nameEndpoints(base.settings, roles),
    approvals,
    inherited: { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }) },
  };
}

/** Loads settings, catalogue and lock, and looks at no role. */
export function loadCatalogue(folder: string): CatalogueConfiguration | ConfigurationFault[] {
  const loaded = readSettings(folder);
  if (Array.isArray(loaded)) return loaded;
  const { base } = loaded;
  const { faults, catalogue, lock } = readCatalogue(base);
  if (faults.length > 0 || catalogue === undefined || lock === undefined) return faults;
  return { ...base, catalogue: absoluteCatalogue(catalogue, dirname(base.catalogueFile)), lock };
}

/**
 * Loads one role file on its own, wherever it lies, and resolves it against a loaded catalogue.
 *
 * @param shown how faults name it
 */
export function loadRole(
  path: string,
  shown: string,
  site: Pick<
    CatalogueConfiguration,
    "catalogue" | "lock" | "settings" | "folder" | "skillsFolder" | "custom"
  >,
):
  | { readonly role: RoleFile; readonly skills?: readonly string[]; readonly resolved: ResolvedRole }
  | readonly ConfigurationFault[] {
  const file = resolve(path);
  const { catalogue, lock, settings, custom } = site;
  const read = readRole(file, shown, site);
  if (!("role" in read)) return read;
  const resolved = resolveRole(read.role, catalogue, lock, {
    file: shown,
    folder: dirname(file),
    positions: read.positions,
    scopes: settings.scopes,
    custom,
  });
  return "resolved" in resolved ? { role: read.role, skills: read.skills, resolved: resolved.resolved } : resolved.faults; // prettier-ignore
}

/** Roles as their files are called; none while there is no folder of them yet. */
export function roleNames({ personasFolder }: CatalogueConfiguration): readonly string[] {
  try {
    const files = readdirSync(personasFolder).filter((name) => name.endsWith(roleEnding));
    return files.map((name) => basename(name, roleEnding)).sort();
  } catch {
    return [];
  }
}

/** Names of tools and prompts of one server that grants name, as far as the role files can be read. */
export function grantedNames(catalogue: CatalogueConfiguration, server: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { role } of readableRoles(catalogue))
    for (const grant of role.grants)
      if (grant.server === server && !("resource" in grant)) names.add("tool" in grant ? grant.tool : grant.prompt); // prettier-ignore
  return names;
}

/** Role files as far as they can be read. */
function* readableRoles(catalogue: CatalogueConfiguration): Generator<SkilledRole> {
  const files = listRoles(catalogue);
  for (const file of Array.isArray(files) ? [] : files.paths) {
    const read = readRole(file, relative(catalogue.folder, file), catalogue);
    if ("role" in read) yield read;
  }
}

/** Roles that name a skill, with the version they want; also those whose skill has another one. */
export function rolesWithSkill(
  catalogue: CatalogueConfiguration,
  skill: string,
): readonly { readonly persona: string; readonly version: string }[] {
  const files = listRoles(catalogue);
  return (Array.isArray(files) ? [] : files.paths).flatMap((file) => {
    const read = readOwn(file, relative(catalogue.folder, file));
    const wanted = Array.isArray(read) ? undefined : read.role.skills?.find((each) => each.startsWith(`${skill}@`)); // prettier-ignore
    return wanted === undefined ? [] : [{ persona: basename(file, roleEnding), version: wanted.slice(skill.length + 1) }]; // prettier-ignore
  });
}

/** `SERVER/TOOL` by `SERVER/EXPOSED`, of tools that a role gives another name. */
export function roleAliases(catalogue: CatalogueConfiguration): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const { role } of readableRoles(catalogue))
    for (const grant of role.grants)
      if ("tool" in grant && grant.as !== undefined) aliases.set(`${grant.server}/${grant.as}`, `${grant.server}/${grant.tool}`); // prettier-ignore
  return aliases;
}

type Base = Omit<CatalogueConfiguration, "catalogue" | "lock">;

function readSettings(
  folder: string,
): { readonly base: Base; readonly positions: Positions } | ConfigurationFault[] {
  const root = resolve(folder);
  const read = readChecked(settingsSchema, join(root, settingsName), settingsName);
  if (Array.isArray(read)) return read;
  const { value: settings, positions } = read;
  const faults: ConfigurationFault[] = [];
  checkSettings(settings, reporter(settingsName, positions, faults));
  if (faults.length > 0) return faults;
  const custom = readCustomTypes(settings.dlp.types, root);
  if (!("types" in custom)) return [...custom];
  const catalogueFile = resolve(root, settings.catalogue);
  const base = {
    settings,
    folder: root,
    dataFolder: resolve(root, settings.data),
    catalogueFile,
    // catalogue.yaml has catalogue.lock beside it, and other.yaml other.lock.
    lockFile: `${catalogueFile.replace(/\.ya?ml$/, "")}.lock`,
    personasFolder: resolve(root, settings.personas),
    skillsFolder: resolve(root, settings.skills),
    custom,
  };
  return { base, positions };
}

function readCatalogue(base: Base): {
  readonly faults: ConfigurationFault[];
  readonly catalogue: CatalogueFile | undefined;
  readonly lock: CatalogueLock | undefined;
} {
  const shown = relative(base.folder, base.catalogueFile);
  const read = readChecked(catalogueFileSchema, base.catalogueFile, shown);
  const lock = readLock(base.lockFile, relative(base.folder, base.lockFile));
  const faults = [...(Array.isArray(read) ? read : []), ...(Array.isArray(lock) ? lock : [])];
  const isWhole = !Array.isArray(read) && !Array.isArray(lock);
  if (isWhole) {
    const report = reporter(shown, read.positions, faults);
    checkServers(read.value, lock, report);
    checkWalls(read.value.walls ?? [], read.value, report);
  }
  return {
    faults,
    catalogue: Array.isArray(read) ? undefined : read.value,
    lock: Array.isArray(lock) ? undefined : lock,
  };
}

/** Role files in the order of their names, or why the folder cannot be used. */
function listRoles({
  folder,
  personasFolder,
}: Base): { readonly paths: readonly string[] } | ConfigurationFault[] {
  const shown = relative(folder, personasFolder);
  let names: string[];
  try {
    names = readdirSync(personasFolder).sort();
  } catch {
    return [
      fileFault(
        shown,
        "the folder of role files cannot be read",
        "create it, or correct `personas` in gatehouse.yaml",
      ),
    ];
  }
  const stray = names.filter((name) => /\.ya?ml$/.test(name) && !name.endsWith(roleEnding));
  const faults = stray.map((name) => ({
    ...fileFault(
      join(shown, name),
      "the file lies among the roles and is none by its name",
      `rename it to NAME${roleEnding}, or move it away`,
    ),
  }));
  const roles = names.filter((name) => name.endsWith(roleEnding));
  if (roles.length === 0)
    faults.push(
      fileFault(
        shown,
        `the folder has no *${roleEnding}`,
        "write one, or start from gatehouse role draft SERVER",
      ),
    );
  if (roles.length > limits.roleFilesMax)
    faults.push(
      fileFault(shown, `the folder has more than ${limits.roleFilesMax} roles`, "split it over nodes"),
    );
  return faults.length > 0 ? faults : { paths: roles.map((name) => join(personasFolder, name)) };
}

type Site = Pick<Base, "folder" | "skillsFolder">;

/** A role file with the grants of its skills. */
function readRole(
  path: string,
  shown: string,
  { folder, skillsFolder }: Site,
): SkilledRole | readonly ConfigurationFault[] {
  const read = readOwn(path, shown);
  return "role" in read ? withSkills(read, skillsFolder, folder) : read;
}

function readOwn(path: string, shown: string): ReadRole | ConfigurationFault[] {
  const read = readChecked(roleFileSchema, path, shown);
  if (Array.isArray(read)) return read;
  const { value: role, positions } = read;
  const name = basename(path, roleEnding);
  if (name === operatorPersona)
    return [
      {
        file: shown,
        ...positions.at(["role"]),
        says: `the name ${quote(name)} is the operators' own: keys for it read /metrics`,
        do: "choose another name",
      },
    ];
  if (role.role === name) return { role, shown, positions };
  const remedy = isName(name)
    ? `write \`role: ${name}\`, or rename the file`
    : `rename the file to a name of ${nameRule}`;
  return [
    {
      file: shown,
      ...positions.at(["role"]),
      says: `the role is called ${quote(role.role)}, and its file ${quote(name)}`,
      do: remedy,
    },
  ];
}

function readChecked<S extends z.ZodType>(
  schema: S,
  path: string,
  shown: string,
): { readonly value: z.output<S>; readonly positions: Positions } | ConfigurationFault[] {
  const document = readDocument(path, shown);
  if (Array.isArray(document)) return document;
  const checked = checkDocument(schema, document);
  return "faults" in checked ? checked.faults : { value: checked.value, positions: document.positions };
}

function reporter(file: string, positions: Positions, faults: ConfigurationFault[]): Report {
  return (path, says, remedy, part = "value") => {
    faults.push({ file, ...positions.at(path, part), says, do: remedy });
  };
}
