/** Many seeds one after the other, or spread over child processes, and what they come to. */
import { Children, inOrder } from "./jobs.ts";
import type { Attempt } from "./jobs.ts";
import { simulate } from "./simulate.ts";
import type { Outcome, SimulationOptions } from "./simulate.ts";

/** No seed has taken a hundredth of it. */
const seedMsMax = 10 * 60_000;

/** One seed. */
export interface SeedTask extends SimulationOptions {
  /** Is run a second time, and must give the same fingerprint. */
  readonly isTwice: boolean;
}

export interface SeedResult {
  readonly outcome: Outcome;
  readonly again: Outcome | undefined;
}

export function runSeed({ isTwice, ...options }: SeedTask): SeedResult {
  const outcome = simulate(options);
  return { outcome, again: isTwice ? simulate(options) : undefined };
}

function* tasksOf(first: SeedTask, count: number): Generator<SeedTask> {
  for (let seed = first.seed; seed < first.seed + count; seed++) yield { ...first, seed };
}

/** In this process. */
function* runHere(tasks: Iterable<SeedTask>): Generator<readonly [SeedTask, Attempt<SeedResult>]> {
  for (const task of tasks)
    try {
      yield [task, { kind: "done", result: runSeed(task) }];
    } catch (error) {
      yield [task, { kind: "failed", reason: error instanceof Error ? (error.stack ?? "") : String(error) }];
    }
}

export interface SeedRun {
  readonly first: SeedTask;
  readonly count: number;
  readonly jobs: number;
  /** A program that serves `runSeed`, and its arguments. */
  readonly program: { readonly file: string; readonly args: readonly string[] };
}

/** What comes of each seed, in their order. Who leaves the loop ends what is still at work. */
export async function* runSeeds({
  first,
  count,
  jobs,
  program,
}: SeedRun): AsyncGenerator<readonly [SeedTask, Attempt<SeedResult>]> {
  // prettier-ignore
  const tasks = tasksOf(first, count);
  if (jobs === 1) return yield* runHere(tasks);
  const children = new Children<SeedTask, SeedResult>({ ...program, taskMsMax: seedMsMax });
  try {
    yield* inOrder(tasks, Math.min(jobs, count), (task) => children.attempt(task));
  } finally {
    children.stop();
  }
}

/** What many seeds come to. A rate is of both runs, where each is run twice. */
export class Sums {
  readonly counts = { clean: 0, violated: 0, crashed: 0, unequal: 0, events: 0, writes: 0, fencedWrites: 0, epochs: 0, lostShards: 0, faults: 0 }; // prettier-ignore
  /** Of the seeds that violated something, died, or gave two fingerprints. */
  readonly bad: number[] = [];
  fingerprint = "";
  #cpuMs = 0;
  #threadMs = 0;
  #events = 0;

  add({ seed }: SeedTask, attempt: Attempt<SeedResult>): void {
    const { counts } = this;
    if (attempt.kind === "failed") {
      counts.crashed++;
      this.bad.push(seed);
      return;
    }
    const { outcome, again } = attempt.result;
    const isUnequal = again !== undefined && again.fingerprint !== outcome.fingerprint;
    if (isUnequal) counts.unequal++;
    const isClean = outcome.violations.length === 0;
    if (isClean) counts.clean++;
    else counts.violated++;
    if (!isClean || isUnequal) this.bad.push(seed);
    for (const each of again === undefined ? [outcome] : [outcome, again]) {
      this.#events += each.events;
      this.#cpuMs += each.ms;
      this.#threadMs += each.threadMs;
    }
    counts.events += outcome.events;
    for (const name of ["writes", "fencedWrites", "epochs", "lostShards"] as const)
      counts[name] += outcome.figures[name] ?? 0;
    for (const times of Object.values(outcome.faults)) counts.faults += times;
    this.fingerprint = outcome.fingerprint;
  }

  get isOk(): boolean {
    return this.bad.length === 0;
  }

  /** @param clockMs from the first seed's beginning to the last one's end */
  figures(clockMs: number): { readonly [name: string]: number | string } {
    const rate = (ms: number): number => (ms > 0 ? Math.round((this.#events / ms) * 1_000) : 0);
    const seconds = (ms: number): number => Math.round(ms) / 1_000;
    return {
      ...this.counts,
      eventsPerCpuSecond: rate(this.#cpuMs),
      eventsPerThreadSecond: rate(this.#threadMs),
      eventsPerSecond: rate(clockMs),
      cpuSeconds: seconds(this.#cpuMs),
      threadSeconds: seconds(this.#threadMs),
      clockSeconds: seconds(clockMs),
      fingerprint: this.fingerprint,
    };
  }
}
