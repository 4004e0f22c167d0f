/** Stories of sessions whose owner and runner-up are lost: what the archive gives back, and what it must not. */
import { sessionOf } from "../../actors/roster.ts";
import type { AnyEvent } from "../../actors/roster.ts";
import { epochOf, isInSync, ownerOf, ranked, runnerOf } from "../../cluster/view.ts";
import { limits } from "../../protocol/limits.ts";
import { cast, expectThat, key, labelsOf, Unfit } from "./cast.ts";
import type { Scenario } from "./cast.ts";
import type { Cluster, Machine } from "./cluster.ts";

type Untimed<Event> = Event extends unknown ? Omit<Event, "at"> : never;

/** A turn that no call brings. */
function turn(cluster: Cluster, { node }: Machine, event: Untimed<AnyEvent>): void {
  const at = node.peer?.eventTime(node.now) ?? 0;
  const timed = { ...event, at } as AnyEvent;
  node.give(node.process, { kind: "event", key, shard: cluster.shardOf(key), event: timed });
}

export const closeWire = (cluster: Cluster, machine: Machine, wire: string): void =>
  turn(cluster, machine, { kind: "wire", wire, what: "closed", value: "" });

export const closedAt = ({ node }: Machine): string[] =>
  (sessionOf(node.host?.peek(key))?.wires ?? [])
    .filter(({ isClosed }) => isClosed)
    .map(({ wire }) => wire)
    .sort();

export function pass(cluster: Cluster, ms: number): void {
  cluster.runUntil(cluster.schedule.now + ms);
}

/** Long enough for everything to be in snapshots, and for nothing to be due. */
const settledMs = 14_000;

/** Both at once; then until another has the shard, and what is known of it. */
function loseBoth(cluster: Cluster, owner: Machine, runner: Machine): Machine {
  cluster.crash(owner, true);
  cluster.crash(runner, true);
  const shard = cluster.shardOf(key);
  const end = cluster.schedule.now + 20_000;
  for (;;) {
    pass(cluster, 5);
    const view = cluster.trueView();
    const next = cluster.machine((view && ownerOf(view, shard))?.id ?? "");
    const holding = next?.node.peer?.holding(shard);
    const isKnown =
      next !== owner && (holding?.epoch ?? 0) > 0 && holding?.isTold === true && holding.isRestored;
    if ((isKnown && next !== undefined) || cluster.schedule.now > end) return next ?? owner;
  }
}

const rebuilt: Scenario = {
  name: "after a double failure an ended wire session stays ended, a stopped session stopped, and a call is known",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    const op = cluster.request(door.node, key, "pay");
    closeWire(cluster, owner, "early");
    pass(cluster, settledMs);
    turn(cluster, owner, { kind: "killed", by: "ann", reason: "story" });
    closeWire(cluster, owner, "late");
    // In a batch, and not in a snapshot.
    pass(cluster, 900);
    const next = loseBoth(cluster, owner, runner);
    expectThat(cluster, "the wire sessions are ended", closedAt(next).join() === "early,late");
    const state = sessionOf(next.node.host?.peek(key));
    expectThat(cluster, "the session is stopped", state?.killedBy === "ann");
    expectThat(cluster, "it has every label", labelsOf(next) === "*");
    const known = next.node.peer?.holding(cluster.shardOf(key))?.operations.find(op);
    expectThat(cluster, "the call is known, and ended", known?.isOpen === false);
  },
};

/** The last payments are in no snapshot and no batch: what is rebuilt shows a full bucket. */
const spent: Scenario = {
  name: "what is rebuilt of a session has nothing to spend, whatever it had when it was written",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    cluster.request(door.node, key, "list_open");
    pass(cluster, settledMs);
    cluster.archive.refuses = () => true;
    const ops = [1, 2, 3, 4].map(() => cluster.request(door.node, key, "pay"));
    pass(cluster, 900);
    expectThat(
      cluster,
      "four payments were made",
      ops.every((op) => cluster.oracle.writesOf(op) === 1),
    );
    const next = loseBoth(cluster, owner, runner);
    expectThat(cluster, "something is rebuilt", sessionOf(next.node.host?.peek(key))?.role !== "");
    pass(cluster, 3_000);
    const more = [1, 2, 3, 4].map(() => cluster.request(next.node, key, "pay"));
    pass(cluster, 1_500);
    expectThat(
      cluster,
      "no more are made",
      more.every((op) => cluster.oracle.writesOf(op) === 0),
    );
  },
};

/** A batch is lost for good, and the next one is there. */
const gap: Scenario = {
  name: "what stands behind a lost batch is not rebuilt",
  run(cluster) {
    const { owner, runner } = cast(cluster);
    closeWire(cluster, owner, "one");
    pass(cluster, settledMs);
    const { number } = owner.copies.tail;
    closeWire(cluster, owner, "two");
    cluster.archive.refuses = (process, batch) => process.startsWith(owner.node.id) && batch === number;
    pass(cluster, 450);
    expectThat(cluster, "the next batch is another", owner.copies.tail.number > number);
    closeWire(cluster, owner, "three");
    pass(cluster, 450);
    const next = loseBoth(cluster, owner, runner);
    expectThat(cluster, "what came before is known", closedAt(next).join() === "one");
  },
};

/** Taken for dead by a lie, it goes on under its epoch until its watch tells it, and copies what it does. */
const deposed: Scenario = {
  name: "what an owner did when it was none any more is not rebuilt",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    closeWire(cluster, owner, "true");
    pass(cluster, settledMs);
    cluster.store.lagWatch(owner.link, 9_000);
    for (const other of cluster.machines)
      if (other !== owner) for (const [from, to] of [[owner, other], [other, owner]] as const) cluster.network.cut(from.node.id, to.node.id, 9_000); // prettier-ignore
    const { incarnation = 0 } = owner.node.peer ?? {};
    for (const { node } of [runner, door]) node.give(node.process, { kind: "died", id: owner.node.id, incarnation }); // prettier-ignore
    const shard = cluster.shardOf(key);
    // Who owns it may be about to hand it over, and takes no turn then.
    const heirOf = (): Machine | undefined =>
      cluster.machines.find(({ node: { id, peer } }) => {
        const holding = peer?.holding(shard);
        return id !== owner.node.id && (holding?.epoch ?? 0) > 0 && holding?.frozen === undefined;
      });
    const end = cluster.schedule.now + 4_000;
    while (heirOf() === undefined && cluster.schedule.now < end) pass(cluster, 10);
    const heir = heirOf();
    expectThat(cluster, "another owns it", heir !== undefined);
    if (heir === undefined) return;
    expectThat(cluster, "and the old owner does not know", (owner.node.peer?.holding(shard)?.epoch ?? 0) > 0);
    const heirEpoch = heir.node.peer?.holding(shard)?.epoch;
    closeWire(cluster, owner, "false");
    closeWire(cluster, heir, "after");
    pass(cluster, 1_200);
    const view = cluster.trueView();
    const [first, second] = [view && ownerOf(view, shard), view && runnerOf(view, shard)].map((member) => cluster.machine(member?.id ?? "")); // prettier-ignore
    expectThat(cluster, "it has a copy again", view !== undefined && isInSync(view, shard));
    if (first === undefined || second === undefined) return;
    const next = loseBoth(cluster, first, second);
    const known = closedAt(next);
    expectThat(cluster, "all that others did is known", known.includes("after") && known.includes("true"));
    // Where it has changed owners once more before anything was written, nobody can tell (past.ts, P4).
    const isPassed = heir !== runner || view === undefined || epochOf(view, shard) !== heirEpoch;
    expectThat(cluster, "what it did is not", isPassed || !known.includes("false"));
  },
};

/** Each reading takes three seconds: five in a row are longer than a store is waited for that says nothing. */
const slow: Scenario = {
  name: "what a slow store has is waited for as long as it gives something, and the session is stopped then",
  run(cluster) {
    const { owner, runner } = cast(cluster);
    turn(cluster, owner, { kind: "killed", by: "ann", reason: "story" });
    pass(cluster, settledMs);
    cluster.archive.weather = { ...cluster.archive.weather, readings: 0 };
    cluster.archive.readMs = 3_000;
    const began = cluster.schedule.now;
    const next = loseBoth(cluster, owner, runner);
    expectThat(cluster, "it took longer than a silent store is waited for", cluster.schedule.now - began > limits.restoreMs); // prettier-ignore
    expectThat(cluster, "the session is stopped", sessionOf(next.node.host?.peek(key))?.killedBy === "ann");
  },
};

/** The store gives, slowly, for longer than a door waits; what the door has sent last comes when all is known. */
const tooSlow: Scenario = {
  name: "a call that waited too long for a lost past is refused, and is not made when it comes once more and the past is known",
  run(cluster) {
    const { owner, runner, door } = cast(cluster);
    turn(cluster, owner, { kind: "wire", wire: "w", what: "closed", value: "" });
    pass(cluster, settledMs);
    cluster.archive.weather = { ...cluster.archive.weather, readings: 0 };
    cluster.archive.readMs = 7_000;
    cluster.crash(owner, true);
    cluster.crash(runner, true);
    const shard = cluster.shardOf(key);
    const end = cluster.schedule.now + 5_000;
    const heir = (): Machine | undefined => cluster.machines.find(({ node: { isUp, peer } }) => isUp && (peer?.holding(shard)?.epoch ?? 0) > 0); // prettier-ignore
    const isOpen = (machine: Machine): boolean => machine !== heir() && machine.node.isUp && machine.node.peer?.ownerOf(shard) === heir()?.node.id; // prettier-ignore
    while (heir() === undefined && cluster.schedule.now < end) pass(cluster, 5);
    cluster.start(runner);
    while (!cluster.machines.some(isOpen) && cluster.schedule.now < end) pass(cluster, 5);
    const [next, asked] = [heir(), cluster.machines.find(isOpen)];
    expectThat(cluster, "another owns it, and there is a door", next !== undefined && asked !== undefined);
    if (next === undefined || asked === undefined) return;
    // A second after the loss a bucket has one for it again.
    const ops = [asked, next].map(({ node }) => cluster.request(node, key, "list_open"));
    const holding = next.node.peer?.holding(shard);
    const epoch = holding?.epoch;
    pass(cluster, limits.exchangeAcceptMs - 2 * limits.exchangeRetryMsMax);
    // A presentation after which the door takes it back, and which is longer under way.
    cluster.network.delay(asked.node.id, next.node.id, 2 * limits.exchangeRetryMsMax - 200, 22_000);
    pass(cluster, 2 * limits.exchangeRetryMsMax + limits.exchangeTakenBackMs);
    expectThat(cluster, "the past is still waited for", holding?.isRestored === false);
    for (const op of ops) expectThat(cluster, "it is refused, and so not made", cluster.oracle.endingOf(op) === "refused"); // prettier-ignore
    cluster.archive.readMs = 100;
    pass(cluster, 22_000);
    // Where it is given to the node that is back, no earlier presentation counts at all.
    if (holding?.epoch !== epoch) throw new Unfit("the shard moves on");
    expectThat(cluster, "the past is known", holding?.isRestored === true);
    for (const op of ops) expectThat(cluster, "it never goes out", cluster.oracle.writesOf(op) === 0); // prettier-ignore
    expectThat(cluster, "the door is one that outlives it", asked.node.isUp && door.node.isUp);
  },
};

/** The archive hears nothing of the middle one of three owners in a row, who did have turns: those that it cites are older. */
const silentEpoch: Scenario = {
  name: "what was acknowledged before an epoch of which the archive has nothing is known after owner and runner-up are lost",
  run(cluster) {
    const { owner } = cast(cluster);
    const shard = cluster.shardOf(key);
    const { members = [] } = cluster.trueView() ?? {};
    const heirs = ranked(members, shard, members.length).map((place) =>
      cluster.machine(members[place]?.id ?? ""),
    );
    const [middle, last] = heirs.filter((each) => each !== owner);
    if (middle === undefined || last === undefined) throw new Unfit("there are not three members");
    const owns = ({ node }: Machine): boolean => {
      const view = cluster.trueView();
      const epoch = node.peer?.holding(shard)?.epoch;
      return view !== undefined && ownerOf(view, shard)?.id === node.id && epoch === epochOf(view, shard);
    };
    const isCopied = (): boolean => {
      const view = cluster.trueView();
      return view !== undefined && isInSync(view, shard);
    };
    const until = (isSo: () => boolean): void => {
      const end = cluster.schedule.now + 20_000;
      while (!isSo() && cluster.schedule.now < end) pass(cluster, 5);
    };
    closeWire(cluster, owner, "first");
    pass(cluster, settledMs);
    cluster.archive.refuses = (process) => process.startsWith(`${middle.node.id}-`);
    cluster.archive.refusesChunks = (node) => node === middle.node.id;
    cluster.crash(owner, true);
    until(() => owns(middle) && isCopied());
    pass(cluster, 1_000);
    expectThat(cluster, "the best of the others owns it, with a copy", owns(middle) && isCopied());
    closeWire(cluster, middle, "second");
    pass(cluster, 1_000);
    cluster.crash(middle, true);
    until(() => owns(last));
    closeWire(cluster, last, "third");
    // In a batch, and not in a snapshot.
    pass(cluster, 450);
    expectThat(cluster, "the last one owns it", owns(last));
    cluster.crash(last, true);
    cluster.start(owner);
    const isRestored = (): boolean => owner.node.peer?.holding(shard)?.isRestored === true && owns(owner);
    until(isRestored);
    expectThat(cluster, "who knows nothing owns it, and its past is looked for", isRestored());
    const known = closedAt(owner);
    expectThat(cluster, "what came before the silent epoch is known", known.includes("first"));
    expectThat(cluster, "what came behind it is known", known.includes("third"));
  },
};

export const copyScenarios: readonly Scenario[] = [rebuilt, spent, gap, deposed, slow, tooSlow, silentEpoch];
