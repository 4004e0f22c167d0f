// The same rate all the time, open loop: calls are sent when they are due, whatever became of those before.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] loadtest/k6/steady.ts
import type { Options } from "k6/options";
import { callInTurn, p99Ms, rate, seconds, usersMax } from "./gateway.ts";

export const options: Options = {
  scenarios: {
    steady: {
      executor: "constant-arrival-rate",
      exec: "steady",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax,
    },
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: [`p(99)<${p99Ms}`],
    dropped_iterations: ["count==0"],
  },
};

export function steady(): void {
  callInTurn();
}
