import { afterEach, expect, test } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { MemoryCluster } from "./conductor.fixture.ts";

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** "made", or the rule that refused it. */
function endOf({ result, error }: JsonObject): string {
  const about = (result as { _meta?: JsonObject } | undefined)?._meta?.["io.gatehouse/verdict"];
  const { code } = (about ?? (error as { data?: object } | undefined)?.data ?? {}) as { code?: string };
  return code ?? "made";
}

test("calls of one session at every door, more at once than their scope has tokens: all are decided in time, and no token is left", async () => {
  cluster = new MemoryCluster();
  const tokens = 7;
  const wide = { capacity: 1_000, perSecond: 1_000 };
  const grants = [toolGrant("read_ticket", { bucket: wide, shared: { capacity: tokens, perSecond: 0.001 } })];
  const limited = { limits: { agent: wide, budget: { calls: 1_000, hours: 1 }, openCalls: 64 } };
  for (const id of ["n1", "n2"]) await cluster.join(id, grants, limited);
  await cluster.inSync();
  const from = performance.now();
  const calls = Array.from({ length: 32 }, (_, at) => cluster.nodes[at % 2]?.call("read_ticket"));
  const ends = await Promise.all(calls.map(async (call) => endOf((await call?.answered.promise) ?? {})));
  const tookMs = performance.now() - from;
  const count = (end: string): number => ends.filter((each) => each === end).length;
  expect({ made: count("made"), throttled: count("scope.tool") }).toEqual({ made: tokens, throttled: calls.length - tokens }); // prettier-ignore
  expect(tookMs).toBeLessThan(limits.scopeWaitMs);
});
