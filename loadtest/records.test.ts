import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { joinSeen, RecordReader, tally } from "./records.ts";
import type { SeenRecord } from "./records.ts";

function record(kind: "intent" | "outcome", op: string, change: Partial<SeenRecord> = {}): SeenRecord {
  const event = kind === "intent" ? "call" : "answered";
  return {
    kind,
    op,
    eventOp: op,
    event,
    name: "echo",
    n: op,
    session: "s",
    role: "r",
    outcome: undefined,
    ...change,
  };
}

describe("the tally of records", () => {
  test("finds nothing to blame in whole pairs", () => {
    const found = tally([
      record("intent", "a"),
      record("intent", "b"),
      record("outcome", "b"),
      record("outcome", "a"),
    ]);
    expect(found).toMatchObject({ intents: 2, outcomes: 2, faults: [] });
  });

  test.each([
    ["an intent without outcome", [record("intent", "a")]],
    ["an outcome without intent", [record("outcome", "a")]],
    ["two outcomes", [record("intent", "a"), record("outcome", "a"), record("outcome", "a")]],
    ["two intents", [record("intent", "a"), record("intent", "a"), record("outcome", "a")]],
    ["the journalled turn is of b", [record("intent", "a", { eventOp: "b" }), record("outcome", "a")]],
    ["the intent journals no event", [record("intent", "a", { event: undefined }), record("outcome", "a")]],
  ])("blames %s", (fault, records) => {
    expect(tally(records).faults).toEqual([expect.stringContaining(fault)]);
  });
});

describe("the join after a kill", () => {
  const records = [record("intent", "1"), record("intent", "2", { name: "write" }), record("intent", "3")];

  test("finds every seen call among the intents", () => {
    expect(joinSeen(["echo 1", "write 2"], records)).toEqual({
      seen: 2, intents: 3, unseen: 1, withoutIntent: 0, twice: 0,
    }); // prettier-ignore
  });

  test("counts a seen call that has no intent, or another tool's", () => {
    expect(joinSeen(["echo 1", "echo 2", "echo 9"], records).withoutIntent).toBe(2);
  });

  test("does not take an outcome for an intent", () => {
    expect(joinSeen(["echo 1"], [record("outcome", "1")]).withoutIntent).toBe(1);
  });

  test("counts a call that was seen twice", () => {
    expect(joinSeen(["echo 1", "echo 1"], records).twice).toBe(1);
  });
});

test("a reader gives each record once, and a torn line only when it is whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "records-"));
  try {
    mkdirSync(join(folder, "records", "i1"), { recursive: true });
    const file = join(folder, "records", "i1", "000001.jsonl");
    const line = (op: string): string =>
      `${JSON.stringify({ v: 1, kind: "intent", op, event: { kind: "call", op, facts: { values: [{ at: "/n", value: "7" }] } } })}\n`;
    const reader = new RecordReader(folder);
    appendFileSync(file, `{"segment":1}\n${line("a")}${line("b").slice(0, 20)}`);
    expect(reader.read()).toMatchObject([{ op: "a", eventOp: "a", n: "7" }]);
    expect(reader.read()).toEqual([]);
    appendFileSync(file, `${line("b").slice(20)}{"seal":1,"lines":2}\n`);
    expect(reader.read()).toMatchObject([{ op: "b" }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
