import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { dayMs } from "../../actors/behaviour/summary.ts";
import { WordHash, wordKeyBytes } from "../../actors/behaviour/wordhash.ts";
import { knownRule, train } from "../../actors/behaviour/training.ts";
import { roleTable, toolGrant } from "../../actors/session.fixture.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { readHistory } from "./history.ts";
import type { History } from "./history.ts";
import { runShadow } from "./shadow.ts";
import { BaselineStore } from "./store.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const day = 20_000;
const role = roleTable({ grants: [toolGrant("read_ticket"), toolGrant("send_mail", { effect: "send" })] });
const range = { tenant: "default", persona: "support", from: 0, to: 100_000 };
/** As hashes of today are named. */
const wordsKey = new WordHash(new Uint8Array(wordKeyBytes), "k").id;
let ops = 0;

interface Made {
  readonly session?: string;
  readonly on?: number;
  readonly target?: string;
  readonly digest?: string;
  readonly outcome?: string;
  readonly trace?: readonly object[];
  readonly traceKey?: string;
}

/** The two records of a call. */
function call({
  session = "default/support/bot/=ann",
  on = day,
  target = "read_ticket",
  digest,
  outcome = "ok",
  trace,
  traceKey = wordsKey,
}: Made): RecordLine[] {
  const op = `op-${ops++}`;
  const [at, key] = [on * dayMs + 5_000, digest ?? `${ops}-`.padEnd(22, "d")];
  const facts = { kind: "tool", name: target, digest: key, shape: key, bytes: 9, ...(trace === undefined ? {} : { trace: { key: traceKey, values: trace } }) }; // prettier-ignore
  const common = { v: 1, shard: 0, epoch: 1, n: 1, prev: "", session, op, at };
  return [
    { ...common, kind: "intent", server: "tickets", target, role: "role", event: { kind: "call", at, op, facts } },
    { ...common, kind: "outcome", event: { kind: "answered", at, op, facts: { outcome, bytes: 400, digest: "a", tookMs: 1 } } },
  ] as unknown as RecordLine[]; // prettier-ignore
}

function happened(session: string, on: number, body: object): RecordLine {
  return { v: 1, shard: 0, epoch: 1, n: 1, prev: "", session, at: on * dayMs + 9_000, ...body } as unknown as RecordLine; // prettier-ignore
}

function read(records: readonly RecordLine[]): History {
  return readHistory(records, range, (digest) => (digest === "role" ? role : undefined));
}

const to = (whole: number, known?: string) => ({ at: "to", is: "destination", whole, words: [], pairs: [], ...(known === undefined ? {} : { known }) }); // prettier-ignore

describe("a session of records", () => {
  test("is one for each UTC day, with calls, errors, bytes and different objects of each tool", () => {
    const { summaries } = read([
      ...call({ digest: "same".padEnd(22, "x") }),
      ...call({ digest: "same".padEnd(22, "x") }),
      ...call({ outcome: "tool-error" }),
      ...call({ on: day + 1 }),
    ]);
    expect(summaries.map(({ day: on, tools }) => [on, tools])).toEqual([
      [day, [{ tool: "tickets read_ticket", calls: 3, errors: 1, bytes: 1_200, objects: 2, destinations: [], provenance: [3, 0, 0, 0, 0, 0] }]], // prettier-ignore
      [day + 1, [expect.objectContaining({ calls: 1 })]],
    ]);
  });

  test("has the keyed hashes of where it sent something, and whether they were known", () => {
    const { summaries } = read([
      ...call({ target: "send_mail", trace: [to(7), to(8, "mission")] }),
      ...call({ target: "send_mail", trace: [to(8, "mission")] }),
    ]);
    expect(summaries[0]?.tools[0]).toMatchObject({ destinations: [7, 8], provenance: [0, 1, 0, 0, 0, 1] });
  });

  test("has no hash of where it sent something that an older version made", () => {
    const { summaries } = read(call({ target: "send_mail", trace: [to(7)], traceKey: "k" }));
    expect(summaries[0]?.tools[0]).toMatchObject({
      calls: 1,
      destinations: [],
      provenance: [0, 0, 0, 0, 0, 1],
    });
  });

  test("of another persona is none of its sessions", () => {
    expect(read(call({ session: "default/clerk/bot/-" })).summaries).toEqual([]);
  });

  test.each<[string, object]>([
    ["killed", { kind: "session", event: { kind: "killed", at: 1 } }],
    [
      "interrupted",
      { kind: "refusal", verdict: { kind: "quarantine", rule: "sequence.injected", says: "x" } },
    ],
    ["stopped by the behaviour breaker", { kind: "refusal", verdict: { kind: "quarantine", rule: "breaker.behaviour", says: "x" } }], // prettier-ignore
  ])("that was %s is an incident on that day, and its reads are not counted", (_, body) => {
    const session = "default/support/bot/=ann";
    const { summaries, days } = read([...call({}), happened(session, day, body), ...call({ on: day + 1 })]);
    expect(summaries.map(({ incident }) => incident === "")).toEqual([false, true]);
    expect(new Set(days.map((each) => each.day))).toEqual(new Set([day + 1]));
  });

  test("that was only refused is none", () => {
    const refusal = { kind: "refusal", verdict: { kind: "deny", rule: "persona.unlisted", says: "x" } };
    const { summaries } = read([...call({}), happened("default/support/bot/=ann", day, refusal)]);
    expect(summaries[0]?.incident).toBe("");
  });
});

describe("days", () => {
  test("count different reads of each user, of all together, and of each tool; neither failures nor writes", () => {
    const { days, unread } = read([
      ...call({ digest: "1".padEnd(22, "x") }),
      ...call({ digest: "2".padEnd(22, "x") }),
      ...call({ session: "default/support/bot-2/=ann", digest: "2".padEnd(22, "x") }),
      ...call({ session: "default/support/bot/=bob", digest: "2".padEnd(22, "x") }),
      ...call({ outcome: "timeout" }),
      ...call({ target: "send_mail" }),
    ]);
    const counts = days.map(({ class: of, form, count }) => `${form} ${of}: ${count}`).sort();
    expect(counts).toEqual(["persona server tickets: 2", "tool tool tickets read_ticket: 2", "user server tickets: 1", "user server tickets: 2"]); // prettier-ignore
    expect(unread).toBe(0);
  });
});

/** Sixty days of four users, from a day on, each with some ten reads and a mail. */
function usual(from: number, days: number): RecordLine[] {
  return Array.from({ length: days * 4 }, (_, at) => {
    const made = { session: `default/support/bot/=u${at % 4}`, on: from + Math.floor(at / 4) };
    const reads = Array.from({ length: 8 + (at % 5) }, () => call(made));
    return [...reads.flat(), ...call({ ...made, target: "send_mail", trace: [to(7)] })];
  }).flat();
}

describe("a shadow run", () => {
  const learned = (records: readonly RecordLine[]) =>
    train({ tenant: "default", persona: "support", ...read(records), known: knownRule, approved: [] })
      .baseline;

  test("of days like those that were learned from finds no rule above its budget, and says at how many sessions", () => {
    const { baseline, modes } = runShadow(learned(usual(day, 60)), read(usual(day + 60, 30)), undefined);
    expect(modes.map(({ rule, mode, of }) => [rule, mode, of])).toEqual([
      ["sequence.volume", "enforce", 120],
      ["sequence.volume.told", "enforce", 120],
      ["tally.persona", "enforce", 30],
      ["tally.tool", "enforce", 30],
      ["tally.user", "enforce", 120],
    ]);
    expect(modes.every(({ fired, bound }) => fired === 0 && bound > 0)).toBe(true);
    expect(baseline.modes).toHaveLength(5);
  });

  test("of a persona that suddenly does far more each day lowers what a day may hold, and no other rule", () => {
    const busy = Array.from({ length: 12 }, (_, at) =>
      Array.from({ length: 60 }, () => call({ session: "default/support/bot/=zoe", on: day + 60 + at })).flat(),
    ).flat(); // prettier-ignore
    const { modes } = runShadow(learned(usual(day, 60)), read([...usual(day + 60, 30), ...busy]), undefined);
    const lowered = modes.filter(({ rule, mode }) => rule.startsWith("sequence.") && mode === "alert");
    expect(lowered.map(({ rule, fired }) => [rule, fired])).toEqual([["sequence.volume", 12], ["sequence.volume.told", 12]]); // prettier-ignore
  });
});

describe("the folder of baselines", () => {
  const persona = "support";
  const act = { persona, what: "promoted" as const, at: 1, by: "op", reason: "measured" };

  function store(): { readonly folder: string; readonly kept: BaselineStore; readonly version: string } {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-baselines-"));
    folders.push(folder);
    const kept = new BaselineStore(join(folder, "baselines"));
    const { baseline } = train({
      tenant: "default",
      persona,
      ...read(usual(day, 5)),
      known: knownRule,
      approved: [],
    });
    return { folder, kept, version: kept.save(baseline) };
  }

  test("gives a baseline again under its version, to a reader that starts anew", () => {
    const { folder, kept, version } = store();
    const again = new BaselineStore(join(folder, "baselines"));
    expect(again.load(version)?.baseline).toEqual(kept.load(version)?.baseline);
    expect([again.versions(), again.find(version.slice(0, 6)), again.load("x")]).toEqual([[version], version, undefined]); // prettier-ignore
  });

  test("with a file that somebody changed gives none, and says so", () => {
    const { folder, version } = store();
    const path = join(folder, "baselines", `${version}.json`);
    writeFileSync(path, readFileSync(path, "utf8").replace('"incidents":0', '"incidents":1'));
    expect(() => new BaselineStore(join(folder, "baselines")).load(version)).toThrow(/somebody changed it/);
  });

  test("has nothing in force before a person says so, and what was in force stays on its list", () => {
    const { kept, version } = store();
    expect(kept.inForce(persona)).toBeUndefined();
    kept.put({ ...act, version });
    expect(kept.inForce(persona)).toBe(version);
    kept.put({ ...act, version: "", what: "rolled back" });
    expect([kept.inForce(persona), kept.acts(persona).map(({ what }) => what)]).toEqual([undefined, ["promoted", "rolled back"]]); // prettier-ignore
  });

  test("refuses one that is not there, or another persona's", () => {
    const { kept, version } = store();
    expect(() => kept.put({ ...act, version: "A".repeat(43) })).toThrow(/there is no baseline/);
    expect(() => kept.put({ ...act, version, persona: "clerk" })).toThrow(/of persona support/);
  });

  test("whose list cannot be read is a fault, and not an empty one", () => {
    const { folder, kept } = store();
    writeFileSync(join(folder, "baselines", "inforce.json"), "{");
    expect(() => kept.inForce(persona)).toThrow(/cannot be read/);
  });
});
