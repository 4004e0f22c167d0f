/**
 * Nodes without room for the values that their sessions have read, in the simulation: they take the turn by which a session forgets
 * them (node/exchange/ledgerpressure.ts); and operators who let such a session go (node/control/flowdesk.ts). Owns when and whose; what
 * must hold of flows afterwards is floworacle.ts.
 *
 * S1. By the turn itself a session loses no label, and each source of what it forgets counts as wholly seen.
 * S2. By an operator's lift it loses no label, no source and no value that it remembers.
 */
import { covers } from "../../actors/labels.ts";
import { sessionOf } from "../../actors/roster.ts";
import { carrier } from "./carrying.ts";
import type { Cluster } from "./cluster.ts";
import { keyOf } from "./load.ts";
import type { Random } from "./random.ts";
import type { SimNode } from "./simnode.ts";

/** What a node without room does to one session. @returns whether it owns the session, and that remembered values */
export function shrink(cluster: Cluster, { node }: { readonly node: SimNode }, key: string): boolean {
  const shard = cluster.shardOf(key);
  const state = (): ReturnType<typeof sessionOf> => sessionOf(node.host?.peek(key));
  const memory = state()?.memory;
  // As an operator's turn is taken (node/cluster/conductor.ts).
  const at = node.peer?.eventTime(node.now);
  if (memory === undefined || at === undefined || (node.peer?.holding(shard)?.epoch ?? 0) === 0) return false;
  const [labels, coarse] = [state()?.labels ?? [], state()?.coarse ?? []];
  const sources = memory.answers.flatMap((answer) => [...answer.labels]).sort();
  node.give(node.process, { kind: "event", key, shard, event: { kind: "shrink", at } });
  const after = state();
  // Paused, or the owner no more: then it is not taken now, or not at all.
  if (after === undefined || after.memory !== undefined) return false;
  if (!covers(after.labels, labels))
    cluster.oracle.violate(`${node.id}: ${key} lost a label with its values`);
  if (!covers(after.coarse, [...coarse, ...sources]))
    cluster.oracle.violate(
      `${node.id}: ${key} forgot values, and their source does not count as wholly seen`,
    );
  return true;
}

/** What an operator's lift does to one session. @returns whether the node owns it, and took the turn */
export function pardon(cluster: Cluster, { node }: { readonly node: SimNode }, key: string): boolean {
  const shard = cluster.shardOf(key);
  const state = (): ReturnType<typeof sessionOf> => sessionOf(node.host?.peek(key));
  const kept = (): string =>
    JSON.stringify([state()?.labels, state()?.sources, state()?.memory?.table.count]);
  const at = node.peer?.eventTime(node.now);
  const isOwner = (node.peer?.holding(shard)?.epoch ?? 0) > 0;
  if (at === undefined || !isOwner || (state()?.coarse.length ?? 0) === 0) return false;
  const before = kept();
  node.give(node.process, { kind: "event", key, shard, event: { kind: "lifted", at, by: "ann", what: "flow" } }); // prettier-ignore
  // Paused, or the owner no more: then it is not taken now, or not at all.
  if (state()?.coarse.length !== 0) return false;
  if (kept() !== before)
    cluster.oracle.violate(`${node.id}: ${key} lost more by a lift than that its sources count as wholly seen`); // prettier-ignore
  return true;
}

/** Now and then, of a session of which somebody has just been shown a value, or of any; then its agent hands something on. */
export function drawShrinks(cluster: Cluster, random: Random, until: number, sessions: number): void {
  const next = (): void => {
    if (cluster.schedule.now >= until) return;
    cluster.schedule.after(random.between(500, 5_000), next);
    const { last } = cluster.oracle.flows;
    const key = last !== undefined && random.chance(0.5) ? last.key : keyOf(random.below(sessions));
    // Each node looks at what it has in memory, as owner or as copy; the owner alone takes the turn.
    for (const machine of cluster.machines)
      if (machine.node.isUp && shrink(cluster, machine, key)) cluster.oracle.flows.figures.shrunk++;
    if (random.chance(0.25))
      cluster.schedule.after(random.between(10, 2_000), () => {
        for (const machine of cluster.machines)
          if (machine.node.isUp && pardon(cluster, machine, key)) cluster.oracle.flows.figures.pardoned++;
      });
    cluster.schedule.after(random.between(50, 3_000), () => {
      const { node } = random.pick(cluster.machines);
      if (node.isUp) cluster.request(node, key, carrier, random.chance(0.5) ? last?.value : undefined);
    });
  };
  next();
}
