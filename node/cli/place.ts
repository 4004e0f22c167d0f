/** Where a session or a scope lives in a cluster, in words. */
import type { Placement } from "../cluster/clusterdesk.ts";
import type { CliIo } from "./io.ts";

export function sayPlace({ owner, runnerUp, inSync, shard }: Placement): string {
  const who = owner ?? "nobody at the moment: a take-over is under way";
  const copy =
    runnerUp === undefined ? "no copy" : `copy at ${runnerUp}, ${inSync ? "in sync" : "not in sync"}`;
  return `${who} (${copy}; shard ${shard})`;
}

/** Nodes that did not answer, of a list that is not whole: a line, or a value with --json. */
export function sayMissing(io: CliIo, missing: readonly string[] | undefined): void {
  if (missing === undefined || missing.length === 0) return;
  if (io.json) io.out(JSON.stringify({ missing }));
  else io.err(`Not answered by ${missing.join(", ")}: what lives there is not listed. gatehouse cluster status shows how it stands.`); // prettier-ignore
}
