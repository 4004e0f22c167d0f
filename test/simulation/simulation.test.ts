/** A short version of `npm run simulate`: some seeds, all scenarios, four planted bugs, and the ports of the simulation. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { fenceLogCases } from "../../cluster/fencelog.cases.ts";
import type { FenceStore } from "../../cluster/fencestore.ts";
import { storeCases } from "../../cluster/store.cases.ts";
import { transportCases } from "../../cluster/transport.cases.ts";
import { ranked } from "../../cluster/view.ts";
import { Cluster } from "./cluster.ts";
import { applied, mutantNames, readMutant, runMutant } from "./mutants.ts";
import { SimNetwork } from "./network.ts";
import { Random } from "./random.ts";
import { play, scenarios } from "./scenarios.ts";
import { simulateScale } from "./scale.ts";
import { Schedule } from "./schedule.ts";
import { simulate, simulationDefaults } from "./simulate.ts";
import { SimFences } from "./simfence.ts";
import { SimStore } from "./simstore.ts";

const root = resolve(import.meta.dirname, "..", "..");
const seed = inject("seed");
const longMs = 120_000;

test("three seeds are clean, and each gives the same fingerprint a second time", { timeout: longMs }, () => {
  const run = (each: number) => simulate({ ...simulationDefaults, minutes: 0.5, seed: each });
  const prints = [seed, seed + 1, seed + 2].map((each) => {
    const outcome = run(each);
    expect({ seed: each, violations: outcome.violations }).toEqual({ seed: each, violations: [] });
    expect(outcome.figures["writes"]).toBeGreaterThan(100);
    return outcome.fingerprint;
  });
  expect(run(seed).fingerprint).toBe(prints[0]);
  expect(new Set(prints).size).toBe(3);
});

describe("scenario", () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("%s", (_name, scenario) => {
    expect({ seed, violations: play(scenario, seed) }).toEqual({ seed, violations: [] });
  });
});

test(
  "a thousand shards of one node are with their best members, and in sync, within 20 s",
  { timeout: longMs },
  () => {
    const cluster = new Cluster({ seed, nodes: 3, shards: 1_024, sessions: 400, callsPerSecond: 40 });
    cluster.load(20_000);
    cluster.runUntil(20_000);
    const view = cluster.trueView();
    if (view === undefined) throw new Error("there is no view");
    const misplaced = [...view.owner].filter((place, shard) => place !== ranked(view.members, shard, 1)[0]);
    expect({ seed, misplaced: misplaced.length, violations: cluster.oracle.violations }).toEqual({ seed, misplaced: 0, violations: [] }); // prettier-ignore
    cluster.runUntil(24_000);
    expect(cluster.unhealed()).toEqual([]);
  },
);

test(
  "fifty nodes know two thousand sessions, and are in sync again within five seconds of a kill",
  { timeout: longMs },
  () => {
    const sizes = { nodes: 50, shards: 1_024, sessions: 2_000, active: 400, minutes: 0.2, kills: 1 };
    const { violations, figures } = simulateScale({ seed, ...sizes }, () => undefined);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    expect(figures).toMatchObject({ nodes: 50, sessionsKnown: 2_000, lostShards: 0 });
    expect(figures["sessionsHydrated"]).toBeGreaterThan(200);
    expect(figures["healedMsMax"]).toBeLessThanOrEqual(5_000);
    expect(figures["checks"]).toBeGreaterThan(10_000);
  },
);

describe("planted bugs", () => {
  test("all stand where the shipped files have what they change", () => {
    const names = mutantNames();
    expect(names.length).toBeGreaterThanOrEqual(10);
    for (const name of names) {
      const { changes, fence, claim, seeds } = readMutant(name);
      expect([name, fence !== "" && claim !== "" && seeds > 0 && changes.length > 0]).toEqual([name, true]);
      for (const change of changes) applied(change, readFileSync(join(root, change.file), "utf8"));
    }
  });

  test("take away every fence that docs/adr/0007 names", () => {
    const adr = readFileSync(join(root, "docs", "adr", "0007-death-and-takeover.md"), "utf8");
    const named = new Set([...adr.matchAll(/^\| (F\d+) \|/gm)].map(([, fence]) => fence ?? ""));
    expect(named.size).toBeGreaterThanOrEqual(9);
    expect(new Set(mutantNames().map((name) => readMutant(name).fence))).toEqual(named);
  });

  test.each(["dispatch-without-fence", "fence-before-fill", "journal-gap", "approval-use-without-fence"])(
    "%s is noticed",
    { timeout: longMs },
    async (name) => {
      expect(await runMutant(name, 5)).toMatchObject({ name, isKilled: true });
    },
  );
});

describe("simulated store", () => {
  storeCases(() => {
    const schedule = new Schedule();
    const simulated = new SimStore(schedule, new Random(seed));
    simulated.lostAnswers = 0;
    const { store } = simulated.link();
    return { store, settle: () => schedule.runUntil(schedule.now + 1_000, () => false) };
  });
});

describe("simulated fence store", () => {
  fenceLogCases(() => {
    const schedule = new Schedule();
    const fences = new SimFences(schedule, new Random(seed));
    Object.assign(fences.weather, { answers: 0, reads: 0, numbers: 0 });
    const settle = (): void => void setImmediate(() => schedule.runUntil(schedule.now + 100, () => false));
    const open = (): FenceStore => {
      const store = fences.store({ isCut: false, isMute: false, watch: undefined });
      return {
        write: (...args) => (settle(), store.write(...args)),
        read: (...args) => (settle(), store.read(...args)),
      };
    };
    return { open };
  });
});

describe("simulated network", () => {
  transportCases(() => {
    const schedule = new Schedule();
    const network = new SimNetwork<{ readonly text: string }>(schedule, new Random(seed));
    return {
      connect: (id) => network.transport(id),
      settle: () => schedule.runUntil(schedule.now + 1_000, () => false),
    };
  });
});
