/** What the oracle sees of the simulated cluster: all nodes, the store and the logs at once, in true time. */
import { sessionOf } from "../../actors/roster.ts";
import { isInSync, ownerOf, runnerOf } from "../../cluster/view.ts";
import type { View } from "../../cluster/view.ts";
import type { Cluster } from "./cluster.ts";
import type { PastAsk } from "../../cluster/restoring.ts";
import type { Sight } from "./oracle.ts";
import type { SimNode } from "./simnode.ts";

export function sightOf(cluster: Cluster): Sight {
  return {
    now: () => cluster.schedule.now,
    view: () => cluster.trueView(),
    isKnownAtRunner: (view, shard, op) => isKnownAtRunner(cluster, view, shard, op),
    // Whether a node's own view says that its runner-up is in sync.
    hasSeenMark: (id, shard) => {
      const view = cluster.machine(id)?.node.peer?.view;
      return view !== undefined && isInSync(view, shard);
    },
    wasFenced: (shard, epoch, op) => cluster.fences.wasFenced(shard, epoch, op),
    untold: (id, shard, epoch) => untold(cluster, id, shard, epoch),
    isFilling: (view, shard) => isFilling(cluster, view, shard),
    tripsAt: (id, key) => sessionOf(cluster.machine(id)?.node.host?.peek(key))?.trips ?? [],
    roleAt: (id, key) => sessionOf(cluster.machine(id)?.node.host?.peek(key))?.role ?? "",
    labelsAt: (id, key) => sessionOf(cluster.machine(id)?.node.host?.peek(key))?.labels ?? [],
  };
}

/** Operations of earlier epochs that stand in the log and that the shard's owner does not know. */
function untold(cluster: Cluster, id: string, shard: number, epoch: number): string[] {
  const holding = cluster.machine(id)?.node.peer?.holding(shard);
  return cluster.fences
    .factsOf(shard)
    .filter((fact) => fact.op !== "" && fact.epoch < epoch && holding?.operations.find(fact.op) === undefined)
    .map(({ op }) => op);
}

/** Whether a shard's owner has a runner-up whose copy it holds for good. */
function isFilling(cluster: Cluster, view: View, shard: number): boolean {
  const owner = ownerOf(view, shard);
  const { peer } = cluster.machine(owner?.id ?? "")?.node ?? {};
  return (
    peer !== undefined && peer.incarnation === owner?.incarnation && peer.holding(shard)?.fill !== undefined
  );
}

function isKnownAtRunner(cluster: Cluster, view: View, shard: number, op: string): boolean {
  const runner = runnerOf(view, shard);
  const node = runner === undefined ? undefined : cluster.machine(runner.id)?.node;
  if (node?.peer === undefined) return true;
  return node.peer.holding(shard)?.operations.find(op) !== undefined;
}

/**
 * What the next owner knows of a shard whose past was read just now, held against the snapshots that stood there. What stands
 * no more went with a store that went back: nobody can know it.
 */
export function lookAtPast(
  cluster: Cluster,
  node: SimNode,
  { shard, epoch }: PastAsk,
  demanded: readonly Uint8Array[],
): void {
  // prettier-ignore
  const { host, peer } = node;
  const holding = peer?.holding(shard);
  if (host === undefined || holding?.epoch !== epoch) return;
  const standing = new Set(cluster.archive.standing(shard));
  const forgotten = cluster.oracle.pasts.restored(
    shard,
    epoch,
    demanded.filter((each) => standing.has(each)),
    {
      stateOf: (key) => host.peek(key),
      read: (bytes) => host.read(bytes),
      hasOperation: (op) => holding.operations.find(op) !== undefined,
      isOnce: (op) => cluster.oracle.mustRunOnce(op),
      at: peer?.eventTime(node.now) ?? 0,
    },
  );
  if (forgotten !== undefined) cluster.oracle.violate(`${node.id}: ${forgotten}`);
}
