/** Folders full of records for the tests of this floor: made by the real recorder, on a real disk. */
import fs from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { sessionKey } from "../../../protocol/id.ts";
import type { OperationId, SessionKey } from "../../../protocol/id.ts";
import type { RecordBody } from "../../../protocol/record.ts";
import { SegmentRecorder } from "../recorder.ts";
import type { RecorderOptions } from "../recorder.ts";

/** A folder of its own under the system's temporary folder. */
export function makeFolder(): string {
  return fs.mkdtempSync(join(os.tmpdir(), "records-"));
}

export function op(number: number): OperationId {
  return String(number).padStart(22, "A") as OperationId;
}

export function session(shard: number): SessionKey {
  return sessionKey("default", "support", `agent-${shard}`, undefined);
}

/** The shard that `session` had in mind. */
export function shardOf(key: SessionKey): number {
  return Number(/agent-(\d+)/.exec(key)?.[1] ?? 0);
}

export function intent(number: number, shard = 1): RecordBody {
  return {
    kind: "intent",
    at: 1_795_000_000_000 + number,
    session: session(shard),
    op: op(number),
    method: "tools/call",
    name: "crm_search",
    server: "crm",
    verdict: { kind: "allow" },
    event: { kind: "call", at: 1_795_000_000_000 + number },
  };
}

export function outcome(number: number, shard = 1): RecordBody {
  return { kind: "outcome", at: 1_795_000_000_001 + number, session: session(shard), op: op(number), name: "crm_search" };
}

export function openRecorder(folder: string, incarnation: string, more: Partial<RecorderOptions> = {}): SegmentRecorder {
  let at = 1_795_000_000_000;
  return SegmentRecorder.open({
    folder,
    node: "node-1",
    incarnation,
    shardOf,
    now: () => at++,
    onFault: () => undefined,
    onRecovered: () => undefined,
    ...more,
  });
}

/** One incarnation whose writes have the given sizes, over `shards` shards in turn. */
export async function recordWrites(
  folder: string,
  incarnation: string,
  sizes: readonly number[],
  { segmentBytes = 8_192, shards = 5 } = {},
): Promise<void> {
  const recorder = openRecorder(folder, incarnation, { segmentBytes });
  let number = 0;
  for (const size of sizes) {
    for (let count = 0; count < size; count++) {
      number += 1;
      const pair = Math.ceil(number / 2);
      const shard = 1 + (pair % shards);
      recorder.append(number % 2 === 1 ? intent(pair, shard) : outcome(pair, shard), "written");
    }
    await setImmediate();
  }
  await recorder.close();
}

/** All segment files by name, `<incarnation>/<file>`, in order of their names. */
export function readSegments(folder: string): Map<string, Buffer> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Map(
    names
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map((name) => [name, fs.readFileSync(join(folder, name))]),
  );
}

/** The lines of a file, each with its line feed. */
export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}
