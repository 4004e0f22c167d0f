import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { decodeNodeRow } from "../../cluster/noderow.ts";
import type { SwapResult } from "../../cluster/store.ts";
import { callerOf, PlainExchange } from "../exchange/exchange.fixture.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { ClusterCall } from "./clustercall.ts";
import { MemoryCluster, sessionOf, until, type MemoryNode } from "./conductor.fixture.ts";
import type { NodeFrame, NodeOutput } from "./nodepeer.ts";

const clusters: MemoryCluster[] = [];

function newCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  clusters.push(cluster);
  return cluster;
}

afterEach(() => {
  for (const cluster of clusters.splice(0)) cluster.stop();
});

/** What a node carries out, in order, with the steps in which it does: `look` sees each output first. */
function watched(node: MemoryNode, look: (output: NodeOutput) => void = () => undefined): string[] {
  const log: string[] = [];
  const { act } = node.conductor;
  node.act = (output) => {
    log.push(`> ${output.kind}`);
    look(output);
    act(output);
    log.push(`< ${output.kind}`);
  };
  return log;
}

describe("a node carries out what a step asks for", () => {
  test("in its order, and each before the next: what comes meanwhile is no step within the step", async () => {
    const cluster = newCluster();
    const node = await cluster.join("n1");
    const log = watched(node, (output) => {
      // What a step asked for gives inputs at once: they wait for their turn.
      if (output.kind === "record") node.peer.give({ kind: "tick" });
    });
    const exchange = node.call("read_ticket");
    await exchange.answered.promise;
    for (let place = 0; place < log.length; place += 2)
      expect([log[place]?.slice(0, 1), log[place + 1]?.slice(0, 1)]).toEqual([">", "<"]);
    const begun = log.filter((line) => line.startsWith(">")).map((line) => line.slice(2));
    // The configuration's record, then the call's; only then the way to the tool, the tool and the answer.
    expect(begun).toEqual(["record", "effects", "record", "connect", "write", "record", "finish"]);
  });

  test("although one of them fails: the others of its step are carried out, and so are later steps", async () => {
    const cluster = newCluster();
    const node = await cluster.join("n1");
    let hasFailed = false;
    const log = watched(node, (output) => {
      if (output.kind !== "record" || hasFailed) return;
      hasFailed = true;
      throw new Error("the first record fails");
    });
    // The failing record is that of the configuration, in the step of the call's own.
    const exchange = node.call("read_ticket");
    expect(await exchange.answered.promise).toHaveProperty("result");
    expect(log.filter((line) => line === "> record")).toHaveLength(3);
    expect(node.faults.map(String)).toEqual(["Error: the first record fails"]);
  });

  test("not any more once it is stopped, even in the midst of a step", async () => {
    const cluster = newCluster();
    const node = await cluster.join("n1");
    const log = watched(node, (output) => {
      if (output.kind === "connect") node.peer.stop();
    });
    const exchange = node.call("read_ticket");
    await until(() => log.includes("< connect"));
    const length = log.length;
    node.peer.give({ kind: "tick" });
    await delay(250);
    expect(log).toHaveLength(length);
    expect(cluster.seen).toEqual([]);
    expect(exchange.ended).toBe(false);
  });

  test("a frame to itself does not leave it", async () => {
    const cluster = newCluster();
    const node = await cluster.join("n1");
    const heard: NodeFrame[] = [];
    cluster.network.transport("n1").listen((_from, frame) => heard.push(frame));
    await node.call("read_ticket").answered.promise;
    expect(heard).toEqual([]);
  });
});

describe("a call that another node presents", () => {
  const endpoints = new Endpoints("http://127.0.0.1", [{ tenant: "default", kind: "persona", name: "support", persona: "support" }]); // prettier-ignore
  const [endpoint] = endpoints.all;

  test.each([
    ["under another session's key", (key: string) => key.replace("ann", "bob"), 0],
    ["in another shard than its session's", (key: string) => key, 1],
  ])("%s goes no further, and an operator is told of the node", async (_why, changeKey, shardBy) => {
    if (endpoint === undefined) throw new Error("one endpoint");
    const cluster = newCluster();
    const node = await cluster.join("n1");
    const line = cluster.network.transport("n9");
    const present = (
      key: string,
      shard: number,
      epoch = node.peer.machine.holding(shard)?.epoch ?? 1,
    ): void => {
      const call = new ClusterCall(new PlainExchange({ ...callerOf("ann"), endpoint }, "tools/call", { name: "read_ticket" })); // prettier-ignore
      const to = { id: "n1", incarnation: node.peer.machine.incarnation };
      line.send("n1", { from: { id: "n9", incarnation: 1 }, to, body: { kind: "present", op: `op-${key}-${shard}-${epoch}`, key, shard, call, opened: 1, epoch, configuration: 0 } }); // prettier-ignore
    };
    const key = sessionOf("ann");
    present(changeKey(key), cluster.shard + shardBy);
    await delay(100);
    expect(node.records).toEqual([]);
    expect(cluster.seen).toEqual([]);
    expect(node.alarms).toMatchObject([expect.stringContaining("n9 presented a call under another session")]);
    // The same call, as it should be, is decided: what stopped the other one was the key alone.
    present(key, cluster.shard);
    await until(() => cluster.seen.length === 1);
    // Of another epoch it is not; of a version that says none it is.
    present(key, cluster.shard, 999);
    await delay(100);
    expect(cluster.seen).toHaveLength(1);
    present(key, cluster.shard, 0);
    await until(() => cluster.seen.length === 2);
    expect(node.alarms).toHaveLength(1);
  });
});

describe("a node that leaves", () => {
  test("has said so in the store when it comes back, even with a renewal under way", async () => {
    const cluster = newCluster();
    const { store } = cluster;
    let dead = false;
    store.watch(({ key, value }) => {
      if (key === "node.n1" && value !== undefined) dead = decodeNodeRow(value)?.isDead === true;
    }, () => undefined); // prettier-ignore
    const node = await cluster.join("n1");
    // The answer to a renewal is held back until the node has been told to leave.
    const swap = store.swap.bind(store);
    const held: (() => void)[] = [];
    store.swap = (key, value, expected, then) =>
      swap(key, value, expected, (result: SwapResult) => {
        if (decodeNodeRow(value)?.isDead === false) held.push(() => then(result));
        else then(result);
      });
    await until(() => held.length > 0);
    const left = node.peer.leave();
    for (const release of held.splice(0)) release();
    await left;
    await delay(10);
    expect(dead).toBe(true);
    expect(node.faults).toEqual([]);
  });
});
