/** Stories of values that were read: what holds an answer back, and what the next owner knows. */

import { carrier, source, valueOf } from "./carrying.ts";
import { cast, expectThat, key, labelsOf, type Scenario } from "./cast.ts";
import { pardon, shrink } from "./shrinking.ts";

const waitsForRunner: Scenario = {
  name: "an answer that brings another value waits for the runner-up, although it raises no label",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    const first = cluster.request(door.node, key, source);
    cluster.runUntil(schedule.now + 3_000);
    expectThat(cluster, "the first was answered", oracle.endingOf(first) === "answered");
    runner.node.pause(6_000);
    cluster.runUntil(schedule.now + 100);
    const second = cluster.request(door.node, key, source);
    cluster.runUntil(schedule.now + 900);
    expectThat(cluster, "it was made", oracle.writesOf(second) === 1);
    expectThat(cluster, "its answer is held back", oracle.endingOf(second) === undefined);
    cluster.crash(owner, true);
    cluster.runUntil(schedule.now + 30_000);
    const value = valueOf(key, Number(second.slice("op-".length)));
    const carried = cluster.request(door.node, key, carrier, value);
    cluster.runUntil(schedule.now + 10_000);
    const wasShown = oracle.endingOf(second) === "answered";
    expectThat(cluster, "what was shown is refused", !wasShown || oracle.writesOf(carried) === 0);
  },
};

const knownAfterDeath: Scenario = {
  name: "what was read is refused at the owner and at the next one, and something else is not",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    const op = cluster.request(door.node, key, source);
    cluster.runUntil(schedule.now + 3_000);
    expectThat(cluster, "it was answered", oracle.endingOf(op) === "answered");
    const value = valueOf(key, Number(op.slice("op-".length)));
    const refused = cluster.request(owner.node, key, carrier, value);
    cluster.runUntil(schedule.now + 3_000);
    expectThat(cluster, "its owner refuses it", oracle.endingOf(refused) === "refused");
    cluster.crash(owner, true);
    cluster.runUntil(schedule.now + 20_000);
    const again = cluster.request(door.node, key, carrier, value);
    const other = cluster.request(door.node, key, carrier);
    cluster.runUntil(schedule.now + 10_000);
    expectThat(cluster, "the next owner refuses it", oracle.endingOf(again) === "refused");
    expectThat(cluster, "and lets something else pass", oracle.endingOf(other) === "answered");
  },
};

const lostPast: Scenario = {
  name: "of a lost past every value counts as read",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    const op = cluster.request(door.node, key, source);
    cluster.runUntil(schedule.now + 3_000);
    const value = valueOf(key, Number(op.slice("op-".length)));
    for (const machine of cluster.machines) cluster.crash(machine, false);
    cluster.runUntil(schedule.now + 2_000);
    for (const machine of [owner, runner, door]) cluster.start(machine);
    cluster.runUntil(schedule.now + 40_000);
    const carried = cluster.request(door.node, key, carrier, value);
    cluster.runUntil(schedule.now + 20_000);
    expectThat(cluster, "it is refused", oracle.endingOf(carried) === "refused");
  },
};

const shrunkAfterDeath: Scenario = {
  name: "a session that had to forget its values gives nothing away, at its owner and at the next one, and loses no label",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    const op = cluster.request(door.node, key, source);
    cluster.runUntil(schedule.now + 3_000);
    const [value, labels] = [valueOf(key, Number(op.slice("op-".length))), labelsOf(owner)];
    expectThat(cluster, "it was shown", oracle.endingOf(op) === "answered" && labels !== "");
    expectThat(cluster, "a copy's node does not drop it", !shrink(cluster, door, key));
    expectThat(cluster, "its owner drops it", shrink(cluster, owner, key));
    const refused = [
      cluster.request(door.node, key, carrier, value),
      cluster.request(door.node, key, carrier),
    ];
    cluster.runUntil(schedule.now + 3_000);
    expectThat(cluster, "its owner refuses all", refused.every((each) => oracle.endingOf(each) === "refused" && oracle.writesOf(each) === 0)); // prettier-ignore
    cluster.crash(owner, true);
    cluster.runUntil(schedule.now + 20_000);
    const again = [cluster.request(door.node, key, carrier, value), cluster.request(door.node, key, carrier)];
    const other = cluster.request(door.node, key, "list_open");
    cluster.runUntil(schedule.now + 10_000);
    expectThat(cluster, "so does the next one", again.every((each) => oracle.endingOf(each) === "refused" && oracle.writesOf(each) === 0)); // prettier-ignore
    expectThat(cluster, "which lets another tool be called", oracle.endingOf(other) === "answered");
    expectThat(cluster, "it has its labels", labelsOf(cluster.ownerOf(cluster.shardOf(key)) ?? owner) === labels); // prettier-ignore
  },
};

const pardoned: Scenario = {
  name: "an operator lets a session go that had forgotten its values: at its owner and at the next one, and what is read later is held",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    const ask = (...call: [tool: string, value?: string]): string => cluster.request(door.node, key, ...call);
    const isAs = (op: string, ending: string): boolean => oracle.endingOf(op) === ending;
    const op = ask(source);
    cluster.runUntil(schedule.now + 3_000);
    const value = valueOf(key, Number(op.slice("op-".length)));
    expectThat(cluster, "nothing counts as wholly seen", !pardon(cluster, owner, key));
    expectThat(cluster, "its owner drops it", shrink(cluster, owner, key));
    const labels = labelsOf(owner);
    expectThat(cluster, "a copy's node does not let it go", !pardon(cluster, door, key));
    expectThat(cluster, "its owner lets it go", pardon(cluster, owner, key));
    const free = [ask(carrier, value), ask(carrier)];
    cluster.runUntil(schedule.now + 3_000);
    expectThat(
      cluster,
      "what was forgotten may leave",
      free.every((each) => isAs(each, "answered")),
    );
    cluster.crash(owner, true);
    cluster.runUntil(schedule.now + 20_000);
    const still = ask(carrier);
    const again = ask(source);
    cluster.runUntil(schedule.now + 10_000);
    expectThat(cluster, "the next owner knows that it was let go", isAs(still, "answered"));
    expectThat(cluster, "with the labels that it had", labelsOf(cluster.ownerOf(cluster.shardOf(key)) ?? owner) === labels); // prettier-ignore
    const held = ask(carrier, valueOf(key, Number(again.slice("op-".length))));
    cluster.runUntil(schedule.now + 5_000);
    expectThat(cluster, "what is read later is held", isAs(again, "answered") && isAs(held, "refused") && oracle.writesOf(held) === 0); // prettier-ignore
  },
};

const pardonedPast: Scenario = {
  name: "an operator lets a session go whose past is lost, and what it remembers by then is held all the same",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const { schedule, oracle } = cluster;
    for (const machine of cluster.machines) cluster.crash(machine, false);
    cluster.runUntil(schedule.now + 2_000);
    for (const machine of [owner, runner, door]) cluster.start(machine);
    cluster.runUntil(schedule.now + 40_000);
    // Of a lost past nothing is left to spend, either.
    let op = "";
    for (let at = 0; at < 20 && oracle.endingOf(op) !== "answered"; at++) {
      op = cluster.request(door.node, key, source);
      cluster.runUntil(schedule.now + 10_000);
    }
    expectThat(cluster, "it was answered", oracle.endingOf(op) === "answered");
    const value = valueOf(key, Number(op.slice("op-".length)));
    const refused = cluster.request(door.node, key, carrier);
    cluster.runUntil(schedule.now + 5_000);
    expectThat(cluster, "all is refused", oracle.endingOf(refused) === "refused");
    const now = cluster.ownerOf(cluster.shardOf(key)) ?? owner;
    expectThat(cluster, "its owner lets it go", pardon(cluster, now, key));
    const [held, free] = [cluster.request(door.node, key, carrier, value), cluster.request(door.node, key, carrier)]; // prettier-ignore
    cluster.runUntil(schedule.now + 5_000);
    expectThat(cluster, "something else may leave", oracle.endingOf(free) === "answered");
    expectThat(cluster, "the value may not", oracle.endingOf(held) === "refused" && oracle.writesOf(held) === 0); // prettier-ignore
  },
};

export const flowScenarios: readonly Scenario[] = [
  waitsForRunner,
  knownAfterDeath,
  lostPast,
  shrunkAfterDeath,
  pardoned,
  pardonedPast,
];
