/** Who is who in a story (scenarios.ts), and what it says must hold. */
import { sessionOf } from "../../actors/roster.ts";
import { ownerOf, runnerOf } from "../../cluster/view.ts";
import type { Cluster, Machine } from "./cluster.ts";

export interface Scenario {
  readonly name: string;
  readonly run: (cluster: Cluster) => void;
}

/** Shards lie where this story has no place for whom it needs: another seed has it. */
export class Unfit extends Error {}

/** No session of the background load: chance must not have its guards refuse what a story needs. */
export const key = "default/desk/agent/user-99";

interface Cast {
  readonly owner: Machine;
  readonly runner: Machine;
  /** Neither: its agents' connections outlive both. */
  readonly door: Machine;
}

export function cast(cluster: Cluster): Cast {
  const view = cluster.trueView();
  const shard = cluster.shardOf(key);
  const find = (id: string | undefined): Machine =>
    cluster.machine(id ?? "") ?? (cluster.machines[0] as Machine);
  const owner = find(view === undefined ? undefined : ownerOf(view, shard)?.id);
  const runner = find(view === undefined ? undefined : runnerOf(view, shard)?.id);
  const door = cluster.machines.find((machine) => machine !== owner && machine !== runner) as Machine;
  return { owner, runner, door };
}

export function expectThat(cluster: Cluster, claim: string, holds: boolean): void {
  if (!holds) cluster.oracle.violate(`not so: ${claim}`);
}

export function labelsOf({ node }: Machine): string {
  return (sessionOf(node.host?.peek(key))?.labels ?? []).join();
}
