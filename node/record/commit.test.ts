import fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { nodeDisk } from "./disk.ts";
import type { Disk } from "./disk.ts";
import { readRecords } from "./reader.ts";
import { intent, makeFolder, openRecorder, readSegments } from "./testdata/recording.ts";
import { verifyFolder } from "./verify.ts";

let folder = "";
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

type Settled = GatewayError | undefined;

/** The real disk, whose confirmations wait to be let go. */
class HangingDisk implements Disk {
  syncs: { then: (fault: Error | null) => void }[] = [];
  holdSyncs = false;
  readonly create = (path: string): number => nodeDisk.create(path);
  readonly cut = (file: number, size: number): void => nodeDisk.cut(file, size);
  readonly close = (file: number): void => nodeDisk.close(file);
  readonly remove = (path: string): void => nodeDisk.remove(path);
  readonly write: Disk["write"] = (...given) => nodeDisk.write(...given);
  readonly syncFolder: Disk["syncFolder"] = (...given) => nodeDisk.syncFolder(...given);

  sync(file: number, then: (fault: Error | null) => void): void {
    if (this.holdSyncs) this.syncs.push({ then });
    else nodeDisk.sync(file, then);
  }
}

describe("a disk that does not answer", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("keeps a call waiting for the bound and no longer; the node's log has segment and reason", async () => {
    const disk = new HangingDisk();
    const faults: Settled[] = [];
    const recorder = openRecorder(folder, "one", { disk, onFault: (failed) => faults.push(failed) });
    disk.holdSyncs = true;
    const settled: Settled[] = [];
    recorder.append(intent(1), "synced", (failed) => settled.push(failed as Settled));
    await setImmediate();
    recorder.append(intent(2), "synced", (failed) => settled.push(failed as Settled));
    await setImmediate();
    vi.advanceTimersByTime(limits.recordSyncMs - 1);
    expect(settled).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(settled.map((failed) => failed?.code)).toEqual(["RECORD_UNAVAILABLE", "RECORD_UNAVAILABLE"]);
    expect(faults.map((failed) => failed?.detail)).toEqual([
      "segment 1 cannot be confirmed: the disk did not answer within 10 s",
    ]);
    expect(recorder.healthy).toBe(false);
    await recorder.close();
  });

  test("is asked nothing more until it has answered; then records go on in a new segment", async () => {
    const disk = new HangingDisk();
    const recorder = openRecorder(folder, "one", { disk });
    disk.holdSyncs = true;
    recorder.append(intent(1), "synced", () => undefined);
    await setImmediate();
    vi.advanceTimersByTime(limits.recordSyncMs);
    for (let attempt = 0; attempt < 8; attempt++) {
      vi.advanceTimersByTime(limits.recordRetryMs);
      await setImmediate();
    }
    expect([disk.syncs.length, readSegments(folder).size, recorder.healthy]).toEqual([1, 1, false]);
    disk.holdSyncs = false;
    disk.syncs.shift()?.then(null);
    vi.advanceTimersByTime(limits.recordRetryMs);
    await vi.waitUntil(() => recorder.healthy);
    const third = new Promise((resolve) => recorder.append(intent(3), "synced", resolve));
    expect(await third).toBeUndefined();
    await recorder.close();
    expect(verifyFolder(folder)).toMatchObject({ ok: true });
    const told = Array.from(readRecords(folder, { kind: "node" }), ({ about }) => about?.["what"]);
    expect(told).toContain("written again");
  });

  test("does not hold up a recorder that closes for longer than the bound", async () => {
    const disk = new HangingDisk();
    const recorder = openRecorder(folder, "one", { disk });
    disk.holdSyncs = true;
    recorder.append(intent(1), "written");
    await setImmediate();
    const closed = recorder.close();
    vi.advanceTimersByTime(limits.recordSyncMs);
    await closed;
    expect(disk.syncs).toHaveLength(1);
    expect(verifyFolder(folder)).toMatchObject({ ok: true });
    disk.syncs.shift()?.then(null);
  });
});
