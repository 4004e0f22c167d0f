/** Stories of a shard that is larger than a slice, on its way to a new runner-up while its sessions go on. */
import { isInSync, runnerOf } from "../../cluster/view.ts";
import { cast, expectThat, key } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import { closedAt, closeWire, pass } from "./copyscenarios.ts";

/** Sessions of the same shard beside the one of the story: a slice is two (simnode.ts). */
const others = 12;

const turnedAfterItWasPacked: Scenario = {
  name: "a session that has a turn after it was packed, and before its shard is whole at the new runner-up, has it there too",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    closeWire(cluster, owner, "before");
    for (let at = 1; at <= others; at++)
      cluster.request(door.node, `default/desk/agent/user-${99 + at * cluster.shards}`, "list_open");
    pass(cluster, 3_000);
    const holding = owner.node.peer?.holding(shard);
    expectThat(cluster, "the shard is larger than a slice", (holding?.keys.size ?? 0) > others);
    cluster.crash(runner, true);
    const end = cluster.schedule.now + 5_000;
    while (holding?.packing?.isBegun !== true && cluster.schedule.now < end) pass(cluster, 1);
    expectThat(cluster, "it is on its way", holding?.packing?.isBegun === true && holding.packing.isDone === false); // prettier-ignore
    // The first of its keys: it is in the first slice.
    expectThat(cluster, "the session has been packed", [...(holding?.keys ?? [])].slice(0, 2).includes(key)); // prettier-ignore
    closeWire(cluster, owner, "late");
    const isCopied = (): boolean => {
      const view = cluster.trueView();
      return view !== undefined && isInSync(view, shard) && runnerOf(view, shard)?.id === door.node.id;
    };
    while (!isCopied() && cluster.schedule.now < end) pass(cluster, 1);
    expectThat(cluster, "there is a copy again", isCopied());
    cluster.crash(owner, true);
    pass(cluster, 3_000);
    expectThat(cluster, "another owns it", cluster.ownerOf(shard) === door);
    expectThat(cluster, "and knows both", closedAt(door).join() === "before,late");
  },
};

export const fillScenarios: readonly Scenario[] = [turnedAfterItWasPacked];
