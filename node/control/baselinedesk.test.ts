/** A baseline that is promoted at one node and taken by another: two desks, each with its own folder and records. */
import { afterEach, describe, expect, test } from "vitest";
import { encodeBaseline } from "../../actors/behaviour/baseline.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { AdminRecords } from "./adminrecords.ts";
import { BaselineDesk } from "./baselinedesk.ts";
import { cleanUp, Desk, makeProject } from "./desk.fixture.ts";

afterEach(cleanUp);

const spread = { n: 0, calls: [0, 0, 0], objects: [0, 0, 0], bytes: [0, 0, 0], errors: [0, 0, 0] } satisfies Baseline["whole"]; // prettier-ignore
const learned: Baseline = { v: 2, tenant: "default", persona: "reader", from: 0, to: 0, sessions: 3, users: 1, days: 1, trimmed: 0, incidents: 0, known: { sessions: 3, days: 2, users: 2 }, whole: spread, tools: [], destinations: [], approved: [], norms: [], modes: [] }; // prettier-ignore

/** The desk of the first node, whose letters the second one carries out as they are after the wire. */
function pair(): {
  readonly first: Desk;
  readonly second: Desk;
  readonly desk: BaselineDesk;
  readonly letters: JsonObject[];
  /** Of the first node: what it asked, and who it sees to differ. */
  readonly asked: string[];
  readonly differences: {
    node: string;
    scopes: boolean;
    personas: string[];
    lock: string[];
    baselines: string[];
    search: string[];
  }[];
} {
  const [first, second] = [new Desk(makeProject()), new Desk(makeProject())]; // prettier-ignore
  const letters: JsonObject[] = [];
  const [asked, differences]: [string[], { node: string; scopes: boolean; personas: string[]; lock: string[]; baselines: string[]; search: string[] }[]] = [[], []]; // prettier-ignore
  const everywhere = async (command: string, args: JsonObject) => {
    const letter = JSON.parse(JSON.stringify({ ...args, from: "n1" })) as JsonObject;
    letters.push(letter);
    try {
      await second.operators.handleHere({ command, args: letter });
      return { said: [{}], heard: ["n2"], missing: [] };
    } catch {
      return { said: [], heard: [], missing: ["n2"] };
    }
  };
  const atNode = async (_: string, command: string, args: JsonObject) => {
    asked.push(command);
    return JSON.parse(JSON.stringify(await second.operators.handleHere({ command, args }))) as JsonObject;
  };
  const desk = new BaselineDesk({ baselines: first.data.baselines, now: () => first.at, enforce: () => undefined, cluster: { desk: { everywhere, atNode, differences } } }, new AdminRecords(first.recorder, () => first.at)); // prettier-ignore
  return { first, second, desk, letters, asked, differences };
}

const promote = (version: string): JsonObject => ({ persona: "reader", version, what: "promoted", reason: "measured", by: "ada" }); // prettier-ignore
/** As who promotes it asks for it: nobody has measured these. */
const asked = (version: string, destinations?: number): JsonObject => ({ ...promote(version), unmeasured: true, ...(destinations === undefined ? {} : { destinations }) }); // prettier-ignore

describe("what is put in force at one node", () => {
  test("is in force at the other, with its text, on record with who and from where", async () => {
    const { first, second, desk } = pair();
    const version = first.data.baselines.save(learned);
    expect(await desk.put(asked(version))).toEqual({ persona: "reader", version, nodes: { heard: ["n2"], missing: [] } }); // prettier-ignore
    expect(second.data.baselines.inForce("reader")).toBe(version);
    expect(second.data.baselines.load(version)?.baseline).toEqual(learned);
    expect(second.records().at(-1)).toMatchObject({ kind: "admin", about: { what: "baseline promoted", version, from: "n1" } }); // prettier-ignore
    first.at += 1_000;
    await desk.put({ persona: "reader", what: "rolled back", reason: "too strict", by: "ada" });
    expect(second.data.baselines.inForce("reader")).toBeUndefined();
  });

  test("is one act there, however often its letter comes", async () => {
    const { first, second, desk, letters } = pair();
    const version = first.data.baselines.save(learned);
    await desk.put(asked(version));
    await second.operators.handleHere({ command: "baselines.take", args: letters[0] ?? {} });
    expect(second.data.baselines.acts("reader")).toHaveLength(1);
  });

  test("changes nothing where a newer act stands, and the node is named", async () => {
    const { first, second, desk } = pair();
    second.data.baselines.put({ persona: "reader", version: "", what: "rolled back", at: first.at + 5_000, by: "eve", reason: "r" }); // prettier-ignore
    const version = first.data.baselines.save(learned);
    expect((await desk.put(asked(version))).nodes).toEqual({ heard: [], missing: ["n2"] });
    expect(second.data.baselines.inForce("reader")).toBeUndefined();
  });
});

test("of two acts of one moment every node ends with the same, whichever it hears last", async () => {
  const { first, second } = pair();
  const texts = [learned, { ...learned, sessions: 4 }].map((each) => [first.data.baselines.save(each), encodeBaseline(each)] as const); // prettier-ignore
  const letters = texts.map(([version, text]) => ({ ...promote(version), at: first.at, text, from: "n3" }));
  for (const [desk, order] of [[first, letters], [second, letters.toReversed()]] as const)
    for (const args of order) await desk.operators.handleHere({ command: "baselines.take", args }).catch(() => undefined); // prettier-ignore
  expect(second.data.baselines.inForce("reader")).toBeDefined();
  expect(second.data.baselines.inForce("reader")).toBe(first.data.baselines.inForce("reader"));
});

describe("a letter is refused, and nothing is kept of it,", () => {
  const other = encodeBaseline({ ...learned, sessions: 4 });
  test.each<[what: string, change: JsonObject]>([
    ["whose text is another baseline", { text: other }],
    ["whose text is of another persona", { text: encodeBaseline({ ...learned, persona: "writer" }) }],
    ["whose text is no baseline", { text: '{"v":1}' }],
    ["without a text", { text: "" }],
    ["from far ahead of its time", { at: Number.MAX_SAFE_INTEGER }],
  ])("%s", async (_, change) => {
    const { first, second } = pair();
    const version = first.data.baselines.save(learned);
    const args = { ...promote(version), at: first.at, text: encodeBaseline(learned), from: "n1", ...change };
    await expect(second.operators.handleHere({ command: "baselines.take", args })).rejects.toThrow(/PARAMS_INVALID|baseline|must be/); // prettier-ignore
    expect(second.data.baselines.inForce("reader")).toBeUndefined();
    expect(second.data.baselines.versions()).toEqual([]);
  });

  test("and an operator's program cannot send one", async () => {
    const { second } = pair();
    await expect(second.operators.handle({ command: "baselines.take", args: {} })).rejects.toMatchObject({ code: "METHOD_UNKNOWN" }); // prettier-ignore
  });
});

describe("a node that was away", () => {
  const differs = { node: "n2", scopes: false, personas: [], lock: [], search: [], baselines: ["reader"] };

  test("asks who has another baseline, and has the same in force, on record with where it is from", async () => {
    const { first, second, desk, differences, asked } = pair();
    const version = second.data.baselines.save(learned);
    second.data.baselines.put({ persona: "reader", version, what: "promoted", at: first.at - 5_000, by: "eve", reason: "measured" }); // prettier-ignore
    differences.push(differs);
    await desk.catchUp();
    expect(first.data.baselines.inForce("reader")).toBe(version);
    expect(first.records().at(-1)).toMatchObject({ kind: "admin", about: { what: "baseline promoted", version, from: "n2" } }); // prettier-ignore
    expect(asked).toEqual(["baselines.last"]);
  });

  test("hears of a rollback too, and its own older act goes under", async () => {
    const { first, second, desk, differences } = pair();
    const version = first.data.baselines.save(learned);
    first.data.baselines.put({ persona: "reader", version, what: "promoted", at: first.at - 9_000, by: "ada", reason: "r" }); // prettier-ignore
    second.data.baselines.put({ persona: "reader", version: "", what: "rolled back", at: first.at - 5_000, by: "eve", reason: "too strict" }); // prettier-ignore
    differences.push(differs);
    await desk.catchUp();
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
  });

  test("keeps what is newer, and asks the same again only after a while", async () => {
    const { first, second, desk, differences, asked } = pair();
    const [version, other] = [first.data.baselines.save(learned), second.data.baselines.save({ ...learned, sessions: 4 })]; // prettier-ignore
    first.data.baselines.put({ persona: "reader", version, what: "promoted", at: first.at - 1_000, by: "ada", reason: "r" }); // prettier-ignore
    second.data.baselines.put({ persona: "reader", version: other, what: "promoted", at: first.at - 5_000, by: "eve", reason: "r" }); // prettier-ignore
    differences.push(differs);
    await desk.catchUp();
    await desk.catchUp();
    expect([first.data.baselines.inForce("reader"), asked.length]).toEqual([version, 1]);
    first.at += limits.baselineAskAgainMs;
    await desk.catchUp();
    expect(asked).toHaveLength(2);
  });

  test("takes nothing that is not what its version says", async () => {
    const { first, second, desk, differences } = pair();
    const version = second.data.baselines.save(learned);
    second.data.baselines.put({ persona: "reader", version, what: "promoted", at: first.at - 5_000, by: "eve", reason: "r" }); // prettier-ignore
    differences.push({ ...differs, baselines: ["all", "../reader", "reader"] });
    const { operators } = second;
    Object.defineProperty(second, "operators", { value: { handleHere: async (letter: { command: string; args: JsonObject }) => ({ ...((await operators.handleHere(letter)) as JsonObject), text: encodeBaseline({ ...learned, sessions: 4 }) }) } }); // prettier-ignore
    await desk.catchUp();
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
    expect(first.data.baselines.versions()).toEqual([]);
  });
});

describe("acts that race", () => {
  test("at one node are done one after the other, and the last one's letter wins everywhere", async () => {
    const { first, second } = pair();
    const texts = [learned, { ...learned, sessions: 4 }].map((each) => [first.data.baselines.save(each), encodeBaseline(each)] as const); // prettier-ignore
    const letters = texts.map(([version, text], at) => ({ ...promote(version), at: second.at + at, text, from: "n3" })); // prettier-ignore
    await Promise.allSettled(letters.toReversed().map((args) => second.operators.handleHere({ command: "baselines.take", args }))); // prettier-ignore
    expect(second.data.baselines.inForce("reader")).toBe(texts[1]?.[0]);
    const own = texts.map(([version]) => first.operators.handle({ command: "baseline.put", args: asked(version) })); // prettier-ignore
    await Promise.all(own);
    const times = first.data.baselines.acts("reader").map(({ at }) => at);
    expect(times[1]).toBeGreaterThan(times[0] ?? 0);
  });

  test("of a rollback and a promotion of what both saw in force the second is refused", async () => {
    const { first } = pair();
    const versions = [learned, { ...learned, sessions: 4 }].map((each) => first.data.baselines.save(each));
    const [version = "", other = ""] = versions;
    await first.operators.handle({ command: "baseline.put", args: { ...asked(version), over: "none" } });
    const roll = { persona: "reader", what: "rolled back", reason: "too strict", by: "eve", over: version };
    const both = await Promise.allSettled([
      first.operators.handle({ command: "baseline.put", args: { ...asked(other), over: version } }),
      first.operators.handle({ command: "baseline.put", args: roll }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(first.data.baselines.inForce("reader")).toBe(other);
  });

  test("where another node's clock is ahead end with what was done last here", async () => {
    const { first, second, desk } = pair();
    const [version, other] = [learned, { ...learned, sessions: 4 }].map((each) => first.data.baselines.save(each)) as [string, string]; // prettier-ignore
    const ahead = { ...promote(other), at: first.at + 1_800_000, text: encodeBaseline({ ...learned, sessions: 4 }), from: "n3" }; // prettier-ignore
    for (const node of [first, second]) await node.operators.handleHere({ command: "baselines.take", args: ahead }); // prettier-ignore
    expect((await desk.put(asked(version))).nodes).toEqual({ heard: ["n2"], missing: [] });
    expect([first, second].map((node) => node.data.baselines.inForce("reader"))).toEqual([version, version]);
  });
});

describe("whoever asks for a promotion", () => {
  const known = { ...learned, destinations: [[7, 3, 2, 2]] as Baseline["destinations"] };
  const measured = (of: number): Baseline => ({ ...learned, modes: [{ rule: "sequence.departure", fired: 0, of, bound: 0.05, mode: "enforce" }] }); // prettier-ignore

  test("has to say how many destinations he saw become known, whatever his client asks", async () => {
    const { first, desk } = pair();
    const version = first.data.baselines.save(known);
    for (const given of [asked(version), asked(version, 2)])
      await expect(desk.put(given)).rejects.toThrow(/--destinations 1/);
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
    await desk.put(asked(version, 1));
    expect(first.data.baselines.inForce("reader")).toBe(version);
  });

  test("has to say how many rules he saw lowered that were not before, and the record names them", async () => {
    const { first, desk } = pair();
    const lowered = (rules: readonly string[]): Baseline => ({ ...learned, modes: rules.map((rule) => ({ rule, fired: 3, of: 90, bound: 0.1, mode: "alert" })) }); // prettier-ignore
    const version = first.data.baselines.save(lowered(["sequence.destination", "sequence.injected"]));
    for (const given of [promote(version), { ...promote(version), lowered: 2 }])
      await expect(desk.put(given)).rejects.toThrow(/--lowered 1/);
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
    await desk.put({ ...promote(version), lowered: 1 });
    expect(first.records().at(-1)).toMatchObject({
      about: { version, lowered: "sequence.injected 3 of 90" },
    });
    const more = first.data.baselines.save(lowered(["sequence.injected", "sequence.intent"]));
    await expect(desk.put(promote(more))).rejects.toThrow(/--lowered 1/);
    await desk.put({ ...promote(more), lowered: 1 });
    expect(first.records().at(-1)).toMatchObject({ about: { lowered: "sequence.intent 3 of 90" } });
  });

  test.each([
    [0, "nobody has measured"],
    [limits.baselineShadowSessionsMin - 1, "are the least"],
  ])("has to say so where it was measured on %i sessions", async (of, why) => {
    const { first, desk } = pair();
    const version = first.data.baselines.save(of === 0 ? learned : measured(of));
    await expect(desk.put(promote(version))).rejects.toThrow(why);
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
  });

  test("says nothing more where enough was measured and nothing becomes known", async () => {
    const { first, desk } = pair();
    const version = first.data.baselines.save(measured(limits.baselineShadowSessionsMin));
    await desk.put(promote(version));
    expect(first.data.baselines.inForce("reader")).toBe(version);
  });

  test("cannot call it a rollback: what was never in force is nothing to go back to", async () => {
    const { first, desk } = pair();
    const version = first.data.baselines.save(known);
    await expect(desk.put({ ...promote(version), what: "rolled back" })).rejects.toThrow("never in force");
    expect(first.data.baselines.inForce("reader")).toBeUndefined();
  });
});

test("the record of a promotion names the destinations that become known by it, and what it was measured on", async () => {
  const { first, desk } = pair();
  const known = { ...learned, destinations: [[7, 3, 2, 2], [9, 5, 3, 4]] as Baseline["destinations"], approved: [11] }; // prettier-ignore
  const version = first.data.baselines.save(learned);
  await desk.put(asked(version));
  const wider = first.data.baselines.save(known);
  await desk.put(asked(wider, 3));
  expect(first.records().at(-1)).toMatchObject({ about: { version: wider, measuredSessions: 0, newDestinations: 3, destinations: [11, 7, 9] } }); // prettier-ignore
  await desk.put(asked(first.data.baselines.save({ ...known, destinations: [[7, 4, 2, 2]] })));
  expect(first.records().at(-1)).toMatchObject({ about: { newDestinations: 0, destinations: [] } });
});
