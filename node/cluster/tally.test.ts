import { afterEach, expect, test } from "vitest";
import { toolGrant } from "../../actors/session.fixture.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { MemoryCluster } from "./conductor.fixture.ts";
import type { MemoryNode } from "./conductor.fixture.ts";

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

/** "made", or the rule that refused it. */
function endOf({ result, error }: JsonObject): string {
  const about = (result as { _meta?: JsonObject } | undefined)?._meta?.["io.gatehouse/verdict"];
  const { code } = (about ?? (error as { data?: object } | undefined)?.data ?? {}) as { code?: string };
  return code ?? "made";
}

const max = 40;
const wide = { capacity: 1_000, perSecond: 1_000 };
const changes = {
  limits: { agent: wide, budget: { calls: 1_000, hours: 1 }, openCalls: 64 },
  accumulation: [{ server: "tickets", per: "user", days: 1, max, then: "stop", reason: "the mission" }],
} as const;

async function two(): Promise<MemoryCluster> {
  const made = new MemoryCluster();
  for (const id of ["n1", "n2"]) await made.join(id, [toolGrant("read_ticket", { bucket: wide })], changes);
  await made.inSync();
  return made;
}

/** Reads of different tickets at the doors in turn. */
async function reads(doors: readonly MemoryNode[], from: number, count: number): Promise<string[]> {
  const ends: string[] = [];
  for (let at = from; at < from + count; at++) {
    const call = doors[at % doors.length]?.call("read_ticket", {}, { ticket: at });
    ends.push(endOf((await call?.answered.promise) ?? {}));
  }
  return ends;
}

test("reads of one user at every door are counted in one scope, wherever it lives, and what it stops is refused at every door", async () => {
  cluster = await two();
  const ends = await reads(cluster.nodes, 0, 120);
  const made = ends.filter((end) => end === "made").length;
  expect(made).toBeGreaterThanOrEqual(max - 5);
  expect(made).toBeLessThanOrEqual(max + limits.tallyMarksMax);
  expect(new Set(ends.slice(made))).toEqual(new Set(["tally.user"]));
});

test.each(["dies", "drains"])(
  "the node that counts %s in mid-way: the count goes on where it was, and does not begin anew",
  async (how) => {
    cluster = await two();
    const { owner, other } = cluster.sides();
    expect(new Set(await reads([other], 0, 32))).toEqual(new Set(["made"]));
    if (how === "drains") owner.peer.give({ kind: "drain" });
    else {
      owner.peer.stop();
      other.peer.give({ kind: "died", id: owner.id, incarnation: owner.peer.machine.incarnation });
    }
    await expect.poll(() => other.peer.machine.holding(cluster.shard)?.epoch ?? 0, { timeout: 5_000 }).toBeGreaterThan(0); // prettier-ignore
    // Little of the cap is left: who had forgotten the first reads would let all of these pass.
    const ends = await reads([other], 32, 38);
    expect(ends.at(-1)).toBe("tally.user");
    expect(ends.filter((end) => end === "made").length).toBeLessThanOrEqual(
      max - 32 + limits.tallyMarksMax / 2,
    );
  },
);
