/** Single stories that chance tells too seldom. Each builds a small cluster, says what happens, and what must hold. */
import { nodeKeyPrefix } from "../../cluster/noderow.ts";
import { isInSync, isMember, ownerOf } from "../../cluster/view.ts";
import { limits } from "../../protocol/limits.ts";
import { Cluster } from "./cluster.ts";
import type { Machine } from "./cluster.ts";
import { cast, expectThat, key, labelsOf, Unfit } from "./cast.ts";
import { approvalScenarios } from "./approvalscenarios.ts";
import { copyScenarios } from "./copyscenarios.ts";
import { fenceScenarios } from "./fencescenarios.ts";
import { fillScenarios } from "./fillscenarios.ts";
import { flowScenarios } from "./flowscenarios.ts";
import { leaseScenarios } from "./leasescenarios.ts";
import { moveScenarios } from "./movescenarios.ts";
import { rollBackScenarios } from "./rollbackscenarios.ts";
import { scopeScenarios } from "./scopescenarios.ts";
import type { Scenario } from "./cast.ts";

/** So many more seeds are tried for one that has a place for a story. */
const unfitMax = 5;

function formed(seed: number): Cluster {
  const cluster = new Cluster({
    seed,
    nodes: 3,
    shards: 8,
    sessions: 8,
    callsPerSecond: 1,
    connectFailures: 0,
    slowCalls: 0,
  });
  // A lost answer costs two seconds: a story says itself what is lost.
  Object.assign(cluster.fences.weather, { answers: 0, reads: 0 });
  cluster.store.lostAnswers = 0;
  Object.assign(cluster.archive.weather, { lost: 0, answers: 0, twice: 0, readings: 0 });
  cluster.runUntil(12_000);
  const unhealed = cluster.unhealed();
  if (unhealed.length > 0) cluster.oracle.violate(`it did not form: ${unhealed.join()}`);
  return cluster;
}

/** The easy version fails it: the owner dies while its runner-up sleeps, and what the owner knew must not be asked for. */
const pausedRunnerUp: Scenario = {
  name: "a label holds although the runner-up slept when it rose, and the owner died before it woke",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    runner.node.pause(6_000);
    cluster.runUntil(now + 100);
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 900);
    expectThat(cluster, "the owner has the label", labelsOf(owner) === "customer-data");
    expectThat(cluster, "the answer that raised it is held back", cluster.oracle.endingOf(op) === undefined);
    cluster.crash(owner, true);
    cluster.runUntil(now + 30_000);
    const later = cluster.request(door.node, key, "list_open");
    cluster.runUntil(now + 60_000);
    expectThat(cluster, "the first call had an ending", cluster.oracle.endingOf(op) !== undefined);
    expectThat(cluster, "the session goes on", cluster.oracle.endingOf(later) === "answered" || cluster.oracle.endingOf(later) === "refused"); // prettier-ignore
    const successor = cluster.machines.find((machine) => machine.node.isUp && labelsOf(machine) !== "");
    const wasReleased = cluster.oracle.endingOf(op) === "answered";
    expectThat(
      cluster,
      "nothing was released that the successor does not know of",
      !wasReleased || successor !== undefined,
    );
  },
};

/** N3: not only the answer that raised something waits. */
const laterAnswer: Scenario = {
  name: "an answer that raises nothing waits for a rise before it",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    runner.node.pause(6_000);
    cluster.runUntil(now + 100);
    cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 500);
    expectThat(cluster, "the owner has the label", labelsOf(owner) === "customer-data");
    const later = cluster.request(door.node, key, "list_open");
    cluster.runUntil(now + 1_000);
    expectThat(cluster, "the later call was made", cluster.oracle.writesOf(later) === 1);
    expectThat(cluster, "its answer is held back", cluster.oracle.endingOf(later) === undefined);
    cluster.runUntil(now + 30_000);
    expectThat(cluster, "and released then", cluster.oracle.endingOf(later) === "answered");
  },
};

/** The same with time enough: the owner finds another runner-up, and the answer is released. */
const replacedRunnerUp: Scenario = {
  name: "a label that rose while the runner-up slept holds, when the owner dies and the runner-up wakes",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    runner.node.pause(9_000);
    cluster.runUntil(now + 100);
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 6_000);
    expectThat(cluster, "the answer came", cluster.oracle.endingOf(op) === "answered");
    cluster.crash(owner, true);
    cluster.runUntil(now + 30_000);
    const later = cluster.request(door.node, key, "list_open");
    cluster.runUntil(now + 34_000);
    expectThat(cluster, "the session goes on", cluster.oracle.endingOf(later) === "answered");
    const view = cluster.trueView();
    const successor = cluster.machine((view && ownerOf(view, cluster.shardOf(key)))?.id ?? "");
    expectThat(
      cluster,
      "its owner has the label",
      successor !== undefined && labelsOf(successor) === "customer-data",
    );
  },
};

/** As above, and the label was seen by the agent before: it is in the answer, so it must be at the successor. */
const label: Scenario = {
  name: "a label that an agent has seen is there after its owner's death",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { now } = cluster.schedule;
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 9_000);
    expectThat(cluster, "the answer came", cluster.oracle.endingOf(op) === "answered");
    cluster.crash(owner, true);
    cluster.runUntil(now + 12_000);
    const view = cluster.trueView();
    const successor = cluster.machine((view && ownerOf(view, cluster.shardOf(key)))?.id ?? "");
    expectThat(cluster, "another owns the session", successor !== undefined && successor !== owner);
    expectThat(
      cluster,
      "it has the label",
      successor !== undefined && labelsOf(successor) === "customer-data",
    );
  },
};

const stalledConnect: Scenario = {
  name: "a connect that stalls past the lease sends not a byte",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { now } = cluster.schedule;
    owner.node.connectStallUntil = now + 25_000;
    const ops = ["read_customer", "pay"].map((tool) => cluster.request(door.node, key, tool));
    cluster.runUntil(now + 500);
    // Nobody hears of it any more, and its renewals do not arrive: its lease runs out while it waits for the socket.
    owner.link.isCut = true;
    for (const { node } of cluster.machines) {
      cluster.network.cut(node.id, owner.node.id, 60_000);
      cluster.network.cut(owner.node.id, node.id, 60_000);
    }
    cluster.runUntil(now + 40_000);
    for (const op of ops) {
      expectThat(cluster, `${op} did not go out`, cluster.oracle.writesOf(op) === 0);
      expectThat(cluster, `${op} has an ending, and it is not an answer`, /refused|unknown/.test(cluster.oracle.endingOf(op) ?? "")); // prettier-ignore
    }
  },
};

/** The refusal of an owner that is gone comes late, when its successor has made the call. */
const lateRefusal: Scenario = {
  name: "a refusal that comes from a dead owner after its successor made the call is not believed",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    // Its bucket is used up, so that one more is throttled.
    for (let call = 0; call < 6; call++) cluster.request(door.node, key, "send_mail");
    cluster.runUntil(now + 400);
    cluster.network.delay(owner.node.id, door.node.id, 6_000, 4_500);
    const op = cluster.request(door.node, key, "send_mail");
    cluster.runUntil(now + 2_700);
    cluster.crash(owner, true);
    while (cluster.oracle.writesOf(op) === 0 && cluster.schedule.now < now + 8_000)
      cluster.runUntil(cluster.schedule.now + 1);
    // What the tool says is later still.
    cluster.network.delay(runner.node.id, door.node.id, 6_000, 6_000);
    cluster.runUntil(now + 30_000);
    expectThat(cluster, "its successor made the call", cluster.oracle.writesOf(op) === 1);
    const ending = cluster.oracle.endingOf(op);
    expectThat(cluster, "the agent is not told otherwise", ending === "answered" || ending === "unknown");
  },
};

/** The same operation is presented to the successor, with its body: the first owner's "accepted" was lost. */
const lostAcceptance: Scenario = {
  name: "a call that ran at an owner whose every word was lost does not run again at its successor",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { now } = cluster.schedule;
    cluster.network.cut(owner.node.id, door.node.id, 60_000);
    const op = cluster.request(door.node, key, "pay");
    cluster.runUntil(now + 400);
    expectThat(cluster, "it went out once", cluster.oracle.writesOf(op) === 1);
    cluster.crash(owner, true);
    cluster.runUntil(now + 30_000);
    expectThat(cluster, "it went out once", cluster.oracle.writesOf(op) === 1);
    expectThat(
      cluster,
      "the agent hears that its outcome is unknown",
      cluster.oracle.endingOf(op) === "unknown",
    );
  },
};

/** Owner and runner-up at once, with the whole past of the session. */
const doubleFailure: Scenario = {
  name: "after owner and runner-up are lost at once, a session has every label and nothing to spend",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 9_000);
    expectThat(cluster, "the answer came", cluster.oracle.endingOf(op) === "answered");
    cluster.crash(owner, true);
    cluster.crash(runner, true);
    cluster.runUntil(now + 12_000);
    const later = cluster.request(door.node, key, "pay");
    cluster.runUntil(now + 14_000);
    expectThat(cluster, "it is throttled", cluster.oracle.endingOf(later) === "refused");
    expectThat(cluster, "it has every label", labelsOf(door) === "*");
  },
};

/** A launcher lies, and the one it calls dead does not hear of it: its lease is live, its socket to its agent is open. */
const wrongProof: Scenario = {
  name: "a node that is wrongly taken for dead makes no call that must not run twice, and releases no rise",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { now } = cluster.schedule;
    cluster.store.lagWatch(owner.link, 9_000);
    cluster.network.cut(owner.node.id, door.node.id, 9_000);
    for (const { node } of [runner, door])
      node.give(node.process, {
        kind: "died",
        id: owner.node.id,
        incarnation: owner.node.peer?.incarnation ?? 0,
      });
    cluster.runUntil(now + 300);
    const view = cluster.trueView();
    expectThat(cluster, "another owns the session now", view !== undefined && ownerOf(view, cluster.shardOf(key))?.id !== owner.node.id); // prettier-ignore
    expectThat(
      cluster,
      "and the old owner does not know",
      owner.node.peer?.isActing(owner.node.now) === true,
    );
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(now + 8_000);
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
  },
};

/** The watch stands still for as long as it can without the observer's own lease running out: its last row of the owner is older. */
const staleObserver: Scenario = {
  name: "a node whose row stands still only for an observer whose watch lags is not taken for dead",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const revision = ({ node }: Machine): number => cluster.store.revisionOf(nodeKeyPrefix + node.id);
    const renewed = (machine: Machine): void => {
      for (const before = revision(machine); revision(machine) === before;)
        cluster.runUntil(cluster.schedule.now + 5);
    };
    renewed(door);
    // From now on the owner renews 600 ms after the observer.
    owner.node.pause(limits.leaseRenewMs + 600);
    cluster.runUntil(cluster.schedule.now + 2 * limits.leaseRenewMs);
    renewed(owner);
    renewed(door);
    cluster.runUntil(cluster.schedule.now + 60);
    const { id, peer } = owner.node;
    const incarnation = peer?.incarnation ?? 0;
    cluster.store.lagWatch(door.link, 14_200);
    cluster.runUntil(cluster.schedule.now + 14_200);
    const view = cluster.trueView();
    expectThat(cluster, "the observer may act", door.node.peer?.isActing(door.node.now) === true);
    expectThat(cluster, "its word is worth nothing", view !== undefined && isMember(view, id, incarnation));
    expectThat(cluster, "the owner may act", peer?.isActing(owner.node.now) === true);
  },
};

/** The mark cannot be set: the store takes nothing between the new runner-up's swap and the end of its fill. */
const unmarkedCopy: Scenario = {
  name: "a copy that is whole and not yet marked as in sync fences nothing",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    const isMarked = (): boolean => {
      const view = cluster.trueView();
      return view !== undefined && isInSync(view, shard);
    };
    const until = cluster.schedule.now + 9_000;
    runner.node.pause(9_000);
    cluster.request(door.node, key, "read_customer"); // something to acknowledge
    while (isMarked() && cluster.schedule.now < until) cluster.runUntil(cluster.schedule.now + 1);
    cluster.store.loseLeader(6_000);
    cluster.runUntil(cluster.schedule.now + 700);
    const holding = owner.node.peer?.holding(shard);
    expectThat(cluster, "its fill is acknowledged, and the mark is not set", holding?.fill?.isAcked === true && !isMarked()); // prettier-ignore
    const op = cluster.request(door.node, key, "pay");
    cluster.runUntil(cluster.schedule.now + 4_000);
    expectThat(cluster, "the call is refused", cluster.oracle.endingOf(op) === "refused");
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
  },
};

export const scenarios: readonly Scenario[] = [
  pausedRunnerUp,
  laterAnswer,
  replacedRunnerUp,
  label,
  stalledConnect,
  lateRefusal,
  lostAcceptance,
  doubleFailure,
  wrongProof,
  staleObserver,
  unmarkedCopy,
  ...leaseScenarios,
  ...fillScenarios,
  ...rollBackScenarios,
  ...fenceScenarios,
  ...moveScenarios,
  ...flowScenarios,
  ...scopeScenarios,
  ...copyScenarios,
  ...approvalScenarios,
];

/** @returns what did not hold */
export function play(scenario: Scenario, seed: number): readonly string[] {
  for (let other = 0; ; other++) {
    const cluster = formed(seed + other * 1_009);
    try {
      if (cluster.oracle.violations.length === 0) scenario.run(cluster);
      return cluster.oracle.violations;
    } catch (fault) {
      if (!(fault instanceof Unfit) || other === unfitMax) throw fault;
    }
  }
}
