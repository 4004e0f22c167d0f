/** Everything the bench finds, in the order it looks for it. */
import { breakDownCall } from "./breakdown.ts";
import { compare } from "./comparison.ts";
import type { Comparison, Load } from "./comparison.ts";
import { crash } from "./crash.ts";
import type { CrashFigures } from "./crash.ts";
import { crashGoals, latencyGoals, listGoals, startGoals, throughputGoals } from "./goals.ts";
import type { Goal } from "./goals.ts";
import { buildRig } from "./rig.ts";
import type { Rig } from "./rig.ts";
import type { Breakdown } from "./stages.ts";
import { copyQuickstart, measureToolLists, startTimes } from "./startup.ts";
import type { ToolLists } from "./startup.ts";

export const sections = ["throughput", "latency", "stages", "start", "lists", "crash"] as const;
export type Section = (typeof sections)[number];

export interface Plan {
  readonly throughput: Load;
  readonly latency: Load;
  readonly profileMs: number;
  readonly starts: number;
  readonly crashes: number;
}

export const full: Plan = {
  throughput: { connections: 64, rounds: 7, warmupMs: 2_000, measureMs: 6_000 },
  latency: { connections: 1, rounds: 7, warmupMs: 1_000, measureMs: 3_000 },
  profileMs: 6_000,
  starts: 5,
  crashes: 12,
};
export const quick: Plan = {
  throughput: { connections: 64, rounds: 3, warmupMs: 500, measureMs: 2_500 },
  latency: { connections: 1, rounds: 3, warmupMs: 500, measureMs: 1_500 },
  profileMs: 3_000,
  starts: 3,
  crashes: 3,
};

export interface StartTimes {
  /** Milliseconds of each start: of the bench's own configuration, of the quick start's. */
  readonly bench: readonly number[];
  readonly quickstart: readonly number[];
}

export interface Findings {
  readonly goals: Goal[];
  throughput?: Comparison;
  latency?: Comparison;
  stages?: Breakdown;
  start?: StartTimes;
  lists?: ToolLists;
  crash?: CrashFigures;
}

const warmUpMs = 4_000;

/**
 * @param random draws the moments of the kills
 * @param say    gets a line whenever something is known
 * @throws Error when an assertion does not hold: then no figure counts
 */
export async function find(
  plan: Plan,
  chosen: ReadonlySet<Section>,
  random: () => number,
  say: (line: string) => void,
): Promise<Findings> {
  const found: Findings = { goals: [] };
  const rig = await buildRig();
  try {
    await findCosts(rig, plan, chosen, found, say);
    if (chosen.has("start")) {
      say("start to ready");
      const bench = await startTimes(await rig.configureGateway("start"), plan.starts);
      const quickstart = await startTimes(copyQuickstart(rig, "quickstart-start"), plan.starts);
      found.start = { bench, quickstart };
      found.goals.push(...startGoals(quickstart));
    }
    if (chosen.has("lists")) {
      say("tools/list of the quick start");
      found.lists = await measureToolLists(copyQuickstart(rig, "quickstart-lists"));
      found.goals.push(...listGoals(found.lists));
    }
  } finally {
    await rig.close();
  }
  if (chosen.has("crash")) {
    say("kill -9 in the middle of 1,000 calls");
    found.crash = await crash(plan.crashes, random, say);
    found.goals.push(...crashGoals(found.crash));
  }
  return found;
}

async function findCosts(
  rig: Rig,
  plan: Plan,
  chosen: ReadonlySet<Section>,
  found: Findings,
  say: (line: string) => void,
): Promise<void> {
  if (chosen.has("throughput")) {
    say(`throughput, ${plan.throughput.connections} connections`);
    found.throughput = await compare(rig, plan.throughput, say);
    found.goals.push(...throughputGoals(found.throughput));
  }
  if (chosen.has("latency")) {
    say(`latency, ${plan.latency.connections} connection`);
    found.latency = await compare(rig, plan.latency, say);
    found.goals.push(...latencyGoals(found.latency));
  }
  if (chosen.has("stages")) {
    say("CPU time by stage, from a profile");
    found.stages = await breakDownCall(rig, warmUpMs, plan.profileMs);
  }
}
