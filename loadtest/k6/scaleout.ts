// A node joins in the middle (loadtest/load.ts starts it; an operator does it by hand): sessions move to it, and no call
// fails or waits for long.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] loadtest/k6/scaleout.ts
import type { Options } from "k6/options";
import { callInTurn, p99Ms, rate, seconds, usersMax } from "./gateway.ts";

export const options: Options = {
  scenarios: {
    scaleout: {
      executor: "constant-arrival-rate",
      exec: "scaleout",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax * 3,
    },
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: [`p(99)<${p99Ms * 2}`],
    dropped_iterations: ["count==0"],
  },
};

export function scaleout(): void {
  callInTurn();
}
