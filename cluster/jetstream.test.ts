import { StorageType } from "@nats-io/jetstream";
import type { StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { limits } from "../protocol/limits.ts";
import { Log, openBench, operate, settled, SlowLine, swap, until, write } from "./jetstream.fixture.ts";
import type { Bench } from "./jetstream.fixture.ts";
import { JetStreamStore } from "./jetstream.ts";
import { storeCases } from "./store.cases.ts";
import type { SwapResult } from "./store.ts";

let stand: Stand;
const benches: Bench[] = [];
let buckets = 0;

beforeAll(async () => {
  stand = await startStand({ servers: 1, authentication: false, tls: false });
}, 60_000);

afterAll(async () => {
  for (const bench of benches) await bench[Symbol.asyncDispose]();
  await stand.stop({ remove: true });
});

const freshName = (): string => `T${++buckets}`;

async function bench(name = freshName()): Promise<Bench & { readonly name: string }> {
  const made = await openBench({ options: stand.operatorOptions(), name });
  benches.push(made);
  return { ...made, name };
}

describe("over one server", () => {
  storeCases(async () => settled(await bench()));
});

describe("rows", () => {
  test("of two writers that race, each revision is followed by one, at any interleaving", async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(pauses, pauses, async (one, other) => {
        const name = freshName();
        await using first = await openBench({ options: stand.operatorOptions(), name });
        await using second = await openBench({ options: stand.operatorOptions(), name });
        const won = new Map<number, number>();
        const race = async ({ store }: Bench, own: readonly number[]): Promise<void> => {
          const log = new Log(store);
          for (const pause of own) {
            await delay(pause);
            const expected = log.last("a")?.revision ?? 0;
            const result = await swap(store, "a", "x", expected);
            expect(result.kind).not.toBe("unknown");
            if (result.kind !== "swapped") continue;
            expect(won.has(expected)).toBe(false);
            won.set(expected, result.revision);
          }
        };
        await Promise.all([race(first, one), race(second, other)]);
        // Each winner built on the one before it: one line from 0 to the last.
        let at = 0;
        for (let count = 0; count < won.size; count++) at = won.get(at) ?? Number.NaN;
        expect(at).toBe(Math.max(...won.values()));
      }),
      { numRuns: 10 },
    );
  });

  test("are given the server's time, also when the acknowledgement comes before the watch", async () => {
    const { store } = await bench();
    const before = Date.now();
    const result = await swap(store, "a", "1", 0);
    if (result.kind !== "swapped") throw new Error(result.kind);
    expect(result.at).toBeGreaterThanOrEqual(before - 1);
    expect(result.at).toBeLessThanOrEqual(Date.now());
    expect(Number.isInteger(result.at)).toBe(true);
  });

  test("of the greatest size come back whole, and a greater one is our own fault", async () => {
    const { store } = await bench();
    const log = new Log(store);
    const value = Buffer.alloc(limits.storeValueBytesMax, 7);
    await new Promise((done) => store.swap("view", value, 0, done));
    await until("the row is brought", () => log.rows.length === 1);
    expect(Buffer.from(log.rows[0]?.value ?? []).equals(value)).toBe(true);
    const longer = Buffer.alloc(limits.storeValueBytesMax + 1);
    expect(() => store.swap("view", longer, 1, () => undefined)).toThrow(/a row of 262145 bytes/);
    expect(() => store.swap("a.>", value, 0, () => undefined)).toThrow(/did not match/);
  });

  test("that somebody deletes are brought as gone, and can be written again as if there were none", async () => {
    const { store, name } = await bench();
    const log = new Log(store);
    const first = await write(store, "a", "1", 0);
    await operate(stand.operatorOptions(), async (_, connection) => {
      const { headers } = await import("@nats-io/transport-node");
      const marks = headers();
      marks.set("KV-Operation", "DEL");
      await connection.request(`$KV.${name}.a`, "", { headers: marks, timeout: 2_000 });
    });
    await until("the deletion is brought", () => log.rows.length === 2);
    expect(log.texts).toEqual(["a=1", "a=gone"]);
    expect(await swap(store, "a", "2", first)).toEqual({ kind: "conflict" });
    expect(await write(store, "a", "2", 0)).toBeGreaterThan(first + 1);
  });
});

describe("a store that went back", () => {
  test("by a purge of its stream is brought as rows that are gone, as soon as a swap shows it", async () => {
    const { store, name } = await bench();
    const log = new Log(store);
    const a = await write(store, "a", "1", 0);
    await write(store, "b", "1", 0);
    await operate(stand.operatorOptions(), ({ streams }) => streams.purge(`KV_${name}`));
    expect(await swap(store, "a", "2", a)).toEqual({ kind: "conflict" });
    await until("both are gone", () => log.rows.length === 4);
    expect(log.rows.slice(2)).toEqual([
      { key: "a", revision: 0, value: undefined },
      { key: "b", revision: 0, value: undefined },
    ]);
    await write(store, "a", "3", 0);
    expect(log.texts.at(-1)).toBe("a=3");
  });

  test("to lower numbers is brought with them, and what it forgot as gone", async () => {
    const { store, name } = await bench();
    const log = new Log(store);
    let a = 0;
    for (let count = 1; count <= 5; count++) a = await write(store, "a", `${count}`, a);
    await write(store, "b", "1", 0);
    // Back to what stood at some time: the same numbers, of another stream.
    await operate(stand.operatorOptions(), async ({ streams }, connection) => {
      const { config } = await streams.info(`KV_${name}`);
      await streams.delete(`KV_${name}`);
      await streams.add(config);
      await connection.request(`$KV.${name}.a`, "older", { timeout: 2_000 });
    });
    await until("the older row is brought", () => log.texts.includes("a=older"));
    expect(log.last("a")?.revision).toBe(1);
    expect(log.last("b")).toEqual({ key: "b", revision: 0, value: undefined });
    expect(await write(store, "a", "newer", 1)).toBe(2);
  });

  test("as a whole is made anew, and said", async () => {
    const { store, name, said } = await bench();
    const log = new Log(store);
    await write(store, "a", "1", 0);
    await operate(stand.operatorOptions(), ({ streams }) => streams.delete(`KV_${name}`));
    await until("the row is gone", () => log.last("a")?.value === undefined);
    expect(said.join()).toMatch(/stream was gone; it is made anew/);
    expect(await write(store, "a", "2", 0)).toBe(1);
  });
});

test("a stream that somebody makes anew with other settings, under a node that runs, is not used", async () => {
  const { store, name, said } = await bench();
  const log = new Log(store);
  const a = await write(store, "a", "1", 0);
  await operate(stand.operatorOptions(), async ({ streams }) => {
    const { config } = await streams.info(`KV_${name}`);
    await streams.delete(`KV_${name}`);
    await streams.add({ ...config, storage: StorageType.Memory });
  });
  await until("it is said", () => said.length > 0);
  expect(said[0]).toMatch(/storage is "memory" and must be "file"/);
  expect(await swap(store, "a", "2", a)).toEqual({ kind: "unknown" });
  expect(await swap(store, "b", "1", 0)).toEqual({ kind: "unknown" });
  await operate(stand.operatorOptions(), ({ streams }) => streams.delete(`KV_${name}`));
  await until("the row is gone", () => log.last("a")?.value === undefined);
  expect(await write(store, "b", "1", 0)).toBe(1);
});

describe("a connection", () => {
  test("that lags brings rows in order once it moves, and begins anew after a silence", async () => {
    await using line = await SlowLine.to(stand.urls[0] ?? "");
    const name = freshName();
    await using slow = await openBench({ options: { servers: [line.url] }, name });
    const { store: other } = await bench(name);
    const log = new Log(slow.store);
    let revision = await write(other, "a", "0", 0);
    await until("the first row is brought", () => log.rows.length === 1);
    for (const ms of [200, 2 * limits.storeSilentMs]) {
      line.hold();
      for (let count = 0; count < 5; count++) {
        revision = await write(other, "a", `${ms}.${count}`, revision);
        await write(other, `b${ms}.${count}`, "1", 0);
      }
      await delay(ms);
      line.release();
      const last = `b${ms}.4`;
      await until("the last row is brought", () => log.last(last) !== undefined);
      expect(log.last("a")?.revision).toBe(revision);
    }
    const revisions = log.rows.map((row) => row.revision);
    expect(revisions).toEqual([...revisions].sort((one, two) => one - two));
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  test("that is gone sends nothing later, and after it the watch goes on", async () => {
    const alone = await startStand({ servers: 1, authentication: false, tls: false });
    try {
      await using made = await openBench({ options: alone.operatorOptions(), name: "A" });
      const { store } = made;
      const log = new Log(store);
      const first = await write(store, "a", "1", 0);
      await alone.kill(0);
      const results: SwapResult[] = [];
      store.swap("a", Buffer.from("never"), first, (result) => results.push(result));
      expect(results).toEqual([]);
      await until("it is unknown", () => results.length === 1, limits.storeSwapMs + 500);
      expect(results).toEqual([{ kind: "unknown" }]);
      expect(await swap(store, "a", "never", first)).toEqual({ kind: "unknown" });
      alone.restart(0);
      await alone.ready();
      await until("a swap succeeds", () => {
        if (log.last("b") === undefined) store.swap("b", Buffer.from("1"), 0, () => undefined);
        return log.last("b") !== undefined;
      });
      expect(log.texts).toEqual(["a=1", "b=1"]);
      // Being away is no fault of the configuration.
      expect(made.said.join()).not.toMatch(/configuration/);
      expect(await write(store, "a", "2", first)).toBeGreaterThan(first);
    } finally {
      await alone.stop({ remove: true });
    }
  }, 60_000);
});

describe("at the start", () => {
  test("a server that cannot be reached is named and tried again, until it is there or nobody waits", async () => {
    const alone = await startStand({ servers: 1, authentication: false, tls: false });
    try {
      await alone.kill(0);
      const said: string[] = [];
      const options = {
        name: "A",
        replicas: 1,
        connect: () => connect({ ...alone.operatorOptions(), reconnect: false }),
        report: (says: string) => void said.push(says),
      };
      const stop = new AbortController();
      const given = JetStreamStore.open({ ...options, signal: stop.signal });
      const opening = JetStreamStore.open(options);
      await until("it is said", () => said.length === 2);
      expect(said[0]).toMatch(
        /^NATS cannot be reached \(.+\): check cluster\.nats\.servers, .+ trying again$/,
      );
      stop.abort();
      await expect(given).rejects.toThrow(/abort/);
      alone.restart(0);
      const store = await opening;
      expect(await swap(store, "a", "1", 0)).toMatchObject({ kind: "swapped" });
      expect(said).toHaveLength(2);
      store.close();
    } finally {
      await alone.stop({ remove: true });
    }
  }, 60_000);

  const wrong: readonly (readonly [Partial<StreamConfig>, RegExp])[] = [
    [{ storage: StorageType.Memory }, /storage is "memory" and must be "file"/],
    [{ max_msgs_per_subject: 5 }, /max_msgs_per_subject is 5 and must be 1/],
    [{ max_age: 60e9 }, /max_age is 60000000000 and must be 0/],
    [{ allow_direct: false }, /allow_direct is false and must be true/],
    [{ max_msg_size: 1_024 }, /max_msg_size is 1024 and must be -1/],
  ];
  test.each(wrong)(
    "a stream that is set to %j is refused, with what was found and wanted",
    async (set, says) => {
      const { store, name } = await bench();
      store.close();
      await operate(stand.operatorOptions(), async ({ streams }) => {
        const { config } = await streams.info(`KV_${name}`);
        await streams.delete(`KV_${name}`);
        await streams.add({ ...config, max_age: 0, ...set, duplicate_window: 60e9 });
      });
      const opening = openBench({ options: stand.operatorOptions(), name });
      await expect(opening).rejects.toMatchObject({
        code: "CONFIGURATION",
        detail: expect.stringMatching(says) as string,
      });
    },
  );

  test("replicas that the servers cannot give, and a bucket that cannot be named, are refused", async () => {
    const options = stand.operatorOptions();
    await expect(openBench({ options, name: freshName(), replicas: 3 })).rejects.toThrow(
      /NATS refuses the stream .* replicas/,
    );
    await expect(openBench({ options, name: "a.b" })).rejects.toThrow(/cannot be named "a\.b"/);
  });

  test("a server whose messages are too small for a row is refused, with what it gives and what is needed", async () => {
    const small = await startStand({ servers: 1, authentication: false, tls: false });
    try {
      await small.kill(0);
      const file = join(small.folder, "nats-0.conf");
      const config = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...config, max_payload: 65_536 }));
      small.restart(0);
      await small.ready();
      await expect(openBench({ options: small.operatorOptions(), name: "A" })).rejects.toThrow(
        /messages of 65536 bytes, and the store needs 266240/,
      );
    } finally {
      await small.stop({ remove: true });
    }
  }, 60_000);
});
