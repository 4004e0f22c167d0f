import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Accumulation } from "../../protocol/accumulation.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import type { AnswerScan } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { sequenceSchema } from "../../protocol/sequence.ts";
import { compileBaseline } from "../behaviour/baseline.ts";
import { dayMs } from "../behaviour/summary.ts";
import { ln1p } from "../behaviour/logarithm.ts";
import { knownRule, train } from "../behaviour/training.ts";
import { isScope, roster } from "../roster.ts";
import type { AnyEffect, AnyEvent } from "../roster.ts";
import { SharedWorld } from "../scopes.fixture.ts";
import { countOf } from "../scopes/tally.ts";
import { callFacts, roleTable, toolGrant } from "../session.fixture.ts";
import { compileRole } from "./role.ts";

const reason = "the mission says so";
const wide = { capacity: 100_000, perSecond: 1_000 };
const grants = [
  toolGrant("read_ticket", { bucket: wide }),
  toolGrant("list_tickets", { bucket: wide, labels: ["customers"] }),
  toolGrant("close_ticket", { bucket: wide, effect: "update" }),
];
const limitsOf = { agent: wide, budget: { calls: 1_000_000, hours: 1 }, openCalls: 64 };

function world(accumulation: readonly Partial<Accumulation>[], baseline?: Baseline): SharedWorld {
  const rules = accumulation.map((rule): Accumulation => ({ per: "user", days: 1, max: 10, then: "stop", reason, ...rule })); // prettier-ignore
  const table = roleTable({ grants, limits: limitsOf, accumulation: rules });
  const shared = new SharedWorld(table);
  if (baseline === undefined) return shared;
  const compiled = compileRole(table, compileBaseline(baseline, "version"));
  if (Array.isArray(compiled)) throw new Error(JSON.stringify(compiled));
  return Object.assign(shared, { world: { role: () => compiled } });
}

/** Reads one after the other, each of something else; words arrive at once. */
function reads(shared: SharedWorld, key: string, count: number, name = "read_ticket", from = 0): string[] {
  return Array.from({ length: count }, (_, at) => {
    shared.now += 100;
    const digest = `${from + at}`.padEnd(22, "-");
    const { rule } = shared.call(key, name, true, { digest, shape: digest });
    shared.deliverAll();
    return rule;
  });
}

function alerts(shared: SharedWorld): string[] {
  const told: string[] = [];
  const turn = shared.turn.bind(shared);
  Object.assign(shared, {
    turn: (key: string, event: AnyEvent): readonly AnyEffect[] => {
      const effects = turn(key, event);
      for (const effect of effects) if (effect.kind === "alert") told.push(`${effect.rule} ${key}`);
      return effects;
    },
  });
  return told;
}

const scan = (action: string, count: number): AnswerScan => ({
  found: [{ type: "pan.visa", group: "financial", likelihood: 3, count, path: "/0" }],
  actions: [action],
  tookMs: 1,
});

/** One read whose answer holds such data. */
function readData(
  shared: SharedWorld,
  key: string,
  at: number,
  found: AnswerScan,
  name = "read_ticket",
): string {
  shared.now += 100;
  const op = `data-${at}`;
  const digest = `${at}`.padEnd(22, "-");
  const effects = shared.turn(key, { kind: "call", at: shared.now, op, facts: callFacts(name, { digest, shape: digest }) }); // prettier-ignore
  const reply = effects.find((effect) => effect.kind === "reply");
  if (reply?.verdict.kind !== "allow")
    return reply === undefined ? "none" : (reply.verdict as { rule: string }).rule;
  shared.turn(key, { kind: "answered", at: shared.now, op, facts: { outcome: "ok", bytes: 9, digest: op, tookMs: 1, scan: found } }); // prettier-ignore
  shared.deliverAll();
  return "allow";
}

describe("reads of a user", () => {
  test("beyond the cap are refused to every session of the user, and to nobody else; writes go on", () => {
    const shared = world([{ server: "tickets", max: 20 }]);
    const [one, other, else_] = [shared.session("bot", "ann"), shared.session("bot-2", "ann"), shared.session("bot", "bob")]; // prettier-ignore
    const ends = [...reads(shared, one, 40), ...reads(shared, other, 40, "read_ticket", 100)];
    expect(ends.filter((end) => end === "allow").length).toBeLessThanOrEqual(20 + limits.tallyMarksMax);
    expect(reads(shared, one, 1)).toEqual(["tally.user"]);
    expect(reads(shared, other, 1)).toEqual(["tally.user"]);
    expect(reads(shared, one, 1, "close_ticket")).toEqual(["allow"]);
    expect(reads(shared, else_, 5)).toEqual(["allow", "allow", "allow", "allow", "allow"]);
  });

  test("sliced over many agents are seen by the persona's scope, though each reads little", () => {
    const shared = world([{ server: "tickets", per: "persona", max: 60 }]);
    const told = alerts(shared);
    for (let at = 0; at < 40; at++) {
      reads(shared, shared.session(`bot-${at}`, `user-${at}`), 3, "read_ticket", at * 10);
      shared.now += limits.tallyTellMs;
      for (const key of [...shared.states.keys()].filter((each) => !each.startsWith("@")))
        shared.turn(key, roster.timeEvent(shared.now));
      shared.deliverAll();
    }
    expect(told.filter((each) => each === "tally.persona @persona/default/support")).toHaveLength(1);
    const last = shared.session("bot-0", "user-0");
    expect(reads(shared, last, 20, "read_ticket", 5_000).at(-1)).toBe("tally.persona");
  });

  test("of the same thing count once, over sessions and repeats", () => {
    const shared = world([{ server: "tickets", max: 20 }]);
    const told = alerts(shared);
    for (let at = 0; at < 6; at++) reads(shared, shared.session(`bot-${at}`, "ann"), 18);
    expect(told).toEqual([]);
  });

  test("that are refused or failed count nothing", () => {
    const shared = world([{ server: "tickets", max: 5 }]);
    const told = alerts(shared);
    const key = shared.session("bot", "ann");
    for (let at = 0; at < 40; at++) shared.call(key, "read_ticket", true, { digest: `${at}`.padEnd(22, "-"), shape: `f-${at}x`.padEnd(22, "-") }, "timeout"); // prettier-ignore
    shared.deliverAll();
    expect(told.filter((each) => each.startsWith("tally"))).toEqual([]);
  });

  test("are possible again on the next day", () => {
    const shared = world([{ server: "tickets", max: 20 }]);
    const key = shared.session("bot", "ann");
    reads(shared, key, 40);
    expect(reads(shared, key, 1)).toEqual(["tally.user"]);
    shared.now = (Math.floor(shared.now / dayMs) + 1) * dayMs + 1;
    expect(reads(shared, key, 1, "read_ticket", 900)).toEqual(["allow"]);
  });
});

describe("sensitive values", () => {
  test("count by their number, for a session by itself, and stop the servers that gave them", () => {
    const shared = world([{ data: "financial", per: "session", max: 100 }]);
    const key = shared.session("bot", "ann");
    const ends = [0, 1, 2, 3].map((at) => readData(shared, key, at, scan("allow", 40)));
    expect(ends).toEqual(["allow", "allow", "allow", "tally.session"]);
    expect(readData(shared, shared.session("bot-2", "ann"), 9, scan("allow", 40))).toBe("allow");
  });

  test("that the agent did not get, masked or as tokens, do not count", () => {
    const shared = world([{ data: "pan.visa", per: "session", max: 10 }]);
    const key = shared.session("bot", "ann");
    const ends = ["mask", "tokenise", "redact"].flatMap((action, at) => [0, 1, 2].map((each) => readData(shared, key, at * 10 + each, scan(action, 40)))); // prettier-ignore
    expect(new Set(ends)).toEqual(new Set(["allow"]));
  });

  test("of a label's servers are counted by reads, and other servers' are not", () => {
    const shared = world([{ label: "customers", per: "session", max: 10 }]);
    const key = shared.session("bot", "ann");
    expect(reads(shared, key, 30)).toEqual(Array(30).fill("allow"));
    expect(reads(shared, key, 30, "list_tickets").at(-1)).toBe("tally.session");
    expect(reads(shared, key, 1, "read_ticket", 80)).toEqual(["allow"]);
  });
});

describe("with a baseline", () => {
  const days = Array.from({ length: 60 * 5 }, (_, at) => ({ class: "server tickets", form: "user" as const, of: at % 5, day: 19_000 + Math.floor(at / 5), count: 6 + (at % 11) })); // prettier-ignore
  const { baseline } = train({ tenant: "default", persona: "support", summaries: [], days, known: knownRule, approved: [] }); // prettier-ignore

  test("a slow harvest at twice the usual is told within days, stopped later, and another user is not", () => {
    const shared = world([], baseline);
    const told = alerts(shared);
    const [eve, ann] = [shared.session("bot", "eve"), shared.session("bot", "ann")];
    const stopped: number[] = [];
    for (let day = 0; day < 25; day++) {
      shared.now = (Math.floor(shared.now / dayMs) + 1) * dayMs + 1;
      const ends = reads(shared, eve, 26, "read_ticket", day * 1_000);
      if (ends.includes("tally.user")) stopped.push(day);
      expect(reads(shared, ann, 11, "read_ticket", day * 1_000)).toEqual(Array(11).fill("allow"));
      shared.now += limits.tallyTellMs;
      for (const key of [eve, ann]) shared.turn(key, roster.timeEvent(shared.now));
      shared.deliverAll();
    }
    expect(new Set(told)).toEqual(new Set(["tally.user @user/default/=eve/"]));
    expect(stopped[0]).toBeLessThan(20);
  });

  test("whose rule fired too often on shadow data, it is told and nobody is stopped", () => {
    const modes = [{ rule: "tally.user", mode: "alert" as const, fired: 9, of: 10, bound: 1 }];
    const shared = world([], { ...baseline, modes });
    const told = alerts(shared);
    const eve = shared.session("bot", "eve");
    for (let day = 0; day < 25; day++) {
      shared.now = (Math.floor(shared.now / dayMs) + 1) * dayMs + 1;
      expect(reads(shared, eve, 60, "read_ticket", day * 1_000)).toEqual(Array(60).fill("allow"));
    }
    expect(told).toEqual(["tally.user @user/default/=eve/"]);
  });

  test("what is usual travels with the word: mean of the weekday, and the user's level", () => {
    const shared = world([], baseline);
    const key = shared.session("bot", "ann");
    reads(shared, key, limits.tallyMarksMax / 2 - 1);
    shared.call(key, "read_ticket", true, { digest: "x".padEnd(22, "-"), shape: "x".padEnd(22, "-") });
    const [word] = shared.post.map(({ event }) => event).filter(({ kind }) => kind === "count");
    expect(word).toMatchObject({ scope: "user", items: [{ class: "server tickets", usual: { stops: 1 } }] });
    const { mean = 0 } = (word as unknown as { items: { usual?: { mean: number } }[] }).items[0]?.usual ?? {};
    expect(Math.abs(mean - ln1p(11))).toBeLessThan(0.3);
  });
});

describe("a session that counts", () => {
  test("tells after some time what it has not told, and nothing twice", () => {
    const shared = world([{ server: "tickets", max: 50 }]);
    const key = shared.session("bot", "ann");
    reads(shared, key, 3);
    expect(roster.dueAt(shared.state(key))).toBe(shared.now - 200 + limits.tallyTellMs);
    shared.now += limits.tallyTellMs;
    shared.turn(key, roster.timeEvent(shared.now));
    shared.deliverAll();
    const scope = shared.state("@user/default/=ann/");
    expect(isScope(scope) && countOf(scope.tallies.get("support server tickets")?.bits ?? [])).toBe(3);
    expect(roster.dueAt(shared.state(key))).toBeUndefined();
  });

  test("and its scopes are the same after a replay of their journals, and after being put away at any time", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(40), fc.nat(3)), { maxLength: 20 }), (acts) => {
        const shared = world([{ server: "tickets", max: 30 }, { server: "tickets", per: "session", max: 40 }, { label: "customers", per: "persona", days: 3 }]); // prettier-ignore
        for (const [who, count, later] of acts) {
          shared.now += (later * dayMs) / 2;
          reads(
            shared,
            shared.session(`bot-${who}`, "ann"),
            count,
            who === 1 ? "list_tickets" : "read_ticket",
          );
          for (const key of shared.states.keys()) {
            const thawed = roster.thaw(JSON.parse(JSON.stringify(roster.freeze(shared.state(key)))));
            expect(thawed).toEqual(shared.state(key));
          }
        }
        for (const [key, journal] of shared.journal) {
          const again = roster.create(key);
          for (const event of journal) roster.decide(again, event, shared.world);
          expect(roster.essence(again)).toEqual(roster.essence(shared.state(key)));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("with half a row of what it has counted is not read", () => {
    const frozen = roster.freeze(roster.create("default/p/a/-")) as unknown[];
    expect(roster.thaw(frozen.with(23, [1, 2, [], [], [], []]))).toBeDefined();
    for (const cells of [
      [1],
      [1, 2, [["c", 1]], [], [], []],
      [1, 2, [], [["session", "c", -1]], [], []],
      [1, 2, [], [], [], [["c", 1]]],
      "x",
    ])
      // prettier-ignore
      expect(roster.thaw(frozen.with(23, cells))).toBeUndefined();
  });
});

test("a rule of the sequence guard that a baseline has lowered is told, and the others hold as the role says", () => {
  const { baseline } = train({ tenant: "default", persona: "support", summaries: [], days: [], known: knownRule, approved: [] }); // prettier-ignore
  const modes = [{ rule: "sequence.breadth", mode: "alert" as const, fired: 9, of: 10, bound: 1 }];
  const table = roleTable({ sequence: sequenceSchema.parse({ mode: "enforce", rules: { intent: "off" } }) });
  const role = compileRole(table, compileBaseline({ ...baseline, modes }, "version"));
  const held = Array.isArray(role) ? undefined : role.sequence.modes;
  expect([held?.breadth, held?.injected, held?.intent]).toEqual(["alert", "enforce", "off"]);
});

test("a role without anything to count counts nothing, and its sessions say nothing", () => {
  const shared = world([]);
  const key = shared.session("bot", "ann");
  reads(shared, key, 40);
  expect([shared.post, [...shared.states.keys()]]).toEqual([[], [key]]);
});
