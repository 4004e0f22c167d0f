/** Work in child processes: nothing that a child dies of is lost, and seeds come out as they do in one process. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Children, inOrder } from "./jobs.ts";
import type { Attempt } from "./jobs.ts";
import { plantedCopy, runMutants } from "./mutants.ts";
import { Sums } from "./seeds.ts";
import type { SeedTask } from "./seeds.ts";
import { simulate, simulationDefaults } from "./simulate.ts";
import type { Outcome } from "./simulate.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-jobs-"));
const file = join(folder, "program.mjs");
const longMs = 60_000;

beforeAll(() => {
  const jobs = JSON.stringify(pathToFileURL(join(import.meta.dirname, "jobs.ts")).href);
  writeFileSync(
    file,
    `import { serve } from ${jobs};
    serve(({ does, number }) => {
      if (does === "exit") process.exit(number);
      if (does === "kill") process.kill(process.pid, "SIGKILL");
      if (does === "throw") throw new Error("number " + number);
      while (does === "hang");
      return 2 * number;
    });\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Errand {
  readonly does: "double" | "exit" | "kill" | "throw" | "hang";
  readonly number: number;
}

async function attempts(errands: readonly Errand[], taskMsMax: number): Promise<Attempt<number>[]> {
  const children = new Children<Errand, number>({ file, args: [], taskMsMax });
  const results: Attempt<number>[] = [];
  for await (const [, attempt] of inOrder(errands, 2, (errand) => children.attempt(errand)))
    results.push(attempt);
  children.stop();
  return results;
}

describe("children", () => {
  test("each task has its own result, and one whose child dies is named by how it died", async () => {
    const does = ["double", "exit", "double", "kill", "throw", "double", "double"] as const;
    const results = await attempts(
      does.map((each, number) => ({ does: each, number })),
      longMs,
    );
    expect(results).toEqual([
      { kind: "done", result: 0 },
      { kind: "failed", reason: "its process ended: exit status 1" },
      { kind: "done", result: 4 },
      { kind: "failed", reason: "its process ended: SIGKILL" },
      { kind: "failed", reason: expect.stringContaining("Error: number 4") },
      { kind: "done", result: 10 },
      { kind: "done", result: 12 },
    ]);
  });

  test("one that never ends is ended, and counts as failed", async () => {
    expect(await attempts([{ does: "hang", number: 1 }], 400)).toEqual([
      { kind: "failed", reason: "no end within 0.4 s" },
    ]);
  });
});

describe("in order", () => {
  test("results come in the order of their tasks, so many at a time and no more, and none is begun for nobody", async () => {
    const given: number[] = [];
    const begun: number[] = [];
    let [running, most] = [0, 0];
    const work = async (task: number): Promise<number> => {
      begun.push(task);
      most = Math.max(most, ++running);
      for (let turn = 0; turn < (task % 3 === 0 ? 9 : 1); turn++) await new Promise(setImmediate);
      running--;
      return -task;
    };
    for await (const [task, result] of inOrder([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 3, work)) {
      expect(result === -task).toBe(true);
      given.push(task);
      if (task === 6) break;
    }
    expect(given).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
    const begunThen = begun.length;
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
    expect(begun.length).toBe(begunThen);
  });
});

describe("seeds", () => {
  const change = {
    file: "test/simulation/simulate.ts",
    from: "  const beganAt = performance.now();\n",
    to: '  const beganAt = performance.now();\n  if (options.seed === 2) process.exit(0);\n  if (options.seed === 3) throw new Error("planted");\n',
  };

  test(
    "of three seeds in two processes, one whose process leaves without a word and one that throws are named, the other is as in one process",
    { timeout: longMs },
    () => {
      const sizes = { minutes: 0.1, nodes: 3, shards: 8 };
      const copy = plantedCopy([change]);
      const few = ["--minutes", "0.1", "--nodes", "3", "--shards", "8"];
      const args = ["--seed", "1", "--seeds", "3", ...few, "--jobs", "2", "--json"];
      const run = spawnSync(process.execPath, [join(copy, "test", "simulation", "run.ts"), ...args], {
        encoding: "utf8",
      });
      rmSync(copy, { recursive: true, force: true });
      expect(run.status).toBe(1);
      const lines = run.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { seed: number; fingerprint?: string; violations: string[] });
      expect(lines.map(({ seed }) => seed)).toEqual([1, 2, 3, 1]);
      const { events, fingerprint } = simulate({ ...simulationDefaults, ...sizes, seed: 1 });
      expect(lines[0]?.fingerprint).toBe(fingerprint);
      expect(lines[1]?.violations).toEqual(["crashed: its process ended: exit status 0"]);
      expect(lines[2]?.violations[0]).toMatch(/crashed: Error: planted/);
      const figures = { clean: 1, crashed: 2, bad: "2 3", jobs: 2, events, fingerprint };
      expect(lines[3]).toMatchObject({ ok: false, figures });
    },
  );

  test("the last line sums what each seed took, both runs of it, and one that is bad makes the whole so", () => {
    const task: SeedTask = { ...simulationDefaults, seed: 7, isTwice: true };
    const one: Outcome = { seed: 7, violations: [], fingerprint: "aa", events: 3_000, ms: 40, threadMs: 30, wallMs: 99, faults: { kill: 2 }, figures: { writes: 5 }, alarms: 0 }; // prettier-ignore
    const sums = new Sums();
    sums.add(task, { kind: "done", result: { outcome: one, again: one } });
    sums.add(
      { ...task, seed: 8 },
      { kind: "done", result: { outcome: { ...one, fingerprint: "bb" }, again: undefined } },
    );
    expect(sums.isOk).toBe(true);
    expect(sums.figures(90)).toMatchObject({ clean: 2, events: 6_000, writes: 10, faults: 4, eventsPerCpuSecond: 75_000, eventsPerThreadSecond: 100_000, eventsPerSecond: 100_000, cpuSeconds: 0.12, threadSeconds: 0.09, clockSeconds: 0.09, fingerprint: "bb" }); // prettier-ignore
    for (const attempt of [
      { kind: "failed", reason: "gone" },
      { kind: "done", result: { outcome: { ...one, violations: ["0 s: no"] }, again: undefined } },
      { kind: "done", result: { outcome: one, again: { ...one, fingerprint: "cc" } } },
    ] as const) {
      const bad = new Sums();
      bad.add({ ...task, seed: 9 }, attempt);
      expect([bad.isOk, bad.bad]).toEqual([false, [9]]);
    }
  });

  test("a planted bug that cannot be run is not counted as noticed", async () => {
    const said: string[] = [];
    const outcomes = await runMutants(["there-is-none"], 2, (line) => said.push(line));
    expect(outcomes).toMatchObject([{ name: "there-is-none", isKilled: false }]);
    expect(said.join("\n")).toMatch(/UNNOTICED {2}there-is-none .*did not run[\s\S]*0 of 1/);
  });
});
