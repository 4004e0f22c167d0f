/** Stories of calls that a person has approved: at most one for each approval, and none without one. */
import { sessionOf } from "../../actors/roster.ts";
import { ownerOf, runnerOf } from "../../cluster/view.ts";
import { decide } from "./approving.ts";
import { cast, expectThat, key } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";

const tool = "publish_note";
const plan = "first";

function pass(cluster: Cluster, ms: number): void {
  cluster.runUntil(cluster.schedule.now + ms);
}

/** A call that waits, and a person's yes to it. @returns its approval */
function approved(cluster: Cluster, door: Machine, at: Machine): string {
  const id = cluster.request(door.node, key, tool, plan);
  pass(cluster, 200);
  expectThat(cluster, "it was parked", cluster.oracle.endingOf(id) === "refused");
  expectThat(cluster, "and not made", cluster.oracle.writesOf(id) === 0);
  decide(cluster, at.node.id, id, "approved");
  pass(cluster, 100);
  return id;
}

function statusAt({ node }: Machine, id: string): string | undefined {
  return sessionOf(node.host?.peek(key))?.approvals.find((each) => each.id === id)?.status;
}

const ownerNow = (cluster: Cluster): Machine => cluster.ownerOf(cluster.shardOf(key)) as Machine;

/** With the name of the approval, and without. */
function comesAgain(cluster: Cluster, door: Machine, id: string): void {
  const ops = [id, undefined].map((named) => cluster.request(door.node, key, tool, plan, named));
  pass(cluster, 4_000);
  for (const op of ops) {
    expectThat(cluster, `${op} was refused`, cluster.oracle.endingOf(op) === "refused");
    expectThat(cluster, `${op} was not made`, cluster.oracle.writesOf(op) === 0);
  }
}

function uses(cluster: Cluster, door: Machine, id: string, ms = 3_000): void {
  const op = cluster.request(door.node, key, tool, plan, id);
  pass(cluster, ms);
  expectThat(cluster, "what a person has approved is made", cluster.oracle.writesOf(op) === 1);
}

/** F14. Its tool may run twice, its approval may not be used twice: nobody but the owner knows that it is used. */
const unacknowledgedUse: Scenario = {
  name: "a call that uses an approval does not leave before the runner-up knows that it is used, although its tool may run twice",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const id = approved(cluster, door, owner);
    runner.node.pause(6_000);
    pass(cluster, 50);
    const op = cluster.request(door.node, key, tool, plan, id);
    pass(cluster, 900);
    expectThat(cluster, "its owner has let it pass", statusAt(owner, id) === "used");
    expectThat(cluster, "and holds it back", cluster.oracle.writesOf(op) === 0);
    cluster.crash(owner, true);
    pass(cluster, 30_000);
    // What its next owner knows of it is approved, or nothing: it is made once at most, by whichever call.
    const later = [id, undefined].map((named) => cluster.request(door.node, key, tool, plan, named));
    pass(cluster, 10_000);
    const made = [op, ...later].reduce((sum, each) => sum + cluster.oracle.writesOf(each), 0);
    expectThat(cluster, "it is made once at most", made <= 1);
  },
};

const usedAcrossDeath: Scenario = {
  name: "an approval that was used is used when its yes comes once more, and after its owner's death, and one that was given is given",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const id = approved(cluster, door, runner);
    uses(cluster, door, id);
    // The same yes once more, from another node.
    decide(cluster, door.node.id, id, "approved");
    pass(cluster, 100);
    comesAgain(cluster, door, id);
    const other = cluster.request(door.node, key, tool, "second");
    pass(cluster, 200);
    decide(cluster, door.node.id, other, "approved");
    pass(cluster, 300);
    cluster.crash(owner, true);
    pass(cluster, 3_000);
    expectThat(cluster, "another owns it", ownerNow(cluster) !== owner);
    comesAgain(cluster, door, id);
    const op = cluster.request(door.node, key, tool, "second");
    pass(cluster, 3_000);
    expectThat(cluster, "the other one lets its call pass", cluster.oracle.writesOf(op) === 1);
  },
};

/** Its owner's desk tells no person of a yes before (node/control/approvaldesk.ts). */
const toldAcrossDeath: Scenario = {
  name: "a yes that the runner-up is said to have is known to the next owner, and one that nobody has may be forgotten",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const id = cluster.request(door.node, key, tool, plan);
    pass(cluster, 200);
    decide(cluster, owner.node.id, id, "approved");
    while (statusAt(owner, id) !== "approved") pass(cluster, 0.1);
    const isCopied = owner.node.peer?.copying(cluster.shardOf(key));
    expectThat(cluster, "nobody has it at once", isCopied?.() === false);
    expectThat(cluster, "and no node that does not own it says so", runner.node.peer?.copying(cluster.shardOf(key)) === undefined); // prettier-ignore
    for (let waited = 0; isCopied?.() !== true && waited < 100; waited += 0.5) pass(cluster, 0.5);
    expectThat(cluster, "soon the runner-up has it", isCopied?.() === true && statusAt(runner, id) === "approved"); // prettier-ignore
    cluster.crash(owner, true);
    pass(cluster, 3_000);
    expectThat(cluster, "another owns it", ownerNow(cluster) !== owner);
    uses(cluster, door, id);
  },
};

const usedAcrossHandOver: Scenario = {
  name: "an approval that was used is used after a hand-over, and after the way back",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const id = approved(cluster, door, door);
    uses(cluster, door, id);
    owner.node.give(owner.node.process, { kind: "drain" });
    pass(cluster, 5_000);
    expectThat(cluster, "it is handed over", ownerNow(cluster) !== owner);
    comesAgain(cluster, door, id);
    owner.node.give(owner.node.process, { kind: "stay" });
    pass(cluster, 8_000);
    expectThat(cluster, "it has come back", ownerNow(cluster) === owner);
    comesAgain(cluster, door, id);
  },
};

/** The archive knows that it was given, and not that it was used. */
const usedAndLost: Scenario = {
  name: "an approval that was used just before owner and runner-up were lost at once is not usable again",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const id = approved(cluster, door, owner);
    // Long enough for it to be in a snapshot or a batch, and short enough for it to hold: it is used after the waiting time.
    pass(cluster, 14_000);
    cluster.archive.refuses = () => true;
    uses(cluster, door, id, 900);
    for (const machine of [owner, runner]) cluster.crash(machine, true);
    cluster.archive.refuses = () => false;
    pass(cluster, 12_000);
    const view = cluster.trueView();
    expectThat(cluster, "its past was lost", (view?.lostAt[cluster.shardOf(key)] ?? 0) > 0);
    comesAgain(cluster, door, id);
  },
};

const twoAtOnce: Scenario = {
  name: "of calls that come with one approval at two doors at once, one is made",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const id = approved(cluster, door, owner);
    const ops = [door, runner, owner, door].map(({ node }, at) => cluster.request(node, key, tool, plan, at === 1 ? undefined : id)); // prettier-ignore
    pass(cluster, 4_000);
    expectThat(cluster, "one is made", ops.reduce((sum, op) => sum + cluster.oracle.writesOf(op), 0) === 1);
    const both = [runnerOf, ownerOf].map((who) => cluster.machine(who(cluster.trueView() as never, cluster.shardOf(key))?.id ?? "")); // prettier-ignore
    for (const machine of both) expectThat(cluster, "both know that it is used", machine !== undefined && statusAt(machine, id) === "used"); // prettier-ignore
  },
};

/** Agents name what is not for this call, and what is for an earlier role. */
const misfit: Scenario = {
  name: "an approval lets no other arguments pass, no other tool, and nothing under another role",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const id = approved(cluster, door, owner);
    const others = [cluster.request(door.node, key, tool, "second", id), cluster.request(door.node, key, "wire_funds", plan, id)]; // prettier-ignore
    pass(cluster, 3_000);
    for (const op of others) expectThat(cluster, `${op} was not made`, cluster.oracle.writesOf(op) === 0);
    expectThat(cluster, "it may still be used", statusAt(owner, id) === "approved");
    cluster.configure();
    pass(cluster, 4_000);
    comesAgain(cluster, door, id);
  },
};

const undecided: Scenario = {
  name: "without a yes, with a no, and with a yes that comes too late, a call is not made, however often it comes",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const id = cluster.request(door.node, key, tool, plan);
    pass(cluster, 200);
    comesAgain(cluster, door, id);
    const refused = cluster.request(door.node, key, tool, "second");
    pass(cluster, 200);
    decide(cluster, owner.node.id, refused, "denied");
    pass(cluster, 100);
    decide(cluster, owner.node.id, refused, "approved");
    pass(cluster, 100);
    const op = cluster.request(door.node, key, tool, "second", refused);
    pass(cluster, 14_000);
    expectThat(cluster, "after a no it is not made", cluster.oracle.writesOf(op) === 0);
    decide(cluster, owner.node.id, id, "approved");
    pass(cluster, 100);
    comesAgain(cluster, door, id);
  },
};

export const approvalScenarios: readonly Scenario[] = [
  unacknowledgedUse,
  usedAcrossDeath,
  toldAcrossDeath,
  usedAcrossHandOver,
  usedAndLost,
  twoAtOnce,
  misfit,
  undecided,
];
