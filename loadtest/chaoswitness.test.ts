import { describe, expect, test } from "vitest";
import { broken, circling, spenderBucket, witnesses } from "./chaoswitness.ts";

const before = { owner: "n1", runnerUp: "n2", labels: ["customer-data"], tokens: 999 };
const full = [{ of: "session", tokens: 998 }];
const empty = [{ of: "session", tokens: 0.1 }];
const every = ["*"];
const open = { state: "open" };
const after = (ending: string, shown: object) => ({ ending, seconds: 20, shown: { buckets: full, labels: before.labels, ...shown } }); // prettier-ignore

describe("what a double failure must leave", () => {
  test("a session that lost both has every label and an empty bucket, and goes on when it has refilled", () => {
    expect(broken("spender1", before, after("bucket.agent", { labels: every, buckets: empty }), true)).toEqual([]); // prettier-ignore
  });

  test("one that lost only one of them is as it was", () => {
    expect(broken("spender1", before, after("ok", {}), false)).toEqual([]);
  });

  test("a stop and an open breaker hold either way", () => {
    for (const isLost of [true, false]) {
      const labels = isLost ? every : before.labels;
      expect(broken("circling1", before, after("breaker.behaviour", { labels, behaviour: open }), isLost)).toEqual([]); // prettier-ignore
      expect(broken("stopped1", before, after("SESSION_KILLED", { labels }), isLost)).toEqual([]);
    }
  });

  test.each([
    ["a label of one that was lost", "spender1", after("bucket.agent", { buckets: empty }), true],
    ["a label of one that was not", "spender1", after("ok", { labels: [] }), false],
    ["every label where a node that knew it lives", "spender1", after("ok", { labels: every }), false],
    ["a full bucket", "spender1", after("bucket.agent", { labels: every }), true],
    ["a call out of an empty bucket", "spender1", after("ok", { labels: every, buckets: empty }), true],
    ["a bucket that was emptied without need", "spender1", after("ok", { buckets: empty }), false],
    ["other words", "spender1", after("OWNER_UNAVAILABLE", { labels: every, buckets: empty }), true],
    ["a breaker that closed", "circling1", after("breaker.behaviour", { labels: every, behaviour: { state: "closed" } }), true], // prettier-ignore
    ["a call of a session that goes in circles", "circling1", after("ok", { labels: every, behaviour: open }), true], // prettier-ignore
    ["a call of a session that was stopped", "stopped1", after("ok", { labels: every }), true],
  ])("is found missing: %s", (_what, session, found, isLost) => {
    expect(broken(session, before, found, isLost)).toHaveLength(1);
  });
});

test("there are witnesses of each kind, and what they wait for does not come in a run", () => {
  expect(new Set(witnesses.map((each) => each.replace(/\d+$/, "")))).toEqual(new Set(["spender", "circling", "stopped"])); // prettier-ignore
  expect(1 / spenderBucket.perSecond).toBeGreaterThanOrEqual(100);
  expect(circling.openSeconds).toBeGreaterThan(3_600);
});
