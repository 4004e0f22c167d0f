/**
 * From a role file to the role table: checks it against the catalogue and the pinned definitions, fills in defaults,
 * and freezes the result. The rules are those of docs/configuration.md.
 *
 * Owns: every rule between a role, the catalogue and the lock. Does not own: reading files (config.ts), one
 * constraint's sense (constraint.ts), judging calls (actors/guards/persona.ts).
 *
 * R1. A table comes into force only without a fault, and every table that comes into force compiles.
 * R2. `repeatable` comes from the catalogue and from nothing else (law 4).
 * R3. Grants keep the file's order; `definitions` runs parallel to them, also in quarantine.
 */
import { isTo } from "../../actors/guards/flow.ts";
import { compileRole } from "../../actors/guards/persona.ts";
import type { CatalogueFile, CatalogueLock } from "../../protocol/catalogue.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Constraint, RoleFile, RoleTable, TableGrant } from "../../protocol/role.ts";
import { roleDefaults } from "../../protocol/role.ts";
import type { Settings } from "../../protocol/settings.ts";
import { findSpot, knownArguments, knownPromptArguments, readPointer, writePointer } from "./argument.ts";
import type { Spot } from "./argument.ts";
import { constraintFaults, normalizeConstraint } from "./constraint.ts";
import { digestOf } from "./definition.ts";
import type { Path, PathPart, Positions, Report } from "./document.ts";
import { exposeDefinition, exposeTemplates } from "./exposed.ts";
import type { ConfigurationFault } from "./fault.ts";
import { unwritten } from "./draft.ts";
import { didYouMean, list, quote } from "./fault.ts";
import type { LockedServer } from "./lock.ts";
import { findPin } from "./lock.ts";
import { checkAccumulation } from "./accumulation.ts";
import { checkFlows, flowsOf, labelsOf, placeOf } from "./flows.ts";
import { nameFaults } from "./naming.ts";
import type { FileGrant } from "./naming.ts";
import { patternFault } from "./pattern.ts";
import { buildTable, freezeTable } from "./roletable.ts";
import { noCustomTypes, type CustomTypes } from "./customtypes.ts";
import { checkData, checkTokens } from "./dataconfig.ts";
import { checkSequence } from "./sequenceconfig.ts";
import { isLabelled, sharedLimits } from "./sharedlimits.ts";

/** A role table with what belongs to it. */
export interface ResolvedRole {
  readonly table: RoleTable;
  /** SHA-256 (base64url) of the table's canonical JSON. */
  readonly digest: string;
  /** By grant: the pinned definition under its exposed name; undefined for resources. */
  readonly definitions: readonly (JsonObject | undefined)[];
  /** Pinned resource templates that lie under a grant, sorted. */
  readonly templates: readonly JsonObject[];
  /** Of servers: tools and prompts whose pinned definition is not the one that the role was approved with. */
  readonly unapproved?: readonly { readonly server: string; readonly name: string }[];
}

/** Where a role stands. */
export interface RolePlace {
  /** As faults name it. */
  readonly file: string;
  /** Absolute: what ./ in `inside` starts from. */
  readonly folder: string;
  readonly positions: Positions;
  /** What sessions share, as gatehouse.yaml has it. */
  readonly scopes?: Settings["scopes"];
  /** Types and profiles of `dlp.types` there. */
  readonly custom?: CustomTypes;
}

type ToolGrant = Extract<FileGrant, { readonly tool: string }>;

/**
 * Resolves one role.
 *
 * @returns the role and no faults, or all faults found, at most limits.configurationFaultsMax
 */
export function resolveRole(
  role: RoleFile,
  catalogue: CatalogueFile,
  lock: CatalogueLock,
  place: RolePlace,
):
  | { readonly resolved: ResolvedRole; readonly faults: readonly [] }
  | { readonly faults: readonly ConfigurationFault[] } {
  const faults: ConfigurationFault[] = [];
  const report: Report = (path, says, remedy, part = "value") => {
    if (faults.length >= limits.configurationFaultsMax) return;
    faults.push({ file: place.file, ...place.positions.at(path, part), says, do: remedy });
  };
  checkObjects(role.objects ?? {}, report);
  const { custom = noCustomTypes } = place;
  checkData(role.data, catalogue, custom, report);
  checkTokens(role.grants, custom, report);
  checkFlows(role.flows ?? [], catalogue, lock, custom, report);
  checkAccumulation(role.accumulation, catalogue, custom, report);
  checkSequence(role, report);
  const resolver = new Resolver(role, catalogue, lock, place.folder, report);
  const grants = role.grants.map((grant, at) => resolver.resolveGrant(grant, at));
  nameFaults(role.grants, lock, report);
  if (faults.length > 0) return { faults };
  const table = freezeTable(
    buildTable(
      role,
      grants.filter((grant) => grant !== undefined),
      sharedLimits(role, catalogue, place.scopes),
      flowsOf(role, catalogue),
      custom,
    ),
  );
  for (const { at, says } of backstop(table))
    report(pathOfTable(at, role), `the role cannot be in force: ${says}`, "see there");
  if (faults.length > 0) return { faults };

  const definitions = table.grants.map((grant) => exposeDefinition(grant, lock.servers[grant.server]));
  return {
    resolved: { table, digest: tableDigest(table), definitions, templates: exposeTemplates(table, lock) },
    faults: [],
  };
}

/** SHA-256 (base64url) of the table's canonical JSON: what names it in records. */
export function tableDigest(table: RoleTable): string {
  return digestOf(table);
}

/**
 * The table with some grants of one server refused, and those alone: earlier quarantines of that server are lifted.
 *
 * @param names the server's names of tools and prompts whose live definition differs from the pin
 */
export function quarantine(table: RoleTable, server: string, names: Iterable<string>): RoleTable {
  const differing = new Set(names);
  const grants = table.grants.map((grant): TableGrant => {
    if (grant.server !== server) return grant;
    const { quarantined: _, ...clear } = grant;
    return grant.kind !== "resource" && differing.has(grant.target) ? { ...clear, quarantined: true } : clear;
  });
  return freezeTable({ ...table, grants });
}

/** The role with another table of the same grants, as `quarantine` makes it. */
export function withTable(resolved: ResolvedRole, table: RoleTable): ResolvedRole {
  return { ...resolved, table, digest: tableDigest(table) };
}

function checkObjects(objects: NonNullable<RoleFile["objects"]>, report: Report): void {
  for (const [type, { allow }] of Object.entries(objects))
    for (const [at, entry] of allow.entries())
      if (entry.slice(0, -1).includes("*"))
        report(
          ["objects", type, "allow", at],
          "an asterisk stands before the end",
          "write an exact id, or a prefix that ends in *",
        );
}

/** Resolves grants one by one against one catalogue. */
class Resolver {
  readonly #role: RoleFile;
  readonly #catalogue: CatalogueFile;
  readonly #lock: CatalogueLock;
  readonly #folder: string;
  readonly #report: Report;

  constructor(role: RoleFile, catalogue: CatalogueFile, lock: CatalogueLock, folder: string, report: Report) {
    this.#role = role;
    this.#catalogue = catalogue;
    this.#lock = lock;
    this.#folder = folder;
    this.#report = report;
  }

  resolveGrant(grant: FileGrant, at: number): TableGrant | undefined {
    const locked = this.#findServer(grant.server, at);
    if (locked === undefined) return undefined;
    if (grant.reason.startsWith(unwritten))
      this.#report(["grants", at, "reason"], "nobody has written the reason of this grant yet", "say which words of the mission need it, or remove the grant"); // prettier-ignore
    const common = {
      server: grant.server,
      bucket: grant.limits ?? this.#role.limits?.tool ?? roleDefaults.tool,
      reason: grant.reason,
      ...this.#labelled(grant.server),
      ...placeOf(this.#role, this.#catalogue, grant.server),
    };
    if ("resource" in grant) {
      const fault = patternFault(grant.resource);
      if (fault !== undefined) this.#report(["grants", at, "resource"], fault, "correct the pattern");
      const target = grant.resource;
      return {
        kind: "resource",
        name: target,
        target,
        effect: "read",
        repeatable: this.#isRepeatable(grant.server, target),
        definition: "",
        ...common,
      };
    }
    const kind = "tool" in grant ? "tool" : "prompt";
    const target = "tool" in grant ? grant.tool : grant.prompt;
    const pin = this.#findPin(grant.server, locked, kind, target, at);
    if (pin === undefined) return undefined;
    const known =
      "tool" in grant
        ? knownArguments(pin.definition["inputSchema"])
        : knownPromptArguments(pin.definition["arguments"]);
    const spotOf = (segments: readonly string[]): Spot =>
      kind === "tool"
        ? findSpot(pin.definition["inputSchema"] ?? {}, segments)
        : promptSpot(known ?? [], segments);
    const constraints = this.#resolveArguments(grant.arguments ?? {}, spotOf, at);
    return {
      kind,
      name: grant.as ?? target,
      target,
      effect: "tool" in grant ? grant.effect : "read",
      repeatable: this.#isRepeatable(grant.server, target),
      ...("tool" in grant ? this.#shared(grant.server, target, grant.effect) : {}),
      ...(known === undefined ? {} : { known }),
      ...("tool" in grant && grant.tokens !== undefined ? { tokens: grant.tokens } : {}),
      ...(Object.keys(constraints).length === 0 ? {} : { arguments: constraints }),
      ...("tool" in grant ? this.#approval(grant.approval, spotOf, at) : {}),
      definition: pin.digest,
      ...common,
    };
  }

  #findServer(server: string, at: number): LockedServer | undefined {
    const path = ["grants", at, "server"];
    const names = Object.keys(this.#catalogue.servers);
    if (!names.includes(server)) {
      this.#report(
        path,
        `the catalogue has no server ${quote(server)}`,
        `${didYouMean(server, names)}known there: ${list(names)}`,
      );
      return undefined;
    }
    const locked = Object.hasOwn(this.#lock.servers, server) ? this.#lock.servers[server] : undefined;
    if (locked === undefined)
      this.#report(
        path,
        `the definitions of server ${quote(server)} are not accepted yet`,
        `run gatehouse catalogue accept ${server}`,
      );
    return locked;
  }

  #findPin(server: string, locked: LockedServer, kind: "tool" | "prompt", name: string, at: number) {
    const pin = findPin(locked, kind, name);
    if (pin !== undefined) return pin;
    const names = Object.keys(kind === "tool" ? locked.tools : locked.prompts);
    this.#report(
      ["grants", at, kind],
      `server ${quote(server)} has no accepted ${kind} ${quote(name)}`,
      `${didYouMean(name, names)}accepted there: ${list(names)}; a new one needs gatehouse catalogue accept ${server}`,
    );
    return undefined;
  }

  #isRepeatable(server: string, target: string): boolean {
    return this.#catalogue.servers[server]?.repeatable.includes(target) === true;
  }

  #labelled(server: string): { labels?: readonly string[] } {
    const labels = labelsOf(this.#catalogue, server);
    return labels.length === 0 ? {} : { labels: [...new Set(labels)].sort() };
  }

  /** What the catalogue says of a tool for all sessions together, and whether it may carry labelled data out. */
  #shared(
    name: string,
    target: string,
    effect: TableGrant["effect"],
  ): Pick<TableGrant, "shared" | "trips" | "heeds"> {
    const server = this.#catalogue.servers[name];
    const shared = Object.hasOwn(server?.limits ?? {}, target) ? server?.limits?.[target] : undefined;
    const to = { server: name, target, effect, ...placeOf(this.#role, this.#catalogue, name) };
    const isAimedAt = flowsOf(this.#role, this.#catalogue).some((flow) => isTo(flow.to, to));
    const heeds =
      isLabelled(this.#catalogue) && ((effect !== "read" && server?.reach === "external") || isAimedAt);
    const trips = server?.breaker;
    return {
      ...(shared === undefined ? {} : { shared }),
      ...(trips === undefined ? {} : { trips }),
      ...(heeds ? { heeds } : {}),
    };
  }

  #approval(
    written: ToolGrant["approval"],
    spotOf: (segments: readonly string[]) => Spot,
    at: number,
  ): Pick<TableGrant, "approval"> {
    if (written === undefined) return {};
    if (written === "required") return { approval: {} };
    return {
      approval: { unless: this.#resolveArguments(written.unless, spotOf, at, ["approval", "unless"]) },
    };
  }

  /** Constraints by pointer. @param place of them in the grant */
  #resolveArguments(
    written: { readonly [key: string]: Constraint },
    spotOf: (segments: readonly string[]) => Spot,
    at: number,
    place: readonly string[] = ["arguments"],
  ): { [pointer: string]: Constraint } {
    const resolved: { [pointer: string]: Constraint } = {};
    for (const [key, constraint] of Object.entries(written)) {
      const path: PathPart[] = ["grants", at, ...place, key];
      const segments = readPointer(key);
      if (typeof segments === "string" || segments.length > limits.jsonDepthMax) {
        this.#report(
          path,
          "this is no argument name or JSON pointer",
          typeof segments === "string" ? segments : "name an outer value",
          "key",
        );
        continue;
      }
      const pointer = writePointer(segments);
      if (Object.hasOwn(resolved, pointer)) {
        this.#report(
          path,
          `the argument ${quote(pointer)} is constrained twice`,
          "keep one, as name or as pointer",
          "key",
        );
        continue;
      }
      const spot = spotOf(segments);
      if (spot.kind === "absent") this.#reportAbsent(path, segments, spot);
      for (const fault of constraintFaults(constraint, this.#folder, spot, this.#role.objects ?? {}))
        this.#report([...path, ...fault.path], fault.says, fault.do);
      resolved[pointer] = normalizeConstraint(constraint, this.#folder);
    }
    return resolved;
  }

  #reportAbsent(path: Path, segments: readonly string[], spot: Extract<Spot, { kind: "absent" }>): void {
    const segment = segments[spot.at] ?? "";
    const remedy = spot.isArray
      ? "write - for each element of the list"
      : `${didYouMean(segment, spot.names)}known there: ${list(spot.names)}`;
    this.#report(
      path,
      `the pinned definition has no argument ${quote(writePointer(segments.slice(0, spot.at + 1)))}`,
      remedy,
      "key",
    );
  }
}

function promptSpot(names: readonly string[], segments: readonly string[]): Spot {
  const [name = ""] = segments;
  if (segments.length === 1 && names.includes(name)) return { kind: "schema", schema: { type: "string" } };
  return { kind: "absent", at: names.includes(name) ? 1 : 0, names, isArray: false };
}

/** What the guard that will read the table finds wrong with it: its word is the last (R1). */
function backstop(table: RoleTable): readonly { readonly at: string; readonly says: string }[] {
  const compiled = compileRole(table);
  return Array.isArray(compiled) ? compiled : [];
}

/** The place in the file of "grants[3].bucket" or "limits.agent". */
function pathOfTable(at: string, role: RoleFile): Path {
  const index = /^grants\[(\d+)\]/.exec(at)?.[1];
  if (index === undefined) return at.split(".");
  const grant = Number(index);
  if (!at.endsWith(".bucket")) return ["grants", grant];
  return role.grants[grant]?.limits === undefined ? ["limits", "tool"] : ["grants", grant, "limits"];
}
