/** Stories of a store that goes back by a moment, in which somebody was declared dead or was followed by another. */
import { decodeNodeRow, nodeKeyPrefix } from "../../cluster/noderow.ts";
import { ownerOf } from "../../cluster/view.ts";
import { cast, expectThat, key } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";

function isDeclaredDead({ store }: Cluster, { node }: Machine): boolean {
  const row = store.value(nodeKeyPrefix + node.id);
  return row !== undefined && decodeNodeRow(row)?.isDead === true;
}

/** In small steps, because what follows must come before anybody acts on it: no way is shorter than 0.3 ms. */
function runUntilSo(cluster: Cluster, claim: string, isSo: () => boolean, withinMs: number): void {
  const end = cluster.schedule.now + withinMs;
  while (!isSo() && cluster.schedule.now < end) cluster.runUntil(cluster.schedule.now + 0.1);
  if (claim !== "") expectThat(cluster, claim, isSo());
}

const ownerNow = (cluster: Cluster): string => {
  const view = cluster.trueView();
  return (view === undefined ? undefined : ownerOf(view, cluster.shardOf(key))?.id) ?? "";
};

const forgottenDeclaration: Scenario = {
  name: "a node whose lease lapsed does not act again because a store has forgotten that it was declared dead",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const others = [runner, door];
    owner.link.isCut = true;
    runUntilSo(cluster, "it is declared dead", () => isDeclaredDead(cluster, owner), 20_000);
    // Who declared it hears so, and is cut off with that knowledge.
    for (const { link } of others) link.isCut = true;
    cluster.runUntil(cluster.schedule.now + 5);
    cluster.store.rollBack(20);
    expectThat(cluster, "the store has forgotten it", !isDeclaredDead(cluster, owner));
    cluster.store.renewWatch(owner.link);
    owner.link.isCut = false;
    runUntilSo(cluster, "", () => owner.node.peer?.isActing(owner.node.now) === true, 3_000);
    cluster.store.lagWatch(owner.link, 8_000);
    for (const { link } of others) link.isCut = false;
    cluster.runUntil(cluster.schedule.now + 4_000);
    const op = cluster.request(door.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 1_500);
    cluster.request(owner.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 30_000);
    expectThat(cluster, "the session goes on", cluster.oracle.endingOf(op) !== undefined);
  },
};

const forgottenSuccessor: Scenario = {
  name: "a node whose watch is behind is no member again because a store has forgotten who came after it",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    owner.node.pause(18_000);
    cluster.store.lagWatch(owner.link, 60_000);
    runUntilSo(cluster, "it is declared dead", () => isDeclaredDead(cluster, owner), 20_000);
    const declaredAt = cluster.schedule.now;
    runUntilSo(cluster, "another owns its shard", () => ownerNow(cluster) !== owner.node.id, 1_000);
    cluster.runUntil(cluster.schedule.now + 50);
    const first = cluster.request(door.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 800);
    expectThat(cluster, "its successor acts", cluster.oracle.writesOf(first) === 1);
    runUntilSo(cluster, "it is awake", () => !owner.node.isPaused, 20_000);
    cluster.runUntil(cluster.schedule.now + 100);
    for (const { link } of [runner, door]) link.isCut = true;
    cluster.store.rollBack(cluster.schedule.now - declaredAt + 5);
    expectThat(cluster, "the store has forgotten it", ownerNow(cluster) === owner.node.id);
    // Longer than between two attempts to renew, and shorter than the others' leases.
    for (let call = 0; call < 4; call++) {
      cluster.runUntil(cluster.schedule.now + 700);
      cluster.request(owner.node, key, "list_open");
    }
    cluster.runUntil(cluster.schedule.now + 500);
    for (const { link } of [runner, door]) link.isCut = false;
    cluster.runUntil(cluster.schedule.now + 70_000);
    expectThat(cluster, "its session goes on", ownerNow(cluster) !== "");
  },
};

/** Two lines of the story: in that of the store the former owner is a member anew, and acts; then the other line is written back. */
const forgottenBarrier: Scenario = {
  name: "who writes back what a store has forgotten acts only when nobody can act any more on what it said meanwhile",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    owner.node.pause(18_000);
    cluster.store.lagWatch(owner.link, 60_000);
    runUntilSo(cluster, "it is declared dead", () => isDeclaredDead(cluster, owner), 20_000);
    const declaredAt = cluster.schedule.now;
    runUntilSo(cluster, "another owns its shard", () => ownerNow(cluster) !== owner.node.id, 1_000);
    runUntilSo(cluster, "it is awake", () => !owner.node.isPaused, 20_000);
    for (const { link } of [runner, door]) link.isCut = true;
    cluster.store.rollBack(cluster.schedule.now - declaredAt + 5);
    cluster.store.lagWatch(owner.link, 0);
    cluster.store.renewWatch(owner.link);
    expectThat(cluster, "the store has forgotten it", ownerNow(cluster) === owner.node.id);
    runUntilSo(cluster, "the former owner acts again", () => owner.node.peer?.isActing(owner.node.now) === true, 8_000); // prettier-ignore
    const isItsOwn = (): boolean => (owner.node.peer?.holding(cluster.shardOf(key))?.epoch ?? 0) > 0;
    runUntilSo(cluster, "for its shard", isItsOwn, 1_000);
    cluster.store.lagWatch(owner.link, 9_000);
    const before = cluster.trueView()?.history;
    for (const { link } of [runner, door]) link.isCut = false;
    runUntilSo(cluster, "what it has forgotten is written back", () => cluster.trueView()?.history !== before, 6_000); // prettier-ignore
    // And they have heard that it is; before, they act on their leases as if nothing had happened.
    const hasHeard = ({ node }: Machine): boolean => node.peer?.view?.history === cluster.trueView()?.history;
    runUntilSo(cluster, "both have heard of it", () => [runner, door].every(hasHeard), 3_000);
    const next = cluster.machine(ownerNow(cluster)) ?? runner;
    expectThat(cluster, "another owns the shard", next !== owner);
    cluster.request(next.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 1_500);
    expectThat(cluster, "the former owner may act still", owner.node.peer?.isActing(owner.node.now) === true && isItsOwn()); // prettier-ignore
    cluster.request(owner.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 40_000);
    expectThat(cluster, "all goes on", cluster.unhealed().length === 0);
  },
};

export const rollBackScenarios: readonly Scenario[] = [
  forgottenDeclaration,
  forgottenSuccessor,
  forgottenBarrier,
];
