/** Stories of what sessions share: whose word counts, and what waits for it. */
import { sessionOf } from "../../actors/roster.ts";
import { ownerOf, runnerOf } from "../../cluster/view.ts";
import { scopeKey } from "../../protocol/scope.ts";
import { expectThat, Unfit, type Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";
import { frailTool, keyOf } from "./load.ts";

interface Sharing {
  readonly key: string;
  readonly owner: Machine;
  /** It has no part in the scope. */
  readonly door: Machine;
  readonly scopeOwner: Machine;
  readonly scopeRunner: Machine;
}

/** A session and its scope, so that one node can sleep which only the scope needs. */
function share(cluster: Cluster, name: string, sleeper: "scopeOwner" | "scopeRunner"): Sharing {
  const view = cluster.trueView();
  const find = (id: string | undefined): Machine =>
    cluster.machine(id ?? "") ?? (cluster.machines[0] as Machine);
  for (let index = 3; view !== undefined && index < 400; index += 4) {
    const key = keyOf(index);
    const [own, shared] = [cluster.shardOf(key), cluster.shardOf(scopeKey(key, name))];
    const [owner, runner] = [find(ownerOf(view, own)?.id), find(runnerOf(view, own)?.id)];
    const [scopeOwner, scopeRunner] = [find(ownerOf(view, shared)?.id), find(runnerOf(view, shared)?.id)];
    const sleeps = sleeper === "scopeOwner" ? scopeOwner : scopeRunner;
    const door = cluster.machines.find((machine) => machine !== scopeOwner && machine !== scopeRunner);
    // What may run twice needs no runner-up of the session.
    const isApart = owner !== sleeps && (runner !== sleeps || name !== "agent");
    if (isApart && scopeOwner !== scopeRunner && door !== undefined)
      return { key, owner, door, scopeOwner, scopeRunner };
  }
  throw new Unfit("no session fits the story");
}

const fencedGrant: Scenario = {
  name: "a scope grants nothing that its runner-up has not heard of",
  run(cluster) {
    const { key, door, scopeOwner, scopeRunner } = share(cluster, "tool desk list_open", "scopeRunner");
    const { now } = cluster.schedule;
    scopeRunner.node.pause(6_000);
    cluster.runUntil(now + 100);
    const op = cluster.request(door.node, key, "list_open");
    cluster.runUntil(now + 1_000);
    expectThat(cluster, "it was not granted", cluster.oracle.writesOf(op) === 0);
    cluster.crash(scopeOwner, true);
    cluster.runUntil(now + 40_000);
    expectThat(cluster, "the call had an ending", cluster.oracle.endingOf(op) !== undefined);
    const later = cluster.request(door.node, key, "list_open");
    cluster.runUntil(now + 70_000);
    expectThat(cluster, "the next owner grants", ["answered", "unknown"].includes(cluster.oracle.endingOf(later) ?? "")); // prettier-ignore
  },
};

const knownBeforeShown: Scenario = {
  name: "an answer waits until the agent's scope has its label, and the scope's runner-up has it too",
  run(cluster) {
    const { key, owner, door, scopeRunner } = share(cluster, "agent", "scopeRunner");
    const { now } = cluster.schedule;
    scopeRunner.node.pause(6_000);
    cluster.runUntil(now + 100);
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(now + 1_000);
    expectThat(cluster, "the session has the label", (sessionOf(owner.node.host?.peek(key))?.labels ?? []).join() === "customer-data"); // prettier-ignore
    expectThat(cluster, "its answer is held back", cluster.oracle.endingOf(op) === undefined);
    cluster.runUntil(now + 30_000);
    expectThat(cluster, "and released then", cluster.oracle.endingOf(op) === "answered");
  },
};

/** A session's key of an agent of two, whose runner-up the agent's scope does not need. */
function apart(cluster: Cluster): { key: string; sibling: string; owner: Machine; runner: Machine } {
  const view = cluster.trueView();
  for (let index = 7; view !== undefined && index < 400; index += 8) {
    const key = keyOf(index);
    const owner = cluster.ownerOf(cluster.shardOf(key));
    const runner = cluster.machine(runnerOf(view, cluster.shardOf(key))?.id ?? "");
    if (owner === undefined || runner === undefined) continue;
    if (cluster.ownerOf(cluster.shardOf(scopeKey(key, "agent"))) !== runner)
      return { key, sibling: keyOf(index - 4), owner, runner };
  }
  throw new Unfit("no session fits the story");
}

const learntAndUnknown: Scenario = {
  name: "what a session has learnt from another holds its next answer back until its runner-up knows it too",
  run(cluster) {
    const { key, sibling, owner, runner } = apart(cluster);
    const { schedule, oracle } = cluster;
    const read = cluster.request(owner.node, sibling, "read_customer");
    cluster.runUntil(schedule.now + 2_000);
    expectThat(cluster, "the other has read it", oracle.endingOf(read) === "answered");
    runner.node.pause(6_000);
    cluster.runUntil(schedule.now + 100);
    cluster.request(owner.node, key, "send_mail");
    cluster.runUntil(schedule.now + 500);
    expectThat(cluster, "it has learnt of it", (sessionOf(owner.node.host?.peek(key))?.labels ?? []).includes("customer-data")); // prettier-ignore
    const op = cluster.request(owner.node, key, frailTool);
    cluster.runUntil(schedule.now + 500);
    expectThat(cluster, "its next call was made", oracle.writesOf(op) === 1);
    expectThat(cluster, "the answer is held back", oracle.endingOf(op) === undefined);
    cluster.runUntil(schedule.now + 30_000);
    expectThat(cluster, "and released then", oracle.endingOf(op) === "answered");
  },
};

const silence: Scenario = {
  name: "a call that carries data out is not made while its agent's scope is silent",
  run(cluster) {
    const { key, door, scopeOwner } = share(cluster, "agent", "scopeOwner");
    const { now } = cluster.schedule;
    scopeOwner.node.pause(5_000);
    const op = cluster.request(door.node, key, "send_mail");
    cluster.runUntil(now + 4_500);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
    cluster.runUntil(now + 12_000);
    const later = cluster.request(door.node, key, "send_mail");
    cluster.runUntil(now + 24_000);
    expectThat(cluster, "the next one is made", cluster.oracle.endingOf(later) === "answered");
  },
};

const sharedBreaker: Scenario = {
  name: "a breaker that two sessions open holds for all who call the tool, and one of them at a time tries it again",
  run(cluster) {
    const { schedule, oracle } = cluster;
    const keys = [3, 7, 11, 15].map(keyOf);
    const late = keyOf(19);
    const call = (session: string, forMs: number): string => {
      const up = cluster.machines.filter(({ node }) => node.isUp);
      const op = cluster.request((up[(schedule.now % up.length) | 0] as Machine).node, session, frailTool);
      cluster.runUntil(schedule.now + forMs);
      return op;
    };
    const all = (): string[] => {
      const ops = keys.map((session) => call(session, 0.1));
      // A word whose turn came out of order here waits until it is sent again.
      cluster.runUntil(schedule.now + 1_500);
      return ops;
    };
    const count = (ops: readonly string[], ending: string): number => ops.filter((op) => oracle.endingOf(op) === ending).length; // prettier-ignore
    expectThat(cluster, "a tool that is well is called by all", count(all(), "answered") === keys.length);
    cluster.illUntil = schedule.now + 60_000;
    for (const failing of [0, 1, 2]) call(keys[failing] ?? "", 350);
    const openedAt = schedule.now;
    expectThat(
      cluster,
      "nobody who called it before is let through",
      count(all(), "refused") === keys.length,
    );
    expectThat(cluster, "who has never called it is told with the first answer", oracle.writesOf(call(late, 1_000)) === 1 && oracle.writesOf(call(late, 500)) === 0); // prettier-ignore
    cluster.runUntil(openedAt + 5_000);
    const tries = all();
    expectThat(cluster, "one tries it", tries.filter((op) => oracle.writesOf(op) > 0).length === 1);
    expectThat(cluster, "the others are refused", count(tries, "refused") === keys.length - 1);
    cluster.illUntil = 0;
    expectThat(cluster, "it is open for twice as long then", count(all(), "refused") === keys.length);
    cluster.runUntil(schedule.now + 8_000);
    // Whose question came late hears that it is closed.
    expectThat(cluster, "it is tried again", count(all(), "answered") >= 1);
    expectThat(cluster, "and closes it for all", count(all(), "answered") === keys.length);
  },
};

const askedInTheSameStep: Scenario = {
  name: "a call that is refused in the step in which its own door asks again is not decided a second time",
  run(cluster) {
    const { key, owner, scopeOwner } = share(cluster, "agent", "scopeOwner");
    const { now } = cluster.schedule;
    scopeOwner.node.pause(2_000);
    const op = cluster.request(owner.node, key, "send_mail");
    cluster.runUntil(now + 1_000);
    // When it wakes, the scope has been silent for too long, and the door is to ask again.
    owner.node.pause(3_000);
    cluster.runUntil(now + 20_000);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
  },
};

export const scopeScenarios: readonly Scenario[] = [
  fencedGrant,
  knownBeforeShown,
  learntAndUnknown,
  silence,
  askedInTheSameStep,
  sharedBreaker,
];
