/** Membership over the store of three real servers; what it does under faults is told by simulation (test/simulation). */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { openBench, operate, until } from "./jetstream.fixture.ts";
import type { Bench } from "./jetstream.fixture.ts";
import { LiveMember } from "./membership.fixture.ts";
import { shardCount } from "./shard.ts";

let stand: Stand;
const benches: Bench[] = [];
const members: LiveMember[] = [];

beforeAll(async () => {
  stand = await startStand({ servers: 3 });
  for (const node of ["n1", "n2", "n3"]) {
    const bench = await openBench({ options: stand.options(node, "store"), name: "GATEHOUSE", replicas: 3 });
    benches.push(bench);
    members.push(new LiveMember(node, bench.store, shardCount));
  }
}, 90_000);

afterAll(async () => {
  for (const member of members) member.halt();
  for (const bench of benches) await bench[Symbol.asyncDispose]();
  await stand.stop({ remove: true });
});

const [one, two, three] = [0, 1, 2].map((at) => () => members[at] as LiveMember) as [
  () => LiveMember,
  () => LiveMember,
  () => LiveMember,
];

test("three nodes join, may act, and see one view in which every shard has an owner", async () => {
  await until("all see all", () => members.every((member) => members.every((other) => member.sees(other))));
  await until("all may act", () => members.every((member) => member.isActing));
  await until(
    "all see the same",
    () => new Set(members.map(({ membership }) => membership.view?.number)).size === 1,
  );
  expect(members.reduce((sum, { ownedShards }) => sum + ownedShards, 0)).toBe(shardCount);
});

test("a launcher's word is a take-over within a second, and the dead one's shards are others'", async () => {
  const { incarnation } = three().membership;
  three().halt();
  const toldAt = performance.now();
  one().died("n3", incarnation);
  await until("both others have seen it", () =>
    [one(), two()].every((member) => member.sawEndOf("n3", incarnation) !== undefined),
  );
  for (const member of [one(), two()])
    expect((member.sawEndOf("n3", incarnation) ?? Number.NaN) - toldAt).toBeLessThan(1_000);
  expect(one().ownedShards + two().ownedShards).toBe(shardCount);
  expect([one().isActing, two().isActing]).toEqual([true, true]);
});

test("a stream that is deleted under them is made again, and the view written back by those who know it", async () => {
  const before = one().membership.view;
  const places = before?.members.map(({ id, incarnation, isLive }) => ({ id, incarnation, isLive }));
  await operate(stand.operatorOptions(), ({ streams }) => streams.delete("KV_GATEHOUSE"));
  const isRestored = (member: LiveMember): boolean =>
    member.membership.view !== undefined && member.membership.view.history !== before?.history;
  await until("both have seen it written back", () => isRestored(one()) && isRestored(two()));
  const after = one().membership.view;
  expect(after?.number).toBeGreaterThan((before?.number ?? 0) + 1_000);
  expect(after?.base).toBe(before?.number);
  expect(after?.members.map(({ id, incarnation, isLive }) => ({ id, incarnation, isLive }))).toEqual(places);
  // Nobody acts until nobody can be left who does not know.
  expect([one().isActing, two().isActing]).toEqual([false, false]);
});
