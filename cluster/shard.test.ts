import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { shardCount, shardOf } from "./shard.ts";

const seed = randomBytes(32);
const key = (index: number): string => `default/support/agent-${index}/-`;

test("a key has one shard, and another seed gives another one", () => {
  const shards = Array.from({ length: 100 }, (_, index) => shardOf(key(index), seed));
  expect(shards).toEqual(Array.from({ length: 100 }, (_, index) => shardOf(key(index), seed)));
  const others = Array.from({ length: 100 }, (_, index) => shardOf(key(index), randomBytes(32)));
  expect(shards.filter((shard, index) => shard === others[index]).length).toBeLessThan(5);
});

test("neighbouring keys spread over all shards evenly", () => {
  const counts = new Uint32Array(shardCount);
  const keys = shardCount * 10;
  for (let index = 0; index < keys; index++) {
    const shard = shardOf(key(index), seed);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  // Ten a shard on average: Poisson gives 40 or more once in 10^9, and some 0.4 empty shards.
  expect(Math.max(...counts)).toBeLessThan(40);
  expect(counts.filter((count) => count === 0).length).toBeLessThan(10);
});

test("the shard of a key is the same for ever: records name it", () => {
  expect(shardOf("default/support/agent-1/-", Buffer.alloc(32, 7))).toBe(4673);
});
