import { describe, expect, test } from "vitest";
import type { SentCall } from "./chaosagents.ts";
import { check, hasViolation, type ChaosFindings } from "./chaoschecker.ts";
import type { SeenRecord } from "./records.ts";

const call = (n: number, tool: string, ending: string | undefined): SentCall => ({
  n,
  tool,
  session: "p1",
  sentAt: 0,
  endedAt: 1,
  ending,
  operation: `op${n}`,
});
const record = (kind: string, n: number, name: string, outcome?: string): SeenRecord => ({ kind, op: `op${n}`, session: "s", name, role: "r", event: kind === "intent" ? "call" : "answered", eventOp: `op${n}`, n: String(n), outcome, writer: "n1 1" }); // prettier-ignore
/** The same at the next owner. */
const next = (one: SeenRecord): SeenRecord => ({ ...one, writer: "n2 1" });
const pair = (n: number, name: string, outcome = "ok"): SeenRecord[] => [record("intent", n, name), record("outcome", n, name, outcome)]; // prettier-ignore

/** A run in which an owner died, and all is as it must be. */
const calls = [
  call(1, "echo", "ok"),
  call(2, "write", "ok"),
  call(3, "write", "OUTCOME_UNKNOWN"),
  call(4, "write", "NOT_REPLICATED"),
  call(5, "echo", "door gone"),
];
const log = ["echo 1", "echo 1", "write 2", "write 3"];
const records = [...pair(1, "echo"), ...pair(2, "write"), ...pair(3, "write", "unknown"), record("outcome", 3, "write", "unknown"), ...pair(4, "write", "cancelled"), ...pair(1, "echo").map(next), record("outcome", 2, "write", "unknown"), next(record("intent", 2, "write"))]; // prettier-ignore
const nothing = { labelsLost: [], pastsLost: [], undecided: [], brokenPromises: [], isDoubled: false };

test("a run in which an owner died with calls open holds nothing against the cluster", () => {
  const found = check(calls, log, records, nothing);
  expect(hasViolation(found)).toBe(false);
  expect(found).toMatchObject({
    sent: 5,
    seen: 4,
    intents: 4,
    outcomes: 7,
    repeated: 1,
    decidedTwice: 1,
    unknown: 1,
  });
  expect(found.endings).toEqual({ ok: 2, OUTCOME_UNKNOWN: 1, NOT_REPLICATED: 1, "door gone": 1 });
});

const without = (kind: string, n: number): SeenRecord[] => records.filter((one) => one.kind !== kind || one.op !== `op${n}`); // prettier-ignore

describe("what must not be is found", () => {
  test.each<[keyof ChaosFindings["violations"], ChaosFindings]>([
    ["recordsLost", check(calls, log, without("outcome", 2), nothing)],
    ["recordsLost", check(calls, log, without("outcome", 4), nothing)],
    ["recordsLost", check([...calls, call(9, "echo", "ok")], log, records, nothing)],
    ["withoutIntent", check(calls, log, without("intent", 3), nothing)],
    ["ranTwice", check(calls, [...log, "write 2"], records, nothing)],
    ["refusedButMade", check(calls, [...log, "write 4"], records, nothing)],
    ["labelsLost", check(calls, log, records, { ...nothing, labelsLost: ["p1"] })],
    ["pastsLost", check(calls, log, records, { ...nothing, pastsLost: ["p1"] })],
    ["brokenPromises", check(calls, log, records, { ...nothing, brokenPromises: ["spender1"] })],
    ["undecided", check(calls, log, records, { ...nothing, undecided: ["p1"] })],
    ["wrongAnswers", check([...calls, call(6, "echo", undefined)], log, records, nothing)],
    ["wrongAnswers", check([...calls, call(6, "echo", "another call's answer")], log, records, nothing)],
    ["wrongAnswers", check([...calls, call(6, "echo", "bucket.agent")], log, records, nothing)],
    ["refusedButMade", check([...calls.slice(0, 1), call(2, "write", "bucket.agent"), ...calls.slice(2)], log, records, { ...nothing, isDoubled: true })], // prettier-ignore
    ["twoIntents", check(calls, log, [...records, record("intent", 2, "write")], nothing)],
    ["strangeOutcomes", check(calls, log, [...records, record("outcome", 2, "write", "timeout")], nothing)],
    ["strangeOutcomes", check(calls, log, [...records, record("outcome", 1, "echo")], nothing)],
  ])("%s", (violation, found) => {
    expect(found.violations[violation]).toBe(1);
    expect(hasViolation(found)).toBe(true);
    expect(found.examples).toHaveLength(1);
  });
});

test("an empty bucket may refuse a call once sessions have lost their past, and a witness is refused as it must be", () => {
  const refused = [call(6, "echo", "bucket.agent"), { ...call(7, "echo", "breaker.behaviour"), session: "circling1" }]; // prettier-ignore
  expect(hasViolation(check([...calls, ...refused], log, records, { ...nothing, isDoubled: true }))).toBe(
    false,
  );
});
