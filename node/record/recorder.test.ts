import fs from "node:fs";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Durability, RecordBody } from "../../protocol/record.ts";
import { Backlog } from "./backlog.ts";
import { nodeDisk } from "./disk.ts";
import type { Disk } from "./disk.ts";
import { readRecords } from "./reader.ts";
import type { SegmentRecorder } from "./recorder.ts";
import {
  intent,
  makeFolder,
  op,
  openRecorder,
  outcome,
  readSegments,
  recordWrites,
  session,
} from "./testdata/recording.ts";
import { verifyFolder } from "./verify.ts";

let folder = "";
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

type Settled = GatewayError | undefined;

function append(
  recorder: SegmentRecorder,
  body: RecordBody,
  durability: Durability = "written",
): Promise<Settled> {
  return new Promise((resolve) => recorder.append(body, durability, (fault) => resolve(fault as Settled)));
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The real disk, with room for so many bytes and confirmations that wait to be let go. */
class TrialDisk implements Disk {
  room = Number.POSITIVE_INFINITY;
  writes = 0;
  acts: string[] = [];
  syncs: { file: number; then: (fault: Error | null) => void }[] = [];
  holdSyncs = false;
  readonly create = (path: string): number => nodeDisk.create(path);
  readonly cut = (file: number, size: number): void => nodeDisk.cut(file, size);
  readonly close = (file: number): void => nodeDisk.close(file);
  readonly remove = (path: string): void => nodeDisk.remove(path);

  syncFolder(folderFile: number, then: (fault: Error | null) => void): void {
    this.acts.push("folder");
    nodeDisk.syncFolder(folderFile, then);
  }

  write(file: number, bytes: Uint8Array, from: number, length: number): number {
    this.writes += 1;
    if (this.room === 0) throw fault("ENOSPC");
    const wrote = nodeDisk.write(file, bytes, from, Math.min(length, this.room));
    this.room -= wrote;
    return wrote;
  }

  sync(file: number, then: (fault: Error | null) => void): void {
    this.acts.push("data");
    if (this.holdSyncs) this.syncs.push({ file, then });
    else nodeDisk.sync(file, then);
  }
}

function recordsOf(kind: RecordBody["kind"]): string[] {
  return Array.from(readRecords(folder, { kind }), (record) => record.op ?? String(record.about?.["what"]));
}

describe("written", () => {
  test("all records of a tick go in one write under one seal, and nobody is called before it", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk });
    const before = disk.writes;
    const called: number[] = [];
    for (let number = 0; number < 50; number++) {
      recorder.append(intent(number, number % 4), "written", (failed) => {
        expect(failed).toBeUndefined();
        expect(disk.writes).toBe(before + 1);
        called.push(number);
      });
    }
    expect(called).toEqual([]);
    expect(disk.writes).toBe(before);
    await setImmediate();
    expect(called).toEqual(Array.from({ length: 50 }, (_, number) => number));
    await recorder.close();
    expect(verifyFolder(folder)).toMatchObject({ ok: true, seals: 2, records: 51 });
  });

  test("a write larger than one seal may cover has several seals and is still one write", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk });
    const before = disk.writes;
    for (let number = 0; number < limits.recordsPerSealMax + 5; number++)
      recorder.append(intent(number), "written");
    await setImmediate();
    expect(disk.writes).toBe(before + 1);
    await recorder.close();
    expect(verifyFolder(folder)).toMatchObject({ ok: true, seals: 3, records: limits.recordsPerSealMax + 6 });
  });

  test("a record appended by a callback is written too", async () => {
    const recorder = openRecorder(folder, "one");
    expect(await append(recorder, intent(1))).toBeUndefined();
    expect(await append(recorder, outcome(1))).toBeUndefined();
    await recorder.close();
    expect(recordsOf("outcome")).toEqual([op(1)]);
  });
});

describe("synced", () => {
  test("waits for the disk; one confirmation is in flight and the next covers all that came meanwhile", async () => {
    const disk = new TrialDisk();
    disk.holdSyncs = true;
    const recorder = openRecorder(folder, "one", { disk });
    const done: string[] = [];
    const want = (name: string, durability: Durability): void =>
      recorder.append(intent(done.length), durability, () => done.push(name));
    want("a", "synced");
    await setImmediate();
    want("b", "synced");
    await setImmediate();
    want("c", "synced");
    want("w", "written");
    await setImmediate();
    expect(done).toEqual(["w"]);
    expect(disk.syncs).toHaveLength(1);
    disk.syncs.shift()?.then(null);
    expect(done).toEqual(["w", "a"]);
    expect(disk.syncs).toHaveLength(1);
    disk.syncs.shift()?.then(null);
    expect(done).toEqual(["w", "a", "b", "c"]);
    expect(disk.syncs).toHaveLength(0);
    disk.holdSyncs = false;
    await recorder.close();
  });

  test("confirms the name of a new segment before its data, once", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk, segmentBytes: 4_096 });
    await append(recorder, intent(1), "synced");
    expect(disk.acts).toEqual(["data"]);
    for (let number = 2; number < 30; number++) recorder.append(intent(number), "written");
    await append(recorder, intent(31), "synced");
    await append(recorder, intent(32), "synced");
    const turns = readSegments(folder).size - 1;
    expect(turns).toBeGreaterThan(0);
    expect(disk.acts.filter((act) => act === "folder")).toHaveLength(turns);
    expect(disk.acts[disk.acts.indexOf("folder") + 1]).toBe("data");
    await recorder.close();
  });

  test("over a change of segments it confirms the full one before it calls back", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk, segmentBytes: 4_096 });
    await append(recorder, intent(1), "synced");
    disk.holdSyncs = true;
    let done = false;
    for (let number = 2; number < 30; number++) recorder.append(intent(number), "written");
    recorder.append(intent(30), "synced", () => {
      done = true;
    });
    const files = new Set<number>();
    for (let turn = 0; turn < 200 && !done; turn++) {
      await setTimeout(1);
      const next = disk.syncs.shift();
      if (next !== undefined) files.add(next.file);
      next?.then(null);
    }
    expect(done).toBe(true);
    expect(files.size).toBe(2);
    disk.holdSyncs = false;
    await recorder.close();
  });

  test("when the disk does not confirm, the call is refused and that file is never asked again", async () => {
    const disk = new TrialDisk();
    const faults: Settled[] = [];
    const recorder = openRecorder(folder, "one", { disk, onFault: (failed) => faults.push(failed) });
    disk.holdSyncs = true;
    const refused = append(recorder, intent(1), "synced");
    await vi.waitUntil(() => disk.syncs.length > 0);
    const [bad] = disk.syncs;
    bad?.then(fault("EIO"));
    expect(await refused).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    expect(recorder.healthy).toBe(false);
    expect(await append(recorder, intent(2))).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    disk.syncs = [];
    disk.holdSyncs = false;
    await vi.waitUntil(() => recorder.healthy, { timeout: 5_000 });
    expect(await append(recorder, intent(3), "synced")).toBeUndefined();
    expect(disk.syncs.some(({ file }) => file === bad?.file)).toBe(false);
    expect(faults.map((failed) => failed?.code)).toEqual(["RECORD_UNAVAILABLE", undefined]);
    await recorder.close();
    expect(recordsOf("intent")).toEqual([op(1), op(3)]);
    expect(verifyFolder(folder)).toMatchObject({ ok: true, segments: 2 });
  });
});

describe("a full disk", () => {
  test("refuses calls, keeps outcomes, and goes on in a new segment once there is room", async () => {
    const disk = new TrialDisk();
    const faults: Settled[] = [];
    const recorder = openRecorder(folder, "one", { disk, onFault: (failed) => faults.push(failed) });
    expect(await append(recorder, intent(1))).toBeUndefined();
    disk.room = 300; // the next write goes in half
    recorder.append(outcome(1), "written");
    expect(await append(recorder, intent(2))).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    expect(recorder.healthy).toBe(false);
    recorder.append({ kind: "refusal", at: 1, session: session(1) }, "written");
    expect(await append(recorder, intent(3), "synced")).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    await setTimeout(limits.recordRetryMs * 1.5);
    expect(recorder.healthy).toBe(false);
    expect(readSegments(folder).size).toBe(1);
    disk.room = Number.POSITIVE_INFINITY;
    await vi.waitUntil(() => recorder.healthy, { timeout: 5_000 });
    expect(await append(recorder, intent(4), "synced")).toBeUndefined();
    await recorder.close();

    expect(faults.map((failed) => failed?.code)).toEqual(["RECORD_UNAVAILABLE", undefined]);
    expect(recordsOf("intent")).toEqual([op(1), op(4)]);
    expect(recordsOf("outcome")).toEqual([op(1)]);
    expect(recordsOf("refusal")).toHaveLength(1);
    const [again] = Array.from(readRecords(folder, { kind: "node" })).slice(-1);
    expect(again?.about).toEqual({ what: "written again", code: "ENOSPC", refused: 2, lost: 0 });
    expect(verifyFolder(folder)).toMatchObject({ ok: true, segments: 2 });
  });

  test("does not tell the agent what is wrong with it", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk });
    disk.room = 0;
    const refused = await append(recorder, intent(1));
    expect(refused?.data).toBeUndefined();
    expect(refused?.message).not.toContain(folder);
    disk.room = Number.POSITIVE_INFINITY;
    await recorder.close();
  });

  test("holds no more than the queue's bound, and records how many were lost", async () => {
    const disk = new TrialDisk();
    const recorder = openRecorder(folder, "one", { disk });
    disk.room = 0;
    const large = "x".repeat(limits.recordBytesMax - 1_000);
    const fitting = Math.floor(limits.recordQueueBytesMax / large.length);
    for (let number = 0; number < fitting + 100; number++)
      recorder.append({ ...outcome(number), name: large }, "written");
    await setImmediate();
    disk.room = Number.POSITIVE_INFINITY;
    await recorder.close();
    const about = Array.from(readRecords(folder, { kind: "node" }), (record) => record.about);
    const lost = about.reduce((sum, facts) => sum + Number(facts?.["lost"] ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    expect(recordsOf("outcome")).toHaveLength(fitting + 100 - lost);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("at the start is an error of the start", () => {
    const disk = new TrialDisk();
    disk.room = 10;
    expect(() => openRecorder(folder, "one", { disk })).toThrow(GatewayError);
  });
});

describe("bounds", () => {
  test("an intent that is too large is refused and leaves no trace; what stands beside it is written", async () => {
    const recorder = openRecorder(folder, "one");
    const event = { kind: "x".repeat(limits.recordBytesMax), at: 1 };
    const refused = append(recorder, { ...intent(1), event });
    const beside = append(recorder, intent(2));
    expect(await refused).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    expect(await beside).toBeUndefined();
    expect(recorder.healthy).toBe(true);
    await recorder.close();
    expect(recordsOf("intent")).toEqual([op(2)]);
  });

  test("no more records of one tick wait than the queue's bound", async () => {
    const recorder = openRecorder(folder, "one");
    const name = "x".repeat(limits.recordBytesMax - 1_000);
    const fitting = Math.ceil(limits.recordQueueBytesMax / name.length);
    const settled: Promise<Settled>[] = [];
    for (let number = 0; number < fitting + 3; number++)
      settled.push(append(recorder, { ...intent(number), name }));
    const refused = (await Promise.all(settled)).filter((failed) => failed !== undefined);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    await recorder.close();
  });

  test("a backlog holds no more than its bound and counts the rest", () => {
    const backlog = new Backlog();
    const name = "x".repeat(limits.recordBytesMax / 2);
    const offered = (2 * limits.recordQueueBytesMax) / limits.recordBytesMax + 10;
    for (let number = 0; number < offered; number++) backlog.hold({ ...outcome(number), name });
    expect(backlog.bytes).toBeLessThanOrEqual(limits.recordQueueBytesMax);
    expect(backlog.lost).toBeGreaterThan(9);
    expect(backlog.length + backlog.lost).toBe(offered);
    backlog.drop(backlog.length);
    expect(backlog.bytes).toBe(0);
  });

  test("no more calls wait for the disk than the bound", async () => {
    const disk = new TrialDisk();
    disk.holdSyncs = true;
    const recorder = openRecorder(folder, "one", { disk });
    let refused = 0;
    for (let number = 0; number < limits.recordSyncWaitingMax + 3; number++) {
      recorder.append({ kind: "admin", at: 1 }, "synced", (failed) => {
        if (failed !== undefined) refused += 1;
      });
    }
    await setImmediate();
    expect(refused).toBe(3);
    disk.holdSyncs = false;
    for (const { then } of disk.syncs) then(null);
    await recorder.close();
  });

  test("a shard that does not exist is our own bug", async () => {
    const recorder = openRecorder(folder, "one", { shardOf: () => limits.recordChainsMax });
    expect(() => recorder.append(intent(1), "written")).toThrow("no such shard");
    await recorder.close();
  });
});

describe("segments and incarnations", () => {
  test("a segment does not outgrow its bound, and the next one continues it", async () => {
    await recordWrites(
      folder,
      "one",
      Array.from({ length: 40 }, () => 4),
      { segmentBytes: 4_096 },
    );
    const segments = Array.from(readSegments(folder).values());
    expect(segments.length).toBeGreaterThan(5);
    expect(Math.max(...segments.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("each start is a new epoch whose chains go on from the last known heads, even those long unused", async () => {
    const starts = [
      ["one", 1, 2],
      ["two", 2],
      ["three", 1, 2],
    ] as const;
    for (const [name, ...shards] of starts) {
      const recorder = openRecorder(folder, name);
      for (const shard of shards) await append(recorder, intent(shard, shard));
      await recorder.close();
    }
    const records = Array.from(readRecords(folder, { kind: "intent" }));
    expect(records.map(({ epoch, shard, n }) => [epoch, shard, n])).toEqual([
      [1, 1, 1],
      [1, 2, 1],
      [2, 2, 1],
      [3, 1, 1],
      [3, 2, 1],
    ]);
    expect(verifyFolder(folder)).toMatchObject({ ok: true, segments: 3 });
  });

  test("the name of an incarnation is used once", async () => {
    await openRecorder(folder, "one").close();
    expect(() => openRecorder(folder, "one")).toThrow("EEXIST");
  });

  test("after closing, a record is refused and nothing is written", async () => {
    const recorder = openRecorder(folder, "one");
    await recorder.close();
    const size = readSegments(folder).get("one/000001.jsonl")?.length;
    recorder.append(outcome(2), "written");
    expect(await append(recorder, intent(1))).toMatchObject({ code: "RECORD_UNAVAILABLE" });
    expect(readSegments(folder).get("one/000001.jsonl")?.length).toBe(size);
  });

  test("only the owner of the process may read the files", async () => {
    await openRecorder(folder, "one").close();
    expect(fs.statSync(join(folder, "one")).mode & 0o077).toBe(0);
    expect(fs.statSync(join(folder, "one/000001.jsonl")).mode & 0o077).toBe(0);
    expect(fs.statSync(join(folder, "one/heads.json")).mode & 0o077).toBe(0);
  });
});
