/**
 * Where a running node and the files beside it part: a node keeps the roles it started with, and who has just edited
 * one reads and checks the file. Says so and changes nothing.
 */
import { list, quote } from "../catalogue/fault.ts";
import type { CatalogueConfiguration } from "../config.ts";
import type { RunningRoles } from "../control/operators.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning } from "./project.ts";
import { instant } from "./table.ts";

export interface Drift {
  readonly persona: string;
  readonly says: string;
}

/** What a node says of its roles; undefined when none runs, or none that answers. */
async function askRoles(
  project: Pick<CatalogueConfiguration, "dataFolder">,
): Promise<RunningRoles | undefined> {
  try {
    return readRoles(await askIfRunning(project, "status"));
  } catch {
    // The command is about files; a node that cannot be asked is another command's finding.
    return undefined;
  }
}

/** Undefined for the status of an older node, which does not tell. */
export function readRoles(status: unknown): RunningRoles | undefined {
  const { roles, quarantined } = (status ?? {}) as Partial<RunningRoles>;
  return Array.isArray(roles) && Array.isArray(quarantined) ? (status as RunningRoles) : undefined;
}

/**
 * @param files   tables as the files have them, by persona
 * @param isWhole `files` are all there are, so that a persona without one has lost it
 */
export function findDrift(
  running: RunningRoles,
  files: ReadonlyMap<string, { readonly digest: string }>,
  isWhole: boolean,
): readonly Drift[] {
  const enforced = new Map(running.roles.map(({ persona, digest }) => [persona, digest]));
  const served = new Set(running.endpoints.map(({ persona }) => persona));
  const found: Drift[] = [];
  for (const [persona, { digest }] of files) {
    const now = enforced.get(persona);
    if (now === undefined || (!served.has(persona) && isWhole))
      found.push({ persona, says: "the running node has no endpoint for it yet" });
    else if (now !== digest)
      found.push({ persona, says: "the running node still enforces another table than its file" });
  }
  for (const persona of isWhole ? enforced.keys() : [])
    if (!files.has(persona))
      found.push({ persona, says: "the running node still serves it, and its file is gone" });
  return found;
}

/** What operators read of it. */
export function* sayDrift(running: RunningRoles, drift: readonly Drift[]): Generator<string> {
  for (const { persona, says } of drift) yield `Note: ${persona}: ${says}`;
  if (drift.length > 0)
    yield `Note: that node runs since ${instant(running.since)} with the files of then; gatehouse role reload has role files in force, and all else takes another start`;
}

export function* sayQuarantine({ quarantined }: RunningRoles): Generator<string> {
  for (const { server, names } of quarantined)
    yield `Note: the running node has quarantined ${list(names)} of ${quote(server)}; gatehouse catalogue check ${server} tells why`;
}

/** For `role` commands: prints both, and counts the drift. */
export async function noteDrift(
  io: CliIo,
  project: Pick<CatalogueConfiguration, "dataFolder">,
  files: ReadonlyMap<string, { readonly digest: string }>,
  isWhole: boolean,
): Promise<number> {
  const running = await askRoles(project);
  if (running === undefined) return 0;
  const drift = findDrift(running, files, isWhole);
  if (io.json) for (const each of drift) io.out(JSON.stringify({ drift: { ...each, since: running.since } }));
  else for (const each of [...sayDrift(running, drift), ...sayQuarantine(running)]) io.out(io.spell(each));
  return drift.length;
}
