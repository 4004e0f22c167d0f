import fs from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecordLine } from "../../protocol/record.ts";
import { followRecords, readRecords, tailRecords } from "./reader.ts";
import {
  intent,
  makeFolder,
  op,
  openRecorder,
  outcome,
  recordWrites,
  session,
} from "./testdata/recording.ts";

const folder = makeFolder();
let all: RecordLine[] = [];

beforeAll(async () => {
  await recordWrites(
    folder,
    "b-first",
    Array.from({ length: 30 }, () => 20),
  );
  await recordWrites(folder, "a-second", [5, 5]);
  all = Array.from(readRecords(folder));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe("reading", () => {
  test("gives all records in the order they were written, whatever their incarnations are called", () => {
    expect(all).toHaveLength(612);
    expect(all.map(({ epoch }) => epoch)).toEqual(all.map(({ epoch }) => epoch).sort((a, b) => a - b));
    expect(all[1]).toMatchObject({ kind: "intent", op: op(1) });
  });

  test("gives exactly the records a filter names", () => {
    const same = (filter: Parameters<typeof readRecords>[1], fits: (record: RecordLine) => boolean): void => {
      const found = Array.from(readRecords(folder, filter));
      expect(found.length).toBeGreaterThan(0);
      expect(found).toEqual(all.filter(fits));
    };
    same({ op: op(17) }, (record) => record.op === op(17));
    same({ session: session(3) }, (record) => record.session === session(3));
    same({ kind: "outcome", name: "crm_search" }, (record) => record.kind === "outcome");
    same({ since: 1_795_000_000_200 }, (record) => record.at >= 1_795_000_000_200);
  });

  test("does not take a nested key for the one it looks for", () => {
    const own = makeFolder();
    const recorder = openRecorder(own, "one");
    recorder.append({ kind: "admin", at: 1, about: { name: "crm_search", op: op(3) } }, "written");
    recorder.append(intent(3), "written");
    return recorder.close().then(() => {
      expect(Array.from(readRecords(own, { op: op(3) }))).toHaveLength(1);
      expect(Array.from(readRecords(own, { name: "crm_search" }))).toHaveLength(1);
      fs.rmSync(own, { recursive: true });
    });
  });

  test("passes over a line that cannot be read", () => {
    const path = join(folder, "a-second/000001.jsonl");
    const bytes = fs.readFileSync(path);
    fs.appendFileSync(path, '{"v":1,"shard":0,"epoch":2,"n":9,"prev":"","kind":"node","at":1,}\n{"v":1');
    expect(Array.from(readRecords(folder))).toEqual(all);
    expect(tailRecords(folder, {}, 3)).toEqual(all.slice(-3));
    fs.writeFileSync(path, bytes);
  });
});

describe("the tail", () => {
  test("is the end of what reading gives, for any count and filter", () => {
    for (const count of [0, 1, 2, 11, 12, 13, 300, 612, 1_000]) {
      expect(tailRecords(folder, {}, count)).toEqual(count === 0 ? [] : all.slice(-count));
      const intents = all.filter(({ kind }) => kind === "intent");
      expect(tailRecords(folder, { kind: "intent" }, count)).toEqual(
        count === 0 ? [] : intents.slice(-count),
      );
    }
  });

  test("of a folder that is not there is empty", () => {
    expect(tailRecords(join(folder, "nowhere"), {}, 5)).toEqual([]);
  });
});

test("following gives the last records, then each new one once, into new segments and incarnations", async () => {
  const own = makeFolder();
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const record of followRecords(own, { kind: "intent" }, 2, stop.signal))
      seen.push(record.op ?? "");
  })();
  await setTimeout(20);
  let number = 0;
  for (const incarnation of ["one", "two"]) {
    const recorder = openRecorder(own, incarnation, { segmentBytes: 4_096 });
    for (let count = 0; count < 40; count++) {
      number += 1;
      recorder.append(intent(number), "written");
      recorder.append(outcome(number), "written");
      if (count % 10 === 0) await setTimeout(60);
    }
    await recorder.close();
  }
  await setTimeout(600);
  stop.abort();
  await following;
  expect(seen).toEqual(Array.from({ length: 80 }, (_, at) => op(at + 1)));
  const late: string[] = [];
  const second = new AbortController();
  for await (const record of followRecords(own, { kind: "intent" }, 3, second.signal)) {
    late.push(record.op ?? "");
    if (late.length === 3) second.abort();
  }
  expect(late).toEqual([op(78), op(79), op(80)]);
  fs.rmSync(own, { recursive: true });
});
