import fc from "fast-check";
import { expect, test } from "vitest";
import type { Baseline } from "../../protocol/baseline.ts";
import { compileBaseline, modeFor } from "./baseline.ts";
import { rulesOf, TestSession } from "./behaviour.fixture.ts";
import { fullWords } from "./explanation.ts";
import { dayMs, Summing, type SessionSummary } from "./summary.ts";
import { knownRule, train } from "./training.ts";
import { toldRule, volumesOf, type Volumes } from "./volume.ts";

/** Sessions of one day each: `calls` reads of as many things, a kilobyte each. */
function summaryOf(user: number, day: number, calls: number): SessionSummary {
  const summing = new Summing({ tenant: "default", persona: "clerk", user: `u${user}`, day });
  for (let at = 0; at < calls; at++) {
    summing.call({ tool: "crm read", objects: [user * 1_000 + at], destinations: [], provenance: "none" });
    summing.answer("crm read", false, 1_000);
  }
  return summing.finish();
}

function baselineOf(sessions: number): Baseline {
  const summaries = Array.from({ length: sessions }, (_, at) => summaryOf(at % 20, 100 + at, 4 + (at % 7)));
  return train({ tenant: "default", persona: "clerk", summaries, days: [], known: knownRule, approved: [] }).baseline; // prettier-ignore
}

/** The fixture's key of a tool is the length of its name. */
function volumes(baseline: Baseline): Volumes {
  return volumesOf(compileBaseline(baseline, "v"), [["read".length, "crm read"]]);
}

const usual = baselineOf(400);
const most = 10;

function sessionOf(own: Volumes | undefined): TestSession {
  return new TestSession(
    "",
    { mode: "enforce", rules: { repeats: "off", breadth: "off", invented: "off" } },
    undefined,
    own,
  );
}

test("a session that does more in a day than the persona's p99 is told of, far more is slowed down, and a new day begins anew", () => {
  const session = sessionOf(volumes(usual));
  const fired = Array.from({ length: 40 }, (_, at) =>
    rulesOf(session.call("read", { id: `T-${at}` }, "x", { at: dayMs * 200 + at })),
  );
  const first = (action: string): number => fired.findIndex(({ volume }) => volume === action);
  expect([first("alert"), first("throttle")]).toEqual([most, most + most / 2]);
  expect(rulesOf(session.judge("read", { id: "T-1" }, { at: dayMs * 201 }))).toEqual({});
  session.call("read", { id: "T-99" }, "x", { at: dayMs * 201 });
  expect(session.state.trail).toMatchObject({ day: 201, dayCalls: 1, dayObjects: 1, calls: 41 });
});

test("bytes of a day count as calls and things do", () => {
  const session = sessionOf(volumes(usual));
  session.call("read", { id: "T-1" }, "x".repeat(11_000), { at: 1 });
  const judged = session.judge("read", { id: "T-1" }, { at: 2 });
  expect(rulesOf(judged)).toEqual({ volume: "alert" });
  expect(fullWords(judged, "read", session.state.trail)).toContain(
    "On this day 11002 bytes; of a hundred days of sessions of this persona ninety-nine have at most 10000.",
  );
});

test("volume alone never stops a session, whatever it does and whatever the bounds are", () => {
  const steps = fc.array(fc.tuple(fc.string({ minLength: 4 }), fc.nat({ max: 4_000 }), fc.nat({ max: 3 })), { maxLength: 60 }); // prettier-ignore
  const own = volumes(usual);
  fc.assert(
    fc.property(steps, (all) => {
      const session = sessionOf(own);
      for (const [id, bytes, day] of all) {
        const { volume, ...others } = rulesOf(session.call("read", { id }, "x".repeat(bytes), { at: day * dayMs })); // prettier-ignore
        expect(["alert", "throttle", undefined]).toContain(volume);
        expect(others).toEqual({});
      }
    }),
  );
});

test("without a baseline, or with one of few sessions, nothing is held against a session", () => {
  for (const own of [undefined, volumes(baselineOf(12))]) {
    const session = sessionOf(own);
    for (let at = 0; at < 60; at++) expect(rulesOf(session.call("read", { id: `T-${at}` }))).toEqual({});
  }
});

test("where p99 was passed in too many sessions of the shadow run, only what is far above is said", () => {
  const modes = [modeFor(toldRule, "alert", 60, 100)];
  const session = sessionOf(volumes({ ...usual, modes }));
  const fired = Array.from({ length: 30 }, (_, at) => rulesOf(session.call("read", { id: `T-${at}` }, "x", { at })).volume); // prettier-ignore
  expect(fired.indexOf("throttle")).toBe(most + most / 2);
  expect(fired).not.toContain("alert");
});
