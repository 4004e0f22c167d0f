// From a tenth of the rate to four times of it, and down again. Beyond what the nodes can do they refuse, with a code that
// says when to come again; a call without an answer, or with another's, is a failure at any rate.
//   k6 run -e GATEHOUSE_TARGET=ready.json [-e RATE=100] [-e SECONDS=30] loadtest/k6/ramp.ts
import type { Options } from "k6/options";
import { callInTurn, rate, seconds, usersMax } from "./gateway.ts";

const part = `${Math.max(1, Math.round(seconds / 4))}s`;

export const options: Options = {
  scenarios: {
    ramp: {
      executor: "ramping-arrival-rate",
      exec: "ramp",
      startRate: Math.max(1, Math.round(rate / 10)),
      timeUnit: "1s",
      preAllocatedVUs: usersMax,
      maxVUs: usersMax * 4,
      stages: [
        { target: rate, duration: part },
        { target: rate * 4, duration: part },
        { target: rate * 4, duration: part },
        { target: Math.max(1, Math.round(rate / 10)), duration: part },
      ],
    },
  },
  thresholds: { gatehouse_failed: ["rate==0"] },
};

export function ramp(): void {
  callInTurn(["OVERLOADED", "THROTTLED"]);
}
