// A server that takes seconds for each call, and one that does not: agents of the quick one do not wait for the slow one.
// The slow server is behind a persona named "slow", or by SLOW.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] [-e SLOW=persona] loadtest/k6/slowupstream.ts
import { Trend } from "k6/metrics";
import type { Options } from "k6/options";
import {
  callInTurn,
  doorsFor,
  failed,
  numberOfCall,
  p99Ms,
  post,
  rate,
  seconds,
  usersMax,
} from "./gateway.ts";

const theirs = doorsFor(__ENV["SLOW"] ?? "slow");
const slowMs = new Trend("gatehouse_slow_call", true);
/** Refusals that a slow server brings, all of them before it is called or when its time is over. */
const expected: ReadonlySet<string> = new Set(["ok", "OVERLOADED", "THROTTLED", "UPSTREAM_TIMEOUT"]);

export const options: Options = {
  scenarios: {
    quick: {
      executor: "constant-arrival-rate",
      exec: "quick",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax,
    },
    slow: {
      executor: "constant-arrival-rate",
      exec: "slow",
      rate: Math.max(1, Math.round(rate / 4)),
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax * 2,
      gracefulStop: "60s",
    },
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: [`p(99)<${p99Ms}`],
    "dropped_iterations{scenario:quick}": ["count==0"],
  },
};

export function quick(): void {
  callInTurn();
}

export function slow(): void {
  const n = numberOfCall(500_000_000);
  const door = theirs[n % theirs.length];
  if (door === undefined) throw new Error("no door");
  const { ending, ms } = post(door, n);
  failed.add(!expected.has(ending), { ending });
  slowMs.add(ms);
}
