/** What is promised: each figure with what it must be and what it should be, from what was measured. */
import type { Comparison } from "./comparison.ts";
import type { CrashFigures } from "./crash.ts";
import { median } from "./rig.ts";
import type { ToolLists } from "./startup.ts";

/** A promise: the figure, what it must be and what it should be. `atLeast` figures are better when larger. */
export interface Goal {
  readonly figure: string;
  readonly unit: string;
  readonly measured: number;
  /** None for a figure that is only reported. */
  readonly must?: number;
  readonly aim?: number;
  readonly atLeast?: true;
  readonly spread?: readonly [min: number, max: number];
}

export function holds({ measured, must, atLeast }: Goal): boolean {
  if (must === undefined) return true;
  return atLeast === true ? measured >= must : measured <= must;
}

function spreadOf(values: readonly number[]): {
  readonly measured: number;
  readonly spread: [number, number];
} {
  return { measured: median(values), spread: [Math.min(...values), Math.max(...values)] };
}

/** Beyond it, in cores, what else runs on the machine decides the figures of a round. */
const othersMax = 0.2;

/** Rounds in which another program took part. They are not left out: whoever reads the figures has to know. */
export function disturbedRounds({ rounds }: Comparison): number {
  const isDisturbed = ({ bare, tuned, gateway }: Comparison["rounds"][number]): boolean =>
    [bare, tuned, gateway].some(({ others }) => others > othersMax);
  return rounds.filter(isDisturbed).length;
}

export function throughputGoals({ rounds }: Comparison): Goal[] {
  const ratios = (base: "bare" | "tuned"): number[] =>
    rounds.map((round) => round.gateway.callsPerSecond / round[base].callsPerSecond);
  const added = (base: "bare" | "tuned"): number[] =>
    rounds.map((round) => round.gateway.cpuUs - round[base].cpuUs);
  return [
    {
      figure: "throughput against the bare proxy",
      unit: "ratio",
      ...spreadOf(ratios("bare")),
      must: 0.65,
      aim: 0.8,
      atLeast: true,
    },
    {
      figure: "throughput against the tuned bare proxy",
      unit: "ratio",
      ...spreadOf(ratios("tuned")),
      atLeast: true,
    },
    {
      figure: "own CPU per call over the bare proxy's",
      unit: "us",
      ...spreadOf(added("bare")),
      must: 100,
      aim: 45,
    },
    {
      figure: "own CPU per call over the tuned bare proxy's",
      unit: "us",
      ...spreadOf(added("tuned")),
      must: 100,
      aim: 45,
    },
    // Where a core was not full, this is the throughput ratio that a full one would give.
    {
      figure: "the bare proxy's CPU per call against the gateway's",
      unit: "ratio",
      ...spreadOf(rounds.map(({ bare, gateway }) => bare.cpuUs / gateway.cpuUs)),
      atLeast: true,
    },
    { figure: "own CPU per call", unit: "us", ...spreadOf(rounds.map(({ gateway }) => gateway.cpuUs)) },
  ];
}

export function latencyGoals({ rounds }: Comparison): Goal[] {
  const added = (base: "bare" | "tuned", pick: "p50Ms" | "p99Ms") =>
    spreadOf(rounds.map((round) => round.gateway[pick] - round[base][pick]));
  return [
    {
      figure: "added latency, 1 connection, p50",
      unit: "ms",
      ...added("bare", "p50Ms"),
      must: 0.4,
      aim: 0.15,
    },
    { figure: "added latency, 1 connection, p99", unit: "ms", ...added("bare", "p99Ms"), must: 3, aim: 1 },
    {
      figure: "the same over the tuned bare proxy, p50",
      unit: "ms",
      ...added("tuned", "p50Ms"),
      must: 0.4,
      aim: 0.15,
    },
    {
      figure: "the same over the tuned bare proxy, p99",
      unit: "ms",
      ...added("tuned", "p99Ms"),
      must: 3,
      aim: 1,
    },
  ];
}

/** @param times milliseconds of each start */
export function startGoals(times: readonly number[]): Goal[] {
  const seconds = spreadOf(times.map((ms) => ms / 1000));
  return [{ figure: "start to ready, quick start", unit: "s", ...seconds, must: 2, aim: 0.7 }];
}

export function listGoals({ allBytes, personas }: ToolLists): Goal[] {
  return personas.map(({ persona, bytes }) => {
    const measured = (1 - bytes / allBytes) * 100;
    return {
      figure: `tools/list of ${persona}, less than all upstreams'`,
      unit: "%",
      measured,
      must: 80,
      atLeast: true,
    };
  });
}

export function crashGoals({ rounds, open }: CrashFigures): Goal[] {
  const sum = (pick: "withoutIntent" | "twice"): number =>
    rounds.reduce((all, round) => all + round[pick], 0);
  return [
    {
      figure: "kill -9: calls seen without an intent record",
      unit: "calls",
      measured: sum("withoutIntent"),
      must: 0,
    },
    { figure: "kill -9: calls that an upstream saw twice", unit: "calls", measured: sum("twice"), must: 0 },
    {
      figure: "kill -9: intents without outcome after the next start",
      unit: "calls",
      measured: open,
      must: 0,
    },
  ];
}
