/** The role table as plain frozen data: a role's words beside its resolved grants. Checks nothing: resolve.ts does. */
import { namedIn } from "../../actors/behaviour/destinations.ts";
import type { TableFlow } from "../../protocol/flow.ts";
import type { RoleFile, RoleTable, SharedLimits, TableGrant } from "../../protocol/role.ts";
import { roleDefaults } from "../../protocol/role.ts";
import { tableStep, type FileSequence, type TableSequence } from "../../protocol/sequence.ts";
import type { CustomTypes } from "./customtypes.ts";
import { tableData } from "./dataconfig.ts";

const tenant = "default";

/** A role's own words, with the defaults for what it does not say. */
export function buildTable(
  role: RoleFile,
  grants: readonly TableGrant[],
  scopes: SharedLimits | undefined,
  flows: readonly TableFlow[],
  custom: CustomTypes,
): RoleTable {
  const { limits: own = {}, breakers = {} } = role;
  const { toolBreaker, behaviourBreaker } = roleDefaults;
  return {
    v: 1,
    tenant,
    persona: role.role,
    grants,
    objects: role.objects ?? {},
    limits: {
      agent: own.agent ?? roleDefaults.agent,
      budget: own.budget ?? roleDefaults.budget,
      openCalls: own.openCalls ?? roleDefaults.openCalls,
    },
    breakers: {
      tool: {
        failures: breakers.tool?.failures ?? toolBreaker.failures,
        openSeconds: breakers.tool?.openSeconds ?? toolBreaker.openSeconds,
      },
      behaviour: {
        identical: breakers.behaviour?.identical ?? behaviourBreaker.identical,
        similar: breakers.behaviour?.similar ?? behaviourBreaker.similar,
        repeats: breakers.behaviour?.repeats ?? behaviourBreaker.repeats,
        openSeconds: breakers.behaviour?.openSeconds ?? behaviourBreaker.openSeconds,
      },
    },
    // Per call the exchange still asks for synced when the tool is not repeatable (law 4).
    durability: role.records?.durability ?? "written",
    oldestRevision: role.revisions?.oldest ?? "2024-11-05",
    ...(role.approvals === undefined ? {} : { approvals: role.approvals }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(role.data === undefined ? {} : { data: tableData(role.data, custom) }),
    ...(role.sequence === undefined ? {} : { sequence: tableSequence(role.sequence, role.mission) }),
    ...(flows.length === 0 ? {} : { flows }),
    ...(role.accumulation === undefined ? {} : { accumulation: role.accumulation }),
  };
}

function tableSequence({ steps, ...rest }: FileSequence, mission = ""): TableSequence {
  return {
    ...rest,
    ...(steps === undefined ? {} : { steps: steps.map(tableStep) }),
    known: namedIn(mission),
  };
}

export function freezeTable(table: RoleTable): RoleTable {
  const open: unknown[] = [table];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (typeof each !== "object" || each === null) continue;
    Object.freeze(each);
    for (const inner of Object.values(each))
      if (typeof inner === "object" && inner !== null) open.push(inner);
  }
  return table;
}
