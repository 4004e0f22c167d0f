/** Stories of a lease that runs out while nobody looks, and of a view that comes back: what an owner must not do any more. */
import { drift, leaseMs } from "../../cluster/lease.ts";
import { nodeKeyPrefix } from "../../cluster/noderow.ts";
import { limits } from "../../protocol/limits.ts";
import { cast, expectThat, key } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";
import { isolate } from "./faults.ts";

/** Who watches it has taken it for dead, and others own what it had. */
const overMs = leaseMs * (1 + drift) + 2_500;

function pass(cluster: Cluster, ms: number): void {
  cluster.runUntil(cluster.schedule.now + ms);
}

/** Whatever comes to it in the next tenth of a second comes before its next tick. */
function passTick(cluster: Cluster, { node }: Machine): void {
  cluster.runUntil(node.tickAt + 0.1);
}

/** The session goes on at its next owner: from now on nothing of the former one may have an effect. */
function callNext(cluster: Cluster, owner: Machine, door: Machine): void {
  expectThat(cluster, "another owns the session", cluster.ownerOf(cluster.shardOf(key)) !== owner);
  const op = cluster.request(door.node, key, "list_open");
  pass(cluster, 800);
  expectThat(cluster, "it calls its tools there", cluster.oracle.writesOf(op) === 1);
}

const connectedTooLate: Scenario = {
  name: "an owner that sleeps past its lease does not write when the first it hears is that it is connected",
  run(cluster) {
    const { owner, door } = cast(cluster);
    passTick(cluster, owner);
    owner.node.connectStallUntil = owner.node.tickAt + 8;
    const ops = [1, 2, 3].map(() => cluster.request(door.node, key, "list_open"));
    passTick(cluster, owner);
    owner.node.pause(overMs + 2_000);
    pass(cluster, overMs);
    callNext(cluster, owner, door);
    pass(cluster, 10_000);
    for (const op of ops) expectThat(cluster, `${op} did not go out`, cluster.oracle.writesOf(op) === 0); // prettier-ignore
  },
};

const answeredTooLate: Scenario = {
  name: "an owner that sleeps past its lease releases no answer when the first it hears is the tool's",
  run(cluster) {
    const { owner, door } = cast(cluster);
    passTick(cluster, owner);
    const ops = [1, 2, 3, 4, 5, 6].map(() => cluster.request(door.node, key, "list_open"));
    const areOut = (): boolean => ops.every((op) => cluster.oracle.writesOf(op) === 1);
    const end = cluster.schedule.now + 50;
    while (!areOut() && cluster.schedule.now < end) pass(cluster, 0.5);
    expectThat(cluster, "all are at their tool", areOut());
    const { releases } = cluster.oracle.figures;
    owner.node.pause(overMs + 2_000);
    pass(cluster, overMs);
    callNext(cluster, owner, door);
    expectThat(cluster, "the next owner releases its own answer", cluster.oracle.figures.releases > releases);
    pass(cluster, 40_000);
    expectThat(cluster, "nobody was told", ops.every((op) => cluster.oracle.endingOf(op) !== undefined)); // prettier-ignore
  },
};

/** Its last renewal came to the store at once, and comes back to it five seconds later or more: for others it is over so much sooner. */
const heardLate: Scenario = {
  name: "a lease counts from when its renewal was sent, however late its holder hears of it",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const revision = (): number => cluster.store.revisionOf(nodeKeyPrefix + owner.node.id);
    const lateMs = 5_000;
    const before = revision();
    const heardAt = cluster.schedule.now + limits.leaseRenewMs + lateMs;
    cluster.store.lagWatch(owner.link, heardAt - cluster.schedule.now);
    const end = cluster.schedule.now + 2 * limits.leaseRenewMs;
    while (revision() === before && cluster.schedule.now < end) pass(cluster, 1);
    const renewedAt = cluster.schedule.now;
    expectThat(cluster, "it has renewed its lease", revision() !== before);
    pass(cluster, 5);
    owner.link.isMute = true;
    cluster.runUntil(heardAt + 1);
    isolate(cluster, owner, leaseMs);
    cluster.runUntil(renewedAt + overMs);
    callNext(cluster, owner, door);
    expectThat(cluster, "it would act still, if its lease counted from when it heard", cluster.schedule.now < heardAt + leaseMs * (1 - drift)); // prettier-ignore
    expectThat(cluster, "it does not", owner.node.peer?.isActing(owner.node.now) === false);
    const op = cluster.request(owner.node, key, "list_open");
    pass(cluster, 1_000);
    expectThat(cluster, "its own agent's call does not go out", cluster.oracle.writesOf(op) === 0);
    owner.link.isMute = false;
    pass(cluster, 40_000);
    expectThat(cluster, "all goes on", cluster.unhealed().length === 0);
  },
};

/** Nobody died, and nobody is cut off: all who acted on the newer view see the older one. */
const shownAnOlderView: Scenario = {
  name: "who has seen a shard handed over does not act on an older view that its store shows again",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    const { peer, process } = owner.node;
    owner.node.give(process, { kind: "drain" });
    const end = cluster.schedule.now + 20_000;
    while (cluster.ownerOf(shard) === owner && cluster.schedule.now < end) pass(cluster, 1);
    const movedAt = cluster.schedule.now;
    pass(cluster, 400);
    callNext(cluster, owner, door);
    const epoch = cluster.ownerOf(shard)?.node.peer?.holding(shard)?.epoch;
    cluster.store.rollBack(cluster.schedule.now - movedAt + 5);
    expectThat(cluster, "the store shows its former owner", cluster.ownerOf(shard) === owner);
    pass(cluster, 20);
    expectThat(cluster, "who does not take it for its own again", (peer?.holding(shard)?.epoch ?? 0) === 0);
    owner.node.give(process, { kind: "stay" });
    const ops = [owner, door].map(({ node }) => cluster.request(node, key, "list_open"));
    pass(cluster, 60_000);
    expectThat(cluster, "both calls have an ending", ops.every((op) => cluster.oracle.endingOf(op) !== undefined)); // prettier-ignore
    const now = cluster.ownerOf(shard)?.node.peer?.holding(shard)?.epoch ?? 0;
    expectThat(cluster, "the shard goes on under a higher epoch", now > (epoch ?? 0));
    expectThat(cluster, "all goes on", cluster.unhealed().length === 0);
  },
};

export const leaseScenarios: readonly Scenario[] = [
  connectedTooLate,
  answeredTooLate,
  heardLate,
  shownAnOlderView,
];
