// A node is lost in the middle (loadtest/load.ts kills it; an operator does it by hand). Its door is gone with it: what was
// open there ends without an answer, and an agent goes to the next door. All else goes on.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] loadtest/k6/nodeloss.ts
import { Counter } from "k6/metrics";
import type { Options } from "k6/options";
import { count, doors, numberOfCall, post, rate, seconds, usersMax } from "./gateway.ts";

/** Calls that found no door, or lost it, and went to another one. */
const gone = new Counter("gatehouse_door_gone");
/** A successor owns the session a moment later; what its former owner had under way is told as unknown. */
const expected = ["OUTCOME_UNKNOWN"];

export const options: Options = {
  scenarios: {
    nodeloss: {
      executor: "constant-arrival-rate",
      exec: "nodeloss",
      rate,
      timeUnit: "1s",
      duration: `${seconds}s`,
      preAllocatedVUs: usersMax,
      maxVUs: usersMax * 5,
      gracefulStop: "60s",
    },
  },
  thresholds: {
    gatehouse_failed: ["rate==0"],
    gatehouse_call: ["p(95)<2000"],
    dropped_iterations: ["count==0"],
  },
};

export function nodeloss(): void {
  const n = numberOfCall();
  for (let tries = 0; tries < 3; tries++) {
    const door = doors[(n + tries) % doors.length];
    if (door === undefined) throw new Error("no door");
    const { ending, ms } = post(door, n);
    if (ending !== "no answer") return count(ending, ms, expected);
    gone.add(1);
  }
  count("no answer", 0);
}
