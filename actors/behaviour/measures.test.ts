import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RuleMode } from "../../protocol/baseline.ts";
import { sequenceDefaults, sequenceRules, tableStep, type TableSequence } from "../../protocol/sequence.ts";
import { rules as allRules } from "../../protocol/verdict.ts";
import { modeFor } from "./baseline.ts";
import { calls, TestSession } from "./behaviour.fixture.ts";
import { judgeCall } from "./judge.ts";
import { isTeller, loweredBy, loweredIn, measuredUnder, measuresOf, rowsFired, rowsOf } from "./measures.ts";
import { compileSequence } from "./policy.ts";

const step = tableStep({ name: "ten-then-mail", after: { tools: ["read"], calls: 3 }, then: { tools: ["send"] }, action: "step-up", reason: "few need ten" }); // prettier-ignore
const stern = tableStep({ ...step, after: { tools: ["read"], calls: 2 }, name: "two-then-mail", action: "interrupt" }); // prettier-ignore

function modes(
  rows: readonly string[],
  mode: RuleMode["mode"] = "alert",
  definition?: number,
): ReadonlyMap<string, RuleMode> {
  return new Map(rows.map((rule) => [rule, { rule, mode, fired: 1, of: 10, bound: 0.5, ...(definition === undefined ? {} : { definition }) }])); // prettier-ignore
}

const judge = (session: TestSession, policy: ReturnType<typeof compileSequence>) =>
  judgeCall(session.state.trail, { name: "send", effect: "send", at: 1, trace: calls.read({ to: "a@b.example" }, { mission: "" }) }, policy); // prettier-ignore

/** After so many reads of different things. */
function wide(count: number, table?: TableSequence): TestSession {
  const session = new TestSession("", table);
  for (let at = 0; at < count; at++) session.call("read", { id: `t-${at}00` });
  return session;
}

describe("what a shadow run measures", () => {
  test("is every rule of the guard by its own judgement but for volume, which is measured by sums", () => {
    const rows = measuresOf({ mode: "enforce", steps: [step] }).map(({ row }) => row);
    const own = new Set(rows.map((row) => row.split(".")[1]));
    expect(own).toEqual(new Set(sequenceRules.filter((rule) => rule !== "volume")));
    expect(new Set(rows).size).toBe(rows.length);
  });

  const changes: readonly (readonly [Partial<TableSequence>, readonly string[]])[] = [
    ...(Object.keys(sequenceDefaults) as (keyof typeof sequenceDefaults)[]).map((name) => [{ thresholds: { [name]: 77 } }, { score: ["sequence.intent"], alertScore: ["sequence.intent.told"], distinct: ["sequence.breadth", "sequence.departure"], distinctStop: ["sequence.breadth.interrupt"], invented: ["sequence.invented"], inventedStop: ["sequence.invented.interrupt"], bulkBytes: ["sequence.bulk"], paceSeconds: [] }[name]] as const), // prettier-ignore
    [{ delegates: true }, ["sequence.injected", "sequence.intent", "sequence.intent.told"]],
    [{ task: "trusted" }, ["sequence.injected", "sequence.intent", "sequence.intent.told"]],
    [{ steps: [{ ...step, within: 60 }] }, ["sequence.steps.ten-then-mail"]],
    [{ steps: [{ ...step, reason: "other words" }] }, []],
    [{ mode: "alert", rules: { injected: "off" }, destinations: ["*@b.example"] }, []],
  ];

  test.each(changes)("is another rule after a change of %j for these rows alone: %j", (change, changed) => {
    const before: TableSequence = { mode: "enforce", steps: [step] };
    const measured = new Map(measuresOf(before).map(({ row, kind, definition }) => [row, { ...modeFor(row, kind, 9, 10), definition }])); // prettier-ignore
    const held = measuredUnder(measured, { ...before, ...change });
    expect([...measured.keys()].filter((row) => !held.has(row))).toEqual(changed);
  });

  test("fires a rule's milder row wherever its sterner one fires", () => {
    const policy = compileSequence({ mode: "enforce" }, "enforce");
    const rows = [0, 30, 110].map((count) => rowsFired(judge(wide(count), policy), []).filter((row) => row.startsWith("sequence.breadth"))); // prettier-ignore
    expect(rows).toEqual([[], ["sequence.breadth"], ["sequence.breadth", "sequence.breadth.interrupt"]]);
  });
});

describe("a drop to alert", () => {
  const table: TableSequence = { mode: "enforce", steps: [step, stern] };
  const policy = compileSequence(table, "enforce");

  test("of an interrupt leaves what the rule does before it", () => {
    const session = wide(110);
    const action = (lowered: readonly string[]) => judge(session, loweredBy(policy, modes(lowered))).rules.find(({ rule }) => rule === "breadth")?.action; // prettier-ignore
    expect(action([])).toBe("interrupt");
    expect(action(["sequence.breadth.interrupt"])).toBe("throttle");
    expect(action(["sequence.breadth"])).toBe("alert");
  });

  test("of one rule of a role's own leaves the others", () => {
    const session = wide(5, table);
    const action = (lowered: readonly string[]) => judge(session, loweredBy(policy, modes(lowered))).rules.find(({ rule }) => rule === "steps")?.action; // prettier-ignore
    expect(action([])).toBe("interrupt");
    expect(action(["sequence.steps.two-then-mail"])).toBe("step-up");
    expect(action(["sequence.steps.two-then-mail", "sequence.steps.ten-then-mail"])).toBe("alert");
  });

  test("is one of this guard's rules alone, and of those that were enforced: rows of anything else change nothing", () => {
    const others = Object.keys(allRules).filter((rule) => !rule.startsWith("sequence."));
    fc.assert(
      fc.property(fc.subarray([...others, "sequence.interrupted", "sequence.steps.another", "data"]), (rows) => {
        expect(loweredBy(policy, modes(rows))).toEqual(policy);
      }),
    ); // prettier-ignore
    const off = compileSequence({ mode: "off" }, "off");
    expect(loweredBy(off, modes(["sequence.injected"])).modes).toEqual(off.modes);
  });

  test("holds no more for a rule that was measured as another one", () => {
    const held = measuredUnder(modes(["sequence.injected"], "alert", 1), table);
    expect(loweredBy(policy, held).modes.injected).toBe("enforce");
    expect(loweredBy(policy, measuredUnder(modes(["sequence.injected"]), table)).modes.injected).toBe("alert"); // prettier-ignore
  });

  test("is none of a rule that stops nobody anyhow", () => {
    const rows = ["sequence.destination", "sequence.repeats", "sequence.intent.told", "sequence.steps.x.told", "tally.tool"]; // prettier-ignore
    expect(rows.every(isTeller)).toBe(true);
    const lowered = loweredIn([...modes([...rows, "sequence.injected", "tally.user"]).values()]);
    expect(lowered.map(({ rule }) => rule)).toEqual(["sequence.injected", "tally.user"]);
  });
});

test("a rule is explained by the row of what it did, and by that of what it no longer does", () => {
  const both = modes(["sequence.breadth", "sequence.breadth.interrupt"], "enforce");
  const dropped = new Map([...both, ...modes(["sequence.breadth.interrupt"])]);
  expect(rowsOf({ rule: "breadth", action: "interrupt" }, [], both)).toEqual(["sequence.breadth.interrupt"]);
  expect(rowsOf({ rule: "breadth", action: "throttle" }, [], both)).toEqual(["sequence.breadth"]);
  expect(rowsOf({ rule: "breadth", action: "throttle" }, [], dropped)).toEqual(["sequence.breadth", "sequence.breadth.interrupt"]); // prettier-ignore
  expect(rowsOf({ rule: "injected", action: "interrupt" }, [], both)).toEqual(["sequence.injected"]);
  expect(rowsOf({ rule: "steps", action: "step-up" }, ["x"], both)).toEqual(["sequence.steps.x"]);
  expect(rowsOf({ rule: "steps", action: "alert" }, ["x"], modes(["sequence.steps.x.told"]))).toEqual(["sequence.steps.x.told"]); // prettier-ignore
});
