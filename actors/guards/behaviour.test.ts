import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { compiledRole, roleTable, toolGrant, callFacts } from "../session.fixture.ts";
import { behaviour, callKeys, forgive } from "./behaviour.ts";
import type { BehaviourState } from "./behaviour.ts";
import type { Alert, Call, OpenCall } from "./guard.ts";
import { findGrant, grantAt } from "./persona.ts";

const role = compiledRole(
  roleTable({
    grants: [toolGrant("read"), toolGrant("write"), toolGrant("docs://**", { kind: "resource" })],
  }),
);
const { identical, similar, repeats, openSeconds } = role.table.breakers.behaviour;
const openMs = openSeconds * 1000;

/** One call with its answer. `args` is what makes it identical, `shape` what makes it near-identical. */
interface Step {
  readonly tool?: string;
  readonly args: string;
  readonly shape?: string;
  readonly outcome?: Outcome;
  readonly answer?: string;
}

/** Texts as keyed hashes would be: alike only when equal. */
function hashOf(text: string): string {
  let hash = 7;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) % 2_147_483_647;
  return `${hash.toString(36).padStart(6, "x")}${text}`.padEnd(22, "_").slice(0, 22);
}

function callOf({ tool = "read", args, shape = args }: Step, at: number): Call {
  const kind = tool.includes("://") ? "resource" : "tool";
  const facts = callFacts(tool, { kind, digest: hashOf(args), shape: hashOf(shape) });
  return { at, role, facts, grant: grantAt(role, findGrant(role, kind, tool)) };
}

function enter(own: BehaviourState, step: Step, at: number): OpenCall | undefined {
  const call = callOf(step, at);
  if (behaviour.before(own, call) !== undefined) return undefined;
  const open = {
    op: "op",
    name: call.facts.name,
    upstream: 1,
    ...callKeys(call),
    labels: [],
    source: undefined,
    probe: 0,
  };
  behaviour.enter(own, call, open);
  return open;
}

function answer(own: BehaviourState, open: OpenCall | undefined, step: Step, at: number): Alert | undefined {
  if (open === undefined) throw new Error("the call was stopped");
  const { outcome = "tool-error", answer: content = "" } = step;
  const facts = { outcome, bytes: 9, digest: content === "" ? "" : hashOf(content), tookMs: 1 };
  return behaviour.after(own, open, { at, role, facts });
}

/** How many of these calls go through, the script being repeated until it is stopped or 1,000 went through. */
function callsUntilStopped(script: readonly Step[], stepMs = 1_000): number {
  const own = behaviour.start();
  for (let calls = 0; calls < 1_000; calls++) {
    const step = script[calls % script.length] as Step;
    const open = enter(own, step, calls * stepMs);
    if (open === undefined) return calls;
    answer(own, open, step, calls * stepMs);
  }
  return 1_000;
}

const endless = 1_000;

describe("circles that are stopped", () => {
  test("one failing call, again and again", () => {
    expect(callsUntilStopped([{ args: "a" }])).toBe(identical);
  });

  test.each([2, 3, 4])("%i failing calls in turn", (count) => {
    const script = Array.from({ length: count }, (_, index) => ({ args: `a${index}` }));
    expect(callsUntilStopped(script)).toBeLessThanOrEqual(identical * count);
  });

  test.each<Outcome>(["timeout", "cancelled", "unknown"])(
    "a failing call that ends in %s every other time",
    (outcome) => {
      expect(callsUntilStopped([{ args: "a" }, { args: "a", outcome }])).toBe(2 * identical - 1);
    },
  );

  test("guessing: nearly the same arguments each time", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({ args: `id ${index}`, shape: "id 0" }));
    expect(callsUntilStopped(script)).toBe(similar);
  });

  test("guessing the number in a resource's URI", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({
      tool: `docs://page-${index}`,
      args: "{}",
    }));
    expect(callsUntilStopped(script)).toBe(similar);
  });

  test("guessing with everything different each time", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({ args: `word ${index}` }));
    expect(callsUntilStopped(script)).toBeLessThanOrEqual(limits.behaviourEntriesMax * similar);
  });

  test.each([1, 3, 20])("a failing call behind %i good calls of other kinds", (good) => {
    const between = Array.from({ length: good }, (_, index) => ({
      args: `good ${index}`,
      outcome: "ok" as const,
    }));
    expect(callsUntilStopped([{ args: "bad" }, ...between])).toBe((good + 1) * (identical - 1) + 1);
  });

  test("guessing with a good call of the same shape after every fifth", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({
      args: index % 6 === 5 ? "id 1" : `id ${index}`,
      shape: "id 0",
      outcome: index % 6 === 5 ? ("ok" as const) : ("tool-error" as const),
    }));
    // One success makes up for three failures, so that two of five add up.
    expect(callsUntilStopped(script)).toBeLessThan(5 * similar);
  });

  test("the same call with the same answer", () => {
    expect(callsUntilStopped([{ args: "status", outcome: "ok", answer: "running" }])).toBe(repeats);
  });

  test("up to as many good calls in turn as the table of answers holds", () => {
    const script = Array.from({ length: limits.behaviourAnswersMax }, (_, index) => ({
      args: `status ${index}`,
      outcome: "ok" as const,
      answer: "running",
    }));
    expect(callsUntilStopped(script)).toBeLessThanOrEqual(repeats * script.length);
  });

  test("the same failing call once a minute", () => {
    expect(callsUntilStopped([{ args: "a" }], 60_000)).toBeLessThanOrEqual(2 * identical);
  });

  test("an upstream's JSON-RPC error counts as the tool's own error does", () => {
    expect(callsUntilStopped([{ args: "a", outcome: "rpc-error" }])).toBe(identical);
  });
});

describe("work that is not stopped", () => {
  test("three failures, then the arguments are mended, over and over", () => {
    const script: Step[] = [0, 1, 2].map((index) => ({ args: `bad ${index}`, shape: "s" }));
    expect(callsUntilStopped([...script, { args: "good", shape: "s", outcome: "ok" }])).toBe(endless);
  });

  test("the same call fails three times and then works, over and over", () => {
    const bad = { args: "a" };
    expect(callsUntilStopped([bad, bad, bad, { args: "a", outcome: "ok" }])).toBe(endless);
  });

  test("a call that changes its answer each time", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({
      args: "a",
      outcome: "ok" as const,
      answer: `${index}`,
    }));
    expect(callsUntilStopped(script)).toBe(endless);
  });

  test("many different good calls with one answer", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({
      args: `${index}`,
      outcome: "ok" as const,
      answer: "done",
    }));
    expect(callsUntilStopped(script)).toBe(endless);
  });

  test("reads of different resources, though their arguments are alike", () => {
    const script = Array.from({ length: 1_000 }, (_, index) => ({
      tool: `docs://page-${index}`,
      args: "{}",
      outcome: "ok" as const,
      answer: "empty",
    }));
    expect(callsUntilStopped(script)).toBe(endless);
  });

  test("a failing call every five minutes, for a day", () => {
    expect(callsUntilStopped([{ args: "a" }], limits.behaviourFadeMs)).toBe(endless);
  });

  test.each<Outcome>(["timeout", "unreachable", "broken", "cancelled", "unknown"])(
    "%s, which is not the agent's doing",
    (outcome) => {
      expect(callsUntilStopped([{ args: "a", outcome }])).toBe(endless);
    },
  );

  test("the same arguments to another tool are another call", () => {
    const own = behaviour.start();
    for (let time = 1; time < identical; time++)
      for (const tool of ["read", "write"])
        answer(own, enter(own, { tool, args: "a" }, time), { args: "a" }, time);
    expect(enter(own, { args: "a" }, identical)).toBeDefined();
  });
});

function stopped(at = 0): BehaviourState {
  const own = behaviour.start();
  for (let time = 0; time < identical; time++) answer(own, enter(own, { args: "a" }, at), { args: "a" }, at);
  return own;
}

const good: Step = { tool: "write", args: "other", outcome: "ok", answer: "fine" };

describe("a stopped session", () => {
  test("is quarantined as a whole, and told what was repeated and until when", () => {
    const own = stopped();
    const refusal = behaviour.before(own, callOf(good, 1_000));
    expect(refusal).toMatchObject({ kind: "quarantine", rule: "breaker.behaviour", until: openMs });
    expect(refusal).toMatchObject({
      says: expect.stringMatching(/59 s because of read: .*same arguments/) as string,
    });
  });

  test("lets one call through when its time is over, and goes on when that is good", () => {
    const own = stopped();
    const probe = enter(own, good, openMs);
    expect(probe?.probe).toBe(2);
    expect(enter(own, good, openMs)).toBeUndefined();
    answer(own, probe, good, openMs);
    expect(enter(own, good, openMs)).toMatchObject({ probe: 0 });
  });

  test("remembers the circle: one more such failure stops it again, for twice as long", () => {
    const own = stopped();
    answer(own, enter(own, good, openMs), good, openMs);
    answer(own, enter(own, { args: "a" }, openMs), { args: "a" }, openMs);
    expect(behaviour.before(own, callOf(good, openMs))).toMatchObject({ until: 3 * openMs });
  });

  test("doubles sixteen times at most while its probes fail", () => {
    const own = stopped();
    let at = openMs;
    for (const times of [2, 4, 8, 16, 16]) {
      expect(answer(own, enter(own, { args: "x" }, at), { args: "x" }, at)).toMatchObject({
        rule: "breaker.behaviour",
      });
      expect(behaviour.before(own, callOf(good, at))).toMatchObject({ until: at + times * openMs });
      at += times * openMs;
    }
  });

  test("begins with the shortest time again after it was calm for long", () => {
    const own = stopped();
    answer(own, enter(own, good, openMs), good, openMs);
    const later = openMs + 16 * openMs + limits.behaviourFadeMs * identical;
    for (let time = 0; time < identical; time++)
      answer(own, enter(own, { args: "b" }, later), { args: "b" }, later);
    expect(behaviour.before(own, callOf(good, later))).toMatchObject({ until: later + openMs });
  });

  test("a probe that shows nothing leaves its place to another", () => {
    const own = stopped();
    answer(own, enter(own, good, openMs), { ...good, outcome: "timeout" }, openMs);
    expect(enter(own, good, openMs)?.probe).toBe(2);
  });

  test("is moved by its probe alone: late answers of earlier calls neither free it nor stop it longer", () => {
    const own = behaviour.start();
    const late = enter(own, good, 0);
    const worse = enter(own, { args: "late" }, 0);
    for (let time = 0; time < identical; time++) answer(own, enter(own, { args: "a" }, 0), { args: "a" }, 0);
    const probe = enter(own, good, openMs);
    answer(own, late, good, openMs);
    answer(own, worse, { args: "late" }, openMs);
    expect(behaviour.before(own, callOf(good, openMs))).toMatchObject({ until: 2 * openMs });
    answer(own, probe, good, openMs);
    expect(enter(own, good, openMs)).toMatchObject({ probe: 0 });
  });

  test("a probe that is never answered holds its place for one opening time", () => {
    const own = stopped();
    enter(own, good, openMs);
    expect(enter(own, good, 2 * openMs - 1)).toBeUndefined();
    expect(enter(own, good, 2 * openMs)?.probe).toBe(2);
  });

  test("is free at once when an operator forgives it, and nothing is held against it", () => {
    const own = stopped();
    forgive(own);
    expect(own).toEqual(behaviour.start());
  });
});

test("an agent that fails without end is let through more and more seldom", () => {
  // The trace of 2.5 million calls, shortened: one made-up argument after the other, ten a second, for an hour.
  const own = behaviour.start();
  let passed = 0;
  for (let at = 0; at < 3_600_000; at += 100) {
    const step = { args: `guess ${at}`, shape: `shape ${at % 7}` };
    const open = enter(own, step, at);
    if (open === undefined) continue;
    passed++;
    answer(own, open, step, at);
  }
  expect(passed).toBeLessThan(100);
});

test("the tables stay within their bounds, whatever happens", () => {
  const step = fc.record({
    args: fc.integer({ min: 0, max: 60 }).map(String),
    shape: fc.integer({ min: 0, max: 40 }).map(String),
    outcome: fc.constantFrom<Outcome>("ok", "tool-error", "rpc-error", "timeout", "cancelled"),
    answer: fc.constantFrom("", "one", "two"),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, fc.integer({ min: 0, max: 400_000 })), { maxLength: 300 }),
      (script) => {
        const own = behaviour.start();
        let at = 0;
        for (const [each, pause] of script) {
          at += pause;
          const open = enter(own, each, at);
          if (open !== undefined) answer(own, open, each, at);
        }
        expect(own.failing.length).toBeLessThanOrEqual(limits.behaviourEntriesMax * 5);
        expect(own.answers.length).toBeLessThanOrEqual(limits.behaviourAnswersMax * 4);
        for (const cell of [...own.failing, ...own.answers, ...own.loop])
          expect(cell).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 50 },
  );
});
