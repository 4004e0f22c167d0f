/** A baseline that is promoted at one node and taken by another: two desks, each with its own folder and records. */
import { afterEach, describe, expect, test } from "vitest";
import { encodeBaseline } from "../../actors/behaviour/baseline.ts";
import type { Baseline } from "../../protocol/baseline.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { AdminRecords } from "./adminrecords.ts";
import { BaselineDesk } from "./baselinedesk.ts";
import { cleanUp, Desk, makeProject } from "./desk.fixture.ts";

afterEach(cleanUp);

const spread = { n: 0, calls: [0, 0, 0], objects: [0, 0, 0], bytes: [0, 0, 0], errors: [0, 0, 0] } satisfies Baseline["whole"]; // prettier-ignore
const learned: Baseline = { v: 1, tenant: "default", persona: "reader", from: 0, to: 0, sessions: 3, users: 1, days: 1, trimmed: 0, incidents: 0, known: { sessions: 3, days: 2, users: 2 }, whole: spread, tools: [], destinations: [], approved: [], norms: [], modes: [] }; // prettier-ignore

/** The desk of the first node, whose letters the second one carries out as they are after the wire. */
function pair(): {
  readonly first: Desk;
  readonly second: Desk;
  readonly desk: BaselineDesk;
  readonly letters: JsonObject[];
} {
  const [first, second] = [new Desk(makeProject()), new Desk(makeProject())]; // prettier-ignore
  const letters: JsonObject[] = [];
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
  const desk = new BaselineDesk({ baselines: first.data.baselines, now: () => first.at, enforce: () => undefined, cluster: { desk: { everywhere } } }, new AdminRecords(first.recorder, () => first.at)); // prettier-ignore
  return { first, second, desk, letters };
}

const promote = (version: string): JsonObject => ({ persona: "reader", version, what: "promoted", reason: "measured", by: "ada" }); // prettier-ignore

describe("what is put in force at one node", () => {
  test("is in force at the other, with its text, on record with who and from where", async () => {
    const { first, second, desk } = pair();
    const version = first.data.baselines.save(learned);
    expect(await desk.put(promote(version))).toEqual({ persona: "reader", version, nodes: { heard: ["n2"], missing: [] } }); // prettier-ignore
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
    await desk.put(promote(version));
    await second.operators.handleHere({ command: "baselines.take", args: letters[0] ?? {} });
    expect(second.data.baselines.acts("reader")).toHaveLength(1);
  });

  test("changes nothing where a newer act stands, and the node is named", async () => {
    const { first, second, desk } = pair();
    second.data.baselines.put({ persona: "reader", version: "", what: "rolled back", at: first.at + 5_000, by: "eve", reason: "r" }); // prettier-ignore
    const version = first.data.baselines.save(learned);
    expect((await desk.put(promote(version))).nodes).toEqual({ heard: [], missing: ["n2"] });
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
