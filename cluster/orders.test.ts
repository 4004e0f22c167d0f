/** Orders under virtual time: a store that goes back, words that are lost, nodes that come later. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import "../test/seed.ts";
import { Random } from "../test/simulation/random.ts";
import { Schedule } from "../test/simulation/schedule.ts";
import { SimStore } from "../test/simulation/simstore.ts";
import { limits } from "../protocol/limits.ts";
import { Orders, type Merged, type Register } from "./orders.ts";
import type { Words } from "./words.ts";

/** Letters that were given under an id: the union of two versions is their merge. */
class Letters implements Register {
  readonly prefix = "set";
  readonly known = new Map<string, string>();

  ids(): Iterable<string> {
    return this.known.keys();
  }

  read(id: string): string | undefined {
    return this.known.get(id);
  }

  merge(id: string, text: string): Merged {
    if (text.startsWith("new ")) return "unheld";
    if (!/^[a-z]*$/.test(text)) return "strange";
    const both = new Set([...(this.known.get(id) ?? ""), ...text]);
    this.known.set(id, [...both].sort().join(""));
    return "taken";
  }
}

class Cluster {
  readonly schedule = new Schedule();
  readonly random: Random;
  readonly store: SimStore;
  readonly nodes = new Map<string, Node>();
  /** Share of words that are lost. */
  loss = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.store = new SimStore(this.schedule, this.random);
  }

  start(id: string, letters = new Letters()): Node {
    const node = new Node(this, id, letters);
    this.nodes.set(id, node);
    node.orders.start();
    return node;
  }

  run(ms: number): void {
    this.schedule.runUntil(this.schedule.now + ms, () => false);
  }

  knows(id: string): (string | undefined)[] {
    return [...this.nodes.values()].map((node) => node.letters.read(id));
  }
}

let boots = 0;

class Node {
  readonly letters: Letters;
  readonly link: ReturnType<SimStore["link"]>;
  readonly orders: Orders;
  readonly said: string[] = [];
  readonly #listeners = new Set<Parameters<Words["hear"]>[0]>();
  isDeaf = false;
  /** Up to when it has seen the store. */
  seenAt = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster, id: string, letters: Letters) {
    const { schedule, random, nodes } = cluster;
    this.letters = letters;
    this.link = cluster.store.link();
    const boot = ++boots;
    const words: Words = {
      boot,
      say: (word) => {
        for (const [other, node] of nodes) {
          if (other === id || node.isDeaf || this.isDeaf || random.chance(cluster.loss)) continue;
          schedule.after(random.between(0.2, 3), () => node.#hear(id, boot, word));
        }
      },
      hear: (onWord) => {
        this.#listeners.add(onWord);
        return () => void this.#listeners.delete(onWord);
      },
    };
    this.orders = new Orders({
      words,
      store: this.link.store,
      registers: [letters],
      others: () => [...nodes.keys()].filter((each) => each !== id),
      seenAt: () => this.seenAt,
      taken: () => undefined,
      alarm: (says) => void this.said.push(says),
      now: () => schedule.now,
      random: () => random.unit(),
      soon: (act) => schedule.after(0, act),
      every: (ms, act) => {
        let isOver = false;
        const beat = (): void => {
          if (isOver) return;
          act();
          schedule.after(ms, beat);
        };
        schedule.after(ms, beat);
        return () => void (isOver = true);
      },
    });
  }

  give(id: string, letters: string): void {
    this.letters.merge(id, letters);
    this.orders.changed("set", id);
  }

  #hear(from: string, boot: number, word: Uint8Array): void {
    for (const tell of this.#listeners) tell(from, boot, word);
  }
}

const text = (cluster: Cluster, key: string): string =>
  Buffer.from(cluster.store.value(key) ?? "").toString();

test("an order is known to all within a few milliseconds, and stands in the store", () => {
  const cluster = new Cluster(1);
  const [a] = ["a", "b", "c"].map((id) => cluster.start(id)) as [Node];
  cluster.run(2_000);
  a.give("x", "k");
  cluster.run(4);
  expect(cluster.knows("x")).toEqual(["k", "k", "k"]);
  cluster.run(100);
  expect(text(cluster, "set.x")).toBe("k");
});

test("while the store takes nothing, an order comes by words, also to who was deaf and who comes later", () => {
  const cluster = new Cluster(2);
  const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
  cluster.run(2_000);
  cluster.store.loseLeader(30_000);
  b.isDeaf = true;
  a.give("x", "k");
  cluster.run(1_000);
  expect(cluster.knows("x")).toEqual(["k", undefined]);
  b.isDeaf = false;
  cluster.start("c");
  cluster.run(limits.orderBeatMs + 10);
  expect(cluster.knows("x")).toEqual(["k", "k", "k"]);
});

test("whoever gave an order and ends before the store has it: others write it", () => {
  const cluster = new Cluster(3);
  const [a] = ["a", "b", "c"].map((id) => cluster.start(id)) as [Node];
  cluster.run(2_000);
  cluster.store.loseLeader(1_000);
  a.link.isCut = true;
  a.give("x", "k");
  cluster.run(10);
  a.orders.stop();
  cluster.nodes.delete("a");
  cluster.run(3 * limits.orderAgainMs);
  expect(text(cluster, "set.x")).toBe("k");
});

test("an order that came by the store first is said to who hears neither the store nor the one that gave it", () => {
  const cluster = new Cluster(14);
  const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
  cluster.run(2_000);
  // Somebody whom nobody hears has written it; a's watch is cut.
  a.link.isCut = true;
  cluster.store.link().store.swap("set.x", Buffer.from("k"), 0, () => undefined);
  cluster.run(2_000);
  expect([b.letters.read("x"), a.letters.read("x")]).toEqual(["k", "k"]);
});

test("a store that was rolled back is given back what it has forgotten", () => {
  const cluster = new Cluster(4);
  const [a, b] = ["a", "b", "c"].map((id) => cluster.start(id)) as [Node, Node];
  a.give("x", "a");
  cluster.run(5_000);
  b.give("x", "z");
  cluster.run(2_000);
  expect(text(cluster, "set.x")).toBe("az");
  cluster.store.rollBack(3_000);
  expect(text(cluster, "set.x")).toBe("a");
  cluster.run(limits.orderSpreadMs + 100);
  expect(text(cluster, "set.x")).toBe("az");
});

test("what a node kept on its disk, and nobody else, goes to all when it starts", () => {
  const cluster = new Cluster(5);
  cluster.start("a");
  cluster.run(2_000);
  const kept = new Letters();
  kept.merge("old", "q");
  cluster.start("b", kept);
  cluster.run(limits.orderSpreadMs + 100);
  expect(cluster.knows("old")).toEqual(["q", "q"]);
});

test("whatever is given where, lost, doubled, cut off or rolled back: in the end all know all of it, and so does the store", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("give" as const), node: fc.nat(2), id: fc.constantFrom("x", "y"), letter: fc.constantFrom(..."abcdef") }), // prettier-ignore
    fc.record({ kind: fc.constant("cut" as const), node: fc.nat(2) }),
    fc.record({ kind: fc.constant("deaf" as const), node: fc.nat(2) }),
    fc.record({ kind: fc.constant("restart" as const), node: fc.nat(2) }),
    fc.record({ kind: fc.constant("leaderless" as const), ms: fc.nat(4_000) }),
    fc.record({ kind: fc.constant("back" as const), ms: fc.nat(6_000) }),
    fc.record({ kind: fc.constant("loss" as const), loss: fc.constantFrom(0, 0.3, 0.9) }),
  );
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.tuple(step, fc.nat(2_000)), { maxLength: 25 }), (seed, steps) => {
      const cluster = new Cluster(seed);
      const ids = ["a", "b", "c"] as const;
      for (const id of ids) cluster.start(id);
      const given = new Map<string, Set<string>>();
      for (const [each, ms] of steps) {
        const node = "node" in each ? (cluster.nodes.get(ids[each.node] ?? "a") as Node) : undefined;
        if (each.kind === "give") {
          node?.give(each.id, each.letter);
          given.set(each.id, (given.get(each.id) ?? new Set()).add(each.letter));
        } else if (each.kind === "cut" && node !== undefined) node.link.isCut = !node.link.isCut;
        else if (each.kind === "deaf" && node !== undefined) node.isDeaf = !node.isDeaf;
        else if (each.kind === "restart" && node !== undefined) {
          // Its disk has what it knew.
          node.orders.stop();
          cluster.start(ids[each.node] ?? "a", node.letters);
        } else if (each.kind === "leaderless") cluster.store.loseLeader(each.ms);
        else if (each.kind === "back") cluster.store.rollBack(each.ms);
        else if (each.kind === "loss") cluster.loss = each.loss;
        cluster.run(ms);
      }
      cluster.loss = 0;
      for (const node of cluster.nodes.values()) [node.isDeaf, node.link.isCut] = [false, false];
      cluster.run(20_000);
      for (const [id, letters] of given) {
        const all = [...letters].sort().join("");
        expect(cluster.knows(id)).toEqual([all, all, all]);
        expect(text(cluster, `set.${id}`)).toBe(all);
      }
    }),
    { numRuns: 150 },
  );
});

describe("a node is fresh", () => {
  const ageOf = (cluster: Cluster, node: Node): number => cluster.schedule.now - node.orders.freshAt;

  test("by words of all others alone, counted from when its own were sent; not any more without one of them", () => {
    const cluster = new Cluster(6);
    const [a, b] = ["a", "b", "c"].map((id) => cluster.start(id)) as [Node, Node];
    expect(a.orders.isFresh).toBe(false);
    for (const node of cluster.nodes.values()) node.seenAt = 0;
    cluster.run(3_000);
    expect(a.orders.isFresh).toBe(true);
    expect(ageOf(cluster, a)).toBeLessThan(2 * limits.orderBeatMs + 10);
    b.isDeaf = true;
    cluster.run(limits.orderStaleMs - 1_100);
    expect(a.orders.isFresh).toBe(true);
    cluster.run(1_200);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([false, false]);
    b.isDeaf = false;
    cluster.run(3 * limits.orderBeatMs);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([true, true]);
  });

  /** a, b and c see the store; then a and b do not any more, and b hears nothing of c's. */
  const cutOff = (seed: number): [Cluster, Node, Node] => {
    const cluster = new Cluster(seed);
    const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
    a.seenAt = 0;
    b.seenAt = 0;
    cluster.run(2_000);
    return [cluster, a, b];
  };

  test("two that are cut off together keep each other fresh over a leader's election, and no longer", () => {
    const [cluster, a, b] = cutOff(12);
    cluster.run(limits.orderAloneMs - 2_000 - 1);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([true, true]);
    expect(limits.orderAloneMs).toBeGreaterThanOrEqual(limits.leaseRenewMs + 7_000);
    expect(limits.orderAloneMs).toBeLessThan(limits.leaseMs);
    cluster.run(2);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([false, false]);
    // And again, as soon as one of them has seen the store.
    b.seenAt = cluster.schedule.now;
    cluster.run(3 * limits.orderBeatMs);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([true, true]);
  });

  test("by words of one that sees the store, for as long as it does; its word on that is not older than it seems", () => {
    const [cluster, a, b] = cutOff(13);
    for (let beat = 0; beat < 40; beat++) {
      b.seenAt = cluster.schedule.now;
      cluster.run(1_000);
      expect(a.orders.isFresh).toBe(true);
    }
    const last = b.seenAt;
    cluster.run(limits.orderAloneMs - 1_000 - 2 * limits.orderBeatMs - 10);
    expect(a.orders.isFresh).toBe(true);
    cluster.run(last + limits.orderAloneMs + 1 - cluster.schedule.now);
    expect([a.orders.isFresh, b.orders.isFresh]).toEqual([false, false]);
  });

  test("by the store alone, for as long as it has seen all of it", () => {
    const cluster = new Cluster(7);
    const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
    cluster.run(2_000);
    b.isDeaf = true;
    cluster.run(10_000);
    expect(a.orders.isFresh).toBe(false);
    a.seenAt = cluster.schedule.now - 1_000;
    expect(a.orders.isFresh).toBe(true);
    cluster.run(limits.orderStaleMs - 900);
    expect(a.orders.isFresh).toBe(false);
  });

  test("alone, only for as long as it has seen the store: who is not seen yet may have been told an order", () => {
    const cluster = new Cluster(11);
    const a = cluster.start("a");
    cluster.run(2_000);
    expect(a.orders.isFresh).toBe(false);
    a.seenAt = cluster.schedule.now;
    expect(a.orders.isFresh).toBe(true);
    a.isDeaf = true;
    cluster.run(limits.orderStaleMs - 100);
    expect(a.orders.isFresh).toBe(true);
    cluster.run(200);
    expect(a.orders.isFresh).toBe(false);
  });

  test("not after a pause, whatever waited in its socket meanwhile", () => {
    const cluster = new Cluster(8);
    const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
    a.seenAt = 0;
    cluster.run(2_000);
    // Words of b go on to arrive, and b hears none of a, which does not run.
    const said = a.orders.freshAt;
    a.orders.stop();
    cluster.run(10_000);
    expect(a.orders.freshAt).toBeLessThan(said + 1);
    expect(a.orders.isFresh).toBe(false);
    expect(b.orders.isFresh).toBe(false);
  });

  test("not while there is an order that it cannot hold, and again when there is none", () => {
    const cluster = new Cluster(9);
    const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
    a.seenAt = 0;
    cluster.run(2_000);
    b.letters.known.set("x", "new version");
    b.orders.changed("set", "x");
    cluster.run(10);
    expect([a.orders.isFresh, a.orders.unheld]).toEqual([false, ["set.x"]]);
    expect(a.said.join()).toContain("set.x of b cannot be held here");
    b.letters.known.set("x", "k");
    b.orders.changed("set", "x");
    cluster.run(2_000);
    expect([a.orders.isFresh, a.orders.unheld, cluster.knows("x")]).toEqual([true, [], ["k", "k"]]);
  });
});

test("what is no order is told and ignored, however often it comes", () => {
  const cluster = new Cluster(10);
  const [a, b] = ["a", "b"].map((id) => cluster.start(id)) as [Node, Node];
  cluster.run(2_000);
  b.letters.known.set("x", "!!");
  b.orders.changed("set", "x");
  cluster.run(20_000);
  expect(a.letters.read("x")).toBeUndefined();
  a.seenAt = cluster.schedule.now;
  expect(a.orders.isFresh).toBe(true);
  expect(a.said.length).toBeGreaterThan(0);
  expect(a.said.length).toBeLessThan(8);
});
