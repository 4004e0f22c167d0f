/** Copies of real peers and session actors in a real NATS: what the last node knew is known to the next one. */
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionOf as stateOf } from "../../actors/roster.ts";
import { startStand, type Stand } from "../../deploy/cluster/stand.ts";
import { MemoryCluster, sessionOf, until, type MemoryNode } from "./conductor.fixture.ts";

let stand: Stand;
const cluster = new MemoryCluster();

beforeAll(async () => {
  stand = await startStand({ servers: 1 });
}, 90_000);

afterAll(async () => {
  cluster.stop();
  for (const node of cluster.nodes) await node.copying.leave();
  await stand.stop({ remove: true });
});

function open(node: MemoryNode): void {
  node.copying.open(node.id, {
    name: "COPIES",
    replicas: 1,
    connect: () => connect({ ...stand.operatorOptions(), maxReconnectAttempts: -1 }),
    report: (says) => expect.fail(says),
  });
}

test(
  "a session of a node that is lost with all it knew has every label, and is stopped and ended as it was",
  { timeout: 60_000 },
  async () => {
    const one = await cluster.join("n1");
    open(one);
    const { shard } = cluster;
    await one.call("read_ticket").answered.promise;
    const give = (event: Parameters<typeof one.peer.give>[0]): void => one.peer.give(event);
    const [key, at] = [sessionOf("ann"), Date.now()];
    give({ kind: "event", key, shard, event: { kind: "wire", at, wire: "w", what: "closed", value: "" } });
    await until(() => one.copying.standing.snapshots > 0, 20_000);
    // In a batch only.
    give({ kind: "event", key, shard, event: { kind: "killed", at, by: "ann", reason: "test" } });
    const { copied } = one.copying.standing;
    await until(() => one.copying.standing.copied > copied && one.copying.standing.waitingBytes === 0);
    const { incarnation } = one.peer.machine;
    one.peer.stop();
    const joining = cluster.join("n2");
    const two = cluster.nodes[1] as MemoryNode;
    open(two);
    await joining;
    two.peer.give({ kind: "died", id: "n1", incarnation });
    await until(() => two.peer.machine.holding(shard)?.isRestored === true && stateOf(two.host.peek(key))?.labels[0] === "*", 20_000); // prettier-ignore
    const state = stateOf(two.host.peek(key));
    expect(state).toMatchObject({ killedBy: "ann", labels: ["*"], wires: [{ wire: "w", isClosed: true }] });
    expect(two.alarms.filter((says) => says.includes("did not give"))).toEqual([]);
  },
);
