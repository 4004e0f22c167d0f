/** Sessions lived on the road, and judged again from nothing but their records. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { knownRule, train } from "../../actors/behaviour/training.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import type { TableStep } from "../../protocol/sequence.ts";
import { readHistory } from "./history.ts";
import { attacker, firstDay, Lived } from "./lived.fixture.ts";
import { rejudge, type Rejudged, type RejudgingBounds } from "./rejudgement.ts";
import { runShadow } from "./shadow.ts";

const range = { tenant: "default", persona: "support", from: 0, to: 100_000 };
const unlearned = train({ ...range, summaries: [], days: [], known: knownRule, approved: [] }).baseline;

interface Asked {
  readonly table?: RoleTable;
  readonly baseline?: Baseline;
  readonly from?: number;
  readonly incidents?: ReadonlySet<string>;
  readonly records?: readonly RecordLine[];
  readonly bounds?: RejudgingBounds;
}

function judged(lived: Lived, asked: Asked = {}): Rejudged {
  const { table = lived.table, baseline = unlearned, records = lived.records(), from = 0, incidents = new Set<string>(), bounds } = asked; // prettier-ignore
  const found = rejudge(records, { baseline, table, range: { ...range, from, incidents }, role: (digest) => lived.tables.get(digest), ...(bounds === undefined ? {} : { bounds }) }); // prettier-ignore
  if (found === undefined) throw new Error("the guard is off");
  return found;
}

function fired({ rules }: Rejudged): { readonly [row: string]: number } {
  return Object.fromEntries(rules.filter((rule) => rule.fired > 0).map((rule) => [rule.row, rule.fired]));
}

describe("a rule that only told", () => {
  test("is counted as what it would have done, once for each session's day, with the call that fired it", async () => {
    const lived = new Lived({ mode: "alert" });
    for (const agent of ["a", "b", "c"]) await lived.honest(agent);
    await lived.misled("d");
    await lived.misled("d");
    const found = judged(lived);
    expect([found.of, found.leftOut, [...found.unmeasured]]).toEqual([4, 0, []]);
    expect(fired(found)).toEqual({ "sequence.injected": 1, "sequence.intent": 1, "sequence.intent.told": 1, "sequence.destination": 3 }); // prettier-ignore
    const told = lived.records().find(({ verdict }) => verdict?.kind === "allow" && (verdict.alerts ?? []).some(({ rule }) => rule === "sequence.injected")); // prettier-ignore
    expect(found.rules.find(({ row }) => row === "sequence.injected")?.operations).toEqual([told?.op]);
  });

  test("fires again on each recorded call as it fired on the road, when the role is the same", async () => {
    const lived = new Lived({ mode: "alert" });
    for (let at = 0; at < 30; at++) await lived.call("a", "read_mail", { id: `m-${at}0` });
    await lived.misled("a");
    await lived.honest("b");
    const alerts = lived.records().flatMap(({ verdict }) => (verdict?.kind === "allow" ? (verdict.alerts ?? []) : [])); // prettier-ignore
    const rules = new Set(alerts.map(({ rule }) => rule as string));
    expect(rules.has("sequence.breadth") && rules.has("sequence.departure") && rules.has("sequence.injected")).toBe(true); // prettier-ignore
    const rows = new Set(Object.keys(fired(judged(lived))));
    for (const rule of rules) expect(rows.has(rule)).toBe(true);
    // Without a baseline in force a new destination alone is told to nobody; a milder bound has a row and no rule of its own.
    const others = [...rows].filter((row) => !row.endsWith(".told") && row !== "sequence.destination");
    expect(others.filter((row) => !rules.has(row))).toEqual([]);
  });
});

describe("other thresholds, rules and destinations than those of the records", () => {
  test("are judged by where records have what it takes: a bound, and a rule of the role's own", async () => {
    const lived = new Lived({ mode: "alert" });
    for (let at = 0; at < 12; at++) await lived.call("a", "read_mail", { id: `m-${at}0` });
    await lived.honest("a");
    expect(fired(judged(lived))["sequence.breadth"]).toBeUndefined();
    const step: TableStep = { name: "ten-then-mail", after: { tools: ["read_mail"], things: 10 }, then: { tools: ["send_mail"] }, action: "step-up", reason: "few need ten" }; // prettier-ignore
    const table: RoleTable = { ...lived.table, sequence: { mode: "alert", thresholds: { distinct: 8, distinctStop: 11 }, steps: [step] } }; // prettier-ignore
    expect(fired(judged(lived, { table }))).toMatchObject({ "sequence.breadth": 1, "sequence.breadth.interrupt": 1, "sequence.departure": 1, "sequence.steps.ten-then-mail": 1 }); // prettier-ignore
  });

  test("are not where a role knew other destinations: those days are not measured, whatever fired on them", async () => {
    const lived = new Lived({ mode: "alert" });
    await lived.honest("a");
    await lived.misled("b");
    const table: RoleTable = { ...lived.table, sequence: { mode: "alert", destinations: ["*@partner.example"] } }; // prettier-ignore
    const found = judged(lived, { table });
    expect([found.of, Object.fromEntries(found.unmeasured), fired(found)]).toEqual([0, { changed: 2 }, {}]);
  });

  test("a destination that the measured baseline knows is one, also where none was in force", async () => {
    const lived = new Lived({ mode: "alert" });
    await lived.honest("a");
    const facts = JSON.stringify(lived.records().filter(({ name }) => name === "send_mail"));
    const [, whole = "0"] = /"is":"destination","form":"mail","whole":(\d+)/.exec(facts) ?? [];
    expect(fired(judged(lived))["sequence.destination"]).toBe(1);
    expect(fired(judged(lived, { baseline: { ...unlearned, approved: [Number(whole)] } }))["sequence.destination"]).toBeUndefined(); // prettier-ignore
  });
});

describe("a day of which records cannot tell is not measured, and never clean:", () => {
  const lively = async (): Promise<Lived> => {
    const lived = new Lived({ mode: "alert" });
    for (const agent of ["a", "b"]) await lived.honest(agent);
    lived.nextDay();
    for (const agent of ["a", "b", "c"]) await lived.honest(agent);
    return lived;
  };

  test("what its session did before is gone", async () => {
    const lived = await lively();
    const all = lived.records();
    const records = all.slice(all.findIndex(({ at }) => at >= (firstDay + 1) * 86_400_000));
    const found = judged(lived, { records });
    expect([found.of, Object.fromEntries(found.unmeasured)]).toEqual([0, { past: 3 }]);
    expect(judged(lived, { from: firstDay + 1 }).of).toBe(3);
  });

  test("its role table is not here", async () => {
    const lived = await lively();
    const { table } = lived;
    lived.tables.clear();
    const found = judged(lived, { table });
    expect([found.of, Object.fromEntries(found.unmeasured)]).toEqual([0, { role: 5 }]);
  });

  test("the guard was off, and so is the rest of that session", async () => {
    const lived = new Lived({ mode: "off" });
    await lived.honest("a");
    const table = lived.put("on", { sequence: { mode: "alert" } });
    await lived.honest("a");
    lived.nextDay();
    await lived.honest("a");
    await lived.honest("b");
    const found = judged(lived, { table });
    expect([found.of, Object.fromEntries(found.unmeasured)]).toEqual([1, { unread: 2 }]);
  });

  test("a tool was another one then", async () => {
    const lived = await lively();
    const [read, send] = lived.table.grants;
    if (read === undefined || send === undefined) throw new Error("no grants");
    const found = judged(lived, { table: { ...lived.table, grants: [read, { ...send, effect: "update" }] } }); // prettier-ignore
    expect([found.of, Object.fromEntries(found.unmeasured)]).toEqual([0, { changed: 5 }]);
  });

  test("what a role without the guard would do is not told at all", async () => {
    const lived = await lively();
    const { sequence: _, ...table } = lived.table;
    expect(rejudge(lived.records(), { baseline: unlearned, table, range, role: () => lived.table })).toBeUndefined(); // prettier-ignore
  });
});

describe("days of incidents", () => {
  test("are left out, and what fired on them is said apart: a session that the guard stopped", async () => {
    const lived = new Lived({ mode: "enforce" });
    await lived.honest("a");
    expect(await lived.misled("b")).toContain("sequence.injected");
    const found = judged(lived);
    expect([found.of, found.leftOut, fired(found)["sequence.injected"]]).toEqual([1, 1, undefined]);
    expect(found.rules.find(({ row }) => row === "sequence.injected")?.leftOut).toBe(1);
  });

  test("are those that somebody names by a call", async () => {
    const lived = new Lived({ mode: "alert" });
    await lived.honest("a");
    await lived.misled("b");
    const [op = ""] = judged(lived).rules.find(({ row }) => row === "sequence.injected")?.operations ?? [];
    const found = judged(lived, { incidents: new Set([op]) });
    expect([found.of, found.leftOut, fired(found)["sequence.injected"]]).toEqual([1, 1, undefined]);
    const { summaries } = readHistory(lived.records(), { ...range, incidents: new Set([op]) }, () => lived.table); // prettier-ignore
    expect(summaries.filter(({ incident }) => incident !== "")).toHaveLength(1);
  });

  test.each([
    ["denied", { of: 1, leftOut: 1, unmeasured: {}, fired: undefined }],
    ["approved", { of: 2, leftOut: 0, unmeasured: {}, fired: 1 }],
    ["nothing", { of: 1, leftOut: 0, unmeasured: { waiting: 1 }, fired: undefined }],
  ] as const)("a call that waited, of which a person said: %s", async (said, expected) => {
    const lived = new Lived({ mode: "enforce", rules: { injected: "off" } });
    await lived.honest("a");
    expect(await lived.misled("b")).toContain("sequence.intent");
    lived.nextDay();
    if (said !== "nothing") await lived.decide("b", lived.parked(), said);
    const found = judged(lived);
    const told = { of: found.of, leftOut: found.leftOut, unmeasured: Object.fromEntries(found.unmeasured), fired: fired(found)["sequence.intent"] }; // prettier-ignore
    expect(told).toEqual(expected);
  });
});

describe("a shadow run", () => {
  test("lowers what is above its budget by the same statistic for every rule, and measures nothing where the guard was off", async () => {
    const lived = new Lived({ mode: "alert" });
    for (let at = 0; at < 30; at++) await lived.honest(`a-${at}`);
    await lived.misled("m");
    const history = readHistory(lived.records(), range, () => lived.table);
    const { modes, baseline } = runShadow(unlearned, history, judged(lived));
    const lowered = modes.filter(({ mode }) => mode === "alert").map(({ rule, fired: in_, of }) => [rule, in_, of]); // prettier-ignore
    expect(lowered).toEqual([
      ["sequence.destination", 30, 31],
      ["sequence.injected", 1, 31],
      ["sequence.intent", 1, 31],
    ]);
    expect(baseline.modes.find(({ rule }) => rule === "sequence.bulk")).toMatchObject({ mode: "enforce", fired: 0, of: 31 }); // prettier-ignore
    const off = runShadow(unlearned, history, undefined).baseline.modes.map(({ rule }) => rule);
    expect(off.filter((rule) => rule.startsWith("sequence.") && !rule.startsWith("sequence.volume"))).toEqual([]); // prettier-ignore
    expect(JSON.stringify(baseline)).not.toContain(attacker);
  });
});

describe("what is held of sessions is bounded", () => {
  const agents = ["a", "b", "c", "d"];
  /** Nothing is counted before all has been read, and nothing let go. */
  const unbounded: RejudgingBounds = {
    livesMax: 1_000,
    openMax: 1_000_000,
    behind: Number.POSITIVE_INFINITY,
  };
  const step = fc.record({ agent: fc.constantFrom(...agents), does: fc.constantFrom("honest", "honest", "misled", "many", "day", "day", "approved", "denied", "role", "cut") }); // prettier-ignore

  async function livedThrough(steps: readonly { readonly agent: string; readonly does: string }[]): Promise<{ readonly lived: Lived; readonly records: readonly RecordLine[] }> {
    const lived = new Lived({ mode: "enforce", rules: { injected: "off" } });
    let from = 0;
    let role = 0;
    const waits: [agent: string, id: string][] = [];
    for (const { agent, does } of steps) {
      if (does === "day") lived.nextDay();
      else if (does === "honest") await lived.honest(agent);
      else if (does === "many") for (let at = 0; at < 30; at++) await lived.call(agent, "read_mail", { id: `m-${at}0` }); // prettier-ignore
      else if (does === "misled" && (await lived.misled(agent)).includes("sequence.intent")) waits.push([agent, lived.parked()]); // prettier-ignore
      else if (does === "role") lived.put(`role-${role++}`, { sequence: { mode: "alert", thresholds: { distinct: 20 + role } } }); // prettier-ignore
      else if (does === "cut") from = lived.records().length;
      else if (does === "approved" || does === "denied") {
        const [who, id] = waits.shift() ?? [agent, ""];
        const ends = lived.records().find(({ verdict }) => verdict?.kind === "park" && verdict.approval === id)?.verdict; // prettier-ignore
        // Its desk takes no word on what has expired.
        if (ends?.kind === "park" && lived.clock.now < ends.until) await lived.decide(who, id, does);
      }
    }
    // Half the runs have a gap: what was before it is not here.
    return { lived, records: steps.length % 2 === 0 ? lived.records() : lived.records().slice(from) };
  } // prettier-ignore

  const total = ({ of, leftOut, unmeasured }: Rejudged): number => of + leftOut + [...unmeasured.values()].reduce((sum, each) => sum + each, 0); // prettier-ignore

  test("with room for the sessions that there are, each figure is as if nothing were", async () => {
    const room: RejudgingBounds = { livesMax: agents.length, openMax: 3 * agents.length, behind: 2 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { lived, records } = await livedThrough(steps);
        const found = judged(lived, { records, bounds: unbounded });
        expect(judged(lived, { records })).toEqual(found);
        // A call that waits keeps its day open: each agent has as many as there are days.
        expect(judged(lived, { records, bounds: { ...room, openMax: 1_000 } })).toEqual(found);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("with less, a day is measured as it was, or not at all and so told: nothing fires that did not, and no day is lost", async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), fc.integer({ min: 1, max: 3 }), async (steps, livesMax) => {
        const { lived, records } = await livedThrough(steps);
        const all = judged(lived, { records, bounds: unbounded });
        const found = judged(lived, { records, bounds: { livesMax, openMax: 1_000, behind: 2 } });
        const { unmeasured, letGo } = found;
        told += letGo.sessions;
        expect(all.letGo).toEqual({ sessions: 0, days: 0 });
        expect([total(found), found.leftOut]).toEqual([total(all), all.leftOut]);
        expect(all.of - found.of).toBeLessThanOrEqual(unmeasured.get("letGo") ?? 0);
        expect(letGo.sessions === 0 ? found : all).toEqual(all);
        for (const [at, { operations, leftOut }] of found.rules.entries()) {
          const whole = all.rules[at];
          expect(operations.filter((op) => whole?.operations.includes(op) !== true)).toEqual([]);
          expect(leftOut).toBeLessThanOrEqual(whole?.leftOut ?? 0);
        }
      }),
      { numRuns: 60 },
    ); // prettier-ignore
    expect(told).toBeGreaterThan(0);
  }, 60_000);

  test("a day that had to be let go while it was open is not measured, also when it goes on", async () => {
    const lived = new Lived({ mode: "alert" });
    for (const agent of ["a", "b", "c", "a"]) await lived.honest(agent);
    const found = judged(lived, { bounds: { livesMax: 10, openMax: 2, behind: 2 } });
    // a's day was let go for c's, b's for what came of a again.
    expect([found.of, Object.fromEntries(found.unmeasured), found.letGo]).toEqual([1, { letGo: 3 }, { sessions: 0, days: 2 }]); // prettier-ignore
    expect(judged(lived).of).toBe(3);
  });
});
