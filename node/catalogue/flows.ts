/**
 * Rules on flows between a role, the catalogue and the lock: which hold for a role, and what is wrong with them where they stand.
 * Does not own what they do (actors/guards/flow.ts).
 *
 * F1. A rule that names what there is not is a fault, and not a rule that never holds.
 */
import { ownTypes } from "../../actors/ledger/extract.ts";
import type { CatalogueFile, CatalogueLock } from "../../protocol/catalogue.ts";
import { environmentLabel, flowOfWall, type Flow, type TableFlow, type Wall } from "../../protocol/flow.ts";
import type { RoleFile, TableGrant } from "../../protocol/role.ts";
import type { CustomTypes } from "./customtypes.ts";
import { ownTypesFound } from "./datatypes.ts";
import type { PathPart, Report } from "./document.ts";
import { didYouMean, list, quote } from "./fault.ts";
import { findPin } from "./lock.ts";

/** The rules of a role: its own first, then the catalogue's walls. */
export function flowsOf(role: RoleFile, { walls = [] }: CatalogueFile): readonly TableFlow[] {
  return [...(role.flows ?? []), ...walls.map(flowOfWall)];
}

/** What rules ask of a server, where there are rules that do; a table without them keeps its digest. */
export function placeOf(
  role: RoleFile,
  catalogue: CatalogueFile,
  server: string,
): Pick<TableGrant, "environment" | "reach"> {
  // prettier-ignore
  const own = catalogue.servers[server];
  if (own === undefined) return {};
  if (flowsOf(role, catalogue).length === 0)
    return role.sequence?.steps?.some(({ then }) => then.reach !== undefined) === true ? { reach: own.reach } : {}; // prettier-ignore
  return { environment: own.environment, reach: own.reach };
}

/** Its own labels, and its environment where that stands behind a wall: so that other sessions of an agent hear of it. */
export function labelsOf({ servers, walls = [] }: CatalogueFile, server: string): readonly string[] {
  const own = servers[server];
  if (own === undefined) return [];
  const isWalled = walls.some(({ from }) => from.includes(own.environment));
  return isWalled ? [...own.labels, environmentLabel(own.environment)] : own.labels;
}

export function checkFlows(
  flows: readonly Flow[],
  catalogue: CatalogueFile,
  lock: CatalogueLock,
  custom: CustomTypes,
  report: Report,
): void {
  // prettier-ignore
  for (const [at, { from, to }] of flows.entries()) {
    checkPlace(["flows", at, "from"], from, catalogue, lock, report);
    checkPlace(["flows", at, "to"], to, catalogue, lock, report);
    if (Object.keys(to).length === 0)
      report(["flows", at, "to"], "the rule names no place", "say where it must not go: servers, tools, environments, reach or effects"); // prettier-ignore
    const labels = Object.values(catalogue.servers).flatMap((server) => server.labels);
    checkNames(["flows", at, "from", "labels"], from.labels ?? [], labels, "no server of the catalogue has the label", report); // prettier-ignore
    const known = from.types === undefined ? [] : typeNames(custom);
    for (const [index, type] of (from.types ?? []).entries())
      if (!known.some((name) => (type.endsWith("*") ? name.startsWith(type.slice(0, -1)) : name === type)))
        report(["flows", at, "from", "types", index], `there is no type or group ${quote(type)}`, `${didYouMean(type, known)}gatehouse dlp types lists them`); // prettier-ignore
  }
}

/** A wall between environments that no server has stands for nothing. */
export function checkWalls(walls: readonly Wall[], { servers }: CatalogueFile, report: Report): void {
  const environments = Object.values(servers).map(({ environment }) => environment);
  for (const [at, wall] of walls.entries())
    for (const side of ["from", "to"] as const) {
      checkNames(["walls", at, side], wall[side], environments, "no server of the catalogue has the environment", report); // prettier-ignore
      const [both] = side === "to" ? wall.to.filter((each) => wall.from.includes(each)) : [];
      if (both !== undefined) report(["walls", at, "to"], `the environment ${quote(both)} stands on both sides`, "take it out of one of them"); // prettier-ignore
    }
}

function checkPlace(
  path: readonly PathPart[],
  { servers = [], tools = [], environments = [] }: Pick<Flow["to"], "servers" | "tools" | "environments">,
  catalogue: CatalogueFile,
  lock: CatalogueLock,
  report: Report,
): void {
  // prettier-ignore
  const names = Object.keys(catalogue.servers);
  checkNames([...path, "servers"], servers, names, "the catalogue has no server", report);
  const known = Object.values(catalogue.servers).map(({ environment }) => environment);
  checkNames([...path, "environments"], environments, known, "no server of the catalogue has the environment", report); // prettier-ignore
  for (const [index, each] of tools.entries()) {
    const border = each.indexOf("/");
    const [server, tool] = [each.slice(0, border), each.slice(border + 1)];
    const locked = Object.hasOwn(lock.servers, server) ? lock.servers[server] : undefined;
    if (locked === undefined)
      report([...path, "tools", index], `the catalogue has no server ${quote(server)}, or it is not accepted yet`, `${didYouMean(server, names)}known there: ${list(names)}`); // prettier-ignore
    else if (findPin(locked, "tool", tool) === undefined && findPin(locked, "prompt", tool) === undefined)
      report([...path, "tools", index], `server ${quote(server)} has no accepted tool ${quote(tool)}`, `${didYouMean(tool, Object.keys(locked.tools))}accepted there: ${list(Object.keys(locked.tools))}`); // prettier-ignore
  }
}

function checkNames(
  path: readonly PathPart[],
  names: readonly string[],
  known: readonly string[],
  says: string,
  report: Report,
): void {
  // prettier-ignore
  const all = [...new Set(known)];
  for (const [index, name] of names.entries())
    if (!all.includes(name)) report([...path, index], `${says} ${quote(name)}`, `${didYouMean(name, all)}known there: ${list(all)}`); // prettier-ignore
}

/** Ids, groups and both together, of every type there is. */
function typeNames(custom: CustomTypes): readonly string[] {
  return [...new Set([...ownTypesFound(custom).flatMap(({ id, group }) => [id, group, `${group}/${id}`]), "own", ...Object.values(ownTypes)])]; // prettier-ignore
}
