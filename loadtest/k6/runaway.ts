// One agent goes round and round with the same call, as fast as it can, among others that work at a steady rate: it is cut,
// and they do not notice. The runaway agent has a persona of its own, named "runaway" or by RUNAWAY.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] [-e RUNAWAY=persona] loadtest/k6/runaway.ts
import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { sleep } from "k6";
import exec from "k6/execution";
import { callInTurn, doorsFor, p99Ms, post, rate, seconds, usersMax } from "./gateway.ts";

const theirs = doorsFor(__ENV["RUNAWAY"] ?? "runaway");
/** Of the runaway agent's calls. */
const cut = new Rate("gatehouse_runaway_cut");

export const options: Options = {
  scenarios: {
    good: {
      executor: "constant-arrival-rate",
      exec: "good",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax,
    },
    runaway: { executor: "constant-vus", exec: "runaway", vus: 4, duration: `${seconds}s` },
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: [`p(99)<${p99Ms}`],
    gatehouse_runaway_cut: ["rate>0.9"],
    dropped_iterations: ["count==0"],
  },
};

export function good(): void {
  callInTurn();
}

export function runaway(): void {
  const door = theirs[exec.vu.idInTest % theirs.length];
  if (door === undefined) throw new Error("no door");
  // Always the same number: the same call, over and over.
  const { ending } = post(door, 1_999_999_999);
  cut.add(ending !== "ok");
  // It does not wait as it is told to; only its own client's speed bounds it.
  sleep(0.005);
}
