import { expect, test } from "vitest";
import { newTrail } from "../../actors/behaviour/trail.ts";
import { create } from "../../actors/sessionstate.ts";
import { portray } from "./portrait.ts";

test("of guard four a session shows what it looked at and by which rule it was interrupted, and nothing before either", () => {
  const state = create();
  expect(portray(state, undefined, 0).sequence).toBeUndefined();
  const trail = newTrail("key");
  trail.calls = 3;
  trail.asked.add(7);
  trail.asked.add(8);
  expect(portray({ ...state, trail }, undefined, 0).sequence).toEqual({ calls: 3, distinct: 2 });
  const interruptedBy = "sequence.injected";
  expect(portray({ ...state, trail, interruptedBy }, undefined, 0).sequence).toEqual({ calls: 3, distinct: 2, interruptedBy }); // prettier-ignore
  expect(portray({ ...state, interruptedBy }, undefined, 0).sequence).toEqual({ calls: 0, distinct: 0, interruptedBy }); // prettier-ignore
});

test("reads that were stopped by a count are shown with what was counted, for whom and until when, and not once that is over", () => {
  const state = create();
  expect(portray(state, undefined, 0)).not.toHaveProperty("readsStopped");
  const stops: readonly (readonly [string, string, number])[] = [["session", "server crm", 50], ["user", "label health", 90]]; // prettier-ignore
  const counting = { ...state, tally: { day: 0, since: 0, waiting: [], stops: [...stops], gave: [], rows: new Map() } }; // prettier-ignore
  expect(portray(counting, undefined, 60).readsStopped).toEqual([{ of: "label health", countedFor: "user", until: 90 }]); // prettier-ignore
  expect(portray(counting, undefined, 90)).not.toHaveProperty("readsStopped");
});
