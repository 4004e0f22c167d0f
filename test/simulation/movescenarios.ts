/** Stories of planned changes: hand-overs, candidates beside a runner-up, and nodes that leave. */
import { sessionOf } from "../../actors/roster.ts";
import { isInSync, ownerOf, runnerOf } from "../../cluster/view.ts";
import { cast, expectThat, key, labelsOf } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import { Cluster } from "./cluster.ts";
import type { Machine } from "./cluster.ts";

function drain({ node }: Machine): void {
  node.give(node.process, { kind: "drain" });
}

/** It gives away no more. */
function stay({ node }: Machine): void {
  node.give(node.process, { kind: "stay" });
}

const ownerIdOf = (cluster: Cluster): string | undefined => {
  const view = cluster.trueView();
  return view === undefined ? undefined : ownerOf(view, cluster.shardOf(key))?.id;
};

function until(cluster: Cluster, what: string, ms: number, holds: () => boolean): void {
  const end = cluster.schedule.now + ms;
  // Time stands still after a violation.
  while (!holds() && cluster.schedule.now < end && cluster.oracle.violations.length === 0)
    cluster.runUntil(cluster.schedule.now + 0.05);
  expectThat(cluster, what, holds());
}

/** Whether the view that stands names somebody as the runner-up in sync of the session's shard. */
function isInSyncAt(cluster: Cluster, { node }: Machine): boolean {
  const view = cluster.trueView();
  const shard = cluster.shardOf(key);
  return view !== undefined && runnerOf(view, shard)?.id === node.id && isInSync(view, shard);
}

/** A swap of a machine stands, and it hears nothing of it for seconds. Another's swap may be quicker: then the next one. */
function unheard(cluster: Cluster, { link }: Machine, isOut: () => boolean, stands: () => boolean): void {
  for (let tries = 0; tries < 20 && !stands() && cluster.oracle.violations.length === 0; tries++) {
    until(cluster, "its swap is out", 6_000, isOut);
    link.isCut = true;
    cluster.store.lagWatch(link, 7_000);
    cluster.runUntil(cluster.schedule.now + 3);
    link.isCut = false;
    if (stands()) return;
    cluster.store.lagWatch(link, 0);
    until(cluster, "it was in vain", 6_000, () => !isOut());
  }
  expectThat(cluster, "it stands", stands());
}

/** A label that an agent has seen, and then a hand-over, at whose very moment the machines are told apart. */
function handedOver(cluster: Cluster): { former: Machine; next: Machine; door: Machine } {
  const { owner, door: third } = cast(cluster);
  const op = cluster.request(third.node, key, "read_customer");
  cluster.runUntil(cluster.schedule.now + 2_000);
  expectThat(cluster, "the label was seen", cluster.oracle.endingOf(op) === "answered");
  drain(owner);
  until(cluster, "it is handed over", 6_000, () => ownerIdOf(cluster) !== owner.node.id);
  stay(owner);
  const next = cluster.machine(ownerIdOf(cluster) ?? "") as Machine;
  const door = cluster.machines.find((machine) => machine !== owner && machine !== next) as Machine;
  return { former: owner, next, door };
}

function goesOn(cluster: Cluster, at: Machine, door: Machine): void {
  const shard = cluster.shardOf(key);
  expectThat(cluster, "nothing is lost", (cluster.trueView()?.lostAt[shard] ?? 0) === 0);
  expectThat(cluster, `${at.node.id} owns it`, ownerIdOf(cluster) === at.node.id);
  expectThat(cluster, "the label is there, and no other", labelsOf(at) === "customer-data");
  const op = cluster.request(door.node, key, "pay");
  cluster.runUntil(cluster.schedule.now + 3_000);
  expectThat(cluster, "the session goes on", cluster.oracle.endingOf(op) === "answered");
}

/** At once, before it has heard of its shard, in the midst of its first words, and when all is said. */
const newOwnerDies: readonly Scenario[] = [0, 0.6, 1.2, 2, 4, 20, 300].map((ms) => ({
  name: `${ms} ms after a hand-over its new owner dies, and the former one goes on with all that was known`,
  run(cluster) {
    const { former, next, door } = handedOver(cluster);
    cluster.runUntil(cluster.schedule.now + ms);
    cluster.crash(next, true);
    cluster.runUntil(cluster.schedule.now + 3_000);
    goesOn(cluster, former, door);
  },
}));

/** What the new owner let out, the former one knows: or it was not let out. */
const newOwnerActsAndDies: Scenario = {
  name: "what the new owner has made and shown just after a hand-over is known to the former one when it dies",
  run(cluster) {
    const { former, next, door } = handedOver(cluster);
    // Its view, and what it is told, come late.
    cluster.store.lagWatch(former.link, 60);
    const pay = cluster.request(door.node, key, "pay");
    const read = cluster.request(door.node, key, "read_source");
    until(cluster, "both are out", 3_000, () => [pay, read].every((op) => cluster.oracle.writesOf(op) === 1));
    cluster.runUntil(cluster.schedule.now + 30);
    cluster.crash(next, true);
    cluster.runUntil(cluster.schedule.now + 3_000);
    const { holding } = { holding: former.node.peer?.holding(cluster.shardOf(key)) };
    expectThat(cluster, "the call is known", holding?.operations.find(pay) !== undefined);
    expectThat(cluster, "nothing is lost", holding?.lostAt === 0);
    cluster.runUntil(cluster.schedule.now + 9_000);
    expectThat(cluster, "it ran once", cluster.oracle.writesOf(pay) === 1);
  },
};

const formerOwnerDies: Scenario = {
  name: "the former owner dies just after a hand-over, and the new one has it all",
  run(cluster) {
    const { former, next, door } = handedOver(cluster);
    cluster.crash(former, true);
    cluster.runUntil(cluster.schedule.now + 3_000);
    goesOn(cluster, next, door);
    expectThat(cluster, "there is a copy in sync again", cluster.unhealed().length <= 1);
  },
};

/** Nothing is heard of the swap that hands it over, and it stands. */
const unheardHandOver: Scenario = {
  name: "a hand-over that its owner hears nothing of, and the new owner's death, lose nothing",
  run(cluster) {
    const { owner, door: third } = cast(cluster);
    const op = cluster.request(third.node, key, "read_customer");
    cluster.runUntil(cluster.schedule.now + 2_000);
    expectThat(cluster, "the label was seen", cluster.oracle.endingOf(op) === "answered");
    const holding = owner.node.peer?.holding(cluster.shardOf(key));
    drain(owner);
    const isOut = (): boolean => (holding?.frozen?.given ?? 0) > 0;
    unheard(cluster, owner, isOut, () => ownerIdOf(cluster) !== owner.node.id);
    expectThat(cluster, "it stands, and its owner does not know", holding?.frozen !== undefined);
    stay(owner);
    const next = cluster.machine(ownerIdOf(cluster) ?? "") as Machine;
    const door = cluster.machines.find((machine) => machine !== owner && machine !== next) as Machine;
    cluster.crash(next, true);
    cluster.runUntil(cluster.schedule.now + 6_000);
    goesOn(cluster, owner, door);
  },
};

/** A hand-over of the session's shard stands, its next owner has acted, and the former one hears nothing of either. */
function unheardHanded(cluster: Cluster): { readonly owner: Machine; readonly shard: number } {
  const { owner, door: third } = cast(cluster);
  const shard = cluster.shardOf(key);
  const holding = owner.node.peer?.holding(shard);
  drain(owner);
  const isOut = (): boolean => (holding?.frozen?.given ?? 0) > 0;
  unheard(cluster, owner, isOut, () => ownerIdOf(cluster) !== owner.node.id);
  stay(owner);
  const door = cluster.machine(ownerIdOf(cluster) ?? "") ?? third;
  const op = cluster.request(door.node, key, "list_open");
  until(cluster, "its next owner has made a call", 2_000, () => cluster.oracle.writesOf(op) === 1);
  expectThat(cluster, "the former one does not know", holding?.frozen !== undefined && holding.epoch > 0);
  return { owner, shard };
}

/** F9. Its lease is live, its epoch is the one it knows, and a call that may run twice needs nobody's word. */
const callWhileFrozen: Scenario = {
  name: "a call at the former owner, which hears nothing of its hand-over, is not made there",
  run(cluster) {
    const { owner, shard } = unheardHanded(cluster);
    const op = cluster.request(owner.node, key, "list_open");
    cluster.runUntil(cluster.schedule.now + 1_500);
    expectThat(cluster, "the former owner may act", owner.node.peer?.isActing(owner.node.now) === true);
    expectThat(cluster, "and has not heard of it", (owner.node.peer?.holding(shard)?.epoch ?? 0) > 0);
    expectThat(cluster, "it has not made the call", cluster.oracle.writesOf(op) === 0);
    cluster.runUntil(cluster.schedule.now + 9_000);
    expectThat(cluster, "it is made by the next one", cluster.oracle.endingOf(op) === "answered");
  },
};

/** F9. Who gave the word is not told that it was taken, and says it to the next owner. */
const wordWhileFrozen: Scenario = {
  name: "an operator's word at the former owner, which hears nothing of its hand-over, is not taken there",
  run(cluster) {
    const { owner, shard } = unheardHanded(cluster);
    const { node } = owner;
    const n = node.peer?.holding(shard)?.n;
    const at = node.peer?.eventTime(node.now) ?? 0;
    node.give(node.process, { kind: "event", key, shard, event: { kind: "killed", at, by: "ann", reason: "story" } }); // prettier-ignore
    expectThat(cluster, "no turn was taken", node.peer?.holding(shard)?.n === n);
    expectThat(
      cluster,
      "the session is not stopped there",
      (sessionOf(node.host?.peek(key))?.killedBy ?? "") === "",
    );
  },
};

/** Until the owner of the session fills somebody beside its runner-up, who is leaving. */
function untilCandidate(
  cluster: Cluster,
  isThere: (fill: { readonly joined: number | undefined }) => boolean,
): void {
  const { owner } = cast(cluster);
  const holding = owner.node.peer?.holding(cluster.shardOf(key));
  until(cluster, "a candidate is filled", 6_000, () => holding?.next !== undefined && isThere(holding.next));
}

const ownerDiesDuringAFill: readonly Scenario[] = [0, 0.7, 1.4, 5].map((ms) => ({
  name: `${ms} ms into the fill of a candidate the owner dies, and its runner-up has all that was known`,
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const op = cluster.request(door.node, key, "read_customer");
    cluster.runUntil(cluster.schedule.now + 2_000);
    expectThat(cluster, "the label was seen", cluster.oracle.endingOf(op) === "answered");
    drain(runner);
    untilCandidate(cluster, () => true);
    cluster.runUntil(cluster.schedule.now + ms);
    stay(runner);
    cluster.crash(owner, true);
    let inSync: string | undefined;
    until(cluster, "another takes over", 3_000, () => {
      if (ownerIdOf(cluster) !== owner.node.id) return true;
      const view = cluster.trueView();
      const shard = cluster.shardOf(key);
      inSync = view !== undefined && isInSync(view, shard) ? runnerOf(view, shard)?.id : undefined;
      return false;
    });
    expectThat(cluster, "it is the one in sync", ownerIdOf(cluster) === inSync);
    cluster.runUntil(cluster.schedule.now + 3_000);
    goesOn(cluster, cluster.machine(ownerIdOf(cluster) ?? "") as Machine, door);
  },
}));

/** Its fill is there; what comes behind it is late. */
const lateCandidate: Scenario = {
  name: "a call that the runner-up knows and the candidate does not is not made while the one may follow the other",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    drain(runner);
    untilCandidate(cluster, ({ joined }) => joined !== undefined);
    cluster.network.delay(owner.node.id, door.node.id, 400, 400);
    const op = cluster.request(owner.node, key, "pay");
    until(cluster, "it is the runner-up", 3_000, () => isInSyncAt(cluster, door));
    cluster.runUntil(cluster.schedule.now + 3);
    const wasMade = cluster.oracle.writesOf(op) === 1;
    cluster.crash(owner, true);
    cluster.runUntil(cluster.schedule.now + 2_000);
    const known = door.node.peer?.holding(shard)?.operations.find(op);
    expectThat(cluster, "what was made is known", !wasMade || known !== undefined);
    cluster.runUntil(cluster.schedule.now + 9_000);
    expectThat(cluster, "it ran once at most", cluster.oracle.writesOf(op) <= 1);
  },
};

/** Calls that were made while it was filled: they are behind the fill, and late. */
const candidateBehind: Scenario = {
  name: "a candidate is not the runner-up before it knows the calls that were made while it was filled",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const shard = cluster.shardOf(key);
    drain(runner);
    untilCandidate(cluster, ({ joined }) => joined === undefined);
    const { now } = cluster.schedule;
    cluster.network.delay(owner.node.id, door.node.id, 500, 500);
    cluster.network.delay(door.node.id, owner.node.id, 40, 40);
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(now + 35);
    const next = owner.node.peer?.holding(shard)?.next;
    expectThat(
      cluster,
      "it is made during the fill",
      cluster.oracle.writesOf(op) === 1 && next?.isAcked === false,
    );
    cluster.runUntil(now + 300);
    expectThat(cluster, "the fill is acknowledged", next?.joined !== undefined);
    cluster.crash(owner, true);
    until(cluster, "another takes over", 3_000, () => ownerIdOf(cluster) !== owner.node.id);
    cluster.runUntil(cluster.schedule.now + 20);
    const { peer } = cluster.machine(ownerIdOf(cluster) ?? "")?.node ?? {};
    expectThat(cluster, "it knows the call", peer?.holding(shard)?.operations.find(op) !== undefined);
    cluster.runUntil(now + 9_000);
    expectThat(cluster, "it ran once", cluster.oracle.writesOf(op) === 1);
  },
};

/** The swap that names the candidate stands, and its owner hears nothing of it; then it takes that one for gone. */
const unheardPromotion: Scenario = {
  name: "an owner that does not know whether its candidate is the runner-up does not rest on the runner-up before",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const holding = owner.node.peer?.holding(cluster.shardOf(key));
    drain(runner);
    const isOut = (): boolean => (holding?.promoting ?? 0) === owner.node.peer?.view?.number;
    unheard(cluster, owner, isOut, () => isInSyncAt(cluster, door));
    const { now } = cluster.schedule;
    for (const [from, to] of [[owner, door], [door, owner]] as const) cluster.network.cut(from.node.id, to.node.id, 12_000); // prettier-ignore
    cluster.request(owner.node, key, "list_open");
    cluster.runUntil(now + 2_000);
    expectThat(cluster, "the owner takes it for gone", holding?.next === undefined);
    const op = cluster.request(owner.node, key, "pay");
    cluster.runUntil(now + 6_000);
    expectThat(cluster, "the call did not go out", cluster.oracle.writesOf(op) === 0);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
  },
};

/** Agents call at doors that stay. @returns the calls' ids */
function callsAt(cluster: Cluster, doors: readonly Machine[], ms: number): string[] {
  const ops: string[] = [];
  const tools = ["list_open", "pay", "read_customer", "send_mail"];
  for (let at = 0; at < ms; at += 25)
    cluster.schedule.after(at, () => {
      const { node } = doors[ops.length % doors.length] as Machine;
      const session = `default/desk/agent/user-${ops.length % 60}`;
      ops.push(cluster.request(node, session, tools[ops.length % tools.length] as string));
    });
  return ops;
}

function drained(nodes: number, shards: number, slowCalls: number): (small: Cluster) => void {
  return (small) => {
    const cluster = new Cluster({ seed: small.seed, nodes, shards, sessions: 60, callsPerSecond: 1, connectFailures: 0, slowCalls }); // prettier-ignore
    Object.assign(cluster.fences.weather, { answers: 0, reads: 0 });
    cluster.runUntil(12_000);
    const [leaving, ...others] = cluster.machines as [Machine, ...Machine[]];
    const ops = callsAt(cluster, others, 20_000);
    cluster.runUntil(14_000);
    expectThat(cluster, "it has shards", (leaving.node.peer?.remaining.shards ?? 0) > 0);
    drain(leaving);
    const isEmpty = (): boolean => Object.values(leaving.node.peer?.remaining ?? { none: 1 }).every((count) => count === 0); // prettier-ignore
    // The longest call takes 8 s, and a shard that it kept is frozen again after a second.
    until(cluster, "it has nothing left", 14_000, isEmpty);
    leaving.node.give(leaving.node.process, { kind: "leave" });
    cluster.runUntil(cluster.schedule.now + 20);
    cluster.crash(leaving, false);
    cluster.runUntil(45_000);
    for (const op of ops) expectThat(cluster, `${op} ended as ${cluster.oracle.endingOf(op)}`, /answered|refused/.test(cluster.oracle.endingOf(op) ?? "")); // prettier-ignore
    expectThat(cluster, "nothing is lost", cluster.oracle.figures.lostShards === 0);
    if (nodes > 2)
      expectThat(cluster, "no shard was without a copy in sync", cluster.unhealed().length === 0);
    for (const violation of cluster.oracle.violations) small.oracle.violate(violation);
  };
}

const drains: readonly Scenario[] = [
  { name: "a node of three that drains under load leaves with nothing, and no call and no copy is missed", run: drained(3, 64, 0.02) }, // prettier-ignore
  { name: "a node of two that drains leaves with nothing but the copies that nobody else could have", run: drained(2, 32, 0) }, // prettier-ignore
  { name: "a node that drains five hundred shards has no budget", run: drained(4, 512, 0) },
];

/** N5: a frame that was late, and came when its receiver owned the shard once more. */
const latePresentation: Scenario = {
  name: "a call that its next owner refused is not made by the one before, who owns the shard again when it hears of it",
  run(cluster) {
    const { owner, door } = cast(cluster);
    const { process } = owner.node;
    const isOwned = (): boolean => cluster.ownerOf(cluster.shardOf(key)) === owner;
    for (let call = 0; call < 4; call++) {
      cluster.request(door.node, key, "pay");
      cluster.runUntil(cluster.schedule.now + 100);
    }
    owner.node.give(process, { kind: "drain" });
    const end = cluster.schedule.now + 8_000;
    while (isOwned() && cluster.schedule.now < end) cluster.runUntil(cluster.schedule.now + 0.1);
    expectThat(cluster, "another owns the shard", !isOwned());
    // The door has not heard of it yet.
    const { now } = cluster.schedule;
    cluster.network.delay(door.node.id, owner.node.id, 0.2, 16_000);
    const op = cluster.request(door.node, key, "pay");
    cluster.runUntil(now + 1_500);
    expectThat(cluster, "it was refused", cluster.oracle.endingOf(op) === "refused");
    owner.node.give(process, { kind: "stay" });
    cluster.runUntil(now + 15_900);
    expectThat(cluster, "its first owner has it again", isOwned());
    cluster.runUntil(now + 22_000);
    expectThat(cluster, "it did not go out", cluster.oracle.writesOf(op) === 0);
  },
};

export const moveScenarios: readonly Scenario[] = [
  latePresentation,
  ...newOwnerDies,
  newOwnerActsAndDies,
  formerOwnerDies,
  unheardHandOver,
  callWhileFrozen,
  wordWhileFrozen,
  ...ownerDiesDuringAFill,
  lateCandidate,
  candidateBehind,
  unheardPromotion,
  ...drains,
];
