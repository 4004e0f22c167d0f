import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Baseline } from "../../protocol/baseline.ts";
import {
  boundOf,
  compileBaseline,
  encodeBaseline,
  isKnown,
  isOutdated,
  limitOf,
  modeFor,
  modeOf,
  readBaseline,
  sessionsMin,
  shadowed,
} from "./baseline.ts";
import { ln1p } from "./logarithm.ts";
import { Summing } from "./summary.ts";
import type { SessionSummary } from "./summary.ts";
import { knownRule, train, weekdayOf } from "./training.ts";
import type { DayCount } from "./training.ts";

interface Visit {
  readonly user: string;
  readonly day: number;
  readonly calls: number;
  readonly destinations: readonly number[];
  readonly incident?: boolean;
}

function session({ user, day, calls, destinations, incident = false }: Visit): SessionSummary {
  const summing = new Summing({ tenant: "default", persona: "clerk", user, day });
  for (let at = 0; at < calls; at++) {
    summing.call({ tool: "crm read", objects: [day * 1_000 + at], destinations: [], provenance: "none" });
    summing.answer("crm read", at % 10 === 9, 400);
  }
  for (const destination of destinations)
    summing.call({ tool: "mail send", objects: [], destinations: [destination], provenance: "mission" });
  if (incident) summing.incident("interrupt");
  return summing.finish();
}

function learn(visits: readonly Visit[], extra: Partial<Parameters<typeof train>[0]> = {}): Baseline {
  const given = { tenant: "default", persona: "clerk", summaries: visits.map(session), days: [], known: knownRule, approved: [] }; // prettier-ignore
  return train({ ...given, ...extra }).baseline;
}

/** Forty sessions of four users over ten days, which all write to 7 at times. */
const usual: readonly Visit[] = Array.from({ length: 40 }, (_, at) => ({
  user: `u${at % 4}`,
  day: 20_000 + Math.floor(at / 4),
  calls: 5 + (at % 7),
  destinations: at % 3 === 0 ? [7] : [],
}));

const visit = fc.record({
  user: fc.constantFrom("ann", "bob", "cy"),
  day: fc.integer({ min: 20_000, max: 20_040 }),
  calls: fc.integer({ min: 0, max: 30 }),
  destinations: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  incident: fc.boolean(),
});
const dayCount: fc.Arbitrary<DayCount> = fc.record({
  class: fc.constantFrom("crm", "mail"),
  form: fc.constantFrom("user" as const, "persona" as const),
  of: fc.integer({ min: 1, max: 5 }),
  day: fc.integer({ min: 20_000, max: 20_100 }),
  count: fc.integer({ min: 0, max: 5_000 }),
});

describe("the text of a baseline", () => {
  test("is read as what was written, and written as it was read, whatever was learned from", () => {
    fc.assert(
      fc.property(
        fc.array(visit, { maxLength: 60 }),
        fc.array(dayCount, { maxLength: 80 }),
        (visits, days) => {
          const baseline = learn(visits, { days });
          const text = encodeBaseline(baseline);
          expect(readBaseline(text)).toEqual(baseline);
          expect(encodeBaseline(readBaseline(text) as Baseline)).toBe(text);
        },
      ),
    );
  });

  test("is the same whatever the order in which sessions come", () => {
    fc.assert(
      fc.property(
        fc.array(visit, { maxLength: 30 }),
        fc.array(dayCount, { maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        (visits, days, keys) => {
          const shuffled = <T>(list: readonly T[]): T[] => list.map((each) => ({ each, key: keys.next().value ?? 0 })).sort((one, other) => one.key - other.key).map(({ each }) => each); // prettier-ignore
          const [one, other] = [learn(visits, { days }), learn(shuffled(visits), { days: shuffled(days) })];
          expect(encodeBaseline(other)).toBe(encodeBaseline(one));
        },
      ),
    );
  });

  test("with one byte changed is another baseline or none, and never the same one", () => {
    const text = encodeBaseline(learn(usual));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(changed !== text);
        const read = readBaseline(changed);
        expect(typeof read === "string" ? changed : encodeBaseline(read)).toBe(changed);
        expect(read).not.toEqual(learn(usual));
      }),
    );
  });

  test.each([
    ["no JSON", "{", "it is not JSON"],
    ["a space more", `${encodeBaseline(learn(usual))} `, "canonical"],
    ["a member more", encodeBaseline({ ...learn(usual), more: 1 } as Baseline), "nrecognized"],
    ["destinations out of order", encodeBaseline({ ...learn(usual), approved: [2, 1] }), "not sorted"],
    ["a quantile below the one before", encodeBaseline({ ...learn(usual), whole: { ...learn(usual).whole, calls: [9, 1, 1] } }), "do not rise"], // prettier-ignore
    ["more than its bound", " ".repeat(300_000), "longer"],
  ])("%s is refused with the reason", (_, text, reason) => {
    expect(readBaseline(text)).toContain(reason);
  });

  test("takes a few KB for forty destinations and ten tools", () => {
    const visits = usual.map((each, at) => ({ ...each, destinations: Array.from({ length: 41 }, (_, place) => 1_000_000 + place + (at % 2)) })); // prettier-ignore
    expect(encodeBaseline(learn(visits)).length).toBeLessThan(4_096);
  });
});

describe("what is learned", () => {
  test("is how much a session does, without the largest ones and without incidents", () => {
    const storm = { user: "u1", day: 20_003, calls: 3_000, destinations: [] };
    const stopped = { user: "u2", day: 20_004, calls: 2_000, destinations: [], incident: true };
    const [calm, noisy] = [learn(usual), learn([...usual, storm, stopped])];
    expect(noisy.whole.calls[2]).toBeLessThan(20);
    expect([calm.incidents, noisy.incidents]).toEqual([0, 1]);
  });

  test("is nothing of a tool that one session alone has used", () => {
    const summing = new Summing({ tenant: "default", persona: "clerk", user: "u1", day: 20_001 });
    summing.call({ tool: "erp pay", objects: [], destinations: [], provenance: "none" });
    const { baseline } = train({ tenant: "default", persona: "clerk", summaries: [...usual.map(session), summing.finish()], days: [], known: knownRule, approved: [] }); // prettier-ignore
    expect(baseline.tools.map(({ tool }) => tool)).toEqual(["crm read", "mail send"]);
  });

  test("gives no quantile before there are enough sessions", () => {
    const [few, many] = [learn(usual.slice(0, sessionsMin - 1)), learn(usual)];
    expect(limitOf(compileBaseline(few, "a"), "crm read", "objects", "p99")).toBeUndefined();
    expect(limitOf(compileBaseline(many, "b"), "crm read", "objects", "p99")).toBeGreaterThan(8);
    expect(limitOf(compileBaseline(many, "b"), "no such", "objects", "p99")).toBeUndefined();
  });
});

describe("a destination", () => {
  const knows = (visits: readonly Visit[], hash: number): boolean =>
    isKnown(compileBaseline(learn(visits), "v"), hash);

  test("that several users write to on several days is known", () => {
    expect([knows(usual, 7), knows(usual, 8)]).toEqual([true, false]);
  });

  test("of one user with very many sessions on many days is not", () => {
    const poison = Array.from({ length: 300 }, (_, at) => ({ user: "eve", day: 20_000 + (at % 10), calls: 5, destinations: [666] })); // prettier-ignore
    expect(knows([...usual, ...poison], 666)).toBe(false);
  });

  test("of two users is not by the sessions of one: one user counts twice at most", () => {
    const own = Array.from({ length: 50 }, (_, at) => ({ user: "eve", day: 20_000 + (at % 10), calls: 5, destinations: [666] })); // prettier-ignore
    const rule = { sessions: 4, days: 2, users: 2 };
    const once = { user: "ann", day: 20_002, calls: 3, destinations: [666] };
    const known = (visits: readonly Visit[]): boolean => isKnown(compileBaseline(learn(visits, { known: rule }), "v"), 666); // prettier-ignore
    expect([known([...usual, ...own, once]), known([...usual, ...own, once, { ...once, day: 20_003 }])]).toEqual([false, true]); // prettier-ignore
  });

  test("towards which sessions drift slowly, over several users, is left for a person", () => {
    // From the sixth day on, of every user, a little more each day.
    const drift = Array.from({ length: 40 }, (_, at) => ({ user: `u${at % 4}`, day: 20_005 + Math.floor(at / 10), calls: 5, destinations: at % 10 <= at / 10 ? [666] : [] })); // prettier-ignore
    const { baseline, candidates } = train({ tenant: "default", persona: "clerk", summaries: [...usual, ...drift].map(session), days: [], known: knownRule, approved: [] }); // prettier-ignore
    expect(isKnown(compileBaseline(baseline, "v"), 666)).toBe(false);
    expect(candidates).toContainEqual(expect.objectContaining({ hash: 666, why: "new" }));
    const early = { user: "u0", day: 20_000, calls: 5, destinations: [666] };
    const prepared = train({ tenant: "default", persona: "clerk", summaries: [...usual, early, ...drift].map(session), days: [], known: knownRule, approved: [] }); // prettier-ignore
    expect(prepared.candidates).toContainEqual(expect.objectContaining({ hash: 666, why: "rising" }));
  });

  test("of incidents alone is not, and of a text's own order neither", () => {
    const stopped = usual.map((each) => ({ ...each, destinations: [666], incident: true }));
    expect(knows([...usual, ...stopped], 666)).toBe(false);
    const summaries = usual.map(({ user, day }) => {
      const summing = new Summing({ tenant: "default", persona: "clerk", user, day });
      summing.call({ tool: "mail send", objects: [], destinations: [666], provenance: "directive" });
      return summing.finish();
    });
    const { baseline } = train({ tenant: "default", persona: "clerk", summaries, days: [], known: knownRule, approved: [] }); // prettier-ignore
    expect(baseline.destinations).toEqual([]);
  });

  test("of a baseline of before version 2 is not, whoever approved it: its hashes are of another function", () => {
    const today = learn(usual, { approved: [99] });
    expect(today.v).toBe(2);
    const text = encodeBaseline({ ...today, v: 1 });
    const read = readBaseline(text);
    if (typeof read === "string") throw new Error(read);
    const before = compileBaseline(read, "v");
    expect([isOutdated(read), before.known.size, isKnown(before, 99)]).toEqual([true, 0, false]);
    expect(limitOf(before, undefined, "calls", "p99")).toBe(limitOf(compileBaseline(today, "v"), undefined, "calls", "p99")); // prettier-ignore
  });

  test("that a person has approved is known, seen or not", () => {
    expect(isKnown(compileBaseline(learn(usual, { approved: [99] }), "v"), 99)).toBe(true);
  });
});

describe("the days of a class", () => {
  const days = (count: (day: number, user: number) => number): DayCount[] =>
    Array.from({ length: 70 * 3 }, (_, at) => ({ class: "crm", form: "user", of: 1 + (at % 3), day: 20_000 + Math.floor(at / 3), count: count(20_000 + Math.floor(at / 3), at % 3) })); // prettier-ignore

  test("have a mean for each weekday, so that a busy Monday is no alarm", () => {
    const { norms } = learn(usual, { days: days((day) => (weekdayOf(day) === 0 ? 60 : 10)) });
    const [norm] = norms;
    expect(norm?.means[0]).toBeCloseTo(ln1p(60), 3);
    expect(norm?.means[3]).toBeCloseTo(ln1p(10), 3);
    expect(norm?.sds[0]).toBe(0.25);
  });

  test("have a level for each user, and a deviation that is the user's own and not the distance between users", () => {
    const [norm] = learn(usual, { days: days((_, user) => [5, 20, 80][user] ?? 0) }).norms;
    expect(norm?.levels.map(([of]) => of)).toEqual([1, 2, 3]);
    expect(norm?.sds[2]).toBe(0.25);
    expect(norm?.sdsOfAll[2]).toBeGreaterThan(0.9);
  });
});

describe("a rule's mode", () => {
  test("is alert when it fired in more sessions than its budget allows, and says at how many", () => {
    expect(modeFor("r", "step-up", 20, 1_000)).toMatchObject({ mode: "enforce", fired: 20, of: 1_000 });
    expect(modeFor("r", "step-up", 21, 1_000)).toMatchObject({ mode: "alert", fired: 21, of: 1_000 });
    expect(modeFor("r", "interrupt", 2, 1_000).mode).toBe("alert");
  });

  test("is enforced for a rule nobody measured, and alert for all of them in a shadow run", () => {
    const baseline = { ...learn(usual), modes: [modeFor("loud", "throttle", 9, 10)] };
    const compiled = compileBaseline(baseline, "v");
    expect([modeOf(compiled, "loud"), modeOf(compiled, "other")]).toEqual(["alert", "enforce"]);
    expect(modeOf(compileBaseline(shadowed(baseline), "v"), "other")).toBe("alert");
  });

  test("comes with a bound that nothing seen does not make nothing", () => {
    expect([boundOf(0, 1_000), boundOf(0, 0)]).toEqual([0.003, 1]);
    expect(boundOf(10, 1_000)).toBeGreaterThan(0.01);
  });
});

test("ln1p is the logarithm to the twelfth place", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (n) => {
      expect(Math.abs(ln1p(n) - Math.log1p(n))).toBeLessThan(1e-12);
    }),
  );
});
