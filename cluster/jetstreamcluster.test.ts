/** The store over three real servers, with TLS and the keys and permissions that a node has. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { isStreamMissing } from "./keptstream.ts";
import { Log, openBench, operate, settled, swap, until, write } from "./jetstream.fixture.ts";
import type { Bench } from "./jetstream.fixture.ts";
import { storeCases } from "./store.cases.ts";
import type { SwapResult } from "./store.ts";

const name = "GATEHOUSE";
const replicas = 3;
let stand: Stand;
const benches: Bench[] = [];

beforeAll(async () => {
  stand = await startStand({ servers: 3 });
}, 90_000);

afterAll(() => stand.stop({ remove: true }));

/** A node's store; the bucket is new in each test. */
async function bench(node: string): Promise<Bench> {
  const made = await openBench({ options: stand.options(node, "store"), name, replicas });
  benches.push(made);
  return made;
}

afterEach(async () => {
  for (const each of benches.splice(0)) await each[Symbol.asyncDispose]();
  await operate(stand.operatorOptions(), async ({ streams }) => {
    await streams.delete(`KV_${name}`).catch((fault: unknown) => {
      if (!isStreamMissing(fault)) throw fault;
    });
  });
});

describe("over three servers", () => {
  storeCases(async () => settled(await bench("n1")));
});

function leaderOf(): Promise<number> {
  return operate(stand.operatorOptions(), async ({ streams }) => {
    const { cluster } = await streams.info(`KV_${name}`);
    return stand.indexOf(cluster?.leader ?? "");
  });
}

test("when the leader is killed, each swap has one of its three ends, and in the end all watches tell the truth", async () => {
  const [one, two] = [await bench("n1"), await bench("n2")];
  const logs = [new Log(one.store), new Log(two.store)];
  const ends = new Map<string, SwapResult>();
  let isOver = false;
  const writer = async ({ store }: Bench, log: Log, tag: string): Promise<void> => {
    for (let count = 0; !isOver; count++) {
      const text = `${tag}${count}`;
      ends.set(text, await swap(store, "a", text, log.last("a")?.revision ?? 0));
      await delay(3);
    }
  };
  const writers = [writer(one, logs[0] as Log, "x"), writer(two, logs[1] as Log, "y")];
  await delay(300);
  const leader = await leaderOf();
  await stand.kill(leader);
  const before = Math.max(...logs.map((log) => log.last("a")?.revision ?? 0));
  await until(
    "both watches go on",
    () => logs.every((log) => (log.last("a")?.revision ?? 0) > before + 20),
    40_000,
  );
  isOver = true;
  await Promise.all(writers);
  stand.restart(leader);
  await stand.ready();
  const last = await write(one.store, "b", "end", 0);
  await until("both have all", () => logs.every((log) => log.last("b")?.revision === last), 20_000);

  expect(logs[0]?.last("a")).toEqual(logs[1]?.last("a"));
  for (const log of logs) {
    const revisions = log.rows.map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    for (const { key, revision, value } of log.rows) {
      if (key !== "a") continue;
      // What conflicted is never seen; what was acknowledged is seen under its number, or not at all.
      const end = ends.get(Buffer.from(value ?? []).toString());
      expect(["swapped", "unknown"]).toContain(end?.kind);
      expect(end?.kind === "swapped" ? end.revision : revision).toBe(revision);
    }
  }
  const kinds = [...ends.values()].map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "swapped").length).toBeGreaterThan(20);
  // No two were acknowledged for one number.
  const given = [...ends.values()].flatMap((end) => (end.kind === "swapped" ? [end.revision] : []));
  expect(new Set(given).size).toBe(given.length);
}, 120_000);
