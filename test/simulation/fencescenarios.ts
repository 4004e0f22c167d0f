/** Stories of owners without a runner-up in sync, whose effects rest on their fence logs. */
import { isInSync, ownerOf } from "../../cluster/view.ts";
import { cast, expectThat, key, labelsOf } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";

/** All but one are gone, and come back. */
const survivor: Scenario = {
  name: "one of three nodes goes on with calls that must not run twice, and nothing runs twice when the others return",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    for (const machine of [runner, door]) cluster.crash(machine, true);
    cluster.runUntil(cluster.schedule.now + 400);
    const alone = ["pay", "read_customer", "pay", "send_mail"].map((tool) => cluster.request(owner.node, key, tool)); // prettier-ignore
    cluster.runUntil(cluster.schedule.now + 12_000);
    for (const op of alone)
      expectThat(cluster, `${op} was answered`, cluster.oracle.endingOf(op) === "answered");
    expectThat(cluster, "the log has the calls", cluster.fences.factsOf(shard).length >= 3);
    for (const machine of [runner, door]) cluster.start(machine);
    const between: string[] = [];
    for (let call = 0; call < 12; call++) {
      between.push(cluster.request(call % 2 === 0 ? owner.node : door.node, key, call % 3 === 0 ? "pay" : "send_mail")); // prettier-ignore
      cluster.runUntil(cluster.schedule.now + 700);
    }
    cluster.runUntil(cluster.schedule.now + 20_000);
    expectThat(cluster, "there is a copy in sync again", cluster.unhealed().length === 0);
    expectThat(cluster, "the log is cleared then", cluster.fences.factsOf(shard).length === 0);
    cluster.crash(owner, true);
    cluster.runUntil(cluster.schedule.now + 20_000);
    expectThat(cluster, "nothing is lost", (cluster.trueView()?.lostAt[shard] ?? 0) === 0);
    const later = cluster.request(door.node, key, "pay");
    cluster.runUntil(cluster.schedule.now + 9_000);
    expectThat(cluster, "and on at the next owner", cluster.oracle.endingOf(later) === "answered");
    for (const op of [...alone, ...between, later])
      expectThat(cluster, `${op} ran once at most`, cluster.oracle.writesOf(op) <= 1);
  },
};

/** The last one dies too, with calls under way: only its log knows of them. */
const lastWill: Scenario = {
  name: "what only the fence log knew of is known to who takes over from the last node",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    for (const machine of [runner, door]) cluster.crash(machine, true);
    cluster.runUntil(cluster.schedule.now + 400);
    const ops = ["pay", "send_mail", "read_customer"].map((tool) => cluster.request(owner.node, key, tool));
    while (ops.some((op) => cluster.oracle.writesOf(op) === 0) && cluster.oracle.violations.length === 0)
      cluster.runUntil(cluster.schedule.now + 1);
    cluster.runUntil(cluster.schedule.now + 300);
    cluster.crash(owner, true);
    cluster.runUntil(cluster.schedule.now + 100);
    for (const machine of [runner, door]) cluster.start(machine);
    cluster.runUntil(cluster.schedule.now + 30_000);
    const view = cluster.trueView();
    const successor = cluster.machine((view && ownerOf(view, shard))?.id ?? "");
    expectThat(cluster, "another owns the session", successor !== undefined && successor !== owner);
    for (const op of ops.slice(0, 2))
      expectThat(cluster, `${op} is known`, successor?.node.peer?.holding(shard)?.operations.find(op) !== undefined); // prettier-ignore
    expectThat(cluster, "the session has every label before its first call", successor !== undefined && labelsOf(successor) === "*"); // prettier-ignore
  },
};

/** Not a call, but what another actor or an operator says, comes to a lost shard before its log is told. */
const wordBeforeTheLog: Scenario = {
  name: "a turn that no call brings waits too for what the fence log has of a lost past",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    for (const machine of [runner, door]) cluster.crash(machine, true);
    cluster.runUntil(cluster.schedule.now + 400);
    const op = cluster.request(owner.node, key, "pay");
    while (cluster.oracle.writesOf(op) === 0 && cluster.oracle.violations.length === 0)
      cluster.runUntil(cluster.schedule.now + 1);
    cluster.runUntil(cluster.schedule.now + 300);
    cluster.crash(owner, true);
    cluster.runUntil(cluster.schedule.now + 100);
    for (const machine of [runner, door]) cluster.start(machine);
    const end = cluster.schedule.now + 30_000;
    const untold = (): Machine | undefined =>
      [runner, door].find(({ node }) => {
        const holding = node.peer?.holding(shard);
        return (holding?.epoch ?? 0) > 0 && holding?.isTold === false;
      });
    while (untold() === undefined && cluster.schedule.now < end) cluster.runUntil(cluster.schedule.now + 0.2);
    const successor = untold();
    expectThat(cluster, "another owns the session, and knows nothing yet", successor !== undefined);
    const { node } = successor ?? door;
    const at = node.peer?.eventTime(node.now) ?? 0;
    node.give(node.process, { kind: "event", key, shard, event: { kind: "wire", at, wire: "w", what: "closed", value: "" } }); // prettier-ignore
    expectThat(cluster, "it took no turn", node.peer?.holding(shard)?.n === 0);
    cluster.runUntil(cluster.schedule.now + 10_000);
    expectThat(cluster, "the call is known", node.peer?.holding(shard)?.operations.find(op) !== undefined);
    expectThat(cluster, "it ran once", cluster.oracle.writesOf(op) === 1);
  },
};

/** As the wrong proof above, with an owner that has no runner-up in sync and rests on its log. */
const wrongProofAlone: Scenario = {
  name: "a node that is wrongly taken for dead gets nothing into its fence log any more",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    door.node.pause(1_500);
    for (const [from, to] of [[owner, door], [door, owner]] as const) cluster.network.cut(from.node.id, to.node.id, 20_000); // prettier-ignore
    cluster.crash(runner, true);
    cluster.runUntil(cluster.schedule.now + 600);
    const first = cluster.request(owner.node, key, "pay");
    cluster.runUntil(cluster.schedule.now + 800);
    expectThat(cluster, "its call goes out on the log's word", cluster.oracle.writesOf(first) === 1);
    cluster.store.lagWatch(owner.link, 9_000);
    const { incarnation = 0 } = owner.node.peer ?? {};
    cluster.runUntil(cluster.schedule.now + 200);
    door.node.give(door.node.process, { kind: "died", id: owner.node.id, incarnation });
    cluster.runUntil(cluster.schedule.now + 400);
    const view = cluster.trueView();
    expectThat(cluster, "another owns the session now", view !== undefined && ownerOf(view, shard)?.id === door.node.id); // prettier-ignore
    expectThat(cluster, "and the old owner does not know", owner.node.peer?.isActing(owner.node.now) === true); // prettier-ignore
    expectThat(cluster, "the call is known to the new one", door.node.peer?.holding(shard)?.operations.find(first) !== undefined); // prettier-ignore
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(cluster.schedule.now + 7_000);
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
  },
};

/** Until the owner has begun to fill its runner-up of now. */
function untilFill(cluster: Cluster, { node }: Machine): void {
  const end = cluster.schedule.now + 4_000;
  const holding = node.peer?.holding(cluster.shardOf(key));
  while (holding?.fill?.isAcked !== false && cluster.schedule.now < end)
    cluster.runUntil(cluster.schedule.now + 0.05);
  expectThat(cluster, "a fill is under way", holding?.fill?.isAcked === false);
}

/** What the fill does not have, and what came behind it is lost on its way: its end is acknowledged all the same. */
const behindTheFill: Scenario = {
  name: "a call that went out on the log's word is known to the runner-up before that one counts as in sync",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    cluster.crash(runner, true);
    untilFill(cluster, owner);
    const { now } = cluster.schedule;
    cluster.network.cut(owner.node.id, door.node.id, 900);
    cluster.network.delay(door.node.id, owner.node.id, 100, 100);
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(now + 60);
    expectThat(cluster, "the call has gone out", cluster.oracle.writesOf(op) === 1);
    cluster.runUntil(now + 180);
    cluster.crash(owner, true);
    cluster.runUntil(now + 3_000);
    const shard = cluster.shardOf(key);
    const view = cluster.trueView();
    expectThat(cluster, "the other one owns the session", view !== undefined && ownerOf(view, shard)?.id === door.node.id); // prettier-ignore
    expectThat(cluster, "it knows the call", door.node.peer?.holding(shard)?.operations.find(op) !== undefined); // prettier-ignore
  },
};

/** The swap that marks the runner-up stands, and its owner hears nothing of it; then it takes that one for gone. */
const unheardMark: Scenario = {
  name: "an owner that does not know whether its runner-up is marked does not rest on its log",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    const holding = owner.node.peer?.holding(shard);
    // It would ask for changes of the view too, and one of the two would have to try again.
    door.link.isMute = true;
    cluster.schedule.after(4_000, () => (door.link.isMute = false));
    cluster.runUntil(cluster.schedule.now + 20);
    cluster.crash(runner, true);
    untilFill(cluster, owner);
    const end = cluster.schedule.now + 1_000;
    while (holding?.marking !== owner.node.peer?.view?.number && cluster.schedule.now < end)
      cluster.runUntil(cluster.schedule.now + 0.05);
    const { now } = cluster.schedule;
    owner.link.isCut = true;
    cluster.schedule.after(5, () => (owner.link.isCut = false));
    cluster.store.lagWatch(owner.link, 7_000);
    for (const [from, to] of [[owner, door], [door, owner]] as const) cluster.network.cut(from.node.id, to.node.id, 12_000); // prettier-ignore
    cluster.runUntil(now + 50);
    const view = cluster.trueView();
    expectThat(cluster, "the store has the mark", view !== undefined && isInSync(view, shard));
    expectThat(cluster, "and the owner does not know", owner.node.peer?.view?.inSync[shard] === 0);
    cluster.request(owner.node, key, "list_open");
    cluster.runUntil(now + 1_800);
    expectThat(cluster, "its runner-up is silent, and is given up", holding?.fill === undefined);
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(now + 6_000);
    expectThat(cluster, "the call did not go out", cluster.oracle.writesOf(op) === 0);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
  },
};

/** N4: neither the next owner nor the log knows of it, and its door has not heard that it was accepted. */
const madeBeforeALoss: Scenario = {
  name: "a call that was made before its owner and its runner-up were lost at once is not made by the next owner",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    // Nor does the archive.
    cluster.archive.refuses = (process) => process.startsWith(owner.node.id);
    cluster.network.cut(owner.node.id, door.node.id, 3_000);
    const op = cluster.request(door.node, key, "pay");
    cluster.runUntil(now + 300);
    expectThat(cluster, "it was made", cluster.oracle.writesOf(op) === 1);
    for (const machine of [owner, runner]) cluster.crash(machine, true);
    cluster.runUntil(now + 40_000);
    expectThat(cluster, "nobody knows what became of it", cluster.oracle.endingOf(op) === "unknown");
    expectThat(cluster, "it went out once", cluster.oracle.writesOf(op) === 1);
  },
};

/** A machine without a core to spare: the runner-up says nothing for a while, and each word of the store takes its time. */
const slowLog: Scenario = {
  name: "a call that must not run twice, whose runner-up falls silent, goes out on the word of a log that takes a second",
  run(cluster) {
    const { owner, runner } = cast(cluster);
    runner.node.pause(6_000);
    for (const slow of [cluster.store, cluster.fences]) slow.slowMs = 300;
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(cluster.schedule.now + 5_500);
    expectThat(cluster, "it went out", cluster.oracle.writesOf(op) === 1);
    expectThat(cluster, "it was answered", cluster.oracle.endingOf(op) === "answered");
    for (const slow of [cluster.store, cluster.fences]) slow.slowMs = 0;
    cluster.runUntil(cluster.schedule.now + 9_000);
  },
};

export const fenceScenarios: readonly Scenario[] = [
  madeBeforeALoss,
  survivor,
  lastWill,
  wordBeforeTheLog,
  wrongProofAlone,
  behindTheFill,
  unheardMark,
  slowLog,
];
