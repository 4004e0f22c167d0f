/** What no loss may undo, drawn from a seed: wire sessions end, and now and then a session is stopped. */
import type { Cluster } from "./cluster.ts";
import { keyOf } from "./load.ts";
import type { Random } from "./random.ts";

/** A session remembers more of them than are drawn. */
const wiresMax = 8;

export function drawEndings(cluster: Cluster, random: Random, until: number, sessions: number): void {
  const next = (): void => {
    if (cluster.schedule.now >= until) return;
    cluster.schedule.after(random.between(100, 1_500), next);
    const [key, wire, isStop] = [
      keyOf(random.below(sessions)),
      `wire-${random.below(wiresMax)}`,
      random.chance(0.03),
    ];
    const shard = cluster.shardOf(key);
    const node = cluster.ownerOf(shard)?.node;
    if (node === undefined) return;
    const at = node.peer?.eventTime(node.now) ?? 0;
    if (isStop) node.give(node.process, { kind: "event", key, shard, event: { kind: "killed", at, by: "ann", reason: "drawn" } }); // prettier-ignore
    else node.give(node.process, { kind: "event", key, shard, event: { kind: "wire", at, wire, what: "closed", value: "" } }); // prettier-ignore
  };
  next();
}
